//! How much a record is padded (RFC 8446 section 5.4, RFC 5246 section 6.2.3.2).

use crate::config::Padding;
use crate::fault::OwnFailure;
use handfast_crypto::random::{Random, SystemRandom};

#[cfg(feature = "legacy")]
use handfast_crypto::legacy::record::Protection;

/// Bytes that padding adds to a record at the most, beside what fills its last block.
#[inline]
pub(crate) fn most_padding(padding: Padding) -> usize {
    match padding {
        Padding::None => 0,
        Padding::Multiple(multiple) => usize::from(multiple),
        // Whole blocks of a block cipher.
        Padding::Random(most) => usize::from(most).next_multiple_of(LONGEST_BLOCK),
    }
}

/// Zero bytes to add to a record of TLS 1.3 with so much content, of which no more than `fragment`
/// bytes go into one: padding counts towards the peer's limit (RFC 8449 section 4).
#[inline]
pub(super) fn zeros(
    padding: Padding,
    content: usize,
    fragment: usize,
) -> Result<usize, OwnFailure> {
    Ok(match padding {
        Padding::None => 0,
        Padding::Multiple(multiple) => {
            let inner = content + 1;
            let wanted = inner.next_multiple_of(usize::from(multiple).max(1));
            wanted.min(fragment + 1).saturating_sub(inner)
        }
        Padding::Random(most) => draw(usize::from(most).min(fragment.saturating_sub(content)))?,
    })
}

/// Bytes of the body of a record with so much content, where a block cipher protects it; the least
/// where padding has one length alone (SSL 3.0, streams).
#[cfg(feature = "legacy")]
pub(super) fn body_len(
    padding: Padding,
    protection: Protection,
    content: usize,
) -> Result<usize, OwnFailure> {
    let least = protection.sealed_len(content);
    let most = protection.most_sealed_len(content);
    if most == least {
        return Ok(least);
    }
    let block = protection.cipher.block_len();
    Ok(match padding {
        Padding::None => least,
        Padding::Multiple(multiple) => {
            // Where the padding cannot reach the next multiple, lengths would show after all:
            // then multiples are shorter.
            let multiple = usize::from(multiple).clamp(1, MOST_PADDING - block);
            let wanted = (content + 1).next_multiple_of(multiple) - 1;
            protection.sealed_len(wanted).min(most)
        }
        Padding::Random(bytes) => {
            let blocks = usize::from(bytes)
                .div_ceil(block)
                .min((most - least) / block);
            least + draw(blocks)? * block
        }
    })
}

/// A number up to `most`, each as likely as the other.
fn draw(most: usize) -> Result<usize, OwnFailure> {
    if most == 0 {
        return Ok(0);
    }
    let mut drawn = [0; 8];
    SystemRandom
        .fill(&mut drawn)
        .map_err(|_| OwnFailure::Random)?;
    // Of 2^64 numbers the rest of a division by no more than 2^14 is even enough.
    let among = u64::try_from(most).unwrap_or(0).saturating_add(1);
    Ok(usize::try_from(u64::from_le_bytes(drawn) % among).unwrap_or(0))
}

/// AES's.
const LONGEST_BLOCK: usize = 16;

/// Bytes that say how many they are, the one that counts the others included.
#[cfg(feature = "legacy")]
const MOST_PADDING: usize = 256;

#[cfg(all(test, feature = "legacy"))]
mod tests {
    use super::*;
    use handfast_crypto::hash::HashAlgorithm;
    use handfast_crypto::legacy::cipher::BulkCipher;
    use handfast_crypto::legacy::record::{IvRule, MacForm, Order};

    /// POODLE reads bytes where padding has a length to choose, and streams have none at all.
    #[test]
    fn ssl3_and_streams_are_never_padded() {
        for (cipher, mac, padded) in [
            (BulkCipher::Aes128Cbc, MacForm::Ssl3, false),
            (BulkCipher::TripleDesCbc, MacForm::Ssl3, false),
            (BulkCipher::Rc4, MacForm::Hmac, false),
            (BulkCipher::Null, MacForm::Hmac, false),
            (BulkCipher::Aes128Cbc, MacForm::Hmac, true),
        ] {
            let protection = Protection {
                cipher,
                hash: HashAlgorithm::Sha1,
                order: Order::MacThenEncrypt,
                mac,
                iv: IvRule::Chained,
            };
            for content in 0..100 {
                let least = protection.sealed_len(content);
                let length = |padding| body_len(padding, protection, content).unwrap();
                assert_eq!(length(Padding::None), least);
                let multiple = length(Padding::Multiple(240));
                assert_eq!(multiple > least, padded, "{cipher:?} {mac:?} {content}");
                let drawn: usize = (0..40).map(|_| length(Padding::Random(240))).sum();
                assert_eq!(drawn > 40 * least, padded, "{cipher:?} {mac:?} {content}");
            }
        }
    }
}
