//! `explain`, `list` of registries, and the report behind a failure.

use crate::lab::{Lab, handfast};
use serde_json::Value;
use std::io::Write;
use std::net::TcpListener;

fn json(words: &[&str]) -> Value {
    let outcome = handfast(&[words, &["--json"]].concat());
    serde_json::from_slice(&outcome.stdout).unwrap()
}

#[test]
fn every_kind_of_word_is_explained_by_its_name_number_or_id() {
    for (word, kind, name) in [
        ("unknown_ca", "alert", "unknown_ca"),
        ("UNKNOWN CA", "alert", "unknown_ca"),
        ("48", "alert", "unknown_ca"),
        ("alert.unknown-ca", "alert", "unknown_ca"),
        (
            "0xc02f",
            "cipher suite",
            "TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256",
        ),
        (
            "0xC0,0x2F",
            "cipher suite",
            "TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256",
        ),
        (
            "TLS_RSA_WITH_DES_CBC_SHA",
            "cipher suite",
            "TLS_RSA_WITH_DES_CBC_SHA",
        ),
        ("x25519mlkem768", "group", "X25519MLKEM768"),
        ("rsa_pkcs1_sha1", "signature scheme", "rsa_pkcs1_sha1"),
        ("status_request", "extension", "status_request"),
        ("alps", "extension", "application_settings"),
        ("17513", "extension", "application_settings_draft"),
        ("sni", "extension", "server_name"),
        (
            "tls.suite.not-common",
            "why a peer is refused",
            "SuiteNotCommon",
        ),
        ("SuiteNotCommon", "why a peer is refused", "SuiteNotCommon"),
        ("tls.plain.ssh", "a protocol that is not TLS", "SSH"),
        (
            "tls.plain.html",
            "a protocol that is not TLS",
            "plain HTTP (a page)",
        ),
    ] {
        is_explained(word, kind, name);
    }
}

#[test]
fn what_other_programs_call_things_is_explained_too() {
    for (word, kind, name) in [
        (
            "ECDHE-RSA-AES128-GCM-SHA256",
            "cipher suite",
            "TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256",
        ),
        (
            "TLS_ECDHE_RSA_AES_128_GCM_SHA256",
            "cipher suite",
            "TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256",
        ),
        ("prime256v1", "group", "secp256r1"),
        ("P-256", "group", "secp256r1"),
        ("ECDSA+SHA256", "signature scheme", "ecdsa_secp256r1_sha256"),
        ("TLSv1", "protocol version", "TLS 1.0"),
        ("ECDHE+AESGCM", "cipher string of OpenSSL", "ECDHE+AESGCM"),
        ("sni", "extension", "server_name"),
        ("51", "alert", "decrypt_error"),
        (
            "51",
            "exit code of curl, and of handfast where it has it",
            "exit code",
        ),
        ("TLSv1.2", "protocol version", "TLS 1.2"),
        ("fips-140-3", "policy", "fips-140-3-2026-11"),
        (
            "chain.expired",
            "why a certificate is refused",
            "chain.expired",
        ),
        (
            "transport.hung-up",
            "how a connection ended",
            "transport.hung-up",
        ),
    ] {
        is_explained(word, kind, name);
    }
}

fn is_explained(word: &str, kind: &str, name: &str) {
    let document = json(&["explain", word]);
    assert_eq!(document["schema"], "handfast.explain/1", "{word}");
    let meanings = document["result"]["meanings"].as_array().unwrap();
    let fits = |one: &&Value| one["kind"] == kind && one["name"] == name;
    let found = meanings.iter().find(fits);
    assert!(found.is_some(), "{word}: {document}");
    assert!(
        !found.unwrap()["says"].as_str().unwrap().is_empty(),
        "{word}"
    );
}

#[test]
fn messages_of_other_programs_are_explained_with_what_to_do() {
    for message in [
        "SSL_ERROR_NO_CYPHER_OVERLAP",
        "error:0A000418:SSL routines::tlsv1 alert unknown ca",
        "error:0A00010B:SSL routines::wrong version number",
        "unsafe legacy renegotiation disabled",
        "dh key too small",
        "ee key too small",
        "certificate verify failed: unable to get local issuer certificate",
        "X509_V_ERR_CERT_HAS_EXPIRED",
        "SSL alert number 40",
        "first record does not look like a TLS handshake",
        "sslv3 alert handshake failure",
        "[SSL: SSLV3_ALERT_HANDSHAKE_FAILURE] sslv3 alert handshake failure (_ssl.c:1007)",
        "[SSL: WRONG_VERSION_NUMBER]",
        "tlsv1 unrecognized name",
        "remote error: tls: unknown certificate authority",
        "received fatal alert: HandshakeFailure",
        "Verify return code: 20 (unable to get local issuer certificate)",
        "verify error:num=19",
        "DEPTH_ZERO_SELF_SIGNED_CERT",
        "PR_END_OF_FILE_ERROR",
        "ERR_SSL_VERSION_OR_CIPHER_MISMATCH",
        "net::ERR_CERT_DATE_INVALID",
        "MOZILLA_PKIX_ERROR_SELF_SIGNED_CERT",
        "SSL_ERROR_BAD_CERT_DOMAIN",
        "PKIX path building failed",
        "x509: certificate signed by unknown authority",
        "x509: certificate is valid for a.test, not b.test",
        "http: server gave HTTP response to HTTPS client",
        "SEC_E_UNTRUSTED_ROOT",
        "curl: (60) SSL certificate problem",
        "curl 35",
        "exit code 91",
    ] {
        let document = json(&["explain", message]);
        let meanings = document["result"]["meanings"].as_array().unwrap();
        assert!(!meanings.is_empty(), "{message}");
        for meaning in meanings {
            assert!(meaning["try"].as_str().unwrap().len() > 10, "{meaning}");
        }
    }
    // Words need no quotes.
    let outcome = handfast(&["explain", "wrong", "version", "number"]);
    assert!(outcome.success(), "{outcome:?}");
}

#[test]
fn a_word_that_means_nothing_is_a_mistake_and_says_what_could_be_asked() {
    let outcome = handfast(&["explain", "xyzzy"]);
    assert_eq!(outcome.code, Some(2), "{outcome:?}");
    assert!(outcome.stderr.contains("try: "), "{outcome:?}");
    assert!(!outcome.stderr.contains("may be meant"), "{outcome:?}");
    // What was mistyped, or is part of a name, is answered with what is near.
    for (word, near) in [
        ("unkown_ca", "unknown_ca"),
        ("tls.suite.not-comon", "tls.suite.not-common"),
        ("kyber", "X25519Kyber768Draft00"),
        ("fips", "fips-140-3"),
    ] {
        let outcome = handfast(&["explain", word]);
        assert_eq!(outcome.code, Some(2), "{outcome:?}");
        let said: Vec<_> = outcome.stderr.split_whitespace().collect();
        assert!(said.join(" ").contains(near), "{outcome:?}");
    }
}

#[test]
fn every_row_of_a_listed_registry_can_be_explained() {
    for (list, least) in [
        ("alerts", 30),
        ("extensions", 50),
        ("groups", 30),
        ("sigalgs", 30),
    ] {
        let document = json(&["list", list]);
        assert_eq!(document["schema"], format!("handfast.list.{list}/1"));
        let rows = document["result"][list].as_array().unwrap();
        assert!(rows.len() >= least, "{list}: {}", rows.len());
        for row in [&rows[0], &rows[rows.len() / 2], &rows[rows.len() - 1]] {
            let explained = handfast(&["explain", row["name"].as_str().unwrap()]);
            assert!(explained.success(), "{row}: {explained:?}");
        }
    }
    let groups = json(&["list", "groups"]);
    let groups = groups["result"]["groups"].as_array().unwrap();
    let spoken =
        |name: &str| groups.iter().find(|row| row["name"] == name).unwrap()["spoken"].clone();
    assert_eq!(
        (spoken("x25519"), spoken("sect163k1")),
        (true.into(), false.into())
    );
}

/// A server that greets each client so.
fn greeting(words: &'static [u8]) -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    std::thread::spawn(move || {
        for mut client in listener.incoming().flatten() {
            let _ = client.write_all(words);
        }
    });
    port
}

#[test]
fn a_server_that_speaks_something_else_is_named() {
    for (words, name, id) in [
        (
            &b"<html>\r\n<head><title>400 Bad Request"[..],
            "HTTP",
            "tls.plain.html",
        ),
        (&b"SSH-2.0-OpenSSH_9.9\r\n"[..], "SSH", "tls.plain.ssh"),
        (b"220 mail.test ESMTP\r\n", "SMTP", "tls.plain.smtp"),
        (
            b"HTTP/1.0 400 Bad Request\r\n\r\n",
            "HTTP",
            "tls.plain.http-response",
        ),
    ] {
        let target = format!("127.0.0.1:{}", greeting(words));
        let outcome = handfast(&["connect", &target]);
        assert_eq!(outcome.code, Some(35), "{outcome:?}");
        assert!(
            outcome.stderr.contains(name) && outcome.stderr.contains("try: "),
            "{outcome:?}"
        );
        let error = &json(&["connect", &target])["error"];
        assert_eq!(error["report"]["schema"], "handfast.refusal/1", "{error}");
        assert_eq!(error["report"]["id"], id, "{error}");
    }
}

#[test]
fn a_failure_has_its_report_for_programs_and_with_v_for_people() {
    let lab = Lab::new();
    let server = lab.serve(&["--min", "1.3"]);
    let target = format!("localhost:{}", server.port());
    let flags = ["connect", "-k", "--max", "1.2", &target];
    let short = handfast(&flags);
    assert_eq!(short.code, Some(35), "{short:?}");
    assert!(!short.stderr.contains("remedy:"), "{short:?}");
    let whole = handfast(&[&flags[..], &["-v"]].concat());
    for words in [
        "remedy:",
        "id:      alert.protocol-version",
        "leave out your --max 1.2",
        "TLS 1.2",
    ] {
        assert!(whole.stderr.contains(words), "{words}: {}", whole.stderr);
    }
    let report = &json(&flags)["error"]["report"];
    assert_eq!(report["id"], "alert.protocol-version");
    assert_eq!(report["own"]["versions"], serde_json::json!(["TLS 1.2"]));
    assert!(report["peer"].is_null());
    let remedy = &report["remedies"][0];
    assert_eq!(
        (&remedy["who"], &remedy["likely"]),
        (&"here".into(), &true.into())
    );
    // The control: the remedy is right.
    let mended = handfast(&["connect", "-k", "--max", "1.3", &target]);
    assert!(mended.success(), "{mended:?}");
}
