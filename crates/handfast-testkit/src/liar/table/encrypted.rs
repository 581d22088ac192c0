//! Lies about Encrypted ClientHello (RFC 9849).

use crate::ech::{client, credential, key, known_key, list, sealed};
use crate::liar::anatomy::{client_hello, encrypted_extensions, server_hello};
use crate::liar::lie::{Lie, Setup};
use crate::liar::script::Change;
use handfast::config::{Ech, PreSharedKey};
use handfast::{Fault, NamedGroup, ProtocolVersion};
use handfast_wire::registry::{ExtensionType, HandshakeType};

const CH: HandshakeType = HandshakeType::CLIENT_HELLO;
const SH: HandshakeType = HandshakeType::SERVER_HELLO;
const EE: HandshakeType = HandshakeType::ENCRYPTED_EXTENSIONS;
const ECH: ExtensionType = ExtensionType::ENCRYPTED_CLIENT_HELLO;
const OUTER: ExtensionType = ExtensionType::ECH_OUTER_EXTENSIONS;

pub(super) fn lies() -> Vec<Lie> {
    let mut all = inner();
    all.extend(outer_extensions());
    all.extend(second());
    all.extend(by_servers());
    all
}

/// A server with the key that lies are sealed to.
fn opens(setup: &mut Setup) {
    setup.server.ech_keys = vec![known_key()];
    setup.server.credentials.push(credential());
}

/// And a client that seals to it.
fn seals(setup: &mut Setup) {
    opens(setup);
    setup.client.ech = Ech::Configs(list(&[known_key()]));
}

fn seals_twice(setup: &mut Setup) {
    seals(setup);
    setup.server.common.groups = vec![NamedGroup::SECP256R1];
}

/// The client seals to a key that the server has not.
fn rejected(setup: &mut Setup) {
    opens(setup);
    setup.client.ech = client(&list(&[key(1)])).ech;
}

/// And the server meets it by a key that both have known before.
fn rejected_by_key(setup: &mut Setup) {
    rejected(setup);
    let key = PreSharedKey::new(b"pump-7", &[7; 32]).expect("a key");
    setup.client.psks = vec![key.clone()];
    setup.server.psks = vec![key];
    setup.server.credentials.clear();
    setup.server.ech_keys.clear();
    setup.client.common.versions = vec![ProtocolVersion::TLS_1_3, ProtocolVersion::TLS_1_2];
    setup.server.common.versions = vec![ProtocolVersion::TLS_1_2];
}

fn greases(setup: &mut Setup) {
    opens(setup);
    setup.client.ech = Ech::Grease;
}

fn inner() -> Vec<Lie> {
    use Fault::{EchInnerMalformed, EchInnerTooOld, EchInnerUnmarked};
    fn says(name: &'static str, fault: Fault, change: Change) -> Lie {
        Lie::by_client(name, fault).with(opens).says(CH, change)
    }
    vec![
        says(
            "padding with a one in it",
            Fault::EchPaddingNotZero,
            |hello| sealed(&hello, |_, padding| padding[31] = 1),
        ),
        says(
            "an inner ClientHello that is cut off",
            EchInnerMalformed,
            |hello| {
                sealed(&hello, |inner, padding| {
                    inner.extensions.0.clear();
                    // The block's length, and nothing behind it.
                    padding.clear();
                    inner.compression.clear();
                })
            },
        ),
        says(
            "an inner ClientHello with a session id",
            EchInnerMalformed,
            |hello| sealed(&hello, |inner, _| inner.session_id = vec![1; 32]),
        ),
        says(
            "outer extensions without a name",
            EchInnerMalformed,
            |hello| sealed(&hello, |inner, _| inner.extensions.add(OUTER, &[0])),
        ),
        says(
            "an inner ClientHello without its mark",
            EchInnerUnmarked,
            |hello| sealed(&hello, |inner, _| inner.extensions.remove(ECH)),
        ),
        says(
            "an inner ClientHello for TLS 1.2 too",
            EchInnerTooOld,
            |hello| {
                sealed(&hello, |inner, _| {
                    let versions = ExtensionType::SUPPORTED_VERSIONS;
                    inner.extensions.set(versions, &[4, 3, 4, 3, 3]);
                })
            },
        ),
        says(
            "an inner ClientHello without versions",
            EchInnerTooOld,
            |hello| {
                sealed(&hello, |inner, _| {
                    inner.extensions.remove(ExtensionType::SUPPORTED_VERSIONS);
                })
            },
        ),
    ]
}

fn outer_extensions() -> Vec<Lie> {
    use Fault::EchOuterExtensionsWrong;
    fn says(name: &'static str, fault: Fault, change: Change) -> Lie {
        Lie::by_client(name, fault).with(opens).says(CH, change)
    }
    vec![
        says(
            "an outer extension that is not there",
            EchOuterExtensionsWrong,
            |hello| {
                sealed(&hello, |inner, _| {
                    inner.extensions.add(OUTER, &[2, 0xfa, 0xfa]);
                })
            },
        ),
        says(
            "an outer extension that is named twice",
            EchOuterExtensionsWrong,
            |hello| {
                sealed(&hello, |inner, _| {
                    inner.extensions.remove(ExtensionType::KEY_SHARE);
                    inner.extensions.add(OUTER, &[4, 0, 51, 0, 51]);
                })
            },
        ),
        says(
            "outer extensions in another order",
            EchOuterExtensionsWrong,
            |hello| {
                sealed(&hello, |inner, _| {
                    inner.extensions.remove(ExtensionType::KEY_SHARE);
                    inner.extensions.remove(ExtensionType::SUPPORTED_GROUPS);
                    inner.extensions.add(OUTER, &[4, 0, 51, 0, 10]);
                })
            },
        ),
        says(
            "an encrypted ClientHello that is to stand in itself",
            EchOuterExtensionsWrong,
            |hello| {
                sealed(&hello, |inner, _| {
                    inner.extensions.remove(ECH);
                    inner.extensions.add(OUTER, &[2, 0xfe, 0x0d]);
                })
            },
        ),
        says(
            "an outer extension that the inner ClientHello has itself",
            Fault::ExtensionTwice,
            |hello| sealed(&hello, |inner, _| inner.extensions.add(OUTER, &[2, 0, 51])),
        ),
        says("outer extensions twice", Fault::ExtensionTwice, |hello| {
            sealed(&hello, |inner, _| {
                inner.extensions.remove(ExtensionType::KEY_SHARE);
                inner.extensions.remove(ExtensionType::SUPPORTED_GROUPS);
                inner.extensions.add(OUTER, &[2, 0, 10]);
                inner.extensions.add(OUTER, &[2, 0, 51]);
            })
        }),
        says(
            "an inner ClientHello that nobody has encrypted",
            Fault::EchInnerInClear,
            |hello| client_hello(&hello, |hello| hello.extensions.add(ECH, &[1])),
        ),
        says(
            "an encrypted ClientHello of no kind",
            Fault::ExtensionMalformed,
            |hello| client_hello(&hello, |hello| hello.extensions.add(ECH, &[2])),
        ),
    ]
}

fn second() -> Vec<Lie> {
    fn says(name: &'static str, fault: Fault, change: Change) -> Lie {
        Lie::by_client(name, fault)
            .with(seals_twice)
            .says_nth(CH, 1, change)
    }
    vec![
        says(
            "nothing encrypted the second time",
            Fault::EchLeftOut,
            |hello| client_hello(&hello, |hello| hello.extensions.remove(ECH)),
        ),
        says("another key the second time", Fault::EchChanged, |hello| {
            change(&hello, |content| content[5] ^= 1)
        }),
        says(
            "another suite the second time",
            Fault::EchChanged,
            |hello| change(&hello, |content| content[4] = 2),
        ),
        says(
            "a payload that does not open",
            Fault::EchNotAuthentic,
            |hello| {
                change(&hello, |content| {
                    let last = content.len() - 1;
                    content[last] ^= 1;
                })
            },
        ),
        says(
            "an outer ClientHello that is not the one that was sealed",
            Fault::EchNotAuthentic,
            |hello| client_hello(&hello, |hello| hello.random[0] ^= 1),
        ),
    ]
}

fn by_servers() -> Vec<Lie> {
    use Fault::{ExtensionMalformed, ExtensionNotOffered};
    let s = Lie::by_server;
    vec![
        s("a key that the server has not", Fault::EchRejected).with(rejected),
        s(
            "a key that the server has not, and another that is not the public name's",
            Fault::EchRejectedUnproved,
        )
        .with(rejected_by_key),
        s("opened, and then not", Fault::EchConfirmationMissing)
            .with(seals_twice)
            .says_nth(SH, 1, |hello| {
                server_hello(&hello, |hello| hello.random[31] ^= 1)
            }),
        s(
            "retry configs of a server that has opened it",
            ExtensionNotOffered,
        )
        .with(seals)
        .says(EE, |message| tell(&message, list(&[key(2)]).as_bytes())),
        s("retry configs that nobody waits for", ExtensionNotOffered)
            .says(EE, |message| tell(&message, list(&[key(2)]).as_bytes())),
        s("retry configs that are none", ExtensionMalformed)
            .with(greases)
            .says(EE, |message| tell(&message, &[0, 4, 0xfe, 0x0d, 0, 0])),
        s("a confirmation that nobody waits for", ExtensionNotOffered)
            .with(|setup| setup.server.common.groups = vec![NamedGroup::SECP256R1])
            .says(SH, |hello| {
                server_hello(&hello, |hello| hello.extensions.add(ECH, &[0; 8]))
            }),
        s("a confirmation of seven bytes", ExtensionMalformed)
            .with(seals_twice)
            .says(SH, |hello| {
                server_hello(&hello, |hello| hello.extensions.set(ECH, &[0; 7]))
            }),
    ]
}

/// The same ClientHello with other content of its encrypted one.
fn change(hello: &[u8], edit: impl FnOnce(&mut Vec<u8>)) -> Vec<Vec<u8>> {
    client_hello(hello, |hello| {
        let mut content = hello.extensions.content(ECH).to_vec();
        edit(&mut content);
        hello.extensions.set(ECH, &content);
    })
}

fn tell(message: &[u8], configs: &[u8]) -> Vec<Vec<u8>> {
    encrypted_extensions(message, |block| block.set(ECH, configs))
}
