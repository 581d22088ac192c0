//! EncryptedExtensions (RFC 8446 section 4.3.1).

use crate::connection::{Broken, EarlyData, Output, PeerStanding};
use crate::fault::Fault;
use crate::handshake::input::Message;
use crate::handshake::proof::{PeerSettled, SignatureValid};
use crate::handshake::talk::malformed;
use crate::hello::certificate_type::{Answers, is_worth_saying};
use crate::hello::{alpn, limits, srtp};
use crate::suite::Family;
use crate::tls13::client::{ClientHandshake, State};
use handfast_pki::name::ServerName;
use handfast_wire::codec::Wire;
use handfast_wire::handshake::{EncryptedExtensions, EncryptedExtensionsSet};
use handfast_wire::registry::ExtensionType;

impl ClientHandshake {
    /// In `WaitEncryptedExtensions`.
    pub(super) fn encrypted_extensions(
        &mut self,
        message: Message<'_>,
        out: &mut Output,
    ) -> Result<State, Broken> {
        let decoded = EncryptedExtensions::decode(message.body)
            .map_err(malformed(Fault::EncryptedExtensionsMalformed))?;
        if !decoded.extensions.is_present() {
            return Err(Fault::EncryptedExtensionsMalformed.into());
        }
        let stray = decoded
            .extensions
            .iter()
            .any(|one| !self.has_offered(one.extension_type));
        if stray {
            return Err(Fault::ExtensionNotOffered.into());
        }
        let answers = EncryptedExtensionsSet::read(decoded.extensions)
            .map_err(malformed(Fault::EncryptedExtensionsMalformed))?;
        self.keep_retry_configs(decoded.extensions)?;
        let set = &self.plan.common.set;
        if let Some(answer) = answers.alpn {
            self.shared.talk.negotiated.alpn = Some(alpn::check_chosen(&set.alpn, answer)?);
        } else if !set.alpn.is_empty() && !self.plan.config.alpn_optional && !self.is_ech_rejected()
        {
            return Err(Fault::AlpnNotCommon.into());
        }
        self.settle_types(&answers)?;
        let set = &self.plan.common.set;
        let answered = limits::Answered {
            max_fragment_length: answers.max_fragment_length,
            record_size_limit: answers.record_size_limit,
            family: Family::Tls13,
        };
        self.shared.talk.negotiated.srtp_profile =
            srtp::check_chosen(&set.srtp_profiles, answers.use_srtp)?;
        self.shared.talk.negotiated.expected_tickets = answers.ticket_request;
        let limits = limits::check_chosen(set, &answered)?;
        self.shared.talk.negotiated.send_limit = limits.send;
        self.shared.talk.negotiated.receive_limit = limits.receive;
        out.send_limit(limits.send);
        out.receive_limit(limits.receive);
        self.early_data_answered(answers.early_data.is_some(), out)?;
        self.settle_application_settings(decoded.extensions)?;
        self.shared.talk.hear(message);
        // Of who knew a shared key there is no certificate to judge anew.
        let judged = self.offer.judged.take();
        let negotiated = &mut self.shared.talk.negotiated;
        let judged = judged.filter(|_| negotiated.early_data == EarlyData::Accepted);
        let is_judged = judged.is_some();
        if let Some(judged) = judged {
            negotiated.peer_standing = judged.standing;
            negotiated.revocation = judged.revocation;
        }
        let judges = self.plan.config.reverify_on_resume
            && !is_judged
            && self.shared.talk.negotiated.peer_standing != PeerStanding::SharedKey;
        Ok(match (&self.session, &self.shared.psk) {
            (Some(session), _) if judges => {
                State::AwaitVerdict(SignatureValid::in_session(session))
            }
            (Some(session), _) => State::WaitFinished(PeerSettled::in_session(session)),
            (None, Some(key)) => State::WaitFinished(PeerSettled::by_shared_key(key)),
            (None, None) => State::WaitCertificateOrRequest,
        })
    }

    /// What either side shows (RFC 7250 section 4.2).
    fn settle_types(&mut self, answers: &EncryptedExtensionsSet<'_>) -> Result<(), Fault> {
        let answers = Answers {
            server: answers.server_certificate_type,
            client: answers.client_certificate_type,
        };
        let talk = &mut self.shared.talk;
        let session = self.session.is_some();
        let session = session.then(|| talk.negotiated.peer_certificate_type());
        let agreed = answers.check(
            &self.plan.config.server_certificate_types,
            &self.plan.own_certificate_types,
            session,
            self.shared.psk.is_none(),
        )?;
        talk.agree_on_types(agreed.client, agreed.server);
        Ok(())
    }

    /// True where the ClientHello that was answered names application protocols.
    fn has_shown_alpn(&self) -> bool {
        !self.is_ech_rejected() || self.plan.config.ech_shows_alpn
    }

    /// True for extensions that this client offered and that a server may
    /// answer here.
    fn has_offered(&self, extension: ExtensionType) -> bool {
        let set = &self.plan.common.set;
        match extension {
            ExtensionType::SERVER_NAME => {
                let is_said = self.plan.config.send_server_name || self.is_ech_rejected();
                is_said && matches!(self.name, ServerName::Dns(_))
            }
            // RFC 9849 s5: not of a server that has opened what was encrypted.
            ExtensionType::ENCRYPTED_CLIENT_HELLO => {
                self.offer.ech.is_some() && (self.means_no_ech() || self.is_ech_rejected())
            }
            ExtensionType::SUPPORTED_GROUPS => true,
            // RFC 8446 s4.2.10: only where the session goes on.
            ExtensionType::EARLY_DATA => self.awaits_early_data() && self.session.is_some(),
            ExtensionType::TICKET_REQUEST => {
                self.plan.config.ticket_request.is_some() && self.plan.keeps_sessions()
            }
            ExtensionType::CLIENT_CERTIFICATE_TYPE => {
                is_worth_saying(&self.plan.own_certificate_types)
            }
            ExtensionType::SERVER_CERTIFICATE_TYPE => {
                is_worth_saying(&self.plan.config.server_certificate_types)
            }
            ExtensionType::USE_SRTP => !set.srtp_profiles.is_empty(),
            ExtensionType::MAX_FRAGMENT_LENGTH => set.max_fragment_length.is_some(),
            ExtensionType::RECORD_SIZE_LIMIT => set.record_size_limit.is_some(),
            ExtensionType::APPLICATION_LAYER_PROTOCOL_NEGOTIATION => {
                self.has_shown_alpn() && !set.alpn.is_empty()
            }
            ExtensionType::APPLICATION_SETTINGS | ExtensionType::APPLICATION_SETTINGS_OLD => {
                let settings = &set.application_settings;
                let is_ours = extension == settings.code_point.extension_type();
                is_ours && self.has_shown_alpn() && !settings.protocols.is_empty()
            }
            _ => false,
        }
    }
}
