//! Trials with peers that are built for them: an OpenSSL that still speaks SSL 3.0, RC4 and NULL, which
//! nobody should run any more (beside NSS and Java with all that they switch off switched on); and one
//! that is newer than what systems have.

use std::env;
use std::path::Path;
use std::process::{Command, ExitCode, Stdio};

/// An OpenSSL that is built, and the trials that want it.
pub(crate) struct BuiltPeers {
    /// The verb's name.
    pub(crate) name: &'static str,
    /// The folder below `interop/` that builds the program.
    folder: &'static str,
    /// What names the program to the trials, which it calls up.
    variable: &'static str,
    /// The packages whose trials run, unless told otherwise those whose names hold the filter.
    packages: &'static [&'static str],
    filter: &'static str,
}

/// An OpenSSL of 2023 with all that was old then.
pub(crate) const OLD: BuiltPeers = BuiltPeers {
    name: "old-peers",
    folder: "old-openssl",
    variable: "HANDFAST_OLD_OPENSSL",
    packages: &["handfast-testkit"],
    filter: "old::",
};

/// An OpenSSL newer than what systems have.
pub(crate) const NEW: BuiltPeers = BuiltPeers {
    name: "new-peers",
    folder: "new-openssl",
    variable: "HANDFAST_OPENSSL_NEW",
    packages: &["handfast-testkit", "handfast-policy"],
    filter: "openssl_new",
};

const ROOT: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/..");

impl BuiltPeers {
    /// Builds the program where it is not there yet, and runs the trials.
    pub(crate) fn run(&self, arguments: &[String]) -> ExitCode {
        let openssl = match self.openssl() {
            Ok(openssl) => openssl,
            Err(complaint) => {
                eprintln!("xtask {}: {complaint}", self.name);
                return ExitCode::FAILURE;
            }
        };
        let mut trials = cargo();
        trials.arg("test");
        for package in self.packages {
            trials.args(["-p", package]);
        }
        trials.args(["--test", "peers", "--"]);
        if arguments.iter().all(|argument| argument.starts_with('-')) {
            trials.arg(self.filter);
        }
        let outcome = trials.args(arguments).env(self.variable, openssl).status();
        if outcome.is_ok_and(|status| status.success()) {
            ExitCode::SUCCESS
        } else {
            ExitCode::FAILURE
        }
    }

    /// The program's path.
    fn openssl(&self) -> Result<String, String> {
        let mut build = cargo();
        build.args(["run", "--quiet", "--locked", "--target-dir"]);
        build.arg(Path::new(ROOT).join(format!("target/{}-driver", self.folder)));
        let manifest = format!("interop/{}/Cargo.toml", self.folder);
        build.args(["--manifest-path", &manifest]);
        let output = build.stderr(Stdio::inherit()).output();
        let output = output.map_err(|error| format!("cargo could not be started: {error}"))?;
        let path = String::from_utf8_lossy(&output.stdout).trim().to_owned();
        if output.status.success() && !path.is_empty() {
            Ok(path)
        } else {
            Err(format!("{} could not be built", self.folder))
        }
    }
}

fn cargo() -> Command {
    let cargo = env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let mut command = Command::new(cargo);
    command.current_dir(ROOT);
    command
}
