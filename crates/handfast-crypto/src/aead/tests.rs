use super::*;
use crate::tests::hex;

const ALL: [AeadAlgorithm; 5] = [
    AeadAlgorithm::Aes128Gcm,
    AeadAlgorithm::Aes256Gcm,
    AeadAlgorithm::ChaCha20Poly1305,
    AeadAlgorithm::Aes128Ccm,
    AeadAlgorithm::Aes128Ccm8,
];

fn check(algorithm: AeadAlgorithm, key: &str, nonce: &str, aad: &str, plain: &[u8], sealed: &str) {
    let key = AeadKey::new(algorithm, &hex(key)).unwrap();
    let nonce: [u8; 12] = hex(nonce).try_into().unwrap();
    let mut buffer = plain.to_vec();
    let mut tag = vec![0; algorithm.tag_len()];
    key.seal_in_place(&nonce, &hex(aad), &mut buffer, &mut tag)
        .unwrap();
    buffer.extend_from_slice(&tag);
    assert_eq!(buffer, hex(sealed));
    let len = key.open_in_place(&nonce, &hex(aad), &mut buffer).unwrap();
    assert_eq!(&buffer[..len], plain);
}

/// The GCM specification's test case 4 (McGrew and Viega).
#[test]
fn aes_128_gcm_agrees_with_the_specification() {
    check(
        AeadAlgorithm::Aes128Gcm,
        "feffe9928665731c6d6a8f9467308308",
        "cafebabefacedbaddecaf888",
        "feedfacedeadbeeffeedfacedeadbeefabaddad2",
        &hex(
            "d9313225f88406e5a55909c5aff5269a86a7a9531534f7da2e4c303d8a318a72\
             1c3c0c95956809532fcf0e2449a6b525b16aedf5aa0de657ba637b39",
        ),
        "42831ec2217774244b7221b784d0d49ce3aa212f2c02a4e035c17e2329aca12e\
         21d514b25466931c7d8f6a5aac84aa051ba30b396a0aac973d58e091\
         5bc94fbc3221a5db94fae95ae7121a47",
    );
}

/// RFC 8439 s2.8.2.
#[test]
fn chacha20_poly1305_agrees_with_rfc_8439() {
    check(
        AeadAlgorithm::ChaCha20Poly1305,
        "808182838485868788898a8b8c8d8e8f909192939495969798999a9b9c9d9e9f",
        "070000004041424344454647",
        "50515253c0c1c2c3c4c5c6c7",
        b"Ladies and Gentlemen of the class of '99: If I could offer you only one tip for the \
          future, sunscreen would be it.",
        "d31a8d34648e60db7b86afbc53ef7ec2a4aded51296e08fea9e2b5a736ee62d6\
         3dbea45e8ca9671282fafb69da92728b1a71de0a9e060b2905d6a5b67ecd3b36\
         92ddbd7f2d778b8c9803aee328091b58fab324e4fad675945585808b4831d7bc\
         3ff4def08e4b7a9de576d26586cec64b6116\
         1ae10b594f09e26a7e902ecbd0600691",
    );
}

/// NIST SP 800-38C example 3: a nonce of 12 bytes and a tag of 8, as TLS's CCM_8 has them.
#[test]
fn aes_128_ccm_8_agrees_with_sp_800_38c() {
    check(
        AeadAlgorithm::Aes128Ccm8,
        "404142434445464748494a4b4c4d4e4f",
        "101112131415161718191a1b",
        "000102030405060708090a0b0c0d0e0f10111213",
        &hex("202122232425262728292a2b2c2d2e2f3031323334353637"),
        "e3b201a9f5b71a7a9b1ceaeccd97e70b6176aad9a4428aa5484392fbc1b09951",
    );
}

#[test]
fn scatter_gives_the_same_record_as_in_place() {
    for algorithm in ALL {
        let key = AeadKey::new(algorithm, &vec![7; algorithm.key_len()]).unwrap();
        let (nonce, tag_len) = ([3; 12], algorithm.tag_len());
        for len in [0, 1, 15, 16, 17, 1000] {
            let plain: Vec<u8> = (0..len).map(|i| i as u8).collect();
            let mut in_place = plain.clone();
            in_place.push(23);
            let mut tag = vec![0; tag_len];
            key.seal_in_place(&nonce, b"header", &mut in_place, &mut tag)
                .unwrap();
            in_place.extend_from_slice(&tag);

            let (mut out, mut rest) = (vec![0; len], vec![0; 1 + tag_len]);
            key.seal_scatter(&nonce, b"header", &plain, &[23], &mut out, &mut rest)
                .unwrap();
            out.extend_from_slice(&rest);
            assert_eq!(out, in_place, "{algorithm:?} {len}");

            let opened = key.open_in_place(&nonce, b"header", &mut out).unwrap();
            assert_eq!(opened, len + 1);
            assert_eq!(out[..len], plain);
            assert_eq!(out[len], 23);
        }
    }
}

#[test]
fn an_empty_record_seals_and_opens() {
    for algorithm in ALL {
        let key = AeadKey::new(algorithm, &vec![7; algorithm.key_len()]).unwrap();
        let mut sealed = vec![0; algorithm.tag_len()];
        key.seal_in_place(&[0; 12], b"aad", &mut [], &mut sealed)
            .unwrap();
        assert_eq!(key.open_in_place(&[0; 12], b"aad", &mut sealed), Ok(0));
    }
}

#[test]
fn any_flipped_bit_wrong_nonce_or_wrong_header_does_not_open() {
    for algorithm in ALL {
        let key = AeadKey::new(algorithm, &vec![7; algorithm.key_len()]).unwrap();
        let mut sealed = b"hello, record".to_vec();
        let mut tag = vec![0; algorithm.tag_len()];
        key.seal_in_place(&[1; 12], b"aad", &mut sealed, &mut tag)
            .unwrap();
        sealed.extend_from_slice(&tag);
        for bit in 0..sealed.len() * 8 {
            let mut flipped = sealed.clone();
            flipped[bit / 8] ^= 1 << (bit % 8);
            assert_eq!(
                key.open_in_place(&[1; 12], b"aad", &mut flipped),
                Err(OpenFailed)
            );
        }
        let open = |nonce, aad: &[u8]| key.open_in_place(nonce, aad, &mut sealed.clone());
        assert_eq!(open(&[2; 12], b"aad"), Err(OpenFailed));
        assert_eq!(open(&[1; 12], b"aae"), Err(OpenFailed));
        assert!(open(&[1; 12], b"aad").is_ok());
    }
}

#[test]
fn every_record_shorter_than_its_tag_is_refused() {
    for algorithm in ALL {
        let key = AeadKey::new(algorithm, &vec![7; algorithm.key_len()]).unwrap();
        for len in 0..algorithm.tag_len() {
            let mut short = vec![0; len];
            assert_eq!(
                key.open_in_place(&[0; 12], b"", &mut short),
                Err(OpenFailed)
            );
        }
    }
}

#[test]
fn wrong_lengths_are_errors() {
    for algorithm in ALL {
        let key_len = algorithm.key_len();
        for wrong in [0, key_len - 1, key_len + 1] {
            assert_eq!(
                AeadKey::new(algorithm, &vec![0; wrong]).err(),
                Some(BadKeyLength)
            );
        }
        let key = AeadKey::new(algorithm, &vec![0; key_len]).unwrap();
        let tag_len = algorithm.tag_len();
        for wrong in [0, tag_len - 1, tag_len + 1] {
            assert_eq!(
                key.seal_in_place(&[0; 12], b"", &mut [1, 2], &mut vec![0; wrong]),
                Err(SealFailed)
            );
            assert_eq!(
                key.seal_scatter(&[0; 12], b"", b"ab", b"", &mut [0; 2], &mut vec![0; wrong]),
                Err(SealFailed)
            );
        }
        let mut rest = vec![0; tag_len];
        assert_eq!(
            key.seal_scatter(&[0; 12], b"", b"ab", b"", &mut [0; 3], &mut rest),
            Err(SealFailed)
        );
    }
}

#[test]
fn a_key_is_small_and_does_not_print() {
    assert!(size_of::<AeadKey>() <= 48, "{}", size_of::<AeadKey>());
    let key = AeadKey::new(AeadAlgorithm::Aes128Gcm, &[0xab; 16]).unwrap();
    assert_eq!(format!("{key:?}"), "AeadKey(Aes128Gcm)");
}
