//! `digitally-signed` (RFC 5246 section 4.7): with its scheme before it, or, before TLS 1.2, with
//! the one that the key implies.

use crate::classic::profile::Signatures;
use crate::classic::shared::Shared;
use crate::fault::{Fault, OwnFailure};
use crate::handshake::shown::SignedBytes;
#[cfg(feature = "legacy")]
use handfast_crypto::legacy::double_hash::DoubleHash;
use handfast_crypto::signature::KeyKind;
use handfast_wire::codec::{DecodeFault, Opaque16, Reader, Wire, Writer};
use handfast_wire::handshake::CertificateVerify;
use handfast_wire::registry::{ClientCertificateType, SignatureScheme};
use std::borrow::Cow;

/// What keys imply: MD5 and SHA-1 together for RSA, SHA-1 for ECDSA (RFC 2246 section 7.4.3,
/// RFC 4492 section 5.4).
#[cfg(feature = "legacy")]
const IMPLIED: [SignatureScheme; 2] = [
    SignatureScheme::RSA_PKCS1_MD5_SHA1,
    SignatureScheme::ECDSA_SHA1,
];

impl Signatures {
    /// The scheme that a key of this kind signs by, where none is named.
    #[cfg(feature = "legacy")]
    pub(super) fn implied(self, kind: KeyKind) -> Option<SignatureScheme> {
        match (self, kind) {
            (Self::Named, _) => None,
            (_, KeyKind::Rsa { .. }) => Some(SignatureScheme::RSA_PKCS1_MD5_SHA1),
            // Curves came after SSL 3.0 (RFC 4492 section 5.4).
            (Self::Implied, KeyKind::EcP256 | KeyKind::EcP384 | KeyKind::EcP521) => {
                Some(SignatureScheme::ECDSA_SHA1)
            }
            _ => None,
        }
    }

    /// True where no message names schemes.
    pub(super) fn are_implied(self) -> bool {
        match self {
            Self::Named => false,
            #[cfg(feature = "legacy")]
            Self::Implied | Self::ImpliedNested => true,
        }
    }

    /// Kinds of key that a client may prove itself with, by their old numbers.
    pub(super) fn certificate_types(self) -> &'static [u8] {
        const BOTH: [u8; 2] = [
            ClientCertificateType::ECDSA_SIGN.0,
            ClientCertificateType::RSA_SIGN.0,
        ];
        match self {
            Self::Named => &BOTH,
            #[cfg(feature = "legacy")]
            Self::Implied => &BOTH,
            #[cfg(feature = "legacy")]
            Self::ImpliedNested => &[ClientCertificateType::RSA_SIGN.0],
        }
    }

    /// Writes a signature.
    pub(super) fn write(self, algorithm: SignatureScheme, signature: &[u8], out: &mut Writer<'_>) {
        let signature = Opaque16(signature);
        if self.are_implied() {
            signature.write(out);
        } else {
            CertificateVerify {
                algorithm,
                signature,
            }
            .write(out);
        }
    }

    /// Reads a signature of a key of this kind. Where that implies no scheme it gets one that was
    /// never offered.
    #[cfg_attr(
        not(feature = "legacy"),
        expect(unused_variables, reason = "the scheme is always named")
    )]
    pub(super) fn read<'m>(
        self,
        kind: KeyKind,
        reader: &mut Reader<'m>,
    ) -> Result<CertificateVerify<'m>, DecodeFault> {
        #[cfg(feature = "legacy")]
        if self.are_implied() {
            return Ok(CertificateVerify {
                algorithm: self.implied(kind).unwrap_or(SignatureScheme(0)),
                signature: reader.field("signature", Opaque16::read)?,
            });
        }
        CertificateVerify::read(reader)
    }
}

impl Shared {
    /// Schemes that a peer may sign by.
    pub(super) fn schemes(&self) -> &[SignatureScheme] {
        #[cfg(feature = "legacy")]
        if self.profile.signatures.are_implied() {
            return &IMPLIED;
        }
        &self.talk.common.set.schemes
    }

    /// Schemes that no current version signs by and that this side signs by all the same.
    #[cfg(feature = "legacy")]
    pub(super) fn obsolete_schemes(&self) -> &'static [SignatureScheme] {
        match self.profile.signatures {
            Signatures::Named => self.talk.common.set.obsolete_schemes(),
            Signatures::Implied | Signatures::ImpliedNested => &IMPLIED,
        }
    }

    /// A key of a kind that signs in no way that this version has: what it proves could not be
    /// checked.
    pub(super) fn check_kind(&self, kind: KeyKind) -> Result<(), Fault> {
        #[cfg(feature = "legacy")]
        if self.profile.signatures.are_implied() && self.profile.signatures.implied(kind).is_none()
        {
            return Err(Fault::CertificateKindRefused);
        }
        let _ = kind;
        Ok(())
    }

    /// True where both hashes are signed. A peer that names that scheme, which only versions imply
    /// that name none, is refused for it, not for what it signed.
    #[cfg(feature = "legacy")]
    fn signs_both_hashes(&self, scheme: SignatureScheme) -> bool {
        self.profile.signatures.are_implied() && scheme == SignatureScheme::RSA_PKCS1_MD5_SHA1
    }

    /// What ServerKeyExchange signs: both randoms, then its parameters (RFC 8422 section 5.4).
    #[cfg_attr(
        not(feature = "legacy"),
        expect(unused_variables, reason = "every scheme signs the same bytes")
    )]
    pub(super) fn signed_params(&self, scheme: SignatureScheme, params: &[u8]) -> SignedBytes {
        let parts = [&self.randoms.client, &self.randoms.server, params];
        let mut content = SignedBytes::new();
        #[cfg(feature = "legacy")]
        if self.signs_both_hashes(scheme) {
            let mut hashes = DoubleHash::new();
            parts.into_iter().for_each(|part| hashes.update(part));
            content.extend_from_slice(hashes.current().as_bytes());
            return content;
        }
        for part in parts {
            content.extend_from_slice(part);
        }
        content
    }

    /// What CertificateVerify signs: every message so far (RFC 5246 section 7.4.8).
    #[cfg_attr(
        not(feature = "legacy"),
        expect(unused_variables, reason = "every scheme signs the same bytes")
    )]
    pub(super) fn signed_messages(
        &self,
        scheme: SignatureScheme,
    ) -> Result<Cow<'_, [u8]>, OwnFailure> {
        #[cfg(feature = "legacy")]
        if self.signs_both_hashes(scheme) {
            let hashes = self.talk.transcript.double()?;
            let signed = match self.profile.signatures {
                Signatures::ImpliedNested => hashes.ssl3(&[], self.master()?.as_bytes()),
                _ => hashes.current(),
            };
            return Ok(Cow::Owned(signed.as_bytes().to_vec()));
        }
        Ok(Cow::Borrowed(self.talk.transcript.messages()?))
    }
}
