mod combined;
mod exceptions;
mod first_use;
mod issuing;
pub(crate) mod made;
mod paths;
mod policies;
mod purposes;
mod remedies;
mod revocation;
mod rows;
mod strengths;

use super::{Purpose, Request, Verdict, verify};
use crate::certificate::Certificate;
use crate::extension::KeyUsage;
use crate::name::ServerName;
use crate::roots::Roots;
use crate::verify::facts::SignatureFacts;
use crate::verify::policy::{Policy, Rules};
use crate::verify::reason::{AlertHint, Reason};
use crate::verify::rejection::{Place, Rejection};
use crate::verify::revocation::Revocation;
use handfast_crypto::signature::KeyKind;
use rustls_pki_types::CertificateDer;

const ROOT: &[u8] = include_bytes!("../../testdata/root.der");
const INTERMEDIATE: &[u8] = include_bytes!("../../testdata/intermediate.der");
const LEAF: &[u8] = include_bytes!("../../testdata/leaf.der");
const BELOW_LEAF: &[u8] = include_bytes!("../../testdata/below-leaf.der");
/// 2030-01-01T00:00:00Z
const NOW: i64 = 1_893_456_000;

fn roots(anchors: &[&'static [u8]]) -> Roots {
    let mut roots = Roots::new();
    for anchor in anchors {
        roots.add(CertificateDer::from(*anchor)).expect("an anchor");
    }
    roots
}

/// The question that holds; tests change one thing about it.
struct Question<'a> {
    chain: Vec<&'a [u8]>,
    roots: Roots,
    purpose: Purpose,
    key_usage: Option<KeyUsage>,
    name: &'static str,
    at_unix_s: i64,
    policy: Policy,
    leaf_key: Option<KeyKind>,
    facts: Option<SignatureFacts>,
}

impl Default for Question<'_> {
    fn default() -> Self {
        Self {
            chain: vec![LEAF, INTERMEDIATE],
            roots: roots(&[ROOT]),
            purpose: Purpose::ServerAuth,
            key_usage: Some(KeyUsage::DIGITAL_SIGNATURE),
            name: "example.test",
            at_unix_s: NOW,
            policy: Policy::MODERN,
            leaf_key: None,
            facts: None,
        }
    }
}

impl Question<'_> {
    fn answer(&self) -> Result<Verdict, Box<Rejection>> {
        let name = ServerName::parse(self.name).expect("a name");
        verify(&Request {
            chain: &self.chain,
            roots: &self.roots,
            purpose: self.purpose,
            key_usage: self.key_usage,
            name: Some(&name),
            at_unix_s: self.at_unix_s,
            policy: &self.policy,
            leaf_key: self.leaf_key,
            facts: self.facts.as_ref(),
            revocation: Revocation::default(),
        })
    }

    fn refused(&self) -> Rejection {
        *self.answer().expect_err("a refusal")
    }
}

#[test]
fn a_sound_chain_is_accepted_in_any_order_and_under_each_rule_set() {
    let verdict = Question::default().answer().expect("the chain");
    assert_eq!((verdict.path(), verdict.anchor()), (&[0, 1][..], 0));
    let chain = vec![LEAF, ROOT, INTERMEDIATE];
    let verdict = Question {
        chain,
        ..Question::default()
    }
    .answer()
    .expect("the chain");
    assert_eq!(verdict.path(), [0, 2]);
    for name in ["a.wild.test", "192.0.2.1", "2001:db8::1"] {
        let verdict = Question {
            name,
            ..Question::default()
        }
        .answer()
        .expect(name);
        assert_eq!(
            verdict.name().map(ToString::to_string).as_deref(),
            Some(name)
        );
    }
    let mut strict = Question::default();
    strict.policy.rules = Rules::Rfc5280;
    assert!(strict.answer().is_ok());
}

#[test]
fn a_name_that_is_not_there_is_refused_with_those_that_are() {
    for name in ["example.com", "wild.test", "a.b.wild.test", "192.0.2.2"] {
        let refused = Question {
            name,
            ..Question::default()
        }
        .refused();
        let found = ["example.test", "*.wild.test", "192.0.2.1", "2001:db8::1"];
        assert_eq!(
            *refused.reason(),
            Reason::NameMismatch {
                wanted: name.into(),
                found: found.map(String::from).to_vec(),
                count: 4,
            }
        );
        assert_eq!(refused.alert(), AlertHint::BadCertificate);
        assert_eq!(refused.field(), "subjectAltName");
    }
}

#[test]
fn a_chain_is_valid_from_its_first_to_its_last_second() {
    let validity = Certificate::parse(LEAF).expect("the leaf").validity();
    for (at_unix_s, holds) in [
        (validity.not_before.0 - 1, false),
        (validity.not_before.0, true),
        (validity.not_after.0 + 1, false),
    ] {
        let answer = Question {
            at_unix_s,
            ..Question::default()
        }
        .answer();
        assert_eq!(answer.is_ok(), holds, "{at_unix_s}");
    }
    let at_unix_s = validity.not_after.0 + 1;
    let refused = Question {
        at_unix_s,
        ..Question::default()
    }
    .refused();
    assert_eq!(refused.alert(), AlertHint::CertificateExpired);
}

#[test]
fn a_missing_intermediate_names_the_issuer_that_is_missing() {
    let chain = vec![LEAF];
    let refused = Question {
        chain,
        ..Question::default()
    }
    .refused();
    let issuer = "CN=Intermediate,O=Handfast tests,C=NL".to_owned();
    assert_eq!(*refused.reason(), Reason::UnknownIssuer { issuer });
    assert_eq!(refused.alert(), AlertHint::UnknownCa);
    assert_eq!(refused.chain(), [LEAF]);
    let shown = refused.to_string();
    assert!(
        shown.contains("send its intermediate certificates"),
        "{shown}"
    );
    assert!(shown.contains("1 sent and 1 trusted"), "{shown}");
}

#[test]
fn an_untrusted_root_that_the_peer_sends_is_not_believed() {
    let chain = vec![LEAF, INTERMEDIATE, ROOT];
    let refused = Question {
        chain,
        roots: Roots::new(),
        ..Question::default()
    }
    .refused();
    assert_eq!(*refused.reason(), Reason::SelfSigned);
    assert_eq!(refused.place(), Place::Sent(2));
}

#[test]
fn an_intermediate_may_be_the_anchor() {
    let chain = vec![LEAF];
    let question = Question {
        chain,
        roots: roots(&[INTERMEDIATE]),
        ..Question::default()
    };
    assert_eq!(question.answer().expect("a partial chain").path(), [0]);
}

#[test]
fn a_pinned_leaf_is_believed_and_still_judged_by_name_and_time() {
    let chain = vec![LEAF];
    let pinned = |name, at_unix_s| Question {
        chain: chain.clone(),
        roots: roots(&[LEAF]),
        name,
        at_unix_s,
        ..Question::default()
    };
    assert!(pinned("example.test", NOW).answer().is_ok());
    assert!(pinned("example.com", NOW).answer().is_err());
    assert!(pinned("example.test", 0).answer().is_err());
}

#[test]
fn a_leaf_signs_no_certificate() {
    for trusted in [ROOT, LEAF] {
        let question = Question {
            chain: vec![BELOW_LEAF, LEAF, INTERMEDIATE],
            roots: roots(&[trusted]),
            name: "below.test",
            ..Question::default()
        };
        let refused = question.refused();
        assert_eq!(*refused.reason(), Reason::NotACa);
        assert_eq!(refused.field(), "basicConstraints.cA");
    }
}

#[test]
fn usages_and_purposes_are_asked_for() {
    let key_usage = Some(KeyUsage::KEY_ENCIPHERMENT);
    let refused = Question {
        key_usage,
        ..Question::default()
    }
    .refused();
    let wanted = "keyEncipherment";
    assert_eq!(*refused.reason(), Reason::KeyUsage { wanted });
    let purpose = Purpose::ClientAuth;
    assert!(
        Question {
            purpose,
            ..Question::default()
        }
        .answer()
        .is_ok()
    );
}

#[test]
fn no_flipped_bit_of_leaf_or_intermediate_is_accepted() {
    for which in 0..2 {
        let mut bytes = [LEAF, INTERMEDIATE][which].to_vec();
        for index in 0..bytes.len() * 8 {
            bytes[index / 8] ^= 1 << (index % 8);
            let mut chain = vec![LEAF, INTERMEDIATE];
            chain[which] = &bytes;
            let answer = Question {
                chain,
                ..Question::default()
            }
            .answer();
            assert!(answer.is_err(), "certificate {which}, bit {index}");
            bytes[index / 8] ^= 1 << (index % 8);
        }
    }
}

#[test]
fn a_broken_signature_is_told_from_an_unknown_issuer() {
    let mut leaf = LEAF.to_vec();
    *leaf.last_mut().expect("a signature") ^= 1;
    let chain = vec![leaf.as_slice(), INTERMEDIATE];
    let refused = Question {
        chain,
        ..Question::default()
    }
    .refused();
    assert_eq!(*refused.reason(), Reason::BadSignature);
    assert_eq!(refused.place(), Place::Sent(0));
}

#[test]
fn a_fan_of_issuers_of_one_name_ends_within_the_budget() {
    // A24: each has the right key and name, so the leaf's signature holds below every one of them.
    let serial = [2, 2, 0x10, 0x01];
    let place = INTERMEDIATE
        .windows(4)
        .position(|window| window == serial)
        .expect("the serial number");
    let fan: Vec<Vec<u8>> = (0u16..5_000)
        .map(|number| {
            let mut one = INTERMEDIATE.to_vec();
            let serial = (0x2000 + number).to_be_bytes();
            one[place + 2..place + 4].copy_from_slice(&serial);
            one
        })
        .collect();
    let mut chain = vec![LEAF];
    chain.extend(fan.iter().map(Vec::as_slice));
    let refused = Question {
        chain: chain.clone(),
        ..Question::default()
    }
    .refused();
    assert!(matches!(refused.reason(), Reason::BudgetExceeded(_)));
    assert!(refused.searched().signatures <= Policy::MODERN.limits.signatures);
    // The control: without the fan before it, the true intermediate is found.
    chain.truncate(10);
    chain.push(INTERMEDIATE);
    assert!(
        Question {
            chain,
            ..Question::default()
        }
        .answer()
        .is_ok()
    );
}

#[test]
fn an_empty_chain_and_bytes_that_are_no_certificate_are_refused() {
    let refused = Question {
        chain: vec![],
        ..Question::default()
    }
    .refused();
    assert_eq!(*refused.reason(), Reason::NoCertificate);
    let refused = Question {
        chain: vec![b"junk"],
        ..Question::default()
    }
    .refused();
    assert!(matches!(refused.reason(), Reason::Malformed(_)));
    assert!(refused.to_string().contains("unreadable"));
    // Junk beside a sound chain changes nothing.
    let chain = vec![LEAF, b"junk", INTERMEDIATE];
    assert!(
        Question {
            chain,
            ..Question::default()
        }
        .answer()
        .is_ok()
    );
}

/// A policy under which not one signature may be checked.
fn without_checks() -> Policy {
    let mut policy = Policy::MODERN;
    policy.limits.signatures = 0;
    policy
}

/// The question that holds, with what was learnt from answering it once.
fn known() -> Question<'static> {
    let question = Question {
        facts: Some(SignatureFacts::default()),
        ..Question::default()
    };
    question.answer().expect("the chain");
    let facts = question.facts.as_ref().expect("facts");
    assert_eq!(
        facts.len(),
        2,
        "the leaf's and the intermediate's signature"
    );
    question
}

#[test]
fn signatures_that_are_known_are_not_checked_again() {
    let again = Question {
        policy: without_checks(),
        ..known()
    };
    again.answer().expect("without a check");
    let control = Question {
        policy: without_checks(),
        ..Question::default()
    };
    let reason = control.refused();
    assert!(matches!(reason.reason(), Reason::BudgetExceeded(_)));
}

#[test]
fn all_but_signatures_is_judged_anew() {
    let late = Question {
        at_unix_s: NOW * 4,
        ..known()
    };
    assert!(matches!(late.refused().reason(), Reason::Expired { .. }));
    let other = Question {
        name: "other.test",
        ..known()
    };
    assert!(matches!(
        other.refused().reason(),
        Reason::NameMismatch { .. }
    ));
    let mut strict = known();
    strict.policy.signatures = |_| false;
    assert!(matches!(
        strict.refused().reason(),
        Reason::WeakSignature { .. }
    ));
    let nobody = Question {
        roots: Roots::new(),
        ..known()
    };
    assert!(matches!(
        nobody.refused().reason(),
        Reason::UnknownIssuer { .. }
    ));
}

#[test]
fn a_fact_holds_for_these_bytes_alone() {
    // The last byte lies in the signature, which does not matter to what is signed.
    let mut altered = LEAF.to_vec();
    *altered.last_mut().expect("bytes") ^= 1;
    let mut question = known();
    question.chain = vec![&altered, INTERMEDIATE];
    assert_eq!(*question.refused().reason(), Reason::BadSignature);
}

#[test]
fn nothing_is_learnt_from_a_path_that_does_not_hold_or_from_a_pin() {
    let stranger = Question {
        roots: Roots::new(),
        facts: Some(SignatureFacts::default()),
        ..Question::default()
    };
    stranger.refused();
    assert!(stranger.facts.expect("facts").is_empty());
    let pinned = Question {
        roots: roots(&[LEAF]),
        facts: Some(SignatureFacts::default()),
        ..Question::default()
    };
    pinned.answer().expect("the pin");
    assert!(pinned.facts.expect("facts").is_empty());
}

#[test]
fn a_key_that_was_read_before_is_held_to_the_policy_all_the_same() {
    let with = |kind| Question {
        leaf_key: Some(kind),
        ..Question::default()
    };
    with(KeyKind::EcP256).answer().expect("the chain");
    let short = with(KeyKind::Rsa { bits: 1024 }).answer();
    let reason = short.expect_err("a short key").reason().clone();
    assert!(matches!(reason, Reason::WeakKey { .. }), "{reason:?}");
}

#[test]
fn where_no_fact_may_be_kept_signatures_are_checked_each_time() {
    let question = Question {
        facts: Some(SignatureFacts::new(0)),
        ..Question::default()
    };
    question.answer().expect("the chain");
    assert!(question.facts.as_ref().expect("facts").is_empty());
    question.answer().expect("the chain, checked again");
}
