//! What programs call suites, groups, schemes and versions beside the registries' own names.

use handfast::{CipherSuite, NamedGroup, SignatureScheme};
use handfast_policy::openssl;
use handfast_wire::registry::ExtensionType;

/// The suite that OpenSSL or GnuTLS calls so.
pub(super) fn suite(word: &str) -> Option<CipherSuite> {
    let by_openssl = openssl::suite(word).or_else(|| openssl::suite(&word.to_uppercase()));
    by_openssl.or_else(|| {
        let wanted = by_gnutls(word);
        let is_called =
            |one: &CipherSuite| one.name().is_some_and(|name| by_gnutls(name) == wanted);
        CipherSuite::ALL.iter().copied().find(is_called)
    })
}

/// GnuTLS leaves out WITH, and spells hashes and RC4 out.
fn by_gnutls(name: &str) -> String {
    let name = name.trim().to_uppercase().replace('-', "_");
    let name = name.replace("_WITH_", "_").replace("ARCFOUR", "RC4");
    match name.strip_suffix("_SHA1") {
        Some(rest) => format!("{rest}_SHA"),
        None => name,
    }
}

/// The group that OpenSSL calls so.
pub(super) fn group(word: &str) -> Option<NamedGroup> {
    match openssl::groups(word).ok()?.groups?[..] {
        [only] if is_one_word(word) => Some(only.item),
        _ => None,
    }
}

/// The scheme that OpenSSL calls so, as `ECDSA+SHA256`.
pub(super) fn scheme(word: &str) -> Option<SignatureScheme> {
    match openssl::sigalgs(word).ok()?.schemes?[..] {
        [only] if is_one_word(word) => Some(only),
        _ => None,
    }
}

fn is_one_word(word: &str) -> bool {
    !word.contains([':', ',', ' ', '/', '?', '*'])
}

/// Whether people call the extension so, where they have no time for its name.
pub(super) fn is_short_for(word: &str, extension: ExtensionType) -> bool {
    let word = word.trim().to_lowercase();
    let mut short = SHORT.iter();
    short.any(|(short, long)| *long == extension && *short == word)
}

const SHORT: [(&str, ExtensionType); 12] = [
    ("sni", ExtensionType::SERVER_NAME),
    (
        "alpn",
        ExtensionType::APPLICATION_LAYER_PROTOCOL_NEGOTIATION,
    ),
    ("alps", ExtensionType::APPLICATION_SETTINGS),
    ("alps", ExtensionType::APPLICATION_SETTINGS_OLD),
    ("ech", ExtensionType::ENCRYPTED_CLIENT_HELLO),
    ("ems", ExtensionType::EXTENDED_MASTER_SECRET),
    ("etm", ExtensionType::ENCRYPT_THEN_MAC),
    ("stapling", ExtensionType::STATUS_REQUEST),
    ("scts", ExtensionType::SIGNED_CERTIFICATE_TIMESTAMP),
    ("sigalgs", ExtensionType::SIGNATURE_ALGORITHMS),
    ("psk", ExtensionType::PRE_SHARED_KEY),
    ("0-rtt", ExtensionType::EARLY_DATA),
];

/// `TLSv1.2` and `SSLv3` as standards write them.
pub(super) fn version(word: &str) -> String {
    let squeezed = word.to_lowercase().replace([' ', '_', '-'], "");
    match squeezed.as_str() {
        "tlsv1" | "tls1" => "tls1.0".to_owned(),
        "sslv3" | "ssl3" => "ssl3.0".to_owned(),
        "sslv2" | "ssl2" => "ssl2.0".to_owned(),
        other => other.replacen("tlsv", "tls", 1),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_suite_is_known_by_the_names_of_openssl_and_gnutls() {
        for (word, wanted) in [
            (
                "ECDHE-RSA-AES128-GCM-SHA256",
                CipherSuite::TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256,
            ),
            (
                "TLS_ECDHE_RSA_AES_128_GCM_SHA256",
                CipherSuite::TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256,
            ),
            (
                "TLS_RSA_AES_128_CBC_SHA1",
                CipherSuite::TLS_RSA_WITH_AES_128_CBC_SHA,
            ),
            (
                "TLS_RSA_ARCFOUR_128_SHA1",
                CipherSuite::TLS_RSA_WITH_RC4_128_SHA,
            ),
        ] {
            assert_eq!(suite(word), Some(wanted), "{word}");
        }
        assert_eq!(suite("TLS_RSA"), None);
        assert_eq!(version("TLSv1"), "tls1.0");
        assert_eq!(version("TLSv1.2"), "tls1.2");
    }
}
