//! The Host of a request must be that of the handshake (`attacks.md`, A18): else one host's
//! answers are taken for another's.

use crate::lab::{Lab, SOON, Serving, year};
use crate::scripted::{End, Scripted};
use handfast::config::Verification;
use handfast::stream::Stream;
use handfast::{ClientConfig, ServerName};
use std::io::{Read, Write};
use std::net::TcpStream;

/// Names in the handshake.
const NAMES: [&str; 2] = ["one.test", "two.test"];
/// Hosts that a request for a name may bear; `{}` is the other name.
const OTHERS: [&str; 9] = [
    "{}",
    "{}:443",
    "{}.",
    "evil.test",
    "",
    "{}@{}",
    "one.test, two.test",
    "localhost",
    "127.0.0.1",
];

/// Asks for a page by HTTP/1.1; gives the status and the page.
fn ask(port: u16, name: &str, request: &str) -> Option<(u16, String)> {
    let mut config = ClientConfig::with_verification(Verification::danger_accept_anyone());
    config.common.alpn = vec![b"http/1.1".to_vec()];
    let tcp = TcpStream::connect(("127.0.0.1", port)).unwrap();
    tcp.set_read_timeout(Some(SOON)).unwrap();
    let client = config.check().unwrap();
    let mut stream = Stream::connect(&client, ServerName::parse(name).unwrap(), tcp).ok()?;
    stream.write_all(request.as_bytes()).unwrap();
    let mut answer = Vec::new();
    // A server that cuts an answer off has answered nothing.
    stream.read_to_end(&mut answer).ok()?;
    let answer = String::from_utf8_lossy(&answer).into_owned();
    let status = answer.split(' ').nth(1)?.parse().ok()?;
    let page = answer.split("\r\n\r\n").nth(1)?.to_owned();
    Some((status, page))
}

/// Every name with every Host and in every place where a request names one: what is shown is the
/// page of the handshake's host, or none. Gives the cases tried, and those where it is not so.
fn probe(port: u16) -> (usize, Vec<String>) {
    let mut wrong = Vec::new();
    let mut tried = 0;
    for name in NAMES {
        let other = NAMES[usize::from(name == NAMES[0])];
        let mut requests = vec![
            format!("GET https://{other}/who HTTP/1.1\r\nHost: {name}\r\n"),
            format!("GET https://{other}/who HTTP/1.1\r\nHost: {other}\r\n"),
            format!("GET /who HTTP/1.1\r\nHost: {name}\r\nHost: {other}\r\n"),
            format!("GET /who HTTP/1.1\r\nHost: {other}\r\nHost: {name}\r\n"),
            format!("GET /who HTTP/1.1\r\nHost: {other}\r\nX-Forwarded-Host: {name}\r\n"),
            "GET /who HTTP/1.1\r\n".to_owned(),
        ];
        for host in OTHERS {
            let host = host.replace("{}", other);
            requests.push(format!("GET /who HTTP/1.1\r\nHost: {host}\r\n"));
        }
        for request in requests {
            tried += 1;
            let answer = ask(port, name, &format!("{request}Connection: close\r\n\r\n"));
            if let Some((status @ 200..=399, page)) = answer {
                wrong.push(format!("{name}, {request:?}: {status} {page:?}"));
            }
        }
        for host in [name.to_owned(), name.to_uppercase(), format!("{name}:443")] {
            let request = format!("GET /who HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n");
            let answer = ask(port, name, &request);
            assert_eq!(answer, Some((200, name.to_owned())), "{request:?}");
        }
    }
    (tried, wrong)
}

#[test]
fn no_host_answers_for_another() {
    let lab = Lab::new();
    let mut arguments = Vec::new();
    for name in NAMES {
        lab.keep(name, &lab.issue(&[name], year()));
        std::fs::create_dir(lab.folder.path().join(name)).unwrap();
        lab.write(&format!("{name}/who"), name);
        arguments.extend(["--host".to_owned(), format!("{name}={}", lab.file(name))]);
        arguments.extend(["--cert".to_owned(), lab.file(&format!("{name}.pem"))]);
        arguments.extend(["--key".to_owned(), lab.file(&format!("{name}.key"))]);
    }
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    let server = Serving::start(&arguments);
    let (tried, wrong) = probe(server.port());
    assert_eq!(tried, 30);
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// The control: a server that goes by the Host alone.
#[test]
fn a_server_that_goes_by_the_host_alone_is_caught() {
    let lab = Lab::new();
    let server = Scripted::start(&lab, |request| {
        let lower = request.to_lowercase();
        let host = lower.lines().find_map(|line| line.strip_prefix("host: "));
        let host = host.unwrap_or_default();
        let page = NAMES.iter().find(|name| host.starts_with(**name));
        let page = page.copied().unwrap_or("default");
        let length = page.len();
        (
            format!("HTTP/1.1 200 OK\r\nContent-Length: {length}\r\n\r\n{page}"),
            End::Closed,
        )
    });
    let (tried, wrong) = probe(server.address.port());
    assert_eq!(wrong.len(), tried);
}
