//! Who this side can show that it is: `--cert`, `--key`, `--pass-file`.

use crate::delegated;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::heard::OwnLeaf;
use crate::load;
use crate::raw_keys;
use clap::parser::ValueSource;
use clap::{ArgMatches, Args};
use handfast::Credential;
use handfast::config::Delegate;
use std::path::{Path, PathBuf};

/// A client's own certificates.
#[derive(Args, Clone, Debug, Default)]
pub(crate) struct Own {
    /// Own certificate chain, the own one first; .p12 and .pfx hold the key too; may be repeated:
    /// the one that the server's authorities fit is shown
    #[arg(long, short = 'E', value_name = "FILE")]
    cert: Vec<PathBuf>,
    /// The key of the --cert before it, where it is not in the same file
    #[arg(long, value_name = "FILE", requires = "cert")]
    key: Vec<PathBuf>,
    /// Show the --cert before it by the key in FILE that it vouches for (RFC 9345), to servers that take
    /// such; with a --key, others are shown the certificate's own (`handfast cert delegate`)
    #[arg(long, value_name = "FILE", requires = "cert")]
    delegated: Vec<PathBuf>,
    /// The password of the keys: the first line of FILE, - for standard input
    #[arg(long, value_name = "FILE", requires = "cert")]
    pass_file: Option<PathBuf>,
    /// Show the public half of the key in FILE by itself, as a raw public key (RFC 7250), to a server
    /// that takes such; may be repeated
    #[arg(long, value_name = "FILE")]
    raw_key: Vec<PathBuf>,
}

impl Own {
    /// Reads the files, in the order in which they are named.
    pub(crate) fn credentials(&self, matches: &ArgMatches) -> Result<Credentials, Failure> {
        let certs: Vec<_> = self.cert.iter().zip(places(matches, "cert")).collect();
        let keys = behind(&certs, &self.key, matches, "key")?;
        let delegated = behind(&certs, &self.delegated, matches, "delegated")?;
        let password = load::password(self.pass_file.as_deref())?;
        let password = password.as_deref().map(Vec::as_slice);
        let files = certs.into_iter().zip(keys).zip(delegated);
        let pairs = files.flat_map(|(((cert, _), key), delegated)| {
            let own = match delegated {
                Some(_) if key.is_none() && !load::holds_key(cert) => None,
                _ => Some(load::credential(cert, key, password)),
            };
            // Whoever takes the other is shown that.
            let other = delegated.map(|path| {
                let chain = load::certificates(Exit::OwnCredential, cert)?;
                delegated::credential(path, chain, Delegate::Client)
            });
            let both = other.into_iter().chain(own);
            both.map(|credential| {
                let credential = credential?;
                let leaf = OwnLeaf::of(cert, &credential);
                Ok((credential, leaf))
            })
        });
        let mut pairs = pairs.collect::<Result<Vec<_>, Failure>>()?;
        let raw = raw_keys::own(&self.raw_key, password)?;
        for (credential, file) in raw.into_iter().zip(&self.raw_key) {
            let leaf = OwnLeaf::of(file, &credential);
            pairs.push((credential, leaf));
        }
        Ok(pairs.into_iter().unzip())
    }
}

/// What may be shown, and the certificates in it by their files.
type Credentials = (Vec<Credential>, Vec<OwnLeaf>);

/// The value of a flag that stands behind each certificate.
fn behind<'f>(
    certs: &[(&PathBuf, usize)],
    files: &'f [PathBuf],
    matches: &ArgMatches,
    flag: &str,
) -> Result<Vec<Option<&'f Path>>, Failure> {
    let mut behind = vec![None; certs.len()];
    for (file, at) in files.iter().zip(places(matches, flag)) {
        let before = certs.iter().take_while(|(_, cert)| *cert < at).count();
        let slot = before.checked_sub(1).and_then(|last| behind.get_mut(last));
        let wrong = |why: &str| {
            Failure::usage(format!("--{flag} {}: {why}", file.display()))
                .hint(format!("write each --{flag} after its --cert"))
        };
        match slot {
            None => return Err(wrong("it stands before every --cert")),
            Some(Some(_)) => {
                return Err(wrong(&format!(
                    "the --cert before it has a --{flag} already"
                )));
            }
            Some(slot) => *slot = Some(file.as_path()),
        }
    }
    Ok(behind)
}

/// Where a flag's values stand among the arguments.
pub(crate) fn places(matches: &ArgMatches, id: &str) -> Vec<usize> {
    if matches.value_source(id) != Some(ValueSource::CommandLine) {
        return Vec::new();
    }
    matches
        .indices_of(id)
        .map(Iterator::collect)
        .unwrap_or_default()
}
