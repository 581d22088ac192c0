//! Key derivation before TLS 1.2: the PRF of TLS 1.0 and 1.1, and SSL 3.0's nested hashes.

use crate::ffi::sha::Sha;
use crate::hash::{Digest, HashAlgorithm};
use crate::hkdf::HmacKey;
use zeroize::Zeroizing;

/// A secret of TLS 1.0 and 1.1, keyed once for every label. Wiped on drop; does not print.
///
/// ```
/// use handfast_crypto::legacy::prf::Tls10Key;
///
/// let mut master = [0; 48];
/// Tls10Key::new(b"premaster secret").prf(b"master secret", &[&[1; 32], &[2; 32]], &mut master);
/// assert_ne!(master, [0; 48]);
/// ```
pub struct Tls10Key {
    md5: HmacKey,
    sha1: HmacKey,
}

impl Tls10Key {
    /// Keys HMAC-MD5 with the first half of `secret` and HMAC-SHA-1 with the second; where its
    /// length is odd, the byte in the middle belongs to both (RFC 2246 section 5).
    #[must_use]
    pub fn new(secret: &[u8]) -> Self {
        let half = secret.len().div_ceil(2);
        let (first, _) = secret.split_at(half);
        let (_, second) = secret.split_at(secret.len() - half);
        Self {
            md5: HmacKey::new(HashAlgorithm::Md5, first),
            sha1: HmacKey::new(HashAlgorithm::Sha1, second),
        }
    }

    /// The PRF (RFC 2246 section 5, RFC 4346 section 5): fills `out` with
    /// `P_MD5(first half, label + seed) XOR P_SHA-1(second half, label + seed)`. The parts of
    /// `seed` are taken as one.
    pub fn prf(&self, label: &[u8], seed: &[&[u8]], out: &mut [u8]) {
        self.md5.prf(label, seed, out);
        let mut other = Zeroizing::new(vec![0; out.len()]);
        self.sha1.prf(label, seed, &mut other);
        for (byte, other) in out.iter_mut().zip(other.iter()) {
            *byte ^= other;
        }
    }
}

impl zeroize::ZeroizeOnDrop for Tls10Key {}

impl core::fmt::Debug for Tls10Key {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.write_str("Tls10Key(MD5, SHA-1)")
    }
}

/// SSL 3.0's derivation of the master secret and of the key block (RFC 6101 sections 6.1 and
/// 6.2.2): fills `out` with `MD5(secret + SHA('A' + secret + seed))`, the same for `'BB'`, `'CCC'`
/// and so on. The parts of `seed` are taken as one.
///
/// # Panics
/// If `out` has more than 416 bytes, for which the alphabet ends; the longest key block has 136.
pub fn ssl3(secret: &[u8], seed: &[&[u8]], out: &mut [u8]) {
    assert!(out.len() <= MOST_SSL3, "the alphabet ends at 416 bytes");
    for ((letter, times), chunk) in (b'A'..=b'Z').zip(1..).zip(out.chunks_mut(MD5_LEN)) {
        let mut sha1 = Sha::new(HashAlgorithm::Sha1);
        sha1.update(&[letter; ALPHABET][..times]);
        sha1.update(secret);
        seed.iter().for_each(|part| sha1.update(part));
        let mut inner = Digest::finish(&mut sha1);
        sha1.wipe();
        let mut md5 = Sha::new(HashAlgorithm::Md5);
        md5.update(secret);
        md5.update(inner.as_bytes());
        inner.wipe();
        let mut block = Digest::finish(&mut md5);
        md5.wipe();
        chunk.copy_from_slice(&block.as_bytes()[..chunk.len()]);
        block.wipe();
    }
}

const ALPHABET: usize = 26;
const MD5_LEN: usize = HashAlgorithm::Md5.output_len();
const MOST_SSL3: usize = ALPHABET * MD5_LEN;

#[cfg(test)]
mod tests {
    use super::*;
    use crate::hash::digest;
    use crate::tests::hex;

    /// `openssl kdf -kdfopt digest:MD5-SHA1 -kdfopt hexsecret:… -kdfopt seed:"key expansion"
    /// -kdfopt hexseed:a0a1a2a3a4a5a6a7 -keylen 104 TLS1-PRF` of OpenSSL 3.0.
    #[test]
    fn the_prf_of_tls_1_0_agrees_with_openssl() {
        let long: Vec<u8> = (0..48).collect();
        for (secret, wanted) in [
            (
                &long[..],
                "37F839CB81ECC3C4900E296A053C72A943C1D3CA85F60FE98BF456B98147E846\
                 B8791AD8274AB4FE34CDB2044803B89CCBCEE0F87CA777E2F0A2FA2E874CCD6A\
                 155C7A8A29C74BC1A6B7B99B0BB31396E3502348DB6DFEB9F36CF26B8C6BEE96\
                 25BB7B60FD352D52",
            ),
            // An odd length: both halves have the 3.
            (
                &[1, 2, 3, 4, 5],
                "AED949BB3031C83188E48B58098EDA2364710FAB826FF25314928259531C3886\
                 DD8DD4354C01BF8E537BBDE2F3B77E7C22B49109E79A7405348AB40E319424D2\
                 DA0704D64FFB8E3847C9C95040D1204864A2F75E5C5557CAEE171A87556B433A\
                 12396D240BADD618",
            ),
        ] {
            let wanted = hex(wanted);
            let key = Tls10Key::new(secret);
            for length in [0, 1, 12, 16, 20, 48, 104] {
                let mut out = vec![0xff; length];
                let seed = hex("a0a1a2a3a4a5a6a7");
                let (front, back) = seed.split_at(3);
                key.prf(b"key expansion", &[front, &[], back], &mut out);
                assert_eq!(out, wanted[..length], "{length}");
            }
        }
    }

    /// RFC 6101 sections 6.1 and 6.2.2 by their words.
    #[test]
    fn ssl_3_derives_by_letters() {
        let (secret, seed) = ([9; 48], [5; 64]);
        let mut wanted = Vec::new();
        for label in [
            &b"A"[..],
            b"BB",
            b"CCC",
            b"DDDD",
            b"EEEEE",
            b"FFFFFF",
            b"GGGGGGG",
        ] {
            let inner = digest(HashAlgorithm::Sha1, &[label, &secret, &seed]);
            let outer = digest(HashAlgorithm::Md5, &[&secret, inner.as_bytes()]);
            wanted.extend_from_slice(outer.as_bytes());
        }
        for length in [0, 1, 16, 48, 104, 112] {
            let mut out = vec![0; length];
            ssl3(&secret, &[&seed[..32], &seed[32..]], &mut out);
            assert_eq!(out, wanted[..length], "{length}");
        }
        let mut most = [0; MOST_SSL3];
        ssl3(&secret, &[&seed], &mut most);
        let inner = digest(HashAlgorithm::Sha1, &[&[b'Z'; 26], &secret, &seed]);
        let last = digest(HashAlgorithm::Md5, &[&secret, inner.as_bytes()]);
        assert_eq!(most[400..], *last.as_bytes());
    }

    #[test]
    fn a_secret_of_older_versions_does_not_print() {
        assert_eq!(
            format!("{:?}", Tls10Key::new(b"secret")),
            "Tls10Key(MD5, SHA-1)"
        );
    }
}
