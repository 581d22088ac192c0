//! Kinds of key that a policy accepts.

use handfast_crypto::signature::KeyKind;
use std::fmt;

/// A set of kinds of key, of peers and of authorities.
///
/// ```
/// use handfast_pki::verify::key_kinds::KeyKinds;
/// use handfast_pki::verify::policy::Policy;
///
/// let strict = Policy {
///     keys: KeyKinds::of(&[KeyKinds::EC_P384, KeyKinds::ML_DSA_87]),
///     ..Policy::MODERN
/// };
/// assert_eq!(strict.keys.to_string(), "P-384, ML-DSA-87");
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct KeyKinds(u16);

impl KeyKinds {
    /// RSA; the policy bounds its size.
    pub const RSA: Self = Self(1);
    /// RSA for PSS alone; the policy bounds its size.
    pub const RSA_PSS: Self = Self(1 << 1);
    /// NIST P-256.
    pub const EC_P256: Self = Self(1 << 2);
    /// NIST P-384.
    pub const EC_P384: Self = Self(1 << 3);
    /// NIST P-521.
    pub const EC_P521: Self = Self(1 << 4);
    /// Ed25519.
    pub const ED25519: Self = Self(1 << 5);
    /// ML-DSA-44.
    pub const ML_DSA_44: Self = Self(1 << 6);
    /// ML-DSA-65.
    pub const ML_DSA_65: Self = Self(1 << 7);
    /// ML-DSA-87.
    pub const ML_DSA_87: Self = Self(1 << 8);
    /// All of them.
    pub const ALL: Self = Self((1 << 9) - 1);
    /// Those of the public web: RSA, P-256, P-384 and P-521 (CA/Browser Forum BR s7.1.3.1).
    pub const WEB: Self = Self::of(&[Self::RSA, Self::EC_P256, Self::EC_P384, Self::EC_P521]);

    /// These together.
    #[must_use]
    pub const fn of(kinds: &[Self]) -> Self {
        let mut set = 0;
        let mut rest = kinds;
        while let [first, others @ ..] = rest {
            set |= first.0;
            rest = others;
        }
        Self(set)
    }

    /// Whether all of these are among `others`.
    #[must_use]
    pub const fn are_among(self, others: Self) -> bool {
        self.0 & !others.0 == 0
    }

    /// Those that are among `others`, too.
    #[must_use]
    pub const fn shared_with(self, others: Self) -> Self {
        Self(self.0 & others.0)
    }

    /// Whether the kind is one of them, whatever its size.
    #[must_use]
    pub fn contains(self, kind: &KeyKind) -> bool {
        let kind = match kind {
            KeyKind::Rsa { .. } => Self::RSA,
            KeyKind::RsaPss { .. } => Self::RSA_PSS,
            KeyKind::EcP256 => Self::EC_P256,
            KeyKind::EcP384 => Self::EC_P384,
            KeyKind::EcP521 => Self::EC_P521,
            KeyKind::Ed25519 => Self::ED25519,
            KeyKind::MlDsa44 => Self::ML_DSA_44,
            KeyKind::MlDsa65 => Self::ML_DSA_65,
            KeyKind::MlDsa87 => Self::ML_DSA_87,
            _ => return false,
        };
        self.0 & kind.0 != 0
    }
}

impl fmt::Display for KeyKinds {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let named = NAMES.iter().filter(|(one, _)| self.0 & one.0 != 0);
        for (index, (_, name)) in named.enumerate() {
            let joint = if index == 0 { "" } else { ", " };
            write!(f, "{joint}{name}")?;
        }
        if self.0 == 0 {
            f.write_str("none")?;
        }
        Ok(())
    }
}

const NAMES: [(KeyKinds, &str); 9] = [
    (KeyKinds::RSA, "RSA"),
    (KeyKinds::RSA_PSS, "RSA-PSS"),
    (KeyKinds::EC_P256, "P-256"),
    (KeyKinds::EC_P384, "P-384"),
    (KeyKinds::EC_P521, "P-521"),
    (KeyKinds::ED25519, "Ed25519"),
    (KeyKinds::ML_DSA_44, "ML-DSA-44"),
    (KeyKinds::ML_DSA_65, "ML-DSA-65"),
    (KeyKinds::ML_DSA_87, "ML-DSA-87"),
];
