//! Why a CRL or an OCSP response says nothing about a certificate: one row each.

use crate::fault::CertificateFault;
use crate::ocsp::ResponseStatus;
use crate::time::UnixTime;
use crate::verify::budget::Exceeded;
use std::fmt;

/// Where something is said about revocation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Source {
    /// The OCSP response that the peer stapled.
    Staple,
    /// The OCSP response at this index of [`super::Revocation::responses`].
    Response(usize),
    /// The CRL at this index of [`super::Revocation::crls`].
    Crl(usize),
    /// The certificate itself.
    Certificate,
}

impl fmt::Display for Source {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Staple => f.write_str("the stapled OCSP response"),
            Self::Response(index) => write!(f, "OCSP response {index}"),
            Self::Crl(index) => write!(f, "CRL {index}"),
            Self::Certificate => f.write_str("the certificate"),
        }
    }
}

/// What was at hand and could not be used.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Dropped {
    /// Which it was.
    pub source: Source,
    /// Why.
    pub doubt: Doubt,
}

impl fmt::Display for Dropped {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.source, self.doubt)
    }
}

/// Why it could not be used.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Doubt {
    /// Nothing at hand speaks about the certificate.
    NothingCovers,
    /// The bytes are no OCSP response, or the certificate's distribution points no such list.
    Malformed(CertificateFault),
    /// The responder gave no answer.
    Refused(ResponseStatus),
    /// The response is about other certificates.
    OtherCertificate,
    /// The responder does not know the certificate.
    UnknownToResponder,
    /// The response does not bear the nonce that was sent.
    Nonce,
    /// The next update is overdue.
    Stale {
        /// When it was due.
        next_update: UnixTime,
        /// When it was judged.
        now: UnixTime,
    },
    /// It was made in the future.
    NotYetValid {
        /// When.
        this_update: UnixTime,
        /// When it was judged.
        now: UnixTime,
    },
    /// A critical extension that is not understood.
    UnknownCriticalExtension {
        /// Its object identifier, in dots, and its name if it has one.
        extension: String,
    },
    /// No certificate of its signer is at hand.
    SignerUnknown,
    /// Its signer may not sign it.
    Signer {
        /// Why.
        why: String,
    },
    /// The signature was not made by its signer's key.
    BadSignature,
    /// The CRL is limited to other certificates.
    Scope {
        /// To which.
        limit: &'static str,
    },
    /// The CRL belongs to other distribution points than the certificate's.
    DistributionPoint,
    /// The CRLs at hand cover some reasons for revocation alone.
    SomeReasons,
    /// No complete CRL at hand is one that the delta builds on.
    DeltaWithoutBase,
    /// Judging it took more work than is allowed.
    BudgetExceeded(Exceeded),
}

impl Doubt {
    /// Where the rule stands.
    #[must_use]
    pub fn section(&self) -> &'static str {
        match self {
            Self::NothingCovers => "RFC 5280 s6.3.3",
            Self::Malformed(_) => "RFC 6960 s4.2.1",
            Self::Refused(_) => "RFC 6960 s2.3",
            Self::OtherCertificate => "RFC 6960 s3.2 (1)",
            Self::UnknownToResponder => "RFC 6960 s2.2",
            Self::Nonce => "RFC 9654 s2.1",
            Self::Stale { .. } => "RFC 5280 s6.3.3 (a), RFC 6960 s3.2 (6)",
            Self::NotYetValid { .. } => "RFC 5280 s5.1.2.4, RFC 6960 s3.2 (5)",
            Self::UnknownCriticalExtension { .. } => "RFC 5280 s5.2",
            Self::SignerUnknown | Self::Signer { .. } => "RFC 5280 s6.3.3 (f), RFC 6960 s4.2.2.2",
            Self::BadSignature => "RFC 5280 s6.3.3 (g), RFC 6960 s3.2 (2)",
            Self::Scope { .. } => "RFC 5280 s6.3.3 (b)(2)",
            Self::DistributionPoint => "RFC 5280 s6.3.3 (b)(2)(i)",
            Self::SomeReasons => "RFC 5280 s6.3.3 (e)",
            Self::DeltaWithoutBase => "RFC 5280 s5.2.4",
            Self::BudgetExceeded(_) => "RFC 5280 s8",
        }
    }
}

impl From<CertificateFault> for Doubt {
    fn from(fault: CertificateFault) -> Self {
        Self::Malformed(fault)
    }
}

impl From<Exceeded> for Doubt {
    fn from(exceeded: Exceeded) -> Self {
        Self::BudgetExceeded(exceeded)
    }
}

impl fmt::Display for Doubt {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::NothingCovers => "no CRL and no OCSP response at hand speaks about it",
            Self::Malformed(fault) => return write!(f, "it cannot be read: {fault}"),
            Self::Refused(status) => return write!(f, "the responder answered {status}"),
            Self::OtherCertificate => "it is about other certificates",
            Self::UnknownToResponder => "the responder does not know the certificate",
            Self::Nonce => "it does not bear the nonce that was sent",
            Self::Stale { next_update, now } => {
                return write!(
                    f,
                    "its next update was due on {next_update}; it is now {now}"
                );
            }
            Self::NotYetValid { this_update, now } => {
                return write!(f, "it was made on {this_update}; it is now {now}");
            }
            Self::UnknownCriticalExtension { extension } => {
                return write!(f, "its critical extension {extension} is not understood");
            }
            Self::SignerUnknown => "no certificate of its signer is at hand",
            Self::Signer { why } => return write!(f, "its signer may not sign it: {why}"),
            Self::BadSignature => "its signer's key did not make this signature",
            Self::Scope { limit } => return write!(f, "it is limited to {limit}"),
            Self::DistributionPoint => "it belongs to other distribution points",
            Self::SomeReasons => "only some reasons for revocation are covered",
            Self::DeltaWithoutBase => "no complete CRL is at hand that this delta builds on",
            Self::BudgetExceeded(what) => return write!(f, "judging it took more than {what}"),
        })
    }
}
