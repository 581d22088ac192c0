//! Encrypted ClientHello (RFC 9849): both engines.

use handfast::config::{Ech, PreSharedKey};
use handfast::connection::Question;
use handfast::ech::{EchConfigList, EchStatus};
use handfast::session::{MemoryStore, TicketKeys};
use handfast::{Answer, Connection, Error, Event, Fault, NamedGroup, ProtocolVersion};
use handfast_testkit::certificates::{self, KeyKind};
use handfast_testkit::pair::{Delivery, End, Pair, now};
use handfast_testkit::witness::records;
use handfast_testkit::{config, ech};
use handfast_wire::codec::Wire;
use handfast_wire::handshake::{ClientHello, HandshakeHeader};
use handfast_wire::record::RecordHeader;
use handfast_wire::registry::ExtensionType;
use std::cell::RefCell;
use std::rc::Rc;
use std::sync::Arc;

/// A pair under these configs.
fn pair(client: handfast::ClientConfig, server: handfast::ServerConfig) -> Pair {
    let client = client.check().expect("the client's config is sound");
    let server = server.check().expect("the server's config is sound");
    Pair::new(&client, &server)
}

/// True where `needle` stands in what the client has sent.
fn shows(pair: &Pair, needle: &[u8]) -> bool {
    let sent = &pair.client.sent;
    sent.windows(needle.len()).any(|window| window == needle)
}

#[test]
fn what_is_asked_for_is_hidden_and_answered() {
    for delivery in [Delivery::Whole, Delivery::Chunks(1)] {
        let keys = [ech::key(1)];
        let mut client = ech::client(&ech::list(&keys));
        client.common.alpn = vec![b"secret-protocol".to_vec()];
        client.ech_shows_alpn = false;
        let mut server = ech::server(&keys);
        server.common.alpn = vec![b"secret-protocol".to_vec()];
        let mut pair = pair(client, server);
        pair.connect(delivery);
        pair.exchange(b"a line");
        for end in [&pair.client, &pair.server] {
            let negotiated = end.connection.negotiated().unwrap();
            assert_eq!(negotiated.ech, EchStatus::Accepted);
            assert_eq!(negotiated.server_name.as_deref(), Some("localhost"));
            assert_eq!(negotiated.alpn.as_deref(), Some(&b"secret-protocol"[..]));
        }
        assert!(shows(&pair, b"public.example"));
        assert!(!shows(&pair, b"localhost"));
        assert!(!shows(&pair, b"secret-protocol"));
    }
}

#[test]
fn without_it_all_of_that_shows() {
    let mut client = config::client();
    client.common.alpn = vec![b"secret-protocol".to_vec()];
    let mut pair = pair(client, ech::server(&[ech::key(1)]));
    pair.connect(Delivery::Whole);
    assert!(shows(&pair, b"localhost") && shows(&pair, b"secret-protocol"));
    let negotiated = pair.server.connection.negotiated().unwrap();
    assert_eq!(negotiated.ech, EchStatus::NotOffered);
}

#[test]
fn a_second_client_hello_is_encrypted_too() {
    for delivery in [Delivery::Whole, Delivery::Chunks(1)] {
        let keys = [ech::key(1)];
        let mut server = ech::server(&keys);
        server.common.groups = vec![NamedGroup::SECP384R1];
        let mut pair = pair(ech::client(&ech::list(&keys)), server);
        pair.connect(delivery);
        pair.exchange(b"a line");
        let negotiated = pair.client.connection.negotiated().unwrap();
        assert!(negotiated.retried);
        assert_eq!(negotiated.ech, EchStatus::Accepted);
        let negotiated = pair.server.connection.negotiated().unwrap();
        assert_eq!(negotiated.server_name.as_deref(), Some("localhost"));
        assert!(!shows(&pair, b"localhost"));
    }
}

#[test]
fn sessions_go_on_behind_it_and_bring_early_data() {
    let keys = [ech::key(1)];
    for retried in [false, true] {
        let mut client = ech::client(&ech::list(&keys));
        client.sessions = Some(Arc::new(MemoryStore::new(8)));
        client.early_data = true;
        client.key_shares = Some(vec![NamedGroup::X25519]);
        let mut server = ech::server(&keys);
        let entropy = Arc::new(handfast::config::SystemEntropy);
        server.ticket_keys = Some(Arc::new(TicketKeys::new(entropy, now()).unwrap()));
        server.max_early_data = 100;
        server.strikes = Some(Arc::new(handfast_testkit::strikes::Strikes::default()));
        let client = client.check().unwrap();
        let first = server.clone().check().unwrap();
        let mut pair = Pair::new(&client, &first);
        pair.connect(Delivery::Whole);
        pair.exchange(b"a line");
        if retried {
            server.common.groups = vec![NamedGroup::SECP384R1];
        }
        let mut pair = Pair::new(&client, &server.check().unwrap());
        let mut flight = pair.client.take_output();
        flight.extend(pair.client.write_early(b"early"));
        pair.server.deliver(&flight, pair.now);
        pair.connect(Delivery::Whole);
        pair.exchange(b"a line");
        let negotiated = pair.client.connection.negotiated().unwrap();
        assert_eq!(negotiated.ech, EchStatus::Accepted);
        assert!(negotiated.is_resumed());
        assert_eq!(negotiated.retried, retried);
        let wanted: &[u8] = if retried { b"" } else { b"early" };
        assert_eq!(pair.server.early, wanted);
        assert!(!shows(&pair, b"localhost"));
    }
}

#[test]
fn who_cannot_open_it_proves_the_public_name_and_tells_what_to_use() {
    let (old, new) = ([ech::key(1)], [ech::key(2)]);
    for groups in [vec![NamedGroup::X25519], vec![NamedGroup::SECP384R1]] {
        let mut server = ech::server(&new);
        server.common.groups = groups;
        let mut client = ech::client(&ech::list(&old));
        client.sessions = Some(Arc::new(MemoryStore::new(8)));
        let mut pair = pair(client, server);
        pair.run(Delivery::Whole);
        assert_eq!(pair.client.error, Some(Error::Fault(Fault::EchRejected)));
        let alert = handfast::AlertDescription::ECH_REQUIRED;
        assert_eq!(pair.server.error, Some(Error::PeerAlert(alert)));
        assert!(!pair.client.is_connected());
        assert!(!shows(&pair, b"localhost"));
        let told = pair.client.connection.ech_retry_configs().unwrap().clone();
        assert_eq!(told, ech::list(&new));
        let negotiated = pair.server.connection.negotiated().unwrap();
        assert_eq!(negotiated.ech, EchStatus::Rejected);
        assert_eq!(negotiated.server_name.as_deref(), Some("public.example"));
        // What was told works.
        let mut again = pair_of(&told, &new);
        again.connect(Delivery::Whole);
    }
}

fn pair_of(list: &EchConfigList, keys: &[handfast::ech::EchKey]) -> Pair {
    pair(ech::client(list), ech::server(keys))
}

#[test]
fn nobody_is_told_of_a_key_that_goes_out_of_use() {
    let keys = [ech::key(1).as_retry_config(false)];
    pair_of(&ech::list(&keys), &keys).connect(Delivery::Whole);
    let mut pair = pair_of(&ech::list(&[ech::key(9)]), &keys);
    pair.run(Delivery::Whole);
    assert_eq!(pair.client.error, Some(Error::Fault(Fault::EchRejected)));
    assert_eq!(pair.client.connection.ech_retry_configs(), None);
}

#[test]
fn who_cannot_prove_the_public_name_tells_nothing() {
    let mut server = config::server(KeyKind::EcP256);
    server.ech_keys = vec![ech::key(2)];
    server.unknown_name = handfast::config::UnknownName::UseFirst;
    let mut pair = pair(ech::client(&ech::list(&[ech::key(1)])), server);
    pair.run(Delivery::Whole);
    let fault = Fault::CertificateNameWrong;
    assert_eq!(pair.client.error, Some(Error::Fault(fault)));
    assert_eq!(pair.client.connection.ech_retry_configs(), None);
}

#[test]
fn an_older_version_is_a_rejection_without_anything_to_try() {
    let mut server = ech::server(&[]);
    server.common.versions = vec![ProtocolVersion::TLS_1_2];
    let mut pair = pair(ech::client(&ech::list(&[ech::key(1)])), server);
    pair.run(Delivery::Whole);
    assert_eq!(pair.client.error, Some(Error::Fault(Fault::EchRejected)));
    assert_eq!(pair.client.connection.ech_retry_configs(), None);
    assert!(!shows(&pair, b"localhost"));
    assert!(!pair.client.events.contains(&Event::Connected));
}

#[test]
fn no_certificate_is_shown_to_who_cannot_open_it() {
    for version in [ProtocolVersion::TLS_1_3, ProtocolVersion::TLS_1_2] {
        for keys in [vec![ech::key(1)], vec![ech::key(2)]] {
            let is_opened = version == ProtocolVersion::TLS_1_3 && keys[0].config_id() == 1;
            let list = ech::list(&keys);
            let mut client = ech::client(&match is_opened {
                true => list,
                false => ech::list(&[ech::key(1)]),
            });
            let issued = certificates::client(KeyKind::EcP256);
            client.credentials = vec![config::credential(issued)];
            let trust = handfast::config::Verification::chain(config::trust());
            let mut server = ech::server(&keys);
            server.client_auth = handfast::config::ClientAuth::Request(trust);
            if version == ProtocolVersion::TLS_1_2 {
                server.ech_keys = Vec::new();
                server.common.versions = vec![version];
            }
            let mut pair = pair(client, server);
            pair.run(Delivery::Whole);
            let shown = pair.server.connection.negotiated().unwrap();
            assert_eq!(!shown.peer_chain.is_empty(), is_opened, "{version}");
            assert_eq!(pair.client.is_connected(), is_opened);
        }
    }
}

#[test]
fn what_means_nothing_hurts_nobody() {
    let servers = [
        ech::server(&[]),
        ech::server(&[ech::key(1)]),
        {
            let mut server = ech::server(&[ech::key(1)]);
            server.common.groups = vec![NamedGroup::SECP384R1];
            server
        },
        {
            let mut server = ech::server(&[]);
            server.common.versions = vec![ProtocolVersion::TLS_1_2];
            server
        },
    ];
    for server in servers {
        let mut client = config::client();
        client.ech = Ech::Grease;
        let mut pair = pair(client, server);
        pair.connect(Delivery::Whole);
        pair.exchange(b"a line");
        let negotiated = pair.client.connection.negotiated().unwrap();
        assert_eq!(negotiated.ech, EchStatus::Grease);
        let negotiated = pair.server.connection.negotiated().unwrap();
        assert_eq!(negotiated.ech, EchStatus::Rejected);
        assert_eq!(negotiated.server_name.as_deref(), Some("localhost"));
    }
}

/// The types and lengths of the extensions of the first ClientHello that was sent.
fn outline(pair: &Pair) -> Vec<(ExtensionType, usize)> {
    let record = records(&pair.client.sent)[0];
    let (_, body) = HandshakeHeader::split(&record[RecordHeader::LENGTH..]).expect("a message");
    let hello = ClientHello::decode(body).expect("a ClientHello");
    let each = hello.extensions.iter();
    each.map(|one| (one.extension_type, one.extension_data.0.len()))
        .collect()
}

#[test]
fn a_hello_that_hides_something_looks_like_one_that_hides_nothing() {
    let keys = [ech::key(1)];
    let outline = |means: bool| {
        let mut client = ech::client(&ech::list(&keys));
        client.common.alpn = vec![b"h2".to_vec(), b"http/1.1".to_vec()];
        if !means {
            client.ech = Ech::Grease;
        }
        let mut server = ech::server(&keys);
        server.unknown_name = handfast::config::UnknownName::UseFirst;
        server.common.alpn = vec![b"h2".to_vec()];
        let mut pair = pair(client, server);
        pair.connect(Delivery::Whole);
        let outline = outline(&pair);
        // The host that shows is another: whoever looks cannot tell by it.
        let is_name = |one: &(ExtensionType, usize)| one.0 == ExtensionType::SERVER_NAME;
        outline
            .into_iter()
            .filter(|one| !is_name(one))
            .collect::<Vec<_>>()
    };
    assert_eq!(outline(true), outline(false));
}

#[test]
fn who_chooses_configs_by_the_hello_chooses_again_once_the_inner_one_is_open() {
    let keys = [ech::key(1)];
    let public = ech::server(&keys).check().unwrap();
    // The hidden host wants to know its clients.
    let hidden = config::mutual_server(KeyKind::EcP256).check().unwrap();
    let mut client = ech::client(&ech::list(&keys));
    client.credentials = vec![config::credential(certificates::client(KeyKind::EcP256))];
    let mut pair = Pair::new(&client.check().unwrap(), &public);
    pair.server = End::new(Connection::accept_any(now()));
    let seen = Rc::new(RefCell::new(Vec::new()));
    let told = Rc::clone(&seen);
    pair.server.answerer = Some(Box::new(move |question| {
        let Question::Config { client_hello } = question else {
            return Answer::Failed;
        };
        let asked = client_hello.server_name().unwrap_or_default().to_owned();
        let is_hidden = asked == "localhost";
        told.borrow_mut().push(asked);
        let chosen = if is_hidden { &hidden } else { &public };
        Answer::Config(chosen.clone())
    }));
    pair.run(Delivery::Whole);
    let seen = seen.borrow().clone();
    assert_eq!(seen, ["public.example", "localhost"]);
    assert!(pair.client.is_connected(), "{:?}", pair.client.error);
    let negotiated = pair.server.connection.negotiated().unwrap();
    assert_eq!(negotiated.ech, EchStatus::Accepted);
    assert!(!negotiated.peer_chain.is_empty(), "the client was asked");
}

#[test]
fn a_server_that_proves_no_name_rejects_nothing_in_its_name() {
    // It takes a key that both know, which is not the public name's to know.
    let key = PreSharedKey::new(b"pump-7", &[7; 32]).unwrap();
    let mut client = ech::client(&ech::list(&[ech::key(1)]));
    client.psks = vec![key.clone()];
    let mut server = handfast::ServerConfig::without_credential();
    server.psks = vec![key];
    server.common.versions = vec![ProtocolVersion::TLS_1_2];
    let mut by_key = pair(client, server);
    // Or the caller lets it in against its verdict.
    let mut client = ech::client(&ech::list(&[ech::key(1)]));
    client.verification = handfast::config::Verification::ask();
    let mut let_in = pair(client, ech::server(&[ech::key(2)]));
    let_in.client.answerer = Some(Box::new(|_| Answer::DangerPeerUnverified));
    // As a control, it is let in as verified.
    let mut client = ech::client(&ech::list(&[ech::key(1)]));
    client.verification = handfast::config::Verification::ask();
    let mut accepted = pair(client, ech::server(&[ech::key(2)]));
    accepted.client.answerer = Some(Box::new(|_| Answer::PeerAccepted));
    for (pair, fault) in [
        (&mut by_key, Fault::EchRejectedUnproved),
        (&mut let_in, Fault::EchRejectedUnproved),
        (&mut accepted, Fault::EchRejected),
    ] {
        pair.run(Delivery::Whole);
        assert_eq!(pair.client.error, Some(Error::Fault(fault)));
        let told = pair.client.connection.ech_retry_configs();
        assert_eq!(told.is_some(), fault == Fault::EchRejected);
    }
}
