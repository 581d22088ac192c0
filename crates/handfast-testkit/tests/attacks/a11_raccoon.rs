//! A11, Raccoon: zeros at the front of a secret show in time before TLS 1.3, which helps nobody where
//! no key of Diffie-Hellman serves twice; and they are stripped or kept as each version says.

use crate::attack::{Attack, Control, Found};
use handfast::config::{Entropy, SystemEntropy};
use handfast::observe::{Direction, Observer, Passed};
use handfast::obsolete::MUSEUM;
use handfast::session::{MemoryStore, TicketKeys};
use handfast::{CipherSuite, ClientConfig, NamedGroup, ProtocolVersion, ServerConfig};
use handfast_crypto::agreement::{Group, OwnKeyShare};
use handfast_crypto::hash::{HashAlgorithm, digest};
use handfast_crypto::legacy::finite_field::{Field, OwnKey};
use handfast_crypto::legacy::prf::{Tls10Key, ssl3};
use handfast_crypto::random::{Random, RandomFailed};
use handfast_testkit::certificates::KeyKind;
use handfast_testkit::config;
use handfast_testkit::forge::Secrets;
use handfast_testkit::liar::NotExtended;
use handfast_testkit::liar::anatomy::{client_hello, server_hello};
use handfast_testkit::pair::{Delivery, Pair, now};
use handfast_testkit::textbook;
use handfast_testkit::witness::Witness;
use handfast_wire::registry::{ExtensionType, HandshakeType};
use std::collections::HashSet;
use std::sync::{Arc, Mutex};

pub(crate) const ATTACKS: &[Attack] = &[
    Attack {
        id: "A11",
        name: "public_values_of_finite_fields",
        ours: || values(|_, _| ()),
        controls: &[
            Control {
                broken: "a_server_whose_randomness_repeats",
                run: || values(|_, server| server.common.entropy = Arc::new(Same(7))),
            },
            Control {
                broken: "a_client_whose_randomness_repeats",
                run: || values(|client, _| client.common.entropy = Arc::new(Same(7))),
            },
        ],
    },
    Attack {
        id: "A11",
        name: "zeros_at_the_front_of_a_secret",
        ours: || zeros(|scene| scene.logged.clone()),
        controls: &[
            Control {
                broken: "ends_that_keep_them_before_tls_1_3",
                run: || zeros(|scene| scene.calculated(&scene.shared)),
            },
            Control {
                broken: "ends_that_strip_them_in_tls_1_3",
                run: || zeros(|scene| scene.calculated(stripped(&scene.shared))),
            },
        ],
    },
];

const VERSIONS: [ProtocolVersion; 5] = [
    ProtocolVersion::TLS_1_3,
    ProtocolVersion::TLS_1_2,
    ProtocolVersion::TLS_1_1,
    ProtocolVersion::TLS_1_0,
    ProtocolVersion::SSL_3_0,
];

/// Gives one byte, always.
#[derive(Clone, Copy, Debug)]
struct Same(u8);

impl Entropy for Same {
    fn fill(&self, out: &mut [u8]) -> Result<(), RandomFailed> {
        out.fill(self.0);
        Ok(())
    }
}

impl Random for Same {
    fn fill(&mut self, out: &mut [u8]) -> Result<(), RandomFailed> {
        Entropy::fill(self, out)
    }
}

/// Both speak this version alone, and exchange keys in a finite field of RFC 7919.
fn configs(version: ProtocolVersion) -> (ClientConfig, ServerConfig) {
    let (mut client, mut server) = (
        config::client(),
        config::server(KeyKind::Rsa { bits: 2048 }),
    );
    for common in [&mut client.common, &mut server.common] {
        common.allow_obsolete(&MUSEUM);
        common.versions = vec![version];
        common.groups = vec![NamedGroup::FFDHE2048];
        // Older ones want a curve in the list, too.
        if version != ProtocolVersion::TLS_1_3 {
            common.groups.push(NamedGroup::SECP256R1);
        }
        common.suites = vec![match version {
            ProtocolVersion::TLS_1_3 => CipherSuite::TLS_AES_128_GCM_SHA256,
            ProtocolVersion::TLS_1_2 => CipherSuite::TLS_DHE_RSA_WITH_AES_128_GCM_SHA256,
            _ => CipherSuite::TLS_DHE_RSA_WITH_AES_128_CBC_SHA,
        }];
    }
    (client, server)
}

/// Keeps the public values that pass by a server: in a Hello's share, or in a message of its own.
#[derive(Debug)]
struct Values(ProtocolVersion, Mutex<Vec<Vec<u8>>>);

impl Observer for Values {
    fn passed(&self, _: Direction, what: Passed<'_>) {
        let Passed::Handshake { msg_type, bytes } = what else {
            return;
        };
        let mut value = None;
        match (msg_type, self.0 == ProtocolVersion::TLS_1_3) {
            (HandshakeType::CLIENT_HELLO, true) => {
                let _ = client_hello(bytes, |hello| {
                    value = Some(hello.extensions.content(ExtensionType::KEY_SHARE).to_vec());
                });
            }
            (HandshakeType::SERVER_HELLO, true) => {
                let _ = server_hello(bytes, |hello| {
                    value = Some(hello.extensions.content(ExtensionType::KEY_SHARE).to_vec());
                });
            }
            // Behind p and g, each with its length; what is signed differs each time.
            (HandshakeType::SERVER_KEY_EXCHANGE, false) => {
                let place = 4 + 2 + 256 + 2 + 1 + 2;
                value = Some(bytes[place..][..256].to_vec());
            }
            (HandshakeType::CLIENT_KEY_EXCHANGE, false) => value = Some(bytes[4 + 2..].to_vec()),
            _ => {}
        }
        self.1.lock().unwrap().extend(value);
    }
}

/// 100 handshakes of one server's config in each version, every second one with who comes back.
fn values(change: fn(&mut ClientConfig, &mut ServerConfig)) -> Found {
    let mut found = Found::default();
    for version in VERSIONS {
        let seen = Arc::new(Values(version, Mutex::default()));
        let (mut client, mut server) = configs(version);
        change(&mut client, &mut server);
        server.common.observer = Some(seen.clone());
        let keys = TicketKeys::new(Arc::new(SystemEntropy), now()).unwrap();
        server.ticket_keys = Some(Arc::new(keys));
        let server = server.check().unwrap();
        let (mut all, mut resumed) = (HashSet::new(), 0);
        for _ in 0..50 {
            let mut client = client.clone();
            client.sessions = Some(Arc::new(MemoryStore::default()));
            let client = client.check().unwrap();
            for _ in 0..2 {
                let mut pair = Pair::new(&client, &server);
                pair.connect(Delivery::Whole);
                pair.exchange(b"a line of text");
                let again = pair.client.connection.negotiated().unwrap().is_resumed();
                resumed += usize::from(again);
                let new = core::mem::take(&mut *seen.1.lock().unwrap());
                // Before TLS 1.3 nothing is exchanged where a session goes on.
                let is_due = !again || version == ProtocolVersion::TLS_1_3;
                assert_eq!(new.len(), if is_due { 2 } else { 0 }, "{version}");
                for value in new {
                    found.tried(if all.insert(value) {
                        Ok(())
                    } else {
                        Err(format!("{version}: a public value comes again"))
                    });
                }
            }
        }
        // SSL 3.0 has no tickets.
        let comes_back = version != ProtocolVersion::SSL_3_0;
        assert_eq!(resumed, if comes_back { 50 } else { 0 }, "{version}");
    }
    found
}

/// A handshake whose shared secret begins with a zero.
struct Scene {
    version: ProtocolVersion,
    /// As long as the prime.
    shared: Vec<u8>,
    randoms: [[u8; 32]; 2],
    /// Both Hellos.
    hellos: Vec<u8>,
    /// The first secret that both ends made of it.
    logged: Vec<u8>,
}

impl Scene {
    /// That secret by hand.
    fn calculated(&self, premaster: &[u8]) -> Vec<u8> {
        let hash = HashAlgorithm::Sha256;
        let [client, server] = &self.randoms;
        let mut master = vec![0; 48];
        match self.version {
            ProtocolVersion::TLS_1_3 => return client_handshake_secret(premaster, &self.hellos),
            ProtocolVersion::TLS_1_2 => {
                return textbook::master_secret(hash, premaster, client, server);
            }
            ProtocolVersion::SSL_3_0 => ssl3(premaster, &[client, server], &mut master),
            _ => {
                let key = Tls10Key::new(premaster);
                key.prf(b"master secret", &[client, server], &mut master);
            }
        }
        master
    }
}

/// client_handshake_traffic_secret (RFC 8446 section 7.1) under SHA-256.
fn client_handshake_secret(shared: &[u8], hellos: &[u8]) -> Vec<u8> {
    let hash = HashAlgorithm::Sha256;
    let derive = |secret: &[u8], label: &[u8], messages: &[u8]| {
        let transcript = digest(hash, &[messages]);
        let length = [label.len() as u8 + 6];
        // HkdfLabel, and the number of the first block (RFC 5869 section 2.3).
        let info = [&[0, 32], &length[..], b"tls13 ", label, &[32]].concat();
        textbook::hmac(hash, secret, &[&info, transcript.as_ref(), &[1]])
    };
    let early = textbook::hmac(hash, &[0; 32], &[&[0; 32]]);
    let derived = derive(&early, b"derived", b"");
    let handshake = textbook::hmac(hash, &derived, &[shared]);
    derive(&handshake, b"c hs traffic", hellos)
}

fn stripped(secret: &[u8]) -> &[u8] {
    let zeros = secret.iter().take_while(|byte| **byte == 0).count();
    &secret[zeros..]
}

/// RFC 5246 section 8.1.2 strips zeros, as the older ones do; RFC 8446 section 7.4.1 keeps them.
fn zeros(secret: fn(&Scene) -> Vec<u8>) -> Found {
    let mut found = Found::default();
    for version in VERSIONS {
        let scene = scene(version);
        let (whole, short) = (&scene.shared[..], stripped(&scene.shared));
        assert!(whole.len() == 256 && short.len() < 256, "{version}");
        let wanted = match version {
            ProtocolVersion::TLS_1_3 => whole,
            _ => short,
        };
        found.tried(if secret(&scene) == scene.calculated(wanted) {
            Ok(())
        } else {
            Err(format!("{version}: another secret"))
        });
    }
    found
}

/// Both ends' randomness is constant, of bytes that lead to such a secret.
fn scene(version: ProtocolVersion) -> Scene {
    let (of_client, of_server, shared) = drawn(version == ProtocolVersion::TLS_1_3);
    let (mut client, mut server) = configs(version);
    let secrets = Arc::new(Secrets::default());
    let [watching, also] = Witness::of_both();
    client.common.entropy = Arc::new(of_client);
    server.common.entropy = Arc::new(of_server);
    client.common.key_log = Some(secrets.clone());
    client.common.observer = Some(watching.clone());
    server.common.observer = Some(also);
    if version != ProtocolVersion::SSL_3_0 {
        client.common.danger_script = Some(Arc::new(NotExtended));
    }
    let mut pair = Pair::new(&client.check().unwrap(), &server.check().unwrap());
    pair.connect(Delivery::Whole);
    pair.exchange(b"a line of text");
    let hellos: Vec<_> = watching
        .all()
        .into_iter()
        .map(|one| one.1)
        .take(2)
        .collect();
    let label = match version {
        ProtocolVersion::TLS_1_3 => "CLIENT_HANDSHAKE_TRAFFIC_SECRET",
        _ => "CLIENT_RANDOM",
    };
    Scene {
        version,
        shared,
        randoms: [&hellos[0], &hellos[1]].map(|hello| hello[6..38].try_into().unwrap()),
        hellos: hellos.concat(),
        logged: secrets.last(label).unwrap(),
    }
}

/// What the client draws, what the server draws, and what they share: its first byte is zero once
/// in 256 times. TLS 1.3 makes its exponents in another way.
fn drawn(is_tls13: bool) -> (Same, Same, Vec<u8>) {
    let field = Field::of_group(Group::Ffdhe2048).unwrap();
    let pairs = (1..=u8::MAX).flat_map(|server| (1..=u8::MAX).map(move |client| (client, server)));
    let mut scenes = pairs.map(|(client, server)| {
        let (client, server) = (Same(client), Same(server));
        let secret = if is_tls13 {
            share(client).agree(share(server).public()).unwrap()
        } else {
            let public = own(&field, server).public().to_vec();
            own(&field, client).agree(&public).unwrap()
        };
        (client, server, secret.as_bytes().to_vec())
    });
    let found = scenes.find(|(_, _, secret)| secret[0] == 0);
    found.expect("one in 256")
}

fn own(field: &Field, mut random: Same) -> OwnKey {
    OwnKey::generate(field, &mut random).unwrap()
}

fn share(mut random: Same) -> OwnKeyShare {
    OwnKeyShare::generate(Group::Ffdhe2048, &mut random).unwrap()
}
