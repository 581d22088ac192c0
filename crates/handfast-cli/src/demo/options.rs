//! What the user asks for.

use clap::{Args, ValueEnum};

/// The command's own flags.
#[derive(Args, Clone, Debug)]
pub(crate) struct Options {
    /// Show one part of the tour only
    #[arg(long, value_enum, value_name = "PART")]
    pub(crate) only: Option<Part>,
}

/// A part of the tour.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Part {
    /// A web page over TLS 1.3
    #[value(name = "1.3")]
    Tls13,
    /// A web page over TLS 1.2, as the tutorials draw it
    #[value(name = "1.2")]
    Tls12,
    /// Coming back: TLS 1.3, and TLS 1.2 by ticket and by session ID
    Resumed,
    /// The client showing a certificate too, in both versions
    Mutual,
    /// An untrusted authority, a flipped bit, a weakened offer
    Refusals,
    /// A lesson outside the tour: RSA key transport, from the premaster secret to the key block
    Rsa,
    /// A lesson outside the tour: SSL 3.0, with the same numbers as they came about then
    Ssl3,
}
