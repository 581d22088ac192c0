//! One engine, fed with whatever the fuzzer says.

use handfast::config::{ClientAuth, Verification};
use handfast::{Client, Connection, Event, ProtocolVersion, Server, ServerName};
use handfast_testkit::certificates::{self, KeyKind};
use handfast_testkit::config;
use handfast_testkit::pair::{End, now};
use std::sync::LazyLock;

static CLIENT: LazyLock<Client> = LazyLock::new(|| {
    let mut client = config::client();
    client.common.alpn = vec![b"h2".to_vec(), b"http/1.1".to_vec()];
    client.request_scts = true;
    client.common.versions = vec![ProtocolVersion::TLS_1_3, ProtocolVersion::TLS_1_2];
    client.credentials = vec![config::credential(certificates::client(KeyKind::EcP256))];
    client.check().expect("the client's config is sound")
});

static SERVER: LazyLock<Server> = LazyLock::new(|| {
    let mut server = config::server(KeyKind::EcP256);
    server.client_auth = ClientAuth::Request(Verification::danger_accept_anyone());
    server.common.alpn = vec![b"h2".to_vec()];
    server.alpn_optional = true;
    server.common.versions = vec![ProtocolVersion::TLS_1_3, ProtocolVersion::TLS_1_2];
    server.check().expect("the server's config is sound")
});

/// A client that hears these bytes in pieces of a size that the first byte says.
pub fn client(bytes: &[u8]) {
    let name = ServerName::parse("localhost").expect("a name");
    let connection = CLIENT.connect(name, now()).expect("the client begins");
    feed(connection, bytes);
}

/// A server that hears them.
pub fn server(bytes: &[u8]) {
    feed(SERVER.accept(now()).expect("the server begins"), bytes);
}

fn feed(connection: Connection, bytes: &[u8]) {
    let Some((size, bytes)) = bytes.split_first() else {
        return;
    };
    let mut end = End::new(connection);
    end.take_output();
    let size = match size {
        0 => bytes.len().max(1),
        size => usize::from(*size),
    };
    for piece in bytes.chunks(size) {
        end.deliver(piece, now());
        end.take_output();
        // One record, and a piece behind it, is all that waits in the buffer.
        assert!(end.error.is_some() || end.incoming.len() <= 5 + (1 << 14) + 256 + size);
    }
    assert!(!end.events.contains(&Event::Connected), "no key was known");
    assert!(end.data.is_empty(), "no key was known");
    same_fault_again(&mut end);
}

/// After a fault every call gives the same fault.
pub(crate) fn same_fault_again(end: &mut End) {
    if let Some(error) = end.error {
        for _ in 0..2 {
            let again = end.connection.receive(&mut [0; 8], now()).err();
            assert_eq!(again, Some(error));
        }
        end.take_output();
        assert!(!end.connection.wants_send(), "the alert is sent once");
    }
}
