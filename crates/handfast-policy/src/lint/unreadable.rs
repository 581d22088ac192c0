//! Why a text cannot be read.

use crate::bad_string::BadString;
use crate::preset::NoPolicy;
use core::fmt;

/// A text that cannot be read.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Unreadable {
    /// Nothing is there.
    Empty,
    /// It is longer than 256 KiB.
    TooLong,
    /// A string is wrong; `nearest` is a policy that may have been meant.
    String {
        /// What is wrong with it.
        fault: BadString,
        /// The nearest name of a policy.
        nearest: Option<String>,
    },
    /// No policy has this name.
    Policy(NoPolicy),
    /// A line of a config file is wrong.
    Directive(BadDirective),
    /// No line of a config file speaks of TLS in a way that is known.
    NoDirective,
}

impl fmt::Display for Unreadable {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Empty => f.write_str("there is nothing to read"),
            Self::TooLong => f.write_str("a text of more than 256 KiB is not read"),
            Self::String {
                fault,
                nearest: None,
            } => fault.fmt(f),
            Self::String {
                fault,
                nearest: Some(nearest),
            } => write!(f, "{fault}; the nearest policy is {nearest}"),
            Self::Policy(none) => none.fmt(f),
            Self::Directive(bad) => bad.fmt(f),
            Self::NoDirective => f.write_str(
                "no line speaks of TLS: known are ssl_protocols, ssl_ciphers, ssl_ecdh_curve and \
                 ssl_conf_command (nginx), SSLProtocol, SSLCipherSuite and SSLOpenSSLConfCmd \
                 (Apache), ssl-default-bind-ciphers and its like (HAProxy)",
            ),
        }
    }
}

impl core::error::Error for Unreadable {}

/// A line that cannot be read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BadDirective {
    /// Which line, from 1.
    pub line: usize,
    /// What it begins with.
    pub directive: String,
    /// What is wrong.
    pub wrong: String,
}

impl fmt::Display for BadDirective {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            line,
            directive,
            wrong,
        } = self;
        write!(f, "line {line}, {directive}: {wrong}")
    }
}
