//! The libraries, and the workers that they are to the parent.

use crate::peer::rustls::Rustls;
use crate::peer::unbuffered::Unbuffered;
use crate::{Result, floor};
use handfast_bench_handfast::peer::Handfast;
use handfast_bench_work::material::Material;
use handfast_bench_work::measure::measure;
use handfast_bench_work::task::{Measured, Task};
use handfast_bench_work::worker::Measure;
use std::io::{BufRead, BufReader, Write};
use std::path::PathBuf;
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};

/// The argument that makes this program a worker.
pub(crate) const WORD: &str = "worker";

/// Who works.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Library {
    Floor,
    Handfast,
    Rustls,
    Unbuffered,
    BoringSsl,
    S2n,
    OpenSsl,
    /// Handfast once more: not its time, but its calls.
    Recorder,
}

/// Where a library works.
#[derive(Clone, Copy)]
pub(crate) enum Place {
    /// In this program: it stands on the crypto library that Handfast has.
    Here(Measure),
    /// In that package of this workspace.
    Package(&'static str),
}

impl Library {
    /// Who is compared.
    pub(crate) const ALL: [Self; 7] = [
        Self::Floor,
        Self::Handfast,
        Self::Rustls,
        Self::Unbuffered,
        Self::BoringSsl,
        Self::S2n,
        Self::OpenSsl,
    ];

    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Floor => "floor",
            Self::Handfast => "Handfast",
            Self::Rustls => "rustls",
            Self::Unbuffered => "rustls unbuffered",
            Self::BoringSsl => "BoringSSL",
            Self::S2n => "s2n-tls",
            Self::OpenSsl => "OpenSSL",
            Self::Recorder => "the floor with symmetric calls",
        }
    }

    pub(crate) fn named(name: &str) -> Result<Self> {
        let library = Self::ALL.into_iter().find(|library| library.name() == name);
        library.ok_or_else(|| "no such library".into())
    }

    pub(crate) const fn place(self) -> Place {
        match self {
            Self::Floor => Place::Here(floor::measure),
            Self::Handfast => Place::Here(measure::<Handfast>),
            Self::Rustls => Place::Here(measure::<Rustls>),
            Self::Unbuffered => Place::Here(measure::<Unbuffered>),
            Self::BoringSsl => Place::Package("handfast-bench-boring"),
            Self::S2n => Place::Package("handfast-bench-s2n"),
            Self::OpenSsl => Place::Package("handfast-bench-openssl"),
            Self::Recorder => Place::Package("handfast-bench-recorder"),
        }
    }

    /// The worker's program.
    fn command(self) -> Result<Command> {
        let here = std::env::current_exe()?;
        Ok(match self.place() {
            Place::Here(_) => {
                let mut command = Command::new(here);
                command.args([WORD, self.name()]);
                command
            }
            Place::Package(name) => Command::new(here.with_file_name(name)),
        })
    }

    /// Builds the worker's program, beside this one; as a caller's error, what cargo said.
    pub(crate) fn build(self, tools: Option<&PathBuf>) -> Result<()> {
        let Place::Package(name) = self.place() else {
            return Ok(());
        };
        let here = std::env::current_exe()?;
        let target = here.parent().and_then(|profile| profile.parent());
        let mut cargo = Command::new(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
        cargo
            .args(["build", "--release", "--quiet", "--package", name])
            .arg("--manifest-path")
            .arg(concat!(env!("CARGO_MANIFEST_DIR"), "/Cargo.toml"))
            .arg("--target-dir")
            .arg(target.ok_or("this program lies in no target directory")?);
        if let Some(tools) = tools {
            crate::tools::use_them(&mut cargo, tools)?;
        }
        let built = cargo.stdin(Stdio::null()).output()?;
        if built.status.success() {
            return Ok(());
        }
        let said = String::from_utf8_lossy(&built.stderr);
        Err(reason(&said).into())
    }
}

/// The line that says most.
fn reason(said: &str) -> String {
    let telling = [
        "is `cmake` not installed",
        "Unable to find libclang",
        "panicked at",
    ];
    let found = telling
        .iter()
        .find_map(|word| said.lines().position(|line| line.contains(word)));
    let lines: Vec<&str> = said.lines().collect();
    let line = match found {
        // A panic's message stands on the line below.
        Some(at) if lines[at].contains("panicked at") => lines.get(at + 1),
        Some(at) => lines.get(at),
        None => lines.iter().find(|line| line.starts_with("error")),
    };
    line.map_or("it does not build", |line| line.trim())
        .to_owned()
}

/// The parent's end of a worker. It ends when this is dropped.
pub(crate) struct Worker {
    pub(crate) library: Library,
    child: Child,
    input: Option<ChildStdin>,
    output: BufReader<ChildStdout>,
}

impl Worker {
    pub(crate) fn start(library: Library, material: &Material) -> Result<Self> {
        let mut child = library
            .command()?
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()?;
        let mut input = child.stdin.take().ok_or("the worker has no input")?;
        let output = BufReader::new(child.stdout.take().ok_or("the worker has no output")?);
        writeln!(input, "{}", serde_json::to_string(material)?)?;
        Ok(Self {
            library,
            child,
            input: Some(input),
            output,
        })
    }

    pub(crate) fn ask(&mut self, task: &Task) -> Result<Measured> {
        let failed = || format!("{} could not do {task:?}", self.library.name());
        let input = self.input.as_mut().ok_or_else(failed)?;
        writeln!(input, "{}", serde_json::to_string(task)?)?;
        let mut line = String::new();
        self.output.read_line(&mut line)?;
        serde_json::from_str(&line).map_err(|_| failed().into())
    }
}

impl Drop for Worker {
    fn drop(&mut self) {
        drop(self.input.take());
        // Its exit code was told by what it answered, or did not.
        let _ = self.child.wait();
    }
}

#[cfg(test)]
mod tests {
    use super::{Library, Place, reason};
    use handfast_bench_handfast::certificates::generate;
    use handfast_bench_work::rows;
    use handfast_bench_work::task::Measured;

    #[test]
    fn every_library_of_this_program_does_every_row() {
        let material = generate(true).unwrap();
        for library in Library::ALL {
            let Place::Here(measure) = library.place() else {
                continue;
            };
            let all = [
                rows::handshakes(),
                rows::returns(),
                rows::bulk(),
                rows::primitives(),
            ];
            for row in all.concat() {
                match measure(&material, row.task(8)).unwrap() {
                    Measured::Handshake { client, server } => assert!(client > 0.0 && server > 0.0),
                    Measured::Each(ns) => assert!(ns > 0.0, "{}: {}", library.name(), row.name),
                    // Buffered interfaces open nothing in place; only the floor has
                    // primitives, and none for a handshake that is all hashes.
                    Measured::Unsupported => {
                        let hashes =
                            row.name == "TLS 1.2, ticket" || row.name == "TLS 1.2, session ID";
                        assert!(library != Library::Floor || hashes, "{}", row.name);
                    }
                    other => panic!("{other:?}"),
                }
            }
        }
    }

    #[test]
    fn a_missing_tool_is_told_by_its_own_line() {
        let said = "error: failed to run custom build command for `x`\n  thread 'main' panicked at \
                    a.rs:1:2:\n  Unable to find libclang: no\n";
        assert_eq!(reason(said), "Unable to find libclang: no");
        assert_eq!(reason("error: no such package\n"), "error: no such package");
    }
}
