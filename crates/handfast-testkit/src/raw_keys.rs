//! Raw public keys (RFC 7250) of the test certificates, and configs that know them.

use crate::certificates::{self, KeyKind};
use crate::config;
use handfast::config::{CertificateType, ClientAuth, Verification};
use handfast::{ClientConfig, Credential, PrivateKey, ServerConfig};
use handfast_pki::pin::{Pin, Pins};

/// The public half of a key by itself.
///
/// # Panics
/// When no scheme goes with the key.
#[must_use]
pub fn raw(key: &PrivateKey) -> Credential {
    Credential::raw_public_key(key.clone()).expect("a test key signs")
}

/// The key of the test server's certificate, by itself.
#[must_use]
pub fn server_key(kind: KeyKind) -> Credential {
    raw(certificates::server(kind).key())
}

/// The key of the test client's certificate, by itself.
#[must_use]
pub fn client_key(kind: KeyKind) -> Credential {
    raw(certificates::client(kind).key())
}

/// What to know to believe these.
///
/// # Panics
/// When one of them is a certificate, or there are none.
#[must_use]
pub fn known(credentials: &[Credential]) -> Pins {
    let key = |one: &Credential| Pin::of_key(one.raw_key().expect("a raw public key"));
    Pins::new(credentials.iter().map(key)).expect("a few keys")
}

/// A client that believes the test server's raw key and nothing else.
#[must_use]
pub fn client(kind: KeyKind) -> ClientConfig {
    let verification = Verification::raw_keys(&known(&[server_key(kind)]));
    let mut config = ClientConfig::with_verification(verification);
    config.common.schemes = config::client().common.schemes;
    config
}

/// A server with a raw key alone.
#[must_use]
pub fn server(kind: KeyKind) -> ServerConfig {
    ServerConfig {
        credentials: vec![server_key(kind)],
        ..config::server(kind)
    }
}

/// The same, that also requires the test client's raw key.
#[must_use]
pub fn mutual_server(kind: KeyKind) -> ServerConfig {
    let verification = Verification::raw_keys(&known(&[client_key(kind)]));
    ServerConfig {
        client_auth: ClientAuth::Require(verification),
        client_certificate_types: vec![CertificateType::RAW_PUBLIC_KEY],
        ..server(kind)
    }
}
