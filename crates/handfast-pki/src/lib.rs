//! Certificate paths, names and verdicts for Handfast.
