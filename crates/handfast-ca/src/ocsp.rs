//! An OCSP responder as a pure function (RFC 6960): from a request's bytes, what is known of
//! certificates, and the time, to a response's bytes.

mod answer;
mod respond;
mod signer;
mod write;

pub use crate::ocsp::answer::{Answer, Asked};
pub use crate::ocsp::respond::{Outcome, Response, asked_about, respond};
pub use crate::ocsp::signer::OcspSigner;
pub use handfast_pki::ocsp::ResponseStatus;
pub use handfast_pki::ocsp::asked::OcspRequest;
