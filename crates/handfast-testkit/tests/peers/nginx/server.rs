//! We reach nginx.

use std::net::TcpStream;
use std::sync::mpsc::channel;

use handfast::config::Trust;
use handfast::{AlertDescription, ClientConfig, Error, Fault, NamedGroup, ProtocolVersion, Roots};
use handfast_testkit::certificates::{self, KeyKind};
use handfast_testkit::config;
use handfast_testkit::peer::{Program, Server};
use libtest_mimic::{Failed, Trial};

use super::{GROUPS, answer, protocol, start, suites, with_nginx};
use crate::ours::{Ended, Files, Job, SOON, Seen, reach, stranger, stranger_client};
use crate::several::{self, Keeps, VERSIONS, named, resumed};

pub(super) fn trials() -> Vec<Trial> {
    let mut trials = Vec::new();
    type Test = fn(&Program, ProtocolVersion) -> Result<(), Failed>;
    let tests: [(&str, Test); 7] = [
        ("by_every_suite_and_group", every_suite_and_group),
        ("and_it_sees_our_certificate", shows_certificates),
        ("and_refuse_it_below_an_unknown_root", unknown_root),
        ("and_agree_on_a_protocol_or_are_refused", protocols),
        ("and_are_given_its_staple", staple),
        ("and_come_back_by_tickets", |nginx, version| {
            comes_back(nginx, version, Keeps::Tickets)
        }),
        ("and_come_back_by_its_cache", |nginx, version| {
            comes_back(nginx, version, Keeps::Cache)
        }),
    ];
    for version in VERSIONS {
        for (name, test) in tests {
            let claim = format!("we_reach_it_{name}_of_{}", named(version));
            trials.push(with_nginx(&claim, move |nginx| test(nginx, version)));
        }
    }
    trials.push(with_nginx("we_retry_when_it_asks", retries));
    trials
}

/// It answers with what it knows of the connection.
const TELLS: &str = r#"
    add_header X-Protocol "$ssl_protocol" always;
    add_header X-Suite "$ssl_cipher" always;
    add_header X-Group "$ssl_curve" always;
    add_header X-Reused "$ssl_session_reused" always;
    add_header X-Name "$ssl_server_name" always;
    add_header X-Alpn "$ssl_alpn_protocol" always;
    add_header X-Client "$ssl_client_s_dn" always;
    add_header X-Verified "$ssl_client_verify" always;
    location / { return 200 "a page"; }"#;

/// A server with an ECDSA and an RSA certificate.
fn serve(
    nginx: &Program,
    files: &Files,
    version: ProtocolVersion,
    more: &str,
) -> Result<Server, Failed> {
    let rsa = certificates::server(KeyKind::Rsa { bits: 2048 });
    let (rsa_chain, rsa_key) = (files.file("rsa.pem"), files.file("rsa.key"));
    std::fs::write(&rsa_chain, rsa.chain_pem())?;
    std::fs::write(&rsa_key, rsa.key_pem()?)?;
    let (chain, key, protocol) = (&files.chain, &files.key, protocol(version));
    let directives = format!(
        "ssl_certificate {chain}; ssl_certificate_key {key};
         ssl_certificate {rsa_chain}; ssl_certificate_key {rsa_key};
         ssl_protocols {protocol}; {more} {TELLS}"
    );
    start(nginx, files, "ssl http2", &directives)
}

/// Asks it that clients show a certificate below our root.
fn verifying(files: &Files) -> String {
    let root = &files.root;
    format!("ssl_verify_client on; ssl_client_certificate {root}; ssl_verify_depth 3;")
}

fn files() -> Result<Files, Failed> {
    Files::of(certificates::server(KeyKind::EcP256))
}

fn meet(server: &Server, config: ClientConfig) -> Result<(Seen, String), Ended> {
    let (tell, told) = channel();
    let job: Job<TcpStream> =
        Box::new(move |stream| tell.send(answer(stream)?).map_err(std::io::Error::other));
    let transport = server.connect(SOON).map_err(|error| Ended::of(&error))?;
    let seen = reach(config, "localhost", transport, job)?;
    let page = told.try_recv().unwrap_or_default();
    Ok((seen, page))
}

/// It answers, and its headers say these things of the connection.
fn told(server: &Server, config: ClientConfig, headers: &[(&str, &str)]) -> Result<Seen, Failed> {
    let (seen, page) =
        meet(server, config).map_err(|ended| format!("{ended}; {}", server.output()))?;
    for (name, value) in headers {
        if !page.contains(&format!("\r\nX-{name}: {value}\r\n")) {
            return Err(format!("{name}: {value} expected in {page}").into());
        }
    }
    Ok(seen)
}

fn client(version: ProtocolVersion) -> ClientConfig {
    let mut config = config::client();
    config.common.versions = vec![version];
    config
}

fn every_suite_and_group(nginx: &Program, version: ProtocolVersion) -> Result<(), Failed> {
    let curves = GROUPS.map(|(_, name)| name).join(":");
    let more = format!("ssl_ecdh_curve {curves};");
    let server = serve(nginx, &files()?, version, &more)?;
    for (suite, suite_name) in suites(version) {
        for (group, group_name) in GROUPS {
            let mut config = client(version);
            config.common.suites = vec![suite];
            // OpenSSL holds its own certificate's curve to what we list.
            config.common.groups = vec![group];
            if group != NamedGroup::SECP256R1 {
                config.common.groups.push(NamedGroup::SECP256R1);
            }
            let headers = [
                ("Protocol", protocol(version)),
                ("Suite", suite_name),
                ("Group", group_name),
                ("Reused", "."),
                ("Name", "localhost"),
            ];
            let seen = told(&server, config, &headers)?;
            if (seen.negotiated.suite, seen.negotiated.group) != (suite, group) {
                return Err(format!("{suite} and {group} were not chosen").into());
            }
        }
    }
    Ok(())
}

fn shows_certificates(nginx: &Program, version: ProtocolVersion) -> Result<(), Failed> {
    let files = files()?;
    let server = serve(nginx, &files, version, &verifying(&files))?;
    for kind in [
        KeyKind::EcP256,
        KeyKind::EcP384,
        KeyKind::EcP521,
        KeyKind::Ed25519,
        KeyKind::Rsa { bits: 2048 },
    ] {
        let mut config = client(version);
        // OpenSSL holds our certificate's curve to what we list, below TLS 1.3.
        config.common.groups = GROUPS.map(|(group, _)| group).to_vec();
        let credential = config::credential(certificates::client(kind));
        // It names the root, which issued the intermediate.
        config.credentials = vec![credential.only_for_matching_issuer()];
        let headers = [("Verified", "SUCCESS"), ("Client", "CN=Ada")];
        told(&server, config, &headers).map_err(|failed| format!("{kind:?}: {failed:?}"))?;
    }
    // It tells whom it does not let in by HTTP, without an alert.
    let mut strange = client(version);
    strange.credentials = vec![config::credential(&stranger_client()?)];
    for (config, reason) in [
        (strange, "The SSL certificate error"),
        (client(version), "No required SSL certificate was sent"),
    ] {
        let (_, page) = meet(&server, config).map_err(|ended| ended.to_string())?;
        if !page.starts_with("HTTP/1.1 400 ") || !page.contains(reason) {
            return Err(format!("{reason} expected: {page}").into());
        }
    }
    Ok(())
}

fn unknown_root(nginx: &Program, version: ProtocolVersion) -> Result<(), Failed> {
    let server = serve(nginx, &files()?, version, "")?;
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
    Ok(server.printed("alert unknown ca", SOON)?)
}

fn protocols(nginx: &Program, version: ProtocolVersion) -> Result<(), Failed> {
    let server = serve(nginx, &files()?, version, "")?;
    let config = |name: &str| {
        let mut config = client(version);
        config.common.alpn = vec![name.as_bytes().to_vec()];
        config
    };
    let seen = told(&server, config("http/1.1"), &[("Alpn", "http/1.1")])?;
    if seen.negotiated.alpn.as_deref() != Some(b"http/1.1") {
        return Err(format!("{:?}", seen.negotiated.alpn).into());
    }
    let error = meet(&server, config("imap")).err();
    let error = error.and_then(|ended| ended.error);
    if error == Some(Error::PeerAlert(AlertDescription::NO_APPLICATION_PROTOCOL)) {
        return Ok(());
    }
    Err(format!("no_application_protocol expected: {error:?}").into())
}

fn staple(nginx: &Program, version: ProtocolVersion) -> Result<(), Failed> {
    let files = files()?;
    let path = files.file("staple");
    // The shortest that it takes for one: an OCSPResponse that says "unauthorized".
    let response = [0x30, 3, 0x0a, 1, 6];
    std::fs::write(&path, response)?;
    let more = format!("ssl_stapling on; ssl_stapling_file {path};");
    let server = serve(nginx, &files, version, &more)?;
    for asked in [true, false] {
        let mut config = client(version);
        config.request_ocsp = asked;
        let seen = told(&server, config, &[])?;
        let expected = asked.then_some(&response[..]);
        if seen.negotiated.ocsp_response.as_deref() != expected {
            return Err(format!("{:?}", seen.negotiated.ocsp_response).into());
        }
    }
    Ok(())
}

fn retries(nginx: &Program) -> Result<(), Failed> {
    for (group, name) in &GROUPS[1..] {
        let more = format!("ssl_ecdh_curve {name};");
        let server = serve(nginx, &files()?, ProtocolVersion::TLS_1_3, &more)?;
        let mut config = client(ProtocolVersion::TLS_1_3);
        config.common.groups = GROUPS.map(|(group, _)| group).to_vec();
        config.key_shares = Some(vec![NamedGroup::X25519]);
        let seen = told(&server, config, &[("Group", name)])?;
        if !seen.negotiated.retried || seen.negotiated.group != *group {
            return Err(format!("no retry to {group}").into());
        }
    }
    Ok(())
}

fn comes_back(nginx: &Program, version: ProtocolVersion, keeps: Keeps) -> Result<(), Failed> {
    for mutual in [false, true] {
        let files = files()?;
        let verify = if mutual {
            verifying(&files)
        } else {
            String::new()
        };
        let keeping = match keeps {
            Keeps::Tickets => "ssl_session_tickets on; ssl_session_cache none;",
            Keeps::Cache => "ssl_session_tickets off; ssl_session_cache shared:trial:1m;",
        };
        let more = format!("{verify} {keeping}");
        let first = serve(nginx, &files, version, &more)?;
        let forgets = format!("{verify} ssl_session_tickets off; ssl_session_cache off;");
        let config = several::returning(version, mutual);
        let stays_away = ClientConfig {
            sessions: None,
            ..config.clone()
        };
        let way = keeps.way(version);
        let mut seen = Vec::new();
        for (config, way) in [
            (&config, None),
            (&config, way),
            (&config, way),
            (&stays_away, None),
        ] {
            seen.push(visit(&first, config, way.is_some(), mutual)?);
        }
        // After a restart nothing is left of the session; and a server that keeps none gives none.
        let restarted = serve(nginx, &files, version, &more)?;
        seen.push(visit(&restarted, &config, false, mutual)?);
        seen.push(visit(&restarted, &config, true, mutual)?);
        let without = serve(nginx, &files, version, &forgets)?;
        seen.push(visit(&without, &config, false, mutual)?);
        seen.push(visit(&without, &config, false, mutual)?);
        let ways = [None, way, way, None, None, way, None, None];
        resumed(&seen, &ways, Some(certificates::server(KeyKind::EcP256)))?;
    }
    Ok(())
}

/// One connection, and what it says of it.
fn visit(
    server: &Server,
    config: &ClientConfig,
    reused: bool,
    mutual: bool,
) -> Result<Seen, Failed> {
    let reused = if reused { "r" } else { "." };
    let verified = if mutual { "SUCCESS" } else { "NONE" };
    let headers = [
        ("Protocol", protocol(config.common.versions[0])),
        ("Reused", reused),
        ("Verified", verified),
    ];
    let mut headers = headers.to_vec();
    if mutual {
        headers.push(("Client", "CN=Ada"));
    }
    told(server, config.clone(), &headers)
}
