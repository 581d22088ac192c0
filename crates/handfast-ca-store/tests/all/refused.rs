//! What is refused: each with what, where, and what to do, and nothing half-written.

use crate::folder::{DAY, Folder, NOW, server};
use handfast_ca::crl::RevocationReason;
use handfast_ca::error::CaError;
use handfast_ca::key;
use handfast_ca::profile::{KeyKind, Profile, Purpose, Subtree, Validity};
use handfast_ca::subject::Subject;
use handfast_ca_store::audit::AuditFilter;
use handfast_ca_store::directory::CaDirectory;
use handfast_ca_store::error::StoreError;
use handfast_ca_store::find::{Filter, Selector};
use handfast_ca_store::plan::Plan;
use handfast_pki::certificate::Certificate;
use handfast_pki::crl::Crl;
use std::fs;
use zeroize::Zeroizing;

/// The error says the place and has a remedy.
fn told<T: std::fmt::Debug>(result: Result<T, StoreError>, place: &str) -> StoreError {
    let fault = result.unwrap_err();
    assert!(fault.to_string().contains(place), "{fault}");
    assert!(fault.hint().is_some(), "{fault}");
    fault
}

#[test]
fn an_encrypted_key_opens_with_its_pass_phrase_alone() {
    let folder = Folder::new();
    let mut plan = Plan::new("Example");
    plan.pass = Some(Zeroizing::new(b"correct".to_vec()));
    let mut ca = folder.created(&plan);
    ca.issue(&server("a.test"), NOW).unwrap();
    let pem = fs::read_to_string(folder.ca().join("issuing.key")).unwrap();
    assert!(pem.contains("ENCRYPTED"));

    let mut ca = CaDirectory::open(&folder.ca()).unwrap();
    assert_eq!(ca.list(&Filter::default()).unwrap().len(), 3);
    let needed = told(ca.issue(&server("b.test"), NOW), "issuing.key");
    assert!(
        matches!(needed, StoreError::PassNeeded { .. }),
        "{needed:?}"
    );
    let wrong = told(ca.unlock(Some(b"wrong")), "issuing.key");
    assert!(matches!(wrong, StoreError::WrongPass { .. }), "{wrong:?}");
    ca.unlock(Some(b"correct")).unwrap();
    ca.issue(&server("b.test"), NOW).unwrap();
    assert_eq!(ca.list(&Filter::default()).unwrap().len(), 4);
}

#[test]
fn a_clock_that_went_back_is_told_with_both_times_and_accepted_only_if_said() {
    let folder = Folder::new();
    let mut ca = folder.created(&Plan::root_alone("Example"));
    ca.issue(&server("a.test"), NOW).unwrap();
    // Within the tolerance.
    ca.issue(&server("b.test"), NOW - 300).unwrap();
    ca.issue(&server("c.test"), NOW + DAY).unwrap();
    let fault = told(ca.issue(&server("d.test"), NOW), "2027-01-15T08:00:00Z");
    assert!(
        fault.to_string().contains("2027-01-16T08:00:00Z"),
        "{fault}"
    );
    let a = Selector::parse("a.test");
    let revoked = ca.revoke(&a, RevocationReason::Unspecified, NOW);
    assert!(
        matches!(revoked, Err(StoreError::ClockBackwards { .. })),
        "{revoked:?}"
    );
    assert_eq!(ca.find(&Selector::parse("d.test")).unwrap(), []);
    ca.accept_clock();
    ca.issue(&server("d.test"), NOW).unwrap();
    let last = ca.audit(&AuditFilter::default()).unwrap().remove(0);
    assert!(last.detail.contains("2027-01-16T08:00:00Z"), "{last:?}");
    // From the accepted time on it goes on as usual.
    CaDirectory::open(&folder.ca())
        .unwrap()
        .issue(&server("e.test"), NOW)
        .unwrap();
}

#[test]
fn a_clock_cannot_creep_back_step_by_step() {
    let folder = Folder::new();
    let mut ca = folder.created(&Plan::root_alone("Example"));
    ca.issue(&server("a.test"), NOW).unwrap();
    let begins = |der: &[u8]| Crl::parse(der).unwrap().this_update().0;
    let first = ca.next_crl(DAY, NOW).unwrap();
    // Within the tolerance, but no list begins before the one it follows.
    let second = ca.next_crl(DAY, NOW - 200).unwrap();
    assert_eq!(begins(&second), begins(&first));
    ca.issue(&server("b.test"), NOW - 300).unwrap();
    let crept = ca.issue(&server("c.test"), NOW - 400);
    assert!(
        matches!(
            crept,
            Err(StoreError::ClockBackwards { last_unix: NOW, .. })
        ),
        "{crept:?}"
    );
    // What is accepted counts from there on; a clock far ahead binds no list after it.
    ca.next_crl(DAY, NOW + 99 * DAY).unwrap();
    ca.accept_clock();
    let third = ca.next_crl(DAY, NOW).unwrap();
    assert_eq!(begins(&third), NOW as i64);
    let mut ca = CaDirectory::open(&folder.ca()).unwrap();
    ca.issue(&server("d.test"), NOW - 300).unwrap();
    ca.issue(&server("e.test"), NOW - 301).unwrap_err();
}

#[test]
fn a_name_outside_the_constraints_is_not_issued() {
    for mut plan in [Plan::new("Example"), Plan::root_alone("Example")] {
        let folder = Folder::new();
        plan.permitted = vec![Subtree::Dns("test".to_owned())];
        let mut ca = folder.created(&plan);
        ca.issue(&server("a.test"), NOW).unwrap();
        let before = ca.list(&Filter::default()).unwrap().len();
        let fault = ca.issue(&server("a.example"), NOW).unwrap_err();
        assert!(fault.to_string().contains("a.example"), "{fault}");
        assert_eq!(ca.list(&Filter::default()).unwrap().len(), before);
    }
}

#[test]
fn an_authority_of_some_names_vouches_for_servers_clients_mail_and_answers_alone() {
    for mut plan in [Plan::new("Example"), Plan::root_alone("Example")] {
        let code = Profile {
            purposes: vec![Purpose::CodeSigning],
            ..server("a.test")
        };
        // The control: without limits it issues for code.
        let folder = Folder::new();
        folder.created(&plan).issue(&code, NOW).unwrap();
        let folder = Folder::new();
        plan.permitted = vec![Subtree::Dns("test".to_owned())];
        let mut ca = folder.created(&plan);
        let fault = ca.issue(&code, NOW).unwrap_err();
        assert!(
            matches!(fault, StoreError::Ca(CaError::PurposeOutside { .. })),
            "{fault:?}"
        );
        for purpose in [
            Purpose::ServerAuth,
            Purpose::ClientAuth,
            Purpose::EmailProtection,
            Purpose::OcspSigning,
        ] {
            let profile = Profile {
                purposes: vec![purpose],
                ..server("a.test")
            };
            ca.issue(&profile, NOW).unwrap();
        }
        // The authority below the root does not answer for itself.
        let signs_answers = |der: &[u8]| {
            let view = Certificate::parse(der).unwrap();
            let mut uses = view.extended_key_usage().unwrap();
            uses.any(|one| one.to_string() == Purpose::OcspSigning.oid())
        };
        let chain = ca.issuer_chain();
        let (root, below) = chain.split_last().unwrap();
        assert!(signs_answers(root));
        assert!(!below.iter().any(|one| signs_answers(one)));
    }
}

#[test]
fn an_expired_authority_does_not_issue() {
    let folder = Folder::new();
    let mut plan = Plan::new("Example");
    plan.root_days = 30;
    let mut ca = folder.created(&plan);
    let fault = told(ca.issue(&server("a.test"), NOW + 31 * DAY), "root.pem");
    assert!(matches!(fault, StoreError::Expired { .. }), "{fault:?}");
}

#[test]
fn a_revoked_authority_issues_to_nobody_but_who_answers_for_it() {
    let folder = Folder::new();
    let mut ca = folder.created(&Plan::new("Example"));
    ca.issue(&server("a.test"), NOW).unwrap();
    let issuing = Selector::parse("Example issuing");
    ca.revoke(&issuing, RevocationReason::CertificateHold, NOW)
        .unwrap();
    let fault = told(ca.issue(&server("b.test"), NOW), "issuing.pem");
    assert!(
        matches!(fault, StoreError::AuthorityRevoked { .. }),
        "{fault:?}"
    );
    assert_eq!(ca.find(&Selector::parse("b.test")).unwrap(), []);
    let days = Validity::days(NOW, 7);
    let signer = Subject::named("status").unwrap();
    ca.issue(&Profile::ocsp_signer(signer, days, KeyKind::EcP256), NOW)
        .unwrap();
    ca.next_crl(DAY, NOW).unwrap();
    // Released, it issues again.
    ca.revoke(&issuing, RevocationReason::RemoveFromCrl, NOW)
        .unwrap();
    ca.issue(&server("b.test"), NOW).unwrap();
}

#[test]
fn a_key_that_others_know_is_certified_no_more() {
    let folder = Folder::new();
    let mut ca = folder.created(&Plan::new("Example"));
    let theirs = key::generate(KeyKind::EcP256).unwrap();
    let certify = |ca: &mut CaDirectory, name: &str| {
        let certified = ca.certify(theirs.public_spki(), &server(name), NOW);
        certified.map(|certified| certified.row)
    };
    certify(&mut ca, "a.test").unwrap();
    let b = certify(&mut ca, "b.test").unwrap();
    ca.revoke(
        &Selector::parse("a.test"),
        RevocationReason::Superseded,
        NOW,
    )
    .unwrap();
    // The control: for another reason the key stays good.
    certify(&mut ca, "c.test").unwrap();
    ca.revoke(
        &Selector::parse("b.test"),
        RevocationReason::KeyCompromise,
        NOW,
    )
    .unwrap();
    let fault = told(certify(&mut ca, "d.test"), &b.serial.to_string());
    assert!(
        matches!(fault, StoreError::KeyCompromised { .. }),
        "{fault:?}"
    );
    let c = Selector::parse("c.test");
    let days = Validity::days(NOW, 90);
    let same = ca.renew_for_same_key(&c, days, NOW);
    assert!(
        matches!(same, Err(StoreError::KeyCompromised { .. })),
        "{same:?}"
    );
    ca.renew(&c, days, NOW).unwrap();
}

#[test]
fn a_root_is_not_revoked() {
    for plan in [Plan::new("Example"), Plan::root_alone("Example root")] {
        let folder = Folder::new();
        let mut ca = folder.created(&plan);
        let root = Selector::parse("Example root");
        let fault = told(
            ca.revoke(&root, RevocationReason::KeyCompromise, NOW),
            "Example root",
        );
        assert!(
            matches!(fault, StoreError::RootIsNotRevoked { .. }),
            "{fault:?}"
        );
        assert_eq!(ca.find_one(&root, NOW).unwrap().revoked_at, None);
    }
}

#[test]
fn a_missing_and_a_foreign_key_are_told_and_hinder_no_list() {
    let folder = Folder::new();
    folder.created(&Plan::new("Example"));
    let key = folder.ca().join("issuing.key");
    let open = || CaDirectory::open(&folder.ca()).unwrap();
    fs::copy(folder.ca().join("root.key"), &key).unwrap();
    let fault = told(open().issue(&server("a.test"), NOW), "issuing.key");
    assert!(matches!(fault, StoreError::KeyMismatch { .. }), "{fault:?}");
    fs::remove_file(&key).unwrap();
    let fault = told(open().issue(&server("a.test"), NOW), "issuing.key");
    assert!(matches!(fault, StoreError::KeyMissing { .. }), "{fault:?}");
    assert_eq!(open().list(&Filter::default()).unwrap().len(), 2);
}

#[test]
fn a_database_that_is_missing_foreign_newer_or_damaged_is_told() {
    let folder = Folder::new();
    let nothing = told(CaDirectory::open(&folder.ca()), "ca");
    assert!(
        matches!(nothing, StoreError::NoAuthority { .. }),
        "{nothing:?}"
    );
    folder
        .created(&Plan::new("Example"))
        .issue(&server("a.test"), NOW)
        .unwrap();
    let database = folder.ca().join("ca.db");
    let whole = fs::read(&database).unwrap();
    let open = || told(CaDirectory::open(&folder.ca()), "ca.db");

    fs::remove_file(&database).unwrap();
    assert!(matches!(open(), StoreError::DatabaseMissing { .. }));
    fs::write(
        &database,
        b"something else, and long enough to be looked at",
    )
    .unwrap();
    assert!(matches!(open(), StoreError::Foreign { .. }));
    fs::write(&database, b"").unwrap();
    assert!(matches!(open(), StoreError::Foreign { .. }));

    // user_version and application_id are 32 bits at 60 and 68 of the first page.
    let mut newer = whole.clone();
    newer[60..64].copy_from_slice(&99_u32.to_be_bytes());
    fs::write(&database, &newer).unwrap();
    assert!(matches!(open(), StoreError::Newer { found: 99, .. }));
    let mut foreign = whole.clone();
    foreign[68..72].copy_from_slice(b"else");
    fs::write(&database, &foreign).unwrap();
    assert!(matches!(open(), StoreError::Foreign { .. }));

    fs::write(&database, &whole).unwrap();
    let mut damaged = whole.clone();
    damaged[4096..].fill(0x55);
    fs::write(&database, &damaged).unwrap();
    assert!(matches!(open(), StoreError::Damaged { .. }));
    fs::write(&database, &whole).unwrap();
    CaDirectory::open(&folder.ca()).unwrap().check().unwrap();
}

#[test]
fn a_certificate_that_was_replaced_is_told() {
    let (folder, other) = (Folder::new(), Folder::new());
    folder.created(&Plan::new("Example"));
    other.created(&Plan::new("Example"));
    fs::copy(
        other.ca().join("issuing.pem"),
        folder.ca().join("issuing.pem"),
    )
    .unwrap();
    let fault = told(CaDirectory::open(&folder.ca()), "issuing.pem");
    assert!(matches!(fault, StoreError::Replaced { .. }), "{fault:?}");
}

#[test]
fn what_lies_in_the_way_is_left_alone() {
    let folder = Folder::new();
    fs::create_dir(folder.ca()).unwrap();
    fs::write(folder.ca().join("precious"), b"mine").unwrap();
    let plan = Plan::new("Example");
    let fault = told(CaDirectory::create(&folder.ca(), &plan, NOW), "ca");
    assert!(matches!(fault, StoreError::Exists { .. }), "{fault:?}");
    assert_eq!(fs::read(folder.ca().join("precious")).unwrap(), b"mine");
    fs::remove_file(folder.ca().join("precious")).unwrap();
    // An empty folder gives way.
    CaDirectory::create(&folder.ca(), &plan, NOW).unwrap();
    let fault = told(CaDirectory::create(&folder.ca(), &plan, NOW), "ca");
    assert!(matches!(fault, StoreError::Exists { .. }), "{fault:?}");
}
