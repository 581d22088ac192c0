//! Certificates that let their keys delegate, and delegated credentials (RFC 9345).

use crate::certificates::{self, KeyKind, now_unix};
use handfast::config::{Delegate, Delegation, Signer};
use handfast::{Credential, PrivateKey, SignatureScheme};
use handfast_ca::issued::Issued;
use handfast_ca::profile::{Profile, Validity};

/// Seconds that a delegated credential of this file is good for.
pub const LIFE_S: u64 = 24 * 60 * 60;

/// A certificate for `localhost`, good for servers and clients, whose key may vouch for others.
///
/// # Panics
/// When it cannot be issued.
#[must_use]
pub fn certificate(kind: KeyKind) -> Issued {
    let validity = Validity::days(now_unix(), 30);
    let mut profile = Profile::both(&certificates::names(), validity, kind);
    profile.delegation = true;
    let issued = certificates::intermediate().issue(&profile);
    issued.expect("a certificate that lets delegate")
}

/// The scheme that a key signs with in TLS 1.3.
#[must_use]
pub fn scheme(kind: KeyKind) -> SignatureScheme {
    match kind {
        KeyKind::EcP256 => SignatureScheme::ECDSA_SECP256R1_SHA256,
        KeyKind::EcP384 => SignatureScheme::ECDSA_SECP384R1_SHA384,
        KeyKind::EcP521 => SignatureScheme::ECDSA_SECP521R1_SHA512,
        KeyKind::Ed25519 => SignatureScheme::ED25519,
        KeyKind::MlDsa44 => SignatureScheme::MLDSA44,
        KeyKind::MlDsa65 => SignatureScheme::MLDSA65,
        KeyKind::MlDsa87 => SignatureScheme::MLDSA87,
        _ => SignatureScheme::RSA_PSS_RSAE_SHA256,
    }
}

/// What is delegated, as bytes, for so many seconds from now on.
///
/// # Panics
/// When it cannot be signed.
#[must_use]
pub fn bytes(to: Delegate, issued: &Issued, key: &PrivateKey, life_s: u64) -> Vec<u8> {
    let delegation = Delegation {
        to,
        public_key: key.public_spki(),
        scheme: scheme(key.kind()),
        until_unix: now_unix() + life_s,
    };
    let leaf = issued.chain().first().expect("a leaf");
    let by = scheme(issued.key().kind());
    let signed = delegation.sign(leaf, issued.key(), by);
    signed.expect("a delegated credential")
}

/// A credential by a key of its own.
///
/// # Panics
/// When it cannot be made.
#[must_use]
pub fn credential(to: Delegate, issued: &Issued, kind: KeyKind, life_s: u64) -> Credential {
    let key = PrivateKey::generate(kind).expect("a key");
    let bytes = bytes(to, issued, &key, life_s);
    let chain = issued.chain().to_vec();
    Credential::with_delegated(chain, &bytes, Signer::Key(key)).expect("one that fits")
}
