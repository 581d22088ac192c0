//! `--pin` and `--tlsa`: what they ask holds or the exit code is 60, and the reason is said.

use crate::lab::{Lab, handfast};
use handfast_pki::certificate::Certificate;
use handfast_pki::fingerprint::sha256;
use handfast_pki::load::certificates;
use handfast_pki::pin::Pin;

fn read(lab: &Lab, name: &str) -> Vec<u8> {
    let pem = std::fs::read(lab.file(name)).unwrap();
    certificates(&pem).unwrap()[0].to_vec()
}

fn key_pin(der: &[u8]) -> String {
    Pin::of_key(Certificate::parse(der).unwrap().spki()).to_string()
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02X}")).collect()
}

#[test]
fn a_pin_matches_the_chain_in_every_spelling_or_the_exit_code_is_60() {
    let lab = Lab::new();
    let server = lab.serve(&[]);
    let url = server.url("/a%20b.txt");
    let (leaf, root) = (read(&lab, "server.pem"), read(&lab, "root.pem"));
    let own = key_pin(&leaf);
    let as_curl = own.replacen('/', "//", 1);
    let fingerprint = format!("cert-sha256/{}", hex(&sha256(&leaf)));
    let stranger = key_pin(&read(&lab, "stranger.pem"));
    let both = format!("{stranger};{own}");
    for pin in [&own, &as_curl, &fingerprint, &key_pin(&root), &both] {
        let outcome = lab.trusting("get", &["--pin", pin, &url]);
        assert_eq!(
            (outcome.code, &*outcome.text()),
            (Some(0), "hello\n"),
            "{pin}"
        );
    }
    let outcome = lab.trusting("get", &["--pin", &stranger, &url]);
    assert_eq!(outcome.code, Some(60), "{outcome:?}");
    for words in [
        "no certificate of the path is pinned",
        &own,
        "do not connect",
    ] {
        assert!(
            outcome.stderr.contains(words),
            "{words}: {}",
            outcome.stderr
        );
    }
    // The pin does not do without the chain.
    let outcome = handfast(&[
        "get",
        "--cacert",
        &lab.file("stranger.pem"),
        "--pin",
        &own,
        &url,
    ]);
    assert!(
        outcome.code == Some(60) && outcome.stderr.contains("issuer"),
        "{outcome:?}"
    );
    let wrong = lab.trusting("get", &["--pin", "sha256/AAAA", &url]);
    assert!(
        wrong.code == Some(2) && wrong.stderr.contains("3 bytes, not 32"),
        "{wrong:?}"
    );
}

#[test]
fn with_k_the_servers_own_pin_is_asked_and_nothing_else() {
    let lab = Lab::new();
    let server = lab.serve(&[]);
    // Neither the authority nor the name is right.
    let resolve = format!("other.test:{}:127.0.0.1", server.port());
    let url = format!("https://other.test:{}/a%20b.txt", server.port());
    let own = key_pin(&read(&lab, "server.pem"));
    let get = |pin: &str| handfast(&["get", "-k", "--pin", pin, "--resolve", &resolve, &url]);
    let outcome = get(&own);
    assert_eq!(
        (outcome.code, &*outcome.text()),
        (Some(0), "hello\n"),
        "{outcome:?}"
    );
    assert!(
        outcome.stderr.contains("nothing but the pin"),
        "{outcome:?}"
    );
    assert_eq!(get(&key_pin(&read(&lab, "root.pem"))).code, Some(60));
}

#[test]
fn a_record_of_the_zone_is_believed_or_the_exit_code_is_60() {
    let lab = Lab::new();
    let server = lab.serve(&[]);
    let target = format!("localhost:{}", server.port());
    let leaf = read(&lab, "server.pem");
    let (other, root) = (read(&lab, "stranger.pem"), read(&lab, "root.pem"));
    let record = |numbers: &str, der: &[u8]| {
        let spki = Certificate::parse(der).unwrap().spki();
        format!("{numbers} {}", hex(&sha256(spki)))
    };
    let stranger = lab.file("stranger.pem");
    let connect = |records: &[&str]| {
        let flags = records.iter().flat_map(|record| ["--tlsa", record]);
        let flags: Vec<_> = flags.chain([&*target]).collect();
        handfast(&[&["connect", "--cacert", &stranger], &*flags].concat())
    };
    let (own, others) = (record("3 1 1", &leaf), record("3 1 1", &other));
    assert_eq!(connect(&[&own]).code, Some(0), "no authority is needed");
    assert_eq!(connect(&[&others, &own]).code, Some(0));
    let refused = connect(&[&others]);
    assert_eq!(refused.code, Some(60));
    assert!(
        refused.stderr.contains("no TLSA record means it"),
        "{refused:?}"
    );
    // Usages 0 and 1 want the authority too.
    let pkix = [record("1 1 1", &leaf), record("0 1 1", &root)];
    for pkix in &pkix {
        assert_eq!(connect(&[pkix]).code, Some(60));
        let trusting = lab.trusting("connect", &["--tlsa", pkix, &target]);
        assert_eq!(trusting.code, Some(0), "{trusting:?}");
    }
    let unknown = connect(&["9 1 1 AB"]);
    assert_eq!(unknown.code, Some(60));
    assert!(
        unknown.stderr.contains("no TLSA record can be used"),
        "{unknown:?}"
    );
    let wrong = connect(&["3 1 1"]);
    assert!(
        wrong.code == Some(2) && wrong.stderr.contains("not a TLSA record"),
        "{wrong:?}"
    );
    let both = lab.trusting("connect", &["-k", "--tlsa", &own, &target]);
    assert_eq!(both.code, Some(2), "{both:?}");
}

#[test]
fn what_does_not_go_together_is_a_usage_error() {
    let lab = Lab::new();
    let pin = key_pin(&read(&lab, "server.pem"));
    let url = "https://localhost:1/";
    let known = lab.file("known");
    let outcome = handfast(&["get", "--pin", &pin, "--tofu", &known, url]);
    assert_eq!(outcome.code, Some(2), "{outcome:?}");
    assert!(
        outcome.stderr.contains("--pin asks for more"),
        "{outcome:?}"
    );
    let outcome = handfast(&["get", "-k", "--ct-logs", &known, url]);
    assert_eq!(outcome.code, Some(2), "{outcome:?}");
    assert!(outcome.stderr.contains("leave -k out"), "{outcome:?}");
}
