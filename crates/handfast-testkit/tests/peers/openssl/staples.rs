//! Stapled OCSP responses, made by OpenSSL and carried both ways in both versions.

use std::net::TcpStream;

use handfast::{ClientConfig, ProtocolVersion, ServerConfig};
use handfast_ca::issued::Issued;
use handfast_testkit::certificates::{self, KeyKind};
use handfast_testkit::config;
use handfast_testkit::peer::{Program, trial};
use libtest_mimic::{Failed, Trial};

use super::server::REVERSED;
use super::{client, server};
use crate::ours::{Files, Job, LINE, SOON, ask, server_for};
use crate::several::{VERSIONS, named};

pub(super) fn trials() -> Vec<Trial> {
    let mut trials = Vec::new();
    for version in VERSIONS {
        let tls = named(version);
        let claim = format!("openssl::s_client_reads_our_staple_by_{tls}");
        trials.push(trial(&claim, ["openssl"], move |[openssl]| {
            it_reads(&openssl, version)
        }));
        let claim = format!("openssl::we_are_given_the_staple_of_s_server_by_{tls}");
        trials.push(trial(&claim, ["openssl"], move |[openssl]| {
            we_read(&openssl, version)
        }));
    }
    trials
}

/// A server right below the root, and what the root says of it: that it is good.
struct Stapled {
    issued: Issued,
    files: Files,
    response: Vec<u8>,
    /// The file that the response is in.
    path: String,
}

impl Stapled {
    fn new(openssl: &Program) -> Result<Self, Failed> {
        let issued = server_for("localhost", KeyKind::EcP256)?;
        let mut files = Files::of(&issued)?;
        // Nothing lies between, and s_server wants something.
        files.above.clone_from(&files.root);
        let (index, key) = (files.file("index"), files.file("root.key"));
        std::fs::write(&key, certificates::root().own().key_pem()?)?;
        let serial = openssl.run(["x509", "-serial", "-noout", "-in", &files.leaf], b"", SOON)?;
        let serial = serial.text().trim().replace("serial=", "");
        std::fs::write(
            &index,
            format!("V\t491231235959Z\t\t{serial}\tunknown\t/CN=localhost\n"),
        )?;
        let path = files.file("staple");
        let (root, leaf) = (&files.root, &files.leaf);
        let mut arguments = vec!["ocsp", "-index", &index, "-CA", root, "-issuer", root];
        arguments.extend(["-rsigner", root, "-rkey", &key, "-cert", leaf]);
        arguments.extend(["-respout", &path, "-ndays", "1", "-noverify"]);
        let outcome = openssl.run(arguments, b"", SOON)?;
        let response = std::fs::read(&path).map_err(|_| outcome.stderr)?;
        Ok(Self {
            issued,
            files,
            response,
            path,
        })
    }
}

fn it_reads(openssl: &Program, version: ProtocolVersion) -> Result<(), Failed> {
    let stapled = Stapled::new(openssl)?;
    let bare = config::credential(&stapled.issued);
    let with = bare.clone().with_ocsp_response(stapled.response.clone());
    for (credential, asked, words) in [
        (
            &with,
            true,
            &["OCSP Response Status: successful", "Cert Status: good"][..],
        ),
        (&with, false, &[]),
        (&bare, true, &["OCSP response: no response sent"]),
    ] {
        let mut config = ServerConfig::new(credential.clone());
        config.common.versions = vec![version];
        let more: &[&str] = if asked { &["-status"] } else { &[] };
        let (text, _) = client::talks(openssl, config, &stapled.files, more)?;
        let all = words.iter().all(|word| text.contains(word));
        if !all || (words.is_empty() && text.contains("OCSP")) {
            return Err(format!("{words:?} expected in: {text}").into());
        }
    }
    Ok(())
}

fn we_read(openssl: &Program, version: ProtocolVersion) -> Result<(), Failed> {
    let stapled = Stapled::new(openssl)?;
    let with = server::start(openssl, &stapled.files, &["-status_file", &stapled.path])?;
    let bare = server::start(openssl, &stapled.files, &[])?;
    for (server, asked, expected) in [
        (&with, true, Some(&stapled.response)),
        (&with, false, None),
        (&bare, true, None),
    ] {
        let mut config: ClientConfig = config::client();
        config.common.versions = vec![version];
        config.request_ocsp = asked;
        let job: Job<TcpStream> = ask(LINE, REVERSED);
        let seen = server::meet(server, config, "localhost", job)
            .map_err(|ended| format!("{ended}; {}", server.output()))?;
        if seen.negotiated.ocsp_response.as_deref() != expected.map(Vec::as_slice) {
            return Err(format!("{:?}", seen.negotiated.ocsp_response).into());
        }
    }
    Ok(())
}
