//! How it will stand once the mailbox is drained, and what that costs.

use crate::config::Padding;
use handfast_wire::handshake::HandshakeHeader;

/// Header, explicit nonce or type byte, and the longest tag.
#[cfg(not(feature = "legacy"))]
pub(super) const OVERHEAD: usize = 5 + 8 + 16;
/// Header, IV and padding of AES's blocks, and the longest MAC.
#[cfg(feature = "legacy")]
pub(super) const OVERHEAD: usize = 5 + 2 * 16 + 48;
/// A KeyUpdate in a record of its own.
pub(super) const KEY_UPDATE: usize = HandshakeHeader::LENGTH + 1;

/// How it will stand once the mailbox is drained.
pub(super) struct Ahead {
    /// Nothing waits.
    pub(super) is_empty: bool,
    /// What waits takes so many bytes, at the most.
    pub(super) bytes: usize,
    pub(super) fragment: usize,
    pub(super) connected: bool,
    /// Application data waits for a handshake.
    pub(super) held: bool,
    pub(super) closed: bool,
    /// The key can be updated.
    pub(super) has_secret: bool,
    pub(super) padding: Padding,
    /// Bytes of early data that may be sent then.
    pub(super) early_left: Option<u32>,
}

/// What sending some content takes.
pub(super) struct Cost {
    /// Bytes of room.
    pub(super) bytes: usize,
    /// The key must be replaced first.
    pub(super) key_update: bool,
}
