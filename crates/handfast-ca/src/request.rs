//! Requests for certificates (PKCS#10, RFC 2986): made, read, and taken into a profile as far as
//! rules allow.

mod fault;
mod left_out;
mod read;
mod rules;
mod write;

pub use crate::request::fault::RequestFault;
pub use crate::request::left_out::LeftOut;
pub use crate::request::read::{Request, request_pem};
pub use crate::request::rules::{Excess, Merged, RequestRules, SubjectRule};
pub use crate::request::write::RequestProfile;
