//! What is asked of certificates beyond a sound path.

use crate::verify::budget::Limits;
use crate::verify::exceptions::Exceptions;
use crate::verify::key_kinds::KeyKinds;
use crate::verify::policies::PolicyInputs;
use handfast_crypto::hash::HashAlgorithm;
use handfast_crypto::signature::{BadSignature, KeyKind, PublicKey, SignatureAlgorithm};
use std::sync::Arc;

/// What a verifier accepts. The default is [`Policy::MODERN`].
#[derive(Clone, Debug)]
pub struct Policy {
    /// The smallest RSA modulus, in bits; below 2,048 nothing goes without
    /// [`Exceptions::RSA_1024`].
    pub rsa_bits_min: u32,
    /// The largest RSA modulus, in bits; larger ones cost too much to check.
    pub rsa_bits_max: u32,
    /// The kinds of key of the peer and of every authority below the anchor, and of the anchor too
    /// unless it is a name and a key.
    pub keys: KeyKinds,
    /// Whether certificates may be signed with an algorithm; of SHA-1, [`Exceptions::SHA1`] alone
    /// decides.
    pub signatures: fn(SignatureAlgorithm) -> bool,
    /// Algorithms that are refused whatever `signatures` says, so that one policy can be narrowed by
    /// another.
    pub refused_signatures: Option<Arc<[SignatureAlgorithm]>>,
    /// How many intermediates may stand between the leaf and the anchor; self-issued ones do not
    /// count (RFC 5280 s4.2.1.9).
    pub intermediates_max: usize,
    /// How much work one verification may take.
    pub limits: Limits,
    /// The rules for issuers that are enforced on top of RFC 5280 s6.
    pub rules: Rules,
    /// Which certificate policies are accepted or demanded.
    pub policies: PolicyInputs,
    /// What is let pass although it is too weak for anyone else.
    pub exceptions: Exceptions,
}

impl Policy {
    /// RSA of 2,048 to 8,192 bits, SHA-2, the elliptic curves and ML-DSA; no SHA-1.
    pub const MODERN: Self = Self {
        rsa_bits_min: 2048,
        rsa_bits_max: 8192,
        keys: KeyKinds::ALL,
        signatures: is_modern,
        refused_signatures: None,
        intermediates_max: 8,
        limits: Limits {
            signatures: 100,
            steps: 200_000,
            name_comparisons: 250_000,
        },
        rules: Rules::Path,
        policies: PolicyInputs::ANY,
        exceptions: Exceptions::NONE,
    };

    /// As [`Self::MODERN`], and by what RFC 5280 s4 asks of issuers.
    pub const RFC5280: Self = Self {
        rules: Rules::Rfc5280,
        ..Self::MODERN
    };

    /// As [`Self::MODERN`], for servers of the public web: by what the CA/Browser Forum asks of
    /// issuers, with its kinds of key.
    pub const WEB: Self = Self {
        rules: Rules::Web,
        keys: KeyKinds::WEB,
        ..Self::MODERN
    };

    /// Whether the key is strong enough, and not absurdly large.
    #[must_use]
    pub fn accepts_key(&self, kind: &KeyKind) -> bool {
        self.keys.contains(kind) && self.accepts_size(kind)
    }

    fn accepts_size(&self, kind: &KeyKind) -> bool {
        match kind {
            KeyKind::Rsa { bits } | KeyKind::RsaPss { bits } => {
                (self.rsa_floor()..=self.rsa_bits_max).contains(bits)
            }
            _ => true,
        }
    }

    /// Whether certificates, CRLs and OCSP responses may be signed so.
    #[must_use]
    pub fn accepts_signature(&self, algorithm: SignatureAlgorithm) -> bool {
        match algorithm.hash() {
            Some(HashAlgorithm::Sha1) => self.exceptions.contains(Exceptions::SHA1),
            _ => (self.signatures)(algorithm) && !self.refuses(algorithm),
        }
    }

    fn refuses(&self, algorithm: SignatureAlgorithm) -> bool {
        let mut refused = self.refused_signatures.iter().flat_map(|all| all.iter());
        refused.any(|one| *one == algorithm)
    }

    /// Checks a signature by a key that [`Self::accepts_key`] accepted.
    pub(crate) fn check_signature(
        &self,
        key: &PublicKey,
        algorithm: SignatureAlgorithm,
        message: &[u8],
        signature: &[u8],
    ) -> Result<(), BadSignature> {
        if self.exceptions.contains(Exceptions::RSA_1024) {
            key.verify_danger_small_rsa(algorithm, message, signature)
        } else {
            key.verify(algorithm, message, signature)
        }
    }

    fn rsa_floor(&self) -> u32 {
        if self.exceptions.contains(Exceptions::RSA_1024) {
            RSA_BITS_MIN_WEAK
        } else {
            self.rsa_bits_min.max(RSA_BITS_MIN)
        }
    }
}

impl Default for Policy {
    fn default() -> Self {
        Self::MODERN
    }
}

/// Which rules hold.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum Rules {
    /// What RFC 5280 s6 asks of a verifier. Certificates made by hand and old roots pass.
    #[default]
    Path,
    /// Also what RFC 5280 s4 asks of issuers.
    Rfc5280,
    /// Also what the CA/Browser Forum asks of issuers for the public web.
    Web,
}

fn is_modern(algorithm: SignatureAlgorithm) -> bool {
    algorithm.hash() != Some(HashAlgorithm::Sha1)
}

/// NIST SP 800-57 part 1 and the CA/Browser Forum (BR s6.1.5): less can be factored.
const RSA_BITS_MIN: u32 = 2048;
/// Keys of 768 bits were factored in 2009; of 1,024 bits none is known to be.
const RSA_BITS_MIN_WEAK: u32 = 1024;
