//! Opening a protected record in place (RFC 8446 section 5.2).

use crate::fault::Fault;
use crate::record::traffic_key::{Framing, TrafficKey};
use handfast_wire::record::RecordHeader;
use handfast_wire::registry::ContentType;

/// What a protected record held.
pub(crate) struct Opened {
    pub(crate) content_type: ContentType,
    /// Where the content starts in the record's body.
    pub(crate) start: usize,
    /// Bytes of content.
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
    // The limits of RFC 8446 s5.5 are the sender's; a counter must not wrap (s5.3).
    if key.sequence() == u64::MAX {
        return Err(Fault::SequenceExhausted);
    }
    if key.framing() != Framing::Tls13 {
        return open_classic(key, header, body, limit);
    }
    if body.len() <= key.tag_len() {
        return Err(Fault::RecordNotAuthentic);
    }
    let nonce = key.nonce();
    let inner = key
        .key()
        .ok_or(Fault::RecordNotAuthentic)?
        .open_in_place(&nonce, header, body)
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
        start: 0,
        length,
    })
}

/// TLS 1.2: the header tells the type, and the nonce may lie in the record.
fn open_classic(
    key: &mut TrafficKey,
    header: &[u8; RecordHeader::LENGTH],
    body: &mut [u8],
    limit: usize,
) -> Result<Opened, Fault> {
    let outer = RecordHeader::peek(header).ok_or(Fault::RecordNotAuthentic)?;
    #[cfg(feature = "legacy")]
    if key.framing() == Framing::Block {
        return open_block(key, outer, body, limit);
    }
    let start = key.explicit_nonce_len();
    let length = body
        .len()
        .checked_sub(start + key.tag_len())
        .ok_or(Fault::RecordNotAuthentic)?;
    let (explicit, sealed) = body
        .split_at_mut_checked(start)
        .ok_or(Fault::RecordNotAuthentic)?;
    // As many bytes as the framing has, or none.
    let nonce = match explicit.first_chunk() {
        Some(explicit) => key.nonce_with(*explicit),
        None => key.nonce(),
    };
    let inner = RecordHeader {
        length: u16::try_from(length).map_err(|_| Fault::RecordTooLong)?,
        ..outer
    };
    let aad = key.classic_aad(inner);
    let opened = key
        .key()
        .ok_or(Fault::RecordNotAuthentic)?
        .open_in_place(&nonce, &aad, sealed)
        .map_err(|_| Fault::RecordNotAuthentic)?;
    key.count();
    if opened > limit {
        return Err(Fault::PlaintextTooLong);
    }
    Ok(Opened {
        content_type: outer.content_type,
        start,
        length: opened,
    })
}

/// TLS 1.2 and older with a block cipher: the IV lies in the record.
#[cfg(feature = "legacy")]
fn open_block(
    key: &mut TrafficKey,
    outer: RecordHeader,
    body: &mut [u8],
    limit: usize,
) -> Result<Opened, Fault> {
    // RFC 5246 appendix E.1: the one that was agreed on. SSL 3.0's MAC leaves it out.
    if outer.legacy_record_version != key.version() {
        return Err(Fault::RecordVersionWrong);
    }
    let sequence = key.sequence();
    if !key.count_bytes(body.len()) {
        return Err(Fault::SequenceExhausted);
    }
    let block = key.block().ok_or(Fault::RecordNotAuthentic)?;
    let place = block.open(sequence, outer, body)?;
    key.count();
    if place.len() > limit {
        return Err(Fault::PlaintextTooLong);
    }
    Ok(Opened {
        content_type: outer.content_type,
        start: place.start,
        length: place.len(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use handfast_crypto::aead::AeadAlgorithm;

    /// The sender's limit is not ours to enforce, but the counter must not wrap.
    #[test]
    fn only_the_last_sequence_number_ends_a_receiving_key() {
        let header = [23, 3, 3, 0, 18];
        let limit = AeadAlgorithm::Aes128Ccm.confidentiality_limit();
        for (records, wanted) in [
            (limit, Fault::RecordNotAuthentic),
            (u64::MAX, Fault::SequenceExhausted),
        ] {
            let mut key = TrafficKey::new(AeadAlgorithm::Aes128Ccm, &[1; 16], [2; 12]).unwrap();
            key.set_sequence(records);
            let opened = open(&mut key, &header, &mut [0; 18], 16_384);
            assert_eq!(opened.err(), Some(wanted));
        }
    }

    /// SWEET32: a cipher of small blocks is held to its bytes, on either side.
    #[cfg(feature = "legacy")]
    #[test]
    fn small_blocks_bear_so_many_bytes_and_no_more() {
        use crate::record::{BlockKey, Sealer, Way};
        use handfast_crypto::hash::HashAlgorithm;
        use handfast_crypto::legacy::cipher::BulkCipher;
        use handfast_crypto::legacy::record::{IvRule, Keys, MacForm, Order, Protection};
        use handfast_wire::registry::ProtocolVersion;

        let protection = Protection {
            cipher: BulkCipher::TripleDesCbc,
            hash: HashAlgorithm::Sha1,
            order: Order::MacThenEncrypt,
            mac: MacForm::Hmac,
            iv: IvRule::InRecord,
        };
        let (mac_key, key) = ([1; 20], core::array::from_fn::<u8, 24, _>(|at| at as u8));
        let keys = Keys {
            mac_key: &mac_key,
            key: &key,
            iv: &[],
        };
        let made = |way| {
            let key = BlockKey::new(protection, keys, way).unwrap();
            TrafficKey::block_cipher(key, ProtocolVersion::TLS_1_2)
        };
        let (mut sends, mut receives) = (made(Way::Out), made(Way::In));
        let mut record = [0; 100];
        let mut seal = |key: &mut TrafficKey| {
            let mut sealer = Sealer {
                key,
                fragment: 16_384,
                padding: crate::config::Padding::None,
            };
            sealer.seal(ContentType::APPLICATION_DATA, &[b"hello"], &mut record)
        };
        let length = seal(&mut sends).unwrap();
        assert_eq!(length, 5 + 8 + 32);
        sends.set_left(1024 + 40);
        assert!(sends.bears(40) && !sends.bears(41));
        sends.set_left(39);
        assert_eq!(
            seal(&mut sends).err(),
            Some(crate::fault::OwnFailure::SequenceExhausted)
        );
        let (header, body) = record[..length].split_first_chunk_mut().unwrap();
        let copy = body.to_vec();
        receives.set_left(79);
        assert!(open(&mut receives, header, body, 16_384).is_ok());
        body.copy_from_slice(&copy);
        let again = open(&mut receives, header, body, 16_384);
        assert_eq!(again.err(), Some(Fault::SequenceExhausted));
    }
}
