//! Early data with OpenSSL, GnuTLS and NSS, both ways where they have both: taken, and refused without
//! an end to the connection.

use std::io::{self, Read, Write};
use std::net::TcpStream;
use std::sync::Arc;
use std::time::Duration;

use handfast::config::SystemEntropy;
use handfast::connection::{EarlyData, EarlyDataReason};
use handfast::session::{MemoryStore, StrikeRegister, TicketKeys};
use handfast::stream::{Stream, now};
use handfast::{Client, ClientConfig, ProtocolVersion, Server, ServerConfig, ServerName};
use handfast_testkit::certificates::{self, KeyKind};
use handfast_testkit::config;
use handfast_testkit::peer::{Program, Server as Running, trial};
use libtest_mimic::{Failed, Trial};

use crate::gnutls::server::{Peer, printed, with_peer};
use crate::ours::{Files, Job, LINE, SOON, Seen};
use crate::several::{self, Several};

/// What is sent early.
const EARLY: &str = "early: a line of text\n";

pub(super) fn trials() -> Vec<Trial> {
    vec![
        trial(
            "openssl::s_client_sends_us_early_data",
            ["openssl"],
            |[openssl]| s_client(&openssl),
        ),
        trial(
            "openssl::we_send_early_data_to_s_server",
            ["openssl"],
            |[openssl]| s_server(&openssl),
        ),
        trial(
            "gnutls::gnutls_cli_sends_us_early_data",
            ["gnutls-cli"],
            |[program]| gnutls_cli(&program),
        ),
        with_peer("gnutls::we_send_early_data_to_gnutls_serv", gnutls_serv),
        trial(
            "nss::tstclnt_sends_us_early_data",
            ["tstclnt"],
            |[program]| tstclnt(&program),
        ),
    ]
}

/// Servers that share keys: one takes early data, the other has stopped to.
fn servers() -> Result<[Server; 2], Failed> {
    let keys = TicketKeys::new(Arc::new(SystemEntropy), now());
    let keys = Arc::new(keys.map_err(|failure| format!("{failure:?}"))?);
    let server = |most| ServerConfig {
        ticket_keys: Some(Arc::clone(&keys)),
        max_early_data: most,
        strikes: Some(Arc::new(StrikeRegister::with_fresh_keys(100))),
        ..config::server(KeyKind::EcP256)
    };
    Ok([server(1000).check()?, server(0).check()?])
}

/// What came early and what came then goes back; `early` is what must have come early.
fn echo(early: &'static str) -> Job<TcpStream> {
    Box::new(move |stream| {
        let came = stream.take_early_data();
        if came != early.as_bytes() {
            let came = String::from_utf8_lossy(&came).into_owned();
            return Err(io::Error::other(format!("early data: {came:?}")));
        }
        let mut line = vec![0; LINE.len()];
        stream.read_exact(&mut line)?;
        stream.write_all(&came)?;
        stream.write_all(&line)
    })
}

/// What became of early data, connection by connection.
fn became(seen: &[Seen], wanted: &[EarlyData]) -> Result<(), Failed> {
    let became: Vec<_> = seen.iter().map(|one| one.negotiated.early_data).collect();
    if became == wanted {
        return Ok(());
    }
    Err(format!("{became:?}, {wanted:?} expected").into())
}

const NO_SESSION: EarlyData = EarlyData::NotOffered(EarlyDataReason::NoSession);
const DISABLED: EarlyData = EarlyData::Rejected(EarlyDataReason::Disabled);

fn s_client(openssl: &Program) -> Result<(), Failed> {
    let files = Files::of(several::client())?;
    let (session, again) = (files.file("session"), files.file("again"));
    let early = files.folder.write("early", EARLY)?;
    let [takes, stopped] = servers()?;
    let turns = [
        (takes.clone(), echo("")),
        (takes, echo(EARLY)),
        (stopped, echo("")),
    ];
    let ours = Several::turns(turns)?;
    let run = |more: &[&str]| -> Result<String, Failed> {
        let say = |pipe: &mut dyn Write| pipe.write_all(LINE.as_bytes());
        let address = format!("127.0.0.1:{}", ours.port);
        let mut words = vec!["s_client", "-connect", &address, "-servername", "localhost"];
        words.extend(["-CAfile", &files.root, "-verify_return_error"]);
        words.extend(more);
        let outcome = openssl.talk(words, say, SOON)?;
        Ok(format!("{}{}", outcome.text(), outcome.stderr))
    };
    let first = run(&["-sess_out", &session])?;
    let second = run(&[
        "-sess_in",
        &session,
        "-sess_out",
        &again,
        "-early_data",
        &early,
    ])?;
    let third = run(&["-sess_in", &again, "-early_data", &early])?;
    let said = [first, second, third];
    let seen = ours.seen(&said)?;
    became(&seen, &[NO_SESSION, EarlyData::Accepted, DISABLED])?;
    let words = [
        "Max Early Data: 1000",
        "Early data was accepted",
        "Early data was rejected",
    ];
    let fits = said
        .iter()
        .zip(words)
        .all(|(said, word)| said.contains(word) && said.contains(LINE));
    match fits && said[1].contains(EARLY) {
        true => Ok(()),
        false => Err(format!("{said:#?}").into()),
    }
}

/// A client that sends early data where it may.
fn client() -> Result<Client, Failed> {
    let mut config = config::client();
    config.common.versions = vec![ProtocolVersion::TLS_1_3];
    config.sessions = Some(Arc::new(MemoryStore::default()));
    config.early_data = true;
    Ok(ClientConfig::check(config)?)
}

/// One connection with early data, where it may be, and a line behind the handshake; reads to the end
/// or `bytes`, and gives what became of the early data.
fn visit<T: Read + Write>(
    client: &Client,
    transport: T,
    bytes: usize,
) -> Result<(EarlyData, String), Failed> {
    let connection = client.connect(ServerName::parse("localhost")?, now())?;
    let mut stream = Stream::begin(connection, transport);
    let early = stream.write_replayable(EARLY.as_bytes())?;
    stream.complete()?;
    let outcome = stream.negotiated().map(|negotiated| negotiated.early_data);
    let outcome = outcome.ok_or("not connected")?;
    let offered = !matches!(outcome, EarlyData::NotOffered(_));
    if offered != (early == EARLY.len()) {
        return Err(format!("{early} bytes of early data: {outcome:?}").into());
    }
    stream.write_all(LINE.as_bytes())?;
    let mut answer = vec![0; bytes];
    stream.read_exact(&mut answer)?;
    stream.close()?;
    let _ = stream.read_to_end(&mut answer);
    Ok((outcome, String::from_utf8_lossy(&answer).into_owned()))
}

fn s_server(openssl: &Program) -> Result<(), Failed> {
    let files = Files::of(certificates::server(KeyKind::EcP256))?;
    let start = || {
        let arguments = |port| {
            let address = format!("127.0.0.1:{port}");
            let mut words = vec!["s_server", "-accept", &address, "-early_data"];
            words.extend(["-cert", &files.leaf, "-cert_chain", &files.above]);
            words.extend(["-key", &files.key]);
            words.into_iter().map(str::to_owned).collect()
        };
        Running::start(openssl, arguments, SOON)
    };
    let server = start()?;
    let client = client()?;
    let outcomes = [
        visit(&client, server.connect(SOON)?, 0)?.0,
        visit(&client, server.connect(SOON)?, 0)?.0,
    ];
    let said = server.output();
    if outcomes != [NO_SESSION, EarlyData::Accepted] || said.matches(EARLY).count() != 1 {
        return Err(format!("{outcomes:?}: {said}").into());
    }
    // Another one does not know the session, and what is refused is not said again.
    drop(server);
    let other = start()?;
    let outcome = visit(&client, other.connect(SOON)?, 0)?.0;
    let said = other.output();
    let unknown = EarlyData::Rejected(EarlyDataReason::SessionNotResumed);
    match outcome == unknown && !said.contains(EARLY) && said.contains(LINE) {
        true => Ok(()),
        false => Err(format!("{outcome:?}: {said}").into()),
    }
}

fn gnutls_cli(program: &Program) -> Result<(), Failed> {
    let files = Files::of(several::client())?;
    let early = files.folder.write("early", EARLY)?;
    let [takes, stopped] = servers()?;
    for (second, came, outcome) in [
        (takes.clone(), EARLY, EarlyData::Accepted),
        (stopped, "", DISABLED),
    ] {
        // It says nothing on its first connection.
        let nothing: Job<TcpStream> = Box::new(|_| Ok(()));
        let ours = Several::turns([(takes.clone(), nothing), (second, echo(came))])?;
        let (port, early) = (ours.port.to_string(), format!("--earlydata={early}"));
        let mut words = vec!["--resume", "--waitresumption", &early, "--port", &port];
        words.extend(["--x509cafile", &files.root, "--sni-hostname", "localhost"]);
        words.extend(["--verify-hostname", "localhost", "127.0.0.1"]);
        words.extend(["--priority", "NORMAL:-VERS-ALL:+VERS-TLS1.3"]);
        let say = |pipe: &mut dyn Write| pipe.write_all(LINE.as_bytes());
        let said = program.talk(words, say, SOON)?;
        let said = format!("{}{}", said.text(), said.stderr);
        became(&ours.seen(&said)?, &[NO_SESSION, outcome])?;
        if !said.contains(LINE) || said.contains(EARLY) == came.is_empty() {
            return Err(said.into());
        }
    }
    Ok(())
}

fn gnutls_serv(peer: &Peer) -> Result<(), Failed> {
    let files = Files::of(certificates::server(KeyKind::EcP256))?;
    let base = [
        "--echo",
        "-a",
        "--priority",
        "NORMAL:-VERS-ALL:+VERS-TLS1.3",
    ];
    let takes = [&base[..], &["--earlydata", "--maxearlydata", "1000"]].concat();
    let server = peer.start(&files, &takes)?;
    let client = client()?;
    let mut outcomes = Vec::new();
    for _ in 0..2 {
        outcomes.push(visit(&client, server.connect()?, LINE.len())?.0);
    }
    drop(server);
    let other = peer.start(&files, &takes)?;
    outcomes.push(visit(&client, other.connect()?, LINE.len())?.0);
    let unknown = EarlyData::Rejected(EarlyDataReason::SessionNotResumed);
    match outcomes == [NO_SESSION, EarlyData::Accepted, unknown] {
        true => Ok(()),
        false => Err(format!("{outcomes:?}: {}", printed(&files)).into()),
    }
}

/// NSS says the same on each connection of a run: early where it may, and where it has read its line in
/// time, which it mostly has.
fn tstclnt(program: &Program) -> Result<(), Failed> {
    let mut failed = None;
    for _ in 0..8 {
        match one_run_of_tstclnt(program) {
            Ok(()) => return Ok(()),
            Err(why) => failed = Some(why),
        }
    }
    failed.map_or(Ok(()), Err)
}

fn one_run_of_tstclnt(program: &Program) -> Result<(), Failed> {
    let files = Files::of(several::client())?;
    let line = files.folder.write("line", LINE)?;
    let [takes, stopped] = servers()?;
    let job = || -> Job<TcpStream> {
        Box::new(|stream| {
            let mut came = stream.take_early_data();
            if came.is_empty() {
                came.resize(LINE.len(), 0);
                stream.read_exact(&mut came)?;
            }
            stream.write_all(&came)?;
            stream.close()
        })
    };
    let turns = [
        (takes.clone(), job()),
        (takes.clone(), job()),
        (takes, job()),
        (stopped, job()),
    ];
    let ours = Several::turns(turns)?;
    let port = ours.port.to_string();
    // It judges nobody here: what it trusts would be in a database.
    let mut words = vec!["-4", "-h", "localhost", "-p", &port, "-D", "-o", "-u", "-Z"];
    words.extend(["-V", "tls1.3:tls1.3", "-A", &line, "-L", "4"]);
    let outcome = program.run(words, b"", Duration::from_secs(5))?;
    let said = format!("{}{}", outcome.text(), outcome.stderr);
    let seen = ours.seen(&said)?;
    let became: Vec<_> = seen.iter().map(|one| one.negotiated.early_data).collect();
    let taken = |at: usize| became.get(at) == Some(&EarlyData::Accepted);
    if taken(0) || !(taken(1) || taken(2)) || taken(3) || became.len() != 4 {
        return Err(format!("{became:?}; {said}").into());
    }
    match said.matches(LINE).count() {
        4 => Ok(()),
        _ => Err(said.into()),
    }
}
