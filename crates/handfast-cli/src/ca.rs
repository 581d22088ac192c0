//! `handfast ca VERB`: an authority of one's own in a folder.
//!
//! ```text
//! flags --> place (which folder) --> the verb --> page (text) | one JSON document
//! ```
//! A file a verb; what they share lies in `place`, `names`, `kept` and `page`.

mod kept;
mod page;
mod place;
mod show;

use crate::exit::Exit;
use crate::talk::Talk;
use clap::{Args, Subcommand};

/// The verbs of `ca`.
#[derive(Args, Clone, Debug)]
pub(crate) struct Options {
    #[command(subcommand)]
    verb: Verb,
}

#[derive(Subcommand, Clone, Debug)]
enum Verb {
    /// Show the authority in a folder: its certificates, and for which names it may vouch
    ///
    /// No key is read, so no password is needed.
    ///
    /// Exit codes: 0 it is shown; 2 there is no authority in the folder, or it cannot be read.
    #[command(after_long_help = SHOW_EXAMPLES)]
    Show(show::Options),
}

/// Runs a verb.
pub(crate) async fn run(options: &Options, talk: &Talk) -> Exit {
    // A program that asked for one document reads all in it.
    let talk = &Talk {
        quiet: talk.quiet || talk.json,
        ..talk.clone()
    };
    match &options.verb {
        Verb::Show(options) => show::run(options, talk),
    }
}

const SHOW_EXAMPLES: &str = "\
Examples:
  handfast ca show
  handfast ca show --ca-dir /srv/ca --json";
