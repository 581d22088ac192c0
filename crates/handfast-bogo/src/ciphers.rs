//! `-cipher`: the words that the runner uses of OpenSSL's language for lists of suites.

use handfast::CipherSuite;

/// The suites that the words name, in their order, out of `all`; those of TLS 1.3 stay. Nothing
/// where a word is not known here. `usual` are the ones on by default.
pub(crate) fn named(
    words: &str,
    all: &[CipherSuite],
    usual: &[CipherSuite],
) -> Option<Vec<CipherSuite>> {
    let is_older = |suite: &CipherSuite| suite.to_string().contains("_WITH_");
    let newest = usual.iter().copied().filter(|suite| !is_older(suite));
    let mut named: Vec<_> = newest.collect();
    for word in words.split(':') {
        let with = |part: &str| {
            let mut suites = all.to_vec();
            suites.retain(|suite| is_older(suite) && suite.to_string().contains(part));
            suites
        };
        let more = match word {
            "ALL" | "DEFAULT" => usual.to_vec(),
            "3DES" => with("_3DES_"),
            "AES128" => with("_AES_128_"),
            "!AES" => {
                named.retain(|suite| !is_older(suite) || !suite.to_string().contains("_AES_"));
                continue;
            }
            name => vec![*all.iter().find(|suite| suite.name() == Some(name))?],
        };
        for suite in more {
            if !named.contains(&suite) {
                named.push(suite);
            }
        }
    }
    Some(named)
}

#[cfg(test)]
mod tests {
    use super::*;

    const NEW: CipherSuite = CipherSuite::TLS_AES_128_GCM_SHA256;
    const GCM: CipherSuite = CipherSuite::TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256;
    const CHACHA: CipherSuite = CipherSuite::TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305_SHA256;
    const TRIPLE: CipherSuite = CipherSuite::TLS_RSA_WITH_3DES_EDE_CBC_SHA;

    #[test]
    fn words_add_and_take_away_and_an_unknown_one_names_nothing() {
        let named = |words| named(words, &[NEW, GCM, CHACHA, TRIPLE], &[NEW, GCM, CHACHA]);
        assert_eq!(named("3DES"), Some(vec![NEW, TRIPLE]));
        assert_eq!(named("ALL:3DES"), Some(vec![NEW, GCM, CHACHA, TRIPLE]));
        assert_eq!(named("DEFAULT:!AES"), Some(vec![NEW, CHACHA]));
        assert_eq!(named("AES128"), Some(vec![NEW, GCM]));
        assert_eq!(
            named("TLS_RSA_WITH_3DES_EDE_CBC_SHA"),
            Some(vec![NEW, TRIPLE])
        );
        assert_eq!(named("[TLS_A|TLS_B]"), None);
    }
}
