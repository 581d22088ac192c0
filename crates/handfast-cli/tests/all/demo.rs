//! `handfast demo`.

use serde_json::Value;
use std::process::{Command, Output};

fn demo(arguments: &[&str]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_handfast"));
    command
        .arg("demo")
        .args(arguments)
        .env_remove("SSLKEYLOGFILE")
        .env_remove("CLICOLOR_FORCE")
        .env("NO_COLOR", "1");
    command.output().expect("the command runs")
}

fn stdout(output: &Output) -> &str {
    str::from_utf8(&output.stdout).expect("UTF-8")
}

#[test]
fn the_tour_shows_seven_connections_and_three_refusals() {
    let output = demo(&[]);
    let text = stdout(&output);
    assert_eq!(output.status.code(), Some(0), "{text}");
    assert!(output.stderr.is_empty());
    let headings: Vec<_> = text
        .lines()
        .filter(|line| line.ends_with("\u{2500}\u{2500}\u{2500}"))
        .collect();
    let wanted = [
        " 1  A web page over TLS 1.3 ",
        " 2  A web page over TLS 1.2, as the textbooks draw it ",
        " 3  Coming back over TLS 1.3 ",
        " 4  Coming back over TLS 1.2, by ticket ",
        " 5  Coming back over TLS 1.2, by session ID ",
        " 6  Both sides show who they are ",
        " 7  Both sides show who they are, over TLS 1.2 ",
        " 8  Refused: an authority that nobody trusts ",
        " 9  Refused: one flipped bit ",
        " 10  Refused: a middleman who weakens the offer ",
        " \u{2500}",
    ];
    assert_eq!(headings.len(), wanted.len(), "{headings:?}");
    for (heading, wanted) in headings.iter().zip(wanted) {
        assert!(heading.starts_with(wanted), "{heading}");
    }
    let mut rest = text;
    for step in [
        "\u{2192} ClientHello",
        "\u{2190} ServerHello",
        "encrypted from here on",
        "\u{2190} EncryptedExtensions",
        "\u{2190} Certificate ",
        "\u{2190} CertificateVerify",
        "\u{2190} Finished",
        "\u{2192} Finished",
        "\u{2192} request",
        "\u{2190} page",
        "\u{2192} ClientHello",
        "\u{2190} ServerHello",
        "\u{2190} Certificate ",
        "\u{2190} ServerKeyExchange",
        "\u{2190} ServerHelloDone",
        "\u{2192} ClientKeyExchange",
        "\u{2192} ChangeCipherSpec",
        "\u{2192} Finished",
        "\u{2190} ChangeCipherSpec",
        "\u{2190} Finished",
        "comes back with a ticket, a MAC",
        "by pre-shared key",
        "comes back with a ticket",
        "goes on with the session: TLS 1.2",
        "\u{2190} ChangeCipherSpec",
        "\u{2192} ChangeCipherSpec",
        "by ticket",
        "; session ID ",
        "by session ID",
        "\u{2190} CertificateRequest",
        "\u{2192} Certificate ",
        "\u{2190} CertificateRequest",
        "\u{2190} ServerHelloDone",
        "\u{2192} Certificate ",
        "unknown_ca (fatal)",
        "The client refuses: CertificateAuthorityUnknown",
        "! somebody",
        "The client refuses: RecordNotAuthentic",
        "strikes AES-256-GCM",
        "The client refuses: RecordNotAuthentic",
        "\u{2713} 7 connections made, 3 attacks refused",
    ] {
        let at = rest
            .find(step)
            .unwrap_or_else(|| panic!("no {step:?} in {rest}"));
        rest = &rest[at + step.len()..];
    }
    assert!(!text.contains(['\u{1b}', '\u{2717}']));
    assert!(text.lines().all(|line| line.chars().count() <= 80));
}

#[test]
fn colour_is_a_choice() {
    let coloured = demo(&["--only", "1.3", "--color", "always"]);
    assert!(stdout(&coloured).contains("\u{1b}[32m\u{2713}"));
    let plain = demo(&["--only", "1.3", "--color", "never"]);
    assert!(!stdout(&plain).contains('\u{1b}'));
}

#[test]
fn quiet_means_quiet_when_all_is_well() {
    let output = demo(&["-q"]);
    assert_eq!(output.status.code(), Some(0));
    assert!(output.stdout.is_empty() && output.stderr.is_empty());
}

#[test]
fn one_part_can_be_shown_alone() {
    for (part, acts) in [
        ("1.3", 1),
        ("1.2", 1),
        ("resumed", 3),
        ("mutual", 2),
        ("refusals", 3),
        ("rsa", 1),
        ("ssl3", 1),
    ] {
        let output = demo(&["--only", part, "--json"]);
        let document: Value = serde_json::from_slice(&output.stdout).expect("one document");
        assert_eq!(
            document["result"]["acts"].as_array().map(Vec::len),
            Some(acts)
        );
        assert_eq!(
            (output.status.code(), &document["result"]["good"]),
            (Some(0), &true.into())
        );
    }
}

#[test]
fn the_key_log_holds_the_secrets_of_each_client() {
    let folder = std::env::temp_dir();
    let path = folder.join(format!("handfast-demo-{}.keys", std::process::id()));
    let output = demo(&[
        "--only",
        "1.3",
        "--keylog",
        path.to_str().expect("a plain path"),
    ]);
    let lines = std::fs::read_to_string(&path).expect("the key log");
    std::fs::remove_file(&path).expect("the key log goes");
    assert_eq!(output.status.code(), Some(0));
    let labels: Vec<_> = lines
        .lines()
        .filter_map(|line| line.split(' ').next())
        .collect();
    let wanted = [
        "CLIENT_HANDSHAKE_TRAFFIC_SECRET",
        "SERVER_HANDSHAKE_TRAFFIC_SECRET",
        "CLIENT_TRAFFIC_SECRET_0",
        "SERVER_TRAFFIC_SECRET_0",
        "EXPORTER_SECRET",
    ];
    assert_eq!(labels, wanted);
    // Label, 32 bytes of random, 48 bytes of secret for a suite with SHA-384.
    assert!(lines.lines().all(|line| {
        let lengths: Vec<_> = line.split(' ').skip(1).map(str::len).collect();
        lengths == [64, 96]
    }));
}

#[test]
fn a_key_log_that_cannot_be_written_is_named_in_one_line() {
    let output = demo(&["--keylog", "/no/such/folder/keys"]);
    let said = str::from_utf8(&output.stderr).expect("UTF-8");
    assert_eq!(output.status.code(), Some(2));
    let errors: Vec<_> = said
        .lines()
        .filter(|line| line.starts_with("handfast: "))
        .collect();
    assert!(output.stdout.is_empty() && errors.len() == 1, "{said}");
    assert!(errors[0].contains("/no/such/folder/keys"), "{said}");
}

#[test]
fn the_lesson_about_rsa_shows_numbers_that_the_book_calculates_too() {
    let output = demo(&["--only", "rsa", "--json"]);
    let document: Value = serde_json::from_slice(&output.stdout).expect("one document");
    let act = &document["result"]["acts"][0];
    assert_eq!(act["id"], "lesson.rsa");
    let negotiated = &act["client"]["negotiated"];
    assert_eq!(negotiated["suite"], "TLS_RSA_WITH_AES_128_CBC_SHA");
    let numbers = act["numbers"].as_array().expect("numbers");
    let number = |name: &str| {
        let row = numbers.iter().find(|row| row["name"] == name);
        bytes(
            row.unwrap_or_else(|| panic!("no {name}"))["hex"]
                .as_str()
                .expect("hex"),
        )
    };
    let random = |name: &str| <[u8; 32]>::try_from(number(name)).expect("32 bytes");
    let premaster = number("pre_master_secret");
    assert_eq!((premaster.len(), &premaster[..2]), (48, &[3, 3][..]));
    assert_eq!(number("encrypted on the wire").len(), 256);
    let block = number("key_block");
    let calculated = handfast_testkit::textbook::key_block(
        &number("master_secret"),
        &random("client_random"),
        &random("server_random"),
        block.len(),
    );
    assert_eq!(block, calculated);
    let cut = [
        "client_write_MAC_key",
        "server_write_MAC_key",
        "client_write_key",
        "server_write_key",
    ];
    assert_eq!(cut.map(number).concat(), block);
    // It is no part of the tour.
    let tour: Value = serde_json::from_slice(&demo(&["--json"]).stdout).expect("one document");
    let acts = tour["result"]["acts"].as_array().expect("acts");
    assert!(
        acts.iter()
            .all(|act| act["numbers"].is_null() && act["id"] != "lesson.rsa")
    );
}

#[test]
fn the_lesson_about_ssl_3_shows_its_numbers_by_their_old_names() {
    let output = demo(&["--only", "ssl3", "--json"]);
    let document: Value = serde_json::from_slice(&output.stdout).expect("one document");
    let act = &document["result"]["acts"][0];
    assert_eq!(act["client"]["negotiated"]["version"], "SSL 3.0");
    let numbers = act["numbers"].as_array().expect("numbers");
    let length = |name: &str| {
        let row = numbers.iter().find(|row| row["name"] == name);
        row.unwrap_or_else(|| panic!("no {name}"))["hex"]
            .as_str()
            .expect("hex")
            .len()
            / 2
    };
    // RFC 6101 section 6.2.2: what Triple DES with SHA-1 takes.
    for (name, wanted) in [
        ("pre_master_secret", 48),
        ("encrypted on the wire", 256),
        ("master_secret", 48),
        ("key_block", 104),
        ("client_write_MAC_secret", 20),
        ("server_write_MAC_secret", 20),
        ("client_write_key", 24),
        ("server_write_key", 24),
        ("client_write_IV", 8),
        ("server_write_IV", 8),
    ] {
        assert_eq!(length(name), wanted, "{name}");
    }
    let text = demo(&["--only", "ssl3"]);
    assert!(stdout(&text).contains("MD5(pre_master_secret + SHA(\"A\" + pre_master_secret"));
    assert!(stdout(&text).lines().all(|line| line.chars().count() <= 80));
}

fn bytes(hex: &str) -> Vec<u8> {
    let pairs = hex.as_bytes().chunks(2);
    let pairs = pairs.map(|pair| str::from_utf8(pair).expect("letters"));
    pairs
        .map(|pair| u8::from_str_radix(pair, 16).expect("hex"))
        .collect()
}
