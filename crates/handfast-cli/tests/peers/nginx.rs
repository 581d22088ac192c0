//! The command and nginx, as a server and as a proxy before `handfast serve`.

use crate::lab::{Lab, SOON, big, command};
use handfast_testkit::peer::{Outcome, Program, Server, trial};
use libtest_mimic::{Failed, Trial};
use std::io::{self, Write};

pub(crate) fn trials() -> Vec<Trial> {
    vec![
        trial(
            "nginx::get_and_connect_show_it_their_certificate",
            ["nginx"],
            shows_certificate,
        ),
        trial(
            "nginx::get_downloads_from_it_over_http_2_and_http_1",
            ["nginx"],
            downloads,
        ),
        trial("nginx::connect_comes_back_to_it", ["nginx"], comes_back),
        trial(
            "nginx::connect_gets_all_of_its_long_answers",
            ["nginx"],
            long_answers,
        ),
        trial(
            "nginx::its_proxy_comes_back_to_serve_as_whom_it_allows",
            ["nginx", "curl"],
            proxied,
        ),
    ]
}

fn check(good: bool, outcome: &Outcome) -> Result<(), Failed> {
    if good {
        Ok(())
    } else {
        Err(format!("{outcome:?}").into())
    }
}

/// One process in the foreground, with all its files in the lab: a server, given what follows the
/// port in `listen`, and its directives.
fn start(nginx: &Program, lab: &Lab, listen: &str, directives: &str) -> Result<Server, Failed> {
    let file = |name: &str| lab.file(name);
    let arguments = |port: u16| {
        let temporary: String = ["client_body", "proxy", "fastcgi", "uwsgi", "scgi"]
            .map(|kind| format!("{kind}_temp_path {};", file(kind)))
            .concat();
        let config = format!(
            "daemon off; master_process off; pid {}; error_log stderr info;
             events {{ worker_connections 64; }}
             http {{ access_log off; {temporary}
             server {{ listen 127.0.0.1:{port} {listen}; server_name localhost; {directives} }} }}",
            file("pid")
        );
        lab.write("nginx.conf", config);
        let all = ["-p", &file("."), "-c", &file("nginx.conf"), "-e", "stderr"];
        all.map(str::to_owned).to_vec()
    };
    Ok(Server::start(nginx, arguments, SOON)?)
}

/// A server of HTTPS with the lab's certificate.
fn secure(nginx: &Program, lab: &Lab, directives: &str) -> Result<Server, Failed> {
    let (cert, key) = (lab.file("server.pem"), lab.file("server.key"));
    let directives = format!(
        "ssl_certificate {cert}; ssl_certificate_key {key};
         ssl_protocols TLSv1.2 TLSv1.3; {directives}"
    );
    start(nginx, lab, "ssl http2", &directives)
}

/// It answers with who came, and by what.
const TELLS: &str =
    r#"location / { return 200 "$ssl_client_s_dn $ssl_protocol $ssl_session_reused\n"; }"#;

/// Nothing but the request: whom it has heard close, nginx tells of no end.
fn request(pipe: &mut dyn Write) -> io::Result<()> {
    pipe.write_all(b"GET / HTTP/1.0\r\nHost: localhost\r\n\r\n")
}

fn shows_certificate([nginx]: [Program; 1]) -> Result<(), Failed> {
    let lab = Lab::new();
    let verify = format!(
        "ssl_verify_client on; ssl_client_certificate {};",
        lab.file("root.pem")
    );
    let server = secure(&nginx, &lab, &(verify + TELLS))?;
    let (cert, key) = (lab.file("client.pem"), lab.file("client.key"));
    let url = format!("https://localhost:{}/", server.port());
    let target = format!("localhost:{}", server.port());
    for (version, name) in [("1.2", "TLSv1.2"), ("1.3", "TLSv1.3")] {
        let told = format!("CN=Ann {name} .\n");
        let shown = ["--max", version, "--cert", &cert, "--key", &key];
        let outcome = lab.trusting("get", &[&shown[..], &[&url]].concat());
        check(outcome.text() == told, &outcome)?;
        let root = lab.file("root.pem");
        let more = ["connect", "--cacert", &root, &target];
        let outcome = command().talk([&more[..], &shown].concat(), request, SOON)?;
        check(
            outcome.success() && outcome.text().ends_with(&told),
            &outcome,
        )?;
        let without = lab.trusting("get", &["--max", version, &url]);
        check(
            without
                .text()
                .contains("No required SSL certificate was sent"),
            &without,
        )?;
    }
    Ok(())
}

fn downloads([nginx]: [Program; 1]) -> Result<(), Failed> {
    let lab = Lab::new();
    let server = secure(&nginx, &lab, &format!("root {};", lab.file("site")))?;
    let url = format!("https://localhost:{}/big.bin", server.port());
    for version in ["1.2", "1.3"] {
        for (flag, line) in [(&["--http1.1"][..], "HTTP/1.1 200"), (&[], "HTTP/2")] {
            let usual = ["-i", "--max", version, &url];
            let outcome = lab.trusting("get", &[&usual[..], flag].concat());
            let head = outcome.stdout.len().saturating_sub(big().len());
            let (head, body) = outcome.stdout.split_at(head);
            let fits = String::from_utf8_lossy(head).starts_with(line) && body == big();
            let bytes = outcome.stdout.len();
            if !fits {
                return Err(
                    format!("{version} {flag:?}: {bytes} bytes, {}", outcome.stderr).into(),
                );
            }
        }
    }
    Ok(())
}

fn long_answers([nginx]: [Program; 1]) -> Result<(), Failed> {
    let lab = Lab::new();
    lab.write("site/middle.bin", big().get(..400_000).unwrap_or_default());
    let server = secure(&nginx, &lab, &format!("root {};", lab.file("site")))?;
    let (root, target) = (lab.file("root.pem"), format!("localhost:{}", server.port()));
    for version in ["1.2", "1.3"] {
        for (path, length) in [("/middle.bin", 400_000), ("/big.bin", big().len())] {
            for _ in 0..4 {
                let asked = [
                    "connect", "-q", "--max", version, "--cacert", &root, &target,
                ];
                let request =
                    format!("GET {path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n");
                let outcome = command().run(asked, request.as_bytes(), SOON)?;
                let is_whole = outcome
                    .stdout
                    .ends_with(big().get(..length).unwrap_or_default());
                if !outcome.success() || !is_whole {
                    return Err(format!("{version} {path}: {}", outcome.stderr).into());
                }
            }
        }
    }
    Ok(())
}

fn comes_back([nginx]: [Program; 1]) -> Result<(), Failed> {
    let lab = Lab::new();
    let root = lab.file("root.pem");
    let tickets = "ssl_session_tickets on; ssl_session_cache none;";
    let cache = "ssl_session_tickets off; ssl_session_cache shared:lab:1m;";
    let nothing = "ssl_session_tickets off; ssl_session_cache off;";
    for (at, (version, keeps, words, told)) in [
        ("1.2", tickets, "resumed by ticket", "r"),
        ("1.2", cache, "resumed by session ID", "r"),
        ("1.3", tickets, "resumed by PSK", "r"),
        ("1.3", cache, "resumed by PSK", "r"),
        ("1.2", nothing, "full handshake", "."),
    ]
    .into_iter()
    .enumerate()
    {
        let server = secure(&nginx, &lab, &format!("{keeps} {TELLS}"))?;
        let (file, target) = (
            lab.file(&format!("session{at}")),
            format!("localhost:{}", server.port()),
        );
        let asked = ["connect", "--cacert", &root, "--max", version];
        let asked = [&asked[..], &["--resume", &file, &target]].concat();
        for (words, told) in [("full handshake", "."), (words, told), (words, told)] {
            let outcome = command().talk(&asked, request, SOON)?;
            let told = format!(" TLSv{version} {told}\n");
            check(
                outcome.text().ends_with(&told) && outcome.stderr.contains(words),
                &outcome,
            )?;
        }
    }
    Ok(())
}

fn proxied([nginx, curl]: [Program; 2]) -> Result<(), Failed> {
    let lab = Lab::new();
    let root = lab.file("root.pem");
    for (version, resumption) in [("TLSv1.2", "ticket"), ("TLSv1.3", "psk")] {
        for (allowed, status) in [("Ann", 200), ("Bob", 403)] {
            let serving = lab.serve(&["--client-ca", &root, "--allow", allowed]);
            let directives = format!(
                "location / {{ proxy_pass https://127.0.0.1:{}; proxy_ssl_protocols {version};
                 proxy_set_header Host localhost;
                 proxy_ssl_name localhost; proxy_ssl_server_name on; proxy_ssl_verify on;
                 proxy_ssl_trusted_certificate {root}; proxy_ssl_certificate {};
                 proxy_ssl_certificate_key {}; }}",
                serving.port(),
                lab.file("client.pem"),
                lab.file("client.key"),
            );
            let proxy = start(&nginx, &lab, "", &directives)?;
            let url = format!("http://127.0.0.1:{}/a%20b.txt", proxy.port());
            for _ in 0..3 {
                let wanted = ["-sS", "-o", "/dev/null", "-w", "%{http_code}"];
                let outcome = curl.run([&wanted[..], &[&url]].concat(), b"", SOON)?;
                check(outcome.text() == status.to_string(), &outcome)?;
            }
            // The second and the third did not show the certificate again.
            serving.logged(|line| line["resumption"] == resumption && line["status"] == status);
        }
    }
    Ok(())
}
