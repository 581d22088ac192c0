//! What only one process can show: a server that comes back with other rules and the same keys.

use crate::serve::allowed::Allowed;
use crate::serve::connection::Connections;
use crate::serve::entrance::Entrance;
use crate::serve::hosts::Hosts;
use crate::serve::keeping::KeepingOptions;
use crate::serve::log::Log;
use crate::serve::options::Options;
use crate::serve::protected::Protected;
use crate::serve::revoked::Revoked;
use crate::serve::site::Sites;
use crate::serve::{Keeping, common, config};
use crate::talk::Talk;
use clap::{Args, Command, FromArgMatches};
use handfast::config::{Renegotiation, Trust};
use handfast::connection::Resumption;
use handfast::session::MemoryStore;
use handfast::stream::now;
use handfast::{ClientConfig, Credential, Roots, ServerName};
use handfast_ca::authority::Authority;
use handfast_ca::issued::Issued;
use handfast_ca::profile::{AlternativeName, KeyKind, Validity};
use handfast_testkit::peer::Folder;
use handfast_tokio::{Connector, TlsStream};
use std::sync::Arc;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

/// Serves one connection as `handfast serve` would with these flags, to a client that has shaken
/// hands, for as long as the first one is kept.
async fn served(
    flags: &[&str],
    keeping: &Keeping,
    connector: &Connector,
) -> (Connections, TlsStream<TcpStream>) {
    let matches =
        Options::augment_args(Command::new("serve")).get_matches_from([&["serve"], flags].concat());
    let options = Options::from_arg_matches(&matches).unwrap();
    let talk = Talk {
        quiet: true,
        ..Talk::default()
    };
    let hosts = Hosts::new(&options, &matches, None).unwrap();
    let common = common(&options, &talk).unwrap();
    let revoked = Revoked::open(&options, &talk).unwrap();
    let config = config(&options, &hosts, common, keeping, &revoked).unwrap();
    let entrance = Arc::new(Entrance::new(config, None, None, None).unwrap());
    let protected = Protected::new(&options.protect, hosts.dirs(), &[]);
    let (sites, allowed) = (
        Arc::new(Sites::new(&hosts, false, protected)),
        Allowed::new(&options.allow),
    );
    let connections = Connections::new(entrance, sites, allowed, Log::new(&talk), 443);
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let (accepted, tcp) = tokio::join!(listener.accept(), TcpStream::connect(address));
    let (accepted, peer) = accepted.unwrap();
    connections.take(accepted, peer);
    let name = ServerName::parse("localhost").unwrap();
    let stream = connector.connect(name, tcp.unwrap()).await.unwrap();
    (connections, stream)
}

/// What the client got, and by what it came back.
async fn visit(
    flags: &[&str],
    keeping: &Keeping,
    connector: &Connector,
) -> (String, Option<Resumption>) {
    let (_connections, mut stream) = served(flags, keeping, connector).await;
    let request = b"GET / HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n";
    stream.write_all(request).await.unwrap();
    let mut page = String::new();
    stream.read_to_string(&mut page).await.unwrap();
    (page, stream.negotiated().unwrap().resumption)
}

fn keep(folder: &Folder, name: &str, issued: &Issued) -> (String, String) {
    let cert = folder.write(&format!("{name}.pem"), issued.chain_pem());
    let key = folder.write(&format!("{name}.key"), issued.key_pem().unwrap());
    (cert.unwrap(), key.unwrap())
}

#[tokio::test]
async fn a_session_made_while_allowed_is_worth_nothing_once_the_client_no_longer_is() {
    let folder = Folder::new().unwrap();
    let year = Validity::days(now().unix_s(), 365);
    let authority = Authority::new("Root", year, KeyKind::EcP256).unwrap();
    let server = [AlternativeName::dns("localhost")];
    let server = authority
        .issue_server(&server, year, KeyKind::EcP256)
        .unwrap();
    let (cert, key) = keep(&folder, "server", &server);
    let root = folder.write("root.pem", authority.root_pem()).unwrap();
    let dir = folder.path().to_str().unwrap().to_owned();
    let mut roots = Roots::new();
    roots.add(authority.root_der().clone()).unwrap();
    for (limit, kind) in [("1.3", Resumption::Psk), ("1.2", Resumption::Ticket)] {
        let mut config = ClientConfig::new(Trust::Roots(roots.clone()));
        config.common.alpn = vec![b"http/1.1".to_vec()];
        config.sessions = Some(Arc::new(MemoryStore::default()));
        let ann = authority.issue_client("Ann", Some("ann@lab.test"), year, KeyKind::EcP256);
        let (chain, own) = ann.unwrap().into_parts();
        config.credentials = vec![Credential::new(chain, own).unwrap()];
        let connector = Connector::new(config.check().unwrap()).unwrap();
        let keeping = Keeping::open(&KeepingOptions::default(), &Talk::default()).unwrap();
        let flags = [
            &*dir,
            "--cert",
            &cert,
            "--key",
            &key,
            "--client-ca",
            &root,
            "--max",
            limit,
        ];
        for (allow, resumed, status) in [
            ("ann@lab.test", None, "200"),
            ("bob@lab.test", Some(kind), "403"),
            // The control: the same session serves where its client is allowed.
            ("ann@lab.test", Some(kind), "200"),
        ] {
            let flags = [&flags[..], &["--allow", allow]].concat();
            let (page, resumption) = visit(&flags, &keeping, &connector).await;
            assert!(
                page.starts_with(&format!("HTTP/1.1 {status} ")),
                "{limit} {allow}: {page}"
            );
            assert_eq!(resumption, resumed, "{limit} {allow}");
            assert_eq!(page.contains("ann@lab.test"), status == "403", "{page}");
        }
    }
}

/// A client before TLS 1.3 may hear a HelloRequest and do nothing (RFC 5246 section 7.4.1.1).
#[tokio::test]
async fn whoever_says_nothing_when_asked_is_not_waited_for_for_ever() {
    let folder = Folder::new().unwrap();
    let year = Validity::days(now().unix_s(), 365);
    let authority = Authority::new("Root", year, KeyKind::EcP256).unwrap();
    let server = [AlternativeName::dns("localhost")];
    let server = authority.issue_server(&server, year, KeyKind::EcP256);
    let (cert, key) = keep(&folder, "server", &server.unwrap());
    let root = folder.write("root.pem", authority.root_pem()).unwrap();
    let mut roots = Roots::new();
    roots.add(authority.root_der().clone()).unwrap();
    let mut config = ClientConfig::new(Trust::Roots(roots));
    config.common.renegotiation = Renegotiation::Ignore;
    let connector = Connector::new(config.check().unwrap()).unwrap();
    let dir = folder.path().to_str().unwrap();
    let own = [dir, "--cert", &cert, "--key", &key, "--max", "1.2"];
    let flags = [&own[..], &["--client-ca", &root, "--protect", "/"]].concat();
    let keeping = Keeping::open(&KeepingOptions::default(), &Talk::default()).unwrap();
    let (_connections, mut stream) = served(&flags, &keeping, &connector).await;
    // From here on a minute is nothing.
    tokio::time::pause();
    let began = tokio::time::Instant::now();
    let request = b"GET /root.pem HTTP/1.1\r\nHost: localhost\r\n\r\n";
    stream.write_all(&request.repeat(2)).await.unwrap();
    let mut page = String::new();
    stream.read_to_string(&mut page).await.unwrap();
    assert!(page.starts_with("HTTP/1.1 403 "), "{page}");
    assert!(page.contains("connection: close\r\n"), "{page}");
    assert!(page.ends_with("has not answered.\n"), "{page}");
    let waited = began.elapsed().as_secs();
    assert!((60..90).contains(&waited), "{waited}");
}
