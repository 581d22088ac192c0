//! Builds the `openssl` program of a release of OpenSSL from the source that a crate `openssl-src`
//! carries, into `target/NAME/`. Wants perl, make and a C compiler: a few minutes, once.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode};

/// What is built.
pub struct Program<'p> {
    /// The name of its folder.
    pub name: &'p str,
    /// The release.
    pub version: &'p str,
    /// Where its source lies, which is not changed.
    pub source: PathBuf,
    /// What it is configured with.
    pub options: &'p [&'p str],
}

impl Program<'_> {
    /// Builds it where it is not there yet, and prints its path.
    pub fn print_path(&self) -> ExitCode {
        match self.build() {
            Ok(program) => {
                println!("{}", program.display());
                ExitCode::SUCCESS
            }
            Err(why) => {
                eprintln!("{}: {why}", self.name);
                ExitCode::FAILURE
            }
        }
    }

    /// The program's path.
    fn build(&self) -> Result<PathBuf, String> {
        let root = Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/../.."));
        let root = root.canonicalize().map_err(|error| error.to_string())?;
        let folder = root.join("target").join(self.name).join(self.version);
        let program = folder.join("openssl");
        if program.exists() {
            return Ok(program);
        }
        let source = folder.join("source");
        copy(&self.source, &source).map_err(|error| format!("the source: {error}"))?;
        eprintln!("{}: builds {} (some minutes)", self.name, self.version);
        let jobs = std::thread::available_parallelism().map_or(1, usize::from);
        let jobs = format!("-j{jobs}");
        let configure = [&["config"][..], self.options].concat();
        run(&source, "sh", &configure)?;
        run(&source, "make", &["build_generated"])?;
        run(&source, "make", &[&jobs, "apps/openssl"])?;
        // Last, and at once: a program that is there is whole.
        fs::copy(source.join("apps/openssl"), folder.join("openssl.new"))
            .and_then(|_| fs::rename(folder.join("openssl.new"), &program))
            .map_err(|error| format!("{}: {error}", program.display()))?;
        Ok(program)
    }
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
