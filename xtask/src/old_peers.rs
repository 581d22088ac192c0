//! Trials with peers that nobody should run any more: an OpenSSL that still speaks SSL 3.0, RC4 and
//! NULL, built for them; and NSS and Java with all that they switch off switched on.

use std::env;
use std::path::Path;
use std::process::{Command, ExitCode, Stdio};

/// The verb's name.
pub(crate) const NAME: &str = "old-peers";

/// What names the program to the trials, which it calls up.
const VARIABLE: &str = "HANDFAST_OLD_OPENSSL";

const ROOT: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/..");

/// Builds the old OpenSSL where it is not there yet, and runs the trials named `old`.
pub(crate) fn run(arguments: &[String]) -> ExitCode {
    let openssl = match old_openssl() {
        Ok(openssl) => openssl,
        Err(complaint) => {
            eprintln!("xtask old-peers: {complaint}");
            return ExitCode::FAILURE;
        }
    };
    let mut trials = cargo();
    trials.args(["test", "-p", "handfast-testkit", "--test", "peers", "--"]);
    if arguments.iter().all(|argument| argument.starts_with('-')) {
        trials.arg("old::");
    }
    let outcome = trials.args(arguments).env(VARIABLE, openssl).status();
    if outcome.is_ok_and(|status| status.success()) {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    }
}

/// The program's path.
fn old_openssl() -> Result<String, String> {
    let mut build = cargo();
    build.args(["run", "--quiet", "--locked", "--target-dir"]);
    build.arg(Path::new(ROOT).join("target/old-openssl-driver"));
    build.args(["--manifest-path", "interop/old-openssl/Cargo.toml"]);
    let output = build.stderr(Stdio::inherit()).output();
    let output = output.map_err(|error| format!("cargo could not be started: {error}"))?;
    let path = String::from_utf8_lossy(&output.stdout).trim().to_owned();
    if output.status.success() && !path.is_empty() {
        Ok(path)
    } else {
        Err("the old OpenSSL could not be built".to_owned())
    }
}

fn cargo() -> Command {
    let cargo = env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let mut command = Command::new(cargo);
    command.current_dir(ROOT);
    command
}
