//! ServerKeyExchange, and our ClientKeyExchange (RFC 5246 sections 7.4.3 and 7.4.7).

use crate::classic::client::{ClientHandshake, State};
#[cfg(feature = "legacy")]
use crate::classic::key_exchange::dhe;
use crate::classic::key_exchange::{Kept, ecdhe, signed};
#[cfg(feature = "legacy")]
use crate::classic::key_exchange::{psk, rsa};
#[cfg(feature = "legacy")]
use crate::config::PreSharedKey;
use crate::connection::{Broken, Output};
use crate::fault::{Fault, OwnFailure};
use crate::handshake::input::Message;
#[cfg(feature = "legacy")]
use crate::handshake::proof::LeafKey;
use crate::handshake::proof::SignatureValid;
use crate::handshake::talk::malformed;
use crate::suite::KeyExchange;
#[cfg(feature = "legacy")]
use handfast_wire::codec::Opaque16;
use handfast_wire::codec::{Reader, Wire};
use handfast_wire::handshake::EcdheParams;
#[cfg(feature = "legacy")]
use handfast_wire::handshake::{DheParams, SharedKeyIdentity};
use handfast_wire::registry::HandshakeType;

impl ClientHandshake {
    /// The certificate is all that RSA key exchange needs of the server.
    #[cfg(feature = "legacy")]
    pub(super) fn transport_key(&mut self, leaf: &LeafKey) -> Result<State, Broken> {
        let common = &self.plan.common;
        let (made, proof) = rsa::make(leaf, common.legacy_version(), common)?;
        self.shared.talk.peer_key = Some(leaf.kind());
        self.kept = Some(Kept::Answered(made));
        Ok(State::WaitRequestOrDone(proof))
    }

    /// In `WaitServerKeyExchange`: the parameters are signed, with both randoms.
    pub(super) fn server_key_exchange(&mut self, message: Message<'_>) -> Result<State, Broken> {
        let mut reader = Reader::new(message.body);
        #[cfg(feature = "legacy")]
        if self.shared.suite.shares_key() {
            self.read_hint(&mut reader)?;
        }
        #[cfg(feature = "legacy")]
        if self.shared.suite.has_field() {
            return self.field(message, reader);
        }
        let params = reader
            .field("params", EcdheParams::read)
            .map_err(malformed(Fault::ServerKeyExchangeMalformed))?;
        let received = self.read_signed(message.body, reader)?;
        ecdhe::check(&params, &self.plan.common.set.groups)?;
        let proof = self.check_signed(received.as_ref())?;
        let answered = ecdhe::answer(&params, &mut self.plan.common.draw())?;
        self.kept = Some(Kept::Answered(answered));
        self.shared.talk.negotiated.group = params.named_curve;
        self.shared.talk.hear(message);
        Ok(State::WaitRequestOrDone(proof))
    }

    /// The same of a finite field, which the server may have made itself.
    #[cfg(feature = "legacy")]
    fn field<'m>(&mut self, message: Message<'m>, mut reader: Reader<'m>) -> Result<State, Broken> {
        let params = reader
            .field("params", DheParams::read)
            .map_err(malformed(Fault::ServerKeyExchangeMalformed))?;
        let received = self.read_signed(message.body, reader)?;
        let peer = dhe::PeerPart::new(&params, self.shared.suite)?;
        let proof = self.check_signed(received.as_ref())?;
        dhe::tell(peer.field(), &mut self.shared.talk.negotiated);
        self.kept = Some(Kept::Field(Box::new(peer)));
        self.shared.talk.hear(message);
        Ok(State::WaitRequestOrDone(proof))
    }

    fn read_signed<'m>(
        &self,
        body: &'m [u8],
        reader: Reader<'m>,
    ) -> Result<Option<signed::Received<'m>>, Broken> {
        if !self.shared.suite.shows_certificate() {
            let whole = reader.finish();
            whole.map_err(malformed(Fault::ServerKeyExchangeMalformed))?;
            return Ok(None);
        }
        let leaf = self.leaf.as_ref().ok_or(Fault::CertificateMissing)?;
        signed::read(body, reader, leaf, &self.shared).map(Some)
    }

    fn check_signed(
        &mut self,
        received: Option<&signed::Received<'_>>,
    ) -> Result<SignatureValid, Broken> {
        #[cfg(feature = "legacy")]
        if let Some(proof) = SignatureValid::without_certificate(self.shared.suite) {
            return Ok(proof);
        }
        let received = received.ok_or(Fault::CertificateMissing)?;
        let leaf = self.leaf.take().ok_or(Fault::CertificateMissing)?;
        signed::check(received, &leaf, &mut self.shared)
    }

    /// Says ClientKeyExchange; the keys follow from it.
    pub(super) fn say_client_key_exchange(&mut self, out: &mut Output) -> Result<(), Broken> {
        #[cfg(feature = "legacy")]
        if self.shared.psk.is_some() {
            return self.say_shared_key_exchange(out);
        }
        let kept = self.kept.take().ok_or(OwnFailure::Crypto)?;
        let answered = kept.answer(&self.plan, &self.name)?;
        self.say_public(&answered.public, out)?;
        Ok(self.shared.derive(answered.premaster.as_bytes())?)
    }

    /// Says ClientKeyExchange with the identity of a shared key, and what the key exchange has besides.
    #[cfg(feature = "legacy")]
    fn say_shared_key_exchange(&mut self, out: &mut Output) -> Result<(), Broken> {
        let kept = self.kept.take();
        let answered = kept
            .map(|kept| kept.answer(&self.plan, &self.name))
            .transpose()?;
        let public = answered.as_ref().map(|answered| &*answered.public);
        self.say_public(public.unwrap_or_default(), out)?;
        let other = answered
            .as_ref()
            .map(|answered| answered.premaster.as_bytes());
        let key = self.shared.psk.as_ref().ok_or(OwnFailure::Crypto)?;
        let premaster = psk::premaster(other, key);
        Ok(self.shared.derive(premaster.as_bytes())?)
    }

    fn say_public(&mut self, public: &[u8], out: &mut Output) -> Result<(), OwnFailure> {
        let key_exchange = self.shared.suite.key_exchange;
        #[cfg(feature = "legacy")]
        let form = self.shared.profile.premaster;
        #[cfg(feature = "legacy")]
        let identity = self.shared.psk.as_ref().map(PreSharedKey::identity);
        let message = HandshakeType::CLIENT_KEY_EXCHANGE;
        self.shared.talk.say(out, message, |out| {
            #[cfg(feature = "legacy")]
            if let Some(identity) = identity {
                let psk_identity = Opaque16(identity);
                SharedKeyIdentity { psk_identity }.write(out);
            }
            match key_exchange {
                KeyExchange::Any | KeyExchange::Ecdhe => ecdhe::write_public(public, out),
                #[cfg(feature = "legacy")]
                KeyExchange::Dhe => dhe::write_public(public, out),
                #[cfg(feature = "legacy")]
                KeyExchange::Rsa => rsa::write_encrypted(public, form, out),
                #[cfg(feature = "legacy")]
                KeyExchange::Psk => {}
            }
        })
    }
}
