//! Certificate from the server (RFC 8446 section 4.4.2).

use crate::connection::Broken;
use crate::fault::Fault;
use crate::handshake::input::Message;
use crate::tls13::certificate::Wanted;
use crate::tls13::client::{ClientHandshake, State};
use crate::tls13::compressed_certificate;

impl ClientHandshake {
    /// In `WaitCertificateOrRequest` and `WaitCertificate`.
    pub(super) fn certificate(&mut self, message: Message<'_>) -> Result<State, Broken> {
        let config = &self.plan.config;
        let asked = Wanted {
            ocsp: config.request_ocsp,
            scts: config.request_scts,
            delegated: self.plan.common.takes_delegated(),
            ..Wanted::default()
        };
        let body = compressed_certificate::body(message, &self.plan.common)?;
        self.shared.keep_peer_chain(&body, &[], asked)?;
        if self.shared.talk.negotiated.peer_chain.shows_nothing() {
            return Err(Fault::CertificateMissing.into());
        }
        self.shared.talk.hear(message);
        Ok(State::WaitCertificateVerify)
    }
}
