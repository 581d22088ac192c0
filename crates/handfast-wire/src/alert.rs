//! The alert message (RFC 8446 section 6).

use crate::registry::{AlertDescription, AlertLevel};

message! {
    /// `struct { AlertLevel level; AlertDescription description; } Alert`
    pub struct Alert {
        /// Warning or fatal; TLS 1.3 goes by the description alone.
        level: AlertLevel,
        /// What happened.
        description: AlertDescription,
    }
}

impl Alert {
    /// The alert with the level that its row in the registry gives.
    #[must_use]
    pub fn new(description: AlertDescription) -> Self {
        Self {
            level: description.level(),
            description,
        }
    }

    /// The two bytes on the wire.
    #[must_use]
    pub const fn to_bytes(self) -> [u8; 2] {
        [self.level.0, self.description.0]
    }
}
