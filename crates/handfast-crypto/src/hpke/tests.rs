use super::*;
use crate::random::SystemRandom;
use crate::random::test_sources::Scripted;
use crate::tests::hex;

/// RFC 9180 appendix A.1.1: DHKEM(X25519, HKDF-SHA256), HKDF-SHA256, AES-128-GCM, base mode.
const SUITE: HpkeSuite = HpkeSuite {
    kem: Kem::X25519HkdfSha256,
    kdf: Kdf::HkdfSha256,
    aead: HpkeAead::Aes128Gcm,
};
const INFO: &str = "4f6465206f6e2061204772656369616e2055726e";
const SK_EM: &str = "52c4a758a802cd8b936eceea314432798d5baf2d7e9235dc084ab1b9cfa2f736";
const ENC: &str = "37fda3567bdbd628e88668c3c8d7e97d1d1253b6d4ea6d44c150f741f1bf4431";
const SK_RM: &str = "4612c550263fc8ad58375df3f557aac531d26850903e55a9f23f21d8534e8ac8";
const PK_RM: &str = "3948cfe0ad1ddb695d780e59077195da6c56506b027329794ab02bca80815c4d";
const SHARED: &str = "fe0e18c9f024ce43799ae393c7e8fe8fce9d218875e8227b0187c04e7d2ea1fc";
const PT: &str = "4265617574792069732074727574682c20747275746820626561757479";
const SEALED: [&str; 2] = [
    "f938558b5d72f1a23810b4be2ab4f84331acc02fc97babc53a52ae8218a355a96d8770ac83d07bea87e13c512a",
    "af2d7e9ac9ae7e270f46ba1f975be53c09f8d875bdc8535458c2494e8a6eab251c03d0c22a56b8ca42c2063b84",
];

#[test]
fn the_rfc_s_messages_are_sealed_and_opened() {
    let key = RecipientKey::from_private(SUITE.kem, &hex(SK_RM)).unwrap();
    assert_eq!(key.public(), hex(PK_RM));
    let mut script = Scripted(hex(SK_EM));
    let (mut sender, enc) =
        Sender::new_logged(SUITE, key.public(), &hex(INFO), &mut script).unwrap();
    assert_eq!(enc, hex(ENC));
    assert_eq!(sender.logged().unwrap().as_bytes(), hex(SHARED));
    assert_eq!(key.shared_secret(&enc).unwrap().as_bytes(), hex(SHARED));
    let mut recipient = Recipient::new(SUITE.kdf, SUITE.aead, &key, &enc, &hex(INFO)).unwrap();
    for (count, wanted) in SEALED.iter().enumerate() {
        let aad = format!("Count-{count}");
        let mut sealed = vec![0; hex(PT).len() + HPKE_TAG_LEN];
        sender.seal(aad.as_bytes(), &hex(PT), &mut sealed).unwrap();
        assert_eq!(sealed, hex(wanted));
        assert_eq!(recipient.open(aad.as_bytes(), &sealed).unwrap(), hex(PT));
    }
}

#[test]
fn every_suite_opens_what_it_sealed_and_nothing_else() {
    for kdf in [1, 2].map(|code| Kdf::from_code(code).unwrap()) {
        for aead in [1, 2, 3].map(|code| HpkeAead::from_code(code).unwrap()) {
            let kem = Kem::X25519HkdfSha256;
            let key = RecipientKey::generate(kem, &mut SystemRandom).unwrap();
            let other = RecipientKey::generate(kem, &mut SystemRandom).unwrap();
            let suite = HpkeSuite { kem, kdf, aead };
            let (mut sender, enc) =
                Sender::new(suite, key.public(), b"info", &mut SystemRandom).unwrap();
            let mut sealed = vec![0; 2 + HPKE_TAG_LEN];
            sender.seal(b"aad", b"hi", &mut sealed).unwrap();
            let recipient = |key, info| Recipient::new(kdf, aead, key, &enc, info).unwrap();
            let mut right = recipient(&key, b"info");
            assert_eq!(right.open(b"bad", &sealed), Err(HpkeFailed::Message));
            assert_eq!(right.open(b"aad", b"short"), Err(HpkeFailed::Message));
            // What did not open has not been counted.
            assert_eq!(right.open(b"aad", &sealed).unwrap(), b"hi");
            assert!(recipient(&other, b"info").open(b"aad", &sealed).is_err());
            assert!(recipient(&key, b"onfi").open(b"aad", &sealed).is_err());
        }
    }
}

#[test]
fn keys_and_encs_of_a_wrong_length_or_order_are_refused() {
    let kem = Kem::X25519HkdfSha256;
    assert_eq!(
        RecipientKey::from_private(kem, &[1; 31]).err(),
        Some(HpkeFailed::Key)
    );
    let (random, info) = (&mut SystemRandom, b"info");
    // All zeros is a point of small order.
    for bad in [&[0_u8; 32][..], &[9; 31], &[]] {
        let made = Sender::new(SUITE, bad, info, random);
        assert_eq!(made.err(), Some(HpkeFailed::Key));
        let key = RecipientKey::generate(kem, random).unwrap();
        let made = Recipient::new(SUITE.kdf, SUITE.aead, &key, bad, info);
        assert_eq!(made.err(), Some(HpkeFailed::Message));
        assert!(key.shared_secret(bad).is_err());
    }
    let mut short = [0; 2];
    let key = RecipientKey::generate(kem, random).unwrap();
    let (mut sender, _) = Sender::new(SUITE, key.public(), info, random).unwrap();
    assert_eq!(
        sender.seal(b"", b"hi", &mut short),
        Err(HpkeFailed::Message)
    );
    assert_eq!(format!("{key:?}"), "RecipientKey(X25519HkdfSha256)");
}
