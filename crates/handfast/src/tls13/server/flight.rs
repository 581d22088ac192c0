//! The server's flight: ServerHello to Finished (RFC 8446 sections 4.1.3 to 4.4.4).

use crate::config::{ClientAuth, Credential};
use crate::connection::{Answer, Broken, Output};
use crate::fault::{Fault, OwnFailure};
use crate::handshake::input::unwelcome;
use crate::handshake::proof::PeerSettled;
use crate::handshake::shown::Shown;
use crate::handshake::side::Side;
use crate::hello::application_settings;
use crate::hello::limits;
use crate::hello::srtp;
use crate::session::Ticket;
use crate::suite::find_group;
use crate::tls13::certificate_request;
use crate::tls13::key_schedule::nothing_agreed;
use crate::tls13::server::choice::Choice;
use crate::tls13::server::client_hello::write_server_hello_head;
use crate::tls13::server::{ServerHandshake, State};
use crate::tls13::signed_content::signed_content;
use handfast_crypto::agreement::{AgreementFailed, respond};
use handfast_wire::codec::{Opaque8, Opaque16, Wire, Writer};
use handfast_wire::extension::{ExtensionsWriter, KeyShareEntry};
use handfast_wire::registry::{
    CertificateType, ExtensionType, HandshakeType, ProtocolVersion, SignatureScheme,
};
use std::sync::Arc;

/// Bytes of a flight beside the certificates: ServerHello and EncryptedExtensions 140,
/// CertificateVerify up to 80 by ECDSA, Finished 36 or 52.
const ROOM_BESIDE_CHAIN: usize = 320;

impl ServerHandshake {
    /// Says everything up to Certificate; CertificateVerify follows once signed.
    pub(super) fn say_flight(
        &mut self,
        choice: Choice,
        credential: Credential,
        scheme: SignatureScheme,
        out: &mut Output,
    ) -> Result<State, Broken> {
        choice.types.of_client(&self.plan.config.client_auth)?;
        self.shared.talk.negotiated.own_type = credential.certificate_type();
        out.expect(ROOM_BESIDE_CHAIN.saturating_add(credential.length()));
        self.say_server_hello(&choice, out)?;
        self.say_encrypted_extensions(&choice, out)?;
        self.say_certificate_request(out)?;
        self.shared
            .say_certificate(&[], Some(&credential), choice.wanted, out)?;
        let content = signed_content(Side::Server, &self.shared.talk.transcript.current());
        self.shown = Some(Shown {
            credential,
            scheme,
            content,
        });
        Ok(State::AwaitSignature)
    }

    /// The flight of a session that goes on: no certificate, no proof but the keys.
    pub(super) fn say_resumed_flight(
        &mut self,
        choice: &Choice,
        ticket: Ticket,
        out: &mut Output,
    ) -> Result<State, Broken> {
        self.shared.resume(&ticket)?;
        let is_early = self.takes_early_data();
        if is_early {
            self.shared.talk.negotiated.suite = self.shared.suite()?.code;
            self.receive_under_early_key(&ticket, out)?;
            // They go on with it, and nobody says them again.
            let negotiated = &mut self.shared.talk.negotiated;
            negotiated
                .application_settings
                .clone_from(&ticket.application_settings);
        }
        self.say_bare_flight(choice, out)?;
        let peer = PeerSettled::in_session(&ticket);
        self.session = Some(ticket);
        if !is_early {
            return Ok(self.second_flight(Some(peer)));
        }
        // The client is who it was, and it spoke not long ago: an answer need not wait.
        out.may_send(self.shared.suite()?);
        Ok(State::WaitEndOfEarlyData(peer))
    }

    /// A flight without certificate.
    pub(super) fn say_bare_flight(
        &mut self,
        choice: &Choice,
        out: &mut Output,
    ) -> Result<(), Broken> {
        self.say_server_hello(choice, out)?;
        self.say_encrypted_extensions(choice, out)?;
        self.say_end_of_flight(out)
    }

    /// Finished, and from there on the application keys.
    fn say_end_of_flight(&mut self, out: &mut Output) -> Result<(), Broken> {
        self.shared.say_finished(Side::Server, out)?;
        self.shared.enter_main(Side::Server)?;
        self.shared.send_under_application_keys(out)?;
        Ok(())
    }

    fn say_server_hello(&mut self, choice: &Choice, out: &mut Output) -> Result<(), Broken> {
        let plan = Arc::clone(&self.plan);
        let mut draw = plan.common.draw_beside::<32>();
        let suite = self.shared.suite()?;
        let (share, secret) = match choice.group {
            Some(name) => {
                let group = find_group(name).ok_or(OwnFailure::Crypto)?;
                let agreed = respond(group, &choice.peer_share, &mut draw);
                let (public, secret) = agreed.map_err(|failed| match failed {
                    AgreementFailed::InvalidPeerShare => Broken::from(Fault::KeyShareWrong),
                    AgreementFailed::Random(_) => Broken::from(OwnFailure::Random),
                    _ => Broken::from(OwnFailure::Crypto),
                })?;
                self.shared.talk.negotiated.group = name;
                (Some((name, public)), secret)
            }
            None => (None, nothing_agreed(suite.hash)?),
        };
        let mut random = draw.beside().map_err(|_| OwnFailure::Random)?;
        let suite = suite.code.0;
        let body = |random: &[u8; 32], out: &mut Writer<'_>| {
            write_server_hello_head(random, &choice.session_id, suite, out);
            out.prefixed::<2>(|out| {
                let mut extensions = ExtensionsWriter::new(out);
                extensions.add_value(ExtensionType::SUPPORTED_VERSIONS, &ProtocolVersion::TLS_1_3);
                if let Some((group, public)) = &share {
                    let share = KeyShareEntry {
                        group: *group,
                        key_exchange: Opaque16(public),
                    };
                    extensions.add_value(ExtensionType::KEY_SHARE, &share);
                }
                if let Some(index) = choice.psk_index {
                    extensions.add_value(ExtensionType::PRE_SHARED_KEY, &index);
                }
            });
        };
        if self.is_ech_opened() {
            self.confirm_hello(&mut random, body)?;
        }
        self.shared
            .talk
            .say(out, HandshakeType::SERVER_HELLO, |out| {
                body(&random, out);
            })?;
        self.say_change_cipher_spec(&choice.session_id, out);
        self.shared.enter_handshake(&secret)?;
        self.shared.send_under_handshake_keys(Side::Server, out)?;
        if !self.takes_early_data() {
            self.shared
                .receive_under_handshake_keys(Side::Client, out)?;
            if choice.early_data {
                self.skip_early_data(choice.ticket_early_data, out);
            }
        }
        Ok(())
    }

    fn say_encrypted_extensions(
        &mut self,
        choice: &Choice,
        out: &mut Output,
    ) -> Result<(), Broken> {
        out.send_limit(choice.limits.send);
        let is_early = self.takes_early_data();
        if !is_early {
            out.receive_limit(choice.limits.receive);
        }
        self.shared.talk.negotiated.send_limit = choice.limits.send;
        self.shared.talk.negotiated.receive_limit = choice.limits.receive;
        let protocol = self.shared.talk.negotiated.alpn.clone();
        let resumed = self.shared.talk.negotiated.is_resumed();
        let profile = self.shared.talk.negotiated.srtp_profile;
        let tickets = self.ticket_request.map(|_| self.tickets_to_say());
        self.shared.talk.negotiated.expected_tickets = tickets;
        let [own_type, client_type] = self.said_types(choice);
        let retry_configs = self.ech_retry_configs();
        let common = &self.plan.common;
        let settings = (choice.has_settings && !is_early)
            .then(|| application_settings::own(common, protocol.as_deref()))
            .flatten();
        self.awaits_settings = settings.is_some();
        self.shared
            .talk
            .say(out, HandshakeType::ENCRYPTED_EXTENSIONS, |out| {
                out.prefixed::<2>(|out| {
                    let mut extensions = ExtensionsWriter::new(out);
                    // RFC 6066 s3: not where a session goes on.
                    if choice.names_server && !resumed {
                        extensions.add(ExtensionType::SERVER_NAME, |_| {});
                    }
                    match choice.limits.answer {
                        limits::Answer::None => {}
                        limits::Answer::RecordSize(limit) => {
                            extensions.add_value(ExtensionType::RECORD_SIZE_LIMIT, &limit);
                        }
                        limits::Answer::Fragment(length) => {
                            extensions.add_value(ExtensionType::MAX_FRAGMENT_LENGTH, &length);
                        }
                    }
                    if let Some(one) = client_type {
                        extensions.add_value(ExtensionType::CLIENT_CERTIFICATE_TYPE, &one);
                    }
                    if let Some(one) = own_type {
                        extensions.add_value(ExtensionType::SERVER_CERTIFICATE_TYPE, &one);
                    }
                    if is_early {
                        extensions.add(ExtensionType::EARLY_DATA, |_| {});
                    }
                    srtp::write(profile.as_slice(), &mut extensions);
                    if let Some(tickets) = tickets {
                        extensions.add_value(ExtensionType::TICKET_REQUEST, &tickets);
                    }
                    if let Some(configs) = &retry_configs {
                        let ech = ExtensionType::ENCRYPTED_CLIENT_HELLO;
                        extensions.add(ech, |out| out.bytes(configs));
                    }
                    if let Some(settings) = settings {
                        application_settings::write(common, settings, &mut extensions);
                    }
                    if let Some(protocol) = &protocol {
                        extensions.add(
                            ExtensionType::APPLICATION_LAYER_PROTOCOL_NEGOTIATION,
                            |out| {
                                out.prefixed::<2>(|out| Opaque8::<1>(protocol).write(out));
                            },
                        );
                    }
                });
            })?;
        Ok(())
    }

    /// What the client is told of either side's type (RFC 7250 section 4.2): of ours where one is shown,
    /// or was when the session began; of its own where it is asked, or may be later.
    fn said_types(&self, choice: &Choice) -> [Option<CertificateType>; 2] {
        let (types, config) = (&choice.types, &self.plan.config);
        let talk = &self.shared.talk;
        let by_key = self.shared.psk.is_some();
        let own = (types.names_server && !by_key).then_some(talk.negotiated.own_type);
        let asks = |auth: &ClientAuth| !matches!(auth, ClientAuth::None);
        let now = asks(&config.client_auth) && !by_key && !talk.negotiated.is_resumed();
        let later = asks(&config.later_client_auth) && self.takes_requests;
        let client = types
            .client
            .filter(|_| types.names_client && (now || later));
        [own, client]
    }

    fn say_certificate_request(&mut self, out: &mut Output) -> Result<(), Broken> {
        let plan = Arc::clone(&self.plan);
        if matches!(plan.config.client_auth, ClientAuth::None) {
            return Ok(());
        }
        certificate_request::say(&mut self.shared.talk, &plan, &[], out)?;
        Ok(())
    }

    /// In `AwaitSignature`: the rest of the flight.
    pub(super) fn signature(&mut self, answer: Answer, out: &mut Output) -> Result<State, Broken> {
        let Answer::Signature(signature) = answer else {
            return Err(unwelcome(answer));
        };
        let scheme = self.shown.take().ok_or(OwnFailure::Crypto)?.scheme;
        self.shared
            .say_certificate_verify(scheme, &signature, out)?;
        self.say_end_of_flight(out)?;
        let plan = Arc::clone(&self.plan);
        let asks = !matches!(plan.config.client_auth, ClientAuth::None);
        Ok(self.second_flight((!asks).then(PeerSettled::not_asked)))
    }
}
