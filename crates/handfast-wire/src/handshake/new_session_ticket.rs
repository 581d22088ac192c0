//! NewSessionTicket (RFC 8446 section 4.6.1).

use crate::codec::{Opaque8, Opaque16};
use crate::extension::{Extensions, TlsFlags};

message! {
    /// A ticket with which the client may come back.
    pub struct NewSessionTicket<'a> {
        /// Seconds; at most seven days.
        ticket_lifetime: u32,
        /// Added to the age that the client reports.
        ticket_age_add: u32,
        /// Makes each ticket's key its own.
        ticket_nonce: Opaque8<'a>,
        /// The ticket.
        ticket: Opaque16<'a, 1>,
        /// How much early data, and flags.
        extensions: Extensions<'a>,
    }
}

extension_set! {
    /// What a ticket's extensions hold.
    pub struct NewSessionTicketExtensions<'a> {
        /// max_early_data_size in bytes.
        early_data: u32 = EARLY_DATA,
        /// What else may be done with it, a bit each.
        tls_flags: TlsFlags<'a> = TLS_FLAGS,
    }
}
