//! Delegated credentials (RFC 9345).
#![expect(clippy::unwrap_used, reason = "a test that cannot go on says where")]

use crate::resumption::keys;
use handfast::config::{
    CertificateCompression, ClientAuth, Delegate, Delegation, Signer, Verification,
};
use handfast::connection::{PeerStanding, Renewal};
use handfast::session::{MemoryStore, SessionStore};
use handfast::{
    ClientConfig, ConfigFault, Credential, Error, Fault, PrivateKey, ProtocolVersion, ServerConfig,
    SignatureScheme,
};
use handfast_ca::issued::Issued;
use handfast_pki::certificate::Certificate;
use handfast_pki::verify::key_kinds::KeyKinds;
use handfast_pki::verify::policy::Policy;
use handfast_testkit::certificates::{self, KeyKind, now_unix};
use handfast_testkit::config;
use handfast_testkit::delegated::{self, LIFE_S, scheme};
use handfast_testkit::pair::{Delivery, Pair, now};
use std::sync::Arc;

const P256: KeyKind = KeyKind::EcP256;
const LEAVES: [KeyKind; 4] = [
    P256,
    KeyKind::EcP384,
    KeyKind::Ed25519,
    KeyKind::Rsa { bits: 2048 },
];
const KEYS: [KeyKind; 5] = [
    P256,
    KeyKind::EcP384,
    KeyKind::EcP521,
    KeyKind::Ed25519,
    KeyKind::MlDsa44,
];

/// A client that takes keys of these kinds.
fn client(kinds: &[KeyKind]) -> ClientConfig {
    let mut client = config::client();
    client.common.delegated_schemes = kinds.iter().copied().map(scheme).collect();
    client
}

/// A server that shows these alone.
fn server(credentials: Vec<Credential>) -> ServerConfig {
    ServerConfig {
        credentials,
        ..config::server(P256)
    }
}

fn by_server(issued: &Issued, kind: KeyKind) -> Credential {
    delegated::credential(Delegate::Server, issued, kind, LIFE_S)
}

fn met(client: ClientConfig, server: ServerConfig, delivery: Delivery) -> Pair {
    let mut pair = Pair::new(&client.check().unwrap(), &server.check().unwrap());
    pair.connect(delivery);
    pair
}

fn ends(client: ClientConfig, server: ServerConfig) -> (Option<Error>, Option<Error>) {
    let mut pair = Pair::new(&client.check().unwrap(), &server.check().unwrap());
    pair.run(Delivery::Whole);
    (pair.client.error, pair.server.error)
}

#[test]
fn a_certificate_lets_delegate_where_it_says_so() {
    let issued = delegated::certificate(P256);
    assert!(
        Certificate::parse(&issued.chain()[0])
            .unwrap()
            .lets_delegate()
    );
    let other = certificates::server(P256);
    assert!(
        !Certificate::parse(&other.chain()[0])
            .unwrap()
            .lets_delegate()
    );
}

#[test]
fn keys_of_every_kind_stand_for_certificates_of_every_kind() {
    for leaf in LEAVES {
        let issued = delegated::certificate(leaf);
        for kind in KEYS {
            let credential = by_server(&issued, kind);
            let pair = met(client(&[kind]), server(vec![credential]), Delivery::Whole);
            let negotiated = pair.client.connection.negotiated().unwrap();
            assert_eq!(&negotiated.peer_chain[..], issued.chain());
            assert_eq!(negotiated.peer_standing, PeerStanding::Verified);
            assert_eq!(
                negotiated.peer_scheme,
                Some(scheme(kind)),
                "{leaf:?} {kind:?}"
            );
            let shown = negotiated.peer_delegated.as_ref().unwrap();
            let until = i64::try_from(now_unix() + LIFE_S).unwrap();
            assert_eq!(shown.until_unix(), until);
            let own = pair.server.connection.negotiated().unwrap();
            assert_eq!(own.own_scheme, Some(scheme(kind)));
        }
    }
}

#[test]
fn who_takes_none_is_shown_the_certificate_itself_or_nothing() {
    let issued = delegated::certificate(P256);
    let (delegated, plain) = (by_server(&issued, P256), config::credential(&issued));
    let both = || vec![delegated.clone(), plain.clone()];
    for (client, is_delegated) in [(client(&[P256]), true), (config::client(), false)] {
        let pair = met(client, server(both()), Delivery::Chunks(1));
        let negotiated = pair.client.connection.negotiated().unwrap();
        assert_eq!(negotiated.peer_delegated.is_some(), is_delegated);
    }
    let not_common = Some(Error::Fault(Fault::SchemeNotCommon));
    let alone = || server(vec![delegated.clone()]);
    for other in [config::client(), client(&[KeyKind::Ed25519])] {
        assert_eq!(ends(other, alone()).1, not_common);
    }
    // The certificate's own signature must be one that the client takes, too.
    let mut picky = client(&[P256]);
    let own = SignatureScheme::ECDSA_SECP256R1_SHA256;
    picky.common.schemes.retain(|scheme| *scheme != own);
    assert_eq!(ends(picky, alone()).1, not_common);
    assert_eq!(ends(client(&[P256]), alone()), (None, None));
}

#[test]
fn no_version_before_tls_1_3_has_any() {
    let issued = delegated::certificate(P256);
    let (delegated, plain) = (by_server(&issued, P256), config::credential(&issued));
    let older = |mut server: ServerConfig| {
        server.common.versions = vec![ProtocolVersion::TLS_1_2];
        server
    };
    let both = older(server(vec![delegated.clone(), plain]));
    let pair = met(client(&[P256]), both, Delivery::Whole);
    let negotiated = pair.client.connection.negotiated().unwrap();
    assert_eq!(negotiated.version, ProtocolVersion::TLS_1_2);
    assert!(negotiated.peer_delegated.is_none());
    let alone = older(server(vec![delegated]));
    assert!(ends(client(&[P256]), alone).1.is_some());
}

#[test]
fn the_first_that_fits_is_shown_and_one_that_is_over_never() {
    let issued = delegated::certificate(P256);
    let short = delegated::credential(Delegate::Server, &issued, P256, 10);
    let other = by_server(&issued, KeyKind::EcP384);
    let server = server(vec![short, other]).check().unwrap();
    let client = client(&[P256, KeyKind::EcP384]).check().unwrap();
    for (later_s, kind) in [(0, P256), (10, P256), (11, KeyKind::EcP384)] {
        let mut time = now();
        time.unix_ms += later_s * 1000;
        let mut pair = Pair::at(&client, &server, time);
        pair.run(Delivery::Whole);
        let negotiated = pair.client.connection.negotiated().unwrap();
        assert_eq!(negotiated.peer_scheme, Some(scheme(kind)), "{later_s}");
    }
}

#[test]
fn a_client_shows_one_to_a_server_that_takes_it_in_the_handshake_and_later() {
    let issued = delegated::certificate(P256);
    let own = delegated::credential(Delegate::Client, &issued, KeyKind::Ed25519, LIFE_S);
    let judged = || ClientAuth::Require(Verification::chain(config::trust()));
    for later in [false, true] {
        let mut client = config::client();
        client.credentials = vec![own.clone()];
        client.post_handshake_auth = later;
        let mut server = config::server(P256);
        server.common.delegated_schemes = vec![SignatureScheme::ED25519];
        match later {
            true => server.later_client_auth = judged(),
            false => server.client_auth = judged(),
        }
        let mut pair = met(client.clone(), server.clone(), Delivery::Whole);
        if later {
            let server = &mut pair.server.connection;
            server.renew(Renewal::ClientCertificate, now()).unwrap();
            pair.run(Delivery::Whole);
            assert_eq!((pair.client.error, pair.server.error), (None, None));
        }
        let negotiated = pair.server.connection.negotiated().unwrap();
        assert_eq!(&negotiated.peer_chain[..], issued.chain());
        assert!(negotiated.peer_delegated.is_some(), "later: {later}");
        assert_eq!(negotiated.peer_scheme, Some(SignatureScheme::ED25519));
        if !later {
            // A server that takes none is shown nothing.
            server.common.delegated_schemes.clear();
            let required = Some(Error::Fault(Fault::CertificateRequired));
            assert_eq!(ends(client, server).1, required);
        }
    }
}

#[test]
fn what_is_delegated_to_one_side_is_not_shown_by_the_other() {
    let issued = delegated::certificate(P256);
    let of_client = delegated::credential(Delegate::Client, &issued, P256, LIFE_S);
    let alone = server(vec![of_client]);
    let not_common = Some(Error::Fault(Fault::SchemeNotCommon));
    assert_eq!(ends(client(&[P256]), alone).1, not_common);
}

#[test]
fn it_goes_compressed_too() {
    let issued = delegated::certificate(P256);
    let mut client = client(&[P256]);
    let mut server = server(vec![by_server(&issued, P256)]);
    client.common.certificate_compression = CertificateCompression::all();
    server.common.certificate_compression = CertificateCompression::all();
    let pair = met(client, server, Delivery::Whole);
    let negotiated = pair.client.connection.negotiated().unwrap();
    assert!(negotiated.peer_delegated.is_some());
}

#[test]
fn a_session_ends_with_the_key_and_is_nothing_to_who_takes_no_such_keys() {
    let issued = delegated::certificate(P256);
    let shown = delegated::credential(Delegate::Server, &issued, P256, 600);
    let mut server = server(vec![shown, config::credential(&issued)]);
    server.ticket_keys = Some(keys());
    let server = server.check().unwrap();
    let store = Arc::new(MemoryStore::default());
    let with_store = |mut config: ClientConfig| {
        config.sessions = Some(Arc::clone(&store) as Arc<dyn SessionStore>);
        config.check().unwrap()
    };
    let (takes, takes_none) = (with_store(client(&[P256])), with_store(config::client()));
    let connect = |client, later_s: u64| {
        let mut time = now();
        time.unix_ms += later_s * 1000;
        let mut pair = Pair::at(client, &server, time);
        pair.run(Delivery::Whole);
        assert_eq!((pair.client.error, pair.server.error), (None, None));
        pair
    };
    let resumed = |pair: &Pair| pair.client.connection.negotiated().unwrap().is_resumed();
    let first = connect(&takes, 0);
    assert!(!resumed(&first));
    // Two tickets came of it, each good for one use.
    let second = connect(&takes, 500);
    assert!(resumed(&second));
    let negotiated = second.client.connection.negotiated().unwrap();
    assert!(negotiated.peer_delegated.is_none());
    let store = || while store.take("localhost").is_some() {};
    store();
    connect(&takes, 0);
    assert!(!resumed(&connect(&takes, 601)), "the key is over");
    store();
    connect(&takes, 0);
    assert!(!resumed(&connect(&takes_none, 1)), "another scope");
}

#[test]
fn a_config_with_schemes_that_none_may_have_is_refused() {
    for scheme in [
        SignatureScheme::RSA_PSS_RSAE_SHA256,
        SignatureScheme::RSA_PKCS1_SHA256,
        SignatureScheme(0x4242),
    ] {
        let mut client = config::client();
        client.common.delegated_schemes = vec![scheme];
        let refused = Some(ConfigFault::DelegatedScheme(scheme));
        assert_eq!(client.check().err(), refused);
    }
    let mut twice = client(&[P256, P256]);
    twice.common.alpn = Vec::new();
    let refused = ConfigFault::ListedTwice("schemes of delegated credentials");
    assert_eq!(twice.check().err(), Some(refused));
}

#[test]
fn a_credential_that_does_not_fit_is_refused_by_name() {
    let issued = delegated::certificate(P256);
    let key = PrivateKey::generate(P256).unwrap();
    let bytes = delegated::bytes(Delegate::Server, &issued, &key, LIFE_S);
    let chain = || issued.chain().to_vec();
    let with = |chain, bytes: &[u8], key: &PrivateKey| {
        let made = Credential::with_delegated(chain, bytes, Signer::Key(key.clone()));
        made.err()
    };
    assert_eq!(with(chain(), &bytes, &key), None);
    let other = PrivateKey::generate(P256).unwrap();
    assert_eq!(
        with(chain(), &bytes, &other),
        Some(ConfigFault::KeyMismatch)
    );
    assert_eq!(
        with(Vec::new(), &bytes, &key),
        Some(ConfigFault::ChainEmpty)
    );
    let unmarked = certificates::server(P256).chain().to_vec();
    let not_allowed = Some(ConfigFault::DelegationNotAllowed);
    assert_eq!(with(unmarked, &bytes, &key), not_allowed);
    let another = delegated::certificate(P256).chain().to_vec();
    let unfit = |needed| Some(ConfigFault::DelegatedUnfit(needed));
    let not_its = unfit("the certificate that it is for");
    assert_eq!(with(another, &bytes, &key), not_its);
    let mut damaged = bytes.clone();
    damaged[3] ^= 1;
    assert_eq!(with(chain(), &damaged, &key), not_its);
    let half = unfit("a delegated credential");
    assert_eq!(with(chain(), &bytes[..20], &key), half);
}

#[test]
fn what_cannot_be_delegated_is_refused_by_name() {
    let issued = delegated::certificate(P256);
    let key = PrivateKey::generate(P256).unwrap();
    let leaf = &issued.chain()[0];
    let sound = Delegation {
        to: Delegate::Server,
        public_key: key.public_spki(),
        scheme: scheme(P256),
        until_unix: now_unix() + LIFE_S,
    };
    assert!(sound.sign(leaf, issued.key(), scheme(P256)).is_ok());
    let mismatch = Err(ConfigFault::KeyMismatch);
    assert_eq!(sound.sign(leaf, &key, scheme(P256)), mismatch);
    let unmarked = certificates::server(P256);
    let refused = sound.sign(&unmarked.chain()[0], unmarked.key(), scheme(P256));
    assert_eq!(refused, Err(ConfigFault::DelegationNotAllowed));
    let rsae = Delegation {
        scheme: SignatureScheme::RSA_PSS_RSAE_SHA256,
        ..sound
    };
    let refused = rsae.sign(leaf, issued.key(), scheme(P256));
    assert_eq!(refused, Err(ConfigFault::DelegatedScheme(rsae.scheme)));
    for (unfit, by) in [
        (
            Delegation {
                scheme: SignatureScheme::ED25519,
                ..sound
            },
            scheme(P256),
        ),
        (
            Delegation {
                until_unix: 0,
                ..sound
            },
            scheme(P256),
        ),
        (sound, SignatureScheme::ED25519),
    ] {
        let refused = unfit.sign(leaf, issued.key(), by);
        assert!(matches!(refused, Err(ConfigFault::DelegatedUnfit(_))));
    }
}

#[test]
fn neither_the_certificates_key_nor_the_delegated_one_escapes_the_policy() {
    let strict = |rsa_bits_min, keys| {
        let policy = Policy {
            rsa_bits_min,
            keys,
            ..Policy::default()
        };
        let mut client = client(&[P256]);
        client.verification = Verification::chain_with_policy(config::trust(), policy);
        client
    };
    let rsa = delegated::certificate(KeyKind::Rsa { bits: 2048 });
    let without_p256 = KeyKinds::of(&[KeyKinds::RSA, KeyKinds::EC_P384, KeyKinds::ED25519]);
    for (client, issued, wanted) in [
        (strict(2048, KeyKinds::ALL), &rsa, None),
        (
            strict(3072, KeyKinds::ALL),
            &rsa,
            Some(Error::Fault(Fault::CertificateBad)),
        ),
        (
            strict(2048, without_p256),
            &rsa,
            Some(Error::Fault(Fault::CertificateKeyWeak)),
        ),
    ] {
        let server = server(vec![by_server(issued, P256)]);
        let mut pair = Pair::new(&client.check().unwrap(), &server.check().unwrap());
        pair.run(Delivery::Whole);
        assert_eq!(pair.client.error, wanted);
    }
}
