//! What is fetched.

use crate::limits::Limits;
use core::fmt;

/// What is fetched.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Kind {
    /// Certificates of an issuer (caIssuers, RFC 5280 s4.2.2.1).
    Issuer,
    /// A CRL (cRLDistributionPoints, RFC 5280 s4.2.1.13).
    Crl,
    /// An OCSP response (RFC 6960 appendix A).
    Ocsp,
}

impl Kind {
    /// One word, as in the names of cached files.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Issuer => "issuer",
            Self::Crl => "crl",
            Self::Ocsp => "ocsp",
        }
    }

    /// What the server is told that we take. What it says that it sends does not count: many
    /// say something else, and the content is judged anyway.
    pub(crate) const fn accept(self) -> &'static str {
        match self {
            Self::Issuer => "application/pkix-cert, application/pkcs7-mime, */*;q=0.1",
            Self::Crl => "application/pkix-crl, */*;q=0.1",
            Self::Ocsp => "application/ocsp-response, */*;q=0.1",
        }
    }

    pub(crate) const fn limit(self, limits: &Limits) -> usize {
        match self {
            Self::Issuer => limits.issuer_bytes,
            Self::Crl => limits.crl_bytes,
            Self::Ocsp => limits.ocsp_bytes,
        }
    }
}

impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Issuer => "issuer",
            Self::Crl => "CRL",
            Self::Ocsp => "OCSP",
        })
    }
}
