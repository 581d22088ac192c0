//! What ties a second handshake to the first one beside RFC 5746: the extended master secret, without
//! which an attacker in the middle has the same keys with both (the triple handshake), and who the
//! peers are.

use super::{HANDSHAKE, INFO, configs};
use crate::attack::Found;
use crate::victim::SIDES;
use handfast::config::{ClientAuth, Renegotiation, Verification};
use handfast::connection::Renewal;
use handfast::observe::{Direction, Script};
use handfast::{
    Answer, CipherSuite, ClientConfig, Credential, Error, Event, Fault, Misuse, ProtocolVersion,
    ServerConfig,
};
use handfast_testkit::certificates::{self, KeyKind};
use handfast_testkit::config;
use handfast_testkit::liar::anatomy::{client_hello, message, server_hello};
use handfast_testkit::liar::{Side, record};
use handfast_testkit::pair::{Delivery, Pair};
use handfast_wire::registry::{ExtensionType, HandshakeType};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

const EMS: ExtensionType = ExtensionType::EXTENDED_MASTER_SECRET;
const VERSIONS: [ProtocolVersion; 3] = [
    ProtocolVersion::TLS_1_2,
    ProtocolVersion::TLS_1_1,
    ProtocolVersion::TLS_1_0,
];

/// In which handshake an end leaves it out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Leaves {
    First,
    Second,
}

/// Takes the extension out of an end's Hello.
#[derive(Debug)]
struct LeavesOut {
    which: Leaves,
    hellos: AtomicUsize,
}

impl Script for LeavesOut {
    fn say(&self, msg_type: HandshakeType, bytes: Vec<u8>) -> Vec<Vec<u8>> {
        let edit: fn(&[u8]) -> Vec<Vec<u8>> = match msg_type {
            HandshakeType::CLIENT_HELLO => {
                |bytes| client_hello(bytes, |one| one.extensions.remove(EMS))
            }
            HandshakeType::SERVER_HELLO => {
                |bytes| server_hello(bytes, |one| one.extensions.remove(EMS))
            }
            _ => return vec![bytes],
        };
        let first = self.hellos.fetch_add(1, Ordering::Relaxed) == 0;
        if first == (self.which == Leaves::First) {
            edit(&bytes)
        } else {
            vec![bytes]
        }
    }
}

fn renegotiating(version: ProtocolVersion) -> (ClientConfig, ServerConfig) {
    let (mut client, mut server) = configs(version);
    for common in [&mut client.common, &mut server.common] {
        common.renegotiation = Renegotiation::ALLOW;
        common.keep_finished = true;
    }
    (client, server)
}

/// The peer's wish for another handshake, which names the first one rightly.
fn wish(pair: &mut Pair, client: &handfast::Client, victim: Side) -> Vec<u8> {
    match victim {
        Side::Client => message(HandshakeType::HELLO_REQUEST, &[]),
        Side::Server => {
            let finished = pair.client.connection.finished(Direction::Sent).unwrap();
            let info = [&[12], finished].concat();
            let name = handfast::ServerName::parse("localhost").unwrap();
            let mut fresh =
                handfast_testkit::pair::End::new(client.connect(name, pair.now).unwrap());
            client_hello(&fresh.take_output()[5..], |hello| {
                let scsv = |suite: &&[u8]| **suite != super::SCSV;
                hello.suites = hello
                    .suites
                    .chunks(2)
                    .filter(scsv)
                    .collect::<Vec<_>>()
                    .concat();
                hello.extensions.set(INFO, &info);
            })
            .concat()
        }
    }
}

/// The peer leaves it out in its first Hello or in its second one, where `leaves_out` says so.
pub(super) fn unbound(leaves_out: bool) -> Found {
    let mut found = Found::default();
    for version in VERSIONS {
        for side in SIDES {
            for which in [Leaves::First, Leaves::Second] {
                let (mut client, mut server) = renegotiating(version);
                let plain = client.clone().check().unwrap();
                if leaves_out {
                    let script = Some(Arc::new(LeavesOut {
                        which,
                        hellos: AtomicUsize::new(0),
                    }) as _);
                    // An offer that is lost on the way is as one that the server does not know.
                    match (side, which) {
                        (Side::Client, Leaves::Second) => server.common.danger_script = script,
                        _ => client.common.danger_script = script,
                    }
                }
                let mut pair = Pair::new(&client.check().unwrap(), &server.check().unwrap());
                pair.run(Delivery::Whole);
                found.tried(
                    goes_on(&mut pair, &plain, side, which)
                        .map_err(|what| format!("{version} {side:?} {which:?}: {what}")),
                );
            }
        }
    }
    found
}

/// `Err` where the victim lets itself in for a second handshake.
fn goes_on(
    pair: &mut Pair,
    client: &handfast::Client,
    side: Side,
    which: Leaves,
) -> Result<(), String> {
    assert!(pair.client.is_connected() && pair.server.is_connected());
    match which {
        Leaves::First => {
            let wish = wish(pair, client, side);
            let (victim, peer) = match side {
                Side::Client => (&mut pair.client, &mut pair.server),
                Side::Server => (&mut pair.server, &mut pair.client),
            };
            let own = victim.connection.renew(Renewal::Keys, pair.now);
            if own != Err(Error::Misuse(Misuse::RenewalNotAllowed)) {
                return Err(format!("it begins one itself: {own:?}"));
            }
            let wish = record(peer, HANDSHAKE, &wish);
            victim.deliver(&wish, pair.now);
            match victim.connection.is_renewing() {
                true => Err("it takes the peer's".to_owned()),
                false => Ok(()),
            }
        }
        Leaves::Second => {
            let asking = match side {
                Side::Client => &mut pair.server,
                Side::Server => &mut pair.client,
            };
            asking.connection.renew(Renewal::Keys, pair.now).unwrap();
            pair.run(Delivery::Whole);
            let victim = match side {
                Side::Client => &pair.client,
                Side::Server => &pair.server,
            };
            if victim.error == Some(Error::Fault(Fault::RenegotiationUnbound)) {
                return Ok(());
            }
            Err(format!("{:?} {:?}", victim.error, victim.events))
        }
    }
}

/// Whose identity is to change.
#[derive(Clone, Copy, Debug)]
enum Swap {
    /// By renegotiation, begun by the client.
    Client,
    /// By renegotiation, begun by the server.
    AskedClient,
    /// By post-handshake authentication.
    LaterClient,
}

const RSA: KeyKind = KeyKind::Rsa { bits: 2048 };
const KINDS: [KeyKind; 3] = [KeyKind::EcP256, RSA, KeyKind::EcP384];

/// A client shows one certificate and then another. A server that has forgotten the first one, since
/// none `is_known`, takes the second.
pub(super) fn swapped(is_known: bool) -> Found {
    let mut found = Found::default();
    for swap in [Swap::Client, Swap::AskedClient, Swap::LaterClient] {
        for first in KINDS {
            for second in KINDS.into_iter().filter(|second| *second != first) {
                let credential = |kind| config::credential(certificates::client(kind));
                let first = is_known.then(|| credential(first));
                found.tried(swaps(swap, first, credential(second)));
            }
        }
    }
    if is_known {
        found = found.and(servers());
    }
    found
}

fn swaps(swap: Swap, first: Option<Credential>, second: Credential) -> Result<(), String> {
    let version = match swap {
        Swap::LaterClient => ProtocolVersion::TLS_1_3,
        _ => ProtocolVersion::TLS_1_2,
    };
    let (mut client, mut server) = renegotiating(version);
    client.ask_for_credential = true;
    client.post_handshake_auth = true;
    server.client_auth = ClientAuth::Request(Verification::chain(config::trust()));
    server.later_client_auth = ClientAuth::Request(Verification::chain(config::trust()));
    let mut pair = Pair::new(&client.check().unwrap(), &server.check().unwrap());
    let mut shown = vec![Some(second), first];
    pair.client.answerer = Some(Box::new(move |_| Answer::Credential(shown.pop().flatten())));
    pair.connect(Delivery::Whole);
    let asking = match swap {
        Swap::Client => &mut pair.client,
        Swap::AskedClient | Swap::LaterClient => &mut pair.server,
    };
    let what = match swap {
        Swap::Client => Renewal::Keys,
        Swap::AskedClient | Swap::LaterClient => Renewal::ClientCertificate,
    };
    asking.connection.renew(what, pair.now).unwrap();
    pair.run(Delivery::Whole);
    let renewed = pair.server.events.contains(&Event::Renewed(what));
    let fault = match swap {
        Swap::LaterClient => Fault::IdentityChanged,
        _ => Fault::PeerChanged,
    };
    if !renewed && pair.server.error == Some(Error::Fault(fault)) {
        return Ok(());
    }
    Err(format!(
        "{swap:?}: {:?} {:?}",
        pair.server.error, pair.server.events
    ))
}

/// A server shows one certificate and then another.
fn servers() -> Found {
    let mut found = Found::default();
    for by_client in [true, false] {
        let (mut client, mut server) = renegotiating(ProtocolVersion::TLS_1_2);
        for common in [&mut client.common, &mut server.common] {
            common.suites = vec![
                CipherSuite::TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256,
                CipherSuite::TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256,
            ];
        }
        server.credentials = Vec::new();
        server.ask_for_credential = true;
        let of = |kind| config::credential(certificates::server(kind));
        let mut shown = vec![of(KeyKind::EcP256), of(RSA)];
        let mut pair = Pair::new(&client.check().unwrap(), &server.check().unwrap());
        pair.server.answerer = Some(Box::new(move |_| Answer::Credential(shown.pop())));
        pair.connect(Delivery::Whole);
        let asking = if by_client {
            &mut pair.client
        } else {
            &mut pair.server
        };
        asking.connection.renew(Renewal::Keys, pair.now).unwrap();
        pair.run(Delivery::Whole);
        let refused = pair.client.error == Some(Error::Fault(Fault::PeerChanged));
        found.tried(if refused {
            Ok(())
        } else {
            Err(format!(
                "a server's, begun by the client: {by_client}: {:?}",
                pair.client.error
            ))
        });
    }
    found
}
