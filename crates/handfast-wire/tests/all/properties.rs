//! Over random bytes, and over good messages with a few bytes changed: nothing
//! panics, what is read is written back as it was, and what was recorded covers
//! the message.

use crate::hold::{everything_holds, sets_hold};
use crate::traces::{body, names};
use proptest::prelude::*;

/// A body of RFC 8448 with some bytes replaced and its end cut off.
fn damaged() -> impl Strategy<Value = Vec<u8>> {
    let bodies: Vec<_> = names().map(body).collect();
    let change = (any::<prop::sample::Index>(), any::<u8>());
    let changes = prop::collection::vec(change, 0..4);
    let cut = prop_oneof![3 => Just(0_usize), 1 => 0..64_usize];
    (prop::sample::select(bodies), changes, cut).prop_map(|(mut body, changes, cut)| {
        for (place, byte) in changes {
            let place = place.index(body.len());
            body[place] = byte;
        }
        body.truncate(body.len().saturating_sub(cut));
        body
    })
}

/// Blocks of well-formed extensions with numbers that are often known ones.
fn block() -> impl Strategy<Value = Vec<u8>> {
    let code = prop_oneof![8 => 0..64_u16, 1 => any::<u16>()];
    let content = prop_oneof![
        prop::collection::vec(any::<u8>(), 0..12),
        prop::collection::vec(0..4_u8, 0..12),
    ];
    prop::collection::vec((code, content), 0..6).prop_map(|extensions| {
        let mut bytes = Vec::new();
        for (code, content) in extensions {
            bytes.extend(code.to_be_bytes());
            bytes.extend(u16::try_from(content.len()).unwrap().to_be_bytes());
            bytes.extend(content);
        }
        bytes
    })
}

/// Failures become tests of their own, so none are kept in a file.
fn config() -> ProptestConfig {
    ProptestConfig {
        cases: 1024,
        failure_persistence: None,
        ..ProptestConfig::default()
    }
}

proptest! {
    #![proptest_config(config())]

    #[test]
    fn random_bytes_hold(bytes in prop::collection::vec(any::<u8>(), 0..300)) {
        everything_holds(&bytes);
    }

    #[test]
    fn small_numbers_hold(bytes in prop::collection::vec(0..5_u8, 0..120)) {
        everything_holds(&bytes);
    }

    #[test]
    fn damaged_messages_hold(bytes in damaged()) {
        everything_holds(&bytes);
        for start in [45, 38, 2, 1, 0] {
            sets_hold(bytes.get(start + 2..).unwrap_or_default());
        }
    }

    #[test]
    fn blocks_of_extensions_hold(content in block()) {
        sets_hold(&content);
    }
}
