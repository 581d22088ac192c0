//! Early data, the client's side (RFC 8446 section 4.2.10): what the server made of it.

use crate::connection::{Broken, EarlyData, EarlyDataReason, Output};
use crate::fault::{Fault, OwnFailure};
use crate::handshake::side::Side;
use crate::tls13::client::ClientHandshake;
use handfast_wire::registry::HandshakeType;

impl ClientHandshake {
    /// True while the server has not said what becomes of the early data that was offered.
    pub(super) fn awaits_early_data(&self) -> bool {
        self.offer.early.is_some()
    }

    /// The server does not take it: what was sent is gone.
    pub(super) fn early_data_rejected(&mut self, reason: EarlyDataReason) {
        if self.offer.early.take().is_some() {
            self.shared.talk.negotiated.early_data = EarlyData::Rejected(reason);
        }
    }

    /// EncryptedExtensions tell. Where they accept, all must be as the session has it.
    pub(super) fn early_data_answered(
        &mut self,
        is_accepted: bool,
        out: &mut Output,
    ) -> Result<(), Broken> {
        if !self.awaits_early_data() {
            return Ok(());
        }
        if !is_accepted {
            self.early_data_rejected(EarlyDataReason::PeerDeclined);
            self.shared.send_under_handshake_keys(Side::Client, out)?;
            return Ok(());
        }
        let session = self.session.as_ref().ok_or(Fault::ExtensionNotOffered)?;
        if self.shared.suite()?.code != session.suite {
            return Err(Fault::EarlyDataSuiteChanged.into());
        }
        let negotiated = &mut self.shared.talk.negotiated;
        if negotiated.alpn.as_deref().unwrap_or_default() != session.alpn {
            return Err(Fault::EarlyDataAlpnChanged.into());
        }
        negotiated.early_data = EarlyData::Accepted;
        Ok(())
    }

    /// RFC 8446 s4.5: after the server's Finished, under the keys of the early data itself.
    pub(super) fn say_end_of_early_data(&mut self, out: &mut Output) -> Result<(), OwnFailure> {
        if self.offer.early.take().is_none() {
            return Ok(());
        }
        self.shared
            .talk
            .say(out, HandshakeType::END_OF_EARLY_DATA, |_| {})?;
        self.shared.send_under_handshake_keys(Side::Client, out)
    }
}
