//! A36, logs and oracles: who knows no key asks a server of TLS 1.3 for names, in every way that it can
//! think of, and hears of names that are known what it hears of others (RFC 8446 appendix E.6).

use crate::attack::{Attack, Control, Found};
use handfast::config::{PreSharedKey, PskHash};
use handfast::connection::{Answer, Question};
use handfast::observe::Script;
use handfast::{CipherSuite, NamedGroup, ServerConfig};
use handfast_testkit::certificates::KeyKind;
use handfast_testkit::config;
use handfast_testkit::forge::records;
use handfast_testkit::liar::anatomy::{Hello, client_hello};
use handfast_testkit::pair::{Pair, now};
use handfast_wire::registry::{ExtensionType, HandshakeType};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

pub(crate) const ATTACKS: &[Attack] = &[Attack {
    id: "A36",
    name: "names_of_shared_keys_before_a_key_is_known",
    ours: || {
        let found = WAYS.iter().map(|way| probe(way, true));
        found.fold(Found::default(), Found::and)
    },
    controls: &[Control {
        broken: "a_server_that_goes_by_names_alone",
        run: each_way_fires,
    }],
}];

/// A way to ask, which changes a ClientHello that names a key under a wrong key: the first, and the
/// second.
struct Way {
    name: &'static str,
    /// The server asks for another share.
    retries: bool,
    server: fn(&mut ServerConfig),
    edits: [fn(&mut Hello); 2],
    /// The asker is a client that has a key of its own, and names that, too.
    knows_another: bool,
}

const PLAIN: Way = Way {
    name: "it is named",
    retries: false,
    server: |_| {},
    edits: [|_| {}, |_| {}],
    knows_another: false,
};
const RETRIED: Way = Way {
    name: "it is named again",
    retries: true,
    ..PLAIN
};

const WAYS: &[Way] = &[
    PLAIN,
    RETRIED,
    Way {
        name: "it is dropped after a retry",
        edits: [|_| {}, drop_names],
        ..RETRIED
    },
    Way {
        name: "another is named after a retry",
        edits: [|_| {}, |hello| name_in_place(hello, &[b"nobody"])],
        ..RETRIED
    },
    Way {
        name: "it is named three times",
        edits: [thrice, |_| {}],
        ..PLAIN
    },
    Way {
        name: "no signature is taken",
        edits: [without_schemes, without_schemes],
        ..PLAIN
    },
    Way {
        name: "one suite of each hash",
        edits: [|hello| hello.suites = vec![0x13, 1], |_| {}],
        ..PLAIN
    },
    Way {
        name: "one suite of the other hash",
        edits: [|hello| hello.suites = vec![0x13, 2], |_| {}],
        ..PLAIN
    },
    Way {
        name: "no key exchange",
        server: |server| server.danger_psk_without_key_exchange = true,
        edits: [alone, alone],
        ..PLAIN
    },
    Way {
        name: "beside a key that the asker knows",
        knows_another: true,
        ..PLAIN
    },
    Way {
        name: "beside a key that the asker knows, and a retry",
        knows_another: true,
        ..RETRIED
    },
];

fn drop_names(hello: &mut Hello) {
    hello.extensions.remove(ExtensionType::PRE_SHARED_KEY);
}

fn without_schemes(hello: &mut Hello) {
    hello.extensions.remove(ExtensionType::SIGNATURE_ALGORITHMS);
}

fn alone(hello: &mut Hello) {
    let modes = ExtensionType::PSK_KEY_EXCHANGE_MODES;
    hello.extensions.set(modes, &[1, 0]);
}

fn thrice(hello: &mut Hello) {
    let offered = hello.extensions.content(ExtensionType::PRE_SHARED_KEY);
    let length = usize::from(u16::from_be_bytes([offered[2], offered[3]]));
    let name = offered[4..4 + length].to_vec();
    name_in_place(hello, &[&name, &name, &name]);
}

/// Names under binders that are wrong.
fn name_in_place(hello: &mut Hello, names: &[&[u8]]) {
    let prefix = |length: usize| u16::try_from(length).unwrap().to_be_bytes();
    let each = names.iter().map(|name| {
        let length = prefix(name.len());
        [&length[..], name, &[0; 4]].concat()
    });
    let identities = each.collect::<Vec<_>>().concat();
    let binders = [&[32][..], &[9; 32]].concat().repeat(names.len());
    let offered = [
        &prefix(identities.len())[..],
        &identities,
        &prefix(binders.len()),
        &binders,
    ];
    // It stays the last one.
    hello.extensions.remove(ExtensionType::PRE_SHARED_KEY);
    let psk = ExtensionType::PRE_SHARED_KEY;
    hello.extensions.add(psk, &offered.concat());
}

/// What changes the asker's messages.
#[derive(Debug)]
struct Asking {
    edits: [fn(&mut Hello); 2],
    said: AtomicUsize,
}

impl Script for Asking {
    fn say(&self, msg_type: HandshakeType, message: Vec<u8>) -> Vec<Vec<u8>> {
        if msg_type != HandshakeType::CLIENT_HELLO {
            return vec![message];
        }
        let number = self.said.fetch_add(1, Ordering::SeqCst);
        client_hello(&message, self.edits[number.min(1)])
    }
}

/// What the caller's store says of an identity that it does not have.
type Says = fn() -> Answer;

/// The config's own keys, or a store that knows them and says so of the others.
const STORES: [Option<Says>; 3] = [None, Some(|| Answer::Psk(None)), Some(|| Answer::Failed)];

fn key(identity: &[u8], byte: u8) -> PreSharedKey {
    PreSharedKey::new(identity, &[byte; 32]).unwrap()
}

/// A known name under a wrong key is what every other must look like.
fn probe(way: &Way, hides: bool) -> Found {
    let mut found = Found::default();
    for hash in [PskHash::Sha256, PskHash::Sha384] {
        for (at, store) in STORES.into_iter().enumerate() {
            for certified in [true, false] {
                let case = Case {
                    hash,
                    store,
                    certified,
                    hides,
                };
                let known = case.heard(way, b"pump 7");
                for identity in [&b"pump 8"[..], b"pump", &[b'7'; 900]] {
                    let unknown = case.heard(way, identity);
                    let name = way.name;
                    found.tried(if unknown == known {
                        Ok(())
                    } else {
                        Err(format!(
                            "{name}, {hash:?}, store {at}, certificate {certified}: \
                             {unknown:?}, not {known:?}"
                        ))
                    });
                }
            }
        }
    }
    found
}

/// Nothing where one of the ways finds nothing: none is idle.
fn each_way_fires() -> Found {
    let mut all = Found::default();
    for way in WAYS {
        let found = probe(way, false);
        if found.holes.is_empty() {
            println!("nothing found where {}", way.name);
            return found;
        }
        all = all.and(found);
    }
    all
}

struct Case {
    hash: PskHash,
    store: Option<Says>,
    certified: bool,
    hides: bool,
}

impl Case {
    /// What an asker hears that names this identity.
    fn heard(&self, way: &Way, identity: &[u8]) -> Vec<Heard> {
        let mut client = config::client();
        client.psks = vec![key(identity, 2).with_hash(self.hash)];
        if way.knows_another {
            client.psks.push(key(b"pump 6", 6));
        }
        client.common.danger_script = Some(Arc::new(Asking {
            edits: way.edits,
            said: AtomicUsize::new(0),
        }));
        let mut server = match self.certified {
            true => config::server(KeyKind::Ed25519),
            false => ServerConfig::without_credential(),
        };
        server.common.suites = vec![
            CipherSuite::TLS_AES_128_GCM_SHA256,
            CipherSuite::TLS_AES_256_GCM_SHA384,
        ];
        server.hide_unknown_psks = self.hides;
        if way.retries {
            server.common.groups = vec![NamedGroup::SECP384R1];
        }
        // The one that is asked for is the better one.
        let keys = [key(b"pump 7", 1).with_hash(self.hash), key(b"pump 6", 6)];
        match self.store {
            None => server.psks = keys.to_vec(),
            Some(_) => server.ask_for_psk = true,
        }
        (way.server)(&mut server);
        let mut pair = Pair::new(&client.check().unwrap(), &server.check().unwrap());
        pair.server.answerer = self.store.map(|says| {
            Box::new(move |question: Question<'_>| {
                let Question::Psk { identity, .. } = question else {
                    return Answer::Failed;
                };
                let known = keys.iter().find(|key| Some(key.identity()) == identity);
                known.map_or_else(says, |key| Answer::Psk(Some(key.clone())))
            }) as _
        });
        let mut heard = Vec::new();
        for _ in 0..4 {
            let asked = pair.client.take_output();
            pair.server.deliver(&asked, now());
            let said = pair.server.take_output();
            heard.extend(records(&said).iter().map(|record| Heard::of(record)));
            pair.client.deliver(&said, now());
        }
        heard
    }
}

/// What is the same of a record each time.
#[derive(Debug, PartialEq, Eq)]
struct Heard {
    content_type: u8,
    bytes: usize,
    /// An alert, or the suite and what follows in a ServerHello, but for the key share.
    clear: Vec<u8>,
}

impl Heard {
    fn of(record: &[u8]) -> Self {
        const ALERT: u8 = 21;
        const HANDSHAKE: u8 = 22;
        let session_id = usize::from(*record.get(43).unwrap_or(&0));
        let after = 44 + session_id;
        let clear = match record[0] {
            ALERT => &record[5..],
            HANDSHAKE => &record[after..after + 2],
            _ => &[],
        };
        Self {
            content_type: record[0],
            bytes: record.len(),
            clear: clear.to_vec(),
        }
    }
}
