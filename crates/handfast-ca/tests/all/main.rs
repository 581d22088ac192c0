//! What is issued here, judged by Handfast's own verifier.
#![expect(clippy::unwrap_used, reason = "a test that fails says so by panicking")]

mod issued;
mod judged;
mod lists;
mod requests;
mod responder;

use handfast_ca::profile::{KeyKind, Validity};

/// Every kind of key that certificates are for and signed with; of RSA the size that is made fast.
const KINDS: [KeyKind; 9] = [
    KeyKind::EcP256,
    KeyKind::EcP384,
    KeyKind::EcP521,
    KeyKind::Rsa { bits: 2048 },
    KeyKind::RsaPss { bits: 2048 },
    KeyKind::Ed25519,
    KeyKind::MlDsa44,
    KeyKind::MlDsa65,
    KeyKind::MlDsa87,
];

const NOW: u64 = 1_800_000_000;

fn month() -> Validity {
    Validity::days(NOW, 30)
}

/// The same bytes with one changed, for every byte and several changes.
fn flipped(bytes: &[u8]) -> impl Iterator<Item = Vec<u8>> + '_ {
    let changes = [0x01, 0x10, 0x80, 0xff];
    (0..bytes.len()).flat_map(move |at| {
        changes.into_iter().map(move |change| {
            let mut changed = bytes.to_vec();
            changed[at] ^= change;
            changed
        })
    })
}
