//! The authority behind the server: what it signs, and what it says of a certificate.

use crate::message::Problem;
use handfast_ca::profile::{AlternativeName, Validity};
use rustls_pki_types::CertificateDer;

/// Signs and revokes. Each call is done when it returns: recorded, and kept.
pub trait Authority {
    /// Issues a certificate.
    ///
    /// # Errors
    /// A [`Problem`] for the client: what, and what to do. What only the operator may know stays
    /// out of it.
    fn certify(&mut self, issuance: &Issuance<'_>) -> Result<Certified, Problem>;

    /// Revokes a certificate that [`Authority::standing`] calls good. `reason` is a code of
    /// RFC 5280 section 5.3.1, of those that a holder may give.
    ///
    /// # Errors
    /// As [`Authority::certify`].
    fn revoke(
        &mut self,
        certificate: &CertificateDer<'_>,
        reason: u8,
        now_unix: u64,
    ) -> Result<(), Problem>;

    /// What the authority has to say of a certificate, by all of its bytes.
    ///
    /// # Errors
    /// As [`Authority::certify`].
    fn standing(&mut self, certificate: &CertificateDer<'_>) -> Result<Standing, Problem>;
}

/// What is to be certified: all of it was checked.
#[derive(Clone, Debug)]
pub struct Issuance<'a> {
    /// The key, as a SubjectPublicKeyInfo in DER. Who asks has shown that it is theirs.
    pub spki: &'a [u8],
    /// The names that were proven.
    pub names: &'a [AlternativeName],
    /// When it shall be valid.
    pub validity: Validity,
    /// The account, for the audit trail.
    pub account: &'a str,
    /// Now, in Unix time.
    pub now_unix: u64,
}

/// A certificate as it was issued.
#[derive(Clone, Debug)]
pub struct Certified {
    /// Leaf first, without the root.
    pub chain: Vec<CertificateDer<'static>>,
    /// The root.
    pub root: CertificateDer<'static>,
}

/// What the authority has to say of a certificate.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Standing {
    /// It was issued here.
    Good,
    /// It was, and is revoked.
    Revoked,
    /// It was not.
    Unknown,
}
