//! Time, as an argument.

/// What the clocks say. The engine never reads them itself.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Now {
    /// Milliseconds since 1970-01-01 00:00 UTC: for certificates and tickets.
    pub unix_ms: u64,
    /// Milliseconds since any fixed point: for durations.
    pub monotonic_ms: u64,
}

impl Now {
    /// Whole seconds since 1970-01-01 00:00 UTC.
    #[must_use]
    pub const fn unix_s(self) -> u64 {
        self.unix_ms / 1000
    }
}
