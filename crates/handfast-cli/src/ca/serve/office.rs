//! What is answered to a request.

use crate::ca::serve::connection::Service;
use crate::ca::serve::desk::{Desk, OCSP_RESPONSE, Said};
use crate::ca::serve::log::About;
use crate::ca::serve::page::page;
use crate::ca::serve::wanted::{Form, Wanted, found};
use crate::serve::answer::{Answer, text, with, words};
use crate::serve::body::Body;
use bytes::Bytes;
use handfast::stream::now;
use handfast_ca_store::row::Level;
use http_body_util::{BodyExt, LengthLimitError, Limited};
use hyper::body::Incoming;
use hyper::header::{self, HeaderMap};
use hyper::http::request::Parts;
use hyper::{Method, Request, Response, StatusCode};
use std::sync::Arc;
use std::time::Duration;

/// Answers for one authority's folder.
pub(super) struct Office {
    desk: Arc<Desk>,
}

impl Office {
    pub(super) fn new(desk: Arc<Desk>) -> Self {
        Self { desk }
    }
}

impl Service for Office {
    async fn answer(&self, request: Request<Incoming>) -> (Answer, About) {
        let (parts, body) = request.into_parts();
        let path = parts.uri.path();
        let Some(wanted) = found(path, &self.desk.paths) else {
            return (nothing(), About::default());
        };
        let takes_post = matches!(wanted, Wanted::Page | Wanted::Ocsp);
        match parts.method {
            Method::POST if takes_post => match read(&parts.headers, body).await {
                Ok(request) => self.ocsp(&request, &parts).await,
                Err(refusal) => (refusal, about("ocsp")),
            },
            Method::GET => self.got(wanted, &parts).await,
            // The length stays that of the body which GET would give.
            Method::HEAD => {
                let (answer, about) = self.got(wanted, &parts).await;
                (answer.map(|_| Body::empty()), about)
            }
            _ => {
                let allow = if takes_post {
                    "GET, HEAD, POST"
                } else {
                    "GET, HEAD"
                };
                let sentence = format!("Only {allow} are answered here.");
                let answer = words(StatusCode::METHOD_NOT_ALLOWED, &sentence);
                (with(answer, header::ALLOW, allow), About::default())
            }
        }
    }
}

impl Office {
    async fn got(&self, wanted: Wanted, parts: &Parts) -> (Answer, About) {
        let (answer, what) = match wanted {
            Wanted::OcspRequest(request) => return self.ocsp(&request, parts).await,
            Wanted::Ocsp => {
                let sentence = "This is an OCSP responder: send a request by POST, or by GET with \
                                the request in the path (RFC 6960 appendix A.1).";
                let answer = words(StatusCode::METHOD_NOT_ALLOWED, sentence);
                return (with(answer, header::ALLOW, "POST"), about("ocsp"));
            }
            Wanted::Page => {
                let host = parts.headers.get(header::HOST);
                let host = host.and_then(|host| host.to_str().ok());
                (page(&self.desk.shown(), host), "page")
            }
            Wanted::Health => (self.health(), "health"),
            Wanted::List(level, form) => (self.list(level, form, parts), "crl"),
            Wanted::Certificate(..) | Wanted::Chain => {
                let found = self.desk.certificate(&wanted);
                let answer = found.map(|found| found.answer(&parts.headers, now().unix_s()));
                (answer.unwrap_or_else(nothing), "certificate")
            }
        };
        (answer, about(what))
    }

    fn list(&self, level: Level, form: Form, parts: &Parts) -> Answer {
        let Some(list) = self.desk.list(level) else {
            let sentence = "There is no revocation list now; the server's log says why.";
            return words(StatusCode::SERVICE_UNAVAILABLE, sentence);
        };
        let document = match form {
            Form::Der => &list.der,
            Form::Pem => &list.pem,
        };
        document.answer(&parts.headers, now().unix_s())
    }

    async fn ocsp(&self, request: &[u8], parts: &Parts) -> (Answer, About) {
        let (said, about) = self.desk.ocsp(request).await;
        let answer = match said {
            Said::ForAll(document) => document.answer(&without_ranges(parts), now().unix_s()),
            Said::ForThis(bytes) => for_this(bytes),
        };
        (answer, about)
    }

    fn health(&self) -> Answer {
        let health = self.desk.health(now().unix_s());
        let status = if health.is_well {
            StatusCode::OK
        } else {
            StatusCode::SERVICE_UNAVAILABLE
        };
        let answer = text(status, format!("{}\n", health.document));
        let answer = with(answer, header::CONTENT_TYPE, "application/json");
        with(answer, header::CACHE_CONTROL, "no-store")
    }
}

/// A response for one request alone: no cache may give it to another (RFC 5019 section 6.2).
fn for_this(bytes: Vec<u8>) -> Answer {
    let length = bytes.len();
    let mut answer = Response::new(Body::Whole(Some(bytes.into())));
    answer
        .headers_mut()
        .insert(header::CONTENT_LENGTH, length.into());
    let answer = with(answer, header::CONTENT_TYPE, OCSP_RESPONSE);
    with(answer, header::CACHE_CONTROL, "no-store")
}

/// Nobody wants a part of a response; conditions are for GET alone (RFC 9110 section 13.1).
fn without_ranges(parts: &Parts) -> HeaderMap {
    if parts.method == Method::POST {
        return HeaderMap::new();
    }
    let mut headers = HeaderMap::new();
    for name in [header::IF_NONE_MATCH, header::IF_MODIFIED_SINCE] {
        if let Some(value) = parts.headers.get(&name) {
            headers.insert(name, value.clone());
        }
    }
    headers
}

/// Reads the request in a body.
async fn read(headers: &HeaderMap, body: Incoming) -> Result<Bytes, Answer> {
    let text = |name| headers.get(name).and_then(|value| value.to_str().ok());
    let media_type =
        text(header::CONTENT_TYPE).map(|value| value.split(';').next().unwrap_or(value));
    if media_type.is_some_and(|media| !media.trim().eq_ignore_ascii_case(OCSP_REQUEST)) {
        let sentence = format!("Send an OCSP request, as Content-Type: {OCSP_REQUEST}.");
        return Err(words(StatusCode::UNSUPPORTED_MEDIA_TYPE, &sentence));
    }
    let too_long = || {
        let sentence = format!("An OCSP request here has at most {LONGEST} bytes.");
        words(StatusCode::PAYLOAD_TOO_LARGE, &sentence)
    };
    let length = text(header::CONTENT_LENGTH).and_then(|length| length.parse::<u64>().ok());
    if length.is_some_and(|length| length > LONGEST as u64) {
        return Err(too_long());
    }
    let collected = Limited::new(body, LONGEST).collect();
    match tokio::time::timeout(PATIENCE, collected).await {
        Ok(Ok(collected)) => Ok(collected.to_bytes()),
        Ok(Err(error)) if error.is::<LengthLimitError>() => Err(too_long()),
        Ok(Err(_)) => Err(words(StatusCode::BAD_REQUEST, "The request was cut off.")),
        Err(_) => {
            let sentence = "The request took too long to come.";
            Err(words(StatusCode::REQUEST_TIMEOUT, sentence))
        }
    }
}

fn about(what: &'static str) -> About {
    About {
        what,
        ..About::default()
    }
}

fn nothing() -> Answer {
    words(StatusCode::NOT_FOUND, "There is nothing here: see / .")
}

const OCSP_REQUEST: &str = "application/ocsp-request";
/// Bytes of a request, at most: room for some 200 certificates.
const LONGEST: usize = 16 * 1024;
/// How long a request's body may take to come.
const PATIENCE: Duration = Duration::from_secs(10);
