//! The story of an authority, from its making to a user who is shut out.

use crate::ca::Own;
use crate::lab::{SOON, Serving, command, handfast};
use handfast_pki::load::{certificates, to_pem};
use handfast_testkit::peer::{Outcome, free_port};
use std::time::{Duration, Instant};

/// Words that must stand in what was said, and how it ended.
fn ended(outcome: &Outcome, code: i32, words: &[&str]) {
    assert_eq!(outcome.code, Some(code), "{outcome:?}");
    let said = format!("{}{}", outcome.text(), outcome.stderr);
    for words in words {
        assert!(said.contains(words), "{words}: {outcome:?}");
    }
}

/// A server under the certificate of `STEM.pem` with the key of `KEY.key`.
fn serve(own: &Own, stem: &str, key: &str, more: &[&str]) -> Serving {
    let (cert, key) = (
        own.file(&format!("{stem}.pem")),
        own.file(&format!("{key}.key")),
    );
    let site = own.file("site");
    Serving::start(&[&[&*site, "--cert", &cert, "--key", &key], more].concat())
}

/// Fetches a page of the server by the name `host`.
fn get(own: &Own, server: &Serving, host: &str, more: &[&str]) -> Outcome {
    let port = server.port();
    let (resolve, url) = (
        format!("{host}:{port}:127.0.0.1"),
        format!("https://{host}:{port}/a%20b.txt"),
    );
    let flags = ["get", "--resolve", &resolve];
    let root = own.file("ca/root.pem");
    let trust: &[&str] = match more.contains(&"--trust") {
        true => &[],
        false => &["--cacert", &root],
    };
    handfast(&[&flags[..], trust, more, &[&url]].concat())
}

/// The same, asking the responder that the certificates name; what is fetched is kept in `CACHE`.
fn by_network(own: &Own, server: &Serving, cache: &str) -> Outcome {
    let port = server.port();
    let (resolve, url) = (
        format!("api.local:{port}:127.0.0.1"),
        format!("https://api.local:{port}/a%20b.txt"),
    );
    let root = own.file("ca/root.pem");
    let flags = ["get", "--resolve", &resolve, "--cacert", &root];
    let asking = ["--revocation", "hard", "--fetch-private", &url];
    let command = command().with_variable("XDG_CACHE_HOME", &own.file(cache));
    command
        .run([&flags[..], &asking].concat(), b"", SOON)
        .unwrap()
}

/// Connects as a user, with the session that is kept in `STEM.session`.
fn come(own: &Own, server: &Serving, stem: &str) -> Outcome {
    let target = format!("localhost:{}", server.port());
    let ending = |ending: &str| own.file(&format!("{stem}.{ending}"));
    let (cert, key, session) = (ending("pem"), ending("key"), ending("session"));
    let root = own.file("ca/root.pem");
    let asked = [
        "connect", "--cacert", &root, "--cert", &cert, "--key", &key, "--resume", &session, &target,
    ];
    let request = b"GET /a%20b.txt HTTP/1.0\r\nHost: localhost\r\n\r\n";
    command().run(asked, request, SOON).unwrap()
}

/// Writes `forged.pem`: the certificate with one letter of its host's name changed, and its chain.
fn forge(own: &Own, stem: &str) {
    let pem = std::fs::read(own.file(&format!("{stem}.pem"))).unwrap();
    let chain = certificates(&pem).unwrap();
    let mut leaf = chain[0].to_vec();
    let mut changed = 0;
    while let Some(at) = leaf.windows(9).position(|part| part == b"api.local") {
        leaf[at + 2] = b'j';
        changed += 1;
    }
    assert_eq!(changed, 2, "the common name and the alternative name");
    let pem = |der: &[u8]| to_pem("CERTIFICATE", der).to_string();
    own.lab.write("forged.pem", pem(&leaf) + &pem(&chain[1]));
}

#[test]
fn an_authority_from_its_making_to_a_user_who_is_shut_out() {
    // Make a CA; request, sign and install a certificate; serve HTTPS with it.
    let url = format!("http://127.0.0.1:{}", free_port().unwrap());
    let own = Own::new(&["--url", &url]);
    let (csr, pem) = (own.file("api.csr"), own.file("api.pem"));
    let requested = handfast(&["cert", "csr", "-o", &csr, "api.local", "localhost"]);
    ended(&requested, 0, &[]);
    ended(
        &own.ca("sign", &["-o", &pem, &csr]),
        0,
        &["api.local", "90 days"],
    );
    let server = serve(&own, "api", "api", &[]);

    // A client checks trust, name, expiry and signature.
    assert_eq!(get(&own, &server, "api.local", &[]).text(), "hello\n");
    let distrusted = get(&own, &server, "api.local", &["--trust", "none"]);
    ended(&distrusted, 60, &["not known"]);
    ended(
        &get(&own, &server, "other.local", &[]),
        60,
        &["not for other.local"],
    );
    let root = own.file("ca/root.pem");
    let verify = ["cert", "verify", "--cacert", &root, "--at", "+91d", &pem];
    ended(&handfast(&verify), 1, &["expired"]);
    forge(&own, "api");
    let forged = serve(&own, "forged", "api", &[]);
    ended(&get(&own, &forged, "apj.local", &[]), 60, &["signature"]);

    // The key leaks: the next client refuses, by the list, by OCSP, by the staple.
    let (crl, staple) = (own.file("ca.crl"), own.file("staple.der"));
    let hard = ["--revocation", "hard", "--crl", &crl];
    ended(&own.ca("crl", &["-o", &crl]), 0, &[]);
    assert_eq!(get(&own, &server, "api.local", &hard).text(), "hello\n");
    ended(&own.ca("ocsp", &["-o", &staple, "api.local"]), 0, &["good"]);
    let listen = url.trim_start_matches("http://");
    let responder = ["--ca-dir", &own.file("ca"), "--listen", listen];
    let _responder = Serving::start_as(&["ca", "serve"], &responder);
    assert_eq!(by_network(&own, &server, "before").text(), "hello\n");
    let stapling = serve(&own, "api", "api", &["--staple", &staple]);
    assert_eq!(get(&own, &stapling, "api.local", &[]).text(), "hello\n");
    let revoke = ["api.local", "--reason", "keyCompromise", "--crl", &crl];
    ended(&own.ca("revoke", &revoke), 0, &["is revoked"]);
    ended(
        &get(&own, &server, "api.local", &hard),
        91,
        &["keyCompromise", "CRL"],
    );
    // An answer without a nonce may be as old as a second.
    let start = Instant::now();
    let refused = loop {
        let came = by_network(&own, &server, &format!("after-{:?}", start.elapsed()));
        if came.code != Some(0) {
            break came;
        }
        assert!(start.elapsed() < SOON, "still believed: {came:?}");
        std::thread::sleep(Duration::from_millis(200));
    };
    ended(&refused, 91, &["keyCompromise", "OCSP"]);
    ended(&own.ca("ocsp", &["-o", &staple, &pem]), 0, &["revoked"]);
    let root_list = own.file("root.crl");
    ended(&own.ca("crl", &["--of", "root", "-o", &root_list]), 0, &[]);
    let by_ocsp = ["cert", "verify", "--cacert", &root, "--revocation", "hard"];
    let by_ocsp = [
        &by_ocsp[..],
        &["--ocsp", &staple, "--crl", &root_list, &pem],
    ]
    .concat();
    ended(&handfast(&by_ocsp), 91, &["keyCompromise", "OCSP"]);
    let stapled = serve(&own, "api", "api", &["--staple", &staple]);
    ended(
        &get(&own, &stapled, "api.local", &[]),
        91,
        &["stapled OCSP"],
    );

    users(&own, &crl);
}

/// Certificates for users with name and mail let the right ones in, on resumed connections too,
/// and a user who is revoked in between is refused.
fn users(own: &Own, crl: &str) {
    own.issue("web", &["localhost"]);
    for user in ["ada", "bob", "eve"] {
        let mail = format!("{user}@example.test");
        // Who has no mail address is known by name.
        let names = if user == "eve" {
            vec![user]
        } else {
            vec![user, &mail]
        };
        own.issue(user, &[&["--client"], &names[..]].concat());
    }
    let root = own.file("ca/root.pem");
    let allow = ["--allow", "ada@example.test", "--allow", "eve"];
    let client_ca = ["--client-ca", &root, "--crl", crl];
    let server = serve(own, "web", "web", &[&client_ca[..], &allow].concat());
    for user in ["ada", "eve"] {
        for resumed in [false, true] {
            let came = come(own, &server, user);
            ended(&came, 0, &["200 OK", "hello"]);
            assert_eq!(came.stderr.contains("resumed by"), resumed, "{came:?}");
        }
    }
    for resumed in [false, true] {
        let refused = come(own, &server, "bob");
        ended(&refused, 0, &["403 Forbidden", "bob@example.test"]);
        assert_eq!(
            refused.stderr.contains("resumed by"),
            resumed,
            "{refused:?}"
        );
    }
    let revoke = ["ada", "--reason", "affiliationChanged", "--crl", crl];
    ended(&own.ca("revoke", &revoke), 0, &["is revoked"]);
    // The server reads the lists anew within some seconds.
    let start = Instant::now();
    let last = loop {
        let came = come(own, &server, "ada");
        if came.code != Some(0) {
            break came;
        }
        assert!(start.elapsed() < SOON, "still let in: {came:?}");
        std::thread::sleep(Duration::from_millis(200));
    };
    ended(&last, 35, &["certificate_revoked"]);
    ended(&come(own, &server, "eve"), 0, &["200 OK"]);
}
