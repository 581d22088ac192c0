//! `--revocation`, `--crl` and `--fetch-issuers` of `get` and `connect`.

use crate::lab::{Lab, SOON, Serving, command};
use handfast::PrivateKey;
use handfast::stream::now;
use handfast_ca::issued::Issued;
use handfast_pki::fingerprint::sha256;
use handfast_pki::load::certificates;
use handfast_testkit::made::certificate::{
    Draft, alternative_names, authority, dns, key, purpose, signs_all, uri,
};
use handfast_testkit::made::der::{extension_of, sequence};
use handfast_testkit::made::{crl, ocsp};
use handfast_testkit::peer::Outcome;
use handfast_testkit::web::{Say, Web, ok, status};
use serde_json::Value;
use std::time::{Duration, Instant};

/// An authority of its own, a folder to serve, and a cache.
struct World {
    lab: Lab,
    key: PrivateKey,
    root: Vec<u8>,
}

fn seconds() -> i64 {
    i64::try_from(now().unix_s()).unwrap()
}

/// authorityInfoAccess: 1 is a responder, 2 an issuer.
fn access(kind: u8, url: &str) -> Vec<u8> {
    let method = [6, 8, 0x2b, 6, 1, 5, 5, 7, 48, kind];
    let value = sequence(&[&sequence(&[&method, &uri(url)])]);
    extension_of(&[0x2b, 6, 1, 5, 5, 7, 1, 1], false, &value)
}

fn list_at(url: &str) -> Vec<u8> {
    crl::points(&[&[crl::full_name(url)]])
}

impl World {
    fn new() -> Self {
        let key = key();
        let root = Draft::new("root", "root", key.public_spki())
            .with(authority(None))
            .with(signs_all())
            .signed_by(&key);
        let lab = Lab::new();
        let pem = handfast_ca::issued::certificate_pem(&root.clone().into());
        lab.write("anchor.pem", pem);
        Self { lab, key, root }
    }

    /// A server for localhost of serial number 1, by the root, running.
    fn serve(&self, extension: Vec<u8>, more: &[&str]) -> Serving {
        self.serve_by("root", &self.key, extension, more)
    }

    fn serve_by(
        &self,
        issuer: &str,
        signer: &PrivateKey,
        extension: Vec<u8>,
        more: &[&str],
    ) -> Serving {
        let own = key();
        let leaf = Draft::new("leaf", issuer, own.public_spki())
            .with(alternative_names(&[dns("localhost")]))
            .with(purpose(1))
            .with(extension)
            .signed_by(signer);
        self.lab
            .keep("leaf", &Issued::from_parts(vec![leaf.into()], own));
        let (site, cert, key) = (
            self.lab.file("site"),
            self.lab.file("leaf.pem"),
            self.lab.file("leaf.key"),
        );
        Serving::start(&[&[&site as &str, "--cert", &cert, "--key", &key], more].concat())
    }

    fn list(&self, revoking: bool) -> Vec<u8> {
        let mut list = crl::Draft::new("root", seconds() - 1_000, seconds() + 100_000);
        if revoking {
            list = list.and(crl::entry(&[1], seconds() - 1_000, &[crl::reason(1)]));
        }
        list.signed_by(&self.key)
    }

    fn response(&self, revoking: bool) -> Vec<u8> {
        let (then, next) = (seconds() - 1_000, seconds() + 100_000);
        let mut answer = ocsp::Draft::new(&self.root, "root", &[1], then, next);
        if revoking {
            answer = answer.saying(&ocsp::revoked(then, 1));
        }
        answer.signed_by(&self.key)
    }

    /// `handfast VERB`, with a cache of this name.
    fn run(&self, cache: &str, verb: &str, arguments: &[&str]) -> Outcome {
        let (anchor, cache) = (self.lab.file("anchor.pem"), self.lab.file(cache));
        let all = [&[verb, "--cacert", &anchor], arguments].concat();
        let command = command().with_variable("XDG_CACHE_HOME", &cache);
        command.run(&all, b"", SOON).unwrap()
    }

    /// `handfast get` of a page, with nothing in the cache, private addresses allowed.
    fn get(&self, server: &Serving, arguments: &[&str]) -> Outcome {
        let url = server.url("/a%20b.txt");
        let fresh = format!("cache-{:?}", Instant::now());
        let all = [arguments, &["--fetch-private", &url]].concat();
        self.run(&fresh, "get", &all)
    }
}

fn code(outcome: &Outcome) -> i32 {
    let came = outcome.text() == "hello\n";
    assert_eq!(outcome.success(), came, "{outcome:?}");
    outcome.code.unwrap()
}

#[test]
fn a_list_and_a_responder_decide_under_hard_and_soft() {
    let world = World::new();
    for revoking in [false, true] {
        let expected = if revoking { 91 } else { 0 };
        let lists = Web::saying(ok(&world.list(revoking)));
        let responder = Web::saying(ok(&world.response(revoking)));
        for (web, extension) in [
            (&lists, list_at(&lists.url("/root.crl"))),
            (&responder, access(1, &responder.url("/"))),
        ] {
            let server = world.serve(extension, &[]);
            for mode in ["hard", "soft"] {
                let outcome = world.get(&server, &["--revocation", mode]);
                assert_eq!(code(&outcome), expected, "{outcome:?}");
                let said = outcome.stderr.contains("(keyCompromise)");
                assert_eq!(said, revoking, "{outcome:?}");
            }
            assert_eq!(web.count(), 2);
            // Control: nothing is asked without being told to.
            assert_eq!(code(&world.get(&server, &[])), 0);
            assert_eq!(web.count(), 2);
        }
    }
}

#[test]
fn what_nobody_tells_passes_softly_and_not_hard_and_each_fetch_is_named() {
    let world = World::new();
    let web = Web::saying(status("404 Not Found"));
    let server = world.serve(list_at(&web.url("/root.crl")), &[]);
    let outcome = world.get(&server, &["--revocation", "soft"]);
    assert_eq!(code(&outcome), 0);
    let told = "warning: not known whether the server's certificates are revoked";
    assert!(outcome.stderr.contains(told), "{outcome:?}");
    assert!(outcome.stderr.contains("HTTP status 404"), "{outcome:?}");
    let quiet = world.get(&server, &["-q", "--revocation", "soft"]);
    assert_eq!((code(&quiet), quiet.stderr.as_str()), (0, ""));
    let outcome = world.get(&server, &["--revocation", "hard"]);
    assert_eq!(code(&outcome), 91);
    let fetch = format!("fetch: CRL {}: HTTP status 404", web.url("/root.crl"));
    assert!(outcome.stderr.contains(&fetch), "{outcome:?}");
    assert!(outcome.stderr.contains("cannot be said"), "{outcome:?}");
}

#[test]
fn what_the_cache_has_is_fetched_anew_where_that_is_said() {
    let world = World::new();
    let web = Web::saying(ok(&world.list(false)));
    let server = world.serve(list_at(&web.url("/root.crl")), &[]);
    let url = server.url("/a%20b.txt");
    let asked = ["--revocation", "hard", "--fetch-private", &url];
    for count in [1, 1] {
        let outcome = world.run("kept", "get", &asked);
        assert_eq!((code(&outcome), web.count()), (0, count));
    }
    let anew = [&["--no-cache"], &asked[..]].concat();
    assert_eq!(code(&world.run("kept", "get", &anew)), 0);
    assert_eq!(web.count(), 2);
}

#[test]
fn private_addresses_are_not_asked_unless_that_is_said() {
    let world = World::new();
    let web = Web::saying(ok(&world.list(false)));
    let server = world.serve(list_at(&web.url("/root.crl")), &[]);
    let url = server.url("/a%20b.txt");
    let outcome = world.run("cache", "get", &["--revocation", "hard", &url]);
    assert_eq!((code(&outcome), web.count()), (91, 0));
    assert!(outcome.stderr.contains("is not asked"), "{outcome:?}");
    assert_eq!(code(&world.get(&server, &["--revocation", "hard"])), 0);
    assert_eq!(web.count(), 1);
}

#[test]
fn a_staple_and_a_list_at_hand_spare_the_fetch() {
    let world = World::new();
    let web = Web::saying(status("404 Not Found"));
    for revoking in [false, true] {
        let expected = if revoking { 91 } else { 0 };
        let staple = world.lab.write("staple.der", world.response(revoking));
        let server = world.serve(access(1, &web.url("/")), &["--staple", &staple]);
        // A staple is looked at even where nothing is asked.
        for mode in ["hard", "soft", "off"] {
            let outcome = world.get(&server, &["--revocation", mode]);
            assert_eq!(code(&outcome), expected, "{outcome:?}");
        }
        let list = world.lab.write("list.crl", world.list(revoking));
        let server = world.serve(access(1, &web.url("/")), &[]);
        let outcome = world.get(&server, &["--revocation", "hard", "--crl", &list]);
        assert_eq!(code(&outcome), expected, "{outcome:?}");
    }
    assert_eq!(web.count(), 0);
}

#[test]
fn a_missing_issuer_is_fetched_where_that_is_said() {
    let world = World::new();
    let own = key();
    let middle = Draft::new("middle", "root", own.public_spki())
        .numbered(&[2])
        .with(authority(None))
        .with(signs_all())
        .signed_by(&world.key);
    let web = Web::saying(ok(&middle));
    let server = world.serve_by("middle", &own, access(2, &web.url("/middle.cer")), &[]);
    let outcome = world.get(&server, &[]);
    assert_eq!((code(&outcome), web.count()), (60, 0));
    assert!(outcome.stderr.contains("--fetch-issuers"), "{outcome:?}");
    let outcome = world.get(&server, &["--fetch-issuers", "-v"]);
    assert_eq!((code(&outcome), web.count()), (0, 1));
    assert!(outcome.stderr.contains("server    verified"), "{outcome:?}");
    let fetch = format!(
        "* fetch issuer {}: {} bytes",
        web.url("/middle.cer"),
        middle.len()
    );
    assert!(outcome.stderr.contains(&fetch), "{outcome:?}");
}

#[test]
fn a_pin_or_a_record_is_asked_for_beside_revocation() {
    let world = World::new();
    for (revoking, expected) in [(false, 0), (true, 91)] {
        let web = Web::saying(ok(&world.list(revoking)));
        let server = world.serve(list_at(&web.url("/root.crl")), &[]);
        let pem = std::fs::read(world.lab.file("leaf.pem")).unwrap();
        let leaf = certificates(&pem).unwrap().remove(0);
        let pin = |der: &[u8]| {
            let hex: String = sha256(der)
                .iter()
                .map(|byte| format!("{byte:02x}"))
                .collect();
            format!("cert-sha256/{hex}")
        };
        let record = |usage: &str, der: &[u8]| {
            let hex: String = der.iter().map(|byte| format!("{byte:02x}")).collect();
            format!("{usage} 0 0 {hex}")
        };
        let hard = |flag: &str, value: &str| {
            let outcome = world.get(&server, &["--revocation", "hard", flag, value]);
            code(&outcome)
        };
        assert_eq!(hard("--pin", &pin(&leaf)), expected);
        assert_eq!(hard("--tlsa", &record("1", &leaf)), expected);
        assert_eq!(hard("--tlsa", &record("2", &world.root)), expected);
        assert_eq!(web.count(), 3);
        // Control: by the pin alone it passes, and another pin does not.
        assert_eq!(code(&world.get(&server, &["--pin", &pin(&leaf)])), 0);
        assert_eq!(
            hard("--pin", &pin(b"another")),
            if revoking { 91 } else { 60 }
        );
        // RFC 7671 s5.1: such a record alone speaks for the certificate, and nobody is asked.
        let before = web.count();
        assert_eq!(hard("--tlsa", &record("3", &leaf)), 0);
        assert_eq!(web.count(), before);
    }
}

#[test]
fn the_cache_serves_the_next_run() {
    let world = World::new();
    let web = Web::saying(ok(&world.list(false)));
    let server = world.serve(list_at(&web.url("/root.crl")), &[]);
    let url = server.url("/a%20b.txt");
    let arguments = ["--json", "--revocation", "hard", "--fetch-private", &url];
    for origin in ["network", "disk", "disk"] {
        let outcome = world.run("kept", "get", &arguments);
        let document: Value = serde_json::from_str(&outcome.text()).unwrap();
        let tls = &document["result"]["tls"];
        assert_eq!(tls["verified"], true, "{document}");
        assert_eq!(tls["revocation"][0]["status"], "good", "{document}");
        assert_eq!(tls["fetched"][0]["origin"], origin, "{document}");
        assert_eq!(tls["fetched"][0]["url"], web.url("/root.crl"));
    }
    assert_eq!(web.count(), 1);
    assert!(
        world
            .lab
            .folder
            .path()
            .join("kept/handfast/fetched")
            .is_dir()
    );
}

#[test]
fn a_silent_server_costs_a_share_of_the_handshakes_time() {
    let world = World::new();
    let web = Web::saying(vec![Say::Wait(9_000)]);
    let server = world.serve(list_at(&web.url("/root.crl")), &[]);
    let begun = Instant::now();
    assert_eq!(
        code(&world.get(&server, &["-m", "2", "--revocation", "soft"])),
        0
    );
    let outcome = world.get(&server, &["-m", "2", "--revocation", "hard"]);
    assert_eq!(code(&outcome), 91);
    assert!(
        outcome.stderr.contains("nothing whole within"),
        "{outcome:?}"
    );
    assert!(begun.elapsed() < Duration::from_secs(8));
}

#[test]
fn connect_asks_too_and_a_session_does_not_go_on_past_a_revocation() {
    let world = World::new();
    let good = Web::saying(ok(&world.list(false)));
    let server = world.serve(list_at(&good.url("/root.crl")), &[]);
    let target = format!("localhost:{}", server.port());
    let session = world.lab.file("session");
    let list = world.lab.write("revoking.crl", world.list(true));
    let usual = [
        "--revocation",
        "hard",
        "--fetch-private",
        "--resume",
        &session,
    ];
    let connect = |cache, more: &[&str]| {
        world.run(cache, "connect", &[&usual[..], more, &[&target]].concat())
    };
    let outcome = connect("one", &[]);
    assert!(outcome.success(), "{outcome:?}");
    let outcome = connect("one", &[]);
    assert!(outcome.stderr.contains("resumed by"), "{outcome:?}");
    assert!(
        outcome.stderr.contains("0 not revoked, says CRL 0"),
        "{outcome:?}"
    );
    let outcome = connect("one", &["--crl", &list]);
    assert_eq!(outcome.code, Some(91), "{outcome:?}");
}

#[test]
fn flags_that_would_say_nothing_are_wrong_usage() {
    let world = World::new();
    let list = world.lab.write("list.crl", world.list(false));
    for arguments in [
        &["--crl", &list][..],
        &["-k", "--revocation", "hard"],
        &["-k", "--fetch-issuers"],
        &["--revocation", "perhaps"],
        &["--revocation", "hard", "--crl", "/no/such/file"],
    ] {
        let all = [arguments, &["https://localhost:1/"]].concat();
        let outcome = world.run("cache", "get", &all);
        assert_eq!(outcome.code, Some(2), "{outcome:?}");
    }
}
