//! Private keys: reading, making, writing and signing.

use super::evp::{allocated, ml_dsa_nid, signature_hash, written};
use super::owned::{Owned, owned, succeeded};
use crate::hash::HashAlgorithm;
use crate::signature::KeyKind;
use aws_lc_sys::{
    CBS, CBS_init, CBS_len, EC_GROUP_get_curve_name, EC_KEY_get0_group, EC_KEY_parse_private_key,
    ECDSA_sign, ECDSA_size, EVP_DigestSign, EVP_DigestSignInit, EVP_MD_CTX_new, EVP_PKEY,
    EVP_PKEY_CTX, EVP_PKEY_CTX_new_id, EVP_PKEY_CTX_pqdsa_set_params,
    EVP_PKEY_CTX_set_ec_paramgen_curve_nid, EVP_PKEY_CTX_set_rsa_keygen_bits, EVP_PKEY_EC,
    EVP_PKEY_ED25519, EVP_PKEY_PQDSA, EVP_PKEY_RSA, EVP_PKEY_RSA_PSS, EVP_PKEY_assign_EC_KEY,
    EVP_PKEY_assign_RSA, EVP_PKEY_get0_EC_KEY, EVP_PKEY_get0_RSA, EVP_PKEY_id, EVP_PKEY_keygen,
    EVP_PKEY_keygen_init, EVP_PKEY_new, EVP_PKEY_pqdsa_get_type, EVP_marshal_private_key,
    EVP_marshal_public_key, EVP_parse_private_key, NID_MLDSA44, NID_MLDSA65, NID_MLDSA87,
    NID_X9_62_prime256v1, NID_secp384r1, NID_secp521r1, RSA_PSS_SALTLEN_DIGEST, RSA_bits,
    RSA_private_key_from_bytes, RSA_private_key_to_bytes, RSA_public_key_to_bytes, RSA_sign,
    RSA_sign_pss_mgf1, RSA_size,
};
use core::ffi::{c_int, c_uint};
use core::mem::{MaybeUninit, forget};
use core::ptr::{null, null_mut};
use zeroize::Zeroizing;

/// How a private key is written.
#[derive(Clone, Copy)]
pub(crate) enum Encoding {
    Pkcs8,
    Pkcs1,
    Sec1,
}

/// A private key of any kind.
pub(crate) struct Pkey(Owned<EVP_PKEY>);

impl Pkey {
    pub(super) fn from_owned(key: Owned<EVP_PKEY>) -> Self {
        Self(key)
    }

    /// Reads a key; the library checks that it fits together. Trailing bytes are an error.
    pub(crate) fn from_der(encoding: Encoding, der: &[u8]) -> Result<Self, ()> {
        let mut input = MaybeUninit::<CBS>::zeroed();
        // SAFETY: makes `input` a view of the slice, which outlives it.
        unsafe { CBS_init(input.as_mut_ptr(), der.as_ptr(), der.len()) };
        let key = match encoding {
            // SAFETY: reads the view and allocates the result; null is refused by `owned`.
            Encoding::Pkcs8 => owned(unsafe { EVP_parse_private_key(input.as_mut_ptr()) })?,
            Encoding::Pkcs1 => {
                // SAFETY: reads the slice, all of it; null is refused by `owned`.
                let rsa = owned(unsafe { RSA_private_key_from_bytes(der.as_ptr(), der.len()) })?;
                // SAFETY: allocates; null is refused by `owned`.
                let key = owned(unsafe { EVP_PKEY_new() })?;
                // SAFETY: on success the key takes `rsa` over, which is then no longer ours.
                succeeded(unsafe { EVP_PKEY_assign_RSA(key.as_ptr(), rsa.as_ptr()) })?;
                forget(rsa);
                return Ok(Self(key));
            }
            Encoding::Sec1 => {
                // SAFETY: reads the view; without a group the key must name its own.
                let ec = owned(unsafe { EC_KEY_parse_private_key(input.as_mut_ptr(), null()) })?;
                // SAFETY: allocates; null is refused by `owned`.
                let key = owned(unsafe { EVP_PKEY_new() })?;
                // SAFETY: on success the key takes `ec` over, which is then no longer ours.
                succeeded(unsafe { EVP_PKEY_assign_EC_KEY(key.as_ptr(), ec.as_ptr()) })?;
                forget(ec);
                key
            }
        };
        // SAFETY: the view was initialised above.
        let rest = unsafe { CBS_len(input.as_ptr()) };
        if rest == 0 { Ok(Self(key)) } else { Err(()) }
    }

    /// Makes a key with the library's own randomness.
    pub(crate) fn generate(kind: KeyKind) -> Result<Self, ()> {
        let id = match kind {
            KeyKind::Rsa { .. } => EVP_PKEY_RSA,
            KeyKind::RsaPss { .. } => EVP_PKEY_RSA_PSS,
            KeyKind::EcP256 | KeyKind::EcP384 | KeyKind::EcP521 => EVP_PKEY_EC,
            KeyKind::Ed25519 => EVP_PKEY_ED25519,
            KeyKind::MlDsa44 | KeyKind::MlDsa65 | KeyKind::MlDsa87 => EVP_PKEY_PQDSA,
        };
        // SAFETY: allocates a context; null is refused by `owned`.
        let context = owned(unsafe { EVP_PKEY_CTX_new_id(id, null_mut()) })?;
        // SAFETY: the context is fresh.
        succeeded(unsafe { EVP_PKEY_keygen_init(context.as_ptr()) })?;
        set_parameters(&context, kind)?;
        let mut key = null_mut();
        // SAFETY: gives a new object in `key`.
        succeeded(unsafe { EVP_PKEY_keygen(context.as_ptr(), &mut key) })?;
        owned(key).map(Self)
    }

    /// The kind; `None` for what the library reads and we do not use.
    pub(crate) fn kind(&self) -> Option<KeyKind> {
        // SAFETY: reads a live key.
        match unsafe { EVP_PKEY_id(self.0.as_ptr()) } {
            EVP_PKEY_RSA => Some(KeyKind::Rsa {
                bits: self.rsa_bits()?,
            }),
            EVP_PKEY_RSA_PSS => Some(KeyKind::RsaPss {
                bits: self.rsa_bits()?,
            }),
            EVP_PKEY_EC => self.curve(),
            EVP_PKEY_ED25519 => Some(KeyKind::Ed25519),
            // SAFETY: reads a live key of this type.
            EVP_PKEY_PQDSA => match unsafe { EVP_PKEY_pqdsa_get_type(self.0.as_ptr()) } {
                NID_MLDSA44 => Some(KeyKind::MlDsa44),
                NID_MLDSA65 => Some(KeyKind::MlDsa65),
                NID_MLDSA87 => Some(KeyKind::MlDsa87),
                _ => None,
            },
            _ => None,
        }
    }

    pub(crate) fn sign_pkcs1(&self, hash: HashAlgorithm, digest: &[u8]) -> Result<Vec<u8>, ()> {
        self.sign_pkcs1_as(signature_hash(hash).0, digest)
    }

    /// Over MD5 and SHA-1 side by side, which the library knows as one hash of 36 bytes without a
    /// DigestInfo; it refuses another length.
    #[cfg(feature = "legacy")]
    pub(crate) fn sign_pkcs1_both(&self, hashes: &[u8]) -> Result<Vec<u8>, ()> {
        self.sign_pkcs1_as(aws_lc_sys::NID_md5_sha1, hashes)
    }

    fn sign_pkcs1_as(&self, nid: c_int, digest: &[u8]) -> Result<Vec<u8>, ()> {
        let (rsa, mut signature) = self.rsa_and_room()?;
        let mut len: c_uint = 0;
        // SAFETY: reads the digest by its length and writes at most RSA_size bytes, which is what
        // `signature` has; the key's blinding is locked.
        succeeded(unsafe {
            RSA_sign(
                nid,
                digest.as_ptr(),
                digest.len(),
                signature.as_mut_ptr(),
                &mut len,
                rsa,
            )
        })?;
        signature.truncate(usize::try_from(len).map_err(|_| ())?);
        Ok(signature)
    }

    /// With MGF1 of the same hash and a salt as long as it.
    pub(crate) fn sign_pss(&self, hash: HashAlgorithm, digest: &[u8]) -> Result<Vec<u8>, ()> {
        let (_, method) = signature_hash(hash);
        let (rsa, mut signature) = self.rsa_and_room()?;
        let mut len = 0;
        // SAFETY: reads the digest by its length and writes at most the room it is told.
        succeeded(unsafe {
            RSA_sign_pss_mgf1(
                rsa,
                &mut len,
                signature.as_mut_ptr(),
                signature.len(),
                digest.as_ptr(),
                digest.len(),
                method,
                method,
                RSA_PSS_SALTLEN_DIGEST,
            )
        })?;
        signature.truncate(len);
        Ok(signature)
    }

    pub(crate) fn sign_ecdsa(&self, digest: &[u8]) -> Result<Vec<u8>, ()> {
        // SAFETY: lends the key within, or null if it is of another type.
        let ec = unsafe { EVP_PKEY_get0_EC_KEY(self.0.as_ptr()) };
        if ec.is_null() {
            return Err(());
        }
        // SAFETY: reads a live key.
        let mut signature = vec![0; unsafe { ECDSA_size(ec) }];
        let mut len: c_uint = 0;
        // SAFETY: reads the digest by its length and writes at most ECDSA_size bytes.
        succeeded(unsafe {
            ECDSA_sign(
                0,
                digest.as_ptr(),
                digest.len(),
                signature.as_mut_ptr(),
                &mut len,
                ec,
            )
        })?;
        signature.truncate(usize::try_from(len).map_err(|_| ())?);
        Ok(signature)
    }

    /// Ed25519, and ML-DSA with an empty context.
    pub(crate) fn sign_whole(&self, message: &[u8]) -> Result<Vec<u8>, ()> {
        // SAFETY: allocates; null is refused by `owned`.
        let context = owned(unsafe { EVP_MD_CTX_new() })?;
        // SAFETY: no hash, no engine; the context takes a reference of its own to the key.
        succeeded(unsafe {
            EVP_DigestSignInit(
                context.as_ptr(),
                null_mut(),
                null(),
                null_mut(),
                self.0.as_ptr(),
            )
        })?;
        let mut len = 0;
        // SAFETY: without output the function tells the length only.
        succeeded(unsafe {
            EVP_DigestSign(
                context.as_ptr(),
                null_mut(),
                &mut len,
                message.as_ptr(),
                message.len(),
            )
        })?;
        let mut signature = vec![0; len];
        // SAFETY: reads the message by its length and writes at most the room it is told.
        succeeded(unsafe {
            EVP_DigestSign(
                context.as_ptr(),
                signature.as_mut_ptr(),
                &mut len,
                message.as_ptr(),
                message.len(),
            )
        })?;
        signature.truncate(len);
        Ok(signature)
    }

    /// The SubjectPublicKeyInfo; not for id-RSASSA-PSS.
    pub(crate) fn spki(&self) -> Result<Vec<u8>, ()> {
        // SAFETY: writes the live key into the builder.
        written(|builder| unsafe { EVP_marshal_public_key(builder, self.0.as_ptr()) })
    }

    /// PKCS#8; not for id-RSASSA-PSS.
    pub(crate) fn pkcs8(&self) -> Result<Zeroizing<Vec<u8>>, ()> {
        // SAFETY: writes the live key into the builder.
        written(|builder| unsafe { EVP_marshal_private_key(builder, self.0.as_ptr()) })
            .map(Zeroizing::new)
    }

    /// RSAPublicKey.
    pub(crate) fn rsa_public_der(&self) -> Result<Vec<u8>, ()> {
        let rsa = self.rsa()?;
        // SAFETY: allocates the encoding of a live key.
        allocated(|start, len| unsafe { RSA_public_key_to_bytes(start, len, rsa) })
    }

    /// RSAPrivateKey.
    pub(crate) fn rsa_private_der(&self) -> Result<Zeroizing<Vec<u8>>, ()> {
        let rsa = self.rsa()?;
        // SAFETY: allocates the encoding of a live key.
        allocated(|start, len| unsafe { RSA_private_key_to_bytes(start, len, rsa) })
            .map(Zeroizing::new)
    }

    pub(super) fn rsa(&self) -> Result<*mut aws_lc_sys::RSA, ()> {
        // SAFETY: lends the key within, or null if it is of another type.
        let rsa = unsafe { EVP_PKEY_get0_RSA(self.0.as_ptr()) };
        if rsa.is_null() { Err(()) } else { Ok(rsa) }
    }

    fn rsa_and_room(&self) -> Result<(*mut aws_lc_sys::RSA, Vec<u8>), ()> {
        let rsa = self.rsa()?;
        // SAFETY: reads a live key.
        let size = usize::try_from(unsafe { RSA_size(rsa) }).map_err(|_| ())?;
        Ok((rsa, vec![0; size]))
    }

    fn rsa_bits(&self) -> Option<u32> {
        let rsa = self.rsa().ok()?;
        // SAFETY: reads a live key.
        Some(unsafe { RSA_bits(rsa) })
    }

    fn curve(&self) -> Option<KeyKind> {
        // SAFETY: lends the key within and its group; the key is of this type and has one.
        let nid = unsafe {
            let ec = EVP_PKEY_get0_EC_KEY(self.0.as_ptr());
            if ec.is_null() {
                return None;
            }
            EC_GROUP_get_curve_name(EC_KEY_get0_group(ec))
        };
        [
            (NID_X9_62_prime256v1, KeyKind::EcP256),
            (NID_secp384r1, KeyKind::EcP384),
            (NID_secp521r1, KeyKind::EcP521),
        ]
        .into_iter()
        .find_map(|(curve, kind)| (curve == nid).then_some(kind))
    }
}

fn set_parameters(context: &Owned<EVP_PKEY_CTX>, kind: KeyKind) -> Result<(), ()> {
    let curve = |nid| {
        // SAFETY: sets a number in the context.
        succeeded(unsafe { EVP_PKEY_CTX_set_ec_paramgen_curve_nid(context.as_ptr(), nid) })
    };
    match kind {
        KeyKind::Rsa { bits } | KeyKind::RsaPss { bits } => {
            let bits = c_int::try_from(bits).map_err(|_| ())?;
            // SAFETY: sets a number in the context.
            succeeded(unsafe { EVP_PKEY_CTX_set_rsa_keygen_bits(context.as_ptr(), bits) })
        }
        KeyKind::EcP256 => curve(NID_X9_62_prime256v1),
        KeyKind::EcP384 => curve(NID_secp384r1),
        KeyKind::EcP521 => curve(NID_secp521r1),
        KeyKind::Ed25519 => Ok(()),
        KeyKind::MlDsa44 | KeyKind::MlDsa65 | KeyKind::MlDsa87 => {
            let nid = ml_dsa_nid(kind).ok_or(())?;
            // SAFETY: sets a number in the context.
            succeeded(unsafe { EVP_PKEY_CTX_pqdsa_set_params(context.as_ptr(), nid) })
        }
    }
}
