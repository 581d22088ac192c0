//! NewSessionTicket (RFC 5077 section 3.3), and the session that it or a session ID makes.

use crate::classic::client::{ClientHandshake, State};
use crate::connection::{Broken, Output};
use crate::fault::Fault;
use crate::handshake::input::Message;
use crate::handshake::proof::PeerSettled;
use crate::handshake::talk::malformed;
use crate::session::{Identity, Session, Staples, Ticket, lifetime_within};
use handfast_wire::codec::Wire;
use handfast_wire::handshake::ClassicNewSessionTicket;
use std::sync::Arc;

/// Seconds that a session is kept when the server does not say: two hours.
const UNSAID_LIFETIME_S: u32 = 2 * 60 * 60;

impl ClientHandshake {
    /// What comes once our part is said, or none of it is needed.
    pub(super) fn after_own_part(ticket_promised: bool, peer: PeerSettled) -> State {
        if ticket_promised {
            State::WaitNewSessionTicket(peer)
        } else {
            State::WaitChangeCipherSpec(peer)
        }
    }

    /// In `WaitNewSessionTicket`.
    pub(super) fn new_session_ticket(
        &mut self,
        peer: PeerSettled,
        message: Message<'_>,
    ) -> Result<State, Broken> {
        let ticket = ClassicNewSessionTicket::decode(message.body)
            .map_err(malformed(Fault::NewSessionTicketMalformed))?;
        let lifetime_s = match ticket.ticket_lifetime_hint {
            0 => UNSAID_LIFETIME_S,
            hint => hint.min(24 * 60 * 60),
        };
        // RFC 5077 s3.3: an empty ticket means none after all.
        if !ticket.ticket.is_empty() {
            self.ticket = Some((ticket.ticket.to_vec(), lifetime_s));
        }
        self.shared.talk.hear(message);
        Ok(State::WaitChangeCipherSpec(peer))
    }

    /// The handshake is right: the session is worth keeping, without the extended master secret
    /// only where a policy says so. True where it was kept.
    pub(super) fn keep_session(&mut self, out: &mut Output) -> Result<bool, Broken> {
        let plan = &*self.plan;
        let Some(base) = plan.scope.as_ref().filter(|_| plan.keeps_sessions()) else {
            return Ok(false);
        };
        if !self.shared.may_come_back(plan.config.ask_for_psk) {
            return Ok(false);
        }
        if !self.shared.is_bound_enough() || self.shared.talk.negotiated.is_peer_excepted() {
            return Ok(false);
        }
        let now = self.shared.talk.now;
        let server = self.name.as_text();
        // A ticket goes before a session ID (RFC 5077 s3.4).
        let sealed = self
            .ticket
            .take()
            .map(|(ticket, wanted_s)| (Identity::Ticket(ticket), wanted_s));
        let kept = self
            .given_id
            .take()
            .map(|id| (Identity::SessionId(id), UNSAID_LIFETIME_S));
        let Some((identity, wanted_s)) = sealed.or(kept) else {
            // Before TLS 1.3 a session serves until it expires.
            let session = self.session.take();
            let kept = session.is_some();
            if let Some(session) = session {
                out.stored
                    .extend(plan.keep(&server, session, self.shared.talk.now));
            }
            return Ok(kept);
        };
        let came_back = self.session.as_ref().map(|session| &session.state);
        let asks = plan.config.ask_for_psk;
        let scope = base.of_server_name(&self.name);
        let scope = scope.of_connection(came_back, self.shared.psk.as_ref(), asks);
        let negotiated = &self.shared.talk.negotiated;
        let state = Ticket {
            version: self.shared.profile.version,
            suite: self.shared.suite.code,
            extended: self.shared.extended_master_secret,
            secret: self.shared.master()?.into(),
            group: negotiated.group,
            peer_scheme: negotiated.peer_scheme,
            max_early_data: 0,
            across_names: false,
            lineage_ms: self
                .session
                .as_ref()
                .map_or(now.unix_ms, |session| session.state.lineage_ms),
            issued_ms: now.unix_ms,
            lifetime_s: lifetime_within(&negotiated.peer_chain, now, wanted_s),
            age_add: 0,
            scope: scope.0,
            alpn: negotiated.alpn.as_deref().unwrap_or_default().to_vec(),
            peer_standing: negotiated.peer_standing,
            application_settings: None,
            psk_identity: negotiated.psk_identity.clone(),
            peer_chain: negotiated.peer_chain.clone(),
            own_type: negotiated.own_type,
        };
        let session = Session {
            state,
            identity,
            received_ms: now.unix_ms,
            staples: Staples::of(negotiated),
            origin: None,
        };
        out.stored
            .extend(plan.keep(&server, session, self.shared.talk.now));
        Ok(true)
    }

    /// The store has the session, which is forgotten if the connection fails. By its
    /// name the server is found again; one that was not named needs a place for that.
    pub(super) fn may_forget(&self, out: &mut Output) {
        let Some(established) = &mut out.connected else {
            return;
        };
        if self.plan.config.sessions.is_none() {
            return;
        }
        established.plan = Some(Arc::clone(&self.plan));
        if established.negotiated.server_name.is_none() {
            let sessions = established.sessions.get_or_insert_default();
            sessions.server = self.name.as_text().into();
        }
    }
}
