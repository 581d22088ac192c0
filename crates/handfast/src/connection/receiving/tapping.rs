//! What a tap sees of what comes.

use crate::connection::broken::Broken;
use crate::connection::receiving::{Event, Received, Receiving};
use crate::machine::Machine;
use crate::observe::{Direction, Passed, Tap, Tapped};
use crate::record::Framing;
use crate::time::Now;
use handfast_wire::record::RecordHeader;
use handfast_wire::registry::{ContentType, ProtocolVersion};
use std::sync::Arc;

impl Receiving {
    /// Takes the record at `start` by itself, where it is there whole, and shows it to the tap: gives
    /// what came of it, or nothing where there is none to take. Records that nobody taps do not come
    /// here, so that they cost what they did.
    #[cold]
    #[inline(never)]
    pub(super) fn take_tapped(
        &mut self,
        buffer: &mut [u8],
        start: usize,
        now: Now,
    ) -> Result<Option<Received>, Broken> {
        if (self.ask.is_some() && self.rests_while_asked()) || self.closed {
            return Ok(None);
        }
        let front = buffer.get_mut(start..).unwrap_or_default();
        let Some((header, length)) = whole_record(front) else {
            return Ok(None);
        };
        self.tap(Tapped::RecordHeader(&header));
        let record = front.get_mut(..length).unwrap_or_default();
        let empty = self.counts.empty;
        self.is_tapped = false;
        // By the way that all records go, which is in one piece.
        let taken = self.receive(record, now);
        self.is_tapped = true;
        let mut taken = taken?;
        taken.consumed += start;
        if let Some(Event::Data(range) | Event::EarlyData(range)) = &mut taken.event {
            *range = start + range.start..start + range.end;
            self.tap_inner(ContentType::APPLICATION_DATA);
        } else if header[0] == ContentType::APPLICATION_DATA.0 && self.counts.empty > empty {
            // Nothing is told of application data without any.
            self.tap_inner(ContentType::APPLICATION_DATA);
        }
        Ok(Some(taken))
    }

    /// What a protected record of TLS 1.3 holds.
    #[inline]
    pub(super) fn tap_inner(&self, content_type: ContentType) {
        let key = self.key.as_ref();
        if key.is_some_and(|key| key.framing() == Framing::Tls13) {
            self.tap(Tapped::InnerContentType(content_type));
        }
    }

    /// The ClientHello that waited for its config.
    pub(super) fn tap_held(&self, hello: Passed<'_>) {
        match hello {
            Passed::Handshake { bytes, .. } => self.tap(Tapped::Handshake(bytes)),
            #[cfg(feature = "legacy")]
            Passed::Ssl2ClientHello { bytes } => self.tap(Tapped::Ssl2ClientHello(bytes)),
            _ => {}
        }
    }

    #[inline]
    pub(super) fn tap(&self, what: Tapped<'_>) {
        if let Some(tap) = self.the_tap() {
            tap.tapped(Direction::Received, self.chosen_version(), what);
        }
    }

    /// Tells the sending half by what version its tap is to tell.
    #[inline]
    pub(super) fn tell_version(&self) {
        if self.the_tap().is_some() {
            self.mailbox.lock().version = self.chosen_version();
        }
    }

    fn the_tap(&self) -> Option<&Arc<dyn Tap>> {
        self.common.as_ref()?.set.tap.as_ref()
    }

    fn chosen_version(&self) -> Option<ProtocolVersion> {
        let running = self.machine.as_ref().and_then(Machine::version);
        let established = self.established.as_deref();
        running.or(established.map(|established| established.negotiated.version))
    }
}

/// The header at the front and the length of its record, which is there whole. What a server hears
/// first may be no record.
fn whole_record(front: &[u8]) -> Option<([u8; RecordHeader::LENGTH], usize)> {
    let (header, body) = front.split_first_chunk()?;
    let length = usize::from(RecordHeader::peek(header)?.length);
    let is_record = matches!(header, [20..=23, 3, _, _, _]) && body.len() >= length;
    is_record.then_some((*header, RecordHeader::LENGTH + length))
}
