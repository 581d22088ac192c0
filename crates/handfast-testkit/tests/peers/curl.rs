//! curl fetches from a small HTTP/1.1 responder on our stream.

use std::io::{self, Read, Write};
use std::net::TcpStream;

use handfast::connection::{PeerStanding, Resumption};
use handfast::stream::Stream;
use handfast::{AlertDescription, Error, Fault, ProtocolVersion, Server, ServerConfig};
use handfast_testkit::certificates::{self, KeyKind};
use handfast_testkit::config;
use handfast_testkit::peer::{Outcome, Program, trial};
use libtest_mimic::{Failed, Trial};

use crate::ours::{Ended, Files, Job, Ours, SOON, Seen, stranger_client};
use crate::several::{self, Keeps, Several, VERSIONS, named, resumed};

pub(super) const PAGE: &str = "a page\n";

pub(super) fn trials() -> Vec<Trial> {
    type Test = fn(&Program) -> Result<(), Failed>;
    let tests: [(&str, Test); 5] = [
        ("fetches_a_page", fetches),
        ("uploads_what_comes_back", uploads),
        ("refuses_us_below_an_unknown_root", refuses_us),
        ("refuses_us_under_another_name", refuses_name),
        (
            "is_let_in_with_a_certificate_and_not_with_a_strangers",
            certificates,
        ),
    ];
    let trials = tests.into_iter().map(|(name, test)| {
        let claim = format!("curl::{name}");
        trial(&claim, ["curl"], move |[curl]| test(&curl))
    });
    let returning = VERSIONS.into_iter().map(|version| {
        let claim = format!("curl::comes_back_for_a_second_page_by_{}", named(version));
        trial(&claim, ["curl"], move |[curl]| comes_back(&curl, version))
    });
    trials.chain(returning).collect()
}

/// Answers one request: with the page, or with the body that came.
pub(super) fn respond(stream: &mut Stream<TcpStream>) -> io::Result<()> {
    let mut head = Vec::new();
    let mut byte = [0];
    while !head.ends_with(b"\r\n\r\n") {
        stream.read_exact(&mut byte)?;
        head.extend(byte);
    }
    let head = String::from_utf8_lossy(&head).to_lowercase();
    let length = head
        .lines()
        .find_map(|line| line.strip_prefix("content-length: "));
    let body = match length.and_then(|length| length.parse().ok()) {
        Some(length) => {
            let mut body = vec![0; length];
            stream.read_exact(&mut body)?;
            body
        }
        None => PAGE.as_bytes().to_vec(),
    };
    let length = body.len();
    let answer =
        format!("HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: {length}\r\n\r\n");
    stream.write_all(answer.as_bytes())?;
    stream.write_all(&body)
}

fn server() -> ServerConfig {
    let mut config = config::server(KeyKind::EcP256);
    config.common.alpn = vec![b"http/1.1".to_vec()];
    config
}

/// Runs curl against `config`.
fn fetch(
    curl: &Program,
    config: ServerConfig,
    root: &str,
    more: &[&str],
    body: &[u8],
) -> Result<(Outcome, Result<Seen, Ended>), Failed> {
    let ours = Ours::serve(config, Box::new(respond))?;
    let host = if more.contains(&"--connect-to") {
        "elsewhere.test"
    } else {
        "localhost"
    };
    let url = format!("https://{host}:{}/", ours.port);
    let to = format!("::127.0.0.1:{}", ours.port);
    let mut arguments = vec![
        "--silent",
        "--show-error",
        "--cacert",
        root,
        "--max-time",
        "15",
    ];
    arguments.extend([
        "--noproxy",
        "*",
        "--write-out",
        "%{stderr}%{http_version} %{ssl_verify_result}",
    ]);
    arguments.extend(
        more.iter()
            .map(|word| if word.is_empty() { to.as_str() } else { word }),
    );
    arguments.extend(["-4", &url]);
    let outcome = curl.run(arguments, body, SOON)?;
    Ok((outcome, ours.ended()))
}

fn fetches(curl: &Program) -> Result<(), Failed> {
    let files = Files::of(certificates::server(KeyKind::EcP256))?;
    for more in [
        &["--http2"][..],
        &["--http1.1"],
        &["--tlsv1.3", "--curves", "P-384"],
    ] {
        let (outcome, ended) = fetch(curl, server(), &files.root, more, b"")?;
        let seen = ended.map_err(|ended| format!("{ended}; {}", outcome.stderr))?;
        let alpn = seen.negotiated.alpn.as_deref();
        if alpn != Some(b"http/1.1") || outcome.text() != PAGE || outcome.stderr != "1.1 0" {
            return Err(format!("{alpn:?}: {} {}", outcome.text(), outcome.stderr).into());
        }
    }
    Ok(())
}

fn uploads(curl: &Program) -> Result<(), Failed> {
    let files = Files::of(certificates::server(KeyKind::EcP256))?;
    let body: Vec<u8> = (0..=u8::MAX).cycle().take(300_000).collect();
    let more = ["--data-binary", "@-", "-H", "Expect:"];
    let (outcome, ended) = fetch(curl, server(), &files.root, &more, &body)?;
    ended.map_err(|ended| format!("{ended}; {}", outcome.stderr))?;
    if outcome.success() && outcome.stdout == body {
        return Ok(());
    }
    Err(format!(
        "{} bytes came back; {}",
        outcome.stdout.len(),
        outcome.stderr
    )
    .into())
}

fn refuses_us(curl: &Program) -> Result<(), Failed> {
    let files = Files::of(certificates::server(KeyKind::EcP256))?;
    let (outcome, ended) = fetch(curl, server(), &files.stranger, &[], b"")?;
    let error = ended.err().and_then(|ended| ended.error);
    // 60: the peer's certificate was not accepted.
    let told = Error::PeerAlert(AlertDescription::UNKNOWN_CA);
    if outcome.code == Some(60) && error == Some(told) && outcome.stdout.is_empty() {
        return Ok(());
    }
    Err(format!("{:?}, ours: {error:?}; {}", outcome.code, outcome.stderr).into())
}

fn refuses_name(curl: &Program) -> Result<(), Failed> {
    let files = Files::of(certificates::server(KeyKind::EcP256))?;
    // The empty word stands for our address.
    let (outcome, ended) = fetch(curl, server(), &files.root, &["--connect-to", ""], b"")?;
    drop(ended);
    if outcome.code == Some(60) && outcome.stdout.is_empty() {
        return Ok(());
    }
    Err(format!("{:?}; {}", outcome.code, outcome.stderr).into())
}

fn certificates(curl: &Program) -> Result<(), Failed> {
    let mutual = || {
        let mut config = config::mutual_server(KeyKind::EcP256);
        config.common.alpn = vec![b"http/1.1".to_vec()];
        config
    };
    let files = Files::of(certificates::client(KeyKind::EcP256))?;
    let more = ["--cert", &files.chain, "--key", &files.key];
    let (outcome, ended) = fetch(curl, mutual(), &files.root, &more, b"")?;
    let seen = ended.map_err(|ended| format!("{ended}; {}", outcome.stderr))?;
    if seen.negotiated.peer_standing != PeerStanding::Verified || outcome.text() != PAGE {
        return Err(format!("{:?}", seen.negotiated.peer_standing).into());
    }
    let files = Files::of(&stranger_client()?)?;
    let more = ["--cert", &files.leaf, "--key", &files.key];
    let (outcome, ended) = fetch(curl, mutual(), &files.root, &more, b"")?;
    let error = ended.err().and_then(|ended| ended.error);
    let unknown = Error::Fault(Fault::CertificateAuthorityUnknown);
    // 56: the transfer broke off while it read.
    if outcome.code == Some(56) && error == Some(unknown) {
        return Ok(());
    }
    Err(format!("{:?}, ours: {error:?}; {}", outcome.code, outcome.stderr).into())
}

fn comes_back(curl: &Program, version: ProtocolVersion) -> Result<(), Failed> {
    for (keeps, mutual) in Keeps::ALL.into_iter().flat_map(|k| [(k, false), (k, true)]) {
        let keeping = || Ok::<Server, Failed>(several::keeping(keeps, version, mutual)?.check()?);
        let (first, second) = (keeping()?, keeping()?);
        let none = several::plain(version, mutual).check()?;
        // It takes no tickets of TLS 1.2 (SSL_OP_NO_TICKET).
        let way = keeps.way(version);
        let way = way.filter(|way| *way != Resumption::Ticket);
        // The same server three times; then another one, as after a restart; then one that keeps
        // no sessions.
        let turns = [
            (&first, None),
            (&first, way),
            (&first, way),
            (&second, None),
            (&second, way),
            (&none, None),
        ];
        pages(curl, version, &turns, mutual, &[])?;
        let turns = [(&first, None), (&first, None)];
        pages(curl, version, &turns, mutual, &["--no-sessionid"])?;
    }
    Ok(())
}

/// Fetches a page by a connection of its own for each turn, by which it is to go on.
fn pages(
    curl: &Program,
    version: ProtocolVersion,
    turns: &[(&Server, Option<Resumption>)],
    mutual: bool,
    more: &[&str],
) -> Result<(), Failed> {
    let files = Files::of(several::client())?;
    let jobs = turns
        .iter()
        .map(|(server, _)| ((*server).clone(), Box::new(respond) as Job<_>));
    let ours = Several::turns(jobs)?;
    let url = format!("https://localhost:{}/", ours.port);
    let mut arguments = vec![
        "-sS4",
        "--cacert",
        &files.root,
        "--max-time",
        "15",
        "--noproxy",
        "*",
    ];
    arguments.extend(match version {
        ProtocolVersion::TLS_1_2 => ["--tlsv1.2", "--tls-max", "1.2"],
        _ => ["--tlsv1.3", "--tls-max", "1.3"],
    });
    if mutual {
        arguments.extend(["--cert", &files.chain, "--key", &files.key]);
    }
    arguments.extend(more);
    arguments.extend(turns.iter().map(|_| url.as_str()));
    let outcome = curl.run(arguments, b"", SOON)?;
    let seen = ours.seen(&outcome)?;
    let ways: Vec<_> = turns.iter().map(|(_, way)| *way).collect();
    resumed(&seen, &ways, mutual.then(several::client))?;
    if outcome.success() && outcome.text() == PAGE.repeat(turns.len()) {
        return Ok(());
    }
    Err(format!("{outcome:?}").into())
}
