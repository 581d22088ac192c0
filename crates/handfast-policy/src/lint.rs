//! The linter: whatever says what may be agreed on is brought to one form, compared, and judged.
//!
//! ```
//! use handfast_policy::{lint, preset};
//!
//! let read = lint::read("ECDHE-RSA-AES128-GCM-SHA256:AES128-SHA")?;
//! assert_eq!(read.language, lint::Language::Ciphers);
//! let ids: Vec<_> = lint::weaknesses(&read.settings).iter().map(|one| one.id).collect();
//! assert!(ids.contains(&"tls.suite.rsa-key-exchange"));
//!
//! let findings = lint::against(&read.settings, preset::find("mozilla-intermediate")?);
//! assert!(lint::is_met(&findings) == false && findings[0].id == "policy.suite");
//!
//! let stricter = lint::read("ECDHE-RSA-AES128-GCM-SHA256")?;
//! let differences = lint::difference(&read.settings, &stricter.settings);
//! assert_eq!(differences[0].gone, ["TLS_RSA_WITH_AES_128_CBC_SHA"]);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod difference;
mod directives;
mod language;
mod profile;
mod unreadable;
mod weakness;

pub use difference::{Difference, Unsaid, difference, lists};
pub use language::{Language, Read, read, read_as};
pub use profile::{against, is_met, spelled};
pub use unreadable::{BadDirective, Unreadable};
pub use weakness::weaknesses;

use core::fmt;

/// How bad something is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Severity {
    /// Worth knowing.
    Info,
    /// Better done otherwise.
    Low,
    /// Discouraged by today's rules.
    Medium,
    /// Broken, or outside of the profile.
    High,
}

impl fmt::Display for Severity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::Info => "info",
            Self::Low => "low",
            Self::Medium => "medium",
            Self::High => "high",
        })
    }
}

/// Something that was found. The meaning of an id never changes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finding {
    /// The name for programs, as `tls.suite.cbc`.
    pub id: &'static str,
    /// How bad it is.
    pub severity: Severity,
    /// What is wrong.
    pub title: String,
    /// What it was found at, by name.
    pub evidence: Vec<String>,
    /// Where a document says so.
    pub section: String,
    /// What to do.
    pub fix: String,
}

#[cfg(test)]
mod tests;
