//! Coming back by a ticket (RFC 5077) or a session ID (RFC 5246 section 7.4.1.2),
//! the server's side.

use crate::classic::server::returning::Returning;
use crate::classic::server::{ServerHandshake, State};
use crate::connection::{Answer, Broken, Output, Resumption};
use crate::fault::{Fault, OwnFailure};
use crate::handshake::input;
use crate::handshake::judge::client_still_holds;
use crate::handshake::proof::PeerSettled;
use crate::hello::credential;
use crate::session::{Counted, Keeping, LIFETIME_S, SessionId, Ticket, lifetime_within};
use handfast_crypto::random::Random;
use handfast_wire::codec::{Opaque16, Wire};
use handfast_wire::handshake::ClassicNewSessionTicket;
use handfast_wire::registry::HandshakeType;
use std::sync::Arc;

/// What came of looking for the session that a client names.
pub(crate) enum Search {
    Found(Returning),
    /// It began by a shared key, which the caller may have taken away.
    WantsPsk(Returning),
    /// The caller has the keys that open tickets.
    WantsKeys,
    /// The caller may know the session.
    WantsSession,
    Nothing,
}

impl ServerHandshake {
    /// Where sessions are kept, as far as it is known by now.
    fn keeping(&self) -> Keeping<'_> {
        Keeping::of(&self.plan.config, self.keys.as_deref())
    }

    /// The ClientHello is read: what it names is looked for here, if that needs no answer.
    pub(super) fn look_for_session(&mut self, ticket: Option<&[u8]>) -> Search {
        // Keys are to be fresh in a second handshake.
        if self.plan.scope.is_none() || self.shared.talk.again.is_some() {
            return Search::Nothing;
        }
        if let (Some(ticket), true) = (ticket, self.plan.config.ask_for_ticket_keys) {
            self.ticket = Some(ticket.to_vec());
            return Search::WantsKeys;
        }
        self.look_here(ticket)
    }

    /// In `AwaitTicketKeys`: without them no ticket is read or made.
    pub(super) fn ticket_keys(
        &mut self,
        answer: Answer,
        out: &mut Output,
    ) -> Result<State, Broken> {
        self.keys = input::ticket_keys(answer)?;
        let ticket = self.ticket.take();
        let search = self.look_here(ticket.as_deref());
        self.go_on(search, out)
    }

    /// In `AwaitSession`: without it the handshake is a full one.
    pub(super) fn sessions(&mut self, answer: Answer, out: &mut Output) -> Result<State, Broken> {
        let found = input::sessions(answer)?.into_iter().next().flatten();
        self.wanted.clear();
        let session = found.and_then(|value| Ticket::from_stored(value.as_bytes()).ok());
        if session.is_none() {
            self.plan.common.set.count(Counted::Miss);
        }
        let found = session.and_then(|session| self.usable(session, Resumption::SessionId));
        let search = found.map_or(Search::Nothing, |found| self.found(found));
        self.go_on(search, out)
    }

    /// A session that began by a shared key goes on while the caller has that key.
    fn found(&self, returning: Returning) -> Search {
        match self.plan.config.ask_for_psk && returning.psk_identity().is_some() {
            true => Search::WantsPsk(returning),
            false => Search::Found(returning),
        }
    }

    /// In `AwaitSessionPsk`: without the key the session is over.
    pub(super) fn session_psk(
        &mut self,
        answer: Answer,
        out: &mut Output,
    ) -> Result<State, Broken> {
        let key = match answer {
            Answer::Failed => None,
            other => input::shared_key(other)?,
        };
        let returning = self.returning.take().map(|returning| *returning);
        let returning = returning.filter(|returning| {
            let host = self.shared.talk.negotiated.server_name.as_deref();
            let scope = self.plan.scope.as_ref().map(|base| base.of_host(host));
            let (session, keys) = (&returning.session, key.as_slice());
            scope.is_some_and(|scope| scope.holds(session, keys, false))
        });
        self.go_on(returning.map_or(Search::Nothing, Search::Found), out)
    }

    /// A ticket goes before a session ID (RFC 5077 section 3.4). What is unknown,
    /// too old or another host's means a full handshake, never an alert.
    fn look_here(&mut self, ticket: Option<&[u8]>) -> Search {
        let keeping = self.keeping();
        let id = self.choice.session_id.as_bytes();
        // The session ID is what tells a client that its ticket is taken.
        if id.is_empty() {
            return Search::Nothing;
        }
        let now = self.shared.talk.now;
        let sealed = ticket.and_then(|ticket| keeping.open(ticket, now));
        let mut is_known = sealed.is_some();
        let sealed = sealed.and_then(|sealed| {
            let returning = self.usable(sealed.session, Resumption::Ticket)?;
            let renews = sealed.renews;
            Some(Returning {
                renews,
                ..returning
            })
        });
        let kept = || {
            let session = keeping.find(id)?;
            is_known = true;
            self.usable(session, Resumption::SessionId)
        };
        if let Some(found) = sealed.or_else(kept) {
            return self.found(found);
        }
        let wanted = keeping.to_ask_for(core::iter::once(id));
        if wanted.is_empty() {
            // An ID of another length is no session of ours: clients make them up.
            let is_named = ticket.is_some_and(|ticket| !ticket.is_empty());
            if !is_known && (is_named || id.len() == size_of::<SessionId>()) {
                self.plan.common.set.count(Counted::Miss);
            }
            return Search::Nothing;
        }
        self.wanted = wanted;
        Search::WantsSession
    }

    /// A session that is alive, of this host, which is still served, and of these rules.
    fn usable(&self, session: Ticket, by: Resumption) -> Option<Returning> {
        let base = self.plan.scope.as_ref()?;
        let config = &self.plan.config;
        let talk = &self.shared.talk;
        let host = talk.negotiated.server_name.as_deref();
        let suite = self.choice.suite(session.suite)?;
        // RFC 7627 s5.3: a session that nothing bound does not come back to who would have it bound.
        let is_bound_enough = session.extended
            || (!self.shared.extended_master_secret && self.shared.is_bound_enough());
        let is_alive = session.is_alive(talk.now.unix_ms);
        if !is_alive {
            talk.common.set.count(Counted::Timeout);
        }
        let common = &self.plan.common;
        let usable = session.version == self.shared.profile.version
            && is_bound_enough
            && self.choice.types.server.has(session.own_type)
            && common.takes_scheme(session.peer_scheme, session.version)
            && common.takes_group(session.group, session.version)
            && is_alive
            && base
                .of_host(host)
                .may_hold(&session, &config.psks, config.ask_for_psk)
            && client_still_holds(&self.plan, &session.peer_chain, talk.now)
            && credential::serves(config, host);
        usable.then_some(Returning {
            session,
            by,
            suite,
            renews: false,
        })
    }

    pub(super) fn go_on(&mut self, search: Search, out: &mut Output) -> Result<State, Broken> {
        let returning = match search {
            Search::Found(returning) => returning,
            Search::WantsKeys => return Ok(State::AwaitTicketKeys),
            Search::WantsSession => return Ok(State::AwaitSession),
            Search::WantsPsk(returning) => {
                self.returning = Some(Box::new(returning));
                return Ok(State::AwaitSessionPsk);
            }
            Search::Nothing => return self.begin_full(out),
        };
        // RFC 7627 s5.3: it does not come back without what bound it.
        if returning.session.extended && !self.shared.extended_master_secret {
            return Err(Fault::ExtendedMasterSecretDropped.into());
        }
        self.say_resumed_flight(returning, out)
    }

    /// No session goes on.
    fn begin_full(&mut self, out: &mut Output) -> Result<State, Broken> {
        #[cfg(feature = "legacy")]
        if let Some(suite) = self.bare_first() {
            return self.say_bare(suite, out);
        }
        let _ = out;
        Ok(State::AwaitCredential)
    }

    /// The flight of a session that goes on; its Finished comes first.
    fn say_resumed_flight(
        &mut self,
        returning: Returning,
        out: &mut Output,
    ) -> Result<State, Broken> {
        let Returning {
            session,
            by,
            suite,
            renews,
        } = returning;
        self.renewed = renews.then(|| Box::new(self.renewal_of(&session)));
        self.shared.suite = suite;
        // No CertificateVerify comes: only the hash is needed.
        self.shared.begin_transcript(false);
        let mut random = [0; 32];
        let drawn = self.plan.common.draw().fill(&mut random);
        drawn.map_err(|_| OwnFailure::Random)?;
        self.take_random(random);
        let peer = PeerSettled::in_session(&session);
        self.shared.resume(session, by)?;
        if by == Resumption::SessionId {
            self.given_id = self.choice.session_id.as_bytes().try_into().ok();
        }
        self.say_server_hello(None, out)?;
        let is_promised = self.gives_ticket();
        if let (true, Some(session)) = (is_promised, self.renewed.take()) {
            self.seal_ticket(&session, out)?;
        }
        self.shared.say_finished(out)?;
        Ok(State::WaitChangeCipherSpec(peer))
    }

    /// True when the connection may be come back to.
    fn is_worth_keeping(&self) -> bool {
        // What a client shows later is no part of a session's scope.
        let is_in_scope = self.plan.scope.is_some() && self.shared.talk.again.is_none();
        is_in_scope
            && self.shared.may_come_back(self.plan.config.ask_for_psk)
            && self.shared.is_bound_enough()
            && !self.shared.talk.negotiated.is_resumed()
    }

    /// True when a NewSessionTicket will follow: not on a resumed connection,
    /// so that a line of sessions ends with its first ticket. In a second handshake it is empty (RFC
    /// 5077 section 3.3): GnuTLS waits for one where it got one in the first, promised or not.
    pub(super) fn gives_ticket(&self) -> bool {
        self.choice.wants_ticket
            && self.shared.profile.has_extensions
            && self.keeping().seals()
            && (self.is_worth_keeping()
                || self.renewed.is_some()
                || self.shared.talk.again.is_some())
    }

    /// True when the session will be kept here, by a session ID.
    pub(super) fn gives_session_id(&self) -> bool {
        self.keeping().keeps() && self.is_worth_keeping() && !self.gives_ticket()
    }

    /// The client's Finished was right: gives it the session that it was promised.
    pub(super) fn give_session(&mut self, out: &mut Output) -> Result<(), Broken> {
        let plan = Arc::clone(&self.plan);
        let keys = self.keys.clone();
        let keeping = Keeping::of(&plan.config, keys.as_deref());
        if self.gives_ticket() {
            if self.shared.talk.again.is_some() {
                return self.say_ticket(0, &[], out);
            }
            return self.seal_ticket(&self.new_session()?, out);
        }
        if let Some(id) = self.given_id {
            keeping.keep(&id, &self.new_session()?, out)?;
        }
        Ok(())
    }

    /// A session that is not kept after all: an empty ticket says so.
    fn seal_ticket(&mut self, session: &Ticket, out: &mut Output) -> Result<(), Broken> {
        let given = if session.lifetime_s > 0 {
            let keeping = self.keeping();
            keeping.give(session, &keeping.draw_name()?, self.shared.talk.now, out)?
        } else {
            None
        };
        self.say_ticket(session.lifetime_s, &given.unwrap_or_default(), out)
    }

    /// The same session, sealed now; the line that it belongs to is as old as it was.
    fn renewal_of(&self, session: &Ticket) -> Ticket {
        let now = self.shared.talk.now;
        Ticket {
            issued_ms: now.unix_ms,
            lifetime_s: lifetime_within(&session.peer_chain, now, LIFETIME_S),
            ..session.clone()
        }
    }

    fn new_session(&self) -> Result<Ticket, OwnFailure> {
        let now = self.shared.talk.now;
        let negotiated = &self.shared.talk.negotiated;
        let base = self.plan.scope.as_ref().ok_or(OwnFailure::Crypto)?;
        let scope = base.of_host(negotiated.server_name.as_deref());
        let scope = scope.of_connection(None, self.shared.psk.as_ref(), false);
        Ok(Ticket {
            version: self.shared.profile.version,
            suite: self.shared.suite.code,
            extended: self.shared.extended_master_secret,
            secret: self.shared.master()?.into(),
            group: negotiated.group,
            peer_scheme: negotiated.peer_scheme,
            max_early_data: 0,
            across_names: false,
            lineage_ms: now.unix_ms,
            issued_ms: now.unix_ms,
            lifetime_s: match negotiated.is_peer_excepted() {
                true => 0,
                false => lifetime_within(&negotiated.peer_chain, now, LIFETIME_S),
            },
            age_add: 0,
            scope: scope.0,
            alpn: negotiated.alpn.as_deref().unwrap_or_default().to_vec(),
            peer_standing: negotiated.peer_standing,
            application_settings: None,
            psk_identity: negotiated.psk_identity.clone(),
            peer_chain: negotiated.peer_chain.clone(),
            own_type: negotiated.own_type,
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
