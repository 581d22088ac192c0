//! What the user asks for.

use anstream::ColorChoice;
use clap::{Args, ValueEnum};
use std::path::PathBuf;

/// The command's own flags.
#[derive(Args, Clone, Debug, Default)]
pub(crate) struct DemoArgs {
    /// Show one part of the tour only
    #[arg(long, value_enum, value_name = "PART")]
    pub(crate) only: Option<Part>,
}

/// All that the tour goes by.
#[derive(Clone, Debug)]
pub(crate) struct Options {
    /// One part of the tour; `None`: all.
    pub(crate) only: Option<Part>,
    /// Where the clients' secrets go (NSS key log).
    pub(crate) keylog: Option<PathBuf>,
    /// One JSON document instead of text.
    pub(crate) json: bool,
    /// Whether the text is coloured.
    pub(crate) color: ColorChoice,
}

/// A part of the tour.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Part {
    /// A web page over TLS 1.3
    #[value(name = "1.3")]
    Tls13,
    /// The same, the client showing a certificate too
    Mutual,
    /// An untrusted authority, a flipped bit, a weakened offer
    Refusals,
}
