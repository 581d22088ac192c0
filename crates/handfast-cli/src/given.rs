//! The flags that a command was given, by which a remedy is told: what to add, what to leave out, and
//! what they forbid.

use handfast::ProtocolVersion;
use handfast_policy::Policy;

/// Who speaks, and by which flags.
#[derive(Clone, Debug, Default)]
pub(crate) struct Given {
    pub(crate) verb: Verb,
    /// The preset of `--policy`, which lets in nothing else.
    pub(crate) preset: Option<&'static Policy>,
    /// `--min` and `--max` as they were given, each with its version.
    pub(crate) min: Option<(String, ProtocolVersion)>,
    pub(crate) max: Option<(String, ProtocolVersion)>,
    /// `--suites`, `--ciphers`, `--groups`, `--sigalgs`, where they were given.
    pub(crate) lists: Vec<&'static str>,
    /// `--cert`, `--raw-key`.
    pub(crate) has_own: bool,
    /// An exception about certificates could be made: no other flag judges the server.
    pub(crate) takes_exceptions: bool,
    /// The server that was asked for.
    pub(crate) peer: Option<String>,
}

/// What has which flags.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Verb {
    /// `get`, and what asks for pages as it does.
    #[default]
    Get,
    /// `connect`.
    Connect,
    /// `cert` with a host, which takes whatever it shows.
    Look,
    /// `serve`.
    Serve,
}

impl Given {
    /// Whether one of the lists was named.
    pub(crate) fn has(&self, flag: &str) -> bool {
        self.lists.contains(&flag)
    }

    /// True where connections are made, and not taken.
    pub(crate) fn is_client(&self) -> bool {
        self.verb != Verb::Serve
    }

    /// True for the verbs that have all flags of a client.
    pub(crate) fn asks(&self) -> bool {
        matches!(self.verb, Verb::Get | Verb::Connect)
    }
}
