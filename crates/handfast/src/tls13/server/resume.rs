//! Coming back, the server's side: where the session is looked for (RFC 8446
//! section 4.2.11).

use crate::config::PreSharedKey;
use crate::connection::{Answer, Broken, EarlyData, Output};
use crate::fault::OwnFailure;
use crate::handshake::input;
use crate::handshake::judge::client_still_holds;
use crate::hello::credential;
use crate::hello::psk::{self, Resumed, Source};
use crate::session::Keeping;
use crate::tls13::server::{ServerHandshake, State};
use core::slice::from_ref;

impl ServerHandshake {
    /// Where sessions are kept, as far as it is known by now.
    pub(super) fn keeping(&self) -> Keeping<'_> {
        Keeping::of(&self.plan.config, self.keys.as_deref())
    }

    /// The ClientHello is read: what it names is looked for here, and the names of
    /// `to_ask_for` by the caller.
    pub(super) fn look_for_session(
        &mut self,
        hello: &[u8],
        to_ask_for: Vec<Vec<u8>>,
        out: &mut Output,
    ) -> Result<State, Broken> {
        if self.plan.scope.is_none() || !self.wants_tickets {
            return self.go_on(hello, None, out);
        }
        self.wanted = to_ask_for;
        if self.plan.config.ask_for_ticket_keys {
            self.hello = hello.to_vec();
            return Ok(State::AwaitTicketKeys);
        }
        self.look_here(hello, out)
    }

    /// In `AwaitTicketKeys`: without them no ticket is read or made.
    pub(super) fn ticket_keys(
        &mut self,
        answer: Answer,
        out: &mut Output,
    ) -> Result<State, Broken> {
        self.keys = input::ticket_keys(answer)?;
        let hello = core::mem::take(&mut self.hello);
        self.look_here(&hello, out)
    }

    /// In `AwaitSession`: without it the handshake is a full one.
    pub(super) fn sessions(&mut self, answer: Answer, out: &mut Output) -> Result<State, Broken> {
        let values = input::sessions(answer)?;
        let wanted = core::mem::take(&mut self.wanted);
        let hello = core::mem::take(&mut self.hello);
        let source = Source::Answered(&wanted, &values);
        let (resumed, early_data) = self.choose_session(&hello, &source)?;
        self.note_ticket(early_data);
        self.settle_session(&hello, resumed, out)
    }

    fn look_here(&mut self, hello: &[u8], out: &mut Output) -> Result<State, Broken> {
        let source = Source::Here(self.keeping());
        let (resumed, early_data) = self.choose_session(hello, &source)?;
        self.note_ticket(early_data);
        if resumed.is_none() && !self.wanted.is_empty() {
            self.hello = hello.to_vec();
            return Ok(State::AwaitSession);
        }
        self.settle_session(hello, resumed, out)
    }

    /// A session that began by a shared key goes on while the caller has that key: by what it has said
    /// in this handshake, or is asked now.
    fn settle_session(
        &mut self,
        hello: &[u8],
        resumed: Option<Resumed>,
        out: &mut Output,
    ) -> Result<State, Broken> {
        let identity = resumed.as_ref().and_then(Resumed::psk_identity);
        let (Some(identity), true) = (identity, self.plan.config.ask_for_psk) else {
            return self.go_on(hello, resumed, out);
        };
        let named = self.named.as_deref();
        let forms = named.map(|named| &named.known[..]).unwrap_or_default();
        let mut keys = forms.iter().map(|form| &form.key);
        if let Some(key) = keys.find(|key| key.identity() == identity) {
            let resumed = resumed.filter(|resumed| self.is_by(resumed, key));
            return self.go_on(hello, resumed, out);
        }
        if named.is_some_and(|named| named.refuses(identity)) {
            return self.go_on(hello, None, out);
        }
        self.hello = hello.to_vec();
        self.returning = resumed.map(Box::new);
        Ok(State::AwaitSessionPsk)
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
        let hello = core::mem::take(&mut self.hello);
        let resumed = self.returning.take().map(|resumed| *resumed);
        let is_by = |resumed: &Resumed| key.is_some_and(|key| self.is_by(resumed, &key));
        let resumed = resumed.filter(is_by);
        self.go_on(&hello, resumed, out)
    }

    /// True for a session that began by this key, as it is now.
    fn is_by(&self, resumed: &Resumed, key: &PreSharedKey) -> bool {
        let host = self.shared.talk.negotiated.server_name.as_deref();
        let scope = self.plan.scope_of(host);
        scope.is_some_and(|scope| scope.holds(&resumed.ticket, from_ref(key), false))
    }

    fn choose_session(
        &self,
        hello: &[u8],
        source: &Source<'_>,
    ) -> Result<(Option<Resumed>, u32), Broken> {
        let talk = &self.shared.talk;
        let host = talk.negotiated.server_name.as_deref();
        let Some(scope) = self.plan.scope_of(host) else {
            return Ok((None, 0));
        };
        let (resumed, early_data) = psk::choose(
            scope,
            &self.plan.config,
            source,
            talk,
            self.shared.suite()?,
            hello,
        )?;
        // A host that is served no longer is refused as in any handshake.
        let types = self.choice.as_ref().map(|choice| choice.types.server);
        let resumed = resumed.filter(|resumed| {
            let chain = &resumed.ticket.peer_chain;
            types.is_some_and(|types| types.has(resumed.ticket.own_type))
                && credential::serves(&self.plan.config, host)
                && client_still_holds(&self.plan, chain, talk.now)
        });
        Ok((resumed, early_data))
    }

    /// The client may have sent so much early data, whatever becomes of its session.
    fn note_ticket(&mut self, early_data: u32) {
        if let Some(choice) = &mut self.choice {
            choice.ticket_early_data = choice.ticket_early_data.max(early_data);
        }
    }

    /// The ClientHello enters the transcript, and the flight begins.
    fn go_on(
        &mut self,
        hello: &[u8],
        resumed: Option<Resumed>,
        out: &mut Output,
    ) -> Result<State, Broken> {
        let suite = self.shared.suite()?;
        let transcript = &mut self.shared.talk.transcript;
        transcript.start(suite.hash);
        let Some(resumed) = resumed else {
            self.note_no_session();
            return self.begin_anew(hello, out);
        };
        let mut choice = self.choice.take().ok_or(OwnFailure::Crypto)?;
        choice.psk_index = Some(resumed.index);
        let strike = choice
            .early_data
            .then(|| self.judge_early_data(&choice, &resumed));
        let Resumed {
            ticket,
            early,
            heard,
            obfuscated_age,
            ..
        } = resumed;
        let unix_ms = self.shared.talk.now.unix_ms;
        let skew_ms = ticket.age_skew_ms(obfuscated_age, unix_ms);
        self.shared.talk.negotiated.ticket_age_skew_ms = Some(skew_ms);
        let transcript = &mut self.shared.talk.transcript;
        transcript.add_from(heard.context, hello, heard.bytes);
        self.shared.early = Some(early);
        match strike {
            Some(Ok(strike)) => {
                self.strike = Some(Box::new(strike));
                self.choice = Some(choice);
                self.session = Some(ticket);
                return Ok(State::AwaitStrike);
            }
            Some(Err(reason)) => {
                self.shared.talk.negotiated.early_data = EarlyData::Rejected(reason);
            }
            None => {}
        }
        self.say_resumed_flight(&choice, ticket, out)
    }
}
