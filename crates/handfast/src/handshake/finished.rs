//! What both sides said in Finished, where the config keeps it.

use crate::observe::Direction;

/// The verify_data of one handshake.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct FinishedPair {
    sent: Vec<u8>,
    received: Vec<u8>,
}

impl FinishedPair {
    pub(crate) fn keep(&mut self, whose: Direction, verify_data: &[u8]) {
        *self.place(whose) = verify_data.to_vec();
    }

    fn place(&mut self, whose: Direction) -> &mut Vec<u8> {
        match whose {
            Direction::Sent => &mut self.sent,
            Direction::Received => &mut self.received,
        }
    }

    pub(crate) fn get(&self, whose: Direction) -> &[u8] {
        match whose {
            Direction::Sent => &self.sent,
            Direction::Received => &self.received,
        }
    }
}
