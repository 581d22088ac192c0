//! What several files and hosts hold together.

use crate::cert::presented::{Presented, Reach};
use crate::cert::target::{Target, read};
use crate::exit::Exit;
use crate::failure::Failure;
use crate::talk::Talk;
use handfast_pki::load::Contents;
use handfast_pki::load::fault::{LoadFault, LoadProblem};
use std::path::Path;

/// One file, or what one host sent.
pub(crate) struct Source {
    /// As it was named.
    pub(crate) name: String,
    /// What it holds.
    pub(crate) contents: Contents,
    /// Where a live host sent it: what else it showed.
    pub(crate) host: Option<Presented>,
}

impl Source {
    /// Reads a file, or asks a host.
    pub(crate) async fn read(
        text: &str,
        password: Option<&[u8]>,
        reach: &Reach,
        talk: &Talk,
    ) -> Result<Self, Failure> {
        let path = match Target::of(text)? {
            Target::Host(host, port) => {
                let mut presented = reach.presented(&host, port, talk).await?;
                let mut contents = Contents::default();
                contents.certificates = std::mem::take(&mut presented.chain);
                return Ok(Self {
                    name: text.to_owned(),
                    contents,
                    host: Some(presented),
                });
            }
            Target::Stdin => None,
            Target::File(path) => Some(path),
        };
        Self::of_file(path.as_deref(), text, password)
    }

    /// Reads a file; without a path, standard input.
    pub(crate) fn of_file(
        path: Option<&Path>,
        name: &str,
        password: Option<&[u8]>,
    ) -> Result<Self, Failure> {
        let bytes = read(path)?;
        let contents = Contents::read(&bytes, password).map_err(|fault| {
            let name = match path {
                Some(_) => name,
                None => "standard input",
            };
            unreadable(name, &fault, password)
        })?;
        Ok(Self {
            name: name.to_owned(),
            contents,
            host: None,
        })
    }
}

/// Why a file cannot be used: what is locked is a matter of whoever owns it, all else of whoever
/// named it.
pub(crate) fn unreadable(name: &str, fault: &LoadFault, password: Option<&[u8]>) -> Failure {
    let message = format!("{name}: {fault}");
    let locked = || Failure::new(Exit::OwnCredential, "password", "read", message.clone());
    match (&fault.problem, password) {
        (LoadProblem::PasswordNeeded, _) | (LoadProblem::WrongPassword, None) => {
            locked().hint("the password is given in a file, by --pass-file")
        }
        (LoadProblem::WrongPassword, Some(_)) => {
            locked().hint("put the right password into the first line of --pass-file")
        }
        (LoadProblem::UnknownEncryption | LoadProblem::ContainerEncryption, _) => locked(),
        _ => Failure::new(Exit::Usage, "unreadable", "read", message),
    }
}

/// The certificates of files, in their order.
pub(crate) fn certificates(paths: &[std::path::PathBuf]) -> Result<Vec<Vec<u8>>, Failure> {
    let mut all = Vec::new();
    for path in paths {
        let found = crate::load::certificates(Exit::Usage, path)?;
        all.extend(found.into_iter().map(|der| der.to_vec()));
    }
    Ok(all)
}

/// The revocation lists of files, each with its file's name.
pub(crate) fn crls(paths: &[std::path::PathBuf]) -> Result<Vec<(String, Vec<u8>)>, Failure> {
    let mut all = Vec::new();
    for path in paths {
        let name = path.display().to_string();
        let lists = crate::load::crls(path)?;
        all.extend(lists.into_iter().map(|der| (name.clone(), der)));
    }
    Ok(all)
}
