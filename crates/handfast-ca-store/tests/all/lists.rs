//! Revocation lists, successors, and certificates for keys of others.

use crate::folder::{DAY, Folder, NOW, server};
use handfast_ca::crl::RevocationReason;
use handfast_ca::error::CaError;
use handfast_ca::key;
use handfast_ca::profile::{KeyKind, Pointers, Profile, Validity};
use handfast_ca::subject::Subject;
use handfast_ca_store::audit::AuditFilter;
use handfast_ca_store::directory::CaDirectory;
use handfast_ca_store::error::StoreError;
use handfast_ca_store::find::Selector;
use handfast_ca_store::plan::Plan;
use handfast_ca_store::row::{Level, Row};
use handfast_pki::certificate::Certificate;
use handfast_pki::crl::Crl;

/// The number of a list, and the serials on it.
fn read(der: &[u8]) -> (u64, Vec<Vec<u8>>) {
    let list = Crl::parse(der).unwrap();
    let number = list
        .number()
        .iter()
        .fold(0, |sum, octet| sum << 8 | u64::from(*octet));
    let serials = list.revoked().map(|entry| entry.serial.to_vec());
    (number, serials.collect())
}

fn has(der: &[u8], row: &Row) -> bool {
    let serials = read(der).1;
    let significant = |octets: &[u8]| {
        octets
            .iter()
            .copied()
            .skip_while(|octet| *octet == 0)
            .collect::<Vec<_>>()
    };
    serials
        .iter()
        .any(|serial| significant(serial) == row.serial.as_bytes())
}

fn revoke(ca: &mut CaDirectory, name: &str, reason: RevocationReason, now: u64) -> Row {
    ca.revoke(&Selector::parse(name), reason, now).unwrap()
}

#[test]
fn lists_are_numbered_signed_and_kept() {
    for plan in [Plan::new("Example"), Plan::root_alone("Example")] {
        let folder = Folder::new();
        let mut ca = folder.created(&plan);
        assert_eq!(ca.last_crl(Level::Issuing).unwrap(), None);
        let empty = ca.next_crl(DAY, NOW).unwrap();
        assert_eq!(read(&empty), (1, vec![]));
        ca.issue(&server("a.test"), NOW).unwrap();
        let row = revoke(&mut ca, "a.test", RevocationReason::KeyCompromise, NOW);
        let der = ca.next_crl(DAY, NOW).unwrap();
        assert_eq!(read(&der).0, 2);
        assert!(has(&der, &row));
        let list = Crl::parse(&der).unwrap();
        let issuer = ca.issuer_chain().remove(0);
        let issuer = Certificate::parse(&issuer).unwrap();
        assert_eq!(list.issuer(), issuer.subject());
        assert_eq!(
            (list.this_update().0, list.next_update().0),
            (NOW as i64, (NOW + DAY) as i64)
        );
        let reopened = CaDirectory::open(&folder.ca()).unwrap();
        assert_eq!(reopened.last_crl(Level::Issuing).unwrap(), Some(der));
        assert_eq!(reopened.crl_number(Level::Issuing).unwrap(), 2);
    }
}

#[test]
fn the_roots_list_tells_of_the_authority_below() {
    let folder = Folder::new();
    let mut ca = folder.created(&Plan::new("Example"));
    let row = revoke(
        &mut ca,
        "Example issuing",
        RevocationReason::CaCompromise,
        NOW,
    );
    assert_eq!(row.issuer, Level::Root);
    let roots = ca.next_crl_of(Level::Root, DAY, NOW).unwrap();
    let issuings = ca.next_crl_of(Level::Issuing, DAY, NOW).unwrap();
    assert!(has(&roots, &row) && !has(&issuings, &row));
    // Each authority counts its own.
    assert_eq!((read(&roots).0, read(&issuings).0), (1, 1));
}

#[test]
fn an_expired_certificate_leaves_the_list_only_after_one_that_was_made_after_its_end() {
    let folder = Folder::new();
    let mut ca = folder.created(&Plan::new("Example"));
    ca.issue(&server("a.test"), NOW).unwrap();
    let row = revoke(&mut ca, "a.test", RevocationReason::Superseded, NOW);
    let mut listed = |now| has(&ca.next_crl(DAY, now).unwrap(), &row);
    assert!(listed(NOW + DAY));
    assert!(listed(row.not_after), "its last second");
    assert!(listed(row.not_after + DAY), "the first list after its end");
    assert!(!listed(row.not_after + 2 * DAY));
}

#[test]
fn a_list_made_with_a_clock_ahead_takes_nothing_off_the_lists_after_it() {
    let folder = Folder::new();
    let mut ca = folder.created(&Plan::new("Example"));
    ca.issue(&server("a.test"), NOW).unwrap();
    let row = revoke(&mut ca, "a.test", RevocationReason::KeyCompromise, NOW);
    ca.accept_clock();
    let mut listed = |now| has(&ca.next_crl(DAY, now).unwrap(), &row);
    assert!(listed(row.not_after + 9 * DAY), "the clock is ahead");
    assert!(listed(NOW + DAY), "it is right again");
    assert!(listed(row.not_after + DAY), "the first list after its end");
    assert!(!listed(row.not_after + 2 * DAY));
}

#[test]
fn what_is_revoked_after_its_end_is_listed_once() {
    let folder = Folder::new();
    let mut ca = folder.created(&Plan::new("Example"));
    let end = ca.issue(&server("a.test"), NOW).unwrap().row.not_after;
    ca.next_crl(DAY, end + 1).unwrap();
    let row = revoke(&mut ca, "a.test", RevocationReason::KeyCompromise, end + 2);
    assert!(has(&ca.next_crl(DAY, end + 3).unwrap(), &row));
    assert!(!has(&ca.next_crl(DAY, end + 4).unwrap(), &row));
}

#[test]
fn a_number_taken_over_leaves_room_for_the_lists_to_come() {
    let folder = Folder::new();
    let mut ca = folder.created(&Plan::root_alone("Example"));
    for bad in ["7FFFFFFFFFFFFFFF", "4000000000000000", "0", "x"] {
        let refused = ca.import_crl_number(bad, NOW);
        assert!(
            matches!(refused, Err(StoreError::Index { line: 1, .. })),
            "{refused:?}"
        );
    }
    ca.import_crl_number("3FFFFFFFFFFFFFFF", NOW).unwrap();
    for number in [i64::MAX as u64 >> 1, 1 << 62] {
        assert_eq!(read(&ca.next_crl(DAY, NOW).unwrap()).0, number);
    }
}

#[test]
fn no_list_says_that_something_will_be_revoked() {
    let folder = Folder::new();
    let mut ca = folder.created(&Plan::root_alone("Example"));
    // Ten years from then.
    let index = "R\t391231235959Z\t370115080000Z\t0A01\tunknown\t/CN=a\n";
    ca.import_index(index, NOW).unwrap();
    ca.issue(&server("a.test"), NOW).unwrap();
    revoke(
        &mut ca,
        "a.test",
        RevocationReason::KeyCompromise,
        NOW + 9 * DAY,
    );
    ca.accept_clock();
    let der = ca.next_crl(DAY, NOW).unwrap();
    let list = Crl::parse(&der).unwrap();
    let dates: Vec<_> = list.revoked().map(|entry| entry.since.0).collect();
    assert_eq!(dates, [NOW as i64; 2]);
}

#[test]
fn a_hold_leaves_the_list_when_it_is_released() {
    let folder = Folder::new();
    let mut ca = folder.created(&Plan::new("Example"));
    ca.issue(&server("a.test"), NOW).unwrap();
    let row = revoke(&mut ca, "a.test", RevocationReason::CertificateHold, NOW);
    assert!(has(&ca.next_crl(DAY, NOW).unwrap(), &row));
    revoke(&mut ca, "a.test", RevocationReason::RemoveFromCrl, NOW);
    assert!(!has(&ca.next_crl(DAY, NOW).unwrap(), &row));
}

#[test]
fn a_successor_has_the_same_names_and_a_key_of_its_own() {
    let folder = Folder::new();
    let mut ca = folder.created(&Plan::new("Example"));
    let mut profile = server("a.test");
    profile.must_staple = true;
    let first = ca.issue(&profile, NOW).unwrap();
    let later = NOW + 60 * DAY;
    let validity = Validity::days(later, 90);
    let name = Selector::parse("a.test");
    let second = ca.renew(&name, validity, later).unwrap();
    assert_eq!(second.row.renewed_from, Some(first.row.id));
    assert_eq!(
        (&second.row.names, &second.row.subject),
        (&first.row.names, &first.row.subject)
    );
    assert_eq!(
        (second.row.profile.as_str(), second.row.not_after),
        ("server", later + 90 * DAY)
    );
    let view = Certificate::parse(&second.issued.chain()[0]).unwrap();
    assert_eq!(view.tls_features().iter().collect::<Vec<_>>(), [5]);
    assert_ne!(
        second.issued.key().public_spki(),
        first.issued.key().public_spki()
    );
    // Both are in use now; the one without a successor is meant.
    let third = ca.renew_for_same_key(&name, validity, later).unwrap();
    assert_eq!(third.row.renewed_from, Some(second.row.id));
    let view = Certificate::parse(&third.chain[0]).unwrap();
    assert_eq!(view.spki(), second.issued.key().public_spki());
    let audit = ca.audit(&AuditFilter::default()).unwrap();
    assert_eq!(audit[0].action, "renew");
    let authority = ca.renew(&Selector::parse("Example issuing"), validity, later);
    assert!(
        matches!(authority, Err(StoreError::Unacceptable { .. })),
        "{authority:?}"
    );
}

/// What a certificate has at the place of one object identifier is something else by now. Its
/// signature does not fit any more, which nobody asks who records it.
fn changed(der: &[u8], from: &[u8], to: &[u8]) -> Vec<u8> {
    let at = der.windows(from.len()).position(|part| part == from);
    let at = at.unwrap();
    [&der[..at], to, &der[at + from.len()..]].concat()
}

#[test]
fn what_a_successor_would_lack_is_not_renewed() {
    // The one use, and keyUsage, which is critical: each becomes another.
    let uses: (&[u8], &[u8]) = (
        b"\x06\x08\x2b\x06\x01\x05\x05\x07\x03\x01",
        b"\x06\x08\x2b\x06\x01\x05\x05\x07\x03\x11",
    );
    let critical: (&[u8], &[u8]) = (
        b"\x06\x03\x55\x1d\x0f\x01\x01\xff",
        b"\x06\x03\x55\x1d\x7f\x01\x01\xff",
    );
    for (place, what) in [
        (Some(uses), "1.3.6.1.5.5.7.3.17"),
        (Some(critical), "2.5.29.127"),
        (None, ""),
    ] {
        let folder = Folder::new();
        let mut ca = folder.created(&Plan::root_alone("Example"));
        let issued = ca.issue(&server("a.test"), NOW).unwrap();
        if let Some((from, to)) = place {
            let der = changed(&issued.issued.chain()[0], from, to);
            let database = rusqlite::Connection::open(folder.ca().join("ca.db")).unwrap();
            let update = "UPDATE certificates SET der = ?1 WHERE id = ?2";
            let values = rusqlite::params![der, issued.row.id];
            database.execute(update, values).unwrap();
        }
        let validity = Validity::days(NOW, 90);
        let name = Selector::parse("a.test");
        match ca.renew(&name, validity, NOW) {
            Ok(_) => assert!(place.is_none(), "{what}"),
            Err(fault) => {
                assert!(
                    matches!(fault, StoreError::Ca(CaError::NotKept(_))),
                    "{fault:?}"
                );
                assert!(fault.to_string().contains(what), "{fault}");
            }
        }
    }
}

#[test]
fn a_key_of_someone_elses_is_certified() {
    let folder = Folder::new();
    let mut ca = folder.created(&Plan::new("Example"));
    let theirs = key::generate(KeyKind::Ed25519).unwrap();
    let certified = ca
        .certify(theirs.public_spki(), &server("a.test"), NOW)
        .unwrap();
    assert_eq!(certified.chain.len(), 2);
    assert_eq!(
        ca.find(&Selector::parse("a.test")).unwrap(),
        [certified.row]
    );
    let broken = ca.certify(b"no key", &server("b.test"), NOW);
    assert!(matches!(broken, Err(StoreError::Ca(_))), "{broken:?}");
}

#[test]
fn pointers_are_kept_and_written_into_what_is_issued() {
    let folder = Folder::new();
    let mut plan = Plan::new("Example");
    let url = |path: &str| vec![format!("http://ca.test/{path}")];
    plan.pointers = Pointers {
        crl: url("issuing.crl"),
        ocsp: url("ocsp"),
        issuers: url("issuing.cer"),
    };
    plan.root_pointers.crl = url("root.crl");
    drop(folder.created(&plan));
    let mut ca = CaDirectory::open(&folder.ca()).unwrap();
    assert_eq!(ca.pointers().unwrap(), plan.pointers);
    let says = |der: &[u8], url: &str| der.windows(url.len()).any(|part| part == url.as_bytes());
    let leaf = ca.issue(&server("a.test"), NOW).unwrap().issued;
    for path in ["issuing.crl", "ocsp", "issuing.cer"] {
        assert!(says(&leaf.chain()[0], path), "{path}");
    }
    assert!(says(&leaf.chain()[1], "root.crl") && !says(&leaf.chain()[1], "issuing.crl"));
    // An authority below the root is on the root's list.
    let below = Subject::named("Below").unwrap();
    let below = Profile::intermediate(below, Validity::days(NOW, 90), KeyKind::EcP256);
    let below = ca.issue(&below, NOW).unwrap().issued;
    assert!(says(&below.chain()[0], "root.crl") && !says(&below.chain()[0], "issuing.crl"));
    ca.set_pointers(&Pointers::default(), NOW).unwrap();
    let leaf = ca.issue(&server("b.test"), NOW).unwrap().issued;
    assert!(!says(&leaf.chain()[0], "http:"));
}
