//! CertificateRequest and what the client answers (RFC 5246 sections 7.4.4,
//! 7.4.6 and 7.4.8).

use crate::classic::client::{ClientHandshake, State};
#[cfg(feature = "legacy")]
use crate::classic::profile::NoCertificate;
use crate::config::Credential;
use crate::connection::{Answer, Broken, Output};
use crate::fault::{Fault, OwnFailure};
use crate::handshake::input::{Message, unwelcome};
use crate::handshake::proof::{PeerSettled, SignatureValid};
use crate::handshake::shown::{Shown, SignedBytes};
use crate::handshake::talk::malformed;
use crate::hello::certificate_type::Types;
use crate::hello::credential::{self, Accepted};
use crate::suite::Family;
use handfast_crypto::signature::KeyKind;
use handfast_wire::codec::{List16, Wire};
use handfast_wire::extension::DistinguishedName;
use handfast_wire::handshake::{ClassicCertificateRequest, UnnamedCertificateRequest};
use handfast_wire::registry::{
    CertificateType, ClientCertificateType, HandshakeType, SignatureScheme,
};

/// Types, schemes and authorities.
type Asked<'m> = (&'m [u8], Vec<SignatureScheme>, Vec<Vec<u8>>);

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
        let (types, schemes, authorities) = self.asked_for(message.body)?;
        let has = |wanted: ClientCertificateType| types.contains(&wanted.0);
        self.wish = Some(Wish {
            schemes,
            #[cfg(feature = "legacy")]
            obsolete: self.shared.obsolete_schemes(),
            authorities,
            rsa: has(ClientCertificateType::RSA_SIGN),
            ecdsa: has(ClientCertificateType::ECDSA_SIGN),
        });
        self.shared.talk.negotiated.was_asked = true;
        self.shared.talk.hear(message);
        Ok(State::WaitServerHelloDone(proof))
    }

    /// Types, schemes and authorities of a CertificateRequest.
    fn asked_for<'m>(&self, body: &'m [u8]) -> Result<Asked<'m>, Broken> {
        let names = |list: List16<'m, DistinguishedName<'m>>| {
            list.iter().map(|name| name.to_vec()).collect::<Vec<_>>()
        };
        let broken = malformed(Fault::CertificateRequestMalformed);
        if self.shared.profile.signatures.are_implied() {
            let request = UnnamedCertificateRequest::decode(body).map_err(broken)?;
            let authorities = names(request.certificate_authorities);
            let schemes = self.shared.schemes().to_vec();
            return Ok((request.certificate_types.0, schemes, authorities));
        }
        let request = ClassicCertificateRequest::decode(body).map_err(broken)?;
        let authorities = names(request.certificate_authorities);
        let schemes = request.supported_signature_algorithms.iter().collect();
        Ok((request.certificate_types.0, schemes, authorities))
    }

    pub(super) fn credential_from_config(&self) -> Option<Result<Answer, Broken>> {
        let wish = self.wish.as_ref()?;
        let suits = |kind| wish.suits_key(kind);
        let own = self.shared.talk.negotiated.own_type;
        let accepted = wish.accepted(own, &suits);
        let chosen = credential::for_client(&self.plan.config, &accepted);
        Some(chosen.map(Answer::Credential))
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
        self.say_certificate(credential.as_ref(), out)?;
        self.say_client_key_exchange(out)?;
        let Some(credential) = credential else {
            return self.conclude(peer, out);
        };
        let suits = |kind| wish.suits_key(kind);
        let own = self.shared.talk.negotiated.own_type;
        let scheme = credential::require_scheme(&credential, &wish.accepted(own, &suits))?;
        // RFC 5246 s7.4.8: every message so far, by the scheme's own hash.
        let content = SignedBytes::from_slice(&self.shared.signed_messages(scheme)?);
        self.shown = Some(Shown {
            credential,
            scheme,
            content,
        });
        Ok(State::AwaitSignature(peer))
    }

    /// Says Certificate, or, with nothing to show, whatever the version has for that.
    fn say_certificate(
        &mut self,
        credential: Option<&Credential>,
        out: &mut Output,
    ) -> Result<(), Broken> {
        #[cfg(feature = "legacy")]
        if credential.is_none() && self.shared.profile.no_certificate == NoCertificate::Alert {
            out.no_certificate();
            return Ok(());
        }
        Ok(self.shared.say_certificate(credential, out)?)
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
        let signatures = self.shared.profile.signatures;
        self.shared
            .talk
            .say(out, HandshakeType::CERTIFICATE_VERIFY, |out| {
                signatures.write(algorithm, &signature, out);
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

    fn accepted<'a>(
        &'a self,
        own: CertificateType,
        suits_key: &'a dyn Fn(KeyKind) -> bool,
    ) -> Accepted<'a> {
        Accepted {
            schemes: &self.schemes,
            authorities: &self.authorities,
            #[cfg(feature = "legacy")]
            obsolete: self.obsolete,
            family: Family::Classic,
            delegation: None,
            types: Types::only(own),
            names_types: true,
            suits_key,
        }
    }
}
