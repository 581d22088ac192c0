//! What is too weak passes under its own exception, and under no other.

use super::made::{Made, authority, dns_constraint, dns_names, element, extension, key};
use super::{NOW, Question, roots};
use crate::roots::Roots;
use crate::verify::exceptions::{Exception, Exceptions};
use crate::verify::policy::Policy;
use crate::verify::reason::Reason;
use rustls_pki_types::CertificateDer;

const SHA1_LEAF: &[u8] = include_bytes!("../../../testdata/old-sha1-leaf.der");
const SHA1_ROOT: &[u8] = include_bytes!("../../../testdata/old-sha1-root.der");
const RSA_1024_LEAF: &[u8] = include_bytes!("../../../testdata/old-rsa1024-leaf.der");
const RSA_1024_ROOT: &[u8] = include_bytes!("../../../testdata/old-rsa1024-root.der");
const RSA_1023_LEAF: &[u8] = include_bytes!("../../../testdata/old-rsa1023-leaf.der");
const RSA_1023_ROOT: &[u8] = include_bytes!("../../../testdata/old-rsa1023-root.der");

/// Every exception but one, which alone would help.
fn all_but(one: Exception) -> Exceptions {
    let all = [
        Exceptions::SHA1,
        Exceptions::RSA_1024,
        Exceptions::X509_V1,
        Exceptions::COMMON_NAME,
        Exceptions::EXPIRED,
        Exceptions::NOT_YET_VALID,
    ];
    let others: Vec<_> = all.into_iter().filter(|other| *other != one).collect();
    Exceptions::danger_allow(&others)
}

fn judged(leaf: &[u8], root: &'static [u8], exceptions: Exceptions) -> Option<Reason> {
    let question = Question {
        chain: vec![leaf],
        roots: roots(&[root]),
        at_unix_s: NOW,
        policy: Policy {
            exceptions,
            ..Policy::MODERN
        },
        ..Question::default()
    };
    let answer = question.answer();
    answer.err().map(|refused| refused.reason().clone())
}

#[test]
fn sha1_passes_under_its_exception_alone() {
    let with = |exceptions| judged(SHA1_LEAF, SHA1_ROOT, exceptions);
    assert_eq!(with(Exceptions::danger_allow(&[Exceptions::SHA1])), None);
    for refused in [Exceptions::NONE, all_but(Exceptions::SHA1)] {
        let algorithm = String::from("ECDSA with SHA-1");
        assert_eq!(with(refused), Some(Reason::WeakSignature { algorithm }));
    }
    // A policy's own list of signatures does not let SHA-1 in.
    let mut question = Question {
        chain: vec![SHA1_LEAF],
        roots: roots(&[SHA1_ROOT]),
        ..Question::default()
    };
    question.policy.signatures = |_| true;
    assert!(question.answer().is_err());
    // Under the exception the signature still has to be right.
    let mut broken = SHA1_LEAF.to_vec();
    *broken.last_mut().expect("a signature") ^= 1;
    let exceptions = Exceptions::danger_allow(&[Exceptions::SHA1]);
    let answer = judged(&broken, SHA1_ROOT, exceptions);
    assert_eq!(answer, Some(Reason::BadSignature));
}

#[test]
fn a_certificate_out_of_its_time_passes_under_the_exception_for_that_side_alone() {
    let judged_at = |at_unix_s, exceptions| {
        let question = Question {
            at_unix_s,
            policy: Policy {
                exceptions,
                ..Policy::MODERN
            },
            ..Question::default()
        };
        let answer = question.answer();
        answer.err().map(|refused| refused.reason().clone())
    };
    // 1980 and the year 3000.
    let (early, late) = (315_532_800, 32_503_680_000);
    for (at, exception) in [
        (late, Exceptions::EXPIRED),
        (early, Exceptions::NOT_YET_VALID),
    ] {
        assert_eq!(
            judged_at(at, Exceptions::danger_allow(&[exception])),
            None,
            "{at}"
        );
        for refused in [Exceptions::NONE, all_but(exception)] {
            let reason = judged_at(at, refused);
            let by_date = match at == late {
                true => matches!(reason, Some(Reason::Expired { .. })),
                false => matches!(reason, Some(Reason::NotYetValid { .. })),
            };
            assert!(by_date, "{reason:?}");
        }
    }
}

#[test]
fn rsa_of_1024_bits_passes_under_its_exception_alone_and_a_bit_less_never() {
    let with = |exceptions| judged(RSA_1024_LEAF, RSA_1024_ROOT, exceptions);
    let allowed = Exceptions::danger_allow(&[Exceptions::RSA_1024]);
    assert_eq!(with(allowed), None);
    for refused in [Exceptions::NONE, all_but(Exceptions::RSA_1024)] {
        let key = String::from("RSA of 1024 bits");
        assert_eq!(with(refused), Some(Reason::WeakKey { key }));
    }
    let key = String::from("RSA of 1023 bits");
    let smaller = judged(RSA_1023_LEAF, RSA_1023_ROOT, allowed);
    assert_eq!(smaller, Some(Reason::WeakKey { key }));
    // A policy's own minimum does not let it in either.
    let mut question = Question {
        chain: vec![RSA_1024_LEAF],
        roots: roots(&[RSA_1024_ROOT]),
        ..Question::default()
    };
    question.policy.rsa_bits_min = 1024;
    assert!(question.answer().is_err());
}

/// A leaf without names of servers but its common name, below a root with these extensions.
fn by_common_name(
    leaf: Vec<Vec<u8>>,
    root: Vec<Vec<u8>>,
    wanted: &'static str,
    exceptions: Exceptions,
) -> Option<Reason> {
    let (leaf_key, root_key) = (key(), key());
    let leaf = Made::new("host.example.test", "root", &leaf_key)
        .with([leaf, vec![extension(14, false, &[4, 1, 1])]].concat())
        .signed_by(&root_key);
    let root = Made::new("root", "root", &root_key)
        .with([root, vec![authority(None)]].concat())
        .signed_by(&root_key);
    let mut roots = Roots::new();
    roots.add(CertificateDer::from(root)).expect("an anchor");
    let question = Question {
        chain: vec![&leaf],
        roots,
        name: wanted,
        key_usage: None,
        policy: Policy {
            exceptions,
            ..Policy::MODERN
        },
        ..Question::default()
    };
    let answer = question.answer();
    answer.err().map(|refused| refused.reason().clone())
}

#[test]
fn a_common_name_names_a_server_under_its_exception_alone_and_where_no_other_name_does() {
    let allowed = Exceptions::danger_allow(&[Exceptions::COMMON_NAME]);
    let own = "host.example.test";
    let with = |leaf, wanted, exceptions| by_common_name(leaf, vec![], wanted, exceptions);
    assert_eq!(with(vec![], own, allowed), None);
    let mismatch = |answer: Option<Reason>| matches!(answer, Some(Reason::NameMismatch { .. }));
    for refused in [Exceptions::NONE, all_but(Exceptions::COMMON_NAME)] {
        assert!(mismatch(with(vec![], own, refused)));
    }
    assert!(mismatch(with(vec![], "example.test", allowed)));
    // RFC 9525 s6.4.4 of its predecessor: any name of a server outweighs it.
    let address = extension(
        17,
        false,
        &element(0x30, &[&element(0x87, &[&[192, 0, 2, 1]])]),
    );
    let uri = extension(
        17,
        false,
        &element(0x30, &[&element(0x86, &[b"https://b.test/"])]),
    );
    // RFC 4985 s2: id-on-dnsSRV and an IA5String.
    let service = element(
        0xa0,
        &[
            &element(0x06, &[&[0x2b, 6, 1, 5, 5, 7, 8, 7]]),
            &element(0xa0, &[&element(0x16, &[b"_imaps.b.test"])]),
        ],
    );
    let service = extension(17, false, &element(0x30, &[&service]));
    for names in [dns_names(&["other.test"]), address, uri, service] {
        assert!(mismatch(with(vec![names], own, allowed)));
    }
    // A mail address is no name of a server.
    let mail = element(0x30, &[&element(0x81, &[b"a@b.test"])]);
    assert_eq!(with(vec![extension(17, false, &mail)], own, allowed), None);
}

#[test]
fn a_common_name_that_may_stand_for_a_server_is_held_to_name_constraints() {
    let allowed = Exceptions::danger_allow(&[Exceptions::COMMON_NAME]);
    let own = "host.example.test";
    let under = |constraint| by_common_name(vec![], vec![constraint], own, allowed);
    assert_eq!(under(dns_constraint(0, "example.test")), None);
    let name = String::from(own);
    let outside = under(dns_constraint(0, "example.org"));
    assert_eq!(
        outside,
        Some(Reason::NameNotPermitted { name: name.clone() })
    );
    let excluded = under(dns_constraint(1, "example.test"));
    assert_eq!(excluded, Some(Reason::NameExcluded { name }));
}
