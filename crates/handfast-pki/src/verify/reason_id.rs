//! The ids of reasons, for programs: they never change their meaning.

use crate::verify::reason::Reason;

impl Reason {
    /// The reason's name for programs, as in `chain.unknown-issuer`. It never changes its meaning.
    ///
    /// ```
    /// use handfast_pki::verify::reason::Reason;
    ///
    /// assert_eq!(Reason::SelfSigned.id(), "chain.self-signed");
    /// ```
    #[must_use]
    pub const fn id(&self) -> &'static str {
        // A reason without an arm does not compile.
        match self {
            Self::NoCertificate => "chain.no-certificate",
            Self::Malformed(_) => "chain.malformed",
            Self::Expired { .. } => "chain.expired",
            Self::NotYetValid { .. } => "chain.not-yet-valid",
            Self::UnknownIssuer { .. } => "chain.unknown-issuer",
            Self::SelfSigned => "chain.self-signed",
            Self::NameMismatch { .. } => "chain.name-mismatch",
            Self::BadSignature => "chain.bad-signature",
            Self::WeakKey { .. } => "chain.weak-key",
            Self::UnsupportedKey => "chain.unsupported-key",
            Self::WeakSignature { .. } => "chain.weak-signature",
            Self::UnsupportedSignature { .. } => "chain.unsupported-signature",
            Self::NotACa => "chain.not-a-ca",
            Self::PathLength { .. } => "chain.path-length",
            Self::PathTooLong { .. } => "chain.path-too-long",
            Self::KeyUsage { .. } => "chain.key-usage",
            Self::ExtendedKeyUsage { .. } => "chain.extended-key-usage",
            Self::UnknownCriticalExtension { .. } => "chain.unknown-critical-extension",
            Self::ExplicitPolicy => "chain.explicit-policy",
            Self::AnyPolicyMapped => "chain.any-policy-mapped",
            Self::NameExcluded { .. } => "chain.name-excluded",
            Self::NameNotPermitted { .. } => "chain.name-not-permitted",
            Self::CaAsLeaf => "chain.ca-as-leaf",
            Self::Revoked { .. } => "chain.revoked",
            Self::RevocationUnknown { .. } => "chain.revocation-unknown",
            Self::StapleMissing { .. } => "chain.staple-missing",
            Self::NotPinned { .. } => "chain.not-pinned",
            Self::NotLogged { .. } => "chain.not-logged",
            Self::DaneMismatch { .. } => "chain.dane-mismatch",
            Self::DaneUnusable { .. } => "chain.dane-unusable",
            Self::NoPath => "chain.no-path",
            Self::NothingHolds { .. } => "chain.nothing-holds",
            Self::BudgetExceeded(_) => "chain.budget-exceeded",
            Self::KeyChanged { .. } => "chain.key-changed",
            Self::IssuingRule { .. } => "chain.issuing-rule",
        }
    }
}
