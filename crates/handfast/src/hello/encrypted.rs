//! The two ClientHellos of a client that hides whom it asks for (RFC 9849 section 6.1), and the one that
//! looks as if it did (section 6.2).

use crate::config::ClientPlan;
use crate::connection::Output;
use crate::ech::{Shaped, USUAL_NAME_LENGTH, padding_of, shape};
use crate::fault::OwnFailure;
use crate::handshake::talk::Talk;
use crate::handshake::transcript::Transcript;
use crate::hello::client_hello::Offer;
use crate::hello::form::Form;
use crate::hello::offered_ech::{Meant, OfferedEch, Standing};
use crate::hello::offered_psk;
use crate::observe::{Direction, Passed};
use handfast_crypto::hpke::{HPKE_TAG_LEN, HpkeAead, Kdf, Kem, RecipientKey};
use handfast_crypto::random::Random;
use handfast_pki::name::ServerName as PeerName;
use handfast_wire::codec::{Opaque8, Opaque16, Wire, Writer};
use handfast_wire::extension::{
    EchOuter, EncryptedClientHello, Extensions, ExtensionsWriter, HpkeSymmetricCipherSuite,
    OfferedPsks, PskIdentity,
};
use handfast_wire::handshake::{ClientHello, HandshakeHeader};
use handfast_wire::registry::{ExtensionType, HandshakeType, HpkeAead as AeadCode, HpkeKdf};

/// An inner ClientHello.
struct Inner {
    /// As it enters the transcript, header included.
    message: Vec<u8>,
    /// As it is sealed.
    encoded: Vec<u8>,
}

impl Offer {
    /// Says a ClientHello of a client that knows Encrypted ClientHello.
    pub(super) fn say_beside_ech(
        &mut self,
        talk: &mut Talk,
        plan: &ClientPlan,
        name: &PeerName,
        out: &mut Output,
    ) -> Result<(), OwnFailure> {
        let Some(mut ech) = self.ech.take() else {
            return self.say_one(Form::Plain, talk, plan, name, out);
        };
        let said = match (&ech.meant, ech.standing()) {
            (Some(_), Some(Standing::Open | Standing::OpenedBeforeRetry)) => {
                self.say_both(&mut ech, talk, plan, name, out)
            }
            // The server has answered by the outer one: the extension stays as it was.
            (Some(_), _) => {
                self.ech = Some(ech);
                return self.say_one(Form::Outer, talk, plan, name, out);
            }
            (None, _) => {
                if ech.content.is_empty() {
                    ech.content = self.greased_ech(plan, name)?;
                }
                self.ech = Some(ech);
                return self.say_one(Form::Plain, talk, plan, name, out);
            }
        };
        self.ech = Some(ech);
        said
    }

    fn say_both(
        &mut self,
        ech: &mut OfferedEch,
        talk: &mut Talk,
        plan: &ClientPlan,
        name: &PeerName,
        out: &mut Output,
    ) -> Result<(), OwnFailure> {
        ech.disguise = self.disguise(plan)?;
        let Some(meant) = &mut ech.meant else {
            return Err(OwnFailure::Crypto);
        };
        let public_name = meant.target.public_name.clone();
        let is_first = meant.standing == Standing::Open;
        let transcript = match is_first {
            true => &meant.transcript,
            false => &talk.transcript,
        };
        let outer = self.extensions(Form::Outer, None, plan, &public_name)?;
        let inner = self.inner(&meant.random, &outer, plan, name)?;
        let inner = inner.bound(self, transcript, meant, name)?;

        let payload = inner.encoded.len().saturating_add(HPKE_TAG_LEN);
        ech.content = content(meant, is_first, &vec![0; payload])?;
        let mut message = self.outer(ech, plan, &public_name)?;
        let Some(meant) = &mut ech.meant else {
            return Err(OwnFailure::Crypto);
        };
        let mut sealed = vec![0; payload];
        let aad = message.get(HandshakeHeader::LENGTH..).unwrap_or_default();
        meant
            .sender
            .seal(aad, &inner.encoded, &mut sealed)
            .map_err(|_| OwnFailure::Crypto)?;
        put_payload(&mut message, &sealed)?;
        ech.content = content(meant, is_first, &sealed)?;

        let body = message.get(HandshakeHeader::LENGTH..).unwrap_or_default();
        if let Some(observer) = &plan.common.set.observer {
            let bytes = &inner.message;
            observer.passed(Direction::Sent, Passed::InnerClientHello { bytes });
        }
        if is_first {
            meant.transcript.add(&inner.message);
            log(talk, meant);
            return talk.say(out, HandshakeType::CLIENT_HELLO, |out| out.bytes(body));
        }
        talk.say_in_place_of(out, HandshakeType::CLIENT_HELLO, body, &inner.message)
    }

    /// The server has answered the outer ClientHello: nothing of the inner one is offered any more. Gives the
    /// name that the server must prove.
    pub(crate) fn reject_ech(&mut self) -> Option<PeerName> {
        let ech = self.ech.as_mut()?;
        let meant = ech.meant.as_mut()?;
        meant.standing = Standing::Rejected;
        meant.transcript = Transcript::new();
        // RFC 8446 s4.1.2: what a second ClientHello leaves out, if there is one.
        ech.disguise.clear();
        self.psks.clear();
        Some(meant.target.public_name.clone())
    }

    /// True where the server has answered the outer ClientHello.
    pub(crate) fn is_ech_rejected(&self) -> bool {
        let ech = self.ech.as_ref();
        ech.is_some_and(|ech| ech.standing() == Some(Standing::Rejected))
    }

    /// A block of extensions. `ech` is what encrypted_client_hello holds.
    fn extensions(
        &self,
        form: Form,
        ech: Option<&OfferedEch>,
        plan: &ClientPlan,
        name: &PeerName,
    ) -> Result<Vec<u8>, OwnFailure> {
        let mut block = Vec::with_capacity(1024);
        let mut writer = Writer::new(&mut block);
        let mut out = ExtensionsWriter::new(&mut writer);
        self.write_extensions_with(form, ech, plan, name, &mut out);
        writer.finish().map_err(|_| OwnFailure::MessageTooLong)?;
        Ok(block)
    }

    /// The outer ClientHello, header included.
    fn outer(
        &self,
        ech: &OfferedEch,
        plan: &ClientPlan,
        name: &PeerName,
    ) -> Result<Vec<u8>, OwnFailure> {
        let block = self.extensions(Form::Outer, Some(ech), plan, name)?;
        let mut message = Vec::with_capacity(block.len().saturating_add(256));
        let mut writer = Writer::new(&mut message);
        HandshakeHeader::write(HandshakeType::CLIENT_HELLO, &mut writer, |out| {
            self.write_front(Form::Outer, &self.random, self.session_id(), plan, out);
            out.prefixed::<2>(|out| out.bytes(&block));
        });
        writer.finish().map_err(|_| OwnFailure::MessageTooLong)?;
        Ok(message)
    }

    /// The inner ClientHello, where the outer one has these extensions.
    fn inner(
        &self,
        random: &[u8; 32],
        outer: &[u8],
        plan: &ClientPlan,
        name: &PeerName,
    ) -> Result<Unbound, OwnFailure> {
        let block = self.extensions(Form::Inner, None, plan, name)?;
        let block = Extensions::from_encoded(&block);
        let mut psk = Vec::new();
        let mut writer = Writer::new(&mut psk);
        if let Some(keys) = block.find(ExtensionType::PRE_SHARED_KEY) {
            let mut out = ExtensionsWriter::new(&mut writer);
            out.add(ExtensionType::PRE_SHARED_KEY, |out| out.bytes(keys));
        }
        let mut front = [Vec::new(), Vec::new()];
        for (front, id) in front.iter_mut().zip([self.session_id(), &[]]) {
            let mut writer = Writer::new(front);
            self.write_front(Form::Inner, random, id, plan, &mut writer);
            writer.finish().map_err(|_| OwnFailure::MessageTooLong)?;
        }
        Ok(Unbound {
            front,
            shaped: shape(block, Extensions::from_encoded(outer)),
            psk,
        })
    }

    /// A pre_shared_key extension in which nothing is meant, of the lengths of the one that is hidden
    /// (RFC 9849 section 6.1.2).
    fn disguise(&self, plan: &ClientPlan) -> Result<Vec<u8>, OwnFailure> {
        if self.psks.is_empty() {
            return Ok(Vec::new());
        }
        let mut real = Vec::new();
        offered_psk::write(&self.psks, &mut Writer::new(&mut real));
        let real = OfferedPsks::decode(&real).map_err(|_| OwnFailure::MessageTooLong)?;
        let mut draw = plan.common.draw();
        let mut random = |bytes: usize| -> Result<Vec<u8>, OwnFailure> {
            let mut drawn = vec![0; bytes];
            draw.fill(&mut drawn).map_err(|_| OwnFailure::Random)?;
            Ok(drawn)
        };
        let (mut identities, mut binders) = (Vec::new(), Vec::new());
        for one in real.identities.iter() {
            let identity = random(one.identity.len())?;
            let age = random(4)?.first_chunk().copied().unwrap_or_default();
            let identity = PskIdentity {
                identity: Opaque16(&identity),
                obfuscated_ticket_age: u32::from_be_bytes(age),
            };
            identity.write(&mut Writer::new(&mut identities));
        }
        for one in real.binders.iter() {
            let binder = random(one.len())?;
            Opaque8::<32>(&binder).write(&mut Writer::new(&mut binders));
        }
        let mut disguise = Vec::new();
        let mut writer = Writer::new(&mut disguise);
        writer.prefixed::<2>(|out| out.bytes(&identities));
        writer.prefixed::<2>(|out| out.bytes(&binders));
        writer.finish().map_err(|_| OwnFailure::MessageTooLong)?;
        Ok(disguise)
    }

    /// encrypted_client_hello in which nothing is meant: a key of nobody's, and as many random bytes as the
    /// inner ClientHello would take (RFC 9849 section 6.2).
    fn greased_ech(&self, plan: &ClientPlan, name: &PeerName) -> Result<Vec<u8>, OwnFailure> {
        let mut draw = plan.common.draw();
        let key = RecipientKey::generate(Kem::X25519HkdfSha256, &mut draw);
        let key = key.map_err(|_| OwnFailure::Random)?;
        let outer = self.extensions(Form::Plain, None, plan, name)?;
        let inner = self.inner(&self.random, &outer, plan, name)?;
        let length = inner.encoded(&[]).len().saturating_add(inner.psk.len());
        let padding = padding_of(length, name_length(plan, name), USUAL_NAME_LENGTH);
        let length = length.saturating_add(padding).saturating_add(HPKE_TAG_LEN);
        let mut drawn = vec![0; length.saturating_add(1)];
        draw.fill(&mut drawn).map_err(|_| OwnFailure::Random)?;
        let (config_id, payload) = drawn.split_first().ok_or(OwnFailure::Random)?;
        let greased = EncryptedClientHello::Outer(EchOuter {
            cipher_suite: HpkeSymmetricCipherSuite {
                kdf_id: HpkeKdf(Kdf::HkdfSha256.code()),
                aead_id: AeadCode(HpkeAead::Aes128Gcm.code()),
            },
            config_id: *config_id,
            enc: Opaque16(key.public()),
            payload: Opaque16(payload),
        });
        greased.encode().map_err(|_| OwnFailure::MessageTooLong)
    }
}

/// The parts of an inner ClientHello.
struct Unbound {
    /// What stands before the extensions, with the session ID and without.
    front: [Vec<u8>; 2],
    shaped: Shaped,
    /// pre_shared_key, whose binders are still to come.
    psk: Vec<u8>,
}

impl Unbound {
    /// As it is sealed, but for its end.
    fn encoded(&self, psk: &[u8]) -> Vec<u8> {
        let [_, front] = &self.front;
        body(front, &self.shaped.named, psk)
    }

    /// Puts the binders in, and pads what is sealed.
    fn bound(
        self,
        offer: &Offer,
        transcript: &Transcript,
        meant: &Meant,
        name: &PeerName,
    ) -> Result<Inner, OwnFailure> {
        let [front, _] = &self.front;
        let mut message = Vec::new();
        let mut writer = Writer::new(&mut message);
        HandshakeHeader::write(HandshakeType::CLIENT_HELLO, &mut writer, |out| {
            out.bytes(&body(front, &self.shaped.whole, &self.psk));
        });
        writer.finish().map_err(|_| OwnFailure::MessageTooLong)?;
        offered_psk::bind(&offer.psks, transcript, &mut message)?;
        let psk = message.len().saturating_sub(self.psk.len());
        let mut encoded = self.encoded(message.get(psk..).unwrap_or_default());
        let most = meant.target.maximum_name_length;
        let named = Extensions::from_encoded(&self.shaped.named);
        let named = named.find(ExtensionType::SERVER_NAME).is_some();
        let name = named.then(|| name.as_text().len());
        let padding = padding_of(encoded.len(), name, most);
        encoded.resize(encoded.len().saturating_add(padding), 0);
        Ok(Inner { message, encoded })
    }
}

/// A ClientHello's body. Its extensions are short: they were written once already.
fn body(front: &[u8], extensions: &[u8], psk: &[u8]) -> Vec<u8> {
    let mut body = front.to_vec();
    Writer::new(&mut body).prefixed::<2>(|out| {
        out.bytes(extensions);
        out.bytes(psk);
    });
    body
}

/// Bytes of the name in server_name, where there is one.
fn name_length(plan: &ClientPlan, name: &PeerName) -> Option<usize> {
    match name {
        PeerName::Dns(host) if plan.config.send_server_name => Some(host.as_str().len()),
        _ => None,
    }
}

/// encrypted_client_hello around this payload.
fn content(meant: &Meant, is_first: bool, payload: &[u8]) -> Result<Vec<u8>, OwnFailure> {
    let outer = EncryptedClientHello::Outer(EchOuter {
        cipher_suite: meant.target.named_suite(),
        config_id: meant.target.config_id,
        enc: Opaque16(if is_first { &meant.enc } else { &[] }),
        payload: Opaque16(payload),
    });
    outer.encode().map_err(|_| OwnFailure::MessageTooLong)
}

/// Puts the payload in its place, which has its length.
fn put_payload(message: &mut [u8], payload: &[u8]) -> Result<(), OwnFailure> {
    let body = message.get(HandshakeHeader::LENGTH..).unwrap_or_default();
    let hello = ClientHello::decode(body).map_err(|_| OwnFailure::MessageTooLong)?;
    let block = hello.extensions;
    let start = message.len().saturating_sub(block.as_encoded().len());
    let range = block.range_of(ExtensionType::ENCRYPTED_CLIENT_HELLO);
    let end = range.map_or(0, |range| start.saturating_add(range.end));
    let place = message.get_mut(end.saturating_sub(payload.len())..end);
    place
        .ok_or(OwnFailure::MessageTooLong)?
        .copy_from_slice(payload);
    Ok(())
}

/// Tells the key log, where there is one (RFC 9850 section 2.3): by the outer ClientHello's random, since
/// who reads the log sees no other before it has opened this one.
fn log(talk: &Talk, meant: &Meant) {
    if let (Some(key_log), Some(secret)) = (&talk.common.set.key_log, meant.sender.logged()) {
        let random = &talk.client_random;
        key_log.secret("ECH_SECRET", random, secret.as_bytes());
        key_log.secret("ECH_CONFIG", random, &meant.target.config);
    }
}
