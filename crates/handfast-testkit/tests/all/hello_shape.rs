//! GREASE (RFC 8701), and the order of a ClientHello's extensions.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on says where")]

use handfast::observe::Observer;
use handfast::{ClientConfig, NamedGroup, ServerConfig, SignatureScheme};
use handfast_testkit::liar::Side;
use handfast_testkit::pair::{Delivery, Pair};
use handfast_testkit::shape::Shape;
use handfast_testkit::witness::Witness;
use handfast_wire::codec::Wire;
use handfast_wire::extension::Extensions;
use handfast_wire::handshake::{
    CertificateRequest, CertificateRequestExtensions, ClientHello, ClientHelloExtensions,
    NewSessionTicket,
};
use handfast_wire::registry::{ExtensionType, HandshakeType, is_grease_protocol};
use std::sync::Arc;

/// Handshakes by these configs to the end and with a line each way; what both said.
fn met(shape: Shape, client: ClientConfig, server: ServerConfig) -> Arc<Witness> {
    let (mut client, mut server) = (client, server);
    let [by_client, by_server] = Witness::of_both();
    client.common.observer = Some(Arc::clone(&by_client) as Arc<dyn Observer>);
    server.common.observer = Some(by_server);
    let (client, server) = shape.met(client, server);
    let mut pair = Pair::new(&client, &server);
    pair.connect(Delivery::Whole);
    pair.exchange(b"a line");
    let resumed = pair.client.connection.negotiated().unwrap().is_resumed();
    assert_eq!(resumed, shape.resumes(), "{shape:?}");
    by_client
}

/// The bodies of one side's messages of a type.
fn bodies(witness: &Witness, side: Side, of: HandshakeType) -> Vec<Vec<u8>> {
    let said = witness.of(side).into_iter();
    let of_type = said.filter(|message| message.first() == Some(&of.0));
    of_type.map(|message| message[4..].to_vec()).collect()
}

fn hellos(witness: &Witness) -> Vec<Vec<u8>> {
    bodies(witness, Side::Client, HandshakeType::CLIENT_HELLO)
}

fn order(hello: &[u8]) -> Vec<ExtensionType> {
    types(ClientHello::decode(hello).unwrap().extensions)
}

fn types(extensions: Extensions<'_>) -> Vec<ExtensionType> {
    extensions.iter().map(|one| one.extension_type).collect()
}

/// How many values that mean nothing stand in each place: suites, extensions, groups, schemes,
/// versions, shares, ways of shared keys, protocols.
fn grease(hello: &[u8]) -> [usize; 8] {
    let hello = ClientHello::decode(hello).unwrap();
    let said = ClientHelloExtensions::read(hello.extensions).unwrap();
    let suites = hello.cipher_suites.iter();
    let extensions = types(hello.extensions).into_iter();
    let groups = said.supported_groups.unwrap().iter();
    let schemes = said.signature_algorithms.unwrap().iter();
    let versions = said.supported_versions.map(|list| list.iter());
    let shares = said.key_share.map(|list| list.iter());
    let modes = said.psk_key_exchange_modes.map(|list| list.iter());
    let protocols = said.alpn.map(|list| list.iter());
    [
        suites.filter(|one| one.is_grease()).count(),
        extensions.filter(|one| one.is_grease()).count(),
        groups.filter(|one| one.is_grease()).count(),
        schemes.filter(|one| one.is_grease()).count(),
        versions.map_or(0, |list| list.filter(|one| one.is_grease()).count()),
        shares.map_or(0, |list| list.filter(|one| one.group.is_grease()).count()),
        modes.map_or(0, |list| list.filter(|one| one.is_grease()).count()),
        protocols.map_or(0, |list| list.filter(|one| is_grease_protocol(one)).count()),
    ]
}

fn configs(shape: Shape) -> (ClientConfig, ServerConfig) {
    let (mut client, mut server) = shape.configs();
    client.common.alpn = vec![b"h2".to_vec()];
    server.common.alpn = vec![b"h2".to_vec()];
    (client, server)
}

#[test]
fn a_client_greases_each_list_and_every_shape_of_handshake_goes_on() {
    for shape in Shape::ALL {
        let (mut client, server) = configs(shape);
        client.grease = true;
        let first = hellos(&met(shape, client, server)).pop().unwrap();
        let wanted = match shape {
            Shape::Old | Shape::OldMutual | Shape::OldResumed => [1, 2, 1, 1, 0, 0, 0, 1],
            // The second ClientHello: RFC 8446 s4.2.8 lets it send the share that was asked for alone.
            Shape::Retry => [1, 2, 1, 1, 1, 0, 0, 1],
            Shape::Resumed => [1, 2, 1, 1, 1, 1, 1, 1],
            _ => [1, 2, 1, 1, 1, 1, 0, 1],
        };
        assert_eq!(grease(&first), wanted, "{shape:?}");
    }
}

#[test]
fn without_the_setting_nothing_is_greased() {
    for shape in Shape::ALL {
        let (client, server) = configs(shape);
        for hello in hellos(&met(shape, client, server)) {
            assert_eq!(grease(&hello), [0; 8], "{shape:?}");
        }
    }
}

#[test]
fn the_second_client_hello_keeps_values_and_order_of_the_first() {
    for _ in 0..20 {
        let (mut client, server) = configs(Shape::Retry);
        client.grease = true;
        client.permute_extensions = true;
        let said = hellos(&met(Shape::Retry, client, server));
        let [first, second] = &said[..] else {
            panic!("{} ClientHellos", said.len());
        };
        // A cookie comes in between the others, where the order has it.
        let mut again = order(second);
        again.retain(|one| *one != ExtensionType::COOKIE);
        assert_eq!(order(first), again);
        let suites = |hello: &[u8]| {
            ClientHello::decode(hello)
                .unwrap()
                .cipher_suites
                .as_encoded()
                .to_vec()
        };
        assert_eq!(suites(first), suites(second));
        assert_eq!(grease(first), [1, 2, 1, 1, 1, 1, 0, 1]);
    }
}

#[test]
fn extensions_stand_in_an_order_of_their_own_each_time_and_the_key_stays_last() {
    let mut orders = Vec::new();
    for _ in 0..10 {
        let (mut client, server) = configs(Shape::Resumed);
        client.permute_extensions = true;
        for hello in hellos(&met(Shape::Resumed, client, server)) {
            orders.push(order(&hello));
        }
    }
    let mut sorted: Vec<_> = orders.clone();
    sorted.sort_unstable();
    sorted.dedup();
    // Two of twenty are the same once in 10^10 runs.
    assert_eq!(sorted.len(), orders.len());
    for mut one in orders {
        let place = one
            .iter()
            .position(|one| *one == ExtensionType::PRE_SHARED_KEY);
        assert!(place.is_none_or(|place| place + 1 == one.len()), "{one:?}");
        one.sort_unstable();
        one.retain(|one| *one != ExtensionType::PRE_SHARED_KEY);
        let (client, server) = configs(Shape::Resumed);
        let mut usual = order(&hellos(&met(Shape::Resumed, client, server))[0]);
        usual.sort_unstable();
        assert_eq!(one, usual, "the same extensions as ever");
    }
}

#[test]
fn without_the_setting_the_order_is_always_the_same() {
    let once = || {
        let (client, server) = configs(Shape::Full);
        order(&hellos(&met(Shape::Full, client, server))[0])
    };
    assert_eq!(once(), once());
}

#[test]
fn every_shape_of_handshake_goes_on_in_any_order() {
    for shape in Shape::ALL {
        for _ in 0..5 {
            let (mut client, mut server) = configs(shape);
            client.permute_extensions = true;
            client.grease = true;
            server.grease = true;
            met(shape, client, server);
        }
    }
}

#[test]
fn a_server_greases_its_request_and_its_tickets_where_the_config_says_so() {
    for greases in [true, false] {
        let (client, mut server) = configs(Shape::Mutual);
        server.grease = greases;
        let said = met(Shape::Mutual, client, server);
        let request = &bodies(&said, Side::Server, HandshakeType::CERTIFICATE_REQUEST)[0];
        let request = CertificateRequest::decode(request).unwrap();
        let in_block = |extensions: Extensions<'_>| {
            let types = types(extensions);
            types.iter().filter(|one| one.is_grease()).count()
        };
        let schemes = CertificateRequestExtensions::read(request.extensions).unwrap();
        let mut schemes = schemes.signature_algorithms.unwrap().iter();
        assert_eq!(schemes.any(SignatureScheme::is_grease), greases);
        assert_eq!(in_block(request.extensions), usize::from(greases));

        let (client, mut server) = configs(Shape::Resumed);
        server.grease = greases;
        let said = met(Shape::Resumed, client, server);
        let tickets = bodies(&said, Side::Server, HandshakeType::NEW_SESSION_TICKET);
        assert!(!tickets.is_empty());
        for ticket in tickets {
            let ticket = NewSessionTicket::decode(&ticket).unwrap();
            assert_eq!(in_block(ticket.extensions), usize::from(greases));
        }
    }
}

#[test]
fn what_is_known_of_a_server_chooses_the_share_and_what_is_offered_stays() {
    let said = |known: &[NamedGroup]| {
        let (mut client, mut server) = configs(Shape::Full);
        let all = [
            NamedGroup::X25519,
            NamedGroup::SECP256R1,
            NamedGroup::SECP384R1,
        ];
        client.common.groups = all.to_vec();
        server.common.groups = all.to_vec();
        client.known_server_groups = known.to_vec();
        let all = hellos(&met(Shape::Full, client, server));
        let first = ClientHello::decode(&all[0]).unwrap();
        let said = ClientHelloExtensions::read(first.extensions).unwrap();
        let shares = said.key_share.unwrap().iter().map(|one| one.group);
        let groups = said.supported_groups.unwrap().iter();
        (shares.collect::<Vec<_>>(), groups.collect::<Vec<_>>())
    };
    let (usual, groups) = said(&[]);
    let [.., better, last] = groups[..] else {
        panic!("two groups and more are offered");
    };
    assert!(!usual.contains(&better) && !usual.contains(&last));
    assert_eq!(said(&[last, better]), (vec![better], groups.clone()));
    assert_eq!(said(&[NamedGroup(0xfafb), last]).0, [last]);
    assert_eq!(said(&[NamedGroup(0xfafb)]), (usual, groups));
}

#[test]
fn a_server_that_asks_for_another_group_is_not_shown_a_share_of_nothing() {
    let (mut client, server) = configs(Shape::Retry);
    client.grease = true;
    let said = hellos(&met(Shape::Retry, client, server));
    let second = ClientHello::decode(&said[1]).unwrap();
    let shares = ClientHelloExtensions::read(second.extensions).unwrap();
    let groups: Vec<_> = shares
        .key_share
        .unwrap()
        .iter()
        .map(|one| one.group)
        .collect();
    assert_eq!(groups, [NamedGroup::SECP256R1]);
}
