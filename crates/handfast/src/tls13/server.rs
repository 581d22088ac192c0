//! The server (RFC 8446 appendix A.2).

mod application_settings;
mod certificate;
mod certificate_verify;
mod choice;
mod client_hello;
mod early_data;
mod ech;
mod finished;
mod flight;
mod named;
mod resume;
mod shared_key;
mod tickets;

use crate::config::ServerPlan;
use crate::connection::{Answer, Broken, Output, Question};
use crate::fault::{Error, Fault, Misuse, OwnFailure};
use crate::handshake::input::Input;
use crate::handshake::input::unwelcome;
use crate::handshake::judge::{self, judge_client};
use crate::handshake::proof::{PeerSettled, SignatureValid};
use crate::handshake::shown::Shown;
use crate::handshake::talk::Talk;
use crate::hello::credential;
use crate::hello::psk::Resumed;
use crate::hello::second_hello::Retry;
use crate::near::Near;
use crate::session::{Strike, Ticket, TicketKeys};
use crate::tls13::compressed_certificate::shows_certificates;
use crate::tls13::server::choice::{Choice, Chosen};
use crate::tls13::server::named::Named;
use crate::tls13::shared::Shared;
use handfast_wire::extension::TicketRequest;
use handfast_wire::registry::{HandshakeType, ProtocolVersion};
use std::sync::Arc;

/// Where the server stands. What was proved on the way travels with the state.
pub(crate) enum State {
    Greeted,
    WaitSecondClientHello,
    AwaitPsk,
    AwaitTicketKeys,
    AwaitSession,
    AwaitSessionPsk,
    AwaitStrike,
    AwaitCredential,
    AwaitSignature,
    /// Then a certificate is awaited, where it is not settled who the client is.
    WaitEncryptedExtensions(Option<PeerSettled>),
    WaitCertificate,
    WaitCertificateVerify,
    AwaitVerdict(SignatureValid),
    WaitEndOfEarlyData(PeerSettled),
    WaitFinished(PeerSettled),
    Done,
}

// States are words, not stores: secrets stay in the block.
const _: () = assert!(size_of::<State>() <= 2);

/// The server's handshake.
pub(crate) struct ServerHandshake {
    pub(crate) shared: Shared,
    state: State,
    plan: Arc<Near<ServerPlan>>,
    /// The ClientHello in force, header included, while it is waited for an answer or
    /// for a second one.
    hello: Vec<u8>,
    retry: Option<Retry>,
    choice: Option<Choice>,
    /// The shared keys that the client names.
    named: Option<Box<Named>>,
    /// The client was told application settings, and is to say its own.
    awaits_settings: bool,
    wants_tickets: bool,
    /// How many tickets the client would like to have.
    ticket_request: Option<TicketRequest>,
    /// The client may be asked for a certificate later.
    takes_requests: bool,
    /// What the caller seals tickets with.
    keys: Option<Arc<TicketKeys>>,
    /// The sessions that the caller is asked for.
    wanted: Vec<Vec<u8>>,
    /// The session that began by a shared key, while the caller is asked whether it still has the key.
    returning: Option<Box<Resumed>>,
    /// The session that is resumed.
    session: Option<Ticket>,
    /// By what the flight is remembered that brings early data, while somebody is asked for it.
    strike: Option<Box<Strike>>,
    /// What is shown.
    shown: Option<Shown>,
}

impl ServerHandshake {
    /// Goes on from a ClientHello that offers TLS 1.3.
    pub(crate) fn new(talk: Talk, plan: Arc<Near<ServerPlan>>) -> Self {
        Self {
            shared: Shared::new(talk),
            state: State::Greeted,
            plan,
            hello: Vec::new(),
            retry: None,
            choice: None,
            named: None,
            awaits_settings: false,
            wants_tickets: false,
            ticket_request: None,
            takes_requests: false,
            keys: None,
            wanted: Vec::new(),
            returning: None,
            session: None,
            strike: None,
            shown: None,
        }
    }

    /// Answers the first ClientHello, header included, by what was chosen from it.
    pub(crate) fn begin(
        &mut self,
        hello: &[u8],
        chosen: Chosen,
        out: &mut Output,
    ) -> Result<(), Broken> {
        self.state = self.answer(hello, chosen, out)?;
        Ok(())
    }

    /// The diagram: one arm an arrow, everything else is unexpected.
    pub(crate) fn advance(&mut self, input: Input<'_>, out: &mut Output) -> Result<(), Broken> {
        let state = core::mem::replace(&mut self.state, State::Done);
        self.state = match (state, input) {
            (State::WaitSecondClientHello, Input::Message(m))
                if m.msg_type == HandshakeType::CLIENT_HELLO =>
            {
                self.second_client_hello(m, out)?
            }
            (State::AwaitPsk, Input::Answer(answer)) => self.psk(answer, out)?,
            (State::AwaitTicketKeys, Input::Answer(answer)) => self.ticket_keys(answer, out)?,
            (State::AwaitSession, Input::Answer(answer)) => self.sessions(answer, out)?,
            (State::AwaitSessionPsk, Input::Answer(answer)) => self.session_psk(answer, out)?,
            (State::AwaitStrike, Input::Answer(answer)) => self.strike_answered(answer, out)?,
            (State::AwaitCredential, Input::Answer(answer)) => self.credential(answer, out)?,
            (State::AwaitSignature, Input::Answer(answer)) => self.signature(answer, out)?,
            (State::WaitEncryptedExtensions(peer), Input::Message(m))
                if m.msg_type == HandshakeType::ENCRYPTED_EXTENSIONS =>
            {
                self.encrypted_extensions(peer, m)?
            }
            (State::WaitCertificate, Input::Message(m))
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
            (State::WaitEndOfEarlyData(peer), Input::Message(m))
                if m.msg_type == HandshakeType::END_OF_EARLY_DATA =>
            {
                self.end_of_early_data(peer, m, out)?
            }
            (State::WaitFinished(peer), Input::Message(m))
                if m.msg_type == HandshakeType::FINISHED =>
            {
                self.finished(peer, m, out)?
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

    /// The client was judged.
    fn verdict(&mut self, proof: SignatureValid, answer: Answer) -> Result<State, Broken> {
        let peer = judge::settle(
            self.plan.config.client_auth.verification(),
            proof,
            answer,
            &mut self.shared.talk,
        )?;
        Ok(State::WaitFinished(peer))
    }

    pub(crate) fn answer_from_config(&self) -> Option<Result<Answer, Broken>> {
        let plan = &self.plan;
        match self.state {
            State::AwaitCredential if !plan.config.ask_for_credential => {
                let choice = self.choice.as_ref()?;
                let name = self.shared.talk.negotiated.server_name.as_deref();
                let chosen = credential::for_server(
                    &plan.config.credentials,
                    plan.config.unknown_name,
                    name,
                    &choice.accepted(),
                );
                Some(chosen.map(|credential| Answer::Credential(Some(credential))))
            }
            State::AwaitStrike => {
                let (store, strike) = (plan.config.strikes.as_ref()?, self.strike.as_ref()?);
                let known = store.insert(strike, self.shared.talk.now);
                Some(Ok(known.map_or(Answer::Failed, Answer::Strike)))
            }
            State::AwaitSignature => self.shown.as_ref()?.signed_here(),
            State::AwaitVerdict(_) => {
                judge_client(plan, &plan.config.client_auth, &self.shared.talk)
            }
            _ => None,
        }
    }

    pub(crate) fn question(&self) -> Option<Question<'_>> {
        match self.state {
            State::AwaitPsk => Some(Question::Psk {
                version: ProtocolVersion::TLS_1_3,
                identity: self.wanted_key(),
                hint: None,
            }),
            State::AwaitSessionPsk => Some(Question::Psk {
                version: ProtocolVersion::TLS_1_3,
                identity: self.returning.as_deref().and_then(Resumed::psk_identity),
                hint: None,
            }),
            State::AwaitTicketKeys => Some(Question::TicketKeys),
            State::AwaitSession => Some(Question::LoadSession {
                keys: &self.wanted,
                single_use: true,
            }),
            State::AwaitStrike => {
                let strike = self.strike.as_deref()?;
                Some(Question::StrikeInsert { strike })
            }
            State::AwaitCredential => {
                let choice = self.choice.as_ref()?;
                Some(Question::Credential {
                    server_name: self.shared.talk.negotiated.server_name.as_deref(),
                    schemes: &choice.schemes,
                    authorities: &choice.authorities,
                    certificate_types: choice.types.server.as_slice(),
                    delegated_schemes: &choice.delegated,
                })
            }
            State::AwaitSignature => self.shown.as_ref().map(Shown::question),
            State::AwaitVerdict(_) => Some(judge::question(&self.shared.talk, None)),
            _ => None,
        }
    }

    /// The credential to show was chosen.
    fn credential(&mut self, answer: Answer, out: &mut Output) -> Result<State, Broken> {
        let Answer::Credential(credential) = answer else {
            return Err(unwelcome(answer));
        };
        let choice = self.choice.take().ok_or(OwnFailure::Crypto)?;
        let credential = credential.ok_or_else(|| {
            Broken::offers(
                Fault::SchemeNotCommon,
                "signature schemes",
                choice.schemes.iter(),
                core::iter::empty::<&str>(),
            )
        })?;
        let scheme = credential::require_scheme(&credential, &choice.accepted())?;
        self.say_flight(choice, credential, scheme, out)
    }
}
