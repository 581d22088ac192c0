//! Moments, as RFC 3339 writes them.

use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// A moment in seconds since 1970: in JSON a date with time and zone (RFC 3339), of which
/// fractions of a second are cut off.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Timestamp {
    /// Seconds since 1970-01-01T00:00:00Z.
    pub unix: u64,
}

impl Timestamp {
    /// The moment so many seconds after 1970 began.
    #[must_use]
    pub const fn unix(unix: u64) -> Self {
        Self { unix }
    }
}

impl core::fmt::Display for Timestamp {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        let seconds = i64::try_from(self.unix).unwrap_or(i64::MAX);
        // What lies after the year 9999 is written as its end.
        let moment = jiff::Timestamp::from_second(seconds).unwrap_or(jiff::Timestamp::MAX);
        let second = jiff::Timestamp::from_second(moment.as_second()).unwrap_or(moment);
        second.fmt(f)
    }
}

impl Serialize for Timestamp {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Timestamp {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        use serde::de::Error;
        let text = String::deserialize(deserializer)?;
        let moment: jiff::Timestamp = text.parse().map_err(Error::custom)?;
        let unix =
            u64::try_from(moment.as_second()).map_err(|_| Error::custom("a date before 1970"))?;
        Ok(Self { unix })
    }
}
