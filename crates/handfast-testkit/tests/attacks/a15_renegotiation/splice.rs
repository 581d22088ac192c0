//! CVE-2009-3555 as it was done: an attacker's own connection, and inside it, record by record, the
//! first handshake of a client who knows nothing of him.

use super::{INFO, SCSV, configs};
use crate::attack::Found;
use handfast::config::{ClientAuth, Renegotiation};
use handfast::connection::Renewal;
use handfast::observe::{Direction, KeyLog, Script};
use handfast::{CipherSuite, Error, Fault, ProtocolVersion};
use handfast_testkit::certificates::{self, KeyKind};
use handfast_testkit::config;
use handfast_testkit::forge::{plain, records};
use handfast_testkit::liar::anatomy::{client_hello, server_hello};
use handfast_testkit::pair::{Delivery, End, Pair, now};
use handfast_testkit::textbook::{Records, Suite};
use handfast_wire::registry::{ContentType, HandshakeType};
use std::sync::{Arc, Mutex};

const BEGINNING: &[u8] = b"GET /transfer?to=mallory HTTP/1.1\r\nX-Ignore: ";
const REQUEST: &[u8] = b"GET / HTTP/1.1\r\nCookie: secret\r\n\r\n";
const SUITES: [CipherSuite; 3] = [
    CipherSuite::TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256,
    CipherSuite::TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384,
    CipherSuite::TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305_SHA256,
];

/// Who begins the second handshake, and what for.
#[derive(Clone, Copy, Debug)]
enum Begins {
    Attacker,
    Server(Renewal),
}

const BEGINNINGS: [Begins; 3] = [
    Begins::Attacker,
    Begins::Server(Renewal::Keys),
    Begins::Server(Renewal::ClientCertificate),
];

/// The attacker's master secret, from his own client.
#[derive(Debug, Default)]
struct Master(Mutex<Vec<u8>>);

impl KeyLog for Master {
    fn secret(&self, _: &str, _: &[u8; 32], secret: &[u8]) {
        *self.0.lock().unwrap() = secret.to_vec();
    }
}

/// A client says in its first ClientHello what a server wants to hear in its second handshake, as if
/// the server did not look.
#[derive(Debug)]
struct Says(Vec<u8>);

impl Script for Says {
    fn say(&self, msg_type: HandshakeType, bytes: Vec<u8>) -> Vec<Vec<u8>> {
        if msg_type != HandshakeType::CLIENT_HELLO {
            return vec![bytes];
        }
        client_hello(&bytes, |hello| {
            let pairs = hello.suites.chunks(2).filter(|suite| **suite != SCSV);
            hello.suites = pairs.collect::<Vec<_>>().concat();
            let length = u8::try_from(self.0.len()).unwrap();
            hello
                .extensions
                .set(INFO, &[&[length], &self.0[..]].concat());
        })
    }
}

/// And a server answers as in a first one.
#[derive(Debug)]
struct SaysNothing;

impl Script for SaysNothing {
    fn say(&self, msg_type: HandshakeType, bytes: Vec<u8>) -> Vec<Vec<u8>> {
        match msg_type {
            HandshakeType::SERVER_HELLO => {
                server_hello(&bytes, |hello| hello.extensions.set(INFO, &[0]))
            }
            _ => vec![bytes],
        }
    }
}

/// The attacker between a client and a server: he has his own keys, and seals and opens with them by
/// hand, until both ends have others.
struct Attacker {
    up: Records,
    down: Records,
    is_through: [bool; 2],
}

impl Attacker {
    fn passes_up(&mut self, record: &[u8]) -> Vec<u8> {
        if self.is_through[0] {
            return record.to_vec();
        }
        self.is_through[0] = record[0] == ContentType::CHANGE_CIPHER_SPEC.0;
        self.up.seal(ContentType(record[0]), &record[5..])
    }

    fn passes_down(&mut self, record: &[u8]) -> Vec<u8> {
        if self.is_through[1] {
            return record.to_vec();
        }
        self.is_through[1] = record[0] == ContentType::CHANGE_CIPHER_SPEC.0;
        let content = self
            .down
            .open(record)
            .expect("it is sealed for the attacker");
        plain(ContentType(record[0]), &content)
    }

    /// Lets the client's own handshake pass.
    fn relay(&mut self, client: &mut End, server: &mut End) {
        loop {
            let said = client.take_output();
            for record in records(&said) {
                server.deliver(&self.passes_up(&record), now());
            }
            let answer = server.take_output();
            for record in records(&answer) {
                client.deliver(&self.passes_down(&record), now());
            }
            if said.is_empty() && answer.is_empty() {
                return;
            }
        }
    }
}

fn random(said: &[u8]) -> [u8; 32] {
    // Headers of record and message, and the version.
    said[5 + 4 + 2..][..32].try_into().unwrap()
}

/// The connection of the attacker, on which he has said the beginning of a request.
fn begun(server: &handfast::Server, suite: CipherSuite) -> (End, Attacker, Vec<u8>) {
    let (mut client, _) = configs(ProtocolVersion::TLS_1_2);
    let master = Arc::new(Master::default());
    client.common.key_log = Some(Arc::clone(&master) as _);
    client.common.renegotiation = Renegotiation::ALLOW;
    client.common.keep_finished = true;
    let mut pair = Pair::new(&client.check().unwrap(), server);
    pair.connect(Delivery::Whole);
    let agreed = pair.client.connection.negotiated().unwrap();
    assert_eq!(agreed.suite, suite);
    let by_hand = Suite::of(suite).unwrap();
    let master = master.0.lock().unwrap().clone();
    let keys = by_hand.keys(
        &master,
        &random(&pair.client.sent),
        &random(&pair.server.sent),
    );
    let mut attacker = Attacker {
        up: by_hand.records(&keys.client),
        down: by_hand.records(&keys.server),
        is_through: [false; 2],
    };
    // The first record of either side was its Finished.
    let _ = attacker.up.seal(ContentType::HANDSHAKE, &[]);
    let last = records(&pair.server.sent).pop().unwrap();
    assert_eq!(
        attacker.down.open(&last).unwrap()[0],
        HandshakeType::FINISHED.0
    );
    let beginning = attacker.up.seal(ContentType::APPLICATION_DATA, BEGINNING);
    pair.server.deliver(&beginning, now());
    assert_eq!(pair.server.data, BEGINNING);
    let finished = pair.client.connection.finished(Direction::Sent).unwrap();
    let finished = finished.to_vec();
    (pair.server, attacker, finished)
}

/// `looks` says whether the ends heed what RFC 5746 has them say.
pub(super) fn inside(looks: bool) -> Found {
    let mut found = Found::default();
    for suite in SUITES {
        for begins in BEGINNINGS {
            let (mut client, mut server) = configs(ProtocolVersion::TLS_1_2);
            server.common.suites = vec![suite];
            server.common.renegotiation = Renegotiation::ALLOW;
            server.later_client_auth = ClientAuth::require(config::trust());
            client.credentials = vec![config::credential(certificates::client(KeyKind::EcP256))];
            if !looks {
                server.common.danger_script = Some(Arc::new(SaysNothing));
            }
            let (mut server, mut attacker, finished) = begun(&server.check().unwrap(), suite);
            if !looks {
                client.common.danger_script = Some(Arc::new(Says(finished)));
            }
            let name = handfast::ServerName::parse("localhost").unwrap();
            let client = client.check().unwrap().connect(name, now()).unwrap();
            let mut client = End::new(client);
            if let Begins::Server(what) = begins {
                server.connection.renew(what, now()).unwrap();
                let request = server.take_output();
                // This one is not for the client.
                assert_eq!(attacker.down.open(&request), Some(vec![0; 4]));
            }
            attacker.relay(&mut client, &mut server);
            if client.is_connected() {
                let request = client.write(REQUEST);
                server.deliver(&attacker.passes_up(&request), now());
            }
            let refused = server.error == Some(Error::Fault(Fault::RenegotiationInfoForeign));
            let is_dead = refused && !client.is_connected() && server.data == BEGINNING;
            if !is_dead {
                // Then it is alive, and nothing but that.
                assert_eq!(server.data, [BEGINNING, REQUEST].concat());
                let who = &server.connection.negotiated().unwrap().peer_chain;
                let asked = matches!(begins, Begins::Server(Renewal::ClientCertificate));
                assert_eq!(who.is_empty(), !asked, "words of two are one identity's");
            }
            found.tried(if is_dead {
                Ok(())
            } else {
                let heard = String::from_utf8_lossy(&server.data);
                Err(format!("{suite} {begins:?}: {heard:?} {:?}", server.error))
            });
        }
    }
    found
}
