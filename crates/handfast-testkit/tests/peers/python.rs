//! Python's `ssl` module, as client and server.

mod callbacks;
mod resumption;

use std::io::{Read, Write};
use std::net::TcpStream;

use handfast::config::Trust;
use handfast::connection::PeerStanding;
use handfast::{AlertDescription, ClientConfig, Error, Fault, Roots, ServerConfig};
use handfast_testkit::certificates::{self, KeyKind};
use handfast_testkit::config;
use handfast_testkit::peer::{Outcome, Program, Server, trial};
use libtest_mimic::{Failed, Trial};

use crate::ours::{Ended, Files, Job, Ours, SOON, Seen, echo, reach, stranger, stranger_client};

const CLIENT: &str = include_str!("python/client.py");
const SERVER: &str = include_str!("python/server.py");

/// More than many records.
const MUCH: usize = 1 << 20;

pub(super) fn trials() -> Vec<Trial> {
    type Test = fn(&Program) -> Result<(), Failed>;
    let tests: [(&str, Test); 6] = [
        ("its_client_sends_a_mebibyte_to_us_and_back", client),
        ("its_client_shows_a_certificate", mutual_client),
        (
            "its_client_refuses_us_below_an_unknown_root",
            client_refuses,
        ),
        ("its_server_sends_a_mebibyte_back_to_us", server),
        (
            "its_server_sees_our_certificate_or_refuses_it",
            mutual_server,
        ),
        ("its_server_is_refused_below_an_unknown_root", unknown_root),
    ];
    let trials = tests.into_iter().map(|(name, test)| {
        let claim = format!("python::{name}");
        trial(&claim, ["python3"], move |[python]| test(&python))
    });
    trials
        .chain(callbacks::trials())
        .chain(resumption::trials())
        .collect()
}

/// Runs Python's client against `config`.
fn talk(
    python: &Program,
    config: ServerConfig,
    root: &str,
    bytes: usize,
    more: &[&str],
) -> Result<(Outcome, Result<Seen, Ended>), Failed> {
    let job: Job<TcpStream> = if bytes > MUCH / 2 {
        all_back(bytes)
    } else {
        echo(bytes)
    };
    let ours = Ours::serve(config, job)?;
    let (port, bytes) = (ours.port.to_string(), format!("bytes={bytes}"));
    let mut arguments = vec!["-c", CLIENT, &port, root, "localhost", &bytes];
    arguments.extend(more);
    let outcome = python.run(arguments, b"", SOON)?;
    Ok((outcome, ours.ended()))
}

/// Sends back so many bytes, as they come.
fn all_back(bytes: usize) -> Job<TcpStream> {
    Box::new(move |stream| {
        let (mut left, mut buffer) = (bytes, vec![0; 40_000]);
        while left > 0 {
            let read = stream.read(&mut buffer)?;
            stream.write_all(&buffer[..read])?;
            left = left.saturating_sub(read.max(1));
        }
        Ok(())
    })
}

fn says(outcome: &Outcome, words: &[&str]) -> Result<(), Failed> {
    let text = outcome.text();
    if outcome.success() && words.iter().all(|word| text.contains(word)) {
        return Ok(());
    }
    Err(format!("{words:?} expected; {text}{}", outcome.stderr).into())
}

fn client(python: &Program) -> Result<(), Failed> {
    let files = Files::of(certificates::server(KeyKind::EcP256))?;
    let mut config = config::server(KeyKind::EcP256);
    config.common.alpn = vec![b"second".to_vec()];
    let (outcome, ended) = talk(python, config, &files.root, MUCH, &["alpn=first,second"])?;
    let seen = ended.map_err(|ended| format!("{ended}; {}", outcome.stderr))?;
    if seen.negotiated.alpn.as_deref() != Some(b"second") {
        return Err(format!("{:?}", seen.negotiated.alpn).into());
    }
    let words = [
        "\"version\": \"TLSv1.3\"",
        "\"suite\": \"TLS_AES_128_GCM_SHA256\"",
        "\"alpn\": \"second\"",
        "\"subject_names\": [\"localhost\", \"127.0.0.1\"",
        "\"same\": true",
        "\"end\": true",
    ];
    says(&outcome, &words)
}

fn mutual_client(python: &Program) -> Result<(), Failed> {
    let files = Files::of(certificates::client(KeyKind::Rsa { bits: 2048 }))?;
    let pair = [
        format!("cert={}", files.chain),
        format!("key={}", files.key),
    ];
    let pair = [pair[0].as_str(), pair[1].as_str()];
    let config = || config::mutual_server(KeyKind::EcP256);
    let (outcome, ended) = talk(python, config(), &files.root, 256, &pair)?;
    let seen = ended.map_err(|ended| format!("{ended}; {}", outcome.stderr))?;
    if seen.negotiated.peer_standing != PeerStanding::Verified {
        return Err(format!("{:?}", seen.negotiated.peer_standing).into());
    }
    says(&outcome, &["\"same\": true"])?;

    let files = Files::of(&stranger_client()?)?;
    let pair = [format!("cert={}", files.leaf), format!("key={}", files.key)];
    let pair = [pair[0].as_str(), pair[1].as_str()];
    let (outcome, ended) = talk(python, config(), &files.root, 256, &pair)?;
    let error = ended.err().and_then(|ended| ended.error);
    let unknown = Error::Fault(Fault::CertificateAuthorityUnknown);
    if error == Some(unknown) && outcome.stderr.contains("TLSV1_ALERT_UNKNOWN_CA") {
        return Ok(());
    }
    Err(format!("ours: {error:?}; {}", outcome.stderr).into())
}

fn client_refuses(python: &Program) -> Result<(), Failed> {
    let files = Files::of(certificates::server(KeyKind::EcP256))?;
    let config = config::server(KeyKind::EcP256);
    let (outcome, ended) = talk(python, config, &files.stranger, 256, &[])?;
    let error = ended.err().and_then(|ended| ended.error);
    let told = Error::PeerAlert(AlertDescription::UNKNOWN_CA);
    if error == Some(told) && outcome.stderr.contains("CERTIFICATE_VERIFY_FAILED") {
        return Ok(());
    }
    Err(format!("ours: {error:?}; {}", outcome.stderr).into())
}

fn start(python: &Program, files: &Files, more: &[&str]) -> Result<Server, Failed> {
    let arguments = |port: u16| {
        let port = port.to_string();
        let mut all = vec!["-c", SERVER, &port, &files.chain, &files.key];
        all.extend(more);
        all.into_iter().map(str::to_owned).collect()
    };
    Ok(Server::start(python, arguments, SOON)?)
}

fn meet(server: &Server, config: ClientConfig, job: Job<TcpStream>) -> Result<Seen, Ended> {
    let transport = server.connect(SOON).map_err(|error| Ended::of(&error))?;
    reach(config, "localhost", transport, job)
}

/// Sends much in one thread's turn after another, so that neither side's buffers fill.
fn there_and_back() -> Job<TcpStream> {
    Box::new(|stream| {
        let piece: Vec<u8> = (0..=u8::MAX).cycle().take(MUCH / 64).collect();
        let mut back = vec![0; piece.len()];
        for _ in 0..64 {
            stream.write_all(&piece)?;
            stream.read_exact(&mut back)?;
            if back != piece {
                return Err(std::io::Error::other("other bytes came back"));
            }
        }
        Ok(())
    })
}

fn server(python: &Program) -> Result<(), Failed> {
    let files = Files::of(certificates::server(KeyKind::EcP384))?;
    let mut server = start(python, &files, &["alpn=first,second"])?;
    let mut config = config::client();
    config.common.alpn = vec![b"second".to_vec()];
    let seen = meet(&server, config, there_and_back());
    let seen = seen.map_err(|ended| format!("{ended}; {}", server.output()))?;
    let code = server.ended(SOON)?;
    let text = server.output();
    if code == Some(0)
        && seen.negotiated.alpn.as_deref() == Some(b"second")
        && text.contains("\"version\": \"TLSv1.3\"")
        && text.contains("\"names\": [\"localhost\"]")
    {
        return Ok(());
    }
    Err(format!("{code:?}: {text}").into())
}

fn mutual_server(python: &Program) -> Result<(), Failed> {
    let files = Files::of(certificates::server(KeyKind::EcP256))?;
    let ca = format!("ca={}", files.root);
    let mut server = start(python, &files, &[&ca])?;
    let mut config = config::client();
    config.credentials = vec![config::credential(certificates::client(KeyKind::Ed25519))];
    meet(&server, config, there_and_back())
        .map_err(|ended| format!("{ended}; {}", server.output()))?;
    let code = server.ended(SOON)?;
    if code != Some(0) || !server.output().contains("\"commonName\": \"Ada\"") {
        return Err(format!("{code:?}: {}", server.output()).into());
    }

    let mut server = start(python, &files, &[&ca])?;
    let mut config = config::client();
    config.credentials = vec![config::credential(&stranger_client()?)];
    let error = meet(&server, config, there_and_back()).err();
    let error = error.and_then(|ended| ended.error);
    let told = Error::PeerAlert(AlertDescription::UNKNOWN_CA);
    server.ended(SOON)?;
    if error == Some(told) && server.output().contains("CERTIFICATE_VERIFY_FAILED") {
        return Ok(());
    }
    Err(format!("ours: {error:?}; {}", server.output()).into())
}

fn unknown_root(python: &Program) -> Result<(), Failed> {
    let files = Files::of(certificates::server(KeyKind::EcP256))?;
    let mut server = start(python, &files, &[])?;
    let mut roots = Roots::new();
    roots
        .add(stranger()?.root_der().clone())
        .map_err(|fault| format!("{fault:?}"))?;
    let config = ClientConfig::new(Trust::Roots(roots));
    let error = meet(&server, config, there_and_back()).err();
    let error = error.and_then(|ended| ended.error);
    server.ended(SOON)?;
    let unknown = Error::Fault(Fault::CertificateAuthorityUnknown);
    if error == Some(unknown) && server.output().contains("TLSV1_ALERT_UNKNOWN_CA") {
        return Ok(());
    }
    Err(format!("ours: {error:?}; {}", server.output()).into())
}
