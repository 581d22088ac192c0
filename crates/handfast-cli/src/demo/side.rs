//! What one side of a connection saw: messages, alerts, secrets, and what was done to it.

use crate::demo::locked::locked;
use crate::key_log::KeyLogFile;
use handfast::observe::{Direction, KeyLog, Observer, Passed};
use handfast_wire::registry::{AlertDescription, AlertLevel, HandshakeType};
use std::sync::{Arc, Mutex};
use std::time::Instant;

/// One thing that passed, in the order in which this side met it.
#[derive(Clone, Debug)]
pub(super) enum Entry {
    Message {
        direction: Direction,
        msg_type: HandshakeType,
        /// Header and body.
        bytes: Vec<u8>,
    },
    Alert {
        direction: Direction,
        level: AlertLevel,
        description: AlertDescription,
        at: Instant,
    },
    /// It means something before TLS 1.3 alone (RFC 8446 section 5).
    ChangeCipherSpec { direction: Direction },
    /// Application data, in the clear.
    Data {
        direction: Direction,
        bytes: usize,
        says: String,
    },
    /// What somebody on the way did.
    Meddled { says: String, bytes: usize },
}

/// The log of one side.
#[derive(Debug, Default)]
pub(super) struct Side {
    entries: Mutex<Vec<Entry>>,
    secrets: Mutex<Vec<(String, Vec<u8>)>>,
    file: Option<Arc<KeyLogFile>>,
}

impl Side {
    /// A side whose secrets also go to `file`.
    pub(super) fn new(file: Option<Arc<KeyLogFile>>) -> Arc<Self> {
        Arc::new(Self {
            file,
            ..Self::default()
        })
    }

    pub(super) fn note(&self, entry: Entry) {
        locked(&self.entries).push(entry);
    }

    pub(super) fn entries(&self) -> Vec<Entry> {
        locked(&self.entries).clone()
    }

    /// The secret of this label, once it was derived.
    pub(super) fn secret(&self, label: &str) -> Option<Vec<u8>> {
        let secrets = locked(&self.secrets);
        let found = secrets.iter().find(|(known, _)| known == label);
        found.map(|(_, secret)| secret.clone())
    }
}

impl Observer for Side {
    fn passed(&self, direction: Direction, what: Passed<'_>) {
        match what {
            Passed::Handshake { msg_type, bytes } => self.note(Entry::Message {
                direction,
                msg_type,
                bytes: bytes.to_vec(),
            }),
            Passed::Alert { level, description } => self.note(Entry::Alert {
                direction,
                level,
                description,
                at: Instant::now(),
            }),
            Passed::ChangeCipherSpec => self.note(Entry::ChangeCipherSpec { direction }),
            _ => {}
        }
    }
}

impl KeyLog for Side {
    fn secret(&self, label: &str, client_random: &[u8; 32], secret: &[u8]) {
        locked(&self.secrets).push((label.to_owned(), secret.to_vec()));
        if let Some(file) = &self.file {
            file.secret(label, client_random, secret);
        }
    }
}
