//! Certificates that come compressed (RFC 8879).
#![expect(clippy::unwrap_used, reason = "a test that cannot go on says where")]

use crate::resumption::keys;
use core::slice::from_ref;
use core::sync::atomic::{AtomicUsize, Ordering};
use handfast::config::{
    CertificateCodec, CertificateCompression, ClientAuth, DecompressionFailed, Verification,
};
use handfast::connection::Renewal;
use handfast::session::MemoryStore;
use handfast::{ClientConfig, ConfigFault, Credential, ProtocolVersion, ServerConfig};
use handfast_testkit::certificates::{self, KINDS, KeyKind};
use handfast_testkit::config;
use handfast_testkit::liar::Side;
use handfast_testkit::pair::{Delivery, Pair, now};
use handfast_testkit::witness::Witness;
use handfast_wire::codec::Wire;
use handfast_wire::handshake::{Certificate, ClientHello, CompressedCertificate};
use handfast_wire::registry::{CertificateCompressionAlgorithm, ExtensionType, HandshakeType};
use std::sync::Arc;

const PLAIN: u8 = HandshakeType::CERTIFICATE.0;
const COMPRESSED: u8 = HandshakeType::COMPRESSED_CERTIFICATE.0;

/// Both show who they are.
fn mutual(kind: KeyKind) -> (ClientConfig, ServerConfig) {
    let mut client = config::client();
    client.credentials = vec![config::credential(certificates::client(kind))];
    (client, config::mutual_server(kind))
}

fn with(by: &[CertificateCompression], client: &mut ClientConfig, server: &mut ServerConfig) {
    client.common.certificate_compression = by.to_vec();
    server.common.certificate_compression = by.to_vec();
}

/// A connection, and what both said.
fn met(
    mut client: ClientConfig,
    mut server: ServerConfig,
    delivery: Delivery,
) -> (Pair, Arc<Witness>) {
    let [by_client, by_server] = Witness::of_both();
    client.common.observer = Some(Arc::clone(&by_client) as Arc<_>);
    server.common.observer = Some(by_server);
    let mut pair = Pair::new(&client.check().unwrap(), &server.check().unwrap());
    pair.connect(delivery);
    (pair, by_client)
}

/// The message by which a side shows its certificates.
fn shown(witness: &Witness, side: Side) -> Vec<u8> {
    let shows = |message: &Vec<u8>| [PLAIN, COMPRESSED].contains(&message[0]);
    witness.of(side).into_iter().find(shows).unwrap()
}

fn packed(message: &[u8]) -> CompressedCertificate<'_> {
    CompressedCertificate::decode(&message[4..]).unwrap()
}

fn algorithm(message: &[u8]) -> Option<CertificateCompressionAlgorithm> {
    (message[0] == COMPRESSED).then(|| packed(message).algorithm)
}

/// What a message stands for.
fn unpacked(by: &CertificateCompression, message: &[u8]) -> Vec<u8> {
    let message = packed(message);
    let mut body = vec![0; usize::try_from(message.uncompressed_length.0).unwrap()];
    let bytes = message.compressed_certificate_message;
    by.codec().decompress(&bytes, &mut body).unwrap();
    body
}

fn offers(hello: &[u8]) -> bool {
    let hello = ClientHello::decode(&hello[4..]).unwrap();
    let extension = ExtensionType::COMPRESS_CERTIFICATE;
    hello.extensions.find(extension).is_some()
}

#[test]
fn certificates_of_every_kind_go_compressed_both_ways_in_every_way() {
    for by in CertificateCompression::all() {
        for kind in KINDS {
            let (mut client, mut server) = mutual(kind);
            with(from_ref(&by), &mut client, &mut server);
            for delivery in [Delivery::Whole, Delivery::Chunks(1)] {
                let (pair, witness) = met(client.clone(), server.clone(), delivery);
                assert!(offers(&witness.of(Side::Client)[0]));
                for side in [Side::Server, Side::Client] {
                    let message = shown(&witness, side);
                    assert_eq!(algorithm(&message), Some(by.algorithm()), "{kind:?}");
                }
                let of_server = pair.client.connection.negotiated().unwrap();
                let chain = certificates::server(kind).chain();
                assert_eq!(&of_server.peer_chain[..], chain);
                let of_client = pair.server.connection.negotiated().unwrap();
                let chain = certificates::client(kind).chain();
                assert_eq!(&of_client.peer_chain[..], chain);
            }
        }
    }
}

#[test]
fn what_is_compressed_is_the_certificate_message_and_shorter_than_it() {
    let (client, server) = mutual(KeyKind::Rsa { bits: 2048 });
    let (_, plain) = met(client.clone(), server.clone(), Delivery::Whole);
    for by in CertificateCompression::all() {
        let (mut client, mut server) = (client.clone(), server.clone());
        with(from_ref(&by), &mut client, &mut server);
        let (_, witness) = met(client, server, Delivery::Whole);
        for side in [Side::Server, Side::Client] {
            let (message, before) = (shown(&witness, side), shown(&plain, side));
            assert_eq!(before[0], PLAIN);
            assert_eq!(unpacked(&by, &message), before[4..]);
            assert!(message.len() < before.len(), "{by:?}");
        }
    }
}

#[test]
fn without_the_setting_nothing_is_offered_and_nothing_compressed() {
    let (client, mut server) = mutual(KeyKind::EcP256);
    // The server would; the client knows nothing of it.
    server.common.certificate_compression = CertificateCompression::all();
    let (_, witness) = met(client, server, Delivery::Whole);
    assert!(!offers(&witness.of(Side::Client)[0]));
    assert_eq!(shown(&witness, Side::Server)[0], PLAIN);
    assert_eq!(shown(&witness, Side::Client)[0], PLAIN);
}

#[test]
fn tls_1_2_has_none_of_it() {
    let (mut client, mut server) = mutual(KeyKind::EcP256);
    with(&CertificateCompression::all(), &mut client, &mut server);
    client.common.versions = vec![ProtocolVersion::TLS_1_3, ProtocolVersion::TLS_1_2];
    server.common.versions = vec![ProtocolVersion::TLS_1_2];
    let (_, witness) = met(client.clone(), server.clone(), Delivery::Whole);
    assert!(offers(&witness.of(Side::Client)[0]));
    assert_eq!(shown(&witness, Side::Server)[0], PLAIN);
    assert_eq!(shown(&witness, Side::Client)[0], PLAIN);
    // Who speaks nothing newer does not offer it.
    client.common.versions = vec![ProtocolVersion::TLS_1_2];
    let (_, witness) = met(client, server, Delivery::Whole);
    assert!(!offers(&witness.of(Side::Client)[0]));
}

#[test]
fn the_sender_s_first_that_the_receiver_takes_is_used() {
    let zlib = CertificateCompression::zlib();
    let brotli = CertificateCompression::brotli();
    let zstd = CertificateCompression::zstd();
    let cases = [
        (
            vec![&zlib, &brotli],
            vec![&brotli, &zlib],
            Some([&brotli, &zlib]),
        ),
        (
            vec![&zstd],
            vec![&brotli, &zlib, &zstd],
            Some([&zstd, &zstd]),
        ),
        (vec![&zstd], vec![&brotli, &zlib], None),
    ];
    for (of_client, of_server, used) in cases {
        let (mut client, mut server) = mutual(KeyKind::EcP256);
        let own = |list: Vec<&CertificateCompression>| list.into_iter().cloned().collect();
        client.common.certificate_compression = own(of_client);
        server.common.certificate_compression = own(of_server);
        let (_, witness) = met(client, server, Delivery::Whole);
        let said = [Side::Server, Side::Client].map(|side| algorithm(&shown(&witness, side)));
        let wanted = used.map(|used| used.map(|one| Some(one.algorithm())));
        assert_eq!(said, wanted.unwrap_or_default());
    }
}

#[test]
fn a_list_that_names_one_twice_or_too_many_is_refused() {
    let zlib = CertificateCompression::zlib();
    let mut client = config::client();
    client.common.certificate_compression = vec![zlib.clone(), zlib];
    let twice = ConfigFault::ListedTwice("certificate compression");
    assert_eq!(client.check().err(), Some(twice));
    let mut server = config::server(KeyKind::EcP256);
    let own = |number| CertificateCompression::by(Counting::new(number).0);
    server.common.certificate_compression = (0..128).map(own).collect();
    let too_many = ConfigFault::ListTooLong("certificate compression");
    assert_eq!(server.clone().check().err(), Some(too_many));
    server.common.certificate_compression.pop();
    assert!(server.check().is_ok());
}

/// Brotli under another number, which counts what it is asked for.
#[derive(Debug)]
struct Counting {
    number: u16,
    compressed: Arc<AtomicUsize>,
}

impl Counting {
    fn new(number: u16) -> (Self, Arc<AtomicUsize>) {
        let compressed = Arc::new(AtomicUsize::new(0));
        let count = Arc::clone(&compressed);
        (Self { number, compressed }, count)
    }
}

impl CertificateCodec for Counting {
    fn algorithm(&self) -> CertificateCompressionAlgorithm {
        CertificateCompressionAlgorithm(0xff00 | self.number)
    }

    fn compress(&self, message: &[u8]) -> Option<Vec<u8>> {
        self.compressed.fetch_add(1, Ordering::Relaxed);
        CertificateCompression::brotli().codec().compress(message)
    }

    fn decompress(&self, compressed: &[u8], out: &mut [u8]) -> Result<(), DecompressionFailed> {
        let brotli = CertificateCompression::brotli();
        brotli.codec().decompress(compressed, out)
    }
}

/// A credential with both staples.
fn stapled(credential: Credential) -> Credential {
    let list = vec![0, 8, 0, 6, 1, 2, 3, 4, 5, 6];
    let credential = credential.with_ocsp_response(vec![0x30, 3, 10, 1, 0]);
    credential.with_sct_list(list).unwrap()
}

#[test]
fn each_form_of_a_certificate_is_compressed_once_for_all_handshakes() {
    let (codec, count) = Counting::new(1);
    let (mut client, mut server) = mutual(KeyKind::EcP256);
    with(
        &[CertificateCompression::by(codec)],
        &mut client,
        &mut server,
    );
    server.credentials = server.credentials.drain(..).map(stapled).collect();
    client.verification = Verification::danger_accept_anyone();
    let server = server.check().unwrap();
    let staples = [(false, false), (true, false), (false, true), (true, true)];
    for (forms, (ocsp, scts)) in staples.into_iter().enumerate() {
        client.request_ocsp = ocsp;
        client.request_scts = scts;
        let client = client.clone().check().unwrap();
        for _ in 0..3 {
            let mut pair = Pair::new(&client, &server);
            pair.connect(Delivery::Whole);
            let met = pair.client.connection.negotiated().unwrap();
            assert_eq!(met.ocsp_response.is_some(), ocsp);
            assert_eq!(met.sct_list.is_some(), scts);
        }
        // One more of the server's, beside the one of the client's.
        assert_eq!(count.load(Ordering::Relaxed), forms + 2);
    }
}

#[test]
fn another_staple_is_another_message() {
    let (codec, count) = Counting::new(1);
    let (mut client, mut server) = mutual(KeyKind::EcP256);
    with(
        &[CertificateCompression::by(codec)],
        &mut client,
        &mut server,
    );
    server.client_auth = ClientAuth::None;
    client.verification = Verification::danger_accept_anyone();
    let credential = server.credentials[0].clone();
    for staple in [1, 2] {
        let response = vec![0x30, 3, 10, 1, staple];
        server.credentials = vec![credential.clone().with_ocsp_response(response.clone())];
        let (pair, _) = met(client.clone(), server.clone(), Delivery::Whole);
        let met = pair.client.connection.negotiated().unwrap();
        assert_eq!(met.ocsp_response.as_deref(), Some(&response[..]));
        assert_eq!(count.load(Ordering::Relaxed), usize::from(staple));
    }
}

#[test]
fn a_certificate_that_is_asked_for_later_is_compressed_with_its_context() {
    let (codec, count) = Counting::new(1);
    let by = CertificateCompression::by(codec);
    let (mut client, mut server) = mutual(KeyKind::EcP256);
    with(from_ref(&by), &mut client, &mut server);
    client.post_handshake_auth = true;
    server.client_auth = ClientAuth::None;
    server.later_client_auth = ClientAuth::Require(Verification::chain(config::trust()));
    let (mut pair, witness) = met(client, server, Delivery::Whole);
    assert_eq!(count.load(Ordering::Relaxed), 1, "the server's");
    for asked in 1..=3 {
        let server = &mut pair.server.connection;
        server.renew(Renewal::ClientCertificate, now()).unwrap();
        pair.run(Delivery::Whole);
        assert_eq!((pair.client.error, pair.server.error), (None, None));
        assert_eq!(count.load(Ordering::Relaxed), 1 + asked);
    }
    let chain = certificates::client(KeyKind::EcP256).chain();
    let met = pair.server.connection.negotiated().unwrap();
    assert_eq!(&met.peer_chain[..], chain);
    let said = witness.of(Side::Client);
    let mut answers = said.iter().filter(|message| message[0] == COMPRESSED);
    let body = unpacked(&by, answers.next().unwrap());
    let certificate = Certificate::decode(&body).unwrap();
    assert_eq!(certificate.certificate_request_context.len(), 32);
    assert_eq!(answers.count(), 2);
}

/// Gives nothing.
#[derive(Debug)]
struct Declines;

impl CertificateCodec for Declines {
    fn algorithm(&self) -> CertificateCompressionAlgorithm {
        CertificateCompressionAlgorithm::ZLIB
    }

    fn compress(&self, _: &[u8]) -> Option<Vec<u8>> {
        None
    }

    fn decompress(&self, _: &[u8], _: &mut [u8]) -> Result<(), DecompressionFailed> {
        Err(DecompressionFailed)
    }
}

#[test]
fn what_a_codec_declines_and_a_client_with_nothing_to_show_go_as_they_are() {
    let (mut client, mut server) = mutual(KeyKind::EcP256);
    client.credentials.clear();
    server.client_auth = ClientAuth::Request(Verification::chain(config::trust()));
    server.common.certificate_compression = vec![CertificateCompression::by(Declines)];
    client.common.certificate_compression = vec![CertificateCompression::zlib()];
    let (_, witness) = met(client, server, Delivery::Whole);
    assert_eq!(shown(&witness, Side::Server)[0], PLAIN);
    assert_eq!(shown(&witness, Side::Client), [PLAIN, 0, 0, 4, 0, 0, 0, 0]);
}

#[test]
fn a_session_goes_on_with_what_came_compressed() {
    let (mut client, mut server) = mutual(KeyKind::EcP256);
    with(&CertificateCompression::all(), &mut client, &mut server);
    client.sessions = Some(Arc::new(MemoryStore::default()));
    server.ticket_keys = Some(keys());
    let (client, server) = (client.check().unwrap(), server.check().unwrap());
    let chain = certificates::server(KeyKind::EcP256).chain();
    for resumed in [false, true] {
        let mut pair = Pair::new(&client, &server);
        pair.connect(Delivery::Whole);
        pair.exchange(b"so that tickets arrive");
        let met = pair.client.connection.negotiated().unwrap();
        assert_eq!(met.is_resumed(), resumed);
        assert_eq!(&met.peer_chain[..], chain);
    }
}
