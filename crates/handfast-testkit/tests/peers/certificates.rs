//! The test certificates, judged by OpenSSL: the good ones are good, and each flawed one is
//! refused for its flaw. Every other suite rests on that.

use std::time::Duration;

use handfast_ca::issued::{Issued, certificate_pem};
use handfast_testkit::certificates::{self, Flaw, KINDS, KeyKind};
use handfast_testkit::peer::{Folder, Outcome, Program, trial};
use libtest_mimic::{Failed, Trial};

const SOON: Duration = Duration::from_secs(20);

pub(super) fn trials() -> Vec<Trial> {
    let mut trials = Vec::new();
    // OpenSSL knows ML-DSA from 3.5 on; Debian 12 has 3.0.
    let post_quantum =
        |kind: &KeyKind| matches!(kind, KeyKind::MlDsa44 | KeyKind::MlDsa65 | KeyKind::MlDsa87);
    for kind in KINDS.into_iter().filter(|kind| !post_quantum(kind)) {
        let claim = format!("certificates::openssl_accepts_server_and_client_{kind:?}");
        trials.push(trial(&claim, ["openssl"], move |[openssl]| {
            accepts(&openssl, kind)
        }));
    }
    for flaw in Flaw::ALL {
        let claim = format!("certificates::openssl_refuses_{flaw:?}");
        trials.push(trial(&claim, ["openssl"], move |[openssl]| {
            refuses(&openssl, flaw)
        }));
    }
    trials
}

fn accepts(openssl: &Program, kind: KeyKind) -> Result<(), Failed> {
    for (issued, purpose) in [
        (certificates::server(kind), "sslserver"),
        (certificates::client(kind), "sslclient"),
    ] {
        let outcome = verify(openssl, issued, purpose)?;
        if !outcome.success() {
            return Err(format!("{purpose}: {}{}", outcome.text(), outcome.stderr).into());
        }
        matches_key(openssl, issued)?;
    }
    Ok(())
}

/// OpenSSL reads the key from PKCS#8, and its public half is the certificate's.
fn matches_key(openssl: &Program, issued: &Issued) -> Result<(), Failed> {
    let key = openssl.run(["pkey", "-pubout"], issued.key_pem()?.as_bytes(), SOON)?;
    let certificate = issued.chain_pem();
    let leaf = openssl.run(["x509", "-pubkey", "-noout"], certificate.as_bytes(), SOON)?;
    if key.success() && leaf.success() && key.stdout == leaf.stdout {
        return Ok(());
    }
    Err(format!("key and certificate differ: {}{}", key.stderr, leaf.stderr).into())
}

fn refuses(openssl: &Program, flaw: Flaw) -> Result<(), Failed> {
    // X509_V_ERR_* of OpenSSL's x509_vfy.h.
    let code = match flaw {
        Flaw::Expired => 10,
        Flaw::NotYetValid => 9,
        Flaw::WrongName => 62,
        Flaw::WrongPurpose => 26,
        Flaw::IssuerIsNoAuthority => 79,
        Flaw::PathTooLong => 25,
        Flaw::NameNotPermitted => 47,
        Flaw::UnknownRoot | Flaw::IncompleteChain => 20,
        Flaw::SelfSigned => 18,
        Flaw::BadSignature => 7,
        _ => return Err(format!("{flaw:?}: what OpenSSL should say is not written down").into()),
    };
    let outcome = verify(openssl, &flaw.server(), "sslserver")?;
    if !outcome.success() && outcome.stderr.contains(&format!("error {code} at ")) {
        return Ok(());
    }
    let said = format!("{}{}", outcome.text(), outcome.stderr);
    Err(format!("error {code} expected, got {said}").into())
}

fn verify(openssl: &Program, issued: &Issued, purpose: &str) -> Result<Outcome, Failed> {
    let folder = Folder::new()?;
    let root = folder.write("root.pem", certificates::root().root_pem())?;
    let pems: Vec<String> = issued.chain().iter().map(certificate_pem).collect();
    let (leaf, above) = pems.split_first().ok_or("an empty chain")?;
    let leaf = folder.write("leaf.pem", leaf)?;
    let above = folder.write("above.pem", above.concat())?;
    let now = certificates::now_unix().to_string();
    let mut arguments = vec!["verify", "-x509_strict", "-no-CApath", "-CAfile", &root];
    arguments.extend(["-purpose", purpose, "-attime", &now]);
    if issued.chain().len() > 1 {
        arguments.extend(["-untrusted", &above]);
    }
    if purpose == "sslserver" {
        arguments.extend(["-verify_hostname", "localhost"]);
    }
    arguments.push(&leaf);
    Ok(openssl.run(arguments, b"", SOON)?)
}
