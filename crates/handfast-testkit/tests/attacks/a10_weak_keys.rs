//! A10, FREAK and Logjam: what a server sends for a key exchange is taken only where it is strong,
//! whoever signed it, and no server of ours loads what is weak.

use crate::attack::{Attack, Control, Found};
use crate::victim::{Make, Victim, ours};
use handfast::observe::{Direction, Observer, Passed, Script};
use handfast::obsolete::{COMPATIBLE, DhGroup, OBSOLETE};
use handfast::{AlertDescription, CipherSuite, Error, Fault, NamedGroup, ProtocolVersion};
use handfast_crypto::hash::{HashAlgorithm, digest};
use handfast_crypto::legacy::finite_field::Field;
use handfast_crypto::legacy::sign::sign_obsolete;
use handfast_crypto::signature::SignatureAlgorithm;
use handfast_testkit::certificates::{self, KeyKind};
use handfast_testkit::config;
use handfast_testkit::forge::plain;
use handfast_testkit::liar::anatomy::message;
use handfast_testkit::pair::{Delivery, End, Pair, now};
use handfast_testkit::witness::{messages, records};
use handfast_wire::codec::{Opaque16, Reader, Wire};
use handfast_wire::handshake::DheParams;
use handfast_wire::registry::{ContentType, HandshakeType};
use std::sync::{Arc, Mutex};

pub(crate) const ATTACKS: &[Attack] = &[
    Attack {
        id: "A10",
        name: "fields_that_a_server_signs",
        ours: || fields(ours),
        controls: &[
            Control {
                broken: "a_client_that_trusts_the_signature",
                run: || fields(|end| Trusting::boxed(end, |_| true)),
            },
            Control {
                broken: "a_client_that_looks_at_the_length_of_the_prime",
                run: || fields(|end| Trusting::boxed(end, |numbers| numbers.p.len() >= 256)),
            },
            Control {
                broken: "a_client_that_does_not_ask_whether_the_prime_is_one",
                run: || fields(|end| Trusting::boxed(end, in_range)),
            },
        ],
    },
    Attack {
        id: "A10",
        name: "fields_that_a_server_loads",
        ours: || loaded(|p, g| DhGroup::new(p, g).is_ok()),
        controls: &[Control {
            broken: "a_server_that_counts_bytes",
            run: || loaded(|p, _| p.len() >= 256),
        }],
    },
    Attack {
        id: "A10",
        name: "keys_for_export",
        ours: || exported(ours),
        controls: &[Control {
            broken: "a_client_that_takes_a_key_where_none_is_due",
            run: || exported(|end| Trusting::boxed(end, |_| true)),
        }],
    },
];

const RSA_2048: KeyKind = KeyKind::Rsa { bits: 2048 };
/// Each way to sign: one hash that is named, and both together.
const VERSIONS: [ProtocolVersion; 2] = [ProtocolVersion::TLS_1_2, ProtocolVersion::TLS_1_0];

/// The three numbers of ServerDHParams.
struct Numbers {
    p: Vec<u8>,
    g: Vec<u8>,
    ys: Vec<u8>,
}

impl Numbers {
    /// From the start of a ServerKeyExchange.
    fn read(body: &[u8]) -> Option<Self> {
        let params = DheParams::read(&mut Reader::new(body)).ok()?;
        Some(Self {
            p: params.dh_p.to_vec(),
            g: params.dh_g.to_vec(),
            ys: params.dh_ys.to_vec(),
        })
    }

    fn encoded(&self) -> Vec<u8> {
        let params = DheParams {
            dh_p: Opaque16(&self.p),
            dh_g: Opaque16(&self.g),
            dh_ys: Opaque16(&self.ys),
        };
        params.encode().unwrap()
    }
}

fn in_range(numbers: &Numbers) -> bool {
    Field::new(&numbers.p, &numbers.g).is_ok_and(|field| field.has(&numbers.ys))
}

type Change = fn(&mut Numbers);

/// A number with so much added.
fn plus(number: &[u8], by: i16) -> Vec<u8> {
    let mut sum = number.to_vec();
    let mut carry = by;
    for byte in sum.iter_mut().rev() {
        let digit = i16::from(*byte) + carry;
        *byte = digit.rem_euclid(256) as u8;
        carry = digit.div_euclid(256);
    }
    assert_eq!(carry, 0);
    sum
}

/// The published prime of 2048 bits.
fn modp() -> Vec<u8> {
    Field::of_rfc3526(2048).unwrap().prime().to_vec()
}

/// 2^2048 - `below`.
fn below_2048(below: u32) -> Vec<u8> {
    let mut number = vec![0xff; 256];
    number[252..].copy_from_slice(&below.wrapping_neg().to_be_bytes());
    number
}

/// 2^512 - 38,117, the largest safe prime of 512 bits: what Logjam broke within minutes.
fn prime_512() -> Vec<u8> {
    let mut prime = vec![0xff; 64];
    prime[60..].copy_from_slice(&38_117_u32.wrapping_neg().to_be_bytes());
    prime
}

/// Oakley's groups 1, 2 and 5 begin as RFC 3526's of 2048 bits does, and end in a word of their own
/// and 64 ones (RFC 2412 appendix E, RFC 3526 section 2).
fn oakley(bits: usize) -> Vec<u8> {
    let word: u32 = match bits {
        768 => 0xa63a_3620,
        1024 => 0xece6_5381,
        _ => 0xca23_7327,
    };
    let common = &modp()[..bits / 8 - 12];
    [common, &word.to_be_bytes(), &[0xff; 8]].concat()
}

/// A field whose own public value is in range, so that the prime alone is wrong.
fn field(numbers: &mut Numbers, prime: Vec<u8>) {
    *numbers = Numbers {
        p: prime,
        g: vec![2],
        ys: vec![4],
    };
}

const LIES: &[(&str, Change)] = &[
    ("512 bits", |it| field(it, prime_512())),
    ("768 bits", |it| field(it, oakley(768))),
    ("1024 bits", |it| field(it, oakley(1024))),
    ("1536 bits", |it| field(it, oakley(1536))),
    ("1024 bits behind zeros", |it| {
        field(it, [vec![0; 128], oakley(1024)].concat());
    }),
    ("no prime", |it| field(it, below_2048(3))),
    ("a prime whose half is none", |it| {
        field(it, below_2048(1557));
    }),
    ("an even number", |it| it.p = plus(&it.p, -1)),
    ("g = 0", |it| it.g = vec![0]),
    ("g = 1", |it| it.g = vec![1]),
    ("g = 1 behind zeros", |it| {
        it.g = [&[0; 255][..], &[1]].concat();
    }),
    ("g = p-1", |it| it.g = plus(&it.p, -1)),
    ("g = p", |it| it.g = it.p.clone()),
    ("a public value of 0", |it| it.ys = vec![0]),
    ("a public value of 1", |it| it.ys = vec![1]),
    ("a public value of p-1", |it| it.ys = plus(&it.p, -1)),
    ("a public value of p", |it| it.ys = it.p.clone()),
    ("a public value of p+1", |it| {
        it.ys = plus(&[&[0], &it.p[..]].concat(), 1);
    }),
];

/// What is said in place of a server's messages; rightly signed, as it knows both randoms.
#[derive(Debug)]
struct Liar {
    version: ProtocolVersion,
    /// Changes the field of a ServerKeyExchange, or stands before ServerHelloDone.
    lie: Lie,
    client_random: Mutex<[u8; 32]>,
    server_random: Mutex<[u8; 32]>,
}

#[derive(Clone, Copy, Debug)]
enum Lie {
    Field(Change),
    /// So many bytes of a modulus that is good for nothing but export.
    RsaExport(usize),
}

impl Liar {
    fn new(version: ProtocolVersion, lie: Lie) -> Arc<Self> {
        Arc::new(Self {
            version,
            lie,
            client_random: Mutex::default(),
            server_random: Mutex::default(),
        })
    }

    /// The parameters, and the signature over both randoms and them.
    fn exchange(&self, params: &[u8]) -> Vec<u8> {
        let randoms = [
            *self.client_random.lock().unwrap(),
            *self.server_random.lock().unwrap(),
        ];
        let content = [&randoms.concat(), params].concat();
        let key = certificates::server(RSA_2048).key();
        let (scheme, signature) = if self.version == ProtocolVersion::TLS_1_2 {
            let signature = key.sign(SignatureAlgorithm::RsaPkcs1Sha256, &content);
            (&[4, 1][..], signature.unwrap())
        } else {
            let hashes = [HashAlgorithm::Md5, HashAlgorithm::Sha1]
                .map(|hash| digest(hash, &[&content]).as_ref().to_vec());
            let both = SignatureAlgorithm::RsaPkcs1Md5Sha1;
            let signature = sign_obsolete(key, both, &hashes.concat());
            (&[][..], signature.unwrap())
        };
        let length = (signature.len() as u16).to_be_bytes();
        let body = [params, scheme, &length, &signature].concat();
        message(HandshakeType::SERVER_KEY_EXCHANGE, &body)
    }
}

impl Observer for Liar {
    fn passed(&self, direction: Direction, what: Passed<'_>) {
        if let (Direction::Received, Passed::Handshake { msg_type, bytes }) = (direction, what)
            && msg_type == HandshakeType::CLIENT_HELLO
        {
            *self.client_random.lock().unwrap() = bytes[6..38].try_into().unwrap();
        }
    }
}

impl Script for Liar {
    fn say(&self, msg_type: HandshakeType, bytes: Vec<u8>) -> Vec<Vec<u8>> {
        match (msg_type, self.lie) {
            (HandshakeType::SERVER_HELLO, _) => {
                *self.server_random.lock().unwrap() = bytes[6..38].try_into().unwrap();
                vec![bytes]
            }
            (HandshakeType::SERVER_KEY_EXCHANGE, Lie::Field(change)) => {
                let mut numbers = Numbers::read(&bytes[4..]).unwrap();
                change(&mut numbers);
                vec![self.exchange(&numbers.encoded())]
            }
            (HandshakeType::SERVER_HELLO_DONE, Lie::RsaExport(length)) => {
                let modulus = [&[0xc5], &vec![0x5b; length - 1][..]].concat();
                let length = (length as u16).to_be_bytes();
                let params = [&length[..], &modulus, &[0, 3, 1, 0, 1]].concat();
                vec![self.exchange(&params), bytes]
            }
            _ => vec![bytes],
        }
    }
}

/// A liar that speaks this suite alone, and whoever meets it.
fn met(version: ProtocolVersion, suite: CipherSuite, lie: Lie) -> Pair {
    let (mut client, mut server) = (config::client(), config::server(RSA_2048));
    for common in [&mut client.common, &mut server.common] {
        common.allow_obsolete(&OBSOLETE);
        common.versions = vec![version];
        common.suites = vec![suite];
    }
    // Who names none leaves the choice to the server.
    client.common.groups = vec![NamedGroup::SECP256R1];
    if suite.to_string().contains("_DHE_") {
        server.dh_group = DhGroup::rfc3526(2048);
    }
    let liar = Liar::new(version, lie);
    server.common.observer = Some(liar.clone());
    server.common.danger_script = Some(liar);
    Pair::new(&client.check().unwrap(), &server.check().unwrap())
}

/// The client ends without a ClientKeyExchange.
fn refuses(pair: Pair, make: Make, case: &str) -> Result<(), String> {
    let Pair {
        client, mut server, ..
    } = pair;
    let mut victim = make(client);
    server.deliver(&victim.say(), now());
    victim.hear(&server.take_output());
    let said = victim.say();
    let types: Vec<u8> = records(&said).iter().map(|record| record[0]).collect();
    let error = victim.error();
    if types == [21] && matches!(error, Some(Error::Fault(_))) {
        Ok(())
    } else {
        Err(format!("{case}: {error:?}, and says {types:?}"))
    }
}

fn fields(make: Make) -> Found {
    const SUITES: [CipherSuite; 2] = [
        CipherSuite::TLS_DHE_RSA_WITH_AES_128_CBC_SHA,
        CipherSuite::TLS_DHE_RSA_WITH_3DES_EDE_CBC_SHA,
    ];
    let mut found = Found::default();
    for version in VERSIONS {
        for suite in SUITES {
            // What the liar signs is believed: the truth is, and so is another field that is good,
            // as far as a ClientKeyExchange.
            met(version, suite, Lie::Field(|_| ())).connect(Delivery::Whole);
            let safe: Change = |it| field(it, below_2048(1_942_289));
            for good in [safe, |it| field(it, modp())] {
                let went_on = refuses(met(version, suite, Lie::Field(good)), ours, "");
                assert_eq!(went_on, Err(": None, and says [22, 20, 22]".to_owned()));
            }
            for (name, change) in LIES {
                let case = format!("{version} {suite}: {name}");
                let pair = met(version, suite, Lie::Field(*change));
                found.tried(refuses(pair, make, &case));
            }
        }
    }
    for bits in [2048, 3072, 4096] {
        rfc3526_is_fine(bits);
    }
    found
}

/// What older servers send.
fn rfc3526_is_fine(bits: usize) {
    let (mut client, mut server) = (config::client(), config::server(RSA_2048));
    for common in [&mut client.common, &mut server.common] {
        common.allow_obsolete(&COMPATIBLE);
        common.versions = vec![ProtocolVersion::TLS_1_2];
        common.suites = vec![CipherSuite::TLS_DHE_RSA_WITH_AES_128_GCM_SHA256];
    }
    client.common.groups = vec![NamedGroup::SECP256R1];
    server.dh_group = DhGroup::rfc3526(bits);
    let mut pair = Pair::new(&client.check().unwrap(), &server.check().unwrap());
    pair.connect(Delivery::Whole);
    let negotiated = pair.client.connection.negotiated().unwrap();
    assert_eq!(negotiated.prime_bits, Some(bits));
}

/// No server gets hold of a field that a client would refuse.
fn loaded(loads: fn(&[u8], &[u8]) -> bool) -> Found {
    let mut found = Found::default();
    let good = modp();
    assert!(loads(&good, &[2]) && loads(&below_2048(1_942_289), &[2]));
    let zeros = |prime: Vec<u8>| [vec![0; 256 - prime.len()], prime].concat();
    let fields = [
        (prime_512(), vec![2]),
        (oakley(768), vec![2]),
        (oakley(1024), vec![2]),
        (oakley(1536), vec![2]),
        (zeros(prime_512()), vec![2]),
        (zeros(oakley(1024)), vec![2]),
        (zeros(oakley(1536)), vec![2]),
        (below_2048(3), vec![2]),
        (below_2048(1557), vec![2]),
        (plus(&good, -1), vec![2]),
        (good.clone(), vec![]),
        (good.clone(), vec![0]),
        (good.clone(), vec![1]),
        (good.clone(), plus(&good, -1)),
        (good.clone(), good.clone()),
    ];
    for (number, (prime, generator)) in fields.iter().enumerate() {
        found.tried(if loads(prime, generator) {
            Err(format!("field {number} is loaded"))
        } else {
            Ok(())
        });
    }
    found
}

/// FREAK: a ServerKeyExchange with a short modulus, where the suite transports keys under the
/// certificate's.
fn exported(make: Make) -> Found {
    let mut found = Found::default();
    for version in VERSIONS {
        for suite in [
            CipherSuite::TLS_RSA_WITH_AES_128_CBC_SHA,
            CipherSuite::TLS_RSA_WITH_AES_256_CBC_SHA,
            CipherSuite::TLS_RSA_WITH_3DES_EDE_CBC_SHA,
        ] {
            // 2048 bits help no more: none is due.
            for length in [64, 96, 128, 256] {
                let case = format!("{version} {suite}: {} bits", 8 * length);
                let mut pair = met(version, suite, Lie::RsaExport(length));
                found.tried(refuses(pair, make, &case));
                pair = met(version, suite, Lie::RsaExport(length));
                pair.run(Delivery::Whole);
                let wanted = Some(Error::Fault(Fault::MessageUnexpected));
                assert_eq!(pair.client.error, wanted, "{case}");
            }
        }
    }
    found
}

/// A client that goes on where its own look at a ServerKeyExchange finds nothing.
struct Trusting {
    end: End,
    looks: fn(&Numbers) -> bool,
    said: Vec<u8>,
    error: Option<Error>,
}

impl Trusting {
    fn boxed(end: End, looks: fn(&Numbers) -> bool) -> Box<dyn Victim> {
        Box::new(Self {
            end,
            looks,
            said: Vec::new(),
            error: None,
        })
    }
}

impl Victim for Trusting {
    fn hear(&mut self, bytes: &[u8]) {
        let flight: Vec<u8> = records(bytes)
            .iter()
            .flat_map(|record| record[5..].to_vec())
            .collect();
        let exchange = messages(&flight)
            .into_iter()
            .find(|one| one[0] == HandshakeType::SERVER_KEY_EXCHANGE.0);
        // What RSA_EXPORT has there is no field: two numbers and a signature.
        let numbers = Numbers::read(&exchange.unwrap()[4..]);
        if numbers.is_none_or(|numbers| (self.looks)(&numbers)) {
            let answer = message(HandshakeType::CLIENT_KEY_EXCHANGE, &[0, 1, 4]);
            self.said = plain(ContentType::HANDSHAKE, &answer);
        } else {
            self.said = vec![21, 3, 3, 0, 2, 2, AlertDescription::ILLEGAL_PARAMETER.0];
            self.error = Some(Error::Fault(Fault::PublicValueWrong));
        }
    }

    fn say(&mut self) -> Vec<u8> {
        let mut said = self.end.take_output();
        said.append(&mut self.said);
        said
    }

    fn error(&self) -> Option<Error> {
        self.error
    }

    fn data(&self) -> &[u8] {
        &self.end.data
    }

    fn is_connected(&self) -> bool {
        false
    }
}
