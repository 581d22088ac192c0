//! What both sides keep while they shake hands: the one block that holds the
//! secrets, at a fixed place, wiped when it is dropped.

use crate::classic::exporter::Exporter;
use crate::classic::key_block::{KeyBlock, Randoms, Use};
use crate::classic::master_secret::{self, BoundTo};
use crate::classic::prf::PrfKey;
#[cfg(feature = "legacy")]
use crate::classic::profile::Finished as FinishedForm;
use crate::classic::profile::{self, KeyLengths, Profile, Signatures};
use crate::classic::verify_data::VerifyData;
use crate::config::{Credential, PreSharedKey, Renegotiation};
use crate::connection::{
    Broken, End, Established, Exports, Output, PeerChain, PeerIdentity, Renewable, Resumption,
    Wishes,
};
use crate::fault::{Fault, OwnFailure};
use crate::handshake::input::Message;
use crate::handshake::proof::{FinishedVerified, PeerSettled, check_finished};
use crate::handshake::side::Side;
use crate::handshake::talk::{MOST_CERTIFICATES, Talk, malformed};
use crate::handshake::transcript::HandshakeHash;
#[cfg(feature = "legacy")]
use crate::observe::Calculated;
use crate::observe::Direction;
use crate::record::TrafficKey;
use crate::session::Ticket;
use crate::suite::{Suite, is_obsolete_scheme};
use handfast_crypto::secret::Secret;
use handfast_crypto::signature::KeyKind;
use handfast_wire::codec::{Opaque24, Wire};
use handfast_wire::handshake::{ClassicCertificate, ClassicRawPublicKey, Finished};
use handfast_wire::registry::{HandshakeType, ProtocolVersion};
use smallvec::SmallVec;

/// The part of the handshake's block that both sides have.
pub(crate) struct Shared {
    pub(crate) talk: Talk,
    pub(crate) profile: &'static Profile,
    pub(crate) suite: &'static Suite,
    pub(crate) randoms: Randoms,
    pub(crate) extended_master_secret: bool,
    /// Both sides said so (RFC 7366); of meaning for block ciphers only.
    pub(crate) encrypt_then_mac: bool,
    own: Side,
    master: Option<Box<Secret>>,
    /// The verify_data of whichever side finished first.
    first_finished: Option<VerifyData>,
    /// That of the other.
    last_finished: Option<VerifyData>,
    /// The same as a key that expands cheaply.
    master_key: Option<PrfKey>,
    /// The receiving key, in use from the peer's ChangeCipherSpec on.
    pending_receive: Option<TrafficKey>,
    pending_send: Option<TrafficKey>,
    /// The key that both sides have known before, where they meet by one.
    pub(crate) psk: Option<PreSharedKey>,
}

impl Shared {
    pub(crate) fn new(
        talk: Talk,
        own: Side,
        (version, suite): (ProtocolVersion, &'static Suite),
        randoms: Randoms,
    ) -> Self {
        Self {
            talk,
            profile: profile::find(version),
            suite,
            randoms,
            extended_master_secret: false,
            encrypt_then_mac: false,
            own,
            master: None,
            first_finished: None,
            last_finished: None,
            master_key: None,
            pending_receive: None,
            pending_send: None,
            psk: None,
        }
    }

    /// A secret as this version expands it.
    fn prf_key(&self, secret: &[u8]) -> PrfKey {
        PrfKey::new(self.profile.prf, self.suite.hash, secret)
    }

    /// The suite is chosen: messages are hashed from here on, and kept where they may be signed.
    pub(crate) fn begin_transcript(&mut self, keeps: bool) {
        let transcript = &mut self.talk.transcript;
        match (self.profile.handshake_hash, keeps) {
            (HandshakeHash::OfSuite, false) => transcript.start(self.suite.hash),
            (HandshakeHash::OfSuite, true) => transcript.start_keeping(self.suite.hash),
            #[cfg(feature = "legacy")]
            (HandshakeHash::Md5Sha1, keeps) => transcript.start_double(keeps),
        }
    }

    /// ClientKeyExchange is in the transcript: derives the master secret and
    /// the pending keys. They become current at ChangeCipherSpec only.
    pub(crate) fn derive(&mut self, premaster: &[u8]) -> Result<(), OwnFailure> {
        let session = self.talk.transcript.current();
        let bound = if self.extended_master_secret {
            BoundTo::Session(&session)
        } else {
            BoundTo::Randoms {
                client: &self.randoms.client,
                server: &self.randoms.server,
            }
        };
        let mut master = Box::new(Secret::zeros(0));
        master_secret::derive(&self.prf_key(premaster), &bound, &mut master);
        #[cfg(feature = "legacy")]
        self.talk.show(Calculated::Premaster(premaster));
        self.derive_keys(master)
    }

    /// Goes on from a session: its master secret with new randoms, and its peer.
    pub(crate) fn resume(&mut self, ticket: Ticket, by: Resumption) -> Result<(), OwnFailure> {
        let negotiated = &mut self.talk.negotiated;
        negotiated.resumption = Some(by);
        negotiated.group = ticket.group;
        negotiated.peer_chain = ticket.peer_chain;
        negotiated.own_type = ticket.own_type;
        negotiated.peer_standing = ticket.peer_standing;
        negotiated.peer_scheme = ticket.peer_scheme;
        negotiated.psk_identity = ticket.psk_identity;
        self.derive_keys(ticket.secret.into_inner())
    }

    /// Says what was agreed on of the extended master secret, without which nothing goes on where it is
    /// required (RFC 7627 section 5.2).
    pub(crate) fn bind(&mut self, extended: bool) -> Result<(), Fault> {
        self.extended_master_secret = extended;
        match !extended && self.talk.common.set.require_extended_master_secret {
            true => Err(Fault::ExtendedMasterSecretAbsent),
            false => Ok(()),
        }
    }

    /// True where the connection may be come back to: without the extended master secret, which
    /// old peers lack, only where a policy says so (RFC 7627 section 5.4).
    pub(crate) fn is_bound_enough(&self) -> bool {
        self.extended_master_secret || self.talk.common.resumes_unbound()
    }

    /// RFC 7918 s4: what is sent before the peer's Finished must be safe whatever was changed: a
    /// current version and cipher, keys that nobody gets later, and a server that has signed, by a
    /// scheme and a key that a current config takes. Whether a protocol (ALPN) was agreed on is no
    /// part of it: whoever asks for an early start knows the server.
    pub(crate) fn may_start_falsely(&self) -> bool {
        let scheme = self.talk.negotiated.peer_scheme;
        let signed = scheme.is_some_and(|scheme| !is_obsolete_scheme(scheme));
        let small = matches!(self.talk.peer_key, Some(KeyKind::Rsa { bits: ..2048 }));
        signed
            && !small
            && self.suite.shows_certificate()
            && self.profile.signatures == Signatures::Named
            && !self.suite.is_obsolete()
    }

    /// True where a session may be kept: it remembers certificates and shared keys, not that there
    /// was neither. `asks`: the caller has the keys.
    pub(crate) fn may_come_back(&self, asks: bool) -> bool {
        !self.suite.is_anonymous()
            && (!self.suite.shares_key() || self.talk.common.scopes_keys(asks))
    }

    /// The secret that a session keeps.
    pub(crate) fn master(&self) -> Result<&Secret, OwnFailure> {
        self.master.as_deref().ok_or(OwnFailure::Crypto)
    }

    fn derive_keys(&mut self, master: Box<Secret>) -> Result<(), OwnFailure> {
        self.talk.log("CLIENT_RANDOM", &master);
        #[cfg(feature = "legacy")]
        self.talk.show(Calculated::MasterSecret {
            extended: self.extended_master_secret,
            secret: master.as_bytes(),
        });
        let key = self.prf_key(master.as_bytes());
        let key = self.master_key.insert(key);
        let use_of = Use {
            profile: self.profile,
            own: self.own,
            encrypt_then_mac: self.encrypt_then_mac,
        };
        let shown = show_block(&self.talk);
        let block = KeyBlock::derive(self.suite, key, &self.randoms, &use_of, shown)?;
        let (send, receive) = block.into_halves(self.own);
        self.pending_send = Some(send);
        self.pending_receive = Some(receive);
        self.master = Some(master);
        Ok(())
    }

    /// Says ChangeCipherSpec and Finished; the pending sending key is current now.
    pub(crate) fn say_finished(&mut self, out: &mut Output) -> Result<(), OwnFailure> {
        let verify_data = self.verify_data(self.own)?;
        self.keep_finished(verify_data);
        let bytes = verify_data.as_bytes();
        self.talk.keep_finished(Direction::Sent, bytes);
        self.talk.say_change_cipher_spec(out);
        out.send_key(self.pending_send.take().ok_or(OwnFailure::Crypto)?, None);
        let message = Finished {
            verify_data: verify_data.as_bytes(),
        };
        self.talk
            .say(out, HandshakeType::FINISHED, |out| message.write(out))
    }

    /// The peer's ChangeCipherSpec: the pending receiving key is current now.
    pub(crate) fn hear_change_cipher_spec(&mut self, out: &mut Output) -> Result<(), OwnFailure> {
        out.receive_key(self.pending_receive.take().ok_or(OwnFailure::Crypto)?);
        Ok(())
    }

    /// Checks the peer's Finished and adds it to the transcript.
    pub(crate) fn hear_finished(
        &mut self,
        message: Message<'_>,
    ) -> Result<FinishedVerified, Broken> {
        let whose = match self.own {
            Side::Client => Side::Server,
            Side::Server => Side::Client,
        };
        let wanted = self.verify_data(whose)?;
        let verified = check_finished(wanted.as_bytes(), message.body)?;
        self.talk.keep_finished(Direction::Received, message.body);
        // After the second one nothing is made of the transcript any more.
        if self.first_finished.is_none() {
            self.talk.hear(message);
        }
        self.keep_finished(wanted);
        Ok(verified)
    }

    fn keep_finished(&mut self, verify_data: VerifyData) {
        let place = match self.first_finished {
            None => &mut self.first_finished,
            Some(_) => &mut self.last_finished,
        };
        *place = Some(verify_data);
    }

    /// What another handshake on this connection begins with, where the config lets the peer know
    /// more about it than that it is refused.
    pub(crate) fn renewable(
        &self,
        end: impl FnOnce() -> End,
        secure_renegotiation: bool,
    ) -> Option<Box<Renewable>> {
        if self.talk.common.set.renegotiation == Renegotiation::Refuse {
            return None;
        }
        let finished = (self.first_finished?, self.last_finished?);
        // The client's comes first, but where a session goes on.
        let (client_finished, server_finished) = match self.talk.negotiated.is_resumed() {
            false => finished,
            true => (finished.1, finished.0),
        };
        Some(Box::new(Renewable {
            end: end(),
            client_finished,
            server_finished,
            is_bound: secure_renegotiation && self.extended_master_secret,
            asked: None,
            wishes: Wishes::default(),
        }))
    }

    /// `PRF(master_secret, finished_label, Hash(handshake_messages))` (RFC 5246 section 7.4.9), or
    /// both hashes over messages, sender and master secret (RFC 6101 section 5.6.9).
    fn verify_data(&self, whose: Side) -> Result<VerifyData, OwnFailure> {
        #[cfg(feature = "legacy")]
        if self.profile.finished == FinishedForm::Nested {
            let sender = match whose {
                Side::Client => b"CLNT",
                Side::Server => b"SRVR",
            };
            let hashes = self.talk.transcript.double()?;
            let nested = hashes.ssl3(sender, self.master()?.as_bytes());
            return Ok(VerifyData::nested(nested.as_bytes()));
        }
        let label: &[u8] = match whose {
            Side::Client => b"client finished",
            Side::Server => b"server finished",
        };
        let master = self.master_key.as_ref().ok_or(OwnFailure::Crypto)?;
        let transcript = self.talk.transcript.current();
        Ok(VerifyData::of_prf(|out| {
            master.expand(label, &[transcript.as_ref()], out);
        }))
    }

    /// Both Finished are right: hands over what the connection keeps.
    pub(crate) fn connected(
        &mut self,
        _finished: FinishedVerified,
        _peer: PeerSettled,
        out: &mut Output,
    ) -> Result<(), Broken> {
        let mut negotiated = self.talk.take_negotiated();
        if let Some(again) = &self.talk.again {
            again.keep_peer(&mut negotiated)?;
        }
        negotiated.version = self.profile.version;
        negotiated.suite = self.suite.code;
        negotiated.extended_master_secret = self.extended_master_secret;
        let common = &self.talk.common;
        common.note_exceptions(self.talk.peer_key, &mut negotiated);
        let master = self.master.take().ok_or(OwnFailure::Crypto)?;
        // Without it a master secret may be shared with a stranger (RFC 7627 s1).
        let exports = if self.extended_master_secret {
            Exports::Classic(Box::new(Exporter {
                prf: self.profile.prf,
                hash: self.suite.hash,
                master,
                randoms: self.randoms,
                first_finished: self.first_finished.take().ok_or(OwnFailure::Crypto)?,
            }))
        } else {
            Exports::None
        };
        let mut established = Established::new(self.suite, self.own == Side::Client, negotiated);
        established.exports = exports;
        out.connected(established);
        Ok(())
    }

    /// Says a Certificate message; without a credential, an empty one.
    pub(crate) fn say_certificate(
        &mut self,
        credential: Option<&Credential>,
        out: &mut Output,
    ) -> Result<(), OwnFailure> {
        self.talk.negotiated.own = credential.cloned();
        self.talk.say(out, HandshakeType::CERTIFICATE, |out| {
            if let Some(key) = credential.and_then(Credential::raw_key) {
                Opaque24::<1>(key).write(out);
                return;
            }
            out.prefixed::<3>(|out| {
                for der in credential.iter().flat_map(|one| one.0.chain.iter()) {
                    Opaque24::<1>(der).write(out);
                }
            });
        })
    }

    /// Keeps the certificates that the peer shows.
    pub(crate) fn hear_certificate(&mut self, message: Message<'_>) -> Result<(), Broken> {
        if self.talk.takes_raw_key() {
            return self.hear_raw_key(message);
        }
        let certificate = ClassicCertificate::decode(message.body)
            .map_err(malformed(Fault::CertificateMalformed))?;
        if certificate.entries().nth(MOST_CERTIFICATES).is_some() {
            return Err(Fault::CertificatesTooMany.into());
        }
        let chain: SmallVec<[&[u8]; 4]> = certificate.entries().collect();
        if let Some(again) = &self.talk.again {
            again.check_peer(chain.first().copied().map(PeerIdentity::Leaf))?;
        }
        self.talk.negotiated.peer_chain = self.talk.common.chains.chain_of(&chain);
        self.talk.hear(message);
        Ok(())
    }

    /// Keeps the raw public key that the peer shows; one of no length says that there is none.
    fn hear_raw_key(&mut self, message: Message<'_>) -> Result<(), Broken> {
        let certificate =
            ClassicRawPublicKey::decode(message.body).map_err(malformed(Fault::RawKeyMalformed))?;
        let spki = certificate.asn1_subject_public_key_info.0;
        let shown = (!spki.is_empty()).then_some(spki);
        if let Some(again) = &self.talk.again {
            again.check_peer(shown.map(PeerIdentity::RawKey))?;
        }
        self.talk.negotiated.peer_chain = PeerChain::default();
        shown.map_or(Ok(()), |spki| self.talk.keep_raw_key(spki))?;
        self.talk.hear(message);
        Ok(())
    }
}

/// Shows the key block to whoever learns how keys come about.
#[cfg(feature = "legacy")]
fn show_block(talk: &Talk) -> impl FnOnce(&[u8], KeyLengths) {
    |block, lengths| {
        talk.show(Calculated::KeyBlock {
            block,
            mac_key: lengths.mac_key,
            key: lengths.key,
            iv: lengths.iv,
        });
    }
}

/// Nobody can ask for it.
#[cfg(not(feature = "legacy"))]
fn show_block(_: &Talk) -> impl FnOnce(&[u8], KeyLengths) {
    |_, _| ()
}
