//! Strings that mean nothing.

use crate::dropped::Dropped;
use core::fmt;

/// A string that cannot be read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BadString {
    /// What is wrong.
    pub fault: Fault,
    /// Where, in bytes from the start.
    pub at: usize,
    /// The word that is wrong.
    pub word: String,
    /// The nearest that it could have been.
    pub nearest: Option<String>,
    /// What dropped out before.
    pub dropped: Vec<Dropped>,
}

/// What is wrong with a string.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Fault {
    /// A word stands where none can, or has a character that no word has.
    WordMissing,
    /// Behind `@` stands no command.
    Command,
    /// A security level is 0 to 5.
    Level,
    /// No suite is named, or all are taken away again.
    NoSuite,
    /// A bracket is not closed.
    GroupOpen,
    /// Something stands behind a bracket without a separator.
    AfterGroup,
    /// In brackets stand words and `|`.
    InGroup,
    /// Behind brackets nothing can be moved or taken away.
    OrderedGroup,
    /// Nothing has this name.
    Unknown,
    /// The list is empty.
    NothingNamed,
    /// A word stands without `+`, `-` or `!`, in GnuTLS's strings.
    SignMissing,
    /// What the word stands for is kept in a file of the system.
    Elsewhere,
    /// A mark stands where none can, or twice.
    Mark,
    /// A name stands twice, in the lists of OpenSSL 3.0.
    Twice,
    /// More key shares are to be sent than OpenSSL sends.
    ManyShares,
}

impl BadString {
    pub(crate) fn new(fault: Fault, at: usize, word: &str) -> Self {
        Self {
            fault,
            at,
            word: word.to_owned(),
            nearest: None,
            dropped: Vec::new(),
        }
    }

    pub(crate) fn with_nearest(mut self, nearest: Option<String>) -> Self {
        self.nearest = nearest;
        self
    }

    pub(crate) fn with_dropped(mut self, dropped: Vec<Dropped>) -> Self {
        self.dropped = dropped;
        self
    }
}

impl fmt::Display for BadString {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { at, word, .. } = self;
        match self.fault {
            Fault::WordMissing if word.is_empty() => write!(f, "a word is missing at byte {at}"),
            Fault::WordMissing => write!(f, "{word:?} at byte {at} begins with no letter or digit"),
            Fault::Command => write!(f, "@{word} at byte {at} is no command"),
            Fault::Level => write!(f, "{word} at byte {at}: a security level is 0 to 5"),
            Fault::NoSuite => f.write_str("no suite is left of the whole string"),
            Fault::GroupOpen => f.write_str("a bracket [ is not closed"),
            Fault::AfterGroup => write!(f, "a separator is missing behind ] at byte {at}"),
            Fault::InGroup => write!(f, "{word:?} at byte {at}: in brackets stand words and |"),
            Fault::OrderedGroup => write!(
                f,
                "{word:?} at byte {at}: behind brackets nothing can be moved or taken away"
            ),
            Fault::SignMissing => write!(f, "{word:?} at byte {at} has no +, - or ! in front"),
            Fault::Elsewhere => write!(
                f,
                "what {word:?} stands for is kept in a file of the system"
            ),
            Fault::Mark => write!(
                f,
                "{word:?} at byte {at} has a mark that cannot stand there"
            ),
            Fault::Twice => write!(f, "{word:?} stands twice (at byte {at})"),
            Fault::ManyShares => f.write_str("more than four shares are to be sent at once"),
            Fault::NothingNamed => f.write_str("nothing is named"),
            Fault::Unknown => write!(f, "nothing is called {word:?} (at byte {at})"),
        }?;
        match &self.nearest {
            Some(nearest) => write!(f, "; the nearest is {nearest}"),
            None => Ok(()),
        }
    }
}

impl core::error::Error for BadString {}
