//! Handshake messages joined from records (RFC 8446 section 5.1).

use crate::fault::Fault;
use handfast_wire::handshake::HandshakeHeader;
use handfast_wire::registry::HandshakeType;

/// Bytes of handshake messages that are not whole yet, or not yet acted on.
#[derive(Default)]
pub(crate) struct Joined {
    bytes: Vec<u8>,
    /// Bytes at the front that were acted on.
    done: u32,
    /// More bytes lie elsewhere, behind a message that is acted on.
    is_followed: bool,
}

impl Joined {
    /// Adds a record's content.
    pub(crate) fn push(&mut self, content: &[u8]) {
        // What was acted on makes room, so that messages which straddle records
        // do not pile up.
        self.bytes.drain(..self.done());
        self.done = 0;
        self.make_room(content);
        self.bytes.extend_from_slice(content);
    }

    /// Room for the rest of a long message at once, so that growing does not
    /// take twice its length; but only once an eighth of it is there.
    fn make_room(&mut self, content: &[u8]) {
        let have = self.bytes.len().saturating_add(content.len());
        let begun = if self.bytes.is_empty() {
            content
        } else {
            &self.bytes
        };
        let length = message_length(begun).ok().flatten();
        let is_due = |length: &usize| *length >= LONG && have >= length / 8;
        if let Some(length) = length.filter(is_due) {
            // Short messages that share its last record need no second growing.
            let room = length.saturating_add(SHORT).max(have);
            self.bytes
                .reserve_exact(room.saturating_sub(self.bytes.len()));
        }
    }

    /// Whether bytes follow the message that is acted on now, in the memory where it
    /// lies itself.
    pub(crate) fn follow(&mut self, is_followed: bool) {
        self.is_followed = is_followed;
    }

    fn done(&self) -> usize {
        usize::try_from(self.done).unwrap_or(usize::MAX)
    }

    /// True when nothing waits, not even part of a message.
    pub(crate) fn is_empty(&self) -> bool {
        self.done() == self.bytes.len() && !self.is_followed
    }

    /// The next whole message, its header included, taken out.
    pub(crate) fn next_message(&mut self) -> Result<Option<Vec<u8>>, Fault> {
        let waiting = self.bytes.get(self.done()..).unwrap_or_default();
        let Some(length) = message_length(waiting)? else {
            return Ok(None);
        };
        let Some(message) = waiting.get(..length) else {
            return Ok(None);
        };
        if length >= LONG {
            // A long one is handed on and not copied: what follows it is less.
            self.bytes.drain(..self.done());
            self.done = 0;
            let rest = self.bytes.split_off(length);
            return Ok(Some(core::mem::replace(&mut self.bytes, rest)));
        }
        if self.done == 0 && length == self.bytes.len() {
            // It came alone: its memory goes with it.
            return Ok(Some(core::mem::take(&mut self.bytes)));
        }
        let message = message.to_vec();
        // What is joined is bounded by the longest message.
        self.done = self
            .done
            .saturating_add(u32::try_from(length).unwrap_or(u32::MAX));
        if self.is_empty() {
            *self = Self::default();
        }
        Ok(Some(message))
    }
}

/// Bytes from which on a message is long.
const LONG: usize = 4096;
/// Room for what stands behind a long message in a flight.
const SHORT: usize = 1024;

/// The length of the message that `bytes` begin with, once its header is there.
pub(crate) fn message_length(bytes: &[u8]) -> Result<Option<usize>, Fault> {
    let Some(header) = HandshakeHeader::peek(bytes) else {
        return Ok(None);
    };
    let length = usize::try_from(header.length).unwrap_or(usize::MAX);
    if length > limit(header.msg_type) {
        return Err(Fault::MessageTooLong);
    }
    Ok(Some(HandshakeHeader::LENGTH + length))
}

/// Bytes that a message may have: more than any honest one, little enough that
/// a peer cannot fill the memory.
pub(crate) const fn limit(msg_type: HandshakeType) -> usize {
    match msg_type {
        HandshakeType::CERTIFICATE | HandshakeType::COMPRESSED_CERTIFICATE => 100 * 1024,
        HandshakeType::CLIENT_HELLO | HandshakeType::CERTIFICATE_REQUEST => 32 * 1024,
        _ => 16 * 1024,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_declared_size_takes_no_memory() {
        let mut joined = Joined::default();
        joined.push(&[HandshakeType::CERTIFICATE.0, 1, 0x90, 0]);
        assert_eq!(joined.next_message(), Ok(None));
        assert!(joined.bytes.capacity() < 64);
        let mut joined = Joined::default();
        joined.push(&[HandshakeType::CERTIFICATE.0, 1, 0x90, 1]);
        assert_eq!(joined.next_message(), Err(Fault::MessageTooLong));
    }

    #[test]
    fn a_long_message_takes_no_more_than_its_length_and_is_handed_on() {
        let mut joined = Joined::default();
        let certificate = [
            &[HandshakeType::CERTIFICATE.0, 1, 0x8f, 0xfc][..],
            &[7; 0x1_8ffc],
        ];
        let flight = [&certificate.concat()[..], &[20, 0, 0, 1, 9]].concat();
        for record in flight.chunks(0x4000) {
            joined.push(record);
            assert!(joined.bytes.capacity() <= 0x1_9000 + SHORT);
        }
        let message = joined.next_message().unwrap().unwrap();
        assert!(message == certificate.concat());
        assert_eq!(joined.next_message(), Ok(Some(vec![20, 0, 0, 1, 9])));
        assert!(joined.is_empty());
    }

    #[test]
    fn messages_that_straddle_records_do_not_pile_up() {
        let mut joined = Joined::default();
        let message = [&[4, 0, 0x3f, 0xfc][..], &[0; 0x3ffc]].concat();
        let (head, tail) = message.split_at(1);
        joined.push(head);
        for _ in 0..1000 {
            joined.push(&[tail, head].concat());
            assert_eq!(joined.next_message().unwrap().unwrap().len(), 0x4000);
            assert_eq!(joined.next_message(), Ok(None));
        }
        assert!(
            joined.bytes.capacity() <= 3 * 0x4000,
            "{}",
            joined.bytes.capacity()
        );
    }

    #[test]
    fn what_was_acted_on_leaves_nothing_behind() {
        let mut joined = Joined::default();
        joined.push(&[20, 0, 0, 0, 24, 0, 0, 1, 0]);
        assert_eq!(joined.next_message(), Ok(Some(vec![20, 0, 0, 0])));
        assert!(!joined.is_empty());
        assert_eq!(joined.next_message(), Ok(Some(vec![24, 0, 0, 1, 0])));
        assert!(joined.is_empty() && joined.bytes.capacity() == 0);
    }
}
