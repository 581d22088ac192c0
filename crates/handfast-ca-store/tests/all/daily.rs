//! What an authority does every day: issue, list, find, revoke, tell the status.

use crate::folder::{DAY, Folder, NOW, server};
use handfast_ca::crl::RevocationReason;
use handfast_ca::serial::SerialNumber;
use handfast_ca::subject::Subject;
use handfast_ca_store::directory::CaDirectory;
use handfast_ca_store::error::StoreError;
use handfast_ca_store::find::{Filter, Selector};
use handfast_ca_store::plan::Plan;
use handfast_ca_store::row::{Row, State, Status};

#[test]
fn what_was_issued_is_found_by_name_serial_and_fingerprint_after_reopening() {
    for plan in [Plan::new("Example"), Plan::root_alone("Example")] {
        let folder = Folder::new();
        let recorded = folder
            .created(&plan)
            .issue(&server("localhost"), NOW)
            .unwrap();
        let chain = recorded.issued.chain();
        assert_eq!(chain.len(), 1 + usize::from(plan.issuing.is_some()));
        let ca = CaDirectory::open(&folder.ca()).unwrap();
        let row = recorded.row;
        let digest = row
            .fingerprint
            .unwrap()
            .map(|byte| format!("{byte:02x}"))
            .join(":");
        let serial = row.serial.to_string();
        for text in [
            "localhost",
            "LOCALHOST.",
            &serial,
            &serial.to_lowercase(),
            &digest,
        ] {
            assert_eq!(
                ca.find(&Selector::parse(text)).unwrap(),
                std::slice::from_ref(&row),
                "{text}"
            );
        }
        for text in [format!("serial:{serial}"), format!("SHA256:{digest}")] {
            assert!(!matches!(Selector::parse(&text), Selector::Any(_)));
            assert_eq!(
                ca.find(&Selector::parse(&text)).unwrap(),
                std::slice::from_ref(&row),
                "{text}"
            );
        }
        assert_eq!(ca.certificate(row.id).unwrap().as_ref(), chain.first());
        assert_eq!(row.profile, "server");
        assert_eq!(row.state(NOW), State::Valid);
        assert_eq!(row.state(NOW + 91 * DAY), State::Expired);
    }
}

#[test]
fn names_beyond_ascii_are_found_in_any_case_of_letters() {
    let folder = Folder::new();
    let mut ca = folder.created(&Plan::root_alone("Example"));
    let mut profile = server("a.test");
    profile.subject = Subject::named("Ärger GmbH").unwrap();
    let row = ca.issue(&profile, NOW).unwrap().row;
    for name in ["Ärger GmbH", "ärger gmbh", "ÄRGER GMBH", "a.test"] {
        let found = ca.find(&Selector::parse(name)).unwrap();
        assert_eq!(found, std::slice::from_ref(&row), "{name}");
    }
}

#[test]
fn a_word_that_is_hexadecimal_by_chance_is_nobodys_serial_number() {
    let folder = Folder::new();
    let mut ca = folder.created(&Plan::root_alone("Example"));
    let index = "V\t301231235959Z\t\t0ADA\tunknown\t/CN=other\n";
    ca.import_index(index, NOW).unwrap();
    let ada = Selector::parse("ada");
    let revoked = ca.revoke(&ada, RevocationReason::KeyCompromise, NOW);
    let fault = revoked.unwrap_err();
    assert!(matches!(fault, StoreError::NotFound { .. }), "{fault:?}");
    assert!(fault.hint().unwrap().contains("serial:"), "{fault:?}");
    let named = |text| ca.find(&Selector::parse(text)).unwrap();
    assert_eq!(named("serial:0ADA"), named("other"));
    assert_eq!(named("other").len(), 1);
    // A name goes before a serial number, however long.
    let serial = named("Example").remove(0).serial.to_string();
    let other = ca.issue(&server(&serial.replace(':', "")), NOW).unwrap();
    let found = ca.find(&Selector::parse(&serial.replace(':', "")));
    assert_eq!(found.unwrap(), [other.row]);
}

#[test]
fn a_revoked_certificate_has_its_reason_and_time() {
    let folder = Folder::new();
    let mut ca = folder.created(&Plan::new("Example"));
    let serial = ca.issue(&server("localhost"), NOW).unwrap().row.serial;
    assert_eq!(ca.status(&serial).unwrap(), Status::Good);
    let localhost = Selector::parse("localhost");
    let row = ca
        .revoke(&localhost, RevocationReason::KeyCompromise, NOW + 5)
        .unwrap();
    assert_eq!(row.revoked_at, Some(NOW + 5));
    let revoked = Status::Revoked {
        at_unix: NOW + 5,
        reason: RevocationReason::KeyCompromise,
    };
    assert_eq!(ca.status(&serial).unwrap(), revoked);
    // Again for the same reason: as it was. For another: refused.
    let again = ca
        .revoke(&localhost, RevocationReason::KeyCompromise, NOW + 9)
        .unwrap();
    assert_eq!(again, row);
    let other = ca.revoke(&localhost, RevocationReason::Superseded, NOW + 9);
    assert!(
        matches!(other, Err(StoreError::AlreadyRevoked { .. })),
        "{other:?}"
    );
    let unknown = SerialNumber::parse("01").unwrap();
    assert_eq!(ca.status(&unknown).unwrap(), Status::Unknown);
}

#[test]
fn a_hold_is_released_or_made_final() {
    let folder = Folder::new();
    let mut ca = folder.created(&Plan::root_alone("Example"));
    ca.issue(&server("localhost"), NOW).unwrap();
    let localhost = Selector::parse("localhost");
    let mut revoke = |reason, now| ca.revoke(&localhost, reason, now);
    let released = revoke(RevocationReason::RemoveFromCrl, NOW);
    assert!(
        matches!(released, Err(StoreError::NotOnHold { .. })),
        "{released:?}"
    );
    revoke(RevocationReason::CertificateHold, NOW + 1).unwrap();
    let released = revoke(RevocationReason::RemoveFromCrl, NOW + 2).unwrap();
    assert_eq!(released.revoked_at, None);
    revoke(RevocationReason::CertificateHold, NOW + 3).unwrap();
    let last = revoke(RevocationReason::Superseded, NOW + 4).unwrap();
    assert_eq!(
        (last.revoked_at, last.reason),
        (Some(NOW + 3), Some(RevocationReason::Superseded))
    );
}

#[test]
fn an_index_makes_a_hold_final_and_nothing_final_a_hold() {
    let folder = Folder::new();
    let mut ca = folder.created(&Plan::root_alone("Example"));
    let serial = ca.issue(&server("a.test"), NOW).unwrap().row.serial;
    let name = Selector::parse("a.test");
    ca.revoke(&name, RevocationReason::CertificateHold, NOW)
        .unwrap();
    let line =
        |reason| format!("R\t301231235959Z\t270115080000Z,{reason}\t{serial}\tunknown\t/CN=a\n");
    let mut taken = |reason| {
        let done = ca.import_index(&line(reason), NOW + 9).unwrap();
        let row = ca.find_one(&name, NOW).unwrap();
        (done.revoked, row.revoked_at, row.reason)
    };
    let hold = Some(RevocationReason::CertificateHold);
    assert_eq!(taken("certificateHold"), (0, Some(NOW), hold));
    let last = Some(RevocationReason::KeyCompromise);
    assert_eq!(taken("keyCompromise"), (1, Some(NOW), last));
    assert_eq!(taken("certificateHold"), (0, Some(NOW), last));
    assert_eq!(taken("superseded"), (0, Some(NOW), last));
}

#[test]
fn two_that_fit_are_listed_and_none_is_revoked() {
    let folder = Folder::new();
    let mut ca = folder.created(&Plan::root_alone("Example"));
    let first = ca.issue(&server("localhost"), NOW).unwrap().row;
    let second = ca.issue(&server("localhost"), NOW).unwrap().row;
    let localhost = Selector::parse("localhost");
    let revoked = ca.revoke(&localhost, RevocationReason::Unspecified, NOW);
    let Err(StoreError::Ambiguous { candidates, .. }) = revoked else {
        panic!("{revoked:?}");
    };
    assert_eq!(candidates, [second.clone(), first.clone()]);
    ca.revoke(
        &Selector::Serial(first.serial),
        RevocationReason::Superseded,
        NOW,
    )
    .unwrap();
    // One is left in use: the name is plain again.
    assert_eq!(ca.find_one(&localhost, NOW).unwrap().serial, second.serial);
}

#[test]
fn a_list_shows_what_its_filter_lets_through() {
    let folder = Folder::new();
    let mut ca = folder.created(&Plan::new("Example"));
    for name in ["a.test", "b.test", "c.test"] {
        ca.issue(&server(name), NOW).unwrap();
    }
    ca.revoke(
        &Selector::parse("b.test"),
        RevocationReason::Unspecified,
        NOW,
    )
    .unwrap();
    let titles = |filter: Filter| {
        let rows = ca.list(&filter).unwrap();
        rows.iter().map(Row::title).collect::<Vec<_>>()
    };
    let all = [
        "c.test",
        "b.test",
        "a.test",
        "Example issuing",
        "Example root",
    ];
    assert_eq!(titles(Filter::default()), all);
    let state = |state, at| Filter {
        state: Some((state, at)),
        profile: Some("server".to_owned()),
        ..Filter::default()
    };
    assert_eq!(titles(state(State::Valid, NOW)), ["c.test", "a.test"]);
    assert_eq!(titles(state(State::Revoked, NOW)), ["b.test"]);
    assert_eq!(
        titles(state(State::Expired, NOW + 91 * DAY)),
        ["c.test", "a.test"]
    );
    assert_eq!(
        titles(state(State::NotYetValid, NOW - 2 * DAY)),
        ["c.test", "a.test"]
    );
    let page = Filter {
        limit: Some(2),
        ..Filter::default()
    };
    assert_eq!(titles(page), ["c.test", "b.test"]);
}
