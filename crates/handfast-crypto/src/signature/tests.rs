use super::*;
use crate::tests::hex;

const KINDS: [KeyKind; 8] = [
    KeyKind::Rsa { bits: 2048 },
    KeyKind::RsaPss { bits: 2048 },
    KeyKind::EcP256,
    KeyKind::EcP384,
    KeyKind::EcP521,
    KeyKind::Ed25519,
    KeyKind::MlDsa44,
    KeyKind::MlDsa65,
];

const ALGORITHMS: [SignatureAlgorithm; 15] = [
    SignatureAlgorithm::RsaPkcs1Sha1,
    SignatureAlgorithm::RsaPkcs1Sha256,
    SignatureAlgorithm::RsaPkcs1Sha384,
    SignatureAlgorithm::RsaPkcs1Sha512,
    SignatureAlgorithm::RsaPssSha256,
    SignatureAlgorithm::RsaPssSha384,
    SignatureAlgorithm::RsaPssSha512,
    SignatureAlgorithm::EcdsaSha1,
    SignatureAlgorithm::EcdsaSha256,
    SignatureAlgorithm::EcdsaSha384,
    SignatureAlgorithm::EcdsaSha512,
    SignatureAlgorithm::Ed25519,
    SignatureAlgorithm::MlDsa44,
    SignatureAlgorithm::MlDsa65,
    SignatureAlgorithm::MlDsa87,
];

fn obsolete(algorithm: SignatureAlgorithm) -> bool {
    matches!(
        algorithm,
        SignatureAlgorithm::RsaPkcs1Sha1 | SignatureAlgorithm::EcdsaSha1
    )
}

#[test]
fn every_suitable_pair_signs_and_verifies_and_no_flipped_bit_does() {
    for kind in KINDS.into_iter().chain([KeyKind::MlDsa87]) {
        let private = PrivateKey::generate(kind).unwrap();
        assert_eq!(private.kind(), kind);
        let public = PublicKey::from_spki(private.public_spki()).unwrap();
        assert_eq!(public.kind(), kind);
        let mut suitable = 0;
        for algorithm in ALGORITHMS {
            let signed = private.sign(algorithm, b"message");
            if obsolete(algorithm) || !kind.suits(algorithm) {
                assert_eq!(signed.err(), Some(SignFailed::WrongAlgorithm));
                continue;
            }
            suitable += 1;
            let signature = signed.unwrap();
            assert_eq!(public.verify(algorithm, b"message", &signature), Ok(()));
            let bad = Err(BadSignature);
            assert_eq!(public.verify(algorithm, b"massage", &signature), bad);
            for position in [0, signature.len() / 2, signature.len() - 1] {
                let mut flipped = signature.clone();
                flipped[position] ^= 1;
                assert_eq!(public.verify(algorithm, b"message", &flipped), bad);
            }
            let short = &signature[..signature.len() - 1];
            assert_eq!(public.verify(algorithm, b"message", short), bad);
            assert_eq!(public.verify(algorithm, b"message", &[]), bad);
            for other in ALGORITHMS.into_iter().filter(|other| *other != algorithm) {
                assert_eq!(public.verify(other, b"message", &signature), bad);
            }
        }
        assert!(suitable > 0, "{kind:?}");
    }
}

#[test]
fn keys_come_back_from_pkcs8_as_they_went() {
    for kind in KINDS {
        let private = PrivateKey::generate(kind).unwrap();
        let again = PrivateKey::from_der(&private.to_pkcs8_der().unwrap()).unwrap();
        assert_eq!(again.kind(), kind);
        assert_eq!(again.public_spki(), private.public_spki());
    }
}

/// RFC 8032 s7.1, test 3.
#[test]
fn ed25519_agrees_with_rfc_8032() {
    let mut der = hex("302e020100300506032b657004220420");
    der.extend(hex(
        "c5aa8df43f9f837bedb7442f31dcb7b166d38535076f094b85ce3a2e0b4458f7",
    ));
    let private = PrivateKey::from_der(&der).unwrap();
    let public = hex("fc51cd8e6218a1a38da47ed00230f0580816ed13ba3303ac5deb911548908025");
    assert!(private.public_spki().ends_with(&public));
    assert_eq!(private.subject_public_key(), public);
    assert_eq!(
        private
            .sign(SignatureAlgorithm::Ed25519, &[0xaf, 0x82])
            .unwrap(),
        hex(
            "6291d657deec24024827e69c3abe01a30ce548a284743a445e3680d7db5ac3ac\
             18ff9b538d16f290ae67f760984dc6594a7c15e9716ed28dc027beceea1ec40a"
        )
    );
}

/// RFC 6979 A.2.5: P-256 with SHA-256 and message "sample".
#[test]
fn ecdsa_verifies_rfc_6979s_signature() {
    let identifier = hex("06072a8648ce3d020106082a8648ce3d030107");
    let point = hex(
        "0460fed4ba255a9d31c961eb74c6356d68c049b8923b61fa6ce669622e60f29fb6\
         7903fe1008b8bc99a41ae9e95628bc64f2f1b20c2d7e9f5177a3c294d4462299",
    );
    let signature = hex(
        "3046022100efd48b2aacb6a8fd1140dd9cd45e81d69d2c877b56aaf991c34d0ea84eaf3716\
         022100f7cb1c942d657c41d436c7a1b6e29f65f3e900dbb9aff4064dc4ab2f843acda8",
    );
    let public = PublicKey::new(&identifier, &point).unwrap();
    let algorithm = SignatureAlgorithm::EcdsaSha256;
    assert_eq!(public.verify(algorithm, b"sample", &signature), Ok(()));
}

#[test]
fn identifiers_with_wrong_parameters_are_refused() {
    let key = PrivateKey::generate(KeyKind::EcP256).unwrap();
    let point = &key.public_spki()[key.public_spki().len() - 65..];
    let accepted = |identifier: &str| PublicKey::new(&hex(identifier), point).is_ok();
    assert!(accepted("06072a8648ce3d020106082a8648ce3d030107"));
    // No curve, NULL, an unknown curve, another curve, trailing bytes.
    assert!(!accepted("06072a8648ce3d0201"));
    assert!(!accepted("06072a8648ce3d02010500"));
    assert!(!accepted("06072a8648ce3d020106052b8104000a"));
    assert!(!accepted("06072a8648ce3d020106052b81040022"));
    assert!(!accepted("06072a8648ce3d020106082a8648ce3d0301070500"));
    assert!(!accepted(""));

    let rsa = PrivateKey::generate(KeyKind::Rsa { bits: 2048 }).unwrap();
    let public = &rsa.public_spki()[24..];
    let accepted = |identifier: &str| PublicKey::new(&hex(identifier), public).is_ok();
    assert!(accepted("06092a864886f70d0101010500"));
    assert!(!accepted("06092a864886f70d010101"));
    assert!(accepted("06092a864886f70d01010a"));
    assert!(!accepted("06092a864886f70d01010a0500"));
    // Empty PSS parameters mean SHA-1.
    assert!(!accepted("06092a864886f70d01010a3000"));
}

/// RFC 4055 s1.2: parameters in the key bind its signatures.
#[test]
fn a_pss_key_restricted_to_one_hash_verifies_no_other() {
    let rsa = PrivateKey::generate(KeyKind::Rsa { bits: 2048 }).unwrap();
    let public = &rsa.public_spki()[24..];
    let identifier = hex(
        "06092a864886f70d01010a3034a00f300d06096086480165030402010500\
         a11c301a06092a864886f70d010108300d06096086480165030402010500a203020120",
    );
    let key = PublicKey::new(&identifier, public).unwrap();
    for (algorithm, fits) in [
        (SignatureAlgorithm::RsaPssSha256, true),
        (SignatureAlgorithm::RsaPssSha384, false),
        (SignatureAlgorithm::RsaPkcs1Sha256, false),
    ] {
        let signature = rsa.sign(algorithm, b"message").unwrap();
        assert_eq!(key.verify(algorithm, b"message", &signature).is_ok(), fits);
    }
}

#[test]
fn every_truncation_of_a_public_key_is_refused() {
    for kind in [
        KeyKind::EcP256,
        KeyKind::Ed25519,
        KeyKind::Rsa { bits: 2048 },
    ] {
        let private = PrivateKey::generate(kind).unwrap();
        let spki = private.public_spki();
        for len in 0..spki.len() {
            assert!(PublicKey::from_spki(&spki[..len]).is_err());
        }
        let mut longer = spki.to_vec();
        longer.push(0);
        assert!(PublicKey::from_spki(&longer).is_err());
    }
}

#[test]
fn a_kind_is_told_without_reading_the_key() {
    for kind in KINDS.into_iter().chain([KeyKind::MlDsa87]) {
        let private = PrivateKey::generate(kind).unwrap();
        let (identifier, key) = identifier::spki_parts(private.public_spki()).unwrap();
        assert_eq!(PublicKey::kind_of(identifier, key), Ok(kind));
    }
    let rsa = [
        0x30, 13, 6, 9, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 1, 1, 5, 0,
    ];
    for (modulus, bits) in [
        (&[0x01][..], Ok(1)),
        (&[0x7f, 0xff], Ok(15)),
        (&[0, 0x80], Ok(8)),
        (&[0xff, 0xff], Err(UnsupportedKey)),
        (&[0], Err(UnsupportedKey)),
    ] {
        let length = u8::try_from(modulus.len()).unwrap();
        let key = [&[0x30, length + 5, 2, length], modulus, &[2, 1, 3]].concat();
        let told = PublicKey::kind_of(&rsa[2..], &key);
        assert_eq!(told, bits.map(|bits| KeyKind::Rsa { bits }), "{modulus:?}");
    }
    assert_eq!(PublicKey::kind_of(&rsa[2..], &[]), Err(UnsupportedKey));
}

#[test]
fn an_even_rsa_exponent_is_refused() {
    let rsa = PrivateKey::generate(KeyKind::Rsa { bits: 2048 }).unwrap();
    let mut spki = rsa.public_spki().to_vec();
    assert!(spki.ends_with(&[1, 0, 1]));
    *spki.last_mut().unwrap() = 0;
    assert!(PublicKey::from_spki(&spki).is_err());
}

#[test]
fn unusual_rsa_lengths_are_not_made() {
    for bits in [0, 512, 1024, 2047, 2049, 16384] {
        let refused = PrivateKey::generate(KeyKind::Rsa { bits }).err();
        assert_eq!(refused, Some(KeyFault::Unsupported));
    }
}

#[test]
fn a_private_key_is_shareable_and_does_not_print() {
    fn shareable<T: Send + Sync>(_: &T) {}
    let private = PrivateKey::generate(KeyKind::EcP256).unwrap();
    shareable(&private);
    assert_eq!(format!("{private:?}"), "PrivateKey(EcP256)");
}
