//! How OCSP names a certificate (CertID, RFC 6960 s4.1.1).

use crate::certificate::Certificate;
use crate::cursor::{Tlv, tag};
use crate::fault::{CertificateFault, Problem};
use crate::oid::Oid;
use handfast_crypto::hash::{HashAlgorithm, digest};

/// A certificate, by hashes of its issuer's name and key and by its serial number.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CertificateId<'a> {
    /// The hash's identifier, an object identifier's contents.
    algorithm: &'a [u8],
    name_hash: &'a [u8],
    key_hash: &'a [u8],
    /// The certificate's serial number.
    pub serial: &'a [u8],
}

impl<'a> CertificateId<'a> {
    pub(crate) fn read(element: &Tlv<'a>) -> Result<Self, CertificateFault> {
        let mut inside = element.cursor();
        let mut algorithm = inside.expect(tag::SEQUENCE, HASH)?.cursor();
        let oid = algorithm.expect(tag::OID, HASH)?.oid(HASH)?;
        // RFC 5754 s2: absent or NULL. Whoever asks chooses these bytes and has them repeated.
        if !algorithm.is_empty() {
            let null = algorithm.expect(tag::NULL, HASH)?;
            if !null.value.is_empty() {
                return Err(null.fault(Problem::TooLarge { limit: 0 }, HASH));
            }
        }
        algorithm.finish(HASH)?;
        let name_hash = inside.expect(tag::OCTET_STRING, "certID.issuerNameHash")?;
        let key_hash = inside.expect(tag::OCTET_STRING, "certID.issuerKeyHash")?;
        let serial = inside.expect(tag::INTEGER, SERIAL)?.integer(SERIAL)?;
        inside.finish("certID")?;
        Ok(Self {
            algorithm: oid,
            name_hash: name_hash.value,
            key_hash: key_hash.value,
            serial,
        })
    }

    /// The hash's identifier.
    #[must_use]
    pub fn hash_algorithm(&self) -> Oid<'a> {
        Oid(self.algorithm)
    }

    /// The hash of the issuer's name.
    #[must_use]
    pub fn name_hash(&self) -> &'a [u8] {
        self.name_hash
    }

    /// The hash of the issuer's key.
    #[must_use]
    pub fn key_hash(&self) -> &'a [u8] {
        self.key_hash
    }

    /// Whether this is the certificate, and `issuer` who issued it: serial number, name and key
    /// all agree. An unknown hash names nobody.
    #[must_use]
    pub fn is(&self, certificate: &Certificate<'_>, issuer: &Certificate<'_>) -> bool {
        let Some(algorithm) = hash_algorithm(self.algorithm) else {
            return false;
        };
        self.serial == certificate.serial()
            && digest(algorithm, &[certificate.issuer().der()]).as_bytes() == self.name_hash
            && digest(algorithm, &[issuer.subject_public_key()]).as_bytes() == self.key_hash
    }
}

fn hash_algorithm(oid: &[u8]) -> Option<HashAlgorithm> {
    Some(match oid {
        SHA1 => HashAlgorithm::Sha1,
        SHA256 => HashAlgorithm::Sha256,
        _ => return None,
    })
}

/// SHA-1 names, it does not sign: both sides know what is named.
pub(crate) const SHA1: &[u8] = &[0x2b, 0x0e, 3, 2, 0x1a];
pub(crate) const SHA256: &[u8] = &[0x60, 0x86, 0x48, 1, 0x65, 3, 4, 2, 1];
const HASH: &str = "certID.hashAlgorithm";
const SERIAL: &str = "certID.serialNumber";
