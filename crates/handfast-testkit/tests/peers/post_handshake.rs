//! Who the client is, asked once the connection is there (RFC 8446 section 4.6.2): OpenSSL, GnuTLS and
//! Python, as clients and as servers.

use std::io::{self, Read, Write};
use std::net::TcpStream;
use std::os::unix::net::UnixStream;
use std::thread;
use std::time::Duration;

use handfast::config::{ClientAuth, Verification};
use handfast::connection::{PeerStanding, Renewal};
use handfast::stream::Stream;
use handfast::{ClientConfig, Error, Misuse, ProtocolVersion, ServerConfig};
use handfast_testkit::certificates::{self, KeyKind};
use handfast_testkit::config;
use handfast_testkit::peer::{Outcome, Program, Server, trial};
use libtest_mimic::{Failed, Trial};

use crate::gnutls::server::{Peer, printed, with_peer};
use crate::openssl::client::arguments;
use crate::openssl::server::start;
use crate::ours::{Files, Job, LINE, Ours, SOON, Seen, ask, reach};

const CLIENT: &str = include_str!("python/later_client.py");
const SERVER: &str = include_str!("python/later_server.py");

const KINDS: [KeyKind; 4] = [
    KeyKind::EcP256,
    KeyKind::EcP384,
    KeyKind::Ed25519,
    KeyKind::Rsa { bits: 2048 },
];

pub(super) fn trials() -> Vec<Trial> {
    type Test = fn(&Program) -> Result<(), Failed>;
    let tests: [(&str, &str, Test); 9] = [
        ("openssl", "s_client_says_who_it_is", s_client),
        ("openssl", "s_client_has_nothing_to_show", s_client_declines),
        ("openssl", "s_client_did_not_offer_it", s_client_unasked),
        ("openssl", "s_server_asks_us", s_server),
        ("openssl", "s_server_is_declined_by_us", s_server_declined),
        ("python3", "its_client_says_who_it_is", python_client),
        ("python3", "its_server_asks_us", python_server),
        ("gnutls-cli", "gnutls_cli_says_who_it_is", gnutls_cli),
        ("gnutls-cli", "gnutls_cli_did_not_offer_it", gnutls_unasked),
    ];
    let trials = tests.into_iter().map(|(program, name, test)| {
        let claim = format!("post_handshake::{program}_{name}");
        trial(&claim, [program], move |[program]| test(&program))
    });
    let gnutls_serv = with_peer("post_handshake::gnutls_serv_asks_us", gnutls_serv);
    trials.chain([gnutls_serv]).collect()
}

fn server(kind: KeyKind) -> ServerConfig {
    let mut server = config::server(kind);
    server.common.versions = vec![ProtocolVersion::TLS_1_3];
    server.later_client_auth = ClientAuth::Require(Verification::chain(config::trust()));
    server
}

fn client(kind: KeyKind) -> ClientConfig {
    let mut client = config::client();
    client.common.versions = vec![ProtocolVersion::TLS_1_3];
    client.post_handshake_auth = true;
    client.credentials = vec![config::credential(certificates::client(kind))];
    client
}

/// Takes a line, asks who the client is, with new keys in between, and sends the line back. From the
/// second round on two requests are out `at_once`.
fn asks<T: Read + Write>(times: usize, at_once: bool) -> Job<T> {
    Box::new(move |stream| {
        let mut line = vec![0; LINE.len()];
        stream.read_exact(&mut line)?;
        for round in 0..times {
            if at_once && round > 0 {
                let now = handfast::stream::now();
                let more = stream.connection().renew(Renewal::ClientCertificate, now);
                more.map_err(io::Error::other)?;
            }
            if !stream.renew(Renewal::ClientCertificate)? {
                return Err(io::Error::other("it declined"));
            }
            stream.renew(Renewal::Keys)?;
        }
        stream.write_all(&line)
    })
}

fn declined<T: Read + Write>() -> Job<T> {
    Box::new(|stream| {
        let mut line = vec![0; LINE.len()];
        stream.read_exact(&mut line)?;
        if stream.renew(Renewal::ClientCertificate)? {
            return Err(io::Error::other("it has shown something"));
        }
        stream.write_all(&line)
    })
}

/// Nothing may be asked, and nothing breaks by asking.
fn unasked<T: Read + Write>() -> Job<T> {
    Box::new(|stream| {
        let mut line = vec![0; LINE.len()];
        stream.read_exact(&mut line)?;
        let refused = stream.renew(Renewal::ClientCertificate);
        let error = refused.err().and_then(|error| {
            let inner = error.get_ref()?.downcast_ref::<Error>();
            inner.copied()
        });
        if error != Some(Error::Misuse(Misuse::PeerTakesNoRequest)) {
            return Err(io::Error::other(format!("{error:?}")));
        }
        stream.write_all(&line)
    })
}

/// Takes what comes beside data.
fn is_quiet<T: Read + Write>(stream: &mut Stream<T>) -> io::Result<()> {
    match stream.read(&mut [0]) {
        Err(error) if error.kind() == io::ErrorKind::WouldBlock => Ok(()),
        Err(error) => Err(error),
        Ok(_) => Err(io::Error::other("it says something")),
    }
}

/// So long nothing is waited for.
const PAUSE: Option<Duration> = Some(Duration::from_millis(250));

fn is_known(seen: &Seen, kind: KeyKind) -> Result<(), Failed> {
    let negotiated = &seen.negotiated;
    if negotiated.peer_standing == PeerStanding::Verified
        && negotiated.peer_chain == certificates::client(kind).chain()
    {
        return Ok(());
    }
    Err(format!("{kind:?}: {:?}", negotiated.peer_standing).into())
}

fn with_s_client(
    openssl: &Program,
    config: ServerConfig,
    job: Job<TcpStream>,
    more: &[&str],
) -> Result<(Outcome, Seen), Failed> {
    let files = Files::of(certificates::server(KeyKind::EcP256))?;
    let ours = Ours::serve(config, job)?;
    let say = |pipe: &mut dyn Write| pipe.write_all(LINE.as_bytes());
    let outcome = openssl.talk(arguments(ours.port, &files, more), say, SOON)?;
    let seen = ours.seen(&(outcome.text(), &outcome.stderr))?;
    if outcome.text().contains(LINE) {
        return Ok((outcome, seen));
    }
    Err(format!("{}{}", outcome.text(), outcome.stderr).into())
}

fn s_client(openssl: &Program) -> Result<(), Failed> {
    for kind in KINDS {
        for times in [1, 3] {
            let shown = Files::of(certificates::client(kind))?;
            let (cert, key, above) = (&shown.leaf, &shown.key, &shown.above);
            let more = [
                "-enable_pha",
                "-cert",
                cert,
                "-key",
                key,
                "-cert_chain",
                above,
            ];
            let config = server(KeyKind::EcP256);
            let (_, seen) = with_s_client(openssl, config, asks(times, true), &more)?;
            is_known(&seen, kind)?;
        }
    }
    Ok(())
}

fn s_client_declines(openssl: &Program) -> Result<(), Failed> {
    let mut config = server(KeyKind::EcP256);
    config.later_client_auth = ClientAuth::Request(Verification::chain(config::trust()));
    let (_, seen) = with_s_client(openssl, config, declined(), &["-enable_pha"])?;
    match seen.negotiated.peer_standing {
        PeerStanding::Anonymous => Ok(()),
        other => Err(format!("{other:?}").into()),
    }
}

fn s_client_unasked(openssl: &Program) -> Result<(), Failed> {
    with_s_client(openssl, server(KeyKind::EcP256), unasked(), &[]).map(|_| ())
}

/// `c` alone on a line makes it ask.
fn with_s_server(openssl: &Program, config: ClientConfig, awaited: &str) -> Result<Seen, Failed> {
    let files = Files::of(certificates::server(KeyKind::EcP256))?;
    let more = ["-msg", "-CAfile", &files.root];
    let mut server = start(openssl, &files, &more)?;
    let transport = server.connect(SOON)?;
    let talk = thread::spawn(move || {
        let job: Job<TcpStream> = Box::new(|stream| {
            stream.write_all(LINE.as_bytes())?;
            // It reads on for data behind the answer.
            stream.transport().set_read_timeout(PAUSE)?;
            for _ in 0..4 {
                is_quiet(stream)?;
            }
            stream.transport().set_read_timeout(Some(SOON))?;
            stream.write_all(b"once more\n")?;
            let mut line = vec![0; LINE.len()];
            stream.read_exact(&mut line)
        });
        reach(config, "localhost", transport, job)
    });
    server.printed(LINE, SOON)?;
    server.say("c\n")?;
    server.printed(awaited, SOON)?;
    server.printed("once more", SOON)?;
    server.say(LINE)?;
    let seen = talk.join().map_err(|_| "our side panicked")?;
    seen.map_err(|ended| format!("{ended}; {}", server.output()).into())
}

fn s_server(openssl: &Program) -> Result<(), Failed> {
    for kind in KINDS {
        let seen = with_s_server(openssl, client(kind), "CertificateVerify\n    0f 00")?;
        if seen.negotiated.own_chain() != certificates::client(kind).chain() {
            return Err("we were not asked".into());
        }
    }
    Ok(())
}

fn s_server_declined(openssl: &Program) -> Result<(), Failed> {
    let mut config = client(KeyKind::EcP256);
    config.credentials.clear();
    let seen = with_s_server(openssl, config, "CertificateRequest")?;
    if seen.negotiated.own_chain().is_empty() {
        return Ok(());
    }
    Err("what did we show?".into())
}

fn python_client(python: &Program) -> Result<(), Failed> {
    let files = Files::of(certificates::server(KeyKind::EcP256))?;
    for kind in KINDS {
        let shown = Files::of(certificates::client(kind))?;
        let ours = Ours::serve(server(KeyKind::EcP256), asks(2, true))?;
        let port = ours.port.to_string();
        let arguments = ["-c", CLIENT, &port, &files.root, &shown.chain, &shown.key];
        let outcome = python.run(arguments, b"", SOON)?;
        let seen = ours.seen(&outcome)?;
        is_known(&seen, kind)?;
        if outcome.text() != LINE {
            return Err(format!("{}{}", outcome.text(), outcome.stderr).into());
        }
    }
    Ok(())
}

fn python_server(python: &Program) -> Result<(), Failed> {
    let files = Files::of(certificates::server(KeyKind::EcP256))?;
    for kind in KINDS {
        let arguments = |port: u16| {
            let port = port.to_string();
            let all = ["-c", SERVER, &port, &files.chain, &files.key, &files.root];
            all.map(str::to_owned).to_vec()
        };
        let mut peer = Server::start(python, arguments, SOON)?;
        let transport = peer.connect(SOON)?;
        let job: Job<TcpStream> = Box::new(|stream| {
            for _ in 0..3 {
                stream.write_all(LINE.as_bytes())?;
                let mut line = vec![0; LINE.len()];
                stream.read_exact(&mut line)?;
            }
            Ok(())
        });
        let seen = reach(client(kind), "localhost", transport, job);
        let seen = seen.map_err(|ended| format!("{ended}; {}", peer.output()))?;
        peer.ended(SOON)?;
        let known = "before: None\nafter: Ada\nafter: Ada\n";
        if seen.negotiated.own_scheme.is_none() || peer.output() != known {
            return Err(format!("{kind:?}: {}", peer.output()).into());
        }
    }
    Ok(())
}

fn with_gnutls_cli(program: &Program, job: Job<TcpStream>, more: &[&str]) -> Result<Seen, Failed> {
    let files = Files::of(certificates::server(KeyKind::EcP256))?;
    let ours = Ours::serve(server(KeyKind::EcP256), job)?;
    let port = ours.port.to_string();
    let mut arguments = vec!["--port", &port, "--x509cafile", &files.root, "127.0.0.1"];
    arguments.extend([
        "--sni-hostname",
        "localhost",
        "--verify-hostname",
        "localhost",
    ]);
    arguments.extend(more);
    let say = |pipe: &mut dyn Write| pipe.write_all(LINE.as_bytes());
    let outcome = program.talk(arguments, say, SOON)?;
    let seen = ours.seen(&(outcome.text(), &outcome.stderr))?;
    if outcome.text().contains(LINE) {
        return Ok(seen);
    }
    Err(format!("{}{}", outcome.text(), outcome.stderr).into())
}

fn gnutls_cli(program: &Program) -> Result<(), Failed> {
    for kind in KINDS {
        let shown = Files::of(certificates::client(kind))?;
        let (chain, key) = (&shown.chain, &shown.key);
        let pha = "--post-handshake-auth";
        let more = [pha, "--x509certfile", chain, "--x509keyfile", key];
        let seen = with_gnutls_cli(program, asks(2, false), &more)?;
        is_known(&seen, kind)?;
    }
    Ok(())
}

fn gnutls_unasked(program: &Program) -> Result<(), Failed> {
    with_gnutls_cli(program, unasked(), &[]).map(|_| ())
}

/// It asks when it is told so in the middle of what it echoes.
fn gnutls_serv(peer: &Peer) -> Result<(), Failed> {
    for kind in KINDS {
        let files = Files::of(certificates::server(KeyKind::EcP256))?;
        let relay = peer.start(&files, &["--echo", "-a"])?;
        let transport = relay.connect()?;
        let job: Job<UnixStream> = Box::new(|stream| {
            for _ in 0..2 {
                ask("**REAUTH**\n", "Successfully executed command\n")(stream)?;
                ask(LINE, LINE)(stream)?;
            }
            Ok(())
        });
        let seen = reach(client(kind), "localhost", transport, job);
        let seen = seen.map_err(|ended| format!("{ended}; {}", printed(&files)))?;
        if seen.negotiated.own_chain() != certificates::client(kind).chain() {
            return Err(format!("we were not asked: {}", printed(&files)).into());
        }
    }
    Ok(())
}
