//! How much a server may make a client do.

/// How much a server may make a client do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// From the first request to the last, in milliseconds.
    pub patience_ms: u64,
    /// Requests altogether.
    pub requests: u32,
    /// Questions about one thing that is under way.
    pub polls: u32,
    /// Nonces in a row that are refused.
    pub bad_nonces: u32,
    /// Times that one request is repeated because of no answer, or one that says that the server
    /// has troubles (HTTP 500 and above).
    pub troubles: u32,
    /// A longer wait than this, in milliseconds, is left to the caller: the client ends and says
    /// when to come back.
    pub longest_wait_ms: u64,
    /// The longest JSON document.
    pub json_bytes: usize,
    /// The longest chain, in PEM.
    pub chain_bytes: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            patience_ms: 15 * 60 * 1000,
            requests: 2000,
            polls: 60,
            bad_nonces: 8,
            troubles: 4,
            longest_wait_ms: 60_000,
            json_bytes: 256 * 1024,
            chain_bytes: 256 * 1024,
        }
    }
}
