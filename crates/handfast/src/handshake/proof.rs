//! Proof of who the peer is: values that only a check can make
//! (RFC 8446 section 4.4.3).

use crate::config::Credential;
use crate::config::Signer;
use crate::fault::{Fault, OwnFailure};
use crate::handshake::side::Side;
use crate::suite::{self, find_scheme, scheme_suits};
use handfast_crypto::hash::Digest;
use handfast_crypto::secret::constant_time_eq;
use handfast_crypto::signature::PublicKey;
use handfast_pki::certificate::Certificate;
use handfast_pki::extension::KeyUsage;
use handfast_wire::handshake::CertificateVerify;
use handfast_wire::registry::SignatureScheme;

/// The peer holds the key of the leaf that it showed. Made by [`check_signature`] alone.
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

/// What CertificateVerify signs: 64 spaces, who signs, a zero, the transcript.
pub(crate) fn signed_content(signer: Side, transcript: &Digest) -> Vec<u8> {
    let who: &[u8] = match signer {
        Side::Client => b"TLS 1.3, client CertificateVerify",
        Side::Server => b"TLS 1.3, server CertificateVerify",
    };
    [&[0x20; 64], who, &[0], transcript.as_ref()].concat()
}

/// Checks a CertificateVerify against the leaf, in the RFC's order: the scheme
/// was offered, it suits the key, the signature is right.
pub(crate) fn check_signature(
    leaf: &[u8],
    message: &CertificateVerify<'_>,
    offered: &[SignatureScheme],
    signer: Side,
    transcript: &Digest,
) -> Result<SignatureValid, Fault> {
    let certificate = Certificate::parse(leaf).map_err(|_| Fault::CertificateUnreadable)?;
    let key = PublicKey::new(
        certificate.key_algorithm(),
        certificate.subject_public_key(),
    )
    .map_err(|_| Fault::CertificateKeyUnsupported)?;
    if !offered.contains(&message.algorithm) {
        return Err(Fault::SchemeNotOffered);
    }
    let algorithm = find_scheme(message.algorithm).ok_or(Fault::SchemeNotOffered)?;
    if !scheme_suits(message.algorithm, key.kind()) {
        return Err(Fault::SchemeWrongForKey);
    }
    // RFC 8446 s4.4.2.2: where keyUsage is there, it must allow signing.
    if certificate
        .key_usage()
        .is_some_and(|usage| !usage.allows(KeyUsage::DIGITAL_SIGNATURE))
    {
        return Err(Fault::CertificateKeyUsage);
    }
    key.verify(
        algorithm,
        &signed_content(signer, transcript),
        message.signature.0,
    )
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
}

impl PeerSettled {
    /// A server did not ask the client.
    pub(crate) fn not_asked() -> Self {
        Self(())
    }

    /// A server asked, and the client showed nothing, which is allowed.
    pub(crate) fn anonymous() -> Self {
        Self(())
    }
}
