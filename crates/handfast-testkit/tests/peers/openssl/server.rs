//! We reach `openssl s_server`.

use std::io::Write;
use std::net::TcpStream;
use std::sync::Arc;

use handfast::config::{Padding, Trust};
use handfast::obsolete::COMPATIBLE;
use handfast::{AlertDescription, ClientConfig, Error, Fault, NamedGroup, ProtocolVersion, Roots};
use handfast_testkit::certificates::{self, KeyKind};
use handfast_testkit::config;
use handfast_testkit::peer::{Program, Server, trial};
use handfast_wire::registry::MaxFragmentLength;
use libtest_mimic::{Failed, Trial};

use super::{GROUPS, KINDS, SUITES, exported, suites};
use crate::classic::OBSOLETE_ECDSA;
use crate::ours::{
    Ended, Files, Job, LABEL, LINE, SOON, Seen, Watch, ask, reach, same_log, server_for, stranger,
    stranger_client,
};
use crate::several::VERSIONS;

/// [`LINE`] as `s_server -rev` gives it back.
pub(crate) const REVERSED: &str = "txet fo enil a\n";

pub(super) fn trials() -> Vec<Trial> {
    let mut trials = Vec::new();
    for kind in KINDS {
        let claim = format!("openssl::we_reach_s_server_by_every_suite_and_group_{kind:?}");
        trials.push(trial(&claim, ["openssl"], move |[openssl]| {
            every_suite_and_group(&openssl, kind)
        }));
    }
    type Test = fn(&Program) -> Result<(), Failed>;
    let more: [(&str, Test); 10] = [
        ("retries_when_asked", retries),
        ("shows_a_certificate_of_every_kind", shows_certificates),
        (
            "is_refused_with_a_certificate_of_a_stranger",
            stranger_is_refused,
        ),
        ("refuses_it_below_an_unknown_root", unknown_root),
        ("gets_the_certificate_of_the_name_we_ask_for", server_names),
        ("agrees_on_a_protocol_or_is_refused", protocols),
        ("updates_keys_both_ways", updates_keys),
        ("asks_for_short_fragments", short_fragments),
        ("exports_what_it_exports_and_logs_what_it_logs", exports),
        ("pads_records_and_takes_padded_ones", padding),
    ];
    for (name, test) in more {
        let claim = format!("openssl::our_client_of_s_server_{name}");
        trials.push(trial(&claim, ["openssl"], move |[openssl]| test(&openssl)));
    }
    trials
}

/// Starts `s_server`; by default it reverses lines.
pub(crate) fn start(openssl: &Program, files: &Files, more: &[&str]) -> Result<Server, Failed> {
    let arguments = |port| {
        let address = format!("127.0.0.1:{port}");
        let mut all = vec!["s_server", "-accept", &address, "-no-CApath", "-no-CAstore"];
        all.extend([
            "-cert",
            &files.leaf,
            "-cert_chain",
            &files.above,
            "-key",
            &files.key,
        ]);
        if !["-msg", "-www"].iter().any(|mode| more.contains(mode)) {
            all.push("-rev");
        }
        all.extend(more);
        all.into_iter().map(str::to_owned).collect()
    };
    Ok(Server::start(openssl, arguments, SOON)?)
}

pub(crate) fn meet(
    server: &Server,
    config: ClientConfig,
    name: &str,
    job: Job<TcpStream>,
) -> Result<Seen, Ended> {
    let transport = server.connect(SOON).map_err(|error| Ended::of(&error))?;
    reach(config, name, transport, job)
}

/// A line goes there and comes back reversed.
fn talks(server: &Server, config: ClientConfig) -> Result<Seen, Failed> {
    meet(server, config, "localhost", ask(LINE, REVERSED))
        .map_err(|ended| format!("{ended}; peer: {}", server.output()).into())
}

fn every_suite_and_group(openssl: &Program, kind: KeyKind) -> Result<(), Failed> {
    let files = Files::of(certificates::server(kind))?;
    let groups = GROUPS.map(|(_, name)| name).join(":");
    let names = SUITES.map(|(_, name)| name).join(":");
    let server = start(
        openssl,
        &files,
        &["-groups", &groups, "-ciphersuites", &names],
    )?;
    for &(suite, _) in suites(kind) {
        for (group, _) in GROUPS {
            let mut config = config::client();
            config.common.suites = vec![suite];
            config.common.groups = vec![group];
            let seen = talks(&server, config)?;
            if (seen.negotiated.suite, seen.negotiated.group) != (suite, group) {
                return Err(format!("{suite} and {group} were not chosen").into());
            }
        }
    }
    Ok(())
}

fn retries(openssl: &Program) -> Result<(), Failed> {
    let files = Files::of(certificates::server(KeyKind::EcP256))?;
    for (group, name) in &GROUPS[1..] {
        let server = start(openssl, &files, &["-groups", name])?;
        let mut config = config::client();
        config.common.groups = GROUPS.map(|(group, _)| group).to_vec();
        config.key_shares = Some(vec![NamedGroup::X25519]);
        let seen = talks(&server, config)?;
        if !seen.negotiated.retried || seen.negotiated.group != *group {
            return Err(format!("no retry to {group}").into());
        }
    }
    Ok(())
}

fn shows_certificates(openssl: &Program) -> Result<(), Failed> {
    let files = Files::of(certificates::server(KeyKind::EcP256))?;
    let more = [
        "-Verify",
        "3",
        "-verify_return_error",
        "-CAfile",
        &files.root,
    ];
    let server = start(openssl, &files, &more)?;
    for kind in KINDS {
        let mut config = config::client();
        let credential = config::credential(certificates::client(kind));
        // It names the root, which issued the intermediate.
        config.credentials = vec![credential.only_for_matching_issuer()];
        let seen = talks(&server, config)?;
        if seen.negotiated.own_scheme.is_none() {
            return Err(format!("{kind:?} was not shown").into());
        }
    }
    Ok(())
}

fn stranger_is_refused(openssl: &Program) -> Result<(), Failed> {
    let files = Files::of(certificates::server(KeyKind::EcP256))?;
    let more = [
        "-Verify",
        "3",
        "-verify_return_error",
        "-CAfile",
        &files.root,
    ];
    let server = start(openssl, &files, &more)?;
    let mut config = config::client();
    config.credentials = vec![config::credential(&stranger_client()?)];
    let ended = meet(&server, config, "localhost", ask(LINE, REVERSED)).err();
    let error = ended.and_then(|ended| ended.error);
    if error == Some(Error::PeerAlert(AlertDescription::UNKNOWN_CA)) {
        return Ok(());
    }
    Err(format!("unknown_ca expected: {error:?}; {}", server.output()).into())
}

fn unknown_root(openssl: &Program) -> Result<(), Failed> {
    let files = Files::of(certificates::server(KeyKind::EcP256))?;
    let server = start(openssl, &files, &[])?;
    let mut roots = Roots::new();
    roots
        .add(stranger()?.root_der().clone())
        .map_err(|fault| format!("{fault:?}"))?;
    let config = ClientConfig::new(Trust::Roots(roots));
    let ended = meet(&server, config, "localhost", ask(LINE, REVERSED)).err();
    let error = ended.and_then(|ended| ended.error);
    if error != Some(Error::Fault(Fault::CertificateAuthorityUnknown)) {
        return Err(format!("ours: {error:?}").into());
    }
    Ok(server.printed("alert unknown ca", SOON)?)
}

fn server_names(openssl: &Program) -> Result<(), Failed> {
    let files = Files::of(certificates::server(KeyKind::EcP256))?;
    let other = server_for("other.test", KeyKind::Ed25519)?;
    let second = Files::of(&other)?;
    // It has no -cert_chain2.
    let mut more = vec!["-servername", "other.test", "-servername_fatal"];
    more.extend(["-cert2", &second.leaf, "-key2", &second.key]);
    let server = start(openssl, &files, &more)?;
    let seen = meet(&server, config::client(), "other.test", ask(LINE, REVERSED));
    let seen = seen.map_err(|ended| format!("{ended}; {}", server.output()))?;
    if seen.negotiated.peer_chain.first() != other.chain().first() {
        return Err("not the certificate of the name".into());
    }
    let ended = meet(&server, config::client(), "localhost", ask(LINE, REVERSED)).err();
    let error = ended.and_then(|ended| ended.error);
    if error == Some(Error::PeerAlert(AlertDescription::UNRECOGNIZED_NAME)) {
        return Ok(());
    }
    Err(format!("unrecognized_name expected: {error:?}").into())
}

fn protocols(openssl: &Program) -> Result<(), Failed> {
    let files = Files::of(certificates::server(KeyKind::EcP256))?;
    let server = start(openssl, &files, &["-alpn", "h2,http/1.1"])?;
    let config = |names: &[&str]| {
        let mut config = config::client();
        config.common.alpn = names.iter().map(|name| name.as_bytes().to_vec()).collect();
        config
    };
    let seen = talks(&server, config(&["http/1.1", "h2"]))?;
    if seen.negotiated.alpn.as_deref() != Some(b"h2") {
        return Err(format!("{:?}", seen.negotiated.alpn).into());
    }
    let ended = meet(&server, config(&["imap"]), "localhost", ask(LINE, REVERSED)).err();
    let error = ended.and_then(|ended| ended.error);
    if error == Some(Error::PeerAlert(AlertDescription::NO_APPLICATION_PROTOCOL)) {
        return Ok(());
    }
    Err(format!("no_application_protocol expected: {error:?}").into())
}

/// We replace our keys and ask for its; then it does the same at the letter `K`.
fn updates_keys(openssl: &Program) -> Result<(), Failed> {
    let files = Files::of(certificates::server(KeyKind::EcP256))?;
    let watched = || {
        let watch = Watch::new();
        let mut config = config::client();
        config.common.observer = Some(Arc::clone(&watch) as Arc<_>);
        (watch, config)
    };
    let (watch, config) = watched();
    let server = start(openssl, &files, &[])?;
    let job: Job<TcpStream> = Box::new(|stream| {
        for both_ways in [false, true, true] {
            ask(LINE, REVERSED)(stream)?;
            let mut out = vec![0; 1000];
            let update = stream.connection().key_update(both_ways, &mut out);
            let written = update.map_err(std::io::Error::other)?;
            stream.transport().write_all(&out[..written])?;
        }
        ask(LINE, REVERSED)(stream)
    });
    meet(&server, config, "localhost", job)
        .map_err(|ended| format!("{ended}; {}", server.output()))?;
    if watch.updates() != (3, 2) {
        return Err(format!("ours: {:?}", watch.updates()).into());
    }

    // What is typed is sent, but for letters with a meaning.
    let (watch, config) = watched();
    let mut server = start(openssl, &files, &["-msg"])?;
    let talk = listen(&server, config)?;
    server.printed(LINE, SOON)?;
    server.say("K\n")?;
    server.printed("KeyUpdate", SOON)?;
    server.say(LINE)?;
    ended(talk, &server)?;
    if watch.updates() == (1, 1) {
        return Ok(());
    }
    Err(format!("theirs: {:?}", watch.updates()).into())
}

/// Our client, in a thread of its own: says a line, hears a line, says a line.
fn listen(server: &Server, config: ClientConfig) -> Result<Talk, Failed> {
    let transport = server.connect(SOON)?;
    Ok(std::thread::spawn(move || {
        let job: Job<TcpStream> = Box::new(|stream| {
            ask(LINE, LINE)(stream)?;
            stream.write_all(LINE.as_bytes())
        });
        reach(config, "localhost", transport, job)
    }))
}

type Talk = std::thread::JoinHandle<Result<Seen, Ended>>;

fn ended(talk: Talk, server: &Server) -> Result<Seen, Failed> {
    let ended = talk.join().map_err(|_| "our side panicked")?;
    ended.map_err(|ended| format!("{ended}; {}", server.output()).into())
}

fn short_fragments(openssl: &Program) -> Result<(), Failed> {
    let files = Files::of(certificates::server(KeyKind::EcP256))?;
    let server = start(openssl, &files, &[])?;
    let lengths = [
        MaxFragmentLength::TWO_9,
        MaxFragmentLength::TWO_10,
        MaxFragmentLength::TWO_11,
        MaxFragmentLength::TWO_12,
    ];
    let long: String = "abcdefgh".repeat(700);
    let reversed: String = long.chars().rev().collect();
    for length in lengths {
        let mut config = config::client();
        config.common.max_fragment_length = Some(length);
        let job = ask(&format!("{long}\n"), &format!("{reversed}\n"));
        let seen = meet(&server, config, "localhost", job);
        let seen = seen.map_err(|ended| format!("{ended}; {}", server.output()))?;
        let limits = (seen.negotiated.send_limit, seen.negotiated.receive_limit);
        let expected = length.bytes().ok_or("a length")?;
        if limits != (expected, expected) {
            return Err(format!("{length}: {limits:?}").into());
        }
    }
    Ok(())
}

fn exports(openssl: &Program) -> Result<(), Failed> {
    for version in VERSIONS {
        let files = Files::of(certificates::server(KeyKind::EcP256))?;
        let log = files.file("keys");
        let mut more = vec!["-msg", "-keylogfile", &log];
        more.extend(["-keymatexport", LABEL, "-keymatexportlen", "32"]);
        let watch = Watch::new();
        let mut server = start(openssl, &files, &more)?;
        let mut config = config::client();
        config.common.versions = vec![version];
        config.common.key_log = Some(Arc::clone(&watch) as Arc<_>);
        let talk = listen(&server, config)?;
        server.printed("Keying material: ", SOON)?;
        server.say(LINE)?;
        let seen = ended(talk, &server)?;
        if exported(&server.output()) != Some(&seen.exported) {
            return Err(format!("{} expected in: {}", seen.exported, server.output()).into());
        }
        same_log(&watch, &log, version)?;
    }
    Ok(())
}

fn padding(openssl: &Program) -> Result<(), Failed> {
    let files = Files::of(certificates::server(KeyKind::EcP256))?;
    let server = start(openssl, &files, &["-record_padding", "512"])?;
    for multiple in [2, 512, 4096] {
        let mut config = config::client();
        config.common.padding = Padding::Multiple(multiple);
        talks(&server, config)?;
    }
    for (suite, _) in OBSOLETE_ECDSA {
        for padding in [Padding::Multiple(240), Padding::Random(255)] {
            let mut config = config::client();
            config.common.versions = vec![ProtocolVersion::TLS_1_2];
            config.common.allow_obsolete(&COMPATIBLE);
            config.common.suites = vec![suite];
            config.common.padding = padding;
            talks(&server, config)?;
        }
    }
    Ok(())
}
