//! A message of another program.

/// Part of a message.
pub(super) struct Phrase {
    /// In lower case, with spaces for underscores; found anywhere in what was asked.
    pub(super) part: &'static str,
    /// Who says so.
    pub(super) by: &'static str,
    pub(super) says: &'static str,
    pub(super) try_this: &'static str,
}
