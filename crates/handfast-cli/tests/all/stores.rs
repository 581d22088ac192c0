//! Servers that share what clients come back by: a root of tickets, or a store.

use crate::lab::{Lab, SOON, Serving, handfast, handfast_alone};
use serde_json::Value;

/// By what a client came back that has the session in this file.
fn comes_back(lab: &Lab, server: &Serving, file: &str, limit: &str) -> Value {
    let (root, target) = (lab.file("root.pem"), format!("localhost:{}", server.port()));
    let asked = [
        "connect", "--json", "--cacert", &root, "--resume", file, "--max", limit, &target,
    ];
    let outcome = handfast_alone(&asked);
    assert_eq!(outcome.status.code(), Some(0), "{outcome:?}");
    let document: Value = serde_json::from_slice(&outcome.stdout).unwrap();
    document["result"]["resumption"].clone()
}

/// Draws a root, as the command does.
fn draw(lab: &Lab, name: &str) -> String {
    let file = lab.file(name);
    let outcome = handfast(&["serve", "--new-ticket-root", &file]);
    assert!(outcome.success(), "{outcome:?}");
    file
}

#[test]
fn a_client_comes_back_to_another_server_with_the_same_root_and_to_none_without() {
    let lab = Lab::new();
    let (root, other) = (draw(&lab, "root"), draw(&lab, "other"));
    let file = lab.file("session");
    for (limit, kind) in [("1.3", "psk"), ("1.2", "ticket")] {
        let one = lab.serve(&["--ticket-root", &root]);
        assert!(comes_back(&lab, &one, &file, limit).is_null(), "{limit}");
        let port = one.port().to_string();
        drop(one);
        let again = ["--ticket-root", &root, "--listen", &port];
        let another = lab.serve(&again);
        assert_eq!(comes_back(&lab, &another, &file, limit), kind);
        drop(another);
        let stranger = lab.serve(&["--ticket-root", &other, "--listen", &port]);
        assert!(comes_back(&lab, &stranger, &file, limit).is_null());
        std::fs::remove_file(&file).unwrap();
    }
}

#[test]
fn a_root_is_changed_while_the_server_runs_and_clients_notice_nothing() {
    let lab = Lab::new();
    let (old, new) = (draw(&lab, "old"), draw(&lab, "new"));
    let both = |first: &str, second: &str| {
        let read = |path: &str| std::fs::read_to_string(path).unwrap();
        format!("# two\n{}{}", read(first), read(second))
    };
    let (newest, file) = (both(&new, &old), lab.file("session"));
    let server = lab.serve(&["--ticket-root", &old]);
    let new_only = std::fs::read_to_string(&new).unwrap();
    assert!(comes_back(&lab, &server, &file, "1.3").is_null());
    std::fs::write(&old, "half a ro").unwrap();
    let line = server.said("the root read before stays in force");
    assert!(line.contains("line 1") && !line.contains("half"), "{line}");
    assert_eq!(comes_back(&lab, &server, &file, "1.3"), "psk");
    std::fs::write(&old, newest).unwrap();
    server.said("read the ticket root anew");
    // What the old one sealed is read; what comes now is the new one's.
    assert_eq!(comes_back(&lab, &server, &file, "1.3"), "psk");
    std::fs::write(&old, new_only).unwrap();
    let start = std::time::Instant::now();
    while server
        .all_said()
        .iter()
        .filter(|line| line.contains("anew"))
        .count()
        < 2
    {
        assert!(start.elapsed() < SOON);
        std::thread::sleep(std::time::Duration::from_millis(20));
    }
    assert_eq!(comes_back(&lab, &server, &file, "1.3"), "psk");
}

#[test]
fn sessions_in_memory_or_in_a_folder_are_good_once_and_the_folder_serves_all() {
    let lab = Lab::new();
    let root = draw(&lab, "root");
    let (file, place) = (lab.file("session"), format!("file:{}", lab.file("kept")));
    // Time enough on a busy machine.
    let in_folder = [
        "--session-store",
        &place,
        "--ticket-root",
        &root,
        "--store-budget",
        "1000",
    ];
    let in_memory = ["--session-store", "memory"];
    for (flags, is_shared) in [(&in_folder[..], true), (&in_memory, false)] {
        for (limit, kind) in [("1.3", "psk"), ("1.2", "session_id")] {
            let one = lab.serve(flags);
            assert!(comes_back(&lab, &one, &file, limit).is_null(), "{flags:?}");
            assert_eq!(comes_back(&lab, &one, &file, limit), kind, "{flags:?}");
            let port = one.port().to_string();
            one.terminate();
            assert_eq!(one.ended(), Some(0));
            let before = std::fs::read(&file).unwrap();
            let again = [flags, &["--listen", &port]].concat();
            let another = lab.serve(&again);
            let back = comes_back(&lab, &another, &file, limit);
            assert_eq!(back == kind, is_shared, "{flags:?} {limit}: {back}");
            if limit == "1.3" {
                // The same ticket once more.
                std::fs::write(&file, before).unwrap();
                assert!(comes_back(&lab, &another, &file, limit).is_null());
            }
            std::fs::remove_file(&file).unwrap();
        }
    }
    // Nobody else may look, and there is nothing to see.
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        let mode = std::fs::metadata(lab.file("kept"))
            .unwrap()
            .permissions()
            .mode();
        assert_eq!(mode & 0o777, 0o700);
    }
}

#[test]
fn a_store_that_is_not_there_costs_a_full_handshake_and_is_told_once() {
    let lab = Lab::new();
    let root = draw(&lab, "root");
    let port = handfast_testkit::peer::free_port().unwrap();
    let url = format!("redis://:s3cret@127.0.0.1:{port}/");
    let server = lab.serve(&["--session-store", &url, "--ticket-root", &root]);
    for limit in ["1.3", "1.2", "1.3", "1.2"] {
        let file = lab.file(limit);
        assert!(comes_back(&lab, &server, &file, limit).is_null());
    }
    let warning = server.said("until it answers");
    assert!(
        warning.contains(&format!("redis://127.0.0.1:{port}/0")),
        "{warning}"
    );
    let said = server.all_said();
    assert!(!said.concat().contains("s3cret"), "{said:?}");
    let warnings = said.iter().filter(|line| line.contains("the store"));
    assert_eq!(warnings.count(), 1, "{said:?}");
}

#[test]
fn what_is_wrong_with_a_root_or_a_store_is_told_with_what_to_do() {
    let lab = Lab::new();
    let good = draw(&lab, "good");
    let (site, missing) = (lab.file("site"), lab.file("missing"));
    let short = lab.write("short", "abcdef");
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        let mode = |path: &str, bits| {
            std::fs::set_permissions(path, std::fs::Permissions::from_mode(bits)).unwrap();
        };
        mode(&short, 0o600);
        let copy = lab.write("copy", std::fs::read(&good).unwrap());
        mode(&copy, 0o644);
        refused(
            &site,
            &["--ticket-root", &copy],
            &["chmod 600", "mode 0644"],
        );
    }
    let place = format!("file:{good}");
    let cases: [(&[&str], &[&str]); 9] = [
        (
            &["--ticket-root", &missing],
            &["no such file", "--new-ticket-root"],
        ),
        (
            &["--ticket-root", &short],
            &["line 1", "64 hexadecimal digits"],
        ),
        (
            &["--session-store", "redis://h"],
            &["--ticket-root", "sealed", "--new-ticket-root"],
        ),
        (
            &["--session-store", "s3cret"],
            &["memory, file:DIR, redis://"],
        ),
        (
            &["--session-store", "redis://:s3cret@h/x"],
            &["number of a database"],
        ),
        (
            &["--session-store", &place, "--ticket-root", &good],
            &["cannot keep sessions in"],
        ),
        (
            &["--session-store", "memory", "--ticket-root", &good],
            &["nothing leaves"],
        ),
        (
            &["--session-store", "memory", "--store-pass-file", &good],
            &["in Redis"],
        ),
        (&["--store-pass-file", &good], &["--session-store"]),
    ];
    for (flags, words) in cases {
        refused(&site, flags, words);
    }
    let again = handfast(&["serve", "--new-ticket-root", &good]);
    assert!(
        !again.success() && again.stderr.contains("never written over"),
        "{again:?}"
    );
}

fn refused(site: &str, flags: &[&str], words: &[&str]) {
    let outcome = handfast_alone(&[&["serve", site, "--listen", "0"], flags].concat());
    assert_eq!(outcome.status.code(), Some(2), "{flags:?}: {outcome:?}");
    let said = String::from_utf8(outcome.stderr).unwrap();
    let said = said.split_whitespace().collect::<Vec<_>>().join(" ");
    for word in words {
        assert!(
            said.contains(word),
            "{flags:?}: {word} is missing in {said}"
        );
    }
    assert!(!said.contains("s3cret"), "{said}");
}
