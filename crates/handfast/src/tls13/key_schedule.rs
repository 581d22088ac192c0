//! The key schedule (RFC 8446 section 7.1).
//!
//! ```text
//! 0 -> early secret -> derived -> (EC)DHE -> handshake secret -> derived -> 0 -> main secret
//! ```
//! The running secret stays in place; each stage gives a token without size,
//! and what belongs to a stage asks for its token, so it cannot be called early.

use crate::fault::OwnFailure;
use crate::handshake::side::Side;
use crate::record::TrafficKey;
use crate::suite::Suite;
use handfast_crypto::hash::{Digest, HashAlgorithm, digest};
use handfast_crypto::hkdf::HmacKey;
use handfast_crypto::secret::{Secret, SharedSecret};

/// The handshake secret is in place.
pub(crate) struct HandshakeStage(());
/// The main secret is in place.
pub(crate) struct MainStage(());

/// The running secret of the schedule, as a key that expands cheaply.
pub(crate) struct KeySchedule {
    hash: HashAlgorithm,
    key: HmacKey,
}

impl KeySchedule {
    /// From the early secret of a pre-shared key, or nothing, to the handshake secret.
    pub(crate) fn begin(
        hash: HashAlgorithm,
        early: Option<&HmacKey>,
        shared: &SharedSecret,
    ) -> Result<(Self, HandshakeStage), OwnFailure> {
        let key = match early {
            None => HmacKey::extract(hash, handshake_salt(hash)?, shared.as_bytes()),
            Some(early) => {
                let mut salt = Secret::zeros(hash.output_len());
                expand_label(early, b"derived", empty_hash(hash)?, salt.as_mut_bytes())?;
                HmacKey::extract(hash, salt.as_bytes(), shared.as_bytes())
            }
        };
        Ok((Self { hash, key }, HandshakeStage(())))
    }

    /// From the handshake secret to the main secret.
    pub(crate) fn enter_main(&mut self, _from: HandshakeStage) -> Result<MainStage, OwnFailure> {
        let mut salt = Secret::zeros(self.hash.output_len());
        self.derive(b"derived", empty_hash(self.hash)?, &mut salt)?;
        let zeros = [0_u8; 64];
        let zeros = zeros.get(..self.hash.output_len()).unwrap_or_default();
        self.key = HmacKey::extract(self.hash, salt.as_bytes(), zeros);
        Ok(MainStage(()))
    }

    pub(crate) fn handshake_traffic(
        &self,
        _stage: &HandshakeStage,
        whose: Side,
        transcript: &Digest,
        out: &mut Secret,
    ) -> Result<(), OwnFailure> {
        let label: &[u8] = match whose {
            Side::Client => b"c hs traffic",
            Side::Server => b"s hs traffic",
        };
        self.derive(label, transcript.as_ref(), out)
    }

    pub(crate) fn application_traffic(
        &self,
        _stage: &MainStage,
        whose: Side,
        transcript: &Digest,
        out: &mut Secret,
    ) -> Result<(), OwnFailure> {
        let label: &[u8] = match whose {
            Side::Client => b"c ap traffic",
            Side::Server => b"s ap traffic",
        };
        self.derive(label, transcript.as_ref(), out)
    }

    pub(crate) fn exporter(
        &self,
        _stage: &MainStage,
        transcript: &Digest,
        out: &mut Secret,
    ) -> Result<(), OwnFailure> {
        self.derive(b"exp master", transcript.as_ref(), out)
    }

    pub(crate) fn resumption(
        &self,
        _stage: &MainStage,
        transcript: &Digest,
        out: &mut Secret,
    ) -> Result<(), OwnFailure> {
        self.derive(b"res master", transcript.as_ref(), out)
    }

    fn derive(&self, label: &[u8], transcript: &[u8], out: &mut Secret) -> Result<(), OwnFailure> {
        out.reset(self.hash.output_len());
        expand_label(&self.key, label, transcript, out.as_mut_bytes())
    }
}

/// What stands for a shared secret where there is no key exchange: zeros (RFC 8446 section 7.1).
pub(crate) fn nothing_agreed(hash: HashAlgorithm) -> Result<SharedSecret, OwnFailure> {
    let zeros = [0_u8; 64];
    let zeros = zeros.get(..hash.output_len()).unwrap_or_default();
    SharedSecret::from_slice(zeros).map_err(|_| OwnFailure::Crypto)
}

/// The salt of the handshake secret when there is no pre-shared key. It depends
/// on the hash alone; a test derives it again.
fn handshake_salt(hash: HashAlgorithm) -> Result<&'static [u8], OwnFailure> {
    match hash {
        HashAlgorithm::Sha256 => Ok(&SALT_SHA256),
        HashAlgorithm::Sha384 => Ok(&SALT_SHA384),
        _ => Err(OwnFailure::Crypto),
    }
}

/// The hash of nothing, the context of "derived" and "res binder"; a test makes it again.
fn empty_hash(hash: HashAlgorithm) -> Result<&'static [u8], OwnFailure> {
    match hash {
        HashAlgorithm::Sha256 => Ok(&EMPTY_SHA256),
        HashAlgorithm::Sha384 => Ok(&EMPTY_SHA384),
        _ => Err(OwnFailure::Crypto),
    }
}

/// HKDF-Expand-Label (RFC 8446 section 7.1).
pub(crate) fn expand_label(
    key: &HmacKey,
    label: &[u8],
    context: &[u8],
    out: &mut [u8],
) -> Result<(), OwnFailure> {
    key.expand_label(label, context, out)
        .map_err(|_| OwnFailure::MessageTooLong)
}

/// A record key from a traffic secret (RFC 8446 section 7.3).
pub(crate) fn traffic_key(suite: &Suite, secret: &HmacKey) -> Result<TrafficKey, OwnFailure> {
    let aead = suite.aead().ok_or(OwnFailure::Crypto)?;
    let mut key = Secret::zeros(aead.key_len());
    let mut iv = [0; 12];
    expand_label(secret, b"key", &[], key.as_mut_bytes())?;
    expand_label(secret, b"iv", &[], &mut iv)?;
    TrafficKey::new(aead, key.as_bytes(), iv)
}

/// A traffic secret as a key that expands cheaply.
pub(crate) fn expander(suite: &Suite, secret: &Secret) -> HmacKey {
    HmacKey::new(suite.hash, secret.as_bytes())
}

/// The key of one ticket (RFC 8446 section 4.6.1).
pub(crate) fn ticket_secret(
    resumption: &HmacKey,
    nonce: &[u8],
    out: &mut [u8],
) -> Result<(), OwnFailure> {
    expand_label(resumption, b"resumption", nonce, out)
}

/// The early secret of a pre-shared key, from which its binder and the handshake
/// secret come.
pub(crate) fn early_secret(hash: HashAlgorithm, psk: &Secret) -> HmacKey {
    HmacKey::extract(hash, &[], psk.as_bytes())
}

/// Where a pre-shared key comes from: each kind has binders of its own, so that none passes for another.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum PskKind {
    /// From a connection before.
    Resumption,
    /// From outside.
    External,
    /// From outside, imported (RFC 9258 section 5.2).
    Imported,
}

impl PskKind {
    const fn label(self) -> &'static [u8] {
        match self {
            Self::Resumption => b"res binder",
            Self::External => b"ext binder",
            Self::Imported => b"imp binder",
        }
    }
}

/// The binder of a pre-shared key (RFC 8446 section 4.2.11.2): a MAC over the
/// ClientHello up to its binders.
pub(crate) fn binder(
    kind: PskKind,
    hash: HashAlgorithm,
    early: &HmacKey,
    truncated: &Digest,
) -> Result<Digest, OwnFailure> {
    let mut key = Secret::zeros(hash.output_len());
    expand_label(early, kind.label(), empty_hash(hash)?, key.as_mut_bytes())?;
    let base = HmacKey::new(hash, key.as_bytes());
    expand_label(&base, b"finished", &[], key.as_mut_bytes())?;
    Ok(HmacKey::new(hash, key.as_bytes()).sign(&[truncated.as_ref()]))
}

/// The secret of the client's early data; `hello` is the hash of its ClientHello.
pub(crate) fn early_traffic_secret(
    hash: HashAlgorithm,
    early: &HmacKey,
    hello: &Digest,
) -> Result<Secret, OwnFailure> {
    let mut secret = Secret::zeros(hash.output_len());
    expand_label(early, b"c e traffic", hello.as_ref(), secret.as_mut_bytes())?;
    Ok(secret)
}

/// The next traffic secret (RFC 8446 section 7.2), in place of the old one.
pub(crate) fn update_secret(suite: &Suite, secret: &mut Secret) -> Result<(), OwnFailure> {
    let old = expander(suite, secret);
    expand_label(&old, b"traffic upd", &[], secret.as_mut_bytes())
}

/// The MAC of Finished (RFC 8446 section 4.4.4).
pub(crate) fn finished_mac(
    suite: &Suite,
    base: &HmacKey,
    transcript: &Digest,
) -> Result<Digest, OwnFailure> {
    let mut key = Secret::zeros(suite.hash.output_len());
    expand_label(base, b"finished", &[], key.as_mut_bytes())?;
    Ok(expander(suite, &key).sign(&[transcript.as_ref()]))
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
    expand_label(
        &expander(suite, exporter),
        label,
        empty_hash(suite.hash)?,
        secret.as_mut_bytes(),
    )?;
    let context = digest(suite.hash, &[context]);
    expand_label(
        &expander(suite, &secret),
        b"exporter",
        context.as_ref(),
        out,
    )
}

/// Derive-Secret(HKDF-Extract(0, 0), "derived", "") with SHA-256 (also in RFC 8448 section 3).
const SALT_SHA256: [u8; 32] = [
    0x6f, 0x26, 0x15, 0xa1, 0x08, 0xc7, 0x02, 0xc5, 0x67, 0x8f, 0x54, 0xfc, 0x9d, 0xba, 0xb6, 0x97,
    0x16, 0xc0, 0x76, 0x18, 0x9c, 0x48, 0x25, 0x0c, 0xeb, 0xea, 0xc3, 0x57, 0x6c, 0x36, 0x11, 0xba,
];

/// The same with SHA-384.
const SALT_SHA384: [u8; 48] = [
    0x15, 0x91, 0xda, 0xc5, 0xcb, 0xbf, 0x03, 0x30, 0xa4, 0xa8, 0x4d, 0xe9, 0xc7, 0x53, 0x33, 0x0e,
    0x92, 0xd0, 0x1f, 0x0a, 0x88, 0x21, 0x4b, 0x44, 0x64, 0x97, 0x2f, 0xd6, 0x68, 0x04, 0x9e, 0x93,
    0xe5, 0x2f, 0x2b, 0x16, 0xfa, 0xd9, 0x22, 0xfd, 0xc0, 0x58, 0x44, 0x78, 0x42, 0x8f, 0x28, 0x2b,
];

/// SHA-256 of nothing.
const EMPTY_SHA256: [u8; 32] = [
    0xe3, 0xb0, 0xc4, 0x42, 0x98, 0xfc, 0x1c, 0x14, 0x9a, 0xfb, 0xf4, 0xc8, 0x99, 0x6f, 0xb9, 0x24,
    0x27, 0xae, 0x41, 0xe4, 0x64, 0x9b, 0x93, 0x4c, 0xa4, 0x95, 0x99, 0x1b, 0x78, 0x52, 0xb8, 0x55,
];

/// SHA-384 of nothing.
const EMPTY_SHA384: [u8; 48] = [
    0x38, 0xb0, 0x60, 0xa7, 0x51, 0xac, 0x96, 0x38, 0x4c, 0xd9, 0x32, 0x7e, 0xb1, 0xb1, 0xe3, 0x6a,
    0x21, 0xfd, 0xb7, 0x11, 0x14, 0xbe, 0x07, 0x43, 0x4c, 0x0c, 0xc7, 0xbf, 0x63, 0xf6, 0xe1, 0xda,
    0x27, 0x4e, 0xde, 0xbf, 0xe7, 0x6f, 0x65, 0xfb, 0xd5, 0x1a, 0xd2, 0xf1, 0x48, 0x98, 0xb9, 0x5b,
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_salts_are_what_the_rfc_derives() {
        for hash in [HashAlgorithm::Sha256, HashAlgorithm::Sha384] {
            let zeros = vec![0; hash.output_len()];
            let early = HmacKey::extract(hash, &[], &zeros);
            let mut salt = vec![0; hash.output_len()];
            expand_label(&early, b"derived", digest(hash, &[]).as_ref(), &mut salt).unwrap();
            assert_eq!(handshake_salt(hash).unwrap(), salt);
            assert_eq!(empty_hash(hash).unwrap(), digest(hash, &[]).as_ref());
        }
    }

    /// Every secret of a handshake with this shared secret and these transcripts.
    fn every_secret(shared: &[u8], transcripts: [&[u8]; 2]) -> Vec<Vec<u8>> {
        let hash = HashAlgorithm::Sha256;
        let [hellos, whole] = transcripts.map(|bytes| digest(hash, &[bytes]));
        let shared = SharedSecret::from_slice(shared).unwrap();
        let (mut schedule, stage) = KeySchedule::begin(hash, None, &shared).unwrap();
        let mut all = Vec::new();
        let mut secret = Secret::zeros(0);
        for side in [Side::Client, Side::Server] {
            let derived = schedule.handshake_traffic(&stage, side, &hellos, &mut secret);
            derived.unwrap();
            all.push(secret.as_bytes().to_vec());
        }
        let stage = schedule.enter_main(stage).unwrap();
        for side in [Side::Client, Side::Server] {
            let derived = schedule.application_traffic(&stage, side, &whole, &mut secret);
            derived.unwrap();
            all.push(secret.as_bytes().to_vec());
        }
        schedule.exporter(&stage, &whole, &mut secret).unwrap();
        all.push(secret.as_bytes().to_vec());
        all
    }

    #[test]
    fn one_bit_of_the_shared_secret_changes_every_secret() {
        let base = every_secret(&[7; 32], [b"hellos", b"whole"]);
        for bit in 0..256 {
            let mut shared = [7; 32];
            shared[bit / 8] ^= 1 << (bit % 8);
            let other = every_secret(&shared, [b"hellos", b"whole"]);
            assert!(
                base.iter().all(|secret| !other.contains(secret)),
                "bit {bit}"
            );
        }
        let other = every_secret(&[7; 32], [b"hellos", b"Whole"]);
        assert_eq!(base[..2], other[..2]);
        assert!(base[2..].iter().all(|secret| !other.contains(secret)));
    }

    #[test]
    fn an_update_never_gives_a_secret_twice() {
        let code = handfast_wire::registry::CipherSuite::TLS_AES_128_GCM_SHA256;
        let suite = crate::suite::find_suite(code).unwrap();
        let mut secret = Secret::zeros(32);
        let mut seen = vec![secret.as_bytes().to_vec()];
        for _ in 0..3 {
            update_secret(suite, &mut secret).unwrap();
            assert!(!seen.contains(&secret.as_bytes().to_vec()));
            seen.push(secret.as_bytes().to_vec());
        }
    }
}
