//! `handfast ca serve --acme`.

use crate::lab::acme::AcmeLab;
use crate::lab::{SOON, Serving, handfast};
use serde_json::Value;
use std::time::Instant;

#[test]
fn serve_gets_its_certificate_from_it_and_get_believes_the_root() {
    let lab = AcmeLab::new(&[]);
    let server = lab.serve(&["--acme-connect", "loopback"]);
    std::fs::create_dir(lab.folder.path().join("site")).unwrap();
    lab.folder.write("site/a.txt", "hello\n").unwrap();
    let (site, kept, port) = (
        lab.folder.file("site"),
        lab.folder.file("kept"),
        lab.tls_port.to_string(),
    );
    let _serving = Serving::start(&[
        &site,
        "--name",
        "localhost",
        "--listen",
        &port,
        "--acme",
        &server.directory,
        "--acme-ca",
        &lab.root(),
        "--acme-dir",
        &kept,
        "--acme-agree-tos",
    ]);
    let proven = server.logged(|line| line["schema"] == "handfast.ca.acme.challenge/1");
    assert_eq!(
        (&proven["proven"], &proven["challenge"]),
        (&true.into(), &"tls-alpn-01".into()),
        "{proven}"
    );
    let url = format!("https://localhost:{port}/a.txt");
    let start = Instant::now();
    loop {
        let got = handfast(&["get", "--cacert", &lab.root(), &url]);
        if got.success() {
            assert_eq!(got.text(), "hello\n");
            break;
        }
        assert!(start.elapsed() < SOON, "{got:?}");
    }
    // Like any other certificate of the authority it is on its list, and in its book.
    let rows = lab.listed();
    let own = |row: &&Value| {
        row["names"]
            .as_array()
            .is_some_and(|names| names.len() == 1)
    };
    let row = rows.iter().find(own).unwrap_or_else(|| panic!("{rows:?}"));
    assert_eq!(
        (&row["name"], &row["status"]),
        (&"localhost".into(), &"valid".into())
    );
    let audit = handfast(&["ca", "audit", "--json", "--ca-dir", &lab.place()]);
    assert!(audit.text().contains("acme account "), "{}", audit.text());
}

#[test]
fn it_is_reached_by_its_own_certificate_and_refuses_what_is_no_request() {
    let lab = AcmeLab::new(&[]);
    let server = lab.serve(&[]);
    let port = server.port();
    for host in ["localhost", "127.0.0.1"] {
        let url = format!("https://{host}:{port}/acme/directory");
        let got = handfast(&["get", "--cacert", &lab.root(), &url]);
        assert!(got.success(), "{got:?}");
        let directory: Value = serde_json::from_slice(&got.stdout).unwrap();
        // Whoever comes by another name is led to the one.
        let url = format!("https://localhost:{port}/acme/new-order");
        assert_eq!(directory["newOrder"], url);
    }
    let large = lab.folder.write("large", vec![b'x'; 70_000]).unwrap();
    let large = format!("@{large}");
    for (path, flags, status) in [
        ("/", &[][..], "404"),
        ("/acme/new-order", &[], "405"),
        ("/acme/new-order", &["-d", "x"], "415"),
        (
            "/acme/new-order",
            &["-H", "Content-Type: application/jose+json", "-d", "{}"],
            "400",
        ),
        (
            "/acme/new-order",
            &["-H", "Content-Type: application/jose+json", "-d", &large],
            "413",
        ),
    ] {
        let url = format!("https://localhost:{port}{path}");
        let root = lab.root();
        let usual = ["get", "-i", "--cacert", &root, &url];
        let got = handfast(&[&usual[..], flags].concat());
        let first = got.text().lines().next().unwrap_or_default().to_owned();
        assert!(first.contains(status), "{path} {flags:?}: {got:?}");
    }
}

#[test]
fn flags_that_do_not_fit_end_it_with_what_to_do() {
    let lab = AcmeLab::new(&[]);
    let eab = lab.folder.write("eab", "kid\n").unwrap();
    let serve = |flags: &[&str]| {
        let place = lab.place();
        let usual = [
            "ca",
            "serve",
            "--listen",
            "0",
            "--acme-listen",
            "0",
            "--ca-dir",
            &place,
        ];
        handfast(&[&usual[..], flags].concat())
    };
    for (flags, code, words) in [
        (&["--acme-allow", "a.test"][..], 2, "--acme"),
        (&["--acme", "--acme-connect", "moon"], 2, "loopback"),
        (&["--acme", "--acme-eab", &eab], 2, "line 1"),
        (&["--acme", "--acme-eab", "/nowhere"], 2, "/nowhere"),
        (&["--acme", "--acme-allow", "a..b"], 2, "a..b"),
        (&["--acme", "--acme-name", "example.com"], 1, "--acme-name"),
    ] {
        let ended = serve(flags);
        assert_eq!(ended.code, Some(code), "{flags:?}: {}", ended.stderr);
        assert!(ended.stderr.contains(words), "{flags:?}: {}", ended.stderr);
    }
}
