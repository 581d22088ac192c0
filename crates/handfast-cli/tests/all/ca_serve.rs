//! `serve` and `ca` share one authority: what the one issues the other lists and revokes.

use crate::ca::Own;
use crate::lab::{Lab, Serving, handfast};
use handfast_ca::authority::Authority;
use handfast_ca::profile::{KeyKind, Limits, Profile, Subtree};
use handfast_testkit::peer::Outcome;
use serde_json::Value;

fn serve(own: &Own, more: &[&str]) -> Serving {
    Serving::start(&[&[&*own.file("site"), "--ca-dir", &own.file("ca")], more].concat())
}

fn get(own: &Own, server: &Serving, more: &[&str]) -> Outcome {
    let root = own.file("ca/root.pem");
    let url = server.url("/a%20b.txt");
    handfast(&[&["get", "--cacert", &root], more, &[&url]].concat())
}

/// What was issued to servers, the latest first.
fn issued(own: &Own) -> Vec<Value> {
    let listed = own.json("list", &["--profile", "server"]);
    listed["result"]["certificates"].as_array().unwrap().clone()
}

#[test]
fn what_serve_issues_is_listed_and_revoked_as_all_else() {
    // With an authority that `serve` made, and with one of `ca init`.
    for init in [None, Some(&[][..]), Some(&["--root-only"])] {
        let own = match init {
            None => Own { lab: Lab::new() },
            Some(flags) => Own::new(flags),
        };
        let root = std::fs::read(own.file("ca/root.pem")).ok();
        let server = serve(&own, &[]);
        if let Some(root) = root {
            assert_eq!(std::fs::read(own.file("ca/root.pem")).unwrap(), root);
        }
        let crl = own.file("ca.crl");
        assert!(own.ca("crl", &["-o", &crl]).success());
        let hard = ["--revocation", "hard", "--crl", &crl];
        let before = get(&own, &server, &hard);
        assert_eq!(before.text(), "hello\n", "{init:?} {before:?}");
        assert_eq!(issued(&own)[0]["name"], "localhost");
        assert!(own.ca("revoke", &["localhost", "--crl", &crl]).success());
        let after = get(&own, &server, &hard);
        assert_eq!(after.code, Some(91), "{init:?} {after:?}");
    }
}

#[test]
fn starts_share_a_certificate_until_it_is_revoked() {
    let own = Own { lab: Lab::new() };
    for _ in 0..3 {
        let server = serve(&own, &[]);
        assert_eq!(get(&own, &server, &[]).text(), "hello\n");
    }
    let once = issued(&own);
    assert_eq!(once.len(), 1, "{once:?}");
    // Another set of names is another certificate.
    drop(serve(&own, &["--name", "web.local"]));
    assert_eq!(issued(&own).len(), 2);
    let serial = once[0]["serial"].as_str().unwrap();
    assert!(own.ca("revoke", &[serial]).success());
    let server = serve(&own, &[]);
    assert_eq!(get(&own, &server, &[]).text(), "hello\n");
    let after = issued(&own);
    assert_eq!(after.len(), 3, "{after:?}");
    // Nothing secret of it lies in the folder.
    let files = std::fs::read_dir(own.file("ca")).unwrap();
    let mut names: Vec<_> = files.map(|file| file.unwrap().file_name()).collect();
    names.sort();
    assert_eq!(names, [".gitignore", "ca.db", "root.key", "root.pem"]);
}

#[test]
fn a_certificate_of_ca_issue_is_not_taken_for_the_servers_own() {
    let own = Own::new(&[]);
    own.issue("other", &["localhost", "127.0.0.1", "::1"]);
    let server = serve(&own, &[]);
    assert_eq!(get(&own, &server, &[]).text(), "hello\n");
    assert_eq!(issued(&own).len(), 2);
}

#[test]
fn a_folder_from_before_there_was_a_book_is_adopted() {
    let lab = Lab::new();
    let mut profile =
        Profile::authority("Handfast development", crate::lab::year(), KeyKind::EcP256);
    profile.authority = Some(Limits {
        path_length: Some(0),
        permitted: vec![
            Subtree::Dns("localhost".to_owned()),
            Subtree::Ip([127, 0, 0, 0].into(), 8),
            Subtree::Ip(std::net::Ipv6Addr::LOCALHOST.into(), 128),
        ],
        ..Limits::default()
    });
    let root = Authority::root(&profile).unwrap();
    std::fs::create_dir(lab.file("ca")).unwrap();
    lab.write("ca/root.pem", root.root_pem());
    lab.write("ca/root.key", root.own().key_pem().unwrap());
    let own = Own { lab };
    let server = serve(&own, &[]);
    assert_eq!(get(&own, &server, &[]).text(), "hello\n");
    assert_eq!(
        std::fs::read_to_string(own.file("ca/root.pem")).unwrap(),
        root.root_pem()
    );
    assert_eq!(issued(&own).len(), 1);
}

#[test]
fn an_encrypted_authority_serves_with_its_pass_phrase_alone() {
    let lab = Lab::new();
    let pass = lab.write("pass", "a pass phrase\n");
    let own = Own { lab };
    assert!(own.ca("init", &["--pass-file", &pass]).success());
    let (site, ca) = (own.file("site"), own.file("ca"));
    let refused = handfast(&["serve", &site, "--ca-dir", &ca, "--listen", "0"]);
    assert_eq!(refused.code, Some(58), "{refused:?}");
    assert!(refused.stderr.contains("--ca-pass-file"), "{refused:?}");
    for _ in 0..2 {
        let server = serve(&own, &["--ca-pass-file", &pass]);
        assert_eq!(get(&own, &server, &[]).text(), "hello\n");
    }
    assert_eq!(issued(&own).len(), 1);
}
