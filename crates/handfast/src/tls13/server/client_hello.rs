//! ClientHello, the first and the second (RFC 8446 section 4.1.2).

use crate::config::CommonPlan;
use crate::connection::{Broken, Output};
use crate::ech::{CONFIRMATION, open_second};
use crate::fault::{Fault, OwnFailure};
use crate::handshake::input::Message;
use crate::hello::group::{self, Choice as GroupChoice};
use crate::hello::limits;
use crate::hello::second_hello::{self, Retry};
use crate::hello::server_start::{Read, read};
use crate::hello::{
    alpn, application_settings, certificate_type, compression, psk, server_name, srtp, version,
};
use crate::observe::{Direction, Passed};
use crate::suite::{Family, is_clients_scheme};
use crate::tls13::certificate::Wanted;
use crate::tls13::server::choice::{Choice, Chosen};
use crate::tls13::server::{ServerHandshake, State};
use handfast_crypto::random::Random;
use handfast_wire::codec::{List16, Opaque8, Opaque16, Wire, Writer};
use handfast_wire::extension::ExtensionsWriter;
use handfast_wire::handshake::{
    ClientHello, ClientHelloExtensions, HELLO_RETRY_REQUEST_RANDOM, HandshakeHeader, ServerHello,
};
use handfast_wire::registry::{
    CertificateType, ExtensionType, HandshakeType, NamedGroup, ProtocolVersion, SignatureScheme,
};
use smallvec::SmallVec;
use std::sync::Arc;

impl ServerHandshake {
    /// In `WaitSecondClientHello`.
    pub(super) fn second_client_hello(
        &mut self,
        message: Message<'_>,
        out: &mut Output,
    ) -> Result<State, Broken> {
        let inner = match &mut self.shared.talk.ech {
            Some(opened) => Some(open_second(opened, message.whole)?),
            None => None,
        };
        let whole = inner.as_deref().unwrap_or(message.whole);
        if let (Some(bytes), Some(observer)) = (&inner, &self.plan.common.set.observer) {
            observer.passed(Direction::Received, Passed::InnerClientHello { bytes });
        }
        let (_, body) = HandshakeHeader::split(whole).ok_or(Fault::ClientHelloMalformed)?;
        let second = read(body)?;
        let (_, first_body) =
            HandshakeHeader::split(&self.hello).ok_or(Fault::ClientHelloMalformed)?;
        let (first, _) = read(first_body)?;
        let retry = self.retry.as_ref().ok_or(OwnFailure::Crypto)?;
        second_hello::check(&first, &second.0, &second.1, retry)?;
        let chosen = self.choose(whole, &second, out)?;
        self.answer(whole, chosen, out)
    }

    /// Goes on by what was chosen from a ClientHello, header included.
    pub(super) fn answer(
        &mut self,
        hello: &[u8],
        chosen: Chosen,
        out: &mut Output,
    ) -> Result<State, Broken> {
        match chosen {
            Chosen::Keys => {
                self.hello = hello.to_vec();
                Ok(State::AwaitPsk)
            }
            Chosen::Retry => {
                self.hello = hello.to_vec();
                Ok(State::WaitSecondClientHello)
            }
            Chosen::Flight { to_ask_for } => self.look_for_session(hello, to_ask_for, out),
        }
    }

    /// Chooses by topic, in the RFC's order.
    pub(crate) fn choose(
        &mut self,
        bytes: &[u8],
        (hello, extensions): &Read<'_>,
        out: &mut Output,
    ) -> Result<Chosen, Broken> {
        let plan = Arc::clone(&self.plan);
        if let Some(most) = plan.common.set.max_send_fragment {
            out.send_limit(usize::from(most));
        }
        version::check_still_tls13(extensions)?;
        check_frame(hello, extensions)?;
        if plan.takes_keys && self.look_for_keys(extensions) {
            return Ok(Chosen::Keys);
        }
        let suite = self.choose_suite(bytes, hello, extensions)?;
        let group = match self.key_stands_alone(extensions) {
            false => Some(group::choose(&plan, extensions)?),
            true => None,
        };
        let schemes = extensions.signature_algorithms;
        if schemes.is_none() && !self.has_key() {
            return Err(Fault::SchemesMissing.into());
        }
        let name = server_name::read(extensions.server_name)?;
        let protocol = alpn::choose(&plan, extensions.alpn)?;
        let has_settings =
            application_settings::is_common(&plan.common, protocol.as_deref(), extensions.block)?;
        let limits = limits::choose(&plan.common, extensions, Family::Tls13)?;
        let types = certificate_type::Named::read(&plan, extensions)?;

        self.shared.talk.client_random = *hello.random;
        self.shared.suite = Some(suite);
        self.note_ech(extensions);
        let early_data = extensions.early_data.is_some();
        let (group, peer_share) = match group {
            None => (None, SmallVec::new()),
            Some(GroupChoice::Share(group, share)) => (Some(group), SmallVec::from_slice(share)),
            Some(GroupChoice::Retry(_)) if self.retry.is_some() => {
                return Err(Fault::SecondHelloShareWrong.into());
            }
            Some(GroupChoice::Retry(group)) => {
                self.shared.talk.transcript.add(bytes);
                self.say_retry_request(hello, group, early_data, out)?;
                self.note_early_data(extensions, true);
                return Ok(Chosen::Retry);
            }
        };
        let names_server = name.is_some() && plan.config.confirm_server_name;
        let has_group = group.is_some();
        self.shared.talk.negotiated.server_name = name;
        let authorities = extensions.certificate_authorities;
        let choice = Choice {
            ticket_early_data: 0,
            group,
            peer_share,
            session_id: SmallVec::from_slice(&hello.legacy_session_id),
            schemes: schemes
                .map(|list| list.iter().filter(|one| !is_clients_scheme(*one)).collect())
                .unwrap_or_default(),
            authorities: authorities
                .iter()
                .flat_map(|list| list.iter().map(|name| name.to_vec()))
                .collect(),
            limits,
            delegated: listed(extensions.delegated_credential),
            now: self.shared.talk.now,
            wanted: wanted(&plan.common, extensions),
            types,
            names_server,
            has_settings,
            early_data,
            psk_index: None,
        };
        if self.retry.is_none() {
            self.note_early_data(extensions, false);
        }
        self.shared.talk.negotiated.alpn = protocol;
        let profiles = &plan.common.set.srtp_profiles;
        self.shared.talk.negotiated.srtp_profile = srtp::choose(profiles, extensions.use_srtp);
        self.wants_tickets = has_group && psk::wants_sessions(extensions);
        self.ticket_request = extensions.ticket_request;
        self.takes_requests = extensions.post_handshake_auth.is_some() && types.client.is_some();
        self.shared.talk.peer_type = types.client.unwrap_or(CertificateType::X509);
        let to_ask_for = self.keeping().to_ask_for(psk::names(extensions));
        self.choice = Some(choice);
        Ok(Chosen::Flight { to_ask_for })
    }

    /// HelloRetryRequest (RFC 8446 section 4.1.4).
    fn say_retry_request(
        &mut self,
        hello: &ClientHello<'_>,
        group: NamedGroup,
        early_data: bool,
        out: &mut Output,
    ) -> Result<(), Broken> {
        let plan = Arc::clone(&self.plan);
        let suite = self.shared.suite()?;
        let mut cookie = None;
        // Clients of Go 1.27 and of OpenSSL 4.0 say in the inner ClientHello that the cookie stands in the
        // outer one, and leave it out there.
        if plan.config.cookie && !self.is_ech_opened() {
            let mut bytes = vec![0; 32];
            plan.common
                .draw()
                .fill(&mut bytes)
                .map_err(|_| OwnFailure::Random)?;
            cookie = Some(bytes);
        }
        self.shared
            .talk
            .transcript
            .restart_with_message_hash(suite.hash);
        let session_id = hello.legacy_session_id.0;
        let code = suite.code;
        let sent = cookie.clone();
        let is_opened = self.is_ech_opened();
        let body = |confirmation: &[u8; CONFIRMATION], out: &mut Writer<'_>| {
            write_server_hello_head(&HELLO_RETRY_REQUEST_RANDOM, session_id, code.0, out);
            out.prefixed::<2>(|out| {
                let mut extensions = ExtensionsWriter::new(out);
                extensions.add_value(ExtensionType::SUPPORTED_VERSIONS, &ProtocolVersion::TLS_1_3);
                extensions.add_value(ExtensionType::KEY_SHARE, &group);
                if let Some(cookie) = &sent {
                    extensions.add_value(ExtensionType::COOKIE, &Opaque16::<1>(cookie));
                }
                if is_opened {
                    let ech = ExtensionType::ENCRYPTED_CLIENT_HELLO;
                    extensions.add(ech, |out| out.bytes(confirmation));
                }
            });
        };
        let confirmation = self.confirm_retry(hello.random, |out| body(&[0; CONFIRMATION], out))?;
        self.shared
            .talk
            .say(out, HandshakeType::SERVER_HELLO, |out| {
                body(&confirmation, out);
            })?;
        if plan.common.set.danger_script.is_some() {
            cookie = said_cookie(out);
        }
        self.say_change_cipher_spec(session_id, out);
        out.asks_again();
        if early_data {
            // Its ticket is not opened before the second ClientHello.
            self.skip_early_data(0, out);
        }
        self.retry = Some(Retry {
            group,
            suite,
            cookie,
        });
        self.shared.talk.negotiated.retried = true;
        Ok(())
    }

    /// RFC 8446 appendix D.4: once, for a client that sent a session id.
    pub(super) fn say_change_cipher_spec(&self, session_id: &[u8], out: &mut Output) {
        if !session_id.is_empty() && self.retry.is_none() {
            self.shared.talk.say_change_cipher_spec(out);
        }
    }
}

/// The cookie of the HelloRetryRequest that waits to be sent: a script may have put
/// another in its place, and that is the one to expect.
fn said_cookie(out: &Output) -> Option<Vec<u8>> {
    let (_, body) = HandshakeHeader::split(out.waiting_handshake())?;
    let cookie = ServerHello::decode(body)
        .ok()?
        .extensions
        .find(ExtensionType::COOKIE)?;
    let cookie = Opaque16::<1>::decode(cookie).ok()?;
    Some(cookie.0.to_vec())
}

/// The fields that a ServerHello and a HelloRetryRequest have alike.
pub(super) fn write_server_hello_head(
    random: &[u8; 32],
    session_id: &[u8],
    suite: u16,
    out: &mut Writer<'_>,
) {
    ProtocolVersion::TLS_1_2.write(out);
    out.bytes(random);
    Opaque8::<0, 32>(session_id).write(out);
    suite.write(out);
    out.bytes(&[0]);
}

/// What must hold before anything is chosen.
fn check_frame(
    hello: &ClientHello<'_>,
    extensions: &ClientHelloExtensions<'_>,
) -> Result<(), Fault> {
    if hello.legacy_compression_methods.0 != [0] {
        return Err(Fault::CompressionOffered);
    }
    let Some(offered) = extensions.pre_shared_key else {
        return Ok(());
    };
    let last = hello.extensions.iter().last();
    if last.is_none_or(|last| last.extension_type != ExtensionType::PRE_SHARED_KEY) {
        return Err(Fault::PskNotLast);
    }
    if extensions.psk_key_exchange_modes.is_none() {
        return Err(Fault::PskModesMissing);
    }
    if offered.identities.iter().count() != offered.binders.iter().count() {
        return Err(Fault::PskBindersUneven);
    }
    Ok(())
}

/// How the client wants to see certificates.
fn wanted(common: &CommonPlan, extensions: &ClientHelloExtensions<'_>) -> Wanted {
    Wanted {
        ocsp: extensions.status_request.is_some(),
        scts: extensions.signed_certificate_timestamp.is_some(),
        delegated: false,
        compression: compression::choose(common, extensions.compress_certificate),
    }
}

fn listed(schemes: Option<List16<'_, SignatureScheme, 2>>) -> Vec<SignatureScheme> {
    let listed = schemes.map(|list| list.iter().collect());
    listed.unwrap_or_default()
}
