//! Whom a client shows itself as, and whom `serve` lets in.

use crate::lab::{Lab, Serving, handfast, year};
use handfast_ca::authority::Authority;
use handfast_ca::profile::KeyKind;

/// A second authority `second.pem`, which vouches for `bob.pem`.
fn second(lab: &Lab) {
    let second = Authority::new("Second root", year(), KeyKind::EcP256).unwrap();
    lab.write("second.pem", second.root_pem());
    let bob = second.issue_client("Bob", None, year(), KeyKind::EcP256);
    lab.keep("bob", &bob.unwrap());
}

fn serve(lab: &Lab, authority: &str, more: &[&str]) -> Serving {
    let authority = lab.file(authority);
    lab.serve(&[&["--client-ca", &authority], more].concat())
}

#[test]
fn the_certificate_is_shown_whose_authority_the_server_names() {
    let lab = Lab::new();
    second(&lab);
    let file = |name: &str| lab.file(name);
    let (ann, bob) = ("client", "bob");
    for version in ["1.2", "1.3"] {
        for (authority, who) in [("root.pem", "CN=Ann"), ("second.pem", "CN=Bob")] {
            let server = serve(&lab, authority, &["--max", version]);
            for order in [[ann, bob], [bob, ann]] {
                let path = format!("/a%20b.txt?{}", order.join("-"));
                let mut asked = vec![server.url(&path)];
                for name in order {
                    asked.extend(["--cert".to_owned(), file(&format!("{name}.pem"))]);
                    asked.extend(["--key".to_owned(), file(&format!("{name}.key"))]);
                }
                let asked: Vec<&str> = asked.iter().map(String::as_str).collect();
                let outcome = lab.trusting("get", &asked);
                assert_eq!(outcome.text(), "hello\n", "{outcome:?}");
                let line = server.logged(|line| line["path"] == path.as_str());
                assert_eq!(line["client"], who, "{line}");
            }
        }
    }
}

#[test]
fn each_key_stands_after_its_certificate() {
    let lab = Lab::new();
    let (cert, key) = (lab.file("client.pem"), lab.file("client.key"));
    let url = "https://localhost:1/";
    let before = handfast(&["get", "--key", &key, "--cert", &cert, url]);
    assert!(
        before.code == Some(2) && before.stderr.contains("before every --cert"),
        "{before:?}"
    );
    let twice = handfast(&["get", "--cert", &cert, "--key", &key, "--key", &key, url]);
    assert!(
        twice.code == Some(2) && twice.stderr.contains("has a --key already"),
        "{twice:?}"
    );
    let none = handfast(&["get", "--cert", &cert, "--cert", &cert, "--key", &key, url]);
    assert!(
        none.code == Some(58) && none.stderr.contains("name the key's file"),
        "{none:?}"
    );
}
