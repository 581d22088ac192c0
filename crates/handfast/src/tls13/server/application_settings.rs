//! Application settings, the server's side (draft-vvv-tls-alps section 4): the client's own
//! EncryptedExtensions, which begin its second flight where both sides have settings.

use crate::connection::Broken;
use crate::fault::{Fault, OwnFailure};
use crate::handshake::input::Message;
use crate::handshake::proof::PeerSettled;
use crate::handshake::talk::malformed;
use crate::hello::application_settings;
use crate::session::SettingsPair;
use crate::tls13::server::choice::Choice;
use crate::tls13::server::{ServerHandshake, State};
use handfast_wire::codec::Wire;
use handfast_wire::handshake::{ClientEncryptedExtensionsSet, EncryptedExtensions};

impl ServerHandshake {
    /// This side's settings, where the client has some for the protocol, too.
    pub(super) fn own_application_settings(&self, choice: &Choice) -> Option<&[u8]> {
        let alpn = self.shared.talk.negotiated.alpn.as_deref();
        let own = || application_settings::own(&self.plan.common, alpn);
        choice.has_settings.then(own).flatten()
    }

    /// With what the client goes on: its settings, where it was told ours; else with its Finished, where it
    /// is settled who it is, or with its certificate.
    pub(super) fn second_flight(&self, peer: Option<PeerSettled>) -> State {
        match peer {
            _ if self.awaits_settings => State::WaitEncryptedExtensions(peer),
            Some(peer) => State::WaitFinished(peer),
            None => State::WaitCertificate,
        }
    }

    /// In `WaitEncryptedExtensions`.
    pub(super) fn encrypted_extensions(
        &mut self,
        peer: Option<PeerSettled>,
        message: Message<'_>,
    ) -> Result<State, Broken> {
        let common = &self.plan.common;
        let decoded = EncryptedExtensions::decode(message.body)
            .map_err(malformed(Fault::EncryptedExtensionsMalformed))?;
        if !decoded.extensions.is_present() {
            return Err(Fault::EncryptedExtensionsMalformed.into());
        }
        let agreed = common.set.application_settings.code_point.extension_type();
        let mut all = decoded.extensions.iter();
        if all.any(|one| one.extension_type != agreed) {
            return Err(Fault::ExtensionNotOffered.into());
        }
        let said = ClientEncryptedExtensionsSet::read(decoded.extensions)
            .map_err(malformed(Fault::EncryptedExtensionsMalformed))?;
        let settings = application_settings::of_client(common, &said)
            .ok_or(Fault::ApplicationSettingsMissing)?;
        let negotiated = &mut self.shared.talk.negotiated;
        let own = application_settings::own(common, negotiated.alpn.as_deref());
        let own = own.ok_or(OwnFailure::Crypto)?;
        negotiated.application_settings = Some(SettingsPair::new(own, settings));
        self.shared.talk.hear(message);
        self.awaits_settings = false;
        Ok(self.second_flight(peer))
    }
}
