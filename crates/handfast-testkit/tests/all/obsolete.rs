//! What is agreed on only by name: suites with block ciphers, and the older key exchanges.

use crate::resumption::keys;
use handfast::connection::{Answer, PeerStanding, Question};
use handfast::observe::{Direction, Observer, Passed, Script};
use handfast::obsolete::{COMPATIBLE, Decrypted, OBSOLETE, Policy};
use handfast::session::MemoryStore;
use handfast::{
    CipherSuite, ClientConfig, ConfigFault, Credential, Error, Fault, ProtocolVersion, ServerConfig,
};
use handfast_crypto::legacy::premaster::raw_decrypt;
use handfast_testkit::certificates::{self, KeyKind};
use handfast_testkit::config;
use handfast_testkit::pair::{Delivery, Pair};
use handfast_wire::registry::HandshakeType;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

const RSA_2048: KeyKind = KeyKind::Rsa { bits: 2048 };
const KINDS: [KeyKind; 2] = [KeyKind::EcP256, RSA_2048];

fn configs(kind: KeyKind, policy: &'static Policy) -> (ClientConfig, ServerConfig) {
    let (mut client, mut server) = (config::client(), config::server(kind));
    for common in [&mut client.common, &mut server.common] {
        common.versions = vec![ProtocolVersion::TLS_1_2];
        common.allow_obsolete(policy);
    }
    (client, server)
}

fn suites(kind: KeyKind, policy: &Policy) -> impl Iterator<Item = CipherSuite> {
    let word = if kind == KeyKind::EcP256 {
        "_ECDSA_"
    } else {
        "_RSA_"
    };
    let all = policy.suites().iter().copied();
    all.filter(move |suite| suite.to_string().contains(word))
}

#[test]
fn every_obsolete_suite_connects_with_either_order_of_mac() {
    for kind in KINDS {
        for suite in suites(kind, &OBSOLETE) {
            for orders in [[true, true], [true, false], [false, true], [false, false]] {
                for delivery in [Delivery::Whole, Delivery::Chunks(7)] {
                    let (mut client, mut server) = configs(kind, &OBSOLETE);
                    client.common.suites = vec![suite];
                    client.common.encrypt_then_mac = orders[0];
                    server.common.encrypt_then_mac = orders[1];
                    let mut pair = Pair::new(&client.check().unwrap(), &server.check().unwrap());
                    pair.connect(delivery);
                    pair.exchange(b"a line of text");
                    pair.exchange(&[7; 40_000]);
                    let agreed = pair.client.connection.negotiated().unwrap();
                    assert_eq!(agreed.suite, suite);
                    let bytes = pair.client.write(b"hello").len();
                    let mac_inside = orders != [true, true];
                    assert_eq!(bytes, wanted(suite, mac_inside), "{suite} {orders:?}");
                }
            }
        }
    }
}

/// Header, IV, five letters with their MAC and the least padding.
fn wanted(suite: CipherSuite, mac_inside: bool) -> usize {
    let name = suite.to_string();
    if name.contains("_GCM_") {
        return 5 + 8 + 5 + 16;
    }
    if name.contains("_CHACHA20_") {
        return 5 + 5 + 16;
    }
    let block: usize = if name.contains("3DES") { 8 } else { 16 };
    let mac: usize = match name.rsplit('_').next() {
        Some("SHA256") => 32,
        Some("SHA384") => 48,
        _ => 20,
    };
    let (inside, outside): (usize, usize) = if mac_inside { (mac, 0) } else { (0, mac) };
    5 + block + (5 + inside + 1).next_multiple_of(block) + outside
}

#[test]
fn what_is_current_goes_before_what_is_obsolete() {
    for kind in KINDS {
        let (client, server) = configs(kind, &OBSOLETE);
        let mut pair = Pair::new(&client.check().unwrap(), &server.check().unwrap());
        pair.connect(Delivery::Whole);
        let suite = pair.client.connection.negotiated().unwrap().suite;
        assert!(!OBSOLETE.suites().contains(&suite), "{suite}");
        // Left to itself it speaks the newest version.
        let mut client = config::client();
        client.common.allow_obsolete(&OBSOLETE);
        let mut server = config::server(kind);
        server.common.allow_obsolete(&OBSOLETE);
        let mut pair = Pair::new(&client.check().unwrap(), &server.check().unwrap());
        pair.connect(Delivery::Whole);
        let version = pair.client.connection.negotiated().unwrap().version;
        assert_eq!(version, ProtocolVersion::TLS_1_3);
    }
}

#[test]
fn without_a_policy_nothing_obsolete_is_named_offered_or_taken() {
    let suite = CipherSuite::TLS_ECDHE_RSA_WITH_AES_128_CBC_SHA;
    let mut client = config::client();
    client.common.suites.push(suite);
    assert_eq!(
        client.check().err(),
        Some(ConfigFault::SuiteObsolete(suite))
    );
    // Triple DES is not among what is compatible.
    let suite = CipherSuite::TLS_ECDHE_RSA_WITH_3DES_EDE_CBC_SHA;
    let (mut client, _) = configs(RSA_2048, &COMPATIBLE);
    client.common.suites.push(suite);
    assert_eq!(
        client.check().err(),
        Some(ConfigFault::SuiteObsolete(suite))
    );
    let (mut client, _) = configs(RSA_2048, &COMPATIBLE);
    client.common.suites = suites(RSA_2048, &COMPATIBLE).collect();
    let server = config::server(RSA_2048).check().unwrap();
    let mut pair = Pair::new(&client.check().unwrap(), &server);
    pair.run(Delivery::Whole);
    let wanted = Some(Error::Fault(Fault::SuiteNotCommon));
    assert_eq!(pair.server.error, wanted, "nothing obsolete is taken");
}

#[test]
fn sessions_come_back_under_a_block_cipher() {
    for kind in KINDS {
        for suite in suites(kind, &COMPATIBLE) {
            let (mut client, mut server) = configs(kind, &COMPATIBLE);
            client.common.suites = vec![suite];
            client.sessions = Some(Arc::new(MemoryStore::default()));
            server.ticket_keys = Some(keys());
            let (client, server) = (client.check().unwrap(), server.check().unwrap());
            for round in 0..2 {
                let mut pair = Pair::new(&client, &server);
                pair.connect(Delivery::Whole);
                pair.exchange(b"again");
                let agreed = pair.client.connection.negotiated().unwrap();
                assert_eq!(agreed.is_resumed(), round == 1, "{suite}");
                assert_eq!(agreed.suite, suite);
            }
        }
    }
}

/// Sees ServerKeyExchange and CertificateVerify pass.
#[derive(Debug, Default)]
struct Signed(AtomicUsize);

impl Observer for Signed {
    fn passed(&self, _: Direction, what: Passed<'_>) {
        if let Passed::Handshake { msg_type, .. } = what
            && matches!(
                msg_type,
                HandshakeType::SERVER_KEY_EXCHANGE | HandshakeType::CERTIFICATE_VERIFY
            )
        {
            self.0.fetch_add(1, Ordering::Relaxed);
        }
    }
}

fn rsa_transport() -> impl Iterator<Item = CipherSuite> {
    let all = OBSOLETE.suites().iter().copied();
    all.filter(|suite| suite.to_string().starts_with("TLS_RSA_"))
}

#[test]
fn under_rsa_key_exchange_no_server_signs_and_no_group_is_agreed_on() {
    assert_eq!(rsa_transport().count(), 7);
    for suite in rsa_transport() {
        for mutual in [false, true] {
            let (mut client, mut server) = configs(RSA_2048, &OBSOLETE);
            if mutual {
                server.client_auth = config::mutual_server(RSA_2048).client_auth;
                client.credentials = vec![config::credential(certificates::client(RSA_2048))];
            }
            client.common.suites = vec![suite];
            let signed = Arc::new(Signed::default());
            client.common.observer = Some(Arc::clone(&signed) as _);
            let mut pair = Pair::new(&client.check().unwrap(), &server.check().unwrap());
            pair.connect(Delivery::Whole);
            pair.exchange(b"a line of text");
            let agreed = pair.client.connection.negotiated().unwrap();
            assert_eq!((agreed.suite, agreed.group.0), (suite, 0));
            assert_eq!(agreed.peer_scheme, None);
            assert_eq!(agreed.peer_standing, PeerStanding::Verified);
            // The client's own proof is signed all the same.
            assert_eq!(signed.0.load(Ordering::Relaxed), usize::from(mutual));
        }
    }
}

#[test]
fn forward_secrecy_goes_before_rsa_key_exchange() {
    let (client, server) = configs(RSA_2048, &OBSOLETE);
    let mut client = client;
    client.common.suites = OBSOLETE.suites().to_vec();
    let mut pair = Pair::new(&client.check().unwrap(), &server.check().unwrap());
    pair.connect(Delivery::Whole);
    let suite = pair.client.connection.negotiated().unwrap().suite;
    assert!(!suite.to_string().starts_with("TLS_RSA_"), "{suite}");
}

/// Changes the encrypted premaster secret on its way out of the client's engine.
#[derive(Debug)]
struct Garbled;

impl Script for Garbled {
    fn say(&self, msg_type: HandshakeType, mut message: Vec<u8>) -> Vec<Vec<u8>> {
        if msg_type == HandshakeType::CLIENT_KEY_EXCHANGE
            && let Some(last) = message.last_mut()
        {
            *last ^= 1;
        }
        vec![message]
    }
}

#[test]
fn a_premaster_secret_that_does_not_come_out_right_ends_at_finished_and_no_sooner() {
    for suite in rsa_transport() {
        let (mut client, server) = configs(RSA_2048, &OBSOLETE);
        client.common.suites = vec![suite];
        client.common.danger_script = Some(Arc::new(Garbled));
        let mut pair = Pair::new(&client.check().unwrap(), &server.check().unwrap());
        pair.run(Delivery::Whole);
        // The first record under the client's keys does not open.
        let wanted = Some(Error::Fault(Fault::RecordNotAuthentic));
        assert_eq!(pair.server.error, wanted, "{suite}");
    }
}

#[test]
fn a_key_elsewhere_is_asked_to_decrypt_and_its_failure_shows_at_finished_alone() {
    for suite in rsa_transport() {
        for fails in [false, true] {
            let (mut client, mut server) = configs(RSA_2048, &OBSOLETE);
            client.common.suites = vec![suite];
            let issued = certificates::server(RSA_2048);
            let chain = issued.chain().to_vec();
            server.credentials = vec![Credential::with_remote_key(chain).unwrap()];
            let mut pair = Pair::new(&client.check().unwrap(), &server.check().unwrap());
            let key = issued.key().clone();
            pair.server.answerer = Some(Box::new(move |question| match question {
                // Some drop the zero at the front.
                Question::Decrypt { encrypted, .. } if !fails => {
                    let padded = raw_decrypt(&key, encrypted);
                    Answer::Decrypted(Decrypted::new(padded[1..].to_vec()))
                }
                _ => Answer::Failed,
            }));
            pair.run(Delivery::Whole);
            let wanted = fails.then_some(Error::Fault(Fault::RecordNotAuthentic));
            assert_eq!(pair.server.error, wanted, "{suite}");
            assert_eq!(pair.client.is_connected(), !fails);
        }
    }
}

/// A certificate whose key signs, and that lets nobody encrypt to it.
fn signer_alone() -> Credential {
    let issued = certificates::server(RSA_2048);
    let mut chain = issued.chain().to_vec();
    // The usages of RSA keys here are digitalSignature and keyEncipherment (RFC 5280 s4.2.1.3).
    const BOTH: [u8; 4] = [3, 2, 5, 0xa0];
    let mut leaf = chain[0].to_vec();
    let at = leaf
        .windows(4)
        .position(|part| part == BOTH)
        .expect("its usages");
    leaf[at + 3] = 0x80;
    chain[0] = leaf.into();
    Credential::new(chain, issued.key().clone()).expect("its key")
}

#[test]
fn a_certificate_that_lets_nobody_encrypt_is_not_shown_for_rsa_key_exchange() {
    let (mut client, mut server) = configs(RSA_2048, &OBSOLETE);
    client.common.suites = rsa_transport().collect();
    server.credentials = vec![signer_alone()];
    let mut pair = Pair::new(&client.check().unwrap(), &server.check().unwrap());
    pair.run(Delivery::Whole);
    assert!(pair.server.error.is_some() && !pair.client.is_connected());
    // The control: only its usage was in the way.
    let (mut client, server) = configs(RSA_2048, &OBSOLETE);
    client.common.suites = rsa_transport().collect();
    Pair::new(&client.check().unwrap(), &server.check().unwrap()).connect(Delivery::Whole);
}
