//! Every peer starts and is what it is taken for.

use std::time::Duration;

use handfast_testkit::peer::{Program, trial};
use libtest_mimic::{Failed, Trial};

/// A program, how it is asked for its version, and what its answer begins with.
const PEERS: &[(&str, &str, &str)] = &[
    ("openssl", "version", "OpenSSL 3"),
    ("gnutls-cli", "--version", "gnutls-cli 3"),
    ("gnutls-serv", "--version", "gnutls-serv 3"),
    ("curl", "--version", "curl "),
    ("go", "version", "go version go1."),
    ("nginx", "-v", "nginx version: nginx/1."),
    ("python3", "--version", "Python 3"),
];

pub(super) fn trials() -> Vec<Trial> {
    PEERS
        .iter()
        .map(|&(name, question, answer)| {
            let claim = format!("versions::{name}_tells_its_version");
            trial(&claim, [name], move |[program]| {
                tells(&program, question, answer)
            })
        })
        .collect()
}

fn tells(program: &Program, question: &str, answer: &str) -> Result<(), Failed> {
    let outcome = program.run([question], b"", Duration::from_secs(20))?;
    // nginx says it on its standard error.
    let said = outcome.text() + &outcome.stderr;
    if outcome.success() && said.starts_with(answer) {
        return Ok(());
    }
    Err(format!(
        "{answer:?} expected, got {said:?}, exit code {:?}",
        outcome.code
    )
    .into())
}
