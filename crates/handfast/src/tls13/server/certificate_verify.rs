//! CertificateVerify from the client (RFC 8446 section 4.4.3).

use crate::connection::Broken;
use crate::handshake::input::Message;
use crate::handshake::side::Side;
use crate::tls13::server::{ServerHandshake, State};

impl ServerHandshake {
    /// In `WaitCertificateVerify`.
    pub(super) fn certificate_verify(&mut self, message: Message<'_>) -> Result<State, Broken> {
        let proof = self.shared.hear_certificate_verify(Side::Client, message)?;
        Ok(State::AwaitVerdict(proof))
    }
}
