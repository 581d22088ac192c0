//! `handfast list WHAT`: what there is, from the tables that the engine itself goes by.

mod museum;
mod policies;

use crate::exit::Exit;
use crate::talk::Talk;
use clap::{Args, Subcommand};

/// The lists.
#[derive(Args, Clone, Debug)]
pub(crate) struct Options {
    #[command(subcommand)]
    what: What,
}

#[derive(Subcommand, Clone, Debug)]
enum What {
    /// What each --policy allows: versions, key exchanges, cipher suites, groups, signatures
    ///
    /// Each policy adds to the one before it. What is marked with * is offered as soon as the policy
    /// is named; the rest must be named too, by --suites, --groups, --sigalgs, --min and --max.
    /// Everything is found by asking the engine whether it would take it.
    Policies(policies::Options),
    /// What was spoken once, is recognised by name, and is negotiated under no policy
    Museum(museum::Options),
}

/// Runs a list.
pub(crate) fn run(options: &Options, talk: &Talk) -> Exit {
    match &options.what {
        What::Policies(options) => policies::run(options, talk),
        What::Museum(options) => museum::run(options, talk),
    }
}
