//! The server until a version is chosen.

use crate::config::{Server, ServerPlan};
use crate::connection::{Answer, Broken, ClientHelloView, Question};
use crate::ech::{EchStatus, Unsealed, open_first, retry_configs};
use crate::fault::{Error, Fault, Misuse};
use crate::handshake::again::Again;
use crate::handshake::input::{Input, unwelcome};
use crate::handshake::talk::{Talk, malformed};
use crate::hello::compression;
use crate::near::Near;
use crate::observe::{Direction, Passed};
use crate::time::Now;
use handfast_wire::codec::Wire;
use handfast_wire::handshake::{ClientHello, ClientHelloExtensions, HandshakeHeader};
use handfast_wire::registry::HandshakeType;
use std::borrow::Cow;
use std::sync::Arc;

/// A server that waits for a ClientHello, or for the config to answer it with.
pub(crate) struct ServerStart {
    pub(crate) talk: Talk,
    plan: Option<Arc<Near<ServerPlan>>>,
    /// The caller is shown the ClientHello before it is answered.
    asks: bool,
    /// The ClientHello, header included, while the config is asked for.
    hello: Vec<u8>,
    /// The ClientHello around it, while the caller may still choose that one.
    outer: Option<Vec<u8>>,
    /// The message as it came, where it came in SSL 2.0's format.
    #[cfg(feature = "legacy")]
    pub(crate) ssl2_hello: Option<Vec<u8>>,
}

/// A ClientHello and the config to answer it with.
pub(crate) struct Greeted<'h> {
    pub(crate) talk: Talk,
    pub(crate) plan: Arc<Near<ServerPlan>>,
    /// Header included.
    pub(crate) hello: Cow<'h, [u8]>,
    /// What the transcript begins with instead.
    #[cfg(feature = "legacy")]
    pub(crate) ssl2_hello: Option<Vec<u8>>,
}

impl ServerStart {
    pub(crate) fn new(server: Option<Server>, now: Now) -> Self {
        let plan = server.map(|server| Arc::clone(server.0.near()));
        let common = plan.as_ref().map(|plan| Arc::clone(plan.common.near()));
        let talk = Talk::new(&common.unwrap_or_default(), now);
        let asks = plan.as_ref().is_none_or(|plan| plan.config.ask_for_config);
        Self {
            talk,
            plan,
            asks,
            hello: Vec::new(),
            outer: None,
            #[cfg(feature = "legacy")]
            ssl2_hello: None,
        }
    }

    /// On a connection that is there.
    pub(crate) fn again(plan: &Arc<Near<ServerPlan>>, again: Box<Again>, now: Now) -> Self {
        let mut talk = Talk::new(plan.common.near(), now);
        talk.again = Some(again);
        Self {
            talk,
            plan: Some(Arc::clone(plan)),
            // The connection has its config.
            asks: false,
            hello: Vec::new(),
            outer: None,
            #[cfg(feature = "legacy")]
            ssl2_hello: None,
        }
    }

    /// True once a ClientHello was received.
    pub(crate) fn has_begun(&self) -> bool {
        !self.hello.is_empty()
    }

    /// True where the caller may have the ClientHello answered by the config that is there.
    pub(crate) fn has_config(&self) -> bool {
        self.plan.is_some()
    }

    /// True where the ClientHello was encrypted, and the one around it may be answered instead.
    pub(crate) fn has_outer_hello(&self) -> bool {
        self.outer.is_some()
    }

    /// The ClientHello that waits for its config, as observers see it.
    pub(crate) fn held_hello(&self) -> Option<Passed<'_>> {
        #[cfg(feature = "legacy")]
        if let Some(bytes) = &self.ssl2_hello {
            return Some(Passed::Ssl2ClientHello { bytes });
        }
        self.has_begun().then_some(Passed::Handshake {
            msg_type: HandshakeType::CLIENT_HELLO,
            bytes: &self.hello,
        })
    }

    /// Takes the ClientHello, then the config. With both, what the version's own machine
    /// goes on with.
    pub(crate) fn advance<'h>(&mut self, input: Input<'h>) -> Result<Option<Greeted<'h>>, Broken> {
        match input {
            Input::Message(m)
                if m.msg_type == HandshakeType::CLIENT_HELLO && self.hello.is_empty() =>
            {
                let inner = self.unseal(m.whole)?;
                if !self.asks
                    && let Some(plan) = self.plan.take()
                {
                    let hello = inner.map_or(Cow::Borrowed(m.whole), Cow::Owned);
                    return Ok(Some(self.greet(plan, hello)));
                }
                // With a config it is read at once by what answers it.
                read(m.body)?;
                self.outer = inner.is_some().then(|| m.whole.to_vec());
                self.hello = inner.unwrap_or_else(|| m.whole.to_vec());
                Ok(None)
            }
            Input::Message(_) => Err(Fault::MessageUnexpected.into()),
            #[cfg(feature = "legacy")]
            Input::NoCertificate => Err(Fault::MessageUnexpected.into()),
            Input::ChangeCipherSpec => Err(Fault::ChangeCipherSpecUnexpected.into()),
            Input::Answer(Answer::OuterHello) if self.outer.is_some() => {
                self.hello = self.outer.take().unwrap_or_default();
                self.talk.ech = None;
                self.talk.negotiated.ech = EchStatus::Declined;
                Ok(None)
            }
            Input::Answer(answer) if self.has_begun() => self.answered(answer),
            Input::Answer(_) => Err(Error::from(Misuse::NoSuchAsk).into()),
        }
    }

    /// Opens an encrypted ClientHello, where the config has keys. Gives the one that was in it.
    fn unseal(&mut self, message: &[u8]) -> Result<Option<Vec<u8>>, Broken> {
        match &self.plan {
            Some(plan) if !plan.config.ech_keys.is_empty() && self.talk.again.is_none() => {
                let plan = Arc::clone(plan);
                self.unseal_by(&plan, message)
            }
            _ => Ok(None),
        }
    }

    fn unseal_by(
        &mut self,
        plan: &Near<ServerPlan>,
        message: &[u8],
    ) -> Result<Option<Vec<u8>>, Broken> {
        let set = &plan.common.set;
        let opened = open_first(&plan.config.ech_keys, message, set.key_log.is_some())?;
        let Some(Unsealed { inner, opened }) = opened else {
            return Ok(None);
        };
        let bytes = &inner;
        if let Some(observer) = &set.observer {
            observer.passed(Direction::Received, Passed::InnerClientHello { bytes });
        }
        if let (Some(key_log), Some((config, secret))) = (&set.key_log, &opened.logged) {
            let random = &opened.outer_random;
            key_log.secret("ECH_SECRET", random, secret.as_bytes());
            key_log.secret("ECH_CONFIG", random, config);
        }
        self.talk.negotiated.ech = EchStatus::Accepted;
        self.talk.ech = Some(Box::new(opened));
        Ok(Some(inner))
    }

    /// Goes on by the config that was chosen; nothing where it opens a ClientHello that the caller has
    /// not seen, who is asked anew: what was chosen was chosen for the public name.
    fn answered(&mut self, answer: Answer) -> Result<Option<Greeted<'static>>, Broken> {
        let plan = match answer {
            Answer::Config(server) => {
                self.talk.common = Arc::clone(server.0.common.near());
                // RFC 9849 s7.1: who has keys tells them, whoever else answers for the public name. A client
                // that heard of none would go on in the clear.
                let front = self.plan.take();
                let told = front.and_then(|front| retry_configs(&front.config.ech_keys));
                self.talk.ech_retry_configs = told.map(Vec::into_boxed_slice);
                Arc::clone(server.0.near())
            }
            Answer::SameConfig => {
                let plan = self.plan.take();
                plan.ok_or(Error::from(Misuse::AnswerUnfit))?
            }
            Answer::RefusedByAlert(alert) => {
                return Err(Broken::told_by(Fault::ClientRefused, alert));
            }
            answer => return Err(unwelcome(answer)),
        };
        let hello = core::mem::take(&mut self.hello);
        // A server that had no config until now has not had its keys either.
        let is_new = self.talk.negotiated.ech == EchStatus::NotOffered;
        if is_new
            && !plan.config.ech_keys.is_empty()
            && self.talk.again.is_none()
            && let Some(inner) = self.unseal_by(&plan, &hello)?
        {
            (self.hello, self.outer) = (inner, Some(hello));
            (self.plan, self.asks) = (Some(plan), true);
            return Ok(None);
        }
        Ok(Some(self.greet(plan, Cow::Owned(hello))))
    }

    fn greet<'h>(&mut self, plan: Arc<Near<ServerPlan>>, hello: Cow<'h, [u8]>) -> Greeted<'h> {
        let later = Talk::new(plan.common.near(), Now::default());
        Greeted {
            talk: core::mem::replace(&mut self.talk, later),
            plan,
            hello,
            #[cfg(feature = "legacy")]
            ssl2_hello: self.ssl2_hello.take(),
        }
    }

    pub(crate) fn question(&self) -> Option<Question<'_>> {
        if !self.asks {
            return None;
        }
        let (_, body) = HandshakeHeader::split(&self.hello)?;
        let (message, extensions) = read(body).ok()?;
        Some(Question::Config {
            client_hello: Box::new(ClientHelloView {
                message,
                extensions,
            }),
        })
    }
}

/// A ClientHello, and its extensions.
pub(crate) type Read<'h> = (ClientHello<'h>, ClientHelloExtensions<'h>);

/// Reads a ClientHello's body and its extensions.
pub(crate) fn read(body: &[u8]) -> Result<Read<'_>, Broken> {
    let hello = ClientHello::decode(body).map_err(malformed(Fault::ClientHelloMalformed))?;
    let extensions = ClientHelloExtensions::read(hello.extensions)
        .map_err(malformed(Fault::ClientHelloMalformed))?;
    // RFC 9001 s8.2: a ClientHello that was made for QUIC is nobody's who speaks TLS over a stream.
    if extensions.quic_transport_parameters.is_some() {
        return Err(Fault::QuicParametersOverTls.into());
    }
    compression::check(extensions.compress_certificate)?;
    Ok((hello, extensions))
}
