//! `serve --protect`: pages for those who say who they are, and no way round.

use crate::lab::{Lab, SOON, Serving, command, handfast, year};
use handfast_ca::authority::Authority;
use handfast_ca::profile::{KeyKind, Profile, Validity};
use handfast_testkit::peer::Outcome;
use serde_json::Value;

/// The site with `private/`, which is protected, and a page in it.
fn serve(lab: &Lab, more: &[&str]) -> Serving {
    std::fs::create_dir_all(lab.folder.path().join("site/private/deep")).unwrap();
    lab.write("site/private/page.txt", SECRET);
    lab.write("site/private/deep/page.txt", SECRET);
    lab.write("site/a.txt", "hello\n");
    let authority = lab.file("root.pem");
    let protect = ["--client-ca", &authority, "--protect", "/private"];
    lab.serve(&[&protect, more].concat())
}

fn own(lab: &Lab, who: &str) -> [String; 4] {
    let [cert, key] = ["pem", "key"].map(|end| lab.file(&format!("{who}.{end}")));
    ["--cert".to_owned(), cert, "--key".to_owned(), key]
}

/// Says all requests at once, with a certificate of the lab or without, and gives what comes.
fn say(lab: &Lab, server: &Serving, who: Option<&str>, flags: &[&str], said: &str) -> Outcome {
    let (root, target) = (lab.file("root.pem"), format!("localhost:{}", server.port()));
    let own = who.map(|who| own(lab, who));
    let mut asked = vec!["connect", "--cacert", &root];
    asked.extend(own.iter().flatten().map(String::as_str));
    asked.extend(flags);
    asked.push(&target);
    // Who is done says so: the command waits a while for what else may come.
    let said = match said.strip_suffix("\r\n\r\n") {
        Some(said) => format!("{said}\r\nConnection: close\r\n\r\n"),
        None => said.to_owned(),
    };
    command().run(asked, said.as_bytes(), SOON).unwrap()
}

fn request(line: &str) -> String {
    format!("{line} HTTP/1.1\r\nHost: localhost\r\n\r\n")
}

/// The statuses of the answers, in their order.
fn statuses(outcome: &Outcome) -> Vec<u16> {
    let text = outcome.text();
    let heads = text.split("HTTP/1.1 ").skip(1);
    heads.map(|head| head[..3].parse().unwrap()).collect()
}

#[test]
fn a_protected_page_is_for_those_who_say_who_they_are_and_the_rest_for_all() {
    let lab = Lab::new();
    lab.keep("ada", &lab.client("Ada", Some("ada@lab.test")));
    for (version, how) in [("1.2", "renegotiation"), ("1.3", "post_handshake")] {
        let server = serve(&lab, &["--max", version]);
        let open = lab.trusting("get", &[&server.url("/a.txt")]);
        assert_eq!(open.text(), "hello\n", "{open:?}");
        let own = own(&lab, "ada");
        let own: Vec<&str> = own.iter().map(String::as_str).collect();
        let url = server.url("/private/page.txt");
        let page = lab.trusting("get", &[&own[..], &[&url]].concat());
        assert_eq!(page.text(), SECRET, "{page:?}");
        let line = server.logged(|line| line["path"] == "/private/page.txt");
        let told = [&line["client"], &line["client_by"], &line["http"]];
        assert_eq!(told, ["CN=Ada", how, "HTTP/1.1"], "{line}");
        assert_eq!(line["not_shown"], Value::Null);
        let line = server.logged(|line| line["path"] == "/a.txt");
        assert_eq!(line["client_by"], Value::Null, "{line}");
    }
}

#[test]
fn whoever_shows_nothing_is_told_what_to_do() {
    let lab = Lab::new();
    let server = serve(&lab, &[]);
    let url = server.url("/private/page.txt");
    let newer = lab.trusting("get", &["--fail", &url]);
    assert_eq!(newer.code, Some(22), "{newer:?}");
    let shown = lab.trusting("get", &[&url]).text();
    let shown = shown.split_whitespace().collect::<Vec<_>>().join(" ");
    for words in [
        "403 Forbidden",
        "by CN=Lab root",
        "post_handshake_auth",
        "--cert FILE",
    ] {
        assert!(shown.contains(words), "{shown}");
    }
    let line = server.logged(|line| line["status"] == 403);
    assert_eq!(line["not_shown"], "not_offered", "{line}");
    let older = lab.trusting("get", &["--max", "1.2", &url]);
    assert_eq!(older.code, Some(56), "{older:?}");
    let said = older
        .stderr
        .split_whitespace()
        .collect::<Vec<_>>()
        .join(" ");
    assert!(
        said.contains("renegotiate") && said.contains("--cert FILE"),
        "{said}"
    );
    assert!(!older.text().contains(SECRET));
}

#[test]
fn requests_wait_for_the_one_before_them_until_it_is_known_who_asks() {
    let lab = Lab::new();
    let all = [
        "/a.txt",
        "/private/page.txt",
        "/a.txt",
        "/private/deep/page.txt",
        "/a.txt",
    ];
    let said: String = all
        .iter()
        .map(|path| request(&format!("GET {path}")))
        .collect();
    for version in ["1.2", "1.3"] {
        let server = serve(&lab, &["--max", version]);
        let known = say(&lab, &server, Some("client"), &[], &said);
        assert_eq!(statuses(&known), [200; 5], "{known:?}");
        assert_eq!(known.text().matches(SECRET).count(), 2, "{known:?}");
    }
    // Nobody: the connection lives on.
    let server = serve(&lab, &[]);
    let unknown = say(&lab, &server, None, &[], &said);
    assert_eq!(statuses(&unknown), [200, 403, 200, 403, 200], "{unknown:?}");
    assert!(!unknown.text().contains(SECRET), "{unknown:?}");
}

#[test]
fn a_bad_certificate_ends_the_connection_with_an_alert() {
    let lab = Lab::new();
    let other = Authority::new("Other root", year(), KeyKind::EcP256).unwrap();
    let eve = other.issue_client("Eve", None, year(), KeyKind::EcP256);
    lab.keep("eve", &eve.unwrap());
    let past = Validity {
        not_before_unix: 1_000_000_000,
        not_after_unix: 1_000_086_400,
    };
    let old = Profile::client("Old", None, past, KeyKind::EcP256);
    lab.keep("old", &lab.of(&old));
    let page = request("GET /private/page.txt");
    for version in ["1.2", "1.3"] {
        let server = serve(&lab, &["--max", version]);
        for (who, why) in [
            ("eve", "issuer"),
            ("old", "expired on 2001-09-10"),
            ("server", "not meant for clientAuth"),
        ] {
            let outcome = say(&lab, &server, Some(who), &[], &page.repeat(2));
            assert_eq!(outcome.code, Some(35), "{version} {who}: {outcome:?}");
            assert!(outcome.stderr.contains("with the alert"), "{outcome:?}");
            assert!(outcome.stdout.is_empty(), "{outcome:?}");
            server.logged(|line| {
                let is_why = |words: &str| words.contains(why);
                line["schema"] == REFUSED && line["why"].as_str().is_some_and(is_why)
            });
            // The control: the open page is there for all.
            let open = say(&lab, &server, Some(who), &[], &request("GET /a.txt"));
            assert_eq!(statuses(&open), [200], "{open:?}");
        }
    }
}

#[test]
fn no_way_of_asking_leads_round_it() {
    let lab = Lab::new();
    let server = serve(&lab, &[]);
    let root = lab.folder.path().join("site");
    #[cfg(unix)]
    {
        std::os::unix::fs::symlink(root.join("private"), root.join("link")).unwrap();
        std::os::unix::fs::symlink(root.join("private/page.txt"), root.join("sub/p.txt")).unwrap();
    }
    let port = server.port();
    let absolute = [
        format!("GET https://localhost:{port}/private/page.txt"),
        format!("GET http://LOCALHOST:{port}/private/page.txt"),
    ];
    let mut lines: Vec<&str> = absolute.iter().map(String::as_str).collect();
    lines.extend([
        "GET /private/page.txt",
        "HEAD /private/page.txt",
        "GET /private/page.txt?x=/a.txt",
        "GET /private",
        "GET /private/",
        "GET //private/page.txt",
        "GET /./private/page.txt",
        "GET /private//page.txt",
        "GET /private/./page.txt",
        "GET /%70rivate/page.txt",
        "GET /private%2fpage.txt",
        "GET /%2Fprivate%2Fpage.txt",
        "GET /private/none.txt",
        "GET /link/page.txt",
        "GET /link",
        "GET /sub/p.txt",
    ]);
    let guarded = lines.len();
    lines.extend([
        // Nothing is there, whoever asks.
        "GET /sub/../private/page.txt",
        "GET /sub/%2e%2e/private/page.txt",
        "GET /sub/..%2fprivate/page.txt",
        "GET /private;/page.txt",
        "GET /private./page.txt",
        "GET /PRIVATE/page.txt",
        "GET /private%00/page.txt",
        "GET /private%252fpage.txt",
        "GET \\private\\page.txt",
        "GET /private%5cpage.txt",
        "POST /private/page.txt",
        "TRACE /private/page.txt",
        "OPTIONS /private/page.txt",
    ]);
    for (at, line) in lines.iter().enumerate() {
        // Whoever has the page already has left it in what is kept open.
        let known = say(&lab, &server, Some("client"), &[], &request(line));
        let unknown = say(&lab, &server, None, &[], &request(line));
        assert!(!unknown.text().contains(SECRET), "{line}: {unknown:?}");
        let status = statuses(&unknown);
        assert_eq!(status == [403], at < guarded, "{line}: {unknown:?}");
        assert!(
            status.iter().all(|status| *status >= 400),
            "{line}: {unknown:?}"
        );
        // The control.
        let is_page = line.starts_with("GET") && at < guarded && line.ends_with("page.txt");
        assert!(
            !is_page || known.text().contains(SECRET),
            "{line}: {known:?}"
        );
        assert!(statuses(&known) != [403], "{line}: {known:?}");
    }
}

#[test]
fn neither_parts_nor_conditions_lead_round_it() {
    let lab = Lab::new();
    let server = serve(&lab, &[]);
    let with = |header: &str| {
        format!("GET /private/page.txt HTTP/1.1\r\nHost: localhost\r\n{header}\r\n\r\n")
    };
    let first = say(&lab, &server, Some("client"), &[], &with("A: b"));
    let text = first.text();
    let etag = text
        .lines()
        .find_map(|line| line.strip_prefix("etag: "))
        .unwrap();
    let date = text
        .lines()
        .find_map(|line| line.strip_prefix("last-modified: "))
        .unwrap();
    for (header, status) in [
        ("Range: bytes=0-3".to_owned(), 206),
        ("Range: bytes=9999-".to_owned(), 416),
        (format!("If-None-Match: {etag}"), 304),
        ("If-None-Match: *".to_owned(), 304),
        (format!("If-Modified-Since: {date}"), 304),
        (format!("If-Range: {etag}\r\nRange: bytes=0-0"), 206),
        ("X-HTTP-Method-Override: HEAD".to_owned(), 200),
        ("X-Original-URL: /a.txt".to_owned(), 200),
    ] {
        let unknown = say(&lab, &server, None, &[], &with(&header));
        assert_eq!(statuses(&unknown), [403], "{header}: {unknown:?}");
        let text = unknown.text();
        assert!(
            !text.contains(etag) && !text.contains(&SECRET[..4]),
            "{text}"
        );
        let known = say(&lab, &server, Some("client"), &[], &with(&header));
        assert_eq!(statuses(&known), [status], "{header}: {known:?}");
    }
}

#[test]
fn what_one_host_protects_another_does_not_hand_out() {
    let lab = Lab::new();
    lab.keep("two", &lab.issue(&["two.test"], year()));
    let host = format!("two.test={}", lab.file("site/private"));
    let [cert, key] = ["two.pem", "two.key"].map(|name| lab.file(name));
    let server = serve(&lab, &["--host", &host, "--cert", &cert, "--key", &key]);
    let said = "GET /page.txt HTTP/1.1\r\nHost: two.test\r\n\r\n";
    let unknown = say(&lab, &server, None, &["--sni", "two.test"], said);
    assert_eq!(statuses(&unknown), [403], "{unknown:?}");
    let known = say(&lab, &server, Some("client"), &["--sni", "two.test"], said);
    assert_eq!(statuses(&known), [200], "{known:?}");
    // Nor does it under a name that the connection was not made for.
    let other = say(&lab, &server, None, &[], said);
    assert_eq!(statuses(&other), [421], "{other:?}");
}

#[test]
fn allow_names_who_may_see_what_is_protected() {
    let lab = Lab::new();
    lab.keep("ada", &lab.client("Ada", Some("ada@lab.test")));
    let said = request("GET /a.txt") + &request("GET /private/page.txt") + &request("GET /a.txt");
    for version in ["1.2", "1.3"] {
        let server = serve(&lab, &["--max", version, "--allow", "ada@lab.test"]);
        let ada = say(&lab, &server, Some("ada"), &[], &said);
        assert_eq!(statuses(&ada), [200; 3], "{ada:?}");
        let ann = say(&lab, &server, Some("client"), &[], &said);
        assert_eq!(statuses(&ann), [200, 403, 200], "{ann:?}");
        assert!(ann.text().contains("let you in: --allow Ann"), "{ann:?}");
        let line = server.logged(|line| line["status"] == 403);
        assert_eq!(
            (&line["client"], &line["allowed"]),
            (&"CN=Ann".into(), &false.into())
        );
    }
}

#[test]
fn whoever_comes_back_is_asked_again() {
    let lab = Lab::new();
    for (version, kind) in [("1.2", "ticket"), ("1.3", "psk")] {
        let server = serve(&lab, &["--max", version]);
        let file = lab.file(&format!("session{version}"));
        for (at, resumption) in [Value::Null, kind.into(), kind.into()]
            .into_iter()
            .enumerate()
        {
            let path = format!("/private/page.txt?{version}{at}");
            let said = request(&format!("GET {path}"));
            let who = (at < 2).then_some("client");
            let outcome = say(&lab, &server, who, &["--resume", &file], &said);
            // The last one does not say who it is, although it has the session of who did. It is
            // another client to the command, which then offers none.
            let is_known = at < 2;
            assert_eq!(outcome.text().contains(SECRET), is_known, "{outcome:?}");
            if is_known {
                let line = server.logged(|line| line["path"] == path.as_str());
                assert_eq!(line["resumption"], resumption, "{line}");
                assert_eq!(line["client"], "CN=Ann", "{line}");
            }
        }
    }
}

#[test]
fn nobody_is_asked_and_nothing_is_shown_before_the_handshake_is_done() {
    let lab = Lab::new();
    let server = serve(&lab, &["--early-data", "1000"]);
    let session = lab.file("session");
    let own = own(&lab, "client");
    let own: Vec<&str> = own.iter().map(String::as_str).collect();
    let get = |path: &str| {
        let url = server.url(path);
        let early = ["--resume", &session, "--early-data", &url];
        lab.trusting("get", &[&own[..], &early].concat())
    };
    assert_eq!(get("/a.txt").text(), "hello\n");
    assert_eq!(get("/private/page.txt").text(), SECRET);
    let is_page = |line: &Value| line["path"] == "/private/page.txt";
    let early = server.logged(|line| is_page(line) && line["early_data"] == true);
    assert_eq!(
        (&early["status"], &early["client"]),
        (&425.into(), &Value::Null)
    );
    let late = server.logged(|line| is_page(line) && line["early_data"] == false);
    assert_eq!(
        (&late["status"], &late["client"]),
        (&200.into(), &"CN=Ann".into())
    );
    // The control: an open page is answered early.
    assert_eq!(get("/a.txt").text(), "hello\n");
    let open = server.logged(|line| line["path"] == "/a.txt");
    assert_eq!(
        (&open["status"], &open["early_data"]),
        (&200.into(), &true.into())
    );
    // Whoever stands in between and says so is told the same.
    let said = "GET /private/page.txt HTTP/1.1\r\nHost: localhost\r\nEarly-Data: 1\r\n\r\n";
    let passed_on = say(&lab, &server, Some("client"), &[], said);
    assert_eq!(statuses(&passed_on), [425], "{passed_on:?}");
}

#[test]
fn http_2_is_not_offered_where_somebody_may_be_asked() {
    let lab = Lab::new();
    let server = serve(&lab, &[]);
    let outcome = say(&lab, &server, None, &["--alpn", "h2"], "");
    assert_eq!(outcome.code, Some(35), "{outcome:?}");
    assert!(
        outcome.stderr.contains("no_application_protocol"),
        "{outcome:?}"
    );
    let both = say(
        &lab,
        &server,
        None,
        &["--alpn", "h2,http/1.1"],
        &request("GET /a.txt"),
    );
    assert_eq!(statuses(&both), [200], "{both:?}");
    let control = lab.serve(&[]);
    let outcome = say(&lab, &control, None, &["--alpn", "h2"], "");
    assert!(outcome.stderr.contains("ALPN      h2"), "{outcome:?}");
}

#[test]
fn a_clients_own_wish_for_new_keys_is_granted_declined_or_refused() {
    let lab = Lab::new();
    let said = request("GET /a.txt");
    lab.write("site/a.txt", "hello\n");
    // By KeyUpdate every connection gets them.
    let (plain, protecting) = (lab.serve(&[]), serve(&lab, &[]));
    for server in [&plain, &protecting] {
        let outcome = say(&lab, server, None, &["--renew-keys"], &said);
        assert_eq!(statuses(&outcome), [200], "{outcome:?}");
        let words = "renewed   both sides have new keys";
        assert!(outcome.stderr.contains(words), "{outcome:?}");
    }
    let older = ["--renew-keys", "--max", "1.2"];
    let declined = say(&lab, &protecting, None, &older, &said);
    assert_eq!(statuses(&declined), [200], "{declined:?}");
    assert!(
        declined.stderr.contains("the server declines"),
        "{declined:?}"
    );
    // Who renegotiates with nobody says so and is gone.
    let refused = say(&lab, &plain, None, &older, &said);
    assert_eq!(refused.code, Some(35), "{refused:?}");
    assert!(refused.stderr.contains("no_renegotiation"), "{refused:?}");
    let target = format!("localhost:{}", plain.port());
    let json = lab.trusting("connect", &["--json", "--renew-keys", &target]);
    let json: Value = serde_json::from_str(&json.text()).unwrap();
    assert_eq!(json["result"]["renewed_keys"], "done", "{json}");
}

#[test]
fn what_protects_nothing_is_told() {
    let lab = Lab::new();
    let (root, site) = (lab.file("root.pem"), lab.file("site"));
    let alone = handfast(&["serve", "--protect", "/private", &site]);
    assert_eq!(alone.code, Some(2), "{alone:?}");
    assert!(alone.stderr.contains("--client-ca"), "{alone:?}");
    for path in ["private", "/../private", "/a?b"] {
        let outcome = handfast(&["serve", "--client-ca", &root, "--protect", path, &site]);
        assert_eq!(outcome.code, Some(2), "{outcome:?}");
    }
    let server = serve(&lab, &["--protect", "/privat"]);
    server.said("--protect /privat: nothing is there");
    assert!(!server.all_said().concat().contains("/private: nothing"));
}

const REFUSED: &str = "handfast.serve.refused/1";
const SECRET: &str = "quite secret\n";
