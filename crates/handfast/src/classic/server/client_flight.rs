//! The client's flight from Certificate to CertificateVerify (RFC 5246
//! sections 7.4.6 to 7.4.8).

#[cfg(feature = "legacy")]
use crate::classic::key_transport;
use crate::classic::server::{ServerHandshake, State};
use crate::config::ClientAuth;
#[cfg(feature = "legacy")]
use crate::config::Signer;
#[cfg(feature = "legacy")]
use crate::connection::Answer;
use crate::connection::{Broken, PeerStanding};
use crate::fault::{Fault, OwnFailure};
use crate::handshake::input::Message;
#[cfg(feature = "legacy")]
use crate::handshake::input::unwelcome;
use crate::handshake::proof::{LeafKey, PeerSettled, Signed, check_signature};
use crate::handshake::talk::malformed;
#[cfg(feature = "legacy")]
use crate::obsolete::{self, Decrypted};
use crate::suite::Family;
use handfast_crypto::secret::SharedSecret;
use handfast_wire::codec::Wire;
#[cfg(feature = "legacy")]
use handfast_wire::handshake::RsaClientKeyExchange;
use handfast_wire::handshake::{CertificateVerify, EcdheClientKeyExchange};

impl ServerHandshake {
    /// In `WaitCertificate`.
    pub(super) fn certificate(&mut self, message: Message<'_>) -> Result<State, Broken> {
        self.shared.hear_certificate(message)?;
        if !self.shared.talk.negotiated.peer_chain.is_empty() {
            return Ok(State::WaitClientKeyExchange(None));
        }
        if matches!(self.plan.config.client_auth, ClientAuth::Require(_)) {
            return Err(Fault::ClassicCertificateRequired.into());
        }
        self.shared.talk.negotiated.peer_standing = PeerStanding::Anonymous;
        Ok(State::WaitClientKeyExchange(Some(PeerSettled::anonymous())))
    }

    /// In `WaitClientKeyExchange`: without a settled peer, its proof follows.
    pub(super) fn client_key_exchange(
        &mut self,
        peer: Option<PeerSettled>,
        message: Message<'_>,
    ) -> Result<State, Broken> {
        #[cfg(feature = "legacy")]
        if self.shared.suite.transports_key() {
            return self.transported(peer, message);
        }
        let exchange = EcdheClientKeyExchange::decode(message.body)
            .map_err(malformed(Fault::ClientKeyExchangeMalformed))?;
        let share = self.share.take().ok_or(OwnFailure::Crypto)?;
        let premaster = share.agree(exchange.public.0)?;
        self.shared.talk.hear(message);
        self.agreed(peer, &premaster)
    }

    /// Both sides have the premaster secret.
    fn agreed(
        &mut self,
        peer: Option<PeerSettled>,
        premaster: &SharedSecret,
    ) -> Result<State, Broken> {
        self.shared.derive(premaster.as_bytes())?;
        Ok(match peer {
            Some(peer) => State::WaitChangeCipherSpec(peer),
            None => State::WaitCertificateVerify,
        })
    }

    /// The premaster secret came under our key, which may lie elsewhere.
    #[cfg(feature = "legacy")]
    fn transported(
        &mut self,
        peer: Option<PeerSettled>,
        message: Message<'_>,
    ) -> Result<State, Broken> {
        let sent = RsaClientKeyExchange::decode(message.body)
            .map_err(malformed(Fault::ClientKeyExchangeMalformed))?;
        let encrypted = sent.encrypted_premaster_secret.0;
        self.shared.talk.hear(message);
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
        let premaster = key_transport::open(decrypted, offered, &self.plan.common)?;
        self.agreed(peer, &premaster)
    }

    /// In `WaitCertificateVerify`: signed is every message so far.
    pub(super) fn certificate_verify(&mut self, message: Message<'_>) -> Result<State, Broken> {
        let verify = CertificateVerify::decode(message.body)
            .map_err(malformed(Fault::CertificateVerifyMalformed))?;
        let leaf = self
            .shared
            .talk
            .negotiated
            .peer_chain
            .first()
            .ok_or(Fault::CertificateMissing)?;
        let leaf = LeafKey::read(leaf)?;
        let signed = Signed {
            family: Family::Classic,
            content: self.shared.talk.transcript.messages()?,
            offered: &self.plan.common.set.schemes,
        };
        let proof = check_signature(&leaf, &verify, &signed)?;
        self.shared.talk.peer_key = Some(leaf.kind());
        self.shared.talk.negotiated.peer_scheme = Some(verify.algorithm);
        self.shared.talk.hear(message);
        Ok(State::AwaitVerdict(proof))
    }
}
