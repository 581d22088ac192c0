//! Keys that stand for those of certificates (RFC 9345): `cert delegate`, `--delegated`.

use crate::lab::{Lab, SOON, Serving, handfast, year};
use handfast_ca::profile::{AlternativeName, KeyKind, Profile};
use handfast_testkit::peer::Outcome;
use serde_json::Value;
use std::time::{Duration, Instant};

/// A lab with `leaf.pem`, a server and client whose key may vouch.
fn lab() -> Lab {
    let lab = Lab::new();
    let names = [AlternativeName::dns("localhost")];
    let mut profile = Profile::both(&names, year(), KeyKind::EcP256);
    profile.delegation = true;
    lab.keep("leaf", &lab.of(&profile));
    lab
}

fn delegate(lab: &Lab, more: &[&str]) -> Outcome {
    let (cert, key) = (lab.file("leaf.pem"), lab.file("leaf.key"));
    let asked = ["cert", "delegate", "--json", "--cert", &cert, "--key", &key];
    handfast(&[&asked[..], more].concat())
}

fn serve(lab: &Lab, delegated: &str, more: &[&str]) -> Serving {
    let (site, cert) = (lab.file("site"), lab.file("leaf.pem"));
    let flags = [&site, "--cert", &cert, "--delegated", delegated];
    Serving::start(&[&flags[..], more].concat())
}

/// Until when what the server showed is good; nothing where it was its certificate's own key.
fn shown(lab: &Lab, server: &Serving, more: &[&str]) -> Result<Value, Outcome> {
    let target = format!("localhost:{}", server.port());
    let outcome = lab.trusting("connect", &[&["--json", &target], more].concat());
    let document: Value = serde_json::from_slice(&outcome.stdout).unwrap();
    match outcome.code {
        Some(0) => Ok(document["result"]["delegated"]["until"].clone()),
        _ => Err(outcome),
    }
}

#[test]
fn a_key_stands_for_the_certificates_own_where_the_client_takes_it() {
    let lab = lab();
    let edge = lab.file("site/edge.pem");
    let made = delegate(&lab, &["-o", &edge]);
    assert_eq!(made.code, Some(0), "{made:?}");
    let made: Value = serde_json::from_slice(&made.stdout).unwrap();
    let until = &made["result"]["until"];
    let alone = serve(&lab, &edge, &[]);
    alone.said("without --key");
    assert_eq!(&shown(&lab, &alone, &[]).unwrap(), until);
    let refused = shown(&lab, &alone, &["--max", "1.2"]).unwrap_err();
    assert_eq!(refused.code, Some(35), "{refused:?}");
    let both = serve(&lab, &edge, &["--key", &lab.file("leaf.key")]);
    assert_eq!(&shown(&lab, &both, &[]).unwrap(), until);
    for more in [["--max", "1.2"], ["--sigalgs", "rsa_pss_rsae_sha256"]] {
        let own = shown(&lab, &both, &more);
        match more[0] {
            "--max" => assert_eq!(own.unwrap(), Value::Null),
            _ => assert_eq!(own.unwrap_err().code, Some(35)),
        }
    }
    // What holds a key is never handed out.
    let outcome = lab.trusting("get", &["--fail", &both.url("/edge.pem")]);
    assert_eq!(outcome.code, Some(22), "{outcome:?}");
}

#[test]
fn a_key_that_lies_elsewhere_is_vouched_for_by_its_public_half() {
    let lab = lab();
    let own = handfast(&["cert", "new", "-o", &lab.file("edge.pem"), "edge.test"]);
    assert_eq!(own.code, Some(0), "{own:?}");
    let (key, public) = (lab.file("edge.key"), lab.file("edge.pub"));
    handfast(&["cert", "convert", &key, "-o", &public]);
    let signed = lab.file("signed.pem");
    let made = delegate(&lab, &["--public-key", &public, "-o", &signed]);
    assert_eq!(made.code, Some(0), "{made:?}");
    let signed = std::fs::read_to_string(&signed).unwrap();
    assert!(!signed.contains("PRIVATE"), "{signed}");
    let key = std::fs::read_to_string(&key).unwrap();
    let both = lab.write("both.pem", key + &signed);
    let server = serve(&lab, &both, &[]);
    assert!(shown(&lab, &server, &[]).unwrap().is_string());
}

#[test]
fn a_client_shows_one_too_and_neither_shows_the_others() {
    let lab = lab();
    let (mine, servers) = (lab.file("mine.pem"), lab.file("servers.pem"));
    delegate(&lab, &["--client", "-o", &mine]);
    delegate(&lab, &["-o", &servers]);
    let root = lab.file("root.pem");
    let server = lab.serve(&["--client-ca", &root]);
    let cert = lab.file("leaf.pem");
    let url = server.url("/a%20b.txt");
    let asked = ["--cert", &cert, "--delegated", &mine, &url];
    let outcome = lab.trusting("get", &asked);
    assert_eq!(outcome.text(), "hello\n", "{outcome:?}");
    server.logged(|line| line["client_names"][0] == "localhost");
    let asked = ["--cert", &cert, "--delegated", &servers, &url];
    let outcome = lab.trusting("get", &asked);
    assert_eq!(outcome.code, Some(58), "{outcome:?}");
    assert!(outcome.stderr.contains("it is for a server"), "{outcome:?}");
    let site = lab.file("site");
    let outcome = handfast(&["serve", &site, "--cert", &cert, "--delegated", &mine]);
    assert_eq!(outcome.code, Some(58), "{outcome:?}");
    assert!(outcome.stderr.contains("it is for a client"), "{outcome:?}");
}

#[test]
fn one_that_ends_gives_way_to_the_certificate_and_is_followed_by_the_next() {
    let lab = lab();
    let edge = lab.file("edge.pem");
    delegate(&lab, &["--valid", "6s", "-o", &edge]);
    let server = serve(&lab, &edge, &["--key", &lab.file("leaf.key")]);
    server.said("it ends in");
    server.said("it has ended on");
    assert_eq!(shown(&lab, &server, &[]).unwrap(), Value::Null);
    std::fs::write(&edge, "nothing").unwrap();
    server.said("what was shown before goes on");
    delegate(&lab, &["--force", "-o", &edge]);
    server.said("read the delegated credentials");
    let begun = Instant::now();
    while shown(&lab, &server, &[]).unwrap().is_null() {
        assert!(begun.elapsed() < SOON);
        std::thread::sleep(Duration::from_millis(100));
    }
}

#[test]
fn what_cannot_stand_for_a_certificates_key_is_named_with_what_to_do() {
    let lab = lab();
    let out = lab.file("out.pem");
    for (more, words) in [
        (&["--valid", "8d"][..], "seven days is the most"),
        (&["--valid", "0d"], "is no time"),
        (&["--key-type", "rsa2048"], "cannot stand for another key"),
        (&["--public-key", &lab.file("root.pem")], "there is no key"),
    ] {
        let outcome = delegate(&lab, &[more, &["-o", &out]].concat());
        assert_eq!(outcome.code, Some(2), "{outcome:?}");
        let said = outcome.text().clone() + &outcome.stderr;
        assert!(said.contains(words), "{words}: {outcome:?}");
    }
    let (cert, key) = (lab.file("server.pem"), lab.file("server.key"));
    let outcome = handfast(&["cert", "delegate", "-E", &cert, "--key", &key, "-o", &out]);
    assert_eq!(outcome.code, Some(2), "{outcome:?}");
    assert!(
        outcome.stderr.contains("ca issue --delegation"),
        "{outcome:?}"
    );
    assert!(!std::path::Path::new(&out).exists());
    // One by another certificate, and a file that holds none.
    delegate(&lab, &["-o", &out]);
    let site = lab.file("site");
    for (cert, file, words) in [
        (&lab.file("server.pem"), &out, "DelegationUsage"),
        (&lab.file("leaf.pem"), &lab.file("leaf.key"), "0 blocks"),
    ] {
        let outcome = handfast(&["serve", &site, "--cert", cert, "--delegated", file]);
        assert_eq!(outcome.code, Some(58), "{outcome:?}");
        assert!(outcome.stderr.contains(words), "{words}: {outcome:?}");
    }
}
