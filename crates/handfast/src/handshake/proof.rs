//! Proof of who the peer is: values that only a check can make
//! (RFC 8446 section 4.4.3).

use crate::config::Signer;
use crate::config::{Credential, PreSharedKey};
use crate::connection::PeerIdentity;
#[cfg(feature = "legacy")]
use crate::fault::Error;
use crate::fault::{Fault, OwnFailure};
use crate::session::Ticket;
#[cfg(feature = "legacy")]
use crate::suite::Suite;
use crate::suite::{self, Family, find_scheme, scheme_suits, verify_by_scheme};
#[cfg(feature = "legacy")]
use handfast_crypto::legacy::premaster::{Premaster, encrypt};
use handfast_crypto::secret::constant_time_eq;
use handfast_crypto::signature::{KeyKind, PublicKey};
use handfast_pki::certificate::Certificate;
use handfast_pki::extension::KeyUsage;
use handfast_wire::handshake::CertificateVerify;
use handfast_wire::registry::SignatureScheme;

/// The peer holds the key of the leaf that it showed, or nothing comes of it: made by
/// [`check_signature`], by [`LeafKey::encipher`], or taken over from a session that began with one of
/// these. Or the suite has no leaf at all ([`SignatureValid::without_certificate`]).
pub(crate) struct SignatureValid(());

/// The peer's Finished was right. Made by [`check_finished`] alone.
pub(crate) struct FinishedVerified(());

/// Compares the peer's Finished with what it must be, in constant time.
pub(crate) fn check_finished(wanted: &[u8], verify_data: &[u8]) -> Result<FinishedVerified, Fault> {
    if verify_data.len() != wanted.len() {
        return Err(Fault::FinishedMalformed);
    }
    if !constant_time_eq(wanted, verify_data) {
        return Err(Fault::FinishedWrong);
    }
    Ok(FinishedVerified(()))
}

/// What is signed, and by whose rules.
pub(crate) struct Signed<'s> {
    pub(crate) family: Family,
    pub(crate) content: &'s [u8],
    /// Schemes that were offered to the signer.
    pub(crate) offered: &'s [SignatureScheme],
}

/// The key of the leaf that the peer showed, with what its certificate says of its use.
pub(crate) struct LeafKey {
    key: PublicKey,
    usage: Option<KeyUsage>,
    /// RSA keys of 1024 bits do too.
    takes_small: bool,
}

impl LeafKey {
    /// Reads it from the leaf, or from what stands in its place.
    pub(crate) fn of(peer: PeerIdentity<'_>) -> Result<Self, Fault> {
        match peer {
            PeerIdentity::Leaf(leaf) => Self::read(leaf),
            PeerIdentity::RawKey(spki) => Ok(Self {
                key: PublicKey::from_spki(spki).map_err(|_| Fault::CertificateKeyUnsupported)?,
                usage: None,
                takes_small: false,
            }),
            // Of who was here before: nobody shows one.
            PeerIdentity::Digest(_) => Err(Fault::CertificateMissing),
        }
    }

    fn read(leaf: &[u8]) -> Result<Self, Fault> {
        let certificate = Certificate::parse(leaf).map_err(|_| Fault::CertificateUnreadable)?;
        Ok(Self {
            key: certificate
                .public_key()
                .map_err(|_| Fault::CertificateKeyUnsupported)?,
            usage: certificate.key_usage(),
            takes_small: false,
        })
    }

    /// A key that a leaf's own has vouched for (RFC 9345).
    pub(crate) fn delegated(key: PublicKey) -> Self {
        Self {
            key,
            usage: None,
            takes_small: false,
        }
    }

    /// For a config that takes keys whose certificates do not allow signing.
    pub(crate) fn danger_any_usage(self, any: bool) -> Self {
        let usage = self.usage.filter(|_| !any);
        Self { usage, ..self }
    }

    /// For a config that takes RSA keys of 1024 bits.
    pub(crate) fn danger_small_rsa(self, takes_small: bool) -> Self {
        Self {
            takes_small,
            ..self
        }
    }

    fn has_strength(&self) -> bool {
        self.key.has_strength() || (self.takes_small && self.is_small())
    }

    /// True for RSA keys that were usual until 2010, and that a state can factor now.
    fn is_small(&self) -> bool {
        matches!(self.key.kind(), KeyKind::Rsa { bits: 1024..2048 })
    }

    pub(crate) fn kind(&self) -> KeyKind {
        self.key.kind()
    }

    /// Encrypts a premaster secret to the key, where that is strong enough and its certificate lets one
    /// (RFC 5246 section 7.4.2). Nothing is signed then: whoever lacks the private key cannot make the
    /// Finished, without which nobody is connected.
    #[cfg(feature = "legacy")]
    pub(crate) fn encipher(
        &self,
        premaster: &Premaster,
    ) -> Result<(Vec<u8>, SignatureValid), Error> {
        if !self.has_strength() {
            return Err(Fault::CertificateKeyWeak.into());
        }
        let usage = self.usage;
        if usage.is_some_and(|usage| !usage.allows(KeyUsage::KEY_ENCIPHERMENT)) {
            return Err(Fault::CertificateKeyUsage.into());
        }
        let encrypted = encrypt(&self.key, premaster).map_err(|_| OwnFailure::Crypto)?;
        Ok((encrypted, SignatureValid(())))
    }
}

/// Checks a signature against the leaf, in the RFC's order: the scheme was
/// offered, it suits the key, the key may sign, the signature is right.
pub(crate) fn check_signature(
    leaf: &LeafKey,
    message: &CertificateVerify<'_>,
    signed: &Signed<'_>,
) -> Result<SignatureValid, Fault> {
    let LeafKey { key, usage, .. } = leaf;
    if !leaf.has_strength() {
        return Err(Fault::CertificateKeyWeak);
    }
    if !signed.offered.contains(&message.algorithm) {
        return Err(Fault::SchemeNotOffered);
    }
    let algorithm = find_scheme(message.algorithm, signed.family).ok_or(Fault::SchemeNotOffered)?;
    if !scheme_suits(message.algorithm, key.kind(), signed.family) {
        return Err(Fault::SchemeWrongForKey);
    }
    // RFC 8446 s4.4.2.2, RFC 5246 s7.4.2: where keyUsage is there, it must allow signing.
    if usage.is_some_and(|usage| !usage.allows(KeyUsage::DIGITAL_SIGNATURE)) {
        return Err(Fault::CertificateKeyUsage);
    }
    verify_by_scheme(key, algorithm, signed.content, message.signature.0)
        .map_err(|_| Fault::SignatureWrong)?;
    Ok(SignatureValid(()))
}

/// Signs with a key that is here; nothing when it lies elsewhere.
pub(crate) fn sign(
    credential: &Credential,
    scheme: SignatureScheme,
    content: &[u8],
) -> Option<Result<Vec<u8>, OwnFailure>> {
    let Signer::Key(key) = &*credential.0.signer else {
        return None;
    };
    Some(suite::sign(key, scheme, content))
}

/// It is settled who the peer is, or that nobody asks.
pub(crate) struct PeerSettled(());

impl SignatureValid {
    /// The peer was judged, by the config or by the caller, and accepted.
    pub(crate) fn accepted(self) -> PeerSettled {
        PeerSettled(())
    }

    /// Nothing is to be signed where the suite has no certificate: whoever does not know the shared key
    /// cannot make the Finished; and of an anonymous server nobody ever knows anything.
    #[cfg(feature = "legacy")]
    pub(crate) fn without_certificate(suite: &Suite) -> Option<Self> {
        (!suite.shows_certificate()).then_some(Self(()))
    }

    /// The signature was checked when the session that is resumed began; the verdict
    /// is still to come.
    pub(crate) fn in_session(_ticket: &Ticket) -> Self {
        Self(())
    }
}

impl PeerSettled {
    /// There is nothing to be judged: nothing comes of it for a suite with certificates.
    #[cfg(feature = "legacy")]
    pub(crate) fn without_certificate(suite: &Suite, proof: SignatureValid) -> Option<Self> {
        let SignatureValid(()) = proof;
        (!suite.shows_certificate()).then_some(Self(()))
    }

    /// The peer was settled when the session that is resumed began.
    pub(crate) fn in_session(_ticket: &Ticket) -> Self {
        Self(())
    }

    /// TLS 1.3: nobody who does not know the key can make the Finished.
    pub(crate) fn by_shared_key(_key: &PreSharedKey) -> Self {
        Self(())
    }

    /// A server did not ask the client.
    pub(crate) fn not_asked() -> Self {
        Self(())
    }

    /// A server asked, and the client showed nothing, which is allowed.
    pub(crate) fn anonymous() -> Self {
        Self(())
    }
}
