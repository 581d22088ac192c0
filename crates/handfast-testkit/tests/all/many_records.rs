//! Many records in one call: the same records as by as many calls.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on says where")]

use handfast::config::Padding;
use handfast::{CipherSuite, Error, Event, Misuse, ProtocolVersion};
use handfast_testkit::certificates::KeyKind;
use handfast_testkit::config;
use handfast_testkit::pair::{Delivery, Pair};

/// A client whose settings `change` alters, connected.
fn connected(change: impl FnOnce(&mut handfast::ClientConfig)) -> Pair {
    let mut client = config::client();
    change(&mut client);
    let mut server = config::server(KeyKind::EcP256);
    server.common.suites = client.common.suites.clone();
    let (client, server) = (client.check().unwrap(), server.check().unwrap());
    let mut pair = Pair::new(&client, &server);
    pair.connect(Delivery::Whole);
    pair
}

/// The lengths of the records in `bytes`, headers not counted.
fn lengths(mut bytes: &[u8]) -> Vec<usize> {
    let mut lengths = Vec::new();
    while let [_, _, _, high, low, rest @ ..] = bytes {
        let length = usize::from(u16::from_be_bytes([*high, *low]));
        lengths.push(length);
        bytes = &rest[length..];
    }
    lengths
}

fn send(pair: &mut Pair, contents: &[&[u8]]) -> Vec<u8> {
    let connection = &mut pair.client.connection;
    let mut out = vec![0; connection.send_records_size(contents)];
    let written = connection.send_records(contents, &mut out).unwrap();
    out.truncate(written);
    pair.server.deliver(&out, pair.now);
    assert_eq!(pair.server.error, None);
    out
}

#[test]
fn each_content_is_a_record_of_its_own_and_empty_ones_are_none() {
    let mut pair = connected(|_| {});
    let long = vec![7; 16_384];
    let out = send(&mut pair, &[b"one", b"", b"three", &long, b"x"]);
    assert_eq!(lengths(&out), [3 + 17, 5 + 17, 16_384 + 17, 1 + 17]);
    assert_eq!(pair.server.data, [&b"onethree"[..], &long, b"x"].concat());
    assert_eq!(send(&mut pair, &[]), []);
    assert_eq!(send(&mut pair, &[b"", b""]), []);
    pair.exchange(b"and on it goes");
}

#[test]
fn every_suite_version_and_padding_gives_what_as_many_calls_give() {
    let suites = [
        CipherSuite::TLS_AES_128_GCM_SHA256,
        CipherSuite::TLS_AES_256_GCM_SHA384,
        CipherSuite::TLS_CHACHA20_POLY1305_SHA256,
        CipherSuite::TLS_AES_128_CCM_SHA256,
        CipherSuite::TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256,
        CipherSuite::TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256,
    ];
    let contents: [&[u8]; 4] = [&[1; 64], &[2; 5000], &[3; 1], &[4; 20_000]];
    for (at, suite) in suites.into_iter().enumerate() {
        for padding in [Padding::None, Padding::Multiple(100)] {
            let mut pair = connected(|client| {
                client.common.versions = vec![if at < 4 {
                    ProtocolVersion::TLS_1_3
                } else {
                    ProtocolVersion::TLS_1_2
                }];
                client.common.suites = vec![suite];
                client.common.padding = padding;
            });
            let out = send(&mut pair, &contents);
            let one_by_one: Vec<usize> = contents
                .iter()
                .flat_map(|content| lengths(&pair.client.write(content)))
                .collect();
            assert_eq!(lengths(&out), one_by_one, "{suite:?} {padding:?}");
            assert_eq!(pair.server.data, contents.concat());
        }
    }
}

#[test]
fn a_key_is_replaced_in_the_midst_where_it_is_due() {
    let mut pair = connected(|client| client.common.key_update_after = Some(3));
    for _ in 0..3 {
        send(&mut pair, &[b"1", b"2", b"3", b"4"]);
    }
    let updates = pair
        .server
        .events
        .iter()
        .filter(|event| **event == Event::KeyUpdated);
    assert_eq!(updates.count(), 3, "before records 4, 7 and 10");
    assert_eq!(pair.server.data, b"123412341234");
}

#[test]
fn what_waits_goes_first() {
    let mut pair = connected(|_| {});
    let connection = &mut pair.server.connection;
    let mut out = [0; 256];
    let written = connection.key_update(true, &mut out).unwrap();
    pair.client.deliver(&out[..written], pair.now);
    assert!(pair.client.connection.wants_send());
    send(&mut pair, &[b"under ", b"the new key"]);
    assert_eq!(pair.server.data, b"under the new key");
    assert!(pair.server.events.contains(&Event::KeyUpdated));
}

#[test]
fn a_short_buffer_says_what_is_needed_and_changes_nothing() {
    for after in [None, Some(1)] {
        let mut pair = connected(|client| client.common.key_update_after = after);
        let contents: [&[u8]; 3] = [b"a", b"bc", b"def"];
        let connection = &mut pair.client.connection;
        let needed = connection.send_records_size(&contents);
        for length in [0, 1, needed - 1] {
            let result = connection.send_records(&contents, &mut vec![0; length]);
            match result {
                Err(Error::Misuse(Misuse::OutputTooShort { needed: says })) => {
                    assert_eq!(says, needed);
                }
                other => panic!("{other:?}"),
            }
        }
        send(&mut pair, &contents);
        assert_eq!(pair.server.data, b"abcdef");
    }
}

#[test]
fn before_the_handshake_and_after_close_nothing_is_sent() {
    let client = config::client().check().unwrap();
    let server = config::server(KeyKind::EcP256).check().unwrap();
    let mut pair = Pair::new(&client, &server);
    let mut out = vec![0; 10_000];
    for wanted in [Misuse::NotConnected, Misuse::Closed] {
        let result = pair.client.connection.send_records(&[b"a", b"b"], &mut out);
        assert_eq!(result, Err(Error::Misuse(wanted)));
        pair.connect(Delivery::Whole);
        pair.client.connection.close();
    }
}
