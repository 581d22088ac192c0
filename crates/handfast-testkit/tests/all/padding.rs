//! What the lengths of records tell, with padding and without (RFC 8446 section 5.4, RFC 5246
//! section 6.2.3.2).
#![expect(clippy::unwrap_used, reason = "a test that cannot go on says where")]

use handfast::config::Padding;
use handfast::obsolete::OBSOLETE;
use handfast::{CipherSuite, ConfigFault, ProtocolVersion};
use handfast_testkit::certificates::KeyKind;
use handfast_testkit::config;
use handfast_testkit::pair::{Delivery, Pair};
use std::collections::BTreeSet;

const RSA_2048: KeyKind = KeyKind::Rsa { bits: 2048 };

/// A suite, and whether Encrypt-then-MAC is offered.
type Kind = (CipherSuite, bool);

/// The suites of TLS 1.2 with a block cipher, in either order, and one of TLS 1.3.
fn kinds() -> Vec<Kind> {
    let blocks = OBSOLETE.suites().iter().copied().filter(|suite| {
        let name = suite.to_string();
        name.contains("_CBC_") && name.contains("_RSA_")
    });
    let mut kinds: Vec<Kind> = blocks
        .flat_map(|suite| [(suite, false), (suite, true)])
        .collect();
    kinds.push((CipherSuite::TLS_AES_128_GCM_SHA256, false));
    kinds
}

fn connected((suite, encrypt_then_mac): Kind, padding: Padding) -> Pair {
    let (mut client, mut server) = (config::client(), config::server(RSA_2048));
    for common in [&mut client.common, &mut server.common] {
        if suite != CipherSuite::TLS_AES_128_GCM_SHA256 {
            common.versions = vec![ProtocolVersion::TLS_1_2];
            common.allow_obsolete(&OBSOLETE);
        }
        common.encrypt_then_mac = encrypt_then_mac;
        common.padding = padding;
        common.suites = vec![suite];
    }
    let mut pair = Pair::new(&client.check().unwrap(), &server.check().unwrap());
    pair.connect(Delivery::Whole);
    assert_eq!(pair.client.connection.negotiated().unwrap().suite, suite);
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
fn reaches((suite, _): Kind, multiple: usize) -> usize {
    let name = suite.to_string();
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
            let first = lengths(&mut pair, (1..bucket).step_by(7).chain([bucket - 1]));
            assert_eq!(distinct(first.clone()).len(), 1, "{kind:?} {multiple}");
            let second = lengths(&mut pair, (bucket..2 * bucket).step_by(7));
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
        assert!((150..=216).contains(&(most - least)), "{kind:?} {spread:?}");
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
    let kind = (CipherSuite::TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256, false);
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
