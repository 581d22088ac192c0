//! The server asks for a certificate after the handshake (RFC 8446 section 4.6.2).

use crate::config::{ClientAuth, ServerPlan};
use crate::connection::{
    Answer, Broken, Established, Later, Output, PeerStanding, Question, Renewed,
};
use crate::fault::{Error, Fault, Misuse, OwnFailure};
use crate::handshake::input::{Input, Message};
use crate::handshake::judge::{self, judge_client};
use crate::handshake::proof::{PeerSettled, SignatureValid, check_finished};
use crate::handshake::side::Side;
use crate::handshake::talk::malformed;
use crate::handshake::transcript::Transcript;
use crate::near::Near;
use crate::time::Now;
use crate::tls13::certificate::Wanted;
use crate::tls13::certificate_request;
use crate::tls13::compressed_certificate::{self, shows_certificates};
use crate::tls13::key_schedule::{expander, finished_mac};
use crate::tls13::post_handshake::{MOST_OUTSTANDING, go_on_from, shared};
use crate::tls13::shared::Shared;
use handfast_crypto::hash::HashContext;
use handfast_crypto::random::Random;
use handfast_wire::codec::Wire;
use handfast_wire::handshake::Certificate;
use handfast_wire::registry::HandshakeType;
use std::sync::Arc;

/// Where the server stands.
enum State {
    /// Between answers.
    Idle,
    WaitCertificateVerify,
    AwaitVerdict(SignatureValid),
    WaitFinished(PeerSettled),
}

// States are words, not stores.
const _: () = assert!(size_of::<State>() <= 2);

/// A request that was sent, and the transcript up to it.
struct Request {
    context: [u8; 32],
    transcript: Transcript,
}

/// Asks, and takes the answers in whatever order they come.
pub(crate) struct LaterServer {
    pub(crate) shared: Shared,
    state: State,
    plan: Arc<Near<ServerPlan>>,
    handshake: HashContext,
    outstanding: Vec<Request>,
}

impl LaterServer {
    /// A server that may ask.
    ///
    /// # Errors
    /// [`Misuse`], where its config or the client does not let it.
    pub(crate) fn new(established: &Established, now: Now) -> Result<Self, Misuse> {
        let Some(Later::Server {
            plan,
            transcript,
            client_type,
        }) = established.later.as_deref()
        else {
            return Err(Misuse::RenewalNotAllowed);
        };
        let handshake = transcript.as_ref().ok_or(Misuse::PeerTakesNoRequest)?;
        let mut shared = shared(plan.common.near(), established.suite, now);
        shared.talk.peer_type = *client_type;
        Ok(Self {
            shared,
            state: State::Idle,
            plan: Arc::clone(plan),
            handshake: handshake.clone(),
            outstanding: Vec::new(),
        })
    }

    /// True when every request is answered.
    pub(crate) fn is_over(&self) -> bool {
        self.outstanding.is_empty() && matches!(self.state, State::Idle)
    }

    /// True while nothing but the rest of an answer may come.
    pub(crate) fn is_inside_answer(&self) -> bool {
        !matches!(self.state, State::Idle)
    }

    /// True for what an answer begins with.
    pub(crate) fn begins_answer(&self, msg_type: HandshakeType) -> bool {
        shows_certificates(msg_type, &self.plan.common)
    }

    /// Sends one more request.
    ///
    /// # Errors
    /// [`Misuse::TooManyRenewals`]; [`OwnFailure`].
    pub(crate) fn ask(&mut self, out: &mut Output) -> Result<(), Error> {
        if self.outstanding.len() >= MOST_OUTSTANDING {
            return Err(Misuse::TooManyRenewals.into());
        }
        // RFC 8446 s4.3.2: unpredictable, so that nobody can have it signed beforehand.
        let mut context = [0; 32];
        let drawn = self.plan.common.draw().fill(&mut context);
        drawn.map_err(|_| OwnFailure::Random)?;
        let transcript = go_on_from(&self.handshake);
        let talk = &mut self.shared.talk;
        // Another answer may be half heard.
        let heard = core::mem::replace(&mut talk.transcript, transcript);
        let said = certificate_request::say(talk, &self.plan, &context, out);
        let transcript = core::mem::replace(&mut talk.transcript, heard);
        said?;
        self.outstanding.push(Request {
            context,
            transcript,
        });
        Ok(())
    }

    /// The diagram: one arm an arrow, everything else is unexpected.
    pub(crate) fn advance(
        &mut self,
        input: Input<'_>,
        established: &mut Established,
        out: &mut Output,
    ) -> Result<(), Broken> {
        let state = core::mem::replace(&mut self.state, State::Idle);
        self.state = match (state, input) {
            (State::Idle, Input::Message(m))
                if shows_certificates(m.msg_type, &self.plan.common) =>
            {
                self.certificate(m, established)?
            }
            (State::WaitCertificateVerify, Input::Message(m))
                if m.msg_type == HandshakeType::CERTIFICATE_VERIFY =>
            {
                let proof = self.shared.hear_certificate_verify(Side::Client, m)?;
                State::AwaitVerdict(proof)
            }
            (State::AwaitVerdict(proof), Input::Answer(answer)) => self.verdict(proof, answer)?,
            (State::WaitFinished(peer), Input::Message(m))
                if m.msg_type == HandshakeType::FINISHED =>
            {
                self.finished(peer, m, established, out)?
            }
            #[cfg(feature = "legacy")]
            (_, Input::NoCertificate) => return Err(Fault::MessageUnexpected.into()),
            (_, Input::ChangeCipherSpec) => return Err(Fault::ChangeCipherSpecUnexpected.into()),
            (_, Input::Message(_)) => return Err(Fault::MessageUnexpected.into()),
            (_, Input::Answer(_)) => return Err(Error::from(Misuse::NoSuchAsk).into()),
        };
        Ok(())
    }

    /// Certificate: its context tells which request it answers (RFC 8446 section 4.4.2).
    fn certificate(
        &mut self,
        message: Message<'_>,
        established: &Established,
    ) -> Result<State, Broken> {
        let body = compressed_certificate::body(message, &self.plan.common)?;
        let certificate =
            Certificate::decode(&body).map_err(malformed(Fault::CertificateMalformed))?;
        let context = certificate.certificate_request_context.0;
        let at = self
            .outstanding
            .iter()
            .position(|request| request.context == context)
            .ok_or(Fault::RequestContextUnknown)?;
        let request = self.outstanding.swap_remove(at);
        self.shared.talk.transcript = request.transcript;
        let asked = Wanted {
            delegated: self.plan.common.takes_delegated(),
            ..Wanted::default()
        };
        self.shared
            .keep_peer_chain(&body, &request.context, asked)?;
        self.shared.talk.hear(message);
        let shown = self.shared.talk.negotiated.peer_chain.identity();
        let Some(shown) = shown else {
            if matches!(self.plan.config.later_client_auth, ClientAuth::Require(_)) {
                return Err(Fault::CertificateRequired.into());
            }
            return Ok(State::WaitFinished(PeerSettled::anonymous()));
        };
        let before = established.negotiated.peer_chain.identity();
        if before.is_some_and(|before| before != shown) {
            return Err(Fault::IdentityChanged.into());
        }
        Ok(State::WaitCertificateVerify)
    }

    /// The client was judged.
    fn verdict(&mut self, proof: SignatureValid, answer: Answer) -> Result<State, Broken> {
        let asked = self.plan.config.later_client_auth.verification();
        let peer = judge::settle(asked, proof, answer, &mut self.shared.talk)?;
        Ok(State::WaitFinished(peer))
    }

    pub(crate) fn answer_from_config(&self) -> Option<Result<Answer, Broken>> {
        let plan = &self.plan;
        match self.state {
            State::AwaitVerdict(_) => {
                judge_client(plan, &plan.config.later_client_auth, &self.shared.talk)
            }
            _ => None,
        }
    }

    pub(crate) fn question(&self) -> Option<Question<'_>> {
        match self.state {
            State::AwaitVerdict(_) => Some(judge::question(&self.shared.talk, None)),
            _ => None,
        }
    }

    /// Finished, under the secret that the client sends with now (RFC 8446 section 4.4).
    fn finished(
        &mut self,
        _peer: PeerSettled,
        message: Message<'_>,
        established: &mut Established,
        out: &mut Output,
    ) -> Result<State, Broken> {
        let suite = established.suite;
        let secret = established.secret.as_ref().ok_or(OwnFailure::Crypto)?;
        let transcript = self.shared.talk.transcript.current();
        let wanted = finished_mac(suite, &expander(suite, secret), &transcript)?;
        check_finished(wanted.as_ref(), message.body)?;
        let found = core::mem::take(&mut self.shared.talk.negotiated.peer_chain);
        if found.shows_nothing() {
            let standing = &mut established.negotiated.peer_standing;
            if *standing == PeerStanding::NotAsked {
                *standing = PeerStanding::Anonymous;
            }
            out.renewed = Some(Renewed::Declined);
            return Ok(State::Idle);
        }
        let heard = &mut self.shared.talk.negotiated;
        let negotiated = &mut established.negotiated;
        negotiated.peer_chain = match self.plan.config.keep_only_digests_of_clients {
            true => found.digested(),
            false => found,
        };
        negotiated.peer_standing = heard.peer_standing;
        negotiated.peer_scheme = heard.peer_scheme.take();
        negotiated.ocsp_response = heard.ocsp_response.take();
        negotiated.sct_list = heard.sct_list.take();
        negotiated.peer_delegated = heard.peer_delegated.take();
        negotiated.revocation = heard.revocation.take();
        negotiated.keep_exceptions(heard.exceptions().to_vec());
        out.renewed = Some(Renewed::Done);
        Ok(State::Idle)
    }
}
