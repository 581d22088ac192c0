//! What the verbs of `cert` answer to files as people have them.

use crate::lab::{Lab, command, handfast, year};
use handfast::stream::now;
use handfast_ca::authority::Authority;
use handfast_ca::issued::certificate_pem;
use handfast_ca::profile::{AlternativeName, KeyKind, Profile};
use handfast_testkit::made::certificate::{
    Draft, alternative_names, authority, dns, key, purpose, signs_all,
};
use handfast_testkit::made::crl;
use handfast_testkit::peer::Outcome;
use serde_json::Value;

fn cert(arguments: &[&str]) -> Outcome {
    handfast(&[&["cert"], arguments].concat())
}

fn document(arguments: &[&str]) -> Value {
    let outcome = cert(&[arguments, &["--json"]].concat());
    let text = outcome.text();
    serde_json::from_str(&text).unwrap_or_else(|error| panic!("{error}: {outcome:?}"))
}

/// A file of handfast-pki's tests.
fn data(name: &str) -> String {
    format!(
        "{}/../handfast-pki/testdata/{name}",
        env!("CARGO_MANIFEST_DIR")
    )
}

/// `SEVERITY ID` of each finding about chains.
fn about_chain(arguments: &[&str]) -> Vec<String> {
    let document = document(&[&["lint"], arguments].concat());
    let findings = document["findings"].as_array().cloned().unwrap_or_default();
    let named = findings.iter().map(|one| {
        let id = one["id"].as_str().unwrap_or_default();
        let id = id.trim_start_matches("cert.lint.");
        format!("{} {id}", one["severity"].as_str().unwrap_or_default())
    });
    named.filter(|one| one.contains("chain.")).collect()
}

/// A lab with a chain of three, each alone: `deep-root.pem`, `deep-int.pem`, `deep-leaf.pem`.
fn deep() -> Lab {
    let lab = Lab::new();
    let root = Authority::new("Deep root", year(), KeyKind::EcP256).unwrap();
    let profile = Profile::authority("Deep int", year(), KeyKind::EcP256);
    let int = root.intermediate(&profile).unwrap();
    let names = [AlternativeName::dns("deep.test")];
    let leaf = int.issue_server(&names, year(), KeyKind::EcP256).unwrap();
    lab.write("deep-root.pem", root.root_pem());
    let [leaf, int] = leaf.chain() else {
        panic!("a leaf and an intermediate");
    };
    lab.write("deep-int.pem", certificate_pem(int));
    lab.write("deep-leaf.pem", certificate_pem(leaf));
    lab
}

/// A file of the certificates of the deep chain, in this order.
fn joined(lab: &Lab, names: &[&str]) -> String {
    let read =
        |name: &&str| std::fs::read_to_string(lab.file(&format!("deep-{name}.pem"))).unwrap();
    let text: String = names.iter().map(read).collect();
    lab.write(&format!("{}.pem", names.join("-")), text)
}

#[test]
#[cfg(target_os = "linux")]
fn what_cannot_be_printed_is_told_and_is_not_good() {
    let lab = Lab::new();
    let (server, key) = (lab.file("server.pem"), lab.file("server.key"));
    let root = lab.file("root.pem");
    for arguments in [
        &["cert", "inspect", &*server][..],
        &["cert", "inspect", "--json", &server],
        &["cert", "verify", "--cacert", &root, &server],
        &["cert", "verify", "--cacert", &root, &server, "--json"],
        &["cert", "lint", "--cacert", &root, &server],
        &["cert", "match", &server, &key],
        &["cert", "match", &server, &key, "--json"],
    ] {
        let full = std::fs::File::options().write(true).open("/dev/full");
        let mut command = command().command();
        let outcome = command.args(arguments).stdout(full.unwrap()).output();
        let outcome = outcome.unwrap();
        assert_eq!(outcome.status.code(), Some(1), "{arguments:?}: {outcome:?}");
        let told = String::from_utf8_lossy(&outcome.stderr)
            .matches("standard output")
            .count();
        assert_eq!(told, 1, "{arguments:?}: {outcome:?}");
        // Whoever closed the pipe had enough.
        let (reader, writer) = std::io::pipe().unwrap();
        drop(reader);
        let outcome = command.stdout(writer).output().unwrap();
        assert_eq!(outcome.status.code(), Some(0), "{arguments:?}: {outcome:?}");
        assert!(outcome.stderr.is_empty(), "{arguments:?}: {outcome:?}");
    }
}

#[test]
fn a_chain_below_a_root_that_is_not_known_is_at_most_a_notice() {
    let lab = deep();
    let (root, int) = (lab.file("deep-root.pem"), lab.file("deep-int.pem"));
    let chain = joined(&lab, &["leaf", "int"]);
    assert_eq!(about_chain(&[&chain]), ["notice chain.unknown_issuer"]);
    assert_eq!(cert(&["lint", &chain]).code, Some(0));
    for anchor in [&root, &int] {
        let found = about_chain(&["--cacert", anchor, &chain]);
        assert!(found.is_empty(), "{found:?}");
    }
    // The one that is missing is told louder.
    let leaf = lab.file("deep-leaf.pem");
    for trust in [&["--trust", "none"][..], &["--cacert", &root]] {
        let found = about_chain(&[trust, &[&leaf]].concat());
        assert_eq!(found, ["warning chain.incomplete"]);
    }
    assert!(about_chain(&["--cacert", &int, &leaf]).is_empty());
}

#[test]
fn a_leaf_that_does_not_come_first_is_out_of_order() {
    let lab = deep();
    for names in [&["int", "leaf"][..], &["root", "int", "leaf"]] {
        let found = about_chain(&[&joined(&lab, names)]);
        let wrong = "error chain.order".to_owned();
        assert!(found.contains(&wrong), "{names:?}: {found:?}");
    }
    for names in [&["leaf", "int"][..], &["int"], &["root", "int"]] {
        let found = about_chain(&[&joined(&lab, names)]);
        let wrong = "error chain.order".to_owned();
        assert!(!found.contains(&wrong), "{names:?}: {found:?}");
    }
}

#[test]
fn an_authority_that_is_judged_in_a_leafs_place_is_told() {
    let lab = deep();
    let root = lab.file("deep-root.pem");
    let file = joined(&lab, &["root", "int", "leaf"]);
    let verify = ["verify", "--cacert", &root, &file];
    let outcome = cert(&verify);
    let told = "one that is none stands at 3";
    // In lines of a terminal's width.
    let stderr = outcome
        .stderr
        .split_whitespace()
        .collect::<Vec<_>>()
        .join(" ");
    assert!(stderr.contains(told), "{outcome:?}");
    let named = [&verify[..], &["--name", "deep.test"]].concat();
    let outcome = cert(&named);
    assert_eq!(outcome.code, Some(1), "{outcome:?}");
    let remedies: Vec<_> = outcome
        .text()
        .lines()
        .filter(|line| line.contains("remedy:"))
        .map(str::to_owned)
        .collect();
    assert!(
        matches!(&*remedies, [only] if only.contains("put certificate 3 first")),
        "{outcome:?}"
    );
    let document = document(&named);
    assert_eq!(
        document["findings"][1]["id"],
        "cert.verify.first_is_authority"
    );
    let outcome = cert(&["verify", "--cacert", &root, &joined(&lab, &["leaf", "int"])]);
    assert!(
        outcome.success() && outcome.stderr.is_empty(),
        "{outcome:?}"
    );
}

#[test]
fn pkcs7_is_written_as_openssl_writes_it_or_as_is_asked() {
    let lab = Lab::new();
    let server = lab.file("server.pem");
    for (name, to, starts) in [
        ("a.p7b", None, &b"-----BEGIN PKCS7-----"[..]),
        ("b.p7c", None, b"\x30\x82"),
        ("c.p7b", Some("p7"), b"\x30\x82"),
        ("d.p7c", Some("p7-pem"), b"-----BEGIN PKCS7-----"),
    ] {
        let output = lab.file(name);
        let to = to.map(|to| ["--to", to]).into_iter().flatten();
        let arguments = ["convert", &server, "-o", &output].into_iter().chain(to);
        let outcome = cert(&arguments.collect::<Vec<_>>());
        assert!(outcome.success(), "{outcome:?}");
        let bytes = std::fs::read(&output).unwrap();
        assert!(bytes.starts_with(starts), "{name}");
        let form = if starts[0] == b'-' {
            "as PEM"
        } else {
            "as DER"
        };
        assert!(outcome.stderr.contains(form), "{name}: {outcome:?}");
        let outcome = cert(&["match", &server, &output]);
        assert!(outcome.success(), "{name}: {outcome:?}");
    }
}

#[test]
fn a_key_that_a_container_holds_in_the_clear_is_not_called_encrypted() {
    let lab = Lab::new();
    let password = lab.write("pw", "secret");
    for (name, is_encrypted) in [("leaf.p12", true), ("leaf-plain.p12", false)] {
        let outcome = cert(&["inspect", "--pass-file", &password, &data(name)]);
        assert!(outcome.success(), "{outcome:?}");
        let found = outcome.text().contains("private key, encrypted");
        assert_eq!(found, is_encrypted, "{outcome:?}");
    }
}

#[test]
fn the_same_case_has_the_same_code_in_every_verb() {
    let lab = Lab::new();
    let (wrong, bad) = (
        lab.write("wrong", "wrong"),
        lab.write("bad.pem", "no PEM\n"),
    );
    let empty = lab.write("empty.pem", "");
    let legacy = "Proc-Type: 4,ENCRYPTED\nDEK-Info: AES-128-CBC,00\n\nAAAA";
    let legacy =
        format!("-----BEGIN RSA PRIVATE KEY-----\n{legacy}\n-----END RSA PRIVATE KEY-----\n");
    let legacy = lab.write("legacy.pem", legacy);
    let (locked, nomac) = (data("leaf.p12"), data("leaf-nomac.p12"));
    for verb in ["inspect", "verify", "lint", "match", "convert", "bundle"] {
        let output = lab.file("out.pem");
        let more = if verb == "convert" {
            vec!["-o", &output]
        } else {
            Vec::new()
        };
        for (file, password, wanted) in [
            (&bad, None, 2),
            (&empty, None, 2),
            (&nomac, Some(&wrong), 2),
            (&locked, None, 58),
            (&locked, Some(&wrong), 58),
            (&legacy, None, 58),
        ] {
            let password = password.map(|file| ["--pass-file", file]);
            let password = password.into_iter().flatten();
            let all = [verb, file].into_iter().chain(more.iter().copied());
            let outcome = cert(&all.chain(password).collect::<Vec<_>>());
            assert_eq!(outcome.code, Some(wanted), "{verb} {file}: {outcome:?}");
        }
        let help = cert(&[verb, "--help"]).text();
        assert!(
            help.contains("Exit codes: 0 ") && help.contains(" 58 "),
            "{verb}: {help}"
        );
    }
    // And the cause is named.
    let outcome = cert(&["inspect", &nomac, "--pass-file", &wrong]);
    let words = outcome
        .stderr
        .split_whitespace()
        .collect::<Vec<_>>()
        .join(" ");
    assert!(
        words.contains("has no MAC") && words.contains("openssl pkcs12"),
        "{outcome:?}"
    );
}

#[test]
fn one_bad_file_does_not_keep_the_others_from_being_matched() {
    let lab = Lab::new();
    let (server, key) = (lab.file("server.pem"), lab.file("server.key"));
    let empty = lab.write("empty.pem", "");
    let arguments = ["match", &server, &empty, &key];
    let outcome = cert(&arguments);
    assert_eq!(outcome.code, Some(1), "{outcome:?}");
    assert!(outcome.text().contains("of one key"), "{outcome:?}");
    assert!(outcome.stderr.contains("empty.pem"), "{outcome:?}");
    let document = document(&arguments);
    assert_eq!(document["errors"][0]["kind"], "unreadable");
    assert_eq!(
        document["result"]["same_key"][0].as_array().map(Vec::len),
        Some(2)
    );
}

/// `made.pem`, below `made-root.pem`; lists by the root: `good.crl`, and `late.crl`, which was due
/// 100 seconds ago; `forged.crl`, by another key; `other.crl`, by another authority.
fn listed() -> Lab {
    let lab = Lab::new();
    let (signer, own, other) = (key(), key(), key());
    let root = Draft::new("root", "root", signer.public_spki())
        .with(authority(None))
        .with(signs_all())
        .signed_by(&signer);
    let leaf = Draft::new("leaf", "root", own.public_spki())
        .with(alternative_names(&[dns("localhost")]))
        .with(purpose(1))
        .signed_by(&signer);
    lab.write("made-root.pem", certificate_pem(&root.into()));
    lab.write("made.pem", certificate_pem(&leaf.into()));
    let at = i64::try_from(now().unix_s()).unwrap();
    for (name, issuer, next, by) in [
        ("good.crl", "root", at + 10_000, &signer),
        ("late.crl", "root", at - 100, &signer),
        ("forged.crl", "root", at + 10_000, &other),
        ("other.crl", "other", at + 10_000, &other),
    ] {
        lab.write(
            name,
            crl::Draft::new(issuer, at - 1_000, next).signed_by(by),
        );
    }
    lab
}

#[test]
fn lists_and_anchors_are_called_by_their_files_and_late_or_useless_ones_told() {
    let lab = listed();
    let (root, other) = (lab.file("made-root.pem"), lab.file("root.pem"));
    let leaf = lab.file("made.pem");
    let verify = |list: &str, more: &[&str]| {
        let list = lab.file(list);
        let asked = [
            "verify", "--cacert", &other, "--cacert", &root, "--crl", &list, &leaf,
        ];
        let outcome = cert(&[&asked[..], more].concat());
        assert!(outcome.success(), "{outcome:?}");
        outcome
    };
    let outcome = verify("good.crl", &[]);
    let said = format!("says the CRL in {}", lab.file("good.crl"));
    assert!(outcome.text().contains(&said), "{outcome:?}");
    assert!(
        outcome.text().contains(&format!("anchor, in {root};")),
        "{outcome:?}"
    );
    assert!(!outcome.text().contains("past its"), "{outcome:?}");
    assert!(outcome.stderr.is_empty(), "{outcome:?}");
    let outcome = verify("late.crl", &[]);
    let late = "s past its next update, within the allowance for clocks";
    assert!(outcome.text().contains(late), "{outcome:?}");
    for (list, why) in [("forged.crl", "signature"), ("other.crl", "issued none of")] {
        let outcome = verify(list, &[]);
        let words = outcome
            .stderr
            .split_whitespace()
            .collect::<Vec<_>>()
            .join(" ");
        assert!(
            words.contains("of no use") && words.contains(why),
            "{outcome:?}"
        );
        // A program reads it in the one document.
        let outcome = verify(list, &["--json"]);
        assert!(outcome.stderr.is_empty(), "{outcome:?}");
        assert!(
            outcome.text().contains("cert.verify.crl_unused"),
            "{outcome:?}"
        );
    }
}

#[test]
fn with_json_nothing_is_told_beside_the_document() {
    let lab = Lab::new();
    let (root, server) = (lab.file("root.pem"), lab.file("server.pem"));
    let output = lab.file("a.p7b");
    for arguments in [
        &["convert", &server, "-o", &output][..],
        &["bundle", &server, &root],
        &["verify", &root, "--cacert", &root, "--fetch"],
    ] {
        let outcome = cert(&[arguments, &["--json"]].concat());
        assert!(outcome.stderr.is_empty(), "{outcome:?}");
        assert_eq!(outcome.text().lines().count(), 1, "{outcome:?}");
    }
}
