//! What may come after the handshake (RFC 8446 section 4.6).

use crate::connection::{Broken, Established};
use crate::fault::Fault;
use crate::handshake::input::Message;
use crate::handshake::talk::malformed;
use crate::record::TrafficKey;
use crate::session::{
    Identity, Session, SessionSecret, SettingsPair, Staples, StoredSession, Ticket,
    lifetime_of_peer,
};
use crate::time::Now;
use crate::tls13::key_schedule::{expander, ticket_secret, traffic_key, update_secret};
use handfast_wire::codec::Wire;
use handfast_wire::extension::TlsFlags;
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

/// NewSessionTicket (RFC 8446 section 4.6.1): a session for the store, or for the
/// caller to keep.
pub(crate) fn new_session_ticket(
    established: &Established,
    message: Message<'_>,
    now: Now,
) -> Result<Option<StoredSession>, Broken> {
    let message = NewSessionTicket::decode(message.body)
        .map_err(malformed(Fault::NewSessionTicketMalformed))?;
    let extensions = NewSessionTicketExtensions::read(message.extensions)
        .map_err(malformed(Fault::NewSessionTicketMalformed))?;
    if !extensions.tls_flags.is_none_or(|flags| flags.is_minimal()) {
        return Err(Fault::FlagsNotMinimal.into());
    }
    let (Some(sessions), Some(plan)) = (&established.sessions, &established.plan) else {
        return Ok(None);
    };
    let Some(maker) = &sessions.maker else {
        return Ok(None);
    };
    // RFC 8446 s4.6.1: at most seven days; nothing says "use it now or never".
    let wanted_s = message.ticket_lifetime.min(7 * 24 * 60 * 60);
    let lifetime_s = lifetime_of_peer(&established.negotiated, now, wanted_s);
    if lifetime_s == 0 || established.negotiated.is_peer_excepted() {
        return Ok(None);
    }
    let suite = established.suite;
    let mut secret = SessionSecret::zeros(suite.hash.output_len());
    let resumption = expander(suite, &maker.secret);
    ticket_secret(&resumption, message.ticket_nonce.0, secret.as_mut_bytes())?;
    let negotiated = &established.negotiated;
    let max_early_data = extensions.early_data.unwrap_or(0);
    let state = Ticket {
        version: negotiated.version,
        suite: suite.code,
        extended: true,
        secret,
        group: negotiated.group,
        peer_scheme: negotiated.peer_scheme,
        lineage_ms: maker.lineage_ms,
        issued_ms: now.unix_ms,
        lifetime_s,
        age_add: message.ticket_age_add,
        max_early_data,
        across_names: extensions
            .tls_flags
            .is_some_and(|flags| flags.has(TlsFlags::RESUMPTION_ACROSS_NAMES)),
        scope: maker.scope.0,
        alpn: negotiated.alpn.as_deref().unwrap_or_default().to_vec(),
        peer_standing: negotiated.peer_standing,
        application_settings: SettingsPair::kept(
            negotiated.application_settings.as_deref(),
            max_early_data,
        ),
        psk_identity: negotiated.psk_identity.clone(),
        peer_chain: negotiated.peer_chain.clone(),
        own_type: negotiated.own_type,
    };
    let identity = Identity::Ticket(message.ticket.to_vec());
    let session = Session {
        state,
        identity,
        received_ms: now.unix_ms,
        staples: Staples::of(negotiated),
        origin: Some(maker.origin),
    };
    Ok(plan.keep(&sessions.server, session, now))
}
