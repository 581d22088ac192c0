//! One thing that must hold.

/// A claim, and whether it was found to be true.
#[derive(Clone, Debug)]
pub(crate) struct Check {
    pub(crate) claim: String,
    pub(crate) holds: bool,
}

pub(super) fn check(holds: bool, claim: impl Into<String>) -> Check {
    Check {
        claim: claim.into(),
        holds,
    }
}

/// The first bytes of a secret, enough to see that two are the same.
pub(super) fn start(secret: Option<&[u8]>) -> String {
    let first = secret.and_then(|secret| secret.get(..4));
    let hex = first
        .unwrap_or_default()
        .iter()
        .map(|byte| format!("{byte:02x}"));
    hex.collect::<String>() + "\u{2026}"
}
