//! The traces as files, and what makes an engine repeat them: scripted randomness, Hellos and
//! signatures.

use std::collections::{BTreeMap, VecDeque};
use std::sync::{Arc, Mutex};

use handfast::config::{Common, Entropy};
use handfast::observe::{KeyLog, Script};
use handfast_crypto::random::RandomFailed;
use handfast_wire::registry::{CipherSuite, HandshakeType, NamedGroup, SignatureScheme};

/// One section of RFC 8448: names and their bytes.
pub(super) struct Trace(BTreeMap<&'static str, Vec<u8>>);

impl Trace {
    pub(super) fn parse(text: &'static str) -> Self {
        let mut fields: BTreeMap<&str, Vec<u8>> = BTreeMap::new();
        let mut name = "";
        for line in text.lines().filter(|line| !line.starts_with('#')) {
            match line.strip_prefix("  ") {
                Some(hex) => fields.entry(name).or_default().extend(bytes(hex)),
                None if line.is_empty() => {}
                None => name = line,
            }
        }
        Self(fields)
    }

    pub(super) fn get(&self, name: &str) -> &[u8] {
        self.0.get(name).expect("the trace has this field")
    }

    pub(super) fn has(&self, name: &str) -> bool {
        self.0.contains_key(name)
    }

    /// The fields with these names, one after the other.
    pub(super) fn joined(&self, names: &[&str]) -> Vec<u8> {
        names
            .iter()
            .flat_map(|name| self.get(name))
            .copied()
            .collect()
    }

    /// The message in a plaintext record.
    pub(super) fn message(&self, record: &str) -> Vec<u8> {
        self.get(record)[5..].to_vec()
    }

    /// The key log that this trace leaves behind, as far as it gives the secrets.
    pub(super) fn secrets(&self, labels: &[&str]) -> Vec<(String, Vec<u8>)> {
        let secret = |label: &&str| ((*label).to_owned(), self.get(label).to_vec());
        labels.iter().map(secret).collect()
    }
}

fn bytes(hex: &str) -> Vec<u8> {
    assert!(hex.len().is_multiple_of(2), "{hex}");
    (0..hex.len())
        .step_by(2)
        .map(|at| u8::from_str_radix(&hex[at..at + 2], 16).expect("hex"))
        .collect()
}

/// Settings that replay what one side drew and said, and log its secrets.
pub(super) fn common(
    drawn: Vec<u8>,
    said: Vec<(HandshakeType, Vec<u8>)>,
) -> (Common, Arc<Secrets>) {
    let secrets = Arc::new(Secrets::default());
    let common = Common {
        suites: vec![
            CipherSuite::TLS_AES_128_GCM_SHA256,
            CipherSuite::TLS_CHACHA20_POLY1305_SHA256,
            CipherSuite::TLS_AES_256_GCM_SHA384,
        ],
        groups: vec![NamedGroup::X25519, NamedGroup::SECP256R1],
        schemes: vec![
            SignatureScheme::ECDSA_SECP256R1_SHA256,
            SignatureScheme::RSA_PSS_RSAE_SHA256,
        ],
        record_size_limit: Some(0x4001),
        middlebox_compatibility: false,
        key_log: Some(Arc::clone(&secrets) as Arc<dyn KeyLog>),
        danger_script: Some(Arc::new(Lines(Mutex::new(said.into())))),
        entropy: Arc::new(Drawn(Mutex::new(drawn.into()))),
        ..Common::default()
    };
    (common, secrets)
}

/// Randomness that was drawn before, in its order; nothing comes after its end.
#[derive(Debug)]
struct Drawn(Mutex<VecDeque<u8>>);

impl Entropy for Drawn {
    fn fill(&self, out: &mut [u8]) -> Result<(), RandomFailed> {
        let mut left = self.0.lock().expect("no test holds it");
        for byte in out {
            *byte = left.pop_front().ok_or(RandomFailed)?;
        }
        Ok(())
    }
}

/// What to say in place of the engine's own messages, in order; others are the engine's.
#[derive(Debug)]
struct Lines(Mutex<VecDeque<(HandshakeType, Vec<u8>)>>);

impl Script for Lines {
    fn say(&self, msg_type: HandshakeType, message: Vec<u8>) -> Vec<Vec<u8>> {
        let mut lines = self.0.lock().expect("no test holds it");
        let next = lines.front().is_some_and(|(of, _)| *of == msg_type);
        let line = if next { lines.pop_front() } else { None };
        vec![line.map_or(message, |(_, line)| line)]
    }
}

/// Secrets in the order in which they were derived.
#[derive(Debug, Default)]
pub(super) struct Secrets(Mutex<Vec<(String, Vec<u8>)>>);

impl Secrets {
    pub(super) fn taken(&self) -> Vec<(String, Vec<u8>)> {
        std::mem::take(&mut *self.0.lock().expect("no test holds it"))
    }
}

impl KeyLog for Secrets {
    fn secret(&self, label: &str, _client_random: &[u8; 32], secret: &[u8]) {
        let mut log = self.0.lock().expect("no test holds it");
        log.push((label.to_owned(), secret.to_vec()));
    }
}
