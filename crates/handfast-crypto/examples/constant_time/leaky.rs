//! The leaky twins: the same as the RFCs tell it, step by step, stopping where something is wrong.
//! Nothing outside this instrument may do it so.

use crate::made::Maker;
use handfast_crypto::random::{Random, SystemRandom};

/// RFC 2246 section 6.2.3.2, as many wrote it before Lucky Thirteen: where padding is wrong, no MAC
/// is computed, and where it is right, over as many blocks as the content has. Whether all is right.
pub(crate) fn open_tls(maker: &Maker, plain: &[u8]) -> bool {
    let mac_len = maker.protection.hash.output_len();
    let pad = usize::from(plain[plain.len() - 1]);
    if pad + 1 + mac_len > plain.len() {
        return false;
    }
    let (rest, padding) = plain.split_at(plain.len() - pad - 1);
    if padding.iter().any(|byte| usize::from(*byte) != pad) {
        return false;
    }
    let (content, mac) = rest.split_at(rest.len() - mac_len);
    maker.mac(content) == mac
}

/// Looks at the padding in constant time, and hashes no more than the content: Lucky Thirteen.
pub(crate) fn lucky_thirteen(maker: &Maker, plain: &[u8]) -> bool {
    let mac_len = maker.protection.hash.output_len();
    let pad = usize::from(plain[plain.len() - 1]);
    let length = plain.len().saturating_sub(mac_len + 1 + pad);
    maker.mac(&plain[..length]) == plain[length..length + mac_len]
}

/// RFC 6101 section 5.2.3.2, as it was written.
pub(crate) fn open_ssl3(maker: &Maker, plain: &[u8]) -> bool {
    let mac_len = maker.protection.hash.output_len();
    let pad = usize::from(plain[plain.len() - 1]);
    if pad >= maker.protection.cipher.block_len() {
        return false;
    }
    let length = plain.len() - mac_len - 1 - pad;
    maker.mac(&plain[..length]) == plain[length..length + mac_len]
}

/// RFC 5246 section 7.4.7.1 warns of it: unpads, and only where that fails draws random bytes.
pub(crate) fn premaster(padded: &[u8], version: [u8; 2]) -> Vec<u8> {
    unpad(padded, version).unwrap_or_else(|| {
        let mut drawn = vec![0; 48];
        SystemRandom.fill(&mut drawn).unwrap();
        drawn
    })
}

fn unpad(padded: &[u8], version: [u8; 2]) -> Option<Vec<u8>> {
    let rest = padded.strip_prefix(&[0, 2])?;
    let end = rest.iter().position(|byte| *byte == 0)?;
    let sent = &rest[end + 1..];
    (sent.len() == 48 && sent.starts_with(&version)).then(|| sent.to_vec())
}
