//! CertificateRequest and what the client answers (RFC 5246 sections 7.4.4,
//! 7.4.6 and 7.4.8).

use crate::classic::client::{ClientHandshake, State};
use crate::connection::{Answer, Broken, Output};
use crate::fault::{Fault, OwnFailure};
use crate::handshake::input::{Message, unwelcome};
use crate::handshake::proof::{PeerSettled, SignatureValid};
use crate::handshake::shown::Shown;
use crate::handshake::talk::malformed;
use crate::hello::credential::{self, Accepted};
use crate::suite::Family;
use handfast_crypto::signature::KeyKind;
use handfast_wire::codec::{Opaque16, Wire};
use handfast_wire::handshake::{CertificateVerify, ClassicCertificateRequest};
use handfast_wire::registry::{ClientCertificateType, HandshakeType, SignatureScheme};

/// What the server wants to see.
#[derive(Default)]
pub(crate) struct Wish {
    pub(crate) schemes: Vec<SignatureScheme>,
    /// Obsolete schemes that we sign with all the same.
    #[cfg(feature = "legacy")]
    obsolete: &'static [SignatureScheme],
    pub(crate) authorities: Vec<Vec<u8>>,
    rsa: bool,
    ecdsa: bool,
}

impl ClientHandshake {
    /// In `WaitRequestOrDone`.
    pub(super) fn certificate_request(
        &mut self,
        proof: SignatureValid,
        message: Message<'_>,
    ) -> Result<State, Broken> {
        let request = ClassicCertificateRequest::decode(message.body)
            .map_err(malformed(Fault::CertificateRequestMalformed))?;
        let has = |wanted: ClientCertificateType| request.certificate_types.contains(&wanted.0);
        self.wish = Some(Wish {
            schemes: request.supported_signature_algorithms.iter().collect(),
            #[cfg(feature = "legacy")]
            obsolete: self.plan.common.set.obsolete_schemes(),
            authorities: request
                .certificate_authorities
                .iter()
                .map(|name| name.to_vec())
                .collect(),
            rsa: has(ClientCertificateType::RSA_SIGN),
            ecdsa: has(ClientCertificateType::ECDSA_SIGN),
        });
        self.shared.talk.hear(message);
        Ok(State::WaitServerHelloDone(proof))
    }

    pub(super) fn credential_from_config(&self) -> Option<Answer> {
        let wish = self.wish.as_ref()?;
        let suits = |kind| wish.suits_key(kind);
        let chosen = credential::for_client(&self.plan.config.credentials, &wish.accepted(&suits));
        Some(Answer::Credential(chosen))
    }

    /// In `AwaitCredential`: Certificate, ClientKeyExchange, then the proof.
    pub(super) fn credential(
        &mut self,
        peer: PeerSettled,
        answer: Answer,
        out: &mut Output,
    ) -> Result<State, Broken> {
        let Answer::Credential(credential) = answer else {
            return Err(unwelcome(answer));
        };
        let wish = self.wish.take().unwrap_or_default();
        self.shared.say_certificate(credential.as_ref(), out)?;
        self.say_client_key_exchange(out)?;
        let Some(credential) = credential else {
            return self.conclude(peer, out);
        };
        let suits = |kind| wish.suits_key(kind);
        let scheme = credential::require_scheme(&credential, &wish.accepted(&suits))?;
        // RFC 5246 s7.4.8: every message so far, by the scheme's own hash.
        let content = self.shared.talk.transcript.messages()?.into();
        self.shown = Some(Shown {
            credential,
            scheme,
            content,
        });
        Ok(State::AwaitSignature(peer))
    }

    /// In `AwaitSignature`.
    pub(super) fn signature(
        &mut self,
        peer: PeerSettled,
        answer: Answer,
        out: &mut Output,
    ) -> Result<State, Broken> {
        let Answer::Signature(signature) = answer else {
            return Err(unwelcome(answer));
        };
        let algorithm = self.shown.take().ok_or(OwnFailure::Crypto)?.scheme;
        self.shared.talk.negotiated.own_scheme = Some(algorithm);
        let message = CertificateVerify {
            algorithm,
            signature: Opaque16(&signature),
        };
        self.shared
            .talk
            .say(out, HandshakeType::CERTIFICATE_VERIFY, |out| {
                message.write(out);
            })?;
        self.conclude(peer, out)
    }
}

impl Wish {
    /// True for keys of a kind that certificate_types names.
    fn suits_key(&self, kind: KeyKind) -> bool {
        match kind {
            KeyKind::Rsa { .. } | KeyKind::RsaPss { .. } => self.rsa,
            KeyKind::EcP256 | KeyKind::EcP384 | KeyKind::EcP521 | KeyKind::Ed25519 => self.ecdsa,
            _ => false,
        }
    }

    fn accepted<'a>(&'a self, suits_key: &'a dyn Fn(KeyKind) -> bool) -> Accepted<'a> {
        Accepted {
            schemes: &self.schemes,
            authorities: &self.authorities,
            #[cfg(feature = "legacy")]
            obsolete: self.obsolete,
            family: Family::Classic,
            suits_key,
        }
    }
}
