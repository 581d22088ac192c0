//! Anchors of every form, and what is told of the paths that were tried.

use super::made::{Made, authority, dns_constraint, dns_names, element, key, name};
use super::{NOW, verify};
use crate::certificate::Certificate;
use crate::name::ServerName;
use crate::roots::Roots;
use crate::verify::exceptions::Exceptions;
use crate::verify::facts::SignatureFacts;
use crate::verify::policy::Policy;
use crate::verify::reason::Reason;
use crate::verify::rejection::{Place, Rejection};
use crate::verify::revocation::Revocation;
use crate::verify::tried::KEPT_PATHS;
use crate::verify::{Purpose, Request, Verdict};
use handfast_crypto::signature::PrivateKey;
use rustls_pki_types::CertificateDer;

fn judge(chain: &[&[u8]], roots: &Roots, policy: &Policy) -> Result<Verdict, Box<Rejection>> {
    let name = ServerName::parse("example.test").expect("a name");
    verify(&Request {
        chain,
        roots,
        purpose: Purpose::ServerAuth,
        key_usage: None,
        name: Some(&name),
        at_unix_s: NOW,
        policy,
        leaf_key: None,
        facts: None,
        revocation: Revocation::default(),
    })
}

fn roots(anchors: &[&[u8]]) -> Roots {
    let mut roots = Roots::new();
    for anchor in anchors {
        let anchor = CertificateDer::from(anchor.to_vec());
        roots.add(anchor).expect("an anchor");
    }
    roots
}

fn ca(subject: &str, issuer: &str, own: &PrivateKey, signer: &PrivateKey) -> Vec<u8> {
    let made = Made::new(subject, issuer, own);
    made.with(vec![authority(None)]).signed_by(signer)
}

#[test]
fn a_name_and_a_key_are_an_anchor() {
    let (leaf_key, middle_key, root_key) = (key(), key(), key());
    let leaf = Made::new("leaf", "middle", &leaf_key).signed_by(&middle_key);
    let middle = ca("middle", "root", &middle_key, &root_key);
    let chain: [&[u8]; 2] = [&leaf, &middle];
    let anchored = |subject: &str, spki: &[u8], constraints: Option<&[u8]>| {
        let mut roots = Roots::new();
        roots
            .add_key(&name(subject), spki, constraints)
            .expect("a key");
        judge(&chain, &roots, &Policy::MODERN)
            .map(|verdict| verdict.path().to_vec())
            .map_err(|refused| (refused.reason, refused.place))
    };
    assert_eq!(
        anchored("root", root_key.public_spki(), None),
        Ok(vec![0, 1])
    );
    assert_eq!(
        anchored("middle", middle_key.public_spki(), None),
        Ok(vec![0])
    );
    // The same name with another key, and the same key under another name.
    let other_key = anchored("root", leaf_key.public_spki(), None);
    assert_eq!(other_key, Err((Reason::BadSignature, Place::Sent(1))));
    assert!(anchored("other", root_key.public_spki(), None).is_err());
    // Constraints bind as those of a certificate do.
    let subtree = |base: &str| {
        let subtree = element(0x30, &[&element(0x82, &[base.as_bytes()])]);
        element(0x30, &[&element(0xa0, &[&subtree])])
    };
    let within = anchored("root", root_key.public_spki(), Some(&subtree("test")));
    assert_eq!(within, Ok(vec![0, 1]));
    let outside = anchored("root", root_key.public_spki(), Some(&subtree("org")));
    let name = "example.test".to_owned();
    let refused = (Reason::NameNotPermitted { name }, Place::Anchor(0));
    assert_eq!(outside, Err(refused));
}

/// What a weak key signed may be known already, from a policy that accepts such keys.
#[test]
fn the_key_of_an_anchor_of_either_form_is_judged_although_its_signature_is_known() {
    let leaf: &[u8] = include_bytes!("../../../testdata/old-rsa1024-leaf.der");
    let root: &[u8] = include_bytes!("../../../testdata/old-rsa1024-root.der");
    let anchor = Certificate::parse(root).expect("a root");
    let mut by_key = Roots::new();
    let added = by_key.add_key(anchor.subject().der(), anchor.spki(), None);
    added.expect("a name and a key");
    let weak = Policy {
        exceptions: Exceptions::danger_allow(&[Exceptions::RSA_1024]),
        ..Policy::MODERN
    };
    let facts = SignatureFacts::new(16);
    let judge = |roots: &Roots, policy: &Policy| {
        let judged = verify(&Request {
            chain: &[leaf],
            roots,
            purpose: Purpose::ServerAuth,
            key_usage: None,
            name: None,
            at_unix_s: NOW,
            policy,
            leaf_key: None,
            facts: Some(&facts),
            revocation: Revocation::default(),
        });
        judged.err().map(|no| (no.reason().clone(), no.place()))
    };
    let key = String::from("RSA of 1024 bits");
    let refused = Some((Reason::WeakKey { key }, Place::Anchor(0)));
    for roots in [&by_key, &roots(&[root])] {
        assert_eq!(judge(roots, &weak), None);
        assert!(!facts.is_empty());
        assert_eq!(judge(roots, &Policy::MODERN), refused);
    }
}

#[test]
fn the_parts_of_a_key_anchor_are_read_when_it_is_added() {
    let own = key();
    let (subject, spki) = (name("root"), own.public_spki());
    let mut roots = Roots::new();
    assert!(roots.add_key(b"junk", spki, None).is_err());
    assert!(roots.add_key(&subject, &spki[1..], None).is_err());
    assert!(
        roots
            .add_key(&subject, &[spki, &[0]].concat(), None)
            .is_err()
    );
    assert!(roots.add_key(&subject, spki, Some(&[0x30, 0])).is_err());
    assert!(roots.is_empty());
    roots.add_key(&subject, spki, None).expect("a key");
    roots.add_key(&subject, spki, None).expect("the key again");
    assert_eq!((roots.len(), roots.iter().count()), (1, 0));
    assert_eq!(roots.name_and_key(0), Some((&*subject, spki)));
    let encoding = [&*subject, spki].concat();
    assert_eq!(roots.encodings().collect::<Vec<_>>(), [&*encoding]);
}

#[test]
fn a_self_signed_leaf_is_believed_where_it_is_an_anchor_and_an_authority_too() {
    let own = key();
    let names = || dns_names(&["example.test"]);
    let plain = Made::new("leaf", "leaf", &own).with(vec![names()]);
    let authority = Made::new("leaf", "leaf", &own).with(vec![names(), authority(None)]);
    for made in [plain, authority] {
        let leaf = made.signed_by(&own);
        let verdict = judge(&[&leaf], &roots(&[&leaf]), &Policy::MODERN).expect("the pin");
        assert_eq!((verdict.path(), verdict.anchor()), (&[0][..], 0));
        // Another certificate of the same name and key is not the pin.
        let other = Made::new("leaf", "leaf", &own).with(vec![names(), dns_constraint(0, "test")]);
        let refused = judge(&[&leaf], &roots(&[&other.signed_by(&own)]), &Policy::MODERN);
        let reason = refused.expect_err("not the pin").reason().clone();
        assert_eq!(reason, Reason::NotACa);
        let refused = judge(&[&leaf], &Roots::new(), &Policy::MODERN);
        assert_eq!(
            *refused.expect_err("no anchor").reason(),
            Reason::SelfSigned
        );
    }
}

/// A certificate of version 1: without extensions.
fn version_1(subject: &str, issuer: &str, own: &PrivateKey, signer: &PrivateKey) -> Vec<u8> {
    let mut made = Made::new(subject, issuer, own);
    made.version = 1;
    made.signed_by(signer)
}

#[test]
fn version_1_signs_certificates_by_a_named_exception_alone() {
    let (leaf_key, middle_key, root_key) = (key(), key(), key());
    let leaf = Made::new("leaf", "middle", &leaf_key).signed_by(&middle_key);
    let old_middle = version_1("middle", "root", &middle_key, &root_key);
    let old_root = version_1("root", "root", &root_key, &root_key);
    let middle = ca("middle", "root", &middle_key, &root_key);
    let root = ca("root", "root", &root_key, &root_key);
    let excepted = Policy {
        exceptions: Exceptions::danger_allow(&[Exceptions::X509_V1]),
        ..Policy::MODERN
    };
    let told = |middle: &[u8], anchor: &[u8], policy: &Policy| {
        let chain: [&[u8]; 2] = [&leaf, middle];
        let judged = judge(&chain, &roots(&[anchor]), policy);
        judged.err().map(|no| (no.reason().clone(), no.place()))
    };
    let not_a_ca = |place| Some((Reason::NotACa, place));
    let at_root = told(&middle, &old_root, &Policy::MODERN);
    assert_eq!(at_root, not_a_ca(Place::Anchor(0)));
    assert_eq!(told(&middle, &old_root, &excepted), None);
    // Below an anchor it would make any old server an authority; so would an anchor that another
    // one issued.
    for policy in [&Policy::MODERN, &excepted] {
        let below = told(&old_middle, &root, policy);
        assert_eq!(below, not_a_ca(Place::Sent(1)));
        let refused = judge(&[&leaf], &roots(&[&old_middle]), policy).expect_err("no root");
        assert_eq!(
            (refused.reason(), refused.place()),
            (&Reason::NotACa, Place::Anchor(0))
        );
    }
    // The exception is for version 1: one of version 3 can say what it is.
    let no_authority = Made::new("middle", "root", &middle_key).signed_by(&root_key);
    let refused = judge(&[&leaf, &no_authority], &roots(&[&root]), &excepted);
    assert_eq!(*refused.expect_err("no authority").reason(), Reason::NotACa);
}

#[test]
fn every_path_that_was_tried_is_told_with_the_rule_that_broke_it() {
    let (leaf_key, middle_key, root_key, stranger) = (key(), key(), key(), key());
    let leaf = Made::new("leaf", "middle", &leaf_key).signed_by(&middle_key);
    let no_authority = Made::new("middle", "root", &middle_key).signed_by(&root_key);
    let other_key = ca("middle", "root", &stranger, &root_key);
    let lost = ca("middle", "nowhere", &middle_key, &stranger);
    let root = ca("root", "root", &root_key, &root_key);
    let chain: [&[u8]; 4] = [&leaf, &no_authority, &other_key, &lost];
    let refused = judge(&chain, &roots(&[&root]), &Policy::MODERN).expect_err("no path");
    let told: Vec<_> = refused
        .tried()
        .iter()
        .map(|one| (one.certificates().len(), one.place(), one.section()))
        .collect();
    assert_eq!(
        told,
        [
            (2, Place::Sent(1), "RFC 5280 s6.1.4 (k)"),
            (2, Place::Sent(0), "RFC 5280 s6.1.3 (a)(1)"),
            (2, Place::Sent(3), "RFC 5280 s6.1"),
        ]
    );
    assert_eq!(refused.tried_more(), 0);
    assert_eq!(refused.place(), Place::Sent(3));
    let subjects = refused.tried()[2].certificates().iter();
    let subjects: Vec<_> = subjects.map(|one| one.subject.as_str()).collect();
    assert_eq!(subjects, ["CN=leaf", "CN=middle"]);
    let shown = refused.to_string();
    for line in [
        "path 1:  0 > 1: certificate 1 that the peer sent: it signed a certificate but",
        "path 3:  0 > 3: certificate 3 that the peer sent: ",
    ] {
        assert!(shown.contains(line), "{shown}");
    }
    // One path is told by the refusal itself.
    let alone = judge(&chain[..2], &roots(&[&root]), &Policy::MODERN).expect_err("no path");
    assert!(!alone.to_string().contains("path 1:"), "{alone}");
}

#[test]
fn of_many_paths_the_first_are_kept_and_the_one_that_explains_most() {
    let (leaf_key, middle_key, root_key) = (key(), key(), key());
    let leaf = Made::new("leaf", "middle", &leaf_key).signed_by(&middle_key);
    let no_authority = Made::new("middle", "root", &middle_key).signed_by(&root_key);
    let lost = ca("middle", "nowhere", &middle_key, &root_key);
    let mut chain: Vec<&[u8]> = vec![&leaf];
    chain.extend(std::iter::repeat_n(no_authority.as_slice(), 2 * KEPT_PATHS));
    chain.push(&lost);
    let refused = judge(&chain, &Roots::new(), &Policy::MODERN).expect_err("no path");
    assert_eq!(
        (refused.tried().len(), refused.tried_more()),
        (KEPT_PATHS, KEPT_PATHS + 1)
    );
    let issuer = "CN=nowhere".to_owned();
    assert_eq!(*refused.reason(), Reason::UnknownIssuer { issuer });
    let last = refused.tried().last().expect("paths");
    assert_eq!(last.reason(), refused.reason());
}

#[test]
fn a_name_in_other_letters_is_the_issuers_where_nobody_bears_it_byte_for_byte() {
    let (leaf_key, middle_key, root_key) = (key(), key(), key());
    let root = ca("Root", "Root", &root_key, &root_key);
    for (middle_issuer, leaf_issuer, holds) in [
        ("Root", "Middle", true),
        ("ROOT", " middle ", true),
        ("Rood", "Middle", false),
        ("Root", "Mid dle", false),
    ] {
        let middle = ca("Middle", middle_issuer, &middle_key, &root_key);
        let leaf = Made::new("leaf", leaf_issuer, &leaf_key).signed_by(&middle_key);
        let judged = judge(&[&leaf, &middle], &roots(&[&root]), &Policy::MODERN);
        assert_eq!(judged.is_ok(), holds, "{middle_issuer} {leaf_issuer}");
    }
    // Who bears the very bytes goes before, and what fails there is not sought elsewhere.
    let other = ca("middle", "Root", &key(), &root_key);
    let middle = ca("Middle", "Root", &middle_key, &root_key);
    let leaf = Made::new("leaf", "middle", &leaf_key).signed_by(&middle_key);
    let judged = judge(&[&leaf, &other, &middle], &roots(&[&root]), &Policy::MODERN);
    let refused = judged.expect_err("the bytes are another's");
    assert_eq!(refused.reason(), &Reason::BadSignature);
}
