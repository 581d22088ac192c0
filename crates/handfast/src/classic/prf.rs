//! The pseudorandom function of TLS 1.2 (RFC 5246 section 5).

use handfast_crypto::hkdf::HmacKey;

/// `PRF(secret, label, seed) = P_hash(secret, label + seed)`, filling `out`. The
/// secret is a key that was made once: a master secret expands three times.
pub(crate) fn prf(secret: &HmacKey, label: &[u8], seed: &[&[u8]], out: &mut [u8]) {
    secret.prf(label, seed, out);
}

#[cfg(test)]
mod tests {
    use super::*;
    use handfast_crypto::hash::HashAlgorithm;

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
            let key = HmacKey::new(hash, &secret);
            prf(&key, b"test label", &[&seed], &mut out);
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
