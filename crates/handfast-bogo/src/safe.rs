//! Tickets that the caller seals: by numbers, which stand for what is in the safe.

use handfast::Now;
use handfast::session::{OpenedTicket, TicketSealer};
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::sync::{Arc, Mutex, PoisonError};

/// What was sealed, for as long as the test runs.
#[derive(Debug, Default)]
pub(crate) struct Safe(Mutex<Vec<Vec<u8>>>);

/// The safe as one connection uses it.
#[derive(Debug)]
pub(crate) struct Teller {
    pub(crate) safe: Arc<Safe>,
    /// `-skip-ticket`, `-renew-ticket`.
    pub(crate) skips: bool,
    pub(crate) renews: bool,
    /// How often a ticket was to be opened.
    pub(crate) opened: AtomicU64,
}

impl TicketSealer for Teller {
    fn seal(&self, session: &[u8], _now: Now) -> Option<Vec<u8>> {
        if self.skips {
            return None;
        }
        let mut held = self.safe.0.lock().unwrap_or_else(PoisonError::into_inner);
        let number = u64::try_from(held.len()).ok()?;
        held.push(session.to_vec());
        Some(ticket(number).to_vec())
    }

    fn open(&self, named: &[u8], _now: Now) -> Option<OpenedTicket> {
        self.opened.fetch_add(1, Relaxed);
        let (number, _) = named.split_first_chunk()?;
        let number = u64::from_be_bytes(*number);
        let held = self.safe.0.lock().unwrap_or_else(PoisonError::into_inner);
        let session = held.get(usize::try_from(number).ok()?)?.clone();
        let is_ours = named == ticket(number);
        is_ours.then(|| match self.renews {
            true => OpenedTicket::to_renew(session),
            false => OpenedTicket::new(session),
        })
    }
}

/// A number, as a ticket of which no byte may change.
fn ticket(number: u64) -> [u8; 32] {
    let mut ticket = [0x5a; 32];
    let (front, _) = ticket.split_at_mut(8);
    front.copy_from_slice(&number.to_be_bytes());
    ticket
}
