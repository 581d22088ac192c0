//! Go's client reaches our server.

use handfast::config::{ClientAuth, Renegotiation};
use handfast::connection::{PeerStanding, Resumption};
use handfast::{
    AlertDescription, Credential, Error, Fault, NamedGroup, ProtocolVersion, Server, ServerConfig,
};
use handfast_testkit::certificates::{self, KeyKind};
use handfast_testkit::config;
use handfast_testkit::peer::{Outcome, Program};
use libtest_mimic::{Failed, Trial};

use super::{
    STAMP_LIST, STAMPS, STAPLE, field, flag, groups, hex, kind_with, kinds, limit, listed, own,
    says, suites, with_peer,
};
use crate::ours::{Ended, Files, LABEL, LINE, Ours, SOON, Seen, asks_again, echo, stranger_client};
use crate::several::{self, Keeps, Several, VERSIONS, named, resumed};

pub(super) fn trials() -> Vec<Trial> {
    let mut trials = Vec::new();
    type Test = fn(&Program, ProtocolVersion) -> Result<(), Failed>;
    let tests: [(&str, Test); 8] = [
        ("reaches_us_by_every_suite_and_group", every_suite_and_group),
        ("accepts_a_server_of_every_kind", every_kind),
        ("shows_a_certificate_of_every_kind", shows_certificates),
        (
            "is_refused_with_a_certificate_of_a_stranger",
            stranger_is_refused,
        ),
        ("refuses_us_below_an_unknown_root", refuses_us),
        ("agrees_on_a_protocol_or_is_refused", protocols),
        ("reads_our_staple_and_timestamps", staples),
        ("comes_back_to_us_but_not_after_a_restart", comes_back),
    ];
    for version in VERSIONS {
        for (name, test) in tests {
            let claim = format!("its_client_{name}_by_{}", named(version));
            trials.push(with_peer(&claim, move |peer| test(peer, version)));
        }
    }
    trials.push(with_peer("its_client_retries_when_asked", retries));
    trials.push(with_peer(
        "its_client_is_asked_again_by_tls_1_2",
        asked_again,
    ));
    trials
}

/// Runs the client, so many connections.
fn run(peer: &Program, port: u16, root: &str, more: &[&str]) -> Result<Outcome, Failed> {
    let port = port.to_string();
    let mut arguments = vec!["-port", &port, "-root", root, "-say", LINE, "-label", LABEL];
    arguments.extend(more);
    Ok(peer.run(arguments, b"", SOON)?)
}

/// One connection of one version.
fn talk(
    peer: &Program,
    config: ServerConfig,
    root: &str,
    more: &[&str],
) -> Result<(String, Result<Seen, Ended>), Failed> {
    let ours = Ours::serve(config, echo(LINE.len()))?;
    let outcome = run(peer, ours.port, root, more)?;
    let said = format!("{}{}", outcome.text(), outcome.stderr);
    Ok((said, ours.ended()))
}

/// As [`talk`], and the line came back.
fn talks(peer: &Program, config: ServerConfig, root: &str, more: &[&str]) -> Result<Seen, Failed> {
    let (said, ended) = talk(peer, config, root, more)?;
    let seen = ended.map_err(|ended| format!("{ended}; {said}"))?;
    let negotiated = &seen.negotiated;
    let words = [
        field("version", &negotiated.version.to_string()),
        field("suite", &negotiated.suite.to_string()),
        format!("\"group\":{}", negotiated.group.0),
        flag("retried", negotiated.retried),
    ];
    says(&said, 0, &words)?;
    says(&said, 0, &own(&seen))?;
    Ok(seen)
}

fn server(version: ProtocolVersion, kind: KeyKind) -> ServerConfig {
    let mut config = config::server(kind);
    config.common.versions = vec![version];
    config.common.groups = groups(version).to_vec();
    config
}

fn root() -> Result<Files, Failed> {
    Files::of(several::client())
}

fn every_suite_and_group(peer: &Program, version: ProtocolVersion) -> Result<(), Failed> {
    let files = root()?;
    for kind in [KeyKind::EcP256, KeyKind::Rsa { bits: 2048 }] {
        for suite in suites(version, kind) {
            for group in groups(version) {
                let mut config = server(version, kind_with(version, kind, *group));
                config.common.suites = vec![suite];
                let one = listed([group.0]);
                let seen = talks(peer, config, &files.root, &["-groups", &one])?;
                if (seen.negotiated.suite, seen.negotiated.group) != (suite, *group) {
                    return Err(format!("{suite} and {group} were not chosen").into());
                }
            }
        }
    }
    Ok(())
}

fn every_kind(peer: &Program, version: ProtocolVersion) -> Result<(), Failed> {
    for kind in kinds(version) {
        talks(peer, server(version, kind), &root()?.root, &[])
            .map_err(|failed| format!("{kind:?}: {failed:?}"))?;
    }
    Ok(())
}

fn mutual(version: ProtocolVersion) -> ServerConfig {
    let mut config = config::mutual_server(KeyKind::EcP256);
    config.common.versions = vec![version];
    config
}

fn shows_certificates(peer: &Program, version: ProtocolVersion) -> Result<(), Failed> {
    for kind in kinds(version) {
        let files = Files::of(certificates::client(kind))?;
        let more = ["-cert", &files.chain, "-key", &files.key];
        let seen = talks(peer, mutual(version), &files.root, &more)
            .map_err(|failed| format!("{kind:?}: {failed:?}"))?;
        if seen.negotiated.peer_standing != PeerStanding::Verified {
            return Err(format!("{kind:?}: {:?}", seen.negotiated.peer_standing).into());
        }
    }
    Ok(())
}

fn asked_again(peer: &Program) -> Result<(), Failed> {
    let files = Files::of(certificates::client(KeyKind::EcP256))?;
    let version = ProtocolVersion::TLS_1_2;
    let mut config = server(version, KeyKind::EcP256);
    config.common.renegotiation = Renegotiation::Own;
    config.later_client_auth = ClientAuth::require(config::trust());
    let ours = Ours::serve(config, asks_again())?;
    let more = [
        "-cert",
        &files.chain,
        "-key",
        &files.key,
        "-renegotiate",
        "-max",
        "1.2",
    ];
    let outcome = run(peer, ours.port, &files.root, &more)?;
    let said = format!("{}{}", outcome.text(), outcome.stderr);
    let seen = ours.seen(&said)?;
    says(&said, 0, &[field("version", &version.to_string())])?;
    if seen.negotiated.peer_standing == PeerStanding::Verified && !said.contains("error") {
        return Ok(());
    }
    Err(said.into())
}

fn stranger_is_refused(peer: &Program, version: ProtocolVersion) -> Result<(), Failed> {
    let files = Files::of(&stranger_client()?)?;
    let more = ["-cert", &files.leaf, "-key", &files.key];
    let (said, ended) = talk(peer, mutual(version), &files.root, &more)?;
    let error = ended.err().and_then(|ended| ended.error);
    let unknown = Error::Fault(Fault::CertificateAuthorityUnknown);
    if error == Some(unknown) && said.contains("remote error: tls: unknown certificate authority") {
        return Ok(());
    }
    Err(format!("ours: {error:?}; {said}").into())
}

fn refuses_us(peer: &Program, version: ProtocolVersion) -> Result<(), Failed> {
    let files = root()?;
    let (said, ended) = talk(peer, server(version, KeyKind::EcP256), &files.stranger, &[])?;
    let error = ended.err().and_then(|ended| ended.error);
    // It tells of every failed verification in this way.
    let told = Error::PeerAlert(AlertDescription::BAD_CERTIFICATE);
    if error == Some(told) && said.contains("certificate signed by unknown authority") {
        return Ok(());
    }
    Err(format!("ours: {error:?}; {said}").into())
}

fn protocols(peer: &Program, version: ProtocolVersion) -> Result<(), Failed> {
    let files = root()?;
    let config = || {
        let mut config = server(version, KeyKind::EcP256);
        config.common.alpn = vec![b"h2".to_vec(), b"http/1.1".to_vec()];
        config
    };
    let (said, ended) = talk(peer, config(), &files.root, &["-alpn", "http/1.1,h2"])?;
    let seen = ended.map_err(|ended| format!("{ended}; {said}"))?;
    if seen.negotiated.alpn.as_deref() != Some(b"h2") {
        return Err(format!("{:?}", seen.negotiated.alpn).into());
    }
    says(&said, 0, &[field("protocol", "h2")])?;
    let (said, ended) = talk(peer, config(), &files.root, &["-alpn", "imap"])?;
    let error = ended.err().and_then(|ended| ended.error);
    if error == Some(Fault::AlpnNotCommon.into()) && said.contains("no application protocol") {
        return Ok(());
    }
    Err(format!("ours: {error:?}; {said}").into())
}

fn staples(peer: &Program, version: ProtocolVersion) -> Result<(), Failed> {
    let files = root()?;
    let mut config = server(version, KeyKind::EcP256);
    let bare = config.clone();
    config.credentials = config.credentials.into_iter().map(stapled).collect();
    let (said, ended) = talk(peer, config, &files.root, &[])?;
    ended.map_err(|ended| format!("{ended}; {said}"))?;
    let words = [
        field("staple", &hex(STAPLE)),
        field("stamps", &hex(&STAMPS.concat())),
    ];
    says(&said, 0, &words)?;
    let (said, _) = talk(peer, bare, &files.root, &[])?;
    if said.contains("staple") || said.contains("stamps") {
        return Err(said.into());
    }
    Ok(())
}

fn stapled(credential: Credential) -> Credential {
    credential
        .with_ocsp_response(STAPLE.to_vec())
        .with_sct_list(STAMP_LIST.to_vec())
        .expect("a list")
}

fn retries(peer: &Program) -> Result<(), Failed> {
    let files = root()?;
    // It sends a share of the first two.
    let shares = [NamedGroup::X25519MLKEM768, NamedGroup::X25519];
    for group in groups(ProtocolVersion::TLS_1_3) {
        for cookie in [true, false] {
            let mut config = server(ProtocolVersion::TLS_1_3, KeyKind::EcP256);
            config.common.groups = vec![*group];
            config.cookie = cookie;
            let seen = talks(peer, config, &files.root, &[])?;
            if seen.negotiated.retried == shares.contains(group) {
                return Err(format!("{group}: {}", seen.negotiated.retried).into());
            }
        }
    }
    Ok(())
}

fn comes_back(peer: &Program, version: ProtocolVersion) -> Result<(), Failed> {
    for (keeps, mutual) in Keeps::ALL.into_iter().flat_map(|k| [(k, false), (k, true)]) {
        let files = root()?;
        let certificate = ["-cert", &files.chain, "-key", &files.key];
        let certificate = if mutual { &certificate[..] } else { &[] };
        let keeping = || Ok::<Server, Failed>(several::keeping(keeps, version, mutual)?.check()?);
        let none = several::plain(version, mutual).check()?;
        let (first, second) = (keeping()?, keeping()?);
        // It takes tickets alone: no session IDs.
        let way = keeps
            .way(version)
            .filter(|way| *way != Resumption::SessionId);
        // The same server three times; then another one, twice; then one that keeps nothing.
        let turns = [
            (&first, None),
            (&first, way),
            (&first, way),
            (&second, None),
            (&second, way),
            (&none, None),
        ];
        let more = [certificate, &["-count", "6", "-max", limit(version)]].concat();
        visits(peer, &files, &turns, &more, mutual)
            .map_err(|failed| format!("{keeps:?}, {mutual}: {failed:?}"))?;
        // And a client that keeps no sessions.
        let more = [&more[..], &["-count", "2", "-forget"]].concat();
        visits(
            peer,
            &files,
            &[(&first, None), (&first, None)],
            &more,
            mutual,
        )?;
    }
    Ok(())
}

/// One client of these servers, and by what each connection is to go on.
fn visits(
    peer: &Program,
    files: &Files,
    turns: &[(&Server, Option<Resumption>)],
    more: &[&str],
    mutual: bool,
) -> Result<(), Failed> {
    let jobs = turns
        .iter()
        .map(|(server, _)| ((*server).clone(), echo(LINE.len())));
    let ours = Several::turns(jobs)?;
    let outcome = run(peer, ours.port, &files.root, more)?;
    let said = format!("{}{}", outcome.text(), outcome.stderr);
    let seen = ours.seen(&said)?;
    let expected: Vec<_> = turns.iter().map(|(_, resumption)| *resumption).collect();
    resumed(&seen, &expected, mutual.then(several::client))?;
    for (line, (seen, resumption)) in seen.iter().zip(&expected).enumerate() {
        let words = [
            flag("resumed", resumption.is_some()),
            // Whom it has verified.
            field("name", "localhost"),
        ];
        says(&said, line, &words)?;
        says(&said, line, &own(seen))?;
    }
    Ok(())
}
