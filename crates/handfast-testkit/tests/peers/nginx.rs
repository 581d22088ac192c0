//! nginx, as a server and as a proxy that reaches us. It runs in the foreground as one process,
//! with every file of its own in the trial's folder.

mod client;
mod server;

use std::io::{Read, Write};

use handfast::{CipherSuite, NamedGroup, ProtocolVersion};
use handfast_testkit::peer::{Program, Server, trial};
use libtest_mimic::{Failed, Trial};

use crate::classic::{ECDSA, RSA};
use crate::openssl::SUITES;
use crate::ours::{Files, SOON};

/// Groups by its names for them, which are OpenSSL's.
const GROUPS: [(NamedGroup, &str); 4] = [
    (NamedGroup::X25519, "X25519"),
    (NamedGroup::SECP256R1, "prime256v1"),
    (NamedGroup::SECP384R1, "secp384r1"),
    (NamedGroup::SECP521R1, "secp521r1"),
];

pub(super) fn trials() -> Vec<Trial> {
    let mut trials = client::trials();
    trials.extend(server::trials());
    trials
}

fn with_nginx(
    claim: &str,
    test: impl FnOnce(&Program) -> Result<(), Failed> + Send + 'static,
) -> Trial {
    let claim = format!("nginx::{claim}");
    trial(&claim, ["nginx"], move |[nginx]| test(&nginx))
}

/// Suites by its names, which are OpenSSL's.
fn suites(version: ProtocolVersion) -> Vec<(CipherSuite, &'static str)> {
    match version {
        ProtocolVersion::TLS_1_2 => [ECDSA, RSA].concat(),
        _ => SUITES[..3].to_vec(),
    }
}

/// A version by its name for it.
fn protocol(version: ProtocolVersion) -> &'static str {
    match version {
        ProtocolVersion::TLS_1_2 => "TLSv1.2",
        _ => "TLSv1.3",
    }
}

/// Starts it with one server, given what follows the port in `listen`, and its directives.
fn start(nginx: &Program, files: &Files, listen: &str, directives: &str) -> Result<Server, Failed> {
    let file = |name| files.file(name);
    let arguments = |port: u16| {
        let temporary: String = ["client_body", "proxy", "fastcgi", "uwsgi", "scgi"]
            .map(|kind| format!("{kind}_temp_path {};", file(kind)))
            .concat();
        let config = format!(
            "daemon off; master_process off; pid {}; error_log stderr info;
             events {{ worker_connections 64; }}
             http {{ access_log off; {temporary}
             server {{ listen 127.0.0.1:{port} {listen}; server_name localhost; {directives} }} }}",
            file("pid")
        );
        // Where it cannot be written nginx says so.
        let _ = std::fs::write(file("nginx.conf"), config);
        let all = ["-p", &file("."), "-c", &file("nginx.conf"), "-e", "stderr"];
        all.map(str::to_owned).to_vec()
    };
    Ok(Server::start(nginx, arguments, SOON)?)
}

/// The head and the body of an HTTP answer.
fn answer(stream: &mut (impl Read + Write)) -> std::io::Result<String> {
    stream.write_all(b"GET / HTTP/1.0\r\nHost: localhost\r\n\r\n")?;
    let mut page = String::new();
    stream.read_to_string(&mut page)?;
    Ok(page)
}
