//! Coming back by a ticket (RFC 5077) or a session ID (RFC 5246 section 7.4.1.2),
//! the server's side.

use crate::classic::server::choice::Choice;
use crate::classic::server::{ServerHandshake, State};
use crate::classic::shared::Shared;
use crate::config::ServerPlan;
use crate::connection::{Broken, Output, Resumption};
use crate::fault::{Fault, OwnFailure};
use crate::handshake::proof::PeerSettled;
use crate::session::{Keeping, Ticket, lifetime_within};
use handfast_wire::codec::{Opaque16, Wire};
use handfast_wire::handshake::ClassicNewSessionTicket;
use handfast_wire::registry::HandshakeType;
use std::sync::Arc;
use zeroize::Zeroizing;

/// Seconds that a session lives: 12 hours.
const LIFETIME_S: u32 = 12 * 60 * 60;

/// What a client comes back by, and the session behind it.
pub(super) struct Returning {
    pub(super) session: Ticket,
    pub(super) by: Resumption,
}

/// The session that the client names, when it is ours, alive, of this host and
/// these rules; a ticket goes before a session ID (RFC 5077 section 3.4). Anything
/// else means a full handshake, never an alert.
pub(super) fn find(
    plan: &ServerPlan,
    shared: &Shared,
    choice: &Choice,
    ticket: Option<&[u8]>,
) -> Result<Option<Returning>, Fault> {
    let Some(base) = &plan.scope else {
        return Ok(None);
    };
    // The session ID is what tells a client that its ticket is taken.
    if choice.session_id.is_empty() {
        return Ok(None);
    }
    let now = shared.talk.now;
    let keeping = Keeping::of(&plan.config);
    let scope = base.of_host(shared.talk.negotiated.server_name.as_deref());
    let usable = |session: &Ticket| {
        session.version == shared.profile.version
            && session.is_alive(now.unix_ms)
            && session.scope == scope.0
            && choice
                .suites
                .iter()
                .any(|suite| suite.code == session.suite)
    };
    let sealed = ticket
        .filter(|ticket| !ticket.is_empty())
        .and_then(|ticket| keeping.open(ticket, now))
        .filter(usable);
    let returning = match sealed {
        Some(session) => Some(Returning {
            session,
            by: Resumption::Ticket,
        }),
        None => keeping
            .find(&choice.session_id)
            .filter(usable)
            .map(|session| Returning {
                session,
                by: Resumption::SessionId,
            }),
    };
    // RFC 7627 s5.3: sessions are given only with the extended master secret.
    if returning.is_some() && !shared.extended_master_secret {
        return Err(Fault::ExtendedMasterSecretDropped);
    }
    Ok(returning)
}

impl ServerHandshake {
    /// The flight of a session that goes on; its Finished comes first.
    pub(super) fn say_resumed_flight(
        &mut self,
        returning: Returning,
        out: &mut Output,
    ) -> Result<State, Broken> {
        let Returning { session, by } = returning;
        let suite = self
            .choice
            .suites
            .iter()
            .copied()
            .find(|suite| suite.code == session.suite);
        let suite = suite.ok_or(OwnFailure::Crypto)?;
        self.shared.suite = suite;
        self.shared.talk.transcript.start_keeping(suite.hash);
        self.shared.resume(&session, by)?;
        self.say_server_hello(None, out)?;
        // Its group is that of the session's key exchange; none was made now.
        self.shared.talk.negotiated.group = session.group;
        self.shared.say_finished(out)?;
        let peer = PeerSettled::in_session(&session);
        self.session = Some(session);
        Ok(State::WaitChangeCipherSpec(peer))
    }

    /// True when the connection may be come back to.
    fn is_worth_keeping(&self) -> bool {
        self.plan.scope.is_some()
            && self.shared.extended_master_secret
            && !self.shared.talk.negotiated.is_resumed()
    }

    /// True when a NewSessionTicket will follow: not on a resumed connection,
    /// so that a line of sessions ends with its first ticket.
    pub(super) fn gives_ticket(&self) -> bool {
        self.choice.wants_ticket
            && Keeping::of(&self.plan.config).seals()
            && self.is_worth_keeping()
    }

    /// Draws the session ID under which the session will be kept, where it is.
    pub(super) fn draw_session_id(&mut self) -> Result<(), OwnFailure> {
        let keeping = Keeping::of(&self.plan.config);
        if keeping.keeps() && self.is_worth_keeping() && !self.gives_ticket() {
            self.given_id = Some(keeping.draw_id()?);
        }
        Ok(())
    }

    /// The client's Finished was right: gives it the session that it was promised.
    pub(super) fn give_session(&mut self, out: &mut Output) -> Result<(), Broken> {
        let plan = Arc::clone(&self.plan);
        let keeping = Keeping::of(&plan.config);
        if self.gives_ticket() {
            let session = self.new_session()?;
            // A session that is not kept after all: an empty ticket says so.
            let given = if session.lifetime_s > 0 {
                keeping.give(&session, self.shared.talk.now)?
            } else {
                None
            };
            return self.say_ticket(session.lifetime_s, &given.unwrap_or_default(), out);
        }
        if let Some(id) = self.given_id {
            keeping.keep(&id, &self.new_session()?)?;
        }
        Ok(())
    }

    fn new_session(&self) -> Result<Ticket, OwnFailure> {
        let now = self.shared.talk.now;
        let negotiated = &self.shared.talk.negotiated;
        let base = self.plan.scope.as_ref().ok_or(OwnFailure::Crypto)?;
        Ok(Ticket {
            version: self.shared.profile.version,
            suite: self.shared.suite.code,
            secret: Zeroizing::new(self.shared.master()?.as_bytes().to_vec()),
            group: negotiated.group,
            peer_scheme: negotiated.peer_scheme,
            lineage_ms: now.unix_ms,
            issued_ms: now.unix_ms,
            lifetime_s: lifetime_within(&negotiated.peer_chain, now, LIFETIME_S),
            age_add: 0,
            scope: base.of_host(negotiated.server_name.as_deref()).0,
            alpn: negotiated.alpn.clone().unwrap_or_default(),
            peer_standing: negotiated.peer_standing,
            peer_chain: negotiated.peer_chain.clone(),
        })
    }

    /// NewSessionTicket, before the server's ChangeCipherSpec (RFC 5077 section 3.3).
    fn say_ticket(
        &mut self,
        lifetime_s: u32,
        ticket: &[u8],
        out: &mut Output,
    ) -> Result<(), Broken> {
        let message = ClassicNewSessionTicket {
            ticket_lifetime_hint: lifetime_s,
            ticket: Opaque16(ticket),
        };
        self.shared
            .talk
            .say(out, HandshakeType::NEW_SESSION_TICKET, |out| {
                message.write(out);
            })?;
        Ok(())
    }
}
