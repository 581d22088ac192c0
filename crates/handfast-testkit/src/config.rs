//! Configs over the test certificates.

use crate::certificates::{self, KeyKind};
use handfast::config::{ClientAuth, Trust, Verification};
use handfast::{ClientConfig, Credential, ServerConfig};
use handfast_ca::issued::Issued;
use handfast_pki::roots::Roots;

/// Trust in the test root alone.
///
/// # Panics
/// When the root cannot be read.
#[must_use]
pub fn trust() -> Trust {
    let mut roots = Roots::new();
    roots
        .add(certificates::root().root_der().clone())
        .expect("the test root is readable");
    Trust::Roots(roots)
}

/// What an issued certificate proves.
///
/// # Panics
/// When chain and key do not fit.
#[must_use]
pub fn credential(issued: &Issued) -> Credential {
    Credential::new(issued.chain().to_vec(), issued.key().clone()).expect("chain and key fit")
}

/// A client that trusts the test root and accepts every kind of key.
#[must_use]
pub fn client() -> ClientConfig {
    let mut config = ClientConfig::new(trust());
    config.common.schemes.extend(MLDSA);
    config
}

/// A server with a certificate for `localhost`.
#[must_use]
pub fn server(kind: KeyKind) -> ServerConfig {
    let mut config = ServerConfig::new(credential(certificates::server(kind)));
    config.common.schemes.extend(MLDSA);
    config
}

/// A server that also requires a client below the test root.
#[must_use]
pub fn mutual_server(kind: KeyKind) -> ServerConfig {
    ServerConfig {
        client_auth: ClientAuth::Require(Verification::chain(trust())),
        ..server(kind)
    }
}

const MLDSA: [handfast::SignatureScheme; 3] = [
    handfast::SignatureScheme::MLDSA44,
    handfast::SignatureScheme::MLDSA65,
    handfast::SignatureScheme::MLDSA87,
];
