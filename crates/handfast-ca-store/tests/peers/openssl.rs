//! OpenSSL's records and ours, both ways: `openssl ca` goes on where we stop, and we where it
//! stops.

use crate::work::number;
use handfast_ca::crl::RevocationReason;
use handfast_ca::key;
use handfast_ca::profile::{AlternativeName, KeyKind, Profile, Validity};
use handfast_ca_store::directory::CaDirectory;
use handfast_ca_store::find::{Filter, Selector};
use handfast_ca_store::plan::Plan;
use handfast_ca_store::row::{Level, Row, Status};
use handfast_pki::load;
use handfast_testkit::peer::{Folder, Program, trial};
use libtest_mimic::{Failed, Trial};
use std::fs;
use std::time::Duration;

pub(super) fn trials() -> Vec<Trial> {
    vec![
        trial(
            "openssl::goes_on_with_an_index_of_ours",
            ["openssl"],
            |[openssl]| exported(&Side::new(openssl)?),
        ),
        trial(
            "openssl::an_authority_of_its_own_goes_on_with_us",
            ["openssl"],
            |[openssl]| imported(&Side::new(openssl)?),
        ),
    ]
}

/// OpenSSL, and a folder with its configuration.
struct Side {
    openssl: Program,
    folder: Folder,
    now: u64,
}

impl Side {
    fn new(openssl: Program) -> Result<Self, Failed> {
        let folder = Folder::new()?;
        let file = |name| folder.file(name);
        let (index, serial, number) = (file("index.txt"), file("serial"), file("crlnumber"));
        let (certs, root, key) = (file("newcerts"), file("root.pem"), file("root.key"));
        fs::create_dir(&certs)?;
        let config = format!(
            "[ca]\ndefault_ca=d\n[d]\ndatabase={index}\nserial={serial}\ncrlnumber={number}\n\
             new_certs_dir={certs}\ncertificate={root}\nprivate_key={key}\ndefault_md=sha256\n\
             default_days=30\npolicy=p\nx509_extensions=x\ncrl_extensions=c\n\
             [p]\ncommonName=supplied\norganizationName=optional\n\
             [x]\nsubjectAltName=DNS:a.test\n\
             [c]\nauthorityKeyIdentifier=keyid\n"
        );
        folder.write("ca.cnf", config)?;
        let now = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH)?;
        Ok(Self {
            openssl,
            folder,
            now: now.as_secs(),
        })
    }

    /// Runs it, and wants it to end well; gives all it said.
    fn run(&self, arguments: &[&str]) -> Result<String, Failed> {
        let outcome = self.openssl.run(arguments, b"", Duration::from_secs(20))?;
        let said = format!("{}{}", outcome.text(), outcome.stderr);
        if outcome.success() {
            return Ok(said);
        }
        Err(format!("openssl {}: {said}", arguments.join(" ")).into())
    }

    fn ca(&self, arguments: &[&str]) -> Result<String, Failed> {
        let config = self.folder.file("ca.cnf");
        self.run(&[&["ca", "-batch", "-config", &config], arguments].concat())
    }

    /// It makes a request and certifies it.
    fn certify(&self, subject: &str, days: &str) -> Result<(), Failed> {
        let file = |name| self.folder.file(name);
        let (key, request) = (file("leaf.key"), file("leaf.csr"));
        self.run(&[
            "req", "-new", "-newkey", "rsa:2048", "-nodes", "-keyout", &key, "-out", &request,
            "-subj", subject,
        ])?;
        let out = file("leaf.pem");
        self.ca(&["-in", &request, "-out", &out, "-notext", "-days", days])?;
        Ok(())
    }

    fn days(&self, days: u32) -> Validity {
        Validity::days(self.now, days)
    }
}

fn want(holds: bool, what: &str) -> Result<(), Failed> {
    holds.then_some(()).ok_or_else(|| what.into())
}

fn exported(side: &Side) -> Result<(), Failed> {
    let own = Folder::new()?;
    let path = own.path().join("ca");
    let mut ca = CaDirectory::create(&path, &Plan::root_alone("Ours"), side.now)?;
    let mut rows = Vec::new();
    for name in ["good.test", "bad.test", "worse.test", "ä/b \\ c"] {
        let mut profile = Profile::server(&[], side.days(30), KeyKind::EcP256);
        profile.subject = handfast_ca::subject::Subject::named(name)?;
        profile.names = vec![AlternativeName::dns("a.test")];
        rows.push(ca.issue(&profile, side.now)?.row);
    }
    let mut revoke =
        |row: &Row, reason| ca.revoke(&Selector::Serial(row.serial.clone()), reason, side.now);
    revoke(&rows[1], RevocationReason::KeyCompromise)?;
    revoke(&rows[2], RevocationReason::PrivilegeWithdrawn)?;
    ca.next_crl(86_400, side.now)?;

    let files = ca.export_index(side.now)?;
    side.folder.write("index.txt", &files.index)?;
    side.folder.write("index.txt.attr", &files.attributes)?;
    side.folder.write("serial", &files.serial)?;
    side.folder.write("crlnumber", &files.crl_number)?;
    for name in ["root.pem", "root.key"] {
        fs::copy(path.join(name), side.folder.path().join(name))?;
    }
    let list = side.folder.file("list.pem");
    side.ca(&["-updatedb"])?;
    side.ca(&["-gencrl", "-crldays", "7", "-out", &list])?;
    let list = load::crls(&fs::read(list)?)?.remove(0);
    let view = handfast_pki::crl::Crl::parse(&list)?;
    want(
        number(&list) == 2 && view.revoked().count() == 2,
        "its list is not our second",
    )?;
    // It issues on, and its responder knows what we issued.
    side.certify("/CN=next.test", "9")?;
    let root = side.folder.file("root.pem");
    let key = side.folder.file("root.key");
    let index = side.folder.file("index.txt");
    for (row, answer) in rows.iter().zip(["good", "revoked", "revoked", "good"]) {
        let serial = format!("0x{}", row.serial);
        let said = side.run(&[
            "ocsp",
            "-index",
            &index,
            "-CA",
            &root,
            "-rsigner",
            &root,
            "-rkey",
            &key,
            "-issuer",
            &root,
            "-serial",
            &serial,
            "-CAfile",
            &root,
            "-ndays",
            "1",
            "-resp_text",
        ])?;
        want(
            said.contains(&format!("Cert Status: {answer}")),
            &format!("{row}: {said:?}"),
        )?;
    }
    // And what it has written since comes back.
    let back = ca.import_index(&fs::read_to_string(&index)?, side.now)?;
    want(
        (back.added, back.revoked, back.unchanged) == (1, 0, 4),
        &format!("{back:?}"),
    )?;
    want(
        ca.find(&Selector::parse("next.test"))?.len() == 1,
        "next.test is not recorded",
    )
}

/// An authority of its own, with a certificate that is good, one that is revoked, and one on hold.
fn theirs(side: &Side) -> Result<(), Failed> {
    let file = |name| side.folder.file(name);
    let (root, root_key) = (file("root.pem"), file("root.key"));
    side.run(&[
        "req",
        "-x509",
        "-newkey",
        "rsa:2048",
        "-nodes",
        "-days",
        "99",
        "-subj",
        "/C=DE/O=Their/CN=Their root",
        "-keyout",
        &root_key,
        "-out",
        &root,
    ])?;
    for (name, text) in [
        ("index.txt", ""),
        ("serial", "00FF\n"),
        ("crlnumber", "0A\n"),
    ] {
        side.folder.write(name, text)?;
    }
    side.certify("/O=Acme, Inc./CN=kept.test", "30")?;
    side.certify("/CN=compromised.test", "30")?;
    side.ca(&["-revoke", &file("leaf.pem"), "-crl_reason", "keyCompromise"])?;
    fs::copy(file("leaf.pem"), file("compromised.pem"))?;
    side.certify("/CN=held.test", "30")?;
    side.ca(&[
        "-revoke",
        &file("leaf.pem"),
        "-crl_hold",
        "holdInstructionReject",
    ])?;
    side.ca(&["-gencrl", "-crldays", "7", "-out", &file("list.pem")])?;
    Ok(())
}

fn imported(side: &Side) -> Result<(), Failed> {
    theirs(side)?;
    let file = |name| side.folder.file(name);
    let own = Folder::new()?;
    let chain = load::certificates(&fs::read(file("root.pem"))?)?;
    let key = key::read(&fs::read(file("root.key"))?, None)?;
    let path = own.path().join("ca");
    let mut ca = CaDirectory::create_from(&path, &chain, &key, None, side.now)?;
    let index = fs::read_to_string(file("index.txt"))?;
    let done = ca.import_index(&index, side.now)?;
    want((done.added, done.revoked) == (3, 0), &format!("{done:?}"))?;
    ca.import_crl_number(&fs::read_to_string(file("crlnumber"))?, side.now)?;
    let again = ca.import_index(&index, side.now)?;
    want(again.unchanged == 3, "what is known is taken for new")?;
    // What a hold tells its holder to do is not kept.
    let plain = index.replace("holdInstruction,holdInstructionReject", "certificateHold");
    want(
        ca.export_index(side.now)?.index == plain,
        "the index does not come back as it was",
    )?;

    let kept = ca.find_one(&Selector::parse("kept.test"), side.now)?;
    want(kept.serial.to_string() == "FF", "its serial is another")?;
    want(kept.subject == "O=Acme\\, Inc.,CN=kept.test", &kept.subject)?;
    let held = ca.find_one(&Selector::parse("held.test"), side.now)?;
    want(
        held.reason == Some(RevocationReason::CertificateHold),
        "it is not on hold",
    )?;
    ca.revoke(
        &Selector::parse("held.test"),
        RevocationReason::RemoveFromCrl,
        side.now,
    )?;

    // The certificates themselves are recorded, too; then one can have a successor.
    for entry in fs::read_dir(file("newcerts"))? {
        let found = load::certificates(&fs::read(entry?.path())?)?;
        ca.import_certificate(found.first().ok_or("no certificate")?, side.now)?;
    }
    want(
        ca.list(&Filter::default())?.len() == 4,
        "a certificate is recorded twice",
    )?;
    let renewed = ca.renew(&Selector::parse("kept.test"), side.days(9), side.now)?;
    want(
        renewed.row.renewed_from == Some(kept.id),
        "it has no predecessor",
    )?;

    let bad = ca.find_one(&Selector::parse("compromised.test"), side.now)?;
    let status = ca.status(&bad.serial)?;
    want(
        matches!(status, Status::Revoked { .. }),
        "its status is not revoked",
    )?;
    verified(side, &mut ca, &renewed.issued.chain_pem())
}

/// What our next list says, it believes.
fn verified(side: &Side, ca: &mut CaDirectory, good: &str) -> Result<(), Failed> {
    let list = ca.next_crl(86_400, side.now)?;
    want(
        number(&list) == 11,
        "the list's number does not follow theirs",
    )?;
    want(
        ca.crl_number(Level::Issuing)? == 11,
        "the list's number is not kept",
    )?;
    let list = load::to_pem("X509 CRL", &list);
    let list = side.folder.write("ours.pem", list.as_bytes())?;
    let file = |name| side.folder.file(name);
    let (root, bad) = (file("root.pem"), file("compromised.pem"));
    let good = side.folder.write("renewed.pem", good)?;
    let verify = ["verify", "-crl_check", "-CAfile", &root, "-CRLfile", &list];
    side.run(&[&verify[..], &[&good]].concat())?;
    let refused = side.run(&[&verify[..], &[&bad]].concat());
    let said = refused
        .err()
        .and_then(|why| why.message().map(str::to_owned));
    want(
        said.is_some_and(|said| said.contains("certificate revoked")),
        "it is not revoked",
    )
}
