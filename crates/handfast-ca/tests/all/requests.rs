//! Requests: made, read, damaged, and merged under rules.

use crate::{KINDS, flipped, month};
use handfast_ca::key;
use handfast_ca::profile::{AlternativeName, KeyKind, Profile, Purpose};
use handfast_ca::request::{
    Excess, LeftOut, Request, RequestFault, RequestProfile, RequestRules, SubjectRule, request_pem,
};
use handfast_ca::subject::Subject;
use handfast_crypto::signature::{PrivateKey, SignatureAlgorithm};

fn name(text: &str) -> AlternativeName {
    AlternativeName::parse(text).unwrap()
}

fn key() -> PrivateKey {
    key::generate(KeyKind::EcP256).unwrap()
}

/// A request with one of everything.
fn full() -> RequestProfile {
    RequestProfile {
        subject: Subject::parse("CN=a.test,O=Acme,C=DE").unwrap(),
        names: [
            "a.test",
            "127.0.0.1",
            "ada@a.test",
            "spiffe://a.test/x",
            "UPN:ada@a.test",
            "dirName:CN=b",
            "RID:1.2.3",
            "otherName:1.2.3.4;UTF8:x",
            "j\u{fc}rgen@a.test",
        ]
        .map(name)
        .to_vec(),
        purposes: vec![Purpose::ServerAuth, Purpose::ClientAuth],
        must_staple: true,
    }
}

fn made(profile: &RequestProfile) -> Request {
    Request::read(&profile.sign(&key()).unwrap()).unwrap()
}

#[test]
fn a_request_of_every_kind_of_key_is_read_as_it_was_made() {
    let wanted = full();
    for kind in KINDS {
        let key = key::generate(kind).unwrap();
        let der = wanted.sign(&key).unwrap();
        let read = Request::from_file(request_pem(&der).as_bytes()).unwrap();
        assert_eq!(read, Request::read(&der).unwrap());
        assert_eq!((read.key(), read.spki()), (kind, key.public_spki()));
        assert_eq!(read.subject(), &wanted.subject);
        assert_eq!(read.names(), wanted.names);
        assert_eq!(read.purposes(), wanted.purposes);
        assert!(read.must_staple() && !read.for_authority());
        assert!(read.other_extensions().is_empty() && read.other_usages().is_empty());
    }
}

#[test]
fn a_request_with_any_byte_changed_is_refused() {
    for kind in [
        KeyKind::EcP256,
        KeyKind::Ed25519,
        KeyKind::Rsa { bits: 2048 },
    ] {
        let der = full().sign(&key::generate(kind).unwrap()).unwrap();
        for changed in flipped(&der) {
            assert!(Request::read(&changed).is_err());
            let _ = Request::from_file(&changed);
        }
        for length in 0..der.len() {
            assert!(Request::read(&der[..length]).is_err());
        }
        assert!(Request::read(&der).is_ok(), "the control");
    }
}

#[test]
fn a_fault_says_what_is_wrong_and_where() {
    let der = full().sign(&key()).unwrap();
    let mut changed = der.clone();
    let at = der.windows(4).position(|part| part == b"Acme").unwrap();
    changed[at] = b'B';
    let fault = Request::read(&changed).unwrap_err();
    let RequestFault::BadSignature { byte } = fault else {
        panic!("{fault}");
    };
    // An ECDSA signature is a SEQUENCE.
    assert_eq!(der[byte], 0x30);
    let malformed = Request::read(&der[..20]).unwrap_err().to_string();
    assert!(malformed.contains("at byte 0"), "{malformed}");
    let certificate = Profile::server(&[name("a.test")], month(), KeyKind::EcP256);
    let issued = handfast_ca::authority::self_signed(&certificate).unwrap();
    let other = Request::from_file(issued.chain_pem().as_bytes());
    assert_eq!(other.unwrap_err(), RequestFault::NoRequest);
    let twice = request_pem(&der).repeat(2);
    let twice = Request::from_file(twice.as_bytes()).unwrap_err();
    assert_eq!(twice, RequestFault::SeveralRequests);
    let weak = Request::read(include_bytes!("../data/rsa1024.csr")).unwrap_err();
    assert!(matches!(weak, RequestFault::WeakKey { .. }), "{weak}");
}

#[test]
fn a_challenge_password_and_other_attributes_are_passed_over() {
    let read = Request::read(include_bytes!("../data/challenge.csr")).unwrap();
    assert_eq!(read.subject().to_string(), "CN=challenge.test");
    assert_eq!(read.names(), [name("challenge.test")]);
}

#[test]
fn of_a_request_only_that_is_taken_which_the_rules_allow() {
    let request = made(&full());
    let profile = Profile::server(&[name("b.test")], month(), KeyKind::EcP256);
    let rules = RequestRules {
        excess: Excess::LeaveOut,
        must_staple: false,
        ..RequestRules::of(&profile)
    };
    let merged = rules.merge(&request, &profile).unwrap();
    let granted = merged.profile;
    assert_eq!(
        granted.names,
        [name("b.test"), name("a.test"), name("127.0.0.1")]
    );
    assert_eq!(granted.purposes, [Purpose::ServerAuth]);
    assert_eq!(granted.subject.to_string(), "CN=a.test");
    assert!(!granted.must_staple && granted.authority.is_none());
    let left_out: Vec<_> = merged.left_out.iter().map(ToString::to_string).collect();
    assert_eq!(
        left_out,
        [
            "the rfc822Name ada@a.test",
            "the uniformResourceIdentifier spiffe://a.test/x",
            "the userPrincipalName ada@a.test",
            "the directoryName CN=b",
            "the registeredID 1.2.3",
            "the otherName 1.2.3.4 x",
            "the SmtpUTF8Mailbox j\u{fc}rgen@a.test",
            "the purpose clientAuth",
            "C=\"DE\" of the subject",
            "O=\"Acme\" of the subject",
            "must-staple",
        ]
    );
    let strict = RequestRules {
        excess: Excess::Refuse,
        ..rules
    };
    let refused = strict.merge(&request, &profile).unwrap_err();
    assert_eq!(refused, RequestFault::Refused(merged.left_out));
}

#[test]
fn all_is_taken_where_all_is_allowed() {
    let request = made(&full());
    let profile = Profile::both(&[], month(), KeyKind::EcP256);
    let rules = RequestRules {
        subject: SubjectRule::Whole,
        names: handfast_ca::alternative_name::NameKind::ALL.to_vec(),
        ..RequestRules::of(&profile)
    };
    let merged = rules.merge(&request, &profile).unwrap();
    assert_eq!(merged.left_out, []);
    assert_eq!(merged.profile.subject, full().subject);
    assert_eq!(merged.profile.names, full().names);
    assert!(merged.profile.must_staple);
}

#[test]
fn a_common_name_stands_for_a_name_only_where_there_is_none() {
    let of = |subject: &str, names: &[&str]| {
        let request = made(&RequestProfile {
            subject: Subject::parse(subject).unwrap(),
            names: names.iter().copied().map(name).collect(),
            purposes: Vec::new(),
            must_staple: false,
        });
        let profile = Profile::server(&[], month(), KeyKind::EcP256);
        let rules = RequestRules {
            excess: Excess::LeaveOut,
            ..RequestRules::of(&profile)
        };
        rules.merge(&request, &profile)
    };
    let merged = of("CN=a.test", &[]).unwrap();
    assert_eq!(merged.profile.names, [name("a.test")]);
    // A common name that the names do not hold would vouch for a host unseen.
    let merged = of("CN=bank.example", &["a.test"]).unwrap();
    assert_eq!(merged.profile.names, [name("a.test")]);
    assert!(merged.profile.subject.is_empty());
    assert_eq!(
        merged.left_out,
        [LeftOut::CommonName("bank.example".to_owned())]
    );
    let nameless = of("CN=Ada Lovelace", &[]).unwrap_err();
    assert!(matches!(nameless, RequestFault::Nameless(_)), "{nameless}");
}

#[test]
fn what_makes_an_authority_or_is_malformed_is_left_out() {
    let request = Request::read(include_bytes!("../data/greedy.csr")).unwrap();
    assert!(request.for_authority());
    let profile = Profile::server(&[], month(), KeyKind::EcP256);
    let rules = RequestRules {
        excess: Excess::LeaveOut,
        ..RequestRules::of(&profile)
    };
    let merged = rules.merge(&request, &profile).unwrap();
    let left_out: Vec<_> = merged.left_out.iter().map(ToString::to_string).collect();
    assert_eq!(
        left_out,
        [
            "the name \"not a host\", which no certificate may hold",
            "the purpose 1.3.6.1.4.1.311.20.2.2",
            "that it may issue certificates",
            "the key usage nonRepudiation",
            "the extension nameConstraints",
        ]
    );
    assert_eq!(merged.profile.names, [name("greedy.test")]);
}

#[test]
fn sha1_and_keys_that_the_policy_does_not_accept_are_refused() {
    let request = Request::read(include_bytes!("../data/sha1.csr")).unwrap();
    let profile = Profile::server(&[], month(), KeyKind::EcP256);
    let rules = RequestRules::of(&profile);
    let weak = rules.merge(&request, &profile).unwrap_err();
    assert_eq!(weak, RequestFault::WeakSignature);
    let key = key::generate(KeyKind::Ed25519).unwrap();
    let der = RequestProfile::from(&Profile::server(&[name("a.test")], month(), key.kind()));
    let request = Request::read(&der.sign(&key).unwrap()).unwrap();
    assert!(rules.merge(&request, &profile).is_ok(), "the control");
    let strict = RequestRules {
        keys: handfast_pki::verify::policy::Policy::WEB,
        ..rules
    };
    let weak = strict.merge(&request, &profile).unwrap_err();
    assert!(weak.to_string().contains("Ed25519"), "{weak}");
}

/// The request's signed part with a right signature, whatever it holds.
fn signed(info: &[u8], key: &PrivateKey) -> Vec<u8> {
    use x509_cert::der::asn1::{Any, BitString};
    use x509_cert::der::{Decode, Encode, Header, Length, Tag};
    let signature = key.sign(SignatureAlgorithm::Ed25519, info).unwrap();
    let signature = BitString::from_bytes(&signature).unwrap().to_der().unwrap();
    // RFC 8410 s3.
    let identifier = [0x30, 5, 6, 3, 0x2b, 0x65, 0x70];
    assert!(Any::from_der(&identifier).is_ok());
    let inside = [info, &identifier, &signature].concat();
    let length = Length::try_from(inside.len()).unwrap();
    let header = Header::new(Tag::Sequence, length).to_der().unwrap();
    [header, inside].concat()
}

#[test]
fn whatever_a_rightly_signed_request_holds_no_more_is_granted_than_the_rules_allow() {
    use x509_cert::der::{Decode, Encode};
    let key = key::generate(KeyKind::Ed25519).unwrap();
    let whole = full().sign(&key).unwrap();
    let info = x509_cert::request::CertReq::from_der(&whole).unwrap().info;
    let info = info.to_der().unwrap();
    assert!(Request::read(&signed(&info, &key)).is_ok(), "the control");
    let root = handfast_ca::authority::Authority::new("Root", month(), KeyKind::Ed25519).unwrap();
    let base = Profile::both(&[], month(), KeyKind::Ed25519);
    let rules = RequestRules {
        subject: SubjectRule::Whole,
        excess: Excess::LeaveOut,
        ..RequestRules::of(&base)
    };
    let (mut read, mut issued) = (0, 0);
    for changed in flipped(&info) {
        let Ok(request) = Request::read(&signed(&changed, &key)) else {
            continue;
        };
        read += 1;
        let Ok(merged) = rules.merge(&request, &base) else {
            continue;
        };
        let allowed = |name: &AlternativeName| {
            rules.names.contains(&name.name_kind()) && name.is_well_formed()
        };
        assert!(merged.profile.names.iter().all(allowed));
        if let Ok(leaf) = root.certify(request.spki(), &merged.profile) {
            issued += 1;
            let leaf = handfast_pki::certificate::Certificate::parse(&leaf).unwrap();
            assert!(!leaf.basic_constraints().is_some_and(|one| one.ca));
        }
    }
    assert!(read > 400 && issued > 300, "{read} read, {issued} issued");
}
