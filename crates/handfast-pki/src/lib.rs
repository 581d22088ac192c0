//! Certificates: read, and judged with reasons.
//!
//! [`certificate::Certificate`] is a borrowed view over strict DER, [`name::ServerName`] the name
//! that a peer should prove, [`roots::Roots`] whom to believe. [`verify::verify`] judges, and a
//! refusal says which certificate broke which rule, and what to do. Time is an argument; nothing
//! here reads a clock, a file or the network.

pub mod algorithm;
pub mod certificate;
pub mod certification_request;
pub mod crl;
mod cursor;
pub mod dane;
pub mod distinguished_name;
pub mod distribution_point;
pub mod extension;
pub mod fault;
pub mod fingerprint;
pub mod general_name;
pub mod load;
pub mod name;
mod name_constraints;
pub mod ocsp;
pub mod oid;
pub mod pin;
pub mod registry;
pub mod roots;
pub mod sct;
pub mod subject_key;
pub mod time;
pub mod verify;
mod write;
