//! Encrypted ClientHello (RFC 9849) with NSS, whose 3.87 speaks the draft that became it, both ways: accepted,
//! after a HelloRetryRequest, and with a list that is out of date.

use handfast::ech::{EchConfigList, EchKey};
use handfast_pki::load::to_pem;
use handfast_testkit::certificates::{self, KeyKind};
use handfast_testkit::ech;
use handfast_testkit::peer::{Program, Server, trial};
use libtest_mimic::{Failed, Trial};
use rustls_pki_types::pem::PemObject;
use rustls_pki_types::{EchConfigListBytes, PrivatePkcs8KeyDer};

use crate::ech::{GROUPS, accepted, certificate, client, meet, server, told, turned_away};
use crate::nss::database::{DATABASE, database};
use crate::ours::{Files, LINE, Ours, SOON, ask, echo, reach};

pub(super) fn trials() -> Vec<Trial> {
    type Reaches = fn(&Program) -> Result<(), Failed>;
    let reaches: [(&str, Reaches); 2] = [
        ("tstclnt_hides_whom_it_asks_us_for", reaches_us),
        ("tstclnt_is_told_by_what_to_come_back", is_told),
    ];
    let reaches = reaches.map(|(name, test)| {
        let claim = format!("nss::ech_{name}");
        trial(&claim, ["tstclnt"], move |[program]| test(&program))
    });
    type Reached = fn(&Nss) -> Result<(), Failed>;
    let reached: [(&str, Reached); 2] = [
        ("selfserv_answers_what_we_hide", we_reach),
        ("selfserv_tells_us_by_what_to_come_back", tells_us),
    ];
    let reached = reached.map(|(name, test)| {
        let claim = format!("nss::ech_{name}");
        let needed = ["selfserv", "certutil", "pk12util"];
        trial(&claim, needed, move |programs| test(&Nss::of(programs)?))
    });
    reaches.into_iter().chain(reached).collect()
}

fn tstclnt(program: &Program, ours: &Ours, list: &EchConfigList) -> Result<String, Failed> {
    let files = Files::of(certificates::server(KeyKind::EcP256))?;
    let line = files.file("line");
    std::fs::write(&line, LINE)?;
    let (port, list) = (ours.port.to_string(), list.to_base64());
    let mut words = vec!["-4", "-h", "localhost", "-p", &port, "-D", "-o"];
    words.extend(["-V", "tls1.3:tls1.3", "-A", &line, "-N", &list]);
    let outcome = program.run(words, b"", SOON)?;
    Ok(format!("{}{}", outcome.text(), outcome.stderr))
}

fn reaches_us(program: &Program) -> Result<(), Failed> {
    let keys = [ech::key(1), ech::key(2)];
    for (groups, retried) in [(&GROUPS[..1], false), (&GROUPS[1..], true)] {
        let ours = Ours::serve(server(&keys, groups), echo(LINE.len()))?;
        let said = tstclnt(program, &ours, &ech::list(&keys))?;
        accepted(&ours.seen(&said)?, retried)?;
    }
    Ok(())
}

fn is_told(program: &Program) -> Result<(), Failed> {
    let ours = Ours::serve(server(&[ech::key(1)], &GROUPS), echo(LINE.len()))?;
    let said = tstclnt(program, &ours, &ech::list(&[ech::key(9)]))?;
    turned_away(ours.ended()).map_err(|why| format!("{why:?}: {said}").into())
}

/// Its server, and a database with the certificate.
struct Nss {
    selfserv: Program,
    files: Files,
}

impl Nss {
    fn of([selfserv, certutil, pk12util]: [Program; 3]) -> Result<Self, Failed> {
        let issued = certificate()?;
        let files = Files::of(&issued)?;
        database(&files, &issued, &certutil, &pk12util)?;
        Ok(Self { selfserv, files })
    }

    fn serve(&self, key: &EchKey, groups: &str) -> Result<Server, Failed> {
        let database = self.files.file(DATABASE);
        let key = base64(&its_form(key)?);
        let arguments = |port: u16| {
            let port = port.to_string();
            let words = ["-n", "localhost", "-p", &port, "-d", &database, "-v"];
            let more = ["-V", "tls1.3:tls1.3", "-I", groups, "-X", &key];
            words.into_iter().chain(more).map(str::to_owned).collect()
        };
        Ok(Server::start(&self.selfserv, arguments, SOON)?)
    }
}

/// What `-X` takes: an X25519 key as NSS writes it, which knows the curve by a number of its own, and the list.
fn its_form(key: &EchKey) -> Result<Vec<u8>, Failed> {
    let pem = key.to_pem();
    let pkcs8 = PrivatePkcs8KeyDer::from_pem_slice(pem.as_bytes())?;
    let list = EchConfigListBytes::from_pem_slice(pem.as_bytes())?;
    let private = pkcs8.secret_pkcs8_der().get(16..48).ok_or("no key")?;
    // ECHConfigList, version, length, id and KEM stand before the public key and its length.
    let public = list.get(11..43).ok_or("no public key")?;
    let der = [ITS_PKCS8, private, &[0xa1, 0x23, 3, 0x21, 0], public].concat();
    let length = u16::try_from(der.len())?.to_be_bytes();
    Ok([&length[..], &der, &list].concat())
}

/// PKCS#8 of a key on `1.3.6.1.4.1.11591.15.1`, up to its private half.
const ITS_PKCS8: &[u8] = &[
    0x30, 0x67, 0x02, 0x01, 0x00, 0x30, 0x14, 0x06, 0x07, 0x2a, 0x86, 0x48, 0xce, 0x3d, 0x02, 0x01,
    0x06, 0x09, 0x2b, 0x06, 0x01, 0x04, 0x01, 0xda, 0x47, 0x0f, 0x01, 0x04, 0x4c, 0x30, 0x4a, 0x02,
    0x01, 0x01, 0x04, 0x20,
];

fn base64(bytes: &[u8]) -> String {
    let pem = to_pem("ECH", bytes);
    pem.lines().filter(|line| !line.contains('-')).collect()
}

fn we_reach(nss: &Nss) -> Result<(), Failed> {
    let key = ech::key(1);
    for (groups, retried) in [("x25519", false), ("P384", true)] {
        let server = nss.serve(&key, groups)?;
        let config = client(&ech::list(std::slice::from_ref(&key)), &GROUPS);
        let transport = server.connect(SOON)?;
        let job = ask("GET / HTTP/1.0\r\n\r\n", "HTTP/1.0 200 OK");
        let seen = reach(config, "localhost", transport, job)
            .map_err(|ended| format!("{ended}; {}", server.output()))?;
        accepted(&seen, retried)?;
    }
    Ok(())
}

fn tells_us(nss: &Nss) -> Result<(), Failed> {
    let key = ech::key(1);
    let server = nss.serve(&key, "x25519")?;
    let old = client(&ech::list(&[ech::key(9)]), &GROUPS);
    told(meet(&server, old, LINE), &ech::list(&[key]))
}
