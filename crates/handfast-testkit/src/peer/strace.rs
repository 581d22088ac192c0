//! A program under strace, which counts its system calls and meddles with one of them: kills it
//! there, or has the call fail.

use std::collections::BTreeMap;
use std::fs;
use std::io;
use std::path::Path;
use std::time::Duration;

use crate::peer::folder::Folder;
use crate::peer::program::{Outcome, Program};

/// What is run under strace.
#[derive(Debug, Clone)]
pub struct Traced {
    /// strace itself.
    pub strace: Program,
    /// The program.
    pub program: Program,
    /// Its arguments.
    pub arguments: Vec<String>,
}

/// A system call of a program.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Call {
    /// Its name.
    pub name: String,
    /// Which of that name it is, in its thread, from 1.
    pub place: u32,
    /// As strace shows it.
    pub line: String,
}

impl Traced {
    /// The system calls of these names (`fsync,write`), from the first on that says `path`.
    ///
    /// # Errors
    /// If strace cannot be started or its log not be read, or if the program fails.
    pub fn calls(&self, names: &str, path: &Path) -> io::Result<Vec<Call>> {
        let (outcome, log) = self.run(&["-e", &format!("trace={names}")])?;
        if !outcome.success() {
            return Err(io::Error::other(format!(
                "{:?}: {}{}",
                self.arguments,
                outcome.text(),
                outcome.stderr
            )));
        }
        let path = path.to_string_lossy();
        let mut counts: BTreeMap<(&str, &str), u32> = BTreeMap::new();
        let mut calls = Vec::new();
        for line in log.lines() {
            // `4711 openat(AT_FDCWD, "/tmp/…", O_RDWR) = 3`
            let (thread, call) = line.split_once(' ').unwrap_or_default();
            let call = call.trim_start();
            let Some((name, _)) = call.split_once('(') else {
                continue;
            };
            let place = counts.entry((thread, name)).or_default();
            *place += 1;
            if !calls.is_empty() || call.contains(&*path) {
                calls.push(Call {
                    name: name.to_owned(),
                    place: *place,
                    line: call.to_owned(),
                });
            }
        }
        Ok(calls)
    }

    /// Runs it with an injection as strace takes it: `fsync:error=EIO:when=2`.
    ///
    /// # Errors
    /// If strace cannot be started or its log not be read.
    pub fn inject(&self, injection: &str) -> io::Result<Outcome> {
        let name = injection.split(':').next().unwrap_or_default();
        let (trace, inject) = (format!("trace={name}"), format!("inject={injection}"));
        Ok(self.run(&["-e", &trace, "-e", &inject])?.0)
    }

    fn run(&self, options: &[&str]) -> io::Result<(Outcome, String)> {
        let folder = Folder::new()?;
        let log = folder.file("log");
        let mut arguments = vec!["-f", "-qq", "-o", &log];
        arguments.extend(options);
        let program = self.program.path().to_string_lossy();
        arguments.extend(["--", &program]);
        arguments.extend(self.arguments.iter().map(String::as_str));
        let outcome = self.strace.run(arguments, b"", SOON);
        let outcome = outcome.map_err(io::Error::other)?;
        let log = fs::read(&log).unwrap_or_default();
        Ok((outcome, String::from_utf8_lossy(&log).into_owned()))
    }
}

/// So many of a list, from the last to the first, evenly; all of them where the variable says
/// `all`.
#[must_use]
pub fn spread(calls: &[Call], some: usize) -> Vec<Call> {
    if std::env::var_os(CRASHES).is_some_and(|which| which == "all") {
        return calls.to_vec();
    }
    let step = calls.len().div_ceil(some.max(1)).max(1);
    calls.iter().rev().step_by(step).cloned().collect()
}

/// The calls by which a program leaves something behind.
pub const LEAVING: &str = "openat,write,pwrite64,fsync,fdatasync,rename,renameat,renameat2,unlink,\
    unlinkat,link,linkat,ftruncate,close,mkdir,mkdirat,chmod,fchmod,fchmodat,lseek,fcntl";

/// Set to `all`, every system call has its turn.
pub const CRASHES: &str = "HANDFAST_CRASHES";

const SOON: Duration = Duration::from_secs(60);
