//! Lies about certificate types and raw public keys (RFC 7250).

use crate::certificates::{self, KeyKind};
use crate::config;
use crate::liar::anatomy::{
    Block, certificate, client_hello, edit_body, encrypted_extensions, server_hello,
};
use crate::liar::lie::{Lie, Setup};
use crate::liar::script::Change;
use crate::liar::table::resumption::with_a_session;
use crate::raw_keys;
use handfast::config::{CertificateType, Verification};
use handfast::{Fault, ProtocolVersion};
use handfast_wire::registry::{ExtensionType, HandshakeType};

const SERVER_TYPE: ExtensionType = ExtensionType::SERVER_CERTIFICATE_TYPE;
const CLIENT_TYPE: ExtensionType = ExtensionType::CLIENT_CERTIFICATE_TYPE;
const KIND: KeyKind = KeyKind::EcP256;
const BOTH: [CertificateType; 2] = [CertificateType::RAW_PUBLIC_KEY, CertificateType::X509];

pub(super) fn lies() -> Vec<Lie> {
    let mut all = offers();
    all.extend(answers());
    all.extend(classic_answers());
    all.extend(keys());
    all.extend(other_keys());
    all.extend(classic_keys());
    all.extend(without_anything_in_common());
    all
}

/// Both sides show a raw key.
fn mutual(setup: &mut Setup) {
    setup.client = raw_keys::client(KIND);
    setup.client.credentials = vec![raw_keys::client_key(KIND)];
    setup.server = raw_keys::mutual_server(KIND);
    setup.client.common.versions = vec![ProtocolVersion::TLS_1_3];
    setup.server.common.versions = vec![ProtocolVersion::TLS_1_3];
}

fn classic_mutual(setup: &mut Setup) {
    mutual(setup);
    setup.client.common.versions = vec![ProtocolVersion::TLS_1_2];
    setup.server.common.versions = vec![ProtocolVersion::TLS_1_2];
}

/// A client that takes either, of a server with a certificate.
fn either(setup: &mut Setup) {
    let known = raw_keys::known(&[raw_keys::server_key(KIND)]);
    setup.client.verification = Verification::chain(config::trust()).with_raw_keys(&known);
    setup.client.server_certificate_types = BOTH.to_vec();
}

fn offers() -> Vec<Lie> {
    use Fault::CertificateTypesIdle;
    fn says(name: &'static str, fault: Fault, change: Change) -> Lie {
        Lie::by_client(name, fault)
            .with(mutual)
            .says(HandshakeType::CLIENT_HELLO, change)
    }
    vec![
        says(
            "no server certificate types at all",
            CertificateTypesIdle,
            |hello| client_hello(&hello, |hello| hello.extensions.set(SERVER_TYPE, &[0])),
        ),
        says(
            "X.509 alone among server certificate types",
            CertificateTypesIdle,
            |hello| client_hello(&hello, |hello| hello.extensions.set(SERVER_TYPE, &[1, 0])),
        ),
        says(
            "X.509 alone among client certificate types",
            CertificateTypesIdle,
            |hello| client_hello(&hello, |hello| hello.extensions.set(CLIENT_TYPE, &[1, 0])),
        ),
        says(
            "server certificate types cut off",
            Fault::ExtensionMalformed,
            |hello| client_hello(&hello, |hello| hello.extensions.set(SERVER_TYPE, &[2, 2])),
        ),
        says(
            "only a certificate type that is not known for the server",
            Fault::CertificateTypeNotCommon,
            |hello| client_hello(&hello, |hello| hello.extensions.set(SERVER_TYPE, &[1, 3])),
        ),
        says(
            "only a certificate type that is not known for the client",
            Fault::CertificateTypeNotCommon,
            |hello| client_hello(&hello, |hello| hello.extensions.set(CLIENT_TYPE, &[1, 3])),
        ),
        says(
            "no server certificate types where there is a raw key alone",
            Fault::RawKeyUnasked,
            |hello| client_hello(&hello, |hello| hello.extensions.remove(SERVER_TYPE)),
        ),
    ]
}

fn answers() -> Vec<Lie> {
    fn says(name: &'static str, fault: Fault, change: Change) -> Lie {
        Lie::by_server(name, fault)
            .with(mutual)
            .says(HandshakeType::ENCRYPTED_EXTENSIONS, change)
    }
    fn edit(message: &[u8], edit: fn(&mut Block)) -> Vec<Vec<u8>> {
        encrypted_extensions(message, edit)
    }
    vec![
        says(
            "X.509 chosen where a raw key was wanted",
            Fault::CertificateTypeNotOffered,
            |one| edit(&one, |block| block.set(SERVER_TYPE, &[0])),
        ),
        says(
            "X.509 chosen for a client that has a raw key",
            Fault::CertificateTypeNotOffered,
            |one| edit(&one, |block| block.set(CLIENT_TYPE, &[0])),
        ),
        says(
            "a certificate type of two bytes",
            Fault::ExtensionMalformed,
            |one| edit(&one, |block| block.set(SERVER_TYPE, &[2, 2])),
        ),
        says(
            "a certificate type of no byte",
            Fault::ExtensionMalformed,
            |one| edit(&one, |block| block.set(CLIENT_TYPE, &[])),
        ),
        says(
            "no certificate type where a raw key was wanted",
            Fault::RawKeyRefused,
            |one| edit(&one, |block| block.remove(SERVER_TYPE)),
        ),
        Lie::by_server(
            "a certificate type that nobody asked about",
            Fault::ExtensionNotOffered,
        )
        .says(HandshakeType::ENCRYPTED_EXTENSIONS, |one| {
            edit(&one, |block| block.set(SERVER_TYPE, &[2]))
        }),
        Lie::by_server(
            "X.509 named for a session of a raw key",
            Fault::CertificateTypeChanged,
        )
        .with(|setup| {
            either(setup);
            setup.server.credentials = vec![raw_keys::server_key(KIND)];
            with_a_session(setup);
        })
        .says(HandshakeType::ENCRYPTED_EXTENSIONS, |one| {
            edit(&one, |block| block.set(SERVER_TYPE, &[0]))
        }),
    ]
}

fn classic_answers() -> Vec<Lie> {
    fn says(name: &'static str, fault: Fault, change: Change) -> Lie {
        Lie::by_server(name, fault)
            .with(classic_mutual)
            .says(HandshakeType::SERVER_HELLO, change)
    }
    vec![
        says(
            "X.509 chosen where a raw key was wanted, in TLS 1.2",
            Fault::CertificateTypeNotOffered,
            |one| server_hello(&one, |hello| hello.extensions.set(SERVER_TYPE, &[0])),
        ),
        says(
            "no certificate type where a raw key was wanted, in TLS 1.2",
            Fault::RawKeyRefused,
            |one| server_hello(&one, |hello| hello.extensions.remove(SERVER_TYPE)),
        ),
    ]
}

fn keys() -> Vec<Lie> {
    use Fault::RawKeyMalformed;
    fn says(name: &'static str, fault: Fault, change: Change) -> Lie {
        Lie::by_server(name, fault)
            .with(mutual)
            .says(HandshakeType::CERTIFICATE, change)
    }
    vec![
        says(
            "a certificate where a raw key was agreed on",
            RawKeyMalformed,
            |one| certificate(&one, |chain| chain.entries[0].0 = leaf()),
        ),
        says("a raw key with a byte behind it", RawKeyMalformed, |one| {
            certificate(&one, |chain| chain.entries[0].0.push(0))
        }),
        says("a raw key cut off", RawKeyMalformed, |one| {
            certificate(&one, |chain| {
                let end = chain.entries[0].0.len() - 1;
                chain.entries[0].0.truncate(end);
            })
        }),
        says(
            "a raw key of no length",
            Fault::CertificateMalformed,
            |one| certificate(&one, |chain| chain.entries[0].0.clear()),
        ),
        says("two raw keys", Fault::RawKeyNotAlone, |one| {
            certificate(&one, |chain| {
                let (key, block) = (chain.entries[0].0.clone(), chain.entries[0].1.clone());
                chain.entries.push((key, block));
            })
        }),
        says("no raw key", Fault::CertificateMissing, |one| {
            certificate(&one, |chain| chain.entries.clear())
        }),
        says(
            "a status for a raw key",
            Fault::ExtensionNotOffered,
            |one| {
                certificate(&one, |chain| {
                    let status = ExtensionType::STATUS_REQUEST;
                    chain.entries[0].1.add(status, &[1, 0, 0, 1, 0]);
                })
            },
        ),
        says(
            "a raw key on an unknown curve",
            Fault::CertificateKeyUnsupported,
            |one| {
                certificate(&one, |chain| {
                    let curve = [0x2a, 0x86, 0x48, 0xce, 0x3d, 3, 1, 7];
                    let key = &mut chain.entries[0].0;
                    let at = key.windows(curve.len()).position(|one| one == curve);
                    key[at.expect("a P-256 key") + 7] = 0x7f;
                })
            },
        ),
    ]
}

/// Whose key it is, and where none belongs.
fn other_keys() -> Vec<Lie> {
    fn says(name: &'static str, fault: Fault, change: Change) -> Lie {
        Lie::by_server(name, fault)
            .with(mutual)
            .says(HandshakeType::CERTIFICATE, change)
    }
    vec![
        says("another's raw key", Fault::SignatureWrong, |one| {
            certificate(&one, |chain| {
                let other = raw_keys::client_key(KIND);
                chain.entries[0].0 = other.raw_key().expect("a raw key").to_vec();
            })
        }),
        Lie::by_client("a client's second raw key", Fault::RawKeyNotAlone)
            .with(mutual)
            .says(HandshakeType::CERTIFICATE, |one| {
                certificate(&one, |chain| {
                    let (key, block) = (chain.entries[0].0.clone(), chain.entries[0].1.clone());
                    chain.entries.push((key, block));
                })
            }),
        Lie::by_server(
            "a raw key where a certificate was agreed on",
            Fault::CertificateUnreadable,
        )
        .with(either)
        .says(HandshakeType::CERTIFICATE, |one| {
            certificate(&one, |chain| {
                let key = raw_keys::server_key(KIND);
                chain.entries[0].0 = key.raw_key().expect("a raw key").to_vec();
            })
        }),
    ]
}

fn leaf() -> Vec<u8> {
    certificates::server(KIND).chain()[0].to_vec()
}

fn classic_keys() -> Vec<Lie> {
    use Fault::RawKeyMalformed;
    fn says(name: &'static str, fault: Fault, change: Change) -> Lie {
        Lie::by_server(name, fault)
            .with(classic_mutual)
            .says(HandshakeType::CERTIFICATE, change)
    }
    vec![
        says(
            "a chain where a raw key was agreed on, in TLS 1.2",
            RawKeyMalformed,
            |one| {
                edit_body(&one, |body| {
                    let inner = body.len().to_be_bytes();
                    let prefix = inner[inner.len() - 3..].to_vec();
                    body.splice(0..0, prefix);
                })
            },
        ),
        says(
            "bytes behind a raw key in TLS 1.2",
            RawKeyMalformed,
            |one| edit_body(&one, |body| body.push(0)),
        ),
        says("no raw key in TLS 1.2", Fault::CertificateMissing, |one| {
            edit_body(&one, |body| *body = vec![0, 0, 0])
        }),
        Lie::by_client(
            "a client without its raw key in TLS 1.2",
            Fault::ClassicCertificateRequired,
        )
        .with(classic_mutual)
        .says(HandshakeType::CERTIFICATE, |one| {
            edit_body(&one, |body| *body = vec![0, 0, 0])
        }),
    ]
}

/// Honest ends that do not fit each other.
fn without_anything_in_common() -> Vec<Lie> {
    vec![
        Lie::by_server("a raw key that nobody knows", Fault::RawKeyUnknown).with(|setup| {
            mutual(setup);
            setup.server.credentials = vec![raw_keys::client_key(KIND)];
        }),
        Lie::by_client("a client's raw key that nobody knows", Fault::RawKeyUnknown).with(
            |setup| {
                mutual(setup);
                setup.client.credentials = vec![raw_keys::server_key(KIND)];
            },
        ),
        Lie::by_client(
            "a raw key wanted of a server that has a certificate",
            Fault::CertificateTypeNotCommon,
        )
        .with(|setup| {
            mutual(setup);
            setup.server.credentials = config::server(KIND).credentials;
        }),
        Lie::by_client(
            "a certificate where raw keys of clients alone are taken",
            Fault::CertificateTypeNotCommon,
        )
        .with(|setup| {
            mutual(setup);
            setup.client.credentials = vec![config::credential(certificates::client(KIND))];
        }),
    ]
}
