//! Content that a client sends although nothing here takes any.

use http_body_util::BodyExt;
use hyper::body::Bytes;
use hyper::body::{Body, Incoming};
use std::time::Duration;

/// Takes what still comes on an HTTP/2 stream and forgets it, beside the answer. A stream
/// whose content is not taken is reset by HTTP's library, and clients then drop the answer
/// (RFC 9113 section 8.1 has a server ask by NO_ERROR, which not all heed).
pub(super) fn take(content: Incoming) {
    if content.is_end_stream() {
        return;
    }
    tokio::spawn(tokio::time::timeout(LONGEST, forget(content)));
}

async fn forget(mut content: Incoming) {
    let mut taken = 0;
    while let Some(Ok(frame)) = content.frame().await {
        taken += frame.data_ref().map_or(0, Bytes::len);
        if taken > MOST {
            return;
        }
    }
}

/// As long as a client may take to say that it has given up.
const LONGEST: Duration = Duration::from_secs(10);
/// Bytes that are taken of one request, at most.
const MOST: usize = 64 * 1024 * 1024;
