//! NewSessionTicket before TLS 1.3 (RFC 5077 section 3.3).

use crate::codec::Opaque16;

message! {
    /// A ticket with which the client may come back.
    pub struct ClassicNewSessionTicket<'a> {
        /// Seconds; 0 says nothing.
        ticket_lifetime_hint: u32,
        /// The ticket; empty: none after all.
        ticket: Opaque16<'a>,
    }
}
