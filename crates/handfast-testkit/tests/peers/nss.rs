//! NSS's `tstclnt` shakes hands with us a second time.

use std::io::{self, Read, Write};
use std::net::TcpStream;

use handfast::config::Renegotiation;
use handfast::connection::Renewal;
use handfast::{ProtocolVersion, ServerConfig};
use handfast_testkit::certificates::{self, KeyKind};
use handfast_testkit::config;
use handfast_testkit::peer::{Program, trial};
use libtest_mimic::{Failed, Trial};

use crate::ours::{Files, Job, LINE, Ours, SOON, echo};

pub(crate) fn trials() -> Vec<Trial> {
    type Test = fn(&Program) -> Result<(), Failed>;
    let tests: [(&str, Test); 2] = [
        ("nss::tstclnt_begins_a_second_handshake_with_us", begins),
        ("nss::tstclnt_is_asked_again_by_us", asked),
    ];
    let trials = tests
        .into_iter()
        .map(|(claim, test)| trial(claim, ["tstclnt"], move |[program]| test(&program)));
    trials.collect()
}

/// TLS 1.2 alone, and whoever wants begins again.
fn server() -> ServerConfig {
    let mut config = config::server(KeyKind::EcP256);
    config.common.versions = vec![ProtocolVersion::TLS_1_2];
    config.common.renegotiation = Renegotiation::ALLOW;
    config
}

fn talk(program: &Program, job: Job<TcpStream>, more: &[&str]) -> Result<(), Failed> {
    let files = Files::of(certificates::server(KeyKind::EcP256))?;
    let line = files.file("line");
    std::fs::write(&line, LINE)?;
    let ours = Ours::serve(server(), job)?;
    let port = ours.port.to_string();
    // It judges nobody here: what it trusts would be in a database.
    let mut words = vec!["-4", "-h", "localhost", "-p", &port, "-D", "-o"];
    words.extend(["-V", "tls1.2:tls1.2", "-G", "-A", &line]);
    words.extend(more);
    let outcome = program.run(words, b"", SOON)?;
    let said = format!("{}{}", outcome.text(), outcome.stderr);
    ours.seen(&said)?;
    if said.contains(LINE) {
        return Ok(());
    }
    Err(said.into())
}

fn begins(program: &Program) -> Result<(), Failed> {
    let job: Job<TcpStream> = Box::new(|stream| {
        let first = stream.negotiated().map(|now| now.started);
        echo(LINE.len())(stream)?;
        stream.close()?;
        if stream.negotiated().map(|now| now.started) == first {
            return Err(io::Error::other("one handshake"));
        }
        Ok(())
    });
    talk(program, job, &["-r", "1"])
}

fn asked(program: &Program) -> Result<(), Failed> {
    let job: Job<TcpStream> = Box::new(|stream| {
        let mut line = vec![0; LINE.len()];
        stream.read_exact(&mut line)?;
        if !stream.renew(Renewal::Keys)? {
            return Err(io::Error::other("it declined"));
        }
        stream.write_all(&line)?;
        stream.close()
    });
    talk(program, job, &[])
}
