//! ServerKeyExchange, and our ClientKeyExchange (RFC 5246 sections 7.4.3 and 7.4.7).

use crate::classic::client::{ClientHandshake, State};
#[cfg(feature = "legacy")]
use crate::classic::key_exchange::rsa;
use crate::connection::{Broken, Output};
use crate::fault::{Fault, OwnFailure};
use crate::handshake::input::Message;
#[cfg(feature = "legacy")]
use crate::handshake::proof::{LeafKey, SignatureValid};
use crate::handshake::proof::{Signed, check_signature};
use crate::handshake::talk::malformed;
use crate::suite::{Family, find_group, is_classic_group};
use handfast_crypto::agreement::respond;
use handfast_wire::codec::{Opaque8, Opaque16, Wire};
use handfast_wire::handshake::EcdheServerKeyExchange;
use handfast_wire::registry::{EcCurveType, HandshakeType};

impl ClientHandshake {
    /// The certificate is all that RSA key exchange needs of the server.
    #[cfg(feature = "legacy")]
    pub(super) fn transport_key(&mut self, leaf: &LeafKey) -> Result<State, Broken> {
        let common = &self.plan.common;
        let made = rsa::make(leaf, common.legacy_version(), common)?;
        let proof = SignatureValid::by_key_transport(&made.0);
        self.shared.talk.peer_key = Some(leaf.kind());
        self.agreed = Some(made);
        Ok(State::WaitRequestOrDone(proof))
    }

    /// In `WaitServerKeyExchange`: the share is signed over both randoms.
    pub(super) fn server_key_exchange(&mut self, message: Message<'_>) -> Result<State, Broken> {
        let exchange = EcdheServerKeyExchange::decode(message.body)
            .map_err(malformed(Fault::ServerKeyExchangeMalformed))?;
        let params = exchange.params;
        if params.curve_type != EcCurveType::NAMED_CURVE {
            return Err(Fault::CurveTypeWrong.into());
        }
        let offered = self.plan.common.set.groups.contains(&params.named_curve);
        let group = find_group(params.named_curve)
            .filter(|_| offered && is_classic_group(params.named_curve));
        let group = group.ok_or(Fault::GroupNotOffered)?;
        let encoded = params.encode().map_err(|_| OwnFailure::MessageTooLong)?;
        let signed = Signed {
            family: Family::Classic,
            content: &self.shared.signed_params(&encoded),
            offered: &self.plan.common.set.schemes,
        };
        let leaf = self.leaf.take().ok_or(Fault::CertificateMissing)?;
        let proof = check_signature(&leaf, &exchange.signed, &signed)?;
        self.shared.talk.peer_key = Some(leaf.kind());
        let agreed = respond(group, params.public.0, &mut self.plan.common.draw())?;
        self.agreed = Some(agreed);
        self.shared.talk.negotiated.peer_scheme = Some(exchange.signed.algorithm);
        self.shared.talk.negotiated.group = params.named_curve;
        self.shared.talk.hear(message);
        Ok(State::WaitRequestOrDone(proof))
    }

    /// Says ClientKeyExchange; the keys follow from it.
    pub(super) fn say_client_key_exchange(&mut self, out: &mut Output) -> Result<(), Broken> {
        let (public, premaster) = self.agreed.take().ok_or(OwnFailure::Crypto)?;
        let transports = self.shared.suite.transports_key();
        self.shared
            .talk
            .say(out, HandshakeType::CLIENT_KEY_EXCHANGE, |out| {
                if transports {
                    Opaque16::<0>(&public).write(out);
                } else {
                    Opaque8::<1>(&public).write(out);
                }
            })?;
        Ok(self.shared.derive(premaster.as_bytes())?)
    }
}
