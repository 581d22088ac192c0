//! A39, keys used across protocols: a key signs or decrypts only where its certificate's keyUsage
//! says so (RFC 5246 sections 7.4.2 and 7.4.6, RFC 8446 section 4.4.2.2).

use crate::attack::{Attack, Control, Found};
use handfast::config::{ClientAuth, Verification};
use handfast::observe::Script;
use handfast::obsolete::MUSEUM;
use handfast::{CipherSuite, Credential, Error, Fault, ProtocolVersion};
use handfast_testkit::certificates::{self, KeyKind};
use handfast_testkit::config;
use handfast_testkit::pair::{Delivery, Pair};
use handfast_wire::registry::HandshakeType;
use std::sync::Arc;

pub(crate) const ATTACKS: &[Attack] = &[
    Attack {
        id: "A39",
        name: "usages_that_a_peer_shows",
        ours: || peers(false),
        controls: &[Control {
            broken: "a_peer_that_takes_any_usage",
            run: || peers(true),
        }],
    },
    Attack {
        id: "A39",
        name: "own_keys_that_may_not_decrypt",
        ours: || own(&USAGES),
        controls: &[Control {
            broken: "a_server_whose_certificate_allows_it_after_all",
            run: || own(&[("keyEncipherment, after all", Some((0xa0, 5)), [true, false])]),
        }],
    },
];

const RSA_2048: KeyKind = KeyKind::Rsa { bits: 2048 };

/// A name; the byte of the BIT STRING and its unused bits, or no extension; whether it allows to
/// sign and to encrypt.
type Usage = (&'static str, Option<(u8, u8)>, [bool; 2]);

const USAGES: [Usage; 7] = [
    ("both", Some((0xa0, 5)), [true, true]),
    ("digitalSignature", Some((0x80, 7)), [true, false]),
    ("keyEncipherment", Some((0x20, 5)), [false, true]),
    ("nonRepudiation", Some((0x40, 6)), [false, false]),
    ("keyAgreement", Some((0x08, 3)), [false, false]),
    ("keyCertSign", Some((0x04, 2)), [false, false]),
    ("none is said", None, [true, true]),
];

const VERSIONS: [ProtocolVersion; 5] = [
    ProtocolVersion::TLS_1_3,
    ProtocolVersion::TLS_1_2,
    ProtocolVersion::TLS_1_1,
    ProtocolVersion::TLS_1_0,
    ProtocolVersion::SSL_3_0,
];

/// What a key is used for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Use {
    /// The client encrypts to the server's key.
    Transport,
    /// The server signs: ServerKeyExchange, or CertificateVerify in TLS 1.3.
    ServerSigns,
    /// The client signs CertificateVerify.
    ClientSigns,
}

/// The leaf with another keyUsage. Its issuer's signature is broken by that, so nobody here looks
/// at chains.
fn with_usage(leaf: &[u8], usage: Option<(u8, u8)>) -> Vec<u8> {
    // BIT STRING of digitalSignature and keyEncipherment (RFC 5280 s4.2.1.3), behind its
    // OBJECT IDENTIFIER 2.5.29.15 and critical.
    const BOTH: [u8; 14] = [6, 3, 0x55, 0x1d, 15, 1, 1, 0xff, 4, 4, 3, 2, 5, 0xa0];
    let mut leaf = leaf.to_vec();
    let mut windows = leaf.windows(BOTH.len());
    let at = windows.position(|part| part == BOTH).expect("its usages");
    match usage {
        Some((bits, unused)) => leaf[at + 12..][..2].copy_from_slice(&[unused, bits]),
        // An identifier that nobody knows, and not critical.
        None => {
            leaf[at + 4] = 0x7f;
            leaf[at + 7] = 0;
        }
    }
    leaf
}

/// Shows another leaf than its config has: the same key under another usage.
#[derive(Debug)]
struct Shown(Option<(u8, u8)>);

impl Script for Shown {
    fn say(&self, msg_type: HandshakeType, mut bytes: Vec<u8>) -> Vec<Vec<u8>> {
        if msg_type == HandshakeType::CERTIFICATE {
            bytes = with_usage(&bytes, self.0);
        }
        vec![bytes]
    }
}

fn peers(any_usage: bool) -> Found {
    let mut found = Found::default();
    for version in VERSIONS {
        for operation in [Use::Transport, Use::ServerSigns, Use::ClientSigns] {
            if operation == Use::Transport && version == ProtocolVersion::TLS_1_3 {
                continue;
            }
            for (name, usage, [signs, encrypts]) in USAGES {
                let allowed = if operation == Use::Transport {
                    encrypts
                } else {
                    signs
                };
                let error = shown(version, operation, usage, any_usage);
                let case = format!("{version} {operation:?} {name}");
                let refused = Some(Error::Fault(Fault::CertificateKeyUsage));
                found.tried(match (allowed, error) {
                    (true, None) => Ok(()),
                    (false, error) if error == refused => Ok(()),
                    (_, error) => Err(format!("{case}: {error:?}")),
                });
            }
        }
    }
    found
}

/// What the one who looks at the certificate ends with.
fn shown(
    version: ProtocolVersion,
    operation: Use,
    usage: Option<(u8, u8)>,
    any_usage: bool,
) -> Option<Error> {
    let (mut client, mut server) = (config::client(), config::server(RSA_2048));
    client.verification = Verification::danger_accept_anyone();
    for common in [&mut client.common, &mut server.common] {
        common.allow_obsolete(&MUSEUM);
        common.versions = vec![version];
        common.suites.retain(|suite| {
            suite.to_string().starts_with("TLS_RSA_") == (operation == Use::Transport)
        });
        common.danger_any_key_usage = any_usage;
    }
    let liar = Some(Arc::new(Shown(usage)) as _);
    if operation == Use::ClientSigns {
        server.client_auth = ClientAuth::Require(Verification::danger_accept_anyone());
        client.credentials = vec![config::credential(certificates::client(RSA_2048))];
        client.common.danger_script = liar;
    } else {
        server.common.danger_script = liar;
    }
    let mut pair = Pair::new(&client.check().unwrap(), &server.check().unwrap());
    pair.run(Delivery::Whole);
    if operation == Use::ClientSigns {
        pair.server.error
    } else {
        pair.client.error
    }
}

/// A server asked for RSA key exchange alone does what its certificate allows.
fn own(usages: &[Usage]) -> Found {
    let mut found = Found::default();
    for (name, usage, [_, encrypts]) in usages {
        for suite in [
            CipherSuite::TLS_RSA_WITH_AES_128_GCM_SHA256,
            CipherSuite::TLS_RSA_WITH_AES_128_CBC_SHA,
        ] {
            let (mut client, mut server) = (config::client(), config::server(RSA_2048));
            client.verification = Verification::danger_accept_anyone();
            for common in [&mut client.common, &mut server.common] {
                common.allow_obsolete(&MUSEUM);
                common.versions = vec![ProtocolVersion::TLS_1_2];
            }
            client.common.suites = vec![suite];
            let issued = certificates::server(RSA_2048);
            let mut chain = issued.chain().to_vec();
            chain[0] = with_usage(&chain[0], *usage).into();
            server.credentials = vec![Credential::new(chain, issued.key().clone()).unwrap()];
            let mut pair = Pair::new(&client.check().unwrap(), &server.check().unwrap());
            pair.run(Delivery::Whole);
            let decrypted = pair.server.is_connected();
            found.tried(if decrypted == *encrypts {
                Ok(())
            } else {
                Err(format!("{suite} {name}: decrypted {decrypted}"))
            });
        }
    }
    found
}
