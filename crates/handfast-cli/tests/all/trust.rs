//! `--trust` and `--tofu`: whom the command believes, and that it believes nobody else.

use crate::lab::{Lab, Serving, command, handfast};
use handfast_pki::certificate::Certificate;
use handfast_pki::load::certificates;
use handfast_pki::pin::Pin;
use handfast_testkit::peer::Outcome;
use serde_json::Value;
use std::fs;
use std::process::Stdio;

/// `handfast get` with flags.
fn get(flags: &[&str], url: &str) -> Outcome {
    handfast(&[&["get"], flags, &[url]].concat())
}

/// A server with another of the lab's certificates.
fn serve_as(lab: &Lab, name: &str) -> Serving {
    let (cert, key) = (
        lab.file(&format!("{name}.pem")),
        lab.file(&format!("{name}.key")),
    );
    Serving::start(&[&lab.file("site"), "--cert", &cert, "--key", &key])
}

/// A directory in the lab as `openssl rehash` makes it, with the lab's root.
pub(crate) fn hashed(lab: &Lab) -> String {
    let folder = lab.folder.path().join("hashed");
    fs::create_dir_all(&folder).unwrap();
    let root = fs::read(lab.file("root.pem")).unwrap();
    let der = certificates(&root).unwrap().remove(0);
    let hash = Certificate::parse(&der)
        .unwrap()
        .subject()
        .openssl_hash()
        .unwrap();
    fs::write(folder.join(format!("{hash:08x}.0")), root).unwrap();
    // Nobody has asked for this one.
    fs::write(folder.join("00000000.0"), "no certificate").unwrap();
    folder.to_string_lossy().into_owned()
}

/// The first certificate in a file.
fn first(path: &str) -> Vec<u8> {
    let pem = fs::read(path).unwrap();
    certificates(&pem).unwrap()[0].to_vec()
}

#[test]
fn a_file_or_a_hashed_directory_is_trusted_and_nobody_else() {
    let lab = Lab::new();
    let server = lab.serve(&[]);
    let url = server.url("/a%20b.txt");
    let (root, folder) = (lab.file("root.pem"), hashed(&lab));
    for flags in [
        &["--trust", &root][..],
        &["--trust", &folder],
        &["--trust", "none", "--cacert", &root],
        &["--trust", "mozilla", "--cacert", &root],
    ] {
        let outcome = get(flags, &url);
        assert_eq!(
            (outcome.code, &*outcome.stdout),
            (Some(0), &b"hello\n"[..]),
            "{flags:?}: {outcome:?}"
        );
    }
    let known = lab.file("known");
    for flags in [
        &["-v", "--trust", &folder][..],
        &["-v", "--trust", &root, "--tofu", &known],
    ] {
        let outcome = get(flags, &url);
        assert!(
            outcome.stderr.contains("server    verified\n"),
            "{outcome:?}"
        );
    }
    // A pin is asked for beside it.
    let own = Pin::of_key(Certificate::parse(&first(&root)).unwrap().spki()).to_string();
    let other = Pin::Key([7; 32]).to_string();
    for (pin, expected) in [(&own, 0), (&other, 60)] {
        let outcome = get(&["--trust", &folder, "--pin", pin], &url);
        assert_eq!(outcome.code, Some(expected), "{outcome:?}");
    }
    let stranger = lab.file("stranger.pem");
    for flags in [
        &["--trust", "none"][..],
        &["--trust", "mozilla"],
        &["--trust", "system"],
        &["--trust", &stranger],
    ] {
        let outcome = get(flags, &url);
        assert_eq!(outcome.code, Some(60), "{flags:?}: {outcome:?}");
    }
    // Another root's server is refused by the directory, with the reason.
    let other = serve_as(&lab, "stranger");
    let outcome = get(&["--trust", &folder], &other.url("/"));
    assert_eq!(outcome.code, Some(60), "{outcome:?}");
    assert!(outcome.stderr.contains("Other root"), "{outcome:?}");
}

#[test]
fn what_cannot_be_trusted_is_named_before_anything_is_asked() {
    let lab = Lab::new();
    let site = lab.file("site");
    for (trust, words) in [
        ("/no/such/roots.pem", "/no/such/roots.pem: "),
        (&*lab.file("site/.hidden"), "no certificate here"),
        (&*site, "openssl rehash"),
    ] {
        let outcome = get(&["--trust", trust], "https://localhost:1/");
        assert_eq!(outcome.code, Some(2), "{outcome:?}");
        assert!(outcome.stderr.contains(words), "{outcome:?}");
    }
    // A broken file that the chain points to is named too.
    let folder = hashed(&lab);
    for entry in fs::read_dir(&folder).unwrap() {
        fs::write(entry.unwrap().path(), "no certificate").unwrap();
    }
    let server = lab.serve(&[]);
    let outcome = get(&["--trust", &folder], &server.url("/"));
    assert_eq!(outcome.code, Some(2), "{outcome:?}");
    assert!(
        outcome.stderr.contains(".0: no certificate here"),
        "{outcome:?}"
    );
}

#[test]
fn the_environment_counts_only_where_it_is_asked_for() {
    let lab = Lab::new();
    let server = lab.serve(&[]);
    let (root, url) = (lab.file("root.pem"), server.url("/"));
    let run = |flags: &[&str], variables: &[(&str, &str)]| {
        let mut command = command().command();
        command
            .arg("get")
            .args(flags)
            .arg(&url)
            .stdin(Stdio::null());
        command.envs(variables.iter().copied()).output().unwrap()
    };
    let file = [("SSL_CERT_FILE", &*root)];
    assert_eq!(run(&["--trust", "env"], &file).status.code(), Some(0));
    assert_eq!(run(&[], &file).status.code(), Some(60));
    let folder = hashed(&lab);
    let folder = [("SSL_CERT_DIR", &*folder), ("SSL_CERT_FILE", "")];
    assert_eq!(run(&["--trust", "env"], &folder).status.code(), Some(0));
    let missing = run(&["--trust", "env"], &[("SSL_CERT_FILE", "/no/such")]);
    assert_eq!(missing.status.code(), Some(2));
    let said = String::from_utf8(missing.stderr).unwrap();
    assert!(said.contains("SSL_CERT_FILE names /no/such: "), "{said}");
}

#[test]
fn a_server_that_nobody_vouches_for_is_known_again_by_its_key() {
    let lab = Lab::new();
    let server = lab.serve(&[]);
    let (known, url) = (lab.file("known"), server.url("/a%20b.txt"));
    let first = get(&["--tofu", &known], &url);
    assert_eq!(
        (first.code, &*first.stdout),
        (Some(0), &b"hello\n"[..]),
        "{first:?}"
    );
    assert!(
        first
            .stderr
            .contains("NOT verified: seen for the first time"),
        "{first:?}"
    );
    let line = fs::read_to_string(&known).unwrap();
    assert!(
        line.starts_with(&format!("localhost:{} sha256//", server.port())),
        "{line}"
    );
    let again = get(&["--tofu", &known], &url);
    assert_eq!((again.code, &*again.stderr), (Some(0), ""), "{again:?}");
    let target = format!("localhost:{}", server.port());
    let json = handfast(&["connect", "--json", "--tofu", &known, &target]);
    let json: Value = serde_json::from_slice(&json.stdout).unwrap();
    assert_eq!(json["result"]["first_use"]["is_new"], false);
    assert_eq!(json["result"]["verified"], true);
    let summed_up = handfast(&["connect", "--tofu", &known, &target]);
    assert!(
        summed_up.stderr.contains("known by its key"),
        "{summed_up:?}"
    );
    // Control: without it the server is refused.
    assert_eq!(get(&[], &url).code, Some(60));
}

#[test]
fn a_key_that_has_changed_is_refused_with_both_and_the_way_out() {
    let lab = Lab::new();
    let (one, other) = (lab.serve(&[]), serve_as(&lab, "stranger"));
    let known = lab.file("known");
    assert_eq!(
        get(&["--tofu", &known], &one.url("/a%20b.txt")).code,
        Some(0)
    );
    // The same place, from now on with another key.
    let line = fs::read_to_string(&known).unwrap();
    let moved = line.replace(&one.port().to_string(), &other.port().to_string());
    let old_key = moved.split(' ').nth(1).unwrap();
    let text = format!("# mine\n{moved}");
    fs::write(&known, &text).unwrap();
    for trust in ["none", &lab.file("stranger.pem")] {
        let refused = get(
            &["--tofu", &known, "--trust", trust],
            &other.url("/a%20b.txt"),
        );
        assert_eq!(refused.code, Some(60), "{refused:?}");
        assert_eq!(refused.stderr.matches("sha256//").count(), 2, "{refused:?}");
        let way_out = format!("take line 2 out of {known}");
        for words in [old_key, "its key has changed", &way_out] {
            assert!(refused.stderr.contains(words), "{words}: {refused:?}");
        }
        assert!(!refused.stderr.contains("-k connects"), "{refused:?}");
        assert_eq!(fs::read_to_string(&known).unwrap(), text);
    }
    fs::write(&known, "# mine\n").unwrap();
    assert_eq!(
        get(&["--tofu", &known], &other.url("/a%20b.txt")).code,
        Some(0)
    );
}

#[test]
fn an_unknown_issuer_is_forgiven_and_nothing_else() {
    let lab = Lab::new();
    let known = lab.file("known");
    let server = lab.serve(&[]);
    let wrong_name = get(&["--tofu", &known, "--sni", "other.test"], &server.url("/"));
    assert_eq!(wrong_name.code, Some(60), "{wrong_name:?}");
    let expired = serve_as(&lab, "expired");
    let outcome = get(&["--tofu", &known], &expired.url("/"));
    assert_eq!(outcome.code, Some(60), "{outcome:?}");
    assert!(
        outcome.stderr.contains("expired on 2001-09-10"),
        "{outcome:?}"
    );
    // Whom an authority vouches for is not recorded.
    let root = lab.file("root.pem");
    let verified = get(
        &["--tofu", &known, "--cacert", &root],
        &server.url("/a%20b.txt"),
    );
    assert_eq!(
        (verified.code, &*verified.stderr),
        (Some(0), ""),
        "{verified:?}"
    );
    assert!(!fs::exists(&known).unwrap());
    for other in [&["-k"][..], &["--revocation", "hard"]] {
        let outcome = get(&[&["--tofu", &known], other].concat(), &server.url("/"));
        assert_eq!(outcome.code, Some(2), "{outcome:?}");
    }
}

#[test]
fn a_session_goes_on_with_the_key_that_is_known_and_with_no_other_trust() {
    let lab = Lab::new();
    let server = lab.serve(&[]);
    let (known, session) = (lab.file("known"), lab.file("session"));
    let target = format!("localhost:{}", server.port());
    let connect = |trust: &[&str]| {
        let asked = ["connect", "--json", "--resume", &session];
        handfast(&[&asked[..], trust, &[&target]].concat())
    };
    let resumption = |outcome: &Outcome| {
        let json: Value = serde_json::from_slice(&outcome.stdout).unwrap();
        assert_eq!(outcome.code, Some(0), "{outcome:?}");
        json["result"]["resumption"].clone()
    };
    let first = connect(&["--tofu", &known]);
    assert_eq!(resumption(&first), Value::Null);
    let second = connect(&["--tofu", &known]);
    assert_ne!(resumption(&second), Value::Null, "{second:?}");
    let other = connect(&["--cacert", &lab.file("root.pem")]);
    assert_eq!(other.code, Some(2), "{other:?}");
    // A key that is forgotten is no longer believed for its session's sake.
    fs::write(&known, "").unwrap();
    let third = connect(&["--tofu", &known]);
    assert!(
        third.stderr.contains("seen for the first time"),
        "{third:?}"
    );
    fs::remove_file(&session).unwrap();
    let folder = hashed(&lab);
    assert_eq!(resumption(&connect(&["--trust", &folder])), Value::Null);
    assert_ne!(resumption(&connect(&["--trust", &folder])), Value::Null);
}
