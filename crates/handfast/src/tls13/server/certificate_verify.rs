//! CertificateVerify from the client (RFC 8446 section 4.4.3).

use crate::connection::Broken;
use crate::tls13::input::Message;
use crate::tls13::key_schedule::Traffic;
use crate::tls13::server::{ServerHandshake, State};

impl ServerHandshake {
    /// In `WaitCertificateVerify`.
    pub(super) fn certificate_verify(&mut self, message: Message<'_>) -> Result<State, Broken> {
        let proof = self
            .shared
            .hear_certificate_verify(Traffic::Client, message)?;
        Ok(State::AwaitVerdict(proof))
    }
}
