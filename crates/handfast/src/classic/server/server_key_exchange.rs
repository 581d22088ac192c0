//! ServerKeyExchange (RFC 5246 section 7.4.3, RFC 8422 section 5.4).

use crate::classic::key_exchange::OwnPart;
use crate::classic::server::{ServerHandshake, State};
use crate::connection::{Answer, Broken, Output};
use crate::fault::OwnFailure;
use crate::handshake::input::unwelcome;
use handfast_wire::codec::Writer;
use handfast_wire::registry::HandshakeType;

impl ServerHandshake {
    /// In `AwaitSignature`: the rest of the flight.
    pub(super) fn signature(&mut self, answer: Answer, out: &mut Output) -> Result<State, Broken> {
        let Answer::Signature(signature) = answer else {
            return Err(unwelcome(answer));
        };
        let scheme = self.shown.take().ok_or(OwnFailure::Crypto)?.scheme;
        self.shared.talk.negotiated.own_scheme = Some(scheme);
        let signatures = self.shared.profile.signatures;
        let own = self.own_part.as_ref().ok_or(OwnFailure::Crypto)?;
        self.shared
            .talk
            .say(out, HandshakeType::SERVER_KEY_EXCHANGE, |out| {
                own.write_params(out);
                signatures.write(scheme, &signature, out);
            })?;
        self.say_rest(out)
    }
}

/// The parameters, as they are signed and said.
pub(super) fn params(own: &OwnPart) -> Result<Vec<u8>, OwnFailure> {
    let mut params = Vec::new();
    let mut writer = Writer::new(&mut params);
    own.write_params(&mut writer);
    writer.finish().map_err(|_| OwnFailure::MessageTooLong)?;
    Ok(params)
}
