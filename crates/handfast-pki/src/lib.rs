//! Certificates: read, and judged with reasons.
//!
//! [`certificate::Certificate`] is a borrowed view over strict DER, [`name::ServerName`] the name
//! that a peer should prove.

pub mod certificate;
#[expect(dead_code, reason = "path building reads the rest")]
mod cursor;
#[expect(dead_code, reason = "path building reads the rest")]
pub mod distinguished_name;
#[expect(dead_code, reason = "path building reads the rest")]
pub mod extension;
pub mod fault;
pub mod general_name;
pub mod name;
#[expect(dead_code, reason = "path building reads the rest")]
pub mod oid;
pub mod time;
