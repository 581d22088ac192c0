//! Certificate from the client (RFC 8446 section 4.4.2).

use crate::config::ClientAuth;
use crate::connection::{Broken, PeerStanding};
use crate::fault::Fault;
use crate::handshake::input::Message;
use crate::handshake::proof::PeerSettled;
use crate::tls13::certificate::Wanted;
use crate::tls13::compressed_certificate;
use crate::tls13::server::{ServerHandshake, State};

impl ServerHandshake {
    /// In `WaitCertificate`.
    pub(super) fn certificate(&mut self, message: Message<'_>) -> Result<State, Broken> {
        let body = compressed_certificate::body(message, &self.plan.common)?;
        let asked = Wanted {
            delegated: self.plan.common.takes_delegated(),
            ..Wanted::default()
        };
        self.shared.keep_peer_chain(&body, &[], asked)?;
        self.shared.talk.hear(message);
        if !self.shared.talk.negotiated.peer_chain.shows_nothing() {
            return Ok(State::WaitCertificateVerify);
        }
        if matches!(self.plan.config.client_auth, ClientAuth::Require(_)) {
            return Err(Fault::CertificateRequired.into());
        }
        self.shared.talk.negotiated.peer_standing = PeerStanding::Anonymous;
        Ok(State::WaitFinished(PeerSettled::anonymous()))
    }
}
