//! What is wrong with an authority's folder: what, where, and what to do; and nothing half-done.

use crate::ca::Own;
use crate::lab::handfast;
use handfast_ca_store::directory::CaDirectory;
use std::path::Path;

/// `ca issue` of a certificate that must not come into being.
fn refused(own: &Own, code: i32, words: &[&str]) {
    let file = own.file("refused.pem");
    let refused = own.ca("issue", &["-o", &file, "refused.local"]);
    assert_eq!(refused.code, Some(code), "{refused:?}");
    for words in words {
        assert!(refused.stderr.contains(words), "{words}: {refused:?}");
    }
    for name in ["refused.pem", "refused.key"] {
        assert!(!Path::new(&own.file(name)).exists(), "{name}");
    }
}

#[test]
fn a_clock_that_went_backwards_is_told_and_may_be_accepted() {
    let own = Own::new(&[]);
    let now = handfast::stream::now().unix_s();
    let mut directory = CaDirectory::open(Path::new(&own.file("ca"))).unwrap();
    directory
        .note("test", "from tomorrow", now + 86_400)
        .unwrap();
    refused(&own, 2, &["the clock says", "--accept-clock"]);
    let file = own.file("accepted.pem");
    let accepted = own.ca("issue", &["--accept-clock", "-o", &file, "accepted.local"]);
    assert!(accepted.success(), "{accepted:?}");
    let trail = own.ca("audit", &[]).text();
    assert!(trail.contains("the clock was accepted"), "{trail}");
}

#[test]
fn a_database_that_is_missing_is_told() {
    let own = Own::new(&[]);
    own.issue("before", &["before.local"]);
    let book = own.file("ca/ca.db");
    std::fs::rename(&book, own.file("away")).unwrap();
    refused(&own, 2, &["ca.db", "missing", "backup"]);
    std::fs::rename(own.file("away"), &book).unwrap();
    assert!(own.ca("list", &[]).text().contains("before.local"));
}

#[test]
fn a_database_that_is_locked_is_told_with_who_holds_it() {
    let own = Own::new(&[]);
    let book = own.file("ca/ca.db");
    let holder = rusqlite::Connection::open(&book).unwrap();
    holder.execute_batch("BEGIN EXCLUSIVE").unwrap();
    refused(&own, 1, &["ca.db", "locked"]);
    holder.execute_batch("ROLLBACK").unwrap();
    own.issue("after", &["after.local"]);
}

#[test]
fn a_key_that_is_missing_or_anothers_is_told() {
    let own = Own::new(&[]);
    let other = Own::new(&[]);
    let key = own.file("ca/issuing.key");
    std::fs::rename(&key, own.file("away")).unwrap();
    refused(&own, 58, &["issuing.key", "missing"]);
    std::fs::copy(other.file("ca/issuing.key"), &key).unwrap();
    refused(&own, 58, &["issuing.key", "issuing.pem"]);
    // What needs no key goes on.
    assert!(own.ca("list", &[]).success());
}

#[test]
fn an_index_goes_out_and_comes_in() {
    let own = Own::new(&[]);
    let serial = own.issue("api", &["api.local"])["serial"].clone();
    let serial = serial.as_str().unwrap().to_uppercase();
    assert!(
        own.ca("revoke", &["api.local", "--reason", "superseded"])
            .success()
    );
    let index = own.ca("export", &[]).text();
    assert!(
        index.starts_with("R\t") && index.contains(&serial),
        "{index}"
    );
    assert!(index.contains("superseded"), "{index}");
    let dir = own.file("out");
    assert!(own.ca("export", &["-o", &dir]).success());
    let again = own.ca("export", &["-o", &dir]);
    assert_eq!(again.code, Some(2), "{again:?}");
    let known = own.json("import", &[&own.file("out/index.txt")]);
    assert_eq!(known["result"]["files"][0]["unchanged"], 1, "{known}");
    // Another authority takes over serials; this one the certificate too.
    let other = Own::new(&[]);
    let text = "V\t300101000000Z\t\t1000\tunknown\t/CN=old.local\n\
                R\t300101000000Z\t260101000000Z,keyCompromise\t1001\tunknown\t/CN=leaked.local\n";
    let file = other.lab.write("index.txt", text);
    let number = other.lab.write("crlnumber", "0A\n");
    assert!(other.ca("import", &[&file, &number]).success());
    let listed = other.ca("list", &[]).text();
    assert!(
        listed.contains("old.local") && listed.contains("revoked: keyCompromise"),
        "{listed}"
    );
    let lists = other.json("crl", &["-o", &other.file("ca.crl")]);
    assert_eq!(lists["result"]["lists"][0]["number"], 10, "{lists}");
    let bad = other.lab.write("bad.txt", "V\tnonsense\n");
    let refused = other.ca("import", &[&bad]);
    assert_eq!(refused.code, Some(2), "{refused:?}");
    for words in ["bad.txt", "line 1"] {
        assert!(refused.stderr.contains(words), "{words}: {refused:?}");
    }
    let foreign = other.ca("import", &[&own.file("api.pem")]);
    assert_eq!(foreign.code, Some(2), "{foreign:?}");
    let missing = handfast(&[
        "ca",
        "import",
        "--ca-dir",
        &own.file("ca"),
        "/no/such/index",
    ]);
    assert_eq!(missing.code, Some(2), "{missing:?}");
}
