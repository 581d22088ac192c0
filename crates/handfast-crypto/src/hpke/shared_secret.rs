//! The KEM's shared secret, which the library keeps to itself and a key log names (RFC 9180 section 4.1).

use crate::ffi::x25519;
use crate::hash::HashAlgorithm;
use crate::hkdf::HmacKey;
use crate::secret::SharedSecret;

/// "KEM" and the code point of DHKEM(X25519, HKDF-SHA256).
const SUITE_ID: &[u8] = b"KEM\x00\x20";
/// The label's version.
const VERSION: &[u8] = b"HPKE-v1";

/// Of one side's private key and the other's public one.
pub(super) fn of_x25519(
    private: &[u8; 32],
    peer: &[u8],
    enc: &[u8],
    recipient: &[u8],
) -> Result<SharedSecret, ()> {
    let peer: &[u8; 32] = peer.try_into().map_err(drop)?;
    // RFC 9180 s4: LabeledExtract("", "eae_prk", dh), the agreed value in its place at the end.
    let labels = [VERSION, SUITE_ID, b"eae_prk"].concat();
    let mut input = SharedSecret::zeros(labels.len() + 32);
    let (head, agreed) = input.as_mut_bytes().split_at_mut(labels.len());
    head.copy_from_slice(&labels);
    let agreed: &mut [u8; 32] = agreed.try_into().map_err(drop)?;
    x25519::agree(private, peer, agreed)?;
    let key = HmacKey::extract(HashAlgorithm::Sha256, &[], input.as_bytes());
    // Then LabeledExpand with both public values.
    let mut out = SharedSecret::zeros(32);
    let info = [
        &[0, 32][..],
        VERSION,
        SUITE_ID,
        b"shared_secret",
        enc,
        recipient,
    ];
    key.expand(&info, out.as_mut_bytes()).map_err(drop)?;
    Ok(out)
}
