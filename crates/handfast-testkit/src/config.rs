//! Configs over the test certificates.

use crate::certificates::{self, KeyKind};
use handfast::config::{ClientAuth, Trust, Verification};
use handfast::{ClientConfig, Credential, NamedGroup, ServerConfig};
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

/// A group, and after it the curve that a certificate's key lies on: before TLS 1.3 a
/// client names both (RFC 8422 section 4).
#[must_use]
pub fn groups(group: NamedGroup, kind: KeyKind) -> Vec<NamedGroup> {
    let curve = match kind {
        KeyKind::EcP256 => Some(NamedGroup::SECP256R1),
        KeyKind::EcP384 => Some(NamedGroup::SECP384R1),
        KeyKind::EcP521 => Some(NamedGroup::SECP521R1),
        _ => None,
    };
    let curve = curve.filter(|curve| *curve != group);
    core::iter::once(group).chain(curve).collect()
}

const MLDSA: [handfast::SignatureScheme; 3] = [
    handfast::SignatureScheme::MLDSA44,
    handfast::SignatureScheme::MLDSA65,
    handfast::SignatureScheme::MLDSA87,
];
