//! Choosing what was not meant so: numbers that a peer said for GREASE (RFC 8701 section 3.2), schemes for
//! clients alone (RFC 9963), profiles of SRTP (RFC 5764).
//!
//! The honest end draws zeros where it draws little, so that all that it says for GREASE is 0x0a0a.

use crate::certificates::{self, KeyKind};
use crate::config;
use crate::liar::anatomy::{edit_body, encrypted_extensions, server_hello};
use crate::liar::lie::{Lie, Setup};
use crate::liar::script::Change;
use handfast::config::{Entropy, SrtpProtectionProfile, SystemEntropy};
use handfast::{Fault, NamedGroup, ProtocolVersion, SignatureScheme};
use handfast_crypto::random::RandomFailed;
use handfast_wire::registry::{ExtensionType, HandshakeType};
use std::sync::Arc;

const SH: HandshakeType = HandshakeType::SERVER_HELLO;
const EE: HandshakeType = HandshakeType::ENCRYPTED_EXTENSIONS;
const VERIFY: HandshakeType = HandshakeType::CERTIFICATE_VERIFY;
const ALPN: ExtensionType = ExtensionType::APPLICATION_LAYER_PROTOCOL_NEGOTIATION;
const NOTHING: [u8; 2] = [0x0a, 0x0a];

/// Zeros for what is as short as a draw for GREASE; else the system's.
#[derive(Debug)]
struct ShortZeros;

impl Entropy for ShortZeros {
    fn fill(&self, out: &mut [u8]) -> Result<(), RandomFailed> {
        if out.len() <= 8 {
            out.fill(0);
            return Ok(());
        }
        SystemEntropy.fill(out)
    }
}

fn greased(setup: &mut Setup) {
    setup.client.grease = true;
    setup.client.common.entropy = Arc::new(ShortZeros);
    setup.client.common.alpn = vec![b"h2".to_vec()];
    setup.server.common.alpn = vec![b"h2".to_vec()];
}

fn retried(setup: &mut Setup) {
    greased(setup);
    setup.server.common.groups = vec![NamedGroup::SECP256R1];
}

fn old(setup: &mut Setup) {
    greased(setup);
    setup.client.common.versions = vec![ProtocolVersion::TLS_1_2];
    setup.server.common.versions = vec![ProtocolVersion::TLS_1_2];
}

/// Both speak of SRTP.
fn media(setup: &mut Setup) {
    setup.client.common.srtp_profiles = PROFILES.to_vec();
    setup.server.common.srtp_profiles = PROFILES.to_vec();
}

fn old_media(setup: &mut Setup) {
    old(setup);
    media(setup);
}

const PROFILES: [SrtpProtectionProfile; 2] = [
    SrtpProtectionProfile::SRTP_AEAD_AES_128_GCM,
    SrtpProtectionProfile::SRTP_AES128_CM_HMAC_SHA1_80,
];

/// The client takes a scheme that is for clients alone.
fn padded(setup: &mut Setup) {
    let schemes = &mut setup.client.common.schemes;
    schemes.push(SignatureScheme::RSA_PKCS1_SHA256_LEGACY);
    setup.server = config::server(KeyKind::Rsa { bits: 2048 });
}

/// The server greases its request.
fn asked(setup: &mut Setup) {
    setup.server = config::mutual_server(KeyKind::EcP256);
    setup.client.credentials = vec![config::credential(certificates::client(KeyKind::EcP256))];
    setup.server.grease = true;
    setup.server.common.entropy = Arc::new(ShortZeros);
}

const SCHEME: Change = |one| edit_body(&one, |body| body[..2].copy_from_slice(&NOTHING));

pub(super) fn lies() -> Vec<Lie> {
    let mut all = of_nothing();
    all.extend(others());
    all
}

fn extends(hello: &[u8], extension: ExtensionType, content: &[u8]) -> Vec<Vec<u8>> {
    server_hello(hello, |hello| hello.extensions.set(extension, content))
}

fn of_nothing() -> Vec<Lie> {
    use Fault::{AlpnNotOffered, ExtensionNotOffered, GroupNotOffered, RetryGroupWrong};
    use Fault::{SchemeNotOffered, SuiteNotOffered, VersionNotOffered};
    fn says(name: &'static str, fault: Fault, change: Change) -> Lie {
        Lie::by_server(name, fault).with(greased).says(SH, change)
    }
    vec![
        says("GREASE's suite chosen", SuiteNotOffered, |hello| {
            server_hello(&hello, |hello| hello.suites = NOTHING.to_vec())
        }),
        says("GREASE's version chosen", VersionNotOffered, |hello| {
            extends(&hello, ExtensionType::SUPPORTED_VERSIONS, &NOTHING)
        }),
        says("GREASE's share answered", GroupNotOffered, |hello| {
            extends(&hello, ExtensionType::KEY_SHARE, &[0x0a, 0x0a, 0, 1, 0])
        }),
        says(
            "GREASE's extension answered",
            ExtensionNotOffered,
            |hello| extends(&hello, ExtensionType(0x0a0a), &[]),
        ),
        Lie::by_server("a share of GREASE's group asked for", RetryGroupWrong)
            .with(retried)
            .says(SH, |hello| {
                extends(&hello, ExtensionType::KEY_SHARE, &NOTHING)
            }),
        Lie::by_server("GREASE's extension encrypted", ExtensionNotOffered)
            .with(greased)
            .says(EE, |one| {
                encrypted_extensions(&one, |block| block.add(ExtensionType(0x0a0a), &[]))
            }),
        Lie::by_server("GREASE's protocol chosen", AlpnNotOffered)
            .with(greased)
            .says(EE, |one| {
                encrypted_extensions(&one, |block| block.set(ALPN, &[0, 3, 2, 0x0a, 0x0a]))
            }),
        Lie::by_server("a signature by GREASE's scheme", SchemeNotOffered)
            .with(greased)
            .says(VERIFY, SCHEME),
        Lie::by_client("a client's signature by GREASE's scheme", SchemeNotOffered)
            .with(asked)
            .says(VERIFY, SCHEME),
        Lie::by_server("GREASE's suite chosen (TLS 1.2)", SuiteNotOffered)
            .with(old)
            .says(SH, |hello| {
                server_hello(&hello, |hello| hello.suites = NOTHING.to_vec())
            }),
        Lie::by_server("GREASE's extension answered (TLS 1.2)", ExtensionNotOffered)
            .with(old)
            .says(SH, |hello| extends(&hello, ExtensionType(0x0a0a), &[])),
        Lie::by_server("GREASE's group chosen (TLS 1.2)", GroupNotOffered)
            .with(old)
            .says(HandshakeType::SERVER_KEY_EXCHANGE, |one| {
                edit_body(&one, |body| body[1..3].copy_from_slice(&NOTHING))
            }),
    ]
}

fn others() -> Vec<Lie> {
    use Fault::{ExtensionNotOffered, RenegotiationInfoAbsent, SchemeNotOffered, SrtpProfileWrong};
    vec![
        Lie::by_server(
            "a server's signature by a client's scheme",
            SchemeNotOffered,
        )
        .with(padded)
        .says(VERIFY, |one| {
            edit_body(&one, |body| body[..2].copy_from_slice(&[4, 0x20]))
        }),
        Lie::by_server("a profile of SRTP that was not offered", SrtpProfileWrong)
            .with(media)
            .says(EE, |one| {
                encrypted_extensions(&one, |block| {
                    block.set(ExtensionType::USE_SRTP, &[0, 2, 0, 2, 0]);
                })
            }),
        Lie::by_server("two profiles of SRTP", SrtpProfileWrong)
            .with(media)
            .says(EE, |one| {
                encrypted_extensions(&one, |block| {
                    block.set(ExtensionType::USE_SRTP, &[0, 4, 0, 1, 0, 7, 0]);
                })
            }),
        Lie::by_server("a profile of SRTP with a name for keys", SrtpProfileWrong)
            .with(old_media)
            .says(SH, |hello| {
                extends(&hello, ExtensionType::USE_SRTP, &[0, 2, 0, 7, 1, 9])
            }),
        Lie::by_server(
            "a profile of SRTP though none was offered",
            ExtensionNotOffered,
        )
        .with(|setup| setup.server.common.srtp_profiles = PROFILES.to_vec())
        .says(EE, |one| {
            encrypted_extensions(&one, |block| {
                block.set(ExtensionType::USE_SRTP, &[0, 2, 0, 7, 0]);
            })
        }),
        Lie::by_server(
            "nothing that binds later handshakes",
            RenegotiationInfoAbsent,
        )
        .with(|setup| {
            old(setup);
            setup.client.require_secure_renegotiation = true;
        })
        .says(SH, |hello| {
            server_hello(&hello, |hello| {
                hello.extensions.remove(ExtensionType::RENEGOTIATION_INFO);
            })
        }),
    ]
}
