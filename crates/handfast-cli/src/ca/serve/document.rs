//! A document that everybody gets alike: a list, a certificate, an OCSP response without a nonce.
//! Caches may keep it, and ask whether it is still the one (RFC 9111; for OCSP RFC 5019 section
//! 6.2, now RFC 9919).

use crate::serve::answer::{Answer, with, words};
use crate::serve::body::Body;
use crate::serve::conditions::{Part, Version, part};
use bytes::Bytes;
use handfast_pki::fingerprint::sha256;
use hyper::header::{self, HeaderMap};
use hyper::{Response, StatusCode};
use std::fmt::Write as _;
use std::time::{Duration, UNIX_EPOCH};

/// A document.
pub(super) struct Document {
    bytes: Bytes,
    media_type: &'static str,
    version: Version,
    /// When it ends; `None`: it does not by itself.
    expires_unix: Option<u64>,
    /// How long a cache may give it out without asking, in seconds.
    cached_seconds: u64,
}

impl Document {
    pub(super) fn new(bytes: impl Into<Bytes>, media_type: &'static str, made_unix: u64) -> Self {
        let bytes = bytes.into();
        let mut etag = "\"".to_owned();
        for byte in sha256(&bytes).iter().take(TAG_BYTES) {
            let _ = write!(etag, "{byte:02x}");
        }
        etag.push('"');
        Self {
            bytes,
            media_type,
            version: Version::new(etag, made_unix),
            expires_unix: None,
            cached_seconds: ISSUER_SECONDS,
        }
    }

    /// Ends then, and is to be asked for anew after so many seconds.
    pub(super) fn until(mut self, expires_unix: u64, cached_seconds: u64) -> Self {
        (self.expires_unix, self.cached_seconds) = (Some(expires_unix), cached_seconds);
        self
    }

    /// The answer to a request with these headers.
    pub(super) fn answer(&self, asked: &HeaderMap, now_unix: u64) -> Answer {
        let length = self.bytes.len();
        let (status, body, range) = match part(asked, &self.version, length as u64) {
            Part::NotModified => (StatusCode::NOT_MODIFIED, None, None),
            Part::Beyond => {
                let status = StatusCode::RANGE_NOT_SATISFIABLE;
                let answer = words(status, "The document has no such bytes.");
                return with(answer, header::CONTENT_RANGE, &format!("bytes */{length}"));
            }
            Part::All => (StatusCode::OK, Some(self.bytes.clone()), None),
            Part::Some {
                first,
                length: some,
            } => match self.slice(first, some) {
                Some(slice) => {
                    let range = format!("bytes {first}-{}/{length}", first + some - 1);
                    (StatusCode::PARTIAL_CONTENT, Some(slice), Some(range))
                }
                None => (StatusCode::OK, Some(self.bytes.clone()), None),
            },
        };
        let mut answer = Response::new(Body::Whole(body.clone().filter(|body| !body.is_empty())));
        *answer.status_mut() = status;
        if let Some(body) = body {
            let length = body.len();
            let headers = answer.headers_mut();
            headers.insert(header::CONTENT_LENGTH, length.into());
            answer = with(answer, header::CONTENT_TYPE, self.media_type);
        }
        if let Some(range) = range {
            answer = with(answer, header::CONTENT_RANGE, &range);
        }
        self.cached(answer, now_unix)
    }

    fn slice(&self, first: u64, length: u64) -> Option<Bytes> {
        let (first, length) = (usize::try_from(first).ok()?, usize::try_from(length).ok()?);
        let end = first.checked_add(length)?;
        (end <= self.bytes.len()).then(|| self.bytes.slice(first..end))
    }

    /// With what caches want to know.
    fn cached(&self, answer: Answer, now_unix: u64) -> Answer {
        let left = self
            .expires_unix
            .map_or(u64::MAX, |end| end.saturating_sub(now_unix));
        let fresh = left.min(self.cached_seconds);
        let end = self.expires_unix;
        let end = end.unwrap_or_else(|| now_unix.saturating_add(fresh));
        // A year that no HTTP date can say is far enough away.
        let expires = UNIX_EPOCH + Duration::from_secs(end.min(LAST_YEAR));
        let control = format!("max-age={fresh}, public, no-transform, must-revalidate");
        let answer = with(answer, header::ETAG, &self.version.etag);
        let answer = with(answer, header::LAST_MODIFIED, &self.version.date());
        let expires = httpdate::fmt_http_date(expires);
        let answer = with(answer, header::EXPIRES, &expires);
        with(answer, header::CACHE_CONTROL, &control)
    }
}

/// So much of its hash tells one document from another.
const TAG_BYTES: usize = 16;
/// Certificates hardly ever change under their URL.
const ISSUER_SECONDS: u64 = 24 * 3600;
/// The end of the year 9998, which an HTTP date can say.
const LAST_YEAR: u64 = 253_370_764_800;
