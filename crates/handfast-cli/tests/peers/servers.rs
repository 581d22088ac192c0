//! `handfast get` and `connect` against other people's servers.

use crate::lab::{Lab, SOON, big, command, handfast_alone};
use handfast_testkit::peer::{Outcome, Program, Server, trial};
use libtest_mimic::{Failed, Trial};

pub(crate) fn trials() -> Vec<Trial> {
    vec![
        trial("servers::get_fetches_from_openssl", ["openssl"], openssl),
        trial(
            "servers::get_agrees_with_openssl_on_each_group_suite_and_scheme",
            ["openssl"],
            openssl_matrix,
        ),
        trial(
            "servers::get_speaks_tls12_to_openssl_that_has_no_newer",
            ["openssl"],
            openssl_tls12,
        ),
        trial(
            "servers::get_refuses_openssl_with_an_expired_certificate",
            ["openssl"],
            openssl_expired,
        ),
        trial(
            "servers::get_shows_its_certificate_to_openssl",
            ["openssl"],
            openssl_mutual,
        ),
        trial(
            "servers::get_says_that_openssl_speaks_older_versions_alone",
            ["openssl"],
            openssl_old,
        ),
        trial(
            "servers::connect_pipes_through_openssl",
            ["openssl"],
            connect,
        ),
        trial(
            "servers::connect_comes_back_to_openssl_by_psk_ticket_and_session_id",
            ["openssl"],
            resumption,
        ),
        trial(
            "servers::a_pkcs12_file_of_openssl_is_read",
            ["openssl"],
            pkcs12,
        ),
        trial("servers::get_fetches_from_python", ["python3"], python),
    ]
}

fn check(good: bool, outcome: &Outcome) -> Result<(), Failed> {
    if good {
        Ok(())
    } else {
        Err(format!("{outcome:?}").into())
    }
}

/// `openssl s_server` with a certificate of the lab, serving the lab's folder.
fn s_server(program: &Program, lab: &Lab, name: &str, more: &[&str]) -> Result<Server, Failed> {
    let (cert, key) = (
        lab.file(&format!("{name}.pem")),
        lab.file(&format!("{name}.key")),
    );
    let usual = ["s_server", "-quiet", "-cert", &cert, "-key", &key];
    let all: Vec<String> = usual.iter().chain(more).map(ToString::to_string).collect();
    let arguments = |port: u16| [all, vec!["-accept".to_owned(), port.to_string()]].concat();
    Ok(Server::start(program, arguments, SOON)?)
}

/// A page that s_server makes up of what was agreed on.
const STATUS: &[&str] = &["-www"];

fn get(lab: &Lab, server: &Server, more: &[&str]) -> Outcome {
    lab.trusting(
        "get",
        &[
            &[format!("https://localhost:{}/", server.port()).as_str()],
            more,
        ]
        .concat(),
    )
}

fn openssl([program]: [Program; 1]) -> Result<(), Failed> {
    let lab = Lab::new();
    let server = s_server(&program, &lab, "server", STATUS)?;
    let outcome = get(&lab, &server, &[]);
    check(
        outcome.success() && outcome.text().contains("TLSv1.3"),
        &outcome,
    )
}

fn openssl_tls12([program]: [Program; 1]) -> Result<(), Failed> {
    let lab = Lab::new();
    let older = s_server(&program, &lab, "server", &[STATUS, &["-tls1_2"]].concat())?;
    let both = s_server(&program, &lab, "server", STATUS)?;
    let outcome = get(&lab, &older, &["-v"]);
    check(
        outcome.success()
            && outcome.text().contains("TLSv1.2")
            && outcome.stderr.contains("TLS 1.2"),
        &outcome,
    )?;
    // Who names suites of TLS 1.2 alone offers nothing newer.
    for (suite, name) in [
        (
            "TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256",
            "ECDHE-ECDSA-AES128-GCM-SHA256",
        ),
        (
            "TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384",
            "ECDHE-ECDSA-AES256-GCM-SHA384",
        ),
        (
            "TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256",
            "ECDHE-ECDSA-CHACHA20-POLY1305",
        ),
    ] {
        for server in [&older, &both] {
            let outcome = get(&lab, server, &["--suites", suite]);
            check(outcome.success() && outcome.text().contains(name), &outcome)?;
        }
    }
    Ok(())
}

fn openssl_matrix([program]: [Program; 1]) -> Result<(), Failed> {
    let lab = Lab::new();
    let server = s_server(&program, &lab, "server", STATUS)?;
    for group in [
        "x25519",
        "secp256r1",
        "secp384r1",
        "secp521r1",
        "ffdhe2048",
        "ffdhe3072",
    ] {
        let outcome = get(&lab, &server, &["--groups", group]);
        check(outcome.success(), &outcome)?;
    }
    for suite in [
        "TLS_AES_128_GCM_SHA256",
        "TLS_AES_256_GCM_SHA384",
        "TLS_CHACHA20_POLY1305_SHA256",
    ] {
        let outcome = get(&lab, &server, &["--suites", suite]);
        check(
            outcome.success() && outcome.text().contains(suite),
            &outcome,
        )?;
    }
    // The first group has no share that the server knows: it asks again.
    let retried = s_server(
        &program,
        &lab,
        "server",
        &[STATUS, &["-groups", "P-384"]].concat(),
    )?;
    let outcome = get(&lab, &retried, &["--json"]);
    check(
        outcome.text().contains("\"hello_retry_request\":true"),
        &outcome,
    )?;
    let outcome = get(&lab, &server, &["--sigalgs", "rsa_pss_rsae_sha256"]);
    check(
        outcome.code == Some(35) && outcome.stderr.contains("handshake_failure"),
        &outcome,
    )
}

fn openssl_expired([program]: [Program; 1]) -> Result<(), Failed> {
    let lab = Lab::new();
    let server = s_server(&program, &lab, "expired", STATUS)?;
    let outcome = get(&lab, &server, &[]);
    check(
        outcome.code == Some(60) && outcome.stderr.contains("2001-09-10"),
        &outcome,
    )
}

fn openssl_mutual([program]: [Program; 1]) -> Result<(), Failed> {
    let lab = Lab::new();
    let root = lab.file("root.pem");
    let mutual = [
        STATUS,
        &["-Verify", "1", "-verify_return_error", "-CAfile", &root],
    ]
    .concat();
    let server = s_server(&program, &lab, "server", &mutual)?;
    let without = get(&lab, &server, &[]);
    check(
        without.code == Some(35) && without.stderr.contains("certificate_required"),
        &without,
    )?;
    let with = get(
        &lab,
        &server,
        &[
            "--cert",
            &lab.file("client.pem"),
            "--key",
            &lab.file("client.key"),
        ],
    );
    check(
        with.success() && !with.text().contains("no client certificate"),
        &with,
    )
}

fn openssl_old([program]: [Program; 1]) -> Result<(), Failed> {
    let lab = Lab::new();
    let old = [STATUS, &["-tls1_1", "-cipher", "DEFAULT@SECLEVEL=0"]].concat();
    let server = s_server(&program, &lab, "server", &old)?;
    let outcome = get(&lab, &server, &[]);
    let told = [
        "nothing newer than TLS 1.1",
        "try: likely",
        "--policy obsolete",
    ];
    let is_told = told.iter().all(|words| outcome.stderr.contains(words));
    check(outcome.code == Some(35) && is_told, &outcome)?;
    let outcome = get(&lab, &server, &["--policy", "obsolete"]);
    check(outcome.success(), &outcome)
}

fn connect([program]: [Program; 1]) -> Result<(), Failed> {
    let lab = Lab::new();
    let server = s_server(&program, &lab, "server", STATUS)?;
    let (root, target) = (lab.file("root.pem"), format!("localhost:{}", server.port()));
    let outcome = command().run(
        ["connect", "--cacert", &root, &target],
        b"GET / HTTP/1.0\r\n\r\n",
        SOON,
    )?;
    check(
        outcome.success() && outcome.text().starts_with("HTTP/1.0 200 ok"),
        &outcome,
    )?;
    check(outcome.stderr.contains("server    verified"), &outcome)
}

fn resumption([program]: [Program; 1]) -> Result<(), Failed> {
    let lab = Lab::new();
    let root = lab.file("root.pem");
    let cases: [(&[&str], &[&str], &str); 4] = [
        (&["-tls1_3"], &[], "resumed by PSK"),
        (&["-tls1_2"], &[], "resumed by ticket"),
        (&["-tls1_2", "-no_ticket"], &[], "resumed by session ID"),
        (
            &["-tls1_3", "-num_tickets", "0"],
            &["gave no session"],
            "full handshake",
        ),
    ];
    for (at, (settings, first, second)) in cases.into_iter().enumerate() {
        let server = s_server(&program, &lab, "server", &[STATUS, settings].concat())?;
        let file = lab.file(&format!("session{at}"));
        let target = format!("localhost:{}", server.port());
        let asked = ["connect", "--cacert", &root, "--resume", &file, &target];
        // Nothing to send: what comes after the handshake is heard all the same.
        let alone = handfast_alone(&asked);
        let said = String::from_utf8_lossy(&alone.stderr);
        let all = [&["full handshake"], first].concat();
        if !(alone.status.success() && all.iter().all(|words| said.contains(words))) {
            return Err(format!("{alone:?}").into());
        }
        let again = command().run(asked, b"GET / HTTP/1.0\r\n\r\n", SOON)?;
        check(again.success() && again.stderr.contains(second), &again)?;
    }
    Ok(())
}

fn pkcs12([program]: [Program; 1]) -> Result<(), Failed> {
    let lab = Lab::new();
    let (cert, key, out) = (
        lab.file("client.pem"),
        lab.file("client.key"),
        lab.file("client.p12"),
    );
    let made = [
        "pkcs12",
        "-export",
        "-in",
        &cert,
        "-inkey",
        &key,
        "-out",
        &out,
        "-passout",
        "pass:secret",
    ];
    let made = program.run(made, b"", SOON)?;
    check(made.success(), &made)?;
    let server = lab.serve(&["--client-ca", &lab.file("root.pem")]);
    let password = lab.write("password", "secret\n");
    let url = server.url("/a%20b.txt");
    let outcome = lab.trusting("get", &["--cert", &out, "--pass-file", &password, &url]);
    check(outcome.text() == "hello\n", &outcome)?;
    let wrong = lab.write("wrong", "guess\n");
    let outcome = lab.trusting("get", &["--cert", &out, "--pass-file", &wrong, &url]);
    check(
        outcome.code == Some(58) && outcome.stderr.contains("password"),
        &outcome,
    )
}

fn python([program]: [Program; 1]) -> Result<(), Failed> {
    let lab = Lab::new();
    let script = "import http.server as h, functools, ssl, sys\n\
                  port, cert, key, site = int(sys.argv[1]), *sys.argv[2:]\n\
                  s = h.ThreadingHTTPServer(('127.0.0.1', port), functools.partial(h.SimpleHTTPRequestHandler, directory=site))\n\
                  c = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)\n\
                  c.load_cert_chain(cert, key)\n\
                  s.socket = c.wrap_socket(s.socket, server_side=True)\n\
                  s.serve_forever()\n";
    let files = [
        lab.file("server.pem"),
        lab.file("server.key"),
        lab.file("site"),
    ];
    let arguments = |port: u16| {
        let mut all = vec!["-c".to_owned(), script.to_owned(), port.to_string()];
        all.extend(files.clone());
        all
    };
    let server = Server::start(&program, arguments, SOON)?;
    let url = format!("https://localhost:{}/big.bin", server.port());
    let outcome = lab.trusting("get", &[&url]);
    check(outcome.success() && outcome.stdout == big(), &outcome)
}
