//! Lies in TLS 1.2 (RFC 5246, RFC 8422).

use crate::certificates::{self, KeyKind};
use crate::config;
use crate::liar::anatomy::{client_hello, edit_body, message, server_hello};
use crate::liar::lie::{Lie, Setup, record};
use crate::liar::script::Change;
use handfast::{CipherSuite, Fault, ProtocolVersion};
use handfast_wire::registry::{ContentType, ExtensionType, HandshakeType};

const CH: HandshakeType = HandshakeType::CLIENT_HELLO;
const SH: HandshakeType = HandshakeType::SERVER_HELLO;
const KEY_EXCHANGE: HandshakeType = HandshakeType::SERVER_KEY_EXCHANGE;
const DONE: HandshakeType = HandshakeType::SERVER_HELLO_DONE;
const CLIENT_KEY_EXCHANGE: HandshakeType = HandshakeType::CLIENT_KEY_EXCHANGE;
const FINISHED: HandshakeType = HandshakeType::FINISHED;
const CCS: &[u8] = &[20, 3, 3, 0, 1, 1];

pub(super) fn lies() -> Vec<Lie> {
    let mut all = client_hellos();
    all.extend(server_hellos());
    all.extend(server_certificate());
    all.extend(server_key_exchange());
    all.extend(server_hello_done());
    all.extend(client_key_exchange());
    all.extend(client_proofs());
    all.extend(change_cipher_spec());
    all.extend(later());
    all
}

/// Both speak TLS 1.2 alone.
fn old(setup: &mut Setup) {
    setup.client.common.versions = vec![ProtocolVersion::TLS_1_2];
    setup.server.common.versions = vec![ProtocolVersion::TLS_1_2];
}

/// TLS 1.2, the client asked for a certificate.
fn mutual(setup: &mut Setup) {
    setup.server = config::mutual_server(KeyKind::EcP256);
    setup.client.credentials = vec![config::credential(certificates::client(KeyKind::EcP256))];
    old(setup);
}

fn client(name: &'static str, fault: Fault, msg_type: HandshakeType, change: Change) -> Lie {
    Lie::by_client(name, fault).with(old).says(msg_type, change)
}

fn server(name: &'static str, fault: Fault, msg_type: HandshakeType, change: Change) -> Lie {
    Lie::by_server(name, fault).with(old).says(msg_type, change)
}

fn client_hellos() -> Vec<Lie> {
    use Fault::{CertificateCurveNotCommon, CompressionOffered, FallbackInappropriate};
    use Fault::{PointFormatsWrong, RenegotiationInfoWrong};
    vec![
        Lie::by_client("a needless fallback to TLS 1.2", FallbackInappropriate)
            .with(|setup| {
                setup.client.common.versions = vec![ProtocolVersion::TLS_1_2];
                setup.server.common.versions = both();
            })
            .says(CH, |hello| {
                client_hello(&hello, |hello| hello.suites.extend([0x56, 0]))
            })
            .without_honest_twin(),
        client(
            "only deflate, with TLS 1.2",
            CompressionOffered,
            CH,
            |hello| client_hello(&hello, |hello| hello.compression = vec![1]),
        ),
        client(
            "renegotiation_info in a first ClientHello",
            RenegotiationInfoWrong,
            CH,
            |hello| {
                client_hello(&hello, |hello| {
                    hello
                        .extensions
                        .set(ExtensionType::RENEGOTIATION_INFO, &[1, 0]);
                })
            },
        ),
        client(
            "no curve that the server's certificate lies on",
            CertificateCurveNotCommon,
            CH,
            |hello| {
                client_hello(&hello, |hello| {
                    hello
                        .extensions
                        .set(ExtensionType::SUPPORTED_GROUPS, &[0, 2, 0, 29]);
                })
            },
        ),
        client(
            "compressed points alone offered",
            PointFormatsWrong,
            CH,
            |hello| {
                client_hello(&hello, |hello| {
                    hello
                        .extensions
                        .set(ExtensionType::EC_POINT_FORMATS, &[1, 1]);
                })
            },
        ),
    ]
}

fn server_hellos() -> Vec<Lie> {
    use Fault::{CompressionChosen, Downgrade, PointFormatsWrong, RenegotiationInfoWrong};
    use Fault::{SessionIdInvented, SuiteNotOffered};
    vec![
        server(
            "renegotiation_info in a first ServerHello",
            RenegotiationInfoWrong,
            SH,
            |hello| {
                server_hello(&hello, |hello| {
                    hello
                        .extensions
                        .set(ExtensionType::RENEGOTIATION_INFO, &[1, 0]);
                })
            },
        ),
        server(
            "compressed points alone chosen",
            PointFormatsWrong,
            SH,
            |hello| {
                server_hello(&hello, |hello| {
                    hello
                        .extensions
                        .set(ExtensionType::EC_POINT_FORMATS, &[1, 1]);
                })
            },
        ),
        server(
            "deflate chosen, with TLS 1.2",
            CompressionChosen,
            SH,
            |hello| server_hello(&hello, |hello| hello.compression = vec![1]),
        ),
        server(
            "a suite of TLS 1.3, with TLS 1.2",
            SuiteNotOffered,
            SH,
            |hello| server_hello(&hello, |hello| hello.suites = vec![0x13, 1]),
        ),
        Lie::by_server("an old version with the mark of a newer one", Downgrade)
            .with(|setup| setup.client.common.versions = both())
            .says(SH, |hello| {
                server_hello(&hello, |hello| {
                    hello.extensions.remove(ExtensionType::SUPPORTED_VERSIONS);
                    hello.random[24..].copy_from_slice(b"DOWNGRD\x01");
                    hello.suites = vec![0xc0, 0x2b];
                })
            }),
        // The session id is the one that a client makes up for middleboxes.
        Lie::by_server("a session resumed that never was", SessionIdInvented)
            .with(|setup| {
                setup.client.common.versions = both();
                setup.client.common.entropy = std::sync::Arc::new(Sevens);
                setup.server.common.versions = vec![ProtocolVersion::TLS_1_2];
            })
            .says(SH, |hello| {
                server_hello(&hello, |hello| hello.session_id = vec![7; 32])
            }),
    ]
}

fn server_certificate() -> Vec<Lie> {
    use Fault::CertificateWrongForSuite;
    use Fault::{CertificateCurveNotOffered, CertificateMalformed, CertificateMissing};
    const CERTIFICATE: HandshakeType = HandshakeType::CERTIFICATE;
    vec![
        server(
            "Certificate without a list",
            CertificateMalformed,
            CERTIFICATE,
            |one| edit_body(&one, Vec::clear),
        ),
        server("an empty chain", CertificateMissing, CERTIFICATE, |one| {
            edit_body(&one, |body| *body = vec![0, 0, 0])
        }),
        server(
            "a suite for another kind of key",
            CertificateWrongForSuite,
            SH,
            |hello| {
                server_hello(&hello, |hello| {
                    hello.suites = CipherSuite::TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256
                        .0
                        .to_be_bytes()
                        .into();
                })
            },
        ),
        server(
            "a certificate on a curve that was not offered",
            CertificateCurveNotOffered,
            CERTIFICATE,
            |_| {
                let chain = certificates::server(KeyKind::EcP521).chain().to_vec();
                let entries = chain.iter().map(|der| sized(der)).collect::<Vec<_>>();
                vec![message(CERTIFICATE, &sized(&entries.concat()))]
            },
        ),
    ]
}

fn server_key_exchange() -> Vec<Lie> {
    use Fault::SignatureWrong;
    use Fault::{CurveTypeWrong, GroupNotOffered, MessageUnexpected, ServerKeyExchangeMalformed};
    vec![
        server(
            "ServerKeyExchange without a body",
            ServerKeyExchangeMalformed,
            KEY_EXCHANGE,
            |one| edit_body(&one, Vec::clear),
        ),
        server(
            "ServerKeyExchange with a byte left over",
            ServerKeyExchangeMalformed,
            KEY_EXCHANGE,
            |one| edit_body(&one, |body| body.push(0)),
        ),
        server("an explicit curve", CurveTypeWrong, KEY_EXCHANGE, |one| {
            edit_body(&one, |body| body[0] = 1)
        }),
        server(
            "a curve that was not offered",
            GroupNotOffered,
            KEY_EXCHANGE,
            |one| edit_body(&one, |body| body[2] = 25),
        ),
        server(
            "another share than was signed",
            SignatureWrong,
            KEY_EXCHANGE,
            |one| edit_body(&one, |body| body[4] ^= 1),
        ),
        server(
            "another signature than was made",
            SignatureWrong,
            KEY_EXCHANGE,
            |one| edit_body(&one, |body| *body.last_mut().expect("a body") ^= 1),
        ),
        server(
            "ServerKeyExchange left out",
            MessageUnexpected,
            KEY_EXCHANGE,
            |_| vec![],
        ),
        server(
            "ServerKeyExchange twice",
            MessageUnexpected,
            KEY_EXCHANGE,
            |one| vec![one.clone(), one],
        ),
    ]
}

fn server_hello_done() -> Vec<Lie> {
    use Fault::{CertificateStatusMalformed, MessageUnexpected, ServerHelloDoneMalformed};
    vec![
        server(
            "ServerHelloDone with a body",
            ServerHelloDoneMalformed,
            DONE,
            |one| edit_body(&one, |body| body.push(0)),
        ),
        server(
            "Finished instead of ServerHelloDone",
            MessageUnexpected,
            DONE,
            |_| vec![message(FINISHED, &[0; 12])],
        ),
        server(
            "a ticket that was not promised",
            MessageUnexpected,
            DONE,
            |one| vec![message(HandshakeType::NEW_SESSION_TICKET, &[0; 6]), one],
        ),
        server(
            "CertificateStatus that was not promised",
            MessageUnexpected,
            KEY_EXCHANGE,
            |one| {
                vec![
                    message(HandshakeType::CERTIFICATE_STATUS, &[1, 0, 0, 1, 0]),
                    one,
                ]
            },
        ),
        Lie::by_server(
            "CertificateStatus of another type",
            CertificateStatusMalformed,
        )
        .with(|setup| {
            old(setup);
            let credential = config::credential(certificates::server(KeyKind::EcP256));
            setup.server.credentials = vec![credential.with_ocsp_response(vec![0x30, 0])];
        })
        .says(HandshakeType::CERTIFICATE_STATUS, |one| {
            edit_body(&one, |body| body[0] = 2)
        }),
    ]
}

fn client_key_exchange() -> Vec<Lie> {
    use Fault::{ClientKeyExchangeMalformed, KeyShareWrong, MessageUnexpected};
    const VERIFY: HandshakeType = HandshakeType::CERTIFICATE_VERIFY;
    vec![
        client(
            "ClientKeyExchange without a body",
            ClientKeyExchangeMalformed,
            CLIENT_KEY_EXCHANGE,
            |one| edit_body(&one, Vec::clear),
        ),
        client(
            "a share of low order, with TLS 1.2",
            KeyShareWrong,
            CLIENT_KEY_EXCHANGE,
            |one| edit_body(&one, |body| body[1..].fill(0)),
        ),
        client(
            "ClientKeyExchange left out",
            Fault::ChangeCipherSpecUnexpected,
            CLIENT_KEY_EXCHANGE,
            |_| vec![],
        ),
        client(
            "Certificate that nobody asked for, with TLS 1.2",
            MessageUnexpected,
            CLIENT_KEY_EXCHANGE,
            |one| vec![message(HandshakeType::CERTIFICATE, &[0, 0, 0]), one],
        ),
        client(
            "CertificateVerify without a certificate",
            MessageUnexpected,
            CLIENT_KEY_EXCHANGE,
            |one| vec![one, message(VERIFY, &[4, 3, 0, 0])],
        ),
    ]
}

fn client_proofs() -> Vec<Lie> {
    use Fault::{CertificateRequestMalformed, FinishedMalformed, FinishedWrong};
    use Fault::{CertificateVerifyMalformed, ClassicCertificateRequired, SignatureWrong};
    const VERIFY: HandshakeType = HandshakeType::CERTIFICATE_VERIFY;
    fn proof(name: &'static str, fault: Fault, msg_type: HandshakeType, change: Change) -> Lie {
        Lie::by_client(name, fault)
            .with(mutual)
            .says(msg_type, change)
    }
    vec![
        proof(
            "no certificate, with TLS 1.2",
            ClassicCertificateRequired,
            HandshakeType::CERTIFICATE,
            |one| edit_body(&one, |body| *body = vec![0, 0, 0]),
        ),
        proof(
            "CertificateVerify without a body, with TLS 1.2",
            CertificateVerifyMalformed,
            VERIFY,
            |one| edit_body(&one, Vec::clear),
        ),
        proof(
            "a flipped bit in CertificateVerify, with TLS 1.2",
            SignatureWrong,
            VERIFY,
            |one| edit_body(&one, |body| *body.last_mut().expect("a body") ^= 1),
        ),
        proof(
            "CertificateVerify left out, with TLS 1.2",
            Fault::ChangeCipherSpecUnexpected,
            VERIFY,
            |_| vec![],
        ),
        client(
            "Finished with a flipped bit, with TLS 1.2",
            FinishedWrong,
            FINISHED,
            |one| edit_body(&one, |body| body[0] ^= 1),
        ),
        client(
            "Finished of 36 bytes, with TLS 1.2",
            FinishedMalformed,
            FINISHED,
            |one| edit_body(&one, |body| body.resize(36, 0)),
        ),
        server(
            "a server's Finished with a flipped bit, with TLS 1.2",
            FinishedWrong,
            FINISHED,
            |one| edit_body(&one, |body| body[11] ^= 1),
        ),
        Lie::by_server(
            "CertificateRequest without a body, with TLS 1.2",
            CertificateRequestMalformed,
        )
        .with(mutual)
        .says(HandshakeType::CERTIFICATE_REQUEST, |one| {
            edit_body(&one, Vec::clear)
        }),
    ]
}

/// Where ChangeCipherSpec has a meaning, it has one place (CVE-2014-0224).
fn change_cipher_spec() -> Vec<Lie> {
    use Fault::{ChangeCipherSpecMalformed, ChangeCipherSpecUnexpected};
    vec![
        Lie::by_client("early ChangeCipherSpec", ChangeCipherSpecUnexpected)
            .with(old)
            .on_the_wire(1, |flight| [CCS, &flight].concat()),
        Lie::by_server("early ChangeCipherSpec", ChangeCipherSpecUnexpected)
            .with(old)
            .on_the_wire(0, |flight| [&flight, CCS].concat()),
        Lie::by_server(
            "ChangeCipherSpec before ServerHello",
            ChangeCipherSpecUnexpected,
        )
        .with(old)
        .on_the_wire(0, |flight| [CCS, &flight].concat()),
        Lie::by_server(
            "ChangeCipherSpec of 2, with TLS 1.2",
            ChangeCipherSpecMalformed,
        )
        .with(old)
        .on_the_wire(1, |mut flight| {
            flight[5] = 2;
            flight
        }),
        Lie::by_client(
            "Finished in the clear, without ChangeCipherSpec",
            Fault::MessageUnexpected,
        )
        .with(old)
        .on_the_wire(1, |flight| {
            let plain = [22, 3, 3, 0, 16, 20, 0, 0, 12];
            [&up_to_change_cipher_spec(&flight)[..], &plain, &[0; 12]].concat()
        }),
    ]
}

fn later() -> Vec<Lie> {
    use Fault::{MessageUnexpected, RecordNotAuthentic, RenegotiationRefused, TooManyEmptyRecords};
    let c = |name, fault| Lie::by_client(name, fault).with(old);
    let s = |name, fault| Lie::by_server(name, fault).with(old);
    const HANDSHAKE: ContentType = ContentType::HANDSHAKE;
    vec![
        c("renegotiation by the client", RenegotiationRefused)
            .later(|liar| record(liar, HANDSHAKE, &message(CH, &[0; 40]))),
        s("renegotiation by the server", RenegotiationRefused)
            .later(|liar| record(liar, HANDSHAKE, &message(HandshakeType::HELLO_REQUEST, &[]))),
        c("KeyUpdate, with TLS 1.2", MessageUnexpected)
            .later(|liar| record(liar, HANDSHAKE, &message(HandshakeType::KEY_UPDATE, &[0]))),
        c(
            "ChangeCipherSpec after the handshake, with TLS 1.2",
            Fault::ChangeCipherSpecUnexpected,
        )
        .later(|_| CCS.to_vec()),
        c("a record twice, with TLS 1.2", RecordNotAuthentic)
            .later(|liar| liar.write(b"data").repeat(2)),
        s("another type on a record, with TLS 1.2", RecordNotAuthentic).later(|liar| {
            let mut bytes = liar.write(b"data");
            bytes[0] = 22;
            bytes
        }),
        s("a plain record, with TLS 1.2", RecordNotAuthentic).later(|_| vec![23, 3, 3, 0, 1, 0]),
        c("33 empty records, with TLS 1.2", TooManyEmptyRecords).later(|liar| {
            let data = ContentType::APPLICATION_DATA;
            (0..33).flat_map(|_| record(liar, data, &[])).collect()
        }),
    ]
}

fn both() -> Vec<ProtocolVersion> {
    vec![ProtocolVersion::TLS_1_3, ProtocolVersion::TLS_1_2]
}

/// The client's second flight up to its ChangeCipherSpec record.
fn up_to_change_cipher_spec(flight: &[u8]) -> Vec<u8> {
    let at = flight
        .windows(6)
        .position(|six| six == CCS)
        .expect("ChangeCipherSpec");
    flight[..at].to_vec()
}

/// Randomness that is none.
#[derive(Debug)]
struct Sevens;

impl handfast::config::Entropy for Sevens {
    fn fill(&self, out: &mut [u8]) -> Result<(), handfast_crypto::random::RandomFailed> {
        out.fill(7);
        Ok(())
    }
}

/// Bytes after three of length.
fn sized(bytes: &[u8]) -> Vec<u8> {
    let length = u32::try_from(bytes.len()).expect("a few certificates");
    [&length.to_be_bytes()[1..], bytes].concat()
}
