//! `handfast cert inspect`.

use crate::lab::{Lab, SOON, command, handfast, year};
use handfast_ca::profile::{AlternativeName, KeyKind, Profile};
use handfast_ca::subject::Subject;
use handfast_testkit::peer::Outcome;
use serde_json::Value;
use std::path::Path;

/// A file of handfast-pki's tests.
fn data(name: &str) -> String {
    format!(
        "{}/../handfast-pki/testdata/{name}",
        env!("CARGO_MANIFEST_DIR")
    )
}

fn inspect(arguments: &[&str]) -> Outcome {
    handfast(&[&["cert", "inspect"], arguments].concat())
}

fn document(arguments: &[&str]) -> Value {
    let outcome = inspect(&[&["--json"], arguments].concat());
    let text = outcome.text();
    serde_json::from_str(&text).unwrap_or_else(|error| panic!("{error}: {outcome:?}"))
}

/// What follows a label in text.
fn line<'t>(text: &'t str, label: &str) -> &'t str {
    let found = text.lines().find_map(|line| {
        let rest = line.strip_prefix("  ")?.strip_prefix(label)?;
        rest.starts_with("  ").then(|| rest.trim())
    });
    found.unwrap_or_else(|| panic!("no {label} in {text}"))
}

#[test]
fn a_certificate_is_told_at_a_glance() {
    let outcome = inspect(&[&data("leaf.der")]);
    assert!(
        outcome.success() && outcome.stderr.is_empty(),
        "{outcome:?}"
    );
    let text = outcome.text();
    assert!(text.starts_with("example.test  certificate in "), "{text}");
    for (label, said) in [
        ("subject", r#"CN=example.test,O=Café\, \"Bar\",C=NL"#),
        ("issuer", "CN=Intermediate,O=Handfast tests,C=NL"),
        ("names", "example.test, *.wild.test, 192.0.2.1, 2001:db8::1"),
        ("key", "EC on P-256"),
        ("signature", "ecdsa-with-SHA256"),
        ("authority", "no"),
        ("usage", "digitalSignature, serverAuth, clientAuth"),
        ("serial", "4098 (0x1002)"),
        (
            "SHA-1",
            "B7:2C:34:15:E8:7F:EC:5D:AF:ED:E6:71:D6:38:C0:BA:81:89:9B:1F",
        ),
        ("pin", "sha256/V1ZYZuL+zKTH+m0p182+Sitq/nRM+cukCpTRRL/0h0c="),
    ] {
        assert_eq!(line(&text, label), said);
    }
    assert!(line(&text, "valid").contains(" years left ("), "{text}");
}

#[test]
fn every_extension_is_told_in_words() {
    let outcome = inspect(&[&data("every-extension.der")]);
    let text = outcome.text();
    for (label, said) in [
        (
            "signature",
            "id-RSASSA-PSS, SHA-384, MGF1 with SHA-384, a salt of 48 bytes",
        ),
        ("authority", "yes, path length 3"),
        (
            "may name",
            "example.test, 192.0.2.0/24, directory O=Inner,C=DE",
        ),
        ("may not name", "mail .bad.test, URI .evil.test"),
        ("policies", "domain validated (CA/B Forum), 2.23.140.1.2.1"),
        ("OCSP", "http://ocsp.example.test/"),
        ("issuer at", "http://ca.example.test/ca.crt"),
        (
            "CRL",
            "http://crl.example.test/1.crl, ldap://crl.example.test/1",
        ),
        ("delta CRL", "http://crl.example.test/delta.crl"),
        (
            "must staple",
            "an OCSP response has to come with it (tlsFeature)",
        ),
        ("extension", "id-pkix-ocsp-nocheck: 0500"),
    ] {
        assert_eq!(line(&text, label), said);
    }
    let rest = [
        "1.3.6.1.4.1.99999.1; see http://example.test/cps; see https://example.test/cps2; \
         notice: Vertraue mir \u{2013} bitte",
        "for keyCompromise, cACompromise, signed by O=Inner,C=DE",
        "CN=part below the issuer's name",
        "1.2.3.4.5.6: 0403010203",
        "otherName 1.3.6.1.4.1.311.20.2.3 user@example.test",
    ];
    for said in rest {
        assert!(text.contains(said), "{said}: {text}");
    }
    let document = document(&[&data("every-extension.der")]);
    let item = &document["result"]["items"][0];
    assert_eq!(item["policies"][2]["notices"][0]["numbers"][2], "300");
    assert_eq!(item["signature"]["algorithm"]["pss"]["salt_length"], 48);
    assert_eq!(item["tls_features"][0], 5);
    let unknown = item["extensions"].as_array().unwrap().iter();
    let mut unknown = unknown.filter(|one| one["name"].is_null());
    assert_eq!(unknown.next().unwrap()["hex"], "0403010203");
}

#[test]
fn json_holds_names_by_component_and_the_whole_certificate() {
    let document = document(&[&data("leaf.der")]);
    assert_eq!(document["schema"], "handfast.cert.inspect/1");
    assert_eq!(document["exit"], 0);
    let leaf = &document["result"]["items"][0];
    let organisation = &leaf["subject"]["components"][1];
    assert_eq!(organisation["oid"], "2.5.4.10");
    assert_eq!(organisation["name"], "O");
    assert_eq!(organisation["value"], "Café, \"Bar\"");
    assert_eq!(organisation["type"], "UTF8String");
    let kinds = leaf["subject_alt_names"].as_array().unwrap().iter();
    let kinds: Vec<_> = kinds.map(|name| name["kind"].as_str().unwrap()).collect();
    assert_eq!(kinds, ["dNSName", "dNSName", "iPAddress", "iPAddress"]);
    assert_eq!(leaf["extended_key_usage"][1]["oid"], "1.3.6.1.5.5.7.3.2");
    assert_eq!(leaf["key"]["curve"]["name"], "P-256");
    assert_eq!(leaf["validity"]["state"], "valid");
    assert_eq!(leaf["extensions"].as_array().unwrap().len(), 6);
    let der = std::fs::read(data("leaf.der")).unwrap();
    assert_eq!(leaf["der"], base64(&der));
}

fn base64(bytes: &[u8]) -> String {
    const LETTERS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut text = String::new();
    for three in bytes.chunks(3) {
        let mut bits = three
            .iter()
            .fold(0_u32, |sum, byte| sum << 8 | u32::from(*byte));
        bits <<= 8 * (3 - three.len());
        for at in 0..4 {
            let six = (bits >> (18 - 6 * at)) & 63;
            let shown = at <= three.len();
            text.push(if shown {
                char::from(LETTERS[six as usize])
            } else {
                '='
            });
        }
    }
    text
}

#[test]
fn every_format_is_recognised_by_its_contents() {
    let pass = data("../Cargo.toml");
    for (name, kinds) in [
        ("leaf.der", &["certificate"][..]),
        ("leaf.csr", &["certification_request"]),
        ("leaf.p7b", &["certificate", "certificate", "crl"]),
        ("rsa.crl", &["crl"]),
        ("leaf-key.public.der", &["public_key"]),
        ("rsa-key.public.pkcs1.der", &["public_key"]),
        ("leaf-key.sec1.der", &["private_key"]),
        ("rsa-key.pkcs1.der", &["private_key"]),
    ] {
        let document = document(&["--pass-file", &pass, &data(name)]);
        let items = document["result"]["items"].as_array().unwrap();
        let found: Vec<_> = items
            .iter()
            .map(|item| item["kind"].as_str().unwrap())
            .collect();
        assert_eq!(found, kinds, "{name}");
    }
    let bytes = std::fs::read(data("leaf.csr")).unwrap();
    let from_stdin = command()
        .run(["cert", "inspect", "-"], &bytes, SOON)
        .unwrap();
    assert!(
        from_stdin.text().contains("signed by its own key"),
        "{from_stdin:?}"
    );
}

#[test]
fn of_private_keys_only_the_public_half_is_shown() {
    let lab = Lab::new();
    let password = lab.write("password", "secret\n");
    let wrong = lab.write("wrong", "secrets\n");
    let plain = std::fs::read(data("leaf-key.pkcs8.der")).unwrap();
    // PKCS#8 around SEC 1: the private scalar stands here.
    let secret = &plain[36..68];
    let hex: String = secret.iter().map(|byte| format!("{byte:02x}")).collect();
    for name in ["leaf-key.pkcs8.der", "leaf-key.encrypted.der", "leaf.p12"] {
        let asked = ["--pass-file", &password, &data(name)];
        let (text, json) = (inspect(&asked), document(&asked).to_string());
        assert!(
            text.success() && text.text().contains("private key, "),
            "{text:?}"
        );
        let pin = "V1ZYZuL+zKTH+m0p182+Sitq/nRM+cukCpTRRL/0h0c=";
        assert!(text.text().contains(pin) && json.contains(pin));
        for said in [text.text(), json] {
            let said = said.replace(':', "").to_lowercase();
            let inner = base64(&secret[1..31]).to_lowercase();
            assert!(!said.contains(&hex) && !said.contains(&inner), "{name}");
        }
    }
    for name in ["leaf-key.encrypted.der", "leaf.p12"] {
        let outcome = inspect(&[&data(name)]);
        assert_eq!(outcome.code, Some(58), "{outcome:?}");
        assert!(outcome.stderr.contains("--pass-file"), "{outcome:?}");
        let outcome = inspect(&["--pass-file", &wrong, &data(name)]);
        assert_eq!(outcome.code, Some(58), "{outcome:?}");
    }
}

#[test]
fn what_is_wrong_stands_first() {
    let lab = Lab::new();
    let outcome = inspect(&[&lab.file("expired.pem")]);
    let text = outcome.text();
    assert!(outcome.success(), "{outcome:?}");
    let second = text.lines().nth(1).unwrap();
    assert!(
        second.starts_with("  !") && second.contains("expired 2"),
        "{text}"
    );
    let document = document(&[&lab.file("expired.pem")]);
    let finding = &document["result"]["items"][0]["findings"][0];
    assert_eq!(finding["id"], "cert.validity.expired");
    assert_eq!(finding["severity"], "high");
    let old = inspect(&[&data("old-sha1-leaf.der"), &data("old-rsa1024-root.der")]).text();
    assert!(
        old.contains("broken hash") && old.contains("1024 bits can be broken"),
        "{old}"
    );
}

#[test]
fn a_host_shows_its_chain_whoever_it_is() {
    let lab = Lab::new();
    let server = lab.serve(&[]);
    let target = format!("localhost:{}", server.port());
    let outcome = inspect(&["--sni", "127.0.0.1", &target]);
    assert!(outcome.success(), "{outcome:?}");
    assert!(
        outcome
            .stderr
            .contains("for 127.0.0.1 over TLS 1.3; nothing is verified"),
        "{outcome:?}"
    );
    assert_eq!(line(&outcome.text(), "names"), "localhost, 127.0.0.1");
    let document = document(&["--max", "1.2", &server.url("/x")]);
    assert_eq!(document["result"]["hosts"][0]["version"], "TLS 1.2");
    assert_eq!(document["result"]["items"][0]["kind"], "certificate");
    let refused = inspect(&["localhost:1"]);
    assert_eq!(refused.code, Some(7), "{refused:?}");
}

#[test]
fn a_host_that_wants_a_certificate_shows_its_own_first() {
    let lab = Lab::new();
    let server = lab.serve(&["--client-ca", &lab.file("root.pem")]);
    let target = format!("localhost:{}", server.port());
    for version in ["1.2", "1.3"] {
        let outcome = inspect(&["--max", version, &target]);
        assert!(outcome.success(), "{version}: {outcome:?}");
        assert_eq!(line(&outcome.text(), "issuer"), "CN=Lab root");
    }
}

#[test]
fn one_target_that_fails_does_not_hide_the_others() {
    let missing = data("missing.pem");
    let outcome = inspect(&[&missing, &data("leaf.der")]);
    assert_eq!(outcome.code, Some(2), "{outcome:?}");
    assert!(
        outcome.text().starts_with("example.test  certificate"),
        "{outcome:?}"
    );
    assert!(outcome.stderr.contains("missing.pem"), "{outcome:?}");
    let document = document(&[&missing, &data("leaf.der")]);
    assert_eq!(document["exit"], 2);
    assert_eq!(document["error"]["kind"], "file");
    assert_eq!(document["result"]["items"][0]["serial"], "1002");
    let nothing = document_of_failure(&missing);
    assert!(nothing["result"].is_null() && nothing["error"]["message"].is_string());
}

fn document_of_failure(target: &str) -> Value {
    document(&[target])
}

#[test]
fn nothing_of_a_certificate_reaches_the_terminal_as_it_is() {
    let lab = Lab::new();
    let name = "\u{1b}]0;owned\u{7}\u{202e}moc.elgoog\u{9b}31m";
    let mut profile = Profile::server(&[AlternativeName::dns("a.test")], year(), KeyKind::EcP256);
    profile.subject = Subject::named(name).unwrap();
    lab.keep("hidden", &lab.of(&profile));
    let file = lab.file("hidden.pem");
    let harmful = |text: &str| {
        let letters = text.chars().filter(|letter| *letter != '\n');
        letters
            .into_iter()
            .any(|one| one.is_control() || one == '\u{202e}')
    };
    let outcome = inspect(&[&file]);
    assert!(
        outcome.success() && !harmful(&outcome.text()),
        "{outcome:?}"
    );
    assert!(
        outcome.text().contains("characters that cannot be seen"),
        "{outcome:?}"
    );
    let json = inspect(&["--json", &file]);
    assert!(!harmful(&json.text()), "{json:?}");
    let document: Value = serde_json::from_slice(&json.stdout).unwrap();
    let components = document["result"]["items"][0]["subject"]["components"]
        .as_array()
        .unwrap();
    assert!(
        components.iter().any(|one| one["value"] == name),
        "{document}"
    );
}

#[test]
fn a_damaged_file_is_refused_with_the_line_or_the_byte() {
    let lab = Lab::new();
    let pem = std::fs::read_to_string(lab.file("server.pem")).unwrap();
    let lines: Vec<_> = pem.lines().collect();
    let changed = |number: usize, change: &dyn Fn(&str) -> String| {
        let lines = lines.iter().enumerate().map(|(at, line)| {
            if at + 1 == number {
                change(line)
            } else {
                (*line).to_owned()
            }
        });
        lines.collect::<Vec<_>>().join("\n")
    };
    let lost = |line: &str| line[1..].to_owned();
    let four = |line: &str| line[4..].to_owned();
    let added = |line: &str| format!("{line}l");
    let space = |line: &str| line.replacen(&line[5..6], "\u{a0}", 1);
    let dashes = |line: &str| line.replace("-----", "\u{2013}\u{2013}");
    let first = 1;
    for (what, text, wanted) in [
        ("a character is lost", changed(4, &lost), "line 4:"),
        ("four characters are lost", changed(3, &four), "line 3:"),
        ("a character is added", changed(5, &added), "line 5:"),
        ("a space of the web", changed(4, &space), "line 4:"),
        ("typographic dashes", changed(first, &dashes), "line 1:"),
        ("cut off", lines[..5].join("\n"), "line 1:"),
    ] {
        let file = lab.write("damaged.pem", text);
        let outcome = inspect(&[&file]);
        assert_eq!(outcome.code, Some(2), "{what}: {outcome:?}");
        assert!(outcome.stderr.contains(wanted), "{what}: {outcome:?}");
        assert!(outcome.stdout.is_empty(), "{what}: {outcome:?}");
    }
    let der = std::fs::read(data("leaf.der")).unwrap();
    for (bytes, wanted) in [
        (&der[..200], "Certificate at byte 0"),
        (&[&der[..], &[0]].concat(), "not a certificate"),
        (b"<!doctype html>", "a web page"),
        (b"", "an empty file"),
    ] {
        let file = lab.write("damaged.der", bytes);
        let outcome = inspect(&[&file]);
        assert_eq!(outcome.code, Some(2), "{outcome:?}");
        assert!(outcome.stderr.contains(wanted), "{wanted}: {outcome:?}");
    }
}

/// The file lies beside the checkout and belongs to others: it is read where it is there.
#[test]
fn the_certificate_that_a_web_page_printed_is_refused_with_its_line() {
    let path =
        Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/conformance/damaged.pem");
    if !path.exists() {
        eprintln!("ignored: {} is not there", path.display());
        return;
    }
    let outcome = inspect(&[path.to_str().unwrap()]);
    assert_eq!(outcome.code, Some(2), "{outcome:?}");
    let wanted = "line 4: it has 63 characters, the lines before it 64";
    assert!(outcome.stderr.contains(wanted), "{outcome:?}");
}
