//! What may come after the handshake (RFC 8446 section 4.6).

use crate::connection::{Broken, Established};
use crate::fault::Fault;
use crate::handshake::input::Message;
use crate::handshake::talk::malformed;
use crate::record::TrafficKey;
use crate::tls13::key_schedule::{expander, traffic_key, update_secret};
use handfast_wire::codec::Wire;
use handfast_wire::handshake::{KeyUpdate, NewSessionTicket, NewSessionTicketExtensions};
use handfast_wire::registry::KeyUpdateRequest;

/// The peer's next key.
pub(crate) struct Update {
    pub(crate) key: TrafficKey,
    /// True when the peer wants ours replaced too.
    pub(crate) answer: bool,
}

/// KeyUpdate (RFC 8446 section 4.6.3).
pub(crate) fn key_update(
    established: &mut Established,
    message: Message<'_>,
) -> Result<Update, Broken> {
    let update = KeyUpdate::decode(message.body).map_err(malformed(Fault::KeyUpdateMalformed))?;
    let answer = match update.request_update {
        KeyUpdateRequest::UPDATE_NOT_REQUESTED => false,
        KeyUpdateRequest::UPDATE_REQUESTED => true,
        _ => return Err(Fault::KeyUpdateUnknown.into()),
    };
    let suite = established.suite;
    let secret = established
        .secret
        .as_mut()
        .ok_or(Fault::MessageUnexpected)?;
    update_secret(suite, secret)?;
    Ok(Update {
        key: traffic_key(suite, &expander(suite, secret))?,
        answer,
    })
}

/// NewSessionTicket (RFC 8446 section 4.6.1): checked; resumption will keep it.
pub(crate) fn new_session_ticket(message: Message<'_>) -> Result<(), Broken> {
    let ticket = NewSessionTicket::decode(message.body)
        .map_err(malformed(Fault::NewSessionTicketMalformed))?;
    NewSessionTicketExtensions::read(ticket.extensions)
        .map_err(malformed(Fault::NewSessionTicketMalformed))?;
    Ok(())
}
