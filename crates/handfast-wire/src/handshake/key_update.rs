//! KeyUpdate (RFC 8446 section 4.6.3).

use crate::registry::KeyUpdateRequest;

message! {
    /// The sender's traffic keys change after this message.
    pub struct KeyUpdate {
        /// Whether the receiver must do the same.
        request_update: KeyUpdateRequest,
    }
}
