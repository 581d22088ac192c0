//! Keys and signatures: which a policy accepts, and in which encodings.

use super::NOW;
use super::made::{Made, authority, dns_names, element, extension, key};
use crate::algorithm::signature_algorithm;
use crate::roots::Roots;
use crate::verify::key_kinds::KeyKinds;
use crate::verify::policy::{Policy, Rules};
use crate::verify::reason::Reason;
use crate::verify::revocation::Revocation;
use crate::verify::{Purpose, Request, verify};
use handfast_crypto::signature::{KeyKind, PrivateKey, SignatureAlgorithm};
use rustls_pki_types::CertificateDer;

const SERVER_AUTH: &[u8] = &[0x30, 10, 6, 8, 0x2b, 6, 1, 5, 5, 7, 3, 1];

/// A leaf with this key below a root of P-256, by all the rules of the web.
fn judged(spki: &[u8], policy: &Policy) -> Option<Reason> {
    let root_key = key();
    let extensions = vec![
        dns_names(&["leaf"]),
        extension(37, false, SERVER_AUTH),
        extension(35, false, &[0x30, 3, 0x80, 1, 1]),
    ];
    let mut leaf = Made::new("leaf", "root", &root_key).with(extensions);
    leaf.spki = spki;
    let leaf = leaf.signed_by(&root_key);
    let root = Made::new("root", "root", &root_key)
        .with(vec![authority(None), extension(14, false, &[4, 1, 1])])
        .signed_by(&root_key);
    let mut roots = Roots::new();
    roots.add(CertificateDer::from(root)).expect("an anchor");
    let answer = verify(&Request {
        chain: &[&leaf],
        roots: &roots,
        purpose: Purpose::ServerAuth,
        key_usage: None,
        name: None,
        at_unix_s: NOW,
        policy,
        leaf_key: None,
        facts: None,
        revocation: Revocation::default(),
    });
    answer.err().map(|refused| refused.reason().clone())
}

const KINDS: [(KeyKind, KeyKinds); 8] = [
    (KeyKind::Rsa { bits: 2048 }, KeyKinds::RSA),
    (KeyKind::EcP256, KeyKinds::EC_P256),
    (KeyKind::EcP384, KeyKinds::EC_P384),
    (KeyKind::EcP521, KeyKinds::EC_P521),
    (KeyKind::Ed25519, KeyKinds::ED25519),
    (KeyKind::MlDsa44, KeyKinds::ML_DSA_44),
    (KeyKind::MlDsa65, KeyKinds::ML_DSA_65),
    (KeyKind::MlDsa87, KeyKinds::ML_DSA_87),
];

#[test]
fn a_policy_narrows_the_kinds_of_key() {
    for (kind, own) in KINDS {
        let key = PrivateKey::generate(kind).expect("a key");
        for (_, accepted) in KINDS {
            // The root's is P-256.
            let keys = KeyKinds::of(&[accepted, KeyKinds::EC_P256]);
            let policy = Policy {
                keys,
                ..Policy::MODERN
            };
            let answer = judged(key.public_spki(), &policy);
            let held = own == accepted || own == KeyKinds::EC_P256;
            assert_eq!(answer.is_none(), held, "{kind:?} {keys}");
            if !held {
                assert!(matches!(answer, Some(Reason::WeakKey { .. })), "{answer:?}");
            }
        }
    }
}

#[test]
fn the_policies_by_name_have_their_rules_and_keys() {
    for (kind, own) in KINDS {
        let key = PrivateKey::generate(kind).expect("a key");
        assert_eq!(judged(key.public_spki(), &Policy::MODERN), None, "{kind:?}");
        assert_eq!(
            judged(key.public_spki(), &Policy::RFC5280),
            None,
            "{kind:?}"
        );
        let web = judged(key.public_spki(), &Policy::WEB).is_none();
        let wanted = KeyKinds::of(&[KeyKinds::WEB, own]) == KeyKinds::WEB;
        assert_eq!(web, wanted, "{kind:?}");
    }
    let rules = [Policy::MODERN, Policy::RFC5280, Policy::WEB].map(|policy| policy.rules);
    assert_eq!(rules, [Rules::Path, Rules::Rfc5280, Rules::Web]);
}

#[test]
fn an_authoritys_key_is_held_to_the_policy_too() {
    let policy = Policy {
        keys: KeyKinds::EC_P384,
        ..Policy::MODERN
    };
    let key = PrivateKey::generate(KeyKind::EcP384).expect("a key");
    let answer = judged(key.public_spki(), &policy);
    assert!(matches!(answer, Some(Reason::WeakKey { .. })), "{answer:?}");
}

/// An RSA key with this exponent and a modulus of so many bytes.
fn rsa(bytes: usize, exponent: &[u8]) -> Vec<u8> {
    let modulus = [&[0][..], &vec![0xff; bytes]].concat();
    let key = element(0x30, &[&element(2, &[&modulus]), &element(2, &[exponent])]);
    let oid = [6, 9, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 1, 1, 5, 0];
    element(0x30, &[&element(0x30, &[&oid]), &element(3, &[&[0], &key])])
}

#[test]
fn rsa_exponents_are_odd_and_from_3_to_2_to_the_33() {
    for (exponent, sound) in [
        (&[3][..], true),
        (&[1, 0, 1], true),
        (&[1, 0xff, 0xff, 0xff, 0xff], true),
        (&[2, 0, 0, 0, 1], false),
        (&[1], false),
        (&[0], false),
        (&[2], false),
        (&[1, 0, 0], false),
        (&[0x80], false),
        (&[0, 3], false),
    ] {
        let answer = judged(&rsa(256, exponent), &Policy::MODERN);
        let wanted = (!sound).then_some(Reason::UnsupportedKey);
        assert_eq!(answer, wanted, "{exponent:?}");
    }
}

#[test]
fn absurd_rsa_keys_are_told_by_their_size_before_the_key_is_read() {
    // An even exponent is what reading would stumble over.
    for bytes in [1025, 2048, 8000] {
        let answer = judged(&rsa(bytes, &[2]), &Policy::MODERN);
        let key = format!("RSA of {} bits", bytes * 8);
        assert_eq!(answer, Some(Reason::WeakKey { key }));
    }
    assert_eq!(judged(&rsa(1024, &[1, 0, 1]), &Policy::MODERN), None);
    let answer = judged(&rsa(1024, &[2]), &Policy::MODERN);
    assert_eq!(answer, Some(Reason::UnsupportedKey));
}

/// An EC key: the curve and the bytes of the point.
fn ec(curve: &[u8], point: &[u8]) -> Vec<u8> {
    let oid = [6, 7, 0x2a, 0x86, 0x48, 0xce, 0x3d, 2, 1];
    element(
        0x30,
        &[&element(0x30, &[&oid, curve]), &element(3, &[&[0], point])],
    )
}

#[test]
fn elliptic_keys_are_uncompressed_points_on_named_curves() {
    const P256: &[u8] = &[6, 8, 0x2a, 0x86, 0x48, 0xce, 0x3d, 3, 1, 7];
    let key = key();
    let spki = key.public_spki();
    let point = spki.get(spki.len() - 65..).expect("a point").to_vec();
    assert_eq!(judged(&ec(P256, &point), &Policy::MODERN), None);
    let (x, y) = (&point[1..33], point[64]);
    let mut off = point.clone();
    off[64] ^= 1;
    let with = |form: u8, rest: &[u8]| [&[form], rest].concat();
    let explicit = element(0x30, &[&[2, 1, 1]]);
    let secp256k1 = [6, 5, 0x2b, 0x81, 4, 0, 10];
    for (what, spki) in [
        ("not on the curve", ec(P256, &off)),
        ("compressed", ec(P256, &with(2 + (y & 1), x))),
        ("hybrid", ec(P256, &with(6 + (y & 1), &point[1..]))),
        ("infinity", ec(P256, &[0])),
        ("short", ec(P256, &point[..64])),
        ("long", ec(P256, &[&point[..], &[0]].concat())),
        ("explicit", ec(&explicit, &point)),
        ("implicit", ec(&[5, 0], &point)),
        ("unnamed", ec(&[], &point)),
        ("secp256k1", ec(&secp256k1, &point)),
    ] {
        let answer = judged(&spki, &Policy::MODERN);
        assert_eq!(answer, Some(Reason::UnsupportedKey), "{what}");
    }
}

#[test]
fn identifiers_have_the_parameters_of_their_rfcs_and_no_others() {
    use SignatureAlgorithm as Algorithm;
    let rsa = |last: u8, rest: &[u8]| {
        let oid = [6, 9, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 1, last];
        signature_algorithm(&[&oid[..], rest].concat())
    };
    // RFC 4055 s5: NULL; absent is accepted as well.
    assert_eq!(rsa(11, &[5, 0]), Some(Algorithm::RsaPkcs1Sha256));
    assert_eq!(rsa(11, &[]), Some(Algorithm::RsaPkcs1Sha256));
    for rest in [&[5, 1, 0][..], &[0x30, 0], &[5, 0, 5, 0], &[4, 0]] {
        assert_eq!(rsa(11, rest), None, "{rest:?}");
    }
    // RFC 4055 s3.1: what is left out of PSS means SHA-1, and a salt of 20 bytes.
    assert_eq!(rsa(10, &[]), None);
    assert_eq!(rsa(10, &[5, 0]), None);
    assert_eq!(rsa(10, &[0x30, 0]), None);
    // MD2, MD5, SHA-224.
    for last in [2, 4, 14] {
        assert_eq!(rsa(last, &[5, 0]), None, "{last}");
    }
    let ed25519 = |rest: &[u8]| signature_algorithm(&[&[6, 3, 0x2b, 0x65, 0x70], rest].concat());
    assert_eq!(ed25519(&[]), Some(Algorithm::Ed25519));
    assert_eq!(ed25519(&[5, 0]), None);
    for (last, algorithm) in [
        (17, Algorithm::MlDsa44),
        (18, Algorithm::MlDsa65),
        (19, Algorithm::MlDsa87),
    ] {
        let oid = [6, 9, 0x60, 0x86, 0x48, 1, 0x65, 3, 4, 3, last];
        assert_eq!(signature_algorithm(&oid), Some(algorithm));
        assert_eq!(signature_algorithm(&[&oid[..], &[5, 0]].concat()), None);
    }
}
