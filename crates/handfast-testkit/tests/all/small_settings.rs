//! Settings that stand for themselves: profiles of SRTP, schemes for clients alone, short records, the
//! answer to server_name, old Java, the end by an alert.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on says where")]

use handfast::config::SrtpProtectionProfile as Profile;
use handfast::{
    AlertDescription, ClientConfig, ConfigFault, Error, Fault, ProtocolVersion, ServerConfig,
    SignatureScheme,
};
use handfast_testkit::certificates::{self, KeyKind};
use handfast_testkit::config;
use handfast_testkit::pair::{Delivery, Pair};
use handfast_testkit::shape::Shape;
use handfast_testkit::witness::records;

const RSA: KeyKind = KeyKind::Rsa { bits: 2048 };
const BOTH: [ProtocolVersion; 2] = [ProtocolVersion::TLS_1_3, ProtocolVersion::TLS_1_2];

fn run(client: ClientConfig, server: ServerConfig) -> Pair {
    let mut pair = Pair::new(&client.check().unwrap(), &server.check().unwrap());
    pair.run(Delivery::Whole);
    pair
}

fn configs(version: ProtocolVersion) -> (ClientConfig, ServerConfig) {
    let (mut client, mut server) = (config::client(), config::server(KeyKind::EcP256));
    client.common.versions = vec![version];
    server.common.versions = vec![version];
    (client, server)
}

#[test]
fn both_ends_agree_on_a_profile_of_srtp_by_the_servers_order_or_on_none() {
    const GCM: Profile = Profile::SRTP_AEAD_AES_128_GCM;
    const CM: Profile = Profile::SRTP_AES128_CM_HMAC_SHA1_80;
    for version in BOTH {
        for (by_client, by_server, wanted) in [
            (vec![CM, GCM], vec![GCM, CM], Some(GCM)),
            (vec![CM], vec![GCM, CM], Some(CM)),
            (vec![CM], vec![GCM], None),
            (vec![], vec![GCM], None),
            (vec![CM], vec![], None),
        ] {
            let (mut client, mut server) = configs(version);
            client.common.srtp_profiles = by_client;
            server.common.srtp_profiles = by_server;
            let mut pair = run(client, server);
            pair.exchange(b"a line");
            for end in [&pair.client, &pair.server] {
                let negotiated = end.connection.negotiated().unwrap();
                assert_eq!(negotiated.srtp_profile, wanted, "{version}");
            }
            let mut keys = [[0; 56]; 2];
            for (end, keys) in [&pair.client, &pair.server].iter().zip(&mut keys) {
                let label = b"EXTRACTOR-dtls_srtp";
                end.connection.export(label, None, keys).unwrap();
            }
            assert_eq!(keys[0], keys[1]);
        }
    }
}

#[test]
fn a_profile_named_twice_is_refused() {
    let mut client = config::client();
    client.common.srtp_profiles = vec![Profile::SRTP_AEAD_AES_128_GCM; 2];
    let fault = client.check().err();
    assert_eq!(fault, Some(ConfigFault::ListedTwice("SRTP profiles")));
}

/// A client with an RSA key that signs by these schemes, and a server that takes those.
fn padded(
    version: ProtocolVersion,
    signs: &[SignatureScheme],
    takes: &[SignatureScheme],
) -> (ClientConfig, ServerConfig) {
    let mut client = config::client();
    client.common.versions = vec![version];
    let credential = config::credential(certificates::client(RSA));
    client.credentials = vec![credential.with_schemes(signs).unwrap()];
    let mut server = config::mutual_server(KeyKind::EcP256);
    server.common.versions = vec![version];
    server.common.schemes.extend(takes);
    (client, server)
}

#[test]
fn the_old_padding_is_for_clients_of_tls13_that_name_it_and_servers_that_name_it() {
    const OLD: SignatureScheme = SignatureScheme::RSA_PKCS1_SHA256_LEGACY;
    let refused = Some(Error::from(Fault::CertificateRequired));
    for (signs, takes, wanted) in [
        (&[OLD][..], &[OLD][..], None),
        (&[OLD], &[], refused),
        (&[SignatureScheme::RSA_PKCS1_SHA256], &[OLD], refused),
    ] {
        let (client, server) = padded(ProtocolVersion::TLS_1_3, signs, takes);
        let pair = run(client, server);
        assert_eq!(pair.server.error, wanted, "{signs:?} {takes:?}");
        if wanted.is_none() {
            let negotiated = pair.server.connection.negotiated().unwrap();
            assert_eq!(negotiated.peer_scheme, Some(OLD));
        }
    }
    // TLS 1.2 does not know it, and no server signs with it.
    let (client, server) = padded(ProtocolVersion::TLS_1_2, &[OLD], &[OLD]);
    let error = run(client, server).server.error;
    assert_eq!(error, Some(Fault::ClassicCertificateRequired.into()));
    let mut client = config::client();
    client.common.schemes = vec![OLD, SignatureScheme::RSA_PSS_RSAE_SHA256];
    let credential = config::credential(certificates::server(RSA));
    let server = ServerConfig::new(credential.with_schemes(&[OLD]).unwrap());
    let error = run(client, server).server.error;
    assert_eq!(error, Some(Fault::SchemeNotCommon.into()));
    let mut client = config::client();
    client.common.schemes = vec![OLD];
    assert!(matches!(client.check(), Err(ConfigFault::ListEmpty(_))));
}

#[test]
fn records_are_as_short_as_their_sender_likes() {
    for version in BOTH {
        for most in [None, Some(64), Some(500)] {
            let (client, mut server) = configs(version);
            server.common.max_send_fragment = most;
            let mut pair = run(client, server);
            let sent = pair.server.write(&[7; 2000]);
            pair.client.deliver(&sent, pair.now);
            assert_eq!(pair.client.data, [7; 2000]);
            let content = usize::from(most.unwrap_or(16_384));
            let longest = records(&pair.server.sent).iter().map(|one| one.len()).max();
            // Header, nonce, type and tag.
            assert!(
                longest.unwrap() <= content + 5 + 8 + 1 + 16,
                "{version} {most:?}"
            );
            assert!(
                most.is_none() || longest.unwrap() > content,
                "{version} {most:?}"
            );
        }
    }
    for unfit in [0, 63, 16_385] {
        let (_, mut server) = configs(ProtocolVersion::TLS_1_3);
        server.common.max_send_fragment = Some(unfit);
        assert_eq!(
            server.check().err(),
            Some(ConfigFault::MaxSendFragment(unfit))
        );
    }
}

#[test]
fn an_alert_of_the_callers_ends_the_connection() {
    for version in BOTH {
        let (client, server) = configs(version);
        let mut pair = run(client, server);
        pair.exchange(b"a line");
        pair.server
            .connection
            .abort(AlertDescription::ACCESS_DENIED);
        let alert = pair.server.take_output();
        pair.client.deliver(&alert, pair.now);
        let told = Error::PeerAlert(AlertDescription::ACCESS_DENIED);
        assert_eq!(pair.client.error, Some(told), "{version}");
        let mut out = vec![0; 1000];
        let more = pair.server.connection.send(&[b"more"], &mut out);
        assert!(more.is_err());
    }
}

#[test]
fn a_client_that_says_it_fell_back_is_refused_by_a_server_that_knows_better() {
    for (versions, wanted) in [
        (&BOTH[..], Some(Fault::FallbackInappropriate.into())),
        (&BOTH[1..], None),
    ] {
        let (mut client, mut server) = configs(ProtocolVersion::TLS_1_2);
        client.fallback = true;
        server.common.versions = versions.to_vec();
        assert_eq!(run(client, server).server.error, wanted);
    }
}

#[test]
fn of_suites_that_are_equally_good_the_clients_first_is_taken() {
    use handfast::CipherSuite as S;
    const TLS13: [S; 3] = [
        S::TLS_AES_128_GCM_SHA256,
        S::TLS_AES_256_GCM_SHA384,
        S::TLS_CHACHA20_POLY1305_SHA256,
    ];
    const TLS12: [S; 3] = [
        S::TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256,
        S::TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384,
        S::TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256,
    ];
    for (version, [aes, long, chacha]) in BOTH.into_iter().zip([TLS13, TLS12]) {
        for (offered, equal, wanted) in [
            (vec![chacha, long, aes], vec![], aes),
            (vec![chacha, long, aes], vec![vec![aes, chacha]], chacha),
            (vec![aes, long, chacha], vec![vec![aes, chacha]], aes),
            (vec![long, chacha, aes], vec![vec![chacha, aes]], chacha),
            (vec![chacha, long], vec![vec![aes, chacha]], chacha),
            (vec![chacha, long], vec![vec![long, chacha]], chacha),
            (vec![chacha, long, aes], vec![vec![long, chacha]], aes),
            (vec![long], vec![vec![aes, chacha]], long),
        ] {
            let (mut client, mut server) = configs(version);
            client.common.suites = offered.clone();
            server.common.suites = vec![aes, long, chacha];
            server.common.equal_suites = equal.clone();
            let pair = run(client, server);
            let chosen = pair.server.connection.negotiated().unwrap().suite;
            assert_eq!(chosen, wanted, "{offered:?} {equal:?}");
        }
    }
}

#[test]
fn who_requires_bound_handshakes_meets_every_server_of_ours() {
    for shape in Shape::ALL {
        let (mut client, server) = shape.configs();
        client.require_secure_renegotiation = true;
        let (client, server) = shape.met(client, server);
        Pair::new(&client, &server).connect(Delivery::Whole);
    }
}

#[test]
fn our_own_client_is_never_taken_for_java() {
    for shape in Shape::ALL {
        let (mut client, mut server) = shape.configs();
        client.common.versions = BOTH.to_vec();
        server.common.versions = BOTH.to_vec();
        server.spare_java11 = true;
        let pair = run(client, server);
        let version = pair.server.connection.negotiated().unwrap().version;
        assert_eq!(version, ProtocolVersion::TLS_1_3, "{shape:?}");
    }
}
