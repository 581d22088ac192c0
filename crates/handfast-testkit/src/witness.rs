//! What two ends said to each other, in order.

use crate::liar::Side;
use handfast::observe::{Direction, Observer, Passed};
use handfast_wire::record::RecordHeader;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// A handshake message, header included, and who said it.
pub type Said = (Side, Vec<u8>);

/// Keeps the handshake messages that are said. Clones, one an end, keep them in one place.
#[derive(Clone, Debug)]
pub struct Witness {
    side: Side,
    said: Arc<Mutex<Vec<Said>>>,
}

impl Witness {
    /// A witness of each end: the client's, then the server's.
    #[must_use]
    pub fn of_both() -> [Arc<Self>; 2] {
        let said = Arc::default();
        [Side::Client, Side::Server].map(|side| {
            let said = Arc::clone(&said);
            Arc::new(Self { side, said })
        })
    }

    fn lock(&self) -> MutexGuard<'_, Vec<Said>> {
        self.said.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Everything so far.
    #[must_use]
    pub fn all(&self) -> Vec<Said> {
        self.lock().clone()
    }

    /// What one side has said so far.
    #[must_use]
    pub fn of(&self, side: Side) -> Vec<Vec<u8>> {
        let all = self.lock();
        let of_side = all.iter().filter(|(one, _)| *one == side);
        of_side.map(|(_, message)| message.clone()).collect()
    }
}

impl Observer for Witness {
    fn passed(&self, direction: Direction, what: Passed<'_>) {
        if let (Direction::Sent, Passed::Handshake { bytes, .. }) = (direction, what) {
            self.lock().push((self.side, bytes.to_vec()));
        }
    }
}

/// Cuts what was sent into records, headers included.
///
/// # Panics
/// When the last one is not whole.
#[must_use]
pub fn records(mut bytes: &[u8]) -> Vec<&[u8]> {
    let mut records = Vec::new();
    while let Some(header) = RecordHeader::peek(bytes) {
        let (record, rest) = bytes.split_at(RecordHeader::LENGTH + usize::from(header.length));
        records.push(record);
        bytes = rest;
    }
    assert!(bytes.is_empty(), "the last record is not whole");
    records
}

/// Cuts handshake messages apart.
///
/// # Panics
/// When the last one is not whole.
#[must_use]
pub fn messages(mut bytes: &[u8]) -> Vec<&[u8]> {
    let mut messages = Vec::new();
    while let [_, a, b, c, ..] = *bytes {
        let length = usize::from(a) << 16 | usize::from(b) << 8 | usize::from(c);
        let (message, rest) = bytes.split_at(4 + length);
        messages.push(message);
        bytes = rest;
    }
    assert!(bytes.is_empty(), "the last message is not whole");
    messages
}
