//! `serve --acme`: certificates from an authority, by our own server and by liars.

mod authority;

use crate::lab::{Lab, SOON, Serving};
use authority::{Lie, Running};
use handfast::config::Trust;
use handfast::stream::Stream;
use handfast::{ClientConfig, Roots, ServerName};
use handfast_pki::load::certificates;
use std::collections::BTreeSet;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

const NAME: &str = "host.test";

/// What a test starts.
struct Own {
    lab: Lab,
    authority: Running,
}

impl Own {
    fn new(life_s: u64, lie: Lie) -> Self {
        Self {
            lab: Lab::new(),
            authority: Running::start(life_s, lie),
        }
    }

    fn serve(&self, more: &[&str]) -> Serving {
        let (site, dir) = (self.lab.file("site"), self.lab.file("acme"));
        let directory = &self.authority.directory;
        let own = [
            &*site,
            "--name",
            NAME,
            "--acme",
            directory,
            "--acme-dir",
            &dir,
        ];
        let serving = Serving::start(&[&own[..], more].concat());
        let port = serving.port();
        self.authority.places.tls.store(port, Ordering::Relaxed);
        serving
    }

    fn client(&self) -> ClientConfig {
        let mut roots = Roots::new();
        let root = certificates(self.authority.root.as_bytes()).unwrap();
        roots.add(root.into_iter().next().unwrap()).unwrap();
        let mut config = ClientConfig::new(Trust::Roots(roots));
        config.common.alpn = vec![b"http/1.1".to_vec()];
        config
    }

    fn issued(&self) -> usize {
        self.authority.issued.load(Ordering::Relaxed)
    }

    /// Waits until the first certificate is served.
    fn wait(&self, port: u16) -> Vec<u8> {
        let start = Instant::now();
        loop {
            match ask(&self.client(), port) {
                Ok(leaf) => return leaf,
                Err(why) => assert!(start.elapsed() < SOON, "{why}"),
            }
            std::thread::sleep(Duration::from_millis(50));
        }
    }
}

fn connect(config: &ClientConfig, port: u16) -> Result<Stream<TcpStream>, String> {
    let tcp = TcpStream::connect(("127.0.0.1", port)).map_err(|error| error.to_string())?;
    tcp.set_read_timeout(Some(SOON)).unwrap();
    let client = config.clone().check().unwrap();
    let name = ServerName::parse(NAME).unwrap();
    Stream::connect(&client, name, tcp).map_err(|error| error.to_string())
}

/// A page by a new connection, the server verified; gives its certificate.
fn ask(config: &ClientConfig, port: u16) -> Result<Vec<u8>, String> {
    let mut stream = connect(config, port)?;
    let leaf = stream.negotiated().unwrap().peer_chain[0].to_vec();
    let request = format!("GET /a%20b.txt HTTP/1.1\r\nHost: {NAME}\r\nConnection: close\r\n\r\n");
    stream
        .write_all(request.as_bytes())
        .map_err(|error| error.to_string())?;
    let mut answer = String::new();
    stream
        .read_to_string(&mut answer)
        .map_err(|error| error.to_string())?;
    match answer.starts_with("HTTP/1.1 200") && answer.ends_with("hello\n") {
        true => Ok(leaf),
        false => Err(answer),
    }
}

fn status(config: &ClientConfig, port: u16, path: &str) -> u16 {
    let mut stream = connect(config, port).unwrap();
    let request = format!("GET {path} HTTP/1.1\r\nHost: {NAME}\r\nConnection: close\r\n\r\n");
    stream.write_all(request.as_bytes()).unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    answer.split(' ').nth(1).unwrap().parse().unwrap()
}

/// One connection that stays, asked for a page again and again.
fn stay(config: &ClientConfig, port: u16, is_over: &AtomicBool) -> u32 {
    let mut stream = BufReader::new(connect(config, port).unwrap());
    let mut pages = 0;
    while !is_over.load(Ordering::Relaxed) {
        let request = format!("GET /a%20b.txt HTTP/1.1\r\nHost: {NAME}\r\n\r\n");
        stream.get_mut().write_all(request.as_bytes()).unwrap();
        let mut line = String::new();
        stream.read_line(&mut line).unwrap();
        assert!(line.starts_with("HTTP/1.1 200"), "{line}");
        while line.trim_end() != "hello" {
            line.clear();
            assert_ne!(stream.read_line(&mut line).unwrap(), 0, "cut off");
        }
        pages += 1;
        std::thread::sleep(Duration::from_millis(200));
    }
    pages
}

/// Certificates that live for seconds are renewed while clients come without a pause, and one
/// stays; nobody fails, and everybody sees the new ones.
fn renewed_while_clients_come(more: &[&str]) {
    let own = Own::new(12, Lie::None);
    let serving = own.serve(more);
    let port = serving.port();
    if more.contains(&"http-01") {
        let said = serving.said("http-01 is answered on");
        let http = said.rsplit(':').next().unwrap().parse().unwrap();
        own.authority.places.http.store(http, Ordering::Relaxed);
    }
    own.wait(port);
    let is_over = Arc::new(AtomicBool::new(false));
    let staying = std::thread::spawn({
        let (config, is_over) = (own.client(), Arc::clone(&is_over));
        move || stay(&config, port, &is_over)
    });
    let mut seen = BTreeSet::new();
    let (start, mut asked) = (Instant::now(), 0);
    while seen.len() < 3 {
        assert!(start.elapsed() < SOON + SOON, "{} certificates", seen.len());
        seen.insert(ask(&own.client(), port).unwrap_or_else(|why| panic!("{asked}: {why}")));
        asked += 1;
    }
    is_over.store(true, Ordering::Relaxed);
    assert!(staying.join().unwrap() > 20);
    assert!(asked > 50, "{asked}");
    assert!(own.issued() >= 3);
    let doubts = own.authority.places.doubts.lock().unwrap().clone();
    assert!(doubts.is_empty(), "{doubts:?}");
}

#[test]
fn by_tls_alpn_01_no_client_fails_while_certificates_are_renewed() {
    renewed_while_clients_come(&[]);
}

#[test]
fn by_http_01_no_client_fails_while_certificates_are_renewed() {
    renewed_while_clients_come(&["--acme-challenge", "http-01", "--acme-http-listen", "0"]);
}

#[cfg(unix)]
#[test]
fn by_dns_01_the_program_sets_the_record_and_takes_it_out() {
    use std::os::unix::fs::PermissionsExt;
    let own = Own::new(3600, Lie::None);
    let records = own.lab.write("records", "");
    *own.authority.places.dns.lock().unwrap() = records.clone().into();
    let hook = own.lab.write(
        "hook",
        format!(
            "#!/bin/sh\ncase $1 in\nset) echo \"$2 $3\" >> '{records}';;\nremove) grep -v \"^$2 \
             $3\\$\" '{records}' > '{records}.new'; mv '{records}.new' '{records}';;\nesac\n"
        ),
    );
    std::fs::set_permissions(&hook, std::fs::Permissions::from_mode(0o700)).unwrap();
    let serving = own.serve(&["--acme-challenge", "dns-01", "--acme-dns-hook", &hook]);
    own.wait(serving.port());
    assert_eq!(std::fs::read_to_string(&records).unwrap(), "");
    // A program that fails is named with what it said.
    let other = Own::new(3600, Lie::None);
    let hook = other
        .lab
        .write("hook", "#!/bin/sh\necho 'no such zone' >&2\nexit 3\n");
    std::fs::set_permissions(&hook, std::fs::Permissions::from_mode(0o700)).unwrap();
    let serving = other.serve(&["--acme-challenge", "dns-01", "--acme-dns-hook", &hook]);
    let said = serving.said("no new certificate for host.test");
    assert!(
        said.contains("set _acme-challenge.host.test: it failed with exit status: 3: no such zone"),
        "{said}"
    );
}

#[test]
fn after_a_kill_what_was_kept_is_served_without_the_authority() {
    let own = Own::new(3600, Lie::None);
    let serving = own.serve(&[]);
    let leaf = own.wait(serving.port());
    drop(serving);
    assert_eq!(own.issued(), 1);
    own.authority.stop();
    let serving = own.serve(&[]);
    assert_eq!(ask(&own.client(), serving.port()).unwrap(), leaf);
    assert_eq!(own.issued(), 1);
}

/// Every file below a folder.
fn files(dir: &str) -> Vec<PathBuf> {
    let (mut files, mut folders) = (Vec::new(), vec![PathBuf::from(dir)]);
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            let list = if path.is_dir() {
                &mut folders
            } else {
                &mut files
            };
            list.push(path);
        }
    }
    files
}

#[test]
fn killed_at_any_moment_nothing_is_half_written_and_the_next_run_goes_on() {
    let own = Own::new(3600, Lie::None);
    for ms in [0, 20, 60, 120, 250, 500, 800, 1200, 1600] {
        let serving = own.serve(&[]);
        std::thread::sleep(Duration::from_millis(ms));
        drop(serving);
        for file in files(&own.lab.file("acme")) {
            let bytes = std::fs::read(&file).unwrap();
            let name = file.file_name().unwrap().to_str().unwrap();
            if name.contains(".new-") {
                continue;
            }
            match name.rsplit('.').next() {
                Some("pem") => {
                    let found = handfast_pki::load::Contents::read(&bytes, None);
                    let found = found.unwrap_or_else(|fault| panic!("{name}: {fault}"));
                    assert_eq!(found.keys.len(), 1, "{name}");
                }
                Some("json") => assert!(
                    serde_json::from_slice::<serde_json::Value>(&bytes).is_ok(),
                    "{name}"
                ),
                _ => {}
            }
        }
    }
    let serving = own.serve(&[]);
    own.wait(serving.port());
    let left = files(&own.lab.file("acme"));
    let is_half = |file: &&PathBuf| file.to_str().unwrap().contains(".new-");
    assert_eq!(left.iter().find(is_half), None);
    assert_eq!(own.issued(), 1, "orders that were begun are gone on with");
}

#[test]
fn each_host_gets_its_own_certificate_and_one_with_a_file_keeps_it() {
    let own = Own::new(3600, Lie::None);
    let site = own.lab.file("site");
    let [one, two, three] =
        ["one.test", "two.test", "localhost"].map(|name| format!("{name}={site}"));
    let (dir, directory) = (own.lab.file("acme"), &own.authority.directory);
    let (cert, key) = (own.lab.file("server.pem"), own.lab.file("server.key"));
    let hosts = [
        "--host", &one, "--host", &two, "--host", &three, "--cert", &cert, "--key", &key,
    ];
    let acme = ["--acme", directory, "--acme-dir", &dir];
    let serving = Serving::start(&[&hosts[..], &acme].concat());
    let port = serving.port();
    own.authority.places.tls.store(port, Ordering::Relaxed);
    let start = Instant::now();
    // What has a file is served at once.
    let shown = own.lab.trusting("get", &[&serving.url("/a%20b.txt")]);
    assert_eq!(shown.text(), "hello\n", "{shown:?}");
    for name in ["one.test", "two.test"] {
        loop {
            let tcp = TcpStream::connect(("127.0.0.1", port)).unwrap();
            let client = own.client().check().unwrap();
            match Stream::connect(&client, ServerName::parse(name).unwrap(), tcp) {
                Ok(_) => break,
                Err(error) => assert!(start.elapsed() < SOON, "{name}: {error}"),
            }
            std::thread::sleep(Duration::from_millis(50));
        }
    }
    assert_eq!(own.issued(), 2);
}

#[test]
fn keys_are_not_served_even_where_their_folder_is() {
    let own = Own::new(3600, Lie::None);
    let (site, dir) = (own.lab.file("site"), own.lab.file("site/acme"));
    let directory = &own.authority.directory;
    let serving = Serving::start(&[
        &site,
        "--name",
        NAME,
        "--acme",
        directory,
        "--acme-dir",
        &dir,
        "--hidden",
    ]);
    own.authority
        .places
        .tls
        .store(serving.port(), Ordering::Relaxed);
    own.wait(serving.port());
    let files = files(&dir);
    assert!(
        files.iter().any(|file| file.ends_with("host.test.pem")),
        "{files:?}"
    );
    for path in files {
        let path = path.strip_prefix(&site).unwrap().to_str().unwrap();
        let status = status(&own.client(), serving.port(), &format!("/{path}"));
        assert_eq!(status, 404, "{path}");
    }
    // The control: the folder beside it is.
    assert_eq!(status(&own.client(), serving.port(), "/sub/c.html"), 200);
}

#[test]
fn authorities_that_lie_are_refused_in_words_and_the_server_stays() {
    let cases = [
        (Lie::Page, "not the JSON of RFC 8555"),
        (Lie::Endless, "the answer is longer than 262144 bytes"),
        (Lie::Elsewhere, "leads away from http://127.0.0.1:"),
        (Lie::Nonces, "does not take the nonce that it gave"),
        (Lie::OtherKey, "is for another key than ours"),
    ];
    for (lie, words) in cases {
        let own = Own::new(3600, lie);
        let start = Instant::now();
        let serving = own.serve(&[]);
        let said = serving.said("no new certificate for host.test");
        assert!(said.contains(words), "{lie:?}: {said}");
        assert!(said.contains("next try at 20"), "{lie:?}: {said}");
        assert!(!said.contains('\x1b'), "{lie:?}: {said:?}");
        assert!(start.elapsed() < Duration::from_secs(20), "{lie:?}");
        let refused = ask(&own.client(), serving.port()).unwrap_err();
        assert!(refused.contains("unrecognized_name"), "{lie:?}: {refused}");
        let line = serving.logged(|line| line["why"].is_string());
        assert_eq!(
            line["why"],
            "no certificate yet: the first one is still to come"
        );
        // Nothing half-done is left but what can be gone on with.
        let kept = std::fs::read_dir(own.lab.file("acme")).unwrap();
        assert!(kept.count() >= 2);
    }
}

#[test]
fn a_certificate_from_before_is_served_on_when_the_authority_begins_to_fail() {
    let own = Own::new(15, Lie::None);
    let serving = own.serve(&[]);
    own.wait(serving.port());
    own.authority.stop();
    let said = serving.said("no new certificate for host.test");
    assert!(
        said.contains("the authority does not answer: cannot connect"),
        "{said}"
    );
    assert!(said.contains("the one before is served on"), "{said}");
}

#[test]
fn flags_that_cannot_work_end_the_command() {
    let lab = Lab::new();
    let (site, dir) = (lab.file("site"), lab.file("acme"));
    let serve = |more: &[&str]| {
        let own = [
            "serve",
            &site,
            "--listen",
            "0",
            "--acme-dir",
            &dir,
            "--acme",
        ];
        crate::lab::handfast(&[&own[..], more].concat())
    };
    let url = "https://127.0.0.1:1/directory";
    let eab = lab.write("eab", "c2hvcnQ\n");
    let eab = format!("kid:{eab}");
    for (more, words) in [
        (
            &["http://ca.test/directory", "--name", NAME][..],
            "https:// is needed",
        ),
        (&["ca.test", "--name", NAME], "URL"),
        (&[url], "--name NAME"),
        (
            &[url, "--name", NAME, "--acme-challenge", "dns-01"],
            "--acme-dns-hook",
        ),
        (
            &[url, "--name", NAME, "--acme-http-listen", "0"],
            "--acme-challenge http-01",
        ),
        (
            &[url, "--name", NAME, "--acme-mail", "nobody"],
            "no mail address",
        ),
        (
            &[url, "--name", NAME, "--acme-eab", &eab],
            "at least 16 bytes",
        ),
        (
            &[url, "--name", NAME, "--acme-ca", "nowhere.pem"],
            "nowhere.pem",
        ),
    ] {
        let outcome = serve(more);
        assert_eq!(outcome.code, Some(2), "{more:?} {outcome:?}");
        let said = format!("{outcome:?}");
        assert!(said.contains(words), "{more:?} {said}");
        assert!(!said.contains("c2hvcnQ"));
    }
}
