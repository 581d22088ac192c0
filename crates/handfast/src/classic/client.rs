//! The client (RFC 5246 section 7.3).

mod credential;
mod key_exchange;
#[cfg(feature = "legacy")]
mod psk;
mod server_flight;
mod server_hello;
mod session;

use crate::classic::key_exchange::Kept;
use crate::classic::shared::Shared;
use crate::config::ClientPlan;
use crate::connection::{Answer, Broken, End, Output, Question, Renewable};
use crate::fault::{Error, Fault, Misuse};
use crate::handshake::input::{Input, Message};
use crate::handshake::judge::{self, judge_server};
use crate::handshake::proof::{LeafKey, PeerSettled, SignatureValid};
use crate::handshake::shown::Shown;
use crate::near::Near;
use crate::session::Session;
use core::slice::from_ref;
use handfast_pki::name::ServerName;
use handfast_wire::registry::HandshakeType;
use std::sync::Arc;

pub(crate) use credential::Wish;

/// Where the client stands. What was proved on the way travels with the state.
pub(crate) enum State {
    WaitCertificate,
    WaitServerKeyExchange,
    WaitRequestOrDone(SignatureValid),
    WaitServerHelloDone(SignatureValid),
    #[cfg(feature = "legacy")]
    AwaitPsk(SignatureValid),
    AwaitVerdict(SignatureValid),
    AwaitCredential(PeerSettled),
    AwaitSignature(PeerSettled),
    WaitNewSessionTicket(PeerSettled),
    WaitChangeCipherSpec(PeerSettled),
    WaitFinished(PeerSettled),
    /// The server is who it should be, and could not open the encrypted ClientHello.
    EchRejected,
    Done,
}

// States are words, not stores: secrets stay in the block.
const _: () = assert!(size_of::<State>() <= 2);

/// The client's handshake.
pub(crate) struct ClientHandshake {
    pub(crate) shared: Shared,
    state: State,
    plan: Arc<Near<ClientPlan>>,
    name: ServerName,
    /// The server said that a CertificateStatus will follow.
    status_promised: bool,
    /// Somebody else is meant than the one who answers (RFC 9849 section 6.1.6).
    ech_rejected: bool,
    /// The server knows RFC 5746.
    secure_renegotiation: bool,
    /// The server said that a NewSessionTicket will follow.
    ticket_promised: bool,
    /// The session that is resumed.
    session: Option<Session>,
    /// The name that the server gave to this session.
    given_id: Option<Vec<u8>>,
    /// The ticket that came, with its lifetime in seconds.
    ticket: Option<(Vec<u8>, u32)>,
    /// The key of the certificate that the server showed, until it has signed.
    leaf: Option<LeafKey>,
    /// Our part of the key exchange, or what it will be made of.
    kept: Option<Kept>,
    /// What may help to choose a shared key.
    #[cfg(feature = "legacy")]
    hint: Option<Vec<u8>>,
    /// What the server wants to see, when it asked.
    wish: Option<Wish>,
    /// What to show it.
    shown: Option<Shown>,
}

impl ClientHandshake {
    /// The diagram: one arm an arrow, everything else is unexpected.
    pub(crate) fn advance(&mut self, input: Input<'_>, out: &mut Output) -> Result<(), Broken> {
        use HandshakeType as Type;
        let state = core::mem::replace(&mut self.state, State::Done);
        self.state = match (state, input) {
            (State::WaitCertificate, Input::Message(m)) if m.msg_type == Type::CERTIFICATE => {
                self.certificate(m)?
            }
            (State::WaitServerKeyExchange, Input::Message(m))
                if m.msg_type == Type::CERTIFICATE_STATUS && self.status_promised =>
            {
                self.certificate_status(m)?;
                State::WaitServerKeyExchange
            }
            // Where the certificate carries the key exchange, the status follows it all the same.
            (State::WaitRequestOrDone(proof), Input::Message(m))
                if m.msg_type == Type::CERTIFICATE_STATUS
                    && self.status_promised
                    && self.shared.suite.transports_key() =>
            {
                self.certificate_status(m)?;
                State::WaitRequestOrDone(proof)
            }
            (State::WaitServerKeyExchange, Input::Message(m))
                if m.msg_type == Type::SERVER_KEY_EXCHANGE =>
            {
                self.server_key_exchange(m)?
            }
            #[cfg(feature = "legacy")]
            (State::WaitRequestOrDone(proof), Input::Message(m))
                if m.msg_type == Type::SERVER_KEY_EXCHANGE && self.may_be_hinted() =>
            {
                self.hint(proof, m)?
            }
            (State::WaitRequestOrDone(proof), Input::Message(m))
                if m.msg_type == Type::CERTIFICATE_REQUEST
                    && self.shared.suite.shows_certificate() =>
            {
                self.certificate_request(proof, m)?
            }
            (
                State::WaitRequestOrDone(proof) | State::WaitServerHelloDone(proof),
                Input::Message(m),
            ) if m.msg_type == Type::SERVER_HELLO_DONE => self.server_hello_done(proof, m, out)?,
            #[cfg(feature = "legacy")]
            (State::AwaitPsk(proof), Input::Answer(answer)) => self.psk(proof, answer, out)?,
            (State::AwaitVerdict(proof), Input::Answer(answer)) => {
                self.verdict(proof, answer, out)?
            }
            (State::AwaitCredential(peer), Input::Answer(answer)) => {
                self.credential(peer, answer, out)?
            }
            (State::AwaitSignature(peer), Input::Answer(answer)) => {
                self.signature(peer, answer, out)?
            }
            (State::WaitNewSessionTicket(peer), Input::Message(m))
                if m.msg_type == Type::NEW_SESSION_TICKET =>
            {
                self.new_session_ticket(peer, m)?
            }
            (State::WaitChangeCipherSpec(peer), Input::ChangeCipherSpec) => {
                self.shared.hear_change_cipher_spec(out)?;
                State::WaitFinished(peer)
            }
            (State::WaitFinished(peer), Input::Message(m)) if m.msg_type == Type::FINISHED => {
                self.finished(peer, m, out)?
            }
            #[cfg(feature = "legacy")]
            (_, Input::NoCertificate) => return Err(Fault::MessageUnexpected.into()),
            (_, Input::ChangeCipherSpec) => return Err(Fault::ChangeCipherSpecUnexpected.into()),
            (_, Input::Message(_)) => return Err(Fault::MessageUnexpected.into()),
            (_, Input::Answer(_)) => return Err(Error::from(Misuse::NoSuchAsk).into()),
        };
        Ok(())
    }

    /// The server was judged.
    fn verdict(
        &mut self,
        proof: SignatureValid,
        answer: Answer,
        out: &mut Output,
    ) -> Result<State, Broken> {
        let peer = judge::settle(
            Some(&self.plan.config.verification),
            proof,
            answer,
            &mut self.shared.talk,
        )?;
        if self.session.is_some() {
            return Ok(Self::after_own_part(self.ticket_promised, peer));
        }
        if self.wish.is_some() {
            return Ok(State::AwaitCredential(peer));
        }
        self.say_client_key_exchange(out)?;
        self.conclude(peer, out)
    }

    /// Says ChangeCipherSpec and Finished.
    fn conclude(&mut self, peer: PeerSettled, out: &mut Output) -> Result<State, Broken> {
        self.shared.say_finished(out)?;
        let starts_early =
            self.plan.config.false_start && self.shared.talk.again.is_none() && !self.ech_rejected;
        if starts_early && self.shared.may_start_falsely() {
            out.may_send(self.shared.suite);
        }
        Ok(Self::after_own_part(self.ticket_promised, peer))
    }

    /// In `WaitFinished`.
    fn finished(
        &mut self,
        peer: PeerSettled,
        message: Message<'_>,
        out: &mut Output,
    ) -> Result<State, Broken> {
        let finished = self.shared.hear_finished(message)?;
        if self.ech_rejected {
            return Ok(State::EchRejected);
        }
        if self.session.is_some() {
            // When resumed the server's Finished comes first.
            self.shared.say_finished(out)?;
        }
        let kept = self.keep_session(out)?;
        let renewable = self.renewable();
        self.shared.connected(finished, peer, out)?;
        if let Some(established) = &mut out.connected {
            established.renewable = renewable;
        }
        if kept {
            self.may_forget(out);
        }
        Ok(State::Done)
    }

    /// What another handshake on this connection begins with.
    fn renewable(&self) -> Option<Box<Renewable>> {
        let end = || End::Client(Arc::clone(&self.plan), self.name.clone());
        self.shared.renewable(end, self.secure_renegotiation)
    }

    /// Until the server goes over to the new keys, its data comes under those that were there.
    pub(crate) fn takes_data(&self) -> bool {
        !matches!(self.state, State::WaitFinished(_))
    }

    pub(crate) fn answer_from_config(&self) -> Option<Result<Answer, Broken>> {
        let config = &self.plan.config;
        match self.state {
            State::AwaitVerdict(_) => judge_server(&self.plan, &self.shared.talk, &self.name),
            #[cfg(feature = "legacy")]
            State::AwaitPsk(_) if !config.ask_for_psk => {
                let mut keys = config.psks.iter().filter(|key| key.serves_classic());
                Some(Ok(Answer::Psk(keys.next().cloned())))
            }
            // Before TLS 1.3 nobody tells what to use instead.
            State::EchRejected
                if judge::is_unproved(&config.verification, &self.shared.talk.negotiated) =>
            {
                Some(Err(Fault::EchRejectedUnproved.into()))
            }
            State::EchRejected => Some(Err(Broken::ech_rejected(None))),
            State::AwaitCredential(_) if self.ech_rejected => Some(Ok(Answer::Credential(None))),
            State::AwaitCredential(_) if !config.ask_for_credential => {
                self.credential_from_config()
            }
            State::AwaitSignature(_) => self.shown.as_ref()?.signed_here(),
            _ => None,
        }
    }

    pub(crate) fn question(&self) -> Option<Question<'_>> {
        match self.state {
            #[cfg(feature = "legacy")]
            State::AwaitPsk(_) => Some(Question::Psk {
                version: self.shared.profile.version,
                identity: None,
                hint: self.hint.as_deref(),
            }),
            State::AwaitVerdict(_) => Some(judge::question(&self.shared.talk, Some(&self.name))),
            State::AwaitCredential(_) => {
                let wish = self.wish.as_ref()?;
                let (schemes, authorities) = (wish.schemes.as_slice(), wish.authorities.as_slice());
                Some(Question::Credential {
                    server_name: None,
                    schemes,
                    authorities,
                    certificate_types: from_ref(&self.shared.talk.negotiated.own_type),
                    delegated_schemes: &[],
                })
            }
            State::AwaitSignature(_) => self.shown.as_ref().map(Shown::question),
            _ => None,
        }
    }
}
