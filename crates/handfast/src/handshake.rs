//! The words that all versions share while they shake hands: messages, the
//! transcript, what is said and heard, verdicts and proofs. `tls13` and
//! `classic` are built of these and never import each other.

pub(crate) mod again;
pub(crate) mod excepted;
pub(crate) mod finished;
pub(crate) mod input;
pub(crate) mod judge;
pub(crate) mod proof;
pub(crate) mod shown;
pub(crate) mod side;
pub(crate) mod talk;
pub(crate) mod transcript;
