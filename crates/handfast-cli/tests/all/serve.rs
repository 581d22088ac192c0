//! `handfast serve`.

use crate::lab::{Lab, Serving, big, handfast, year};
use std::io::{Read, Write};
use std::net::TcpStream;
use std::time::{Duration, Instant};

#[test]
fn a_folder_is_listed_and_its_index_shown() {
    let lab = Lab::new();
    lab.write("site/<i>&.txt", "");
    let server = lab.serve(&[]);
    let page = lab.trusting("get", &[&server.url("/")]).text();
    assert!(
        page.contains("<a href=\"./a%20b.txt\">a b.txt</a><td>6"),
        "{page}"
    );
    assert!(
        page.contains("<a href=\"./sub/\">sub/</a>") && page.contains("&lt;i&gt;&amp;.txt"),
        "{page}"
    );
    assert!(!page.contains("hidden") && !page.contains("<i>"), "{page}");
    let folder = lab.trusting("get", &["-L", &server.url("/sub")]).text();
    assert!(folder.contains("c.html"), "{folder}");
    lab.write("site/index.html", "welcome");
    assert_eq!(lab.trusting("get", &[&server.url("/")]).text(), "welcome");
}

#[test]
fn private_keys_are_neither_served_nor_listed() {
    let lab = Lab::new();
    let pem = "-----BEGIN PRIVATE KEY-----\nMAA=\n-----END PRIVATE KEY-----\n";
    lab.write("site/made.key", pem);
    lab.write("site/both.pem", pem);
    lab.write("site/chain.pem", "-----BEGIN CERTIFICATE-----\n");
    for flags in [&[][..], &["--hidden"]] {
        let server = lab.serve(flags);
        let page = lab.trusting("get", &[&server.url("/")]).text();
        assert!(
            page.contains("chain.pem") && !page.contains(".key"),
            "{page}"
        );
        for (path, code) in [("/made.key", 22), ("/both.pem", 22), ("/chain.pem", 0)] {
            let got = lab.trusting("get", &["--fail", &server.url(path)]);
            assert_eq!(got.code, Some(code), "{path} {got:?}");
        }
    }
}

#[test]
fn parts_of_files_are_served() {
    let lab = Lab::new();
    let server = lab.serve(&[]);
    let url = server.url("/big.bin");
    let part = lab.trusting("get", &["-H", "Range: bytes=1000-2999999", &url]);
    assert!(part.stdout == big()[1000..3_000_000]);
    let beyond = lab
        .trusting("get", &["-i", "-H", "Range: bytes=9999999-", &url])
        .text();
    assert!(
        beyond.starts_with("HTTP/2 416\r\n") && beyond.contains("content-range: bytes */3000001"),
        "{beyond}"
    );
}

#[test]
fn only_what_is_below_the_folder_is_served() {
    let lab = Lab::new();
    let server = lab.serve(&[]);
    for path in [
        "/.hidden",
        "/none",
        "/%2e%2e/root.pem",
        "/..%2froot.pem",
        "/sub/%2e%2e/%2e%2e/server.key",
    ] {
        assert_eq!(
            lab.trusting("get", &["--fail", &server.url(path)]).code,
            Some(22),
            "{path}"
        );
        assert_eq!(
            server.logged(|line| line["path"] != "/")["status"],
            404,
            "{path}"
        );
    }
    let posted = lab
        .trusting("get", &["-i", "-X", "POST", &server.url("/")])
        .text();
    assert!(
        posted.starts_with("HTTP/2 405\r\n") && posted.contains("allow: GET, HEAD"),
        "{posted}"
    );
}

#[test]
fn the_key_is_not_served_even_from_the_folder_itself() {
    let lab = Lab::new();
    let (cert, key) = (lab.file("server.pem"), lab.file("server.key"));
    let all = lab.folder.path().to_string_lossy().into_owned();
    let server = Serving::start(&[&all, "--hidden", "--cert", &cert, "--key", &key]);
    assert_eq!(
        lab.trusting("get", &["--fail", &server.url("/server.key")])
            .code,
        Some(22)
    );
    assert_eq!(
        lab.trusting("get", &["--fail", &server.url("/site/.hidden")])
            .code,
        Some(0)
    );
}

#[test]
fn hosts_are_told_apart_by_the_name_in_the_handshake() {
    let lab = Lab::new();
    let mut arguments = Vec::new();
    for name in ["one.test", "two.test"] {
        lab.keep(name, &lab.issue(&[name], year()));
        std::fs::create_dir(lab.folder.path().join(name)).unwrap();
        lab.write(&format!("{name}/who"), name);
        arguments.extend(["--host".to_owned(), format!("{name}={}", lab.file(name))]);
        arguments.extend(["--cert".to_owned(), lab.file(&format!("{name}.pem"))]);
        arguments.extend(["--key".to_owned(), lab.file(&format!("{name}.key"))]);
    }
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    let server = Serving::start(&arguments);
    let get = |name: &str, more: &[&str]| {
        let to = format!("{name}:443:127.0.0.1:{}", server.port());
        let url = format!("https://{name}/who");
        lab.trusting("get", &[&["--connect-to", &to, &url], more].concat())
    };
    assert_eq!(get("one.test", &[]).text(), "one.test");
    assert_eq!(get("two.test", &[]).text(), "two.test");
    for version in [&[][..], &["--http1.1"]] {
        let outcome = get(
            "two.test",
            &[&["-i", "-H", "Host: one.test"], version].concat(),
        );
        assert!(
            outcome.text().contains("421 Misdirected Request"),
            "{outcome:?}"
        );
    }
    let unknown = get("three.test", &[]);
    assert!(
        unknown.code == Some(35) && unknown.stderr.contains("unrecognized_name"),
        "{unknown:?}"
    );
}

#[test]
fn plain_http_is_answered_in_words() {
    let lab = Lab::new();
    let server = lab.serve(&[]);
    let url = format!("http://localhost:{}/a?b=1", server.port());
    let outcome = handfast(&["get", "-i", &url]);
    assert!(
        outcome.text().starts_with("HTTP/1.1 400 Bad Request"),
        "{outcome:?}"
    );
    let link = format!("<a href=\"https://localhost:{}/a?b=1\">", server.port());
    assert!(outcome.text().contains(&link), "{outcome:?}");
    assert!(
        server.logged(|line| line["why"].is_string())["why"]
            .as_str()
            .unwrap()
            .contains("plain HTTP")
    );
}

#[test]
fn a_development_authority_is_made_once_and_kept_private() {
    let lab = Lab::new();
    let (site, ca) = (lab.file("site"), lab.file("ca"));
    let root = lab.file("ca/root.pem");
    let first = Serving::start(&[&site, "--ca-dir", &ca, "--name", "web.example"]);
    let made = std::fs::read(&root).unwrap();
    let get = |server: &Serving, url: &str, more: &[&str]| {
        let resolve = format!("web.example:{}:127.0.0.1", server.port());
        handfast(
            &[
                &["get", "--cacert", &root, "--resolve", &resolve, url],
                more,
            ]
            .concat(),
        )
    };
    for host in ["localhost", "127.0.0.1", "web.example"] {
        let url = format!("https://{host}:{}/a%20b.txt", first.port());
        assert_eq!(get(&first, &url, &[]).text(), "hello\n", "{host}");
    }
    let second = Serving::start(&[&site, "--ca-dir", &ca, "--name", "a.test"]);
    assert_eq!(std::fs::read(&root).unwrap(), made);
    assert_eq!(
        get(&second, &second.url("/a%20b.txt"), &[]).text(),
        "hello\n"
    );
    private(&lab);
    let other = handfast(&[
        "serve",
        &site,
        "--ca-dir",
        &ca,
        "--name",
        "elsewhere.example",
        "--listen",
        "0",
    ]);
    assert!(
        other.code == Some(2) && other.stderr.contains("elsewhere.example lies in none"),
        "{other:?}"
    );
}

#[cfg(unix)]
fn private(lab: &Lab) {
    use std::os::unix::fs::PermissionsExt;
    for (name, wanted) in [
        ("ca", 0o700),
        ("ca/root.key", 0o600),
        ("ca/root.pem", 0o644),
        ("ca/ca.db", 0o600),
    ] {
        let mode = std::fs::metadata(lab.file(name))
            .unwrap()
            .permissions()
            .mode();
        assert_eq!(mode & 0o777, wanted, "{name}");
    }
}

#[cfg(not(unix))]
fn private(_: &Lab) {}

#[test]
fn a_port_that_is_taken_and_a_folder_that_is_missing_are_named() {
    let lab = Lab::new();
    let server = lab.serve(&[]);
    let (site, ca, port) = (lab.file("site"), lab.file("ca"), server.port().to_string());
    let taken = handfast(&["serve", &site, "--ca-dir", &ca, "--listen", &port]);
    assert!(
        taken.code == Some(2) && taken.stderr.contains(&port) && taken.stderr.contains("--listen"),
        "{taken:?}"
    );
    let missing = handfast(&["serve", "no-such-folder", "--ca-dir", &ca]);
    assert!(
        missing.code == Some(2) && missing.stderr.contains("no-such-folder"),
        "{missing:?}"
    );
    let key = lab.file("client.key");
    let wrong = handfast(&[
        "serve",
        &site,
        "--cert",
        &lab.file("server.pem"),
        "--key",
        &key,
    ]);
    assert!(
        wrong.code == Some(58) && wrong.stderr.contains("server.pem"),
        "{wrong:?}"
    );
}

#[test]
fn every_request_is_a_line_of_the_log() {
    let lab = Lab::new();
    let server = lab.serve(&[]);
    for path in ["/a%20b.txt?q=1", "/none"] {
        lab.trusting("get", &[&server.url(path)]);
    }
    let good = server.logged(|line| line["path"] == "/a%20b.txt?q=1");
    assert_eq!(
        (&good["status"], &good["bytes"], &good["http"]),
        (&200.into(), &6.into(), &"HTTP/2.0".into())
    );
    assert_eq!(good["schema"], "handfast.serve.request/1");
    assert_eq!(server.logged(|line| line["path"] == "/none")["status"], 404);
}

#[test]
fn a_thousand_silent_clients_do_not_stop_the_next() {
    // Each takes a descriptor here and one in the server.
    assert!(rlimit::increase_nofile_limit(u64::MAX).unwrap() > 1200);
    let lab = Lab::new();
    let server = lab.serve(&[]);
    let silent: Vec<_> = (0..1000)
        .map(|at| {
            let mut tcp = TcpStream::connect(("127.0.0.1", server.port())).unwrap();
            // Some say nothing, some begin a record and never end it.
            if at % 2 == 0 {
                tcp.write_all(&[22, 3, 1, 2, 0, 1]).unwrap();
            }
            tcp
        })
        .collect();
    let outcome = lab.trusting("get", &["--timeout", "8", &server.url("/a%20b.txt")]);
    assert_eq!(outcome.text(), "hello\n", "{outcome:?}");
    drop(silent);
}

#[test]
fn a_server_that_is_told_to_stop_finishes_what_it_began() {
    let lab = Lab::new();
    let server = lab.serve(&[]);
    let mut stream = lab_stream(&lab, server.port());
    let request = "GET /big.bin HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n";
    stream.write_all(request.as_bytes()).unwrap();
    let mut begun = [0; 1000];
    stream.read_exact(&mut begun).unwrap();
    // Whoever has not even begun is not waited for.
    let _silent = TcpStream::connect(("127.0.0.1", server.port())).unwrap();
    let _idle = lab_stream(&lab, server.port());
    server.terminate();
    std::thread::sleep(Duration::from_millis(200));
    assert!(
        TcpStream::connect(("127.0.0.1", server.port())).is_err(),
        "still listens"
    );
    let mut rest = Vec::new();
    stream.read_to_end(&mut rest).unwrap();
    assert!([&begun[..], &rest].concat().ends_with(&big()));
    let asked = Instant::now();
    assert_eq!(server.ended(), Some(0));
    assert!(asked.elapsed() < Duration::from_secs(5));
}

fn lab_stream(lab: &Lab, port: u16) -> handfast::stream::Stream<TcpStream> {
    let root =
        handfast_pki::load::certificates(&std::fs::read(lab.file("root.pem")).unwrap()).unwrap();
    let mut roots = handfast::Roots::new();
    roots.add(root[0].clone()).unwrap();
    let config = handfast::ClientConfig::new(handfast::config::Trust::Roots(roots));
    let name = handfast::ServerName::parse("localhost").unwrap();
    let tcp = TcpStream::connect(("127.0.0.1", port)).unwrap();
    handfast::stream::Stream::connect(&config.check().unwrap(), name, tcp).unwrap()
}

#[cfg(unix)]
#[test]
fn a_link_that_leads_out_of_the_folder_is_not_listed() {
    let lab = Lab::new();
    let site = std::path::PathBuf::from(lab.file("site"));
    std::os::unix::fs::symlink(lab.file("root.pem"), site.join("out.pem")).unwrap();
    std::os::unix::fs::symlink(site.join("a b.txt"), site.join("in.txt")).unwrap();
    let server = lab.serve(&[]);
    let page = lab.trusting("get", &[&server.url("/")]).text();
    assert!(page.contains("in.txt"), "{page}");
    assert!(!page.contains("out.pem"), "{page}");
}

#[test]
fn a_port_that_is_taken_leaves_no_authority_behind() {
    let lab = Lab::new();
    let taken = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let port = taken.local_addr().unwrap().port().to_string();
    let ca = lab.file("new-ca");
    let site = lab.file("site");
    let outcome = handfast(&["serve", &site, "--listen", &port, "--ca-dir", &ca]);
    assert_eq!(outcome.code, Some(2), "{outcome:?}");
    assert!(outcome.stderr.contains("another program has the port"));
    assert!(!std::path::Path::new(&ca).exists());
}
