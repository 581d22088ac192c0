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
use handfast_wire::codec::Reader;

impl ServerHandshake {
    /// In `WaitCertificate`.
    pub(super) fn certificate(&mut self, message: Message<'_>) -> Result<State, Broken> {
        self.shared.hear_certificate(message)?;
        if let Some(leaf) = self.shared.talk.negotiated.peer_chain.identity() {
            if self.shared.profile.signatures.are_implied() {
                self.shared.check_kind(LeafKey::of(leaf)?.kind())?;
            }
            return Ok(State::WaitClientKeyExchange(None));
        }
        self.no_certificate()
    }

    /// The client has nothing to show.
    pub(super) fn no_certificate(&mut self) -> Result<State, Broken> {
        if matches!(self.client_auth(), ClientAuth::Require(_)) {
            return Err(Fault::ClassicCertificateRequired.into());
        }
        if let Some(again) = &self.shared.talk.again {
            again.check_peer(None)?;
        }
        self.shared.talk.negotiated.peer_standing = PeerStanding::Anonymous;
        Ok(State::WaitClientKeyExchange(Some(PeerSettled::anonymous())))
    }

    /// In `WaitCertificateVerify`: signed is every message so far.
    pub(super) fn certificate_verify(&mut self, message: Message<'_>) -> Result<State, Broken> {
        let leaf = self
            .shared
            .talk
            .negotiated
            .peer_chain
            .identity()
            .ok_or(Fault::CertificateMissing)?;
        let small = self.plan.common.set.takes_small_rsa();
        let leaf = LeafKey::of(leaf)?.danger_small_rsa(small);
        let mut reader = Reader::new(message.body);
        let verify = self
            .shared
            .profile
            .signatures
            .read(leaf.kind(), &mut reader);
        let verify = verify.and_then(|verify| reader.finish().map(|()| verify));
        let verify = verify.map_err(malformed(Fault::CertificateVerifyMalformed))?;
        let signed = Signed {
            family: Family::Classic,
            content: &self.shared.signed_messages(verify.algorithm)?,
            offered: self.shared.schemes(),
        };
        let proof = check_signature(&leaf, &verify, &signed)?;
        self.shared.talk.peer_key = Some(leaf.kind());
        self.shared.talk.negotiated.peer_scheme = Some(verify.algorithm);
        self.shared.talk.hear(message);
        Ok(State::AwaitVerdict(proof))
    }
}
