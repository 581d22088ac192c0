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

#[test]
fn two_that_make_one_file_at_once_record_one_certificate() {
    let own = Own::new(&[]);
    let file = own.file("same.pem");
    let ended: Vec<_> = std::thread::scope(|scope| {
        let run = || own.ca("issue", &["-o", &file, "same.local"]).code;
        let started: Vec<_> = (0..4).map(|_| scope.spawn(run)).collect();
        started.into_iter().map(|one| one.join().unwrap()).collect()
    });
    let done = ended.iter().filter(|code| **code == Some(0)).count();
    assert_eq!(done, 1, "{ended:?}");
    let list = own.ca("list", &[]).text();
    assert_eq!(list.matches("same.local").count(), 1, "{list}");
}

#[test]
fn a_folder_that_is_to_be_made_is_made_for_what_is_issued() {
    let own = Own::new(&[]);
    let folder = own.file("new/tls/");
    let issued = own.ca("issue", &["-o", &folder, "api.local"]);
    assert!(issued.success(), "{issued:?}");
    let made = handfast(&["cert", "new", "-o", &own.file("self/"), "api.local"]);
    assert!(made.success(), "{made:?}");
    for name in [
        "new/tls/api.local.pem",
        "new/tls/api.local.key",
        "self/api.local.key",
    ] {
        assert!(Path::new(&own.file(name)).is_file(), "{name}");
    }
    // Without the stroke it is a file, whose folder is there or not.
    refused_at(&own, "none/api.pem", "no such folder");
}

/// `ca issue` to a place where nothing can be written: nothing is recorded.
fn refused_at(own: &Own, place: &str, word: &str) {
    let before = serials(own);
    let refused = own.ca("issue", &["-o", &own.file(place), "refused.local"]);
    assert_eq!(refused.code, Some(2), "{refused:?}");
    assert!(refused.stderr.contains(word), "{refused:?}");
    assert_eq!(serials(own), before);
}

/// Of all that is recorded.
fn serials(own: &Own) -> Vec<String> {
    let listed = own.json("list", &[]);
    let rows = listed["result"]["certificates"].as_array().unwrap();
    assert!(!rows.is_empty(), "{listed}");
    rows.iter().map(|row| row["serial"].to_string()).collect()
}

#[test]
fn what_cannot_be_written_is_not_recorded() {
    let own = Own::new(&[]);
    own.issue("api", &["api.local"]);
    // A folder stands where the file is to be made: nobody can write there, the superuser neither.
    for name in ["at.pem.reserved", "api.pem.reserved"] {
        std::fs::create_dir(own.file(name)).unwrap();
    }
    refused_at(&own, "at.pem", "cannot write");
    let before = serials(&own);
    let refused = own.ca("renew", &[&own.file("api.pem")]);
    assert_eq!(refused.code, Some(2), "{refused:?}");
    assert_eq!(serials(&own), before);
    std::fs::remove_dir(own.file("api.pem.reserved")).unwrap();
    // Where it fails later, the successor's serial is told.
    std::fs::create_dir(own.file("api.pem.old")).unwrap();
    std::fs::write(own.file("api.pem.old/x"), "").unwrap();
    let failed = own.ca("renew", &[&own.file("api.pem")]);
    assert_eq!(failed.code, Some(2), "{failed:?}");
    for word in ["the successor is recorded, serial", "--reason superseded"] {
        assert!(failed.stderr.contains(word), "{failed:?}");
    }
}

#[test]
fn what_has_no_end_is_refused_and_not_read_on() {
    let own = Own::new(&[]);
    let endless = "/dev/zero";
    let inspect = handfast(&["cert", "inspect", endless]);
    for refused in [
        inspect,
        own.ca("sign", &[endless]),
        own.ca("import", &[endless]),
    ] {
        assert_eq!(refused.code, Some(2), "{refused:?}");
        for word in [endless, "16 MiB is the limit"] {
            assert!(refused.stderr.contains(word), "{refused:?}");
        }
    }
}
