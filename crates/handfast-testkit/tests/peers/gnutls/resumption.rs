//! Coming back: `gnutls-cli` to us and we to `gnutls-serv`, in both versions.

use std::io::Write;

use handfast::connection::Resumption;
use handfast::{ClientConfig, ProtocolVersion, Server};
use handfast_testkit::certificates::{self, KeyKind};
use handfast_testkit::peer::{Program, trial};
use libtest_mimic::{Failed, Trial};

use super::CLASSIC;
use super::server::{Peer, Relay, printed, with_peer};
use crate::ours::{Files, LINE, SOON, Seen, ask, echo, reach};
use crate::several::{self, Keeps, Several, VERSIONS, named, resumed};

/// What both programs say of a connection that went on.
const WENT_ON: &str = "This is a resumed session";

pub(super) fn trials() -> Vec<Trial> {
    let mut trials = Vec::new();
    for version in VERSIONS {
        for keeps in Keeps::ALL {
            let how = format!("by_{}_of_{}", keeps.named(), named(version));
            let claim = format!("gnutls::gnutls_cli_comes_back_to_us_{how}");
            trials.push(trial(&claim, ["gnutls-cli"], move |[program]| {
                comes_back(&program, version, keeps, false)?;
                comes_back(&program, version, keeps, true)
            }));
            if version == ProtocolVersion::TLS_1_3 && keeps == Keeps::Cache {
                // It has no tickets of TLS 1.3 that stand for sessions in its database.
                continue;
            }
            let claim = format!("gnutls::we_come_back_to_gnutls_serv_{how}");
            trials.push(with_peer(&claim, move |peer| {
                we_come_back(peer, version, keeps, false)?;
                we_come_back(peer, version, keeps, true)
            }));
        }
    }
    trials
}

/// A priority string of one version.
fn priority(version: ProtocolVersion) -> &'static str {
    match version {
        ProtocolVersion::TLS_1_2 => CLASSIC,
        _ => "NORMAL:-VERS-ALL:+VERS-TLS1.3",
    }
}

fn comes_back(
    program: &Program,
    version: ProtocolVersion,
    keeps: Keeps,
    mutual: bool,
) -> Result<(), Failed> {
    let keeping = || Ok::<Server, Failed>(several::keeping(keeps, version, mutual)?.check()?);
    let (first, second) = (keeping()?, keeping()?);
    let none = several::plain(version, mutual).check()?;
    let way = keeps.way(version);
    // The same server; another one, as after a restart; one that keeps nothing. It waits for a
    // ticket of TLS 1.3 if it is told to, and then for ever.
    let wait = ["--waitresumption"];
    visits(program, version, [&first, &first], way, mutual, &wait)?;
    visits(program, version, [&first, &second], None, mutual, &wait)?;
    visits(program, version, [&none, &none], None, mutual, &[])?;
    if version == ProtocolVersion::TLS_1_3 {
        return Ok(());
    }
    // Without tickets nothing goes on but by a session ID. (Its --noticket changes nothing.)
    let id = way.filter(|way| *way == Resumption::SessionId);
    let without = format!("{}:%NO_TICKETS", priority(version));
    let more = ["--priority", &without];
    visits(program, version, [&first, &first], id, mutual, &more)
        .map_err(|failed| format!("without tickets: {failed:?}").into())
}

/// Two connections of one client, which says nothing on the first, and how the second goes on.
fn visits(
    program: &Program,
    version: ProtocolVersion,
    servers: [&Server; 2],
    way: Option<Resumption>,
    mutual: bool,
    more: &[&str],
) -> Result<(), Failed> {
    let files = Files::of(several::client())?;
    let [first, second] = servers.map(Server::clone);
    let turns = [(first, echo(0)), (second, echo(LINE.len()))];
    let ours = Several::turns(turns)?;
    let port = ours.port.to_string();
    let mut arguments = vec!["--resume", "--verbose", "--port", &port];
    arguments.extend(["--x509cafile", &files.root, "--sni-hostname", "localhost"]);
    arguments.extend(["--verify-hostname", "localhost", "127.0.0.1"]);
    if !more.contains(&"--priority") {
        arguments.extend(["--priority", priority(version)]);
    }
    if mutual {
        arguments.extend(["--x509certfile", &files.chain, "--x509keyfile", &files.key]);
    }
    arguments.extend(more);
    let say = |pipe: &mut dyn Write| pipe.write_all(LINE.as_bytes());
    let outcome = program.talk(arguments, say, SOON)?;
    let text = format!("{}{}", outcome.text(), outcome.stderr);
    let seen = ours.seen(&text)?;
    resumed(&seen, &[None, way], mutual.then(several::client))?;
    if text.contains(WENT_ON) == way.is_some() && text.contains(LINE) {
        return same_bindings(&text, &seen);
    }
    Err(format!("{way:?} expected: {text}").into())
}

/// It prints our bindings, connection by connection, so far as both have them.
fn same_bindings(text: &str, seen: &[Seen]) -> Result<(), Failed> {
    let mut rest = text;
    for seen in seen {
        for (name, ours) in BINDINGS.iter().zip(&seen.bindings) {
            let Some(ours) = ours else { continue };
            let line = format!("- '{name}': {ours}\n");
            let at = rest.find(&line);
            let at = at.ok_or_else(|| format!("{line:?} expected in: {rest}"))?;
            rest = &rest[at + line.len()..];
        }
    }
    Ok(())
}

const BINDINGS: [&str; 3] = ["tls-unique", "tls-server-end-point", "tls-exporter"];

fn we_come_back(
    peer: &Peer,
    version: ProtocolVersion,
    keeps: Keeps,
    mutual: bool,
) -> Result<(), Failed> {
    let files = Files::of(certificates::server(KeyKind::EcP256))?;
    let mut more = vec!["--echo", "--priority", priority(version)];
    more.push(if mutual { "-r" } else { "-a" });
    if mutual {
        more.push("--verify-client-cert");
    }
    let keeping = match keeps {
        Keeps::Tickets => "--nodb",
        Keeps::Cache => "--noticket",
    };
    let keeping = [&more[..], &[keeping]].concat();
    let nothing = [&more[..], &["--nodb", "--noticket"]].concat();
    let config = several::returning(version, mutual);
    let forgets = ClientConfig {
        sessions: None,
        ..config.clone()
    };
    let way = keeps.way(version);
    let mut seen = Vec::new();
    let server = peer.start(&files, &keeping)?;
    for config in [&config, &config, &config, &forgets] {
        seen.push(visit(&server, config)?);
    }
    went_on(&files, 2)?;
    // After a restart.
    let server = peer.start(&files, &keeping)?;
    seen.push(visit(&server, &config)?);
    went_on(&files, 0)?;
    let server = peer.start(&files, &nothing)?;
    seen.push(visit(&server, &config)?);
    seen.push(visit(&server, &config)?);
    went_on(&files, 0)?;
    let ways = [None, way, way, None, None, None, None];
    resumed(&seen, &ways, Some(certificates::server(KeyKind::EcP256)))
}

fn visit(server: &Relay, config: &ClientConfig) -> Result<Seen, Failed> {
    let transport = server.connect()?;
    reach(config.clone(), "localhost", transport, ask(LINE, LINE))
        .map_err(|ended| ended.to_string().into())
}

/// The server says of so many connections that they went on.
fn went_on(files: &Files, times: usize) -> Result<(), Failed> {
    let said = printed(files);
    if said.matches(WENT_ON).count() == times {
        return Ok(());
    }
    Err(format!("{times} times expected: {said}").into())
}
