//! How a test ends when it does not succeed.

use crate::flags::FlagFault;
use crate::names;
use core::fmt;
use handfast::Error;

/// Why the shim stops early.
#[derive(Debug)]
pub(crate) enum Stop {
    /// The test needs something that does not exist here: exit code 89.
    NotHonoured(String),
    /// The engine ended the connection: exit code 1, its name on standard error.
    Engine(Error),
    /// Something was not as the runner wants it: exit code 1, in words.
    Wrong(String),
}

impl From<Error> for Stop {
    fn from(error: Error) -> Self {
        Self::Engine(error)
    }
}

impl From<FlagFault> for Stop {
    fn from(fault: FlagFault) -> Self {
        match fault {
            FlagFault::NotHonoured(flag) => Self::NotHonoured(flag),
            FlagFault::Malformed(why) => Self::Wrong(why),
        }
    }
}

impl From<std::io::Error> for Stop {
    fn from(error: std::io::Error) -> Self {
        Self::Wrong(format!("the transport failed: {error}"))
    }
}

impl fmt::Display for Stop {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NotHonoured(what) => write!(f, "not implemented: {what}"),
            Self::Wrong(what) => f.write_str(what),
            Self::Engine(error) => match names::name(*error) {
                Some(name) => write!(f, "{name} {error}"),
                None => write!(f, "{error}"),
            },
        }
    }
}

/// A check of the runner's wishes: nothing when `true`.
pub(crate) fn ensure(holds: bool, what: impl FnOnce() -> String) -> Result<(), Stop> {
    if holds {
        Ok(())
    } else {
        Err(Stop::Wrong(what()))
    }
}
