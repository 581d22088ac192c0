//! ServerKeyExchange (RFC 5246 section 7.4.3, RFC 8422 section 5.4).

use crate::classic::server::{ServerHandshake, State};
use crate::connection::{Answer, Broken, Output};
use crate::fault::OwnFailure;
use crate::handshake::input::unwelcome;
use crate::suite::NO_GROUP;
use handfast_crypto::agreement::OwnKeyShare;
use handfast_wire::codec::{Opaque8, Opaque16, Wire};
use handfast_wire::handshake::{CertificateVerify, EcdheParams, EcdheServerKeyExchange};
use handfast_wire::registry::{EcCurveType, HandshakeType};

impl ServerHandshake {
    pub(super) fn params<'s>(&self, share: &'s OwnKeyShare) -> EcdheParams<'s> {
        EcdheParams {
            curve_type: EcCurveType::NAMED_CURVE,
            named_curve: self.choice.group.unwrap_or(NO_GROUP),
            public: Opaque8(share.public()),
        }
    }

    /// In `AwaitSignature`: the rest of the flight.
    pub(super) fn signature(&mut self, answer: Answer, out: &mut Output) -> Result<State, Broken> {
        let Answer::Signature(signature) = answer else {
            return Err(unwelcome(answer));
        };
        let algorithm = self.shown.take().ok_or(OwnFailure::Crypto)?.scheme;
        self.shared.talk.negotiated.own_scheme = Some(algorithm);
        let share = self.share.take().ok_or(OwnFailure::Crypto)?;
        let signed = CertificateVerify {
            algorithm,
            signature: Opaque16(&signature),
        };
        let message = EcdheServerKeyExchange {
            params: self.params(&share),
            signed,
        };
        self.shared
            .talk
            .say(out, HandshakeType::SERVER_KEY_EXCHANGE, |out| {
                message.write(out);
            })?;
        self.share = Some(share);
        self.say_rest(out)
    }
}
