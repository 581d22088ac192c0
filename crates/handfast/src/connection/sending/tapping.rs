//! What a tap sees of what is sent.

use crate::connection::joined::message_length;
use crate::connection::sending::Sending;
use crate::observe::{Direction, Tapped};
use crate::record::{Framing, TrafficKey};
use handfast_wire::record::RecordHeader;
use handfast_wire::registry::ContentType;

impl Sending {
    /// The records that were written, and what they hold.
    #[cold]
    pub(super) fn tap_records(&self, content_type: ContentType, mut written: &[u8]) {
        let is_tls13 = |framing| framing == Framing::Tls13;
        let is_hidden = self
            .key
            .as_ref()
            .map(TrafficKey::framing)
            .is_some_and(is_tls13);
        while let Some((header, rest)) = written.split_first_chunk() {
            self.tap(Tapped::RecordHeader(header));
            if is_hidden && content_type != ContentType::CHANGE_CIPHER_SPEC {
                self.tap(Tapped::InnerContentType(content_type));
            }
            let length = RecordHeader::peek(header).map_or(0, |header| usize::from(header.length));
            written = rest.get(length..).unwrap_or_default();
        }
    }

    /// Handshake messages, apart.
    #[cold]
    pub(super) fn tap_messages(&self, mut messages: &[u8]) {
        while let Ok(Some(length)) = message_length(messages)
            && let Some((message, rest)) = messages.split_at_checked(length)
        {
            self.tap(Tapped::Handshake(message));
            messages = rest;
        }
    }

    #[cold]
    pub(super) fn tap(&self, what: Tapped<'_>) {
        let common = self.common.as_ref();
        if let Some(tap) = common.and_then(|common| common.set.tap.as_ref()) {
            tap.tapped(Direction::Sent, self.chosen_version, what);
        }
    }
}
