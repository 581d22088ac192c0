//! NSS's `tstclnt` shakes hands with us a second time, and takes delegated credentials of ours.

mod database;
mod delegating;
mod ech;

use std::io::{self, Read, Write};
use std::net::TcpStream;

use handfast::config::{Delegate, Renegotiation, Signer};
use handfast::connection::Renewal;
use handfast::{Credential, PrivateKey, ProtocolVersion, ServerConfig, SignatureScheme};
use handfast_testkit::certificates::{self, KeyKind};
use handfast_testkit::config;
use handfast_testkit::delegated::{self, LIFE_S};
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
    let mut trials: Vec<Trial> = trials.collect();
    trials.push(trial(
        "nss::tstclnt_takes_a_key_that_our_certificate_vouches_for_and_no_other",
        ["tstclnt"],
        |[program]| delegated(&program),
    ));
    trials.push(delegating::trial_of_its_server());
    trials.extend(ech::trials());
    trials
}

/// A delegated credential (RFC 9345), which NSS checks whomever it trusts.
fn delegated(program: &Program) -> Result<(), Failed> {
    let issued = delegated::certificate(KeyKind::EcP256);
    let key = || PrivateKey::generate(KeyKind::EcP384);
    let own = delegated::credential(Delegate::Server, &issued, KeyKind::EcP384, LIFE_S);
    let meet = |shown: Vec<Credential>, more: &[&str]| -> Result<_, Failed> {
        let mut config = config::server(KeyKind::EcP256);
        config.credentials = shown;
        let ours = Ours::serve(config, echo(LINE.len()))?;
        let files = Files::of(certificates::server(KeyKind::EcP256))?;
        let line = files.file("line");
        std::fs::write(&line, LINE)?;
        let port = ours.port.to_string();
        let mut words = vec!["-4", "-h", "localhost", "-p", &port, "-D", "-o"];
        words.extend(["-V", "tls1.3:tls1.3", "-A", &line]);
        words.extend(more);
        let outcome = program.run(words, b"", SOON)?;
        Ok((
            ours.ended(),
            format!("{}{}", outcome.text(), outcome.stderr),
        ))
    };
    let plain = config::credential(&issued);
    let both = vec![own, plain];
    for (more, scheme) in [
        (&["-B"][..], SignatureScheme::ECDSA_SECP384R1_SHA384),
        (&[], SignatureScheme::ECDSA_SECP256R1_SHA256),
    ] {
        let (ended, said) = meet(both.clone(), more)?;
        let seen = ended.map_err(|ended| format!("{ended}; peer: {said}"))?;
        if seen.negotiated.own_scheme != Some(scheme) {
            return Err(format!("{:?}; peer: {said}", seen.negotiated.own_scheme).into());
        }
    }
    // The control: one second more than was signed.
    let key = key()?;
    let mut damaged = delegated::bytes(Delegate::Server, &issued, &key, LIFE_S);
    if let Some(byte) = damaged.get_mut(3) {
        *byte ^= 1;
    }
    let chain = issued.chain().to_vec();
    let (to, signer) = (Delegate::Server, Signer::Key(key));
    let wrong = Credential::danger_with_unchecked_delegated(chain, &damaged, to, signer)?;
    match meet(vec![wrong], &["-B"])? {
        (Err(_), _) => Ok(()),
        (Ok(_), said) => Err(format!("it took what nobody had signed: {said}").into()),
    }
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
