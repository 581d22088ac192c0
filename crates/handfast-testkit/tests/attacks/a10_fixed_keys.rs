//! A10, static and export keys (FREAK, KCI): suites that have them are neither offered nor taken,
//! nor is a certificate shown whose key agrees by itself.

use crate::a13_small_blocks::hellos;
use crate::attack::{Attack, Control, Found};
use handfast::config::{ClientAuth, Verification};
use handfast::observe::Script;
use handfast::obsolete::{COMPATIBLE, MUSEUM, OBSOLETE};
use handfast::{CipherSuite, Error, Fault, ProtocolVersion};
use handfast_testkit::certificates::{self, KeyKind};
use handfast_testkit::config;
use handfast_testkit::liar::Side;
use handfast_testkit::liar::anatomy::{body, client_hello, edit_body, server_hello};
use handfast_testkit::pair::{Delivery, Pair};
use handfast_testkit::witness::Witness;
use handfast_wire::registry::HandshakeType;
use std::sync::Arc;

pub(crate) const ATTACKS: &[Attack] = &[
    Attack {
        id: "A10",
        name: "suites_with_fixed_or_export_keys",
        ours: || first_bytes(&FIXED).and(taken(&FIXED)),
        controls: &[
            Control {
                broken: "a_client_that_offers_such_suites",
                run: || first_bytes(&["TLS_DH_", "TLS_DHE_", "TLS_ECDH_", "_EXPORT"]),
            },
            Control {
                broken: "a_server_that_takes_such_suites",
                run: || taken(&["TLS_RSA_WITH_AES_"]),
            },
        ],
    },
    Attack {
        id: "A10",
        name: "certificates_of_fixed_keys",
        ours: || shown(&[3, 4, 65, 66]),
        controls: &[Control {
            broken: "a_server_that_asks_for_keys_that_sign",
            run: || shown(&[3, 4, 65, 66, 1, 64]),
        }],
    },
];

const RSA_2048: KeyKind = KeyKind::Rsa { bits: 2048 };
/// What the names of suites hold whose key exchange is static or for export.
const FIXED: [&str; 3] = ["TLS_DH_", "TLS_ECDH_", "_EXPORT"];

/// By default, and by each policy.
fn first_bytes(words: &[&str]) -> Found {
    hellos(
        words,
        &[
            |_| (),
            |client| client.common.allow_obsolete(&COMPATIBLE),
            |client| client.common.allow_obsolete(&OBSOLETE),
            |client| client.common.allow_obsolete(&MUSEUM),
        ],
    )
}

/// Puts one suite into a Hello.
#[derive(Debug)]
struct Chosen(Side, CipherSuite);

impl Script for Chosen {
    fn say(&self, msg_type: HandshakeType, bytes: Vec<u8>) -> Vec<Vec<u8>> {
        let suite = self.1.0.to_be_bytes().to_vec();
        match (msg_type, self.0) {
            (HandshakeType::CLIENT_HELLO, Side::Client) => {
                client_hello(&bytes, |hello| hello.suites = suite)
            }
            (HandshakeType::SERVER_HELLO, Side::Server) => {
                server_hello(&bytes, |hello| hello.suites = suite)
            }
            _ => vec![bytes],
        }
    }
}

/// A server that is offered nothing else says no ServerHello, and a client to which it is said no
/// ClientKeyExchange, whatever the policy.
fn taken(words: &[&str]) -> Found {
    let mut found = Found::default();
    let named = |suite: &CipherSuite| {
        let name = suite.name().unwrap_or_default();
        !name.contains("_anon_") && words.iter().any(|word| name.contains(word))
    };
    for suite in CipherSuite::ALL.iter().copied().filter(named) {
        for liar in [Side::Client, Side::Server] {
            let (mut client, mut server) = (config::client(), config::server(RSA_2048));
            for common in [&mut client.common, &mut server.common] {
                common.allow_obsolete(&MUSEUM);
                common.versions = vec![ProtocolVersion::TLS_1_2];
            }
            let script = Some(Arc::new(Chosen(liar, suite)) as _);
            let honest = match liar {
                Side::Client => {
                    client.common.danger_script = script;
                    |pair: Pair| pair.server
                }
                Side::Server => {
                    server.common.danger_script = script;
                    |pair: Pair| pair.client
                }
            };
            let mut pair = Pair::new(&client.check().unwrap(), &server.check().unwrap());
            pair.run(Delivery::Whole);
            let error = honest(pair).error;
            let wanted = match liar {
                Side::Client => Fault::SuiteNotCommon,
                Side::Server => Fault::SuiteNotOffered,
            };
            found.tried(if error == Some(Error::Fault(wanted)) {
                Ok(())
            } else {
                Err(format!("{suite} by the {liar:?}: {error:?}"))
            });
        }
    }
    found
}

/// Asks for other certificates.
#[derive(Debug)]
struct Types(Vec<u8>);

impl Script for Types {
    fn say(&self, msg_type: HandshakeType, bytes: Vec<u8>) -> Vec<Vec<u8>> {
        if msg_type != HandshakeType::CERTIFICATE_REQUEST {
            return vec![bytes];
        }
        edit_body(&bytes, |body| {
            let count = usize::from(body[0]);
            body[0] = self.0.len() as u8;
            body.splice(1..=count, self.0.iter().copied());
        })
    }
}

/// KCI: whom a server asks for a key that agrees by itself, that shows none (RFC 5246 section 7.4.4:
/// rsa_fixed_dh, dss_fixed_dh; RFC 4492: rsa_fixed_ecdh, ecdsa_fixed_ecdh).
fn shown(types: &[u8]) -> Found {
    let mut found = Found::default();
    for version in [
        ProtocolVersion::TLS_1_2,
        ProtocolVersion::TLS_1_1,
        ProtocolVersion::TLS_1_0,
        ProtocolVersion::SSL_3_0,
    ] {
        for kind in [RSA_2048, KeyKind::EcP256] {
            let [watching, _] = Witness::of_both();
            let (mut client, mut server) = (config::client(), config::server(RSA_2048));
            for common in [&mut client.common, &mut server.common] {
                common.allow_obsolete(&MUSEUM);
                common.versions = vec![version];
            }
            client.credentials = vec![config::credential(certificates::client(kind))];
            client.common.observer = Some(watching.clone());
            server.client_auth = ClientAuth::Request(Verification::danger_accept_anyone());
            server.common.danger_script = Some(Arc::new(Types(types.to_vec())));
            let mut pair = Pair::new(&client.check().unwrap(), &server.check().unwrap());
            pair.run(Delivery::Whole);
            let said = watching.of(Side::Client);
            let mut certificates = said
                .iter()
                .filter(|one| one[0] == HandshakeType::CERTIFICATE.0);
            found.tried(match certificates.next() {
                Some(one) if body(one) != [0; 3] => Err(format!("{version} {kind:?} is shown")),
                _ => Ok(()),
            });
        }
    }
    found
}
