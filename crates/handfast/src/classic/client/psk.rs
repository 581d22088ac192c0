//! A key that both sides have known before, and servers without certificates (RFC 4279, RFC 5246
//! section 7.4.3).

use crate::classic::client::{ClientHandshake, State};
use crate::connection::{Answer, Broken, Output, PeerStanding};
use crate::fault::{Fault, OwnFailure};
use crate::handshake::input::{Message, unwelcome};
use crate::handshake::proof::{PeerSettled, SignatureValid};
use crate::handshake::talk::malformed;
use handfast_wire::codec::{Reader, Wire};
use handfast_wire::handshake::SharedKeyHint;

impl ClientHandshake {
    /// True where a ServerKeyExchange may come that holds a hint and nothing else.
    pub(super) fn may_be_hinted(&self) -> bool {
        let suite = self.shared.suite;
        suite.shares_key() && !suite.agrees() && self.hint.is_none()
    }

    /// In `WaitRequestOrDone`: which key, if several would do.
    pub(super) fn hint(
        &mut self,
        proof: SignatureValid,
        message: Message<'_>,
    ) -> Result<State, Broken> {
        let mut reader = Reader::new(message.body);
        self.read_hint(&mut reader)?;
        let whole = reader.finish();
        whole.map_err(malformed(Fault::ServerKeyExchangeMalformed))?;
        self.status_promised = false;
        self.shared.talk.hear(message);
        Ok(State::WaitRequestOrDone(proof))
    }

    /// The hint in front of the parameters.
    pub(super) fn read_hint(&mut self, reader: &mut Reader<'_>) -> Result<(), Broken> {
        let hint = reader.field("psk_identity_hint", SharedKeyHint::read);
        let hint = hint.map_err(malformed(Fault::ServerKeyExchangeMalformed))?;
        self.hint = Some(hint.psk_identity_hint.to_vec());
        Ok(())
    }

    /// In `AwaitPsk`: the key is there.
    pub(super) fn psk(
        &mut self,
        proof: SignatureValid,
        answer: Answer,
        out: &mut Output,
    ) -> Result<State, Broken> {
        let Answer::Psk(key) = answer else {
            return Err(unwelcome(answer));
        };
        let key = key.ok_or(Fault::PskIdentityUnknown)?;
        self.shared.talk.negotiated.psk_identity = Some(key.identity().into());
        self.shared.psk = Some(key);
        if self.shared.suite.shows_certificate() {
            return Ok(State::AwaitVerdict(proof));
        }
        self.go_on_unjudged(proof, PeerStanding::SharedKey, out)
    }

    /// There is no certificate to be judged.
    pub(super) fn go_on_unjudged(
        &mut self,
        proof: SignatureValid,
        standing: PeerStanding,
        out: &mut Output,
    ) -> Result<State, Broken> {
        self.shared.talk.negotiated.peer_standing = standing;
        let peer = PeerSettled::without_certificate(self.shared.suite, proof);
        let peer = peer.ok_or(OwnFailure::Crypto)?;
        self.say_client_key_exchange(out)?;
        self.conclude(peer, out)
    }
}
