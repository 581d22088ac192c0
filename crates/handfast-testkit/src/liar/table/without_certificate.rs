//! Lies where the server shows no certificate: with a shared key (RFC 4279), and with nothing
//! (RFC 5246 section 7.4.3).

use crate::liar::anatomy::{edit_body, message};
use crate::liar::lie::{Lie, Setup};
use handfast::config::{PreSharedKey, Verification};
use handfast::obsolete::MUSEUM;
use handfast::{CipherSuite, Fault, ProtocolVersion};
use handfast_wire::registry::HandshakeType;

const CERTIFICATE: HandshakeType = HandshakeType::CERTIFICATE;
const REQUEST: HandshakeType = HandshakeType::CERTIFICATE_REQUEST;
const KEY_EXCHANGE: HandshakeType = HandshakeType::SERVER_KEY_EXCHANGE;
const DONE: HandshakeType = HandshakeType::SERVER_HELLO_DONE;
const CLIENT_KEY_EXCHANGE: HandshakeType = HandshakeType::CLIENT_KEY_EXCHANGE;

fn with(setup: &mut Setup, suite: CipherSuite) {
    for common in [&mut setup.client.common, &mut setup.server.common] {
        common.versions = vec![ProtocolVersion::TLS_1_2];
        common.obsolete = Some(&MUSEUM);
        common.suites = vec![suite];
    }
}

fn shared(setup: &mut Setup, suite: CipherSuite) {
    with(setup, suite);
    let key = PreSharedKey::new(b"pump 7", &[0x5a; 32]).expect("a key");
    setup.client.psks = vec![key.clone()];
    setup.server.psks = vec![key];
}

/// The key alone.
fn plain(setup: &mut Setup) {
    shared(setup, CipherSuite::TLS_PSK_WITH_AES_128_GCM_SHA256);
}

/// The key and a curve.
fn curve(setup: &mut Setup) {
    shared(setup, CipherSuite::TLS_ECDHE_PSK_WITH_AES_128_GCM_SHA256);
}

/// Nothing but a curve.
fn anonymous(setup: &mut Setup) {
    with(setup, CipherSuite::TLS_ECDH_ANON_WITH_AES_128_CBC_SHA);
    setup.client.verification = Verification::danger_accept_anyone();
}

pub(super) fn lies() -> Vec<Lie> {
    let mut all = server();
    all.extend(client());
    all
}

fn server() -> Vec<Lie> {
    use Fault::{MessageUnexpected, ServerKeyExchangeMalformed};
    let asked = |one: Vec<u8>| vec![message(REQUEST, &[1, 1, 0, 0, 0, 0]), one];
    let lie = |name, fault| Lie::by_server(name, fault);
    vec![
        lie("a certificate beside a shared key", MessageUnexpected)
            .with(curve)
            .says(KEY_EXCHANGE, |one| {
                vec![message(CERTIFICATE, &[0, 0, 0]), one]
            }),
        lie("CertificateRequest beside a shared key", MessageUnexpected)
            .with(plain)
            .says(DONE, asked),
        lie("two hints", MessageUnexpected)
            .with(plain)
            .says(DONE, |one| {
                let hint = message(KEY_EXCHANGE, &[0, 1, b'?']);
                vec![hint.clone(), hint, one]
            }),
        lie("a hint cut off", ServerKeyExchangeMalformed)
            .with(plain)
            .says(DONE, |one| vec![message(KEY_EXCHANGE, &[0, 2, b'?']), one]),
        lie("a hint with a byte left over", ServerKeyExchangeMalformed)
            .with(plain)
            .says(DONE, |one| vec![message(KEY_EXCHANGE, &[0, 0, 0]), one]),
        lie("a signature where nobody signs", ServerKeyExchangeMalformed)
            .with(curve)
            .says(KEY_EXCHANGE, |one| {
                edit_body(&one, |body| body.extend([4, 3, 0, 0]))
            }),
        lie("a shared key's parameters left out", MessageUnexpected)
            .with(curve)
            .says(KEY_EXCHANGE, |_| vec![]),
        lie("a certificate of nobody", MessageUnexpected)
            .with(anonymous)
            .says(KEY_EXCHANGE, |one| {
                vec![message(CERTIFICATE, &[0, 0, 0]), one]
            }),
        lie("CertificateRequest of nobody", MessageUnexpected)
            .with(anonymous)
            .says(DONE, asked),
        lie("a signature of nobody", ServerKeyExchangeMalformed)
            .with(anonymous)
            .says(KEY_EXCHANGE, |one| {
                edit_body(&one, |body| body.extend([4, 3, 0, 0]))
            }),
    ]
}

fn client() -> Vec<Lie> {
    use Fault::{ClientKeyExchangeMalformed, PskIdentityUnknown, RecordNotAuthentic};
    let lie = |name, fault| Lie::by_client(name, fault);
    vec![
        lie("an identity that nobody knows", PskIdentityUnknown)
            .with(plain)
            .says(CLIENT_KEY_EXCHANGE, |one| {
                edit_body(&one, |body| body[7] = b'8')
            }),
        lie(
            "an identity that nobody knows, and nobody is told so",
            RecordNotAuthentic,
        )
        .with(|setup| {
            plain(setup);
            setup.server.hide_unknown_psks = true;
        })
        .says(CLIENT_KEY_EXCHANGE, |one| {
            edit_body(&one, |body| body[7] = b'8')
        }),
        lie("another key under the identity", RecordNotAuthentic)
            .with(|setup| {
                plain(setup);
                setup.client.psks = PreSharedKey::new(b"pump 7", &[0xa5; 32])
                    .into_iter()
                    .collect();
            })
            .without_honest_twin(),
        lie("an identity cut off", ClientKeyExchangeMalformed)
            .with(plain)
            .says(CLIENT_KEY_EXCHANGE, |one| {
                edit_body(&one, |body| body.truncate(7))
            }),
        lie(
            "an identity with a byte left over",
            ClientKeyExchangeMalformed,
        )
        .with(plain)
        .says(CLIENT_KEY_EXCHANGE, |one| {
            edit_body(&one, |body| body.push(0))
        }),
        lie(
            "an identity without a public value",
            ClientKeyExchangeMalformed,
        )
        .with(curve)
        .says(CLIENT_KEY_EXCHANGE, |one| {
            edit_body(&one, |body| body.truncate(8))
        }),
    ]
}
