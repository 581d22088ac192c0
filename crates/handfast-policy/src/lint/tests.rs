//! What is read, found, compared and judged, each with a control.

use super::{
    Language, Severity, Unreadable, Unsaid, against, difference, is_met, lists, read, read_as,
    spelled, weaknesses,
};
use crate::preset;
use handfast::ProtocolVersion;
use proptest::prelude::*;

fn ids(text: &str) -> Vec<&'static str> {
    let read = read(text).unwrap_or_else(|bad| panic_with(text, &bad));
    weaknesses(&read.settings)
        .iter()
        .map(|one| one.id)
        .collect()
}

fn panic_with(text: &str, bad: &Unreadable) -> super::Read {
    unreachable!("{text}: {bad}")
}

#[test]
fn the_language_is_told_by_what_is_said() {
    for (text, language) in [
        ("ECDHE+AESGCM:!aNULL", Language::Ciphers),
        ("ECDHE-RSA-AES128-GCM-SHA256", Language::Ciphers),
        (
            "TLS_AES_256_GCM_SHA384:TLS_AES_128_GCM_SHA256",
            Language::Ciphersuites,
        ),
        ("X25519:P-256", Language::Groups),
        ("secp256r1", Language::Groups),
        ("ecdsa_secp256r1_sha256:RSA+SHA256", Language::Sigalgs),
        ("cnsa-2.0", Language::Policy),
        ("Mozilla-Modern", Language::Policy),
        ("modern", Language::Policy),
        ("ssl_protocols TLSv1.2 TLSv1.3;", Language::Directives),
        ("# Apache\nSSLProtocol all -TLSv1\n", Language::Directives),
    ] {
        assert_eq!(read(text).map(|read| read.language), Ok(language), "{text}");
    }
}

#[test]
fn config_files_of_three_programs_mean_the_same() {
    let nginx = "server {\n  # old: ssl_protocols SSLv3;\n  ssl_protocols TLSv1.2 TLSv1.3;\n  \
                 ssl_ciphers 'ECDHE-RSA-AES128-GCM-SHA256:ECDHE-RSA-AES256-GCM-SHA384';\n  \
                 ssl_ecdh_curve X25519:prime256v1;\n  \
                 ssl_conf_command Ciphersuites TLS_AES_128_GCM_SHA256;\n  listen 443 ssl;\n}\n";
    let apache = "SSLProtocol -all +TLSv1.2 +TLSv1.3\nSSLCipherSuite \
                  \"ECDHE-RSA-AES128-GCM-SHA256:ECDHE-RSA-AES256-GCM-SHA384\"\n\
                  SSLCipherSuite TLSv1.3 TLS_AES_128_GCM_SHA256\n\
                  SSLOpenSSLConfCmd Curves X25519:prime256v1\n";
    let haproxy = "global\n  ssl-default-bind-ciphers \
                   ECDHE-RSA-AES128-GCM-SHA256:ECDHE-RSA-AES256-GCM-SHA384\n  \
                   ssl-default-bind-ciphersuites TLS_AES_128_GCM_SHA256\n  \
                   ssl-default-bind-curves X25519:prime256v1\n  \
                   ssl-default-bind-options ssl-min-ver TLSv1.2 no-tls-tickets\n";
    let [nginx, apache, haproxy] =
        [nginx, apache, haproxy].map(|text| read(text).map(|one| lists(&one.settings)));
    let versions = vec!["TLS 1.3".to_owned(), "TLS 1.2".to_owned()];
    assert_eq!(
        nginx.as_ref().map(|lists| lists[0].1.clone()),
        Ok(Some(versions))
    );
    assert_eq!(nginx, apache);
    assert_eq!(apache, haproxy);
}

#[test]
fn apaches_words_add_and_take_away() {
    let versions = |text: &str| {
        let read = read(&format!("SSLProtocol {text}"));
        read.map(|read| read.settings.versions.unwrap_or_default())
    };
    use ProtocolVersion as V;
    assert_eq!(
        versions("all -TLSv1 -TLSv1.1"),
        Ok(vec![V::TLS_1_3, V::TLS_1_2])
    );
    assert_eq!(versions("TLSv1.2"), Ok(vec![V::TLS_1_2]));
    assert_eq!(versions("all TLSv1.3"), Ok(vec![V::TLS_1_3]));
    assert!(versions("all -all").is_err());
}

#[test]
fn every_statement_of_a_file_is_read_wherever_its_lines_end() {
    let weak =
        read("server { listen 443 ssl; ssl_protocols SSLv3 TLSv1; ssl_ciphers RC4-SHA; }").unwrap();
    let versions = weak.settings.versions.unwrap();
    assert_eq!(
        versions,
        [ProtocolVersion::TLS_1_0, ProtocolVersion::SSL_3_0]
    );
    assert!(weak.settings.suites.is_some());
    for text in [
        "ssl_protocols TLSv1.2\n TLSv1;",
        "ssl_protocols\n TLSv1.2 # new\n TLSv1;",
        "ssl_protocols TLSv1.2 TLSv1; server { ssl_protocols TLSv1 TLSv1.2; }",
        "SSLProtocol -all +TLSv1.2 \\\n +TLSv1\n",
    ] {
        let versions = read(text).unwrap().settings.versions.unwrap();
        let both = [ProtocolVersion::TLS_1_2, ProtocolVersion::TLS_1_0];
        assert_eq!(versions, both, "{text}");
    }
    // Whichever of the two held, the other would not have been judged.
    for text in [
        "ssl_protocols TLSv1.2 TLSv1.3;\nserver { listen 443 ssl; ssl_protocols SSLv3 TLSv1; }\n",
        "server {\n ssl_protocols SSLv3 TLSv1;\n}\nserver {\n ssl_protocols TLSv1.3;\n}\n",
        "SSLProtocol all\nSSLProtocol TLSv1.3\n",
    ] {
        let said = read(text).unwrap_err().to_string();
        assert!(said.contains("one block at a time"), "{said}");
    }
    let included = read("include tls.conf; ssl_protocols TLSv1.3;").unwrap();
    assert_eq!(included.settings.dropped.len(), 1);
}

#[test]
fn what_cannot_be_read_says_where_and_what_is_near() {
    for (text, says) in [
        ("", "nothing to read"),
        ("  \n", "nothing to read"),
        (
            "ssl_protocols TLSv1.2;\nssl_protocols TLSv2;\n",
            "line 2, ssl_protocols",
        ),
        ("ssl_protocols TLS1.2;", "nearest is TLSv1.2"),
        ("ssl_ciphers ;", "line 1, ssl_ciphers: a value is missing"),
        (
            "mozilla-intermediat",
            "nearest policy is mozilla-intermediate",
        ),
        ("ssl_protocols;", "no version is left"),
    ] {
        let said = read(text).map(|_| ()).map_err(|bad| bad.to_string());
        assert!(
            said.as_ref().is_err_and(|said| said.contains(says)),
            "{text}: {said:?}"
        );
    }
    assert_eq!(
        read(&"x".repeat(300_000)).map(|_| ()),
        Err(Unreadable::TooLong)
    );
    let none = read_as("listen 443;", Language::Directives).map(|_| ());
    assert_eq!(none, Err(Unreadable::NoDirective));
}

#[test]
fn each_weakness_is_found_and_nothing_in_a_modern_string() {
    for (text, id) in [
        ("eNULL", "tls.suite.null"),
        ("aNULL", "tls.suite.anonymous"),
        ("kRSA+AES", "tls.suite.rsa-key-exchange"),
        ("DHE-RSA-AES128-GCM-SHA256", "tls.suite.dhe"),
        ("ECDHE-RSA-AES128-SHA", "tls.suite.cbc"),
        (
            "ECDHE-RSA-AES128-SHA:ECDHE-RSA-AES128-GCM-SHA256",
            "tls.order.weak-first",
        ),
        ("ECDHE-ECDSA-AES128-CCM8", "tls.suite.short-tag"),
        (
            "ECDHE-RSA-AES128-GCM-SHA256:NOSUCHTHING",
            "tls.word.unknown",
        ),
        (
            "ECDHE-RSA-AES128-GCM-SHA256:@SECLEVEL=0",
            "tls.security-level",
        ),
        ("ssl_protocols SSLv3 TLSv1.2;", "tls.version.ssl"),
        ("ssl_protocols TLSv1 TLSv1.2 TLSv1.3;", "tls.version.old"),
        ("ssl_protocols TLSv1.2;", "tls.version.no-1.3"),
        ("X25519:P-256", "tls.group.no-post-quantum"),
        ("rsa_pkcs1_sha1:rsa_pkcs1_sha256", "tls.scheme.sha1"),
    ] {
        assert!(ids(text).contains(&id), "{text}: {:?}", ids(text));
    }
    assert!(ids("ECDHE+AESGCM:ECDHE+CHACHA20:!aNULL").is_empty());
    assert!(ids("mozilla-modern").is_empty());
    assert!(ids("handfast-modern").is_empty());
}

#[test]
fn every_policy_meets_itself_and_says_it_in_other_words() {
    for policy in preset::ALL {
        let read = read(policy.name());
        let settings = read.map(|read| read.settings).unwrap_or_default();
        assert!(is_met(&against(&settings, policy)), "{policy}");
        for language in [Language::Ciphers, Language::Ciphersuites, Language::Groups] {
            let Some(spelled) = spelled(policy, language) else {
                continue;
            };
            let again = read_as(&spelled, language)
                .map(|read| read.settings)
                .unwrap_or_default();
            let findings = against(&again, policy);
            assert!(is_met(&findings), "{policy} {spelled}: {findings:?}");
            assert!(
                again.dropped.is_empty(),
                "{policy} {spelled}: {:?}",
                again.dropped
            );
        }
    }
}

#[test]
fn a_profile_that_is_not_met_says_which_entries_and_what_to_write() {
    let weak = read("ECDHE-RSA-AES256-GCM-SHA384:AES128-SHA").map(|read| read.settings);
    let findings = against(
        &weak.unwrap_or_default(),
        &preset::MOZILLA_INTERMEDIATE_6_0_2026_04,
    );
    assert!(!is_met(&findings));
    assert_eq!(findings[0].id, "policy.suite");
    assert_eq!(findings[0].severity, Severity::High);
    assert_eq!(findings[0].evidence, ["TLS_RSA_WITH_AES_128_CBC_SHA"]);
    assert!(
        findings[0].fix.contains("ECDHE-ECDSA-AES128-GCM-SHA256"),
        "{}",
        findings[0].fix
    );
    let unsaid = findings.iter().find(|one| one.id == "policy.unsaid");
    assert!(unsaid.is_some_and(|one| one.evidence.contains(&"versions".to_owned())));
}

#[test]
fn differences_tell_what_is_added_gone_and_moved() {
    let [one, other] = ["X25519:P-256:P-384", "P-256:X25519:P-521"]
        .map(|text| read(text).map(|read| read.settings).unwrap_or_default());
    let found = difference(&one, &other);
    assert_eq!(found.len(), 1);
    assert_eq!(
        (found[0].list, &*found[0].added),
        ("groups", &["secp521r1".to_owned()][..])
    );
    assert_eq!(found[0].gone, ["secp384r1"]);
    assert_eq!(found[0].reordered, ["secp256r1", "x25519"]);
    assert!(difference(&one, &one).is_empty(), "control");
    let versions = read("ssl_protocols TLSv1.3;")
        .map(|read| read.settings)
        .unwrap_or_default();
    let found = difference(&versions, &one);
    assert_eq!(found[0].unsaid, Some(Unsaid::Second));
    assert_eq!(found[1].unsaid, Some(Unsaid::First));
}

#[test]
fn haproxy_is_read_as_it_reads_itself() {
    use handfast::ProtocolVersion;
    const TLS10: ProtocolVersion = ProtocolVersion::TLS_1_0;
    const TLS11: ProtocolVersion = ProtocolVersion::TLS_1_1;
    const TLS12: ProtocolVersion = ProtocolVersion::TLS_1_2;
    const TLS13: ProtocolVersion = ProtocolVersion::TLS_1_3;
    let cases: [(&str, &[ProtocolVersion]); 7] = [
        ("no-sslv3 no-tls-tickets", &[TLS13, TLS12]),
        ("no-sslv3 no-tlsv10 no-tlsv11 force-tlsv12", &[TLS12]),
        ("force-tlsv13", &[TLS13]),
        ("ssl-max-ver TLSv1.2", &[TLS12]),
        ("ssl-max-ver TLSv1.1", &[TLS11]),
        (
            "ssl-min-ver TLSv1.0 no-tlsv11",
            &[TLS13, TLS12, TLS11, TLS10],
        ),
        ("no-tlsv13", &[TLS12]),
    ];
    for (options, versions) in cases {
        let said = read(&format!("ssl-default-bind-options {options}\n"));
        let said = said.map(|read| read.settings.versions.unwrap_or_default());
        assert_eq!(said.as_deref(), Ok(versions), "{options}");
    }
    // A listener's own words count, alone and against the defaults.
    let bind = "bind :443 ssl crt a.pem ssl-min-ver TLSv1.0 ciphers RC4-SHA alpn h2\n";
    assert!(ids(bind).contains(&"tls.version.old"), "{:?}", ids(bind));
    for other in ["options ssl-min-ver TLSv1.2", "ciphers ECDHE+AESGCM"] {
        let both = read(&format!("ssl-default-bind-{other}\nfrontend f\n  {bind}"));
        let both = both.map_err(|bad| bad.to_string());
        assert!(
            both.as_ref().is_err_and(|bad| bad.contains("line 3, bind")),
            "{both:?}"
        );
    }
    assert!(ids("ssl-default-bind-ciphers ECDHE+AESGCM\nbind :443 ssl crt a.pem\n").is_empty());
}

#[test]
fn what_is_not_read_of_a_config_is_told_or_refused() {
    for (text, word) in [
        (
            "ssl_protocols TLSv1.3; ssl_conf_command MinProtocol TLSv1;",
            "MinProtocol",
        ),
        ("ssl_conf_command Protocol ALL;", "ssl_protocols"),
        (
            "SSLProtocol TLSv1.3\nSSLOpenSSLConfCmd MinProtocol TLSv1\n",
            "SSLProtocol",
        ),
    ] {
        let bad = read(text).map_err(|bad| bad.to_string());
        assert!(bad.as_ref().is_err_and(|bad| bad.contains(word)), "{bad:?}");
    }
    for text in [
        "ssl_protocols TLSv1.3; ssl_conf_command Options KTLS;",
        "ssl_protocols TLSv1.3; proxy_ssl_protocols TLSv1;",
        "SSLProtocol TLSv1.3\nSSLProxyProtocol all\n",
        "ssl-default-bind-options ssl-min-ver TLSv1.3\nssl-default-server-options force-tlsv10\n",
    ] {
        let read = read(text).map(|read| read.settings);
        let told = read.map(|settings| {
            (
                settings.versions.unwrap_or_default().len(),
                settings.dropped.len(),
            )
        });
        assert_eq!(told, Ok((1, 1)), "{text}");
    }
    // By itself it is what there is to judge.
    assert!(ids("proxy_ssl_protocols TLSv1;").contains(&"tls.version.old"));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    #[test]
    fn nothing_that_is_read_panics(text in "[ -~\\n\u{80}-\u{2ff}]{0,200}") {
        for language in Language::ALL {
            if let Ok(read) = read_as(&text, language) {
                let _ = weaknesses(&read.settings);
                let _ = against(&read.settings, &preset::CNSA_2_0_2026_11);
                let _ = difference(&read.settings, &preset::CNSA_1_0_2026_11.settings());
            }
        }
        let _ = read(&text).map_err(|bad| bad.to_string());
    }

    #[test]
    fn nothing_that_looks_like_a_config_panics(
        words in proptest::collection::vec(
            "(ssl_protocols|SSLProtocol|ssl_ciphers|all|-all|\\+TLSv1.2|TLSv1.3|ssl-default-bind-options|\
             ssl-min-ver|'|\"|;|\n|!aNULL|HIGH|@STRENGTH|@SECLEVEL=9|ssl_conf_command|Groups|X25519)",
            0..30,
        )
    ) {
        let _ = read(&words.join(" ")).map(|read| weaknesses(&read.settings));
    }
}
