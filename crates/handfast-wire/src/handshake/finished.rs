//! Finished (RFC 8446 section 4.4.4).

message! {
    /// The MAC over the whole handshake.
    pub struct Finished<'a> {
        /// As long as the hash.
        verify_data: &'a [u8],
    }
}
