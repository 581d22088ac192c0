//! NSS, which speaks SSL 3.0 still: its `tstclnt` reaches us.

use std::io::{self, Read, Write};
use std::net::{Ipv4Addr, TcpListener, TcpStream};
use std::thread;

use handfast::stream::Stream;
use handfast::{CipherSuite, Negotiated, ProtocolVersion, Server};
use handfast_testkit::certificates;
use handfast_testkit::peer::{Program, trial};
use libtest_mimic::{Failed, Trial};

use super::case::{Case, How, Side, all_lines};
use crate::ours::{Files, SOON, accept};

pub(super) fn trials() -> Vec<Trial> {
    let cases = Case::all(|_, suite| has(suite)).into_iter();
    // It comes back within one run only, where it says nothing that could be compared.
    let cases = cases.filter(|(case, _)| !matches!(case.how, How::ById | How::ByTicket));
    let trials = cases.map(|(case, name)| {
        let claim = format!("old::nss_reaches_us_by_{name}");
        let needs = ["tstclnt", "certutil", "pk12util", "openssl"];
        trial(&claim, needs, move |programs| reaches_us(&programs, case))
    });
    trials.collect()
}

/// It has neither shared keys nor anonymous suites before TLS 1.3, nor CCM, and NULL with RSA alone.
fn has(suite: CipherSuite) -> bool {
    let name = suite.to_string();
    let lacks = ["PSK", "_anon_", "_CCM", "_ECDSA_WITH_NULL"];
    !lacks.iter().any(|part| name.contains(part))
}

/// Makes a database of certificates: the root that it trusts, and what the client may show.
fn database(programs: &[Program; 4], files: &Files) -> Result<String, Failed> {
    let [_, certutil, pk12util, openssl] = programs;
    let folder = files.file("nss");
    std::fs::create_dir(&folder)?;
    let base = format!("sql:{folder}");
    let keys = files.file("keys.p12");
    let run = |program: &Program, words: &[&str]| -> Result<(), Failed> {
        let outcome = program.run(words, b"", SOON)?;
        match outcome.success() {
            true => Ok(()),
            false => Err(format!("{words:?}: {}{}", outcome.text(), outcome.stderr).into()),
        }
    };
    run(certutil, &["-N", "-d", &base, "--empty-password"])?;
    let root = [
        "-A",
        "-d",
        &base,
        "-n",
        "root",
        "-t",
        "C,,",
        "-i",
        &files.root,
    ];
    run(certutil, &root)?;
    let mut export = vec![
        "pkcs12",
        "-export",
        "-in",
        &files.chain,
        "-inkey",
        &files.key,
    ];
    export.extend(["-name", "client", "-out", &keys, "-passout", "pass:"]);
    run(openssl, &export)?;
    run(pk12util, &["-i", &keys, "-d", &base, "-W", ""])?;
    Ok(base)
}

/// What comes goes back, and the connection ends: it waits for that, whatever was said by an alert.
fn echo(server: &Server, transport: TcpStream) -> io::Result<Negotiated> {
    let mut stream = Stream::accept(server, transport)?;
    let mut data = vec![0; all_lines().len()];
    stream.read_exact(&mut data)?;
    stream.write_all(&data)?;
    let negotiated = stream.negotiated().cloned();
    stream.close()?;
    negotiated.ok_or_else(|| io::Error::other("nothing was agreed on"))
}

fn reaches_us(programs: &[Program; 4], case: Case) -> Result<(), Failed> {
    let files = Files::of(certificates::client(case.kind()))?;
    let base = database(programs, &files)?;
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?;
    let port = listener.local_addr()?.port().to_string();
    let server = case.server()?;
    let serving = thread::spawn(move || -> Result<(), String> {
        let transport = accept(&listener).map_err(|error| error.to_string())?;
        let negotiated = echo(&server, transport).map_err(|error| format!("our side: {error}"))?;
        case.fits(&negotiated, None, Side::Server)
    });
    let version = match case.version {
        ProtocolVersion::SSL_3_0 => "ssl3:ssl3",
        ProtocolVersion::TLS_1_0 => "tls1.0:tls1.0",
        ProtocolVersion::TLS_1_1 => "tls1.1:tls1.1",
        _ => "tls1.2:tls1.2",
    };
    let cipher = format!(":{:04X}", case.suite.0);
    let mut words = vec![
        "-4",
        "-h",
        "localhost",
        "-p",
        &port,
        "-d",
        &base,
        "-V",
        version,
    ];
    words.extend(["-c", &cipher, "-f", "-G"]);
    if case.how == How::Mutual {
        words.extend(["-n", "client"]);
    }
    let lines = files.folder.write("lines", all_lines())?;
    words.extend(["-A", &lines]);
    let outcome = programs[0].run(words, b"", SOON)?;
    let text = format!("{}{}", outcome.text(), outcome.stderr);
    let ours = serving.join().map_err(|_| "our side panicked")?;
    ours.map_err(|why| format!("{why}; peer: {text}"))?;
    let lines = String::from_utf8_lossy(&all_lines()).into_owned();
    match text.contains(lines.trim()) {
        true => Ok(()),
        false => Err(text.into()),
    }
}
