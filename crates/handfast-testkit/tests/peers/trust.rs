//! Hashed directories beside OpenSSL: the hash of every root of this system, and a directory that
//! `openssl rehash` made.

use std::time::Duration;

use handfast_ca::issued::certificate_pem;
use handfast_pki::certificate::Certificate;
use handfast_testkit::certificates::{self, KeyKind};
use handfast_testkit::peer::{Folder, Program, trial};
use handfast_trust::{HashedDirectory, system};
use libtest_mimic::{Failed, Trial};

const SOON: Duration = Duration::from_secs(20);

pub(super) fn trials() -> Vec<Trial> {
    vec![
        trial(
            "trust::every_root_of_the_system_has_the_hash_that_openssl_says",
            ["openssl"],
            |[openssl]| hashes(&openssl),
        ),
        trial(
            "trust::a_directory_by_openssl_rehash_gives_the_anchor_and_the_crl",
            ["openssl"],
            |[openssl]| rehashed(&openssl),
        ),
    ]
}

fn hashes(openssl: &Program) -> Result<(), Failed> {
    let own = certificates::root().root_der();
    // A system without roots still has ours to compare.
    let roots = system().unwrap_or_default();
    for root in roots.iter().chain([own]) {
        let pem = certificate_pem(root);
        let said = openssl.run(["x509", "-noout", "-subject_hash"], pem.as_bytes(), SOON)?;
        let subject = Certificate::parse(root)?.subject();
        let hash = subject.openssl_hash().ok_or("no hash")?;
        if said.text().trim() != format!("{hash:08x}") {
            return Err(format!("{subject}: {hash:08x}, OpenSSL says {}", said.text()).into());
        }
    }
    Ok(())
}

fn rehashed(openssl: &Program) -> Result<(), Failed> {
    let folder = Folder::new()?;
    folder.write("root.pem", certificates::root().root_pem())?;
    let leaf = certificates::server(KeyKind::EcP256);
    let above = leaf.chain().get(1).ok_or("no intermediate")?;
    folder.write("above.pem", certificate_pem(above))?;
    if HashedDirectory::open(folder.path()).is_ok() {
        return Err("a directory without hashes was opened".into());
    }
    folder.write("crl.pem", empty_crl(openssl)?)?;
    let path = folder.path().to_string_lossy().into_owned();
    let made = openssl.run(["rehash", &path], b"", SOON)?;
    if !made.success() {
        return Err(made.stderr.into());
    }
    let directory = HashedDirectory::open(folder.path())?;
    let sent = leaf.chain().first().ok_or("no leaf")?;
    // Of the leaf alone its issuer is found; of both, the root too.
    let found = directory.roots_for([sent.as_ref()])?;
    if found.iter().collect::<Vec<_>>() != [above] {
        return Err(format!("{} anchors for the leaf", found.len()).into());
    }
    if directory
        .roots_for(leaf.chain().iter().map(AsRef::as_ref))?
        .len()
        != 2
    {
        return Err("the root was not found".into());
    }
    let crls = directory.crls_for([certificates::root().root_der().as_ref()])?;
    match crls.as_slice() {
        [crl] if crl.starts_with(&[0x30]) => Ok(()),
        others => Err(format!("{} CRLs", others.len()).into()),
    }
}

/// A CRL of our root, by OpenSSL.
fn empty_crl(openssl: &Program) -> Result<String, Failed> {
    let folder = Folder::new()?;
    let root = folder.write("root.pem", certificates::root().root_pem())?;
    let key = folder.write("key.pem", certificates::root().own().key_pem()?)?;
    let index = folder.write("index.txt", "")?;
    let config = format!("[ca]\ndefault_ca = x\n[x]\ndatabase = {index}\ndefault_md = sha256\n");
    let config = folder.write("ca.cnf", config)?;
    let arguments = ["ca", "-config", &config, "-gencrl", "-crldays", "9"];
    let named = ["-cert", &root, "-keyfile", &key];
    let made = openssl.run([&arguments[..], &named].concat(), b"", SOON)?;
    if !made.success() {
        return Err(made.stderr.into());
    }
    Ok(made.text())
}
