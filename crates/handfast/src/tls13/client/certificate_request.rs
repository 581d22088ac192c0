//! CertificateRequest (RFC 8446 section 4.3.2).

use crate::connection::Broken;
use crate::fault::Fault;
use crate::handshake::input::Message;
use crate::tls13::client::{ClientHandshake, State};
use crate::tls13::wish::Wish;

impl ClientHandshake {
    /// In `WaitCertificateOrRequest`.
    pub(super) fn certificate_request(&mut self, message: Message<'_>) -> Result<State, Broken> {
        let wish = Wish::read(message, &self.plan.common, self.shared.talk.now)?;
        // RFC 8446 s4.3.2: empty unless it comes after the handshake.
        if !wish.context.is_empty() {
            return Err(Fault::RequestContextWrong.into());
        }
        self.wish = Some(wish);
        self.shared.talk.negotiated.was_asked = true;
        self.shared.talk.hear(message);
        Ok(State::WaitCertificate)
    }
}
