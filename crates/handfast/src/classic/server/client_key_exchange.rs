//! ClientKeyExchange (RFC 5246 section 7.4.7).

#[cfg(feature = "legacy")]
use crate::classic::key_exchange::rsa;
use crate::classic::server::{ServerHandshake, State};
#[cfg(feature = "legacy")]
use crate::config::Signer;
#[cfg(feature = "legacy")]
use crate::connection::Answer;
use crate::connection::Broken;
use crate::fault::{Fault, OwnFailure};
use crate::handshake::input::Message;
#[cfg(feature = "legacy")]
use crate::handshake::input::unwelcome;
use crate::handshake::proof::PeerSettled;
use crate::handshake::talk::malformed;
#[cfg(feature = "legacy")]
use crate::obsolete::{self, Decrypted};
use handfast_crypto::secret::SharedSecret;
use handfast_wire::codec::Reader;

impl ServerHandshake {
    /// In `WaitClientKeyExchange`: without a settled peer, its proof follows.
    pub(super) fn client_key_exchange(
        &mut self,
        peer: Option<PeerSettled>,
        message: Message<'_>,
    ) -> Result<State, Broken> {
        #[cfg(feature = "legacy")]
        if self.shared.suite.shares_key() {
            return self.shared_key(peer, message);
        }
        #[cfg(feature = "legacy")]
        if self.shared.suite.transports_key() {
            let form = self.shared.profile.premaster;
            let encrypted = rsa::read_encrypted(message.body, form)?;
            self.shared.talk.hear(message);
            return self.transported(peer, encrypted);
        }
        let own = self.own_part.take().ok_or(OwnFailure::Crypto)?;
        let mut reader = Reader::new(message.body);
        let premaster = own.agree(&mut reader)?;
        let whole = reader.finish();
        whole.map_err(malformed(Fault::ClientKeyExchangeMalformed))?;
        self.shared.talk.hear(message);
        self.agreed(peer, Some(&premaster))
    }

    /// Both sides have the premaster secret.
    pub(super) fn agreed(
        &mut self,
        peer: Option<PeerSettled>,
        premaster: Option<&SharedSecret>,
    ) -> Result<State, Broken> {
        self.derive(premaster)?;
        Ok(match peer {
            Some(peer) => State::WaitChangeCipherSpec(peer),
            None => State::WaitCertificateVerify,
        })
    }

    #[cfg(not(feature = "legacy"))]
    fn derive(&mut self, premaster: Option<&SharedSecret>) -> Result<(), OwnFailure> {
        let premaster = premaster.ok_or(OwnFailure::Crypto)?;
        self.shared.derive(premaster.as_bytes())
    }

    /// The premaster secret came under our key, which may lie elsewhere.
    #[cfg(feature = "legacy")]
    pub(super) fn transported(
        &mut self,
        peer: Option<PeerSettled>,
        encrypted: &[u8],
    ) -> Result<State, Broken> {
        let own = self.shared.talk.negotiated.own.as_ref();
        let signer = &*own.ok_or(OwnFailure::Crypto)?.0.signer;
        let Signer::Key(key) = signer else {
            self.encrypted = encrypted.to_vec();
            return Ok(State::AwaitDecryption(peer));
        };
        let decrypted = obsolete::decrypt(key, encrypted);
        self.opened(peer, &decrypted)
    }

    /// In `AwaitDecryption`: whoever holds the key has used it, or failed, which looks alike from
    /// outside.
    #[cfg(feature = "legacy")]
    pub(super) fn decrypted(
        &mut self,
        peer: Option<PeerSettled>,
        answer: Answer,
    ) -> Result<State, Broken> {
        let decrypted = match answer {
            Answer::Decrypted(decrypted) => decrypted,
            Answer::Failed => Decrypted::new(Vec::new()),
            other => return Err(unwelcome(other)),
        };
        self.encrypted.clear();
        let own = self.shared.talk.negotiated.own.as_ref();
        let kind = own.ok_or(OwnFailure::Crypto)?.0.kind;
        self.opened(peer, &decrypted.for_key(kind))
    }

    #[cfg(feature = "legacy")]
    fn opened(
        &mut self,
        peer: Option<PeerSettled>,
        decrypted: &Decrypted,
    ) -> Result<State, Broken> {
        let offered = self.choice.client_version;
        let premaster = rsa::open(decrypted, offered, &self.plan.common)?;
        self.agreed(peer, Some(&premaster))
    }
}
