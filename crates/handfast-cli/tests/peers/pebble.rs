//! `serve --acme` and Pebble, Let's Encrypt's server for tests.

use crate::lab::{Lab, SOON, Serving, handfast};
use handfast::config::Verification;
use handfast::stream::Stream;
use handfast::{ClientConfig, ServerName};
use handfast_testkit::peer::{Program, Server, free_port, trial};
use libtest_mimic::{Failed, Trial};
use std::net::TcpStream;
use std::time::{Duration, Instant};

pub(crate) fn trials() -> Vec<Trial> {
    vec![
        trial(
            "pebble::serve_gets_certificates_by_tls_alpn_01_and_renews_them",
            ["pebble"],
            by_tls_alpn_01,
        ),
        trial(
            "pebble::serve_gets_certificates_by_http_01_and_renews_them",
            ["pebble"],
            by_http_01,
        ),
    ]
}

fn by_tls_alpn_01([pebble]: [Program; 1]) -> Result<(), Failed> {
    renewed(&pebble, false)
}

fn by_http_01([pebble]: [Program; 1]) -> Result<(), Failed> {
    renewed(&pebble, true)
}

/// Two certificates for a name and an address, one after the other, each believed by Pebble's
/// root. It refuses every fifth nonce, and half of the authorizations that it could reuse.
fn renewed(pebble: &Program, by_http: bool) -> Result<(), Failed> {
    let lab = Lab::new();
    let [management, http, tls] = [free_port()?, free_port()?, free_port()?];
    let config = lab.file("pebble.json");
    let arguments = |port: u16| {
        let (cert, key) = (lab.file("server.pem"), lab.file("server.key"));
        let text = format!(
            r#"{{"pebble": {{"listenAddress": "127.0.0.1:{port}",
            "managementListenAddress": "127.0.0.1:{management}", "certificate": "{cert}",
            "privateKey": "{key}", "httpPort": {http}, "tlsPort": {tls},
            "retryAfter": {{"authz": 1, "order": 1}}, "certificateValidityPeriod": 18,
            "profiles": {{"default": {{"description": "short", "validityPeriod": 18}}}}}}}}"#
        );
        lab.write("pebble.json", text);
        ["-config", &config, "-strict"].map(str::to_owned).to_vec()
    };
    let quick = pebble
        .with_variable("PEBBLE_VA_NOSLEEP", "1")
        .with_variable("PEBBLE_WFE_NONCEREJECT", "20");
    let server = Server::start(&quick, arguments, SOON)?;
    let (root, own) = (lab.file("pebble.pem"), lab.file("root.pem"));
    let at = format!("https://127.0.0.1:{management}/roots/0");
    let got = handfast(&["get", "--cacert", &own, "-o", &root, &at]);
    if !got.success() {
        return Err(format!("{got:?}").into());
    }
    let directory = format!("https://127.0.0.1:{}/dir", server.port());
    let (site, dir, listen, files) = (
        lab.file("site"),
        lab.file("acme"),
        tls.to_string(),
        http.to_string(),
    );
    let mut flags = vec![&*site, "--listen", &listen, "--acme", &directory];
    flags.extend([
        "--name",
        "localhost",
        "--name",
        "127.0.0.1",
        "--acme-ca",
        &own,
    ]);
    flags.extend([
        "--acme-dir",
        &dir,
        "--acme-agree-tos",
        "--acme-mail",
        "a@host.test",
    ]);
    if by_http {
        flags.extend(["--acme-challenge", "http-01", "--acme-http-listen", &files]);
    }
    let serving = Serving::start(&flags);
    let first = shown(tls, |_| true)?;
    for host in ["localhost", "127.0.0.1"] {
        let url = format!("https://{host}:{tls}/a%20b.txt");
        let got = handfast(&["get", "--cacert", &root, &url]);
        if got.text() != "hello\n" {
            return Err(format!("{got:?}\n{}", server.output()).into());
        }
    }
    shown(tls, |leaf| leaf != first)?;
    let got = handfast(&["get", "--cacert", &root, &serving.url("/a%20b.txt")]);
    match got.text() == "hello\n" {
        true => Ok(()),
        false => Err(format!("{got:?}").into()),
    }
}

/// The first certificate shown that fits.
fn shown(port: u16, fits: impl Fn(&[u8]) -> bool) -> Result<Vec<u8>, Failed> {
    let start = Instant::now();
    loop {
        let mut config = ClientConfig::with_verification(Verification::danger_accept_anyone());
        config.common.alpn = vec![b"http/1.1".to_vec()];
        let tcp = TcpStream::connect(("127.0.0.1", port))?;
        let name = ServerName::parse("localhost").unwrap();
        let outcome = match Stream::connect(&config.check().unwrap(), name, tcp) {
            Ok(stream) => {
                let leaf = stream.negotiated().unwrap().peer_chain[0].to_vec();
                if fits(&leaf) {
                    return Ok(leaf);
                }
                "the same certificate".to_owned()
            }
            Err(error) => error.to_string(),
        };
        if start.elapsed() > SOON {
            return Err(outcome.into());
        }
        std::thread::sleep(Duration::from_millis(100));
    }
}
