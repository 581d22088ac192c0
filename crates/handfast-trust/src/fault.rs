//! Why nobody can be believed: what was tried, and what came of it.

use core::fmt;
use handfast_pki::load::fault::LoadFault;
use std::io;
use std::path::{Path, PathBuf};

/// A file or directory that should say whom to believe, and does not.
#[derive(Debug)]
pub struct TrustFault {
    /// Which.
    pub path: PathBuf,
    /// Who named it, if not the caller: a variable of the environment.
    pub named_by: Option<&'static str>,
    /// What is wrong with it.
    pub problem: TrustProblem,
}

/// A line of a file that cannot be read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct BrokenLine {
    /// Which, counted from 1.
    pub line: usize,
    /// What is wrong with it.
    pub why: &'static str,
}

/// What is wrong with a file or directory.
#[derive(Debug)]
#[non_exhaustive]
pub enum TrustProblem {
    /// It cannot be read.
    Io(io::Error),
    /// What it holds cannot be read.
    Load(LoadFault),
    /// It is no list of logs.
    #[cfg(feature = "ct")]
    LogList(LogListFault),
    /// The line of a peer that is asked about cannot be read.
    Line(BrokenLine),
    /// It holds no CRL, and should.
    NoCrl,
    /// It is a directory without one name of the form that `openssl rehash` gives.
    NotHashed,
}

impl TrustFault {
    pub(crate) fn new(path: &Path, problem: TrustProblem) -> Self {
        Self {
            path: path.to_owned(),
            named_by: None,
            problem,
        }
    }
}

impl fmt::Display for TrustFault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(variable) = self.named_by {
            write!(f, "{variable} names ")?;
        }
        let path = self.path.display();
        match &self.problem {
            TrustProblem::Io(error) => write!(f, "{path}: {error}"),
            TrustProblem::Load(fault) => write!(f, "{path}: {fault}"),
            #[cfg(feature = "ct")]
            TrustProblem::LogList(fault) => write!(f, "{path}: {fault}"),
            TrustProblem::Line(broken) => write!(f, "{path}, {broken}: mend it or take it out"),
            TrustProblem::NoCrl => write!(f, "{path}: no CRL in it"),
            TrustProblem::NotHashed => write!(
                f,
                "{path}: no certificate is found in it by the hash of its name: run \
                 `openssl rehash {path}`, or name a file"
            ),
        }
    }
}

impl core::error::Error for TrustFault {}

impl fmt::Display for BrokenLine {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "line {}: {}", self.line, self.why)
    }
}

/// What is wrong with a list or one of its entries.
#[cfg(feature = "ct")]
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LogListFault {
    /// Where: `operators[0].logs[2]`, or nothing for the file.
    pub place: String,
    /// What.
    pub problem: String,
}

#[cfg(feature = "ct")]
impl fmt::Display for LogListFault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if !self.place.is_empty() {
            write!(f, "{}: ", self.place)?;
        }
        f.write_str(&self.problem)
    }
}

#[cfg(feature = "ct")]
impl core::error::Error for LogListFault {}

/// The system's trust store was not found, or holds nothing that can be read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RootsMissing {
    /// What was tried, and what came of it.
    pub tried: Vec<String>,
}

impl fmt::Display for RootsMissing {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "the system's trust store was not found (tried {}): install your system's package of \
             root certificates, or name the roots yourself",
            self.tried.join("; ")
        )
    }
}

impl core::error::Error for RootsMissing {}
