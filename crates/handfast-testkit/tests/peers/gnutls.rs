//! GnuTLS's `gnutls-cli` and `gnutls-serv`.

mod classic;
mod client;
mod resumption;
pub(super) mod server;

use handfast::{CipherSuite, NamedGroup};
use handfast_testkit::certificates::KeyKind;
use libtest_mimic::Trial;

/// Our suites by GnuTLS's names.
const SUITES: [(CipherSuite, &str); 5] = [
    (CipherSuite::TLS_AES_128_GCM_SHA256, "AES-128-GCM"),
    (CipherSuite::TLS_AES_256_GCM_SHA384, "AES-256-GCM"),
    (
        CipherSuite::TLS_CHACHA20_POLY1305_SHA256,
        "CHACHA20-POLY1305",
    ),
    (CipherSuite::TLS_AES_128_CCM_SHA256, "AES-128-CCM"),
    (CipherSuite::TLS_AES_128_CCM_8_SHA256, "AES-128-CCM-8"),
];

/// The groups that it has, by its names.
const GROUPS: [(NamedGroup, &str); 8] = [
    (NamedGroup::X25519, "GROUP-X25519"),
    (NamedGroup::SECP256R1, "GROUP-SECP256R1"),
    (NamedGroup::SECP384R1, "GROUP-SECP384R1"),
    (NamedGroup::SECP521R1, "GROUP-SECP521R1"),
    (NamedGroup::FFDHE2048, "GROUP-FFDHE2048"),
    (NamedGroup::FFDHE3072, "GROUP-FFDHE3072"),
    (NamedGroup::FFDHE4096, "GROUP-FFDHE4096"),
    (NamedGroup::FFDHE8192, "GROUP-FFDHE8192"),
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
    trials.extend(classic::trials());
    trials.extend(resumption::trials());
    trials
}

/// The priority string of TLS 1.2 alone.
const CLASSIC: &str = "NORMAL:-VERS-ALL:+VERS-TLS1.2";

/// A priority string: TLS 1.3 with these ciphers and groups.
fn priority(ciphers: &[&str], groups: &[&str]) -> String {
    let plus = |names: &[&str]| {
        names
            .iter()
            .map(|name| format!(":+{name}"))
            .collect::<String>()
    };
    format!(
        "NORMAL:-VERS-ALL:+VERS-TLS1.3:-CIPHER-ALL{}:-GROUP-ALL{}",
        plus(ciphers),
        plus(groups)
    )
}

/// Every cipher and every group.
fn everything() -> String {
    priority(&SUITES.map(|(_, name)| name), &GROUPS.map(|(_, name)| name))
}
