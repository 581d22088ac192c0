//! `handfast cert VERB`: certificates, in files and on live hosts.

mod inspect;
mod presented;
mod target;

use crate::exit::Exit;
use crate::talk::Talk;
use clap::{Args, Subcommand};

/// The verbs of `cert`.
#[derive(Args, Clone, Debug)]
pub(crate) struct Options {
    #[command(subcommand)]
    verb: Verb,
}

#[derive(Subcommand, Clone, Debug)]
enum Verb {
    /// Show what certificates say, in files or as live hosts send them; nothing is judged
    ///
    /// Takes PEM, DER, PKCS#7 and PKCS#12 files, several certificates in one file, and also
    /// certificate requests, keys, revocation lists and OCSP responses: what a file holds is found
    /// out by its contents, not by its name. Of private keys nothing secret is shown. A host is
    /// connected to, and the chain that it sends is shown even where it cannot be verified.
    Inspect(Box<inspect::Options>),
}

/// Runs a verb.
pub(crate) async fn run(options: &Options, talk: &Talk) -> Exit {
    match &options.verb {
        Verb::Inspect(options) => inspect::run(options, talk).await,
    }
}
