//! The client (RFC 8446 appendix A.1).

mod application_settings;
mod certificate;
mod certificate_request;
mod certificate_verify;
mod early_data;
mod ech;
mod encrypted_extensions;
mod finished;
mod server_hello;

use crate::config::ClientPlan;
use crate::connection::{Answer, Broken, Later, Output, Question, SessionMaker, Sessions};
use crate::fault::{Error, Fault, Misuse, OwnFailure};
use crate::handshake::input::{Input, unwelcome};
use crate::handshake::judge::{self, judge_server};
use crate::handshake::proof::{FinishedVerified, PeerSettled, SignatureValid};
use crate::handshake::shown::Shown;
use crate::handshake::side::Side;
use crate::hello::client_hello::Offer;
use crate::hello::client_start::ClientStart;
use crate::hello::credential;
use crate::near::Near;
use crate::session::{Origin, Ticket, lineage_of_peer};
use crate::tls13::compressed_certificate::shows_certificates;
use crate::tls13::shared::Shared;
use crate::tls13::signed_content::signed_content;
use crate::tls13::wish::Wish;
use core::slice::from_ref;
use handfast_crypto::secret::Secret;
use handfast_pki::name::ServerName;
use handfast_wire::registry::HandshakeType;
use std::collections::VecDeque;
use std::sync::Arc;

/// Where the client stands. What was proved on the way travels with the state.
pub(crate) enum State {
    WaitServerHello,
    WaitEncryptedExtensions,
    WaitCertificateOrRequest,
    WaitCertificate,
    WaitCertificateVerify,
    AwaitVerdict(SignatureValid),
    WaitFinished(PeerSettled),
    AwaitCredential(PeerSettled, FinishedVerified),
    AwaitSignature(PeerSettled, FinishedVerified),
    /// The server is who it should be, and has not opened the encrypted ClientHello.
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
    offer: Offer,
    /// The suite of a HelloRetryRequest, which must stay.
    retried: bool,
    change_cipher_spec_sent: bool,
    /// The session that is resumed.
    session: Option<Ticket>,
    /// What the server wants to see, when it asked.
    wish: Option<Wish>,
    /// What to show it.
    shown: Option<Shown>,
}

impl ClientHandshake {
    /// Goes on from the ClientHello that was said.
    pub(crate) fn new(start: ClientStart) -> Self {
        // Early data has one before it.
        let has_early = start.offer.early.is_some();
        Self {
            shared: Shared::new(start.talk),
            state: State::WaitServerHello,
            plan: start.plan,
            name: start.name,
            offer: start.offer,
            retried: false,
            change_cipher_spec_sent: has_early,
            session: None,
            wish: None,
            shown: None,
        }
    }

    fn say_client_hello(&mut self, out: &mut Output) -> Result<(), Broken> {
        let Self {
            shared,
            offer,
            plan,
            name,
            ..
        } = self;
        Ok(offer.say(&mut shared.talk, plan, name, out)?)
    }

    /// The diagram: one arm an arrow, everything else is unexpected.
    pub(crate) fn advance(&mut self, input: Input<'_>, out: &mut Output) -> Result<(), Broken> {
        let state = core::mem::replace(&mut self.state, State::Done);
        self.state = match (state, input) {
            (State::WaitServerHello, Input::Message(m))
                if m.msg_type == HandshakeType::SERVER_HELLO =>
            {
                self.server_hello(m, out)?
            }
            (State::WaitEncryptedExtensions, Input::Message(m))
                if m.msg_type == HandshakeType::ENCRYPTED_EXTENSIONS =>
            {
                self.encrypted_extensions(m, out)?
            }
            (State::WaitCertificateOrRequest, Input::Message(m))
                if m.msg_type == HandshakeType::CERTIFICATE_REQUEST =>
            {
                self.certificate_request(m)?
            }
            (State::WaitCertificateOrRequest | State::WaitCertificate, Input::Message(m))
                if shows_certificates(m.msg_type, &self.plan.common) =>
            {
                self.certificate(m)?
            }
            (State::WaitCertificateVerify, Input::Message(m))
                if m.msg_type == HandshakeType::CERTIFICATE_VERIFY =>
            {
                self.certificate_verify(m)?
            }
            (State::AwaitVerdict(proof), Input::Answer(answer)) => self.verdict(proof, answer)?,
            (State::WaitFinished(peer), Input::Message(m))
                if m.msg_type == HandshakeType::FINISHED =>
            {
                self.finished(peer, m, out)?
            }
            (State::AwaitCredential(peer, finished), Input::Answer(answer)) => {
                self.credential(peer, finished, answer, out)?
            }
            (State::AwaitSignature(peer, finished), Input::Answer(answer)) => {
                self.signature(peer, finished, answer, out)?
            }
            // The receiving half drops TLS 1.3's dummies before they come here.
            #[cfg(feature = "legacy")]
            (_, Input::NoCertificate) => return Err(Fault::MessageUnexpected.into()),
            (_, Input::ChangeCipherSpec) => return Err(Fault::ChangeCipherSpecUnexpected.into()),
            (_, Input::Message(_)) => return Err(Fault::MessageUnexpected.into()),
            (_, Input::Answer(_)) => return Err(Error::from(Misuse::NoSuchAsk).into()),
        };
        Ok(())
    }

    /// The server was judged.
    fn verdict(&mut self, proof: SignatureValid, answer: Answer) -> Result<State, Broken> {
        let peer = judge::settle(
            Some(&self.plan.config.verification),
            proof,
            answer,
            &mut self.shared.talk,
        )?;
        Ok(State::WaitFinished(peer))
    }

    pub(crate) fn answer_from_config(&self) -> Option<Result<Answer, Broken>> {
        let config = &self.plan.config;
        match self.state {
            State::AwaitVerdict(_) => judge_server(&self.plan, &self.shared.talk, &self.name),
            State::EchRejected => Some(Err(self.ech_rejection())),
            // RFC 9849 s6.1.7: who stands there is not who was meant.
            State::AwaitCredential(..) if self.is_ech_rejected() => {
                Some(Ok(Answer::Credential(None)))
            }
            State::AwaitCredential(..) if !config.ask_for_credential => {
                let wish = self.wish.as_ref()?;
                let own = self.shared.talk.negotiated.own_type;
                let chosen = credential::for_client(config, &wish.accepted(own));
                Some(chosen.map(Answer::Credential))
            }
            State::AwaitSignature(..) => self.shown.as_ref()?.signed_here(),
            _ => None,
        }
    }

    pub(crate) fn question(&self) -> Option<Question<'_>> {
        match self.state {
            State::AwaitVerdict(_) => Some(judge::question(&self.shared.talk, Some(&self.name))),
            State::AwaitCredential(..) => {
                let wish = self.wish.as_ref()?;
                let (schemes, authorities) = (wish.schemes.as_slice(), wish.authorities.as_slice());
                Some(Question::Credential {
                    server_name: None,
                    schemes,
                    authorities,
                    certificate_types: from_ref(&self.shared.talk.negotiated.own_type),
                    delegated_schemes: wish.delegated(),
                })
            }
            State::AwaitSignature(..) => self.shown.as_ref().map(Shown::question),
            _ => None,
        }
    }

    /// The credential to show was chosen.
    fn credential(
        &mut self,
        peer: PeerSettled,
        finished: FinishedVerified,
        answer: Answer,
        out: &mut Output,
    ) -> Result<State, Broken> {
        let Answer::Credential(credential) = answer else {
            return Err(unwelcome(answer));
        };
        let wish = self.wish.take().unwrap_or_default();
        self.shared
            .say_certificate(&wish.context, credential.as_ref(), wish.wanted, out)?;
        let Some(credential) = credential else {
            return self.conclude(peer, finished, out);
        };
        let own = self.shared.talk.negotiated.own_type;
        let scheme = credential::require_scheme(&credential, &wish.accepted(own))?;
        let content = signed_content(Side::Client, &self.shared.talk.transcript.current());
        self.shown = Some(Shown {
            credential,
            scheme,
            content,
        });
        Ok(State::AwaitSignature(peer, finished))
    }

    fn signature(
        &mut self,
        peer: PeerSettled,
        finished: FinishedVerified,
        answer: Answer,
        out: &mut Output,
    ) -> Result<State, Broken> {
        let Answer::Signature(signature) = answer else {
            return Err(unwelcome(answer));
        };
        let scheme = self.shown.take().ok_or(OwnFailure::Crypto)?.scheme;
        self.shared
            .say_certificate_verify(scheme, &signature, out)?;
        self.conclude(peer, finished, out)
    }

    /// Says Finished and goes over to the application keys.
    fn conclude(
        &mut self,
        peer: PeerSettled,
        finished: FinishedVerified,
        out: &mut Output,
    ) -> Result<State, Broken> {
        self.shared.say_finished(Side::Client, out)?;
        self.shared.send_under_application_keys(out)?;
        if self.is_ech_rejected() {
            return Ok(State::EchRejected);
        }
        if let Some(ech) = &self.offer.ech {
            self.shared.talk.negotiated.ech = ech.status();
        }
        if self.retried {
            self.plan
                .remember_retry(&self.name, self.shared.talk.negotiated.group);
        }
        let sessions = self.sessions()?;
        let plan = sessions.is_some().then(|| Arc::clone(&self.plan));
        let later = self.plan.config.post_handshake_auth && !self.shared.knows_shared_key();
        let later = later
            .then(|| -> Result<_, OwnFailure> {
                Ok(Box::new(Later::Client {
                    contexts: VecDeque::new(),
                    own_type: self.shared.talk.negotiated.own_type,
                    plan: Arc::clone(&self.plan),
                    transcript: self.shared.transcript()?,
                }))
            })
            .transpose()?;
        self.shared.connected(finished, peer, sessions, out)?;
        if let Some(established) = &mut out.connected {
            established.plan = plan;
            established.later = later;
        }
        Ok(State::Done)
    }

    /// What sessions are made of, where they are kept.
    fn sessions(&mut self) -> Result<Option<Box<Sessions>>, Broken> {
        let Some(base) = self
            .plan
            .scope
            .as_ref()
            .filter(|_| self.plan.keeps_sessions())
        else {
            return Ok(None);
        };
        let server: Box<str> = self.name.as_text().into();
        let (key, asks) = (self.shared.psk.as_ref(), self.plan.config.ask_for_psk);
        if key.is_some() && !self.plan.common.scopes_keys(asks) {
            return Ok(None);
        }
        let scope = base.of_server_name(&self.name);
        let scope = scope.of_connection(self.session.as_ref(), key, asks);
        let now_ms = self.shared.talk.now.unix_ms;
        let mut sessions = Box::<Sessions>::default();
        let maker = sessions.maker.insert(SessionMaker {
            secret: Secret::zeros(0),
            scope,
            origin: Origin::of(&self.shared.talk.client_random),
            lineage_ms: self.session.as_ref().map_or_else(
                || lineage_of_peer(&self.shared.talk.negotiated, now_ms),
                |session| session.lineage_ms,
            ),
        });
        self.shared.resumption_secret(&mut maker.secret)?;
        sessions.server = server;
        Ok(Some(sessions))
    }
}
