//! Handfast and rustls 0.23 (aws-lc-rs), in memory, each as client and as server: the groups and
//! signatures that Debian's programs lack among them.

use std::io::{Read, Write};
use std::sync::{Arc, Mutex};

use handfast::config::Trust;
use handfast::observe::{Direction, KeyLog, Observer, Passed};
use handfast::{
    AlertDescription, CipherSuite, ClientConfig, Error, Fault, NamedGroup, Roots, ServerConfig,
    ServerName,
};
use handfast_testkit::certificates::{self, Flaw, KeyKind};
use handfast_testkit::config;
use handfast_testkit::pair::{End, now};
use handfast_wire::registry::HandshakeType;
use rustls::crypto::aws_lc_rs as provider;
use rustls::crypto::{CryptoProvider, SupportedKxGroup};
use rustls::pki_types::CertificateDer;
use rustls::server::WebPkiClientVerifier;
use rustls::{Connection, RootCertStore, SupportedCipherSuite, version::TLS13};

const SUITES: [(CipherSuite, SupportedCipherSuite); 3] = [
    (
        CipherSuite::TLS_AES_128_GCM_SHA256,
        provider::cipher_suite::TLS13_AES_128_GCM_SHA256,
    ),
    (
        CipherSuite::TLS_AES_256_GCM_SHA384,
        provider::cipher_suite::TLS13_AES_256_GCM_SHA384,
    ),
    (
        CipherSuite::TLS_CHACHA20_POLY1305_SHA256,
        provider::cipher_suite::TLS13_CHACHA20_POLY1305_SHA256,
    ),
];

/// Every group that rustls has.
static GROUPS: [(NamedGroup, &dyn SupportedKxGroup); 7] = [
    (
        NamedGroup::X25519MLKEM768,
        provider::kx_group::X25519MLKEM768,
    ),
    (
        NamedGroup::SECP256R1MLKEM768,
        provider::kx_group::SECP256R1MLKEM768,
    ),
    (NamedGroup::MLKEM768, provider::kx_group::MLKEM768),
    (NamedGroup::MLKEM1024, provider::kx_group::MLKEM1024),
    (NamedGroup::X25519, provider::kx_group::X25519),
    (NamedGroup::SECP256R1, provider::kx_group::SECP256R1),
    (NamedGroup::SECP384R1, provider::kx_group::SECP384R1),
];

/// Every kind of key but RSA-PSS (id-RSASSA-PSS), which rustls does not read.
const KINDS: [KeyKind; 8] = [
    KeyKind::EcP256,
    KeyKind::EcP384,
    KeyKind::EcP521,
    KeyKind::Ed25519,
    KeyKind::Rsa { bits: 2048 },
    KeyKind::MlDsa44,
    KeyKind::MlDsa65,
    KeyKind::MlDsa87,
];

const LABEL: &[u8] = b"EXPERIMENTAL handfast";

#[test]
fn our_client_reaches_rustls_by_every_suite_and_group_with_every_kind_of_server() {
    for kind in KINDS {
        for (suite, theirs) in SUITES {
            for (group, _) in GROUPS {
                let mut client = config::client();
                client.common.suites = vec![suite];
                client.common.groups = vec![group];
                let server = rustls_server(only(theirs), kind, false);
                let (ours, _) = good(our_client(client), server);
                let agreed = ours.connection.negotiated().unwrap();
                assert_eq!((agreed.suite, agreed.group), (suite, group));
            }
        }
    }
}

#[test]
fn rustls_reaches_our_server_by_every_suite_and_group_with_every_kind_of_server() {
    for kind in KINDS {
        for (suite, theirs) in SUITES {
            for (group, their_group) in GROUPS {
                let mut crypto = only(theirs);
                crypto.kx_groups = vec![their_group];
                let (ours, _) = good(our_server(server(kind)), rustls_client(crypto, None));
                let agreed = ours.connection.negotiated().unwrap();
                assert_eq!((agreed.suite, agreed.group), (suite, group));
            }
        }
    }
}

#[test]
fn either_side_retries_to_every_group() {
    for (group, their_group) in GROUPS {
        if group == NamedGroup::X25519 {
            continue;
        }
        let mut client = config::client();
        client.common.groups = GROUPS.map(|(group, _)| group).to_vec();
        client.key_shares = Some(vec![NamedGroup::X25519]);
        let mut crypto = all();
        crypto.kx_groups = vec![their_group];
        let server = rustls_server(crypto, KeyKind::EcP256, false);
        let (ours, theirs) = good(our_client(client), server);
        let agreed = ours.connection.negotiated().unwrap();
        assert!(agreed.retried && agreed.group == group, "{group}");
        assert_eq!(
            theirs.handshake_kind(),
            Some(rustls::HandshakeKind::FullWithHelloRetryRequest)
        );

        let mut own = self::server(KeyKind::EcP256);
        own.common.groups = vec![group];
        let mut crypto = all();
        crypto
            .kx_groups
            .sort_by_key(|group| group.name() != rustls::NamedGroup::X25519);
        let (ours, theirs) = good(our_server(own), rustls_client(crypto, None));
        let agreed = ours.connection.negotiated().unwrap();
        assert!(agreed.retried && agreed.group == group, "{group}");
        assert_eq!(
            theirs.handshake_kind(),
            Some(rustls::HandshakeKind::FullWithHelloRetryRequest)
        );
    }
}

#[test]
fn clients_show_certificates_of_every_kind() {
    for kind in KINDS {
        let mut client = config::client();
        client.credentials = vec![config::credential(certificates::client(kind))];
        let (ours, theirs) = good(
            our_client(client),
            rustls_server(all(), KeyKind::EcP256, true),
        );
        assert!(ours.connection.negotiated().unwrap().own_scheme.is_some());
        assert_eq!(
            theirs.peer_certificates().unwrap(),
            certificates::client(kind).chain()
        );

        let mut own = config::mutual_server(KeyKind::EcP256);
        own.common.groups = GROUPS.map(|(group, _)| group).to_vec();
        let (ours, _) = good(our_server(own), rustls_client(all(), Some(kind)));
        let agreed = ours.connection.negotiated().unwrap();
        assert_eq!(agreed.peer_chain, certificates::client(kind).chain());
    }
}

#[test]
fn both_log_and_export_the_same_secrets() {
    let (mine, theirs_log) = (Arc::new(Watch::default()), Arc::new(Watch::default()));
    let mut client = config::client();
    client.common.key_log = Some(Arc::clone(&mine) as Arc<dyn KeyLog>);
    let mut server = rustls_server_config(all(), KeyKind::EcP256, false);
    server.key_log = Arc::clone(&theirs_log) as Arc<dyn rustls::KeyLog>;
    let server = rustls::ServerConnection::new(Arc::new(server)).unwrap();
    let (ours, theirs) = good(our_client(client), server.into());
    let (mut one, mut other) = ([0; 48], [0; 48]);
    ours.connection
        .export(LABEL, Some(b"context"), &mut one)
        .unwrap();
    theirs
        .export_keying_material(&mut other, LABEL, Some(b"context"))
        .unwrap();
    assert_eq!(one, other);
    assert_eq!(mine.lines().len(), 5);
    assert_eq!(mine.lines(), theirs_log.lines());
}

#[test]
fn either_side_replaces_its_keys() {
    let watch = Arc::new(Watch::default());
    let mut client = config::client();
    client.common.observer = Some(Arc::clone(&watch) as Arc<dyn Observer>);
    let (mut ours, mut theirs) = good(
        our_client(client),
        rustls_server(all(), KeyKind::EcP256, false),
    );
    let mut out = vec![0; 1000];
    let written = ours.connection.key_update(true, &mut out).unwrap();
    take(&mut theirs, &out[..written]).unwrap();
    exchange(&mut ours, &mut theirs);
    assert_eq!(*watch.updates.lock().unwrap(), (1, 1));
    theirs.refresh_traffic_keys().unwrap();
    exchange(&mut ours, &mut theirs);
    exchange(&mut ours, &mut theirs);
    let (sent, received) = *watch.updates.lock().unwrap();
    assert!(sent == 2 && received >= 2, "{sent} {received}");
}

#[test]
fn names_and_protocols_are_agreed_on() {
    let mut client = config::client();
    client.common.alpn = vec![b"first".to_vec(), b"second".to_vec()];
    let mut server = rustls_server_config(all(), KeyKind::EcP256, false);
    server.alpn_protocols = vec![b"second".to_vec()];
    let server = rustls::ServerConnection::new(Arc::new(server)).unwrap();
    let (ours, theirs) = good(our_client(client), server.into());
    assert_eq!(
        ours.connection.negotiated().unwrap().alpn.as_deref(),
        Some(&b"second"[..])
    );
    assert_eq!(theirs.alpn_protocol(), Some(&b"second"[..]));
    let Connection::Server(server) = theirs else {
        panic!("a server")
    };
    assert_eq!(server.server_name(), Some("localhost"));
}

#[test]
fn certificates_below_an_unknown_root_are_refused_by_name() {
    // rustls refuses our server.
    let mut own = server(KeyKind::EcP256);
    own.credentials = vec![config::credential(&Flaw::UnknownRoot.server())];
    let (mut ours, mut theirs) = (our_server(own), rustls_client(all(), None));
    let error = run(&mut ours, &mut theirs).unwrap_err();
    assert!(
        error.to_string().contains("invalid peer certificate"),
        "{error}"
    );
    let told = matches!(
        ours.error,
        Some(Error::PeerAlert(
            AlertDescription::UNKNOWN_CA
                | AlertDescription::DECRYPT_ERROR
                | AlertDescription::BAD_CERTIFICATE
        ))
    );
    assert!(told, "{:?}", ours.error);

    // We refuse rustls's.
    let mut roots = Roots::new();
    roots.add(stranger()).unwrap();
    let mut ours = our_client(ClientConfig::new(Trust::Roots(roots)));
    let mut theirs = rustls_server(all(), KeyKind::EcP256, false);
    let error = run(&mut ours, &mut theirs).unwrap_err();
    assert_eq!(
        ours.error,
        Some(Error::Fault(Fault::CertificateAuthorityUnknown))
    );
    let alert = rustls::AlertDescription::UnknownCA;
    assert_eq!(error, rustls::Error::AlertReceived(alert));
}

/// A root that vouches for nobody here: a self-signed server.
fn stranger() -> CertificateDer<'static> {
    Flaw::SelfSigned.server().chain()[0].clone()
}

/// Everything that rustls can do.
fn all() -> CryptoProvider {
    CryptoProvider {
        kx_groups: GROUPS.map(|(_, group)| group).to_vec(),
        ..provider::default_provider()
    }
}

fn only(suite: SupportedCipherSuite) -> CryptoProvider {
    CryptoProvider {
        cipher_suites: vec![suite],
        ..all()
    }
}

fn rustls_roots() -> Arc<RootCertStore> {
    let mut roots = RootCertStore::empty();
    roots.add(certificates::root().root_der().clone()).unwrap();
    Arc::new(roots)
}

fn rustls_server_config(
    crypto: CryptoProvider,
    kind: KeyKind,
    mutual: bool,
) -> rustls::ServerConfig {
    let crypto = Arc::new(crypto);
    let issued = certificates::server(kind);
    let builder = rustls::ServerConfig::builder_with_provider(Arc::clone(&crypto))
        .with_protocol_versions(&[&TLS13])
        .unwrap();
    let builder = if mutual {
        let verifier = WebPkiClientVerifier::builder_with_provider(rustls_roots(), crypto);
        builder.with_client_cert_verifier(verifier.build().unwrap())
    } else {
        builder.with_no_client_auth()
    };
    builder
        .with_single_cert(issued.chain().to_vec(), issued.key_der().unwrap())
        .unwrap()
}

fn rustls_server(crypto: CryptoProvider, kind: KeyKind, mutual: bool) -> Connection {
    let config = rustls_server_config(crypto, kind, mutual);
    rustls::ServerConnection::new(Arc::new(config))
        .unwrap()
        .into()
}

fn rustls_client(crypto: CryptoProvider, shown: Option<KeyKind>) -> Connection {
    let builder = rustls::ClientConfig::builder_with_provider(Arc::new(crypto))
        .with_protocol_versions(&[&TLS13])
        .unwrap()
        .with_root_certificates(rustls_roots());
    let config = match shown {
        Some(kind) => {
            let issued = certificates::client(kind);
            builder
                .with_client_auth_cert(issued.chain().to_vec(), issued.key_der().unwrap())
                .unwrap()
        }
        None => builder.with_no_client_auth(),
    };
    let name = "localhost".try_into().unwrap();
    rustls::ClientConnection::new(Arc::new(config), name)
        .unwrap()
        .into()
}

fn server(kind: KeyKind) -> ServerConfig {
    let mut config = config::server(kind);
    config.common.groups = GROUPS.map(|(group, _)| group).to_vec();
    config
}

fn our_client(config: ClientConfig) -> End {
    let name = ServerName::parse("localhost").unwrap();
    End::new(config.check().unwrap().connect(name, now()).unwrap())
}

fn our_server(config: ServerConfig) -> End {
    End::new(config.check().unwrap().accept(now()).unwrap())
}

/// Runs the handshake to its good end, and sends data both ways.
fn good(mut ours: End, mut theirs: Connection) -> (End, Connection) {
    run(&mut ours, &mut theirs).unwrap();
    assert!(
        ours.is_connected() && !theirs.is_handshaking(),
        "{:?}",
        ours.error
    );
    exchange(&mut ours, &mut theirs);
    (ours, theirs)
}

/// Carries bytes until neither has anything to say; what rustls refuses comes back.
fn run(ours: &mut End, theirs: &mut Connection) -> Result<(), rustls::Error> {
    let mut outcome = Ok(());
    loop {
        let out = ours.take_output();
        let taken = take(theirs, &out);
        outcome = outcome.and(taken);
        let back = said(theirs);
        ours.deliver(&back, now());
        if out.is_empty() && back.is_empty() {
            return outcome;
        }
    }
}

fn said(theirs: &mut Connection) -> Vec<u8> {
    let mut bytes = Vec::new();
    while theirs.wants_write() {
        theirs.write_tls(&mut bytes).unwrap();
    }
    bytes
}

fn take(theirs: &mut Connection, mut bytes: &[u8]) -> Result<(), rustls::Error> {
    while !bytes.is_empty() {
        theirs.read_tls(&mut bytes).unwrap();
        theirs.process_new_packets()?;
    }
    Ok(())
}

/// Sends more than a record each way.
fn exchange(ours: &mut End, theirs: &mut Connection) {
    let data: Vec<u8> = (0..=u8::MAX).cycle().take(20_000).collect();
    ours.data.clear();
    theirs.writer().write_all(&data).unwrap();
    let records = said(theirs);
    ours.deliver(&records, now());
    assert_eq!(ours.error, None);
    assert!(ours.data == data);
    let mut records = ours.take_output();
    records.extend(ours.write(&data));
    let mut back = vec![0; data.len()];
    // rustls holds so much plaintext and no more: it must be read in between.
    let mut at = 0;
    for piece in records.chunks(4000) {
        take(theirs, piece).unwrap();
        while let Ok(read) = theirs.reader().read(&mut back[at..]) {
            at += read;
            if read == 0 {
                break;
            }
        }
    }
    assert!(back == data);
}

/// Of a key log: the label, the client's random, the secret.
type Line = (String, Vec<u8>, Vec<u8>);

/// What an observer and a key log of either side saw.
#[derive(Debug, Default)]
struct Watch {
    lines: Mutex<Vec<Line>>,
    /// KeyUpdates sent and received.
    updates: Mutex<(usize, usize)>,
}

impl Watch {
    fn lines(&self) -> Vec<Line> {
        let mut lines = self.lines.lock().unwrap().clone();
        lines.sort();
        lines
    }
}

impl KeyLog for Watch {
    fn secret(&self, label: &str, client_random: &[u8; 32], secret: &[u8]) {
        rustls::KeyLog::log(self, label, client_random, secret);
    }
}

impl rustls::KeyLog for Watch {
    fn log(&self, label: &str, client_random: &[u8], secret: &[u8]) {
        let line = (label.to_owned(), client_random.to_vec(), secret.to_vec());
        self.lines.lock().unwrap().push(line);
    }
}

impl Observer for Watch {
    fn passed(&self, direction: Direction, what: Passed<'_>) {
        if let Passed::Handshake { msg_type, .. } = what
            && msg_type == HandshakeType::KEY_UPDATE
        {
            let mut updates = self.updates.lock().unwrap();
            match direction {
                Direction::Sent => updates.0 += 1,
                Direction::Received => updates.1 += 1,
            }
        }
    }
}
