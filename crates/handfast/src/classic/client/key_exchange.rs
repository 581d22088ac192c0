//! ServerKeyExchange, and our ClientKeyExchange (RFC 5246 sections 7.4.3 and 7.4.7).

use crate::classic::client::{ClientHandshake, State};
#[cfg(feature = "legacy")]
use crate::classic::key_exchange::dhe;
#[cfg(feature = "legacy")]
use crate::classic::key_exchange::rsa;
use crate::classic::key_exchange::{Kept, ecdhe, signed};
use crate::connection::{Broken, Output};
use crate::fault::{Fault, OwnFailure};
use crate::handshake::input::Message;
#[cfg(feature = "legacy")]
use crate::handshake::proof::LeafKey;
use crate::handshake::proof::SignatureValid;
use crate::handshake::talk::malformed;
use crate::suite::KeyExchange;
use handfast_wire::codec::{Reader, Wire};
#[cfg(feature = "legacy")]
use handfast_wire::handshake::DheParams;
use handfast_wire::handshake::EcdheParams;
use handfast_wire::registry::HandshakeType;

impl ClientHandshake {
    /// The certificate is all that RSA key exchange needs of the server.
    #[cfg(feature = "legacy")]
    pub(super) fn transport_key(&mut self, leaf: &LeafKey) -> Result<State, Broken> {
        let common = &self.plan.common;
        let made = rsa::make(leaf, common.legacy_version(), common)?;
        let proof = SignatureValid::by_key_transport(&made.public);
        self.shared.talk.peer_key = Some(leaf.kind());
        self.kept = Some(Kept::Answered(made));
        Ok(State::WaitRequestOrDone(proof))
    }

    /// In `WaitServerKeyExchange`: the parameters are signed, with both randoms.
    pub(super) fn server_key_exchange(&mut self, message: Message<'_>) -> Result<State, Broken> {
        #[cfg(feature = "legacy")]
        if self.shared.suite.has_field() {
            return self.field(message);
        }
        let mut reader = Reader::new(message.body);
        let params = reader
            .field("params", EcdheParams::read)
            .map_err(malformed(Fault::ServerKeyExchangeMalformed))?;
        let received = self.read_signed(message.body, reader)?;
        ecdhe::check(&params, &self.plan.common.set.groups)?;
        let proof = self.check_signed(&received)?;
        let answered = ecdhe::answer(&params, &mut self.plan.common.draw())?;
        self.kept = Some(Kept::Answered(answered));
        self.shared.talk.negotiated.group = params.named_curve;
        self.shared.talk.hear(message);
        Ok(State::WaitRequestOrDone(proof))
    }

    /// The same of a finite field, which the server may have made itself.
    #[cfg(feature = "legacy")]
    fn field(&mut self, message: Message<'_>) -> Result<State, Broken> {
        let mut reader = Reader::new(message.body);
        let params = reader
            .field("params", DheParams::read)
            .map_err(malformed(Fault::ServerKeyExchangeMalformed))?;
        let received = self.read_signed(message.body, reader)?;
        let peer = dhe::PeerPart::new(&params)?;
        let proof = self.check_signed(&received)?;
        dhe::tell(peer.field(), &mut self.shared.talk.negotiated);
        self.kept = Some(Kept::Field(Box::new(peer)));
        self.shared.talk.hear(message);
        Ok(State::WaitRequestOrDone(proof))
    }

    fn read_signed<'m>(
        &self,
        body: &'m [u8],
        reader: Reader<'m>,
    ) -> Result<signed::Received<'m>, Broken> {
        let leaf = self.leaf.as_ref().ok_or(Fault::CertificateMissing)?;
        signed::read(body, reader, leaf, &self.shared)
    }

    fn check_signed(&mut self, received: &signed::Received<'_>) -> Result<SignatureValid, Broken> {
        let leaf = self.leaf.take().ok_or(Fault::CertificateMissing)?;
        signed::check(received, &leaf, &mut self.shared)
    }

    /// Says ClientKeyExchange; the keys follow from it.
    pub(super) fn say_client_key_exchange(&mut self, out: &mut Output) -> Result<(), Broken> {
        let kept = self.kept.take().ok_or(OwnFailure::Crypto)?;
        let answered = kept.answer(&self.plan)?;
        let public = &answered.public;
        let key_exchange = self.shared.suite.key_exchange;
        #[cfg(feature = "legacy")]
        let form = self.shared.profile.premaster;
        self.shared.talk.say(
            out,
            HandshakeType::CLIENT_KEY_EXCHANGE,
            |out| match key_exchange {
                KeyExchange::Any | KeyExchange::Ecdhe => ecdhe::write_public(public, out),
                #[cfg(feature = "legacy")]
                KeyExchange::Dhe => dhe::write_public(public, out),
                #[cfg(feature = "legacy")]
                KeyExchange::Rsa => rsa::write_encrypted(public, form, out),
            },
        )?;
        Ok(self.shared.derive(answered.premaster.as_bytes())?)
    }
}
