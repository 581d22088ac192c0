//! What the lengths of records tell, with padding and without (RFC 8446 section 5.4, RFC 5246
//! section 6.2.3.2).
#![expect(clippy::unwrap_used, reason = "a test that cannot go on says where")]

use handfast::config::Padding;
use handfast::obsolete::MUSEUM;
use handfast::{CipherSuite, ConfigFault, ProtocolVersion};
use handfast_testkit::certificates::KeyKind;
use handfast_testkit::config;
use handfast_testkit::pair::{Delivery, Pair};
use std::collections::BTreeSet;

const RSA_2048: KeyKind = KeyKind::Rsa { bits: 2048 };

const SSL3: ProtocolVersion = ProtocolVersion::SSL_3_0;
const TLS10: ProtocolVersion = ProtocolVersion::TLS_1_0;
const TLS11: ProtocolVersion = ProtocolVersion::TLS_1_1;
const TLS12: ProtocolVersion = ProtocolVersion::TLS_1_2;
const TLS13: ProtocolVersion = ProtocolVersion::TLS_1_3;

/// What protects records, and whether Encrypt-then-MAC is offered.
#[derive(Clone, Copy, Debug)]
struct Kind {
    version: ProtocolVersion,
    suite: CipherSuite,
    encrypt_then_mac: bool,
}

/// The suites of a version with a block cipher, in either order.
fn with_blocks(version: ProtocolVersion) -> Vec<Kind> {
    let fits = |suite: &CipherSuite| {
        let name = suite.to_string();
        let current = version >= TLS12 || name.ends_with("_SHA");
        // However keys are exchanged: SHA-384 comes with elliptic curves alone.
        let once =
            name.starts_with("TLS_RSA_") || name.ends_with("ECDHE_RSA_WITH_AES_256_CBC_SHA384");
        name.contains("_CBC_") && once && current
    };
    let suites = MUSEUM.suites().iter().copied().filter(fits);
    let orders = [false, true];
    let kinds = suites.flat_map(|suite| {
        orders.map(|encrypt_then_mac| Kind {
            version,
            suite,
            encrypt_then_mac,
        })
    });
    let kinds: Vec<Kind> = kinds.collect();
    assert!(kinds.len() >= 6, "{version}: {kinds:?}");
    kinds
}

/// Whatever can be padded: TLS 1.3, and block ciphers before it.
fn kinds() -> Vec<Kind> {
    let mut kinds: Vec<Kind> = [TLS12, TLS11, TLS10]
        .into_iter()
        .flat_map(with_blocks)
        .collect();
    kinds.push(Kind {
        version: TLS13,
        suite: CipherSuite::TLS_AES_128_GCM_SHA256,
        encrypt_then_mac: false,
    });
    kinds
}

fn connected(kind: Kind, padding: Padding) -> Pair {
    let (mut client, mut server) = (config::client(), config::server(RSA_2048));
    for common in [&mut client.common, &mut server.common] {
        if kind.version != TLS13 {
            common.allow_obsolete(&MUSEUM);
        }
        common.versions = vec![kind.version];
        common.encrypt_then_mac = kind.encrypt_then_mac;
        common.padding = padding;
        common.suites = vec![kind.suite];
    }
    let mut pair = Pair::new(&client.check().unwrap(), &server.check().unwrap());
    pair.connect(Delivery::Whole);
    let agreed = pair.client.connection.negotiated().unwrap();
    assert_eq!((agreed.suite, agreed.version), (kind.suite, kind.version));
    pair
}

/// Bytes on the wire of records with such contents, each of which the server reads.
fn lengths(pair: &mut Pair, contents: impl IntoIterator<Item = usize>) -> Vec<usize> {
    let lengths = contents.into_iter().map(|length| {
        let content = vec![b'x'; length];
        let record = pair.client.write(&content);
        pair.server.data.clear();
        pair.server.deliver(&record, pair.now);
        assert!(pair.server.data == content, "{length}");
        record.len()
    });
    lengths.collect()
}

fn distinct(lengths: Vec<usize>) -> BTreeSet<usize> {
    lengths.into_iter().collect()
}

/// How far padding of a multiple reaches: TLS 1.3 pads as it likes, before it no padding is longer
/// than 255 bytes.
fn reaches(kind: Kind, multiple: usize) -> usize {
    let name = kind.suite.to_string();
    match name.as_str() {
        _ if name.contains("3DES") => multiple.min(248),
        _ if name.contains("_CBC_") => multiple.min(240),
        _ => multiple,
    }
}

#[test]
fn in_multiples_contents_of_distinct_lengths_look_alike() {
    for kind in kinds() {
        for multiple in [64, 240, 1000] {
            let bucket = reaches(kind, multiple.into());
            let mut pair = connected(kind, Padding::Multiple(multiple));
            // One byte goes ahead in TLS 1.0, in a record of its own.
            let ahead = usize::from(kind.version == TLS10);
            let first = (1..bucket).step_by(7).chain([bucket - 1]);
            let first = lengths(&mut pair, first.map(|length| length + ahead));
            assert_eq!(distinct(first.clone()).len(), 1, "{kind:?} {multiple}");
            let second = (bucket..2 * bucket).step_by(7);
            let second = lengths(&mut pair, second.map(|length| length + ahead));
            assert_eq!(distinct(second.clone()).len(), 1, "{kind:?} {multiple}");
            assert!(first[0] < second[0], "{kind:?} {multiple}");
        }
        // The control: without padding, or with one that does not reach, lengths show.
        for shows in [Padding::None, Padding::Multiple(2)] {
            let mut pair = connected(kind, shows);
            let shown = distinct(lengths(&mut pair, (1..240).step_by(7)));
            assert!(shown.len() > 14, "{kind:?} {shown:?}");
        }
    }
}

#[test]
fn at_random_the_same_content_has_many_lengths() {
    for kind in kinds() {
        let mut pair = connected(kind, Padding::Random(200));
        let spread = distinct(lengths(&mut pair, [100; 300]));
        // Blocks of sixteen bytes: 13 or 14 lengths, of which 300 draws miss none but rarely.
        assert!(spread.len() >= 10, "{kind:?} {spread:?}");
        let (least, most) = (*spread.first().unwrap(), *spread.last().unwrap());
        let records = if kind.version == TLS10 { 2 } else { 1 };
        let wanted = 150..=216 * records;
        assert!(wanted.contains(&(most - least)), "{kind:?} {spread:?}");
        // Full records and larger messages come through too.
        pair.exchange(&[7; 40_000]);
        // The control.
        let mut pair = connected(kind, Padding::None);
        assert_eq!(distinct(lengths(&mut pair, [100; 300])).len(), 1);
    }
}

/// The longest padding that there is, on any content and in full records.
#[test]
fn padding_never_outgrows_a_record() {
    for kind in kinds() {
        for padding in [Padding::Random(16_384), Padding::Multiple(16_384)] {
            let mut pair = connected(kind, padding);
            for length in [1, 16_000, 16_383, 16_384, 16_385, 50_000] {
                pair.exchange(&vec![7; length]);
            }
        }
    }
}

/// An AEAD of TLS 1.2 has no padding: its records show their length.
#[test]
fn what_cannot_be_padded_is_sent_all_the_same() {
    let kind = Kind {
        version: TLS12,
        suite: CipherSuite::TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256,
        encrypt_then_mac: false,
    };
    for padding in [Padding::Random(200), Padding::Multiple(200)] {
        let mut pair = connected(kind, padding);
        let shown = lengths(&mut pair, 1..100);
        assert!(
            shown
                .iter()
                .zip(1..)
                .all(|(shown, length)| *shown == 5 + 8 + length + 16)
        );
    }
}

/// What stands in it is not authenticated (POODLE): there is to be no more of it than must be.
#[test]
fn ssl3_pads_no_more_than_it_must() {
    for kind in with_blocks(SSL3) {
        let mut plain = connected(kind, Padding::None);
        let wanted = lengths(&mut plain, (1..300).step_by(3));
        for padding in [Padding::Random(200), Padding::Multiple(200)] {
            let mut pair = connected(kind, padding);
            assert_eq!(lengths(&mut pair, (1..300).step_by(3)), wanted, "{kind:?}");
        }
    }
}

#[test]
fn padding_has_its_bounds() {
    for (padding, wanted) in [
        (Padding::Multiple(1), ConfigFault::Padding(1)),
        (Padding::Random(0), ConfigFault::RandomPadding(0)),
        (Padding::Random(16_385), ConfigFault::RandomPadding(16_385)),
    ] {
        let mut client = config::client();
        client.common.padding = padding;
        let fault = client.check().err();
        assert!(fault.as_ref().unwrap().to_string().contains("16384"));
        assert_eq!(fault, Some(wanted));
    }
}
