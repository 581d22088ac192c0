//! `serve --crl` and `--staple`: whom a list lets in, while it changes, and on sessions.

use crate::lab::{Lab, SOON, Serving, command, handfast};
use handfast_pki::load::to_pem;
use handfast_testkit::made::certificate::{Draft, issuer_key_id, purpose};
use handfast_testkit::peer::Outcome;
use handfast_testkit::revocation::world::{SERIAL, World};
use std::io::BufRead;
use std::time::{Duration, Instant};

/// The world's authorities, its server and a client of the same key, as files.
fn world(lab: &Lab) -> World {
    let world = World::new();
    let client = Draft::new("Alice", "Issuer", world.leaf_key.public_spki())
        .numbered(SERIAL)
        .with(purpose(2))
        .with(issuer_key_id(b"issuer"))
        .signed_by(&world.issuer_key);
    let pem = |der: &[u8]| to_pem("CERTIFICATE", der).to_string();
    lab.write("world.pem", pem(&world.root));
    lab.write("alice.pem", pem(&client) + &pem(&world.issuer));
    lab.write("stapling.pem", pem(&world.leaf) + &pem(&world.issuer));
    let key = world.leaf_key.to_pkcs8_der().expect("the key");
    lab.write("world.key", to_pem("PRIVATE KEY", &key).as_bytes());
    world
}

fn lists(lab: &Lab, name: &str, lists: &[Vec<u8>]) -> String {
    let pem = lists.iter().map(|der| to_pem("X509 CRL", der).to_string());
    lab.write(name, pem.collect::<String>())
}

fn clean(world: &World) -> Vec<Vec<u8>> {
    let list = world.list().signed_by(&world.issuer_key);
    vec![list, world.roots_list()]
}

fn revoking(world: &World) -> Vec<Vec<u8>> {
    let list = world.revoking(1).signed_by(&world.issuer_key);
    vec![list, world.roots_list()]
}

/// Alice asks, with a session in `alice.session`.
fn ask(lab: &Lab, server: &Serving) -> Outcome {
    let target = format!("localhost:{}", server.port());
    let [root, session, cert, key] =
        ["root.pem", "alice.session", "alice.pem", "world.key"].map(|name| lab.file(name));
    let asked = [
        "connect", "--cacert", &root, "--resume", &session, "--cert", &cert, "--key", &key, &target,
    ];
    let request = b"GET /a%20b.txt HTTP/1.0\r\nHost: localhost\r\n\r\n";
    command().run(asked, request, SOON).unwrap()
}

#[test]
fn a_client_is_shut_out_by_the_list_that_comes_while_the_server_runs() {
    let lab = Lab::new();
    let world = world(&lab);
    let (authority, crl) = (
        lab.file("world.pem"),
        lists(&lab, "now.crl", &clean(&world)),
    );
    let server = lab.serve(&["--client-ca", &authority, "--crl", &crl]);
    for resumed in [false, true] {
        let outcome = ask(&lab, &server);
        assert!(outcome.text().contains("hello"), "{outcome:?}");
        assert_eq!(outcome.stderr.contains("resumed"), resumed, "{outcome:?}");
    }
    lists(&lab, "now.crl", &revoking(&world));
    let patience = Instant::now() + Duration::from_secs(20);
    loop {
        let outcome = ask(&lab, &server);
        if outcome.code != Some(0) {
            assert!(
                outcome.stderr.contains("certificate_revoked"),
                "{outcome:?}"
            );
            break;
        }
        assert!(Instant::now() < patience, "the list is read anew");
        std::thread::sleep(Duration::from_millis(200));
    }
}

#[test]
fn a_revoked_client_that_is_asked_later_is_shut_out_too() {
    let lab = Lab::new();
    let world = world(&lab);
    let authority = lab.file("world.pem");
    let lists = [
        lists(&lab, "clean.crl", &clean(&world)),
        lists(&lab, "revoking.crl", &revoking(&world)),
    ];
    for version in ["1.2", "1.3"] {
        for (crl, code) in [(&lists[0], 0), (&lists[1], 35)] {
            let rules = ["--client-ca", &authority, "--crl", crl, "--max", version];
            let server = lab.serve(&[&rules[..], &["--protect", "/"]].concat());
            // That of another server.
            let _ = std::fs::remove_file(lab.file("alice.session"));
            for _ in 0..2 {
                let outcome = ask(&lab, &server);
                assert_eq!(outcome.code, Some(code), "{version}: {outcome:?}");
                let is_told = outcome.stderr.contains("certificate_revoked");
                assert_eq!(is_told, code == 35, "{version}: {outcome:?}");
                assert_eq!(outcome.text().contains("hello"), code == 0, "{outcome:?}");
            }
        }
    }
}

#[test]
fn who_is_on_no_list_at_all_is_let_in_by_soft_alone() {
    let lab = Lab::new();
    let world = world(&lab);
    let authority = lab.file("world.pem");
    // The root's list is missing: nobody vouches for the issuer.
    let partly = lists(&lab, "partly.crl", &clean(&world)[..1]);
    let only_revoking = lists(&lab, "revoking.crl", &revoking(&world)[..1]);
    for (crl, mode, let_in) in [
        (&partly, "hard", false),
        (&partly, "soft", true),
        (&only_revoking, "soft", false),
    ] {
        let server = lab.serve(&[
            "--client-ca",
            &authority,
            "--crl",
            crl,
            "--revocation",
            mode,
        ]);
        let outcome = ask(&lab, &server);
        assert_eq!(outcome.code == Some(0), let_in, "{mode}: {outcome:?}");
    }
}

#[test]
fn what_is_no_list_or_no_response_is_refused_before_anything_is_served() {
    let lab = Lab::new();
    world(&lab);
    let [authority, cert, key] =
        ["world.pem", "stapling.pem", "world.key"].map(|name| lab.file(name));
    for arguments in [
        vec!["--client-ca", &authority, "--crl", &authority],
        vec!["--cert", &cert, "--key", &key, "--staple", &authority],
    ] {
        let outcome = handfast(&[&["serve"], &arguments[..], &["."]].concat());
        assert_eq!(outcome.code, Some(2), "{outcome:?}");
        assert!(outcome.stderr.contains("world.pem: "), "{outcome:?}");
    }
    let outcome = handfast(&["serve", "--crl", &authority, "."]);
    assert_eq!(outcome.code, Some(2), "{outcome:?}");
}

/// The world's server, stapling what the file holds.
fn stapling(lab: &Lab, staple: &str) -> Serving {
    let [site, cert, key] = ["site", "stapling.pem", "world.key"].map(|name| lab.file(name));
    Serving::start(&[&site, "--cert", &cert, "--key", &key, "--staple", staple])
}

/// What the world's issuer answers: good, or revoked.
fn answer(world: &World, good: bool) -> Vec<u8> {
    let mut answer = world.answer();
    if !good {
        answer.status = handfast_testkit::made::ocsp::revoked(world.now - 3600, 1);
    }
    answer.signed_by(&world.issuer_key)
}

#[test]
fn a_client_sees_what_is_stapled_now() {
    let lab = Lab::new();
    let world = world(&lab);
    let authority = lab.file("world.pem");
    let staple = lab.write("staple.der", answer(&world, true));
    let server = stapling(&lab, &staple);
    let get = || handfast(&["get", "--cacert", &authority, &server.url("/a%20b.txt")]);
    assert_eq!(get().code, Some(0));
    // What is no response changes nothing.
    lab.write("staple.der", "no response");
    std::thread::sleep(Duration::from_millis(1500));
    assert_eq!(get().code, Some(0));
    lab.write("staple.der", answer(&world, false));
    let patience = Instant::now() + Duration::from_secs(20);
    while get().code != Some(91) {
        assert!(Instant::now() < patience, "the response is read anew");
        std::thread::sleep(Duration::from_millis(200));
    }
}

#[test]
fn what_clients_will_refuse_is_warned_of_when_the_server_starts() {
    let lab = Lab::new();
    let world = world(&lab);
    let [cert, key, root] = ["stapling.pem", "world.key", "world.pem"].map(|name| lab.file(name));
    let feature = [0x2b, 6, 1, 5, 5, 7, 1, 24];
    let feature = handfast_testkit::made::der::extension_of(&feature, false, &[0x30, 3, 2, 1, 5]);
    let bound = to_pem("CERTIFICATE", &world.leaf_with(vec![feature]));
    let bound = lab.write("bound.pem", bound.as_bytes());
    let mut other = world.answer();
    other.serial = vec![9];
    let other = lab.write("other.der", other.signed_by(&world.issuer_key));
    let good = lab.write("good.der", answer(&world, true));
    let revoked = lab.write("revoked.der", answer(&world, false));
    let partly = lists(&lab, "partly.crl", &clean(&world)[..1]);
    let whole = lists(&lab, "whole.crl", &clean(&world));
    for (cert, more, words) in [
        (
            &cert,
            ["--staple", &other, "", ""],
            Some("about another certificate"),
        ),
        (
            &cert,
            ["--staple", &revoked, "", ""],
            Some("says revoked since"),
        ),
        (&cert, ["--staple", &good, "", ""], None),
        (
            &bound,
            ["", "", "", ""],
            Some("must come with a stapled OCSP response"),
        ),
        (&bound, ["--staple", &good, "", ""], None),
        (
            &cert,
            ["--client-ca", &root, "--crl", &partly],
            Some("no --crl is of CN=Root"),
        ),
        (&cert, ["--client-ca", &root, "--crl", &whole], None),
    ] {
        let mut asked = vec!["serve", "--cert", cert, "--key", &key];
        asked.extend(more.into_iter().filter(|one| !one.is_empty()));
        let outcome = started(&asked);
        let said = outcome.split_whitespace().collect::<Vec<_>>().join(" ");
        match words {
            Some(words) => assert!(said.contains(words), "{asked:?}: {said}"),
            None => assert!(!said.contains("warning:"), "{asked:?}: {said}"),
        }
    }
}

/// What a server says until it serves.
fn started(arguments: &[&str]) -> String {
    let mut child = command()
        .command()
        .args(arguments)
        .args(["--listen", "0", "."])
        .stdin(std::process::Stdio::null())
        .stdout(std::process::Stdio::null())
        .stderr(std::process::Stdio::piped())
        .spawn()
        .unwrap();
    let mut lines = std::io::BufReader::new(child.stderr.take().unwrap()).lines();
    let mut said = String::new();
    for line in lines.by_ref() {
        let line = line.unwrap();
        if line.contains("https://") {
            break;
        }
        said += &line;
        said.push('\n');
    }
    child.kill().unwrap();
    child.wait().unwrap();
    said
}
