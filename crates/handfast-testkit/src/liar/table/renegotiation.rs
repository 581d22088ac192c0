//! Lies in second handshakes before TLS 1.3 (RFC 5746).

use crate::certificates::{self, KeyKind};
use crate::config;
use crate::liar::anatomy::{Hello, client_hello, message, server_hello};
use crate::liar::lie::{Lie, Setup, record};
use crate::liar::script::Change;
use handfast::config::Renegotiation;
use handfast::{Fault, ProtocolVersion};
use handfast_wire::registry::{ContentType, ExtensionType, HandshakeType};

const CH: HandshakeType = HandshakeType::CLIENT_HELLO;
const SH: HandshakeType = HandshakeType::SERVER_HELLO;
const INFO: ExtensionType = ExtensionType::RENEGOTIATION_INFO;
const EMS: ExtensionType = ExtensionType::EXTENDED_MASTER_SECRET;
const ALPN: ExtensionType = ExtensionType::APPLICATION_LAYER_PROTOCOL_NEGOTIATION;
const REQUEST: HandshakeType = HandshakeType::HELLO_REQUEST;

/// Both speak TLS 1.2, and either may begin.
fn open(setup: &mut Setup) {
    for common in [&mut setup.client.common, &mut setup.server.common] {
        common.versions = vec![ProtocolVersion::TLS_1_2];
        common.renegotiation = Renegotiation::ALLOW;
        common.alpn = vec![b"one".to_vec(), b"two".to_vec()];
    }
}

/// The same, the client shows who it is.
fn mutual(setup: &mut Setup) {
    setup.server = config::mutual_server(KeyKind::EcP256);
    setup.client.credentials = vec![config::credential(certificates::client(KeyKind::EcP256))];
    open(setup);
}

/// A client that begins a second handshake, and lies in its ClientHello.
fn client(name: &'static str, fault: Fault, change: Change) -> Lie {
    Lie::by_client(name, fault)
        .with(open)
        .renews()
        .says_nth(CH, 1, change)
}

/// A server that asks for one, and lies in its ServerHello.
fn server(name: &'static str, fault: Fault, change: Change) -> Lie {
    Lie::by_server(name, fault)
        .with(open)
        .renews()
        .says_nth(SH, 1, change)
}

pub(super) fn lies() -> Vec<Lie> {
    let mut all = by_client();
    all.extend(by_server());
    all
}

fn flip(hello: &mut Hello) {
    let mut info = hello.extensions.content(INFO).to_vec();
    *info.last_mut().expect("not empty") ^= 1;
    hello.extensions.set(INFO, &info);
}

fn by_client() -> Vec<Lie> {
    use Fault::{PeerChanged, RenegotiationForgotten, RenegotiationInfoForeign};
    use Fault::{
        RenegotiationInfoMissing, RenegotiationUnbound, ServerNameChanged, VersionChanged,
    };
    vec![
        client(
            "a second ClientHello without renegotiation_info",
            RenegotiationInfoMissing,
            |hello| client_hello(&hello, |hello| hello.extensions.remove(INFO)),
        ),
        client(
            "a second ClientHello with the empty renegotiation_info of a first",
            RenegotiationInfoForeign,
            |hello| client_hello(&hello, |hello| hello.extensions.set(INFO, &[0])),
        ),
        client(
            "a second ClientHello with another connection's renegotiation_info",
            RenegotiationInfoForeign,
            |hello| client_hello(&hello, flip),
        ),
        client(
            "the signalling suite in a second ClientHello",
            RenegotiationForgotten,
            |hello| client_hello(&hello, |hello| hello.suites.extend([0, 0xff])),
        ),
        client(
            "a second ClientHello without the extended master secret",
            RenegotiationUnbound,
            |hello| client_hello(&hello, |hello| hello.extensions.remove(EMS)),
        ),
        client(
            "a second ClientHello of an older version",
            VersionChanged,
            |hello| client_hello(&hello, |hello| hello.version = [3, 2]),
        ),
        client(
            "a second ClientHello for another host",
            ServerNameChanged,
            |hello| {
                client_hello(&hello, |hello| {
                    hello.extensions.remove(ExtensionType::SERVER_NAME);
                })
            },
        ),
        Lie::by_client(
            "a client that hides who it is in its second handshake",
            PeerChanged,
        )
        .with(mutual)
        .renews()
        .says_nth(HandshakeType::CERTIFICATE, 1, |_| {
            vec![message(HandshakeType::CERTIFICATE, &[0; 3])]
        }),
    ]
}

fn by_server() -> Vec<Lie> {
    use Fault::{ExtensionNotOffered, HelloRequestMalformed, RenegotiationInfoForeign};
    use Fault::{RenegotiationInfoMissing, RenegotiationUnbound, TooManyHelloRequests};
    const HANDSHAKE: ContentType = ContentType::HANDSHAKE;
    vec![
        server(
            "a second ServerHello without renegotiation_info",
            RenegotiationInfoMissing,
            |hello| server_hello(&hello, |hello| hello.extensions.remove(INFO)),
        ),
        server(
            "a second ServerHello with the empty renegotiation_info of a first",
            RenegotiationInfoForeign,
            |hello| server_hello(&hello, |hello| hello.extensions.set(INFO, &[0])),
        ),
        server(
            "a second ServerHello with another connection's renegotiation_info",
            RenegotiationInfoForeign,
            |hello| server_hello(&hello, flip),
        ),
        server(
            "a second ServerHello without the extended master secret",
            RenegotiationUnbound,
            |hello| server_hello(&hello, |hello| hello.extensions.remove(EMS)),
        ),
        server(
            "a second ServerHello with an application protocol",
            ExtensionNotOffered,
            |hello| {
                server_hello(&hello, |hello| {
                    hello.extensions.set(ALPN, &[0, 4, 3, b't', b'w', b'o']);
                })
            },
        ),
        Lie::by_server("a HelloRequest with a body", HelloRequestMalformed)
            .with(open)
            .later(|liar| record(liar, HANDSHAKE, &message(REQUEST, &[0]))),
        Lie::by_server(
            "33 HelloRequests to who does not hear them",
            TooManyHelloRequests,
        )
        .with(|setup| {
            open(setup);
            setup.client.common.renegotiation = Renegotiation::Ignore;
        })
        .later(|liar| record(liar, HANDSHAKE, &message(REQUEST, &[]).repeat(33))),
    ]
}
