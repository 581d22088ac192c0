//! A9, Bleichenbacher, ROBOT, DROWN: however a ClientKeyExchange under RSA is broken, the server
//! says the same bytes at the same places, and not one before Finished.

use crate::attack::{Attack, Control, Found};
use crate::victim::Victim;
use handfast::config::PreSharedKey;
use handfast::connection::{Answer, Question};
use handfast::observe::Script;
use handfast::obsolete::{Decrypted, MUSEUM};
use handfast::{
    AlertDescription, CipherSuite, Credential, Error, Fault, PrivateKey, ProtocolVersion,
};
use handfast_crypto::legacy::premaster::raw_decrypt;
use handfast_testkit::certificates::{self, KeyKind};
use handfast_testkit::config;
use handfast_testkit::forge::records;
use handfast_testkit::liar::anatomy::message;
use handfast_testkit::pair::{End, Pair, now};
use handfast_wire::registry::HandshakeType;
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};

pub(crate) const ATTACKS: &[Attack] = &[
    Attack {
        id: "A9",
        name: "broken_client_key_exchanges",
        ours: || probe(|end| Box::new(end)),
        controls: &[
            Control {
                broken: "a_server_that_tells_wrong_padding_at_once",
                run: || probe(|end| Telling::boxed(end, wrong_padding)),
            },
            Control {
                broken: "a_server_that_tells_a_wrong_version_at_once",
                run: || probe(|end| Telling::boxed(end, wrong_version)),
            },
            Control {
                broken: "a_server_that_tells_numbers_beyond_the_modulus_at_once",
                run: || probe(|end| Telling::boxed(end, |padded| padded.iter().all(|b| *b == 0))),
            },
        ],
    },
    Attack {
        id: "A9",
        name: "no_transport_of_keys_by_default",
        ours: || offered(|_| ()),
        controls: &[Control {
            broken: "a_client_under_a_policy",
            run: || offered(|common| common.allow_obsolete(&MUSEUM)),
        }],
    },
];

const SUITES: [CipherSuite; 5] = [
    CipherSuite::TLS_RSA_WITH_AES_128_GCM_SHA256,
    CipherSuite::TLS_RSA_WITH_AES_256_CBC_SHA256,
    CipherSuite::TLS_RSA_WITH_AES_128_CBC_SHA,
    CipherSuite::TLS_RSA_PSK_WITH_AES_128_GCM_SHA256,
    CipherSuite::TLS_RSA_PSK_WITH_AES_128_CBC_SHA,
];
/// Who a client with a shared key says that it is.
const IDENTITY: &[u8] = b"pump 7";
const VERSIONS: [ProtocolVersion; 4] = [
    ProtocolVersion::TLS_1_2,
    ProtocolVersion::TLS_1_1,
    ProtocolVersion::TLS_1_0,
    ProtocolVersion::SSL_3_0,
];
const RSA_2048: KeyKind = KeyKind::Rsa { bits: 2048 };
const SIZE: usize = 256;

type Make = fn(End) -> Box<dyn Victim>;

/// What is encrypted, or sent as it is.
enum Form {
    Padded(Vec<u8>),
    Encrypted(Vec<u8>),
}

/// `0 2`, bytes that are not zero, `0`, and the premaster secret, which begins with a version.
fn block_of(version: ProtocolVersion, change: impl FnOnce(&mut [u8])) -> Form {
    let mut secret = [0x5a; 48];
    secret[..2].copy_from_slice(&version.0.to_be_bytes());
    let mut block = [&[0, 2][..], &[7; SIZE - 3 - 48], &[0], &secret].concat();
    change(&mut block);
    Form::Padded(block)
}

/// Each name, and what it is. The first is whole, of another secret than the client's.
fn forms(version: ProtocolVersion) -> Vec<(&'static str, Form)> {
    let padded = |change: fn(&mut [u8])| block_of(version, change);
    let modulus = modulus(certificates::server(RSA_2048).key());
    let less_one = {
        let mut number = modulus.clone();
        *number.last_mut().unwrap() -= 1;
        number
    };
    vec![
        ("right, of another secret", padded(|_| ())),
        (
            "the version before inside",
            padded(|block| block[SIZE - 47] ^= 1),
        ),
        (
            "SSL 2.0 inside",
            padded(|block| block[SIZE - 48..][..2].copy_from_slice(&[0, 2])),
        ),
        ("TLS 1.3 inside", padded(|block| block[SIZE - 47] = 4)),
        ("no zero at the front", padded(|block| block[0] = 0x10)),
        ("type 1", padded(|block| block[1] = 1)),
        (
            "type 0x17",
            padded(|block| block[..2].copy_from_slice(&[0x41, 0x17])),
        ),
        ("no end of padding", padded(|block| block[2..].fill(7))),
        (
            "a secret of 47 bytes",
            padded(|block| block[SIZE - 49..][..2].copy_from_slice(&[7, 0])),
        ),
        ("a secret of 49 bytes", padded(|block| block[SIZE - 50] = 0)),
        (
            "a secret of 1 byte",
            padded(|block| block[SIZE - 49..].copy_from_slice(&[&[7; 47][..], &[0, 3]].concat())),
        ),
        (
            "no secret",
            padded(|block| {
                block[SIZE - 49..].fill(7);
                block[SIZE - 1] = 0;
            }),
        ),
        ("padding of 7 bytes", padded(|block| block[9] = 0)),
        ("zeros inside", padded(|block| block[2..].fill(0))),
        ("zero", Form::Encrypted(vec![0; SIZE])),
        ("one", Form::Encrypted([&[0; SIZE - 1][..], &[1]].concat())),
        ("the modulus less one", Form::Encrypted(less_one)),
        ("the modulus", Form::Encrypted(modulus)),
        ("beyond the modulus", Form::Encrypted(vec![0xff; SIZE])),
        ("a byte too short", Form::Encrypted(vec![0x11; SIZE - 1])),
        ("a byte too long", Form::Encrypted(vec![0x11; SIZE + 1])),
        ("a byte", Form::Encrypted(vec![0x11])),
        ("nothing", Form::Encrypted(Vec::new())),
        ("random", Form::Encrypted(vec![0x11; SIZE])),
    ]
}

/// Sends another ClientKeyExchange than the engine made.
#[derive(Debug)]
struct Instead {
    encrypted: Vec<u8>,
    /// SSL 3.0 leaves its length out (RFC 6101 section 5.6.7.1).
    bare: bool,
    /// What goes before it: an identity, where a key is shared.
    before: Vec<u8>,
}

impl Script for Instead {
    fn say(&self, msg_type: HandshakeType, bytes: Vec<u8>) -> Vec<Vec<u8>> {
        if msg_type != HandshakeType::CLIENT_KEY_EXCHANGE {
            return vec![bytes];
        }
        let length = (self.encrypted.len() as u16).to_be_bytes();
        let length = if self.bare { &[][..] } else { &length };
        vec![message(
            msg_type,
            &[&self.before, length, &self.encrypted].concat(),
        )]
    }
}

fn probe(make: Make) -> Found {
    let mut found = Found::default();
    for version in VERSIONS {
        let key = certificates::server(RSA_2048).key();
        let forms: Vec<_> = forms(version)
            .into_iter()
            .map(|(name, form)| match form {
                Form::Padded(block) => {
                    let sent = encrypted(key, &block);
                    assert_eq!(*raw_decrypt(key, &sent), block, "{name}");
                    (name, sent)
                }
                Form::Encrypted(bytes) => (name, bytes),
            })
            .collect();
        let suites = SUITES.into_iter().filter(|suite| is_of(version, *suite));
        for (suite, way) in suites.flat_map(|suite| WAYS.map(|way| (suite, way))) {
            if way.hidden && !is_shared(suite) {
                continue;
            }
            let mut first = None;
            for (name, sent) in &forms {
                let answer = answers(version, suite, way, sent.clone(), make);
                let case = format!("{version} {suite} {way:?}: {name}");
                found.tried(match (&first, answer) {
                    (_, Err(why)) => Err(format!("{case}: {why}")),
                    (None, Ok(said)) => {
                        first = Some(said);
                        Ok(())
                    }
                    (Some(first), Ok(said)) if *first == said => Ok(()),
                    (Some(first), Ok(said)) => Err(format!("{case}: {said:?}, not {first:?}")),
                });
            }
        }
    }
    found
}

/// How the server is set up.
#[derive(Clone, Copy, Debug)]
struct Way {
    /// The key lies elsewhere, and whoever holds it is asked.
    elsewhere: bool,
    /// The client's identity is one that nobody knows, and the server does not say so.
    hidden: bool,
}

const WAYS: [Way; 4] = [
    way(false, false),
    way(true, false),
    way(false, true),
    way(true, true),
];

const fn way(elsewhere: bool, hidden: bool) -> Way {
    Way { elsewhere, hidden }
}

fn is_shared(suite: CipherSuite) -> bool {
    suite.to_string().contains("_PSK_")
}

/// Uses the key, or fails where it is beyond the modulus or has another length: as a device would.
fn device(question: Question<'_>) -> Answer {
    let Question::Decrypt { encrypted, .. } = question else {
        return Answer::Failed;
    };
    let key = certificates::server(RSA_2048).key();
    if encrypted.len() != SIZE || encrypted >= &modulus(key)[..] {
        return Answer::Failed;
    }
    let padded = raw_decrypt(key, encrypted);
    // Some drop the zeros at the front.
    let zeros = padded.iter().take_while(|byte| **byte == 0).count();
    Answer::Decrypted(Decrypted::new(padded[zeros..].to_vec()))
}

/// AEADs and SHA-256 came with TLS 1.2, shared keys with TLS.
fn is_of(version: ProtocolVersion, suite: CipherSuite) -> bool {
    let shares = version > ProtocolVersion::SSL_3_0 || !is_shared(suite);
    version == ProtocolVersion::TLS_1_2 || shares && suite.to_string().ends_with("_SHA")
}

/// What the server says to each record from ClientKeyExchange on.
fn answers(
    version: ProtocolVersion,
    suite: CipherSuite,
    way: Way,
    sent: Vec<u8>,
    make: Make,
) -> Result<Vec<Vec<u8>>, String> {
    let (mut client, mut server) = (config::client(), config::server(RSA_2048));
    for common in [&mut client.common, &mut server.common] {
        common.allow_obsolete(&MUSEUM);
        common.versions = vec![version];
    }
    client.common.suites = vec![suite];
    let mut before = Vec::new();
    if is_shared(suite) {
        server.common.suites = vec![suite];
        server.hide_unknown_psks = way.hidden;
        let known = if way.hidden { b"pump 8" } else { IDENTITY };
        server.psks = vec![PreSharedKey::new(known, &[7; 32]).unwrap()];
        client.psks = PreSharedKey::new(IDENTITY, &[7; 32]).into_iter().collect();
        before = [&[0, 6], IDENTITY].concat();
    }
    if way.elsewhere {
        let chain = certificates::server(RSA_2048).chain().to_vec();
        server.credentials = vec![Credential::with_remote_key(chain).unwrap()];
    }
    client.common.danger_script = Some(Arc::new(Instead {
        encrypted: sent,
        bare: version == ProtocolVersion::SSL_3_0,
        before,
    }));
    let Pair {
        mut client,
        mut server,
        ..
    } = Pair::new(&client.check().unwrap(), &server.check().unwrap());
    server.answerer = Some(Box::new(device));
    let mut victim = make(server);
    victim.hear(&client.take_output());
    client.deliver(&victim.say(), now());
    let said: Vec<_> = records(&client.take_output())
        .iter()
        .map(|record| {
            victim.hear(record);
            victim.say()
        })
        .collect();
    // ClientKeyExchange, ChangeCipherSpec, Finished: only the last is answered.
    let [exchange, change, finished] = &said[..] else {
        return Err(format!("{} records", said.len()));
    };
    if !exchange.is_empty() || !change.is_empty() {
        return Err(format!("an answer before Finished: {said:?}"));
    }
    if victim.error() != Some(Error::Fault(Fault::RecordNotAuthentic)) {
        return Err(format!("ended with {:?}", victim.error()));
    }
    let alert = [2, AlertDescription::BAD_RECORD_MAC.0];
    if finished.len() != 7 || finished[5..] != alert {
        return Err(format!("told by {finished:?}"));
    }
    Ok(said)
}

/// A server that looks, as those of 1998 and of ROBOT did.
struct Telling {
    end: End,
    looks: fn(&[u8]) -> bool,
    told: Vec<u8>,
}

impl Telling {
    fn boxed(end: End, looks: fn(&[u8]) -> bool) -> Box<dyn Victim> {
        Box::new(Self {
            end,
            looks,
            told: Vec::new(),
        })
    }
}

fn wrong_padding(padded: &[u8]) -> bool {
    !padded.starts_with(&[0, 2]) || !padded[2..].contains(&0)
}

fn wrong_version(padded: &[u8]) -> bool {
    padded[padded.len() - 48..][..2] != [3, 3]
}

impl Victim for Telling {
    fn hear(&mut self, bytes: &[u8]) {
        if bytes[0] == 22 && bytes[5] == HandshakeType::CLIENT_KEY_EXCHANGE.0 {
            let body = bytes.get(5 + 4..).unwrap_or_default();
            let identity = [&[0, 6], IDENTITY].concat();
            let rest = body.strip_prefix(&identity[..]).unwrap_or(body);
            let encrypted = rest.get(2..).unwrap_or_default();
            let padded = raw_decrypt(certificates::server(RSA_2048).key(), encrypted);
            if (self.looks)(&padded) {
                self.told = vec![21, 3, 3, 0, 2, 2, AlertDescription::HANDSHAKE_FAILURE.0];
            }
        }
        self.end.deliver(bytes, now());
    }

    fn say(&mut self) -> Vec<u8> {
        let mut said = core::mem::take(&mut self.told);
        said.extend(self.end.take_output());
        said
    }

    fn error(&self) -> Option<Error> {
        self.end.error
    }

    fn data(&self) -> &[u8] {
        &self.end.data
    }

    fn is_connected(&self) -> bool {
        self.end.is_connected()
    }
}

/// What a client's first Hello offers.
fn offered(change: fn(&mut handfast::config::Common)) -> Found {
    let mut found = Found::default();
    let mut client = config::client();
    change(&mut client.common);
    for suite in &client.common.suites {
        let name = suite.to_string();
        found.tried(if name.starts_with("TLS_RSA_") {
            Err(format!("{name} is offered"))
        } else {
            Ok(())
        });
    }
    client.check().unwrap();
    found
}

/// The modulus, from RSAPublicKey: SEQUENCE of two INTEGERs, the first of 257 bytes with its zero.
fn modulus(key: &PrivateKey) -> Vec<u8> {
    let public = key.subject_public_key();
    assert_eq!(public[4..9], [0x02, 0x82, 0x01, 0x01, 0]);
    assert_eq!(public[public.len() - 5..], [2, 3, 1, 0, 1]);
    public[9..][..SIZE].to_vec()
}

/// Every probe sends the same.
static SENT: Mutex<BTreeMap<Vec<u8>, Vec<u8>>> = Mutex::new(BTreeMap::new());

fn encrypted(key: &PrivateKey, block: &[u8]) -> Vec<u8> {
    let mut sent = SENT.lock().unwrap();
    let power = sent.entry(block.to_vec());
    power.or_insert_with(|| to_the_65537th(key, block)).clone()
}

/// `block` to the power of 65,537, modulo the key's modulus: RSA without padding of its own.
fn to_the_65537th(key: &PrivateKey, block: &[u8]) -> Vec<u8> {
    let modulus = limbs(&modulus(key));
    let base = limbs(block);
    let mut power = base.clone();
    for _ in 0..16 {
        power = product(&power, &power, &modulus);
    }
    power = product(&power, &base, &modulus);
    power
        .iter()
        .rev()
        .flat_map(|limb| limb.to_be_bytes())
        .collect()
}

/// The lowest 32 bits first.
fn limbs(bytes: &[u8]) -> Vec<u32> {
    let chunks = bytes.rchunks(4);
    chunks
        .map(|four| u32::from_be_bytes(four.try_into().unwrap()))
        .collect()
}

/// By doubling and adding, the highest bit first, as one learns it.
fn product(one: &[u32], other: &[u32], modulus: &[u32]) -> Vec<u32> {
    let mut sum = vec![0; modulus.len()];
    for limb in one.iter().rev() {
        for bit in (0..32).rev() {
            sum = plus(&sum, &sum, modulus);
            if limb >> bit & 1 == 1 {
                sum = plus(&sum, other, modulus);
            }
        }
    }
    sum
}

/// The sum of two numbers below the modulus, less the modulus where it is not.
fn plus(one: &[u32], other: &[u32], modulus: &[u32]) -> Vec<u32> {
    let mut carry = 0;
    let mut sum: Vec<u32> = one
        .iter()
        .zip(other)
        .map(|(a, b)| {
            let sum = u64::from(*a) + u64::from(*b) + carry;
            carry = sum >> 32;
            sum as u32
        })
        .collect();
    if carry == 1 || sum.iter().rev().ge(modulus.iter().rev()) {
        let mut borrow = 0;
        for (digit, less) in sum.iter_mut().zip(modulus) {
            let difference = i64::from(*digit) - i64::from(*less) + borrow;
            borrow = difference >> 32;
            *digit = difference as u32;
        }
    }
    sum
}
