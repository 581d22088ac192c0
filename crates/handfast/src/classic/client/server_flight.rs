//! The server's flight from Certificate to ServerHelloDone, but for its ServerKeyExchange
//! (RFC 5246 section 7.4, RFC 8422 section 5).

use crate::classic::client::{ClientHandshake, State};
#[cfg(feature = "legacy")]
use crate::connection::PeerStanding;
use crate::connection::{Broken, Output};
use crate::fault::Fault;
use crate::handshake::input::Message;
use crate::handshake::proof::{LeafKey, SignatureValid};
use crate::handshake::talk::malformed;
use crate::suite::curve_of;
use handfast_wire::codec::Wire;
use handfast_wire::extension::CertificateStatus;
use handfast_wire::registry::CertificateStatusType;

impl ClientHandshake {
    /// In `WaitCertificate`.
    pub(super) fn certificate(&mut self, message: Message<'_>) -> Result<State, Broken> {
        self.shared.hear_certificate(message)?;
        let leaf = self
            .shared
            .talk
            .negotiated
            .peer_chain
            .identity()
            .ok_or(Fault::CertificateMissing)?;
        let any = self.plan.common.set.danger_any_key_usage;
        let small = self.plan.common.set.takes_small_rsa();
        let leaf = LeafKey::of(leaf)?
            .danger_any_usage(any)
            .danger_small_rsa(small);
        let kind = leaf.kind();
        if !self.shared.suite.suits_key(kind) {
            return Err(Fault::CertificateWrongForSuite.into());
        }
        self.shared.check_kind(kind)?;
        // RFC 8422 s5.3: ECDSA is held to the curves that were offered.
        let offered = &self.plan.common.set.groups;
        if curve_of(kind).is_some_and(|curve| !offered.contains(&curve)) {
            return Err(Fault::CertificateCurveNotOffered.into());
        }
        #[cfg(feature = "legacy")]
        if self.shared.suite.transports_key() {
            return self.transport_key(&leaf);
        }
        self.leaf = Some(leaf);
        Ok(State::WaitServerKeyExchange)
    }

    /// In `WaitServerKeyExchange`, once, when it was promised (RFC 6066 section 8).
    pub(super) fn certificate_status(&mut self, message: Message<'_>) -> Result<(), Broken> {
        let status = CertificateStatus::decode(message.body)
            .map_err(malformed(Fault::CertificateStatusMalformed))?;
        if status.status_type != CertificateStatusType::OCSP {
            return Err(Fault::CertificateStatusMalformed.into());
        }
        self.status_promised = false;
        self.shared.talk.negotiated.ocsp_response = Some(status.response.to_vec().into());
        self.shared.talk.hear(message);
        Ok(())
    }

    /// In `WaitRequestOrDone` and `WaitServerHelloDone`.
    pub(super) fn server_hello_done(
        &mut self,
        proof: SignatureValid,
        message: Message<'_>,
        out: &mut Output,
    ) -> Result<State, Broken> {
        if !message.body.is_empty() {
            return Err(Fault::ServerHelloDoneMalformed.into());
        }
        self.shared.talk.hear(message);
        #[cfg(feature = "legacy")]
        if self.shared.suite.shares_key() {
            return Ok(State::AwaitPsk(proof));
        }
        #[cfg(feature = "legacy")]
        if self.shared.suite.is_anonymous() {
            return self.go_on_unjudged(proof, PeerStanding::Anonymous, out);
        }
        let _ = out;
        Ok(State::AwaitVerdict(proof))
    }
}
