//! What `handfast cert inspect` says of certificates, beside `openssl x509` and Python's
//! `cryptography`: every field of every certificate of the system's store, of the tests' data, of
//! one that has every extension, and of x509-limbo where it lies beside the checkout.

use crate::lab::command;
use handfast_testkit::peer::{Folder, Program, trial};
use libtest_mimic::{Failed, Trial};
use serde_json::Value;
use std::path::Path;
use std::time::Duration;

pub(crate) fn trials() -> Vec<Trial> {
    vec![trial(
        "inspected::certificates_are_read_as_openssl_and_python_read_them",
        ["openssl", "python3"],
        agreement,
    )]
}

fn agreement([openssl, python]: [Program; 2]) -> Result<(), Failed> {
    let probe = "import cryptography; assert cryptography.__version__ >= '45'";
    let module = python.run(["-c", probe], b"", AGES)?;
    if !module.success() {
        let required = std::env::var_os("HANDFAST_REQUIRE_PEERS").is_some();
        let why = "Python has no module cryptography of version 45 or newer";
        eprintln!("{why}");
        return if required { Err(why.into()) } else { Ok(()) };
    }
    let folder = Folder::new()?;
    let mut files = corpus();
    files.push(with_every_extension(&openssl, &folder)?);
    let handfast = command().path().display().to_string();
    let openssl = openssl.path().display().to_string();
    let mut arguments = vec![here("compare.py"), handfast, openssl];
    arguments.push(folder.path().display().to_string());
    arguments.extend(files);
    let outcome = python.run(&arguments, b"", AGES)?;
    if !outcome.success() {
        return Err(format!("{outcome:?}").into());
    }
    let report: Value = serde_json::from_slice(&outcome.stdout)?;
    judge(&report)
}

fn judge(report: &Value) -> Result<(), Failed> {
    let counted = |field: &str| report[field].as_u64().unwrap_or(0);
    eprintln!(
        "{} certificates, {} fields; {} by cryptography, {} by OpenSSL",
        counted("certificates"),
        counted("fields"),
        counted("by_python"),
        counted("by_openssl"),
    );
    let disagreements = report["disagreements"].as_array().ok_or("no report")?;
    if !disagreements.is_empty() {
        return Err(format!("{disagreements:#?}").into());
    }
    let refused = report["refused"].as_object().ok_or("no report")?;
    for (certificate, why) in refused {
        let why = why.as_str().unwrap_or_default();
        if !REFUSED.iter().any(|reason| why.contains(reason)) {
            return Err(format!("{certificate} is refused by us alone: {why}").into());
        }
    }
    // Of fewer nothing would follow.
    let enough = counted("by_python") > 10 && counted("by_openssl") > 10;
    if enough {
        Ok(())
    } else {
        Err(format!("{report}").into())
    }
}

/// What we refuse to read and cryptography reads: limits of ours, an address with a mask as a
/// subject's name, U-labels in dNSName (RFC 5280 s7.2), two signature algorithms (s4.1.1.2).
const REFUSED: [&str; 5] = [
    "it is larger than the",
    "the list holds more than 1000 entries",
    "an IP address has neither 4 nor 16 bytes",
    "a NUL or a byte outside ASCII",
    "the algorithm inside the signed part differs from the one outside",
];

/// The files that are there.
fn corpus() -> Vec<String> {
    let crates = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    let data = |folder: &str, names: &[&str]| -> Vec<_> {
        names
            .iter()
            .map(|name| crates.join(folder).join(name))
            .collect()
    };
    let mut files = data(
        "handfast-pki/testdata",
        &[
            "root.der",
            "intermediate.der",
            "leaf.der",
            "below-leaf.der",
            "rsa.der",
            "old-sha1-root.der",
            "old-sha1-leaf.der",
            "old-rsa1024-root.der",
            "old-rsa1024-leaf.der",
        ],
    );
    files.extend(data(
        "handfast-testkit/tests/golden/data",
        &["root.der", "server.der", "client.der"],
    ));
    files.push(crates.join("../../shared/conformance/limbo.json.gz"));
    files.push(Path::new("/etc/ssl/certs/ca-certificates.crt").to_owned());
    let there = files.iter().filter(|path| path.is_file());
    there.map(|path| path.display().to_string()).collect()
}

/// A certificate of OpenSSL's with all the extensions that it can write, signed by PSS.
fn with_every_extension(openssl: &Program, folder: &Folder) -> Result<String, Failed> {
    let file = folder.file("every.pem");
    let config = here("every.cnf");
    let key = folder.file("every.key");
    let arguments = format!(
        "req -x509 -newkey rsa:2048 -nodes -days 30 -sha384 -sigopt rsa_padding_mode:pss \
         -sigopt rsa_pss_saltlen:48 -config {config} -keyout {key} -out {file}"
    );
    let outcome = openssl.run(arguments.split_whitespace(), b"", AGES)?;
    if outcome.success() {
        Ok(file)
    } else {
        Err(format!("{outcome:?}").into())
    }
}

fn here(name: &str) -> String {
    format!(
        "{}/tests/peers/inspected/{name}",
        env!("CARGO_MANIFEST_DIR")
    )
}

/// Two thousand certificates, on a machine that does other things too.
const AGES: Duration = Duration::from_secs(600);
