//! The client's flight from Certificate to CertificateVerify, but for its ClientKeyExchange
//! (RFC 5246 sections 7.4.6 and 7.4.8).

use crate::classic::server::{ServerHandshake, State};
use crate::config::ClientAuth;
use crate::connection::{Broken, PeerStanding};
use crate::fault::Fault;
use crate::handshake::input::Message;
use crate::handshake::proof::{LeafKey, PeerSettled, Signed, check_signature};
use crate::handshake::talk::malformed;
use crate::suite::Family;
use handfast_wire::codec::Wire;
use handfast_wire::handshake::CertificateVerify;

impl ServerHandshake {
    /// In `WaitCertificate`.
    pub(super) fn certificate(&mut self, message: Message<'_>) -> Result<State, Broken> {
        self.shared.hear_certificate(message)?;
        if !self.shared.talk.negotiated.peer_chain.is_empty() {
            return Ok(State::WaitClientKeyExchange(None));
        }
        if matches!(self.plan.config.client_auth, ClientAuth::Require(_)) {
            return Err(Fault::ClassicCertificateRequired.into());
        }
        self.shared.talk.negotiated.peer_standing = PeerStanding::Anonymous;
        Ok(State::WaitClientKeyExchange(Some(PeerSettled::anonymous())))
    }

    /// In `WaitCertificateVerify`: signed is every message so far.
    pub(super) fn certificate_verify(&mut self, message: Message<'_>) -> Result<State, Broken> {
        let verify = CertificateVerify::decode(message.body)
            .map_err(malformed(Fault::CertificateVerifyMalformed))?;
        let leaf = self
            .shared
            .talk
            .negotiated
            .peer_chain
            .first()
            .ok_or(Fault::CertificateMissing)?;
        let leaf = LeafKey::read(leaf)?;
        let signed = Signed {
            family: Family::Classic,
            content: self.shared.talk.transcript.messages()?,
            offered: &self.plan.common.set.schemes,
        };
        let proof = check_signature(&leaf, &verify, &signed)?;
        self.shared.talk.peer_key = Some(leaf.kind());
        self.shared.talk.negotiated.peer_scheme = Some(verify.algorithm);
        self.shared.talk.hear(message);
        Ok(State::AwaitVerdict(proof))
    }
}
