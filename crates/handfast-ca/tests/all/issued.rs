//! Certificates, judged by the verifier: as issued, as refused, and as issuers of others.

use crate::judged::Judge;
use crate::{KINDS, NOW, month};
use handfast_ca::authority::{Authority, self_signed};
use handfast_ca::crl::CrlProfile;
use handfast_ca::error::CaError;
use handfast_ca::profile::{
    AlternativeName, KeyKind, Limits, Pointers, PolicyStatement, Profile, Purpose, Subtree,
    Validity, development_names,
};
use handfast_ca::request::{Request, RequestProfile};
use handfast_ca::serial::SerialNumber;
use handfast_ca::subject::Subject;
use handfast_ca::{issued::Issued, key};
use handfast_pki::certificate::Certificate;
use handfast_pki::crl::Crl;
use handfast_pki::verify::issuance::{Role, findings};
use handfast_pki::verify::policy::{Policy, Rules};
use handfast_pki::verify::revocation::{Mode, Revocation};
use handfast_pki::verify::{Purpose as Use, issuance};

const P256: KeyKind = KeyKind::EcP256;

fn name(text: &str) -> AlternativeName {
    AlternativeName::parse(text).unwrap()
}

fn named(text: &str) -> Subject {
    Subject::named(text).unwrap()
}

/// A root, and below it an authority that issues.
fn pair(kind: KeyKind) -> (Authority, Authority) {
    let root = Authority::root(&Profile::root(named("Root"), month(), kind)).unwrap();
    let mut profile = Profile::intermediate(named("Issuing"), month(), kind);
    profile.purposes = vec![Purpose::ServerAuth, Purpose::ClientAuth];
    let issuing = root.intermediate(&profile).unwrap();
    (root, issuing)
}

/// What breaks a rule set, in words, of a chain and its root.
fn broken(chain: &[impl AsRef<[u8]>], root: &[u8], rules: Rules) -> Vec<String> {
    let mut all = Vec::new();
    let mut look = |der: &[u8], role| {
        let read = Certificate::parse(der).unwrap();
        let found = findings(&read, role, rules);
        all.extend(found.iter().map(|one| format!("{role:?}: {}", one.rule)));
    };
    for (place, der) in chain.iter().enumerate() {
        let role = if place == 0 {
            Role::Leaf
        } else {
            Role::Intermediate
        };
        look(der.as_ref(), role);
    }
    look(root, Role::Anchor);
    all
}

#[test]
fn a_chain_of_every_kind_of_key_is_believed_and_breaks_no_rule_for_issuers() {
    for kind in KINDS {
        let (root, issuing) = pair(kind);
        let leaf = issuing
            .issue_server(&[name("a.test"), name("127.0.0.1")], month(), kind)
            .unwrap();
        let client = issuing
            .issue_client("Ada", Some("ada@a.test"), month(), kind)
            .unwrap();
        for host in ["a.test", "127.0.0.1"] {
            let verdict = Judge::new(root.root_der(), leaf.chain()).verdict(Some(host));
            verdict.unwrap_or_else(|why| unreachable!("{kind:?}: {why}"));
        }
        let mut judge = Judge::new(root.root_der(), client.chain());
        assert!(judge.verdict(None).is_err(), "a client is no server");
        judge.purpose = Use::ClientAuth;
        judge.verdict(None).unwrap();
        for chain in [leaf.chain(), client.chain()] {
            let nothing: [String; 0] = [];
            assert_eq!(broken(chain, root.root_der(), Rules::Rfc5280), nothing);
        }
    }
}

#[test]
fn longer_rsa_keys_sign_all_there_is() {
    for bits in [3072, 4096] {
        let root = Authority::new("Long", month(), KeyKind::Rsa { bits }).unwrap();
        let leaf = root.issue_server(&[name("a.test")], month(), P256).unwrap();
        let list = root
            .crl(&CrlProfile {
                number: 1,
                this_update_unix: NOW,
                next_update_unix: NOW + 60,
                entries: Vec::new(),
                base: None,
            })
            .unwrap();
        let crls = [Crl::parse(&list).unwrap()];
        let mut judge = Judge::new(root.root_der(), leaf.chain());
        judge.revocation = Revocation {
            mode: Mode::HardFail,
            crls: &crls,
            ..Revocation::default()
        };
        judge.verdict(Some("a.test")).unwrap();
        let request = RequestProfile::from(&Profile::server(&[name("a.test")], month(), P256));
        let request = request.sign(root.own().key()).unwrap();
        assert_eq!(
            Request::read(&request).unwrap().key(),
            KeyKind::Rsa { bits }
        );
    }
}

#[test]
fn a_server_for_the_web_breaks_none_of_the_rules_of_the_web() {
    for kind in [P256, KeyKind::EcP384, KeyKind::Rsa { bits: 2048 }] {
        let (root, issuing) = pair(kind);
        let mut profile = Profile::server(&[name("a.test")], month(), kind);
        profile.pointers.issuers = vec!["http://ca.test/issuing.der".to_owned()];
        profile.pointers.ocsp = vec!["http://ca.test/ocsp".to_owned()];
        profile.pointers.crl = vec!["http://ca.test/crl".to_owned()];
        // domain-validated, CA/Browser Forum BR s7.1.6.1.
        profile.policies = vec![PolicyStatement {
            oid: "2.23.140.1.2.1".to_owned(),
            practice: None,
        }];
        let leaf = issuing.issue(&profile).unwrap();
        let nothing: [String; 0] = [];
        assert_eq!(broken(leaf.chain(), root.root_der(), Rules::Web), nothing);
        let mut judge = Judge::new(root.root_der(), leaf.chain());
        judge.policy = Policy::WEB;
        judge.verdict(Some("a.test")).unwrap();
    }
}

#[test]
fn all_that_a_profile_asks_for_is_read_again() {
    let (_, issuing) = pair(P256);
    let url = |text: &str| vec![format!("http://ca.test/{text}"), format!("http://b/{text}")];
    let profile = Profile {
        subject: Subject::parse("CN=a.test,OU=Web,O=Acme,C=DE").unwrap(),
        pointers: Pointers {
            crl: url("crl"),
            ocsp: url("ocsp"),
            issuers: url("issuer"),
        },
        policies: vec![
            PolicyStatement {
                oid: "2.23.140.1.2.1".to_owned(),
                practice: None,
            },
            PolicyStatement {
                oid: "1.3.6.1.4.1.99999.1".to_owned(),
                practice: Some("https://ca.test/practice".to_owned()),
            },
        ],
        must_staple: true,
        serial: Some(SerialNumber::parse("00:ff:01").unwrap()),
        ..Profile::server(&[name("a.test")], month(), P256)
    };
    let leaf = issuing.issue(&profile).unwrap();
    let leaf = Certificate::parse(&leaf.chain()[0]).unwrap();
    assert_eq!(leaf.subject().to_string(), "CN=a.test,OU=Web,O=Acme,C=DE");
    assert_eq!(leaf.serial(), [0, 0xff, 1]);
    assert_eq!(leaf.crl_urls().unwrap(), url("crl"));
    assert_eq!(leaf.ocsp_urls().unwrap(), url("ocsp"));
    assert_eq!(leaf.ca_issuer_urls().unwrap(), url("issuer"));
    assert!(leaf.tls_features().must_staple());
    let policies: Vec<_> = leaf.policies().unwrap().collect();
    let ids: Vec<_> = policies.iter().map(|one| one.id().to_string()).collect();
    assert_eq!(ids, ["2.23.140.1.2.1", "1.3.6.1.4.1.99999.1"]);
    assert_eq!(policies[1].qualifiers().count(), 1);
    assert_eq!(
        leaf.authority_key_identifier().unwrap().unwrap().key_id,
        Certificate::parse(&issuing.own().chain()[0])
            .unwrap()
            .subject_key_identifier()
    );
}

#[test]
fn a_signer_of_ocsp_responses_is_not_asked_about() {
    let (_, issuing) = pair(P256);
    let profile = Profile::ocsp_signer(named("Responder"), month(), P256);
    let signer = issuing.issue(&profile).unwrap();
    let signer = Certificate::parse(&signer.chain()[0]).unwrap();
    let no_check = "1.3.6.1.5.5.7.48.1.5";
    let found = signer
        .extensions()
        .find(|one| one.oid.to_string() == no_check);
    assert_eq!(found.map(|one| one.value), Some(&[5, 0][..]));
}

/// An authority for development, and its twin that issues whatever it is asked for.
fn development() -> (Authority, Authority) {
    let profile = Profile {
        authority: Some(Limits {
            path_length: Some(0),
            permitted: development_names(),
            excluded: vec![Subtree::Dns("secret.test".to_owned())],
        }),
        ..Profile::root(named("Development"), month(), P256)
    };
    let root = Authority::root(&profile).unwrap();
    let again = Authority::restore(root.own().chain().to_vec(), root.own().key().clone());
    (root, again.unwrap().danger_unchecked())
}

const NAMES: &[(&str, bool)] = &[
    ("localhost", true),
    ("a.localhost", true),
    ("printer.local", true),
    ("*.a.test", true),
    ("db.internal", true),
    ("box.home.arpa", true),
    ("127.0.0.1", true),
    ("10.1.2.3", true),
    ("172.31.255.255", true),
    ("192.168.0.1", true),
    ("169.254.1.1", true),
    ("::1", true),
    ("fd00::1", true),
    ("fe80::1", true),
    ("ada@a.test", true),
    ("ada@localhost", true),
    ("https://a.test/x", true),
    ("spiffe://cluster.local/x", true),
    ("UPN:ada@anywhere.example", true),
    ("j\u{fc}rgen@a.test", true),
    ("example.com", false),
    ("localhost.example.com", false),
    ("*.com", false),
    ("arpa", false),
    ("8.8.8.8", false),
    ("172.32.0.1", false),
    ("2001:db8::1", false),
    ("ada@example.com", false),
    ("j\u{fc}rgen@example.com", false),
    ("https://example.com/", false),
    ("https://127.0.0.1/", false),
    ("URI:urn:a:b", false),
    ("secret.test", false),
    ("very.secret.test", false),
];

#[test]
fn a_name_is_refused_before_it_is_signed_exactly_where_the_verifier_would_refuse_it() {
    let (root, unchecked) = development();
    for (text, allowed) in NAMES {
        let profile = Profile {
            purposes: vec![Purpose::ClientAuth],
            ..Profile::server(&[name(text)], month(), P256)
        };
        let issued = root.issue(&profile);
        assert_eq!(issued.is_ok(), *allowed, "{text}: {:?}", issued.err());
        let forced = unchecked.issue(&profile).unwrap();
        let mut judge = Judge::new(root.root_der(), forced.chain());
        judge.purpose = Use::ClientAuth;
        let verdict = judge.verdict(None);
        assert_eq!(verdict.is_ok(), *allowed, "{text}: {:?}", verdict.err());
    }
}

#[test]
fn a_refusal_names_the_name_and_the_constraint() {
    let (root, _) = development();
    let why = |names: &[&str]| {
        let names: Vec<_> = names.iter().map(|text| name(text)).collect();
        let profile = Profile::server(&names, month(), P256);
        root.issue(&profile).unwrap_err()
    };
    let CaError::NameOutside { authority, outside } = why(&["a.test", "bank.example"]) else {
        unreachable!("the name is outside");
    };
    assert_eq!(authority, "CN=Development");
    assert_eq!(outside.name, "bank.example");
    let hosts = ["localhost", "local", "test", "internal", "home.arpa"];
    let permitted = issuance::Constraint::Permitted(hosts.map(str::to_owned).to_vec());
    assert_eq!(outside.constraint, permitted);
    let excluded = why(&["x.secret.test"]).to_string();
    assert_eq!(
        excluded,
        "CN=Development may not vouch for this name: dNSName x.secret.test lies in secret.test, \
         which the issuer may not vouch for"
    );
    // A mail address in the subject counts where no other mail address does (RFC 5280 s4.2.1.10).
    let mut profile = Profile::server(&[name("a.test")], month(), P256);
    profile.subject = Subject::parse("CN=a.test,emailAddress=ada@bank.example").unwrap();
    let mail = root.issue(&profile).unwrap_err().to_string();
    assert!(mail.contains("rfc822Name ada@bank.example"), "{mail}");
}

#[test]
fn constraints_of_the_root_hold_below_an_intermediate() {
    let profile = Profile {
        authority: Some(Limits {
            permitted: development_names(),
            ..Limits::default()
        }),
        ..Profile::root(named("Development"), month(), P256)
    };
    let root = Authority::root(&profile).unwrap();
    let below = Profile::intermediate(named("Issuing"), month(), P256);
    let issuing = root.intermediate(&below).unwrap();
    let refused = issuing.issue_server(&[name("example.com")], month(), P256);
    let Err(CaError::NameOutside { authority, .. }) = refused else {
        unreachable!("the name is outside");
    };
    assert_eq!(authority, "CN=Development");
    assert!(
        issuing
            .issue_server(&[name("a.test")], month(), P256)
            .is_ok()
    );
}

#[test]
fn depth_purpose_and_time_are_the_issuers() {
    let (root, issuing) = pair(P256);
    let deeper = Profile::intermediate(named("Deeper"), month(), P256);
    let too_deep = issuing.intermediate(&deeper).unwrap_err();
    assert_eq!(too_deep, CaError::TooDeep("CN=Issuing".to_owned()));
    assert!(root.intermediate(&deeper).is_ok(), "the control");
    let mut code = Profile::server(&[name("a.test")], month(), P256);
    code.purposes = vec![Purpose::CodeSigning];
    let purpose = issuing.issue(&code).unwrap_err().to_string();
    assert_eq!(purpose, "CN=Issuing may not issue for codeSigning");
    let late = Validity::days(NOW + 40 * 86_400, 30);
    let expired = issuing.issue_server(&[name("a.test")], late, P256);
    let not_after_unix = month().not_after_unix;
    assert_eq!(expired.unwrap_err(), CaError::Expired { not_after_unix });
    // Within the hour that validity begins early, nothing would be left.
    let just_late = Validity::days(not_after_unix + 60, 30);
    assert!(
        issuing
            .issue_server(&[name("a.test")], just_late, P256)
            .is_err()
    );
    let just_in_time = Validity::days(not_after_unix - 60, 30);
    let short = issuing.issue_server(&[name("a.test")], just_in_time, P256);
    let short = Certificate::parse(&short.unwrap().chain()[0])
        .unwrap()
        .validity();
    assert_eq!(u64::try_from(short.not_after.0), Ok(not_after_unix));
    assert!(issuing.check_time(NOW).is_ok());
    assert!(issuing.check_time(not_after_unix + 1).is_err());
    assert!(issuing.check_time(0).is_err());
    let leaf = Profile::server(&[name("a.test")], month(), P256);
    let leaf = Authority::root(&leaf).unwrap();
    let none = leaf.issue_server(&[name("a.test")], month(), P256);
    assert_eq!(
        none.unwrap_err(),
        CaError::NotAnAuthority("CN=a.test".to_owned())
    );
}

#[test]
fn an_authority_is_restored_with_its_chain() {
    let (root, issuing) = pair(P256);
    let chain = || {
        let mut chain = issuing.own().chain().to_vec();
        chain.push(root.root_der().clone());
        chain
    };
    let key = || issuing.own().key().clone();
    let restored = Authority::restore(chain(), key()).unwrap();
    assert_eq!(restored.subject(), issuing.subject());
    assert_eq!(restored.root_der(), root.root_der());
    let leaf = restored
        .issue_server(&[name("a.test")], month(), P256)
        .unwrap();
    assert_eq!(leaf.chain().len(), 2);
    Judge::new(root.root_der(), leaf.chain())
        .verdict(Some("a.test"))
        .unwrap();
    let no_root = Authority::restore(chain()[..1].to_vec(), key()).unwrap();
    let leaf = no_root
        .issue_server(&[name("a.test")], month(), P256)
        .unwrap();
    assert_eq!(leaf.chain().len(), 2);
    Judge::new(root.root_der(), leaf.chain())
        .verdict(Some("a.test"))
        .unwrap();
}

#[test]
fn what_is_no_authoritys_chain_is_refused() {
    let (root, issuing) = pair(P256);
    let (stranger, _) = pair(P256);
    let own = issuing.own().chain()[0].clone();
    let key = || issuing.own().key().clone();
    let restore = |chain: Vec<_>, key| Authority::restore(chain, key).unwrap_err();
    assert_eq!(restore(Vec::new(), key()), CaError::NoCertificate);
    assert_eq!(
        restore(vec![own.clone()], key::generate(P256).unwrap()),
        CaError::Foreign
    );
    // The name is the same, the signature is not.
    assert_eq!(
        restore(vec![own.clone(), stranger.root_der().clone()], key()),
        CaError::BrokenChain { index: 0 }
    );
    let damaged = rustls_pki_types::CertificateDer::from(own[..50].to_vec());
    let damaged = restore(vec![own.clone(), damaged], key());
    assert!(matches!(damaged, CaError::BadChain { index: 1, .. }));
    let leaf: Issued = issuing
        .issue_server(&[name("a.test")], month(), P256)
        .unwrap();
    let (chain, leaf_key) = leaf.into_parts();
    let none = restore(chain, leaf_key);
    assert_eq!(none, CaError::NotAnAuthority("CN=a.test".to_owned()));
    assert!(Authority::restore(vec![own, root.root_der().clone()], key()).is_ok());
}

#[test]
fn a_key_that_someone_else_holds_is_certified() {
    let (root, issuing) = pair(P256);
    for kind in KINDS {
        let key = key::generate(kind).unwrap();
        // The profile's kind of key says nothing here.
        let profile = Profile::server(&[name("a.test")], month(), P256);
        let leaf = issuing.certify(key.public_spki(), &profile).unwrap();
        assert_eq!(Certificate::parse(&leaf).unwrap().spki(), key.public_spki());
        let chain = issuing.chain_below(leaf);
        Judge::new(root.root_der(), &chain)
            .verdict(Some("a.test"))
            .unwrap();
    }
    let profile = Profile::server(&[name("a.test")], month(), P256);
    let none = issuing.certify(&[0x30, 0], &profile).unwrap_err();
    assert_eq!(none, CaError::UnsupportedKey);
}

#[test]
fn names_of_every_kind_are_read_as_they_were_given() {
    let names: Vec<_> = [
        "a.test",
        "*.b.test",
        "192.0.2.1",
        "2001:db8::1",
        "ada@a.test",
        "j\u{fc}rgen@a.test",
        "https://a.test/x",
        "UPN:ada@a.test",
        "dirName:CN=b,C=DE",
        "RID:1.2.3.4",
        "otherName:1.2.3.4;UTF8:text",
    ]
    .iter()
    .map(|text| name(text))
    .collect();
    let issued = self_signed(&Profile::server(&names, month(), P256)).unwrap();
    let read = Certificate::parse(&issued.chain()[0]).unwrap();
    let found: Result<Vec<_>, _> = read
        .subject_alt_names()
        .map(|one| AlternativeName::from_general(&one))
        .collect();
    assert_eq!(found.unwrap(), names);
}

#[test]
fn time_stamps_have_their_purpose_alone_and_critical() {
    let (root, _) = pair(P256);
    let mut profile = Profile::bare(named("Time stamps"), month(), P256);
    profile.purposes = vec![Purpose::TimeStamping];
    let signer = root.issue(&profile).unwrap();
    let mut judge = Judge::new(root.root_der(), signer.chain());
    judge.purpose = Use::TimeStamping;
    judge.verdict(None).unwrap();
}
