//! The pseudorandom function (RFC 5246 section 5, RFC 2246 section 5), and what SSL 3.0 has in its
//! place (RFC 6101 sections 6.1 and 6.2.2).

use handfast_crypto::hash::HashAlgorithm;
use handfast_crypto::hkdf::HmacKey;
#[cfg(feature = "legacy")]
use handfast_crypto::legacy::prf::{Tls10Key, ssl3};
#[cfg(feature = "legacy")]
use zeroize::Zeroizing;

/// What secrets of a version are expanded with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Prf {
    /// HMAC with the suite's hash.
    OfSuite,
    /// HMAC-MD5 and HMAC-SHA-1, of which one may break.
    #[cfg(feature = "legacy")]
    Md5Sha1,
    /// MD5 over SHA-1, without labels.
    #[cfg(feature = "legacy")]
    Ssl3,
}

/// A secret, ready to be expanded: a master secret is three times.
pub(crate) enum PrfKey {
    OfSuite(HmacKey),
    #[cfg(feature = "legacy")]
    Md5Sha1(Box<Tls10Key>),
    #[cfg(feature = "legacy")]
    Ssl3(Zeroizing<Vec<u8>>),
}

impl PrfKey {
    /// `hash` is the suite's.
    pub(crate) fn new(prf: Prf, hash: HashAlgorithm, secret: &[u8]) -> Self {
        match prf {
            Prf::OfSuite => Self::OfSuite(HmacKey::new(hash, secret)),
            #[cfg(feature = "legacy")]
            Prf::Md5Sha1 => Self::Md5Sha1(Box::new(Tls10Key::new(secret))),
            #[cfg(feature = "legacy")]
            Prf::Ssl3 => Self::Ssl3(Zeroizing::new(secret.to_vec())),
        }
    }

    /// `PRF(secret, label, seed)`, filling `out`; SSL 3.0 has no labels.
    pub(crate) fn expand(&self, label: &[u8], seed: &[&[u8]], out: &mut [u8]) {
        match self {
            Self::OfSuite(key) => key.prf(label, seed, out),
            #[cfg(feature = "legacy")]
            Self::Md5Sha1(key) => key.prf(label, seed, out),
            #[cfg(feature = "legacy")]
            Self::Ssl3(secret) => ssl3(secret, seed, out),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The vectors that are passed around the IETF's TLS list (2008), each with its secret, its
    /// seed and what comes out.
    #[test]
    fn the_published_vectors_come_out() {
        for (hash, secret, seed, wanted) in [
            (HashAlgorithm::Sha256, SECRET_256, SEED_256, OUT_256),
            (HashAlgorithm::Sha384, SECRET_384, SEED_384, OUT_384),
        ] {
            let mut out = vec![0; wanted.len() / 2];
            let secret = secret.to_be_bytes();
            let seed = seed.to_be_bytes();
            let key = PrfKey::new(Prf::OfSuite, hash, &secret);
            key.expand(b"test label", &[&seed], &mut out);
            let text: String = out.iter().map(|byte| format!("{byte:02x}")).collect();
            assert_eq!(text, wanted);
        }
    }

    const SECRET_256: u128 = 0x9bbe_436b_a940_f017_b176_5284_9a71_db35;
    const SEED_256: u128 = 0xa0ba_9f93_6cda_3118_27a6_f796_ffd5_198c;
    const OUT_256: &str = "e3f229ba727be17b8d122620557cd453c2aab21d07c3d495329b52d4e61edb5a6b301791e90d35c9c9a46b4e14baf9af0fa022f7077def17abfd3797c0564bab4fbc91666e9def9b97fce34f796789baa48082d122ee42c5a72e5a5110fff70187347b66";
    const SECRET_384: u128 = 0xb80b_733d_6cee_fcdc_7156_6ea4_8e55_67df;
    const SEED_384: u128 = 0xcd66_5cf6_a844_7dd6_ff8b_2755_5edb_7465;
    const OUT_384: &str = "7b0c18e9ced410ed1804f2cfa34a336a1c14dffb4900bb5fd7942107e81c83cde9ca0faa60be9fe34f82b1233c9146a0e534cb400fed2700884f9dc236f80edd8bfa961144c9e8d792eca722a7b32fc3d416d473ebc2c5fd4abfdad05d9184259b5bf8cd4d90fa0d31e2dec479e4f1a26066f2eea9a69236a3e52655c9e9aee691c8f3a26854308d5eaa3be85e0990703d73e56f";
}
