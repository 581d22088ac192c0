//! Requests and responses as the client gives and takes them: whoever drives it sends them.

use crate::client::wait::retry_after_ms;

/// A request to send as it stands, over TLS with the server verified, or to this machine itself.
/// Redirects are not followed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HttpRequest {
    /// The method.
    pub method: HttpMethod,
    /// The URL, whole.
    pub url: String,
    /// Headers beside `Host`, `Content-Length` and `User-Agent` (RFC 8555 section 6.1 wants one).
    pub headers: Vec<(&'static str, &'static str)>,
    /// The body of a POST.
    pub body: Vec<u8>,
    /// Do not read a longer body than this, in bytes.
    pub limit_bytes: usize,
}

/// A request's method.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum HttpMethod {
    /// GET.
    Get,
    /// HEAD.
    Head,
    /// POST.
    Post,
}

impl HttpMethod {
    /// Its name.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Get => "GET",
            Self::Head => "HEAD",
            Self::Post => "POST",
        }
    }
}

/// What came back.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct HttpResponse {
    /// The status.
    pub status: u16,
    /// The headers; those that are not text may be left out.
    pub headers: Vec<(String, String)>,
    /// The body.
    pub body: Vec<u8>,
}

impl HttpResponse {
    /// The first header of that name.
    #[must_use]
    pub fn header(&self, name: &str) -> Option<&str> {
        let found = |(own, _): &&(String, String)| own.eq_ignore_ascii_case(name);
        self.headers
            .iter()
            .find(found)
            .map(|(_, value)| value.as_str())
    }

    pub(crate) fn retry_after_ms(&self, now_unix_ms: u64) -> Option<u64> {
        retry_after_ms(self.header("retry-after")?, now_unix_ms)
    }
}
