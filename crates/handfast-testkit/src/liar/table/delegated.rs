//! Lies about a key that stands for a certificate's (RFC 9345).

use crate::certificates::{self, KeyKind, now_unix};
use crate::config;
use crate::delegated::{self, LIFE_S};
use crate::liar::anatomy::certificate;
use crate::liar::lie::{Lie, Setup};
use crate::liar::script::Change;
use handfast::config::{Delegate, Delegation};
use handfast::{Fault, PrivateKey, SignatureScheme};
use handfast_ca::issued::Issued;
use handfast_wire::codec::Wire;
use handfast_wire::extension::{DelegatedCredential, DelegatedKey};
use handfast_wire::registry::{ExtensionType, HandshakeType};
use std::sync::OnceLock;

const CERTIFICATE: HandshakeType = HandshakeType::CERTIFICATE;
const EXTENSION: ExtensionType = ExtensionType::DELEGATED_CREDENTIAL;
const DAY: u64 = 24 * 60 * 60;

pub(super) fn lies() -> Vec<Lie> {
    let mut all = of_servers();
    all.extend(of_clients());
    all
}

/// The certificate whose key delegates.
fn issued() -> &'static Issued {
    static ISSUED: OnceLock<Issued> = OnceLock::new();
    ISSUED.get_or_init(|| delegated::certificate(KeyKind::EcP256))
}

/// A key that is delegated to, of which only the public half matters.
fn key(kind: KeyKind) -> PrivateKey {
    PrivateKey::generate(kind).expect("a key")
}

const TAKEN: [SignatureScheme; 2] = [
    SignatureScheme::ECDSA_SECP256R1_SHA256,
    SignatureScheme::ECDSA_SECP384R1_SHA384,
];

fn server_delegates(setup: &mut Setup) {
    setup.client.common.delegated_schemes = TAKEN.to_vec();
    let to = Delegate::Server;
    let shown = delegated::credential(to, issued(), KeyKind::EcP256, LIFE_S);
    setup.server.credentials = vec![shown];
}

fn client_delegates(setup: &mut Setup) {
    setup.server = config::mutual_server(KeyKind::EcP256);
    setup.server.common.delegated_schemes = TAKEN.to_vec();
    let to = Delegate::Client;
    let shown = delegated::credential(to, issued(), KeyKind::EcP256, LIFE_S);
    setup.client.credentials = vec![shown];
}

/// The client takes one; the server has an ordinary certificate.
fn taken(setup: &mut Setup) {
    setup.client.common.delegated_schemes = TAKEN.to_vec();
}

/// The same Certificate with another delegated credential.
fn swapped(message: &[u8], other: &[u8]) -> Vec<Vec<u8>> {
    certificate(message, |chain| {
        let block = &mut chain.entries[0].1;
        block.remove(EXTENSION);
        block.add(EXTENSION, other);
    })
}

/// The same with its delegated credential changed.
fn changed(message: &[u8], edit: impl FnOnce(DelegatedCredential<'_>) -> Vec<u8>) -> Vec<Vec<u8>> {
    certificate(message, |chain| {
        let block = &mut chain.entries[0].1;
        let mut extensions = block.0.iter();
        let shown = extensions.find(|one| one.0 == EXTENSION).expect("one");
        let shown = shown.1.clone();
        let other = edit(DelegatedCredential::decode(&shown).expect("our own"));
        block.remove(EXTENSION);
        block.add(EXTENSION, &other);
    })
}

fn written(one: &DelegatedCredential<'_>) -> Vec<u8> {
    let mut bytes = Vec::new();
    one.write(&mut handfast_wire::codec::Writer::new(&mut bytes));
    bytes
}

/// One that ends so many seconds from now, before or after.
fn until(to: Delegate, seconds: i64, kind: KeyKind) -> Vec<u8> {
    let key = key(kind);
    let delegation = Delegation {
        to,
        public_key: key.public_spki(),
        scheme: delegated::scheme(kind),
        until_unix: now_unix().saturating_add_signed(seconds),
    };
    let signed = delegation.sign(&issued().chain()[0], issued().key(), TAKEN[0]);
    signed.expect("one that can be signed")
}

fn of_servers() -> Vec<Lie> {
    use Fault::{
        DelegatedExpired, DelegatedSchemeChanged, DelegatedSchemeNotOffered,
        DelegatedSignatureWrong, DelegatedTooLong, DelegatedUnasked, DelegationNotAllowed,
        ExtensionMalformed, SignatureWrong,
    };
    fn says(name: &'static str, fault: Fault, change: Change) -> Lie {
        let lie = Lie::by_server(name, fault).with(server_delegates);
        lie.says(CERTIFICATE, change)
    }
    let mut all = vec![
        Lie::by_server(
            "a delegated credential for who asked for none",
            DelegatedUnasked,
        )
        .says(CERTIFICATE, |one| {
            swapped(&one, &until(Delegate::Server, 3600, KeyKind::EcP256))
        }),
        Lie::by_server(
            "delegated by a certificate that may not",
            DelegationNotAllowed,
        )
        .with(taken)
        .says(CERTIFICATE, |one| {
            swapped(
                &one,
                &until(Delegate::Server, 2 * 24 * 3600, KeyKind::EcP256),
            )
        }),
        says(
            "a delegated scheme not offered",
            DelegatedSchemeNotOffered,
            |one| swapped(&one, &until(Delegate::Server, 3600, KeyKind::EcP521)),
        ),
        says("delegated an hour ago", DelegatedExpired, |one| {
            swapped(&one, &until(Delegate::Server, -1, KeyKind::EcP256))
        }),
        says("delegated for eight days", DelegatedTooLong, |one| {
            let eight_days = i64::try_from(8 * DAY).unwrap_or(i64::MAX);
            swapped(&one, &until(Delegate::Server, eight_days, KeyKind::EcP256))
        }),
        says(
            "delegated to another scheme",
            DelegatedSchemeChanged,
            |one| swapped(&one, &until(Delegate::Server, 3600, KeyKind::EcP384)),
        ),
        says("delegated to another key", SignatureWrong, |one| {
            swapped(&one, &until(Delegate::Server, 3600, KeyKind::EcP256))
        }),
        says("delegated to clients", DelegatedSignatureWrong, |one| {
            swapped(&one, &until(Delegate::Client, 3600, KeyKind::EcP256))
        }),
        says("half a delegated credential", ExtensionMalformed, |one| {
            changed(&one, |shown| written(&shown)[..9].to_vec())
        }),
    ];
    all.extend(of_servers_changed());
    all
}

fn of_servers_changed() -> Vec<Lie> {
    use Fault::{DelegatedKeyUnfit, DelegatedSchemeNotOffered, DelegatedSignatureWrong};
    fn says(name: &'static str, fault: Fault, change: Change) -> Lie {
        let lie = Lie::by_server(name, fault).with(server_delegates);
        lie.says(CERTIFICATE, change)
    }
    vec![
        says(
            "delegated for a second longer",
            DelegatedSignatureWrong,
            |one| {
                changed(&one, |shown| {
                    let valid_time = shown.cred.valid_time + 1;
                    let cred = DelegatedKey {
                        valid_time,
                        ..shown.cred
                    };
                    written(&DelegatedCredential { cred, ..shown })
                })
            },
        ),
        says("delegated by MD5", DelegatedSchemeNotOffered, |one| {
            changed(&one, |shown| {
                let algorithm = SignatureScheme(0x0101);
                written(&DelegatedCredential { algorithm, ..shown })
            })
        }),
        says(
            "delegated by another scheme",
            DelegatedSignatureWrong,
            |one| {
                changed(&one, |shown| {
                    let algorithm = SignatureScheme::ED25519;
                    written(&DelegatedCredential { algorithm, ..shown })
                })
            },
        ),
        says(
            "delegated to a key of another curve",
            DelegatedKeyUnfit,
            |one| {
                changed(&one, |shown| {
                    let other = key(KeyKind::EcP384);
                    let spki = handfast_wire::codec::Opaque24(other.public_spki());
                    let cred = DelegatedKey {
                        subject_public_key_info: spki,
                        ..shown.cred
                    };
                    written(&DelegatedCredential { cred, ..shown })
                })
            },
        ),
        says("delegated to no key", DelegatedKeyUnfit, |one| {
            changed(&one, |shown| {
                let cred = DelegatedKey {
                    subject_public_key_info: handfast_wire::codec::Opaque24(&[0x30, 0]),
                    ..shown.cred
                };
                written(&DelegatedCredential { cred, ..shown })
            })
        }),
    ]
}

fn of_clients() -> Vec<Lie> {
    use Fault::{DelegatedExpired, DelegatedSignatureWrong, DelegatedUnasked};
    fn says(name: &'static str, fault: Fault, change: Change) -> Lie {
        let lie = Lie::by_client(name, fault).with(client_delegates);
        lie.says(CERTIFICATE, change)
    }
    fn asked(setup: &mut Setup) {
        setup.server = config::mutual_server(KeyKind::EcP256);
        let shown = certificates::client(KeyKind::EcP256);
        setup.client.credentials = vec![config::credential(shown)];
    }
    vec![
        Lie::by_client("a client's delegated credential, unasked", DelegatedUnasked)
            .with(asked)
            .says(CERTIFICATE, |one| {
                swapped(&one, &until(Delegate::Client, 3600, KeyKind::EcP256))
            }),
        says(
            "a client by what servers were delegated",
            DelegatedSignatureWrong,
            |one| swapped(&one, &until(Delegate::Server, 3600, KeyKind::EcP256)),
        ),
        says(
            "a client's delegated credential that is over",
            DelegatedExpired,
            |one| swapped(&one, &until(Delegate::Client, -1, KeyKind::EcP256)),
        ),
    ]
}
