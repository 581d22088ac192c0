//! Lies about keys that both sides have known before, in TLS 1.3 (RFC 8446 section 4.2.11).

use crate::liar::anatomy::{client_hello, message, server_hello};
use crate::liar::lie::{Lie, Setup};
use crate::liar::script::Change;
use handfast::config::PreSharedKey;
use handfast::{Fault, NamedGroup, ServerConfig};
use handfast_wire::registry::{ExtensionType, HandshakeType};

const CH: HandshakeType = HandshakeType::CLIENT_HELLO;
const SH: HandshakeType = HandshakeType::SERVER_HELLO;
const PSK: ExtensionType = ExtensionType::PRE_SHARED_KEY;

fn key() -> PreSharedKey {
    PreSharedKey::new(b"pump 7", &[0x5a; 32]).expect("a key")
}

/// Both know a key; the server has no certificate, and the client takes none.
fn shared(setup: &mut Setup) {
    setup.client.psks = vec![key()];
    setup.client.require_psk = true;
    setup.server = ServerConfig::without_credential();
    setup.server.psks = vec![key()];
}

/// Both import it: two identities stand in the ClientHello.
fn imported(setup: &mut Setup) {
    shared(setup);
    let key = key().imported(b"readings").expect("a key");
    setup.client.psks = vec![key.clone()];
    setup.server.psks = vec![key];
}

/// The server asks for another share first.
fn retried(setup: &mut Setup) {
    shared(setup);
    setup.server.common.groups = vec![NamedGroup::SECP256R1];
}

pub(super) fn lies() -> Vec<Lie> {
    let mut all = client();
    all.extend(server());
    all
}

fn client() -> Vec<Lie> {
    use Fault::{BinderWrong, PskModesNotCommon, PskNotCommon};
    use Fault::{PskGoneAfterRetry, PskMissingAfterRetry};
    fn says(name: &'static str, fault: Fault, change: Change) -> Lie {
        Lie::by_client(name, fault).with(shared).says(CH, change)
    }
    fn second(name: &'static str, fault: Fault, change: Change) -> Lie {
        let lie = Lie::by_client(name, fault).with(retried);
        lie.says_nth(CH, 1, change)
    }
    vec![
        says(
            "a shared key by no known mode",
            PskModesNotCommon,
            |hello| {
                client_hello(&hello, |hello| {
                    let modes = ExtensionType::PSK_KEY_EXCHANGE_MODES;
                    hello.extensions.set(modes, &[1, 0x1a]);
                })
            },
        ),
        says("a shared key alone", PskModesNotCommon, |hello| {
            client_hello(&hello, |hello| {
                let modes = ExtensionType::PSK_KEY_EXCHANGE_MODES;
                hello.extensions.set(modes, &[1, 0]);
            })
        }),
        says(
            "a shared key that nobody knows",
            PskNotCommon,
            other_identity,
        ),
        says("no shared key", PskNotCommon, without_key),
        says(
            "a shared key's binder with a flipped bit",
            BinderWrong,
            flip_last_bit,
        ),
        Lie::by_client("an imported key's binder with a flipped bit", BinderWrong)
            .with(|setup| {
                imported(setup);
                // The last of the two is the one that goes with it.
                let suite = handfast::CipherSuite::TLS_AES_256_GCM_SHA384;
                setup.server.common.suites = vec![suite];
            })
            .says(CH, flip_last_bit),
        second(
            "second ClientHello without the shared key",
            PskMissingAfterRetry,
            without_key,
        ),
        second(
            "second ClientHello with another shared key",
            PskGoneAfterRetry,
            other_identity,
        ),
        second(
            "a shared key's second binder with a flipped bit",
            BinderWrong,
            flip_last_bit,
        ),
    ]
}

fn server() -> Vec<Lie> {
    use Fault::{KeyShareMissing, MessageUnexpected, PskIndexWrong, PskNotChosen};
    fn lie(name: &'static str, fault: Fault) -> Lie {
        Lie::by_server(name, fault).with(shared)
    }
    vec![
        lie("no shared key is taken", PskNotChosen).says(SH, |hello| {
            server_hello(&hello, |hello| hello.extensions.remove(PSK))
        }),
        lie("a shared key that was not offered", PskIndexWrong).says(SH, flip_last_bit),
        lie("an imported key for another hash", PskIndexWrong)
            .with(imported)
            .says(SH, flip_last_bit),
        lie("a shared key without key_share", KeyShareMissing).says(SH, |hello| {
            server_hello(&hello, |hello| {
                hello.extensions.remove(ExtensionType::KEY_SHARE);
            })
        }),
        lie(
            "a request beside a shared key in TLS 1.3",
            MessageUnexpected,
        )
        .says(HandshakeType::FINISHED, |finished| {
            let asked = [0, 0, 8, 0, 13, 0, 4, 0, 2, 4, 3];
            let request = message(HandshakeType::CERTIFICATE_REQUEST, &asked);
            vec![request, finished]
        }),
        lie(
            "a certificate beside a shared key in TLS 1.3",
            MessageUnexpected,
        )
        .says(HandshakeType::FINISHED, |finished| {
            let none = message(HandshakeType::CERTIFICATE, &[0, 0, 0, 0]);
            vec![none, finished]
        }),
    ]
}

fn without_key(hello: Vec<u8>) -> Vec<Vec<u8>> {
    client_hello(&hello, |hello| hello.extensions.remove(PSK))
}

/// The first letter of the first identity.
fn other_identity(hello: Vec<u8>) -> Vec<Vec<u8>> {
    client_hello(&hello, |hello| {
        let mut content = hello.extensions.content(PSK).to_vec();
        if let Some(letter) = content.get_mut(4) {
            *letter ^= 1;
        }
        hello.extensions.set(PSK, &content);
    })
}

fn flip_last_bit(mut message: Vec<u8>) -> Vec<Vec<u8>> {
    if let Some(last) = message.last_mut() {
        *last ^= 1;
    }
    vec![message]
}
