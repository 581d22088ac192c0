//! `handfast list WHAT`: what there is, from the tables that the engine itself goes by.

mod museum;
mod policies;
mod presets;
pub(crate) mod registries;
mod suites;

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
    /// Everything is found by asking the engine whether it would take it. Presets hold to a standard
    /// and add to nothing; with a preset's name, all of its rules with their sections.
    Policies(policies::Options),
    /// What a cipher string of OpenSSL's means here: suites in order, and what drops out and why
    ///
    /// Every suite with OpenSSL's name and IANA's. Suites of TLS 1.3 are not chosen by such strings. A
    /// word that means nothing is passed over, as OpenSSL does, and told; anonymous suites stay only
    /// where each is named by itself, under --policy museum.
    Suites(suites::Options),
    /// What was spoken once, is recognised by name, and is negotiated under no policy
    Museum(museum::Options),
    /// Every alert: its number, since when and until when it is sent, and what it means
    Alerts,
    /// Every extension of Hellos, and how it stands today
    Extensions,
    /// Every group for key exchanges, whether it is spoken here, and how it stands today
    Groups,
    /// Every signature scheme, whether it is spoken here, and how it stands today
    Sigalgs,
}

/// Runs a list.
pub(crate) fn run(options: &Options, talk: &Talk) -> Exit {
    match &options.what {
        What::Policies(options) => policies::run(options, talk),
        What::Suites(options) => suites::run(options, talk),
        What::Museum(options) => museum::run(options, talk),
        What::Alerts => registries::run(registries::Registry::Alerts, talk),
        What::Extensions => registries::run(registries::Registry::Extensions, talk),
        What::Groups => registries::run(registries::Registry::Groups, talk),
        What::Sigalgs => registries::run(registries::Registry::Schemes, talk),
    }
}
