use super::*;
use crate::random::SystemRandom;
use crate::random::test_sources::Broken;
use crate::signature::{KeyKind, PublicKey, SignatureAlgorithm};

/// Made by `tests/data/make.sh`.
macro_rules! data {
    ($name:literal) => {
        include_bytes!(concat!("../../tests/data/", $name)).as_slice()
    };
}

/// The password of the files: some UTF-8.
const PASSWORD: &[u8] = "correct hörse".as_bytes();

fn plain() -> PrivateKey {
    PrivateKey::from_der(data!("ec-pkcs8.der")).unwrap()
}

#[test]
fn plain_files_of_openssl_load() {
    let sec1 = PrivateKey::from_der(data!("ec-sec1.der")).unwrap();
    assert_eq!(sec1.kind(), KeyKind::EcP256);
    assert_eq!(sec1.public_spki(), plain().public_spki());
    let pkcs1 = PrivateKey::from_der(data!("rsa-pkcs1.der")).unwrap();
    assert_eq!(pkcs1.kind(), KeyKind::Rsa { bits: 2048 });
    let public = PublicKey::from_spki(pkcs1.public_spki()).unwrap();
    let algorithm = SignatureAlgorithm::RsaPssSha256;
    let signature = pkcs1.sign(algorithm, b"message").unwrap();
    assert_eq!(public.verify(algorithm, b"message", &signature), Ok(()));
}

#[test]
fn a_small_rsa_key_verifies_on_the_danger_path_only() {
    let key = PrivateKey::from_der(data!("rsa-1024-pkcs1.der")).unwrap();
    assert_eq!(key.kind(), KeyKind::Rsa { bits: 1024 });
    let public = PublicKey::from_spki(key.public_spki()).unwrap();
    let algorithm = SignatureAlgorithm::RsaPkcs1Sha256;
    let signature = key.sign(algorithm, b"message").unwrap();
    assert!(public.verify(algorithm, b"message", &signature).is_err());
    let dangerous = |message: &[u8]| public.verify_danger_small_rsa(algorithm, message, &signature);
    assert_eq!(dangerous(b"message"), Ok(()));
    assert!(dangerous(b"massage").is_err());
}

#[test]
fn a_restricted_pss_key_keeps_its_parameters() {
    let key = PrivateKey::from_der(data!("rsa-pss-pkcs8.der")).unwrap();
    assert_eq!(key.kind(), KeyKind::RsaPss { bits: 2048 });
    assert_eq!(key.public_spki(), data!("rsa-pss-spki.der"));
    assert_eq!(
        key.to_pkcs8_der().unwrap().as_slice(),
        data!("rsa-pss-pkcs8.der")
    );
    let public = PublicKey::from_spki(key.public_spki()).unwrap();
    let algorithm = SignatureAlgorithm::RsaPssSha256;
    let signature = key.sign(algorithm, b"message").unwrap();
    assert_eq!(public.verify(algorithm, b"message", &signature), Ok(()));
}

#[test]
fn damaged_and_encrypted_plain_keys_are_told_apart() {
    for file in [
        data!("ec-pkcs8.der"),
        data!("ec-sec1.der"),
        data!("rsa-pkcs1.der"),
    ] {
        for len in 0..file.len() {
            assert_eq!(
                PrivateKey::from_der(&file[..len]).err(),
                Some(KeyFault::Malformed)
            );
        }
        let mut longer = file.to_vec();
        longer.push(0);
        assert_eq!(
            PrivateKey::from_der(&longer).err(),
            Some(KeyFault::Malformed)
        );
    }
    assert_eq!(
        PrivateKey::from_der(data!("ec-pkcs8-aes.der")).err(),
        Some(KeyFault::Encrypted)
    );
}

#[test]
fn encrypted_pkcs8_opens_with_its_password_only() {
    for file in [data!("ec-pkcs8-aes.der"), data!("ec-pkcs8-3des.der")] {
        let key = decrypt_pkcs8(file, PASSWORD).unwrap();
        assert_eq!(key.public_spki(), plain().public_spki());
        for wrong in [b"wrong".as_slice(), b"", b"correct h\0rse", b"\xff\xfe"] {
            assert_eq!(
                decrypt_pkcs8(file, wrong).err(),
                Some(ContainerFault::WrongPassword)
            );
        }
        for len in 0..file.len() {
            assert_eq!(
                decrypt_pkcs8(&file[..len], PASSWORD).err(),
                Some(ContainerFault::Malformed)
            );
        }
    }
    assert_eq!(
        decrypt_pkcs8(data!("ec-pkcs8-scrypt.der"), PASSWORD).err(),
        Some(ContainerFault::Unsupported)
    );
    assert_eq!(
        decrypt_pkcs8(data!("ec-pkcs8.der"), PASSWORD).err(),
        Some(ContainerFault::Malformed)
    );
}

#[test]
fn pkcs12_gives_the_key_and_its_certificate_first() {
    for file in [data!("modern.p12"), data!("3des.p12")] {
        let opened = open_pkcs12(file, PASSWORD).unwrap();
        assert_eq!(opened.key.unwrap().public_spki(), plain().public_spki());
        assert_eq!(opened.certificates, [data!("leaf.der"), data!("ca.der")]);
        for wrong in [b"wrong".as_slice(), b"", b"correct h\0rse", b"\xff\xfe"] {
            assert_eq!(
                open_pkcs12(file, wrong).err(),
                Some(ContainerFault::WrongPassword)
            );
        }
        for len in 0..file.len() {
            assert_eq!(
                open_pkcs12(&file[..len], PASSWORD).err(),
                Some(ContainerFault::Malformed)
            );
        }
    }
}

#[test]
fn pkcs12_opens_with_an_empty_password_and_without_a_key() {
    let opened = open_pkcs12(data!("empty-password.p12"), b"").unwrap();
    assert_eq!(opened.certificates, [data!("leaf.der")]);
    assert!(opened.key.is_some());
    let opened = open_pkcs12(data!("certificates.p12"), PASSWORD).unwrap();
    assert!(opened.key.is_none());
    assert_eq!(opened.certificates, [data!("ca.der")]);
}

#[test]
fn what_is_encrypted_opens_with_its_password_only() {
    let sealed = encrypt_pkcs8(&plain(), PASSWORD, &mut SystemRandom).unwrap();
    let key = decrypt_pkcs8(&sealed, PASSWORD).unwrap();
    assert_eq!(key.public_spki(), plain().public_spki());
    assert_eq!(
        decrypt_pkcs8(&sealed, b"wrong").err(),
        Some(ContainerFault::WrongPassword)
    );
    let again = encrypt_pkcs8(&plain(), PASSWORD, &mut SystemRandom).unwrap();
    assert_ne!(sealed, again, "salt and initial value are drawn anew");
    let broken = encrypt_pkcs8(&plain(), PASSWORD, &mut Broken);
    assert_eq!(broken.err(), Some(ContainerFault::Unsupported));
}

#[test]
fn what_is_sealed_as_pkcs12_opens_whole() {
    let chain = [data!("leaf.der"), data!("ca.der")];
    for (password, name) in [(PASSWORD, Some("hörse")), (b"", None)] {
        let key = plain();
        let sealed = seal_pkcs12(Some(&key), &chain, name, password, &mut SystemRandom).unwrap();
        let opened = open_pkcs12(&sealed, password).unwrap();
        assert_eq!(opened.key.unwrap().public_spki(), key.public_spki());
        assert_eq!(opened.certificates, chain);
        assert_eq!(
            open_pkcs12(&sealed, b"wrong").err(),
            Some(ContainerFault::WrongPassword)
        );
    }
    let sealed = seal_pkcs12(None, &chain[1..], None, PASSWORD, &mut SystemRandom).unwrap();
    let opened = open_pkcs12(&sealed, PASSWORD).unwrap();
    assert!(opened.key.is_none());
    assert_eq!(opened.certificates, chain[1..]);
    let sealed = seal_pkcs12(Some(&plain()), &[], None, PASSWORD, &mut SystemRandom).unwrap();
    assert!(
        open_pkcs12(&sealed, PASSWORD)
            .unwrap()
            .certificates
            .is_empty()
    );
    let wrong = seal_pkcs12(None, &chain, None, b"\xff", &mut SystemRandom);
    assert_eq!(wrong.err(), Some(ContainerFault::Malformed));
}
