//! A worker: one library in a process of its own, which does what it is told.

use crate::material::Material;
use crate::peer::handfast::Handfast;
use crate::peer::openssl::OpenSsl;
use crate::peer::rustls::Rustls;
use crate::peer::unbuffered::Unbuffered;
use crate::task::{Measured, Task};
use crate::{Result, floor, measure, rows};
use std::io::{BufRead, BufReader, Write};
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};

/// The argument that makes this program a worker.
pub(crate) const WORD: &str = "worker";

/// The argument that makes it measure one row, alone.
pub(crate) const ALONE: &str = "alone";

/// Who works.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Library {
    Floor,
    Handfast,
    Rustls,
    Unbuffered,
    OpenSsl,
}

impl Library {
    pub(crate) const ALL: [Self; 5] = [
        Self::Floor,
        Self::Handfast,
        Self::Rustls,
        Self::Unbuffered,
        Self::OpenSsl,
    ];

    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Floor => "floor",
            Self::Handfast => "Handfast",
            Self::Rustls => "rustls",
            Self::Unbuffered => "rustls unbuffered",
            Self::OpenSsl => "OpenSSL",
        }
    }

    pub(crate) fn measure(self, material: &Material, task: Task) -> Result<Measured> {
        match self {
            Self::Floor => floor::measure(material, task),
            Self::Handfast => measure::measure::<Handfast>(material, task),
            Self::Rustls => measure::measure::<Rustls>(material, task),
            Self::Unbuffered => measure::measure::<Unbuffered>(material, task),
            Self::OpenSsl => measure::measure::<OpenSsl>(material, task),
        }
    }
}

/// The worker's own part: reads certificates, then tasks, until the input ends.
pub(crate) fn work(name: Option<&str>) -> Result<()> {
    let library = named(name)?;
    let mut lines = std::io::stdin().lock().lines();
    let material: Material = serde_json::from_str(&lines.next().ok_or("no certificates")??)?;
    for line in lines {
        let measured = library.measure(&material, serde_json::from_str(&line?)?)?;
        println!("{}", serde_json::to_string(&measured)?);
    }
    Ok(())
}

/// One row of one library in this process, for a profiler: `alone LIBRARY ROW COUNT`.
pub(crate) fn work_alone(words: &[String]) -> Result<()> {
    let [library, name, count] = words else {
        return Err("alone LIBRARY ROW COUNT".into());
    };
    let library = named(Some(library))?;
    let rows = [
        rows::handshakes(),
        rows::returns(),
        rows::bulk(),
        rows::primitives(),
    ]
    .concat();
    let row = rows
        .iter()
        .find(|row| row.name == *name)
        .ok_or("no such row")?;
    let measured = library.measure(
        &Material::generate(name.contains("RSA"))?,
        row.task(count.parse()?),
    )?;
    println!("{measured:?}");
    Ok(())
}

fn named(name: Option<&str>) -> Result<Library> {
    let library = Library::ALL
        .into_iter()
        .find(|library| Some(library.name()) == name);
    library.ok_or_else(|| "no such library".into())
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
        let mut child = Command::new(std::env::current_exe()?)
            .args([WORD, library.name()])
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

    pub(crate) fn ask(&mut self, task: Task) -> Result<Measured> {
        let failed = || format!("{} could not do {task:?}", self.library.name());
        let input = self.input.as_mut().ok_or_else(failed)?;
        writeln!(input, "{}", serde_json::to_string(&task)?)?;
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
