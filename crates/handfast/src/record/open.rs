//! Opening a protected record in place (RFC 8446 section 5.2).

use crate::fault::Fault;
use crate::record::traffic_key::TrafficKey;
use handfast_wire::record::RecordHeader;
use handfast_wire::registry::ContentType;

/// What a protected record held.
pub(crate) struct Opened {
    pub(crate) content_type: ContentType,
    /// Bytes of content, from the start of the record's body.
    pub(crate) length: usize,
}

/// Opens the body of one record where it lies. `limit` is the most content
/// that this side takes, in bytes.
pub(crate) fn open(
    key: &mut TrafficKey,
    header: &[u8; RecordHeader::LENGTH],
    body: &mut [u8],
    limit: usize,
) -> Result<Opened, Fault> {
    if key.is_spent() {
        return Err(Fault::SequenceExhausted);
    }
    if body.len() <= key.tag_len() {
        return Err(Fault::RecordNotAuthentic);
    }
    let inner = key
        .key()
        .open_in_place(&key.nonce(), header, body)
        .map_err(|_| Fault::RecordNotAuthentic)?;
    key.count();
    let inner = body.get(..inner).unwrap_or_default();
    // RFC 8446 s5.4: the content type is the last byte that is not zero.
    let length = inner
        .iter()
        .rposition(|byte| *byte != 0)
        .ok_or(Fault::RecordWithoutType)?;
    let content_type = ContentType(inner.get(length).copied().unwrap_or_default());
    // RFC 8446 s5.2 counts the padding and the type byte towards the limit.
    if inner.len() > limit.saturating_add(1) {
        return Err(Fault::PlaintextTooLong);
    }
    Ok(Opened {
        content_type,
        length,
    })
}
