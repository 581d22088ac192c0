//! `--ct-logs`: enough logs of the list have seen the certificate, or the exit code is 60.

use crate::lab::{Lab, Serving, handfast};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use handfast::stream::now;
use handfast_ca::issued::{Issued, certificate_pem};
use handfast_ca::profile::KeyKind;
use handfast_pki::certificate::Certificate;
use handfast_pki::pin::Pin;
use handfast_testkit::certificates::root;
use handfast_testkit::peer::Outcome;
use handfast_testkit::transparency::{Logged, TestLog};
use serde_json::{Value, json};

/// A list as its keepers publish it, with an operator for each log.
fn list(logs: &[&TestLog]) -> String {
    let operators = logs.iter().map(|log| {
        json!({
            "name": log.log.operator,
            "logs": [{
                "description": log.log.description,
                "log_id": log.log.id().to_string(),
                "key": STANDARD.encode(&log.log.key),
                "state": { "usable": { "timestamp": "2025-01-01T00:00:00Z" } },
            }],
        })
    });
    json!({ "version": "3.0", "operators": operators.collect::<Vec<_>>() }).to_string()
}

/// A server for localhost whose certificate embeds SCTs of these logs, and its authority's file.
fn serve(lab: &Lab, logs: &[&TestLog]) -> (Serving, String) {
    let logged = Logged::new(90);
    let earlier = (now().unix_s() - 3600) * 1000;
    let leaf = match logs {
        [] => logged.bare(),
        _ => logged.with_embedded(|entry| logs.iter().map(|log| log.sct(earlier, entry)).collect()),
    };
    lab.keep("logged", &Issued::from_parts(vec![leaf.into()], logged.key));
    let anchor = certificate_pem(&root().root_der().to_vec().into());
    let anchor = lab.write("anchor.pem", anchor);
    let (site, cert, key) = (
        lab.file("site"),
        lab.file("logged.pem"),
        lab.file("logged.key"),
    );
    (
        Serving::start(&[&site, "--cert", &cert, "--key", &key]),
        anchor,
    )
}

fn get(server: &Serving, anchor: &str, flags: &[&str]) -> Outcome {
    let url = server.url("/a%20b.txt");
    handfast(&[&["get", "--cacert", anchor], flags, &[&url]].concat())
}

#[test]
fn scts_of_enough_known_logs_are_asked_for_or_the_exit_code_is_60() {
    let lab = Lab::new();
    let [lark, wren, crow] =
        ["Lark", "Wren", "Crow"].map(|name| TestLog::new(name, KeyKind::EcP256));
    let both = lab.write("both.json", list(&[&lark, &wren]));
    let other = lab.write("other.json", list(&[&lark, &crow]));
    let (server, anchor) = serve(&lab, &[&lark, &wren]);
    let outcome = get(&server, &anchor, &["--ct-logs", &both]);
    assert_eq!(
        (outcome.code, &*outcome.text()),
        (Some(0), "hello\n"),
        "{outcome:?}"
    );

    // One of the logs is not on the list.
    let outcome = get(&server, &anchor, &["--ct-logs", &other]);
    assert_eq!(outcome.code, Some(60), "{outcome:?}");
    for words in [
        "SCTs from 2 logs of 2 operators are wanted",
        "SCT: Lark's log, in the certificate: logged",
        "the list of logs does not have its log",
        "renew the list of logs",
    ] {
        assert!(outcome.stderr.contains(words), "{words}: {outcome:?}");
    }
    // The logs do not do without the chain.
    let outcome = get(&server, &lab.file("stranger.pem"), &["--ct-logs", &both]);
    assert_eq!(outcome.code, Some(60), "{outcome:?}");
    assert!(outcome.stderr.contains("issuer"), "{outcome:?}");

    // What else is asked does not take its place.
    let pin = Pin::of_key(Certificate::parse(root().root_der()).unwrap().spki()).to_string();
    for (file, expected) in [(&both, 0), (&other, 60)] {
        for more in [["--revocation", "soft"], ["--pin", &pin]] {
            let outcome = get(
                &server,
                &anchor,
                &[&["--ct-logs", file], &more[..]].concat(),
            );
            assert_eq!(outcome.code, Some(expected), "{outcome:?}");
        }
    }

    let (bare, anchor) = serve(&lab, &[]);
    assert_eq!(get(&bare, &anchor, &["--ct-logs", &both]).code, Some(60));
    // Control: nothing but the SCTs is wrong with it.
    assert_eq!(get(&bare, &anchor, &[]).code, Some(0));
}

#[test]
fn programs_are_told_each_sct() {
    let lab = Lab::new();
    let [lark, wren, crow] =
        ["Lark", "Wren", "Crow"].map(|name| TestLog::new(name, KeyKind::EcP256));
    let logs = lab.write("logs.json", list(&[&lark, &wren]));
    let (server, anchor) = serve(&lab, &[&lark, &wren, &crow]);
    let target = format!("localhost:{}", server.port());
    let connect = |flags: &[&str]| {
        let flags = [
            &["connect", "--json", "--cacert", &anchor],
            flags,
            &[&target],
        ]
        .concat();
        let outcome = handfast(&flags);
        assert_eq!(outcome.code, Some(0), "{outcome:?}");
        let document: Value = serde_json::from_str(&outcome.text()).unwrap();
        document["result"]["scts"].clone()
    };
    let scts = connect(&["--ct-logs", &logs]);
    let counts: Vec<_> = scts
        .as_array()
        .unwrap()
        .iter()
        .map(|one| &one["counts"])
        .collect();
    assert_eq!(counts, [true, true, false], "{scts}");
    assert_eq!(scts[0]["operator"], "Lark");
    assert_eq!(scts[0]["origin"], "certificate");
    assert_eq!(scts[2]["log_id"], crow.log.id().to_string());
    assert_eq!(scts[2]["doubt"], "the list of logs does not have its log");
    // Control: unasked, none is looked at.
    assert_eq!(connect(&[]), Value::Null);
}

#[test]
fn a_list_that_cannot_be_read_is_a_usage_error() {
    let lab = Lab::new();
    let broken = lab.write("broken.json", "{}");
    for file in [broken, lab.file("missing.json")] {
        let outcome = handfast(&["get", "--ct-logs", &file, "https://localhost:1/"]);
        assert_eq!(outcome.code, Some(2), "{outcome:?}");
        for words in [
            "the list of logs cannot be read",
            &file,
            "log_list.json of version 3",
        ] {
            assert!(outcome.stderr.contains(words), "{words}: {outcome:?}");
        }
    }
}
