//! Each way to fail has its exit code, and says what and why.

use crate::lab::{Lab, SOON, Serving, command, handfast};
use crate::scripted::{End, Scripted};
use serde_json::Value;
use std::io::Read;
use std::net::TcpListener;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

fn serve(lab: &Lab, name: &str) -> Serving {
    let (site, cert, key) = (
        lab.file("site"),
        lab.file(&format!("{name}.pem")),
        lab.file(&format!("{name}.key")),
    );
    Serving::start(&[&site, "--cert", &cert, "--key", &key])
}

#[test]
fn an_authority_that_nobody_trusts_is_60() {
    let lab = Lab::new();
    let server = serve(&lab, "stranger");
    let outcome = lab.trusting("get", &[&server.url("/")]);
    assert_eq!(outcome.code, Some(60), "{outcome:?}");
    assert!(outcome.stdout.is_empty());
    for words in [
        "not verified",
        "CN=Other root",
        "looked:",
        "try:",
        "1 trusted",
    ] {
        assert!(
            outcome.stderr.contains(words),
            "{words} is missing in {}",
            outcome.stderr
        );
    }
}

#[test]
fn a_certificate_that_has_expired_is_60() {
    let lab = Lab::new();
    let outcome = lab.trusting("get", &[&serve(&lab, "expired").url("/")]);
    assert!(
        outcome.code == Some(60) && outcome.stderr.contains("2001-09-10"),
        "{outcome:?}"
    );
}

#[test]
fn a_certificate_for_another_name_is_60() {
    let lab = Lab::new();
    let server = lab.serve(&[]);
    let resolve = format!("other.test:{}:127.0.0.1", server.port());
    let url = format!("https://other.test:{}/", server.port());
    let outcome = lab.trusting("get", &["--resolve", &resolve, &url]);
    assert!(outcome.code == Some(60), "{outcome:?}");
    assert!(
        outcome.stderr.contains("other.test") && outcome.stderr.contains("localhost"),
        "{outcome:?}"
    );
}

#[test]
fn a_refusal_is_one_json_document_with_the_chain() {
    let lab = Lab::new();
    let server = serve(&lab, "stranger");
    let outcome = lab.trusting("get", &["--json", &server.url("/")]);
    let document: Value = serde_json::from_slice(&outcome.stdout).unwrap();
    let error = &document["error"];
    assert_eq!(
        (&error["kind"], &error["phase"]),
        (&"unverified".into(), &"verify".into())
    );
    assert_eq!(
        (&error["alert"], &document["exit"]),
        (&"unknown_ca".into(), &60.into())
    );
    assert_eq!(error["chain"].as_array().unwrap().len(), 1);
    assert!(error["hint"].as_str().unwrap().contains("trusted"));
    assert_eq!((outcome.code, outcome.stderr.as_str()), (Some(60), ""));
}

#[test]
fn insecure_connects_and_says_what_is_wrong() {
    let lab = Lab::new();
    let server = serve(&lab, "expired");
    let outcome = lab.trusting("get", &["-k", &server.url("/a%20b.txt")]);
    assert_eq!(
        (outcome.code, outcome.text().as_str()),
        (Some(0), "hello\n")
    );
    assert!(
        outcome.stderr.contains("NOT verified") && outcome.stderr.contains("2001-09-10"),
        "{outcome:?}"
    );
}

#[test]
fn a_port_that_nobody_listens_on_is_7() {
    let port = handfast_testkit::peer::free_port().unwrap();
    let outcome = handfast(&["get", &format!("https://127.0.0.1:{port}/")]);
    assert!(
        outcome.code == Some(7) && outcome.stderr.contains("connection refused"),
        "{outcome:?}"
    );
}

#[test]
fn a_name_that_does_not_exist_is_6() {
    let outcome = handfast(&["get", "https://nowhere.invalid/"]);
    assert!(
        outcome.code == Some(6) && outcome.stderr.contains("nowhere.invalid"),
        "{outcome:?}"
    );
}

#[test]
fn silence_is_28_and_the_phase_is_named() {
    let silent = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = silent.local_addr().unwrap().port();
    let start = Instant::now();
    let outcome = handfast(&[
        "get",
        "--timeout",
        "0.3",
        &format!("https://127.0.0.1:{port}/"),
    ]);
    assert!(
        outcome.code == Some(28) && outcome.stderr.contains("handshake"),
        "{outcome:?}"
    );
    assert!(start.elapsed() < Duration::from_secs(5));
    let outcome = handfast(&[
        "get",
        "--json",
        "--timeout",
        "0.3",
        &format!("http://127.0.0.1:{port}/"),
    ]);
    let document: Value = serde_json::from_slice(&outcome.stdout).unwrap();
    assert_eq!(
        (outcome.code, &document["error"]["phase"]),
        (Some(28), &"response".into())
    );
}

#[test]
fn a_page_that_is_cut_off_is_56() {
    let lab = Lab::new();
    for head in ["Content-Length: 100\r\n", "Connection: close\r\n"] {
        let server = Scripted::start(&lab, move |_| {
            (format!("HTTP/1.1 200 OK\r\n{head}\r\nhalf"), End::CutOff)
        });
        let outcome = lab.trusting("get", &[&server.url("/")]);
        assert!(outcome.code == Some(56), "{head}: {outcome:?}");
        // The same page, ended properly, is whole if nothing promised more.
        let server = Scripted::start(&lab, move |_| {
            (format!("HTTP/1.1 200 OK\r\n{head}\r\nhalf"), End::Closed)
        });
        let outcome = lab.trusting("get", &[&server.url("/")]);
        let wanted = if head.starts_with("Content") { 56 } else { 0 };
        assert!(outcome.code == Some(wanted), "{head}: {outcome:?}");
    }
}

#[test]
fn a_download_that_is_cut_off_over_http_2_is_56() {
    let lab = Lab::new();
    // Sparse, and longer than can be sent before the server is gone.
    let long = std::fs::File::create(lab.file("site/long.bin")).unwrap();
    long.set_len(20_000_000_000).unwrap();
    let server = lab.serve(&[]);
    let (root, url) = (lab.file("root.pem"), server.url("/long.bin"));
    let mut command = command().command();
    command.args(["get", "-v", "--cacert", &root, &url]);
    command.stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = command.spawn().unwrap();
    // It has begun.
    let body = child.stdout.as_mut().unwrap();
    body.read_exact(&mut [0; 1000]).unwrap();
    drop(server);
    let outcome = child.wait_with_output().unwrap();
    let said = String::from_utf8_lossy(&outcome.stderr);
    assert_eq!(outcome.status.code(), Some(56), "{said}");
    assert!(said.contains("< HTTP/2 200"), "{said}");
}

#[test]
fn a_pipe_that_is_cut_off_is_56() {
    let lab = Lab::new();
    for (end, code) in [(End::CutOff, 56), (End::Closed, 0)] {
        let server = Scripted::start(&lab, move |_| ("half".to_owned(), end));
        let (root, target) = (lab.file("root.pem"), server.address.to_string());
        let asked = ["connect", "-q", "--cacert", &root, &target];
        let outcome = command()
            .run(asked, b"GET / HTTP/1.0\r\n\r\n", SOON)
            .unwrap();
        assert_eq!(
            (outcome.code, outcome.text().as_str()),
            (Some(code), "half"),
            "{outcome:?}"
        );
    }
}

#[test]
fn bad_answers_are_22_only_when_asked() {
    let lab = Lab::new();
    let server = lab.serve(&[]);
    let url = server.url("/none");
    let outcome = lab.trusting("get", &["--fail", &url]);
    assert!(
        outcome.code == Some(22) && outcome.stdout.is_empty(),
        "{outcome:?}"
    );
    assert!(outcome.stderr.contains("404 Not Found"), "{outcome:?}");
    assert_eq!(lab.trusting("get", &[&url]).code, Some(0));
}

#[test]
fn files_that_are_missing_or_wrong_are_named() {
    let lab = Lab::new();
    let (cert, key, other) = (
        lab.file("client.pem"),
        lab.file("client.key"),
        lab.file("server.key"),
    );
    let empty = lab.write("empty.pem", "");
    let cases: [(&[&str], i32, &str); 7] = [
        (&["--cacert", "no-such-file"], 2, "no-such-file"),
        (&["--cacert", &empty], 2, "empty.pem"),
        (&["--cert", "no-such-file"], 58, "no-such-file"),
        (
            &["--cert", &cert, "--key", "no-such-key"],
            58,
            "no-such-key",
        ),
        (&["--cert", &cert, "--key", &other], 58, "client.pem"),
        (&["--cert", &key], 58, "client.key"),
        (&["--cert", &cert], 58, "--key"),
    ];
    for (arguments, code, words) in cases {
        let outcome = handfast(&[&["get", "https://localhost:1/"], arguments].concat());
        assert_eq!(outcome.code, Some(code), "{arguments:?}: {outcome:?}");
        assert!(outcome.stderr.contains(words), "{arguments:?}: {outcome:?}");
    }
}

#[test]
fn a_port_that_does_not_speak_tls_is_35() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    std::thread::spawn(move || {
        use std::io::Write;
        for mut client in listener.incoming().flatten() {
            let _ = client.write_all(b"SSH-2.0-OpenSSH_9.2\r\n");
        }
    });
    let outcome = handfast(&["get", &format!("https://127.0.0.1:{port}/")]);
    assert!(
        outcome.code == Some(35) && outcome.stderr.contains("does not speak TLS"),
        "{outcome:?}"
    );
}

#[test]
fn a_user_who_interrupts_gets_130() {
    let silent = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("https://{}/", silent.local_addr().unwrap());
    let mut command = command().command();
    let child = command
        .args(["get", &url])
        .stdin(Stdio::null())
        .stderr(Stdio::null());
    let mut child = child.spawn().unwrap();
    // It has begun once it has connected.
    let _client = silent.accept().unwrap();
    std::thread::sleep(Duration::from_millis(100));
    let kill = Command::new("kill")
        .args(["-INT", &child.id().to_string()])
        .status();
    assert!(kill.unwrap().success());
    let start = Instant::now();
    while child.try_wait().unwrap().is_none() {
        assert!(start.elapsed() < SOON);
        std::thread::sleep(Duration::from_millis(5));
    }
    assert_eq!(child.wait().unwrap().code(), Some(130));
}

#[test]
fn a_failure_begins_a_line_of_its_own() {
    let lab = Lab::new();
    let server = Scripted::start(&lab, |_| {
        let answer = "HTTP/1.1 200 OK\r\nContent-Length: 99\r\n\r\nonly this";
        (answer.to_owned(), End::CutOff)
    });
    let (root, target) = (lab.file("root.pem"), server.address.to_string());
    for verb in ["get", "connect"] {
        // Standard output and standard error are one pipe.
        let mut shell = Command::new("sh");
        shell.args(["-c", "printf 'GET / HTTP/1.1\r\n\r\n' | \"$@\" 2>&1", "sh"]);
        shell.args([
            env!("CARGO_BIN_EXE_handfast"),
            verb,
            "-q",
            "--cacert",
            &root,
            &target,
        ]);
        let outcome = shell.output().unwrap();
        let said = String::from_utf8(outcome.stdout).unwrap();
        assert!(said.contains("only this\nhandfast: "), "{verb}: {said}");
    }
}

#[test]
fn remedies_say_what_helps() {
    let lab = Lab::new();
    let (old, old_key) = (lab.file("expired.pem"), lab.file("expired.key"));
    let expired = Serving::start(&[&lab.file("site"), "--cert", &old, "--key", &old_key]);
    let outcome = lab.trusting("get", &[&expired.url("/")]);
    assert_eq!(outcome.code, Some(60), "{outcome:?}");
    // No authority makes it younger.
    assert!(!outcome.stderr.contains("--cacert"), "{outcome:?}");
    let server = lab.serve(&[]);
    let other = lab.file("stranger.pem");
    let outcome = handfast(&["get", "--cacert", &other, &server.url("/")]);
    assert_eq!(outcome.code, Some(60), "{outcome:?}");
    assert!(
        outcome
            .stderr
            .contains("(--cacert FILE trusts that one instead of the system's)"),
        "{outcome:?}"
    );
    let testdata = concat!(env!("CARGO_MANIFEST_DIR"), "/../handfast-pki/testdata");
    let (cert, key) = (
        format!("{testdata}/leaf.der"),
        format!("{testdata}/leaf-key.encrypted.der"),
    );
    let wrong = lab.write("wrong", "not it\n");
    let asked = ["get", &server.url("/"), "--cert", &cert, "--key", &key];
    for (more, words) in [
        (&[][..], "the password is given in a file, by --pass-file"),
        (&["--pass-file", &wrong], "put the right password"),
    ] {
        let outcome = handfast(&[&asked[..], more].concat());
        assert_eq!(outcome.code, Some(58), "{outcome:?}");
        assert!(outcome.stderr.contains(words), "{outcome:?}");
        assert_eq!(outcome.stderr.matches("--pass-file").count(), 1);
    }
}

#[test]
fn wrong_words_begin_as_every_failure_does() {
    let outcome = handfast(&["get", "--nonsense"]);
    assert_eq!(outcome.code, Some(2), "{outcome:?}");
    assert!(
        outcome.stderr.starts_with("handfast: unexpected argument"),
        "{outcome:?}"
    );
}
