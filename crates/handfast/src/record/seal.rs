//! Writing records: plain ones, and protected ones sealed in one pass into the
//! caller's buffer (RFC 8446 sections 5.1 and 5.2).

use crate::config::Padding;
use crate::fault::OwnFailure;
use crate::record::padding::zeros;
use crate::record::traffic_key::{Framing, TrafficKey};
use handfast_wire::record::RecordHeader;
use handfast_wire::registry::{ContentType, ProtocolVersion};

/// Writes content as unprotected records. `out` must hold [`seal_size`].
pub(crate) fn write_plain(
    content_type: ContentType,
    version: ProtocolVersion,
    content: &[u8],
    fragment: usize,
    out: &mut [u8],
) -> Result<usize, OwnFailure> {
    let mut written = 0;
    for part in content.chunks(fragment.max(1)) {
        let length = u16::try_from(part.len()).map_err(|_| OwnFailure::MessageTooLong)?;
        let header = RecordHeader {
            content_type,
            legacy_record_version: version,
            length,
        };
        let end = written + RecordHeader::LENGTH + part.len();
        let record = out
            .get_mut(written..end)
            .ok_or(OwnFailure::MessageTooLong)?;
        let (head, body) = record.split_at_mut(RecordHeader::LENGTH);
        head.copy_from_slice(&header.to_bytes());
        body.copy_from_slice(part);
        written = end;
    }
    Ok(written)
}

/// The bytes that `content` bytes take on the wire at the most, in records of
/// up to `fragment` bytes, each with `overhead` bytes and so much padding.
#[inline]
pub(crate) fn seal_size(content: usize, fragment: usize, overhead: usize, padding: usize) -> usize {
    let records = record_count(content, fragment);
    content.saturating_add(records.saturating_mul(overhead.saturating_add(padding)))
}

/// Records that `content` bytes take, `fragment` bytes in each at the most.
#[inline]
pub(crate) fn record_count(content: usize, fragment: usize) -> usize {
    // Mostly there is one, and a division costs as much as a small record's header.
    if content <= fragment {
        usize::from(content > 0)
    } else {
        content.div_ceil(fragment.max(1))
    }
}

/// Seals one record of TLS 1.3 without padding: what nearly all records are. The caller has seen
/// to it that the key bears one more, and `content` is no longer than a record's.
#[inline(always)]
pub(crate) fn seal_one(
    key: &mut TrafficKey,
    content_type: ContentType,
    content: &[u8],
    out: &mut [u8],
) -> Result<usize, OwnFailure> {
    let protected = content.len().saturating_add(1 + key.tag_len());
    let (head, body) = frame(protected, out)?;
    let (text, tail) = body
        .split_at_mut_checked(content.len())
        .ok_or(OwnFailure::MessageTooLong)?;
    if key.seals_in_one_pass(content.len()) {
        // One pass from the caller's bytes to the wire.
        let nonce = key.nonce();
        // Counted first: a seal that fails has used its nonce all the same.
        key.count();
        key.key()
            .ok_or(OwnFailure::Crypto)?
            .seal_scatter(&nonce, head, content, &[content_type.0], text, tail)
            .map_err(|_| OwnFailure::Crypto)?;
        return Ok(RecordHeader::LENGTH + protected);
    }
    text.copy_from_slice(content);
    if let Some(first) = tail.first_mut() {
        *first = content_type.0;
    }
    seal_in_place(key, head, body, content.len() + 1)?;
    Ok(RecordHeader::LENGTH + protected)
}

/// Writes the header of a record whose body has `protected` bytes, and cuts the body off.
#[inline]
fn frame(
    protected: usize,
    out: &mut [u8],
) -> Result<(&[u8; RecordHeader::LENGTH], &mut [u8]), OwnFailure> {
    let length = u16::try_from(protected).map_err(|_| OwnFailure::MessageTooLong)?;
    let (head, rest) = out
        .split_first_chunk_mut()
        .ok_or(OwnFailure::MessageTooLong)?;
    let body = rest
        .get_mut(..protected)
        .ok_or(OwnFailure::MessageTooLong)?;
    *head = RecordHeader {
        content_type: ContentType::APPLICATION_DATA,
        legacy_record_version: ProtocolVersion::TLS_1_2,
        length,
    }
    .to_bytes();
    Ok((head, body))
}

/// Seals the first `length` bytes of a record's body where they lie; the tag takes the rest.
#[inline(never)]
fn seal_in_place(
    key: &mut TrafficKey,
    head: &[u8; RecordHeader::LENGTH],
    body: &mut [u8],
    length: usize,
) -> Result<(), OwnFailure> {
    let (inner, tag) = body
        .split_at_mut_checked(length)
        .ok_or(OwnFailure::MessageTooLong)?;
    let nonce = key.nonce();
    key.count();
    key.key()
        .ok_or(OwnFailure::Crypto)?
        .seal_in_place(&nonce, head, inner, tag)
        .map_err(|_| OwnFailure::Crypto)
}

/// Seals content under one key.
pub(crate) struct Sealer<'k> {
    pub(crate) key: &'k mut TrafficKey,
    /// Bytes of content in one record at the most.
    pub(crate) fragment: usize,
    pub(crate) padding: Padding,
}

impl Sealer<'_> {
    /// Header, content type byte and tag.
    #[inline]
    pub(crate) fn overhead(key: &TrafficKey) -> usize {
        key.overhead()
    }

    /// Seals all of `parts` into `out`, which must hold [`seal_size`]; gives
    /// the bytes written. Nothing to say is no record.
    pub(crate) fn seal(
        &mut self,
        content_type: ContentType,
        parts: &[&[u8]],
        out: &mut [u8],
    ) -> Result<usize, OwnFailure> {
        let mut cursor = Parts::new(parts);
        let length = cursor.remaining();
        if length <= self.fragment && length > 0 {
            return self.seal_record(content_type, &mut cursor, length, out);
        }
        let mut written = 0;
        loop {
            let length = cursor.remaining().min(self.fragment);
            if length == 0 {
                return Ok(written);
            }
            let rest = out.get_mut(written..).unwrap_or_default();
            written += self.seal_record(content_type, &mut cursor, length, rest)?;
        }
    }

    /// Seals a record without content.
    pub(crate) fn seal_empty(
        &mut self,
        content_type: ContentType,
        out: &mut [u8],
    ) -> Result<usize, OwnFailure> {
        self.seal_record(content_type, &mut Parts::new(&[]), 0, out)
    }

    fn seal_record(
        &mut self,
        content_type: ContentType,
        parts: &mut Parts<'_>,
        length: usize,
        out: &mut [u8],
    ) -> Result<usize, OwnFailure> {
        if self.key.is_spent() {
            return Err(OwnFailure::SequenceExhausted);
        }
        if self.key.framing() != Framing::Tls13 {
            return self.seal_classic(content_type, parts, length, out);
        }
        let pad = zeros(self.padding, length, self.fragment)?;
        match parts.contiguous(length) {
            Some(content) if pad == 0 => seal_one(self.key, content_type, content, out),
            contiguous => {
                let protected = length + 1 + pad + self.key.tag_len();
                let (head, body) = frame(protected, out)?;
                let (text, tail) = body
                    .split_at_mut_checked(length)
                    .ok_or(OwnFailure::MessageTooLong)?;
                match contiguous {
                    Some(content) => text.copy_from_slice(content),
                    None => parts.gather(text),
                }
                tail.fill(0);
                if let Some(first) = tail.first_mut() {
                    *first = content_type.0;
                }
                seal_in_place(self.key, head, body, length + 1 + pad)?;
                Ok(RecordHeader::LENGTH + protected)
            }
        }
    }

    /// TLS 1.2: the type is in the header, and the sequence number serves as
    /// the part of the nonce that lies in the record.
    fn seal_classic(
        &mut self,
        content_type: ContentType,
        parts: &mut Parts<'_>,
        length: usize,
        out: &mut [u8],
    ) -> Result<usize, OwnFailure> {
        #[cfg(feature = "legacy")]
        if self.key.framing() == Framing::Block {
            return self.seal_block(content_type, parts, length, out);
        }
        let explicit = self.key.explicit_nonce_len();
        let protected = explicit + length + self.key.tag_len();
        let length_of = |bytes: usize| u16::try_from(bytes).map_err(|_| OwnFailure::MessageTooLong);
        let version = ProtocolVersion::TLS_1_2;
        let header = RecordHeader {
            content_type,
            legacy_record_version: version,
            length: length_of(protected)?,
        };
        let aad = self.key.classic_aad(RecordHeader {
            length: length_of(length)?,
            ..header
        });
        let total = RecordHeader::LENGTH + protected;
        let record = out.get_mut(..total).ok_or(OwnFailure::MessageTooLong)?;
        let (head, body) = record.split_at_mut(RecordHeader::LENGTH);
        head.copy_from_slice(&header.to_bytes());
        let (nonce_bytes, sealed) = body.split_at_mut(explicit);
        let sequence = self.key.sequence().to_be_bytes();
        let nonce = if explicit == 0 {
            self.key.nonce()
        } else {
            nonce_bytes.copy_from_slice(&sequence);
            self.key.nonce_with(sequence)
        };
        let (text, tag) = sealed.split_at_mut(length);
        self.key.count();
        let key = self.key.key().ok_or(OwnFailure::Crypto)?;
        let done = match parts.contiguous(length) {
            Some(content) => key.seal_scatter(&nonce, &aad, content, &[], text, tag),
            None => {
                parts.gather(text);
                key.seal_in_place(&nonce, &aad, text, tag)
            }
        };
        done.map_err(|_| OwnFailure::Crypto)?;
        Ok(total)
    }

    /// TLS 1.2 and older with a block cipher. Where an IV can be foreseen one byte of application
    /// data goes ahead of the others, in a record of its own: its MAC makes the next IV one that
    /// nobody could choose a plaintext for (BEAST).
    #[cfg(feature = "legacy")]
    fn seal_block(
        &mut self,
        content_type: ContentType,
        parts: &mut Parts<'_>,
        length: usize,
        out: &mut [u8],
    ) -> Result<usize, OwnFailure> {
        if content_type != ContentType::APPLICATION_DATA || length < 2 || !self.key.splits() {
            return self.seal_one_block(content_type, parts, length, out);
        }
        let ahead = self.seal_one_block(content_type, parts, 1, out)?;
        let rest = out.get_mut(ahead..).unwrap_or_default();
        Ok(ahead + self.seal_one_block(content_type, parts, length - 1, rest)?)
    }

    /// One record of a block cipher.
    #[cfg(feature = "legacy")]
    fn seal_one_block(
        &mut self,
        content_type: ContentType,
        parts: &mut Parts<'_>,
        length: usize,
        out: &mut [u8],
    ) -> Result<usize, OwnFailure> {
        let sequence = self.key.sequence();
        self.key.count();
        let key = self.key.block().ok_or(OwnFailure::Crypto)?;
        let protected = key.body_len(length, self.padding)?;
        if !self.key.count_bytes(protected) {
            return Err(OwnFailure::SequenceExhausted);
        }
        let header = RecordHeader {
            content_type,
            legacy_record_version: self.key.version(),
            length: u16::try_from(protected).map_err(|_| OwnFailure::MessageTooLong)?,
        };
        let key = self.key.block().ok_or(OwnFailure::Crypto)?;
        let total = RecordHeader::LENGTH + protected;
        let record = out.get_mut(..total).ok_or(OwnFailure::MessageTooLong)?;
        let (head, body) = record.split_at_mut(RecordHeader::LENGTH);
        head.copy_from_slice(&header.to_bytes());
        match parts.contiguous(length) {
            Some(content) => key.seal(sequence, header, content, body)?,
            None => {
                let mut content = zeroize::Zeroizing::new(vec![0; length]);
                parts.gather(&mut content);
                key.seal(sequence, header, &content, body)?;
            }
        }
        Ok(total)
    }
}

/// A cursor over the caller's slices.
struct Parts<'p> {
    parts: &'p [&'p [u8]],
    at: usize,
    remaining: usize,
}

impl<'p> Parts<'p> {
    fn new(parts: &'p [&'p [u8]]) -> Self {
        Self {
            parts,
            at: 0,
            remaining: parts.iter().map(|part| part.len()).sum(),
        }
    }

    fn remaining(&self) -> usize {
        self.remaining
    }

    /// The next `length` bytes when they lie in one slice.
    fn contiguous(&mut self, length: usize) -> Option<&'p [u8]> {
        loop {
            let (part, rest) = self.parts.split_first()?;
            if self.at < part.len() {
                let bytes = part.get(self.at..self.at.checked_add(length)?)?;
                self.at += length;
                self.remaining -= length;
                return Some(bytes);
            }
            self.parts = rest;
            self.at = 0;
        }
    }

    /// Copies the next bytes together.
    fn gather(&mut self, mut out: &mut [u8]) {
        while !out.is_empty() {
            let Some((part, rest)) = self.parts.split_first() else {
                return;
            };
            let left = part.get(self.at..).unwrap_or_default();
            let length = left.len().min(out.len());
            let (now, later) = out.split_at_mut(length);
            now.copy_from_slice(left.get(..length).unwrap_or_default());
            out = later;
            self.at += length;
            self.remaining -= length;
            if self.at == part.len() {
                self.parts = rest;
                self.at = 0;
            }
        }
    }
}
