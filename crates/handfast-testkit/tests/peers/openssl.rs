//! OpenSSL's `s_client` and `s_server`.

pub(super) mod client;
mod renegotiation;
mod resumption;
pub(super) mod server;
mod staples;
mod transparency;

use handfast::{CipherSuite, NamedGroup};
use handfast_testkit::certificates::KeyKind;
use libtest_mimic::Trial;

/// Our suites by OpenSSL's names.
pub(super) static SUITES: [(CipherSuite, &str); 5] = [
    (
        CipherSuite::TLS_AES_128_GCM_SHA256,
        "TLS_AES_128_GCM_SHA256",
    ),
    (
        CipherSuite::TLS_AES_256_GCM_SHA384,
        "TLS_AES_256_GCM_SHA384",
    ),
    (
        CipherSuite::TLS_CHACHA20_POLY1305_SHA256,
        "TLS_CHACHA20_POLY1305_SHA256",
    ),
    (
        CipherSuite::TLS_AES_128_CCM_SHA256,
        "TLS_AES_128_CCM_SHA256",
    ),
    (
        CipherSuite::TLS_AES_128_CCM_8_SHA256,
        "TLS_AES_128_CCM_8_SHA256",
    ),
];

/// The groups that Debian's OpenSSL has, by its names.
const GROUPS: [(NamedGroup, &str); 6] = [
    (NamedGroup::X25519, "X25519"),
    (NamedGroup::SECP256R1, "P-256"),
    (NamedGroup::SECP384R1, "P-384"),
    (NamedGroup::SECP521R1, "P-521"),
    (NamedGroup::FFDHE2048, "ffdhe2048"),
    (NamedGroup::FFDHE3072, "ffdhe3072"),
];

/// The kinds of keys that it has.
const KINDS: [KeyKind; 6] = [
    KeyKind::EcP256,
    KeyKind::EcP384,
    KeyKind::EcP521,
    KeyKind::Ed25519,
    KeyKind::Rsa { bits: 2048 },
    KeyKind::RsaPss { bits: 2048 },
];

pub(super) fn trials() -> Vec<Trial> {
    let mut trials = client::trials();
    trials.extend(server::trials());
    trials.extend(renegotiation::trials());
    trials.extend(resumption::trials());
    trials.extend(staples::trials());
    trials.extend(transparency::trials());
    trials
}

/// The suites to try with a kind of key: which key signs says nothing about CCM.
fn suites(kind: KeyKind) -> &'static [(CipherSuite, &'static str)] {
    match kind {
        KeyKind::EcP256 => &SUITES,
        _ => &SUITES[..3],
    }
}

/// The keying material that OpenSSL printed.
fn exported(output: &str) -> Option<&str> {
    let (_, rest) = output.split_once("Keying material: ")?;
    rest.split_whitespace().next()
}
