//! `--psk`: both ends of the command by a key that both know.

use crate::lab::{Lab, Serving, handfast};
use serde_json::Value;

const KEY: &str = "5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a";

/// A file with a key of this name.
fn key(lab: &Lab, name: &str) -> String {
    lab.write(&format!("{name}.txt"), format!("{name}:{KEY}\n"))
}

fn serve(lab: &Lab, more: &[&str]) -> Serving {
    lab.write("level.txt", "level 3 bar\n");
    let dir = lab.file("");
    Serving::start(&[&[dir.as_str()], more].concat())
}

fn read(text: &str) -> Value {
    serde_json::from_str(text).unwrap()
}

#[test]
fn a_server_of_keys_shows_no_certificate_and_a_client_by_a_key_takes_none() {
    let lab = Lab::new();
    let (known, other) = (key(&lab, "pump-7"), key(&lab, "pump-8"));
    let server = serve(&lab, &["--psk", &known]);
    for (limit, version) in [("1.3", "TLS 1.3"), ("1.2", "TLS 1.2")] {
        let place = format!("localhost:{}", server.port());
        let asked = ["connect", "--json", "--max", limit, "--psk", &known, &place];
        let outcome = handfast(&asked);
        let result = read(&outcome.text())["result"].clone();
        assert_eq!(result["version"], version, "{outcome:?}");
        assert_eq!(result["psk_identity"], "pump-7");
        assert_eq!(result["verified"], true);
        assert_eq!(result["chain"], serde_json::json!([]));
        let url = server.url(&format!("/level.txt?{limit}"));
        let outcome = handfast(&["get", "--max", limit, "--psk", &known, &url]);
        assert_eq!(outcome.text(), "level 3 bar\n", "{outcome:?}");
        let line = server.logged(|line| line["path"] == format!("/level.txt?{limit}").as_str());
        assert_eq!(line["psk_identity"], "pump-7");
    }
    // The keys lie in the folder, and are not handed out.
    let outcome = handfast(&["get", "--fail", "--psk", &known, &server.url("/pump-7.txt")]);
    assert_eq!(outcome.code, Some(22), "{outcome:?}");
    for (psk, words) in [
        (
            Some(&other),
            "the server may know no key of --psk by its name",
        ),
        (None, "refused with the alert handshake_failure"),
    ] {
        let flags = psk.map(|file| ["--psk", file.as_str()]);
        let url = server.url("/level.txt");
        let outcome = handfast(
            &[
                &["get"],
                &flags.iter().flatten().copied().collect::<Vec<_>>()[..],
                &[&url],
            ]
            .concat(),
        );
        assert_eq!(outcome.code, Some(35), "{outcome:?}");
        assert!(outcome.stderr.contains(words), "{outcome:?}");
        assert!(!outcome.stderr.contains(KEY), "{outcome:?}");
    }
    let certified = lab.serve(&[]);
    let outcome = lab.trusting("get", &["--psk", &known, &certified.url("/")]);
    assert_eq!(outcome.code, Some(35), "{outcome:?}");
    assert!(outcome.stderr.contains("leave out --psk"), "{outcome:?}");
}

#[test]
fn a_server_with_a_certificate_takes_keys_too_and_those_by_their_purpose() {
    let lab = Lab::new();
    let known = key(&lab, "pump-7");
    let purpose = ["--psk", &known, "--psk-context", "readings"];
    let server = lab.serve(&purpose);
    let url = server.url("/a%20b.txt");
    assert_eq!(lab.trusting("get", &[&url]).text(), "hello\n");
    let outcome = handfast(&[&["get"], &purpose[..], &[&url]].concat());
    assert_eq!(outcome.text(), "hello\n", "{outcome:?}");
    // Neither without a purpose nor for another one.
    for other in [
        &["--psk", &known][..],
        &["--psk", &known, "--psk-context", "commands"],
    ] {
        let outcome = lab.trusting("get", &[other, &[&url]].concat());
        assert_eq!(outcome.code, Some(35), "{outcome:?}");
    }
}

#[test]
fn flags_that_cannot_go_together_and_files_that_hold_no_key_are_wrong_usage() {
    let lab = Lab::new();
    let (known, root) = (key(&lab, "pump-7"), lab.file("root.pem"));
    let short = lab.write("short.txt", "pump-7:5a5a\n");
    let missing = lab.file("missing.txt");
    for (flags, words) in [
        (
            &["serve", "--psk", &known, "--client-ca", &root][..],
            "--client-ca",
        ),
        (&["serve", "--psk", &short], "line 1: a key of 2 bytes"),
        (
            &["connect", "--psk", &short, "localhost"],
            "openssl rand -hex 32",
        ),
        (
            &["get", "--psk", &missing, "https://localhost/"],
            "missing.txt",
        ),
        (&["connect", "--psk-context", "x", "localhost"], "--psk"),
    ] {
        let outcome = handfast(flags);
        assert_eq!(outcome.code, Some(2), "{outcome:?}");
        assert!(outcome.stderr.contains(words), "{outcome:?}");
    }
}
