//! What both sides keep while they shake hands: the one block that holds the
//! secrets, at a fixed place, wiped when it is dropped.

use crate::config::{Credential, PreSharedKey};
use crate::connection::{
    Broken, Established, Exports, Negotiated, Output, PeerChain, PeerStanding, Resumption, Sessions,
};
use crate::fault::{Fault, OwnFailure};
use crate::handshake::input::Message;
use crate::handshake::proof::{
    FinishedVerified, LeafKey, PeerSettled, SignatureValid, Signed, check_finished, check_signature,
};
use crate::handshake::side::Side;
use crate::handshake::talk::{MOST_CERTIFICATES, Talk, malformed};
use crate::observe::Direction;
use crate::session::Ticket;
use crate::suite::{Family, Suite, is_clients_scheme};
use crate::tls13::certificate::{self, Wanted};
use crate::tls13::compressed_certificate;
use crate::tls13::delegated;
use crate::tls13::key_schedule::{
    HandshakeStage, KeySchedule, MainStage, expander, finished_mac, traffic_key,
};
use crate::tls13::signed_content::signed_content;
use handfast_crypto::hash::HashContext;
use handfast_crypto::hkdf::HmacKey;
use handfast_crypto::secret::{Secret, SharedSecret};
use handfast_wire::codec::{Opaque16, Wire};
use handfast_wire::extension::CertificateStatus;
use handfast_wire::handshake::{
    Certificate, CertificateEntryExtensions, CertificateVerify, Finished,
};
use handfast_wire::registry::{
    CertificateStatusType, ExtensionType, HandshakeType, SignatureScheme,
};
use smallvec::SmallVec;
use std::sync::Arc;

/// The part of the handshake's block that both sides have.
pub(crate) struct Shared {
    pub(crate) talk: Talk,
    pub(crate) suite: Option<&'static Suite>,
    schedule: Option<KeySchedule>,
    client_traffic: Option<HmacKey>,
    server_traffic: Option<HmacKey>,
    /// What the next sending key is made of. Boxed, so that only a pointer moves
    /// when the sending half takes it over.
    next_send: Option<Box<Secret>>,
    /// What the connection keeps, with the secrets already in their place.
    established: Option<Box<Established>>,
    stage: Option<HandshakeStage>,
    main: Option<MainStage>,
    /// The early secret of the session that is resumed, or of the shared key.
    pub(crate) early: Option<HmacKey>,
    /// The key that both sides have known before, where they meet by one.
    pub(crate) psk: Option<PreSharedKey>,
}

impl Shared {
    pub(crate) fn new(talk: Talk) -> Self {
        Self {
            talk,
            suite: None,
            schedule: None,
            client_traffic: None,
            server_traffic: None,
            next_send: None,
            established: None,
            stage: None,
            main: None,
            early: None,
            psk: None,
        }
    }

    /// The suite in use. Asked for only once one is chosen.
    pub(crate) fn suite(&self) -> Result<&'static Suite, OwnFailure> {
        self.suite.ok_or(OwnFailure::Crypto)
    }

    /// Both Hellos are in the transcript: derives the handshake traffic secrets.
    pub(crate) fn enter_handshake(&mut self, shared: &SharedSecret) -> Result<(), OwnFailure> {
        let suite = self.suite()?;
        let (schedule, stage) = KeySchedule::begin(suite.hash, self.early.as_ref(), shared)?;
        let transcript = self.talk.transcript.current();
        let mut secret = Secret::zeros(suite.hash.output_len());
        schedule.handshake_traffic(&stage, Side::Client, &transcript, &mut secret)?;
        self.talk.log("CLIENT_HANDSHAKE_TRAFFIC_SECRET", &secret);
        self.client_traffic = Some(expander(suite, &secret));
        schedule.handshake_traffic(&stage, Side::Server, &transcript, &mut secret)?;
        self.talk.log("SERVER_HANDSHAKE_TRAFFIC_SECRET", &secret);
        self.server_traffic = Some(expander(suite, &secret));
        self.schedule = Some(schedule);
        self.stage = Some(stage);
        Ok(())
    }

    /// The server's Finished is in the transcript: derives what comes after
    /// the handshake. The keys are put in use one direction at a time.
    pub(crate) fn enter_main(&mut self, own: Side) -> Result<(), OwnFailure> {
        let suite = self.suite()?;
        let mut schedule = self.schedule.take().ok_or(OwnFailure::Crypto)?;
        let stage = self.stage.take().ok_or(OwnFailure::Crypto)?;
        let stage: MainStage = schedule.enter_main(stage)?;
        let transcript = self.talk.transcript.current();
        let is_client = own == Side::Client;
        let mut kept = Established::new(suite, is_client, Negotiated::new(self.talk.now));
        let mut ours = Box::new(Secret::zeros(0));
        let theirs = kept.secret.insert(Secret::zeros(0));
        let (client, server) = match own {
            Side::Client => (&mut *ours, theirs),
            Side::Server => (theirs, &mut *ours),
        };
        schedule.application_traffic(&stage, Side::Client, &transcript, client)?;
        self.talk.log("CLIENT_TRAFFIC_SECRET_0", client);
        schedule.application_traffic(&stage, Side::Server, &transcript, server)?;
        self.talk.log("SERVER_TRAFFIC_SECRET_0", server);
        kept.exports = Exports::Tls13(Secret::zeros(0));
        if let Exports::Tls13(exporter) = &mut kept.exports {
            schedule.exporter(&stage, &transcript, exporter)?;
            self.talk.log("EXPORTER_SECRET", exporter);
        }
        self.next_send = Some(ours);
        self.established = Some(kept);
        self.schedule = Some(schedule);
        self.main = Some(stage);
        Ok(())
    }

    fn handshake_secret(&self, whose: Side) -> Result<&HmacKey, OwnFailure> {
        match whose {
            Side::Client => self.client_traffic.as_ref(),
            Side::Server => self.server_traffic.as_ref(),
        }
        .ok_or(OwnFailure::Crypto)
    }

    /// Sends under the handshake keys from here on.
    pub(crate) fn send_under_handshake_keys(
        &self,
        whose: Side,
        out: &mut Output,
    ) -> Result<(), OwnFailure> {
        out.send_key(
            traffic_key(self.suite()?, self.handshake_secret(whose)?)?,
            None,
        );
        Ok(())
    }

    /// Receives under the handshake keys from here on.
    pub(crate) fn receive_under_handshake_keys(
        &self,
        whose: Side,
        out: &mut Output,
    ) -> Result<(), OwnFailure> {
        out.receive_key(traffic_key(self.suite()?, self.handshake_secret(whose)?)?);
        Ok(())
    }

    /// Sends under the application keys from here on.
    pub(crate) fn send_under_application_keys(
        &mut self,
        out: &mut Output,
    ) -> Result<(), OwnFailure> {
        let suite = self.suite()?;
        let secret = self.next_send.take().ok_or(OwnFailure::Crypto)?;
        out.send_key(traffic_key(suite, &expander(suite, &secret))?, Some(secret));
        Ok(())
    }

    /// Receives under the application keys from here on.
    pub(crate) fn receive_under_application_keys(
        &mut self,
        out: &mut Output,
    ) -> Result<(), OwnFailure> {
        let suite = self.suite()?;
        let kept = self.established.as_ref().ok_or(OwnFailure::Crypto)?;
        let secret = kept.secret.as_ref().ok_or(OwnFailure::Crypto)?;
        out.receive_key(traffic_key(suite, &expander(suite, secret))?);
        Ok(())
    }

    /// Says our Finished.
    pub(crate) fn say_finished(&mut self, whose: Side, out: &mut Output) -> Result<(), OwnFailure> {
        let transcript = self.talk.transcript.current();
        let mac = finished_mac(self.suite()?, self.handshake_secret(whose)?, &transcript)?;
        self.talk.keep_finished(Direction::Sent, mac.as_ref());
        let message = Finished {
            verify_data: mac.as_ref(),
        };
        self.talk
            .say(out, HandshakeType::FINISHED, |out| message.write(out))
    }

    /// Checks the peer's Finished and adds it to the transcript.
    pub(crate) fn hear_finished(
        &mut self,
        whose: Side,
        message: Message<'_>,
    ) -> Result<FinishedVerified, Broken> {
        let transcript = self.talk.transcript.current();
        let secret = self.handshake_secret(whose)?;
        let wanted = finished_mac(self.suite()?, secret, &transcript)?;
        let verified = check_finished(wanted.as_ref(), message.body)?;
        self.talk.keep_finished(Direction::Received, message.body);
        self.talk.hear(message);
        Ok(verified)
    }

    /// Keeps the certificates that the peer shows in the body of a Certificate message. `context` is
    /// what the message must echo; `asked` is what its extensions may answer.
    pub(crate) fn keep_peer_chain(
        &mut self,
        body: &[u8],
        context: &[u8],
        asked: Wanted,
    ) -> Result<(), Broken> {
        let certificate =
            Certificate::decode(body).map_err(malformed(Fault::CertificateMalformed))?;
        if certificate.certificate_request_context.0 != context {
            return Err(Fault::RequestContextWrong.into());
        }
        if self.talk.takes_raw_key() {
            return self.keep_peer_key(&certificate);
        }
        let mut chain: SmallVec<[&[u8]; 4]> = SmallVec::new();
        for (position, entry) in certificate.entries().enumerate() {
            if position >= MOST_CERTIFICATES {
                return Err(Fault::CertificatesTooMany.into());
            }
            let extensions = CertificateEntryExtensions::read(entry.extensions)
                .map_err(malformed(Fault::CertificateMalformed))?;
            if extensions.delegated_credential.is_some() && !asked.delegated {
                return Err(Fault::DelegatedUnasked.into());
            }
            let offered = |extension: ExtensionType| match extension {
                ExtensionType::STATUS_REQUEST => asked.ocsp,
                ExtensionType::SIGNED_CERTIFICATE_TIMESTAMP => asked.scts,
                // RFC 9345 s4.1.1: to be ignored but with the leaf.
                ExtensionType::DELEGATED_CREDENTIAL => asked.delegated,
                _ => false,
            };
            if !entry
                .extensions
                .iter()
                .all(|one| offered(one.extension_type))
            {
                return Err(Fault::ExtensionNotOffered.into());
            }
            let is_ocsp =
                |status: CertificateStatus<'_>| status.status_type == CertificateStatusType::OCSP;
            if !extensions.status_request.is_none_or(is_ocsp) {
                return Err(Fault::CertificateMalformed.into());
            }
            if position == 0 {
                let response = extensions
                    .status_request
                    .map(|status| Box::from(&*status.response));
                let list = entry
                    .extensions
                    .find(ExtensionType::SIGNED_CERTIFICATE_TIMESTAMP);
                let delegated = entry.extensions.find(ExtensionType::DELEGATED_CREDENTIAL);
                self.talk.delegated = delegated.map(Box::from);
                self.talk.negotiated.ocsp_response = response;
                self.talk.negotiated.sct_list = list.map(Box::from);
            }
            chain.push(entry.cert_data.0);
        }
        self.talk.negotiated.peer_chain = self.talk.common.chains.chain_of(&chain);
        Ok(())
    }

    /// Keeps the raw public key that the peer shows, if it shows one (RFC 8446 section 4.4.2). Nothing is
    /// stapled to a key.
    fn keep_peer_key(&mut self, certificate: &Certificate<'_>) -> Result<(), Broken> {
        let mut entries = certificate.entries();
        let Some(entry) = entries.next() else {
            self.talk.negotiated.peer_chain = PeerChain::default();
            return Ok(());
        };
        if entries.next().is_some() {
            return Err(Fault::RawKeyNotAlone.into());
        }
        CertificateEntryExtensions::read(entry.extensions)
            .map_err(malformed(Fault::CertificateMalformed))?;
        if entry.extensions.iter().next().is_some() {
            return Err(Fault::ExtensionNotOffered.into());
        }
        Ok(self.talk.keep_raw_key(entry.cert_data.0)?)
    }

    /// Checks the peer's CertificateVerify and adds it to the transcript.
    pub(crate) fn hear_certificate_verify(
        &mut self,
        whose: Side,
        message: Message<'_>,
    ) -> Result<SignatureValid, Broken> {
        let verify = CertificateVerify::decode(message.body)
            .map_err(malformed(Fault::CertificateVerifyMalformed))?;
        let leaf = self
            .talk
            .negotiated
            .peer_chain
            .identity()
            .ok_or(Fault::CertificateMissing)?;
        let set = &self.talk.common.set;
        let (leaf, offered, delegated) = match self.talk.delegated.take() {
            Some(bytes) => {
                let scheme = verify.algorithm;
                let (key, shown) = delegated::check(&self.talk, whose, bytes, scheme)?;
                (key, &set.delegated_schemes, Some(shown))
            }
            None => {
                let leaf = LeafKey::of(leaf)?.danger_any_usage(set.danger_any_key_usage);
                (leaf, &set.schemes, None)
            }
        };
        let transcript = self.talk.transcript.current();
        let signed = Signed {
            family: Family::Tls13,
            content: &signed_content(whose, &transcript),
            offered,
        };
        if whose == Side::Server && is_clients_scheme(verify.algorithm) {
            return Err(Fault::SchemeNotOffered.into());
        }
        let valid = check_signature(&leaf, &verify, &signed)?;
        // What judges the certificate reads the certificate's own key.
        self.talk.peer_key = delegated.is_none().then(|| leaf.kind());
        self.talk.negotiated.peer_scheme = Some(verify.algorithm);
        self.talk.negotiated.peer_delegated = delegated;
        self.talk.hear(message);
        Ok(valid)
    }

    /// Says our CertificateVerify.
    pub(crate) fn say_certificate_verify(
        &mut self,
        algorithm: SignatureScheme,
        signature: &[u8],
        out: &mut Output,
    ) -> Result<(), OwnFailure> {
        let message = CertificateVerify {
            algorithm,
            signature: Opaque16(signature),
        };
        self.talk.negotiated.own_scheme = Some(algorithm);
        self.talk
            .say(out, HandshakeType::CERTIFICATE_VERIFY, |out| {
                message.write(out);
            })
    }

    /// The client's Finished is in the transcript: what tickets are made of.
    pub(crate) fn resumption_secret(&self, secret: &mut Secret) -> Result<(), OwnFailure> {
        let schedule = self.schedule.as_ref().ok_or(OwnFailure::Crypto)?;
        let stage = self.main.as_ref().ok_or(OwnFailure::Crypto)?;
        schedule.resumption(stage, &self.talk.transcript.current(), secret)
    }

    /// True where the peers met by a key that both had known, or by a session that began so: no
    /// certificate goes with it (RFC 8446 section E.1), since a third one who shares the key could pass
    /// a signature on.
    pub(crate) fn knows_shared_key(&self) -> bool {
        self.talk.negotiated.peer_standing == PeerStanding::SharedKey
    }

    /// The transcript so far, to go on from later.
    pub(crate) fn transcript(&self) -> Result<HashContext, OwnFailure> {
        Ok(self.talk.transcript.with(self.suite()?.hash, &[]))
    }

    /// Goes on from a session: its peer is this connection's peer.
    pub(crate) fn resume(&mut self, ticket: &Ticket) -> Result<(), OwnFailure> {
        let negotiated = &mut self.talk.negotiated;
        negotiated.resumption = Some(Resumption::Psk);
        negotiated.peer_chain = ticket.peer_chain.clone();
        negotiated.own_type = ticket.own_type;
        negotiated.peer_standing = ticket.peer_standing;
        negotiated.peer_scheme = ticket.peer_scheme;
        negotiated.psk_identity.clone_from(&ticket.psk_identity);
        Ok(())
    }

    /// The peer is who knows this key.
    pub(crate) fn meet_by(&mut self, key: PreSharedKey) {
        let negotiated = &mut self.talk.negotiated;
        negotiated.peer_standing = PeerStanding::SharedKey;
        negotiated.psk_identity = Some(key.identity().into());
        self.psk = Some(key);
    }

    /// Both Finished are right: hands over what the connection keeps.
    pub(crate) fn connected(
        &mut self,
        _finished: FinishedVerified,
        _peer: PeerSettled,
        sessions: Option<Box<Sessions>>,
        out: &mut Output,
    ) -> Result<(), OwnFailure> {
        let mut kept = self.established.take().ok_or(OwnFailure::Crypto)?;
        kept.negotiated = self.talk.take_negotiated();
        kept.negotiated.suite = self.suite()?.code;
        let common = &self.talk.common;
        common.note_exceptions(self.talk.peer_key, &mut kept.negotiated);
        kept.sessions = sessions;
        out.connected(kept);
        Ok(())
    }

    /// Says a Certificate message with `credential`, or an empty one.
    pub(crate) fn say_certificate(
        &mut self,
        context: &[u8],
        credential: Option<&Credential>,
        wanted: Wanted,
        out: &mut Output,
    ) -> Result<(), OwnFailure> {
        self.talk.negotiated.own = credential.cloned();
        if let (Some(credential), Some(place)) = (credential, wanted.compression) {
            let common = Arc::clone(&self.talk.common);
            let by = common.set.certificate_compression.get(usize::from(place));
            let packed =
                by.and_then(|by| compressed_certificate::of(credential, by, context, wanted));
            if let Some(packed) = packed {
                let msg_type = HandshakeType::COMPRESSED_CERTIFICATE;
                return self.talk.say(out, msg_type, |out| out.bytes(&packed));
            }
        }
        self.talk.say(out, HandshakeType::CERTIFICATE, |out| {
            certificate::write(context, credential, wanted, out);
        })
    }
}
