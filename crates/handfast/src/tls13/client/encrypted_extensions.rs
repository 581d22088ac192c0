//! EncryptedExtensions (RFC 8446 section 4.3.1).

use crate::connection::{Broken, Output, PeerStanding};
use crate::fault::Fault;
use crate::handshake::input::Message;
use crate::handshake::proof::{PeerSettled, SignatureValid};
use crate::handshake::talk::malformed;
use crate::hello::{alpn, limits};
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
        let set = &self.plan.common.set;
        if let Some(answer) = answers.alpn {
            self.shared.talk.negotiated.alpn = Some(alpn::check_chosen(&set.alpn, answer)?);
        } else if !set.alpn.is_empty() && !self.plan.config.alpn_optional {
            return Err(Fault::AlpnNotCommon.into());
        }
        let answered = limits::Answered {
            max_fragment_length: answers.max_fragment_length,
            record_size_limit: answers.record_size_limit,
            family: Family::Tls13,
        };
        let limits = limits::check_chosen(set, &answered)?;
        self.shared.talk.negotiated.send_limit = limits.send;
        self.shared.talk.negotiated.receive_limit = limits.receive;
        out.send_limit(limits.send);
        out.receive_limit(limits.receive);
        self.early_data_answered(answers.early_data.is_some(), out)?;
        self.shared.talk.hear(message);
        // Of who knew a shared key there is no certificate to judge anew.
        let judges = self.plan.config.reverify_on_resume
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

    /// True for extensions that this client offered and that a server may
    /// answer here.
    fn has_offered(&self, extension: ExtensionType) -> bool {
        let set = &self.plan.common.set;
        match extension {
            ExtensionType::SERVER_NAME => {
                self.plan.config.send_server_name && matches!(self.name, ServerName::Dns(_))
            }
            ExtensionType::SUPPORTED_GROUPS => true,
            // RFC 8446 s4.2.10: only where the session goes on.
            ExtensionType::EARLY_DATA => self.awaits_early_data() && self.session.is_some(),
            ExtensionType::MAX_FRAGMENT_LENGTH => set.max_fragment_length.is_some(),
            ExtensionType::RECORD_SIZE_LIMIT => set.record_size_limit.is_some(),
            ExtensionType::APPLICATION_LAYER_PROTOCOL_NEGOTIATION => !set.alpn.is_empty(),
            _ => false,
        }
    }
}
