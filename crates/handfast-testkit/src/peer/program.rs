//! A program of someone else's.

use std::ffi::OsStr;
use std::io::{Read, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, Command, Stdio};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};
use std::{env, fs, io};

/// A program found where programs are kept.
#[derive(Debug, Clone)]
pub struct Program {
    path: PathBuf,
    variables: Vec<(String, String)>,
}

/// What a program that ended by itself left behind.
#[derive(Debug)]
pub struct Outcome {
    /// Its exit code; nothing if a signal ended it.
    pub code: Option<i32>,
    /// Its standard output.
    pub stdout: Vec<u8>,
    /// Its standard error, as text.
    pub stderr: String,
}

impl Outcome {
    /// Whether it ended well (exit code 0).
    #[must_use]
    pub fn success(&self) -> bool {
        self.code == Some(0)
    }

    /// Its standard output, as text.
    #[must_use]
    pub fn text(&self) -> String {
        String::from_utf8_lossy(&self.stdout).into_owned()
    }
}

impl Program {
    /// Looks for a program in `PATH`, and where Debian keeps servers.
    #[must_use]
    pub fn find(name: &str) -> Option<Self> {
        let path = env::var_os("PATH")?;
        env::split_paths(&path)
            .chain([PathBuf::from("/usr/sbin")])
            .map(|folder| folder.join(name))
            .find(|p| runs(p))
            .map(Self::at)
    }

    /// A program whose path is known, as that of a command under test.
    #[must_use]
    pub fn at(path: impl Into<PathBuf>) -> Self {
        Self {
            path: path.into(),
            variables: Vec::new(),
        }
    }

    /// The same program, started with one more environment variable.
    #[must_use]
    pub fn with_variable(&self, name: &str, value: &str) -> Self {
        let mut program = self.clone();
        program.variables.push((name.to_owned(), value.to_owned()));
        program
    }

    /// Where it is.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// A command that starts it, for whoever wants to talk to it while it runs.
    #[must_use]
    pub fn command(&self) -> Command {
        let mut command = Command::new(&self.path);
        // Messages are compared: no translations.
        command.env("LC_ALL", "C");
        command.envs(self.variables.iter().map(|(name, value)| (name, value)));
        command
    }

    /// Runs it to its end, with `stdin` as its standard input.
    ///
    /// # Errors
    /// In words, when it cannot be started or did not end in time; it is killed then.
    pub fn run<A: AsRef<OsStr>>(
        &self,
        arguments: impl IntoIterator<Item = A>,
        stdin: &[u8],
        deadline: Duration,
    ) -> Result<Outcome, String> {
        let bytes = stdin.to_vec();
        // A program may end without reading all of its input; that is its right.
        let feed = move |mut pipe: ChildStdin| {
            let _ = pipe.write_all(&bytes);
            None
        };
        self.start(arguments, feed, deadline)
    }

    /// Runs it to its end, and lets `say` write to its standard input, which stays open for as
    /// long as it runs: many programs take the end of it as a wish to leave.
    ///
    /// # Errors
    /// As [`Program::run`].
    pub fn talk<A: AsRef<OsStr>>(
        &self,
        arguments: impl IntoIterator<Item = A>,
        say: impl FnOnce(&mut dyn Write) -> io::Result<()> + Send + 'static,
        deadline: Duration,
    ) -> Result<Outcome, String> {
        let feed = |mut pipe: ChildStdin| {
            let _ = say(&mut pipe);
            Some(pipe)
        };
        self.start(arguments, feed, deadline)
    }

    fn start<A: AsRef<OsStr>>(
        &self,
        arguments: impl IntoIterator<Item = A>,
        feed: impl FnOnce(ChildStdin) -> Option<ChildStdin> + Send + 'static,
        deadline: Duration,
    ) -> Result<Outcome, String> {
        let name = self.path.display();
        let mut command = self.command();
        command.args(arguments);
        command
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped());
        let mut child = command
            .spawn()
            .map_err(|error| format!("{name}: {error}"))?;
        let input = child
            .stdin
            .take()
            .map(|pipe| thread::spawn(move || feed(pipe)));
        let stdout = child.stdout.take().map(drain);
        let stderr = child.stderr.take().map(drain);
        let code = wait(&mut child, deadline);
        if code.is_none() {
            // It may have ended just now: then there is nothing to kill.
            let _ = child.kill();
            let _ = child.wait();
        }
        // A child of the program's may still read: the end of its input ends it.
        drop(input);
        let collect = |pipe: Option<JoinHandle<Vec<u8>>>| {
            pipe.and_then(|thread| thread.join().ok())
                .unwrap_or_default()
        };
        let (stdout, stderr) = (collect(stdout), collect(stderr));
        let stderr = String::from_utf8_lossy(&stderr).into_owned();
        match code {
            Some(code) => Ok(Outcome {
                code,
                stdout,
                stderr,
            }),
            None => Err(format!(
                "{name} did not end within {deadline:?}; it said: {}{stderr}",
                String::from_utf8_lossy(&stdout)
            )),
        }
    }
}

/// Waits for a child; the inner option is its exit code, the outer one whether it ended in time.
pub(super) fn wait(child: &mut Child, deadline: Duration) -> Option<Option<i32>> {
    let end = Instant::now() + deadline;
    loop {
        match child.try_wait() {
            Ok(Some(status)) => return Some(status.code()),
            Ok(None) if Instant::now() < end => thread::sleep(Duration::from_millis(5)),
            _ => return None,
        }
    }
}

fn drain(mut pipe: impl Read + Send + 'static) -> JoinHandle<Vec<u8>> {
    thread::spawn(move || {
        let mut bytes = Vec::new();
        // What was read before a failure is still worth showing.
        let _ = pipe.read_to_end(&mut bytes);
        bytes
    })
}

#[cfg(unix)]
fn runs(path: &Path) -> bool {
    use std::os::unix::fs::PermissionsExt;
    fs::metadata(path).is_ok_and(|data| data.is_file() && data.permissions().mode() & 0o111 != 0)
}

#[cfg(not(unix))]
fn runs(path: &Path) -> bool {
    fs::metadata(path).is_ok_and(|data| data.is_file())
}

#[cfg(all(test, unix))]
mod tests {
    use super::*;

    const SOON: Duration = Duration::from_secs(10);

    #[test]
    fn a_program_is_found_by_name_and_a_missing_one_is_not() {
        assert!(Program::find("sh").is_some());
        assert!(Program::find("handfast-no-such-program").is_none());
    }

    #[test]
    fn input_output_and_exit_code_come_through() {
        let sh = Program::find("sh").unwrap();
        let outcome = sh
            .run(["-c", "cat; echo no >&2; exit 3"], b"yes", SOON)
            .unwrap();
        assert_eq!((outcome.code, outcome.text().as_str()), (Some(3), "yes"));
        assert_eq!(outcome.stderr, "no\n");
        assert!(!outcome.success());
    }

    #[test]
    fn input_stays_open_while_a_program_is_talked_to() {
        let sh = Program::find("sh").unwrap();
        let say = |pipe: &mut dyn Write| pipe.write_all(b"yes\n");
        let outcome = sh.talk(["-c", "head -n 1"], say, SOON).unwrap();
        assert_eq!(outcome.text(), "yes\n");
        let waits = sh.talk(["-c", "cat"], say, Duration::from_millis(50));
        assert!(waits.unwrap_err().contains("did not end"));
    }

    #[test]
    fn a_program_that_hangs_is_ended_and_reported() {
        let sleep = Program::find("sleep").unwrap();
        let start = Instant::now();
        let error = sleep
            .run(["60"], b"", Duration::from_millis(50))
            .unwrap_err();
        assert!(error.contains("did not end"), "{error}");
        assert!(start.elapsed() < SOON);
    }
}
