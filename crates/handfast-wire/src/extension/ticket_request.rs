//! ticket_request (RFC 9149 section 3).

message! {
    /// How many tickets a client would like to have; a server answers with one number, the tickets
    /// that it means to give.
    pub struct TicketRequest {
        /// Where the server chooses a full handshake.
        new_session_count: u8,
        /// Where a session goes on.
        resumption_count: u8,
    }
}
