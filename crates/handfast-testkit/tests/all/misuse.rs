//! What a caller does wrong is an error value, and changes nothing.
#![expect(
    clippy::unwrap_used,
    clippy::panic,
    reason = "a test that cannot go on says where"
)]

use handfast::config::{ClientAuth, Trust, Verification};
use handfast::{
    AlertDescription, ClientConfig, Connection, Error, Event, Fault, Misuse, ProtocolVersion,
    ServerName,
};
use handfast_testkit::certificates::KeyKind;
use handfast_testkit::config;
use handfast_testkit::pair::{Delivery, Pair, now};

fn pair() -> Pair {
    Pair::new(
        &config::client().check().unwrap(),
        &config::server(KeyKind::EcP256).check().unwrap(),
    )
}

fn connected() -> Pair {
    let mut pair = pair();
    pair.connect(Delivery::Whole);
    pair
}

fn misuse<T: std::fmt::Debug>(result: Result<T, Error>) -> Misuse {
    match result {
        Err(Error::Misuse(misuse)) => misuse,
        other => panic!("{other:?} is no misuse"),
    }
}

#[test]
fn a_short_buffer_says_what_is_needed_and_changes_nothing() {
    let mut pair = pair();
    let needed = pair.client.connection.send_size(0);
    for length in [0, 1, needed - 1] {
        let result = pair.client.connection.send(&[], &mut vec![0; length]);
        assert_eq!(misuse(result), Misuse::OutputTooShort { needed });
        assert!(pair.client.connection.wants_send());
    }
    pair.connect(Delivery::Whole);
    let needed = pair.client.connection.send_size(4);
    let result = pair
        .client
        .connection
        .send(&[b"data"], &mut vec![0; needed - 1]);
    assert_eq!(misuse(result), Misuse::OutputTooShort { needed });
    let result = pair.client.connection.key_update(true, &mut [0; 8]);
    assert!(matches!(misuse(result), Misuse::OutputTooShort { .. }));
    pair.exchange(b"nothing was lost");
}

#[test]
fn no_part_is_written_when_what_waits_fits_and_the_data_does_not() {
    // The records shrink with what waits: the data must be reckoned in the new size.
    let mut client = config::client();
    client.common.record_size_limit = Some(16_385);
    let mut server = config::server(KeyKind::EcP256);
    server.common.record_size_limit = Some(64);
    let mut pair = Pair::new(&client.check().unwrap(), &server.check().unwrap());
    let hello = pair.client.take_output();
    pair.server.deliver(&hello, now());
    let flight = pair.server.take_output();
    pair.client.deliver(&flight, now());
    assert!(pair.client.is_connected());
    let data = [7; 1000];
    let needed = pair.client.connection.send_size(data.len());
    let short = pair
        .client
        .connection
        .send(&[&data], &mut vec![0; needed - 1]);
    assert_eq!(misuse(short), Misuse::OutputTooShort { needed });
    let mut out = vec![0; needed];
    let written = pair.client.connection.send(&[&data], &mut out).unwrap();
    pair.server.deliver(&out[..written], now());
    assert_eq!(
        (pair.server.error, &pair.server.data[..]),
        (None, &data[..])
    );
}

#[test]
fn data_and_key_updates_before_the_handshake_is_done_change_nothing() {
    let mut pair = pair();
    let mut out = vec![0; 100_000];
    for _ in 0..2 {
        for end in [&mut pair.client, &mut pair.server] {
            let connection = &mut end.connection;
            assert_eq!(
                misuse(connection.send(&[b"early"], &mut out)),
                Misuse::NotConnected
            );
            assert_eq!(
                misuse(connection.key_update(false, &mut out)),
                Misuse::NotConnected
            );
            assert_eq!(
                misuse(connection.export(b"a", None, &mut [0])),
                Misuse::NotConnected
            );
        }
    }
    pair.connect(Delivery::Whole);
    pair.exchange(b"nothing was lost");
    assert_eq!(pair.server.data, b"nothing was lost");
}

#[test]
fn data_after_close_changes_nothing_and_close_notify_still_goes_out() {
    let mut pair = connected();
    let mut out = vec![0; 1000];
    let connection = &mut pair.client.connection;
    connection.close();
    assert_eq!(
        misuse(connection.send(&[b"late"], &mut out)),
        Misuse::Closed
    );
    assert_eq!(
        misuse(connection.key_update(false, &mut out)),
        Misuse::Closed
    );
    pair.run(Delivery::Whole);
    assert_eq!(pair.server.events.last(), Some(&Event::Closed));
    assert_eq!(pair.server.data, b"");
    let connection = &mut pair.client.connection;
    assert_eq!(
        misuse(connection.send(&[b"late"], &mut out)),
        Misuse::Closed
    );
    connection.close();
    connection.cancel();
    assert!(!connection.wants_send(), "it is said once");
}

#[test]
fn closing_during_the_handshake_ends_it() {
    let mut pair = pair();
    pair.client.connection.close();
    pair.run(Delivery::Whole);
    let told = Some(Error::PeerAlert(AlertDescription::CLOSE_NOTIFY));
    assert_eq!(pair.server.error, told);
    assert!(!pair.server.is_connected());
}

#[test]
fn after_a_fault_every_call_gives_it_and_its_alert_goes_out_once() {
    let mut pair = connected();
    let fault = Some(Error::Fault(Fault::RecordNotAuthentic));
    let mut record = pair.client.write(b"data");
    record[6] ^= 1;
    pair.server.deliver(&record, now());
    assert_eq!(pair.server.error, fault);
    let connection = &mut pair.server.connection;
    assert_eq!(connection.receive(&mut record, now()).err(), fault);
    assert_eq!(connection.receive(&mut [], now()).err(), fault);
    let mut out = vec![0; 1000];
    assert_eq!(connection.send(&[b"data"], &mut out).err(), fault);
    assert_eq!(connection.key_update(false, &mut out).err(), fault);
    assert!(connection.send(&[], &mut out).unwrap() > 0, "the alert");
    assert_eq!(connection.send(&[], &mut out).err(), fault);
    assert_eq!(connection.send(&[b"data"], &mut out).err(), fault);
    assert_eq!(
        connection.refusal().unwrap().fault,
        Fault::RecordNotAuthentic
    );
}

#[test]
fn an_exporter_has_bounds() {
    let pair = connected();
    let export = |label: &[u8], length: usize| {
        let mut out = vec![0; length];
        pair.client.connection.export(label, None, &mut out)
    };
    assert_eq!(export(&[b'a'; 249], 255 * 32), Ok(()));
    assert_eq!(
        misuse(export(b"label", 255 * 32 + 1)),
        Misuse::ExportTooLong
    );
    assert_eq!(misuse(export(&[b'a'; 250], 1)), Misuse::ExportTooLong);
}

#[test]
fn a_key_cannot_be_updated_before_tls_1_3() {
    let mut client = config::client();
    client.common.versions = vec![ProtocolVersion::TLS_1_2];
    let mut server = config::server(KeyKind::EcP256);
    server.common.versions = vec![ProtocolVersion::TLS_1_2];
    let mut pair = Pair::new(&client.check().unwrap(), &server.check().unwrap());
    pair.connect(Delivery::Whole);
    let result = pair.client.connection.key_update(true, &mut [0; 1000]);
    assert_eq!(misuse(result), Misuse::NotInThisVersion);
    pair.exchange(b"nothing was lost");
}

#[test]
fn a_trust_store_that_nobody_loaded_is_said_before_anything_begins() {
    let client = ClientConfig::new(Trust::System).check().unwrap();
    let name = ServerName::parse("localhost").unwrap();
    assert!(client.needs_system_roots());
    assert_eq!(
        misuse(client.connect(name, now())),
        Misuse::SystemRootsNotLoaded
    );
    let mut server = config::server(KeyKind::EcP256);
    server.client_auth = ClientAuth::Require(Verification::chain(Trust::System));
    let server = server.check().unwrap();
    assert!(server.needs_system_roots());
    assert_eq!(misuse(server.accept(now())), Misuse::SystemRootsNotLoaded);
}

#[test]
fn a_server_that_waits_for_a_config_sends_and_exports_nothing() {
    let mut server = Connection::accept_any(now());
    assert!(!server.wants_send());
    assert_eq!(server.send(&[], &mut []), Ok(0));
    assert_eq!(
        misuse(server.send(&[b"x"], &mut [0; 100])),
        Misuse::NotConnected
    );
    assert_eq!(
        misuse(server.export(b"a", None, &mut [0])),
        Misuse::NotConnected
    );
}

#[test]
fn no_bytes_and_no_data_are_no_misuse() {
    let mut pair = connected();
    let connection = &mut pair.client.connection;
    assert_eq!(connection.send(&[], &mut []), Ok(0));
    assert_eq!(connection.send(&[b"", b""], &mut []), Ok(0));
    let received = connection.receive(&mut [], now()).unwrap();
    assert_eq!((received.consumed, received.event), (0, None));
}
