//! nginx reaches our server, as a proxy: behind it we are spoken to by TLS, before it by HTTP.

use std::net::TcpStream;

use handfast::connection::{PeerStanding, Resumption};
use handfast::{Error, Fault, ProtocolVersion, ServerConfig};
use handfast_testkit::certificates::KeyKind;
use handfast_testkit::config;
use handfast_testkit::peer::{Program, Server};
use libtest_mimic::{Failed, Trial};

use super::{GROUPS, answer, protocol, start, suites, with_nginx};
use crate::curl::{PAGE, respond};
use crate::ours::{Files, Job, Ours, SOON, Seen, stranger_client};
use crate::several::{self, Keeps, Several, VERSIONS, named, resumed};

pub(super) fn trials() -> Vec<Trial> {
    let mut trials = Vec::new();
    type Test = fn(&Program, ProtocolVersion) -> Result<(), Failed>;
    let tests: [(&str, Test); 5] = [
        ("reaches_us_by_every_suite_and_group", every_suite_and_group),
        ("shows_us_a_certificate", shows_certificate),
        (
            "is_refused_with_a_certificate_of_a_stranger",
            stranger_is_refused,
        ),
        ("asks_nothing_of_us_below_an_unknown_root", unknown_root),
        ("comes_back_to_us_but_not_after_a_restart", comes_back),
    ];
    for version in VERSIONS {
        for (name, test) in tests {
            let claim = format!("its_proxy_{name}_by_{}", named(version));
            trials.push(with_nginx(&claim, move |nginx| test(nginx, version)));
        }
    }
    trials
}

/// A proxy of the server at a port, which it asks for its name and verifies below `root`.
fn proxy(
    nginx: &Program,
    files: &Files,
    root: &str,
    port: u16,
    more: &str,
) -> Result<Server, Failed> {
    let directives = format!(
        "location / {{
            proxy_pass https://127.0.0.1:{port};
            proxy_ssl_name localhost; proxy_ssl_server_name on;
            proxy_ssl_verify on; proxy_ssl_trusted_certificate {root}; proxy_ssl_verify_depth 3;
            {more} }}"
    );
    start(nginx, files, "", &directives)
}

/// With the certificate of `files`.
fn certified(files: &Files) -> String {
    let (chain, key) = (&files.chain, &files.key);
    format!("proxy_ssl_certificate {chain}; proxy_ssl_certificate_key {key};")
}

fn speaking(version: ProtocolVersion) -> String {
    format!("proxy_ssl_protocols {};", protocol(version))
}

fn responding() -> Job<TcpStream> {
    Box::new(respond)
}

/// Asks the proxy for the page.
fn ask(proxy: &Server) -> Result<String, Failed> {
    Ok(answer(&mut proxy.connect(SOON)?)?)
}

/// Asks for the page, which comes.
fn gets(proxy: &Server) -> Result<(), Failed> {
    let page = ask(proxy)?;
    if page.starts_with("HTTP/1.1 200 ") && page.ends_with(PAGE) {
        return Ok(());
    }
    Err(format!("{page}; {}", proxy.output()).into())
}

fn every_suite_and_group(nginx: &Program, version: ProtocolVersion) -> Result<(), Failed> {
    let files = Files::of(several::client())?;
    let mut turns = Vec::new();
    let mut expected = Vec::new();
    for (suite, name) in suites(version) {
        for (group, _) in GROUPS {
            let kind = if name.contains("RSA") && !name.contains("ECDSA") {
                KeyKind::Rsa { bits: 2048 }
            } else {
                KeyKind::EcP256
            };
            let mut config = config::server(kind);
            config.common.versions = vec![version];
            config.common.suites = vec![suite];
            config.common.groups = vec![group];
            turns.push((config.check()?, responding()));
            expected.push((suite, group));
        }
    }
    let ours = Several::turns(turns)?;
    let proxy = proxy(nginx, &files, &files.root, ours.port, &speaking(version))?;
    for _ in &expected {
        gets(&proxy)?;
    }
    let seen = ours.seen(&proxy.output())?;
    let chosen = |seen: &Seen| (seen.negotiated.suite, seen.negotiated.group);
    if seen.iter().map(chosen).eq(expected.iter().copied()) {
        return Ok(());
    }
    Err(format!("{expected:?} expected").into())
}

fn mutual(version: ProtocolVersion) -> ServerConfig {
    several::plain(version, true)
}

fn shows_certificate(nginx: &Program, version: ProtocolVersion) -> Result<(), Failed> {
    let files = Files::of(several::client())?;
    let ours = Ours::serve(mutual(version), responding())?;
    let more = speaking(version) + &certified(&files);
    let proxy = proxy(nginx, &files, &files.root, ours.port, &more)?;
    gets(&proxy)?;
    let seen = ours.seen(&proxy.output())?;
    let negotiated = seen.negotiated;
    let named = negotiated.server_name.as_deref();
    if negotiated.peer_standing == PeerStanding::Verified && named == Some("localhost") {
        return Ok(());
    }
    Err(format!("{:?}, {named:?}", negotiated.peer_standing).into())
}

fn stranger_is_refused(nginx: &Program, version: ProtocolVersion) -> Result<(), Failed> {
    let files = Files::of(&stranger_client()?)?;
    let ours = Ours::serve(mutual(version), responding())?;
    let more = speaking(version) + &certified(&files);
    let proxy = proxy(nginx, &files, &files.root, ours.port, &more)?;
    let page = ask(&proxy)?;
    let error = ours.ended().err().and_then(|ended| ended.error);
    let unknown = Error::Fault(Fault::CertificateAuthorityUnknown);
    let said = proxy.output();
    if error == Some(unknown) && page.contains(" 502 ") && said.contains("alert unknown ca") {
        return Ok(());
    }
    Err(format!("ours: {error:?}; {page}; {said}").into())
}

/// It judges us once the handshake is done, and then leaves.
fn unknown_root(nginx: &Program, version: ProtocolVersion) -> Result<(), Failed> {
    let files = Files::of(several::client())?;
    let ours = Ours::serve(several::plain(version, false), responding())?;
    let more = speaking(version);
    let proxy = proxy(nginx, &files, &files.stranger, ours.port, &more)?;
    let page = ask(&proxy)?;
    let said = proxy.output();
    let left = ours.ended().is_err();
    if left && page.contains(" 502 ") && said.contains("upstream SSL certificate verify error") {
        return Ok(());
    }
    Err(format!("it left: {left}; {page}; {said}").into())
}

fn comes_back(nginx: &Program, version: ProtocolVersion) -> Result<(), Failed> {
    for keeps in Keeps::ALL {
        visits(nginx, version, keeps, false)?;
        visits(nginx, version, keeps, true)?;
    }
    Ok(())
}

fn visits(
    nginx: &Program,
    version: ProtocolVersion,
    keeps: Keeps,
    mutual: bool,
) -> Result<(), Failed> {
    let files = Files::of(several::client())?;
    let mut more = speaking(version);
    if mutual {
        more += &certified(&files);
    }
    let first = several::keeping(keeps, version, mutual)?.check()?;
    let second = several::keeping(keeps, version, mutual)?.check()?;
    let none = several::plain(version, mutual).check()?;
    let way = keeps.way(version);
    // The same server three times; then another one, as after a restart; then one that keeps none.
    let turns: &[(_, Option<Resumption>)] = &[
        (&first, None),
        (&first, way),
        (&first, way),
        (&second, None),
        (&second, way),
        (&none, None),
    ];
    let never: &[(_, _)] = &[(&first, None), (&first, None)];
    for (reuse, turns) in [("on", turns), ("off", never)] {
        let jobs = turns
            .iter()
            .map(|(server, _)| ((*server).clone(), responding()));
        let ours = Several::turns(jobs)?;
        let more = format!("{more} proxy_ssl_session_reuse {reuse};");
        let proxy = proxy(nginx, &files, &files.root, ours.port, &more)?;
        for _ in turns {
            gets(&proxy)?;
        }
        let seen = ours.seen(&proxy.output())?;
        let expected: Vec<_> = turns.iter().map(|(_, way)| *way).collect();
        resumed(&seen, &expected, mutual.then(several::client))?;
    }
    Ok(())
}
