//! A certificate's bytes (RFC 5280 section 4.1).

use handfast_crypto::hash::{HashAlgorithm, digest};
use handfast_crypto::signature::{KeyKind, PrivateKey, PublicKey};

use crate::error::CaError;
use crate::extension::{KeyIdentifiers, extensions};
use crate::profile::{Profile, Validity};
use crate::serial::SerialNumber;
use crate::signature::algorithm;
use crate::write::{Der, constructed, integer, sequence, time};

/// Who signs: the key, the name byte for byte as its own certificate has it, and the key's
/// identifier, which is whatever that certificate says.
pub(crate) struct Issuer<'a> {
    pub(crate) key: &'a PrivateKey,
    pub(crate) name: &'a [u8],
    pub(crate) key_id: &'a [u8],
}

/// A public key that a certificate is for.
pub(crate) struct SubjectKey<'a> {
    /// SubjectPublicKeyInfo, header included.
    spki: &'a [u8],
    kind: KeyKind,
    id: Vec<u8>,
}

impl<'a> SubjectKey<'a> {
    pub(crate) fn read(spki: &'a [u8]) -> Result<Self, CaError> {
        let key = PublicKey::from_spki(spki).map_err(|_| CaError::UnsupportedKey)?;
        Ok(Self {
            spki,
            kind: key.kind(),
            id: key_identifier(spki)?,
        })
    }

    pub(crate) fn id(&self) -> &[u8] {
        &self.id
    }
}

/// TBSCertificate: what gets signed.
pub(crate) fn tbs_certificate(
    profile: &Profile,
    validity: Validity,
    key: &SubjectKey<'_>,
    issuer: &Issuer<'_>,
) -> Der {
    profile.subject.check()?;
    let serial = match &profile.serial {
        Some(serial) => serial.clone(),
        None => SerialNumber::random()?,
    };
    let identifiers = KeyIdentifiers {
        subject: key.id(),
        issuer: issuer.key_id,
    };
    let (_, identifier) = algorithm(issuer.key.kind())?;
    sequence(&[
        // Version 3 is written as 2.
        &constructed(0, &[&integer(&[2])?])?,
        &integer(serial.as_bytes())?,
        &identifier,
        issuer.name,
        &times(validity)?,
        profile.subject.der(),
        key.spki,
        &constructed(3, &[&extensions(profile, key.kind, &identifiers)?])?,
    ])
}

fn times(validity: Validity) -> Der {
    let Validity {
        not_before_unix,
        not_after_unix,
    } = validity;
    if not_after_unix < not_before_unix {
        return Err(CaError::Backwards(not_before_unix, not_after_unix));
    }
    sequence(&[&time(not_before_unix)?, &time(not_after_unix)?])
}

/// RFC 7093 section 2, method 1: the leftmost 160 bits of the SHA-256 of the key's bits.
fn key_identifier(spki: &[u8]) -> Der {
    let key = handfast_pki::subject_key::SubjectKey::parse(spki).map_err(CaError::Unreadable)?;
    let mut digest = digest(HashAlgorithm::Sha256, &[key.bytes])
        .as_bytes()
        .to_vec();
    digest.truncate(20);
    Ok(digest)
}
