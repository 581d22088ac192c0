//! What was tried, for people and programs.

use crate::cache::Origin;
use crate::failed::Failed;
use crate::kind::Kind;
use core::fmt;
use core::time::Duration;
use handfast_pki::verify::rejection::Place;

/// One fetch of a verification.
#[derive(Clone, Debug)]
pub struct Tried {
    /// What was wanted.
    pub kind: Kind,
    /// For which certificate, as indices of [`crate::Outcome::chain`] go.
    pub place: Place,
    /// From where, as its certificate or CRL says.
    pub url: String,
    /// Where it was found in the end.
    pub origin: Origin,
    /// How long it took.
    pub took: Duration,
    /// How many bytes came, or why none did.
    pub outcome: Result<usize, Failed>,
}

impl fmt::Display for Tried {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // A URL is a stranger's text.
        let url = self.url.chars().take(SHOWN).flat_map(char::escape_debug);
        write!(f, "{} {}: ", self.kind, url.collect::<String>())?;
        match &self.outcome {
            Ok(bytes) => write!(f, "{bytes} bytes")?,
            Err(failed) => write!(f, "{failed}")?,
        }
        match self.origin {
            Origin::Network => {}
            Origin::Shared => f.write_str(", with another connection's")?,
            Origin::Memory => f.write_str(", from memory")?,
            Origin::Disk => f.write_str(", from disk")?,
        }
        write!(f, " ({:.1} ms)", self.took.as_secs_f64() * 1e3)
    }
}

const SHOWN: usize = 200;
