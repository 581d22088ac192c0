//! TLS 1.2 with OpenSSL, each side in each role.

use handfast::ProtocolVersion;
use handfast::connection::PeerStanding;
use handfast::obsolete::COMPATIBLE;
use handfast::stream::Stream;
use handfast::{CipherSuite, ClientConfig, ServerConfig, ServerName};
use handfast_ca::issued::Issued;
use handfast_testkit::certificates::{self, KeyKind};
use handfast_testkit::config;
use handfast_testkit::peer::{Folder, Program, Server, trial};
use libtest_mimic::{Failed, Trial};
use std::io::{Read, Write};
use std::net::TcpListener;
use std::time::Duration;

const SOON: Duration = Duration::from_secs(20);

pub(super) const ECDSA: [(CipherSuite, &str); 3] = [
    (
        CipherSuite::TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256,
        "ECDHE-ECDSA-AES128-GCM-SHA256",
    ),
    (
        CipherSuite::TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384,
        "ECDHE-ECDSA-AES256-GCM-SHA384",
    ),
    (
        CipherSuite::TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256,
        "ECDHE-ECDSA-CHACHA20-POLY1305",
    ),
];
pub(super) const RSA: [(CipherSuite, &str); 3] = [
    (
        CipherSuite::TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256,
        "ECDHE-RSA-AES128-GCM-SHA256",
    ),
    (
        CipherSuite::TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384,
        "ECDHE-RSA-AES256-GCM-SHA384",
    ),
    (
        CipherSuite::TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305_SHA256,
        "ECDHE-RSA-CHACHA20-POLY1305",
    ),
];

/// What is allowed by name alone, and Debian's OpenSSL still has.
pub(super) const OBSOLETE_ECDSA: [(CipherSuite, &str); 4] = [
    (
        CipherSuite::TLS_ECDHE_ECDSA_WITH_AES_128_CBC_SHA,
        "ECDHE-ECDSA-AES128-SHA",
    ),
    (
        CipherSuite::TLS_ECDHE_ECDSA_WITH_AES_256_CBC_SHA,
        "ECDHE-ECDSA-AES256-SHA",
    ),
    (
        CipherSuite::TLS_ECDHE_ECDSA_WITH_AES_128_CBC_SHA256,
        "ECDHE-ECDSA-AES128-SHA256",
    ),
    (
        CipherSuite::TLS_ECDHE_ECDSA_WITH_AES_256_CBC_SHA384,
        "ECDHE-ECDSA-AES256-SHA384",
    ),
];
const OBSOLETE_RSA: [(CipherSuite, &str); 10] = [
    (
        CipherSuite::TLS_ECDHE_RSA_WITH_AES_128_CBC_SHA,
        "ECDHE-RSA-AES128-SHA",
    ),
    (
        CipherSuite::TLS_ECDHE_RSA_WITH_AES_256_CBC_SHA,
        "ECDHE-RSA-AES256-SHA",
    ),
    (
        CipherSuite::TLS_ECDHE_RSA_WITH_AES_128_CBC_SHA256,
        "ECDHE-RSA-AES128-SHA256",
    ),
    (
        CipherSuite::TLS_ECDHE_RSA_WITH_AES_256_CBC_SHA384,
        "ECDHE-RSA-AES256-SHA384",
    ),
    (
        CipherSuite::TLS_RSA_WITH_AES_128_GCM_SHA256,
        "AES128-GCM-SHA256",
    ),
    (
        CipherSuite::TLS_RSA_WITH_AES_256_GCM_SHA384,
        "AES256-GCM-SHA384",
    ),
    (
        CipherSuite::TLS_RSA_WITH_AES_128_CBC_SHA256,
        "AES128-SHA256",
    ),
    (
        CipherSuite::TLS_RSA_WITH_AES_256_CBC_SHA256,
        "AES256-SHA256",
    ),
    (CipherSuite::TLS_RSA_WITH_AES_128_CBC_SHA, "AES128-SHA"),
    (CipherSuite::TLS_RSA_WITH_AES_256_CBC_SHA, "AES256-SHA"),
];

/// One handshake to try.
#[derive(Clone, Copy)]
struct Case {
    kind: KeyKind,
    suite: CipherSuite,
    openssl_name: &'static str,
    mutual: bool,
}

pub(super) fn trials() -> Vec<Trial> {
    let mut trials = Vec::new();
    for (kind, suites) in [
        (KeyKind::EcP256, &ECDSA[..]),
        (KeyKind::EcP384, &ECDSA),
        (KeyKind::Ed25519, &ECDSA),
        (KeyKind::Rsa { bits: 2048 }, &RSA),
        (KeyKind::EcP256, &OBSOLETE_ECDSA),
        (KeyKind::Rsa { bits: 2048 }, &OBSOLETE_RSA),
    ] {
        for &(suite, openssl_name) in suites {
            for mutual in [false, true] {
                let case = Case {
                    kind,
                    suite,
                    openssl_name,
                    mutual,
                };
                let name = format!(
                    "{openssl_name}_{kind:?}{}",
                    if mutual { "_mutual" } else { "" }
                );
                trials.push(trial(
                    &format!("classic::client_to_openssl_{name}"),
                    ["openssl"],
                    move |[openssl]| client_to_openssl(&openssl, case),
                ));
                trials.push(trial(
                    &format!("classic::openssl_to_server_{name}"),
                    ["openssl"],
                    move |[openssl]| openssl_to_server(&openssl, case),
                ));
            }
        }
    }
    trials
}

fn client_config(case: Case) -> ClientConfig {
    let mut client = config::client();
    client.common.versions = vec![ProtocolVersion::TLS_1_2];
    client.common.suites = vec![case.suite];
    client.common.obsolete = Some(&COMPATIBLE);
    if case.mutual {
        client.credentials = vec![config::credential(certificates::client(case.kind))];
    }
    client
}

fn server_config(case: Case) -> ServerConfig {
    let mut server = if case.mutual {
        config::mutual_server(case.kind)
    } else {
        config::server(case.kind)
    };
    server.common.versions = vec![ProtocolVersion::TLS_1_2];
    server.common.allow_obsolete(&COMPATIBLE);
    server
}

/// Writes chain, key and root as files that OpenSSL reads.
fn files(folder: &Folder, issued: &Issued) -> Result<[String; 3], Failed> {
    Ok([
        folder.write("chain.pem", issued.chain_pem())?,
        folder.write("key.pem", issued.key_pem()?)?,
        folder.write("root.pem", certificates::root().root_pem())?,
    ])
}

fn client_to_openssl(openssl: &Program, case: Case) -> Result<(), Failed> {
    let folder = Folder::new()?;
    let [chain, key, root] = files(&folder, certificates::server(case.kind))?;
    let server = Server::start(
        openssl,
        |port| {
            let mut args: Vec<String> = ["s_server", "-tls1_2", "-rev", "-naccept", "1"]
                .map(str::to_owned)
                .to_vec();
            args.extend(["-accept".to_owned(), format!("127.0.0.1:{port}")]);
            args.extend([
                "-cert".to_owned(),
                chain.clone(),
                "-cert_chain".to_owned(),
                chain.clone(),
            ]);
            args.extend(["-key".to_owned(), key.clone()]);
            if case.mutual {
                args.extend([
                    "-Verify".to_owned(),
                    "3".to_owned(),
                    "-verify_return_error".to_owned(),
                ]);
                args.extend(["-CAfile".to_owned(), root.clone()]);
            }
            args
        },
        SOON,
    )?;
    let client = client_config(case).check()?;
    let mut stream = Stream::connect(
        &client,
        ServerName::parse("localhost")?,
        server.connect(SOON)?,
    )
    .map_err(|error| format!("{error}; the server said: {}", server.output()))?;
    stream.write_all(b"handfast\n")?;
    let mut answer = [0; 9];
    stream.read_exact(&mut answer)?;
    if &answer != b"tsafdnah\n" {
        return Err(format!("the server reversed it to {answer:?}").into());
    }
    let negotiated = stream.negotiated().ok_or("nothing was negotiated")?;
    if negotiated.version != ProtocolVersion::TLS_1_2
        || negotiated.suite != case.suite
        || !negotiated.extended_master_secret
        || negotiated.peer_standing != PeerStanding::Verified
        || negotiated.own_scheme.is_some() != case.mutual
    {
        return Err(format!("{negotiated:?}").into());
    }
    Ok(stream.close()?)
}

fn openssl_to_server(openssl: &Program, case: Case) -> Result<(), Failed> {
    let listener = TcpListener::bind("127.0.0.1:0")?;
    let port = listener.local_addr()?.port();
    let server = server_config(case).check()?;
    let serving = std::thread::spawn(move || -> Result<PeerStanding, String> {
        let (transport, _) = listener.accept().map_err(|error| error.to_string())?;
        transport
            .set_read_timeout(Some(SOON))
            .map_err(|error| error.to_string())?;
        let mut stream = Stream::accept(&server, transport).map_err(|error| error.to_string())?;
        let mut line = [0; 9];
        stream
            .read_exact(&mut line)
            .map_err(|error| error.to_string())?;
        stream.write_all(&line).map_err(|error| error.to_string())?;
        let standing = stream
            .negotiated()
            .map(|negotiated| negotiated.peer_standing);
        stream.close().map_err(|error| error.to_string())?;
        standing.ok_or_else(|| "nothing was negotiated".to_owned())
    });
    let folder = Folder::new()?;
    let [chain, key, root] = files(&folder, certificates::client(case.kind))?;
    let connect = format!("127.0.0.1:{port}");
    let mut args = vec![
        "s_client",
        "-tls1_2",
        "-connect",
        &connect,
        "-servername",
        "localhost",
    ];
    args.extend([
        "-CAfile",
        &root,
        "-verify_return_error",
        "-verify_hostname",
        "localhost",
    ]);
    args.extend(["-cipher", case.openssl_name, "-ign_eof"]);
    if case.mutual {
        args.extend(["-cert", &chain, "-cert_chain", &chain, "-key", &key]);
    }
    let outcome = openssl.run(args, b"handfast\n", SOON)?;
    let standing = serving.join().map_err(|_| "the server panicked")??;
    let wanted = if case.mutual {
        PeerStanding::Verified
    } else {
        PeerStanding::NotAsked
    };
    let said = outcome.text();
    let good = standing == wanted
        && said.contains(&format!("Cipher is {}", case.openssl_name))
        && said.contains("Extended master secret: yes")
        && said.contains("Verify return code: 0 (ok)")
        && said.contains("\nhandfast\n");
    if good {
        Ok(())
    } else {
        Err(format!("{standing:?}: {said}{}", outcome.stderr).into())
    }
}
