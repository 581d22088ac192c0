//! Public keys and the checking of signatures.

use super::ec::Curve;
use super::evp::{ml_dsa_nid, signature_hash};
use super::owned::{Owned, owned, succeeded};
use crate::hash::HashAlgorithm;
use crate::signature::KeyKind;
use aws_lc_sys::{
    EC_KEY, EC_KEY_new, EC_KEY_set_group, EC_KEY_set_public_key, ECDSA_SIG_from_bytes,
    ECDSA_do_verify, ED25519_verify, EVP_DigestVerify, EVP_DigestVerifyInit, EVP_MD_CTX_new,
    EVP_PKEY, EVP_PKEY_pqdsa_new_raw_public_key, RSA, RSA_PSS_SALTLEN_DIGEST, RSA_bits,
    RSA_public_key_from_bytes, RSA_verify, RSA_verify_pss_mgf1,
};
use core::ffi::c_int;
use core::ptr::{null, null_mut};

/// An RSA public key.
pub(crate) struct RsaPublic(Owned<RSA>);

impl RsaPublic {
    /// Reads an RSAPublicKey (RFC 8017 A.1.1). The library refuses exponents that are even, one,
    /// or longer than 33 bits, and trailing bytes.
    pub(crate) fn from_der(der: &[u8]) -> Result<Self, ()> {
        // SAFETY: reads the slice and allocates the result; null is refused by `owned`.
        owned(unsafe { RSA_public_key_from_bytes(der.as_ptr(), der.len()) }).map(Self)
    }

    /// The key, for the library's functions.
    #[cfg(feature = "legacy")]
    pub(super) fn as_ptr(&self) -> *mut RSA {
        self.0.as_ptr()
    }

    /// Length of the modulus in bits.
    pub(crate) fn bits(&self) -> u32 {
        // SAFETY: reads a live key.
        unsafe { RSA_bits(self.0.as_ptr()) }
    }

    pub(crate) fn verify_pkcs1(
        &self,
        hash: HashAlgorithm,
        digest: &[u8],
        signature: &[u8],
    ) -> Result<(), ()> {
        self.verify_pkcs1_as(signature_hash(hash).0, digest, signature)
    }

    fn verify_pkcs1_as(&self, nid: c_int, digest: &[u8], signature: &[u8]) -> Result<(), ()> {
        // SAFETY: reads two slices by their lengths; the key's lazily made parts are locked.
        succeeded(unsafe {
            RSA_verify(
                nid,
                digest.as_ptr(),
                digest.len(),
                signature.as_ptr(),
                signature.len(),
                self.0.as_ptr(),
            )
        })
    }

    /// Checks a signature over MD5 and SHA-1 side by side, which the library knows as one hash of 36
    /// bytes without a DigestInfo.
    #[cfg(feature = "legacy")]
    pub(crate) fn verify_pkcs1_both(&self, hashes: &[u8], signature: &[u8]) -> Result<(), ()> {
        self.verify_pkcs1_as(aws_lc_sys::NID_md5_sha1, hashes, signature)
    }

    /// With MGF1 of the same hash and a salt as long as it.
    pub(crate) fn verify_pss(
        &self,
        hash: HashAlgorithm,
        digest: &[u8],
        signature: &[u8],
    ) -> Result<(), ()> {
        let (_, method) = signature_hash(hash);
        // SAFETY: reads two slices by their lengths; `method` is static.
        succeeded(unsafe {
            RSA_verify_pss_mgf1(
                self.0.as_ptr(),
                digest.as_ptr(),
                digest.len(),
                method,
                method,
                RSA_PSS_SALTLEN_DIGEST,
                signature.as_ptr(),
                signature.len(),
            )
        })
    }
}

/// A public point.
pub(crate) struct EcPublic(Owned<EC_KEY>);

impl EcPublic {
    /// Reads an uncompressed point on the curve.
    pub(crate) fn from_point(curve: Curve, bytes: &[u8]) -> Result<Self, ()> {
        let point = curve.read_point(bytes)?;
        // SAFETY: allocates; null is refused by `owned`.
        let key = owned(unsafe { EC_KEY_new() })?;
        // SAFETY: a fresh key takes its static group.
        succeeded(unsafe { EC_KEY_set_group(key.as_ptr(), curve.group()) })?;
        // SAFETY: copies the point, which is of the same group.
        succeeded(unsafe { EC_KEY_set_public_key(key.as_ptr(), point.as_ptr()) })?;
        Ok(Self(key))
    }

    /// Checks an ECDSA-Sig-Value in strict DER (RFC 3279 s2.2.3).
    pub(crate) fn verify(&self, digest: &[u8], signature: &[u8]) -> Result<(), ()> {
        // `ECDSA_verify` would read it just so, and write it again to compare.
        // SAFETY: reads the slice, all of it, and allocates; null is refused by `owned`.
        let signature =
            owned(unsafe { ECDSA_SIG_from_bytes(signature.as_ptr(), signature.len()) })?;
        // SAFETY: reads a slice by its length; signature and key are only read.
        succeeded(unsafe {
            ECDSA_do_verify(
                digest.as_ptr(),
                digest.len(),
                signature.as_ptr(),
                self.0.as_ptr(),
            )
        })
    }
}

/// Checks an Ed25519 signature (RFC 8032 s5.1.7).
pub(crate) fn verify_ed25519(key: &[u8; 32], message: &[u8], signature: &[u8]) -> Result<(), ()> {
    let signature: &[u8; 64] = signature.try_into().map_err(|_| ())?;
    // SAFETY: reads the message by its length, 64 bytes of signature and 32 of key.
    succeeded(unsafe {
        ED25519_verify(
            message.as_ptr(),
            message.len(),
            signature.as_ptr(),
            key.as_ptr(),
        )
    })
}

/// An ML-DSA public key.
pub(crate) struct MlDsaPublic(Owned<EVP_PKEY>);

impl MlDsaPublic {
    /// Reads the raw key; one of another length than `kind` has is an error.
    pub(crate) fn from_raw(kind: KeyKind, bytes: &[u8]) -> Result<Self, ()> {
        let nid = ml_dsa_nid(kind).ok_or(())?;
        // SAFETY: reads the slice and allocates the result; null is refused by `owned`.
        owned(unsafe { EVP_PKEY_pqdsa_new_raw_public_key(nid, bytes.as_ptr(), bytes.len()) })
            .map(Self)
    }

    /// Pure ML-DSA with an empty context.
    pub(crate) fn verify(&self, message: &[u8], signature: &[u8]) -> Result<(), ()> {
        // SAFETY: allocates; null is refused by `owned`.
        let context = owned(unsafe { EVP_MD_CTX_new() })?;
        // SAFETY: no hash, no engine; the context takes a reference of its own to the key.
        succeeded(unsafe {
            EVP_DigestVerifyInit(
                context.as_ptr(),
                null_mut(),
                null(),
                null_mut(),
                self.0.as_ptr(),
            )
        })?;
        // SAFETY: reads two slices by their lengths.
        succeeded(unsafe {
            EVP_DigestVerify(
                context.as_ptr(),
                signature.as_ptr(),
                signature.len(),
                message.as_ptr(),
                message.len(),
            )
        })
    }
}
