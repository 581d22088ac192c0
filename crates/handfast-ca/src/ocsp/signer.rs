//! Who signs OCSP responses, and for which issuer.

use handfast_crypto::hash::{HashAlgorithm, digest};
use handfast_crypto::signature::PrivateKey;
use handfast_pki::certificate::Certificate;
use handfast_pki::ocsp::certificate_id::CertificateId;
use handfast_pki::subject_key::SubjectKey;
use rustls_pki_types::CertificateDer;

use crate::authority::Authority;
use crate::error::CaError;
use crate::purpose::Purpose;

/// Signs OCSP responses about the certificates of one issuer: the issuer itself, or someone to
/// whom it has delegated that (RFC 6960 section 4.2.2.2).
#[derive(Debug, Clone)]
pub struct OcspSigner {
    key: PrivateKey,
    /// The SHA-1 of the signer's key, by which the response names it.
    key_hash: Vec<u8>,
    /// The delegate's certificate, which goes with the response.
    certificate: Option<CertificateDer<'static>>,
    /// The last second at which the signer's certificate is valid.
    not_after_unix: u64,
    /// How the issuer is named in requests: by hashes of its name and key.
    issuer: Vec<IssuerHashes>,
    life_s: u64,
}

/// The hashes of an issuer by one algorithm.
#[derive(Debug, Clone)]
struct IssuerHashes {
    algorithm: &'static [u8],
    name: Vec<u8>,
    key: Vec<u8>,
}

impl OcspSigner {
    /// The issuer signs itself.
    ///
    /// # Errors
    /// [`CaError::Unreadable`] if its certificate cannot be read.
    pub fn issuer(authority: &Authority) -> Result<Self, CaError> {
        let own = authority.own();
        let der = own.chain().first().ok_or(CaError::NoCertificate)?;
        Self::new(der, der, own.key().clone(), None)
    }

    /// Someone to whom the issuer has delegated it, with a certificate of this issuer's as
    /// [`Profile::ocsp_signer`](crate::profile::Profile::ocsp_signer) has it.
    ///
    /// # Errors
    /// [`CaError::BrokenChain`] if the certificate is not of this issuer,
    /// [`CaError::NotAnOcspSigner`] if it is not for signing responses, [`CaError::Foreign`] if
    /// the key is not its own.
    pub fn delegated(
        issuer: &CertificateDer<'_>,
        certificate: &CertificateDer<'_>,
        key: PrivateKey,
    ) -> Result<Self, CaError> {
        let read = Certificate::parse(certificate).map_err(CaError::Unreadable)?;
        let above = Certificate::parse(issuer).map_err(CaError::Unreadable)?;
        let is_signed = read.known_signature_algorithm().is_some_and(|algorithm| {
            let key = above.public_key();
            key.is_ok_and(|key| key.verify(algorithm, read.tbs(), read.signature()).is_ok())
        });
        if read.issuer().der() != above.subject().der() || !is_signed {
            return Err(CaError::BrokenChain { index: 0 });
        }
        let mut purposes = read.extended_key_usage().into_iter().flatten();
        if !purposes.any(|one| one.to_string() == Purpose::OcspSigning.oid()) {
            return Err(CaError::NotAnOcspSigner(read.subject().to_string()));
        }
        let certificate = certificate.clone().into_owned();
        Self::new(issuer, &certificate.clone(), key, Some(certificate))
    }

    /// How long a response holds: until its nextUpdate, in seconds. An hour unless it is set.
    #[must_use]
    pub fn with_life_s(self, life_s: u64) -> Self {
        Self { life_s, ..self }
    }

    fn new(
        issuer: &CertificateDer<'_>,
        signer: &CertificateDer<'_>,
        key: PrivateKey,
        certificate: Option<CertificateDer<'static>>,
    ) -> Result<Self, CaError> {
        let issuer = Certificate::parse(issuer).map_err(CaError::Unreadable)?;
        let signer = Certificate::parse(signer).map_err(CaError::Unreadable)?;
        let public = SubjectKey::parse(key.public_spki()).map_err(CaError::Unreadable)?;
        if public.bytes != signer.subject_public_key() {
            return Err(CaError::Foreign);
        }
        let hashes = |(hash, algorithm): (HashAlgorithm, &'static [u8])| IssuerHashes {
            algorithm,
            name: digest(hash, &[issuer.subject().der()]).as_bytes().to_vec(),
            key: digest(hash, &[issuer.subject_public_key()])
                .as_bytes()
                .to_vec(),
        };
        Ok(Self {
            key_hash: digest(HashAlgorithm::Sha1, &[public.bytes])
                .as_bytes()
                .to_vec(),
            certificate,
            not_after_unix: u64::try_from(signer.validity().not_after.0).unwrap_or(0),
            issuer: HASHES.into_iter().map(hashes).collect(),
            key,
            life_s: LIFE_S,
        })
    }

    /// Whether the certificate is one of the issuer's, by what the request says.
    pub(crate) fn answers_for(&self, id: &CertificateId<'_>) -> bool {
        self.issuer.iter().any(|one| {
            id.hash_algorithm().0 == one.algorithm
                && id.name_hash() == one.name
                && id.key_hash() == one.key
        })
    }

    pub(crate) fn key(&self) -> &PrivateKey {
        &self.key
    }

    pub(crate) fn key_hash(&self) -> &[u8] {
        &self.key_hash
    }

    pub(crate) fn certificate(&self) -> Option<&CertificateDer<'static>> {
        self.certificate.as_ref()
    }

    /// When a response that is made now ends: not after the signer itself, which nobody would
    /// believe then. `None` once that is so already.
    pub(crate) fn next_update(&self, now_unix: u64) -> Option<u64> {
        let end = now_unix.saturating_add(self.life_s);
        (now_unix < self.not_after_unix).then(|| end.min(self.not_after_unix))
    }
}

/// An hour.
const LIFE_S: u64 = 3600;

/// With which hashes requests name certificates: SHA-1 mostly, which names and does not sign.
const HASHES: [(HashAlgorithm, &[u8]); 4] = [
    (HashAlgorithm::Sha1, &[0x2b, 0x0e, 3, 2, 0x1a]),
    (
        HashAlgorithm::Sha256,
        &[0x60, 0x86, 0x48, 1, 0x65, 3, 4, 2, 1],
    ),
    (
        HashAlgorithm::Sha384,
        &[0x60, 0x86, 0x48, 1, 0x65, 3, 4, 2, 2],
    ),
    (
        HashAlgorithm::Sha512,
        &[0x60, 0x86, 0x48, 1, 0x65, 3, 4, 2, 3],
    ),
];
