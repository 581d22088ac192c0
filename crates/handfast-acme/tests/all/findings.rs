//! Certificates that answer tls-alpn-01, and those that do not (RFC 8737 section 3).

use handfast_acme::jws::alpn_value;
use handfast_acme::message::{ChallengeKind, ErrorKind, Identifier};
use handfast_acme::server::Validation;
use handfast_ca::authority::{Authority, self_signed};
use handfast_ca::profile::{AlternativeName, KeyKind, Profile, Validity};
use handfast_ca::subject::Subject;

fn validation(name: &str) -> Validation {
    Validation {
        authorization: "A".to_owned(),
        account: "B".to_owned(),
        kind: ChallengeKind::TlsAlpn01,
        identifier: Identifier::read(name),
        token: "token".to_owned(),
        key_authorization: "token.thumbprint".to_owned(),
    }
}

fn profile(names: &[&str], answer: Option<&str>) -> Profile {
    let validity = Validity::days(1_800_000_000, 7);
    let mut profile = Profile::bare(Subject::named("x").unwrap(), validity, KeyKind::EcP256);
    let name = |name: &&str| match name.parse::<std::net::IpAddr>() {
        Ok(address) => AlternativeName::ip(address),
        Err(_) => AlternativeName::dns(name),
    };
    profile.names = names.iter().map(name).collect();
    profile.acme_identifier = answer.map(alpn_value);
    profile
}

fn made(names: &[&str], answer: Option<&str>) -> Vec<u8> {
    let issued = self_signed(&profile(names, answer)).unwrap();
    issued.chain()[0].to_vec()
}

#[test]
fn the_certificate_is_for_the_name_alone_and_holds_the_digest() {
    let right = Some("token.thumbprint");
    for name in ["a.test", "127.0.0.1", "::1"] {
        validation(name)
            .judge_certificate(&made(&[name], right))
            .unwrap();
    }
    validation("a.test")
        .judge_certificate(&made(&["A.Test"], right))
        .unwrap();
    for (what, der) in [
        ("no digest", made(&["a.test"], None)),
        ("another account's", made(&["a.test"], Some("token.other"))),
        ("another token", made(&["a.test"], Some("other.thumbprint"))),
        ("another name", made(&["b.test"], right)),
        ("a wildcard", made(&["*.test"], right)),
        ("one name more", made(&["a.test", "b.test"], right)),
        ("no name", made(&[], right)),
        ("an address", made(&["127.0.0.1"], right)),
        ("nothing", Vec::new()),
    ] {
        let problem = validation("a.test").judge_certificate(&der).unwrap_err();
        assert_eq!(problem.kind, ErrorKind::IncorrectResponse, "{what}");
    }
    let problem = validation("127.0.0.1").judge_certificate(&made(&["127.0.0.2"], right));
    assert!(problem.is_err());
}

#[test]
fn a_certificate_of_an_authority_is_no_answer() {
    let validity = Validity::days(1_800_000_000, 7);
    let root = Authority::new("Root", validity, KeyKind::EcP256).unwrap();
    let issued = root
        .issue(&profile(&["a.test"], Some("token.thumbprint")))
        .unwrap();
    let problem = validation("a.test")
        .judge_certificate(&issued.chain()[0])
        .unwrap_err();
    assert!(problem.detail.contains("self-signed"), "{}", problem.detail);
}

#[test]
fn no_changed_byte_of_an_answer_is_taken() {
    let good = made(&["a.test"], Some("token.thumbprint"));
    validation("a.test").judge_certificate(&good).unwrap();
    for at in 0..good.len() {
        let mut changed = good.clone();
        changed[at] ^= 1;
        assert!(
            validation("a.test").judge_certificate(&changed).is_err(),
            "{at}"
        );
    }
}
