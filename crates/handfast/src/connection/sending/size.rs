//! What sending takes: room, and sometimes a new key first.

use crate::config::Padding;
use crate::connection::mailbox::{Inner, Post};
use crate::connection::sending::Sending;
use crate::connection::sending::ahead::{Ahead, Cost, KEY_UPDATE, OVERHEAD};
use crate::connection::sending::early::left_after;
use crate::fault::Misuse;
use crate::record::{Sealer, most_padding, record_count, seal_size};
use handfast_wire::registry::AlertDescription;

impl Sending {
    pub(super) fn record_overhead(&self) -> usize {
        overhead(self.padding)
    }

    pub(super) fn data_size(&self, content: usize) -> usize {
        if content == 0 {
            return 0;
        }
        self.cost(content).bytes
    }

    /// What sending so many bytes takes.
    #[inline]
    pub(super) fn cost(&self, content: usize) -> Cost {
        let Some(key) = &self.key else {
            let room = padding_ahead(self.padding);
            let bytes = seal_size(content, self.fragment, OVERHEAD, room);
            return Cost {
                bytes,
                key_update: false,
            };
        };
        let room = key.padding_room(self.padding);
        let bytes = seal_size(content, self.fragment, Sealer::overhead(key), room);
        let records = u64::try_from(record_count(content, self.fragment)).unwrap_or(u64::MAX);
        // Before TLS 1.3 a key cannot be replaced.
        if self.secret.is_none() || !key.wears_out_within(records, self.key_update_after) {
            return Cost {
                bytes,
                key_update: false,
            };
        }
        Cost {
            bytes: bytes + KEY_UPDATE + self.record_overhead(),
            key_update: true,
        }
    }

    /// What application data takes once the mailbox is drained, at the most:
    /// the keys may be other ones then, or used up.
    pub(super) fn size_of(&self, content: usize, ahead: &Ahead) -> usize {
        if content == 0 {
            return 0;
        }
        seal_size(
            content,
            ahead.fragment,
            OVERHEAD,
            padding_ahead(ahead.padding),
        )
        .saturating_add(KEY_UPDATE + overhead(ahead.padding))
    }

    /// What early data takes once the mailbox is drained, if it may be sent then.
    pub(super) fn size_of_early(&self, content: usize, ahead: &Ahead) -> Result<usize, Misuse> {
        left_after(ahead.early_left, content)?;
        Ok(self.size_of(content, ahead))
    }

    /// How it will stand once the mailbox is drained.
    pub(super) fn look_ahead(&self, inner: &Inner) -> Ahead {
        let mut ahead = Ahead {
            is_empty: inner.is_empty(),
            bytes: 0,
            fragment: self.fragment,
            connected: self.connected,
            held: self.held,
            closed: self.closed,
            has_secret: self.secret.is_some(),
            padding: self.padding,
            early_left: self.early_left,
        };
        for post in inner.iter() {
            let size = match post {
                Post::Handshake(bytes) => seal_size(
                    *bytes,
                    ahead.fragment,
                    OVERHEAD,
                    padding_ahead(ahead.padding),
                ),
                // In a second handshake it is protected.
                Post::ChangeCipherSpec if self.key.is_some() => 1 + overhead(ahead.padding),
                Post::ChangeCipherSpec => 6,
                Post::Version(_) => 0,
                Post::Hold(held) => {
                    ahead.held = *held;
                    0
                }
                Post::Warning(_) => 2 + overhead(ahead.padding),
                Post::Config(common) => {
                    ahead.padding = common.set.padding;
                    0
                }
                Post::Fragment(bytes) => {
                    ahead.fragment = *bytes;
                    0
                }
                Post::Key(_, secret) => {
                    ahead.has_secret = secret.is_some();
                    ahead.early_left = None;
                    0
                }
                Post::EarlyKey(_, most) => {
                    ahead.early_left = Some(*most);
                    0
                }
                Post::NoKey => {
                    ahead.early_left = None;
                    0
                }
                Post::Connected(_) => {
                    ahead.connected = true;
                    ahead.held = false;
                    0
                }
                Post::UpdateKey(_) => KEY_UPDATE + overhead(ahead.padding),
                Post::AnswerFinished(_) => seal_size(
                    self.finished_room(),
                    ahead.fragment,
                    OVERHEAD,
                    padding_ahead(ahead.padding),
                ),
                Post::FatalAlert(_) => {
                    ahead.closed = true;
                    2 + overhead(ahead.padding)
                }
                Post::Alert(description) => {
                    ahead.closed |= !matches!(
                        *description,
                        AlertDescription::USER_CANCELED | AlertDescription::NO_CERTIFICATE_RESERVED
                    );
                    2 + overhead(ahead.padding)
                }
            };
            ahead.bytes = ahead.bytes.saturating_add(size);
        }
        ahead
    }
}

/// Bytes that one record takes besides its content, at the most.
fn overhead(padding: Padding) -> usize {
    OVERHEAD + padding_ahead(padding)
}

/// Bytes of padding that go with the content of one record at the most, whatever key there will be:
/// what is split (TLS 1.0) is padded twice.
fn padding_ahead(padding: Padding) -> usize {
    most_padding(padding) * if cfg!(feature = "legacy") { 2 } else { 1 }
}
