//! RFC 8448's traces, byte for byte: every record of each side that can be driven to its end.
//!
//! What a trace's author chose is scripted: randomness, private keys, the wording of Hellos,
//! EncryptedExtensions and CertificateRequest, and signatures, which are random. All else is the
//! engine's: transcript, key schedule, Certificate, CertificateVerify and Finished, records.
//!
//! The trace's RSA keys have 1,024 bits, and Handfast takes no signature by so short a key. So
//! the side that checks one is driven up to that refusal: the client in sections 3, 5 and 7, the
//! server in section 6. The other sides run to close_notify, so that each role is seen whole.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on says where")]

mod trace;

use handfast::config::{ClientAuth, Verification};
use handfast::connection::Question;
use handfast::{
    Answer, ClientConfig, Credential, Error, Event, Fault, NamedGroup, ServerConfig, ServerName,
};
use handfast_testkit::pair::{End, now};
use handfast_wire::registry::{ContentType, HandshakeType};
use rustls_pki_types::CertificateDer;

use trace::{Secrets, Trace, common};

const SIMPLE: &str = include_str!("rfc8448/simple.txt");
const RETRY: &str = include_str!("rfc8448/retry.txt");
const CLIENT_AUTH: &str = include_str!("rfc8448/client_auth.txt");
const COMPATIBILITY: &str = include_str!("rfc8448/compatibility.txt");

const CH: HandshakeType = HandshakeType::CLIENT_HELLO;
const SH: HandshakeType = HandshakeType::SERVER_HELLO;

/// All secrets of a key log, in the order in which they are derived.
const SECRETS: [&str; 5] = [
    "CLIENT_HANDSHAKE_TRAFFIC_SECRET",
    "SERVER_HANDSHAKE_TRAFFIC_SECRET",
    "CLIENT_TRAFFIC_SECRET_0",
    "SERVER_TRAFFIC_SECRET_0",
    "EXPORTER_SECRET",
];

#[test]
fn section_3_server_sends_every_record_and_derives_every_secret() {
    let trace = Trace::parse(SIMPLE);
    let (mut server, secrets) = server(&trace, &["server random", "server x25519 key"], |_| {});
    server.deliver(trace.get("client hello record"), now());
    let flight = trace.joined(&["server hello record", "server flight record"]);
    assert_eq!(server.take_output(), flight);
    server.deliver(trace.get("client finished record"), now());
    assert!(server.is_connected(), "{:?}", server.error);
    assert_eq!(secrets.taken(), trace.secrets(&SECRETS));

    // Tickets come with resumption; until then the test says this one.
    let mut out = vec![0; 1000];
    let ticket = trace.get("message NewSessionTicket");
    let connection = &mut server.connection;
    let written = connection.danger_send_record(ContentType::HANDSHAKE, ticket, &mut out);
    assert_eq!(out[..written.unwrap()], *trace.get("session ticket record"));

    server.deliver(trace.get("client data record"), now());
    assert_eq!(server.data, trace.get("application data"));
    let record = server.write(trace.get("application data"));
    assert_eq!(record, trace.get("server data record"));
    closes(
        &mut server,
        &trace,
        "client close record",
        "server close record",
    );
}

#[test]
fn section_3_client_agrees_up_to_the_short_key() {
    let trace = Trace::parse(SIMPLE);
    let (mut client, secrets) = client(
        &trace,
        &["client random", "client random", "client x25519 key"],
        |_| {},
    );
    assert_eq!(client.take_output(), trace.get("client hello record"));
    refuses_the_short_key(&mut client, &trace);
    assert_eq!(secrets.taken(), trace.secrets(&SECRETS[..2]));
}

#[test]
fn section_5_server_retries_byte_for_byte() {
    let trace = Trace::parse(RETRY);
    // One draw for a cookie, in whose place the script says the trace's.
    let drawn = ["server random", "server random", "server p256 key"];
    let (mut server, _) = server(&trace, &drawn, |config| {
        config.common.groups = vec![NamedGroup::SECP256R1];
    });
    server.deliver(trace.get("client hello record"), now());
    assert_eq!(server.take_output(), trace.get("retry record"));
    server.deliver(trace.get("second client hello record"), now());
    let flight = trace.joined(&["server hello record", "server flight record"]);
    assert_eq!(server.take_output(), flight, "{:?}", server.error);
    server.deliver(trace.get("client finished record"), now());
    assert!(server.is_connected(), "{:?}", server.error);
    closes(
        &mut server,
        &trace,
        "client close record",
        "server close record",
    );
}

#[test]
fn section_5_client_retries_byte_for_byte_and_agrees_up_to_the_short_key() {
    let trace = Trace::parse(RETRY);
    let drawn = [
        "client random",
        "client random",
        "client x25519 key",
        "client p256 key",
    ];
    let (mut client, _) = client(&trace, &drawn, |_| {});
    assert_eq!(client.take_output(), trace.get("client hello record"));
    client.deliver(trace.get("retry record"), now());
    assert_eq!(
        client.take_output(),
        trace.get("second client hello record")
    );
    refuses_the_short_key(&mut client, &trace);
}

#[test]
fn section_6_client_sends_every_record() {
    let trace = Trace::parse(CLIENT_AUTH);
    let drawn = ["client random", "client random", "client x25519 key"];
    let (mut client, _) = client(&trace, &drawn, |_| {});
    assert_eq!(client.take_output(), trace.get("client hello record"));
    client.deliver(trace.get("server hello record"), now());
    client.deliver(trace.get("server flight record"), now());
    assert!(client.is_connected(), "{:?}", client.error);
    assert_eq!(client.take_output(), trace.get("client finished record"));
    closes(
        &mut client,
        &trace,
        "server close record",
        "client close record",
    );
}

#[test]
fn section_6_server_agrees_up_to_the_short_key() {
    let trace = Trace::parse(CLIENT_AUTH);
    let drawn = ["server random", "server x25519 key"];
    let (mut server, _) = server(&trace, &drawn, |config| {
        config.client_auth = ClientAuth::Require(Verification::ask());
    });
    server.deliver(trace.get("client hello record"), now());
    let flight = trace.joined(&["server hello record", "server flight record"]);
    assert_eq!(server.take_output(), flight);
    server.deliver(trace.get("client finished record"), now());
    assert_eq!(server.error, Some(Error::Fault(Fault::CertificateKeyWeak)));
}

#[test]
fn section_7_server_sends_every_record() {
    let trace = Trace::parse(COMPATIBILITY);
    let (mut server, _) = server(&trace, &["server random", "server x25519 key"], |_| {});
    server.deliver(trace.get("client hello record"), now());
    // The field of the flight begins with change_cipher_spec.
    let flight = trace.joined(&["server hello record", "server flight record"]);
    assert_eq!(server.take_output(), flight);
    server.deliver(trace.get("client finished record"), now());
    assert!(server.is_connected(), "{:?}", server.error);
    closes(
        &mut server,
        &trace,
        "client close record",
        "server close record",
    );
}

#[test]
fn section_7_client_agrees_up_to_the_short_key() {
    let trace = Trace::parse(COMPATIBILITY);
    let drawn = ["client random", "client session id", "client x25519 key"];
    let (mut client, _) = client(&trace, &drawn, |config| {
        config.common.middlebox_compatibility = true;
    });
    assert_eq!(client.take_output(), trace.get("client hello record"));
    refuses_the_short_key(&mut client, &trace);
    // The alert follows the change_cipher_spec that the trace has before Finished.
    let output = client.take_output();
    assert_eq!(output[..6], trace.get("client finished record")[..6]);
}

/// A server that draws what the trace's drew and says its messages.
fn server(
    trace: &Trace,
    drawn: &[&str],
    set: impl FnOnce(&mut ServerConfig),
) -> (End, std::sync::Arc<Secrets>) {
    let mut said = vec![
        (SH, trace.message("server hello record")),
        (
            HandshakeType::ENCRYPTED_EXTENSIONS,
            trace.get("message EncryptedExtensions").to_vec(),
        ),
    ];
    if trace.has("retry record") {
        said.insert(0, (SH, trace.message("retry record")));
    }
    if trace.has("message CertificateRequest") {
        let request = trace.get("message CertificateRequest").to_vec();
        said.push((HandshakeType::CERTIFICATE_REQUEST, request));
    }
    let chain = vec![CertificateDer::from(
        trace.get("server certificate").to_vec(),
    )];
    let mut config = ServerConfig::new(Credential::with_remote_key(chain).unwrap());
    let (common, secrets) = common(trace.joined(drawn), said);
    config.common = common;
    set(&mut config);
    let mut end = End::new(config.check().unwrap().accept(now()).unwrap());
    end.answerer = Some(signer(
        trace.get("server signed content").to_vec(),
        trace.get("server signature").to_vec(),
    ));
    (end, secrets)
}

/// A client that draws what the trace's drew and says its Hellos.
fn client(
    trace: &Trace,
    drawn: &[&str],
    set: impl FnOnce(&mut ClientConfig),
) -> (End, std::sync::Arc<Secrets>) {
    let mut said = vec![(CH, trace.message("client hello record"))];
    if trace.has("second client hello record") {
        said.push((CH, trace.message("second client hello record")));
    }
    let (common, secrets) = common(trace.joined(drawn), said);
    let mut config = ClientConfig::with_verification(Verification::ask());
    config.common = common;
    let mut signed = (Vec::new(), Vec::new());
    if trace.has("client certificate") {
        let chain = vec![CertificateDer::from(
            trace.get("client certificate").to_vec(),
        )];
        config.credentials = vec![Credential::with_remote_key(chain).unwrap()];
        signed = (
            trace.get("client signed content").to_vec(),
            trace.get("client signature").to_vec(),
        );
    }
    set(&mut config);
    let name = ServerName::parse("server").unwrap();
    let mut end = End::new(config.check().unwrap().connect(name, now()).unwrap());
    end.answerer = Some(signer(signed.0, signed.1));
    (end, secrets)
}

/// Signs the trace's content, and no other, by the trace's signature; takes any peer.
fn signer(content: Vec<u8>, signature: Vec<u8>) -> handfast_testkit::pair::Answerer {
    Box::new(move |question| match question {
        Question::Sign { message, .. } => {
            assert_eq!(message, content);
            Answer::Signature(signature.clone())
        }
        Question::VerifyPeer { .. } => Answer::PeerAccepted,
        _ => Answer::Failed,
    })
}

/// The server's flight opens, and its signature by 1,024 bits is refused.
fn refuses_the_short_key(client: &mut End, trace: &Trace) {
    client.deliver(trace.get("server hello record"), now());
    client.deliver(trace.get("server flight record"), now());
    assert_eq!(client.error, Some(Error::Fault(Fault::CertificateKeyWeak)));
}

/// Both sides close, in the trace's bytes.
fn closes(end: &mut End, trace: &Trace, peer_record: &str, own_record: &str) {
    end.deliver(trace.get(peer_record), now());
    assert_eq!(end.events.last(), Some(&Event::Closed), "{:?}", end.error);
    end.connection.close();
    assert_eq!(end.take_output(), trace.get(own_record));
}
