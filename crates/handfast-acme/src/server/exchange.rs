//! A request and its reply, whatever carries them.

use crate::message::{ErrorKind, Problem};
use core::net::IpAddr;
use serde::Serialize;

/// A request, as HTTP brought it.
#[derive(Clone, Copy, Debug)]
pub struct Request<'a> {
    /// The method.
    pub method: &'a str,
    /// The path, without the query.
    pub path: &'a str,
    /// The field `Content-Type`.
    pub content_type: Option<&'a str>,
    /// The body. Who reads it stops at [`MAX_BODY_BYTES`] + 1; what is longer is refused here.
    pub body: &'a [u8],
    /// Who asks: new accounts are counted by address.
    pub peer: IpAddr,
}

/// The longest body that is looked at: a request for a certificate with a hundred names and the
/// largest key is a quarter of that.
pub const MAX_BODY_BYTES: usize = 64 * 1024;

/// What to answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reply {
    /// The status.
    pub status: u16,
    /// Fields, `Content-Type` among them; `Content-Length` is the carrier's.
    pub fields: Vec<(&'static str, String)>,
    /// The body: empty for an answer without one.
    pub body: Vec<u8>,
}

impl Reply {
    /// A document in JSON.
    pub(crate) fn json(status: u16, document: &impl Serialize) -> Self {
        Self::typed(status, "application/json", document)
    }

    pub(crate) fn empty(status: u16) -> Self {
        Self {
            status,
            fields: Vec::new(),
            body: Vec::new(),
        }
    }

    /// Adds a field.
    #[must_use]
    pub(crate) fn with(mut self, name: &'static str, value: impl Into<String>) -> Self {
        self.fields.push((name, value.into()));
        self
    }

    /// The first value of a field.
    #[must_use]
    pub fn field(&self, name: &str) -> Option<&str> {
        let mut fields = self.fields.iter();
        let found = fields.find(|(known, _)| known.eq_ignore_ascii_case(name));
        found.map(|(_, value)| value.as_str())
    }

    fn typed(status: u16, kind: &str, document: &impl Serialize) -> Self {
        // Documents are maps with names and texts: nothing in them can fail.
        let body = serde_json::to_vec(document).unwrap_or_default();
        Self::empty(status).with("content-type", kind).bodied(body)
    }

    pub(crate) fn bodied(mut self, body: Vec<u8>) -> Self {
        self.body = body;
        self
    }
}

/// A request refused: a problem, and fields that go with it.
#[derive(Clone, Debug)]
pub(crate) struct Refusal {
    pub(crate) problem: Box<Problem>,
    pub(crate) fields: Vec<(&'static str, String)>,
    /// Set where another request came in between: doing all of it again may succeed.
    pub(crate) is_conflict: bool,
}

impl Refusal {
    pub(crate) fn new(kind: ErrorKind, detail: impl Into<String>) -> Self {
        Problem::new(kind, detail).into()
    }

    /// With another status than goes with the kind.
    pub(crate) fn status(mut self, status: u16) -> Self {
        self.problem.status = Some(status);
        self
    }

    pub(crate) fn with(mut self, name: &'static str, value: impl Into<String>) -> Self {
        self.fields.push((name, value.into()));
        self
    }

    pub(crate) fn reply(self) -> Reply {
        let status = self.problem.status.unwrap_or(400);
        let mut reply = Reply::typed(status, "application/problem+json", &self.problem);
        reply.fields.extend(self.fields);
        reply
    }
}

impl From<Problem> for Refusal {
    fn from(problem: Problem) -> Self {
        Self {
            problem: Box::new(problem),
            fields: Vec::new(),
            is_conflict: false,
        }
    }
}

/// Nobody learns whether something is not there or is somebody else's.
pub(crate) fn not_yours(what: &str) -> Refusal {
    Refusal::new(
        ErrorKind::Unauthorized,
        format!("this account has no such {what}"),
    )
}
