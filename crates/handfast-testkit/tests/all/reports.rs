//! What a report says would mend a connection does mend it: each remedy is applied as it stands, and
//! then the two sides meet.

use crate::mended::{mend, policy};
use handfast::config::Common;
use handfast::connection::Plaintext;
use handfast::report::{Change, PolicyName, Report, Who};
use handfast::{
    CipherSuite, ClientConfig, Error, Fault, NamedGroup, ProtocolVersion, ServerConfig,
    SignatureScheme,
};
use handfast_testkit::certificates::KeyKind;
use handfast_testkit::config;
use handfast_testkit::pair::{Delivery, Pair};

const RSA_2048: KeyKind = KeyKind::Rsa { bits: 2048 };

/// Two sides that have nothing in common, and what brings them together.
struct Mismatch {
    name: &'static str,
    client: fn(&mut ClientConfig),
    server: fn(&mut ServerConfig),
    fault: Fault,
}

/// What the server would have to change.
type Least = Vec<Change>;

/// The server refuses, and knows all that the client has offered.
fn refused_by_server() -> Vec<(Mismatch, Least)> {
    let mut all = versions();
    all.extend(obsolete_suites());
    all.extend(lists());
    all
}

fn row(
    name: &'static str,
    fault: Fault,
    client: fn(&mut ClientConfig),
    server: fn(&mut ServerConfig),
) -> Mismatch {
    Mismatch {
        name,
        client,
        server,
        fault,
    }
}

fn speaks(common: &mut Common, by: Option<PolicyName>, version: ProtocolVersion) {
    if let Some(by) = by {
        common.allow_obsolete(policy(by));
    }
    common.versions = vec![version];
}

fn plain<T>(_: &mut T) {}

fn versions() -> Vec<(Mismatch, Least)> {
    use PolicyName::{Museum, Obsolete};
    use ProtocolVersion as V;
    let none = Fault::VersionNotCommon;
    vec![
        (
            row(
                "the client speaks TLS 1.2 alone, the server TLS 1.3",
                none,
                |client| speaks(&mut client.common, None, V::TLS_1_2),
                |server| speaks(&mut server.common, None, V::TLS_1_3),
            ),
            vec![Change::Version(V::TLS_1_2)],
        ),
        (
            row(
                "the client speaks TLS 1.3 alone, the server TLS 1.2",
                none,
                |client| speaks(&mut client.common, None, V::TLS_1_3),
                |server| speaks(&mut server.common, None, V::TLS_1_2),
            ),
            vec![Change::Version(V::TLS_1_3)],
        ),
        (
            row(
                "the client speaks TLS 1.0 alone",
                none,
                |client| speaks(&mut client.common, Some(Obsolete), V::TLS_1_0),
                plain,
            ),
            vec![Change::Policy(Obsolete)],
        ),
        (
            row(
                "the client speaks SSL 3.0 alone",
                Fault::LegacyVersionObsolete,
                |client| speaks(&mut client.common, Some(Museum), V::SSL_3_0),
                plain,
            ),
            vec![Change::Policy(Museum)],
        ),
    ]
}

fn obsolete_suites() -> Vec<(Mismatch, Least)> {
    use CipherSuite as S;
    use PolicyName::{Compatible, Museum, Obsolete};
    let none = Fault::SuiteNotCommon;
    vec![
        (
            row(
                "the client has RSA key exchange alone",
                none,
                |client| only(client, S::TLS_RSA_WITH_AES_128_GCM_SHA256),
                plain,
            ),
            vec![Change::Policy(Compatible)],
        ),
        (
            row(
                "the client has DHE alone",
                none,
                |client| only(client, S::TLS_DHE_RSA_WITH_AES_128_GCM_SHA256),
                plain,
            ),
            vec![Change::Policy(Compatible)],
        ),
        (
            row(
                "the client has AES-CBC alone",
                none,
                |client| only(client, S::TLS_ECDHE_RSA_WITH_AES_128_CBC_SHA),
                plain,
            ),
            vec![Change::Policy(Compatible)],
        ),
        (
            row(
                "the client has Triple DES alone",
                none,
                |client| only(client, S::TLS_RSA_WITH_3DES_EDE_CBC_SHA),
                plain,
            ),
            vec![Change::Policy(Obsolete)],
        ),
        (
            row(
                "the client has RC4 alone",
                none,
                |client| only(client, S::TLS_RSA_WITH_RC4_128_SHA),
                plain,
            ),
            vec![
                Change::Policy(Museum),
                Change::Suite(S::TLS_RSA_WITH_RC4_128_SHA),
            ],
        ),
    ]
}

fn lists() -> Vec<(Mismatch, Least)> {
    use CipherSuite as S;
    vec![
        (
            row(
                "the server lacks the client's current suite",
                Fault::SuiteNotCommon,
                |client| only(client, S::TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305_SHA256),
                |server| {
                    speaks(&mut server.common, None, ProtocolVersion::TLS_1_2);
                    server.common.suites = vec![S::TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256];
                },
            ),
            vec![Change::Suite(
                S::TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305_SHA256,
            )],
        ),
        (
            row(
                "the client has a group that the server lacks",
                Fault::GroupNotCommon,
                |client| client.common.groups = vec![NamedGroup::SECP521R1],
                plain,
            ),
            vec![Change::Group(NamedGroup::SECP521R1)],
        ),
        (
            row(
                "the client has a hybrid alone that the server lacks",
                Fault::GroupNotCommon,
                |client| client.common.groups = vec![NamedGroup::SECP256R1MLKEM768],
                plain,
            ),
            vec![Change::Group(NamedGroup::SECP256R1MLKEM768)],
        ),
        (
            row(
                "no application protocol in common",
                Fault::AlpnNotCommon,
                |client| client.common.alpn = vec![b"h2".to_vec(), b"http/1.1".to_vec()],
                |server| server.common.alpn = vec![b"http/1.0".to_vec()],
            ),
            vec![Change::Protocol(b"h2".to_vec())],
        ),
    ]
}

/// TLS 1.2 with one suite.
fn only(client: &mut ClientConfig, suite: CipherSuite) {
    speaks(
        &mut client.common,
        Some(PolicyName::Museum),
        ProtocolVersion::TLS_1_2,
    );
    client.common.suites = vec![suite];
}

impl Mismatch {
    fn configs(&self) -> (ClientConfig, ServerConfig) {
        let (mut client, mut server) = (config::client(), config::server(RSA_2048));
        (self.client)(&mut client);
        (self.server)(&mut server);
        (client, server)
    }
}

fn met(client: ClientConfig, server: ServerConfig) -> Pair {
    let mut pair = Pair::new(
        &client.check().expect("sound"),
        &server.check().expect("sound"),
    );
    pair.run(Delivery::Whole);
    pair
}

#[test]
fn what_a_server_would_have_to_change_is_the_least_and_it_is_enough() {
    for (row, wanted) in refused_by_server() {
        let name = row.name;
        let (client, server) = row.configs();
        let pair = met(client, server);
        assert_eq!(
            pair.server.error,
            Some(Error::Fault(row.fault)),
            "{name}: the control"
        );
        let report = pair.server.connection.report().unwrap();
        assert_eq!(report.id(), row.fault.id(), "{name}");
        assert_eq!(report.section(), Some(row.fault.section()), "{name}");
        let nearest = &report.remedies()[0];
        assert_eq!(nearest.changes, wanted, "{name}: {report}");
        assert_eq!(
            (nearest.who, nearest.is_likely),
            (Who::Here, false),
            "{name}"
        );
        let weakens = wanted
            .iter()
            .any(|change| matches!(change, Change::Policy(_)));
        assert_eq!(nearest.lets_in.is_some(), weakens, "{name}");
        // The report speaks of what the client really offers.
        let (client, mut server) = row.configs();
        let offered = report.peer().unwrap().versions.clone().unwrap();
        let named = |version| client.common.versions.contains(version);
        assert!(!offered.is_empty() && offered.iter().all(named), "{name}");
        assert!(mend(&mut server.common, &nearest.changes), "{name}");
        let pair = met(client, server);
        assert_eq!(
            (pair.server.error, pair.client.error),
            (None, None),
            "{name}"
        );
        assert!(
            pair.client.is_connected() && pair.server.is_connected(),
            "{name}"
        );
    }
}

/// The client is told by an alert: its id, and which of the guesses is the right one.
fn refused_to_client() -> Vec<(Mismatch, &'static str, usize)> {
    let mut all = told_of_versions_and_suites();
    all.extend(told_of_lists());
    all
}

const FAILURE: &str = "alert.handshake-failure";

fn told_of_versions_and_suites() -> Vec<(Mismatch, &'static str, usize)> {
    use CipherSuite as S;
    use PolicyName::{Compatible, Museum, Obsolete};
    use ProtocolVersion as V;
    let version = "alert.protocol-version";
    let (no_version, no_suite) = (Fault::VersionNotCommon, Fault::SuiteNotCommon);
    let old = row("a server of TLS 1.0", no_version, plain, |server| {
        speaks(&mut server.common, Some(Obsolete), V::TLS_1_0);
    });
    let oldest = row("a server of SSL 3.0", no_version, plain, |server| {
        speaks(&mut server.common, Some(Museum), V::SSL_3_0);
    });
    let apart = row(
        "a server of TLS 1.2, a client of TLS 1.3",
        no_version,
        |client| speaks(&mut client.common, None, V::TLS_1_3),
        |server| speaks(&mut server.common, None, V::TLS_1_2),
    );
    let rsa = row("RSA key exchange alone", no_suite, plain, |server| {
        speaks(&mut server.common, Some(Compatible), V::TLS_1_2);
        server.common.suites = vec![S::TLS_RSA_WITH_AES_256_CBC_SHA];
    });
    let triple_des = row("Triple DES alone", no_suite, plain, |server| {
        speaks(&mut server.common, Some(Obsolete), V::TLS_1_2);
        server.common.suites = vec![S::TLS_RSA_WITH_3DES_EDE_CBC_SHA];
    });
    let few = row(
        "a client that names too few suites",
        no_suite,
        |client| client.common.suites = vec![S::TLS_AES_128_GCM_SHA256],
        |server| server.common.suites = vec![S::TLS_CHACHA20_POLY1305_SHA256],
    );
    vec![
        (old, version, 0),
        (apart, version, 0),
        (oldest, FAILURE, 2),
        (rsa, FAILURE, 0),
        (triple_des, FAILURE, 1),
        (few, FAILURE, 1),
    ]
}

fn told_of_lists() -> Vec<(Mismatch, &'static str, usize)> {
    let groups = row(
        "a client that names too few groups",
        Fault::GroupNotCommon,
        |client| client.common.groups = vec![NamedGroup::SECP521R1],
        |server| server.common.groups = vec![NamedGroup::SECP384R1],
    );
    let quantum = row(
        "a server that demands what resists quantum computers",
        Fault::GroupNotCommon,
        |client| client.common.groups = vec![NamedGroup::X25519, NamedGroup::SECP256R1],
        |server| server.require_post_quantum = true,
    );
    let schemes = row(
        "a client that names too few signature schemes",
        Fault::SchemeNotCommon,
        |client| client.common.schemes = vec![SignatureScheme::ECDSA_SECP256R1_SHA256],
        |server| speaks(&mut server.common, None, ProtocolVersion::TLS_1_3),
    );
    let protocols = row(
        "no application protocol in common",
        Fault::AlpnNotCommon,
        |client| client.common.alpn = vec![b"h2".to_vec()],
        |server| server.common.alpn = vec![b"mqtt".to_vec()],
    );
    vec![
        (groups, FAILURE, 0),
        (quantum, FAILURE, 1),
        (schemes, FAILURE, 0),
        (protocols, "alert.no-application-protocol", 0),
    ]
}

#[test]
fn what_a_client_is_told_by_an_alert_is_mended_by_one_of_the_likely_remedies() {
    for (row, id, nth) in refused_to_client() {
        let name = row.name;
        let (client, server) = row.configs();
        let pair = met(client, server);
        assert_eq!(pair.server.error, Some(Error::Fault(row.fault)), "{name}");
        let report = pair.client.connection.report().unwrap();
        assert_eq!(report.id(), id, "{name}");
        assert!(report.peer().is_none(), "{name}: nothing was heard of it");
        for (at, remedy) in report.remedies().iter().enumerate().take(nth + 1) {
            assert!(remedy.is_likely, "{name}: an alert gives no reasons");
            let (mut client, server) = row.configs();
            assert!(mend(&mut client.common, &remedy.changes), "{name}");
            let pair = met(client, server);
            let mended = pair.client.is_connected() && pair.server.is_connected();
            assert_eq!(mended, at == nth, "{name}: {report}");
        }
    }
}

#[test]
fn a_server_that_wants_a_certificate_is_shown_one_as_the_report_says() {
    for version in [ProtocolVersion::TLS_1_3, ProtocolVersion::TLS_1_2] {
        let mut client = config::client();
        client.common.versions = vec![version];
        let server = config::mutual_server(KeyKind::EcP256);
        let pair = met(client.clone(), server.clone());
        let report = pair.client.connection.report().unwrap();
        let change = &report.remedies()[0].changes[..];
        assert!(
            matches!(change, [Change::Credential(_)]),
            "{version}: {report}"
        );
        let told = pair.server.connection.report().unwrap();
        assert!(told.id().starts_with("tls.client-certificate.required"));
        let issued = handfast_testkit::certificates::client(KeyKind::EcP256);
        client.credentials = vec![config::credential(issued)];
        let pair = met(client, server);
        assert!(pair.client.is_connected() && pair.server.is_connected());
    }
}

#[test]
fn a_credential_of_the_wrong_kind_is_replaced_as_the_report_says() {
    let mut client = config::client();
    client.common.schemes = vec![SignatureScheme::ECDSA_SECP256R1_SHA256];
    let pair = met(client.clone(), config::server(RSA_2048));
    let report: Report = pair.server.connection.report().unwrap();
    assert_eq!(report.id(), "tls.scheme.not-common");
    assert_eq!(
        report.remedies()[0].changes,
        [Change::Credential("a P-256 key")]
    );
    let pair = met(client, config::server(KeyKind::EcP256));
    assert!(pair.server.is_connected());
}

#[test]
fn a_connection_that_goes_well_has_no_report_and_one_that_failed_keeps_its_own() {
    let mut pair = met(config::client(), config::server(KeyKind::EcP256));
    assert!(pair.client.connection.report().is_none());
    assert!(pair.server.connection.report().is_none());
    // What came later is explained by what was agreed on.
    let now = pair.now;
    pair.client.deliver(&[23, 3, 3, 0, 32], now);
    pair.client.deliver(&[0; 32], now);
    let report = pair.client.connection.report().unwrap();
    assert_eq!(report.id(), "tls.record.not-authentic");
    assert_eq!(report.agreed().version, Some(ProtocolVersion::TLS_1_3));
    assert!(report.agreed().suite.is_some() && report.agreed().group.is_some());
    assert!(report.is_client());
}

/// What other protocols begin with.
const OTHERS: [(&[u8], Plaintext); 11] = [
    (b"GET / HTTP/1.1\r\n\r\n", Plaintext::HttpRequest),
    (b"HTTP/1.1 400 Bad Request\r\n", Plaintext::HttpResponse),
    (b"<html>\r\n<head><title>400", Plaintext::Html),
    (b"<!DOCTYPE HTML PUBLIC", Plaintext::Html),
    (b"SSH-2.0-OpenSSH_9.9\r\n", Plaintext::Ssh),
    (b"220 mail.test ESMTP\r\n", Plaintext::Smtp),
    (b"* OK IMAP4rev1 ready\r\n", Plaintext::Imap),
    (b"+OK POP3 ready\r\n", Plaintext::Pop3),
    (
        b"PROXY TCP4 192.0.2.1 192.0.2.2 1 2\r\n",
        Plaintext::ProxyHeader,
    ),
    (b"\x4a\0\0\0\x0a8.0.36\0", Plaintext::Mysql),
    (b"\0\0\0\x08\x04\xd2\x16\x2f", Plaintext::Postgres),
];

#[test]
fn a_peer_that_speaks_something_else_is_named_at_both_ends_however_it_comes() {
    for (bytes, what) in OTHERS {
        for is_client in [true, false] {
            for size in [bytes.len(), 1] {
                let client = config::client().check().unwrap();
                let server = config::server(KeyKind::EcP256).check().unwrap();
                let mut pair = Pair::new(&client, &server);
                let now = pair.now;
                let end = if is_client {
                    &mut pair.client
                } else {
                    &mut pair.server
                };
                for part in bytes.chunks(size) {
                    end.deliver(part, now);
                }
                let report = end.connection.report().unwrap();
                let (named, id) = (report.plaintext().unwrap(), report.id());
                // With one byte at a time the rest of a greeting is not waited for.
                let known = named == what || (named, size) == (Plaintext::SmtpOrFtp, 1);
                assert!(known, "{what:?} {size}: {named:?}");
                assert_eq!(id, named.id());
                assert_eq!(end.error, Some(Error::Fault(named.fault())), "{what:?}");
                assert_eq!(report.is_client(), is_client);
                assert_eq!(report.remedies().len(), 1, "{report}");
            }
        }
    }
}

#[test]
fn what_is_tls_is_never_taken_for_something_else() {
    let client = config::client().check().unwrap();
    let server = config::server(KeyKind::EcP256).check().unwrap();
    // The control: the same delivery, of TLS.
    let mut pair = Pair::new(&client, &server);
    pair.connect(Delivery::Chunks(1));
    // Text inside of a connection is no first byte.
    let now = pair.now;
    pair.server.deliver(b"HTTP/1.1 200 OK\r\n", now);
    let report = pair.server.connection.report().unwrap();
    assert_eq!(
        (report.id(), report.plaintext()),
        ("tls.record.type-unknown", None)
    );
    // Nor is an alert, nor what is nothing at all.
    let mut pair = Pair::new(&client, &server);
    pair.client.deliver(&[21, 3, 3, 0, 2, 2, 40], now);
    assert_eq!(pair.client.connection.report().unwrap().plaintext(), None);
    pair.server.deliver(&[0; 64], now);
    let report = pair.server.connection.report().unwrap();
    assert_eq!(
        (report.id(), report.plaintext()),
        ("tls.record.not-tls", None)
    );
}

#[test]
fn a_peer_that_hangs_up_or_says_nothing_is_reported_with_what_was_offered() {
    let client = config::client().check().unwrap();
    let server = config::server(KeyKind::EcP256).check().unwrap();
    let pair = Pair::new(&client, &server);
    let report = pair.client.connection.report_hung_up();
    assert_eq!(report.id(), "transport.hung-up");
    assert!(report.own().unwrap().versions.is_some() && report.remedies().len() > 1);
    assert!(report.remedies().iter().all(|remedy| remedy.is_likely));
    let report = pair.server.connection.report_silence();
    assert_eq!(
        (report.id(), report.is_client()),
        ("transport.silence", false)
    );
    // One that has failed keeps its reason.
    let mut pair = Pair::new(&client, &server);
    let now = pair.now;
    pair.client.deliver(&[21, 3, 3, 0, 2, 2, 40], now);
    let report = pair.client.connection.report_hung_up();
    assert_eq!(report.id(), "alert.handshake-failure");
}
