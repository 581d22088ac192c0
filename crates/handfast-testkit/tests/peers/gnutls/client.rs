//! `gnutls-cli` reaches our server.

use std::io::Write;
use std::sync::Arc;
use std::sync::mpsc::channel;

use handfast::config::{ClientAuth, Padding, Renegotiation};
use handfast::connection::PeerStanding;
use handfast::{AlertDescription, CipherSuite, Error, Fault, ProtocolVersion, ServerConfig};
use handfast_testkit::certificates::{self, KeyKind};
use handfast_testkit::config;
use handfast_testkit::peer::{Outcome, Program, trial};
use libtest_mimic::{Failed, Trial};

use super::{CLASSIC, GROUPS, KINDS, SUITES, everything, priority};
use crate::ours::{
    Ended, Files, LABEL, LINE, Ours, SOON, Seen, Watch, asks_again, echo, echoes, issuer_name,
    same_log, server_for, stranger_client, type_words,
};

pub(super) fn trials() -> Vec<Trial> {
    type Test = fn(&Program) -> Result<(), Failed>;
    let tests: [(&str, Test); 13] = [
        ("begins_a_second_handshake_with_us", rehandshakes),
        ("is_asked_again_by_us", asked_again),
        ("reaches_us_by_every_suite", every_suite),
        ("reaches_us_by_every_group", every_group),
        ("accepts_a_server_of_every_kind", every_kind),
        ("retries_when_asked", retries),
        ("shows_a_certificate_of_every_kind", shows_certificates),
        (
            "is_refused_with_a_certificate_of_a_stranger",
            stranger_is_refused,
        ),
        ("refuses_us_below_an_unknown_root", refuses_us),
        (
            "names_its_server_and_agrees_on_a_protocol",
            names_and_protocols,
        ),
        ("replaces_keys", updates_keys),
        ("limits_the_size_of_records", record_size_limit),
        ("exports_what_we_export_and_logs_what_we_log", exports),
    ];
    let trials = tests.into_iter().map(|(name, test)| {
        let claim = format!("gnutls::gnutls_cli_{name}");
        trial(&claim, ["gnutls-cli"], move |[program]| test(&program))
    });
    trials.collect()
}

/// Runs `gnutls-cli` against `config`, sends a line, and takes it back.
fn talk(
    program: &Program,
    config: ServerConfig,
    root: &str,
    more: &[&str],
) -> Result<(Outcome, Result<Seen, Ended>), Failed> {
    let ours = Ours::serve(config, echo(LINE.len()))?;
    let port = ours.port.to_string();
    let mut arguments = vec!["--port", &port, "--x509cafile", root, "127.0.0.1"];
    arguments.extend([
        "--sni-hostname",
        "localhost",
        "--verify-hostname",
        "localhost",
    ]);
    arguments.extend(more);
    let say = |pipe: &mut dyn Write| pipe.write_all(LINE.as_bytes());
    let outcome = program.talk(arguments, say, SOON)?;
    Ok((outcome, ours.ended()))
}

/// As [`talk`], and the line came back.
pub(super) fn talks(
    program: &Program,
    config: ServerConfig,
    files: &Files,
    more: &[&str],
) -> Result<(String, Seen), Failed> {
    let (outcome, ended) = talk(program, config, &files.root, more)?;
    let text = format!("{}{}", outcome.text(), outcome.stderr);
    let seen = ended.map_err(|ended| format!("{ended}; {text}"))?;
    if text.contains(LINE) && text.contains("The certificate is trusted") {
        return Ok((text, seen));
    }
    Err(format!("{more:?}: {text}").into())
}

fn files() -> Result<Files, Failed> {
    Files::of(certificates::server(KeyKind::EcP256))
}

/// A server that takes whatever is offered.
fn server(kind: KeyKind) -> ServerConfig {
    let mut config = config::server(kind);
    config.common.suites = SUITES.map(|(suite, _)| suite).to_vec();
    config.common.groups = GROUPS.map(|(group, _)| group).to_vec();
    config
}

fn every_suite(program: &Program) -> Result<(), Failed> {
    for (suite, name) in SUITES {
        let priority = priority(&[name], &["GROUP-X25519"]);
        let more = ["--priority", &priority];
        let (_, seen) = talks(program, server(KeyKind::EcP256), &files()?, &more)?;
        if seen.negotiated.suite != suite {
            return Err(format!("{suite} was not chosen").into());
        }
    }
    Ok(())
}

fn every_group(program: &Program) -> Result<(), Failed> {
    for (group, name) in GROUPS {
        let priority = priority(&["AES-128-GCM"], &[name]);
        let more = ["--priority", &priority];
        let (_, seen) = talks(program, server(KeyKind::EcP256), &files()?, &more)?;
        if seen.negotiated.group != group {
            return Err(format!("{group} was not chosen").into());
        }
    }
    Ok(())
}

fn every_kind(program: &Program) -> Result<(), Failed> {
    for kind in KINDS {
        talks(
            program,
            server(kind),
            &files()?,
            &["--priority", &everything()],
        )?;
    }
    Ok(())
}

fn retries(program: &Program) -> Result<(), Failed> {
    // GnuTLS sends a share of its best group and one of another family.
    let groups = ["GROUP-X25519", "GROUP-SECP256R1", "GROUP-SECP384R1"];
    let priority = priority(&["AES-256-GCM"], &groups);
    let mut config = server(KeyKind::EcP256);
    config.common.groups = vec![handfast::NamedGroup::SECP384R1];
    let (_, seen) = talks(program, config, &files()?, &["--priority", &priority])?;
    if seen.negotiated.retried {
        return Ok(());
    }
    Err("no retry".into())
}

fn shows_certificates(program: &Program) -> Result<(), Failed> {
    for kind in KINDS {
        let files = Files::of(certificates::client(kind))?;
        let mut config = config::mutual_server(KeyKind::EcP256);
        config.client_authorities = vec![issuer_name()?];
        let more = ["--x509certfile", &files.chain, "--x509keyfile", &files.key];
        let (_, seen) = talks(program, config, &files, &more)?;
        if seen.negotiated.peer_standing != PeerStanding::Verified {
            return Err(format!("{kind:?}: {:?}", seen.negotiated.peer_standing).into());
        }
    }
    Ok(())
}

/// TLS 1.2 alone, and whoever wants begins again.
fn renegotiating() -> ServerConfig {
    let mut config = config::server(KeyKind::EcP256);
    config.common.versions = vec![ProtocolVersion::TLS_1_2];
    config.common.renegotiation = Renegotiation::ALLOW;
    config.later_client_auth = ClientAuth::require(config::trust());
    config
}

const TLS12: &str = "NORMAL:-VERS-ALL:+VERS-TLS1.2";

fn rehandshakes(program: &Program) -> Result<(), Failed> {
    let more = ["--rehandshake", "--priority", TLS12];
    let (text, _) = talks(program, renegotiating(), &files()?, &more)?;
    if text.contains("ReHandshake was completed") {
        return Ok(());
    }
    Err(text.into())
}

fn asked_again(program: &Program) -> Result<(), Failed> {
    let files = Files::of(certificates::client(KeyKind::EcP256))?;
    let ours = Ours::serve(renegotiating(), asks_again())?;
    let port = ours.port.to_string();
    let arguments = [
        "--port",
        &port,
        "--x509cafile",
        &files.root,
        "--x509certfile",
        &files.chain,
        "--x509keyfile",
        &files.key,
        "--sni-hostname",
        "localhost",
        "--verify-hostname",
        "localhost",
        "--priority",
        TLS12,
        "127.0.0.1",
    ];
    let say = |pipe: &mut dyn Write| pipe.write_all(LINE.as_bytes());
    let outcome = program.talk(arguments, say, SOON)?;
    let seen = ours.seen(&(outcome.text(), &outcome.stderr))?;
    if seen.negotiated.peer_standing == PeerStanding::Verified && outcome.text().contains(LINE) {
        return Ok(());
    }
    Err(format!("{}{}", outcome.text(), outcome.stderr).into())
}

fn stranger_is_refused(program: &Program) -> Result<(), Failed> {
    let files = Files::of(&stranger_client()?)?;
    let config = config::mutual_server(KeyKind::EcP256);
    let more = ["--x509certfile", &files.leaf, "--x509keyfile", &files.key];
    let (outcome, ended) = talk(program, config, &files.root, &more)?;
    let error = ended.err().and_then(|ended| ended.error);
    let text = format!("{}{}", outcome.text(), outcome.stderr);
    let unknown = Error::Fault(Fault::CertificateAuthorityUnknown);
    if error == Some(unknown) && text.contains("CA is unknown") {
        return Ok(());
    }
    Err(format!("ours: {error:?}; {text}").into())
}

fn refuses_us(program: &Program) -> Result<(), Failed> {
    let files = files()?;
    let config = server(KeyKind::EcP256);
    let (outcome, ended) = talk(program, config, &files.stranger, &[])?;
    let error = ended.err().and_then(|ended| ended.error);
    let alert = |alert| Some(Error::PeerAlert(alert));
    // It knows no more than that verification failed.
    let told = error == alert(AlertDescription::BAD_CERTIFICATE)
        || error == alert(AlertDescription::UNKNOWN_CA);
    if told && !outcome.success() && !outcome.text().contains(LINE) {
        return Ok(());
    }
    Err(format!("ours: {error:?}; {}{}", outcome.text(), outcome.stderr).into())
}

fn names_and_protocols(program: &Program) -> Result<(), Failed> {
    let other = server_for("other.test", KeyKind::Ed25519)?;
    let mut config = config::server(KeyKind::EcP256);
    config.credentials.push(config::credential(&other));
    config.common.alpn = vec![b"h2".to_vec(), b"http/1.1".to_vec()];
    let mut more = vec!["--alpn", "http/1.1", "--alpn", "h2"];
    more.extend([
        "--sni-hostname",
        "other.test",
        "--verify-hostname",
        "other.test",
    ]);
    let (text, seen) = talks(program, config, &files()?, &more)?;
    let name = seen.negotiated.server_name.as_deref();
    if name == Some("other.test")
        && seen.negotiated.alpn.as_deref() == Some(b"h2")
        && text.contains("Application protocol: h2")
    {
        return Ok(());
    }
    Err(format!("{name:?}, {:?}: {text}", seen.negotiated.alpn).into())
}

/// `^rekey1^` replaces its keys, `^rekey^` also asks for ours to be replaced.
fn updates_keys(program: &Program) -> Result<(), Failed> {
    let watch = Watch::new();
    let mut config = server(KeyKind::EcP256);
    config.common.observer = Some(Arc::clone(&watch) as Arc<_>);
    let (after, echoed) = channel();
    let ours = Ours::serve(config, echoes(3, after))?;
    let (port, files) = (ours.port.to_string(), files()?);
    let mut arguments = vec!["--port", &port, "--x509cafile", &files.root, "127.0.0.1"];
    arguments.extend(["--verify-hostname", "localhost", "--inline-commands"]);
    let watching = Arc::clone(&watch);
    let say = move |pipe: &mut dyn Write| {
        type_words(pipe, &["^rekey1^\n", "^rekey^\n"], &echoed, &watching)
    };
    let outcome = program.talk(arguments, say, SOON)?;
    let text = format!("{}{}", outcome.text(), outcome.stderr);
    ours.seen(&text)?;
    if watch.updates() == (1, 2) {
        return Ok(());
    }
    Err(format!("updates: {:?}; {text}", watch.updates()).into())
}

fn record_size_limit(program: &Program) -> Result<(), Failed> {
    for limit in [512_u16, 1000, 4096] {
        let mut config = server(KeyKind::EcP256);
        config.common.record_size_limit = Some(700);
        config.common.padding = Padding::Multiple(64);
        let size = limit.to_string();
        let (_, seen) = talks(program, config, &files()?, &["--recordsize", &size])?;
        let limits = (seen.negotiated.send_limit, seen.negotiated.receive_limit);
        if limits != (usize::from(limit), 699) {
            return Err(format!("{limit}: {limits:?}").into());
        }
    }
    Ok(())
}

fn exports(program: &Program) -> Result<(), Failed> {
    let files = files()?;
    let everything = everything();
    let classic = CipherSuite::TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256;
    let suites = SUITES.map(|(suite, _)| (suite, everything.as_str()));
    for (suite, priority) in suites.into_iter().chain([(classic, CLASSIC)]) {
        let watch = Watch::new();
        let mut config = server(KeyKind::EcP256);
        config.common.suites = vec![suite];
        config.common.key_log = Some(Arc::clone(&watch) as Arc<_>);
        let log = files.file(&suite.to_string());
        let logging = program.with_variable("SSLKEYLOGFILE", &log);
        let mut more = vec!["--priority", priority, "--keymatexport", LABEL];
        more.extend(["--keymatexportsize", "32"]);
        let (text, seen) = talks(&logging, config, &files, &more)?;
        if !text.to_uppercase().contains(&seen.exported) {
            return Err(format!("{} expected in: {text}", seen.exported).into());
        }
        same_log(&watch, &log, seen.negotiated.version)?;
    }
    Ok(())
}
