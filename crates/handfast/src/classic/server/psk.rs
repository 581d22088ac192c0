//! A key that both sides have known before: which one the client means (RFC 4279 section 2).

use crate::classic::key_exchange::psk::Meant;
use crate::classic::key_exchange::{psk, rsa};
use crate::classic::server::{ServerHandshake, State};
use crate::config::PreSharedKey;
use crate::config::psk::MOST_KEY;
use crate::connection::{Answer, Broken, PeerStanding};
use crate::fault::{Fault, OwnFailure};
use crate::handshake::input::{Message, unwelcome};
use crate::handshake::proof::PeerSettled;
use crate::handshake::talk::malformed;
use handfast_crypto::random::Random;
use handfast_crypto::secret::{SecretArray, SharedSecret, constant_time_eq};
use handfast_wire::codec::{Reader, Wire};
use handfast_wire::handshake::SharedKeyIdentity;

impl ServerHandshake {
    /// In `WaitClientKeyExchange`: the identity, then what the key exchange has besides.
    pub(super) fn shared_key(
        &mut self,
        peer: Option<PeerSettled>,
        message: Message<'_>,
    ) -> Result<State, Broken> {
        let broken = || malformed(Fault::ClientKeyExchangeMalformed);
        let mut reader = Reader::new(message.body);
        let identity = SharedKeyIdentity::read(&mut reader).map_err(broken())?;
        let mut meant = Meant {
            identity: identity.psk_identity.to_vec(),
            ..Meant::default()
        };
        if self.shared.suite.transports_key() {
            let form = self.shared.profile.premaster;
            self.encrypted = rsa::read_encrypted(reader.rest(), form)?.to_vec();
        } else if let Some(own) = self.own_part.take() {
            meant.other = Some(own.agree(&mut reader)?);
        }
        reader.finish().map_err(broken())?;
        self.shared.talk.hear(message);
        let config = &self.plan.config;
        // All are compared, each without stopping early: time tells neither which identities there are
        // nor their first letters. Their lengths it may tell.
        let keys = config.psks.iter().filter(|key| key.serves_classic());
        let known = keys.fold(None, |known, key| {
            match constant_time_eq(key.identity(), &meant.identity) {
                true => Some(key),
                false => known,
            }
        });
        let known = known.cloned();
        let asks = config.ask_for_psk;
        self.meant = Some(Box::new(meant));
        match known {
            _ if asks => Ok(State::AwaitPsk(peer)),
            Some(key) => self.know(peer, key),
            None => self.unknown(peer),
        }
    }

    /// In `AwaitPsk`.
    pub(super) fn psk(
        &mut self,
        peer: Option<PeerSettled>,
        answer: Answer,
    ) -> Result<State, Broken> {
        match answer {
            Answer::Psk(Some(key)) => self.know(peer, key),
            Answer::Psk(None) => self.unknown(peer),
            // A store that is down for some identities would tell which it looked for.
            Answer::Failed if self.plan.config.hide_unknown_psks => self.unknown(peer),
            other => Err(unwelcome(other)),
        }
    }

    /// Says so, or goes on as with a wrong key, so that nobody learns which identities there are.
    fn unknown(&mut self, peer: Option<PeerSettled>) -> Result<State, Broken> {
        if !self.plan.config.hide_unknown_psks {
            return Err(Fault::PskIdentityUnknown.into());
        }
        // As long as the keys are: those of another length take another time to be hashed.
        let mut keys = self.plan.config.psks.iter();
        let first = keys.find(|key| key.serves_classic());
        let length = first.map_or(32, |key| key.key().len());
        let mut key = SecretArray::<MOST_KEY>::zeros();
        let drawn = self.plan.common.draw().fill(key.as_mut_bytes());
        drawn.map_err(|_| OwnFailure::Random)?;
        let key = key.as_bytes().get(..length).unwrap_or_default();
        let random = PreSharedKey::danger_short(b"?", key);
        self.know(peer, random.map_err(|_| OwnFailure::Crypto)?)
    }

    fn know(&mut self, peer: Option<PeerSettled>, key: PreSharedKey) -> Result<State, Broken> {
        let meant = self.meant.as_deref_mut().ok_or(OwnFailure::Crypto)?;
        let negotiated = &mut self.shared.talk.negotiated;
        negotiated.psk_identity = Some(meant.identity.as_slice().into());
        // Who has shown a certificate beside it will be judged by that.
        if peer.is_some() {
            negotiated.peer_standing = PeerStanding::SharedKey;
        }
        self.shared.psk = Some(key.clone());
        meant.key = Some(key);
        if self.shared.suite.transports_key() {
            let encrypted = core::mem::take(&mut self.encrypted);
            return self.transported(peer, &encrypted);
        }
        self.agreed(peer, None)
    }

    /// Derives the keys: of the premaster secret, or of it and the shared key.
    pub(super) fn derive(&mut self, premaster: Option<&SharedSecret>) -> Result<(), OwnFailure> {
        let other = premaster.map(SharedSecret::as_bytes);
        let Some(meant) = self.meant.take() else {
            return self.shared.derive(other.ok_or(OwnFailure::Crypto)?);
        };
        let key = meant.key.as_ref().ok_or(OwnFailure::Crypto)?;
        let other = other.or(meant.other.as_ref().map(SharedSecret::as_bytes));
        self.shared.derive(psk::premaster(other, key).as_bytes())
    }
}
