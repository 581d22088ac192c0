//! Encrypted ClientHello: keys of `public.example`, in front of `localhost`.

use crate::certificates::{self, KeyKind};
use crate::config;
use crate::liar::anatomy::{Hello, body, client_hello};
use handfast::config::Ech;
use handfast::ech::{EchConfigList, EchKey, EchParameters};
use handfast::{ClientConfig, Credential, ServerConfig};
use handfast_ca::profile::{AlternativeName, Validity};
use handfast_crypto::hpke::{HPKE_TAG_LEN, HpkeAead, HpkeSuite, Kdf, Kem, Sender};
use handfast_crypto::random::SystemRandom;
use handfast_wire::codec::{Opaque16, Wire};
use handfast_wire::extension::{EchConfig, EchConfigContents, EchOuter, EncryptedClientHello};
use handfast_wire::registry::ExtensionType;
use std::sync::OnceLock;

/// The name that everybody sees.
pub const PUBLIC: &str = "public.example";

/// A key of this id.
///
/// # Panics
/// When it cannot be drawn.
#[must_use]
pub fn key(config_id: u8) -> EchKey {
    EchKey::generate(&EchParameters::new(config_id, PUBLIC)).expect("a key can be drawn")
}

/// What is published of these keys.
///
/// # Panics
/// When there are none.
#[must_use]
pub fn list(keys: &[EchKey]) -> EchConfigList {
    EchConfigList::of_keys(keys).expect("keys make a list")
}

/// What proves that a server is [`PUBLIC`].
///
/// # Panics
/// When the certificate cannot be made.
#[must_use]
pub fn credential() -> Credential {
    static MADE: OnceLock<Credential> = OnceLock::new();
    let made = MADE.get_or_init(|| {
        let now = certificates::now_unix();
        let validity = Validity {
            not_before_unix: now - 86_400,
            not_after_unix: now + 86_400,
        };
        let names = [AlternativeName::dns(PUBLIC)];
        let kind = KeyKind::EcP256;
        let issued = certificates::intermediate().issue_server(&names, validity, kind);
        config::credential(&issued.expect("a certificate can be made"))
    });
    made.clone()
}

/// A client that encrypts by this list.
#[must_use]
pub fn client(list: &EchConfigList) -> ClientConfig {
    let mut client = config::client();
    client.ech = Ech::Configs(list.clone());
    client
}

/// A server that is `localhost` and [`PUBLIC`], and has these keys.
#[must_use]
pub fn server(keys: &[EchKey]) -> ServerConfig {
    let mut server = config::server(KeyKind::EcP256);
    server.credentials.push(credential());
    server.ech_keys = keys.to_vec();
    server
}

/// The key that [`sealed`] seals to.
///
/// # Panics
/// When it cannot be drawn.
#[must_use]
pub fn known_key() -> EchKey {
    static MADE: OnceLock<EchKey> = OnceLock::new();
    MADE.get_or_init(|| key(7)).clone()
}

/// The outer ClientHello of a ClientHello without Encrypted ClientHello, sealed to [`known_key`] by hand:
/// `edit` changes the inner one as it is encoded, and its padding.
///
/// # Panics
/// When the message is no ClientHello.
#[must_use]
pub fn sealed(message: &[u8], edit: impl FnOnce(&mut Hello, &mut Vec<u8>)) -> Vec<Vec<u8>> {
    let mut padding = vec![0; 32];
    let mut encoded = encoded_inner(message, |inner| edit(inner, &mut padding));
    encoded.extend_from_slice(&padding);
    sealed_bytes(message, &encoded)
}

/// The inner ClientHello of the same ClientHello as it is encoded before it is sealed, without padding.
///
/// # Panics
/// When the message is no ClientHello.
#[must_use]
pub fn encoded_inner(message: &[u8], edit: impl FnOnce(&mut Hello)) -> Vec<u8> {
    let inner = client_hello(message, |inner| {
        inner.session_id.clear();
        inner
            .extensions
            .set(ExtensionType::SUPPORTED_VERSIONS, &[2, 3, 4]);
        inner
            .extensions
            .add(ExtensionType::ENCRYPTED_CLIENT_HELLO, &[1]);
        edit(inner);
    });
    body(&inner[0])
}

/// The same outer ClientHello around any bytes, sealed to [`known_key`].
///
/// # Panics
/// When the message is no ClientHello, or with more bytes than fit.
#[must_use]
pub fn sealed_bytes(message: &[u8], encoded: &[u8]) -> Vec<Vec<u8>> {
    let key = known_key();
    let config = EchConfig::decode(key.config()).expect("our own config");
    let contents = EchConfigContents::decode(config.contents.0).expect("our own contents");
    let suite = HpkeSuite {
        kem: Kem::X25519HkdfSha256,
        kdf: Kdf::HkdfSha256,
        aead: HpkeAead::Aes128Gcm,
    };
    let info = [b"tls ech\0", key.config()].concat();
    let public = contents.key_config.public_key.0;
    let (mut sender, enc) =
        Sender::new(suite, public, &info, &mut SystemRandom).expect("a context");
    let outer = |payload: &[u8]| {
        let said = EncryptedClientHello::Outer(EchOuter {
            cipher_suite: contents
                .key_config
                .cipher_suites
                .iter()
                .next()
                .expect("a suite"),
            config_id: key.config_id(),
            enc: Opaque16(&enc),
            payload: Opaque16(payload),
        });
        let said = said.encode().expect("an extension");
        let list = [&[0, 17, 0, 0, 14], PUBLIC.as_bytes()].concat();
        let mut messages = client_hello(message, |outer| {
            outer.extensions.set(ExtensionType::SERVER_NAME, &list);
            outer
                .extensions
                .add(ExtensionType::ENCRYPTED_CLIENT_HELLO, &said);
        });
        messages.remove(0)
    };
    let mut payload = vec![0; encoded.len() + HPKE_TAG_LEN];
    let aad = body(&outer(&payload));
    sender
        .seal(&aad, encoded, &mut payload)
        .expect("what is sealed fits");
    vec![outer(&payload)]
}
