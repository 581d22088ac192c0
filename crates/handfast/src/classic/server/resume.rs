//! Coming back by a ticket, the server's side (RFC 5077).

use crate::classic::server::choice::Choice;
use crate::classic::server::{ServerHandshake, State};
use crate::classic::shared::Shared;
use crate::config::ServerPlan;
use crate::connection::{Broken, Output};
use crate::fault::{Fault, OwnFailure};
use crate::handshake::proof::PeerSettled;
use crate::session::{Ticket, lifetime_within};
use handfast_wire::codec::{Opaque16, Wire};
use handfast_wire::handshake::ClassicNewSessionTicket;
use handfast_wire::registry::HandshakeType;
use std::sync::Arc;
use zeroize::Zeroizing;

/// Seconds that a ticket lives: 12 hours.
const LIFETIME_S: u32 = 12 * 60 * 60;

/// The session of the client's ticket, when it is ours, alive, of this host and
/// these rules. Any other ticket means a full handshake, never an alert.
pub(super) fn find(
    plan: &ServerPlan,
    shared: &Shared,
    choice: &Choice,
    ticket: Option<&[u8]>,
) -> Result<Option<Ticket>, Fault> {
    let ticket = ticket.filter(|ticket| !ticket.is_empty());
    let (Some(keys), Some(ticket), Some(base)) = (&plan.config.ticket_keys, ticket, &plan.scope)
    else {
        return Ok(None);
    };
    let talk = &shared.talk;
    let opened = keys
        .open(ticket, talk.now)
        .and_then(|content| Ticket::from_bytes(&content).ok());
    let scope = base.of_host(talk.negotiated.server_name.as_deref());
    let usable = opened.filter(|session| {
        session.version == shared.profile.version
            && session.is_alive(talk.now.unix_ms)
            && session.scope == scope.0
            && choice
                .suites
                .iter()
                .any(|suite| suite.code == session.suite)
            && !choice.session_id.is_empty()
    });
    // RFC 7627 s5.3: tickets are given only with the extended master secret.
    if usable.is_some() && !shared.extended_master_secret {
        return Err(Fault::ExtendedMasterSecretDropped);
    }
    Ok(usable)
}

impl ServerHandshake {
    /// The flight of a session that goes on; its Finished comes first.
    pub(super) fn say_resumed_flight(
        &mut self,
        session: Ticket,
        out: &mut Output,
    ) -> Result<State, Broken> {
        let suite = self
            .choice
            .suites
            .iter()
            .copied()
            .find(|suite| suite.code == session.suite);
        let suite = suite.ok_or(OwnFailure::Crypto)?;
        self.shared.suite = suite;
        self.shared.talk.transcript.start_keeping(suite.hash);
        self.shared.resume(&session)?;
        self.say_server_hello(None, out)?;
        // Its group is that of the session's key exchange; none was made now.
        self.shared.talk.negotiated.group = session.group;
        self.shared.say_finished(out)?;
        let peer = PeerSettled::in_session(&session);
        self.session = Some(session);
        Ok(State::WaitChangeCipherSpec(peer))
    }

    /// True when a NewSessionTicket will follow: not on a resumed connection,
    /// so that a line of sessions ends with its first ticket.
    pub(super) fn gives_ticket(&self) -> bool {
        self.choice.wants_ticket
            && self.plan.config.ticket_keys.is_some()
            && self.plan.scope.is_some()
            && self.shared.extended_master_secret
            && !self.shared.talk.negotiated.is_resumed()
    }

    /// NewSessionTicket, before the server's ChangeCipherSpec (RFC 5077 section 3.3).
    pub(super) fn say_ticket(&mut self, out: &mut Output) -> Result<(), Broken> {
        let plan = Arc::clone(&self.plan);
        let (Some(keys), Some(base), true) =
            (&plan.config.ticket_keys, &plan.scope, self.gives_ticket())
        else {
            return Ok(());
        };
        let now = self.shared.talk.now;
        let negotiated = &self.shared.talk.negotiated;
        let lifetime_s = lifetime_within(&negotiated.peer_chain, now, LIFETIME_S);
        let state = Ticket {
            version: self.shared.profile.version,
            suite: self.shared.suite.code,
            secret: Zeroizing::new(self.shared.master()?.as_bytes().to_vec()),
            group: negotiated.group,
            peer_scheme: negotiated.peer_scheme,
            lineage_ms: now.unix_ms,
            issued_ms: now.unix_ms,
            lifetime_s,
            age_add: 0,
            scope: base.of_host(negotiated.server_name.as_deref()).0,
            alpn: negotiated.alpn.clone().unwrap_or_default(),
            peer_standing: negotiated.peer_standing,
            peer_chain: negotiated.peer_chain.clone(),
        };
        let content = state.to_bytes().map_err(|_| OwnFailure::MessageTooLong)?;
        let sealed = keys.seal(&content, now)?;
        // A chain that fills a ticket is not kept: an empty ticket says so.
        let fits = u16::try_from(sealed.len()).is_ok() && lifetime_s > 0;
        let ticket = if fits { sealed.as_slice() } else { &[] };
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
