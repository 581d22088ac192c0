//! What a policy asks of certificates.

use handfast_pki::algorithm::{KeyKind, SignatureAlgorithm};
use handfast_pki::verify::exceptions::Exceptions;
use handfast_pki::verify::key_kinds::KeyKinds;
use handfast_pki::verify::policy::Policy as Verifying;

/// Which certificates a rule is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Reach {
    /// What an endpoint shows of itself: the certificate with its own key.
    OwnLeaf,
    /// Every certificate of a path, below the anchor: the peer's as well as one's own.
    WholeChain,
}

/// What a policy asks of certificates.
#[derive(Clone, Copy, Debug)]
pub struct Certificates {
    pub(crate) section: &'static str,
    pub(crate) reach: Reach,
    pub(crate) keys: KeyKinds,
    /// Sizes of RSA keys, from and to, in bits.
    pub(crate) rsa_bits: (u32, u32),
    /// No other size will do; empty: any between the two.
    pub(crate) rsa_sizes: &'static [u32],
    pub(crate) signatures: fn(SignatureAlgorithm) -> bool,
    pub(crate) days_max: Option<u16>,
}

impl Certificates {
    /// Where the standard says so.
    #[must_use]
    pub const fn section(&self) -> &'static str {
        self.section
    }

    /// Which certificates it is about.
    #[must_use]
    pub const fn reach(&self) -> Reach {
        self.reach
    }

    /// The kinds of key.
    #[must_use]
    pub const fn keys(&self) -> KeyKinds {
        self.keys
    }

    /// The smallest and the largest RSA key, in bits.
    #[must_use]
    pub const fn rsa_bits(&self) -> (u32, u32) {
        self.rsa_bits
    }

    /// True for a key that a certificate may hold.
    #[must_use]
    pub fn accepts_key(&self, kind: &KeyKind) -> bool {
        let fits = |bits: u32| {
            let (least, most) = self.rsa_bits;
            (least..=most).contains(&bits)
                && (self.rsa_sizes.is_empty() || self.rsa_sizes.contains(&bits))
        };
        self.keys.contains(kind)
            && match kind {
                KeyKind::Rsa { bits } | KeyKind::RsaPss { bits } => fits(*bits),
                _ => true,
            }
    }

    /// True for an algorithm by which a certificate may be signed.
    #[must_use]
    pub fn accepts_signature(&self, algorithm: SignatureAlgorithm) -> bool {
        (self.signatures)(algorithm)
    }

    /// How many days a certificate may be valid for, at most.
    #[must_use]
    pub const fn days_max(&self) -> Option<u16> {
        self.days_max
    }

    /// The rules by which a peer's path is judged, based on [`Verifying::MODERN`]; nothing where the
    /// policy is about one's own certificate alone. An RSA key between two sizes that are allowed
    /// passes it: [`crate::policy::Policy::check`] is exact about credentials.
    #[must_use]
    pub fn verifying(&self) -> Option<Verifying> {
        (self.reach == Reach::WholeChain).then(|| self.narrowed(Verifying::MODERN))
    }

    /// The same rules on top of those that are there: only what both let pass passes.
    pub(crate) fn narrowed(&self, policy: Verifying) -> Verifying {
        let all = SIGNATURES.iter().copied();
        let refused = all.filter(|one| !policy.accepts_signature(*one));
        Verifying {
            rsa_bits_min: self.rsa_bits.0.max(policy.rsa_bits_min),
            rsa_bits_max: self.rsa_bits.1.min(policy.rsa_bits_max),
            keys: self.keys.shared_with(policy.keys),
            signatures: self.signatures,
            refused_signatures: Some(refused.collect()),
            exceptions: Exceptions::NONE,
            ..policy
        }
    }

    /// What another policy lets pass that this one does not, in words.
    pub(crate) fn wider(&self, other: &Verifying) -> Vec<String> {
        let mut found = Vec::new();
        if !other.keys.are_among(self.keys) {
            found.push(format!(
                "keys {} where {} are allowed",
                other.keys, self.keys
            ));
        }
        let both = |kind: KeyKinds| kind.are_among(other.keys) && kind.are_among(self.keys);
        let takes_rsa = both(KeyKinds::RSA) || both(KeyKinds::RSA_PSS);
        let (least, most) = self.rsa_bits;
        if takes_rsa && (other.rsa_bits_min < least || other.rsa_bits_max > most) {
            let (from, to) = (other.rsa_bits_min, other.rsa_bits_max);
            found.push(format!(
                "RSA keys of {from} to {to} bits where {least} to {most} are allowed"
            ));
        }
        if other.exceptions.contains(Exceptions::SHA1) {
            found.push("signatures by SHA-1".to_owned());
        }
        if other.exceptions.contains(Exceptions::RSA_1024) {
            found.push("RSA keys of 1024 bits".to_owned());
        }
        let stray = SIGNATURES.iter().filter(|algorithm| {
            other.accepts_signature(**algorithm) && !self.accepts_signature(**algorithm)
        });
        let stray: Vec<String> = stray.map(|algorithm| format!("{algorithm:?}")).collect();
        if !stray.is_empty() {
            found.push(format!("certificates signed by {}", stray.join(", ")));
        }
        found
    }
}

/// All algorithms by which certificates of our time are signed; SHA-1 has an exception of its own.
pub(crate) const SIGNATURES: &[SignatureAlgorithm] = &[
    SignatureAlgorithm::RsaPkcs1Sha256,
    SignatureAlgorithm::RsaPkcs1Sha384,
    SignatureAlgorithm::RsaPkcs1Sha512,
    SignatureAlgorithm::RsaPssSha256,
    SignatureAlgorithm::RsaPssSha384,
    SignatureAlgorithm::RsaPssSha512,
    SignatureAlgorithm::EcdsaSha256,
    SignatureAlgorithm::EcdsaSha384,
    SignatureAlgorithm::EcdsaSha512,
    SignatureAlgorithm::Ed25519,
    SignatureAlgorithm::MlDsa44,
    SignatureAlgorithm::MlDsa65,
    SignatureAlgorithm::MlDsa87,
];

#[cfg(test)]
mod tests;
