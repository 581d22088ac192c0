//! A5, CRIME: TLS compression is never offered, never chosen, never accepted.

use crate::attack::{Attack, Control, Found};
use crate::victim::{Filtered, Make, meet, ours, pair, refused_with};
use handfast::observe::Script;
use handfast::obsolete::OBSOLETE;
use handfast::{AlertDescription, CipherSuite, ProtocolVersion};
use handfast_testkit::certificates::KeyKind;
use handfast_testkit::config;
use handfast_testkit::forge::records;
use handfast_testkit::liar::Side;
use handfast_testkit::liar::anatomy::{client_hello, server_hello};
use handfast_testkit::pair::{Delivery, Pair};
use handfast_testkit::shape::Shape;
use handfast_wire::registry::{CompressionMethod, HandshakeType};
use std::sync::Arc;

pub(crate) const ATTACKS: &[Attack] = &[
    Attack {
        id: "A5",
        name: "compression_offered_to_a_server",
        ours: || to_server(None),
        controls: &[Control {
            broken: "a_server_that_chooses_deflate",
            run: || to_server(Some(1)),
        }],
    },
    Attack {
        id: "A5",
        name: "compression_chosen_by_a_server",
        ours: || to_client(ours),
        controls: &[Control {
            broken: "a_client_that_does_not_look",
            run: || to_client(|end| Filtered::boxed(end, look_away)),
        }],
    },
    Attack {
        id: "A5",
        name: "compression_offered_by_our_client",
        ours: || by_client(None),
        controls: &[Control {
            broken: "a_client_that_offers_deflate",
            run: || by_client(Some(vec![1, 0])),
        }],
    },
    Attack {
        id: "A5",
        name: "lengths_of_guesses",
        ours: || guesses(<[u8]>::to_vec),
        controls: &[Control {
            broken: "a_client_that_compresses_what_it_sends",
            run: || guesses(compressed),
        }],
    },
];

/// Replaces the compression methods of a Hello.
#[derive(Debug)]
struct Methods(HandshakeType, Vec<u8>);

impl Script for Methods {
    fn say(&self, msg_type: HandshakeType, message: Vec<u8>) -> Vec<Vec<u8>> {
        match msg_type {
            HandshakeType::CLIENT_HELLO if self.0 == msg_type => {
                client_hello(&message, |hello| hello.compression.clone_from(&self.1))
            }
            HandshakeType::SERVER_HELLO if self.0 == msg_type => {
                server_hello(&message, |hello| hello.compression.clone_from(&self.1))
            }
            _ => vec![message],
        }
    }
}

fn script(hello: HandshakeType, methods: &[u8]) -> Option<Arc<dyn Script>> {
    Some(Arc::new(Methods(hello, methods.to_vec())))
}

/// Those who do not come back: a binder would not bear another Hello.
fn strangers() -> impl Iterator<Item = Shape> {
    Shape::ALL.into_iter().filter(|shape| !shape.resumes())
}

/// Lists with deflate (1) and LZS (64): the server says null or refuses.
fn to_server(chooses: Option<u8>) -> Found {
    let mut found = Found::default();
    for shape in strangers() {
        for methods in [&[0][..], &[0, 1], &[1, 0], &[1], &[64], &[1, 64, 0]] {
            let (mut client, mut server) = shape.configs();
            client.common.danger_script = script(HandshakeType::CLIENT_HELLO, methods);
            if let Some(method) = chooses {
                server.common.danger_script = script(HandshakeType::SERVER_HELLO, &[method]);
            }
            let mut pair = Pair::new(&client.check().unwrap(), &server.check().unwrap());
            pair.run(Delivery::Whole);
            let case = format!("{shape:?} {methods:?}");
            found.tried(match (chosen(&pair.server.sent), pair.server.error) {
                (Some(0), _) => Ok(()),
                (Some(method), _) => Err(format!("{case}: {method} was chosen")),
                (None, Some(_)) if methods != [0] => Ok(()),
                (None, error) => Err(format!("{case}: {error:?}")),
            });
            // RFC 8446 s4.1.2: exactly null; RFC 5246 s7.4.1.2: null must be among them.
            let bearable = methods == [0] || (shape.is_old() && methods.contains(&0));
            if chooses.is_none() {
                assert_eq!(pair.server.is_connected(), bearable, "{case}");
            }
        }
    }
    found
}

/// The method that the ServerHello at the start of a flow names.
fn chosen(flow: &[u8]) -> Option<u8> {
    let first = records(flow)
        .into_iter()
        .next()
        .filter(|one| one[0] == 22)?;
    first.get(method_place(&first)).copied()
}

/// Where it stands: behind the record's and the message's headers, version, random, session id
/// and suite.
fn method_place(record: &[u8]) -> usize {
    let session_id = 5 + 4 + 2 + 32;
    session_id + 1 + usize::from(record[session_id]) + 2
}

/// ServerHello names deflate, on the wire alone.
fn to_client(make: Make) -> Found {
    let mut found = Found::default();
    for shape in Shape::ALL {
        let mut met = meet(pair(shape), Side::Client, make, |number, mut record| {
            if number == 0 {
                let place = method_place(&record);
                record[place] = 1;
            }
            record
        });
        let alert = AlertDescription::ILLEGAL_PARAMETER;
        found.tried(refused_with(&mut met, alert, &format!("{shape:?}")));
    }
    found
}

fn look_away(mut record: Vec<u8>, _: &mut Vec<u8>) -> Vec<u8> {
    if record[0] == 22 && record[5] == HandshakeType::SERVER_HELLO.0 {
        let place = method_place(&record);
        record[place] = 0;
    }
    record
}

/// What our client's Hello offers.
fn by_client(instead: Option<Vec<u8>>) -> Found {
    let mut found = Found::default();
    for shape in strangers() {
        let (mut client, server) = shape.configs();
        if let Some(methods) = &instead {
            client.common.danger_script = script(HandshakeType::CLIENT_HELLO, methods);
        }
        let mut pair = Pair::new(&client.check().unwrap(), &server.check().unwrap());
        let bytes = pair.client.take_output();
        let mut offered = Vec::new();
        let _ = client_hello(&bytes[5..], |hello| offered.clone_from(&hello.compression));
        found.tried(if offered == [0] {
            Ok(())
        } else {
            Err(format!("{shape:?}: {offered:?} is offered"))
        });
    }
    found
}

/// CRIME as it was: what is sent has a secret and a guess at it, and a client offered to compress.
/// The length on the wire must not tell whether the guess is right.
fn guesses(sends: fn(&[u8]) -> Vec<u8>) -> Found {
    let mut found = Found::default();
    for version in VERSIONS {
        for suite in [
            CipherSuite::TLS_ECDHE_ECDSA_WITH_AES_128_CBC_SHA,
            CipherSuite::TLS_ECDHE_ECDSA_WITH_AES_256_CBC_SHA,
            CipherSuite::TLS_ECDHE_ECDSA_WITH_3DES_EDE_CBC_SHA,
        ] {
            let (mut client, mut server) = (config::client(), config::server(KeyKind::EcP256));
            for common in [&mut client.common, &mut server.common] {
                common.allow_obsolete(&OBSOLETE);
                common.versions = vec![version];
            }
            client.common.suites = vec![suite];
            client.common.danger_script = script(HandshakeType::CLIENT_HELLO, &[1, 64, 0]);
            let mut pair = Pair::new(&client.check().unwrap(), &server.check().unwrap());
            pair.connect(Delivery::Whole);
            for end in [&pair.client, &pair.server] {
                let agreed = end.connection.negotiated().unwrap();
                assert_eq!(agreed.compression(), CompressionMethod::NULL);
            }
            let mut length = |guess: &str| {
                let text =
                    format!("GET /?secret={guess} HTTP/1.1\r\nCookie: secret={SECRET}\r\n\r\n");
                pair.client.write(&sends(text.as_bytes())).len()
            };
            let right = length(SECRET);
            for wrong in ["q9Zr!xKv0Wm2Lp7T", "AAAAAAAAAAAAAAAA", "7fQ2mZ0xKv9WrLpA"] {
                let other = length(wrong);
                found.tried(if other == right {
                    Ok(())
                } else {
                    Err(format!(
                        "{version} {suite}: {right} bytes, {other} for {wrong}"
                    ))
                });
            }
        }
    }
    found
}

const SECRET: &str = "7fQ2mZ0xKv9WrLpT";
const VERSIONS: [ProtocolVersion; 3] = [
    ProtocolVersion::TLS_1_2,
    ProtocolVersion::TLS_1_1,
    ProtocolVersion::TLS_1_0,
];

/// As deflate's first half does: what came before is pointed at.
fn compressed(text: &[u8]) -> Vec<u8> {
    let mut out = Vec::new();
    let mut at = 0;
    while at < text.len() {
        let found = (3..=text.len() - at).rev().find_map(|length| {
            let wanted = &text[at..at + length];
            let before = text[..at]
                .windows(length)
                .rposition(|part| part == wanted)?;
            Some((at - before, length))
        });
        match found {
            Some((back, length)) => {
                out.extend([0xff, back as u8, length as u8]);
                at += length;
            }
            None => {
                out.push(text[at]);
                at += 1;
            }
        }
    }
    out
}
