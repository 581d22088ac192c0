//! TLS 1.2 signed by SHA-1, with a peer that takes nothing else: what each side signs, and a client's
//! certificate.

use std::io::Write;
use std::net::{Ipv4Addr, TcpListener};
use std::thread;

use handfast::obsolete::OBSOLETE;
use handfast::{Negotiated, ProtocolVersion, SignatureScheme};
use handfast_testkit::certificates::{self, KeyKind};
use handfast_testkit::config;
use handfast_testkit::peer::{Program, Server};
use libtest_mimic::Failed;

use super::case::{all_lines, serve, visit};
use super::openssl::reversed;
use crate::ours::{Files, SOON, accept};

/// Each kind of key, its scheme, and suites that are signed for.
const KINDS: [(KeyKind, SignatureScheme, &str); 2] = [
    (
        KeyKind::Rsa { bits: 2048 },
        SignatureScheme::RSA_PKCS1_SHA1,
        "ECDHE-RSA-AES128-GCM-SHA256:@SECLEVEL=0",
    ),
    (
        KeyKind::EcP256,
        SignatureScheme::ECDSA_SHA1,
        "ECDHE-ECDSA-AES128-GCM-SHA256:@SECLEVEL=0",
    ),
];
const SHA1: &str = "RSA+SHA1:ECDSA+SHA1";

fn signed(told: &Negotiated, scheme: SignatureScheme) -> Result<(), String> {
    let schemes = (told.own_scheme, told.peer_scheme);
    if schemes == (Some(scheme), Some(scheme)) {
        Ok(())
    } else {
        Err(format!("signed by {schemes:?}"))
    }
}

/// The peer asks for our certificate, and takes SHA-1 alone.
pub(super) fn we_reach(openssl: &Program) -> Result<(), Failed> {
    for (kind, scheme, cipher) in KINDS {
        let files = Files::of(certificates::server(kind))?;
        let arguments = |port| {
            let address = format!("127.0.0.1:{port}");
            let mut all = vec!["s_server", "-accept", &address, "-rev", "-tls1_2"];
            all.extend(["-cipher", cipher, "-sigalgs", SHA1, "-client_sigalgs", SHA1]);
            all.extend(["-cert", &files.leaf, "-cert_chain", &files.above]);
            all.extend(["-key", &files.key, "-CAfile", &files.root]);
            all.extend(["-Verify", "3", "-verify_return_error"]);
            all.into_iter().map(str::to_owned).collect()
        };
        let server = Server::start(openssl, arguments, SOON)?;
        let mut client = config::client();
        client.common.versions = vec![ProtocolVersion::TLS_1_2];
        client.common.allow_obsolete(&OBSOLETE);
        client.credentials = vec![config::credential(certificates::client(kind))];
        let told = visit(&client.check()?, server.connect(SOON)?, reversed)
            .and_then(|told| signed(&told, scheme));
        told.map_err(|why| format!("{why}; peer: {}", server.output()))?;
    }
    Ok(())
}

/// The peer shows a certificate, and we take SHA-1 alone.
pub(super) fn reaches_us(openssl: &Program) -> Result<(), Failed> {
    for (kind, scheme, cipher) in KINDS {
        let files = Files::of(certificates::client(kind))?;
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?;
        let address = format!("127.0.0.1:{}", listener.local_addr()?.port());
        let mut server = config::mutual_server(kind);
        server.common.versions = vec![ProtocolVersion::TLS_1_2];
        server.common.allow_obsolete(&OBSOLETE);
        server.common.schemes = OBSOLETE.schemes().to_vec();
        let server = server.check()?;
        let serving = thread::spawn(move || -> Result<(), String> {
            let transport = accept(&listener).map_err(|error| error.to_string())?;
            let told = serve(&server, transport, all_lines().len())?;
            signed(&told, scheme)
        });
        let mut all = vec!["s_client", "-connect", &address, "-tls1_2"];
        all.extend(["-cipher", cipher, "-sigalgs", SHA1]);
        all.extend(["-CAfile", &files.root, "-verify_return_error", "-ign_eof"]);
        all.extend(["-cert", &files.leaf, "-cert_chain", &files.above]);
        all.extend(["-key", &files.key, "-servername", "localhost"]);
        let say = |pipe: &mut dyn Write| pipe.write_all(&all_lines());
        let outcome = openssl.talk(all, say, SOON)?;
        let ours = serving.join().map_err(|_| "our side panicked")?;
        ours.map_err(|why| format!("{why}; peer: {}{}", outcome.text(), outcome.stderr))?;
    }
    Ok(())
}
