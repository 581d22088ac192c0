//! Coming back: Python's client to us and we to its server, in both versions.

use handfast::session::SessionCounters;
use handfast::{ClientConfig, ProtocolVersion, Server, ServerConfig};
use handfast_testkit::certificates::{self, KeyKind};
use handfast_testkit::peer::{Program, trial};
use libtest_mimic::{Failed, Trial};
use std::sync::Arc;

use super::{CLIENT, meet, start};
use crate::ours::{Files, LINE, SOON, Seen, ask, echo};
use crate::several::{self, Keeps, Several, VERSIONS, named, resumed};

pub(super) fn trials() -> Vec<Trial> {
    let mut trials = Vec::new();
    for version in VERSIONS {
        for keeps in Keeps::ALL {
            let how = format!("by_{}_of_{}", keeps.named(), named(version));
            let claim = format!("python::its_client_comes_back_to_us_{how}");
            trials.push(trial(&claim, ["python3"], move |[python]| {
                comes_back(&python, version, keeps, false)?;
                comes_back(&python, version, keeps, true)
            }));
            let claim = format!("python::we_come_back_to_its_server_{how}");
            trials.push(trial(&claim, ["python3"], move |[python]| {
                we_come_back(&python, version, keeps, false)?;
                we_come_back(&python, version, keeps, true)
            }));
        }
    }
    trials
}

fn speaking(version: ProtocolVersion) -> &'static str {
    match version {
        ProtocolVersion::TLS_1_2 => "version=1.2",
        _ => "version=1.3",
    }
}

fn comes_back(
    python: &Program,
    version: ProtocolVersion,
    keeps: Keeps,
    mutual: bool,
) -> Result<(), Failed> {
    let counters = Arc::new(SessionCounters::default());
    let counted = |mut config: ServerConfig| {
        config.common.counters = Some(Arc::clone(&counters));
        config.check()
    };
    let first = counted(several::keeping(keeps, version, mutual)?)?;
    let second = counted(several::keeping(keeps, version, mutual)?)?;
    let none = counted(several::plain(version, mutual))?;
    let way = keeps.way(version);
    // The same server three times; then another one, as after a restart; then one that keeps none.
    let turns = [
        (&first, None),
        (&first, way),
        (&first, way),
        (&second, None),
        (&second, way),
        (&none, None),
    ];
    let told = visits(python, version, &turns, mutual, &["times=6"])?;
    let stats = counters.stats();
    let ours = [stats.accept, stats.accept_good, stats.hits];
    same_stats(&told, ["connect", "connect_good", "hits"], ours)?;
    let turns = [(&first, None), (&first, None)];
    visits(python, version, &turns, mutual, &["times=2", "forget=1"])?;
    Ok(())
}

/// What Python has counted by the last line that it printed is what we have.
fn same_stats(told: &str, names: [&str; 3], ours: [u64; 3]) -> Result<(), Failed> {
    let last = told.lines().last().unwrap_or_default();
    let number = |name: &str| {
        let (_, rest) = last.split_once(&format!("\"{name}\": "))?;
        let digits = rest.split(|c: char| !c.is_ascii_digit()).next()?;
        digits.parse().ok()
    };
    let theirs = names.map(number);
    if theirs == ours.map(Some) && ours[2] > 0 {
        return Ok(());
    }
    Err(format!("{names:?}: ours {ours:?}, theirs {theirs:?}").into())
}

/// Each line tells our tls-unique, or that there is none.
fn same_bindings(told: &str, seen: &[Seen]) -> bool {
    told.lines().zip(seen).all(|(line, seen)| {
        let unique = seen.bindings[0].as_ref();
        let unique = unique.map_or("null".to_owned(), |unique| format!("\"{unique}\""));
        line.contains(&format!("\"unique\": {unique}"))
    })
}

type Turn<'s> = (&'s Server, Option<handfast::connection::Resumption>);

fn visits(
    python: &Program,
    version: ProtocolVersion,
    turns: &[Turn<'_>],
    mutual: bool,
    more: &[&str],
) -> Result<String, Failed> {
    let files = Files::of(several::client())?;
    let ours = Several::turns(
        turns
            .iter()
            .map(|(server, _)| ((*server).clone(), echo(256))),
    )?;
    let port = ours.port.to_string();
    let (certificate, key) = (
        format!("cert={}", files.chain),
        format!("key={}", files.key),
    );
    let mut arguments = vec![
        "-c",
        CLIENT,
        &port,
        &files.root,
        "localhost",
        speaking(version),
    ];
    if mutual {
        arguments.extend([certificate.as_str(), &key]);
    }
    arguments.extend(more);
    let outcome = python.run(arguments, b"", SOON)?;
    let said = format!("{}{}", outcome.text(), outcome.stderr);
    let seen = ours.seen(&said)?;
    let ways: Vec<_> = turns.iter().map(|(_, way)| *way).collect();
    resumed(&seen, &ways, mutual.then(several::client))?;
    let told = outcome.text();
    let reused = |line: &str| line.contains("\"reused\": true");
    if told
        .lines()
        .map(reused)
        .eq(ways.iter().map(Option::is_some))
    {
        return Ok(told);
    }
    Err(format!("{ways:?} expected: {said}").into())
}

fn we_come_back(
    python: &Program,
    version: ProtocolVersion,
    keeps: Keeps,
    mutual: bool,
) -> Result<(), Failed> {
    let files = Files::of(certificates::server(KeyKind::EcP256))?;
    let ca = format!("ca={}", files.root);
    let mut more = vec![speaking(version)];
    if mutual {
        more.push(&ca);
    }
    if keeps == Keeps::Cache {
        more.push("tickets=0");
    }
    let counters = Arc::new(SessionCounters::default());
    let mut config = several::returning(version, mutual);
    config.common.counters = Some(Arc::clone(&counters));
    let forgets = ClientConfig {
        sessions: None,
        ..config.clone()
    };
    let way = keeps.way(version);
    // Three times the same server, once without a session; then after a restart.
    let runs = [
        (vec![
            (&config, None),
            (&config, way),
            (&config, way),
            (&forgets, None),
        ]),
        (vec![(&config, None), (&config, way)]),
    ];
    for turns in runs {
        let before = counters.stats();
        let times = format!("times={}", turns.len());
        let mut server = start(python, &files, &[&more[..], &[&times]].concat())?;
        let mut seen: Vec<Seen> = Vec::new();
        for (config, _) in &turns {
            let met = meet(&server, (*config).clone(), ask(LINE, LINE));
            seen.push(met.map_err(|ended| format!("{ended}; {}", server.output()))?);
        }
        let code = server.ended(SOON)?;
        let ways: Vec<_> = turns.iter().map(|(_, way)| *way).collect();
        resumed(&seen, &ways, Some(certificates::server(KeyKind::EcP256)))?;
        let told = server.output();
        let fits = |(line, way): (&str, &Option<_>)| {
            line.contains("\"reused\": true") == way.is_some()
                && line.contains("\"commonName\": \"Ada\"") == mutual
        };
        if code != Some(0)
            || told.lines().count() != ways.len()
            || !told.lines().zip(&ways).all(fits)
            || !same_bindings(&told, &seen)
        {
            return Err(format!("{ways:?} expected: {code:?}, {told}").into());
        }
        let stats = counters.stats();
        let ours = [
            stats.connect - before.connect,
            stats.connect_good - before.connect_good,
            stats.hits - before.hits,
        ];
        same_stats(&told, ["accept", "accept_good", "hits"], ours)?;
    }
    Ok(())
}
