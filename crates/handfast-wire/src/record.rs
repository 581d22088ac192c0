//! The record header (RFC 8446 section 5.1).

use crate::registry::{ContentType, ProtocolVersion};

message! {
    /// The five bytes before every record.
    pub struct RecordHeader {
        /// What the record carries, or application_data when it is protected.
        content_type: ContentType,
        /// Frozen at TLS 1.2, or 1.0 for a first ClientHello; ignored by TLS 1.3.
        legacy_record_version: ProtocolVersion,
        /// Bytes that follow.
        length: u16,
    }
}

impl RecordHeader {
    /// The header's length in bytes.
    pub const LENGTH: usize = 5;

    /// The header's bytes.
    #[must_use]
    pub const fn to_bytes(self) -> [u8; Self::LENGTH] {
        let [v0, v1] = self.legacy_record_version.0.to_be_bytes();
        let [l0, l1] = self.length.to_be_bytes();
        [self.content_type.0, v0, v1, l0, l1]
    }

    /// Reads the first five bytes of `bytes`; nothing when there are fewer.
    #[must_use]
    pub fn peek(bytes: &[u8]) -> Option<Self> {
        let [content_type, v0, v1, l0, l1] = *bytes.first_chunk()?;
        Some(Self {
            content_type: ContentType(content_type),
            legacy_record_version: ProtocolVersion(u16::from_be_bytes([v0, v1])),
            length: u16::from_be_bytes([l0, l1]),
        })
    }
}

/// Bytes of plaintext in one record at most (RFC 8446 section 5.1).
pub const MAX_PLAINTEXT: usize = 1 << 14;
/// Bytes that protection may add in TLS 1.3 (RFC 8446 section 5.2).
pub const MAX_TLS13_EXPANSION: usize = 256;

/// The same before TLS 1.3 (RFC 5246 section 6.2.3).
pub const MAX_CLASSIC_EXPANSION: usize = 2048;
