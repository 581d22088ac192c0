//! The server's flight: ServerHello to ServerHelloDone (RFC 5246 section 7.4).

use crate::classic::server::choice::Choice;
use crate::classic::server::server_key_exchange::params;
use crate::classic::server::{ServerHandshake, State};
use crate::config::{ClientAuth, Credential};
use crate::connection::{Broken, Output};
use crate::fault::OwnFailure;
use crate::handshake::again::Again;
use crate::handshake::proof::PeerSettled;
use crate::handshake::shown::Shown;
use crate::hello::limits;
use crate::hello::srtp;
use crate::session::SessionId;
use crate::suite::Suite;
use handfast_crypto::random::Random;
use handfast_wire::codec::{List16, Opaque8, Opaque24, Wire};
use handfast_wire::extension::{CertificateStatus, ExtensionsWriter};
use handfast_wire::handshake::{ClassicCertificateRequest, UnnamedCertificateRequest};
use handfast_wire::registry::{
    CertificateStatusType, CertificateType, ExtensionType, HandshakeType, SignatureScheme,
    SrtpProtectionProfile,
};

impl ServerHandshake {
    /// Says everything up to Certificate and its status; ServerKeyExchange
    /// follows once it is signed.
    pub(super) fn say_hello(
        &mut self,
        suite: &'static Suite,
        credential: Credential,
        scheme: SignatureScheme,
        out: &mut Output,
    ) -> Result<State, Broken> {
        self.begin_transcript(suite);
        // One draw for our key, our random, and the name that the session may be kept under.
        let mut draw = self
            .plan
            .common
            .draw_beside::<{ 32 + size_of::<SessionId>() }>();
        let own = self.choice.own_part(suite, &mut draw)?;
        let drawn = draw.beside().map_err(|_| OwnFailure::Random)?;
        self.take_drawn(&drawn)?;
        own.tell(&mut self.shared.talk.negotiated);
        self.say_hello_to_status(&credential, out)?;
        let content = self.shared.signed_params(scheme, &params(&own)?);
        self.own_part = Some(own);
        self.shown = Some(Box::new(Shown {
            credential,
            scheme,
            content,
        }));
        Ok(State::AwaitSignature)
    }

    pub(super) fn say_server_hello(
        &mut self,
        credential: Option<&Credential>,
        out: &mut Output,
    ) -> Result<(), Broken> {
        let limits = self.choice.limits;
        out.version(self.shared.profile.version);
        out.send_limit(limits.send);
        out.receive_limit(limits.receive);
        self.shared.talk.negotiated.send_limit = limits.send;
        self.shared.talk.negotiated.receive_limit = limits.receive;
        let is_resumed = self.shared.talk.negotiated.is_resumed();
        let gives_ticket = self.gives_ticket();
        let asks_client = self.asks_client() && !is_resumed;
        let Self {
            shared,
            choice,
            given_id,
            ..
        } = self;
        // RFC 5246 s7.4.1.3: new, or the client's: that says what is resumed.
        let session_id = match given_id {
            _ if is_resumed => choice.session_id.as_bytes(),
            Some(given) => given,
            None => &[],
        };
        let (version, suite, random) = (
            shared.profile.version,
            shared.suite.code,
            shared.randoms.server,
        );
        let own_type = shared.talk.negotiated.own_type;
        let protocol = shared.talk.negotiated.alpn.take();
        let again = shared.talk.again.take();
        let answers = Answers {
            choice,
            credential,
            own_type,
            asks_client,
            is_resumed,
            extended_master_secret: shared.extended_master_secret,
            encrypt_then_mac: shared.encrypt_then_mac && shared.suite.has_blocks(),
            gives_ticket,
            protocol: protocol.as_deref(),
            profile: shared.talk.negotiated.srtp_profile,
            again: again.as_deref(),
        };
        let said = shared.talk.say(out, HandshakeType::SERVER_HELLO, |out| {
            version.write(out);
            out.bytes(&random);
            Opaque8::<0, 32>(session_id).write(out);
            suite.write(out);
            out.bytes(&[0]);
            out.prefixed_unless_empty::<2>(|out| answers.write(&mut ExtensionsWriter::new(out)));
        });
        shared.talk.negotiated.alpn = protocol;
        shared.talk.again = again;
        Ok(said?)
    }

    /// CertificateRequest, where the client is asked, and ServerHelloDone.
    pub(super) fn say_rest(&mut self, out: &mut Output) -> Result<State, Broken> {
        let asked = self.say_certificate_request(out)?;
        self.shared
            .talk
            .say(out, HandshakeType::SERVER_HELLO_DONE, |_| {})?;
        Ok(if asked {
            State::WaitCertificate
        } else {
            State::WaitClientKeyExchange(Some(PeerSettled::not_asked()))
        })
    }

    /// The whole flight, where the certificate carries the key exchange: nothing is signed.
    pub(super) fn say_hello_and_done(
        &mut self,
        suite: &'static Suite,
        credential: &Credential,
        out: &mut Output,
    ) -> Result<State, Broken> {
        self.begin_transcript(suite);
        let mut drawn = [0; 32 + size_of::<SessionId>()];
        let filled = self.plan.common.draw().fill(&mut drawn);
        filled.map_err(|_| OwnFailure::Random)?;
        self.take_drawn(&drawn)?;
        self.say_hello_to_status(credential, out)?;
        #[cfg(feature = "legacy")]
        self.say_unsigned(out)?;
        self.say_rest(out)
    }

    pub(super) fn begin_transcript(&mut self, suite: &'static Suite) {
        self.shared.suite = suite;
        // A CertificateVerify signs the messages themselves, anything else their hash.
        let asks = !matches!(self.client_auth(), ClientAuth::None);
        self.shared.begin_transcript(asks);
    }

    /// Our random, and the name that the session may be kept under.
    pub(super) fn take_drawn(&mut self, drawn: &[u8]) -> Result<(), OwnFailure> {
        let (random, id) = drawn.split_first_chunk().ok_or(OwnFailure::Crypto)?;
        self.take_random(*random);
        self.given_id = id.try_into().ok().filter(|_| self.gives_session_id());
        Ok(())
    }

    /// ServerHello, Certificate and its status.
    fn say_hello_to_status(
        &mut self,
        credential: &Credential,
        out: &mut Output,
    ) -> Result<(), Broken> {
        self.choice.types.of_client(self.client_auth())?;
        self.shared.talk.negotiated.own_type = credential.certificate_type();
        self.say_server_hello(Some(credential), out)?;
        self.shared.say_certificate(Some(credential), out)?;
        let response = credential.0.ocsp_response.as_ref();
        if let Some(response) = response.filter(|_| self.choice.wants_status) {
            let status = CertificateStatus {
                status_type: CertificateStatusType::OCSP,
                response: Opaque24(response),
            };
            self.shared
                .talk
                .say(out, HandshakeType::CERTIFICATE_STATUS, |out| {
                    status.write(out);
                })?;
        }
        Ok(())
    }

    /// True where a CertificateRequest is said.
    fn asks_client(&self) -> bool {
        let asks = !matches!(self.client_auth(), ClientAuth::None);
        asks && self.shared.suite.shows_certificate()
    }

    fn say_certificate_request(&mut self, out: &mut Output) -> Result<bool, Broken> {
        if !self.asks_client() {
            return Ok(false);
        }
        let plan = &self.plan;
        let certificate_types = Opaque8(self.shared.profile.signatures.certificate_types());
        let certificate_authorities = List16::from_encoded(&plan.encoded_authorities);
        let talk = &mut self.shared.talk;
        if self.shared.profile.signatures.are_implied() {
            let request = UnnamedCertificateRequest {
                certificate_types,
                certificate_authorities,
            };
            talk.say(out, HandshakeType::CERTIFICATE_REQUEST, |out| {
                request.write(out);
            })?;
            return Ok(true);
        }
        let request = ClassicCertificateRequest {
            certificate_types,
            supported_signature_algorithms: List16::from_encoded(&plan.common.encoded_schemes),
            certificate_authorities,
        };
        talk.say(out, HandshakeType::CERTIFICATE_REQUEST, |out| {
            request.write(out);
        })?;
        Ok(true)
    }
}

/// What a ServerHello answers to the client's extensions.
struct Answers<'a> {
    choice: &'a Choice,
    credential: Option<&'a Credential>,
    own_type: CertificateType,
    asks_client: bool,
    is_resumed: bool,
    extended_master_secret: bool,
    encrypt_then_mac: bool,
    gives_ticket: bool,
    protocol: Option<&'a [u8]>,
    profile: Option<SrtpProtectionProfile>,
    again: Option<&'a Again>,
}

impl Answers<'_> {
    fn write(&self, out: &mut ExtensionsWriter<'_, '_>) {
        let choice = self.choice;
        // RFC 6066 s3: not where a session goes on.
        if choice.names_server && !self.is_resumed {
            out.add(ExtensionType::SERVER_NAME, |_| {});
        }
        match choice.limits.answer {
            limits::Answer::None => {}
            limits::Answer::RecordSize(limit) => {
                out.add_value(ExtensionType::RECORD_SIZE_LIMIT, &limit);
            }
            limits::Answer::Fragment(length) => {
                out.add_value(ExtensionType::MAX_FRAGMENT_LENGTH, &length);
            }
        }
        srtp::write(self.profile.as_slice(), out);
        if choice.secure_renegotiation {
            let info = self.again.map(Again::server_info).unwrap_or_default();
            out.add_value(ExtensionType::RENEGOTIATION_INFO, &Opaque8::<0, 255>(&info));
        }
        // RFC 7250 s4.2: of the client's where it is asked, of ours where it is shown, or was.
        let client = choice.types.client;
        if let (Some(one), true, true) = (client, choice.types.names_client, self.asks_client) {
            out.add_value(ExtensionType::CLIENT_CERTIFICATE_TYPE, &one);
        }
        let shows = self.credential.is_some() || self.is_resumed;
        if choice.types.names_server && shows {
            out.add_value(ExtensionType::SERVER_CERTIFICATE_TYPE, &self.own_type);
        }
        if self.encrypt_then_mac {
            out.add(ExtensionType::ENCRYPT_THEN_MAC, |_| {});
        }
        if self.extended_master_secret {
            out.add(ExtensionType::EXTENDED_MASTER_SECRET, |_| {});
        }
        if choice.names_point_formats {
            out.add_value(ExtensionType::EC_POINT_FORMATS, &Opaque8::<1>(&[0]));
        }
        if self.gives_ticket {
            out.add(ExtensionType::SESSION_TICKET, |_| {});
        }
        let shown = self.credential.map(|credential| &credential.0);
        if choice.wants_status && shown.is_some_and(|shown| shown.ocsp_response.is_some()) {
            out.add(ExtensionType::STATUS_REQUEST, |_| {});
        }
        let scts = shown.and_then(|shown| shown.sct_list.as_ref());
        if let Some(list) = scts.filter(|_| choice.wants_scts) {
            out.add(ExtensionType::SIGNED_CERTIFICATE_TIMESTAMP, |out| {
                out.bytes(list);
            });
        }
        if let Some(protocol) = self.protocol.filter(|_| self.again.is_none()) {
            out.add(
                ExtensionType::APPLICATION_LAYER_PROTOCOL_NEGOTIATION,
                |out| {
                    out.prefixed::<2>(|out| Opaque8::<1>(protocol).write(out));
                },
            );
        }
    }
}
