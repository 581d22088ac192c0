//! `ca renew`: the same names for longer.

use crate::ca::Own;
use handfast_pki::certificate::Certificate;
use handfast_pki::load;

/// Public key and serial number of `STEM.pem`.
fn read(own: &Own, stem: &str) -> (Vec<u8>, Vec<u8>) {
    let pem = std::fs::read(own.file(&format!("{stem}.pem"))).unwrap();
    let chain = load::certificates(&pem).unwrap();
    let leaf = Certificate::parse(&chain[0]).unwrap();
    (leaf.spki().to_vec(), leaf.serial().to_vec())
}

#[test]
fn a_certificate_is_renewed_in_its_file_and_the_old_one_stays_beside_it() {
    let own = Own::new(&[]);
    own.issue("api", &["--days", "10", "api.local", "127.0.0.1"]);
    let before = read(&own, "api");
    let file = own.file("api.pem");
    let renewed = own.json("renew", &[&file]);
    assert_eq!(renewed["exit"], 0, "{renewed}");
    let row = &renewed["result"]["renewed"][0];
    assert_eq!(row["names"].as_array().unwrap().len(), 2);
    assert_eq!(row["days_left"], 10);
    let after = read(&own, "api");
    assert!(
        before.0 == after.0 && before.1 != after.1,
        "the same key, another serial"
    );
    assert!(std::path::Path::new(&own.file("api.pem.old")).exists());
    // By name the one is meant that has no successor.
    let again = own.json("renew", &["-o", &file, "api.local"]);
    assert_eq!(again["exit"], 0, "{again}");
    assert_eq!(again["result"]["renewed"][0]["renews"], row["serial"]);
}

#[test]
fn a_new_key_takes_the_place_of_the_old() {
    let own = Own::new(&[]);
    own.issue("api", &["api.local"]);
    let before = read(&own, "api");
    let renewed = own.ca("renew", &["--new-key", &own.file("api.pem")]);
    assert!(renewed.success(), "{renewed:?}");
    let after = read(&own, "api");
    assert_ne!(before.0, after.0);
    let key = std::fs::read(own.file("api.key")).unwrap();
    let key = load::private_key(&key, None).unwrap();
    assert_eq!(key.public_spki(), after.0);
}

/// As it is when the process was killed between the key's and the certificate's rename.
#[test]
fn a_renewal_that_was_cut_short_between_two_files_is_finished_by_the_next() {
    for is_left in [true, false] {
        let own = Own::new(&[]);
        own.issue("api", &["api.local"]);
        let [pem, key] = ["api.pem", "api.key"].map(|name| own.file(name));
        assert!(own.ca("renew", &["--new-key", &pem]).success());
        let second = std::fs::read(&pem).unwrap();
        if is_left {
            std::fs::write(own.file("api.pem.new-4711"), &second).unwrap();
        }
        std::fs::rename(own.file("api.pem.old"), &pem).unwrap();
        let renewed = own.ca("renew", &[&pem]);
        assert!(renewed.success(), "{renewed:?}");
        let held = std::fs::read(&key).unwrap();
        let held = load::private_key(&held, None).unwrap();
        assert_eq!(held.public_spki(), read(&own, "api").0);
        let second = load::certificates(&second).unwrap();
        let second = Certificate::parse(&second[0]).unwrap();
        assert_eq!(held.public_spki() == second.spki(), is_left);
        assert!(!std::path::Path::new(&own.file("api.pem.new-4711")).exists());
    }
}

#[test]
fn an_encrypted_key_is_not_replaced_by_one_that_is_not() {
    let own = Own::new(&[]);
    let pass = own.lab.write("pw", "secret\n");
    own.issue("api", &["--out-pass-file", &pass, "api.local"]);
    let before = read(&own, "api");
    let refused = own.ca("renew", &["--new-key", &own.file("api.pem")]);
    assert_eq!(refused.code, Some(2), "{refused:?}");
    assert!(refused.stderr.contains("encrypted"), "{refused:?}");
    assert_eq!(read(&own, "api"), before);
    // With the same key nothing stands in the way.
    assert!(own.ca("renew", &[&own.file("api.pem")]).success());
}

#[test]
fn only_what_is_due_is_renewed_and_nothing_due_is_no_failure() {
    let own = Own::new(&[]);
    own.issue("long.local", &["long.local"]);
    own.issue("short.local", &["--days", "8", "short.local"]);
    let here = own.file("");
    let renewed = |arguments: &[&str]| {
        let told = own.json("renew", &[&["--all", "-o", &here], arguments].concat());
        assert_eq!(told["exit"], 0, "{told}");
        let rows = told["result"]["renewed"].as_array().unwrap().clone();
        let names = rows
            .iter()
            .map(|row| row["name"].as_str().unwrap().to_owned());
        names.collect::<Vec<_>>()
    };
    assert!(renewed(&[]).is_empty());
    let none = own.ca("renew", &["--all", "-o", &here]);
    assert!(
        none.success() && none.text().contains("nothing to renew"),
        "{none:?}"
    );
    assert_eq!(renewed(&["--within", "9d"]), ["short.local"]);
    assert!(
        renewed(&["--within", "7d"]).is_empty(),
        "its successor lives longer"
    );
    let not_due = own.ca("renew", &["--within", "7d", "long.local"]);
    assert!(not_due.success(), "{not_due:?}");
}

#[test]
fn a_file_that_holds_another_certificate_is_left_alone() {
    let own = Own::new(&[]);
    own.issue("a", &["a.local"]);
    own.issue("b", &["b.local"]);
    let before = read(&own, "b");
    let refused = own.ca("renew", &["-o", &own.file("b.pem"), "a.local"]);
    assert_eq!(refused.code, Some(2), "{refused:?}");
    assert!(
        refused.stderr.contains("holds another certificate"),
        "{refused:?}"
    );
    assert_eq!(read(&own, "b"), before);
    assert!(own.ca("revoke", &["a.local"]).success());
    let revoked = own.ca("renew", &[&own.file("a.pem")]);
    assert_eq!(revoked.code, Some(2), "{revoked:?}");
}

#[test]
fn one_that_is_due_and_was_not_renewed_is_no_success() {
    let own = Own::new(&[]);
    own.issue("api", &["--days", "5", "api.local"]);
    let folder = own.file("elsewhere/");
    std::fs::create_dir(&folder).unwrap();
    let all = ["--all", "--within", "10d", "-o", &folder];
    let missed = own.json("renew", &all);
    assert_eq!(missed["exit"], 1, "{missed}");
    assert_eq!(missed["error"]["kind"], "not_renewed", "{missed}");
    assert_eq!(missed["result"]["skipped"].as_array().unwrap().len(), 1);
    // One with a successor is not due, nor is a signer that `ca serve` makes for itself.
    let renewed = own.json("renew", &["--days", "90", &own.file("api.pem")]);
    assert_eq!(renewed["exit"], 0, "{renewed}");
    let signer = own.file("signer.pem");
    let issued = own.ca(
        "issue",
        &[
            "--profile",
            "ocsp-signer",
            "--subject",
            "CN=OCSP signer",
            "--days",
            "5",
            "-o",
            &signer,
        ],
    );
    assert!(issued.success(), "{issued:?}");
    let none = own.json("renew", &all);
    assert_eq!(none["exit"], 0, "{none}");
}
