//! Pages for clients who say who they are when they ask for one: other people's clients at
//! `serve --protect`, and our `get` at other people's servers.

use crate::lab::{Lab, SOON, Serving, command};
use handfast_testkit::peer::{Outcome, Program, Server, trial};
use libtest_mimic::{Failed, Trial};

pub(crate) fn trials() -> Vec<Trial> {
    vec![
        trial("protect::curl_is_asked_in_both_versions", ["curl"], curl),
        trial(
            "protect::openssl_is_asked_in_both_versions",
            ["openssl"],
            openssl,
        ),
        trial(
            "protect::gnutls_is_asked_in_both_versions",
            ["gnutls-cli"],
            gnutls,
        ),
        trial(
            "protect::python_is_asked_in_both_versions",
            ["python3"],
            python,
        ),
        trial(
            "protect::get_is_asked_later_by_openssl",
            ["openssl"],
            by_openssl,
        ),
        trial(
            "protect::connect_gets_new_keys_of_openssl",
            ["openssl"],
            new_keys,
        ),
        trial(
            "protect::get_is_asked_later_by_python",
            ["python3"],
            by_python,
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

fn serve(lab: &Lab) -> Serving {
    let root = lab.file("root.pem");
    lab.serve(&["--client-ca", &root, "--protect", "/sub"])
}

/// The log line of the protected page.
fn is_known(server: &Serving, how: &str) {
    server.logged(|line| line["client"] == "CN=Ann" && line["client_by"] == how);
}

fn own(lab: &Lab) -> [String; 2] {
    ["client.pem", "client.key"].map(|name| lab.file(name))
}

const VERSIONS: [(&str, &str); 2] = [("1.2", "renegotiation"), ("1.3", "post_handshake")];

fn curl([program]: [Program; 1]) -> Result<(), Failed> {
    let lab = Lab::new();
    let (root, [cert, key]) = (lab.file("root.pem"), own(&lab));
    for (version, how) in VERSIONS {
        let server = serve(&lab);
        let open = server.url("/a%20b.txt");
        let page = server.url("/sub/c.html");
        let urls = [&*open, &page, &page, &open];
        let flags = [
            "-sS",
            "--cacert",
            &root,
            "--tls-max",
            version,
            "-w",
            "%{http_code} ",
        ];
        let known = [&flags[..], &["--cert", &cert, "--key", &key], &urls].concat();
        let known = program.run(known, b"", SOON)?;
        check(
            known.text() == "hello\n200 <p>c200 <p>c200 hello\n200 ",
            &known,
        )?;
        is_known(&server, how);
        // All in one connection.
        let known = server.logged(|line| line["client"] == "CN=Ann");
        let first = server.logged(|line| line["client"].is_null());
        if known["peer"] != first["peer"] {
            return Err(format!("{known} {first}").into());
        }
        let unknown = program.run([&flags[..], &urls].concat(), b"", SOON)?;
        let text = unknown.text();
        let codes = text
            .matches("403 Forbidden\nThis page is only for clients")
            .count();
        check(codes == 2 && text.ends_with("hello\n200 "), &unknown)?;
    }
    Ok(())
}

fn request() -> Vec<u8> {
    let open = "GET /a%20b.txt HTTP/1.1\r\nHost: localhost\r\n\r\n";
    let page = "GET /sub/c.html HTTP/1.1\r\nHost: localhost\r\n";
    format!("{open}{page}\r\n{open}{page}Connection: close\r\n\r\n").into_bytes()
}

/// The statuses of the answers, in their order.
fn statuses(text: &str) -> Vec<&str> {
    let heads = text.split("HTTP/1.1 ").skip(1);
    heads
        .map(|head| head.get(..3).unwrap_or_default())
        .collect()
}

fn openssl([program]: [Program; 1]) -> Result<(), Failed> {
    let lab = Lab::new();
    let (root, [cert, key]) = (lab.file("root.pem"), own(&lab));
    for (version, how) in VERSIONS {
        let server = serve(&lab);
        let target = format!("localhost:{}", server.port());
        let flag = if version == "1.2" {
            "-tls1_2"
        } else {
            "-tls1_3"
        };
        let usual = [
            "s_client", "-connect", &target, "-CAfile", &root, "-quiet", flag,
        ];
        let own = ["-cert", &cert, "-key", &key];
        let asked: &[&str] = if version == "1.2" {
            &[]
        } else {
            &["-enable_pha"]
        };
        let known = program.run([&usual[..], &own, asked].concat(), &request(), SOON)?;
        check(statuses(&known.text()) == ["200"; 4], &known)?;
        is_known(&server, how);
        let unknown = program.run([&usual[..], asked].concat(), &request(), SOON)?;
        let refused = ["200", "403", "200", "403"];
        check(statuses(&unknown.text()) == refused, &unknown)?;
        if version == "1.3" {
            // A certificate is of no use to a client that may not be asked for it.
            let mute = program.run([&usual[..], &own].concat(), &request(), SOON)?;
            check(statuses(&mute.text()) == refused, &mute)?;
            server.logged(|line| line["not_shown"] == "not_offered");
        }
    }
    Ok(())
}

fn gnutls([program]: [Program; 1]) -> Result<(), Failed> {
    let lab = Lab::new();
    let (root, [cert, key]) = (lab.file("root.pem"), own(&lab));
    for (version, how) in VERSIONS {
        let server = serve(&lab);
        let port = server.port().to_string();
        let ca = format!("--x509cafile={root}");
        let (cert, key) = (
            format!("--x509certfile={cert}"),
            format!("--x509keyfile={key}"),
        );
        let priority = format!("--priority=NORMAL:-VERS-ALL:+VERS-TLS{version}");
        let mut asked = vec!["localhost", "-p", &port, &ca, &cert, &key, &priority];
        if version == "1.3" {
            asked.push("--post-handshake-auth");
        }
        let known = program.talk(asked, |pipe| pipe.write_all(&request()), SOON)?;
        check(statuses(&known.text()) == ["200"; 4], &known)?;
        is_known(&server, how);
    }
    Ok(())
}

fn python([program]: [Program; 1]) -> Result<(), Failed> {
    const SCRIPT: &str = r#"
import http.client as h, ssl, sys
root, cert, key, port, version, auth = sys.argv[1:]
c = ssl.create_default_context(cafile=root)
if cert != "-":
    c.load_cert_chain(cert, key)
c.maximum_version = ssl.TLSVersion.TLSv1_2 if version == "1.2" else ssl.TLSVersion.TLSv1_3
c.post_handshake_auth = auth == "yes"
one = h.HTTPSConnection("localhost", int(port), context=c)
for path in "/a%20b.txt", "/sub/c.html", "/sub/c.html", "/a%20b.txt":
    one.request("GET", path)
    answer = one.getresponse()
    answer.read()
    print(answer.status, end=" ")
"#;
    let lab = Lab::new();
    let (root, [cert, key]) = (lab.file("root.pem"), own(&lab));
    for (version, how) in VERSIONS {
        let server = serve(&lab);
        let port = server.port().to_string();
        let visit = |cert: &str, auth: &str| {
            let asked = ["-c", SCRIPT, &root, cert, &key, &port, version, auth];
            program.run(asked, b"", SOON)
        };
        let known = visit(&cert, "yes")?;
        check(known.text() == "200 200 200 200 ", &known)?;
        is_known(&server, how);
        let unknown = visit("-", "yes")?;
        check(unknown.text() == "200 403 403 200 ", &unknown)?;
        let mute = visit(&cert, "no")?;
        let is_asked = version == "1.2";
        let wanted = if is_asked {
            "200 200 200 200 "
        } else {
            "200 403 403 200 "
        };
        check(mute.text() == wanted, &mute)?;
    }
    Ok(())
}

/// s_server asks when it is told to, and what is typed is its answer.
fn by_openssl([program]: [Program; 1]) -> Result<(), Failed> {
    let lab = Lab::new();
    let [cert, key, root] = ["server.pem", "server.key", "root.pem"].map(|name| lab.file(name));
    for (flag, ask) in [("-tls1_2", "R\n"), ("-tls1_3", "c\n")] {
        let usual = [
            "s_server", "-cert", &cert, "-key", &key, "-CAfile", &root, flag,
        ];
        let usual: Vec<String> = usual.iter().map(ToString::to_string).collect();
        let arguments = |port: u16| {
            let port = ["-accept".to_owned(), port.to_string()];
            [usual.clone(), port.to_vec()].concat()
        };
        let mut server = Server::start(&program, arguments, SOON)?;
        let url = format!("https://localhost:{}/page", server.port());
        let [cert, key] = own(&lab);
        let outcome = std::thread::scope(|scope| {
            let asking =
                scope.spawn(|| lab.trusting("get", &["--cert", &cert, "--key", &key, &url]));
            server.printed("GET /page", SOON)?;
            server.say(ask).map_err(|error| error.to_string())?;
            // What s_server says once it has seen the certificate.
            server
                .printed("CN = Ann", SOON)
                .or_else(|_| server.printed("CN=Ann", SOON))?;
            let answer = "HTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\nhello\n";
            server.say(answer).map_err(|error| error.to_string())?;
            asking.join().map_err(|_| "get panicked".to_owned())
        })?;
        check(outcome.text() == "hello\n", &outcome)?;
    }
    Ok(())
}

/// `-rev` sends each line back, the last letter first.
fn new_keys([program]: [Program; 1]) -> Result<(), Failed> {
    let lab = Lab::new();
    let [cert, key] = ["server.pem", "server.key"].map(|name| lab.file(name));
    for (flags, words) in [
        (
            &["-tls1_2", "-client_renegotiation"][..],
            "both sides have new keys",
        ),
        (&["-tls1_2"], "the server declines"),
        (&["-tls1_3"], "renewed   "),
    ] {
        let usual = ["s_server", "-rev", "-cert", &cert, "-key", &key];
        let usual: Vec<String> = usual.iter().chain(flags).map(ToString::to_string).collect();
        let arguments = |port: u16| {
            let port = ["-accept".to_owned(), port.to_string()];
            [usual.clone(), port.to_vec()].concat()
        };
        let server = Server::start(&program, arguments, SOON)?;
        let target = format!("localhost:{}", server.port());
        let root = lab.file("root.pem");
        let asked = ["connect", "--cacert", &root, "--renew-keys", &target];
        let outcome = command().run(asked, b"olleh\n", SOON)?;
        check(outcome.text() == "hello\n", &outcome)?;
        check(outcome.stderr.contains(words), &outcome)?;
    }
    Ok(())
}

/// Python's servers ask later in TLS 1.3 alone.
fn by_python([program]: [Program; 1]) -> Result<(), Failed> {
    const SCRIPT: &str = r#"
import socket, ssl, sys
port, cert, key, root = sys.argv[1:]
c = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
c.load_cert_chain(cert, key)
c.load_verify_locations(root)
c.post_handshake_auth = True
c.verify_mode = ssl.CERT_REQUIRED
listening = socket.create_server(("127.0.0.1", int(port)))
while True:
    plain, _ = listening.accept()
    try:
        one = c.wrap_socket(plain, server_side=True)
        one.recv(4096)
        one.verify_client_post_handshake()
        one.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 3\r\nConnection: close\r\n\r\n")
        one.settimeout(0.05)
        while not one.getpeercert():
            try:
                one.recv(1)
            except TimeoutError:
                pass
        one.settimeout(5)
        one.sendall(one.getpeercert()["subject"][0][0][1].encode())
        one.unwrap()
    except Exception as error:
        print(repr(error), flush=True)
    plain.close()
"#;
    let lab = Lab::new();
    let files = ["server.pem", "server.key", "root.pem"].map(|name| lab.file(name));
    let arguments = |port: u16| {
        let mut all = vec!["-c".to_owned(), SCRIPT.to_owned(), port.to_string()];
        all.extend(files.clone());
        all
    };
    let server = Server::start(&program, arguments, SOON)?;
    let url = format!("https://localhost:{}/", server.port());
    let [cert, key] = own(&lab);
    let known = lab.trusting("get", &["--cert", &cert, "--key", &key, &url]);
    check(known.text() == "Ann", &known)?;
    // Without a certificate nobody may ask: the server's own call fails.
    let unknown = lab.trusting("get", &[&url]);
    check(
        unknown.code != Some(0) && unknown.stdout.is_empty(),
        &unknown,
    )
}
