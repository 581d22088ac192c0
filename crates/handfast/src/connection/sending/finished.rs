//! The Finished of a client that was asked for a certificate after the handshake.

use crate::connection::sending::Sending;
use crate::fault::{Error, Misuse};
use crate::observe::Passed;
use crate::tls13::key_schedule::{expander, finished_mac};
use handfast_crypto::hash::Digest;
use handfast_wire::handshake::HandshakeHeader;
use handfast_wire::registry::HandshakeType;

/// Bytes of the longest hash.
const MOST_MAC: usize = 64;
/// Bytes that a script may make of it.
const MOST_SCRIPTED: usize = 1024;

impl Sending {
    /// Says Finished over `transcript` under the secret in use: one that a KeyUpdate has replaced
    /// since the answer was made would be wrong (RFC 8446 section 4.4).
    pub(super) fn answer_finished(
        &mut self,
        transcript: &Digest,
        out: &mut [u8],
    ) -> Result<usize, Error> {
        let (Some(suite), Some(secret)) = (self.suite, self.secret.as_ref()) else {
            return Err(Misuse::NotConnected.into());
        };
        let mac = finished_mac(suite, &expander(suite, secret), transcript)?;
        let mac = mac.as_ref();
        let length = u8::try_from(mac.len()).unwrap_or(u8::MAX);
        let mut message = [&[HandshakeType::FINISHED.0, 0, 0, length], mac].concat();
        if let Some(script) = self.script() {
            message = script.say(HandshakeType::FINISHED, message).concat();
            message.truncate(MOST_SCRIPTED);
        }
        if message.is_empty() {
            return Ok(0);
        }
        self.observe(Passed::Handshake {
            msg_type: HandshakeType::FINISHED,
            bytes: &message,
        });
        self.write_messages(&message, out)
    }

    /// Bytes that the message has at the most.
    pub(super) fn finished_room(&self) -> usize {
        match self.script() {
            Some(_) => MOST_SCRIPTED,
            None => HandshakeHeader::LENGTH + MOST_MAC,
        }
    }

    fn script(&self) -> Option<&dyn crate::observe::Script> {
        self.common.as_ref()?.set.danger_script.as_deref()
    }
}
