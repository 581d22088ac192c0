//! Every reason that the fixed certificates do not provoke, provoked; each with its control.

use super::made::{
    ECDSA_SHA256, Made, authority, dns_constraint, dns_names, element, extension, key,
};
use super::{NOW, verify};
use crate::name::ServerName;
use crate::roots::Roots;
use crate::verify::policy::{Policy, Rules};
use crate::verify::reason::Reason;
use crate::verify::rejection::Place;
use crate::verify::revocation::Revocation;
use crate::verify::{Purpose, Request};
use handfast_crypto::signature::{KeyKind, PrivateKey, SignatureAlgorithm};
use rustls_pki_types::CertificateDer;

const CA: fn() -> Vec<Vec<u8>> = || vec![authority(None)];

/// What became of a chain under an anchor: the reason and place of its refusal.
fn judged(chain: &[&[u8]], anchor: &[u8], policy: &Policy) -> Option<(Reason, Place)> {
    let mut roots = Roots::new();
    roots
        .add(CertificateDer::from(anchor.to_vec()))
        .expect("an anchor");
    let name = ServerName::parse("example.test").expect("a name");
    let answer = verify(&Request {
        chain,
        roots: &roots,
        purpose: Purpose::ServerAuth,
        key_usage: None,
        name: Some(&name),
        at_unix_s: NOW,
        policy,
        leaf_key: None,
        facts: None,
        revocation: Revocation::default(),
    });
    answer.err().map(|refused| (refused.reason, refused.place))
}

/// A leaf under a root, with extensions of either.
fn leaf_and_root(
    leaf: Vec<Vec<u8>>,
    root: Vec<Vec<u8>>,
    policy: &Policy,
) -> Option<(Reason, Place)> {
    let (leaf_key, root_key) = (key(), key());
    let leaf = Made::new("leaf", "root", &leaf_key)
        .with(leaf)
        .signed_by(&root_key);
    let root = Made::new("root", "root", &root_key)
        .with(root)
        .signed_by(&root_key);
    judged(&[&leaf], &root, policy)
}

fn plain_leaf() -> Vec<Vec<u8>> {
    vec![dns_names(&["example.test"])]
}

#[test]
fn the_made_chain_itself_is_sound() {
    assert_eq!(leaf_and_root(plain_leaf(), CA(), &Policy::MODERN), None);
}

#[test]
fn an_unknown_critical_extension_is_refused_wherever_it_stands() {
    let unknown = |critical| extension(99, critical, &[5, 0]);
    for (critical, refused) in [(true, true), (false, false)] {
        let leaf = [plain_leaf(), vec![unknown(critical)]].concat();
        let answer = leaf_and_root(leaf, CA(), &Policy::MODERN);
        assert_eq!(answer.is_some(), refused);
        let root = vec![authority(None), unknown(critical)];
        let answer = leaf_and_root(plain_leaf(), root, &Policy::MODERN);
        let extension = "2.5.29.99".to_owned();
        let wanted = (
            Reason::UnknownCriticalExtension { extension },
            Place::Anchor(0),
        );
        assert_eq!(answer, refused.then_some(wanted));
    }
}

#[test]
fn a_demand_of_an_anchor_for_policies_is_met_or_refused() {
    let demand = || extension(36, true, &[0x30, 3, 0x80, 1, 0]);
    let root = || vec![authority(None), demand()];
    let answer = leaf_and_root(plain_leaf(), root(), &Policy::MODERN);
    assert_eq!(answer, Some((Reason::ExplicitPolicy, Place::Sent(0))));
    let stated = extension(32, false, &[0x30, 6, 0x30, 4, 6, 2, 0x2a, 3]);
    let leaf = [plain_leaf(), vec![stated]].concat();
    assert_eq!(leaf_and_root(leaf, root(), &Policy::MODERN), None);
}

#[test]
fn a_purpose_bounds_leaf_and_authority() {
    let client_alone = element(0x30, &[&[6, 8, 0x2b, 6, 1, 5, 5, 7, 3, 2]]);
    let usage = || extension(37, false, &client_alone);
    let reason = Reason::ExtendedKeyUsage {
        wanted: "serverAuth",
    };
    let leaf = [plain_leaf(), vec![usage()]].concat();
    let answer = leaf_and_root(leaf, CA(), &Policy::MODERN);
    assert_eq!(answer, Some((reason.clone(), Place::Sent(0))));
    let root = vec![authority(None), usage()];
    let answer = leaf_and_root(plain_leaf(), root, &Policy::MODERN);
    assert_eq!(answer, Some((reason, Place::Anchor(0))));
}

#[test]
fn a_list_of_purposes_has_an_end() {
    let count = crate::extension::MAX_PURPOSES;
    let server = [6, 8, 0x2b, 6, 1, 5, 5, 7, 3, 1];
    for (count, read) in [(count, true), (count + 1, false)] {
        let list = extension(37, false, &element(0x30, &[&server.repeat(count)]));
        let answer = leaf_and_root([plain_leaf(), vec![list]].concat(), CA(), &Policy::MODERN);
        let reason = answer.map(|(reason, _)| reason);
        assert_eq!(reason.is_none(), read, "{reason:?}");
        assert!(
            matches!(reason, None | Some(Reason::Malformed(_))),
            "{reason:?}"
        );
    }
}

#[test]
fn an_authority_without_key_cert_sign_signs_nothing() {
    let usage = extension(15, true, &[3, 2, 1, 0x02]);
    let root = vec![authority(None), usage];
    let answer = leaf_and_root(plain_leaf(), root, &Policy::MODERN);
    let wanted = "keyCertSign";
    assert_eq!(
        answer,
        Some((Reason::KeyUsage { wanted }, Place::Anchor(0)))
    );
}

#[test]
fn name_constraints_exclude_and_permit() {
    let name = "example.test".to_owned();
    for (constraint, wanted) in [
        (dns_constraint(0, "test"), None),
        (
            dns_constraint(0, "example.org"),
            Some(Reason::NameNotPermitted { name: name.clone() }),
        ),
        (
            dns_constraint(1, "test"),
            Some(Reason::NameExcluded { name }),
        ),
        (dns_constraint(1, "example.org"), None),
    ] {
        let root = vec![authority(None), constraint];
        let answer = leaf_and_root(plain_leaf(), root, &Policy::MODERN);
        assert_eq!(answer.map(|(reason, _)| reason), wanted);
    }
}

#[test]
fn an_algorithm_that_is_weak_or_unknown_is_refused() {
    let (leaf_key, root_key) = (key(), key());
    let root = Made::new("root", "root", &root_key)
        .with(CA())
        .signed_by(&root_key);
    let with = |algorithm: &[u8]| {
        let mut leaf = Made::new("leaf", "root", &leaf_key);
        leaf.algorithm = algorithm;
        let answer = judged(&[&leaf.signed_by(&root_key)], &root, &Policy::MODERN);
        answer.map(|(reason, _)| reason)
    };
    assert_eq!(with(ECDSA_SHA256), None);
    let sha1 = with(&[0x30, 9, 6, 7, 0x2a, 0x86, 0x48, 0xce, 0x3d, 4, 1]);
    assert!(
        matches!(sha1, Some(Reason::WeakSignature { .. })),
        "{sha1:?}"
    );
    let algorithm = "1.2.3".to_owned();
    let unknown = with(&[0x30, 4, 6, 2, 0x2a, 3]);
    assert_eq!(unknown, Some(Reason::UnsupportedSignature { algorithm }));
}

#[test]
fn every_kind_of_key_signs_certificates() {
    use SignatureAlgorithm as Algorithm;
    let ecdsa = |last| [&[6, 8, 0x2a, 0x86, 0x48, 0xce, 0x3d, 4, 3][..], &[last]].concat();
    let ml_dsa = |last| [&[6, 9, 0x60, 0x86, 0x48, 1, 0x65, 3, 4, 3][..], &[last]].concat();
    for (kind, signs, oid) in [
        (KeyKind::EcP256, Algorithm::EcdsaSha384, ecdsa(3)),
        (KeyKind::EcP384, Algorithm::EcdsaSha384, ecdsa(3)),
        (KeyKind::EcP521, Algorithm::EcdsaSha512, ecdsa(4)),
        (
            KeyKind::Ed25519,
            Algorithm::Ed25519,
            vec![6, 3, 0x2b, 0x65, 0x70],
        ),
        (KeyKind::MlDsa44, Algorithm::MlDsa44, ml_dsa(17)),
        (KeyKind::MlDsa65, Algorithm::MlDsa65, ml_dsa(18)),
        (KeyKind::MlDsa87, Algorithm::MlDsa87, ml_dsa(19)),
    ] {
        let root_key = PrivateKey::generate(kind).expect("a key");
        let algorithm = element(0x30, &[&oid]);
        let mut leaf = Made::new("leaf", "root", &root_key);
        (leaf.algorithm, leaf.signs) = (&algorithm, signs);
        let leaf = leaf.signed_by(&root_key);
        let mut root = Made::new("root", "root", &root_key).with(CA());
        (root.algorithm, root.signs) = (&algorithm, signs);
        let root = root.signed_by(&root_key);
        assert_eq!(judged(&[&leaf], &root, &Policy::MODERN), None, "{kind:?}");
        let mut broken = leaf;
        *broken.last_mut().expect("a signature") ^= 1;
        let answer = judged(&[&broken], &root, &Policy::MODERN);
        assert_eq!(
            answer,
            Some((Reason::BadSignature, Place::Sent(0))),
            "{kind:?}"
        );
    }
}

#[test]
fn an_authority_as_leaf_is_refused_by_the_rules_of_the_web_alone() {
    let usage = extension(
        37,
        false,
        &element(0x30, &[&[6, 8, 0x2b, 6, 1, 5, 5, 7, 3, 1]]),
    );
    let identifier = element(4, &[&[1]]);
    let own = extension(14, false, &identifier);
    let issuer = extension(35, false, &[0x30, 3, 0x80, 1, 1]);
    let leaf = [
        plain_leaf(),
        vec![authority(None), usage, own.clone(), issuer],
    ]
    .concat();
    let root = vec![authority(None), own];
    let with = |rules| {
        let policy = Policy {
            rules,
            ..Policy::MODERN
        };
        leaf_and_root(leaf.clone(), root.clone(), &policy).map(|(reason, _)| reason)
    };
    assert_eq!(with(Rules::Path), None);
    assert_eq!(with(Rules::Rfc5280), None);
    assert_eq!(with(Rules::Web), Some(Reason::CaAsLeaf));
}

#[test]
fn keys_of_absurd_size_or_unknown_kind_are_refused() {
    let root_key = key();
    let root = Made::new("root", "root", &root_key)
        .with(CA())
        .signed_by(&root_key);
    let with = |spki: &[u8]| {
        let mut leaf = Made::new("leaf", "root", &root_key);
        leaf.spki = spki;
        let answer = judged(&[&leaf.signed_by(&root_key)], &root, &Policy::MODERN);
        answer.map(|(reason, _)| reason)
    };
    // A29: the smallest that is refused, the largest that is not, and beyond.
    assert_eq!(with(&rsa(2048)), None);
    assert_eq!(with(&rsa(8192)), None);
    for bits in [1024, 2047, 8193, 16_384, 65_536] {
        let answer = with(&rsa(bits));
        let refused = matches!(
            answer,
            Some(Reason::WeakKey { .. } | Reason::UnsupportedKey)
        );
        assert!(refused, "{bits} bits: {answer:?}");
    }
    let unknown = element(0x30, &[&[0x30, 4, 6, 2, 0x2a, 3], &[3, 2, 0, 0]]);
    assert_eq!(with(&unknown), Some(Reason::UnsupportedKey));
}

/// An RSA key with an odd modulus of so many bits, which nobody knows how to factor or use.
fn rsa(bits: usize) -> Vec<u8> {
    let mut modulus = vec![0xff; bits.div_ceil(8)];
    modulus[0] = 0xff >> (modulus.len() * 8 - bits);
    if modulus[0] & 0x80 != 0 {
        modulus.insert(0, 0);
    }
    let key = element(0x30, &[&element(2, &[&modulus]), &[2, 3, 1, 0, 1]]);
    let oid = [6, 9, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 1, 1, 5, 0];
    element(0x30, &[&element(0x30, &[&oid]), &element(3, &[&[0], &key])])
}

/// A chain of `count` intermediates below a root of the given path length, leaf first.
fn long_chain(count: usize, path_length: Option<u8>) -> (Vec<Vec<u8>>, Vec<u8>) {
    let keys: Vec<PrivateKey> = (0..count + 2).map(|_| key()).collect();
    let names: Vec<String> = (0..count + 2)
        .map(|index| format!("number {index}"))
        .collect();
    let chain = (0..=count).map(|index| {
        let made = Made::new(&names[index], &names[index + 1], &keys[index]);
        let made = if index == 0 { made } else { made.with(CA()) };
        made.signed_by(&keys[index + 1])
    });
    let top = count + 1;
    let root = Made::new(&names[top], &names[top], &keys[top]);
    let root = root
        .with(vec![authority(path_length)])
        .signed_by(&keys[top]);
    (chain.collect(), root)
}

#[test]
fn path_lengths_and_the_depth_limit_hold_at_their_edges() {
    let answer = |count, length, policy: &Policy| {
        let (chain, root) = long_chain(count, length);
        let chain: Vec<_> = chain.iter().map(Vec::as_slice).collect();
        judged(&chain, &root, policy).map(|(reason, _)| reason)
    };
    assert_eq!(answer(2, Some(2), &Policy::MODERN), None);
    let (allowed, found) = (1, 2);
    let wanted = Some(Reason::PathLength { allowed, found });
    assert_eq!(answer(2, Some(1), &Policy::MODERN), wanted);
    let limit = Policy::MODERN.intermediates_max;
    assert_eq!(answer(limit, None, &Policy::MODERN), None);
    let wanted = Some(Reason::PathTooLong { limit });
    assert_eq!(answer(limit + 1, None, &Policy::MODERN), wanted);
}

#[test]
fn two_authorities_that_sign_each_other_end_the_search() {
    let (leaf_key, one, other, far) = (key(), key(), key(), key());
    let leaf = Made::new("leaf", "one", &leaf_key).signed_by(&one);
    let by_other = Made::new("one", "other", &one).with(CA()).signed_by(&other);
    let by_one = Made::new("other", "one", &other).with(CA()).signed_by(&one);
    let root = Made::new("far", "far", &far).with(CA()).signed_by(&far);
    let answer = judged(&[&leaf, &by_other, &by_one], &root, &Policy::MODERN);
    let reason = answer.expect("a refusal").0;
    assert!(matches!(reason, Reason::UnknownIssuer { .. }), "{reason:?}");
    // The control: once one of them is signed by the root, its path is found.
    let crossed = Made::new("other", "far", &other).with(CA()).signed_by(&far);
    let chain: [&[u8]; 4] = [&leaf, &by_other, &by_one, &crossed];
    assert_eq!(judged(&chain, &root, &Policy::MODERN), None);
}

#[test]
fn rules_for_issuers_hold_only_where_a_policy_asks() {
    let leaf = || [plain_leaf(), vec![authority(None)]].concat();
    assert_eq!(leaf_and_root(leaf(), CA(), &Policy::MODERN), None);
    let mut policy = Policy::MODERN;
    policy.rules = Rules::Rfc5280;
    let reason = leaf_and_root(plain_leaf(), CA(), &policy)
        .expect("a refusal")
        .0;
    assert!(matches!(reason, Reason::IssuingRule { .. }), "{reason:?}");
}
