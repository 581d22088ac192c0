//! What TLS 1.0 changed in SSL 3.0, difference by difference: each is written out here by the words
//! of RFC 6101 and RFC 2246, and compared with what the engine says on the wire or expands.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on says where")]

use handfast::config::{ClientAuth, Trust, Verification};
use handfast::observe::{Calculated, KeyCalculation};
use handfast::obsolete::MUSEUM;
use handfast::{AlertDescription, CipherSuite, ClientConfig, ProtocolVersion, ServerConfig};
use handfast_crypto::hash::{HashAlgorithm, digest};
use handfast_crypto::hkdf::hmac;
use handfast_crypto::legacy::cipher::BulkCipher;
use handfast_crypto::legacy::record::{
    BlockOpener, BlockSealer, IvRule, Keys, MacForm, Order, Protection,
};
use handfast_crypto::legacy::sign::verify_obsolete;
use handfast_crypto::signature::SignatureAlgorithm;
use handfast_pki::certificate::Certificate;
use handfast_pki::roots::Roots;
use handfast_testkit::certificates::{self, KeyKind};
use handfast_testkit::config;
use handfast_testkit::liar::Side;
use handfast_testkit::pair::{Delivery, Pair};
use handfast_testkit::witness::{Said, Witness, records};
use handfast_wire::codec::Wire;
use handfast_wire::handshake::UnnamedCertificateRequest;
use handfast_wire::registry::{ClientCertificateType, ContentType, HandshakeType};
use std::sync::{Arc, Mutex};

const SSL3: ProtocolVersion = ProtocolVersion::SSL_3_0;
const TLS10: ProtocolVersion = ProtocolVersion::TLS_1_0;
const BOTH: [ProtocolVersion; 2] = [SSL3, TLS10];
const RSA_2048: KeyKind = KeyKind::Rsa { bits: 2048 };
const SUITE: CipherSuite = CipherSuite::TLS_RSA_WITH_3DES_EDE_CBC_SHA;
const MD5: HashAlgorithm = HashAlgorithm::Md5;
const SHA1: HashAlgorithm = HashAlgorithm::Sha1;

/// The secrets of a handshake, as the client computes them.
#[derive(Debug, Default)]
struct Lesson {
    premaster: Mutex<Vec<u8>>,
    master: Mutex<Vec<u8>>,
    block: Mutex<Vec<u8>>,
}

impl KeyCalculation for Lesson {
    fn calculated(&self, what: Calculated<'_>) {
        let (place, bytes) = match what {
            Calculated::Premaster(secret) => (&self.premaster, secret),
            Calculated::MasterSecret { secret, .. } => (&self.master, secret),
            Calculated::KeyBlock { block, .. } => (&self.block, block),
            _ => return,
        };
        *place.lock().unwrap() = bytes.to_vec();
    }
}

/// One handshake with a client certificate, and all that is known of it.
struct Handshake {
    pair: Pair,
    said: Vec<Said>,
    premaster: Vec<u8>,
    master: Vec<u8>,
    block: Vec<u8>,
    client_random: Vec<u8>,
    server_random: Vec<u8>,
}

fn configs(version: ProtocolVersion) -> (ClientConfig, ServerConfig) {
    let (mut client, mut server) = (config::client(), config::server(RSA_2048));
    for common in [&mut client.common, &mut server.common] {
        common.allow_obsolete(&MUSEUM);
        common.versions = vec![version];
        common.suites = vec![SUITE];
        common.encrypt_then_mac = false;
    }
    server.client_auth = config::mutual_server(RSA_2048).client_auth;
    client.credentials = vec![config::credential(certificates::client(RSA_2048))];
    (client, server)
}

fn shake(version: ProtocolVersion) -> Handshake {
    let (mut client, mut server) = configs(version);
    let lesson = Arc::new(Lesson::default());
    client.common.danger_key_calculation = Some(Arc::clone(&lesson) as _);
    let [ours, theirs] = Witness::of_both();
    client.common.observer = Some(Arc::clone(&ours) as _);
    server.common.observer = Some(theirs);
    let mut pair = Pair::new(&client.check().unwrap(), &server.check().unwrap());
    pair.connect(Delivery::Whole);
    let said = ours.all();
    let random = |hello: &Said| hello.1[6..38].to_vec();
    Handshake {
        client_random: random(&said[0]),
        server_random: random(&said[1]),
        premaster: lesson.premaster.lock().unwrap().clone(),
        master: lesson.master.lock().unwrap().clone(),
        block: lesson.block.lock().unwrap().clone(),
        pair,
        said,
    }
}

impl Handshake {
    /// Messages of a type.
    fn message(&self, msg_type: HandshakeType) -> &[u8] {
        let found = self.said.iter().find(|(_, bytes)| bytes[0] == msg_type.0);
        &found.expect("it was said").1
    }

    /// Everything that was said before the first message of a type by a side.
    fn before(&self, msg_type: HandshakeType, side: Side) -> Vec<u8> {
        let is_it = |(by, bytes): &Said| *by == side && bytes[0] == msg_type.0;
        let at = self.said.iter().position(is_it).expect("it was said");
        self.said[..at]
            .iter()
            .flat_map(|(_, bytes)| bytes.clone())
            .collect()
    }

    fn said_by(&self, msg_type: HandshakeType, side: Side) -> &[u8] {
        let is_it = |(by, bytes): &&Said| *by == side && bytes[0] == msg_type.0;
        &self.said.iter().find(is_it).expect("it was said").1
    }

    /// The client's write keys out of the key block: both MAC secrets, both keys, both IVs.
    fn client_keys(&self) -> Keys<'_> {
        Keys {
            mac_key: &self.block[..20],
            key: &self.block[40..64],
            iv: &self.block[88..96],
        }
    }
}

/// Difference 1: The version number, in Hellos, in records, and in the premaster secret.
#[test]
fn the_version_is_3_0_and_3_1() {
    for (version, number) in [(SSL3, [3, 0]), (TLS10, [3, 1])] {
        let handshake = shake(version);
        for msg_type in [HandshakeType::CLIENT_HELLO, HandshakeType::SERVER_HELLO] {
            assert_eq!(handshake.message(msg_type)[4..6], number);
        }
        for end in [&handshake.pair.client, &handshake.pair.server] {
            for record in records(&end.sent) {
                assert_eq!(record[1..3], number);
            }
        }
        assert_eq!(handshake.premaster[..2], number);
        assert_eq!(handshake.premaster.len(), 48);
    }
}

/// `MD5(secret + SHA('A' + secret + seed)) + MD5(secret + SHA('BB' + secret + seed)) + ...`
/// (RFC 6101 sections 6.1 and 6.2.2).
fn nested_letters(secret: &[u8], seed: &[&[u8]], length: usize) -> Vec<u8> {
    let mut out = Vec::new();
    for (times, letter) in (1..).zip(b'A'..=b'Z') {
        let letters = vec![letter; times];
        let inner = digest(SHA1, &[&letters, secret, &seed.concat()]);
        out.extend_from_slice(digest(MD5, &[secret, inner.as_bytes()]).as_bytes());
        if out.len() >= length {
            break;
        }
    }
    out.truncate(length);
    out
}

/// `P_hash(secret, seed) = HMAC(secret, A(1) + seed) + HMAC(secret, A(2) + seed) + ...`
/// (RFC 2246 section 5).
fn p_hash(hash: HashAlgorithm, secret: &[u8], seed: &[u8], length: usize) -> Vec<u8> {
    let mut out = Vec::new();
    let mut a = hmac(hash, secret, &[seed]);
    while out.len() < length {
        out.extend_from_slice(hmac(hash, secret, &[a.as_bytes(), seed]).as_bytes());
        a = hmac(hash, secret, &[a.as_bytes()]);
    }
    out.truncate(length);
    out
}

/// `PRF(secret, label, seed) = P_MD5(S1, label + seed) XOR P_SHA-1(S2, label + seed)`.
fn prf(secret: &[u8], label: &[u8], seed: &[&[u8]], length: usize) -> Vec<u8> {
    let half = secret.len().div_ceil(2);
    let seed = [label, &seed.concat()].concat();
    let md5 = p_hash(MD5, &secret[..half], &seed, length);
    let sha1 = p_hash(SHA1, &secret[secret.len() - half..], &seed, length);
    md5.iter()
        .zip(sha1)
        .map(|(one, other)| one ^ other)
        .collect()
}

/// Differences 2 and 3: The PRF, and with it master secret and key block. The randoms change places between
/// the two. TLS 1.0 offers to bind the master secret to the handshake too (RFC 7627).
#[test]
fn master_secret_and_key_block_come_of_other_functions() {
    let ssl3 = shake(SSL3);
    let (client, server) = (&ssl3.client_random[..], &ssl3.server_random[..]);
    assert_eq!(
        ssl3.master,
        nested_letters(&ssl3.premaster, &[client, server], 48)
    );
    let length = 2 * (20 + 24 + 8);
    assert_eq!(
        ssl3.block,
        nested_letters(&ssl3.master, &[server, client], length)
    );

    let tls = shake(TLS10);
    let (client, server) = (&tls.client_random[..], &tls.server_random[..]);
    let session = tls.before(HandshakeType::CERTIFICATE_VERIFY, Side::Client);
    let session_hash = [digest(MD5, &[&session]), digest(SHA1, &[&session])];
    let hashes = [session_hash[0].as_bytes(), session_hash[1].as_bytes()];
    let extended = prf(&tls.premaster, b"extended master secret", &hashes, 48);
    assert_eq!(tls.master, extended);
    let plain = prf(&tls.premaster, b"master secret", &[client, server], 48);
    assert_ne!(tls.master, plain);
    assert_eq!(
        tls.block,
        prf(&tls.master, b"key expansion", &[server, client], length)
    );
}

/// `hash(master_secret + pad2 + hash(handshake_messages + sender + master_secret + pad1))`
/// (RFC 6101 sections 5.6.8 and 5.6.9); pads of 48 bytes for MD5 and 40 for SHA-1.
fn nested(messages: &[u8], sender: &[u8], master: &[u8]) -> Vec<u8> {
    let one = |hash, pad: usize| {
        let inner = digest(hash, &[messages, sender, master, &vec![0x36; pad]]);
        digest(hash, &[master, &vec![0x5c; pad], inner.as_bytes()])
    };
    [one(MD5, 48).as_bytes(), one(SHA1, 40).as_bytes()].concat()
}

fn both_hashes(messages: &[u8]) -> Vec<u8> {
    [
        digest(MD5, &[messages]).as_bytes(),
        digest(SHA1, &[messages]).as_bytes(),
    ]
    .concat()
}

/// Difference 4: Finished: 36 bytes of hashes that hold the master secret, or 12 bytes of the PRF.
#[test]
fn finished_holds_hashes_or_what_the_prf_makes() {
    for version in BOTH {
        let handshake = shake(version);
        for (side, sender, label) in [
            (Side::Client, b"CLNT", b"client finished"),
            (Side::Server, b"SRVR", b"server finished"),
        ] {
            let messages = handshake.before(HandshakeType::FINISHED, side);
            let wanted = match version {
                SSL3 => nested(&messages, sender, &handshake.master),
                _ => prf(&handshake.master, label, &[&both_hashes(&messages)], 12),
            };
            let said = handshake.said_by(HandshakeType::FINISHED, side);
            assert_eq!(said[4..], wanted, "{version}");
        }
    }
}

/// Difference 5: CertificateVerify: in SSL 3.0 what is signed holds the master secret, in TLS it does not.
/// Neither names a scheme.
#[test]
fn certificate_verify_signs_hashes_with_or_without_the_master_secret() {
    let leaf = certificates::client(RSA_2048).chain();
    let key = Certificate::parse(&leaf[0]).unwrap().public_key().unwrap();
    for version in BOTH {
        let handshake = shake(version);
        let messages = handshake.before(HandshakeType::CERTIFICATE_VERIFY, Side::Client);
        let (with, without) = (
            nested(&messages, &[], &handshake.master),
            both_hashes(&messages),
        );
        let said = handshake.message(HandshakeType::CERTIFICATE_VERIFY);
        assert_eq!(said[4..6], 256_u16.to_be_bytes());
        let verifies = |hashes: &[u8]| {
            let algorithm = SignatureAlgorithm::RsaPkcs1Md5Sha1;
            verify_obsolete(&key, algorithm, hashes, &said[6..]).is_ok()
        };
        assert_eq!(verifies(&with), version == SSL3);
        assert_eq!(verifies(&without), version == TLS10);
    }
}

/// Difference 6: The premaster secret under RSA: all of the message, or counted by two bytes.
#[test]
fn the_encrypted_premaster_secret_is_counted_since_tls_1_0() {
    for (version, length) in [(SSL3, 256), (TLS10, 258)] {
        let handshake = shake(version);
        let said = handshake.message(HandshakeType::CLIENT_KEY_EXCHANGE);
        assert_eq!(said.len() - 4, length);
    }
}

/// Sequence number, type and version.
const HEADER: [u8; 11] = [0, 0, 0, 0, 0, 0, 0, 1, 23, 3, 0];

/// Difference 7: The MAC: SSL 3.0 puts pads behind its secret and leaves the version out; TLS has HMAC, whose
/// pads are combined with the secret by XOR.
#[test]
fn the_mac_is_hmac_since_tls_1_0_and_covers_the_version() {
    let (secret, content) = ([7; 20], b"a line of text");
    let length = u16::try_from(content.len()).unwrap().to_be_bytes();
    let mac = |form, header: &[u8; 11]| {
        let protection = Protection {
            cipher: BulkCipher::Null,
            hash: SHA1,
            order: Order::MacThenEncrypt,
            mac: form,
            iv: IvRule::Chained,
        };
        let keys = Keys {
            mac_key: &secret,
            key: &[],
            iv: &[],
        };
        let mut sealer = BlockSealer::new(protection, keys).unwrap();
        let mut body = vec![0; content.len() + 20];
        sealer.seal(header, content, &mut body).unwrap();
        body.split_off(content.len())
    };
    let inner = digest(
        SHA1,
        &[&secret, &[0x36; 40], &HEADER[..9], &length, content],
    );
    let pads = digest(SHA1, &[&secret, &[0x5c; 40], inner.as_bytes()]);
    assert_eq!(mac(MacForm::Ssl3, &HEADER), pads.as_bytes());
    let hmac = hmac(SHA1, &secret, &[&HEADER, &length, content]);
    assert_eq!(mac(MacForm::Hmac, &HEADER), hmac.as_bytes());
    let mut other = HEADER;
    other[10] = 1;
    assert_eq!(mac(MacForm::Ssl3, &HEADER), mac(MacForm::Ssl3, &other));
    assert_ne!(mac(MacForm::Hmac, &HEADER), mac(MacForm::Hmac, &other));
}

/// The same keys, cut from the key block, open what the engine has sent, by the MAC of its version
/// alone.
#[test]
fn keys_cut_from_the_key_block_open_the_first_record() {
    for version in BOTH {
        for form in [MacForm::Ssl3, MacForm::Hmac] {
            let handshake = shake(version);
            let protection = Protection {
                cipher: BulkCipher::TripleDesCbc,
                hash: SHA1,
                order: Order::MacThenEncrypt,
                mac: form,
                iv: IvRule::Chained,
            };
            let mut opener = BlockOpener::new(protection, handshake.client_keys()).unwrap();
            let sent = records(&handshake.pair.client.sent);
            let finished = sent.last().unwrap();
            assert_eq!(finished[0], ContentType::HANDSHAKE.0);
            let mut header = [0; 11];
            header[8..].copy_from_slice(&finished[..3]);
            let mut body = finished[5..].to_vec();
            let opened = opener.open(&header, &mut body);
            let right = (form == MacForm::Ssl3) == (version == SSL3);
            assert_eq!(opened.is_ok(), right, "{version} {form:?}");
            if let Ok(place) = opened {
                let said = handshake.said_by(HandshakeType::FINISHED, Side::Client);
                assert_eq!(body[place], *said);
            }
        }
    }
}

/// Difference 8: Padding: in SSL 3.0 as little as fills a block, of any bytes, so that nobody can check them
/// (POODLE); in TLS any that fills whole blocks, up to 255 bytes, each of which tells how many.
#[test]
fn padding_may_be_long_and_is_checked_since_tls_1_0() {
    let keys = Keys {
        mac_key: &[1; 20],
        key: &[2; 16],
        iv: &[3; 16],
    };
    // Twelve bytes and the MAC fill two blocks, so that a third is padding alone.
    let content = [9; 12];
    let protection = |form| Protection {
        cipher: BulkCipher::Aes128Cbc,
        hash: SHA1,
        order: Order::MacThenEncrypt,
        mac: form,
        iv: IvRule::Chained,
    };
    let opens = |form, body: &[u8]| {
        let mut opener = BlockOpener::new(protection(form), keys).unwrap();
        opener.open(&HEADER, &mut body.to_vec()).is_ok()
    };
    let sealed = |form, blocks: usize| {
        let mut body = vec![0; 16 * blocks];
        let mut sealer = BlockSealer::new(protection(form), keys).unwrap();
        sealer.seal(&HEADER, &content, &mut body).map(|()| body)
    };
    // Up to 16 blocks of padding in TLS, one in SSL 3.0.
    for blocks in 3..=18 {
        let body = sealed(MacForm::Hmac, blocks).unwrap();
        assert!(opens(MacForm::Hmac, &body), "{blocks}");
        assert_eq!(sealed(MacForm::Ssl3, blocks).is_ok(), blocks == 3);
    }
    // POODLE: a block of someone's choice in the place of the padding is taken one time in 256,
    // when its last byte happens to come out as 15. It then tells a byte of what it was copied from.
    let taken = |form| {
        let tries = (0_u32..3_000).filter(|number| {
            let mut body = vec![0; 48];
            let protection = protection(form);
            let mut sealer = BlockSealer::new(protection, keys).unwrap();
            let content = [&number.to_be_bytes()[..], b"a cookie"].concat();
            sealer.seal(&HEADER, &content, &mut body).unwrap();
            body.copy_within(..16, 32);
            opens(form, &body)
        });
        tries.count()
    };
    assert!((1..50).contains(&taken(MacForm::Ssl3)));
    assert_eq!(taken(MacForm::Hmac), 0);
}

/// Difference 9: Alerts: SSL 3.0 has twelve; what TLS added is said in the nearest of them.
#[test]
fn alerts_of_tls_are_said_in_the_words_of_ssl3() {
    let of = |version: ProtocolVersion| {
        let all = (0..=255).map(AlertDescription);
        let spoken = all.filter(move |alert| {
            alert
                .versions()
                .is_some_and(|(since, until)| since <= version && version <= until)
        });
        spoken.map(|alert| alert.to_string()).collect::<Vec<_>>()
    };
    assert_eq!(of(SSL3).len(), 12);
    assert!(of(SSL3).contains(&"no_certificate".to_owned()));
    for added in [
        "decryption_failed",
        "record_overflow",
        "unknown_ca",
        "access_denied",
        "decode_error",
        "decrypt_error",
        "export_restriction",
        "protocol_version",
        "insufficient_security",
        "internal_error",
        "user_canceled",
        "no_renegotiation",
    ] {
        assert!(of(TLS10).contains(&added.to_owned()), "{added}");
        assert!(!of(SSL3).contains(&added.to_owned()), "{added}");
    }
    assert!(!of(TLS10).contains(&"no_certificate".to_owned()));
    // A server whose authority the client does not know.
    for (version, told) in [
        (SSL3, AlertDescription::BAD_CERTIFICATE),
        (TLS10, AlertDescription::UNKNOWN_CA),
    ] {
        let (mut client, mut server) = configs(version);
        server.client_auth = ClientAuth::None;
        // It trusts somebody who has issued nothing.
        let mut roots = Roots::new();
        let nobody = certificates::client(RSA_2048).chain();
        roots.add(nobody[0].clone()).unwrap();
        client.verification = Verification::chain(Trust::Roots(roots));
        let mut pair = Pair::new(&client.check().unwrap(), &server.check().unwrap());
        pair.run(Delivery::Whole);
        assert_eq!(
            pair.server.error,
            Some(handfast::Error::PeerAlert(told)),
            "{version}"
        );
    }
}

/// Difference 10: Fortezza: SSL 3.0 had a certificate type (20) and suites for it, TLS dropped both. They have
/// names here, and are never asked for nor negotiated.
#[test]
fn fortezza_has_a_name_and_nothing_else() {
    let fortezza = ClientCertificateType::FORTEZZA_DMS_RESERVED;
    for version in BOTH {
        let handshake = shake(version);
        let request = handshake.message(HandshakeType::CERTIFICATE_REQUEST);
        let request = UnnamedCertificateRequest::decode(&request[4..]).unwrap();
        // Keys on curves came with TLS, too (RFC 4492).
        let types: &[u8] = match version {
            SSL3 => &[1],
            _ => &[64, 1],
        };
        assert_eq!(request.certificate_types.0, types);
        assert!(!request.certificate_types.contains(&fortezza.0));
    }
    for suite in [
        CipherSuite::SSL_FORTEZZA_KEA_WITH_NULL_SHA,
        CipherSuite::SSL_FORTEZZA_KEA_WITH_FORTEZZA_CBC_SHA,
    ] {
        let (mut client, _) = configs(SSL3);
        client.common.suites.push(suite);
        let refused = handfast::ConfigFault::SuiteUnknown(suite);
        assert_eq!(client.check().err(), Some(refused));
        assert!(suite.to_string().contains("FORTEZZA"));
    }
}

/// Difference 11: Suites and extensions: curves came with TLS 1.0, and so did everything that an extension
/// says, but for the protection of renegotiation, which a suite can say as well (RFC 5746).
#[test]
fn ssl3_says_nothing_by_extensions() {
    for version in BOTH {
        let handshake = shake(version);
        let hello = handshake.message(HandshakeType::CLIENT_HELLO);
        // Behind version, random, an empty session ID, and the null method.
        let suites = usize::from(u16::from_be_bytes([hello[39], hello[40]]));
        let rest = hello.len() - (41 + suites + 2);
        let scsv = CipherSuite::TLS_EMPTY_RENEGOTIATION_INFO_SCSV
            .0
            .to_be_bytes();
        let last = &hello[41 + suites - 2..41 + suites];
        assert_eq!(
            (rest == 0, last == scsv),
            (version == SSL3, version == SSL3)
        );
        let agreed = handshake.pair.client.connection.negotiated().unwrap();
        assert_eq!(agreed.extended_master_secret, version == TLS10);
    }
    let (mut client, _) = configs(SSL3);
    client.common.suites = vec![CipherSuite::TLS_ECDHE_RSA_WITH_AES_128_CBC_SHA];
    assert!(client.check().is_err(), "no curves in SSL 3.0");
}
