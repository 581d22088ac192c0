//! Other people's clients against `handfast serve`.

use crate::lab::{Lab, SOON, Serving, big};
use handfast_testkit::peer::{Outcome, Program, trial};
use libtest_mimic::{Failed, Trial};

pub(crate) fn trials() -> Vec<Trial> {
    vec![
        trial(
            "clients::curl_gets_a_file_over_http_2_and_http_1",
            ["curl"],
            curl_versions,
        ),
        trial(
            "clients::openssl_comes_back_by_psk_ticket_and_session_id",
            ["openssl"],
            openssl_comes_back,
        ),
        trial(
            "clients::curl_is_served_the_version_that_it_stops_at",
            ["curl"],
            curl_tls12,
        ),
        trial("clients::curl_gets_parts", ["curl"], curl_parts),
        trial(
            "clients::curl_gets_its_answer_whatever_it_uploads",
            ["curl"],
            curl_uploads,
        ),
        trial(
            "clients::curl_trusts_the_development_authority_alone",
            ["curl"],
            curl_development,
        ),
        trial(
            "clients::curl_shows_a_client_certificate",
            ["curl"],
            curl_mutual,
        ),
        trial(
            "clients::curl_is_told_of_https_on_the_tls_port",
            ["curl"],
            curl_plain,
        ),
        trial("clients::openssl_verifies_us", ["openssl"], openssl),
        trial(
            "clients::openssl_agrees_on_each_group_and_suite",
            ["openssl"],
            openssl_matrix,
        ),
        trial(
            "clients::openssl_chooses_a_host_by_its_name",
            ["openssl"],
            openssl_hosts,
        ),
        trial("clients::gnutls_verifies_us", ["gnutls-cli"], gnutls),
        trial("clients::python_verifies_us", ["python3"], python),
    ]
}

fn check(good: bool, outcome: &Outcome) -> Result<(), Failed> {
    if good {
        Ok(())
    } else {
        Err(format!("{outcome:?}").into())
    }
}

fn curl(program: &Program, lab: &Lab, arguments: &[&str]) -> Result<Outcome, Failed> {
    let root = lab.file("root.pem");
    Ok(program.run([&["-sS", "--cacert", &root], arguments].concat(), b"", SOON)?)
}

fn curl_versions([program]: [Program; 1]) -> Result<(), Failed> {
    let lab = Lab::new();
    let server = lab.serve(&[]);
    for (flag, version) in [("--http2", "2"), ("--http1.1", "1.1")] {
        let out = lab.file("out");
        let asked = [
            flag,
            "-o",
            &out,
            "-w",
            "%{http_version} %{ssl_verify_result}",
            &server.url("/big.bin"),
        ];
        let outcome = curl(&program, &lab, &asked)?;
        check(outcome.text() == format!("{version} 0"), &outcome)?;
        check(std::fs::read(&out)? == big(), &outcome)?;
    }
    Ok(())
}

/// A stream that is reset before its content has come costs curl the answer.
fn curl_uploads([program]: [Program; 1]) -> Result<(), Failed> {
    let lab = Lab::new();
    let server = lab.serve(&[]);
    let upload = lab.file("upload");
    for length in [1, 100_000, 3_000_000] {
        std::fs::write(&upload, vec![b'x'; length])?;
        for version in ["--http2", "--http1.1"] {
            let url = server.url("/");
            let asked = [
                version,
                "-T",
                &upload,
                "-w",
                "%{http_code}",
                "-o",
                "/dev/null",
                &url,
            ];
            let outcome = curl(&program, &lab, &asked)?;
            check(outcome.text().ends_with("405"), &outcome)?;
        }
    }
    Ok(())
}

fn curl_tls12([program]: [Program; 1]) -> Result<(), Failed> {
    let lab = Lab::new();
    let server = lab.serve(&[]);
    let out = lab.file("out");
    for (limit, version) in [("1.2", "TLSv1.2"), ("1.3", "TLSv1.3")] {
        let url = server.url("/big.bin");
        let outcome = curl(
            &program,
            &lab,
            &["-v", "--tls-max", limit, "-o", &out, &url],
        )?;
        let said = format!("SSL connection using {version}");
        check(
            outcome.success() && outcome.stderr.contains(&said),
            &outcome,
        )?;
        check(std::fs::read(&out)? == big(), &outcome)?;
    }
    Ok(())
}

fn curl_parts([program]: [Program; 1]) -> Result<(), Failed> {
    let lab = Lab::new();
    let server = lab.serve(&[]);
    for (range, wanted) in [
        ("0-9", 0..10),
        ("2999990-", 2_999_990..3_000_001),
        ("-5", 2_999_996..3_000_001),
    ] {
        let outcome = curl(&program, &lab, &["-r", range, &server.url("/big.bin")])?;
        check(outcome.stdout == big()[wanted], &outcome)?;
    }
    // What was begun is continued.
    let out = lab.write("out", &big()[..1_000_000]);
    let outcome = curl(
        &program,
        &lab,
        &["-C", "-", "-o", &out, &server.url("/big.bin")],
    )?;
    check(outcome.success() && std::fs::read(&out)? == big(), &outcome)
}

fn curl_development([program]: [Program; 1]) -> Result<(), Failed> {
    let lab = Lab::new();
    let server = Serving::start(&[&lab.file("site"), "--ca-dir", &lab.file("ca")]);
    let refused = curl(&program, &lab, &[&server.url("/a%20b.txt")])?;
    check(refused.code == Some(60), &refused)?;
    let root = lab.file("ca/root.pem");
    for host in ["localhost", "127.0.0.1"] {
        let url = format!("https://{host}:{}/a%20b.txt", server.port());
        let outcome = program.run(["-sS", "--cacert", &root, &url], b"", SOON)?;
        check(outcome.text() == "hello\n", &outcome)?;
    }
    Ok(())
}

fn curl_mutual([program]: [Program; 1]) -> Result<(), Failed> {
    let lab = Lab::new();
    let server = lab.serve(&["--client-ca", &lab.file("root.pem")]);
    let url = server.url("/a%20b.txt");
    let without = curl(&program, &lab, &[&url])?;
    check(
        !without.success() && without.stderr.contains("certificate required"),
        &without,
    )?;
    let (cert, key) = (lab.file("client.pem"), lab.file("client.key"));
    let with = curl(&program, &lab, &["--cert", &cert, "--key", &key, &url])?;
    check(with.text() == "hello\n", &with)?;
    let root = lab.file("root.pem");
    for (allow, status) in [("Ann", 200), ("ann@lab.test", 403)] {
        let server = lab.serve(&["--client-ca", &root, "--allow", allow]);
        for limit in ["1.2", "1.3"] {
            let url = server.url("/a%20b.txt");
            let asked = [
                "-i",
                "--tls-max",
                limit,
                "--cert",
                &cert,
                "--key",
                &key,
                &url,
            ];
            let outcome = curl(&program, &lab, &asked)?;
            let text = outcome.text();
            check(
                text.starts_with(&format!("HTTP/2 {status} "))
                    && text.contains("certificate names CN=Ann.") == (status == 403),
                &outcome,
            )?;
        }
    }
    Ok(())
}

fn curl_plain([program]: [Program; 1]) -> Result<(), Failed> {
    let lab = Lab::new();
    let server = lab.serve(&[]);
    let url = format!("http://localhost:{}/x", server.port());
    let outcome = curl(&program, &lab, &["-i", &url])?;
    let link = format!("href=\"https://localhost:{}/x\"", server.port());
    check(
        outcome.text().starts_with("HTTP/1.1 400") && outcome.text().contains(&link),
        &outcome,
    )
}

fn s_client(
    program: &Program,
    lab: &Lab,
    port: u16,
    arguments: &[&str],
) -> Result<Outcome, Failed> {
    let (root, target) = (lab.file("root.pem"), format!("127.0.0.1:{port}"));
    let usual = [
        "s_client",
        "-connect",
        &target,
        "-CAfile",
        &root,
        "-verify_return_error",
    ];
    let request = b"GET /a%20b.txt HTTP/1.0\r\nHost: localhost\r\n\r\n";
    let all = [&usual, arguments, &["-ign_eof"]].concat();
    Ok(program.run(all, request, SOON)?)
}

fn openssl([program]: [Program; 1]) -> Result<(), Failed> {
    let lab = Lab::new();
    let server = lab.serve(&[]);
    let named = [
        "-servername",
        "localhost",
        "-verify_hostname",
        "localhost",
        "-alpn",
        "http/1.1",
    ];
    let outcome = s_client(&program, &lab, server.port(), &named)?;
    let text = outcome.text();
    check(
        text.contains("Verify return code: 0 (ok)") && text.contains("hello\n"),
        &outcome,
    )?;
    check(
        text.contains("ALPN protocol: http/1.1") && text.contains("New, TLSv1.3"),
        &outcome,
    )
}

fn openssl_matrix([program]: [Program; 1]) -> Result<(), Failed> {
    let lab = Lab::new();
    let server = lab.serve(&[]);
    for group in ["X25519", "P-256", "P-384"] {
        let outcome = s_client(
            &program,
            &lab,
            server.port(),
            &["-servername", "localhost", "-groups", group],
        )?;
        check(outcome.text().contains("hello\n"), &outcome)?;
    }
    for suite in [
        "TLS_AES_128_GCM_SHA256",
        "TLS_AES_256_GCM_SHA384",
        "TLS_CHACHA20_POLY1305_SHA256",
    ] {
        let outcome = s_client(
            &program,
            &lab,
            server.port(),
            &["-servername", "localhost", "-ciphersuites", suite],
        )?;
        check(
            outcome.text().contains("hello\n") && outcome.text().contains(suite),
            &outcome,
        )?;
    }
    // P-521 is not among the defaults.
    let outcome = s_client(
        &program,
        &lab,
        server.port(),
        &["-servername", "localhost", "-groups", "P-521"],
    )?;
    check(
        !outcome.success() && outcome.stderr.contains("handshake failure"),
        &outcome,
    )
}

fn openssl_comes_back([program]: [Program; 1]) -> Result<(), Failed> {
    let lab = Lab::new();
    let server = lab.serve(&[]);
    for (at, (settings, resumption)) in [
        (&["-tls1_3"][..], "psk"),
        (&["-tls1_2"], "ticket"),
        (&["-tls1_2", "-no_ticket"], "session_id"),
    ]
    .into_iter()
    .enumerate()
    {
        let file = lab.file(&format!("session{at}"));
        for (flag, word) in [("-sess_out", "New, "), ("-sess_in", "Reused, ")] {
            let more = [settings, &["-servername", "localhost", flag, &file]].concat();
            let outcome = s_client(&program, &lab, server.port(), &more)?;
            check(
                outcome.text().contains(word) && outcome.text().contains("hello\n"),
                &outcome,
            )?;
        }
        server.logged(|line| line["resumption"] == resumption);
    }
    Ok(())
}

fn openssl_hosts([program]: [Program; 1]) -> Result<(), Failed> {
    let lab = Lab::new();
    let (ca, site) = (lab.file("ca"), lab.file("site"));
    let host = format!("web.test={}", lab.file("site/sub"));
    let server = Serving::start(&[&site, "--ca-dir", &ca, "--host", &host]);
    for (name, subject) in [
        ("localhost", "CN = localhost"),
        ("web.test", "CN = web.test"),
    ] {
        let target = format!("127.0.0.1:{}", server.port());
        let asked = [
            "s_client",
            "-connect",
            &target,
            "-servername",
            name,
            "-CAfile",
            &lab.file("ca/root.pem"),
            "-verify_hostname",
            name,
        ];
        let outcome = program.run(asked, b"", SOON)?;
        check(
            outcome.text().contains("Verify return code: 0 (ok)")
                && outcome.text().contains(subject),
            &outcome,
        )?;
    }
    Ok(())
}

fn gnutls([program]: [Program; 1]) -> Result<(), Failed> {
    let lab = Lab::new();
    let server = lab.serve(&[]);
    let (root, port) = (
        format!("--x509cafile={}", lab.file("root.pem")),
        server.port().to_string(),
    );
    let request = b"GET /a%20b.txt HTTP/1.0\r\nHost: localhost\r\n\r\n";
    let outcome = program.run([&root, "-p", &port, "localhost"], request, SOON)?;
    let text = outcome.text();
    check(
        text.contains("The certificate is trusted") && text.contains("(TLS1.3"),
        &outcome,
    )?;
    check(text.contains("hello\n"), &outcome)
}

fn python([program]: [Program; 1]) -> Result<(), Failed> {
    let lab = Lab::new();
    let server = lab.serve(&[]);
    let script = "import ssl, sys, urllib.request as u\n\
                  c = ssl.create_default_context(cafile=sys.argv[1])\n\
                  sys.stdout.write(u.urlopen(sys.argv[2], context=c).read().decode())\n";
    let outcome = program.run(
        [
            "-c",
            script,
            &lab.file("root.pem"),
            &server.url("/a%20b.txt"),
        ],
        b"",
        SOON,
    )?;
    check(outcome.text() == "hello\n", &outcome)
}
