//! Signatures by SHA-1, and by MD5 and SHA-1 together: what handshakes of TLS 1.1 and older are
//! signed with, and of TLS 1.2 where a peer names nothing better (RFC 5246 section 7.4.1.4.1).
//!
//! Collisions of either hash can be bought (SLOTH turned them against such handshakes), so
//! `PrivateKey::sign` knows none of these.

use crate::signature::{BadSignature, PrivateKey, PublicKey, SignFailed, SignatureAlgorithm};

/// Signs by any algorithm, obsolete ones included. For
/// [`SignatureAlgorithm::RsaPkcs1Md5Sha1`] the message is the 36 bytes of both hashes.
///
/// ```
/// use handfast_crypto::legacy::double_hash::DoubleHash;
/// use handfast_crypto::legacy::sign::{sign_obsolete, verify_obsolete};
/// use handfast_crypto::signature::{KeyKind, PrivateKey, PublicKey, SignatureAlgorithm};
///
/// let key = PrivateKey::generate(KeyKind::Rsa { bits: 2048 })?;
/// let mut message = DoubleHash::new();
/// message.update(b"parameters");
/// let algorithm = SignatureAlgorithm::RsaPkcs1Md5Sha1;
/// let signature = sign_obsolete(&key, algorithm, message.current().as_bytes())?;
/// let public = PublicKey::from_spki(key.public_spki())?;
/// verify_obsolete(&public, algorithm, message.current().as_bytes(), &signature)?;
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// # Errors
/// [`SignFailed::WrongAlgorithm`] if the algorithm does not suit the key; [`SignFailed::Own`] if
/// the library fails, as it does where the message of `RsaPkcs1Md5Sha1` has not 36 bytes.
pub fn sign_obsolete(
    key: &PrivateKey,
    algorithm: SignatureAlgorithm,
    message: &[u8],
) -> Result<Vec<u8>, SignFailed> {
    key.sign_any(algorithm, message)
}

/// Checks that `signature` is this key's over `message`, by any algorithm, obsolete ones included.
/// RSA keys may be as short as 1024 bits, which is what devices of that time have. For
/// [`SignatureAlgorithm::RsaPkcs1Md5Sha1`] the message is the 36 bytes of both hashes.
///
/// # Errors
/// [`BadSignature`] if it is not, or if the algorithm does not suit the key.
pub fn verify_obsolete(
    key: &PublicKey,
    algorithm: SignatureAlgorithm,
    message: &[u8],
    signature: &[u8],
) -> Result<(), BadSignature> {
    key.verify_obsolete(algorithm, message, signature)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::hash::{HashAlgorithm, digest};
    use crate::signature::KeyKind;
    use crate::tests::hex;

    const OBSOLETE: [SignatureAlgorithm; 3] = [
        SignatureAlgorithm::RsaPkcs1Sha1,
        SignatureAlgorithm::EcdsaSha1,
        SignatureAlgorithm::RsaPkcs1Md5Sha1,
    ];

    fn public(key: &PrivateKey) -> PublicKey {
        PublicKey::from_spki(key.public_spki()).unwrap()
    }

    #[test]
    fn obsolete_algorithms_sign_here_and_nowhere_else() {
        for (kind, suitable) in [
            (KeyKind::Rsa { bits: 2048 }, 2),
            (KeyKind::RsaPss { bits: 2048 }, 0),
            (KeyKind::EcP256, 1),
            (KeyKind::EcP521, 1),
            (KeyKind::Ed25519, 0),
        ] {
            let key = PrivateKey::generate(kind).unwrap();
            let public = public(&key);
            let mut signed = 0;
            for algorithm in OBSOLETE {
                let refused = Err(SignFailed::WrongAlgorithm);
                assert_eq!(key.sign(algorithm, &[7; 36]), refused);
                let Ok(mut signature) = sign_obsolete(&key, algorithm, &[7; 36]) else {
                    assert_eq!(sign_obsolete(&key, algorithm, &[7; 36]), refused);
                    continue;
                };
                signed += 1;
                let verified = |message: &[u8], signature: &[u8]| {
                    verify_obsolete(&public, algorithm, message, signature)
                };
                assert_eq!(verified(&[7; 36], &signature), Ok(()));
                assert_eq!(verified(&[8; 36], &signature), Err(BadSignature));
                assert_eq!(verified(&[7; 35], &signature), Err(BadSignature));
                for other in OBSOLETE.into_iter().filter(|other| *other != algorithm) {
                    let taken = verify_obsolete(&public, other, &[7; 36], &signature);
                    assert_eq!(taken, Err(BadSignature), "{algorithm:?} as {other:?}");
                }
                *signature.last_mut().unwrap() ^= 1;
                assert_eq!(verified(&[7; 36], &signature), Err(BadSignature));
            }
            assert_eq!(signed, suitable, "{kind:?}");
        }
    }

    #[test]
    fn both_hashes_are_36_bytes_or_nothing_is_signed() {
        let key = PrivateKey::generate(KeyKind::Rsa { bits: 2048 }).unwrap();
        for length in [0, 16, 20, 35, 37] {
            let signed = sign_obsolete(&key, SignatureAlgorithm::RsaPkcs1Md5Sha1, &vec![0; length]);
            assert_eq!(signed, Err(SignFailed::Own), "{length}");
        }
    }

    #[test]
    fn the_ordinary_check_does_not_take_both_hashes() {
        let key = PrivateKey::generate(KeyKind::Rsa { bits: 2048 }).unwrap();
        let algorithm = SignatureAlgorithm::RsaPkcs1Md5Sha1;
        let signature = sign_obsolete(&key, algorithm, &[7; 36]).unwrap();
        let key = public(&key);
        assert_eq!(
            verify_obsolete(&key, algorithm, &[7; 36], &signature),
            Ok(())
        );
        assert_eq!(
            key.verify(algorithm, &[7; 36], &signature),
            Err(BadSignature)
        );
        assert_eq!(
            key.verify_danger_small_rsa(algorithm, &[7; 36], &signature),
            Err(BadSignature)
        );
    }

    /// A key of 1024 bits and its signatures by OpenSSL 3.0: `openssl pkeyutl -sign -pkeyopt
    /// digest:md5-sha1` over both hashes of "message", and `openssl dgst -sha1 -sign` over these 36
    /// bytes. PKCS #1 v1.5 has no randomness, so ours are the same.
    #[test]
    fn a_key_of_1024_bits_signs_as_openssl_does() {
        let key = PrivateKey::from_der(&hex(KEY_1024)).unwrap();
        assert_eq!(key.kind(), KeyKind::Rsa { bits: 1024 });
        let both = [
            digest(HashAlgorithm::Md5, &[b"message"]),
            digest(HashAlgorithm::Sha1, &[b"message"]),
        ];
        let message: Vec<u8> = both
            .iter()
            .flat_map(|one| one.as_bytes().to_vec())
            .collect();
        for (algorithm, wanted) in [
            (SignatureAlgorithm::RsaPkcs1Md5Sha1, BY_BOTH),
            (SignatureAlgorithm::RsaPkcs1Sha1, BY_SHA1),
        ] {
            let signature = sign_obsolete(&key, algorithm, &message).unwrap();
            assert_eq!(signature, hex(wanted), "{algorithm:?}");
            let key = public(&key);
            assert_eq!(
                verify_obsolete(&key, algorithm, &message, &signature),
                Ok(())
            );
            assert_eq!(
                key.verify(algorithm, &message, &signature),
                Err(BadSignature)
            );
        }
    }

    const KEY_1024: &str = "\
        3082025d02010002818100ca9c7531bc44b7ddfbdd288be43e634c55934fcab9bc9e278ac6bc41c6806c\
        dcaf38906be8634e006df00b725ba3868ceec7f9f193670836a7dcab35e91e50806d8326d2d2af9fe45d\
        6221c4e5bded6962886f4b299e1deeca75650839e6a5ba7873f9665b29bc1ca57e3fbb3150cdcd47e68a\
        bea136882cc0d5e1ba1b94cf230203010001028180283a303a93bac116ddeee721ff4b33c3f029b369f8\
        beae580381b9d705667236cec35849547683022ad1c2340e65c54d2e0b9e608c77a475d59646980994ef\
        3e75bd0335f48f1193ab2adfac8a90f46e7a515af16ef5a58fbdbeaed5d2b5db11da0222a3775af79b07\
        e9b324a1615ef5c3b4f3e43552c3256532deda2ac4db21024100f7dcc7d4a64f4e2812cdf86485e2f344\
        b2dac04c106c6d14ce507bcdf957af817f514c68522f522568a4903c7051f6f178cd903802189e211632\
        6a4f1f2f40af024100d1435a224cb34d5a74f23a12579013e36486c85c510211b31f5a4183e1bc418a7b\
        4cc404d7aa8ead822aeb4239d58452aac3d639514e61d194e9bdd4b8e4edcd02410083b19dc741ba1f57\
        b16e188d288a0621393a7b33af023d0ef1f3d764001873dac54fe7de01d4bcbbbd96ba4032998a3090b3\
        ffed92478c351e3b193b02e1b3670241009635f586376e6171340f07f6509a605c52b5992f030b2c2f5a\
        ab0bea21e8635787484450818ab15e04d8d004bac4f475ee9422bb040cf2946183233b85f8f66502403f\
        8beb08c804be6abf18cf95925ce4fe594fa1526edb46b0f9c1dc77c68e21879ec2429bb1cfeec000daad\
        1c9d0e1ef13ead3afcd414006d5373e3412476290b";
    const BY_BOTH: &str = "\
        6f1c54c9dfabd9296b33e64a027c3b15f1a0bf0faadcb8682db335073d9f099aa34f503ab08b6a51be97\
        cb738c8a738073456e55701c1cdf4de9f57fcbf3eb310b7683b5364696844299f1836b964a268992d3bf\
        f9dbfcb71e4093f34c054d56657ea88a0a73ef64fb73f19e64f593487136bf100c4868ee7a01c545942f\
        ccab";
    const BY_SHA1: &str = "\
        5b7428d1726cd7730e7a3ec709461b92f95a3acd00415d2dd5c897e29ca1d92cecffed7cfb16f0871203\
        161ecd304628cab725a8d5e16b4b262d0d2f1199a9958a07afcdebed7fdf44b28a7475841bf4c7d96c3d\
        f0831b1c9ff08272e4ca7729c1c62ab3f25cf4b1366b5978d8fd2891061f37716f944564f74d5347573d\
        3cb1";
}
