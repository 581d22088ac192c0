//! The client is asked for a certificate after the handshake (RFC 8446 section 4.6.2).

use crate::config::ClientPlan;
use crate::connection::{Answer, Broken, Established, Later, Output, Question, Renewed};
use crate::fault::{Error, Fault, Misuse, OwnFailure};
use crate::handshake::input::{Input, Message, unwelcome};
use crate::handshake::shown::Shown;
use crate::handshake::side::Side;
use crate::handshake::transcript::Transcript;
use crate::hello::credential;
use crate::near::Near;
use crate::time::Now;
use crate::tls13::post_handshake::{MOST_OUTSTANDING, go_on_from, shared};
use crate::tls13::shared::Shared;
use crate::tls13::signed_content::signed_content;
use crate::tls13::wish::Wish;
use core::slice::from_ref;
use handfast_crypto::hash::HashContext;
use handfast_wire::registry::HandshakeType;
use std::collections::VecDeque;
use std::sync::Arc;

/// Where the client stands.
#[derive(Clone, Copy)]
enum State {
    /// Nothing is asked.
    Idle,
    AwaitCredential,
    AwaitSignature,
}

/// What the server asked for, and the transcript up to there.
struct Request {
    wish: Wish,
    transcript: Transcript,
}

/// Answers requests, one after the other.
pub(crate) struct LaterClient {
    pub(crate) shared: Shared,
    state: State,
    plan: Arc<Near<ClientPlan>>,
    handshake: HashContext,
    /// In the order in which they came; the first is being answered.
    requests: VecDeque<Request>,
    shown: Option<Shown>,
    /// What is said of an answer so far: its messages stand together on the wire (RFC 8446 section
    /// 4.6.2), so nothing of it is sent before all of it is there.
    held: Output,
}

impl LaterClient {
    /// A client that has offered to be asked; nothing for another one.
    pub(crate) fn new(established: &Established, now: Now) -> Option<Self> {
        let Later::Client {
            plan,
            transcript,
            own_type,
            ..
        } = established.later.as_deref()?
        else {
            return None;
        };
        let mut shared = shared(plan.common.near(), established.suite, now);
        shared.talk.negotiated.own_type = *own_type;
        Some(Self {
            shared,
            state: State::Idle,
            plan: Arc::clone(plan),
            handshake: transcript.clone(),
            requests: VecDeque::new(),
            shown: None,
            held: Output::on(Box::default()),
        })
    }

    /// True when every request is answered.
    pub(crate) fn is_over(&self) -> bool {
        self.requests.is_empty()
    }

    /// The diagram: one arm an arrow, everything else is unexpected.
    pub(crate) fn advance(
        &mut self,
        input: Input<'_>,
        established: &mut Established,
        out: &mut Output,
    ) -> Result<(), Broken> {
        match (self.state, input) {
            (_, Input::Message(m)) if m.msg_type == HandshakeType::CERTIFICATE_REQUEST => {
                self.certificate_request(m, established, out)
            }
            (State::AwaitCredential, Input::Answer(answer)) => {
                self.credential(answer, established, out)
            }
            (State::AwaitSignature, Input::Answer(answer)) => {
                self.signature(answer, established, out)
            }
            #[cfg(feature = "legacy")]
            (_, Input::NoCertificate) => Err(Fault::MessageUnexpected.into()),
            (_, Input::ChangeCipherSpec) => Err(Fault::ChangeCipherSpecUnexpected.into()),
            (_, Input::Message(_)) => Err(Fault::MessageUnexpected.into()),
            (_, Input::Answer(_)) => Err(Error::from(Misuse::NoSuchAsk).into()),
        }
    }

    /// One more request (RFC 8446 section 4.3.2).
    fn certificate_request(
        &mut self,
        message: Message<'_>,
        established: &mut Established,
        out: &mut Output,
    ) -> Result<(), Broken> {
        let wish = Wish::read(message, &self.plan.common, self.shared.talk.now)?;
        // RFC 8446 s4.3.2: empty in the handshake, and nowhere else.
        if wish.context.is_empty() {
            return Err(Fault::RequestContextWrong.into());
        }
        // RFC 8446 s4.3.2: unique on this connection, or an answer could be taken for another.
        if !established.is_new_context(&wish.context) {
            return Err(Fault::RequestContextTwice.into());
        }
        // Answers that nobody fetches take memory too.
        let waiting = self.requests.len().saturating_add(out.posts.answers());
        if waiting >= MOST_OUTSTANDING {
            return Err(Fault::TooManyRequests.into());
        }
        let mut transcript = go_on_from(&self.handshake);
        transcript.add(message.whole);
        self.requests.push_back(Request { wish, transcript });
        self.begin();
        Ok(())
    }

    /// Goes over to the next request, when none is being answered.
    fn begin(&mut self) {
        if let (State::Idle, Some(request)) = (self.state, self.requests.front_mut()) {
            let transcript = core::mem::replace(&mut request.transcript, Transcript::new());
            self.shared.talk.transcript = transcript;
            self.state = State::AwaitCredential;
        }
    }

    pub(crate) fn answer_from_config(&self) -> Option<Result<Answer, Broken>> {
        let config = &self.plan.config;
        match self.state {
            State::AwaitCredential if !config.ask_for_credential => {
                let own = self.shared.talk.negotiated.own_type;
                let accepted = self.requests.front()?.wish.accepted(own);
                let chosen = credential::for_client(config, &accepted);
                Some(chosen.map(Answer::Credential))
            }
            State::AwaitSignature => self.shown.as_ref()?.signed_here(),
            _ => None,
        }
    }

    pub(crate) fn question(&self) -> Option<Question<'_>> {
        match self.state {
            State::Idle => None,
            State::AwaitCredential => {
                let wish = &self.requests.front()?.wish;
                Some(Question::Credential {
                    server_name: None,
                    schemes: &wish.schemes,
                    authorities: &wish.authorities,
                    certificate_types: from_ref(&self.shared.talk.negotiated.own_type),
                    delegated_schemes: wish.delegated(),
                })
            }
            State::AwaitSignature => self.shown.as_ref().map(Shown::question),
        }
    }

    /// The credential to show was chosen, or that there is none.
    fn credential(
        &mut self,
        answer: Answer,
        established: &mut Established,
        out: &mut Output,
    ) -> Result<(), Broken> {
        let Answer::Credential(credential) = answer else {
            return Err(unwelcome(answer));
        };
        let wish = &self.requests.front().ok_or(OwnFailure::Crypto)?.wish;
        self.shared.say_certificate(
            &wish.context,
            credential.as_ref(),
            wish.wanted,
            &mut self.held,
        )?;
        let Some(credential) = credential else {
            return self.conclude(established, out);
        };
        let own = self.shared.talk.negotiated.own_type;
        let scheme = credential::require_scheme(&credential, &wish.accepted(own))?;
        let content = signed_content(Side::Client, &self.shared.talk.transcript.current());
        self.shown = Some(Shown {
            credential,
            scheme,
            content,
        });
        self.state = State::AwaitSignature;
        Ok(())
    }

    fn signature(
        &mut self,
        answer: Answer,
        established: &mut Established,
        out: &mut Output,
    ) -> Result<(), Broken> {
        let Answer::Signature(signature) = answer else {
            return Err(unwelcome(answer));
        };
        let scheme = self.shown.take().ok_or(OwnFailure::Crypto)?.scheme;
        self.shared
            .say_certificate_verify(scheme, &signature, &mut self.held)?;
        self.conclude(established, out)
    }

    /// Says the whole answer. Its Finished is made where the sending secret is.
    fn conclude(&mut self, established: &mut Established, out: &mut Output) -> Result<(), Broken> {
        out.posts.append_all(&mut self.held.posts);
        out.answer_finished(self.shared.talk.transcript.current());
        let said = &mut self.shared.talk.negotiated;
        if let Some(own) = said.own.take() {
            established.negotiated.own = Some(own);
            established.negotiated.own_scheme = said.own_scheme.take();
            out.renewed = Some(Renewed::Done);
        }
        self.requests.pop_front();
        self.state = State::Idle;
        self.begin();
        Ok(())
    }
}
