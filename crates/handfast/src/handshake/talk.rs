//! What is said and heard: the part of a handshake that no version changes.

use crate::config::CommonPlan;
use crate::connection::{Broken, Negotiated, Output, PeerChain};
use crate::ech::Opened;
use crate::fault::{Fault, OwnFailure};
use crate::handshake::again::Again;
use crate::handshake::input::Message;
use crate::handshake::transcript::Transcript;
use crate::near::Near;
#[cfg(feature = "legacy")]
use crate::observe::Calculated;
use crate::observe::{Direction, Passed};
use crate::time::Now;
use handfast_crypto::secret::Secret;
use handfast_crypto::signature::KeyKind;
use handfast_pki::certificate::check_public_key_info;
use handfast_pki::extension::KeyUsage;
use handfast_wire::codec::{DecodeFault, Writer};
use handfast_wire::handshake::HandshakeHeader;
use handfast_wire::registry::{CertificateType, HandshakeType};
use std::sync::Arc;

/// Messages in both directions, and what they have settled so far.
pub(crate) struct Talk {
    pub(crate) transcript: Transcript,
    pub(crate) client_random: [u8; 32],
    pub(crate) negotiated: Negotiated,
    /// What the leaf's key must be good for.
    pub(crate) leaf_usage: KeyUsage,
    /// The kind of the key in the peer's certificate, once it has signed with it; one that signed by a
    /// delegated credential has signed with another.
    pub(crate) peer_key: Option<KeyKind>,
    /// The delegated credential that the peer shows, until it has signed with its key.
    pub(crate) delegated: Option<Box<[u8]>>,
    /// What the peer shows, if it shows anything.
    pub(crate) peer_type: CertificateType,
    pub(crate) common: Arc<Near<CommonPlan>>,
    pub(crate) now: Now,
    /// What the handshake before has settled, where this is not the connection's first.
    pub(crate) again: Option<Box<Again>>,
    /// What opens the second ClientHello of a client whose first one was encrypted, and opened.
    pub(crate) ech: Option<Box<Opened>>,
    /// What clients are told whose ClientHello did not open, where a config that was exchanged for another
    /// has had keys.
    pub(crate) ech_retry_configs: Option<Box<[u8]>>,
}

impl Talk {
    pub(crate) fn new(common: &Arc<Near<CommonPlan>>, now: Now) -> Self {
        Self {
            transcript: Transcript::new(),
            client_random: [0; 32],
            negotiated: Negotiated::new(now),
            leaf_usage: KeyUsage::DIGITAL_SIGNATURE,
            peer_key: None,
            delegated: None,
            peer_type: CertificateType::X509,
            common: Arc::clone(common),
            now,
            again: None,
            ech: None,
            ech_retry_configs: None,
        }
    }

    /// True where the server wants to know only now who the client is.
    pub(crate) fn asks_client_later(&self) -> bool {
        self.again.as_ref().is_some_and(|again| again.asks_client)
    }

    /// Hands over what was agreed on.
    pub(crate) fn take_negotiated(&mut self) -> Negotiated {
        let mut negotiated = core::mem::replace(&mut self.negotiated, Negotiated::new(self.now));
        negotiated.finished = self.now;
        negotiated
    }

    /// Keeps what a Finished says, where the config wants it.
    #[inline]
    pub(crate) fn keep_finished(&mut self, whose: Direction, verify_data: &[u8]) {
        if self.common.set.keep_finished {
            let pair = self.negotiated.finished_pair.get_or_insert_default();
            pair.keep(whose, verify_data);
        }
    }

    /// Takes over what the two have agreed to show.
    pub(crate) fn agree_on_types(&mut self, own: CertificateType, peer: CertificateType) {
        self.negotiated.own_type = own;
        self.peer_type = peer;
    }

    /// True where the peer shows a raw public key, if it shows anything.
    pub(crate) fn takes_raw_key(&self) -> bool {
        self.peer_type == CertificateType::RAW_PUBLIC_KEY
    }

    /// Keeps the raw public key that the peer shows (RFC 7250 section 3).
    pub(crate) fn keep_raw_key(&mut self, spki: &[u8]) -> Result<(), Fault> {
        check_public_key_info(spki).map_err(|_| Fault::RawKeyMalformed)?;
        self.negotiated.peer_chain = PeerChain::of_raw_key(spki);
        Ok(())
    }

    /// Adds a peer's message to the transcript.
    pub(crate) fn hear(&mut self, message: Message<'_>) {
        self.transcript.add(message.whole);
    }

    /// Writes a message, adds it to the transcript and queues it.
    pub(crate) fn say(
        &mut self,
        out: &mut Output,
        msg_type: HandshakeType,
        body: impl FnOnce(&mut Writer<'_>),
    ) -> Result<(), OwnFailure> {
        out.append_handshake(|queue| {
            let start = queue.len();
            let mut writer = Writer::new(queue);
            HandshakeHeader::write(msg_type, &mut writer, body);
            writer.finish().map_err(|_| OwnFailure::MessageTooLong)?;
            if let Some(script) = &self.common.set.danger_script {
                let message = queue.split_off(start);
                queue.extend(script.say(msg_type, message).concat());
            }
            let bytes = queue.get(start..).unwrap_or_default();
            self.transcript.add(bytes);
            if let Some(observer) = &self.common.set.observer {
                observer.passed(Direction::Sent, Passed::Handshake { msg_type, bytes });
            }
            Ok(())
        })
    }

    /// Queues a message that others are to see, and adds to the transcript the one that is meant: both whole,
    /// the first one without its header.
    pub(crate) fn say_in_place_of(
        &mut self,
        out: &mut Output,
        msg_type: HandshakeType,
        body: &[u8],
        meant: &[u8],
    ) -> Result<(), OwnFailure> {
        let transcript = core::mem::replace(&mut self.transcript, Transcript::new());
        let said = self.say(out, msg_type, |out| out.bytes(body));
        self.transcript = transcript;
        self.transcript.add(meant);
        said
    }

    /// Queues a change_cipher_spec record, where it stands among the messages.
    pub(crate) fn say_change_cipher_spec(&self, out: &mut Output) {
        out.change_cipher_spec();
        if let Some(observer) = &self.common.set.observer {
            observer.passed(Direction::Sent, Passed::ChangeCipherSpec);
        }
    }

    /// Shows whoever learns how keys come about a number, when there is one who does.
    #[cfg(feature = "legacy")]
    pub(crate) fn show(&self, number: Calculated<'_>) {
        if let Some(learner) = &self.common.set.danger_key_calculation {
            learner.calculated(number);
        }
    }

    /// Tells the key log, when there is one.
    pub(crate) fn log(&self, label: &str, secret: &Secret) {
        self.log_under(&self.client_random, label, secret);
    }

    /// As [`Talk::log`], of a ClientHello with this random.
    pub(crate) fn log_under(&self, client_random: &[u8; 32], label: &str, secret: &Secret) {
        if let Some(key_log) = &self.common.set.key_log {
            key_log.secret(label, client_random, secret.as_bytes());
        }
    }
}

/// Turns a decode fault into the message's own fault, or the extension's.
pub(crate) fn malformed(message: Fault) -> impl Fn(DecodeFault) -> Broken {
    move |decode| Broken::decode(message, decode)
}

/// Certificates that a peer may send: no path has as many, and each costs memory
/// before anybody is verified.
pub(crate) const MOST_CERTIFICATES: usize = 32;
