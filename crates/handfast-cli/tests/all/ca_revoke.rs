//! `ca revoke` and `ca crl`: a certificate is no longer good, and clients learn of it.

use crate::ca::Own;
use crate::lab::{Serving, handfast};
use handfast_pki::crl::Crl;
use handfast_pki::load;
use handfast_testkit::peer::Outcome;

/// Asks the server, by lists alone.
fn ask(own: &Own, server: &Serving, crl: &str) -> Outcome {
    let root = own.file("ca/root.pem");
    let flags = [
        "get",
        "--cacert",
        &root,
        "--revocation",
        "hard",
        "--crl",
        crl,
    ];
    handfast(&[&flags[..], &[&server.url("/a%20b.txt")]].concat())
}

fn serve(own: &Own, stem: &str) -> Serving {
    let [cert, key] = ["pem", "key"].map(|ending| own.file(&format!("{stem}.{ending}")));
    Serving::start(&[&own.file("site"), "--cert", &cert, "--key", &key])
}

fn says(outcome: &Outcome, words: &str) {
    let said = format!("{}{}", outcome.text(), outcome.stderr);
    assert!(said.contains(words), "{words}: {outcome:?}");
}

#[test]
fn a_client_that_goes_by_the_list_refuses_what_was_revoked() {
    for flags in [&[][..], &["--root-only"]] {
        let own = Own::new(flags);
        own.issue("api", &["localhost"]);
        let server = serve(&own, "api");
        let crl = own.file("ca.crl");
        assert!(own.ca("crl", &["-o", &crl]).success());
        let before = ask(&own, &server, &crl);
        assert_eq!(before.text(), "hello\n", "{before:?}");
        let revoked = own.ca(
            "revoke",
            &["localhost", "--reason", "keyCompromise", "--crl", &crl],
        );
        assert!(revoked.success(), "{revoked:?}");
        says(&revoked, "localhost is revoked");
        let after = ask(&own, &server, &crl);
        assert_eq!(after.code, Some(91), "{after:?}");
        says(&after, "keyCompromise");
        let listed = own.json("list", &["--revoked"]);
        assert_eq!(
            listed["result"]["certificates"][0]["reason"],
            "keyCompromise"
        );
    }
}

#[test]
fn a_certificate_is_meant_by_name_serial_fingerprint_or_file() {
    let own = Own::new(&[]);
    let rows: Vec<_> = ["a", "b", "c", "d"]
        .map(|name| own.issue(name, &[&format!("{name}.local")]))
        .into();
    let serial = rows[1]["serial"].as_str().unwrap();
    let colons: Vec<_> = (0..16).map(|at| &serial[2 * at..2 * at + 2]).collect();
    let fingerprint = rows[2]["sha256"].as_str().unwrap();
    for (which, name) in [
        ("A.LOCAL", "a.local"),
        (&*colons.join(":").to_uppercase(), "b.local"),
        (fingerprint, "c.local"),
        (&own.file("d.pem"), "d.local"),
    ] {
        let revoked = own.ca("revoke", &[which]);
        assert!(revoked.success(), "{revoked:?}");
        says(&revoked, &format!("{name} is revoked"));
    }
    let none = own.ca("revoke", &["e.local"]);
    assert_eq!(none.code, Some(2), "{none:?}");
    says(&none, "handfast ca list");
}

#[test]
fn a_name_that_fits_several_lists_them_and_revokes_none() {
    let own = Own::new(&[]);
    let serials = ["a", "b"].map(|stem| own.issue(stem, &["api.local"])["serial"].clone());
    let several = own.ca("revoke", &["api.local"]);
    assert_eq!(several.code, Some(2), "{several:?}");
    for serial in &serials {
        says(&several, serial.as_str().unwrap());
    }
    says(&several, "--all");
    assert!(own.ca("list", &["--revoked"]).text().is_empty());
    let one = own.ca("revoke", &[serials[0].as_str().unwrap()]);
    assert!(one.success(), "{one:?}");
    // Now the name fits one that is in use.
    let other = own.json("revoke", &["api.local"]);
    assert_eq!(other["result"]["certificates"][0]["serial"], serials[1]);
    let own = Own::new(&[]);
    own.issue("a", &["api.local"]);
    own.issue("b", &["api.local"]);
    let all = own.json("revoke", &["--all", "api.local"]);
    assert_eq!(all["result"]["certificates"].as_array().unwrap().len(), 2);
}

#[test]
fn what_was_revoked_before_stays_as_it_was() {
    let own = Own::new(&[]);
    own.issue("a", &["a.local"]);
    assert!(
        own.ca("revoke", &["a.local", "--reason", "superseded"])
            .success()
    );
    for reason in ["superseded", "keyCompromise"] {
        let again = own.ca("revoke", &["a.local", "--reason", reason]);
        assert!(again.success(), "{again:?}");
        says(&again, "was revoked before");
        says(&again, "superseded");
        let told = own.json("revoke", &["a.local", "--reason", reason]);
        assert_eq!(told["result"]["certificates"][0]["changed"], false);
    }
    let released = own.ca("revoke", &["a.local", "--reason", "removeFromCRL"]);
    assert_eq!(released.code, Some(2), "{released:?}");
    says(&released, "not on hold");
}

#[test]
fn what_is_on_hold_can_be_let_go_or_revoked_for_good() {
    let own = Own::new(&[]);
    own.issue("ada", &["--client", "ada", "ada@example.test"]);
    let revoke = |reason: &str| own.ca("revoke", &["ada@example.test", "--reason", reason]);
    says(&revoke("certificateHold"), "ada is on hold");
    let listed = own.json("list", &["ada"]);
    assert_eq!(listed["result"]["certificates"][0]["status"], "on hold");
    says(&revoke("removeFromCRL"), "no longer on hold");
    let listed = own.json("list", &["ada"]);
    assert_eq!(listed["result"]["certificates"][0]["status"], "valid");
    says(&revoke("certificateHold"), "on hold");
    says(&revoke("privilegeWithdrawn"), "is revoked");
    let listed = own.json("list", &["ada"]);
    assert_eq!(
        listed["result"]["certificates"][0]["reason"],
        "privilegeWithdrawn"
    );
}

#[test]
fn each_list_has_a_greater_number_and_says_whose_it_is() {
    let own = Own::new(&[]);
    let pem = own.ca("crl", &[]);
    let lists = load::crls(&pem.stdout).unwrap();
    let issuers: Vec<_> = lists
        .iter()
        .map(|der| Crl::parse(der).unwrap().issuer().to_string())
        .collect();
    assert_eq!(
        issuers,
        [
            "CN=Handfast development issuing",
            "CN=Handfast development root"
        ]
    );
    let file = own.file("next.der");
    let told = own.json("crl", &["-o", &file, "--next-update", "12h"]);
    let der = std::fs::read(&file).unwrap();
    let list = Crl::parse(&der).unwrap();
    assert_eq!(list.number(), [2], "after the first");
    assert_eq!(list.next_update().0 - list.this_update().0, 12 * 3600);
    assert_eq!(told["result"]["lists"][0]["number"], 2);
    let root = own.ca("crl", &["--of", "root", "--der"]);
    let of_root = Crl::parse(&root.stdout).unwrap();
    assert_eq!(of_root.issuer().to_string(), issuers[1]);
    for wrong in [
        &["--der", "--of", "all"][..],
        &["--next-update", "soon"],
        &["--json"],
    ] {
        assert_eq!(own.ca("crl", wrong).code, Some(2), "{wrong:?}");
    }
}

#[test]
fn what_was_done_stands_in_the_audit_trail() {
    let own = Own::new(&[]);
    let serial = own.issue("a", &["a.local"])["serial"].clone();
    assert!(own.ca("revoke", &["a.local"]).success());
    assert!(own.ca("crl", &["-o", &own.file("ca.crl")]).success());
    let actions = |arguments: &[&str]| {
        let told = own.json("audit", arguments);
        let entries = told["result"]["entries"].as_array().unwrap().clone();
        let actions = entries
            .iter()
            .map(|entry| entry["action"].as_str().unwrap().to_owned());
        actions.collect::<Vec<_>>()
    };
    assert_eq!(actions(&[]), ["create", "issue", "revoke", "crl", "crl"]);
    assert_eq!(actions(&[serial.as_str().unwrap()]), ["issue", "revoke"]);
    assert_eq!(actions(&["-n", "1"]), ["crl"]);
    says(&own.ca("audit", &["a.local"]), serial.as_str().unwrap());
}
