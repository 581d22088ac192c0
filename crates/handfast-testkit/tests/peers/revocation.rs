//! CRLs and OCSP responses that OpenSSL makes, judged by us; and our OCSP request, answered.

use std::time::Duration;

use handfast_ca::authority::Authority;
use handfast_ca::profile::{AlternativeName, Validity};
use handfast_pki::certificate::Certificate;
use handfast_pki::crl::Crl;
use handfast_pki::ocsp::request::{IdHash, ocsp_request};
use handfast_pki::roots::Roots;
use handfast_pki::verify::policy::Policy;
use handfast_pki::verify::revocation::{Mode, OcspAnswer, Revocation};
use handfast_pki::verify::{Purpose, Request, verify};
use handfast_testkit::certificates::{self, KeyKind};
use handfast_testkit::peer::{Folder, Program, trial};
use libtest_mimic::{Failed, Trial};

const SOON: Duration = Duration::from_secs(20);
const NONCE: [u8; 32] = [7; 32];
const REVOKED: &str = "revoked on 2026-01-01T00:00:00Z (keyCompromise)";

pub(super) fn trials() -> Vec<Trial> {
    let mut trials = Vec::new();
    for revoked in [false, true] {
        let claim = format!("revocation::openssl_crl_revoked_{revoked}");
        trials.push(trial(&claim, ["openssl"], move |[openssl]| {
            crl(&openssl, &World::new(revoked)?)
        }));
        for hash in [IdHash::Sha1, IdHash::Sha256] {
            let claim = format!("revocation::openssl_ocsp_{hash:?}_revoked_{revoked}");
            trials.push(trial(&claim, ["openssl"], move |[openssl]| {
                ocsp(&openssl, &World::new(revoked)?, hash)
            }));
        }
    }
    trials
}

/// An authority's files as `openssl ca` keeps them, with one certificate in its index.
struct World {
    folder: Folder,
    root: Vec<u8>,
    leaf: Vec<u8>,
    revoked: bool,
}

impl World {
    fn new(revoked: bool) -> Result<Self, Failed> {
        let days = Validity::days(certificates::now_unix(), 30);
        let authority = Authority::new("Revoker", days, KeyKind::EcP256)?;
        let names = [AlternativeName::dns("localhost")];
        let issued = authority.issue_server(&names, days, KeyKind::EcP256)?;
        let leaf = issued.chain().first().ok_or("an empty chain")?.to_vec();
        let serial = Certificate::parse(&leaf)?.serial().to_vec();
        let without_sign = serial.strip_prefix(&[0]).unwrap_or(&serial);
        let serial: String = without_sign
            .iter()
            .map(|byte| format!("{byte:02X}"))
            .collect();
        let folder = Folder::new()?;
        folder.write("root.pem", authority.root_pem())?;
        folder.write("key.pem", authority.own().key_pem()?)?;
        let state = if revoked {
            "R\t491231235959Z\t260101000000Z,keyCompromise"
        } else {
            "V\t491231235959Z\t"
        };
        let index = format!("{state}\t{serial}\tunknown\t/CN=localhost\n");
        let index = folder.write("index.txt", index)?;
        let number = folder.write("crlnumber", "0A\n")?;
        let config = format!(
            "[ca]\ndefault_ca=d\n[d]\ndatabase={index}\ncrlnumber={number}\ndefault_md=sha256\n\
             crl_extensions=x\n[x]\nauthorityKeyIdentifier=keyid\n"
        );
        folder.write("ca.cnf", config)?;
        Ok(Self {
            folder,
            root: authority.root_der().to_vec(),
            leaf,
            revoked,
        })
    }

    /// We say of the leaf what OpenSSL's index says.
    fn agrees(&self, revocation: Revocation<'_>) -> Result<(), Failed> {
        let mut roots = Roots::new();
        roots.add(self.root.clone().into())?;
        let answer = verify(&Request {
            chain: &[&self.leaf],
            roots: &roots,
            purpose: Purpose::ServerAuth,
            key_usage: None,
            name: None,
            at_unix_s: i64::try_from(certificates::now_unix())?,
            policy: &Policy::MODERN,
            leaf_key: None,
            facts: None,
            revocation: Revocation {
                mode: Mode::HardFail,
                ..revocation
            },
        });
        match (answer, self.revoked) {
            (Ok(_), false) => Ok(()),
            (Err(refused), true) if refused.reason().to_string().starts_with(REVOKED) => Ok(()),
            (answer, _) => Err(format!("{answer:?}").into()),
        }
    }
}

fn crl(openssl: &Program, world: &World) -> Result<(), Failed> {
    let file = |name| world.folder.file(name);
    let (config, key, root) = (file("ca.cnf"), file("key.pem"), file("root.pem"));
    let (pem, der) = (file("list.pem"), file("list.der"));
    let made = ["ca", "-config", &config, "-gencrl", "-crldays", "7"];
    let made = [&made[..], &["-keyfile", &key, "-cert", &root, "-out", &pem]].concat();
    let made = openssl.run(made, b"", SOON)?;
    let convert = ["crl", "-in", &pem, "-outform", "DER", "-out", &der];
    let converted = openssl.run(convert, b"", SOON)?;
    if !converted.success() {
        return Err(format!("{}{}", made.stderr, converted.stderr).into());
    }
    let der = std::fs::read(der)?;
    let crls = [Crl::parse(&der)?];
    assert_eq!(crls.first().map(Crl::number), Some(&[10][..]));
    world.agrees(Revocation {
        crls: &crls,
        ..Revocation::default()
    })
}

fn ocsp(openssl: &Program, world: &World, hash: IdHash) -> Result<(), Failed> {
    let (root, leaf) = (
        Certificate::parse(&world.root)?,
        Certificate::parse(&world.leaf)?,
    );
    let request = ocsp_request(&leaf, &root, hash, Some(&NONCE));
    let request = world.folder.write("request.der", request)?;
    let file = |name| world.folder.file(name);
    let (index, key, root) = (file("index.txt"), file("key.pem"), file("root.pem"));
    let response = file("response.der");
    let ask = [
        "ocsp", "-index", &index, "-CA", &root, "-rsigner", &root, "-rkey", &key,
    ];
    let answer = ["-ndays", "7", "-reqin", &request, "-respout", &response];
    let answered = openssl.run([&ask[..], &answer[..]].concat(), b"", SOON)?;
    if !answered.success() {
        return Err(answered.stderr.into());
    }
    let der = std::fs::read(response)?;
    let nonce = Some(&NONCE[..]);
    world.agrees(Revocation {
        responses: &[OcspAnswer { der: &der, nonce }],
        ..Revocation::default()
    })
}
