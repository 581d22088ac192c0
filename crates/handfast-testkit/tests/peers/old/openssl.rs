//! OpenSSL's `s_client` and `s_server` at security level 0. It says itself what it has.

use std::collections::HashMap;
use std::io::Write;
use std::net::{Ipv4Addr, TcpListener};
use std::sync::Arc;
use std::thread;

use handfast::{CipherSuite, ProtocolVersion};
use handfast_crypto::legacy::finite_field::Field;
use handfast_pki::load;
use handfast_testkit::certificates;
use handfast_testkit::peer::{Program, Server};
use libtest_mimic::{Failed, Trial};

use super::case::{Case, How, IDENTITY, KEY_HEX, Side, all_lines, serve, visit};
use super::{sha1, short_secret};
use crate::ours::{Files, SOON, accept};

/// Everything that it has, nothing left out.
const ALL: &str = "ALL:COMPLEMENTOFALL:@SECLEVEL=0";

/// The trials with this OpenSSL.
pub(super) fn trials(named: &str, openssl: &Program) -> Vec<Trial> {
    let names = Arc::new(names(openssl));
    let cases = Case::all(|version, suite| {
        // Debian's has no SSL 3.0, and no method for it.
        names.contains_key(&suite) && (version != ProtocolVersion::SSL_3_0 || old(named))
    });
    let mut trials = Vec::new();
    for (case, name) in cases {
        let peer = openssl.clone();
        let claim = format!("old::{named}_is_reached_by_{name}");
        trials.push(Trial::test(claim, move || we_reach(&peer, case)));
        let (peer, names) = (openssl.clone(), Arc::clone(&names));
        let claim = format!("old::{named}_reaches_us_by_{name}");
        trials.push(Trial::test(claim, move || {
            let suite = names.get(&case.suite).ok_or("a name")?;
            reaches_us(&peer, case, suite)
        }));
    }
    let peer = openssl.clone();
    let claim = format!("old::{named}_is_reached_by_signatures_of_sha_1");
    trials.push(Trial::test(claim, move || sha1::we_reach(&peer)));
    let peer = openssl.clone();
    let claim = format!("old::{named}_reaches_us_by_signatures_of_sha_1");
    trials.push(Trial::test(claim, move || sha1::reaches_us(&peer)));
    let peer = openssl.clone();
    let claim = format!("old::{named}_and_a_shared_secret_with_zeros_at_its_front");
    trials.push(Trial::test(claim, move || {
        short_secret::is_agreed_on(&peer)
    }));
    trials
}

fn old(named: &str) -> bool {
    named != "openssl"
}

/// Its suites, by its own names.
fn names(openssl: &Program) -> HashMap<CipherSuite, String> {
    let told = openssl.run(["ciphers", "-V", ALL], b"", SOON);
    let text = told.map(|told| told.text()).unwrap_or_default();
    let rows = text.lines().filter_map(|row| {
        let mut columns = row.split_whitespace();
        let (high, low) = columns.next()?.split_once(',')?;
        let byte = |text: &str| u8::from_str_radix(text.strip_prefix("0x")?, 16).ok();
        let code = u16::from_be_bytes([byte(high)?, byte(low)?]);
        let name = columns.nth(1)?.to_owned();
        Some((CipherSuite(code), name))
    });
    rows.collect()
}

/// The flag of a version, and how its output calls it.
fn called(version: ProtocolVersion) -> (&'static str, &'static str) {
    match version {
        ProtocolVersion::SSL_3_0 => ("-ssl3", "SSLv3"),
        ProtocolVersion::TLS_1_0 => ("-tls1", "TLSv1"),
        ProtocolVersion::TLS_1_1 => ("-tls1_1", "TLSv1.1"),
        _ => ("-tls1_2", "TLSv1.2"),
    }
}

fn we_reach(openssl: &Program, case: Case) -> Result<(), Failed> {
    let files = Files::of(certificates::server(case.kind()))?;
    let field = files.folder.write("field.pem", dh_parameters())?;
    let arguments = |port| {
        let address = format!("127.0.0.1:{port}");
        let mut all = vec!["s_server", "-accept", &address, "-rev", "-cipher", ALL];
        all.push(called(case.version).0);
        all.extend(["-cert", &files.leaf, "-cert_chain", &files.above]);
        all.extend(["-key", &files.key, "-dhparam", &field]);
        all.extend(["-psk", KEY_HEX, "-psk_identity", IDENTITY]);
        match case.how {
            How::Mutual => all.extend(["-Verify", "3", "-verify_return_error"]),
            How::ById => all.push("-no_ticket"),
            How::Plain | How::ByTicket | How::Offered => {}
        }
        all.extend(["-CAfile", &files.root]);
        all.into_iter().map(str::to_owned).collect()
    };
    let server = Server::start(openssl, arguments, SOON)?;
    let client = case.client()?;
    for resumption in case.how.visits() {
        let outcome = visit(&client, server.connect(SOON)?, reversed)
            .and_then(|negotiated| case.fits(&negotiated, resumption, Side::Client));
        outcome.map_err(|why| format!("{why}; peer: {}", server.output()))?;
    }
    Ok(())
}

/// A field of RFC 3526 with 2048 bits, as DHParameter (PKCS#3). Left to itself the program takes 1024
/// bits where nobody shows a certificate.
pub(super) fn dh_parameters() -> String {
    let field = Field::of_rfc3526(2048).expect("a field of RFC 3526");
    let mut der = vec![0x30, 0x82, 1, 8, 2, 0x82, 1, 1, 0];
    der.extend_from_slice(field.prime());
    der.extend([2, 1, 2]);
    load::to_pem("DH PARAMETERS", &der).to_string()
}

/// A line as `s_server -rev` gives it back.
pub(crate) fn reversed(line: &[u8]) -> Vec<u8> {
    let letters = line.strip_suffix(b"\n").unwrap_or(line);
    letters.iter().rev().chain(b"\n").copied().collect()
}

fn reaches_us(openssl: &Program, case: Case, suite: &str) -> Result<(), Failed> {
    let files = Files::of(certificates::client(case.kind()))?;
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?;
    let address = format!("127.0.0.1:{}", listener.local_addr()?.port());
    let (server, visits) = (case.server()?, case.how.visits());
    let serving = thread::spawn(move || -> Result<(), String> {
        for resumption in visits {
            let transport = accept(&listener).map_err(|error| error.to_string())?;
            let negotiated = serve(&server, transport, all_lines().len())?;
            case.fits(&negotiated, resumption, Side::Server)?;
        }
        Ok(())
    });
    let (version, protocol) = called(case.version);
    let session = files.file("session");
    let mut said = Vec::new();
    for resumption in case.how.visits() {
        let cipher = format!("{suite}:@SECLEVEL=0");
        let mut all = vec![
            "s_client", "-connect", &address, version, "-cipher", &cipher,
        ];
        all.extend(["-CAfile", &files.root, "-verify_return_error", "-ign_eof"]);
        all.extend(["-verify_hostname", "localhost", "-servername", "localhost"]);
        all.extend(["-psk", KEY_HEX, "-psk_identity", IDENTITY]);
        match (case.how, resumption) {
            (How::Mutual, _) => {
                all.extend(["-cert", &files.leaf, "-cert_chain", &files.above]);
                all.extend(["-key", &files.key]);
            }
            (_, Some(_)) => all.extend(["-sess_in", &session]),
            (_, None) => all.extend(["-sess_out", &session]),
        }
        let say = |pipe: &mut dyn Write| pipe.write_all(&all_lines());
        let outcome = openssl.talk(all, say, SOON)?;
        let text = format!("{}{}", outcome.text(), outcome.stderr);
        let lines = String::from_utf8_lossy(&all_lines()).into_owned();
        let word = resumption.map_or("\nNew, ", |_| "\nReused, ");
        let expected = [
            word,
            &format!("    Protocol  : {protocol}\n"),
            &format!("    Cipher    : {suite}\n"),
            "Verify return code: 0 (ok)",
            lines.split_once('\n').map_or("", |(_, most)| most),
        ];
        let lacks = expected.iter().find(|part| !text.contains(**part));
        said.push(lacks.map(|part| format!("{part:?} expected in: {text}")));
    }
    let ours = serving.join().map_err(|_| "our side panicked")?;
    ours.map_err(|why| format!("{why}; peer: {said:?}"))?;
    match said.into_iter().flatten().next() {
        Some(complaint) => Err(complaint.into()),
        None => Ok(()),
    }
}
