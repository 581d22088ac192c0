//! Python's callbacks beside ours: what its message callback is told of a connection is what our tap
//! sees of it, its key log is ours, and what our pause at the ClientHello answers is what it meets.

use handfast::connection::Question;
use handfast::observe::{Direction, KeyLog, Tap, Tapped, key_log_line};
use handfast::stream::{Stream, now};
use handfast::{AlertDescription, Answer, ProtocolVersion, ServerConfig};
use handfast_testkit::certificates::{self, KeyKind};
use handfast_testkit::config;
use handfast_testkit::peer::{Program, Server, trial};
use libtest_mimic::{Failed, Trial};
use std::collections::BTreeSet;
use std::net::{Ipv4Addr, TcpListener};
use std::sync::{Arc, Mutex};
use std::thread;

use crate::ours::{Files, LINE, Ours, SOON, accept, ask, echo, reach, server_for};

const CALLBACKS: &str = include_str!("callbacks.py");
const VERSIONS: [(ProtocolVersion, &str); 2] = [
    (ProtocolVersion::TLS_1_3, "version=1.3"),
    (ProtocolVersion::TLS_1_2, "version=1.2"),
];

pub(super) fn trials() -> Vec<Trial> {
    type Test = fn(&Program) -> Result<(), Failed>;
    let tests: [(&str, Test); 3] = [
        ("its_client_is_told_what_our_servers_tap_sees", its_client),
        ("its_server_is_told_what_our_clients_tap_sees", its_server),
        (
            "its_client_meets_the_config_or_the_alert_that_is_chosen_at_its_hello",
            paused,
        ),
    ];
    let trials = tests.into_iter().map(|(name, test)| {
        let claim = format!("python::{name}");
        trial(&claim, ["python3"], move |[python]| test(&python))
    });
    trials.collect()
}

/// What either side tells: its direction, the version, both numbers, the bytes in hex.
type Told = (bool, u16, u16, u16, String);

/// Keeps what passes, and secrets.
#[derive(Debug, Default)]
struct Kept {
    told: Mutex<Vec<Told>>,
    secrets: Mutex<BTreeSet<String>>,
}

impl Tap for Kept {
    fn tapped(&self, direction: Direction, version: Option<ProtocolVersion>, what: Tapped<'_>) {
        let hex = |byte: &u8| format!("{byte:02x}");
        let bytes = match what {
            Tapped::InnerContentType(content_type) => hex(&content_type.0),
            _ => what.bytes().iter().map(hex).collect(),
        };
        if let Ok(mut told) = self.told.lock() {
            told.push((
                direction == Direction::Sent,
                version.map_or(0, |version| version.0),
                what.content_type(),
                what.msg_type(),
                bytes,
            ));
        }
    }
}

impl KeyLog for Kept {
    fn secret(&self, label: &str, client_random: &[u8; 32], secret: &[u8]) {
        if let Ok(mut secrets) = self.secrets.lock() {
            secrets.insert(key_log_line(label, client_random, secret));
        }
    }
}

/// What Python was told, as it printed it.
fn printed(text: &str) -> Result<Vec<Told>, Failed> {
    let one = |line: &str| {
        let [write, version, kind, msg_type, bytes] =
            line.split(' ').collect::<Vec<_>>().try_into().ok()?;
        let number = |word: &str| word.parse().ok();
        Some((
            write == "write",
            number(version)?,
            number(kind)?,
            number(msg_type)?,
            bytes.to_owned(),
        ))
    };
    let lines = text.lines().filter_map(|line| line.strip_prefix("told "));
    let all: Option<Vec<Told>> = lines.map(one).collect();
    all.ok_or_else(|| format!("not as it was to be: {text}").into())
}

/// What either side sent is what the other one received, and both tell it alike.
fn compare(kept: &Kept, version: ProtocolVersion, text: &str) -> Result<(), Failed> {
    let ours = kept.told.lock().map_err(|_| "poisoned")?.clone();
    let theirs = printed(text)?;
    for they_write in [true, false] {
        let one_way = |all: &[Told], writes| -> Vec<(u16, u16, String)> {
            let all = all.iter().filter(|(write, ..)| *write == writes);
            all.map(|(_, _, kind, msg_type, bytes)| (*kind, *msg_type, bytes.clone()))
                .collect()
        };
        let (mut ours, theirs) = (one_way(&ours, !they_write), one_way(&theirs, they_write));
        if !they_write {
            // OpenSSL tells nobody of a change_cipher_spec that it reads, but for its header.
            ours.retain(|(kind, ..)| *kind != CHANGE_CIPHER_SPEC);
        }
        if ours != theirs || ours.len() < 5 {
            let told = format!("they write: {they_write}\nours {ours:?}\ntheirs {theirs:?}");
            return Err(told.into());
        }
    }
    // Before a version is chosen they name the one that they would have.
    let chosen = |(.., version, _, _, _): &&Told| *version != 0;
    if ours.iter().filter(chosen).any(|told| told.1 != version.0) {
        return Err(format!("{version}: {ours:?}").into());
    }
    Ok(())
}

fn its_client(python: &Program) -> Result<(), Failed> {
    let files = Files::of(certificates::server(KeyKind::EcP256))?;
    for (version, option) in VERSIONS {
        let kept = Arc::new(Kept::default());
        let mut config = config::server(KeyKind::EcP256);
        config.common.versions = vec![version];
        config.common.tap = Some(Arc::clone(&kept) as _);
        config.common.key_log = Some(Arc::clone(&kept) as _);
        config.common.keep_finished = true;
        let ours = Ours::serve(config, echo(LINE.len()))?;
        let (port, ca) = (ours.port.to_string(), format!("ca={}", files.root));
        let keys = format!("keys={}", files.file("client.keys"));
        let arguments = [
            "-c",
            CALLBACKS,
            "client",
            &port,
            &ca,
            option,
            &keys,
            "names=localhost",
        ];
        let outcome = python.run(arguments, b"", SOON)?;
        let seen = ours.seen(&outcome)?;
        same_finished(&outcome.text(), seen.finished[1].as_deref())?;
        compare(&kept, version, &outcome.text())?;
        same_keys(&kept, &files.file("client.keys"))?;
    }
    Ok(())
}

/// Python's tls-unique is the client's Finished.
fn same_finished(text: &str, of_client: Option<&str>) -> Result<(), Failed> {
    let mut lines = text.lines();
    let theirs = lines.find_map(|line| line.strip_prefix("unique "));
    if theirs.is_some() && theirs == of_client {
        return Ok(());
    }
    Err(format!("ours {of_client:?}, theirs {theirs:?}").into())
}

/// Python appends to the key log, and so may hold lines of an earlier connection.
fn same_keys(kept: &Kept, file: &str) -> Result<(), Failed> {
    let ours = kept.secrets.lock().map_err(|_| "poisoned")?.clone();
    let text = std::fs::read_to_string(file)?;
    let theirs: BTreeSet<_> = text.lines().filter(|line| !line.starts_with('#')).collect();
    let theirs: BTreeSet<_> = theirs.into_iter().map(str::to_owned).collect();
    std::fs::remove_file(file)?;
    if !ours.is_empty() && ours == theirs {
        return Ok(());
    }
    Err(format!("ours {ours:#?}\ntheirs {theirs:#?}").into())
}

fn its_server(python: &Program) -> Result<(), Failed> {
    let files = Files::of(certificates::server(KeyKind::EcP256))?;
    for (version, option) in VERSIONS {
        let keys = files.file("server.keys");
        let arguments = |port: u16| {
            let (chain, key) = (&files.chain, &files.key);
            let options = [
                option.to_owned(),
                format!("chain={chain}"),
                format!("key={key}"),
                format!("keys={keys}"),
            ];
            let first = ["-c", CALLBACKS, "server"].map(str::to_owned);
            let port = [port.to_string()];
            first.into_iter().chain(port).chain(options).collect()
        };
        let mut server = Server::start(python, arguments, SOON)?;
        let kept = Arc::new(Kept::default());
        let mut config = config::client();
        config.common.versions = vec![version];
        config.common.tap = Some(Arc::clone(&kept) as _);
        config.common.key_log = Some(Arc::clone(&kept) as _);
        config.common.keep_finished = true;
        let transport = server.connect(SOON)?;
        let seen = reach(config, "localhost", transport, ask(LINE, LINE))
            .map_err(|ended| format!("{ended}; {}", server.output()))?;
        server.ended(SOON)?;
        same_finished(&server.output(), seen.finished[0].as_deref())?;
        compare(&kept, version, &server.output())?;
        same_keys(&kept, &keys)?;
    }
    Ok(())
}

/// A server of ours that is asked once for each name.
fn paused(python: &Program) -> Result<(), Failed> {
    let files = Files::of(certificates::server(KeyKind::EcP256))?;
    let other = server_for("other.test", KeyKind::EcP256)?;
    for (version, option) in VERSIONS {
        let mut first = config::server(KeyKind::EcP256);
        first.common.versions = vec![version];
        first.common.alpn = vec![b"first".to_vec()];
        first.ask_for_config = true;
        let mut second = ServerConfig::new(config::credential(&other));
        second.common.alpn = vec![b"second".to_vec()];
        let (first, second) = (first.check()?, second.check()?);
        let names = ["localhost", "other.test", "refused.test", "internal.test"];
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?;
        let port = listener.local_addr()?.port().to_string();
        let thread = thread::spawn(move || {
            for _ in names {
                let second = second.clone();
                let answerer = move |question: Question<'_>| choose(&question, &second);
                let connection = first.accept(now()).map_err(std::io::Error::other)?;
                let stream = Stream::begin(connection, accept(&listener)?);
                let mut stream = stream.with_answerer(Box::new(answerer));
                // Two of them are refused.
                if stream.complete().is_ok() {
                    echo(LINE.len())(&mut stream)?;
                    stream.close()?;
                }
            }
            Ok::<_, std::io::Error>(())
        });
        let (ca, names) = (
            format!("ca={}", files.root),
            format!("names={}", names.join(",")),
        );
        let arguments = [
            "-c",
            CALLBACKS,
            "client",
            &port,
            &ca,
            option,
            &names,
            "alpn=first,second",
        ];
        let outcome = python.run(arguments, b"", SOON)?;
        thread.join().map_err(|_| "our side panicked")??;
        let text = outcome.text();
        let ends: Vec<_> = text
            .lines()
            .filter(|line| !line.starts_with("told ") && !line.starts_with("unique "))
            .collect();
        let wanted = [
            "met first localhost 127.0.0.1",
            "met second other.test",
            "refused TLSV1_ALERT_ACCESS_DENIED",
            "refused TLSV1_ALERT_INTERNAL_ERROR",
        ];
        let same = ends.len() == wanted.len()
            && ends
                .iter()
                .zip(wanted)
                .all(|(end, wanted)| end.starts_with(wanted));
        if !same {
            return Err(format!("{ends:?}; {}", outcome.stderr).into());
        }
    }
    Ok(())
}

/// As a callback of Python's that is given the name and gives a context, or the number of an alert.
fn choose(question: &Question<'_>, other: &handfast::Server) -> Answer {
    let Question::Config { client_hello } = question else {
        return Answer::Failed;
    };
    match client_hello.server_name() {
        Some("localhost") => Answer::SameConfig,
        Some("other.test") => Answer::Config(other.clone()),
        Some("refused.test") => Answer::RefusedByAlert(AlertDescription::ACCESS_DENIED),
        _ => Answer::RefusedByAlert(AlertDescription::INTERNAL_ERROR),
    }
}

const CHANGE_CIPHER_SPEC: u16 = 20;
