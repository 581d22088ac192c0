//! TLS 1.2 and older: what differs between the versions is a row in `profile`,
//! and nowhere else is a version compared. For now the row of TLS 1.2 is filled.
//!
//! ```text
//! ClientHello          ->
//!                      <- ServerHello, Certificate, (CertificateStatus),
//!                         ServerKeyExchange, (CertificateRequest), ServerHelloDone
//! (Certificate), ClientKeyExchange, (CertificateVerify),
//! [ChangeCipherSpec], Finished ->
//!                      <- [ChangeCipherSpec], Finished
//! ```

pub(crate) mod client;
pub(crate) mod exporter;
mod key_block;
#[cfg(test)]
mod key_calculation;
mod key_exchange;
mod master_secret;
mod prf;
mod profile;
pub(crate) mod server;
pub(crate) mod shared;
mod signature;
pub(crate) mod verify_data;
