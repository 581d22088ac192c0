//! The server (RFC 5246 section 7.3).

#[cfg(feature = "legacy")]
mod bare;
mod choice;
mod client_flight;
mod client_hello;
mod client_key_exchange;
mod flight;
#[cfg(feature = "legacy")]
mod psk;
pub(crate) mod resume;
mod returning;
mod server_key_exchange;

use crate::classic::key_exchange::OwnPart;
#[cfg(feature = "legacy")]
use crate::classic::key_exchange::psk::Meant;
#[cfg(feature = "legacy")]
use crate::classic::profile::NoCertificate;
use crate::classic::server::choice::Choice;
use crate::classic::server::returning::Returning;
use crate::classic::shared::Shared;
use crate::config::{ClientAuth, Credential, ServerPlan};
use crate::connection::{Answer, Broken, End, Output, Question, Renewable};
use crate::fault::{Error, Fault, Misuse, OwnFailure};
use crate::handshake::input::{Input, unwelcome};
use crate::handshake::judge::{self, judge_client};
use crate::handshake::proof::{PeerSettled, SignatureValid};
use crate::handshake::shown::Shown;
use crate::hello::credential::{self, Accepted};
use crate::near::{self, Near};
use crate::session::{SessionId, Ticket, TicketKeys};
use handfast_crypto::signature::KeyKind;
use handfast_wire::registry::HandshakeType;
use std::sync::Arc;

/// Where the server stands. What was proved on the way travels with the state.
pub(crate) enum State {
    AwaitTicketKeys,
    AwaitSession,
    AwaitSessionPsk,
    AwaitCredential,
    AwaitSignature,
    WaitCertificate,
    WaitClientKeyExchange(Option<PeerSettled>),
    #[cfg(feature = "legacy")]
    AwaitDecryption(Option<PeerSettled>),
    #[cfg(feature = "legacy")]
    AwaitPsk(Option<PeerSettled>),
    WaitCertificateVerify,
    AwaitVerdict(SignatureValid),
    WaitChangeCipherSpec(PeerSettled),
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
    /// Boxed, as what is shown, so that this block stays small.
    choice: Box<Choice>,
    /// Our part of the key exchange.
    own_part: Option<OwnPart>,
    /// The premaster secret as it came, while the caller is asked to decrypt it.
    #[cfg(feature = "legacy")]
    encrypted: Vec<u8>,
    /// The shared key that the client means.
    #[cfg(feature = "legacy")]
    meant: Option<Box<Meant>>,
    /// What is shown.
    shown: Option<Box<Shown>>,
    /// The name under which this session will be kept here.
    given_id: Option<SessionId>,
    /// What the caller seals tickets with.
    keys: Option<Arc<TicketKeys>>,
    /// The client's ticket, while the caller is asked for the keys that open it.
    ticket: Option<Vec<u8>>,
    /// The session that the caller is asked for.
    wanted: Vec<Vec<u8>>,
    /// The session that began by a shared key, while the caller is asked whether it still has the key.
    returning: Option<Box<Returning>>,
    /// The session that goes on, as the client gets it anew.
    renewed: Option<Box<Ticket>>,
}

/// A host that is not served, and a credential for others than this client, are no reason to show
/// nothing instead.
#[cfg(feature = "legacy")]
fn is_final(broken: &Broken) -> bool {
    [Fault::ServerNameUnknown, Fault::IssuerNotCommon]
        .map(Error::from)
        .contains(&broken.error)
}

impl ServerHandshake {
    /// The diagram: one arm an arrow, everything else is unexpected.
    pub(crate) fn advance(&mut self, input: Input<'_>, out: &mut Output) -> Result<(), Broken> {
        use HandshakeType as Type;
        let state = core::mem::replace(&mut self.state, State::Done);
        self.state = match (state, input) {
            (State::AwaitTicketKeys, Input::Answer(answer)) => self.ticket_keys(answer, out)?,
            (State::AwaitSession, Input::Answer(answer)) => self.sessions(answer, out)?,
            (State::AwaitSessionPsk, Input::Answer(answer)) => self.session_psk(answer, out)?,
            (State::AwaitCredential, Input::Answer(answer)) => self.credential(answer, out)?,
            (State::AwaitSignature, Input::Answer(answer)) => self.signature(answer, out)?,
            (State::WaitCertificate, Input::Message(m)) if m.msg_type == Type::CERTIFICATE => {
                self.certificate(m)?
            }
            #[cfg(feature = "legacy")]
            (State::WaitCertificate, Input::NoCertificate) => self.no_certificate()?,
            (State::WaitClientKeyExchange(peer), Input::Message(m))
                if m.msg_type == Type::CLIENT_KEY_EXCHANGE =>
            {
                self.client_key_exchange(peer, m)?
            }
            #[cfg(feature = "legacy")]
            (State::AwaitPsk(peer), Input::Answer(answer)) => self.psk(peer, answer)?,
            #[cfg(feature = "legacy")]
            (State::AwaitDecryption(peer), Input::Answer(answer)) => {
                self.decrypted(peer, answer)?
            }
            (State::WaitCertificateVerify, Input::Message(m))
                if m.msg_type == Type::CERTIFICATE_VERIFY =>
            {
                self.certificate_verify(m)?
            }
            (State::AwaitVerdict(proof), Input::Answer(answer)) => self.verdict(proof, answer)?,
            (State::WaitChangeCipherSpec(peer), Input::ChangeCipherSpec) => {
                self.shared.hear_change_cipher_spec(out)?;
                State::WaitFinished(peer)
            }
            (State::WaitFinished(peer), Input::Message(m)) if m.msg_type == Type::FINISHED => {
                let finished = self.shared.hear_finished(m)?;
                if self.plan.config.keep_only_digests_of_clients {
                    self.shared.talk.negotiated.forget_chain();
                }
                if !self.shared.talk.negotiated.is_resumed() {
                    self.give_session(out)?;
                    self.shared.say_finished(out)?;
                }
                let cache = self.plan.session_cache.as_ref().map(near::Shared::near);
                let is_kept = cache.is_some() || self.plan.config.ask_for_sessions;
                if let Some(id) = self.given_id.filter(|_| is_kept) {
                    out.is_cached(cache, id);
                }
                let renewable = self.renewable();
                self.shared.connected(finished, peer, out)?;
                if let Some(established) = &mut out.connected {
                    established.renewable = renewable;
                }
                State::Done
            }
            #[cfg(feature = "legacy")]
            (_, Input::NoCertificate) => return Err(Fault::MessageUnexpected.into()),
            (_, Input::ChangeCipherSpec) => return Err(Fault::ChangeCipherSpecUnexpected.into()),
            (_, Input::Message(_)) => return Err(Fault::MessageUnexpected.into()),
            (_, Input::Answer(_)) => return Err(Error::from(Misuse::NoSuchAsk).into()),
        };
        Ok(())
    }

    /// True where a client that has no certificate says so by an alert.
    #[cfg(feature = "legacy")]
    pub(crate) fn heeds_no_certificate(&self) -> bool {
        matches!(self.state, State::WaitCertificate)
            && self.shared.profile.no_certificate == NoCertificate::Alert
    }

    /// Clients like NSS send on under the keys that were there, until they go over to the new ones.
    pub(crate) fn takes_data(&self) -> bool {
        !matches!(self.state, State::WaitFinished(_))
    }

    /// Whether this client is asked who it is.
    fn client_auth(&self) -> &ClientAuth {
        self.plan.client_auth(self.shared.talk.asks_client_later())
    }

    /// What another handshake on this connection begins with.
    fn renewable(&self) -> Option<Box<Renewable>> {
        let end = || End::Server(Arc::clone(&self.plan));
        self.shared.renewable(end, self.choice.secure_renegotiation)
    }

    /// The client was judged.
    fn verdict(&mut self, proof: SignatureValid, answer: Answer) -> Result<State, Broken> {
        let peer = judge::settle(
            self.plan
                .client_auth(self.shared.talk.asks_client_later())
                .verification(),
            proof,
            answer,
            &mut self.shared.talk,
        )?;
        Ok(State::WaitChangeCipherSpec(peer))
    }

    /// The credential to show was chosen, and with it the suite.
    fn credential(&mut self, answer: Answer, out: &mut Output) -> Result<State, Broken> {
        let Answer::Credential(credential) = answer else {
            return Err(unwelcome(answer));
        };
        let chosen = credential.as_ref();
        let chosen = chosen.and_then(|credential| self.choice.suite_and_scheme(credential));
        #[cfg(feature = "legacy")]
        if let (None, Some(suite)) = (&chosen, self.bare_instead()) {
            return self.say_bare(suite, out);
        }
        let credential = credential.ok_or(Fault::SchemeNotCommon)?;
        let Some((suite, scheme)) = chosen else {
            let suits = |kind| self.choice.suits_key(kind);
            let fault = credential::require_scheme(&credential, &self.choice.accepted(&suits));
            return Err(fault.err().unwrap_or(OwnFailure::Crypto.into()));
        };
        match scheme {
            Some(scheme) => self.say_hello(suite, credential, scheme, out),
            None => self.say_hello_and_done(suite, &credential, out),
        }
    }

    pub(crate) fn answer_from_config(&self) -> Option<Result<Answer, Broken>> {
        let plan = &self.plan;
        match self.state {
            State::AwaitCredential if !plan.config.ask_for_credential => {
                Some(self.credential_from_config())
            }
            State::AwaitSignature => self.shown.as_ref()?.signed_here(),
            State::AwaitVerdict(_) => judge_client(plan, self.client_auth(), &self.shared.talk),
            _ => None,
        }
    }

    fn credential_from_config(&self) -> Result<Answer, Broken> {
        let find = |suits: &dyn Fn(KeyKind) -> bool| {
            credential::for_server(
                &self.plan.config.credentials,
                self.plan.config.unknown_name,
                self.shared.talk.negotiated.server_name.as_deref(),
                &self.choice.accepted(suits),
            )
        };
        match find(&|kind| self.choice.suits_key(kind)) {
            Ok(credential) => Ok(Answer::Credential(Some(credential))),
            Err(_) if self.choice.has_transport() && self.transporter().is_some() => {
                Ok(Answer::Credential(self.transporter()))
            }
            #[cfg(feature = "legacy")]
            Err(broken) if !is_final(&broken) && self.bare_instead().is_some() => {
                Ok(Answer::Credential(None))
            }
            // But for its curve one would have done.
            Err(_) if find(&|kind| self.choice.suite_for(kind).is_some()).is_ok() => {
                Err(self.choice.curves_not_common(&self.plan.config.credentials))
            }
            Err(broken) => Err(broken),
        }
    }

    /// The credential for a suite that wants no signature.
    fn transporter(&self) -> Option<Credential> {
        let config = &self.plan.config;
        let name = self.shared.talk.negotiated.server_name.as_deref();
        let any = config.credentials.iter().flat_map(|one| &one.0.schemes);
        let schemes: Vec<_> = any.copied().collect();
        let suits = |kind| self.choice.suite_for(kind).is_some();
        let accepted = Accepted {
            schemes: &schemes,
            ..self.choice.accepted(&suits)
        };
        let found =
            credential::for_server(&config.credentials, config.unknown_name, name, &accepted);
        found
            .ok()
            .filter(|found| self.choice.suite_and_scheme(found).is_some())
    }

    pub(crate) fn question(&self) -> Option<Question<'_>> {
        match self.state {
            State::AwaitSessionPsk => Some(Question::Psk {
                version: self.shared.profile.version,
                identity: self.returning.as_deref().and_then(Returning::psk_identity),
                hint: None,
            }),
            State::AwaitTicketKeys => Some(Question::TicketKeys),
            State::AwaitSession => Some(Question::LoadSession {
                keys: &self.wanted,
                single_use: false,
            }),
            State::AwaitCredential => Some(Question::Credential {
                server_name: self.shared.talk.negotiated.server_name.as_deref(),
                schemes: &self.choice.schemes,
                authorities: &self.choice.authorities,
                certificate_types: self.choice.types.server.as_slice(),
                delegated_schemes: &[],
            }),
            State::AwaitSignature => self.shown.as_deref().map(Shown::question),
            #[cfg(feature = "legacy")]
            State::AwaitPsk(_) => Some(Question::Psk {
                version: self.shared.profile.version,
                identity: Some(&self.meant.as_deref()?.identity),
                hint: None,
            }),
            #[cfg(feature = "legacy")]
            State::AwaitDecryption(_) => Some(Question::Decrypt {
                credential: self.shared.talk.negotiated.own.as_ref()?,
                encrypted: &self.encrypted,
            }),
            State::AwaitVerdict(_) => Some(judge::question(&self.shared.talk, None)),
            _ => None,
        }
    }
}
