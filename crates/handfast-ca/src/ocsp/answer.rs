//! What is asked of certificates, and what is known.

use handfast_pki::crl::entry::RevocationReason;

use crate::serial::SerialNumber;

/// A certificate that is asked about.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Asked {
    /// Which of the signers answers for its issuer: its place among those that were given.
    pub signer: usize,
    /// Its serial number.
    pub serial: SerialNumber,
}

/// What is known of a certificate.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Answer {
    /// It was issued and is not revoked.
    Good,
    /// It is revoked.
    Revoked {
        /// Since when, in Unix seconds.
        at_unix: u64,
        /// Why.
        reason: RevocationReason,
    },
    /// It was never issued, or nobody knows (RFC 6960 section 2.2).
    Unknown,
}
