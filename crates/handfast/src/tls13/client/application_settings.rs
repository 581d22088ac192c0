//! Application settings, the client's side (draft-vvv-tls-alps section 4): what the server says, and the
//! client's own EncryptedExtensions.

use crate::connection::{Broken, EarlyData, Output};
use crate::fault::{Fault, OwnFailure};
use crate::hello::application_settings;
use crate::session::SettingsPair;
use crate::tls13::client::ClientHandshake;
use handfast_wire::extension::{Extensions, ExtensionsWriter};
use handfast_wire::registry::HandshakeType;

impl ClientHandshake {
    /// What EncryptedExtensions say, once the protocol and what becomes of early data is known.
    pub(super) fn settle_application_settings(
        &mut self,
        answers: Extensions<'_>,
    ) -> Result<(), Broken> {
        let common = &self.plan.common;
        let said = application_settings::said(common, answers);
        let negotiated = &mut self.shared.talk.negotiated;
        if negotiated.early_data == EarlyData::Accepted {
            // It was said under those of the session, which go on with it.
            if said.is_some() {
                return Err(Fault::ApplicationSettingsRepeated.into());
            }
            let session = self.session.as_ref();
            let kept = session.and_then(|session| session.application_settings.clone());
            negotiated.application_settings = kept;
            return Ok(());
        }
        let Some(said) = said else { return Ok(()) };
        let own = application_settings::own(common, negotiated.alpn.as_deref());
        let own = own.ok_or(Fault::ApplicationSettingsNotOffered)?;
        // Who has not opened the encrypted ClientHello is not whom they are for.
        let own = if self.is_ech_rejected() { &[] } else { own };
        let both = SettingsPair::new(own, said);
        self.shared.talk.negotiated.application_settings = Some(both);
        Ok(())
    }

    /// Behind the server's Finished, before anything else that follows it under the handshake's keys.
    pub(super) fn say_application_settings(&mut self, out: &mut Output) -> Result<(), OwnFailure> {
        let talk = &mut self.shared.talk;
        if talk.negotiated.early_data == EarlyData::Accepted {
            return Ok(());
        }
        let Some(both) = talk.negotiated.application_settings.take() else {
            return Ok(());
        };
        let common = &self.plan.common;
        talk.say(out, HandshakeType::ENCRYPTED_EXTENSIONS, |out| {
            out.prefixed::<2>(|out| {
                application_settings::write(common, &both.own, &mut ExtensionsWriter::new(out));
            });
        })?;
        talk.negotiated.application_settings = Some(both);
        Ok(())
    }
}
