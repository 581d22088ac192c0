//! Why a store gave no answer.

use core::fmt;

/// Why a store gave no answer. It costs a full handshake, or early data, and nothing else.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum StoreFailed {
    /// It cannot be reached: why.
    Unreachable(String),
    /// It did not answer within the budget.
    TooSlow,
    /// It was not asked, since it failed several times in a row a moment ago.
    Paused,
    /// It answered, and said no: what it said.
    Refused(String),
    /// It answered with what no store answers: what.
    BadAnswer(String),
    /// It cannot say whether it has seen a mark, since it may have forgotten some: why.
    Forgets(String),
    /// It has no room.
    Full,
}

/// Characters of somebody else's words that are shown, at most.
const SHOWN: usize = 160;

impl StoreFailed {
    /// For words that a store said: they are cut, and nothing in them moves a terminal.
    #[must_use]
    pub fn refused(said: &str) -> Self {
        Self::Refused(shown(said))
    }

    /// The same for why marks may be forgotten.
    #[must_use]
    pub fn forgets(why: &str) -> Self {
        Self::Forgets(shown(why))
    }

    /// The same for an answer that makes no sense.
    #[must_use]
    pub fn bad_answer(said: &str) -> Self {
        Self::BadAnswer(shown(said))
    }
}

fn shown(said: &str) -> String {
    let cut: String = said.chars().take(SHOWN).collect();
    cut.escape_debug().to_string()
}

impl fmt::Display for StoreFailed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Unreachable(why) => write!(f, "the store cannot be reached: {why}"),
            Self::TooSlow => f.write_str("the store took too long to answer"),
            Self::Paused => f.write_str("the store failed a moment ago and was not asked"),
            Self::Refused(said) => write!(f, "the store refuses: {said}"),
            Self::BadAnswer(said) => write!(f, "the store answers nonsense: {said}"),
            Self::Forgets(why) => write!(f, "the store may have forgotten strikes: {why}"),
            Self::Full => f.write_str("the store is full"),
        }
    }
}

impl core::error::Error for StoreFailed {}
