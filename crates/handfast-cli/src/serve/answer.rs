//! What is sent back, and how the short ones are made.

use crate::serve::body::Body;
use hyper::header::{self, HeaderName, HeaderValue};
use hyper::{Response, StatusCode};

/// What is sent back.
pub(crate) type Answer = Response<Body>;

/// A status and what it means here, as text.
pub(crate) fn words(status: StatusCode, sentence: &str) -> Answer {
    with(
        text(status, format!("{status}\n{sentence}\n")),
        header::CONTENT_TYPE,
        "text/plain; charset=utf-8",
    )
}

/// A text, whose type is still to be said.
pub(crate) fn text(status: StatusCode, text: String) -> Answer {
    let length = text.len();
    let mut answer = Response::new(Body::from(text));
    *answer.status_mut() = status;
    answer
        .headers_mut()
        .insert(header::CONTENT_LENGTH, length.into());
    answer
}

/// With another header.
pub(crate) fn with(mut answer: Answer, name: HeaderName, value: &str) -> Answer {
    // A value that no header can carry is left out; only a file's path could be one.
    if let Ok(value) = HeaderValue::from_str(value) {
        answer.headers_mut().insert(name, value);
    }
    answer
}
