//! Certificate from the client (RFC 8446 section 4.4.2).

use crate::config::ClientAuth;
use crate::connection::{Broken, PeerStanding};
use crate::fault::Fault;
use crate::handshake::input::Message;
use crate::handshake::proof::PeerSettled;
use crate::tls13::server::{ServerHandshake, State};
use crate::tls13::shared::Wanted;

impl ServerHandshake {
    /// In `WaitCertificate`.
    pub(super) fn certificate(&mut self, message: Message<'_>) -> Result<State, Broken> {
        self.shared
            .keep_peer_chain(message, &[], Wanted::default())?;
        self.shared.talk.hear(message);
        if !self.shared.talk.negotiated.peer_chain.is_empty() {
            return Ok(State::WaitCertificateVerify);
        }
        if matches!(self.plan.config.client_auth, ClientAuth::Require(_)) {
            return Err(Fault::CertificateRequired.into());
        }
        self.shared.talk.negotiated.peer_standing = PeerStanding::Anonymous;
        Ok(State::WaitFinished(PeerSettled::anonymous()))
    }
}
