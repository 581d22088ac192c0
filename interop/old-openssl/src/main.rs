//! Builds the `openssl` program of OpenSSL 1.1.1 with SSL 3.0 and weak ciphers, from the source that
//! the crate `openssl-src` carries, into `target/old-openssl/`. Wants perl, make and a C compiler:
//! two minutes, once. The program is for trials on this machine: it is out of support.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode};

/// What no current build of OpenSSL has, and only what trials need beside it.
const OPTIONS: [&str; 8] = [
    "no-shared",
    "no-tests",
    "no-dso",
    "no-engine",
    "enable-ssl3",
    "enable-ssl3-method",
    "enable-weak-ssl-ciphers",
    "--openssldir=/nonexistent",
];

fn main() -> ExitCode {
    match build() {
        Ok(program) => {
            println!("{}", program.display());
            ExitCode::SUCCESS
        }
        Err(why) => {
            eprintln!("old-openssl: {why}");
            ExitCode::FAILURE
        }
    }
}

/// The program's path; it is built where it is not there yet.
fn build() -> Result<PathBuf, String> {
    let root = Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/../.."));
    let root = root.canonicalize().map_err(|error| error.to_string())?;
    let target = root.join("target/old-openssl");
    let folder = target.join(openssl_src::version());
    let program = folder.join("openssl");
    if program.exists() {
        return Ok(program);
    }
    let source = folder.join("source");
    copy(&openssl_src::source_dir(), &source).map_err(|error| format!("the source: {error}"))?;
    eprintln!(
        "old-openssl: builds {} (two minutes)",
        openssl_src::version()
    );
    let jobs = std::thread::available_parallelism().map_or(1, usize::from);
    let jobs = format!("-j{jobs}");
    let configure = [&["config"][..], &OPTIONS].concat();
    run(&source, "sh", &configure)?;
    run(&source, "make", &["build_generated"])?;
    run(&source, "make", &[&jobs, "apps/openssl"])?;
    // Last, and at once: a program that is there is whole.
    fs::copy(source.join("apps/openssl"), folder.join("openssl.new"))
        .and_then(|_| fs::rename(folder.join("openssl.new"), &program))
        .map_err(|error| format!("{}: {error}", program.display()))?;
    Ok(program)
}

/// Runs a step in the source, its words kept beside it.
fn run(source: &Path, program: &str, arguments: &[&str]) -> Result<(), String> {
    let log = source.join("../log");
    let file = fs::OpenOptions::new().create(true).append(true).open(&log);
    let file = file.map_err(|error| format!("{}: {error}", log.display()))?;
    let again = file.try_clone().map_err(|error| error.to_string())?;
    let mut command = Command::new(program);
    command.args(arguments).current_dir(source);
    command.stdout(file).stderr(again);
    match command.status() {
        Ok(status) if status.success() => Ok(()),
        Ok(status) => Err(format!(
            "`{program} {}`: {status}; see {}",
            arguments.join(" "),
            log.display()
        )),
        Err(error) => Err(format!("`{program}`: {error}")),
    }
}

/// Copies a folder and all below it: what is in cargo's own folder is not to be changed.
fn copy(from: &Path, to: &Path) -> io::Result<()> {
    fs::create_dir_all(to)?;
    for entry in fs::read_dir(from)? {
        let entry = entry?;
        let place = to.join(entry.file_name());
        if entry.file_type()?.is_dir() {
            copy(&entry.path(), &place)?;
        } else {
            fs::copy(entry.path(), place)?;
        }
    }
    Ok(())
}
