//! What is too weak passes under its own exception, and under no other.

use super::{NOW, Question, roots};
use crate::verify::exceptions::{Exception, Exceptions};
use crate::verify::policy::Policy;
use crate::verify::reason::Reason;

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
