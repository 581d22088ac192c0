//! `openssl s_client` reaches our server.

use std::io::Write;
use std::sync::Arc;
use std::sync::mpsc::channel;

use handfast::config::{Padding, UnknownName};
use handfast::connection::PeerStanding;
use handfast::obsolete::COMPATIBLE;
use handfast::{AlertDescription, Error, Fault, NamedGroup, ProtocolVersion, ServerConfig};
use handfast_testkit::certificates::{self, KeyKind};
use handfast_testkit::config;
use handfast_testkit::peer::{Outcome, Program, trial};
use handfast_wire::registry::MaxFragmentLength;
use libtest_mimic::{Failed, Trial};

use super::{GROUPS, KINDS, SUITES, exported, suites};
use crate::classic::{ECDSA, OBSOLETE_ECDSA};
use crate::ours::{
    Files, LABEL, LINE, Ours, SOON, Seen, Watch, echo, echoes, issuer_name, same_log, server_for,
    stranger_client, type_words,
};

pub(super) fn trials() -> Vec<Trial> {
    let mut trials = Vec::new();
    for kind in KINDS {
        let claim = format!("openssl::s_client_reaches_us_by_every_suite_and_group_{kind:?}");
        trials.push(trial(&claim, ["openssl"], move |[openssl]| {
            every_suite_and_group(&openssl, kind)
        }));
    }
    type Test = fn(&Program) -> Result<(), Failed>;
    let more: [(&str, Test); 11] = [
        ("retries_when_asked", retries),
        ("shows_a_certificate_of_every_kind", shows_certificates),
        (
            "is_refused_with_a_certificate_of_a_stranger",
            stranger_is_refused,
        ),
        ("is_refused_without_a_certificate", nobody_is_refused),
        ("refuses_us_below_an_unknown_root", refuses_us),
        ("gets_the_certificate_of_the_name_it_asks_for", server_names),
        ("agrees_on_a_protocol_or_is_refused", protocols),
        ("updates_keys", updates_keys),
        ("asks_for_short_fragments", short_fragments),
        ("exports_what_we_export_and_logs_what_we_log", exports),
        ("pads_its_records_and_takes_padded_ones", padding),
    ];
    for (name, test) in more {
        let claim = format!("openssl::s_client_{name}");
        trials.push(trial(&claim, ["openssl"], move |[openssl]| test(&openssl)));
    }
    trials
}

/// Runs `s_client` against `config`, sends a line, and takes it back.
pub(super) fn talk(
    openssl: &Program,
    config: ServerConfig,
    files: &Files,
    more: &[&str],
) -> Result<(Outcome, Ours), Failed> {
    let ours = Ours::serve(config, echo(LINE.len()))?;
    let say = |pipe: &mut dyn Write| pipe.write_all(LINE.as_bytes());
    let outcome = openssl.talk(arguments(ours.port, files, more), say, SOON)?;
    Ok((outcome, ours))
}

pub(crate) fn arguments(port: u16, files: &Files, more: &[&str]) -> Vec<String> {
    let address = format!("127.0.0.1:{port}");
    let mut arguments = vec!["s_client", "-connect", &address, "-verify_return_error"];
    arguments.extend(["-no-CApath", "-no-CAstore"]);
    if !more.contains(&"-CAfile") {
        arguments.extend(["-CAfile", &files.root]);
    }
    if !more.contains(&"-servername") {
        arguments.extend(["-servername", "localhost", "-verify_hostname", "localhost"]);
    }
    arguments.extend(more);
    arguments.into_iter().map(str::to_owned).collect()
}

/// As [`talk`], and the line came back.
pub(super) fn talks(
    openssl: &Program,
    config: ServerConfig,
    files: &Files,
    more: &[&str],
) -> Result<(String, Seen), Failed> {
    let (outcome, ours) = talk(openssl, config, files, more)?;
    let seen = ours.seen(&(outcome.text(), &outcome.stderr))?;
    let text = outcome.text();
    if text.contains(LINE) && text.contains("Verify return code: 0 (ok)") {
        return Ok((text, seen));
    }
    Err(format!("{more:?}: {text}{}", outcome.stderr).into())
}

fn every_suite_and_group(openssl: &Program, kind: KeyKind) -> Result<(), Failed> {
    let files = Files::of(certificates::server(kind))?;
    for &(suite, suite_name) in suites(kind) {
        for (group, group_name) in GROUPS {
            let mut config = config::server(kind);
            config.common.suites = SUITES.map(|(suite, _)| suite).to_vec();
            config.common.groups = GROUPS.map(|(group, _)| group).to_vec();
            let more = ["-ciphersuites", suite_name, "-groups", group_name];
            let (_, seen) = talks(openssl, config, &files, &more)?;
            if (seen.negotiated.suite, seen.negotiated.group) != (suite, group) {
                return Err(format!("{suite} and {group} were not chosen").into());
            }
        }
    }
    Ok(())
}

fn retries(openssl: &Program) -> Result<(), Failed> {
    let files = Files::of(certificates::server(KeyKind::EcP256))?;
    for (group, _) in &GROUPS[1..] {
        for cookie in [true, false] {
            let mut config = config::server(KeyKind::EcP256);
            config.common.groups = vec![*group];
            config.cookie = cookie;
            let groups = GROUPS.map(|(_, name)| name).join(":");
            let (_, seen) = talks(openssl, config, &files, &["-groups", &groups])?;
            if !seen.negotiated.retried || seen.negotiated.group != *group {
                return Err(format!("no retry to {group}").into());
            }
        }
    }
    Ok(())
}

fn shows_certificates(openssl: &Program) -> Result<(), Failed> {
    for kind in KINDS {
        let files = Files::of(certificates::client(kind))?;
        let mut config = config::mutual_server(KeyKind::EcP256);
        config.client_authorities = vec![issuer_name()?];
        let more = [
            "-cert",
            &files.leaf,
            "-cert_chain",
            &files.above,
            "-key",
            &files.key,
        ];
        let (text, seen) = talks(openssl, config, &files, &more)?;
        if seen.negotiated.peer_standing != PeerStanding::Verified
            || seen.negotiated.peer_chain != certificates::client(kind).chain()
        {
            return Err(format!("{kind:?}: {:?}", seen.negotiated.peer_standing).into());
        }
        let names = "Acceptable client certificate CA names\nCN = Handfast test intermediate";
        if !text.contains(names) {
            return Err(format!("no name of an authority in: {text}").into());
        }
    }
    Ok(())
}

fn stranger_is_refused(openssl: &Program) -> Result<(), Failed> {
    let files = Files::of(&stranger_client()?)?;
    let config = config::mutual_server(KeyKind::EcP256);
    let more = ["-cert", &files.leaf, "-key", &files.key];
    let (outcome, ours) = talk(openssl, config, &files, &more)?;
    refused(
        &ours.ended().err().and_then(|ended| ended.error),
        Fault::CertificateAuthorityUnknown,
        &outcome,
        "alert unknown ca",
    )
}

fn nobody_is_refused(openssl: &Program) -> Result<(), Failed> {
    let files = Files::of(certificates::server(KeyKind::EcP256))?;
    let (outcome, ours) = talk(openssl, config::mutual_server(KeyKind::EcP256), &files, &[])?;
    refused(
        &ours.ended().err().and_then(|ended| ended.error),
        Fault::CertificateRequired,
        &outcome,
        "alert certificate required",
    )
}

/// Our side ended with `fault`, and OpenSSL read the alert.
fn refused(
    error: &Option<Error>,
    fault: Fault,
    outcome: &Outcome,
    alert: &str,
) -> Result<(), Failed> {
    if *error == Some(Error::Fault(fault)) && outcome.stderr.contains(alert) {
        return Ok(());
    }
    Err(format!("{alert:?} expected; ours: {error:?}; {}", outcome.stderr).into())
}

fn refuses_us(openssl: &Program) -> Result<(), Failed> {
    let files = Files::of(certificates::server(KeyKind::EcP256))?;
    let config = config::server(KeyKind::EcP256);
    let (outcome, ours) = talk(openssl, config, &files, &["-CAfile", &files.stranger])?;
    let error = ours.ended().err().and_then(|ended| ended.error);
    let alert = Error::PeerAlert(AlertDescription::UNKNOWN_CA);
    if error == Some(alert) && !outcome.success() && !outcome.text().contains(LINE) {
        return Ok(());
    }
    Err(format!("ours: {error:?}; {}{}", outcome.text(), outcome.stderr).into())
}

fn server_names(openssl: &Program) -> Result<(), Failed> {
    let files = Files::of(certificates::server(KeyKind::EcP256))?;
    let other = server_for("other.test", KeyKind::Ed25519)?;
    let config = || {
        let mut config = config::server(KeyKind::EcP256);
        config.credentials.push(config::credential(&other));
        config.unknown_name = UnknownName::Refuse;
        config
    };
    for name in ["localhost", "other.test"] {
        let more = ["-servername", name, "-verify_hostname", name];
        let (_, seen) = talks(openssl, config(), &files, &more)?;
        if seen.negotiated.server_name.as_deref() != Some(name) {
            return Err(format!("{:?} seen", seen.negotiated.server_name).into());
        }
    }
    let (outcome, ours) = talk(openssl, config(), &files, &["-servername", "third.test"])?;
    refused(
        &ours.ended().err().and_then(|ended| ended.error),
        Fault::ServerNameUnknown,
        &outcome,
        "unrecognized name",
    )
}

fn protocols(openssl: &Program) -> Result<(), Failed> {
    let files = Files::of(certificates::server(KeyKind::EcP256))?;
    let config = || {
        let mut config = config::server(KeyKind::EcP256);
        config.common.alpn = vec![b"h2".to_vec(), b"http/1.1".to_vec()];
        config
    };
    let (text, seen) = talks(openssl, config(), &files, &["-alpn", "http/1.1,h2"])?;
    if seen.negotiated.alpn.as_deref() != Some(b"h2") || !text.contains("ALPN protocol: h2") {
        return Err(format!("{:?}: {text}", seen.negotiated.alpn).into());
    }
    let (outcome, ours) = talk(openssl, config(), &files, &["-alpn", "imap"])?;
    refused(
        &ours.ended().err().and_then(|ended| ended.error),
        Fault::AlpnNotCommon,
        &outcome,
        "alert no application protocol",
    )
}

/// `k` replaces its keys, `K` also asks for ours to be replaced; the letter must come alone.
fn updates_keys(openssl: &Program) -> Result<(), Failed> {
    let files = Files::of(certificates::server(KeyKind::EcP256))?;
    let watch = Watch::new();
    let mut config = config::server(KeyKind::EcP256);
    config.common.observer = Some(Arc::clone(&watch) as Arc<_>);
    let (after, echoed) = channel();
    let ours = Ours::serve(config, echoes(4, after))?;
    let watching = Arc::clone(&watch);
    let say =
        move |pipe: &mut dyn Write| type_words(pipe, &["k\n", "K\n", "k\n"], &echoed, &watching);
    let outcome = openssl.talk(arguments(ours.port, &files, &[]), say, SOON)?;
    ours.seen(&outcome.stderr)?;
    let text = outcome.text();
    if text.matches(LINE).count() == 4 && watch.updates() == (1, 3) {
        return Ok(());
    }
    Err(format!("updates: {:?}; {text}{}", watch.updates(), outcome.stderr).into())
}

fn short_fragments(openssl: &Program) -> Result<(), Failed> {
    let files = Files::of(certificates::server(KeyKind::EcP256))?;
    for bytes in [512, 1024, 2048, 4096] {
        let mut config = config::server(KeyKind::EcP256);
        config.common.max_fragment_length = Some(MaxFragmentLength::TWO_12);
        let asked = bytes.to_string();
        let (_, seen) = talks(openssl, config, &files, &["-maxfraglen", &asked])?;
        if (seen.negotiated.send_limit, seen.negotiated.receive_limit) != (bytes, bytes) {
            return Err(format!("{bytes}: {}", seen.negotiated.send_limit).into());
        }
    }
    Ok(())
}

fn exports(openssl: &Program) -> Result<(), Failed> {
    let files = Files::of(certificates::server(KeyKind::EcP256))?;
    let classic = ECDSA.map(|(suite, name)| (suite, name, "-cipher"));
    let suites = SUITES.map(|(suite, name)| (suite, name, "-ciphersuites"));
    for (suite, name, option) in suites.into_iter().chain(classic) {
        let watch = Watch::new();
        let mut config = config::server(KeyKind::EcP256);
        config.common.suites = vec![suite];
        config.common.groups = vec![NamedGroup::X25519];
        config.common.key_log = Some(Arc::clone(&watch) as Arc<_>);
        let log = files.file(name);
        let mut more = vec![option, name, "-keylogfile", &log];
        if option == "-cipher" {
            more.push("-tls1_2");
        }
        more.extend(["-keymatexport", LABEL, "-keymatexportlen", "32"]);
        let (text, seen) = talks(openssl, config, &files, &more)?;
        if exported(&text) != Some(&seen.exported) {
            return Err(format!("{} expected in: {text}", seen.exported).into());
        }
        same_log(&watch, &log, seen.negotiated.version)?;
    }
    Ok(())
}

fn padding(openssl: &Program) -> Result<(), Failed> {
    let files = Files::of(certificates::server(KeyKind::EcP256))?;
    for multiple in [2, 512, 4096] {
        let mut config = config::server(KeyKind::EcP256);
        config.common.padding = Padding::Multiple(multiple);
        let asked = multiple.to_string();
        talks(openssl, config, &files, &["-record_padding", &asked])?;
    }
    for (suite, name) in OBSOLETE_ECDSA {
        for padding in [Padding::Multiple(240), Padding::Random(255)] {
            let mut config = config::server(KeyKind::EcP256);
            config.common.versions = vec![ProtocolVersion::TLS_1_2];
            config.common.allow_obsolete(&COMPATIBLE);
            config.common.suites = vec![suite];
            config.common.padding = padding;
            talks(openssl, config, &files, &["-tls1_2", "-cipher", name])?;
        }
    }
    Ok(())
}
