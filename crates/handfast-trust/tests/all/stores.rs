//! Files and the system's store, read once.

use crate::folder::Folder;
use handfast_ca::authority::Authority;
use handfast_ca::profile::{KeyKind, Validity};
use handfast_pki::roots::Roots;
use handfast_trust::{Store, TrustProblem};
use std::time::{Duration, Instant};

pub(crate) fn authority(name: &str) -> Authority {
    Authority::new(name, Validity::days(1_700_000_000, 9999), KeyKind::EcP256)
        .expect("an authority")
}

/// Where the first anchor lies in memory.
fn place(roots: &Roots) -> *const u8 {
    roots.iter().next().expect("an anchor").as_ptr()
}

#[test]
fn a_file_is_read_once_and_anew_when_it_has_changed() {
    let folder = Folder::new();
    let (one, other) = (authority("one"), authority("other"));
    let path = folder.write("roots.pem", one.root_pem());
    let store = Store::new();
    let first = store.file(&path).expect("roots");
    assert_eq!(place(&first), place(&store.file(&path).expect("again")));
    // Another store shares nothing: there is no hidden one.
    assert_ne!(
        place(&first),
        place(&Store::new().file(&path).expect("anew"))
    );
    folder.write("roots.pem", one.root_pem() + &other.root_pem());
    assert_eq!(store.file(&path).expect("both").len(), 2);
    // Of the same length, and put in its place with the same times.
    let times = std::fs::metadata(&path)
        .expect("metadata")
        .modified()
        .expect("a time");
    let swapped = folder.write("beside.pem", other.root_pem() + &one.root_pem());
    let file = std::fs::File::options()
        .append(true)
        .open(&swapped)
        .expect("a file");
    file.set_modified(times).expect("a time");
    std::fs::rename(&swapped, &path).expect("renamed");
    let swapped = store.file(&path).expect("both");
    assert_eq!(swapped.iter().next(), Some(other.root_der()));
}

#[test]
fn a_file_that_is_gone_or_broken_is_named_and_what_was_read_is_not_given_for_it() {
    let folder = Folder::new();
    let path = folder.write("roots.pem", authority("one").root_pem());
    let store = Store::new();
    store.file(&path).expect("roots");
    folder.write(
        "roots.pem",
        "-----BEGIN CERTIFICATE-----\nAA?A\n-----END CERTIFICATE-----\n",
    );
    let fault = store.file(&path).expect_err("a fault");
    assert!(matches!(&fault.problem, TrustProblem::Load(load) if load.line == Some(2)));
    std::fs::remove_file(&path).expect("removed");
    let fault = store.file(&path).expect_err("a fault");
    assert!(matches!(fault.problem, TrustProblem::Io(_)));
    assert!(fault.to_string().contains("roots.pem"), "{fault}");
}

#[test]
fn der_is_a_file_of_one_anchor() {
    let folder = Folder::new();
    let one = authority("one");
    let path = folder.write("root.der", one.root_der());
    assert_eq!(Store::new().file(&path).expect("a root").len(), 1);
}

#[test]
fn a_bundle_is_opened_again_within_a_millisecond() {
    let folder = Folder::new();
    let roots: String = (0..150)
        .map(|number| authority(&format!("root {number}")).root_pem())
        .collect();
    let path = folder.write("bundle.pem", roots);
    let store = Store::new();
    let first = store.file(&path).expect("roots");
    assert_eq!(first.len(), 150);
    let fastest = (0..20).map(|_| {
        let start = Instant::now();
        let again = store.file(&path).expect("the same");
        let spent = start.elapsed();
        assert_eq!(place(&again), place(&first));
        spent
    });
    let fastest = fastest.min().expect("twenty");
    assert!(fastest < Duration::from_millis(1), "{fastest:?}");
}
