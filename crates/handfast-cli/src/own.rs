//! Who this side can show that it is: `--cert`, `--key`, `--pass-file`.

use crate::failure::Failure;
use crate::heard::OwnLeaf;
use crate::load;
use crate::raw_keys;
use clap::parser::ValueSource;
use clap::{ArgMatches, Args};
use handfast::Credential;
use std::path::PathBuf;

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
        let mut keys = vec![None; certs.len()];
        for (key, at) in self.key.iter().zip(places(matches, "key")) {
            let before = certs.iter().take_while(|(_, cert)| *cert < at).count();
            let slot = before.checked_sub(1).and_then(|last| keys.get_mut(last));
            let wrong = |why: &str| {
                Failure::usage(format!("--key {}: {why}", key.display()))
                    .hint("write each --key after its --cert")
            };
            match slot {
                None => return Err(wrong("it stands before every --cert")),
                Some(Some(_)) => return Err(wrong("the --cert before it has a --key already")),
                Some(slot) => *slot = Some(key),
            }
        }
        let password = load::password(self.pass_file.as_deref())?;
        let pairs = certs.into_iter().zip(keys).map(|((cert, _), key)| {
            let key = key.map(PathBuf::as_path);
            let credential = load::credential(cert, key, password.as_deref().map(Vec::as_slice))?;
            let leaf = OwnLeaf::of(cert, &credential);
            Ok((credential, leaf))
        });
        let mut pairs = pairs.collect::<Result<Vec<_>, Failure>>()?;
        let raw = raw_keys::own(&self.raw_key, password.as_deref().map(Vec::as_slice))?;
        for (credential, file) in raw.into_iter().zip(&self.raw_key) {
            let leaf = OwnLeaf::of(file, &credential);
            pairs.push((credential, leaf));
        }
        Ok(pairs.into_iter().unzip())
    }
}

/// What may be shown, and the certificates in it by their files.
type Credentials = (Vec<Credential>, Vec<OwnLeaf>);

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
