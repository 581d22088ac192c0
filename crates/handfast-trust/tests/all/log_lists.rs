//! Lists of logs: what is read, what is passed over by name, and what is no list.

use crate::folder::Folder;
use crate::stores::authority;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use handfast_pki::certificate::Certificate;
use handfast_pki::sct::log::{LogId, LogState};
use handfast_pki::time::UnixTime;
use handfast_trust::{TrustProblem, log_list, read_log_list};

/// A P-256 key as a list writes it, and the name of its log.
fn key() -> (String, LogId) {
    let root = authority("a log");
    let certificate = Certificate::parse(root.root_der()).expect("a certificate");
    let key = certificate.spki();
    (STANDARD.encode(key), LogId::of_key(key))
}

fn list(logs: &str, tiled: &str) -> String {
    format!(
        r#"{{"version": "3.1", "operators": [{{"name": "Lark", "email": [],
            "logs": [{logs}], "tiled_logs": [{tiled}]}}]}}"#
    )
}

#[test]
fn states_intervals_and_operators_are_read_of_both_kinds_of_logs() {
    let ((one, first), (two, second)) = (key(), key());
    let usable = format!(
        r#"{{"description": "Lark 2026", "log_id": "{first}", "key": "{one}", "mmd": 86400,
            "state": {{"usable": {{"timestamp": "2025-01-01T00:00:00Z"}}}},
            "temporal_interval": {{"start_inclusive": "2026-01-01T00:00:00Z",
                                   "end_exclusive": "2027-01-01T00:00:00Z"}}}}"#
    );
    let retired = format!(
        r#"{{"key": "{two}", "state": {{"retired": {{"timestamp": "1970-01-01T00:00:09Z"}}}}}}"#
    );
    let folder = Folder::new();
    let path = folder.write("log_list.json", list(&usable, &retired));
    let read = log_list(&path).expect("a list");
    assert!(read.skipped.is_empty(), "{:?}", read.skipped);
    let log = read.logs.log(first).expect("the first");
    assert_eq!((&*log.description, &*log.operator), ("Lark 2026", "Lark"));
    assert_eq!(log.state, LogState::Usable);
    let interval = log.interval.expect("an interval");
    assert_eq!(interval.from.to_string(), "2026-01-01T00:00:00Z");
    assert_eq!(interval.to.to_string(), "2027-01-01T00:00:00Z");
    let log = read.logs.log(second).expect("the second");
    let since = UnixTime(9);
    assert_eq!(
        (log.state, log.interval),
        (LogState::Retired { since }, None)
    );
}

#[test]
fn what_cannot_be_read_is_passed_over_by_name() {
    let ((good, id), (other, _)) = (key(), key());
    for (broken, problem) in [
        (
            format!(r#"{{"key": "{other}", "state": {{"new": {{}}}}}}"#),
            "a state",
        ),
        (
            format!(r#"{{"key": "{other}", "state": {{"usable": {{}}, "rejected": {{}}}}}}"#),
            "not exactly one state",
        ),
        (
            format!(r#"{{"key": "{other}", "log_id": "{id}"}}"#),
            "log_id",
        ),
        (
            format!(r#"{{"key": "{other}", "state": {{"retired": {{"timestamp": "today"}}}}}}"#),
            "timestamp is no time",
        ),
        (r#"{"key": "AAAA"}"#.to_owned(), "neither P-256 nor RSA"),
        (r#"{"key": "?"}"#.to_owned(), "no key"),
        ("7".to_owned(), "no key"),
    ] {
        let json = list(&format!(r#"{broken}, {{"key": "{good}"}}"#), "");
        let read = read_log_list(json.as_bytes()).expect("a list");
        // What nobody has accepted is pending: nothing of it counts.
        assert_eq!(
            read.logs.log(id).expect("the good one").state,
            LogState::Pending
        );
        assert_eq!(read.logs.len(), 1, "{broken}");
        let words = read.skipped[0].to_string();
        assert!(words.starts_with("operators[0].logs[0]: "), "{words}");
        assert!(words.contains(problem), "{words}");
        // Alone it makes no list.
        assert!(
            read_log_list(list(&broken, "").as_bytes()).is_err(),
            "{broken}"
        );
    }
    let nameless = format!(r#"{{"operators": [{{"logs": [{{"key": "{good}"}}]}}]}}"#);
    assert!(read_log_list(nameless.as_bytes()).is_err());
}

#[test]
fn what_is_no_list_is_refused() {
    for text in ["", "[]", "{}", r#"{"operators": 7}"#, &list("", "")] {
        assert!(read_log_list(text.as_bytes()).is_err(), "{text}");
    }
    let folder = Folder::new();
    let fault = log_list(&folder.write("list.json", "{")).expect_err("a fault");
    assert!(matches!(fault.problem, TrustProblem::LogList(_)));
    assert!(fault.to_string().contains("list.json: no JSON"), "{fault}");
}
