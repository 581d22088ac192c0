//! Other people's programs.

use crate::install::fault::InstallFault;
use core::fmt;
use std::ffi::{OsStr, OsString};
use std::io;
use std::path::{Path, PathBuf};
use std::process::Stdio;

/// A program and its arguments.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Command {
    /// The program's name.
    pub program: String,
    /// What it is given.
    pub arguments: Vec<OsString>,
}

/// What a program answered.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Ran {
    /// Whether it ended well.
    pub is_good: bool,
    /// Its standard output.
    pub stdout: Vec<u8>,
    /// How it ended, and the last lines it said.
    pub words: String,
}

/// Who finds and runs programs.
pub trait Commands {
    /// Where a program is, if it is anywhere.
    fn find(&self, program: &str) -> Option<PathBuf>;

    /// Runs it to its end, without input.
    ///
    /// # Errors
    /// It cannot be started.
    fn run(&self, command: &Command) -> io::Result<Ran>;
}

/// This machine: programs are looked for in `PATH`, and in the folders for administrators, which
/// many have not in theirs.
#[derive(Clone, Copy, Debug, Default)]
pub struct Machine;

impl Commands for Machine {
    fn find(&self, program: &str) -> Option<PathBuf> {
        let path = std::env::var_os("PATH").unwrap_or_default();
        let own = ["/usr/sbin", "/sbin"].map(PathBuf::from);
        let mut folders = std::env::split_paths(&path).chain(own);
        folders.find_map(|folder| {
            let file = folder.join(format!("{program}{}", std::env::consts::EXE_SUFFIX));
            is_program(&file).then_some(file)
        })
    }

    fn run(&self, command: &Command) -> io::Result<Ran> {
        let file = self.find(&command.program);
        let file = file.ok_or_else(|| io::Error::from(io::ErrorKind::NotFound))?;
        let mut process = std::process::Command::new(file);
        process.args(&command.arguments).stdin(Stdio::null());
        // What they say is read here.
        let output = process.env("LC_ALL", "C").output()?;
        let said = [&*output.stderr, &*output.stdout].map(String::from_utf8_lossy);
        let lines = said.iter().flat_map(|text| text.lines()).map(str::trim);
        let lines: Vec<_> = lines.filter(|line| !line.is_empty()).collect();
        let last = lines.len().saturating_sub(LINES);
        Ok(Ran {
            is_good: output.status.success(),
            words: format!(
                "{}: {}",
                output.status,
                lines.get(last..).unwrap_or_default().join("; ")
            ),
            stdout: output.stdout,
        })
    }
}

#[cfg(unix)]
fn is_program(file: &Path) -> bool {
    use std::os::unix::fs::PermissionsExt;
    std::fs::metadata(file)
        .is_ok_and(|data| data.is_file() && data.permissions().mode() & 0o111 != 0)
}

#[cfg(not(unix))]
fn is_program(file: &Path) -> bool {
    file.is_file()
}

impl Command {
    pub(crate) fn new<A: AsRef<OsStr>>(
        program: &str,
        arguments: impl IntoIterator<Item = A>,
    ) -> Self {
        let arguments = arguments.into_iter();
        Self {
            program: program.to_owned(),
            arguments: arguments.map(|one| one.as_ref().to_owned()).collect(),
        }
    }

    /// Runs it; ending badly is a fault.
    pub(crate) fn run(&self, commands: &dyn Commands) -> Result<Ran, InstallFault> {
        let failed = |why| InstallFault::Command {
            line: self.to_string(),
            why,
        };
        let ran = commands.run(self);
        let ran = ran.map_err(|error| failed(format!("it cannot be started: {error}")))?;
        if ran.is_good {
            Ok(ran)
        } else {
            Err(failed(ran.words))
        }
    }
}

/// A line for a shell.
impl fmt::Display for Command {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.program)?;
        self.arguments
            .iter()
            .try_for_each(|one| write!(f, " {}", quoted(one)))
    }
}

/// A word as a shell reads it back.
pub(crate) fn quoted(word: &OsStr) -> String {
    let text = word.to_string_lossy();
    let is_plain = |letter: char| letter.is_ascii_alphanumeric() || "-_./:=,@%+".contains(letter);
    if !text.is_empty() && text.chars().all(is_plain) {
        return text.into_owned();
    }
    format!("'{}'", text.replace('\'', r"'\''"))
}

/// How many of a program's last lines are told.
const LINES: usize = 3;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_is_read_by_a_shell_as_the_words_that_were_meant() {
        let words = ["a b", "it's", "", "$HOME", "sql:/x", "C,,"];
        let command = Command::new("printf", ["%s|"].iter().chain(&words));
        let line = command.to_string();
        assert_eq!(line, r"printf '%s|' 'a b' 'it'\''s' '' '$HOME' sql:/x C,,");
        #[cfg(unix)]
        {
            let shell = Command::new("sh", ["-c", &line]);
            let read = shell.run(&Machine).unwrap().stdout;
            assert_eq!(
                read,
                words.map(|word| format!("{word}|")).concat().as_bytes()
            );
        }
    }

    #[cfg(unix)]
    #[test]
    fn a_program_that_fails_says_how_it_ended_and_its_last_lines() {
        let shell = Command::new("sh", ["-c", "seq 5 >&2; exit 3"]);
        let fault = shell.run(&Machine).unwrap_err().to_string();
        assert!(fault.ends_with("exit status: 3: 3; 4; 5"), "{fault}");
        let missing = Command::new("no-such-program", [""; 0]);
        assert!(missing.run(&Machine).is_err());
    }
}
