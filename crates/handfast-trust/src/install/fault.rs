//! Why a root is not put into a store, or not taken out.

use crate::fault::{RootsMissing, TrustFault};
use core::fmt;
use handfast_pki::fault::CertificateFault;
use std::io;
use std::path::PathBuf;

/// Why a certificate is not one to trust.
#[derive(Debug)]
#[non_exhaustive]
pub enum RootFault {
    /// The file cannot be read, or what it holds.
    Unread(TrustFault),
    /// The file holds several certificates.
    Several(usize),
    /// The certificate is malformed.
    Certificate(CertificateFault),
    /// Another one vouches for it.
    NotARoot {
        /// Its subject.
        subject: String,
        /// Who vouches for it.
        issuer: String,
    },
    /// It may not vouch for others.
    NoAuthority {
        /// Its subject.
        subject: String,
    },
    /// It bears one name as subject and issuer, and another key signed it.
    BadSignature {
        /// Its subject.
        subject: String,
    },
}

impl fmt::Display for RootFault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Unread(fault) => write!(f, "{fault}"),
            Self::Several(count) => write!(
                f,
                "{count} certificates in one file: one root is trusted at a time, and never an \
                 intermediate; give the file of the root alone"
            ),
            Self::Certificate(fault) => write!(f, "{fault}"),
            Self::NotARoot { subject, issuer } => write!(
                f,
                "{subject} is no root: {issuer} vouches for it; give that one's certificate"
            ),
            Self::NoAuthority { subject } => write!(
                f,
                "{subject} may not vouch for others (no basicConstraints CA): trusting it vouches \
                 for nobody; pin it instead"
            ),
            Self::BadSignature { subject } => write!(
                f,
                "{subject} names itself as its issuer, and its own key has not signed it: the file \
                 was changed, or it is no root"
            ),
        }
    }
}

impl core::error::Error for RootFault {}

/// Why a store was not read or changed.
#[derive(Debug)]
#[non_exhaustive]
pub enum InstallFault {
    /// No store that is known.
    NoStore {
        /// What was looked for.
        tried: Vec<String>,
    },
    /// The system's roots cannot be read.
    Roots(RootsMissing),
    /// A program is not there.
    ProgramMissing {
        /// Its name.
        program: String,
        /// What brings it.
        package: &'static str,
    },
    /// A file cannot be read, written or removed.
    File {
        /// What was tried.
        doing: &'static str,
        /// With which.
        path: PathBuf,
        /// Why not.
        error: io::Error,
    },
    /// A command failed.
    Command {
        /// The line, as for a shell.
        line: String,
        /// How it ended, and its last words.
        why: String,
    },
    /// Another change of the store goes on.
    Busy {
        /// The store's folder.
        path: PathBuf,
    },
    /// Under the root's name there is another certificate: neither is it believed that this one is
    /// there, nor that it is not.
    Foreign {
        /// The entry's name.
        entry: String,
    },
    /// Everything was done, and the store does not hold the root.
    NotThere {
        /// Where it was looked for.
        place: String,
    },
    /// Everything was done, and the root is still there.
    StillThere {
        /// Where.
        found_in: Vec<String>,
    },
}

impl fmt::Display for InstallFault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NoStore { tried } => {
                write!(
                    f,
                    "no store of roots is known here (looked for {})",
                    tried.join(", ")
                )
            }
            Self::Roots(missing) => write!(f, "{missing}"),
            Self::ProgramMissing { program, .. } => write!(f, "the program {program} is not here"),
            Self::File { doing, path, error } => {
                write!(f, "cannot {doing} {}: {error}", path.display())
            }
            Self::Command { line, why } => write!(f, "`{line}` failed: {why}"),
            Self::Busy { path } => write!(
                f,
                "another change of the store goes on: {} is locked",
                path.display()
            ),
            Self::Foreign { entry } => write!(
                f,
                "the entry {entry} holds another certificate than its name says: look at it, and \
                 take it out by hand unless you know whose it is"
            ),
            Self::NotThere { place } => write!(
                f,
                "every step was done, and {place} does not hold the certificate"
            ),
            Self::StillThere { found_in } => {
                write!(f, "it is still in {}", found_in.join(", "))
            }
        }
    }
}

impl core::error::Error for InstallFault {}
