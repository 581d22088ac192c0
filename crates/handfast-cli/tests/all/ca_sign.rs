//! `ca sign` and `ca ocsp`: certificates for others' keys, and signed words about certificates.

use crate::ca::Own;
use crate::lab::{Serving, handfast};
use handfast_ca::key;
use handfast_ca::profile::{AlternativeName, KeyKind, Purpose};
use handfast_ca::request::RequestProfile;
use handfast_ca::subject::Subject;
use handfast_pki::certificate::Certificate;
use handfast_pki::load;
use handfast_pki::ocsp::request::{IdHash, ocsp_request};
use serde_json::Value;

/// Writes `STEM.csr` and `STEM.key`, and gives the request in DER.
fn request(own: &Own, stem: &str, subject: &str, names: Vec<AlternativeName>) -> Vec<u8> {
    let made = key::generate(KeyKind::EcP256).unwrap();
    let der = RequestProfile {
        subject: Subject::parse(subject).unwrap(),
        names,
        purposes: vec![Purpose::ServerAuth, Purpose::CodeSigning],
        must_staple: false,
    }
    .sign(&made)
    .unwrap();
    own.lab.write(
        &format!("{stem}.key"),
        key::write(&made, None).unwrap().as_bytes(),
    );
    own.lab.write(&format!("{stem}.csr"), &der);
    der
}

fn names(own: &Own, stem: &str) -> Vec<String> {
    let chain = std::fs::read(own.file(&format!("{stem}.pem"))).unwrap();
    let chain = load::certificates(&chain).unwrap();
    let leaf = Certificate::parse(&chain[0]).unwrap();
    leaf.subject_alt_names()
        .map(|name| name.to_string())
        .collect()
}

#[test]
fn a_request_gets_what_the_profile_allows_and_is_told_what_was_left_out() {
    let own = Own::new(&[]);
    let asked = vec![
        AlternativeName::dns("localhost"),
        AlternativeName::mail("root@api.local"),
    ];
    request(&own, "api", "CN=localhost,O=Acme", asked);
    let csr = own.file("api.csr");
    let told = own.json("sign", &[&csr]);
    assert_eq!(told["exit"], 0, "{told}");
    let left: Vec<_> = told["result"]["left_out"].as_array().unwrap().clone();
    let left: Vec<_> = left
        .iter()
        .map(|one| one.as_str().unwrap().to_owned())
        .collect();
    for words in ["root@api.local", "codeSigning", "Acme"] {
        assert!(
            left.iter().any(|one| one.contains(words)),
            "{words}: {left:?}"
        );
    }
    assert_eq!(names(&own, "api"), ["localhost"]);
    // It serves with the key that the authority never saw.
    let (cert, key, root) = (
        own.file("api.pem"),
        own.file("api.key"),
        own.file("ca/root.pem"),
    );
    let server = Serving::start(&[&own.file("site"), "--cert", &cert, "--key", &key]);
    let page = handfast(&["get", "--cacert", &root, &server.url("/a%20b.txt")]);
    assert_eq!(page.text(), "hello\n", "{page:?}");
    let again = own.ca("sign", &[&csr]);
    assert!(
        again.code == Some(2) && again.stderr.contains("is there already"),
        "{again:?}"
    );
    let strict = own.ca("sign", &["--strict", "--force", &csr]);
    assert_eq!(strict.code, Some(2), "{strict:?}");
    assert!(strict.stderr.contains("codeSigning"), "{strict:?}");
}

#[test]
fn names_on_the_command_line_stand_instead_of_those_asked_for() {
    let own = Own::new(&[]);
    request(
        &own,
        "api",
        "CN=old.local",
        vec![AlternativeName::dns("old.local")],
    );
    let csr = own.file("api.csr");
    let flags = [
        "--san",
        "new.local",
        "--san",
        "127.0.0.1",
        "--subject",
        "CN=new.local",
    ];
    let signed = own.ca("sign", &[&flags[..], &[&csr]].concat());
    assert!(signed.success(), "{signed:?}");
    assert!(signed.text().contains("old.local"), "{signed:?}");
    assert_eq!(names(&own, "api"), ["new.local", "127.0.0.1"]);
}

#[test]
fn a_servers_common_name_is_one_of_its_names() {
    let own = Own::new(&[]);
    let asked = vec![AlternativeName::dns("api.local")];
    request(&own, "api", "CN=api.local", asked);
    let csr = own.file("api.csr");
    let out = own.file("out.pem");
    let issue = |subject, more: &[&str]| {
        let words = [&["api.local", "--subject", subject][..], more].concat();
        own.ca("issue", &words)
    };
    for refused in [
        issue("CN=www.example.com", &[]),
        issue("CN=api.local,CN=www.example.com", &[]),
        own.ca("sign", &[&csr, "--subject", "CN=www.example.com"]),
    ] {
        assert_eq!(refused.code, Some(2), "{refused:?}");
        assert!(refused.stderr.contains("www.example.com"), "{refused:?}");
    }
    // What names no host is not bound, and a client's name is the user's.
    assert!(issue("CN=API.local,O=Acme", &["-o", &out]).success());
    assert!(issue("O=Acme", &["--force", "-o", &out]).success());
    let client = own.ca(
        "issue",
        &[
            "--client",
            "--subject",
            "CN=Ada,O=Acme",
            "--force",
            "-o",
            &out,
            "ada@a.test",
        ],
    );
    assert!(client.success(), "{client:?}");
}

#[test]
fn a_name_that_steers_a_terminal_is_spelled_out() {
    let own = Own::new(&[]);
    let escape = "\u{1b}[31mmine\u{7}";
    for stem in ["one", "two"] {
        request(&own, stem, &format!("CN={escape}"), Vec::new());
        let csr = own.file(&format!("{stem}.csr"));
        let signed = own.ca("sign", &["--profile", "client", &csr]);
        assert!(signed.success(), "{signed:?}");
    }
    let listed = own.json("list", &["--profile", "client"]);
    let rows = listed["result"]["certificates"].as_array().unwrap();
    let serial = rows[0]["serial"].as_str().unwrap();
    for (arguments, code) in [([escape], 2), ([serial], 0), ([serial], 0)] {
        let said = own.ca("revoke", &arguments);
        assert_eq!(said.code, Some(code), "{said:?}");
        let said = format!("{}{}", said.text(), said.stderr);
        assert!(said.contains("mine"), "{said:?}");
        assert!(
            !said.contains('\u{1b}') && !said.contains('\u{7}'),
            "{said:?}"
        );
    }
}

#[test]
fn a_request_that_was_changed_is_refused_by_its_signature() {
    let own = Own::new(&[]);
    let asked = vec![AlternativeName::dns("api.local")];
    let mut der = request(&own, "api", "CN=api.local", asked);
    let at = der.windows(3).position(|part| part == b"api").unwrap();
    der[at] = b'b';
    let csr = own.lab.write("changed.csr", &der);
    let refused = own.ca("sign", &[&csr]);
    assert_eq!(refused.code, Some(2), "{refused:?}");
    for words in ["changed.csr", "signature is wrong", "byte", "anew"] {
        assert!(refused.stderr.contains(words), "{words}: {refused:?}");
    }
    assert!(!std::path::Path::new(&own.file("changed.pem")).exists());
    // The one that was not changed is signed.
    assert!(own.ca("sign", &[&own.file("api.csr")]).success());
}

#[test]
fn a_request_for_a_name_outside_the_constraints_is_refused() {
    let own = Own::new(&[]);
    let asked = vec![AlternativeName::dns("www.example.com")];
    request(&own, "api", "CN=www.example.com", asked);
    let refused = own.ca("sign", &[&own.file("api.csr")]);
    assert_eq!(refused.code, Some(2), "{refused:?}");
    assert!(refused.stderr.contains("www.example.com"), "{refused:?}");
    assert!(!std::path::Path::new(&own.file("api.pem")).exists());
}

#[test]
fn an_authority_below_the_root_vouches_for_its_own() {
    let own = Own::new(&[]);
    let told = own.issue("team", &["--profile", "intermediate", "Team authority"]);
    assert_eq!(told["profile"], "intermediate", "{told}");
    let root = own.file("ca/root.pem");
    let file = own.file("team.pem");
    let verified = handfast(&[
        "cert",
        "verify",
        "--purpose",
        "any",
        "--cacert",
        &root,
        &file,
    ]);
    assert!(verified.success(), "{verified:?}");
    let signer = own.issue("ocsp", &["--profile", "ocsp-signer", "OCSP signer"]);
    assert_eq!(signer["profile"], "ocsp", "{signer}");
}

#[test]
fn a_staple_says_whether_the_certificate_is_good() {
    let own = Own::new(&[]);
    own.issue("api", &["localhost"]);
    let (cert, key, root) = (
        own.file("api.pem"),
        own.file("api.key"),
        own.file("ca/root.pem"),
    );
    let (staple, roots) = (own.file("staple.der"), own.file("root.crl"));
    assert!(own.ca("crl", &["--of", "root", "-o", &roots]).success());
    let made = own.json("ocsp", &["localhost", "-o", &staple]);
    assert_eq!(
        made["result"]["certificates"][0]["status"], "good",
        "{made}"
    );
    let flags = ["--cert", &cert, "--key", &key, "--staple", &staple];
    let ask = || {
        let server = Serving::start(&[&[&*own.file("site")], &flags[..]].concat());
        let url = server.url("/a%20b.txt");
        let hard = ["--revocation", "hard", "--crl", &roots, &url];
        handfast(&[&["get", "--cacert", &root], &hard[..]].concat())
    };
    assert_eq!(ask().text(), "hello\n");
    assert!(
        own.ca("revoke", &["localhost", "--reason", "keyCompromise"])
            .success()
    );
    let serial = own.json("list", &["localhost"])["result"]["certificates"][0]["serial"].clone();
    let made = own.json("ocsp", &[serial.as_str().unwrap(), "-o", &staple]);
    assert_eq!(
        made["result"]["certificates"][0]["reason"], "keyCompromise",
        "{made}"
    );
    let refused = ask();
    assert_eq!(refused.code, Some(91), "{refused:?}");
}

#[test]
fn a_request_for_a_status_is_answered_from_its_file() {
    let own = Own::new(&[]);
    own.issue("api", &["api.local"]);
    let chain = load::certificates(&std::fs::read(own.file("api.pem")).unwrap()).unwrap();
    let [leaf, issuer] = [&chain[0], &chain[1]].map(|der| Certificate::parse(der).unwrap());
    let nonce = [7; 32];
    let asked = ocsp_request(&leaf, &issuer, IdHash::Sha256, Some(&nonce));
    let file = own.lab.write("asked.der", &asked);
    let answer = own.file("answer.der");
    let told = own.json("ocsp", &["--request", &file, "-o", &answer]);
    assert_eq!(
        told["result"]["certificates"][0]["status"], "good",
        "{told}"
    );
    let der = std::fs::read(&answer).unwrap();
    assert!(
        der.windows(32).any(|part| part == nonce),
        "the nonce is echoed"
    );
    let broken = own.lab.write("broken.der", b"no request");
    let refused = own.ca("ocsp", &["--request", &broken, "-o", &answer]);
    assert_eq!(refused.code, Some(2), "{refused:?}");
    assert!(refused.stderr.contains("malformedRequest"), "{refused:?}");
    let both: Value = own.json("list", &[]);
    assert_eq!(both["exit"], 0);
}

#[test]
fn a_certificate_and_a_document_do_not_share_standard_output() {
    let own = Own::new(&[]);
    let request = own.file("api.csr");
    let made = handfast(&["cert", "csr", "-o", &request, "api.local"]);
    assert!(made.success(), "{made:?}");
    let refused = own.json("sign", &["-o", "-", &request]);
    assert_eq!(refused["exit"], 2, "{refused}");
    let alone = own.ca("sign", &["-o", "-", "--quiet", &request]);
    assert!(alone.text().starts_with("-----BEGIN"), "{alone:?}");
}

#[test]
fn what_san_replaces_is_left_out_for_that_reason() {
    let own = Own::new(&[]);
    let request = own.file("api.csr");
    let made = handfast(&["cert", "csr", "-o", &request, "api.local"]);
    assert!(made.success(), "{made:?}");
    let signed = own.ca("sign", &["--san", "other.local", &request]);
    assert!(signed.success(), "{signed:?}");
    let text = signed.text();
    assert!(
        text.contains("--san names what stands in its place"),
        "{text}"
    );
}
