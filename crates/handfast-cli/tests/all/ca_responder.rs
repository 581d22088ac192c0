//! `handfast ca serve`.

use crate::lab::authority::{Came, OwnAuthority, get, post, say};
use crate::lab::{Lab, SOON, Serving, command, handfast};
use handfast::stream::now;
use handfast_ca::issued::Issued;
use handfast_ca::profile::Pointers;
use handfast_ca_store::plan::Plan;
use handfast_pki::certificate::Certificate;
use handfast_pki::crl::Crl;
use handfast_pki::load::certificates;
use handfast_pki::ocsp::request::{IdHash, ocsp_request};
use handfast_pki::ocsp::single::CertificateStatus;
use handfast_pki::ocsp::{OcspResponse, ResponseStatus};
use handfast_testkit::peer::free_port;
use std::io::{Read, Write};
use std::net::TcpStream;
use std::time::{Duration, Instant};

const REQUEST: &str = "application/ocsp-request";

/// What a response says of the certificate that was asked about.
fn said(came: &Came) -> String {
    assert_eq!(came.status, 200, "{came:?}");
    assert_eq!(
        came.header("content-type"),
        Some("application/ocsp-response")
    );
    match OcspResponse::parse(&came.body).unwrap() {
        OcspResponse::Refused(status) => status.to_string(),
        OcspResponse::Basic(basic) => {
            let single = basic.responses().next().unwrap();
            match single.status {
                CertificateStatus::Good => "good".to_owned(),
                CertificateStatus::Revoked { .. } => "revoked".to_owned(),
                _ => "unknown".to_owned(),
            }
        }
    }
}

fn asked(server: &Serving, request: &[u8]) -> Came {
    post(server.port(), "/ocsp", REQUEST, request)
}

/// Waits for what comes by itself.
fn until(what: &str, mut wanted: impl FnMut() -> bool) {
    let start = Instant::now();
    while !wanted() {
        assert!(start.elapsed() < SOON, "in vain: {what}");
        std::thread::sleep(Duration::from_millis(20));
    }
}

fn list(port: u16) -> (u64, Vec<Vec<u8>>, i64) {
    let came = get(port, "/issuing.crl", "");
    assert_eq!(
        (came.status, came.header("content-type")),
        (200, Some("application/pkix-crl"))
    );
    let view = Crl::parse(&came.body).unwrap();
    let number = view
        .number()
        .iter()
        .fold(0, |sum, octet| sum << 8 | u64::from(*octet));
    let serials = view.revoked().map(|entry| entry.serial.to_vec()).collect();
    (number, serials, view.next_update().0)
}

fn serial(issued: &Issued) -> Vec<u8> {
    Certificate::parse(&issued.chain()[0])
        .unwrap()
        .serial()
        .to_vec()
}

#[test]
fn a_revocation_by_another_process_is_told_at_once() {
    let own = OwnAuthority::new();
    let issued = own.issue("a.test", Pointers::default());
    let server = own.serve(&[]);
    let plain = own.request(&issued, IdHash::Sha1, None);
    let fresh = |nonce: &[u8]| asked(&server, &own.request(&issued, IdHash::Sha256, Some(nonce)));
    let first = fresh(&[7; 32]);
    assert_eq!(said(&first), "good");
    assert!(first.body.windows(32).any(|window| window == [7; 32]));
    assert_eq!(first.header("cache-control"), Some("no-store"));
    assert_eq!(said(&asked(&server, &plain)), "good");
    let (number, serials, _) = list(server.port());
    assert!(serials.is_empty());

    own.revoke("a.test");
    assert_eq!(said(&fresh(&[8; 32])), "revoked");
    // What was said to everybody is gone with it.
    assert_eq!(said(&asked(&server, &plain)), "revoked");
    until("a list", || list(server.port()).0 > number);
    assert_eq!(list(server.port()).1, [serial(&issued)]);
    let line = server.logged(|line| line["answers"][0]["status"] == "revoked");
    assert_eq!(
        (&line["what"], &line["method"]),
        (&"ocsp".into(), &"POST".into())
    );
}

#[test]
fn without_a_nonce_a_revocation_is_told_within_a_second_or_so() {
    let own = OwnAuthority::new();
    let issued = own.issue("a.test", Pointers::default());
    let server = own.serve(&[]);
    let plain = own.request(&issued, IdHash::Sha1, None);
    assert_eq!(said(&asked(&server, &plain)), "good");
    own.revoke("a.test");
    let start = Instant::now();
    until("revoked", || said(&asked(&server, &plain)) == "revoked");
    assert!(
        start.elapsed() < Duration::from_secs(5),
        "{:?}",
        start.elapsed()
    );
}

#[test]
fn requests_in_the_path_are_answered_as_those_in_the_body() {
    use base64::Engine as _;
    let own = OwnAuthority::new();
    let issued = own.issue("a.test", Pointers::default());
    let server = own.serve(&[]);
    let request = own.request(&issued, IdHash::Sha1, None);
    let posted = asked(&server, &request);
    let encoded = base64::engine::general_purpose::STANDARD.encode(&request);
    let escaped = encoded
        .replace('+', "%2B")
        .replace('/', "%2F")
        .replace('=', "%3d");
    for path in [
        format!("/ocsp/{encoded}"),
        format!("/ocsp/{escaped}"),
        format!("/ocsp//{escaped}"),
        format!("/{escaped}"),
    ] {
        let came = get(server.port(), &path, "");
        assert_eq!(said(&came), "good", "{path}");
        assert_eq!(came.body, posted.body, "{path}");
    }
    // RFC 5019 section 6.2.
    let came = get(server.port(), &format!("/ocsp/{escaped}"), "");
    let tag = came.header("etag").unwrap();
    assert!(
        came.header("cache-control")
            .unwrap()
            .contains("max-age=1800, public")
    );
    let OcspResponse::Basic(basic) = OcspResponse::parse(&came.body).unwrap() else {
        panic!("{came:?}");
    };
    let single = basic.responses().next().unwrap();
    let date = |name| {
        let parsed = httpdate::parse_http_date(came.header(name).unwrap()).unwrap();
        let since = parsed.duration_since(std::time::UNIX_EPOCH).unwrap();
        i64::try_from(since.as_secs()).unwrap()
    };
    assert_eq!(date("last-modified"), single.this_update.0);
    assert_eq!(Some(date("expires")), single.next_update.map(|time| time.0));
    let again = get(
        server.port(),
        &format!("/ocsp/{escaped}"),
        &format!("If-None-Match: {tag}\r\n"),
    );
    assert_eq!((again.status, again.body.len()), (304, 0));
}

#[test]
fn certificates_lists_and_the_chain_are_served_as_urls_in_certificates_expect() {
    let own = OwnAuthority::new();
    let server = own.serve(&[]);
    let directory = own.open();
    let chain = directory.issuer_chain();
    for (path, media, at) in [
        ("/issuing.cer", "application/pkix-cert", 0),
        ("/root.cer", "application/pkix-cert", 1),
    ] {
        let came = get(server.port(), path, "");
        assert_eq!(
            (came.status, came.header("content-type")),
            (200, Some(media))
        );
        assert_eq!(came.body, chain[at].as_ref());
        let etag = came.header("etag").unwrap();
        let again = get(server.port(), path, &format!("If-None-Match: {etag}\r\n"));
        assert_eq!((again.status, again.body.len()), (304, 0));
        let part = get(server.port(), path, "Range: bytes=2-5\r\n");
        assert_eq!((part.status, &part.body[..]), (206, &chain[at][2..6]));
    }
    let came = get(server.port(), "/chain.p7c", "");
    assert_eq!(came.header("content-type"), Some("application/pkcs7-mime"));
    assert_eq!(certificates(&came.body).unwrap(), chain);
    let pem = get(server.port(), "/issuing.pem", "");
    assert_eq!(certificates(&pem.body).unwrap(), chain[..1]);
    for path in ["/root.crl", "/issuing.crl"] {
        let der = get(server.port(), path, "");
        assert!(Crl::parse(&der.body).is_ok());
        let pem = get(server.port(), &format!("{path}.pem"), "");
        assert!(pem.body.starts_with(b"-----BEGIN X509 CRL-----"));
        let head = say(
            server.port(),
            format!("HEAD {path} HTTP/1.0\r\n\r\n").as_bytes(),
        );
        let length = der.body.len().to_string();
        assert_eq!(
            (head.header("content-length"), head.body.len()),
            (Some(&length[..]), 0)
        );
    }
    let page = get(server.port(), "/", "");
    assert_eq!(
        page.header("content-type"),
        Some("text/html; charset=utf-8")
    );
    let page = String::from_utf8(page.body).unwrap();
    assert!(
        page.contains("Own issuing") && page.contains("http://ca.test/ocsp"),
        "{page}"
    );
    let health = get(server.port(), "/health", "");
    let document: serde_json::Value = serde_json::from_slice(&health.body).unwrap();
    assert_eq!(
        (health.status, &document["well"]),
        (200, &true.into()),
        "{document}"
    );
}

#[test]
fn a_list_is_renewed_before_it_ends() {
    let own = OwnAuthority::planned(&Plan::root_alone("Alone"));
    let server = own.serve(&["--crl-life", "6s"]);
    let (number, _, next) = list(server.port());
    until("the next list", || list(server.port()).0 > number);
    assert!(i64::try_from(now().unix_s()).unwrap() < next);
}

#[test]
fn who_is_not_the_issuer_is_told_nothing_and_what_was_never_issued_is_unknown() {
    let own = OwnAuthority::new();
    let issued = own.issue("a.test", Pointers::default());
    let server = own.serve(&[]);
    let stranger = OwnAuthority::new();
    let never = stranger.issue("b.test", Pointers::default());
    let unknown = own.request(&never, IdHash::Sha1, None);
    assert_eq!(said(&asked(&server, &unknown)), "unknown");
    let foreign = stranger.request(&issued, IdHash::Sha1, None);
    let refused = ResponseStatus::Unauthorized.to_string();
    assert_eq!(said(&asked(&server, &foreign)), refused);
    // The one below the root is asked about like any other.
    let chain = own.open().issuer_chain();
    let views: Vec<_> = chain
        .iter()
        .map(|der| Certificate::parse(der).unwrap())
        .collect();
    let about = ocsp_request(&views[0], &views[1], IdHash::Sha1, None);
    assert_eq!(said(&asked(&server, &about)), "good");
}

#[test]
fn without_the_roots_key_its_last_list_is_served_and_nobody_answers_for_it() {
    let own = OwnAuthority::new();
    let issued = own.issue("a.test", Pointers::default());
    let root_key = own.folder.path().join("ca/root.key");
    let chain = own.open().issuer_chain();
    let views: Vec<_> = chain
        .iter()
        .map(|der| Certificate::parse(der).unwrap())
        .collect();
    let of_issuing = ocsp_request(&views[0], &views[1], IdHash::Sha1, None);
    // The control, which makes the root's list too.
    let server = own.serve(&[]);
    assert_eq!(said(&asked(&server, &of_issuing)), "good");
    let last = get(server.port(), "/root.crl", "").body;
    drop(server);
    std::fs::rename(&root_key, own.folder.path().join("away")).unwrap();
    let server = own.serve(&[]);
    assert_eq!(get(server.port(), "/root.crl", "").body, last);
    let refused = ResponseStatus::Unauthorized.to_string();
    assert_eq!(said(&asked(&server, &of_issuing)), refused);
    let plain = own.request(&issued, IdHash::Sha1, None);
    assert_eq!(said(&asked(&server, &plain)), "good");
    assert_eq!(get(server.port(), "/health", "").status, 200);
    own.revoke("a.test");
    until("revoked", || said(&asked(&server, &plain)) == "revoked");
    until("a list", || list(server.port()).1 == [serial(&issued)]);
    drop(server);
    // With no list of the root at all, the rest goes on.
    let own = OwnAuthority::new();
    std::fs::remove_file(own.folder.path().join("ca/root.key")).unwrap();
    let server = own.serve(&[]);
    assert_eq!(get(server.port(), "/root.crl", "").status, 503);
    assert_eq!(get(server.port(), "/issuing.crl", "").status, 200);
    server.logged(|line| line["schema"] == "handfast.ca.list_due/1");
}

#[test]
fn damaged_requests_are_answered_and_nothing_breaks() {
    let own = OwnAuthority::new();
    let issued = own.issue("a.test", Pointers::default());
    let server = own.serve(&[]);
    let request = own.request(&issued, IdHash::Sha256, Some(&[1; 32]));
    for at in 0..request.len() {
        let mut flipped = request.clone();
        flipped[at] ^= 0x41;
        said(&asked(&server, &flipped));
        assert_eq!(
            said(&asked(&server, &request[..at])),
            "malformedRequest",
            "{at}"
        );
    }
    let port = server.port();
    let long = vec![0x30; 1 << 20];
    assert_eq!(post(port, "/ocsp", REQUEST, &long).status, 413);
    let chunked = b"POST /ocsp HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n";
    let chunks = [&b"10000\r\n"[..], &long[..0x10000], b"\r\n0\r\n\r\n"].concat();
    assert_eq!(say(port, &[chunked, &chunks[..]].concat()).status, 413);
    assert_eq!(post(port, "/ocsp", "text/plain", &request).status, 415);
    assert_eq!(post(port, "/issuing.crl", REQUEST, &request).status, 405);
    assert_eq!(
        say(port, b"DELETE / HTTP/1.1\r\nHost: a\r\n\r\n").status,
        405
    );
    assert_eq!(
        say(port, b"PUT /ocsp HTTP/1.1\r\nHost: a\r\n\r\n").status,
        405
    );
    assert_eq!(get(port, "/nothing", "").status, 404);
    assert_eq!(get(port, "/ocsp", "").status, 405);
    assert_eq!(
        said(&get(port, "/ocsp/no-request!", "")),
        "malformedRequest"
    );
    assert_eq!(say(port, b"nonsense\r\n\r\n").status, 400);
    let head = format!(
        "GET / HTTP/1.1\r\nHost: a\r\nX: {}\r\n\r\n",
        "x".repeat(100_000)
    );
    assert_eq!(say(port, head.as_bytes()).status, 431);
    let cut = b"POST /ocsp HTTP/1.1\r\nHost: a\r\nContent-Length: 100\r\n\r\n0123";
    assert_eq!(say(port, cut).status, 400);
    assert_eq!(said(&asked(&server, &request)), "good");
}

#[test]
fn clients_that_only_hold_their_place_lose_it() {
    let own = OwnAuthority::planned(&Plan::root_alone("Alone"));
    let server = own.serve(&["--connections", "4"]);
    let idle: Vec<_> = (0..4)
        .map(|_| TcpStream::connect(("127.0.0.1", server.port())).unwrap())
        .collect();
    let start = Instant::now();
    assert_eq!(get(server.port(), "/root.cer", "").status, 200);
    let waited = start.elapsed();
    assert!(
        waited > Duration::from_secs(1),
        "nobody held a place: {waited:?}"
    );
    drop(idle);
}

#[test]
fn a_body_that_does_not_come_is_not_waited_for() {
    let own = OwnAuthority::planned(&Plan::root_alone("Alone"));
    let server = own.serve(&[]);
    let mut tcp = TcpStream::connect(("127.0.0.1", server.port())).unwrap();
    tcp.set_read_timeout(Some(SOON)).unwrap();
    tcp.write_all(b"POST /ocsp HTTP/1.1\r\nHost: a\r\nContent-Length: 100\r\n\r\n0")
        .unwrap();
    let mut all = String::new();
    tcp.read_to_string(&mut all).unwrap();
    assert!(all.starts_with("HTTP/1.1 408 "), "{all}");
}

#[test]
fn told_to_stop_it_ends_well() {
    let own = OwnAuthority::planned(&Plan::root_alone("Alone"));
    let server = own.serve(&[]);
    assert_eq!(get(server.port(), "/", "").status, 200);
    server.terminate();
    assert_eq!(server.ended(), Some(0));
}

#[test]
fn a_locked_key_wants_its_pass_phrase() {
    let mut plan = Plan::root_alone("Locked");
    plan.pass = Some(b"open".to_vec().into());
    let own = OwnAuthority::planned(&plan);
    let place = own.place();
    let start = ["ca", "serve", "--listen", "0", "--ca-dir", &place];
    let outcome = handfast(&start);
    assert_eq!(outcome.code, Some(58), "{outcome:?}");
    let wrong = own.folder.write("wrong", "shut\n").unwrap();
    let outcome = handfast(&[&start[..], &["--pass-file", &wrong]].concat());
    assert_eq!(outcome.code, Some(58), "{outcome:?}");
    assert!(outcome.stderr.contains("pass phrase"), "{outcome:?}");
    let right = own.folder.write("right", "open\n").unwrap();
    let server = own.serve(&["--pass-file", &right]);
    assert_eq!(get(server.port(), "/health", "").status, 200);
}

/// The whole way: the URLs in the certificates lead `get` to the server.
#[test]
fn get_finds_the_status_by_what_the_certificates_say() {
    let port = free_port().unwrap();
    let pointers = |name: &str, ocsp: bool| {
        let url = |path: &str| format!("http://127.0.0.1:{port}{path}");
        Pointers {
            crl: vec![url(&format!("/{name}.crl"))]
                .into_iter()
                .filter(|_| !ocsp)
                .collect(),
            ocsp: vec![url("/ocsp")].into_iter().filter(|_| ocsp).collect(),
            issuers: vec![url(&format!("/{name}.cer"))],
        }
    };
    let own = OwnAuthority::planned(&Plan::root_alone("Pointing"));
    let server = own.serve(&["--listen", &port.to_string()]);
    let lab = Lab::new();
    lab.write("own.pem", get(server.port(), "/root.pem", "").body);
    for (name, by_ocsp) in [("ocsp", true), ("list", false)] {
        let issued = own.issue("localhost", pointers("root", by_ocsp));
        lab.keep(name, &issued);
        let (cert, key) = (
            lab.file(&format!("{name}.pem")),
            lab.file(&format!("{name}.key")),
        );
        let site = Serving::start(&[&lab.file("site") as &str, "--cert", &cert, "--key", &key]);
        let ask = |cache: &str| {
            let (root, cache) = (lab.file("own.pem"), lab.file(&format!("{name}-{cache}")));
            let url = site.url("/a%20b.txt");
            let fetching = ["--fetch-private", "--revocation", "hard", &url];
            let command = command().with_variable("XDG_CACHE_HOME", &cache);
            let arguments = [&["get", "--cacert", &root][..], &fetching].concat();
            command.run(arguments, b"", SOON).unwrap()
        };
        let good = ask("before");
        assert_eq!(good.code, Some(0), "{good:?}");
        own.revoke("localhost");
        // The list with it is made within a second or so.
        until("a list", || revoked(server.port()) > usize::from(!by_ocsp));
        // Nothing of what was fetched before.
        let refused = ask("after");
        assert_eq!(refused.code, Some(91), "{refused:?}");
        assert!(refused.stderr.contains("keyCompromise"), "{refused:?}");
    }
}

/// How many are revoked by the root's list.
fn revoked(port: u16) -> usize {
    let came = get(port, "/root.crl", "");
    Crl::parse(&came.body).unwrap().revoked().count()
}
