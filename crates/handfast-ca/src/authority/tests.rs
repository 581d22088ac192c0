use std::collections::BTreeSet;

use x509_cert::Certificate;
use x509_cert::ext::pkix::{BasicConstraints, ExtendedKeyUsage, NameConstraints, SubjectAltName};

use super::*;
use crate::profile::{Limits, Purpose, Subtree};
use x509_cert::der::{Decode, Encode};

const NOW: u64 = 1_800_000_000;
const YEAR: Validity = Validity {
    not_before_unix: NOW,
    not_after_unix: NOW + 365 * 86_400,
};

fn root() -> Authority {
    Authority::new("Test root", YEAR, KeyKind::EcP256).unwrap()
}

fn localhost() -> [AlternativeName; 3] {
    [
        AlternativeName::dns("localhost"),
        AlternativeName::ip([127, 0, 0, 1]),
        AlternativeName::ip([0, 0, 0, 0, 0, 0, 0, 1_u16]),
    ]
}

fn read(der: &CertificateDer<'_>) -> Certificate {
    Certificate::from_der(der).unwrap()
}

#[test]
fn a_root_is_an_authority_and_signed_by_itself() {
    let root = root();
    let own = read(root.root_der());
    let tbs = own.tbs_certificate();
    assert_eq!(tbs.issuer(), tbs.subject());
    assert_eq!(tbs.subject().to_string(), "CN=Test root");
    let (critical, basic) = tbs.get_extension::<BasicConstraints>().unwrap().unwrap();
    assert!(critical && basic.ca && basic.path_len_constraint.is_none());
    assert_eq!(root.own().chain(), [root.root_der().clone()]);
    assert_eq!(own.signature_algorithm(), tbs.signature());
}

#[test]
fn a_chain_runs_leaf_first_and_leaves_the_root_out() {
    let root = root();
    let first = root
        .intermediate(&Profile::authority("First", YEAR, KeyKind::EcP384))
        .unwrap();
    let second = first
        .intermediate(&Profile::authority("Second", YEAR, KeyKind::EcP256))
        .unwrap();
    let leaf = second
        .issue_server(&localhost(), YEAR, KeyKind::Ed25519)
        .unwrap();
    let names: Vec<_> = leaf
        .chain()
        .iter()
        .map(|der| {
            let tbs = read(der).tbs_certificate().clone();
            (tbs.subject().to_string(), tbs.issuer().to_string())
        })
        .collect();
    let pair = |a: &str, b: &str| (format!("CN={a}"), format!("CN={b}"));
    assert_eq!(
        names,
        [
            pair("localhost", "Second"),
            pair("Second", "First"),
            pair("First", "Test root")
        ]
    );
    assert_eq!(second.root_der(), root.root_der());
    assert_eq!(
        root.issue_server(&localhost(), YEAR, KeyKind::EcP256)
            .unwrap()
            .chain()
            .len(),
        1
    );
}

#[test]
fn a_leaf_holds_its_names_and_its_one_purpose() {
    let leaf = root()
        .issue_server(&localhost(), YEAR, KeyKind::EcP256)
        .unwrap();
    let leaf = read(&leaf.chain()[0]);
    let tbs = leaf.tbs_certificate();
    let (critical, names) = tbs.get_extension::<SubjectAltName>().unwrap().unwrap();
    assert!(!critical);
    assert_eq!(names.0.len(), 3);
    let (_, uses) = tbs.get_extension::<ExtendedKeyUsage>().unwrap().unwrap();
    assert_eq!(uses.0.len(), 1);
    assert_eq!(uses.0[0].to_string(), "1.3.6.1.5.5.7.3.1");
    let (_, basic) = tbs.get_extension::<BasicConstraints>().unwrap().unwrap();
    assert!(!basic.ca);
    let client = root().issue_client("Ada", Some("ada@example.test"), YEAR, KeyKind::EcP256);
    let client = read(&client.unwrap().chain()[0]);
    let (_, uses) = client
        .tbs_certificate()
        .get_extension::<ExtendedKeyUsage>()
        .unwrap()
        .unwrap();
    assert_eq!(uses.0[0].to_string(), "1.3.6.1.5.5.7.3.2");
}

#[test]
fn a_long_host_name_leaves_the_subject_empty_and_its_names_critical() {
    let long = format!("{}.example.test", "a".repeat(60));
    let leaf = root()
        .issue_server(&[AlternativeName::dns(&long)], YEAR, KeyKind::EcP256)
        .unwrap();
    let leaf = read(&leaf.chain()[0]);
    assert!(leaf.tbs_certificate().subject().is_empty());
    let (critical, _) = leaf
        .tbs_certificate()
        .get_extension::<SubjectAltName>()
        .unwrap()
        .unwrap();
    assert!(critical);
}

#[test]
fn serial_numbers_differ_and_fit() {
    let root = root();
    let serials: BTreeSet<Vec<u8>> = (0..20)
        .map(|_| {
            let leaf = root
                .issue_server(&localhost(), YEAR, KeyKind::EcP256)
                .unwrap();
            read(&leaf.chain()[0])
                .tbs_certificate()
                .serial_number()
                .as_bytes()
                .to_vec()
        })
        .collect();
    assert_eq!(serials.len(), 20);
    assert!(
        serials
            .iter()
            .all(|serial| (8..=17).contains(&serial.len()))
    );
}

#[test]
fn a_leaf_never_outlives_its_issuer() {
    let long = Validity {
        not_after_unix: YEAR.not_after_unix + 1,
        ..YEAR
    };
    let leaf = root()
        .issue_server(&localhost(), long, KeyKind::EcP256)
        .unwrap();
    let end = read(&leaf.chain()[0])
        .tbs_certificate()
        .validity()
        .not_after;
    assert_eq!(end.to_unix_duration().as_secs(), YEAR.not_after_unix);
}

#[test]
fn limits_of_an_authority_are_written_as_critical() {
    let mut profile = Profile::authority("Limited", YEAR, KeyKind::EcP256);
    profile.authority = Some(Limits {
        path_length: Some(0),
        permitted: vec![
            Subtree::Dns("local".into()),
            Subtree::Ip([10, 1, 2, 3].into(), 8),
        ],
        excluded: Vec::new(),
    });
    let limited = Authority::root(&profile).unwrap();
    let own = read(limited.root_der());
    let (critical, constraints) = own
        .tbs_certificate()
        .get_extension::<NameConstraints>()
        .unwrap()
        .unwrap();
    assert!(critical);
    let permitted = constraints.permitted_subtrees.unwrap();
    assert_eq!(permitted.len(), 2);
    // [7] of eight octets: 10.0.0.0/255.0.0.0.
    assert_eq!(
        permitted[1].base.to_der().unwrap(),
        [0x87, 8, 10, 0, 0, 0, 255, 0, 0, 0]
    );
    let (_, basic) = own
        .tbs_certificate()
        .get_extension::<BasicConstraints>()
        .unwrap()
        .unwrap();
    assert_eq!(basic.path_len_constraint, Some(0));
}

#[test]
fn what_no_certificate_can_hold_is_refused_by_name() {
    let root = root();
    let refuse = |profile: &Profile| root.issue(profile).unwrap_err();
    let name = AlternativeName::dns("bücher.test");
    let wide = Profile::server(&[name], YEAR, KeyKind::EcP256);
    assert_eq!(refuse(&wide), CaError::BadName("bücher.test".to_owned()));
    let nameless = Profile::server(&[], YEAR, KeyKind::EcP256);
    assert_eq!(refuse(&nameless), CaError::BadName(String::new()));
    let backwards = Validity {
        not_before_unix: NOW,
        not_after_unix: NOW - 1,
    };
    let backwards = Profile::server(&localhost(), backwards, KeyKind::EcP256);
    assert_eq!(refuse(&backwards), CaError::Backwards(NOW, NOW - 1));
    let purposeless = Profile {
        purposes: Vec::<Purpose>::new(),
        ..wide
    };
    assert!(matches!(refuse(&purposeless), CaError::BadName(_)));
}

#[test]
fn a_root_that_was_kept_issues_as_before() {
    let root = root();
    let key = || PrivateKey::from_der(root.own().key_der().unwrap().secret_der()).unwrap();
    let kept = Authority::restore(vec![root.root_der().clone()], key()).unwrap();
    assert_eq!(kept.validity(), root.validity());
    let leaf = kept
        .issue_server(&localhost(), YEAR, KeyKind::EcP256)
        .unwrap();
    let other = root
        .issue_server(&localhost(), YEAR, KeyKind::EcP256)
        .unwrap();
    let issuer = |der: &CertificateDer<'_>| read(der).tbs_certificate().issuer().clone();
    assert_eq!(issuer(&leaf.chain()[0]), issuer(&other.chain()[0]));
    assert_eq!(leaf.chain().len(), other.chain().len());
    let stranger = Authority::new("Test root", YEAR, KeyKind::EcP256).unwrap();
    let swapped = Authority::restore(vec![stranger.root_der().clone()], key());
    assert_eq!(swapped.unwrap_err(), CaError::Foreign);
}
