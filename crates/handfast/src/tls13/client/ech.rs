//! Encrypted ClientHello, the client's side: whether the server has opened it (RFC 9849 section 6.1.4), and
//! what follows where it has not (section 6.1.6).

use crate::connection::Broken;
use crate::ech::EchConfigList;
use crate::fault::Fault;
use crate::handshake::input::Message;
use crate::handshake::judge::is_unproved;
use crate::handshake::transcript::Transcript;
use crate::hello::offered_ech::{Meant, Standing};
use crate::hello::server_hello::Asked;
use crate::suite::find_suite;
use crate::tls13::client::ClientHandshake;
use handfast_pki::name::ServerName;
use handfast_wire::extension::Extensions;
use handfast_wire::handshake::ServerHello;
use handfast_wire::registry::ExtensionType;

impl ClientHandshake {
    fn meant(&mut self) -> Option<&mut Meant> {
        self.offer.ech.as_mut()?.meant.as_mut()
    }

    /// True where what was sent only looks like an encrypted ClientHello.
    pub(super) fn means_no_ech(&self) -> bool {
        let ech = self.offer.ech.as_ref();
        ech.is_none_or(|ech| ech.meant.is_none())
    }

    /// True where the server has answered the outer ClientHello.
    pub(super) fn is_ech_rejected(&self) -> bool {
        self.offer.is_ech_rejected()
    }

    /// Which of the ClientHellos a HelloRetryRequest answers. True where it is the inner one: the
    /// transcript is its own from here on, and begun anew.
    pub(super) fn judge_ech_retry(
        &mut self,
        asked: &Asked,
        hello: &ServerHello<'_>,
        message: Message<'_>,
    ) -> Result<bool, Broken> {
        let Some(meant) = self.meant() else {
            return Ok(false);
        };
        let confirmed = meant.confirmed_retry(asked.suite.hash, message.whole, hello.extensions)?;
        if !asked.ech.is_some_and(|said| confirmed.is(&said)) {
            self.reject_ech();
            return Ok(false);
        }
        meant.standing = Standing::OpenedBeforeRetry;
        let transcript = core::mem::replace(&mut meant.transcript, Transcript::new());
        let random = meant.random;
        self.shared.talk.transcript = transcript;
        self.shared.talk.client_random = random;
        Ok(true)
    }

    /// Which of the ClientHellos a ServerHello answers. One that names a suite that is not known is refused
    /// anyway.
    pub(super) fn judge_ech(
        &mut self,
        hello: &ServerHello<'_>,
        message: Message<'_>,
    ) -> Result<(), Broken> {
        let Some(suite) = find_suite(hello.cipher_suite) else {
            return Ok(());
        };
        let Self { shared, offer, .. } = self;
        let Some(meant) = offer.ech.as_mut().and_then(|ech| ech.meant.as_mut()) else {
            return Ok(());
        };
        let said = hello
            .random
            .last_chunk::<8>()
            .ok_or(Fault::ServerHelloMalformed)?;
        match meant.standing {
            Standing::Accepted | Standing::Rejected => {}
            Standing::OpenedBeforeRetry => {
                let transcript = &shared.talk.transcript;
                let confirmed = meant.confirmed_hello(suite.hash, transcript, message.whole)?;
                if !confirmed.is(said) {
                    return Err(Fault::EchConfirmationMissing.into());
                }
                meant.standing = Standing::Accepted;
            }
            Standing::Open => {
                let transcript = &meant.transcript;
                let confirmed = meant.confirmed_hello(suite.hash, transcript, message.whole)?;
                if !confirmed.is(said) {
                    self.reject_ech();
                    return Ok(());
                }
                meant.standing = Standing::Accepted;
                shared.talk.transcript =
                    core::mem::replace(&mut meant.transcript, Transcript::new());
                shared.talk.client_random = meant.random;
            }
        }
        Ok(())
    }

    /// The server has answered the outer ClientHello: it must be who that one names, and nothing of the
    /// inner one is to be had.
    fn reject_ech(&mut self) {
        let Some(name) = self.offer.reject_ech() else {
            return;
        };
        if let ServerName::Dns(host) = &name {
            self.shared.talk.negotiated.server_name = Some(host.as_str().into());
        }
        self.name = name;
    }

    /// RFC 9849 s6.2: what a server tells is checked also where nothing was meant.
    pub(super) fn keep_retry_configs(&mut self, block: Extensions<'_>) -> Result<(), Broken> {
        let Some(said) = block.find(ExtensionType::ENCRYPTED_CLIENT_HELLO) else {
            return Ok(());
        };
        let list = EchConfigList::from_bytes(said);
        let list = list.map_err(|_| Fault::ExtensionMalformed)?;
        if let Some(meant) = self.meant() {
            meant.retry_configs = Some(list);
        }
        Ok(())
    }

    /// What the connection ends by.
    pub(super) fn ech_rejection(&self) -> Broken {
        if is_unproved(&self.plan.config.verification, &self.shared.talk.negotiated) {
            return Fault::EchRejectedUnproved.into();
        }
        let meant = self.offer.ech.as_ref().and_then(|ech| ech.meant.as_ref());
        Broken::ech_rejected(meant.and_then(|meant| meant.retry_configs.clone()))
    }
}
