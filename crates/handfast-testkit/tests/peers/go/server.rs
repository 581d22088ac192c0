//! We reach Go's server.

use std::net::TcpStream;

use handfast::config::Trust;
use handfast::{AlertDescription, ClientConfig, Error, Fault, NamedGroup, ProtocolVersion, Roots};
use handfast_testkit::certificates::{self, KeyKind};
use handfast_testkit::config;
use handfast_testkit::peer::{Program, Server};
use libtest_mimic::{Failed, Trial};

use super::{
    STAMP_LIST, STAMPS, STAPLE, field, flag, groups, hex, kind_with, kinds, limit, listed, own,
    says, suites, with_peer,
};
use crate::ours::{Ended, Files, LABEL, LINE, SOON, Seen, ask, reach, stranger, stranger_client};
use crate::several::{self, Keeps, VERSIONS, named, resumed};

pub(super) fn trials() -> Vec<Trial> {
    let mut trials = Vec::new();
    type Test = fn(&Program, ProtocolVersion) -> Result<(), Failed>;
    let tests: [(&str, Test); 8] = [
        (
            "we_reach_it_by_every_suite_and_group",
            every_suite_and_group,
        ),
        ("we_accept_a_server_of_every_kind", every_kind),
        ("we_show_a_certificate_of_every_kind", shows_certificates),
        (
            "we_are_refused_with_a_certificate_of_a_stranger",
            stranger_is_refused,
        ),
        ("we_refuse_it_below_an_unknown_root", unknown_root),
        ("we_agree_on_a_protocol_or_are_refused", protocols),
        ("we_are_given_its_staple_and_timestamps", staples),
        ("we_come_back_to_it_but_not_after_a_restart", we_come_back),
    ];
    for version in VERSIONS {
        for (name, test) in tests {
            let claim = format!("{name}_by_{}", named(version));
            trials.push(with_peer(&claim, move |peer| test(peer, version)));
        }
    }
    trials.push(with_peer("we_retry_when_its_server_asks", retries));
    trials
}

/// Starts the server; it serves as many connections as come.
fn start(peer: &Program, files: &Files, more: &[&str]) -> Result<Server, Failed> {
    let arguments = |port: u16| {
        let port = port.to_string();
        let mut all = vec!["-serve", "-port", &port, "-count", "1000", "-label", LABEL];
        all.extend(["-cert", &files.chain, "-key", &files.key]);
        all.extend(more);
        all.into_iter().map(str::to_owned).collect()
    };
    Ok(Server::start(peer, arguments, SOON)?)
}

fn meet(server: &Server, config: ClientConfig) -> Result<Seen, Ended> {
    let transport: TcpStream = server.connect(SOON).map_err(|error| Ended::of(&error))?;
    reach(config, "localhost", transport, ask(LINE, LINE))
}

/// A line goes there and comes back, and both tell the same of the connection, which is the
/// server's nth.
fn talks(server: &Server, config: ClientConfig, nth: usize) -> Result<Seen, Failed> {
    let seen = meet(server, config).map_err(|ended| format!("{ended}; {}", server.output()))?;
    let negotiated = &seen.negotiated;
    let words = [
        field("version", &negotiated.version.to_string()),
        field("suite", &negotiated.suite.to_string()),
        format!("\"group\":{}", negotiated.group.0),
        flag("retried", negotiated.retried),
        flag("resumed", negotiated.is_resumed()),
        field("name", "localhost"),
    ];
    server.printed_lines(nth + 1, SOON)?;
    says(&server.output(), nth, &words)?;
    says(&server.output(), nth, &own(&seen))?;
    Ok(seen)
}

fn client(version: ProtocolVersion) -> ClientConfig {
    let mut config = config::client();
    config.common.versions = vec![version];
    config.common.groups = groups(version).to_vec();
    config
}

fn files(kind: KeyKind) -> Result<Files, Failed> {
    Files::of(certificates::server(kind))
}

fn every_suite_and_group(peer: &Program, version: ProtocolVersion) -> Result<(), Failed> {
    let its_groups = listed(groups(version).iter().map(|group| group.0));
    for kind in [KeyKind::EcP256, KeyKind::Rsa { bits: 2048 }] {
        for group in groups(version) {
            let files = files(kind_with(version, kind, *group))?;
            let server = start(peer, &files, &["-groups", &its_groups])?;
            for (nth, suite) in suites(version, kind).into_iter().enumerate() {
                let mut config = client(version);
                config.common.suites = vec![suite];
                config.common.groups = vec![*group];
                let seen = talks(&server, config, nth)?;
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
        let server = start(peer, &files(kind)?, &[])?;
        talks(&server, client(version), 0).map_err(|failed| format!("{kind:?}: {failed:?}"))?;
    }
    Ok(())
}

fn shows_certificates(peer: &Program, version: ProtocolVersion) -> Result<(), Failed> {
    let files = files(KeyKind::EcP256)?;
    let server = start(peer, &files, &["-root", &files.root])?;
    for (nth, kind) in kinds(version).into_iter().enumerate() {
        let mut config = client(version);
        let credential = config::credential(certificates::client(kind));
        // It names the root, which issued the intermediate.
        config.credentials = vec![credential.only_for_matching_issuer()];
        talks(&server, config, nth).map_err(|failed| format!("{kind:?}: {failed:?}"))?;
        says(&server.output(), nth, &[field("peer", "Ada")])?;
    }
    Ok(())
}

fn stranger_is_refused(peer: &Program, version: ProtocolVersion) -> Result<(), Failed> {
    let files = files(KeyKind::EcP256)?;
    let server = start(peer, &files, &["-root", &files.root])?;
    let mut config = client(version);
    config.credentials = vec![config::credential(&stranger_client()?)];
    let error = meet(&server, config).err().and_then(|ended| ended.error);
    if error == Some(Error::PeerAlert(AlertDescription::UNKNOWN_CA)) {
        return Ok(());
    }
    Err(format!("unknown_ca expected: {error:?}; {}", server.output()).into())
}

fn unknown_root(peer: &Program, version: ProtocolVersion) -> Result<(), Failed> {
    let server = start(peer, &files(KeyKind::EcP256)?, &[])?;
    let mut roots = Roots::new();
    roots
        .add(stranger()?.root_der().clone())
        .map_err(|fault| format!("{fault:?}"))?;
    let mut config = ClientConfig::new(Trust::Roots(roots));
    config.common.versions = vec![version];
    let error = meet(&server, config).err().and_then(|ended| ended.error);
    if error != Some(Error::Fault(Fault::CertificateAuthorityUnknown)) {
        return Err(format!("ours: {error:?}").into());
    }
    Ok(server.printed("remote error: tls: unknown certificate authority", SOON)?)
}

fn protocols(peer: &Program, version: ProtocolVersion) -> Result<(), Failed> {
    let files = files(KeyKind::EcP256)?;
    let server = start(peer, &files, &["-alpn", "h2,http/1.1"])?;
    let config = |names: &[&str]| {
        let mut config = client(version);
        config.common.alpn = names.iter().map(|name| name.as_bytes().to_vec()).collect();
        config
    };
    let seen = talks(&server, config(&["http/1.1", "h2"]), 0)?;
    says(&server.output(), 0, &[field("protocol", "h2")])?;
    if seen.negotiated.alpn.as_deref() != Some(b"h2") {
        return Err(format!("{:?}", seen.negotiated.alpn).into());
    }
    let error = meet(&server, config(&["imap"])).err();
    let error = error.and_then(|ended| ended.error);
    if error == Some(Error::PeerAlert(AlertDescription::NO_APPLICATION_PROTOCOL)) {
        return Ok(());
    }
    Err(format!("no_application_protocol expected: {error:?}").into())
}

fn staples(peer: &Program, version: ProtocolVersion) -> Result<(), Failed> {
    let stamps = STAMPS.map(hex).join(",");
    let more = ["-staple", &hex(STAPLE), "-scts", &stamps];
    let server = start(peer, &files(KeyKind::EcP256)?, &more)?;
    for (nth, asked) in [true, false].into_iter().enumerate() {
        let mut config = client(version);
        config.request_ocsp = asked;
        config.request_scts = asked;
        let seen = talks(&server, config, nth)?;
        let expected = asked.then_some((STAPLE, STAMP_LIST));
        let got = seen.negotiated.ocsp_response.as_deref();
        if got.zip(seen.negotiated.sct_list.as_deref()) != expected {
            return Err(format!("asked: {asked}, {:?}", seen.negotiated).into());
        }
    }
    Ok(())
}

fn retries(peer: &Program) -> Result<(), Failed> {
    let files = files(KeyKind::EcP256)?;
    for group in &groups(ProtocolVersion::TLS_1_3)[1..] {
        let server = start(peer, &files, &["-groups", &listed([group.0])])?;
        let mut config = client(ProtocolVersion::TLS_1_3);
        config.key_shares = Some(vec![NamedGroup::X25519MLKEM768]);
        let seen = talks(&server, config, 0)?;
        if !seen.negotiated.retried || seen.negotiated.group != *group {
            return Err(format!("no retry to {group}").into());
        }
    }
    Ok(())
}

fn we_come_back(peer: &Program, version: ProtocolVersion) -> Result<(), Failed> {
    for mutual in [false, true] {
        let files = files(KeyKind::EcP256)?;
        let mut more = vec!["-max", limit(version)];
        if mutual {
            more.extend(["-root", &files.root]);
        }
        let first = start(peer, &files, &more)?;
        let restarted = start(peer, &files, &more)?;
        let without = start(peer, &files, &[&more[..], &["-forget"]].concat())?;
        let config = several::returning(version, mutual);
        let forgets = ClientConfig {
            sessions: None,
            ..config.clone()
        };
        let mut seen = Vec::new();
        for (server, nth, config) in [
            (&first, 0, &config),
            (&first, 1, &config),
            (&first, 2, &config),
            (&first, 3, &forgets),
            (&restarted, 0, &config),
            (&restarted, 1, &config),
            (&without, 0, &config),
            (&without, 1, &config),
        ] {
            seen.push(talks(server, config.clone(), nth)?);
            if mutual {
                says(&server.output(), nth, &[field("peer", "Ada")])?;
            }
        }
        let ticket = Keeps::Tickets.way(version);
        let ways = [None, ticket, ticket, None, None, ticket, None, None];
        resumed(&seen, &ways, Some(certificates::server(KeyKind::EcP256)))?;
    }
    Ok(())
}
