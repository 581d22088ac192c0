//! Looks at servers of this machine: those that answer rightly, and all others.
#![cfg(unix)]

use super::*;
use crate::ca::acme::look::tls_alpn01::anybody;
use crate::ca::acme::networks::Network;
use handfast::{Credential, ServerConfig, ServerName};
use handfast_acme::client::{ALPN_PROTOCOL, Proof};
use handfast_acme::message::Identifier;
use handfast_ca::authority::Authority;
use handfast_ca::issued::Issued;
use handfast_ca::profile::{KeyKind, Validity};
use handfast_testkit::peer::Folder;
use handfast_tokio::Acceptor;
use std::os::unix::fs::PermissionsExt;
use std::path::PathBuf;
use std::sync::atomic::{AtomicUsize, Ordering};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;

const KEY_AUTHORIZATION: &str = "token.thumbprint";

fn validation(kind: ChallengeKind, name: &str) -> Validation {
    let proof = proof(name);
    Validation {
        authorization: "A".to_owned(),
        account: "B".to_owned(),
        kind,
        identifier: proof.name,
        token: proof.token,
        key_authorization: proof.key_authorization,
    }
}

fn proof(name: &str) -> Proof {
    Proof {
        name: Identifier::read(name),
        kind: ChallengeKind::TlsAlpn01,
        token: "token".to_owned(),
        key_authorization: KEY_AUTHORIZATION.to_owned(),
    }
}

fn reach(networks: &[Network]) -> Reach {
    Reach {
        networks: networks.to_vec(),
        http_port: 80,
        tls_port: 443,
        dns_hook: None,
    }
}

/// A web server that says these bytes to everybody, and counts them.
async fn web(answer: impl Fn(u16) -> Vec<u8> + Send + 'static) -> (u16, Arc<AtomicUsize>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    let count = Arc::new(AtomicUsize::new(0));
    let counter = Arc::clone(&count);
    tokio::spawn(async move {
        while let Ok((mut tcp, _)) = listener.accept().await {
            counter.fetch_add(1, Ordering::Relaxed);
            let mut asked = [0; 2048];
            let read = tcp.read(&mut asked).await.unwrap_or(0);
            assert!(asked[..read].starts_with(b"GET /"), "a request");
            // Who has heard enough goes.
            let _ = tcp.write_all(&answer(port)).await;
        }
    });
    (port, count)
}

fn ok(body: &[u8]) -> Vec<u8> {
    let head = format!("HTTP/1.1 200 OK\r\nContent-Length: {}\r\n\r\n", body.len());
    [head.as_bytes(), body].concat()
}

fn to(location: &str) -> Vec<u8> {
    let head = "HTTP/1.1 302 Found\r\nContent-Length: 0\r\nConnection: close\r\nLocation: ";
    format!("{head}{location}\r\n\r\n").into_bytes()
}

async fn http(port: u16, networks: &[Network]) -> Result<(), Problem> {
    let reach = Reach {
        http_port: port,
        ..reach(networks)
    };
    http01::look(&reach, &validation(ChallengeKind::Http01, "127.0.0.1")).await
}

#[tokio::test]
async fn a_web_server_answers_with_the_key_authorization_alone() {
    let (port, _) = web(|_| ok(KEY_AUTHORIZATION.as_bytes())).await;
    http(port, &[Network::Loopback]).await.unwrap();
    let bodies: [(&[u8], ErrorKind); 3] = [
        (b"token.other", ErrorKind::IncorrectResponse),
        (b"", ErrorKind::IncorrectResponse),
        (&[b'x'; 70_000], ErrorKind::Connection),
    ];
    for (body, kind) in bodies {
        let (port, _) = web(move |_| ok(body)).await;
        let problem = http(port, &[Network::Loopback]).await.unwrap_err();
        assert_eq!(problem.kind, kind, "{problem}");
    }
    let missing =
        |_| b"HTTP/1.1 404 Not Found\r\nContent-Length: 16\r\n\r\ntoken.thumbprint".to_vec();
    let (port, _) = web(missing).await;
    let problem = http(port, &[Network::Loopback]).await.unwrap_err();
    assert!(problem.detail.contains("404"), "{problem}");
    for noise in [
        &b"SSH-2.0-x\r\n"[..],
        b"",
        b"HTTP/1.1 200 OK\r\nContent-Length: 16\r\n\r\ntoken",
    ] {
        let (port, _) = web(move |_| noise.to_vec()).await;
        let problem = http(port, &[Network::Loopback]).await.unwrap_err();
        assert_eq!(problem.kind, ErrorKind::Connection, "{problem}");
    }
}

#[tokio::test]
async fn what_may_not_be_connected_to_is_not() {
    let (port, count) = web(|_| ok(KEY_AUTHORIZATION.as_bytes())).await;
    for networks in [&[Network::Public][..], &[Network::Private], &[]] {
        let problem = http(port, networks).await.unwrap_err();
        assert_eq!(problem.kind, ErrorKind::Unauthorized);
        assert!(
            problem.detail.contains("not among --acme-connect"),
            "{problem}"
        );
    }
    assert_eq!(count.load(Ordering::Relaxed), 0);
    http(port, &[Network::Loopback]).await.unwrap();
    assert_eq!(count.load(Ordering::Relaxed), 1, "the control");
}

#[tokio::test]
async fn redirects_are_followed_to_where_one_may_go() {
    let (good, _) = web(|port| {
        let once = format!("http://127.0.0.1:{port}/elsewhere");
        to(&once)
    })
    .await;
    let problem = http(good, &[Network::Loopback]).await.unwrap_err();
    assert!(
        problem.detail.contains("more than 5 redirects"),
        "{problem}"
    );
    for location in [
        "http://169.254.169.254/latest/meta-data/",
        "http://10.0.0.1/",
        "http://[fd00::1]/",
    ] {
        let (port, _) = web(move |_| to(location)).await;
        let problem = http(port, &[Network::Loopback]).await.unwrap_err();
        assert_eq!(problem.kind, ErrorKind::Unauthorized, "{problem}");
    }
    let (other, count) = web(|_| ok(KEY_AUTHORIZATION.as_bytes())).await;
    let (port, _) = web(move |_| to(&format!("http://127.0.0.1:{other}/"))).await;
    let problem = http(port, &[Network::Loopback]).await.unwrap_err();
    assert!(problem.detail.contains("neither 80 nor 443"), "{problem}");
    assert_eq!(count.load(Ordering::Relaxed), 0);
    // A port that the operator has set.
    let reach = Reach {
        http_port: port,
        tls_port: other,
        ..reach(&[Network::Loopback])
    };
    http01::look(&reach, &validation(ChallengeKind::Http01, "127.0.0.1"))
        .await
        .unwrap();
}

/// A TLS server that shows this certificate and knows this protocol.
async fn tls(issued: Issued, alpn: &[u8]) -> u16 {
    let (chain, key) = issued.into_parts();
    let mut config = ServerConfig::new(Credential::new(chain, key).unwrap());
    config.common.alpn = vec![alpn.to_vec()];
    config.alpn_optional = true;
    let acceptor = Acceptor::new(config.check().unwrap()).unwrap();
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    tokio::spawn(async move {
        while let Ok((tcp, _)) = listener.accept().await {
            if let Ok(mut tls) = acceptor.accept(tcp).await {
                let _ = tls.read(&mut [0; 1]).await;
            }
        }
    });
    port
}

async fn alpn(port: u16) -> Result<(), Problem> {
    let reach = Reach {
        tls_port: port,
        ..reach(&[Network::Loopback])
    };
    tls_alpn01::look(&reach, &validation(ChallengeKind::TlsAlpn01, "127.0.0.1")).await
}

#[tokio::test]
async fn a_tls_server_answers_with_the_certificate_of_the_challenge_alone() {
    let now_unix = handfast::stream::now().unix_s();
    let right = |name: &str| proof(name).certificate(now_unix).unwrap();
    alpn(tls(right("127.0.0.1"), ALPN_PROTOCOL).await)
        .await
        .unwrap();
    let problem = alpn(tls(right("127.0.0.2"), ALPN_PROTOCOL).await)
        .await
        .unwrap_err();
    assert_eq!(problem.kind, ErrorKind::IncorrectResponse);
    // The usual certificate of a server, which does not know the protocol.
    let problem = alpn(tls(right("127.0.0.1"), b"http/1.1").await)
        .await
        .unwrap_err();
    assert_eq!(problem.kind, ErrorKind::Tls, "{problem}");
    let silent = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let gone = silent.local_addr().unwrap().port();
    drop(silent);
    assert_eq!(alpn(gone).await.unwrap_err().kind, ErrorKind::Connection);
}

#[tokio::test]
async fn a_challenge_certificate_may_come_without_leave_to_sign() {
    // An authority's certificate may sign certificates and lists, but no handshake.
    let validity = Validity::days(handfast::stream::now().unix_s(), 1);
    let root = Authority::new("Root", validity, KeyKind::EcP256).unwrap();
    let own = root.own();
    let issued = Issued::from_parts(own.chain().to_vec(), own.key().clone());
    let port = tls(issued, ALPN_PROTOCOL).await;
    let connect = async |connector: handfast_tokio::Connector| {
        let tcp = tokio::net::TcpStream::connect(("127.0.0.1", port))
            .await
            .unwrap();
        let name = ServerName::parse("127.0.0.1").unwrap();
        connector.connect(name, tcp).await.map(|_| ())
    };
    let (connector, shown) = anybody(&[ALPN_PROTOCOL]).unwrap();
    connect(connector).await.unwrap();
    assert_eq!(shown.lock().unwrap().len(), 1);
    // The control: everywhere else such a key is refused.
    let config = handfast::ClientConfig::with_verification(
        handfast::config::Verification::danger_accept_anyone(),
    );
    let connector = handfast_tokio::Connector::new(config.check().unwrap()).unwrap();
    let refused = connect(connector).await.unwrap_err();
    assert!(
        refused.to_string().contains("does not allow signing"),
        "{refused}"
    );
}

#[tokio::test]
async fn a_program_prints_txt_values_or_the_look_fails() {
    let folder = Folder::new().unwrap();
    let answer = handfast_acme::jws::dns_value(KEY_AUTHORIZATION);
    let hook = |name: &str, script: &str| {
        let path = PathBuf::from(
            folder
                .write(name, format!("#!/bin/sh\n{script}\n"))
                .unwrap(),
        );
        std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o755)).unwrap();
        Reach {
            dns_hook: Some(path),
            ..reach(&[])
        }
    };
    let validation = validation(ChallengeKind::Dns01, "a.test");
    let good = format!("[ \"$1\" = _acme-challenge.a.test ] && echo x && echo '\"{answer}\"'");
    dns01::look(&hook("good", &good), &validation)
        .await
        .unwrap();
    for (name, script, kind) in [
        ("none", "exit 0".to_owned(), ErrorKind::IncorrectResponse),
        (
            "other",
            "echo other".to_owned(),
            ErrorKind::IncorrectResponse,
        ),
        ("fails", format!("echo {answer}; exit 1"), ErrorKind::Dns),
        (
            "long",
            "head -c 1000000 /dev/zero | tr '\\0' x".to_owned(),
            ErrorKind::Dns,
        ),
    ] {
        let problem = dns01::look(&hook(name, &script), &validation)
            .await
            .unwrap_err();
        assert_eq!(problem.kind, kind, "{name}: {problem}");
    }
    let missing = Reach {
        dns_hook: Some(PathBuf::from(folder.file("missing"))),
        ..reach(&[])
    };
    let problem = dns01::look(&missing, &validation).await.unwrap_err();
    assert_eq!(problem.kind, ErrorKind::Dns);
    assert!(
        !problem.detail.contains("missing"),
        "clients are not told of files"
    );
}

#[tokio::test]
async fn one_accounts_looks_do_not_keep_the_others_waiting() {
    // It takes connections, and never says anything.
    let silent = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let looker = Looker::new(Reach {
        http_port: silent.local_addr().unwrap().port(),
        ..reach(&[Network::Loopback])
    });
    let validation = validation(ChallengeKind::Http01, "127.0.0.1");
    for _ in 0..=AT_ONCE {
        let (looker, validation) = (looker.clone(), validation.clone());
        tokio::spawn(async move { looker.look(&validation).await });
    }
    // It is the other's turn at once.
    let other = Validation {
        account: "C".to_owned(),
        kind: ChallengeKind::Other("x".to_owned()),
        ..validation
    };
    tokio::task::yield_now().await;
    let looked = tokio::time::timeout(Duration::from_secs(5), looker.look(&other)).await;
    assert_eq!(
        looked.unwrap().unwrap_err().kind,
        ErrorKind::ServerInternal,
        "it was looked at"
    );
}

#[tokio::test]
async fn clients_are_not_told_where_names_of_this_house_lead() {
    let localhost = validation(ChallengeKind::Http01, "localhost");
    let problem = http01::look(&reach(&[Network::Public]), &localhost)
        .await
        .unwrap_err();
    assert!(problem.detail.contains("--acme-connect"), "{problem}");
    let silent = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let reach = Reach {
        http_port: silent.local_addr().unwrap().port(),
        ..reach(&[Network::Loopback])
    };
    drop(silent);
    let refused = http01::look(&reach, &localhost).await.unwrap_err();
    assert_eq!(refused.kind, ErrorKind::Connection);
    for problem in [problem, refused] {
        assert!(!problem.detail.contains("127.0.0.1"), "{problem}");
        assert!(!problem.detail.contains("::1"), "{problem}");
    }
}

#[tokio::test]
async fn a_redirect_reads_nothing_that_this_machine_alone_can_reach() {
    // To another name of this machine: allowed by the operator, but not proven by the redirect.
    let (other, count) = web(|_| ok(b"secret")).await;
    let (port, _) = web(move |_| to(&format!("http://localhost:{other}/"))).await;
    let reach = Reach {
        http_port: port,
        tls_port: other,
        ..reach(&[Network::Loopback])
    };
    let validation = validation(ChallengeKind::Http01, "127.0.0.1");
    let problem = http01::look(&reach, &validation).await.unwrap_err();
    assert_eq!(count.load(Ordering::Relaxed), 0);
    assert!(problem.detail.contains("not public"), "{problem}");
    // By the name itself, which may lead elsewhere by now: fetched, but not shown.
    let asked = AtomicUsize::new(0);
    let (port, count) = web(move |_| match asked.fetch_add(1, Ordering::Relaxed) {
        0 => to("/private"),
        _ => ok(b"secret"),
    })
    .await;
    let problem = http(port, &[Network::Loopback]).await.unwrap_err();
    assert_eq!(count.load(Ordering::Relaxed), 2);
    assert!(!problem.detail.contains("secret"), "{problem}");
    // The control: at the challenge's own path it is shown.
    let (port, _) = web(|_| ok(b"secret")).await;
    let problem = http(port, &[Network::Loopback]).await.unwrap_err();
    assert!(problem.detail.contains("secret"), "{problem}");
}
