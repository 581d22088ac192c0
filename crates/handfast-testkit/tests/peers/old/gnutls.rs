//! GnuTLS with all that it has left. It says itself what that is.

use std::collections::HashSet;
use std::io::Write;
use std::net::{Ipv4Addr, TcpListener};
use std::thread;

use handfast::{CipherSuite, ProtocolVersion};
use handfast_testkit::certificates;
use handfast_testkit::peer::{Program, trial};
use libtest_mimic::{Failed, Trial};

use super::case::{Case, How, IDENTITY, KEY_HEX, Side, all_lines, serve, visit};
use crate::gnutls::server::{Peer, printed, with_peer};
use crate::ours::{Files, SOON, accept};

/// What both programs say of a connection that went on.
const WENT_ON: &str = "This is a resumed session";

pub(super) fn trials() -> Vec<Trial> {
    let suites = Program::find("gnutls-cli").map(|program| suites(&program));
    let suites = suites.unwrap_or_default();
    // Debian's was built without SSL 3.0.
    let cases =
        Case::all(|version, suite| suites.contains(&suite) && version != ProtocolVersion::SSL_3_0);
    let mut trials = Vec::new();
    for (case, name) in cases {
        // gnutls-cli 3.7.9 crashes on its own server there, once it is connected.
        if !case.suite.to_string().contains("DHE_PSK_") {
            let claim = format!("old::gnutls_reaches_us_by_{name}");
            trials.push(trial(&claim, ["gnutls-cli"], move |[program]| {
                reaches_us(&program, case)
            }));
        }
        let claim = format!("old::gnutls_is_reached_by_{name}");
        trials.push(with_peer(&claim, move |peer| we_reach(peer, case)));
    }
    trials
}

/// The suites that it has, by their code points.
fn suites(program: &Program) -> HashSet<CipherSuite> {
    let told = program.run(["--list"], b"", SOON);
    let text = told.map(|told| told.text()).unwrap_or_default();
    let rows = text.lines().filter_map(|row| {
        let mut columns = row.split_whitespace().skip(1);
        let byte = |text: &str| {
            let digits = text.strip_prefix("0x")?.trim_end_matches(',');
            u8::from_str_radix(digits, 16).ok()
        };
        let code = [byte(columns.next()?)?, byte(columns.next()?)?];
        Some(CipherSuite(u16::from_be_bytes(code)))
    });
    rows.collect()
}

/// One version, with every cipher, MAC and key exchange. Our side names the suite.
fn priority(version: ProtocolVersion) -> String {
    let version = version.to_string().replace(' ', "");
    format!(
        "NORMAL:-VERS-ALL:+VERS-{version}:+3DES-CBC:+ARCFOUR-128:+NULL:+MD5:+SHA1:+SHA256:+SHA384:\
         +AES-128-CCM:+AES-128-CCM-8:+DHE-RSA:+RSA:+PSK:+DHE-PSK:+ECDHE-PSK:+RSA-PSK:+ANON-DH:\
         +ANON-ECDH"
    )
}

fn we_reach(peer: &Peer, case: Case) -> Result<(), Failed> {
    let files = Files::of(certificates::server(case.kind()))?;
    let priority = priority(case.version);
    let mut more = vec!["--echo", "--priority", &priority];
    match case.how {
        How::Plain | How::Offered => more.push("-a"),
        How::Mutual => more.extend(["-r", "--verify-client-cert"]),
        How::ById => more.extend(["-a", "--noticket"]),
        How::ByTicket => more.extend(["-a", "--nodb"]),
    }
    let shared = files
        .folder
        .write("psk.txt", format!("{IDENTITY}:{KEY_HEX}\n"))?;
    if case.is_shared() {
        more.extend(["--pskpasswd", &shared]);
    }
    let server = peer.start(&files, &more)?;
    let client = case.client()?;
    for resumption in case.how.visits() {
        let outcome = visit(&client, server.connect()?, <[u8]>::to_vec)
            .and_then(|negotiated| case.fits(&negotiated, resumption, Side::Client));
        outcome.map_err(|why| format!("{why}; peer: {}", printed(&files)))?;
    }
    Ok(())
}

fn reaches_us(program: &Program, case: Case) -> Result<(), Failed> {
    let files = Files::of(certificates::client(case.kind()))?;
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?;
    let port = listener.local_addr()?.port().to_string();
    let (server, visits) = (case.server()?, case.how.visits());
    let comes_back = visits.len() > 1;
    let serving = thread::spawn(move || -> Result<(), String> {
        let last = visits.len().saturating_sub(1);
        for (at, resumption) in visits.into_iter().enumerate() {
            let transport = accept(&listener).map_err(|error| error.to_string())?;
            // Before it comes back it says nothing.
            let bytes = if at == last { all_lines().len() } else { 0 };
            let negotiated = serve(&server, transport, bytes)?;
            case.fits(&negotiated, resumption, Side::Server)?;
        }
        Ok(())
    });
    let priority = priority(case.version);
    let mut all = vec!["--verbose", "--port", &port, "--priority", &priority];
    all.extend(["--x509cafile", &files.root, "--sni-hostname", "localhost"]);
    all.extend(["--verify-hostname", "localhost", "127.0.0.1"]);
    if comes_back {
        all.push("--resume");
    }
    if case.is_shared() {
        all.extend(["--pskusername", IDENTITY, "--pskkey", KEY_HEX]);
    }
    if case.how == How::Mutual {
        all.extend(["--x509certfile", &files.chain, "--x509keyfile", &files.key]);
    }
    let say = |pipe: &mut dyn Write| pipe.write_all(&all_lines());
    let outcome = program.talk(all, say, SOON)?;
    let text = format!("{}{}", outcome.text(), outcome.stderr);
    let ours = serving.join().map_err(|_| "our side panicked")?;
    ours.map_err(|why| format!("{why}; peer: {text}"))?;
    // It leaves at our close_notify without printing all that came before.
    let lines = String::from_utf8_lossy(&all_lines()).into_owned();
    let lines = lines.trim().rsplit_once('\n').map_or("", |(most, _)| most);
    let version = case.version.to_string().replace(' ', "");
    let good = text.contains(WENT_ON) == comes_back
        && text.contains(lines)
        && text.contains(&format!("- Description: ({version}-"))
        && (case.is_nameless() || text.contains("The certificate is trusted"));
    if good {
        return Ok(());
    }
    Err(text.into())
}
