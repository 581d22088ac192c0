//! Early data: `get --early-data` and `serve --early-data` (RFC 8470).

use crate::lab::{Lab, Serving, handfast_alone};
use handfast::config::Trust;
use handfast::connection::EarlyData;
use handfast::session::MemoryStore;
use handfast::stream::{Stream, now};
use handfast::{Client, ClientConfig, Roots, ServerName};
use handfast_pki::load;
use serde_json::Value;
use std::io::{Read, Write};
use std::net::TcpStream;
use std::sync::Arc;
use std::time::Duration;

/// `get --resume FILE --early-data`.
fn get(lab: &Lab, server: &Serving, more: &[&str]) -> Value {
    let (root, file) = (lab.file("root.pem"), lab.file("session"));
    let url = server.url("/a%20b.txt");
    let base = ["get", "--json", "--cacert", &root, "--resume", &file];
    let outcome = handfast_alone(&[&base[..], &["--early-data", &url], more].concat());
    assert_eq!(outcome.status.code(), Some(0), "{outcome:?}");
    let document: Value = serde_json::from_slice(&outcome.stdout).unwrap();
    document["result"].clone()
}

#[test]
fn a_request_goes_early_where_a_session_allows_it() {
    let lab = Lab::new();
    let server = lab.serve(&["--early-data", "1000"]);
    for http in [&[][..], &["--http1.1"]] {
        let _ = std::fs::remove_file(lab.file("session"));
        for at in 0..3 {
            let result = get(&lab, &server, http);
            assert_eq!(result["early_data"], at > 0, "{http:?} {at}");
            assert_eq!(result["status"], 200);
            assert_eq!(result["session_file"]["kept"], true);
            let is_early = |line: &Value| line["early_data"] == (at > 0);
            assert_eq!(server.logged(is_early)["status"], 200);
        }
    }
}

#[test]
fn where_no_early_data_is_taken_the_request_goes_as_ever() {
    let lab = Lab::new();
    // None is taken; it is too little; the protocol is another one than the session's.
    let off = lab.serve(&[]);
    let little = lab.serve(&["--early-data", "10"]);
    for server in [&off, &little] {
        let _ = std::fs::remove_file(lab.file("session"));
        for _ in 0..2 {
            let result = get(&lab, server, &[]);
            assert_eq!(result["early_data"], false);
            assert_eq!(result["status"], 200);
        }
    }
    let server = lab.serve(&["--early-data", "1000"]);
    let _ = std::fs::remove_file(lab.file("session"));
    get(&lab, &server, &["--http1.1"]);
    let result = get(&lab, &server, &[]);
    assert_eq!(
        (&result["early_data"], &result["status"]),
        (&false.into(), &200.into())
    );
}

#[test]
fn early_data_is_for_sessions_and_for_requests_that_do_no_harm_twice() {
    let lab = Lab::new();
    let (root, file) = (lab.file("root.pem"), lab.file("session"));
    let base = [
        "get",
        "--cacert",
        &root,
        "--early-data",
        "https://localhost:1/",
    ];
    for (more, words) in [
        (&[][..], "--resume"),
        (&["--resume", &file, "-d", "x"], "--early-data with POST"),
        (&["--resume", &file, "-X", "DELETE"], "with DELETE"),
        (&["--resume", &file, "-L"], "--location"),
    ] {
        let outcome = handfast_alone(&[&base[..], more].concat());
        let said = String::from_utf8_lossy(&outcome.stderr).into_owned();
        assert_eq!(outcome.status.code(), Some(2), "{said}");
        assert!(said.contains(words), "{said}");
    }
}

/// A client that says what it is given as early data.
fn client(lab: &Lab) -> Client {
    let pem = std::fs::read(lab.file("root.pem")).unwrap();
    let mut roots = Roots::new();
    roots
        .add(load::certificates(&pem).unwrap().remove(0))
        .unwrap();
    let mut config = ClientConfig::new(Trust::Roots(roots));
    config.common.alpn = vec![b"http/1.1".to_vec()];
    config.sessions = Some(Arc::new(MemoryStore::default()));
    config.early_data = true;
    config.check().unwrap()
}

/// Says a request early, where it may, or late, and gives the answer and whether it was early.
fn ask(client: &Client, server: &Serving, request: &str, early: bool) -> (String, bool) {
    let transport = TcpStream::connect(("127.0.0.1", server.port())).unwrap();
    let name = ServerName::parse("localhost").unwrap();
    let mut stream = Stream::begin(client.connect(name, now()).unwrap(), transport);
    let request = format!("{request} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n");
    let sent = match early {
        true => stream.write_replayable(request.as_bytes()).unwrap(),
        false => 0,
    };
    stream.complete().unwrap();
    let taken = sent > 0 && stream.negotiated().unwrap().early_data == EarlyData::Accepted;
    if !taken {
        stream.write_all(request.as_bytes()).unwrap();
    }
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    (answer, taken)
}

#[test]
fn what_must_not_be_done_twice_is_too_early() {
    let lab = Lab::new();
    let server = lab.serve(&["--early-data", "1000"]);
    let client = client(&lab);
    ask(&client, &server, "GET /a%20b.txt", false);
    for (request, early, status) in [
        ("GET /a%20b.txt", true, 200),
        ("HEAD /a%20b.txt", true, 200),
        ("POST /a%20b.txt", true, 425),
        ("DELETE /a%20b.txt", true, 425),
        // The control: later it is refused for what it is.
        ("POST /a%20b.txt", false, 405),
        ("GET /a%20b.txt", true, 200),
    ] {
        let (answer, taken) = ask(&client, &server, request, early);
        assert_eq!(taken, early, "{request}");
        assert!(
            answer.starts_with(&format!("HTTP/1.1 {status} ")),
            "{request}: {answer}"
        );
    }
}

#[test]
fn what_a_proxy_says_came_early_is_taken_for_that() {
    let lab = Lab::new();
    let server = lab.serve(&[]);
    let url = server.url("/a%20b.txt");
    for (more, status) in [
        (&["-H", "Early-Data: 1"][..], "200"),
        (&["-H", "Early-Data: 1", "-X", "POST"], "425"),
        (&["-H", "Early-Data: 0", "-X", "POST"], "405"),
    ] {
        let outcome = lab.trusting("get", &[more, &["-i", &url]].concat());
        assert!(outcome.text().contains(status), "{more:?}: {outcome:?}");
    }
}

#[test]
fn servers_that_share_a_root_must_share_a_store_for_early_data() {
    let lab = Lab::new();
    let (root, store) = (
        lab.file("ticket-root"),
        format!("file:{}", lab.file("store")),
    );
    let drawn = handfast_alone(&["serve", "--new-ticket-root", &root]);
    assert_eq!(drawn.status.code(), Some(0), "{drawn:?}");
    let (site, cert, key) = (
        lab.file("site"),
        lab.file("server.pem"),
        lab.file("server.key"),
    );
    let flags = ["--early-data", "1000", "--ticket-root", &root];
    let base = [
        "serve", &site, "--cert", &cert, "--key", &key, "--listen", "0",
    ];
    let outcome = handfast_alone(&[&base[..], &flags].concat());
    let said = String::from_utf8_lossy(&outcome.stderr).into_owned();
    assert_eq!(outcome.status.code(), Some(2), "{said}");
    assert!(said.contains("--session-store"), "{said}");
    // With one, a client comes back to either of them.
    let flags = [
        &flags[..],
        &["--session-store", &store, "--store-budget", "1000"],
    ]
    .concat();
    let servers = [lab.serve(&flags), lab.serve(&flags)];
    let client = client(&lab);
    let request = "GET /a%20b.txt";
    assert!(!ask(&client, &servers[0], request, true).1);
    for server in [&servers[1], &servers[0], &servers[1]] {
        // The store is told behind the answer.
        std::thread::sleep(Duration::from_millis(300));
        let (answer, taken) = ask(&client, server, request, true);
        assert!(
            taken && answer.starts_with("HTTP/1.1 200"),
            "{taken} {answer}"
        );
    }
}
