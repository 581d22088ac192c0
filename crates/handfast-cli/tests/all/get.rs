//! `handfast get`.

use crate::lab::{Lab, SOON, big, command, handfast};
use crate::scripted::{End, Scripted, proxy};
use serde_json::Value;

fn ok(body: &str) -> (String, End) {
    (
        format!(
            "HTTP/1.1 200 OK\r\nContent-Length: {}\r\n\r\n{body}",
            body.len()
        ),
        End::Closed,
    )
}

fn redirect(status: &str, to: &str) -> (String, End) {
    (
        format!("HTTP/1.1 {status}\r\nLocation: {to}\r\nContent-Length: 0\r\n\r\n"),
        End::Closed,
    )
}

#[test]
fn a_page_comes_over_http_2_and_over_http_1() {
    let lab = Lab::new();
    let server = lab.serve(&[]);
    let two = lab.trusting("get", &["-i", &server.url("/a%20b.txt")]);
    assert!(two.text().starts_with("HTTP/2 200\r\n"), "{two:?}");
    assert!(two.text().ends_with("\r\n\r\nhello\n"));
    let one = lab.trusting("get", &["-i", "--http1.1", &server.url("/a%20b.txt")]);
    assert!(one.text().starts_with("HTTP/1.1 200 OK\r\n"), "{one:?}");
    let plain = lab.trusting("get", &[&server.url("/a%20b.txt")]);
    assert_eq!(
        (plain.code, plain.text().as_str(), plain.stderr.as_str()),
        (Some(0), "hello\n", "")
    );
}

#[test]
fn a_download_is_the_file_byte_for_byte() {
    let lab = Lab::new();
    let server = lab.serve(&[]);
    for version in [&[][..], &["--http1.1"]] {
        let out = lab.file("out.bin");
        let outcome = lab.trusting(
            "get",
            &[version, &["-o", &out, &server.url("/big.bin")]].concat(),
        );
        assert!(
            outcome.success() && outcome.stdout.is_empty(),
            "{outcome:?}"
        );
        assert!(std::fs::read(&out).unwrap() == big());
        let piped = lab.trusting(
            "get",
            &[version, &[server.url("/big.bin").as_str()]].concat(),
        );
        assert!(piped.stdout == big());
    }
}

#[test]
fn head_asks_for_the_headers_alone() {
    let lab = Lab::new();
    let server = lab.serve(&[]);
    let outcome = lab.trusting("get", &["-I", &server.url("/big.bin")]);
    assert!(
        outcome.text().contains("\r\ncontent-length: 3000001\r\n"),
        "{outcome:?}"
    );
    assert!(outcome.text().ends_with("\r\n\r\n"));
    assert_eq!(
        server.logged(|line| line["path"] == "/big.bin")["method"],
        "HEAD"
    );
}

#[test]
fn one_json_document_says_all() {
    let lab = Lab::new();
    let server = lab.serve(&[]);
    let outcome = lab.trusting("get", &["--json", &server.url("/a%20b.txt")]);
    let document: Value = serde_json::from_slice(&outcome.stdout).unwrap();
    assert_eq!(document["schema"], "handfast.get/1");
    assert_eq!(
        (&document["exit"], &document["result"]["status"]),
        (&0.into(), &200.into())
    );
    assert_eq!(document["result"]["body"], "hello\n");
    let tls = &document["result"]["tls"];
    assert_eq!(
        (&tls["version"], &tls["verified"]),
        (&"TLS 1.3".into(), &true.into())
    );
    assert_eq!(
        (&tls["alpn"], &tls["sni"]),
        (&"h2".into(), &"localhost".into())
    );
    assert_eq!(tls["chain"][0]["issuer"], "CN=Lab root");
}

#[test]
fn verbose_shows_the_handshake_and_the_headers() {
    let lab = Lab::new();
    let server = lab.serve(&[]);
    let said = lab
        .trusting("get", &["-v", "--http1.1", &server.url("/")])
        .stderr;
    let mut rest = said.as_str();
    for step in [
        "→ ClientHello",
        "offers TLS 1.3",
        "← ServerHello",
        "chooses TLS 1.3",
        "← EncryptedExtensions",
        "← Certificate",
        "← CertificateVerify",
        "← Finished",
        "→ Finished",
        "version   TLS 1.3",
        "server    verified",
        "> GET /",
        "< HTTP/1.1 200 OK",
    ] {
        let at = rest
            .find(step)
            .unwrap_or_else(|| panic!("{step} is missing in {said}"));
        rest = &rest[at..];
    }
}

#[test]
fn redirects_are_followed_when_asked_for() {
    let lab = Lab::new();
    let server = Scripted::start(&lab, |request| {
        if request.starts_with("GET /end") {
            ok("there")
        } else {
            redirect("302 Found", "../end?x=1")
        }
    });
    let stays = lab.trusting("get", &["-i", &server.url("/a/b")]);
    assert!(stays.text().starts_with("HTTP/1.1 302 Found"), "{stays:?}");
    let follows = lab.trusting("get", &["-L", "-d", "field=1", &server.url("/a/b")]);
    assert_eq!(follows.text(), "there", "{follows:?}");
    let requests = server.requests.lock().unwrap();
    let posted = requests
        .iter()
        .find(|request| request.starts_with("POST /a/b"))
        .unwrap();
    assert!(posted.ends_with("\r\nfield=1"), "{posted}");
    let followed = requests.last().unwrap();
    assert!(
        followed.starts_with("GET /end?x=1 HTTP/1.1\r\n") && !followed.contains("field"),
        "{followed}"
    );
}

#[test]
fn a_redirect_keeps_method_and_body_where_it_says_so() {
    let lab = Lab::new();
    let server = Scripted::start(&lab, |request| {
        if request.contains(" /end ") {
            ok("done")
        } else {
            redirect("307 Temporary Redirect", "/end")
        }
    });
    assert!(
        lab.trusting("get", &["-L", "-d", "x", &server.url("/")])
            .success()
    );
    let requests = server.requests.lock().unwrap();
    assert!(
        requests[1].starts_with("POST /end ") && requests[1].ends_with("\r\nx"),
        "{requests:?}"
    );
}

#[test]
fn a_redirect_to_an_unprotected_page_or_in_a_circle_is_not_followed() {
    let lab = Lab::new();
    let server = Scripted::start(&lab, |request| {
        if request.contains(" /plain ") {
            redirect("301 Moved Permanently", "http://localhost/")
        } else {
            redirect("302 Found", "/again")
        }
    });
    let plain = lab.trusting("get", &["-L", &server.url("/plain")]);
    assert!(
        plain.code == Some(1) && plain.stderr.contains("not protected"),
        "{plain:?}"
    );
    let circle = lab.trusting("get", &["-L", "--max-redirs", "3", &server.url("/")]);
    assert!(
        circle.code == Some(1) && circle.stderr.contains("after 3 redirects"),
        "{circle:?}"
    );
}

#[test]
fn a_secret_for_one_host_is_not_sent_to_another() {
    let lab = Lab::new();
    let other = Scripted::start(&lab, |_| ok("other"));
    let to = other.url("/");
    let first = Scripted::start(&lab, move |_| redirect("302 Found", &to));
    let outcome = lab.trusting(
        "get",
        &[
            "-L",
            "-H",
            "Authorization: secret",
            "-H",
            "X-Other: kept",
            &first.url("/"),
        ],
    );
    assert!(outcome.success(), "{outcome:?}");
    assert!(first.requests.lock().unwrap()[0].contains("authorization: secret"));
    let asked = other.requests.lock().unwrap()[0].clone();
    assert!(
        !asked.contains("secret") && asked.contains("x-other: kept"),
        "{asked}"
    );
}

#[test]
fn headers_methods_and_uploads_arrive() {
    let lab = Lab::new();
    let server = Scripted::start(&lab, |_| ok(""));
    let file = lab.write("up.txt", "uploaded");
    let url = server.url("/x");
    assert!(
        lab.trusting(
            "get",
            &["-X", "DELETE", "-H", "User-Agent:", "-H", "A: b", &url]
        )
        .success()
    );
    assert!(lab.trusting("get", &["-T", &file, &url]).success());
    let root = lab.file("root.pem");
    let piped = command()
        .run(
            ["get", "--cacert", &root, "-T", "-", &url],
            b"piped in",
            SOON,
        )
        .unwrap();
    assert!(piped.success(), "{piped:?}");
    let requests = server.requests.lock().unwrap();
    assert!(
        requests[0].starts_with("DELETE /x ") && requests[0].contains("a: b\r\n"),
        "{requests:?}"
    );
    assert!(!requests[0].contains("user-agent"));
    assert!(
        requests[1].starts_with("PUT /x ") && requests[1].ends_with("\r\n\r\nuploaded"),
        "{requests:?}"
    );
    assert!(requests[2].contains("piped in"), "{requests:?}");
}

#[test]
fn names_can_be_resolved_and_connected_to_by_hand() {
    let lab = Lab::new();
    lab.keep("web", &lab.issue(&["web.test"], crate::lab::year()));
    let (cert, key) = (lab.file("web.pem"), lab.file("web.key"));
    let server = crate::lab::Serving::start(&[&lab.file("site"), "--cert", &cert, "--key", &key]);
    let port = server.port();
    let url = format!("https://web.test:{port}/a%20b.txt");
    let resolve = format!("web.test:{port}:127.0.0.1");
    let by_address = lab.trusting("get", &["--resolve", &resolve, &url]);
    assert_eq!(by_address.text(), "hello\n", "{by_address:?}");
    let to = format!("web.test:443:127.0.0.1:{port}");
    let elsewhere = lab.trusting("get", &["--connect-to", &to, "https://web.test/a%20b.txt"]);
    assert_eq!(elsewhere.text(), "hello\n", "{elsewhere:?}");
}

#[test]
fn a_proxy_makes_a_tunnel() {
    let lab = Lab::new();
    let server = lab.serve(&[]);
    let (address, asked) = proxy();
    let proxy = format!("http://{address}");
    let outcome = lab.trusting("get", &["--proxy", &proxy, &server.url("/a%20b.txt")]);
    assert_eq!(outcome.text(), "hello\n", "{outcome:?}");
    let wanted = format!("CONNECT localhost:{} HTTP/1.1", server.port());
    assert!(asked.lock().unwrap()[0].starts_with(&wanted), "{asked:?}");
    let refused = lab.trusting("get", &["--proxy", &proxy, "https://localhost:1/"]);
    assert!(
        refused.code == Some(56) && refused.stderr.contains("502"),
        "{refused:?}"
    );
}

#[test]
fn a_proxy_is_told_the_whole_url_of_an_unprotected_page() {
    let (address, asked) = proxy();
    let outcome = handfast(&["get", "--proxy", &address.to_string(), "http://a.test/x?y"]);
    assert_eq!(outcome.text(), "proxied", "{outcome:?}");
    let asked = asked.lock().unwrap()[0].clone();
    assert!(
        asked.starts_with("GET http://a.test/x?y HTTP/1.1\r\n"),
        "{asked}"
    );
    assert!(asked.contains("host: a.test\r\n"), "{asked}");
}

#[test]
fn a_client_certificate_is_shown_from_every_kind_of_file() {
    let lab = Lab::new();
    let root = lab.file("root.pem");
    let server = lab.serve(&["--client-ca", &root]);
    let without = lab.trusting("get", &[&server.url("/")]);
    assert!(
        without.code == Some(35) && without.stderr.contains("certificate_required"),
        "{without:?}"
    );
    assert!(without.stderr.contains("--cert"), "{without:?}");
    let (cert, key) = (lab.file("client.pem"), lab.file("client.key"));
    let read = |path| std::fs::read_to_string(path).unwrap();
    let both = lab.write("both.pem", read(&cert) + &read(&key));
    for files in [&["--cert", &cert, "--key", &key][..], &["--cert", &both]] {
        let outcome = lab.trusting(
            "get",
            &[files, &[server.url("/a%20b.txt").as_str()]].concat(),
        );
        assert_eq!(outcome.text(), "hello\n", "{outcome:?}");
    }
    assert_eq!(
        server.logged(|line| line["status"] == 200)["client"],
        "CN=Ann"
    );
}

#[test]
fn secrets_are_logged_only_where_asked_for_and_with_a_warning() {
    let lab = Lab::new();
    let server = lab.serve(&[]);
    let log = lab.file("keys.log");
    let outcome = lab.trusting("get", &["--keylog", &log, &server.url("/")]);
    assert!(outcome.stderr.contains("can decrypt"), "{outcome:?}");
    let lines = std::fs::read_to_string(&log).unwrap();
    for label in [
        "CLIENT_HANDSHAKE_TRAFFIC_SECRET ",
        "SERVER_TRAFFIC_SECRET_0 ",
        "EXPORTER_SECRET ",
    ] {
        assert!(lines.lines().any(|line| line.starts_with(label)), "{lines}");
    }
}

#[test]
fn what_cannot_be_meant_is_a_usage_error() {
    for arguments in [
        &["get"][..],
        &["get", "ftp://a.test/"],
        &["get", "https://"],
        &["get", "--groups", "nonsense", "https://a.test/"],
        &["get", "--resolve", "a.test", "https://a.test/"],
        &["get", "--timeout", "0", "https://a.test/"],
        &["get", "-H", "no colon", "https://a.test/"],
    ] {
        let outcome = handfast(arguments);
        assert!(
            outcome.code == Some(2) && outcome.stdout.is_empty(),
            "{arguments:?}: {outcome:?}"
        );
    }
}

#[test]
fn a_password_in_a_url_goes_into_its_header_and_nowhere_else() {
    let lab = Lab::new();
    let server = Scripted::start(&lab, |_| ok(""));
    let url = format!("https://ann:p%40ss@localhost:{}/", server.address.port());
    let outcome = lab.trusting("get", &["--json", &url]);
    assert!(
        outcome.success() && !outcome.text().contains("p%40ss"),
        "{outcome:?}"
    );
    let asked = server.requests.lock().unwrap()[0].clone();
    // base64 of ann:p@ss
    assert!(
        asked.contains("authorization: Basic YW5uOnBAc3M=\r\n"),
        "{asked}"
    );
    let failed = handfast(&["get", "https://ann:p%40ss@localhost:1/"]);
    assert!(
        failed.code == Some(7) && !failed.stderr.contains("p%40ss"),
        "{failed:?}"
    );
}

#[test]
fn wrong_usage_is_json_too_where_json_is_asked_for() {
    let outcome = handfast(&["get", "--json", "--no-such-flag", "a.test"]);
    let document: Value = serde_json::from_slice(&outcome.stdout).unwrap();
    assert_eq!(
        (outcome.code, &document["error"]["kind"]),
        (Some(2), &"usage".into())
    );
    assert!(
        document["error"]["message"]
            .as_str()
            .unwrap()
            .contains("--no-such-flag")
    );
    assert_eq!(outcome.stderr, "");
}
