//! Connections that rest give memory back and go on as if they had not.

use handfast::{CipherSuite, NamedGroup, ProtocolVersion};
use handfast_testkit::certificates::KeyKind;
use handfast_testkit::config;
use handfast_testkit::pair::{Delivery, Pair};

#[test]
fn a_connection_that_rests_between_records_says_and_hears_all() {
    for (version, suite) in [
        (
            ProtocolVersion::TLS_1_3,
            CipherSuite::TLS_AES_128_GCM_SHA256,
        ),
        (
            ProtocolVersion::TLS_1_3,
            CipherSuite::TLS_AES_256_GCM_SHA384,
        ),
        (
            ProtocolVersion::TLS_1_3,
            CipherSuite::TLS_CHACHA20_POLY1305_SHA256,
        ),
        (
            ProtocolVersion::TLS_1_3,
            CipherSuite::TLS_AES_128_CCM_SHA256,
        ),
        (
            ProtocolVersion::TLS_1_2,
            CipherSuite::TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256,
        ),
        (
            ProtocolVersion::TLS_1_2,
            CipherSuite::TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256,
        ),
    ] {
        let mut client = config::client();
        let mut server = config::server(KeyKind::EcP256);
        for common in [&mut client.common, &mut server.common] {
            common.versions = vec![version];
            common.suites = vec![suite];
            common.groups = vec![NamedGroup::X25519, NamedGroup::SECP256R1];
        }
        let mut pair = Pair::new(&client.check().unwrap(), &server.check().unwrap());
        pair.client.connection.rest();
        pair.connect(Delivery::Whole);
        for round in 0..4 {
            pair.client.connection.rest();
            pair.server.connection.rest();
            pair.exchange(format!("{suite:?}, round {round}").as_bytes());
            pair.exchange(&vec![round; 40_000]);
        }
        pair.server.connection.rest();
        pair.server.connection.close();
        let bytes = pair.server.take_output();
        pair.client.deliver(&bytes, pair.now);
        assert_eq!(pair.client.error, None, "{suite:?}");
    }
}
