//! `handfast connect`.

use crate::lab::{Lab, SOON, command, handfast, handfast_alone};
use serde_json::Value;
use std::time::{Duration, Instant};

#[test]
fn a_connection_is_summed_up() {
    let lab = Lab::new();
    let server = lab.serve(&[]);
    let target = format!("localhost:{}", server.port());
    let root = lab.file("root.pem");
    let asked = [
        "connect",
        "--cacert",
        &root,
        "--alpn",
        "h2,http/1.1",
        &target,
    ];
    let outcome = handfast_alone(&asked);
    assert_eq!(outcome.status.code(), Some(0), "{outcome:?}");
    let said = String::from_utf8(outcome.stderr).unwrap().to_lowercase();
    let said = said.split_whitespace().collect::<Vec<_>>().join(" ");
    for words in [
        "TLS 1.3",
        "TLS_AES_128_GCM_SHA256",
        "key exchange x25519mlkem768, signature ecdsa_secp256r1_sha256",
        "cipher AES-128-GCM, hash SHA-256",
        "server verified",
        "0 CN=localhost (localhost, 127.0.0.1), by CN=Lab root, until ",
        "SNI localhost",
        "ALPN h2",
        "TCP ",
    ] {
        assert!(
            said.contains(&words.to_lowercase()),
            "{words} is missing in {said}"
        );
    }
    let json = lab.trusting("connect", &["--json", &target]);
    let document: Value = serde_json::from_slice(&json.stdout).unwrap();
    assert_eq!(document["schema"], "handfast.connect/1");
    assert_eq!(document["result"]["cipher"], "AES-128-GCM");
    assert!(
        document["result"]["times_ms"]["handshake"]
            .as_f64()
            .unwrap()
            > 0.0
    );
}

#[test]
fn a_pipe_carries_a_request_and_its_answer() {
    let lab = Lab::new();
    let server = lab.serve(&[]);
    let (root, target) = (lab.file("root.pem"), format!("127.0.0.1:{}", server.port()));
    let arguments = ["connect", "-q", "--cacert", &root, &target];
    let request = b"GET /a%20b.txt HTTP/1.0\r\nHost: 127.0.0.1\r\n\r\n";
    let outcome = command().run(arguments, request, SOON).unwrap();
    assert!(
        outcome.text().starts_with("HTTP/1.0 200 OK\r\n"),
        "{outcome:?}"
    );
    assert!(
        outcome.text().ends_with("\r\n\r\nhello\n") && outcome.success(),
        "{outcome:?}"
    );
}

#[test]
fn the_null_device_is_not_waited_for() {
    let lab = Lab::new();
    let server = lab.serve(&[]);
    let target = format!("localhost:{}", server.port());
    let start = Instant::now();
    let outcome = handfast_alone(&["connect", "-q", "--cacert", &lab.file("root.pem"), &target]);
    assert!(outcome.status.success() && start.elapsed() < Duration::from_secs(5));
}

#[test]
fn certificates_go_compressed_and_are_told_as_ever() {
    let lab = Lab::new();
    let server = lab.serve(&[]);
    let target = format!("localhost:{}", server.port());
    for (limit, message) in [
        ("1.3", "CompressedCertificate"),
        // The control: before TLS 1.3 there is no such thing.
        ("1.2", "Certificate"),
    ] {
        let outcome = lab.trusting("connect", &["-v", "--max", limit, &target]);
        assert!(outcome.success(), "{outcome:?}");
        let said = outcome.stderr.lines().map(str::split_whitespace);
        let words: Vec<Vec<&str>> = said.map(Iterator::collect).collect();
        let is_it = |line: &&Vec<&str>| line.get(1) == Some(&message);
        assert_eq!(words.iter().filter(is_it).count(), 1, "{outcome:?}");
        let said = outcome.stderr.split_whitespace().collect::<Vec<_>>();
        let said = said.join(" ");
        let is_compressed = message == "CompressedCertificate";
        let by_brotli = said.contains("; compressed by brotli from ");
        assert_eq!(by_brotli, is_compressed, "{said}");
        assert!(!said.contains("not understood"), "{said}");
    }
}

#[test]
fn who_is_connected_to_is_verified() {
    let lab = Lab::new();
    let server = lab.serve(&[]);
    let target = format!("localhost:{}", server.port());
    let wrong = lab.trusting("connect", &["--sni", "other.test", &target]);
    assert!(
        wrong.code == Some(60) && wrong.stderr.contains("not for other.test"),
        "{wrong:?}"
    );
    let insecure = lab.trusting("connect", &["-k", "--sni", "other.test", &target]);
    assert!(
        insecure.code == Some(0) && insecure.stderr.contains("NOT VERIFIED"),
        "{insecure:?}"
    );
    assert_eq!(
        insecure.stderr.matches("not for other.test").count(),
        1,
        "{insecure:?}"
    );
}

#[test]
fn quiet_commands_do_not_warn() {
    let lab = Lab::new();
    let server = lab.serve(&[]);
    let target = format!("localhost:{}", server.port());
    let log = lab.file("keys.log");
    for verb in ["connect", "get"] {
        for quiet in ["-q", "-s"] {
            let outcome = handfast(&[verb, quiet, "-k", "--keylog", &log, &target]);
            assert_eq!((outcome.code, outcome.stderr.as_str()), (Some(0), ""));
        }
        let told = handfast(&[verb, "-k", &target]).stderr;
        assert_eq!(told.matches("warning: -k").count(), 1, "{told}");
        assert_eq!(
            told.to_lowercase().matches("not verified").count(),
            1,
            "{told}"
        );
    }
}
