//! What one side of a connection saw: messages, alerts, secrets, and what was done to it.

use crate::demo::locked::locked;
use crate::key_log::KeyLogFile;
use core::fmt;
use handfast::observe::{Calculated, Direction, KeyCalculation, KeyLog, Observer, Passed};
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

/// How the keys came about, of a lesson.
#[derive(Clone, Default, PartialEq)]
pub(super) struct Numbers {
    pub(super) premaster: Vec<u8>,
    pub(super) master: Vec<u8>,
    /// The master secret is bound to the handshake (RFC 7627).
    pub(super) extended: bool,
    pub(super) block: Vec<u8>,
    /// How many bytes of the block are a MAC key, a key, an IV.
    pub(super) lengths: [usize; 3],
}

/// Prints no secret.
impl fmt::Debug for Numbers {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Numbers({} bytes of keys)", self.block.len())
    }
}

/// The log of one side.
#[derive(Debug, Default)]
pub(super) struct Side {
    entries: Mutex<Vec<Entry>>,
    secrets: Mutex<Vec<(String, Vec<u8>)>>,
    numbers: Mutex<Numbers>,
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

    /// How the keys came about, where this was a lesson.
    pub(super) fn numbers(&self) -> Numbers {
        locked(&self.numbers).clone()
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

impl KeyCalculation for Side {
    fn calculated(&self, what: Calculated<'_>) {
        let mut numbers = locked(&self.numbers);
        match what {
            Calculated::Premaster(secret) => numbers.premaster = secret.to_vec(),
            Calculated::MasterSecret { extended, secret } => {
                numbers.master = secret.to_vec();
                numbers.extended = extended;
            }
            Calculated::KeyBlock {
                block,
                mac_key,
                key,
                iv,
            } => {
                numbers.block = block.to_vec();
                numbers.lengths = [mac_key, key, iv];
            }
            _ => {}
        }
    }
}
