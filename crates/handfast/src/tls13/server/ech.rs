//! Encrypted ClientHello, the server's side: saying that it was opened (RFC 9849 section 7.2), or what to
//! use instead (section 7.1).

use crate::ech::{CONFIRMATION, EchStatus, confirm_hello, confirm_retry, retry_configs};
use crate::fault::OwnFailure;
use crate::tls13::server::ServerHandshake;
use handfast_wire::codec::Writer;
use handfast_wire::extension::EncryptedClientHello;
use handfast_wire::handshake::{ClientHelloExtensions, HandshakeHeader};
use handfast_wire::registry::HandshakeType;

impl ServerHandshake {
    /// Notes what a ClientHello says that is not known yet from opening it.
    pub(super) fn note_ech(&mut self, extensions: &ClientHelloExtensions<'_>) {
        let status = &mut self.shared.talk.negotiated.ech;
        match (*status, extensions.encrypted_client_hello) {
            (EchStatus::NotOffered, Some(EncryptedClientHello::Outer(_))) => {
                *status = EchStatus::Rejected;
            }
            // Another server has opened it, and passed it on.
            (EchStatus::NotOffered, Some(EncryptedClientHello::Inner)) => {
                *status = EchStatus::Relayed;
            }
            _ => {}
        }
    }

    /// True where the ClientHello in force is an inner one.
    pub(super) fn is_ech_opened(&self) -> bool {
        let status = self.shared.talk.negotiated.ech;
        matches!(status, EchStatus::Accepted | EchStatus::Relayed)
    }

    /// What clients are told whose ClientHello did not open.
    pub(super) fn ech_retry_configs(&self) -> Option<Vec<u8>> {
        let talk = &self.shared.talk;
        match talk.negotiated.ech {
            EchStatus::Rejected => retry_configs(&self.plan.config.ech_keys)
                .or_else(|| talk.ech_retry_configs.as_deref().map(<[u8]>::to_vec)),
            _ => None,
        }
    }

    /// Puts the confirmation at the end of ServerHello.random. `body` writes one with this random.
    pub(super) fn confirm_hello(
        &self,
        random: &mut [u8; 32],
        body: impl FnOnce(&[u8; 32], &mut Writer<'_>),
    ) -> Result<(), OwnFailure> {
        let Some(place) = random.last_chunk_mut::<CONFIRMATION>() else {
            return Err(OwnFailure::Crypto);
        };
        place.fill(0);
        let message = server_hello(|out| body(random, out))?;
        let (hash, talk) = (self.shared.suite()?.hash, &self.shared.talk);
        let heard = talk.transcript.with(hash, &message).current();
        let confirmed = confirm_hello(hash, &talk.client_random, &heard)?;
        if let Some(place) = random.last_chunk_mut() {
            *place = confirmed.0;
        }
        Ok(())
    }

    /// The confirmation of a HelloRetryRequest that `body` writes with zeros in its place.
    pub(super) fn confirm_retry(
        &self,
        inner_random: &[u8; 32],
        body: impl FnOnce(&mut Writer<'_>),
    ) -> Result<[u8; CONFIRMATION], OwnFailure> {
        if !self.is_ech_opened() {
            return Ok([0; CONFIRMATION]);
        }
        let message = server_hello(body)?;
        let (hash, talk) = (self.shared.suite()?.hash, &self.shared.talk);
        let heard = talk.transcript.with(hash, &message).current();
        Ok(confirm_retry(hash, inner_random, &heard)?.0)
    }
}

/// A ServerHello, header included.
fn server_hello(body: impl FnOnce(&mut Writer<'_>)) -> Result<Vec<u8>, OwnFailure> {
    let mut message = Vec::with_capacity(1536);
    let mut writer = Writer::new(&mut message);
    HandshakeHeader::write(HandshakeType::SERVER_HELLO, &mut writer, body);
    writer.finish().map_err(|_| OwnFailure::MessageTooLong)?;
    Ok(message)
}
