//! Writes a flow down: what was agreed on, each message as it was said, the records, the secrets.

use std::fmt::Write;
use std::sync::{Arc, Mutex};

use handfast::config::Entropy;
use handfast::observe::{Direction, KeyLog, Observer, Passed};
use handfast_crypto::hash::{HashAlgorithm, digest};
use handfast_crypto::random::RandomFailed;
use handfast_testkit::pair::{End, Pair};
use handfast_wire::registry::ContentType;

/// Bytes that only look random, the same each time (an LCG, Knuth's MMIX constants).
#[derive(Debug)]
pub(crate) struct Drawn(Mutex<u64>);

impl Drawn {
    pub(crate) fn new(seed: u64) -> Self {
        Self(Mutex::new(seed))
    }
}

impl Entropy for Drawn {
    fn fill(&self, out: &mut [u8]) -> Result<(), RandomFailed> {
        let mut state = self.0.lock().unwrap();
        for byte in out {
            *state = state
                .wrapping_mul(6_364_136_223_846_793_005)
                .wrapping_add(1_442_695_040_888_963_407);
            *byte = state.to_be_bytes()[0];
        }
        Ok(())
    }
}

/// Hears both ends.
#[derive(Debug, Default)]
pub(super) struct Scribe {
    said: Mutex<String>,
    secrets: Mutex<String>,
}

impl Scribe {
    pub(super) fn new() -> Arc<Self> {
        Arc::default()
    }

    pub(super) fn observer(self: &Arc<Self>, who: &'static str) -> Arc<dyn Observer> {
        Arc::new(Ear {
            who,
            scribe: Arc::clone(self),
        })
    }

    /// The whole trace.
    pub(super) fn write(&self, about: &str, pair: &Pair) -> String {
        let mut text = format!("# {about}\n\n");
        for (who, end) in [("client", &pair.client), ("server", &pair.server)] {
            outcome(&mut text, who, end);
        }
        text.push_str("\n# Messages, in the order in which they are said.\n");
        text.push_str(&self.said.lock().unwrap());
        text.push_str("\n# Records on the wire.\n");
        for (who, end) in [("client", &pair.client), ("server", &pair.server)] {
            records(&mut text, who, &end.sent);
        }
        text.push_str("\n# Secrets.\n");
        text.push_str(&self.secrets.lock().unwrap());
        text
    }
}

/// What one end thinks of it all.
fn outcome(text: &mut String, who: &str, end: &End) {
    let _ = writeln!(text, "{who} events: {:?}", end.events);
    if let Some(agreed) = end.connection.negotiated() {
        let scheme = |scheme: Option<_>| {
            scheme.map_or("-".to_owned(), |s: handfast::SignatureScheme| s.to_string())
        };
        let _ = writeln!(
            text,
            "{who} agreed: {}, {}, {}, own scheme {}, peer's {}, peer {:?}, name {:?}, protocol {:?}, retried {}, limits {} {}",
            agreed.version,
            agreed.suite,
            agreed.group,
            scheme(agreed.own_scheme),
            scheme(agreed.peer_scheme),
            agreed.peer_standing,
            agreed.server_name,
            agreed
                .alpn
                .as_deref()
                .map(|name| name.escape_ascii().to_string()),
            agreed.retried,
            agreed.send_limit,
            agreed.receive_limit,
        );
    }
    if let Some(error) = &end.error {
        let _ = writeln!(text, "{who} ended: {error}");
    }
    if let Some(refusal) = end.connection.refusal() {
        let _ = writeln!(text, "{who} refused: {refusal}");
    }
}

fn records(text: &mut String, who: &str, mut bytes: &[u8]) {
    let whole = bytes;
    while let [content_type, major, minor, high, low, rest @ ..] = bytes {
        let length = usize::from(*high) << 8 | usize::from(*low);
        let content_type = ContentType(*content_type);
        let _ = writeln!(text, "{who} {content_type} {major:02x}{minor:02x} {length}");
        bytes = &rest[length..];
    }
    let sum = digest(HashAlgorithm::Sha256, &[whole]);
    let _ = writeln!(text, "{who} in all {} SHA-256", whole.len());
    hex(text, sum.as_bytes());
}

fn hex(text: &mut String, bytes: &[u8]) {
    for line in bytes.chunks(48) {
        text.push_str("  ");
        for byte in line {
            let _ = write!(text, "{byte:02x}");
        }
        text.push('\n');
    }
}

#[derive(Debug)]
struct Ear {
    who: &'static str,
    scribe: Arc<Scribe>,
}

impl Observer for Ear {
    fn passed(&self, direction: Direction, what: Passed<'_>) {
        if direction == Direction::Received {
            return;
        }
        let mut text = self.scribe.said.lock().unwrap();
        let who = self.who;
        match what {
            Passed::Handshake { msg_type, bytes } => {
                let _ = writeln!(text, "{who} {msg_type} {}", bytes.len());
                hex(&mut text, bytes);
            }
            Passed::ChangeCipherSpec => {
                let _ = writeln!(text, "{who} change_cipher_spec");
            }
            Passed::Alert { level, description } => {
                let _ = writeln!(text, "{who} alert {level} {description}");
            }
            _ => {}
        }
    }
}

impl KeyLog for Scribe {
    fn secret(&self, label: &str, _client_random: &[u8; 32], secret: &[u8]) {
        let mut text = self.secrets.lock().unwrap();
        let _ = writeln!(text, "{label}");
        hex(&mut text, secret);
    }
}
