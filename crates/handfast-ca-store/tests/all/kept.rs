//! How the folder is kept: modes, locks, copies, what earlier versions left.

use crate::folder::{Folder, NOW, server};
use handfast_ca::authority::Authority;
use handfast_ca::crl::RevocationReason;
use handfast_ca::key;
use handfast_ca::profile::{KeyKind, Validity};
use handfast_ca_store::directory::CaDirectory;
use handfast_ca_store::error::StoreError;
use handfast_ca_store::find::{Filter, Selector};
use handfast_ca_store::plan::Plan;
use std::fs;
use std::os::unix::fs::PermissionsExt;

#[test]
fn keys_and_database_are_their_owners_alone_and_nothing_else_is_left() {
    let folder = Folder::new();
    folder
        .created(&Plan::new("Example"))
        .issue(&server("a.test"), NOW)
        .unwrap();
    let mode = |name: &str| {
        let file = fs::metadata(folder.ca().join(name)).unwrap();
        file.permissions().mode() & 0o777
    };
    assert_eq!(mode(""), 0o700);
    let mut names: Vec<String> = fs::read_dir(folder.ca())
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    names.sort();
    let all = [
        ".gitignore",
        "ca.db",
        "issuing.key",
        "issuing.pem",
        "root.key",
        "root.pem",
    ];
    assert_eq!(names, all);
    for name in ["ca.db", "issuing.key", "root.key"] {
        assert_eq!(mode(name), 0o600, "{name}");
    }
    assert_eq!(
        fs::read_dir(folder.ca().parent().unwrap()).unwrap().count(),
        1
    );
}

#[test]
fn a_copy_of_the_idle_folder_is_whole() {
    let (folder, copy) = (Folder::new(), Folder::new());
    let mut ca = folder.created(&Plan::new("Example"));
    ca.issue(&server("a.test"), NOW).unwrap();
    // Open, but idle.
    fs::create_dir(copy.ca()).unwrap();
    for entry in fs::read_dir(folder.ca()).unwrap() {
        let entry = entry.unwrap();
        fs::copy(entry.path(), copy.ca().join(entry.file_name())).unwrap();
    }
    let copied = CaDirectory::open(&copy.ca()).unwrap();
    copied.check().unwrap();
    let all = |ca: &CaDirectory| ca.list(&Filter::default()).unwrap();
    assert_eq!(all(&copied), all(&ca));
}

#[test]
fn a_root_of_earlier_days_is_adopted_with_its_key() {
    let folder = Folder::new();
    let root = Authority::new("Old", Validity::days(NOW, 99), KeyKind::EcP256).unwrap();
    fs::create_dir(folder.ca()).unwrap();
    fs::write(folder.ca().join("root.pem"), root.root_pem()).unwrap();
    fs::write(folder.ca().join("root.key"), root.own().key_pem().unwrap()).unwrap();
    let unadopted = CaDirectory::open(&folder.ca());
    assert!(
        matches!(unadopted, Err(StoreError::NoDatabaseYet { .. })),
        "{unadopted:?}"
    );
    for _ in 0..2 {
        let mut ca = CaDirectory::adopt(&folder.ca(), NOW).unwrap();
        assert_eq!(ca.root_der(), root.root_der());
        ca.issue(&server("a.test"), NOW).unwrap();
        assert_eq!(ca.leftovers(), [] as [std::path::PathBuf; 0]);
    }
    let ca = CaDirectory::open(&folder.ca()).unwrap();
    assert_eq!(ca.list(&Filter::default()).unwrap().len(), 3);
    let nothing = CaDirectory::adopt(&folder.ca().join("none"), NOW);
    assert!(
        matches!(nothing, Err(StoreError::NoAuthority { .. })),
        "{nothing:?}"
    );
}

#[test]
fn what_a_killed_create_left_is_told_and_not_used() {
    let folder = Folder::new();
    let left = folder.ca().with_file_name("ca.new-4711-0badcafe");
    fs::create_dir(&left).unwrap();
    fs::write(left.join("root.key"), b"half a k").unwrap();
    let ca = folder.created(&Plan::new("Example"));
    assert_eq!(ca.leftovers(), std::slice::from_ref(&left));
    assert_eq!(fs::read(left.join("root.key")).unwrap(), b"half a k");
}

/// A database as the first version left it: its tables, and what they hold.
#[test]
fn a_database_of_the_first_version_is_brought_up_to_date_with_all_that_it_holds() {
    let folder = Folder::new();
    let mut ca = folder.created(&Plan::new("Ärger"));
    let theirs = key::generate(KeyKind::EcP256).unwrap();
    ca.certify(theirs.public_spki(), &server("a.test"), NOW)
        .unwrap();
    ca.revoke(
        &Selector::parse("a.test"),
        RevocationReason::KeyCompromise,
        NOW,
    )
    .unwrap();
    let before = ca.list(&Filter::default()).unwrap();
    drop(ca);
    let path = folder.ca().join("ca.db");
    fs::rename(&path, folder.ca().join("new.db")).unwrap();
    let old = rusqlite::Connection::open(&path).unwrap();
    old.execute_batch(include_str!("version-1.sql")).unwrap();
    old.execute_batch(&format!(
        "ATTACH '{}' AS new;
         INSERT INTO authorities SELECT * FROM new.authorities;
         INSERT INTO certificates SELECT id, authority, serial, fingerprint, der, subject,
            common_name, profile, not_before, not_after, revoked_at, reason, issued_at,
            renewed_from, listed_at, file FROM new.certificates;
         INSERT INTO names SELECT * FROM new.names;
         INSERT INTO audit SELECT * FROM new.audit;
         INSERT INTO settings SELECT * FROM new.settings WHERE name <> 'clock';
         DETACH new;",
        folder.ca().join("new.db").display()
    ))
    .unwrap();
    drop(old);
    for _ in 0..2 {
        let mut ca = CaDirectory::open(&folder.ca()).unwrap();
        ca.check().unwrap();
        let rows = ca.list(&Filter::default()).unwrap();
        assert_eq!(rows[rows.len() - before.len()..], before);
        let found = ca.find(&Selector::parse("ÄRGER ISSUING")).unwrap();
        assert_eq!(found.len(), 1);
        assert_eq!(ca.find(&Selector::parse("A.test")).unwrap().len(), 1);
        let again = ca.certify(theirs.public_spki(), &server("b.test"), NOW);
        assert!(
            matches!(again, Err(StoreError::KeyCompromised { .. })),
            "{again:?}"
        );
        ca.issue(&server("b.test"), NOW).unwrap();
        assert_eq!(
            ca.export_index(NOW).unwrap().index.lines().count(),
            rows.len() - 1
        );
    }
}
