//! Records of servers that build on an authority.

use crate::folder::{Folder, NOW};
use handfast_ca_store::directory::CaDirectory;
use handfast_ca_store::error::StoreError;
use handfast_ca_store::plan::Plan;
use handfast_ca_store::records::Change;

fn conflict<T: std::fmt::Debug>(result: Result<T, StoreError>) -> Option<u64> {
    match result {
        Err(StoreError::Conflict { found, .. }) => found,
        other => panic!("{other:?}"),
    }
}

#[test]
fn a_record_is_written_only_over_the_version_that_was_seen() {
    let folder = Folder::new();
    let mut one = folder.created(&Plan::root_alone("Example"));
    let mut two = CaDirectory::open(&folder.ca()).unwrap();
    let first = one.save_record("order", "a", None, "{}", None).unwrap();
    assert_eq!(
        conflict(two.save_record("order", "a", None, "{}", None)),
        Some(first)
    );
    let second = two
        .save_record("order", "a", Some(first), "[1]", None)
        .unwrap();
    assert_ne!(first, second);
    assert_eq!(
        conflict(one.save_record("order", "a", Some(first), "[2]", None)),
        Some(second)
    );
    let kept = one.record("order", "a").unwrap().unwrap();
    assert_eq!((kept.version, kept.body.as_str()), (second, "[1]"));
    assert_eq!(one.record("account", "a").unwrap(), None);
    assert_eq!(
        conflict(one.save_record("order", "b", Some(1), "{}", None)).unwrap_or(0),
        0
    );
}

#[test]
fn changes_are_made_together_or_not_at_all() {
    let folder = Folder::new();
    let mut ca = folder.created(&Plan::root_alone("Example"));
    let change = |key: &str, over, body: Option<&str>| Change {
        kind: "account".to_owned(),
        key: key.to_owned(),
        over,
        body: body.map(str::to_owned),
        expires_unix: None,
    };
    let made = [change("a", None, Some("{}")), change("b", None, Some("{}"))];
    let versions = ca.change_records(&made).unwrap();
    // The second fails, so the first is not made.
    let both = [
        change("a", Some(versions[0]), None),
        change("b", None, Some("{}")),
    ];
    assert_eq!(conflict(ca.change_records(&both)), Some(versions[1]));
    assert!(ca.record("account", "a").unwrap().is_some());
    ca.change_records(&both[..1]).unwrap();
    assert_eq!(ca.record("account", "a").unwrap(), None);
    // Made anew it has another version: who saw the old one notices.
    ca.change_records(&made[..1]).unwrap();
    conflict(ca.change_records(&both[..1]));
    let bad = ca.save_record("account", "c", None, "no JSON", None);
    assert!(matches!(bad, Err(StoreError::Database { .. })), "{bad:?}");
}

#[test]
fn records_are_listed_page_by_page_and_leave_when_their_time_has_come() {
    let folder = Folder::new();
    let mut ca = folder.created(&Plan::root_alone("Example"));
    for (key, expires) in [("c", Some(NOW)), ("a", None), ("b", Some(NOW + 1))] {
        ca.save_record("order", key, None, "{}", expires).unwrap();
    }
    ca.save_record("account", "z", None, "{}", None).unwrap();
    let keys = |ca: &CaDirectory, after, limit| {
        let page = ca.records("order", after, limit).unwrap();
        page.into_iter()
            .map(|record| record.key)
            .collect::<Vec<_>>()
    };
    assert_eq!(keys(&ca, None, 2), ["a", "b"]);
    assert_eq!(keys(&ca, Some("b"), 2), ["c"]);
    assert_eq!(ca.remove_expired_records(NOW, 10).unwrap(), 1);
    assert_eq!(keys(&ca, None, 9), ["a", "b"]);
    assert_eq!(ca.remove_expired_records(NOW + 1, 0).unwrap(), 0);
    assert_eq!(ca.remove_expired_records(NOW + 1, 10).unwrap(), 1);
}
