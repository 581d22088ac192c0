//! The client until a version is chosen.

use crate::config::{Client, ClientPlan, PskForm, spoken_forms};
use crate::connection::{Answer, Broken, Output, Question};
use crate::fault::{Error, Misuse};
use crate::handshake::again::Again;
use crate::handshake::input;
use crate::handshake::judge::server_holds_for;
use crate::handshake::talk::Talk;
use crate::hello::client_hello::{Offer, fits, shown};
use crate::hello::judged_before::Judging;
use crate::near::Near;
use crate::session::{Session, SessionStore};
use crate::time::Now;
use handfast_pki::name::ServerName;
use handfast_wire::registry::ProtocolVersion;
use std::sync::Arc;

/// Sessions that are taken from a store at most.
const MOST_TRIED: usize = 4;

/// A client that says its first ClientHello and waits for the answer.
pub(crate) struct ClientStart {
    pub(crate) talk: Talk,
    pub(crate) plan: Arc<Near<ClientPlan>>,
    pub(crate) name: ServerName,
    pub(crate) offer: Offer,
    awaits: Awaits,
}

/// What the caller is asked for before anything is said.
enum Awaits {
    Nothing,
    /// The session that is kept by this key.
    Session([Vec<u8>; 1]),
    /// A key that both sides have known before, to go behind a session.
    Psk(Option<Box<Session>>),
    /// How the server of a session stands, to which early data may go.
    Verdict(Box<Judging>),
}

impl ClientStart {
    /// Says the first ClientHello, unless the caller is to be asked for a session or a key.
    pub(crate) fn begin(
        client: &Client,
        name: ServerName,
        now: Now,
        out: &mut Output,
    ) -> Result<Self, Broken> {
        let plan = client.0.near();
        let mut start = Self::with(Offer::new(plan, &name)?, plan, name, now);
        if start.plan.config.ask_for_sessions && start.plan.scope.is_some() {
            start.awaits = Awaits::Session([start.name.to_string().into_bytes()]);
            return Ok(start);
        }
        let store = start.plan.config.sessions.as_ref();
        let session = store.and_then(|store| start.fitting(&**store));
        start.go_on(session, out)?;
        Ok(start)
    }

    /// Says the ClientHello of a second handshake. No session is offered: keys are to be fresh.
    pub(crate) fn begin_again(
        plan: &Arc<Near<ClientPlan>>,
        name: &ServerName,
        again: Box<Again>,
        now: Now,
        out: &mut Output,
    ) -> Result<Self, Broken> {
        let offer = Offer::again(plan, again.client_info())?;
        let mut start = Self::with(offer, plan, name.clone(), now);
        start.talk.again = Some(again);
        start.say(None, &[], out)?;
        Ok(start)
    }

    fn with(offer: Offer, plan: &Arc<Near<ClientPlan>>, name: ServerName, now: Now) -> Self {
        let mut talk = Talk::new(plan.common.near(), now);
        talk.client_random = offer.random;
        if let (ServerName::Dns(host), true) = (&name, plan.config.send_server_name) {
            talk.negotiated.server_name = Some(host.as_str().into());
        }
        Self {
            talk,
            plan: Arc::clone(plan),
            name,
            offer,
            awaits: Awaits::Nothing,
        }
    }

    /// The newest session of the server that fits this config; else one of another name that the config
    /// takes for this one.
    fn fitting(&self, store: &dyn SessionStore) -> Option<Session> {
        let (plan, now) = (&self.plan, self.talk.now);
        let own = taken(store, &self.name, now, |one| {
            fits(plan, &self.name, one, now)
        });
        let names = &plan.config.resume_across_names;
        if own.is_some() || !names.contains(&self.name) {
            return own;
        }
        let mut others = names.iter().filter(|other| **other != self.name);
        let mut found = others.find_map(|other| {
            taken(store, other, now, |one| {
                one.state.across_names
                    && fits(plan, other, one, now)
                    && server_holds_for(plan, &self.name, &shown(one), now)
            })
        })?;
        // Its server may not be the one that is meant: nothing is said before that one has answered.
        found.state.max_early_data = 0;
        Some(found)
    }

    /// The caller has answered.
    pub(crate) fn answered(&mut self, answer: Answer, out: &mut Output) -> Result<(), Broken> {
        match core::mem::replace(&mut self.awaits, Awaits::Nothing) {
            Awaits::Nothing => Err(Error::from(Misuse::NoSuchAsk).into()),
            Awaits::Session(_) => {
                let session = self.session(answer)?;
                self.go_on(session, out)
            }
            Awaits::Psk(session) => {
                let key = input::shared_key(answer)?;
                let keys = key.as_slice();
                let forms = spoken_forms(&self.plan.common, keys);
                // A session that began by a key goes on while the caller has that key; before TLS 1.3
                // it is asked for one later, by a hint, and its label says so.
                let session = session.filter(|session| {
                    let state = &session.state;
                    let began_by = state.psk_identity.as_deref();
                    state.version != ProtocolVersion::TLS_1_3
                        || began_by.is_none_or(|name| keys.iter().any(|key| key.identity() == name))
                });
                self.judge_or_say(session.map(|session| *session), &forms, out)
            }
            Awaits::Verdict(judging) => self.judged(*judging, Ok(answer), out),
        }
    }

    /// What the caller found. What is no session is none.
    fn session(&self, answer: Answer) -> Result<Option<Session>, Broken> {
        let found = input::sessions(answer)?.into_iter().next().flatten();
        let session = found.and_then(|value| Session::from_bytes(value.as_bytes()).ok());
        Ok(session.filter(|one| fits(&self.plan, &self.name, one, self.talk.now)))
    }

    /// The session is known; the caller may be asked for a key of TLS 1.3.
    fn go_on(&mut self, session: Option<Session>, out: &mut Output) -> Result<(), Broken> {
        if self.plan.config.ask_for_psk && self.plan.common.speaks(ProtocolVersion::TLS_1_3) {
            self.awaits = Awaits::Psk(session.map(Box::new));
            return Ok(());
        }
        let plan = Arc::clone(&self.plan);
        self.judge_or_say(session, &plan.forms, out)
    }

    /// All that is offered is known; the session's server may have to be judged before.
    fn judge_or_say(
        &mut self,
        session: Option<Session>,
        forms: &[PskForm],
        out: &mut Output,
    ) -> Result<(), Broken> {
        let (plan, now) = (&self.plan, self.talk.now);
        let session = match session {
            Some(session) if Judging::is_due(plan, &session) => session,
            other => return self.say(other, forms, out),
        };
        let judging = Judging::new(plan, session, forms, now);
        match judging.by_config(plan, &self.name) {
            Some(answer) => self.judged(judging, answer, out),
            None => {
                self.awaits = Awaits::Verdict(Box::new(judging));
                Ok(())
            }
        }
    }

    fn judged(
        &mut self,
        mut judging: Judging,
        answer: Result<Answer, Broken>,
        out: &mut Output,
    ) -> Result<(), Broken> {
        let forms = core::mem::take(&mut judging.forms);
        let (session, judged) = judging.settle(&self.plan, answer)?;
        self.offer.judged = judged.map(Box::new);
        self.say(session, &forms, out)
    }

    fn say(
        &mut self,
        session: Option<Session>,
        forms: &[PskForm],
        out: &mut Output,
    ) -> Result<(), Broken> {
        let Self {
            talk,
            plan,
            name,
            offer,
            ..
        } = self;
        if let Some(session) = session {
            offer.offer_session(session, talk.now);
        }
        offer.offer_keys(forms)?;
        talk.negotiated.early_data = offer.offer_early_data(plan);
        if let Some(most) = plan.common.set.max_send_fragment {
            out.send_limit(usize::from(most));
        }
        offer.say(talk, plan, name, out)?;
        Ok(offer.begin_early_data(talk, plan, out)?)
    }

    /// A version before TLS 1.3 was chosen: nobody has opened an encrypted ClientHello.
    pub(crate) fn settle_ech_by_version(&mut self) {
        if let Some(ech) = &self.offer.ech {
            self.talk.negotiated.ech = ech.status();
        }
        let Some(name) = self.offer.reject_ech() else {
            return;
        };
        if let ServerName::Dns(host) = &name {
            self.talk.negotiated.server_name = Some(host.as_str().into());
        }
        self.name = name;
    }

    pub(crate) fn question(&self) -> Option<Question<'_>> {
        match &self.awaits {
            Awaits::Nothing => None,
            Awaits::Session(keys) => Some(Question::LoadSession {
                keys,
                single_use: true,
            }),
            Awaits::Psk(_) => Some(Question::Psk {
                version: ProtocolVersion::TLS_1_3,
                identity: None,
                hint: None,
            }),
            Awaits::Verdict(judging) => Some(judging.question(&self.name)),
        }
    }
}

/// The newest session of a server that is fit. Others that still live go back: the store may serve
/// other configs too.
fn taken(
    store: &dyn SessionStore,
    server: &ServerName,
    now: Now,
    is_fit: impl Fn(&Session) -> bool,
) -> Option<Session> {
    let server = &*server.as_text();
    let mut others = Vec::new();
    let mut found = None;
    for _ in 0..MOST_TRIED {
        let Some(session) = store.take(server) else {
            break;
        };
        if is_fit(&session) {
            found = Some(session);
            break;
        }
        if session.state.is_alive(now.unix_ms) {
            others.push(session);
        }
    }
    // In the order in which they came.
    for other in others.into_iter().rev() {
        store.put(server, other);
    }
    found
}
