//! The key schedule (RFC 8446 section 7.1).
//!
//! ```text
//! 0 -> early secret -> derived -> (EC)DHE -> handshake secret -> derived -> 0 -> main secret
//! ```
//! The running secret stays in place; each stage gives a token without size,
//! and what belongs to a stage asks for its token, so it cannot be called early.

use crate::fault::OwnFailure;
use crate::record::TrafficKey;
use crate::suite::Suite;
use handfast_crypto::hash::{Digest, HashAlgorithm, digest};
use handfast_crypto::hkdf;
use handfast_crypto::secret::{Secret, SharedSecret};

/// The handshake secret is in place.
pub(crate) struct HandshakeStage(());
/// The main secret is in place.
pub(crate) struct MainStage(());

/// The running secret of the schedule.
pub(crate) struct KeySchedule {
    hash: HashAlgorithm,
    secret: Secret,
}

/// Which traffic secret.
#[derive(Clone, Copy)]
pub(crate) enum Traffic {
    Client,
    Server,
}

impl KeySchedule {
    pub(crate) fn new(hash: HashAlgorithm) -> Self {
        Self {
            hash,
            secret: Secret::zeros(hash.output_len()),
        }
    }

    /// Early secret without a pre-shared key, then the handshake secret.
    pub(crate) fn enter_handshake(
        &mut self,
        shared: &SharedSecret,
    ) -> Result<HandshakeStage, OwnFailure> {
        let zeros = [0_u8; 64];
        let zeros = zeros.get(..self.hash.output_len()).unwrap_or_default();
        hkdf::extract(self.hash, &[], zeros, &mut self.secret);
        let salt = self.derived()?;
        hkdf::extract(
            self.hash,
            salt.as_bytes(),
            shared.as_bytes(),
            &mut self.secret,
        );
        Ok(HandshakeStage(()))
    }

    /// From the handshake secret to the main secret.
    pub(crate) fn enter_main(&mut self, _from: HandshakeStage) -> Result<MainStage, OwnFailure> {
        let salt = self.derived()?;
        let zeros = [0_u8; 64];
        let zeros = zeros.get(..self.hash.output_len()).unwrap_or_default();
        hkdf::extract(self.hash, salt.as_bytes(), zeros, &mut self.secret);
        Ok(MainStage(()))
    }

    pub(crate) fn handshake_traffic(
        &self,
        _stage: &HandshakeStage,
        whose: Traffic,
        transcript: &Digest,
        out: &mut Secret,
    ) -> Result<(), OwnFailure> {
        let label: &[u8] = match whose {
            Traffic::Client => b"c hs traffic",
            Traffic::Server => b"s hs traffic",
        };
        self.derive(label, transcript, out)
    }

    pub(crate) fn application_traffic(
        &self,
        _stage: &MainStage,
        whose: Traffic,
        transcript: &Digest,
        out: &mut Secret,
    ) -> Result<(), OwnFailure> {
        let label: &[u8] = match whose {
            Traffic::Client => b"c ap traffic",
            Traffic::Server => b"s ap traffic",
        };
        self.derive(label, transcript, out)
    }

    pub(crate) fn exporter(
        &self,
        _stage: &MainStage,
        transcript: &Digest,
        out: &mut Secret,
    ) -> Result<(), OwnFailure> {
        self.derive(b"exp master", transcript, out)
    }

    fn derive(
        &self,
        label: &[u8],
        transcript: &Digest,
        out: &mut Secret,
    ) -> Result<(), OwnFailure> {
        expand_secret(self.hash, &self.secret, label, transcript.as_ref(), out)
    }

    fn derived(&self) -> Result<Secret, OwnFailure> {
        let mut out = Secret::zeros(self.hash.output_len());
        self.derive(b"derived", &digest(self.hash, &[]), &mut out)?;
        Ok(out)
    }
}

/// HKDF-Expand-Label (RFC 8446 section 7.1).
pub(crate) fn expand_label(
    hash: HashAlgorithm,
    secret: &Secret,
    label: &[u8],
    context: &[u8],
    out: &mut [u8],
) -> Result<(), OwnFailure> {
    const PREFIX: &[u8] = b"tls13 ";
    let length = u16::try_from(out.len())
        .map_err(|_| OwnFailure::MessageTooLong)?
        .to_be_bytes();
    let label_length =
        [u8::try_from(PREFIX.len() + label.len()).map_err(|_| OwnFailure::MessageTooLong)?];
    let context_length = [u8::try_from(context.len()).map_err(|_| OwnFailure::MessageTooLong)?];
    let info: [&[u8]; 6] = [
        &length,
        &label_length,
        PREFIX,
        label,
        &context_length,
        context,
    ];
    hkdf::expand(hash, secret.as_bytes(), &info, out).map_err(|_| OwnFailure::Crypto)
}

fn expand_secret(
    hash: HashAlgorithm,
    secret: &Secret,
    label: &[u8],
    context: &[u8],
    out: &mut Secret,
) -> Result<(), OwnFailure> {
    *out = Secret::zeros(hash.output_len());
    expand_label(hash, secret, label, context, out.as_mut_bytes())
}

/// A record key from a traffic secret (RFC 8446 section 7.3).
pub(crate) fn traffic_key(suite: &Suite, secret: &Secret) -> Result<TrafficKey, OwnFailure> {
    let mut key = Secret::zeros(suite.aead.key_len());
    let mut iv = [0; 12];
    expand_label(suite.hash, secret, b"key", &[], key.as_mut_bytes())?;
    expand_label(suite.hash, secret, b"iv", &[], &mut iv)?;
    TrafficKey::new(suite.aead, key.as_bytes(), iv)
}

/// The next traffic secret (RFC 8446 section 7.2), in place of the old one.
pub(crate) fn update_secret(suite: &Suite, secret: &mut Secret) -> Result<(), OwnFailure> {
    let mut next = Secret::zeros(suite.hash.output_len());
    expand_label(suite.hash, secret, b"traffic upd", &[], next.as_mut_bytes())?;
    *secret = next;
    Ok(())
}

/// The MAC of Finished (RFC 8446 section 4.4.4).
pub(crate) fn finished_mac(
    suite: &Suite,
    base: &Secret,
    transcript: &Digest,
) -> Result<Digest, OwnFailure> {
    let mut key = Secret::zeros(suite.hash.output_len());
    expand_label(suite.hash, base, b"finished", &[], key.as_mut_bytes())?;
    Ok(hkdf::hmac(
        suite.hash,
        key.as_bytes(),
        &[transcript.as_ref()],
    ))
}

/// The exporter (RFC 8446 section 7.5).
pub(crate) fn export(
    suite: &Suite,
    exporter: &Secret,
    label: &[u8],
    context: &[u8],
    out: &mut [u8],
) -> Result<(), OwnFailure> {
    let mut secret = Secret::zeros(suite.hash.output_len());
    let empty = digest(suite.hash, &[]);
    expand_label(
        suite.hash,
        exporter,
        label,
        empty.as_ref(),
        secret.as_mut_bytes(),
    )?;
    let context = digest(suite.hash, &[context]);
    expand_label(suite.hash, &secret, b"exporter", context.as_ref(), out)
}
