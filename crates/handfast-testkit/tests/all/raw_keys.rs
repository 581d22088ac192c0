//! Raw public keys in place of certificates (RFC 7250), of either side, in every version.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on says where")]

use crate::resumption::keys;
use core::slice::from_ref;
use handfast::config::{
    CertificateType, ClientAuth, Common, Renegotiation, Trust, UnknownName, Verification,
};
use handfast::connection::{PeerStanding, Question, Renewal};
use handfast::obsolete::{COMPATIBLE, OBSOLETE};
use handfast::session::{MemoryStore, SessionCache, SessionStore, SessionValue};
use handfast::suite::sign;
use handfast::{
    Answer, CipherSuite, ClientConfig, ConfigFault, Credential, Event, Fault, Negotiated,
    ProtocolVersion, ServerConfig,
};
use handfast_pki::pin::{Pin, Pins};
use handfast_testkit::certificates::{self, KeyKind};
use handfast_testkit::pair::{Answerer, Delivery, End, Pair};
use handfast_testkit::{config, raw_keys, stored};
use std::sync::Arc;

const RAW: CertificateType = CertificateType::RAW_PUBLIC_KEY;
const X509: CertificateType = CertificateType::X509;
const KIND: KeyKind = KeyKind::EcP256;
const RSA: KeyKind = KeyKind::Rsa { bits: 2048 };
const VERSIONS: [ProtocolVersion; 4] = [
    ProtocolVersion::TLS_1_3,
    ProtocolVersion::TLS_1_2,
    ProtocolVersion::TLS_1_1,
    ProtocolVersion::TLS_1_0,
];

fn only(common: &mut Common, version: ProtocolVersion) {
    if version < ProtocolVersion::TLS_1_2 {
        common.allow_obsolete(&OBSOLETE);
    }
    common.versions = vec![version];
}

/// Both show a raw key of this kind, and know each other's.
fn mutual(kind: KeyKind, version: ProtocolVersion) -> (ClientConfig, ServerConfig) {
    let mut client = raw_keys::client(kind);
    client.credentials = vec![raw_keys::client_key(kind)];
    let mut server = raw_keys::mutual_server(kind);
    only(&mut client.common, version);
    only(&mut server.common, version);
    (client, server)
}

fn run(client: &ClientConfig, server: &ServerConfig) -> Pair {
    let client = client.clone().check().unwrap();
    let server = server.clone().check().unwrap();
    let mut pair = Pair::new(&client, &server);
    pair.run(Delivery::Whole);
    pair
}

fn connect(client: &ClientConfig, server: &ServerConfig) -> Pair {
    let mut pair = run(client, server);
    pair.connect(Delivery::Whole);
    pair.exchange(b"a line of text");
    pair
}

fn agreed(end: &End) -> &Negotiated {
    end.connection.negotiated().unwrap()
}

/// The end has seen this key, and no certificate.
fn assert_saw(end: &End, key: &Credential, standing: PeerStanding) {
    let negotiated = agreed(end);
    assert_eq!(negotiated.peer_raw_key(), key.raw_key());
    assert_eq!(negotiated.peer_certificate_type(), RAW);
    assert!(negotiated.peer_chain.is_empty());
    assert_eq!(negotiated.peer_standing, standing);
}

#[test]
fn raw_keys_of_every_kind_prove_both_ends_in_every_version() {
    for version in VERSIONS {
        for kind in certificates::KINDS {
            let old = version < ProtocolVersion::TLS_1_2;
            let classic = version < ProtocolVersion::TLS_1_3;
            let is_old_kind = matches!(kind, KeyKind::EcP256 | KeyKind::EcP384 | RSA);
            let is_new_kind = matches!(kind, KeyKind::MlDsa44 | KeyKind::MlDsa65)
                || matches!(kind, KeyKind::MlDsa87 | KeyKind::EcP521);
            if (old && !is_old_kind) || (classic && is_new_kind) {
                continue;
            }
            let (mut client, mut server) = mutual(kind, version);
            // A retry changes nothing.
            client.key_shares = Some(Vec::new());
            server.common.schemes = client.common.schemes.clone();
            let pair = connect(&client, &server);
            let known = PeerStanding::KnownKey;
            assert_saw(&pair.client, &raw_keys::server_key(kind), known);
            assert_saw(&pair.server, &raw_keys::client_key(kind), known);
            for end in [&pair.client, &pair.server] {
                assert_eq!(agreed(end).version, version);
                assert_eq!(agreed(end).own_certificate_type(), RAW);
                assert!(agreed(end).own_chain().is_empty());
            }
        }
    }
}

#[test]
fn a_key_transport_goes_to_a_raw_rsa_key() {
    let (mut client, mut server) = mutual(RSA, ProtocolVersion::TLS_1_2);
    for common in [&mut client.common, &mut server.common] {
        common.allow_obsolete(&COMPATIBLE);
        common.suites = vec![CipherSuite::TLS_RSA_WITH_AES_128_GCM_SHA256];
        common.versions = vec![ProtocolVersion::TLS_1_2];
    }
    let pair = connect(&client, &server);
    let key = raw_keys::server_key(RSA);
    assert_saw(&pair.client, &key, PeerStanding::KnownKey);
}

#[test]
fn a_key_that_is_not_known_is_refused_and_one_among_several_is_taken() {
    for version in VERSIONS {
        let (mut client, server) = mutual(KIND, version);
        let keys = [raw_keys::client_key(KIND), raw_keys::server_key(KIND)];
        for (known, fine) in [(&keys[..1], false), (&keys[..], true)] {
            client.verification = Verification::raw_keys(&raw_keys::known(known));
            let pair = run(&client, &server);
            let wanted = (!fine).then(|| Fault::RawKeyUnknown.into());
            assert_eq!(pair.client.error, wanted, "{version}");
            assert_eq!(pair.client.is_connected(), fine);
        }
    }
}

#[test]
fn no_config_believes_a_raw_key_without_saying_which() {
    let known = raw_keys::known(&[raw_keys::server_key(KIND)]);
    let check = |verification: &Verification, types: &[CertificateType]| {
        let mut client = ClientConfig::with_verification(verification.clone());
        client.server_certificate_types = types.to_vec();
        let mut server = config::server(KIND);
        server.client_auth = ClientAuth::Request(verification.clone());
        server.client_certificate_types = types.to_vec();
        let (client, server) = (client.check().err(), server.check().err());
        assert_eq!(client.is_some(), server.is_some());
        client
    };
    let chain = || Verification::chain(config::trust());
    let unjudged = |one| Some(ConfigFault::CertificateTypeUnjudged(one));
    assert_eq!(check(&chain(), &[RAW]), unjudged(RAW));
    assert_eq!(check(&chain(), &[X509, RAW]), unjudged(RAW));
    let beside = chain().with_raw_keys(&known);
    assert_eq!(check(&beside, &[X509, RAW]), None);
    assert_eq!(check(&beside, &[RAW]), None);
    let alone = Verification::raw_keys(&known);
    assert_eq!(check(&alone, &[RAW]), None);
    assert_eq!(check(&alone, &[RAW, X509]), unjudged(X509));
    assert!(matches!(
        check(&alone, &[X509]),
        Some(ConfigFault::Useless { .. })
    ));
    for other in [Verification::ask(), Verification::danger_accept_anyone()] {
        assert_eq!(check(&other, &[RAW, X509]), None);
        let with_keys = other.with_raw_keys(&known);
        assert!(matches!(
            check(&with_keys, &[RAW]),
            Some(ConfigFault::NotJudged(_))
        ));
    }
    // Nothing is a list, and a certificate's pin says nothing about a key.
    assert!(Pins::new([]).is_err());
    let pins = Pins::new([Pin::of_certificate(b"a certificate")]).unwrap();
    assert!(matches!(
        check(&Verification::raw_keys(&pins), &[RAW]),
        Some(ConfigFault::NotJudged(_))
    ));
    let types = |types: &[CertificateType]| check(&alone, types);
    assert!(matches!(types(&[]), Some(ConfigFault::ListEmpty(_))));
    assert!(matches!(
        types(&[RAW, RAW]),
        Some(ConfigFault::ListedTwice(_))
    ));
    let openpgp = CertificateType::OPENPGP_RESERVED;
    let unknown = ConfigFault::CertificateTypeUnknown(openpgp);
    assert_eq!(types(&[openpgp]), Some(unknown));
}

#[test]
fn the_caller_is_shown_the_key_and_decides() {
    for version in VERSIONS {
        for accepts in [true, false] {
            let (mut client, mut server) = mutual(KIND, version);
            client.verification = Verification::ask();
            server.client_auth = ClientAuth::Require(Verification::ask());
            let (client, server) = (client.check().unwrap(), server.check().unwrap());
            let mut pair = Pair::new(&client, &server);
            let judge = |key: Credential, accepts: bool| {
                move |question: Question<'_>| {
                    let Question::VerifyPeer { chain, raw_key, .. } = question else {
                        panic!("{question:?}");
                    };
                    assert!(chain.is_empty());
                    assert_eq!(raw_key, key.raw_key());
                    match accepts {
                        true => Answer::PeerAccepted,
                        false => Answer::Refused(Fault::PeerRefused),
                    }
                }
            };
            pair.client.answerer = Some(Box::new(judge(raw_keys::server_key(KIND), true)));
            pair.server.answerer = Some(Box::new(judge(raw_keys::client_key(KIND), accepts)));
            pair.run(Delivery::Chunks(13));
            if accepts {
                pair.connect(Delivery::Whole);
                let standing = PeerStanding::AcceptedByCaller;
                assert_saw(&pair.client, &raw_keys::server_key(KIND), standing);
                assert_saw(&pair.server, &raw_keys::client_key(KIND), standing);
            } else {
                assert_eq!(pair.server.error, Some(Fault::PeerRefused.into()));
            }
        }
    }
}

#[test]
fn whoever_it_is_still_proves_that_it_holds_the_key() {
    let (mut client, server) = mutual(KIND, ProtocolVersion::TLS_1_3);
    client.verification = Verification::danger_accept_anyone();
    let pair = connect(&client, &server);
    let unverified = PeerStanding::Unverified;
    assert_saw(&pair.client, &raw_keys::server_key(KIND), unverified);
    // Signed by another key: the first name in the list is not enough.
    let mut server = server;
    let spki = raw_keys::server_key(KIND).raw_key().unwrap().to_vec();
    server.credentials = vec![Credential::with_remote_raw_key(spki).unwrap()];
    for (signer, fine) in [
        (certificates::server(KIND), true),
        (certificates::client(KIND), false),
    ] {
        let (client, server) = (client.clone().check(), server.clone().check());
        let mut pair = Pair::new(&client.unwrap(), &server.unwrap());
        pair.server.answerer = Some(Box::new(move |question| match question {
            Question::Sign {
                scheme, message, ..
            } => Answer::Signature(sign(signer.key(), scheme, message).unwrap()),
            _ => Answer::Failed,
        }));
        pair.run(Delivery::Whole);
        let wanted = (!fine).then(|| Fault::SignatureWrong.into());
        assert_eq!(pair.client.error, wanted);
    }
}

#[test]
fn a_server_with_both_goes_by_its_own_order_and_by_what_the_client_takes() {
    let known = raw_keys::known(&[raw_keys::server_key(KIND)]);
    let either = Verification::chain(config::trust()).with_raw_keys(&known);
    let credentials = [
        raw_keys::server_key(KIND),
        config::credential(certificates::server(KIND)),
    ];
    for version in VERSIONS {
        for (verification, takes) in [
            (&either, &[RAW, X509][..]),
            (&either, &[X509, RAW]),
            (&Verification::raw_keys(&known), &[RAW]),
            (&Verification::chain(config::trust()), &[X509]),
        ] {
            for order in [[0, 1], [1, 0]] {
                let mut client = raw_keys::client(KIND);
                client.verification = verification.clone();
                client.server_certificate_types = takes.to_vec();
                let mut server = config::server(KIND);
                server.credentials = order.map(|at| credentials[at].clone()).to_vec();
                only(&mut client.common, version);
                only(&mut server.common, version);
                let pair = connect(&client, &server);
                let own = server.credentials.iter();
                let mut own = own.map(Credential::certificate_type);
                let wanted = own.find(|one| takes.contains(one)).unwrap();
                let seen = agreed(&pair.client).peer_certificate_type();
                assert_eq!(seen, wanted, "{version} {takes:?} {order:?}");
                let standing = match wanted {
                    RAW => PeerStanding::KnownKey,
                    _ => PeerStanding::Verified,
                };
                assert_eq!(agreed(&pair.client).peer_standing, standing);
            }
        }
    }
}

#[test]
fn a_client_with_both_shows_what_the_server_chose_and_nothing_where_it_has_no_such() {
    let raw = raw_keys::client_key(KIND);
    let chain = config::credential(certificates::client(KIND));
    let known = raw_keys::known(from_ref(&raw));
    let either = Verification::chain(config::trust()).with_raw_keys(&known);
    for version in VERSIONS {
        for (takes, wanted) in [([RAW, X509], RAW), ([X509, RAW], X509)] {
            let mut client = config::client();
            client.credentials = vec![chain.clone(), raw.clone()];
            let mut server = config::server(KIND);
            server.client_auth = ClientAuth::Require(either.clone());
            server.client_certificate_types = takes.to_vec();
            only(&mut client.common, version);
            only(&mut server.common, version);
            let pair = connect(&client, &server);
            assert_eq!(agreed(&pair.server).peer_certificate_type(), wanted);
            // Who has raw keys alone shows one to whoever takes them, and nothing to others.
            client.credentials = vec![raw.clone()];
            let pair = connect(&client, &server);
            assert_eq!(agreed(&pair.server).peer_certificate_type(), RAW);
            server.client_auth = ClientAuth::Request(Verification::chain(config::trust()));
            server.client_certificate_types = vec![X509];
            let pair = run(&client, &server);
            // RFC 7250 s4.2: it is asked, and the two have nothing in common.
            let refused = Fault::CertificateTypeNotCommon;
            assert_eq!(pair.server.error, Some(refused.into()), "{version}");
            // What it says that it can show goes before what it has.
            client.client_certificate_types = Some(vec![X509]);
            let pair = connect(&client, &server);
            let standing = agreed(&pair.server).peer_standing;
            assert_eq!(standing, PeerStanding::Anonymous, "{version}");
        }
    }
}

#[test]
fn a_session_keeps_the_keys_and_ends_with_them() {
    for version in [ProtocolVersion::TLS_1_3, ProtocolVersion::TLS_1_2] {
        for by_ticket in [true, false] {
            let (mut client, mut server) = mutual(KIND, version);
            let store = Arc::new(MemoryStore::default());
            client.sessions = Some(Arc::clone(&store) as Arc<dyn SessionStore>);
            match by_ticket {
                true => server.ticket_keys = Some(keys()),
                false => server.session_cache = Some(Arc::new(SessionCache::new(1 << 16))),
            }
            for expected in [false, true, true] {
                let pair = connect(&client, &server);
                assert_eq!(agreed(&pair.client).is_resumed(), expected, "{version}");
                let known = PeerStanding::KnownKey;
                assert_saw(&pair.client, &raw_keys::server_key(KIND), known);
                assert_saw(&pair.server, &raw_keys::client_key(KIND), known);
            }
            // The client is judged by what the session keeps, too.
            client.reverify_on_resume = true;
            assert!(agreed(&connect(&client, &server).client).is_resumed());
            client.reverify_on_resume = false;
            let was = server.clone();
            let other = [raw_keys::client_key(KIND), raw_keys::server_key(KIND)];
            let more = Verification::raw_keys(&raw_keys::known(&other));
            server.client_auth = ClientAuth::Require(more.clone());
            assert!(!agreed(&connect(&client, &server).client).is_resumed());
            let mut stricter = client.clone();
            stricter.verification = more;
            assert!(!agreed(&connect(&stricter, &was).client).is_resumed());
            let mut other = client.clone();
            other.credentials.clear();
            let pair = run(&other, &was);
            assert!(pair.server.error.is_some(), "nobody comes back as another");
            connect(&client, &was);
            assert!(agreed(&connect(&client, &was).client).is_resumed());
        }
    }
}

#[test]
fn a_server_does_not_go_on_from_a_session_of_a_type_that_the_client_takes_no_longer() {
    for version in [ProtocolVersion::TLS_1_3, ProtocolVersion::TLS_1_2] {
        let mut client = config::client();
        client.verification = Verification::ask();
        client.common.session_scope = Some(b"one label".to_vec());
        let mut server = config::server(KIND);
        server.credentials.insert(0, raw_keys::server_key(KIND));
        server.ticket_keys = Some(keys());
        only(&mut client.common, version);
        only(&mut server.common, version);
        let store = Arc::new(MemoryStore::default());
        client.sessions = Some(Arc::clone(&store) as Arc<dyn SessionStore>);
        let connect = |types: &[CertificateType]| {
            let mut client = client.clone();
            client.server_certificate_types = types.to_vec();
            let (client, server) = (client.check().unwrap(), server.clone().check().unwrap());
            let mut pair = Pair::new(&client, &server);
            pair.client.answerer = Some(Box::new(|_| Answer::PeerAccepted));
            pair.connect(Delivery::Whole);
            let negotiated = agreed(&pair.client);
            (negotiated.is_resumed(), negotiated.peer_certificate_type())
        };
        assert_eq!(connect(&[RAW, X509]), (false, RAW));
        assert_eq!(connect(&[RAW, X509]), (true, RAW));
        assert_eq!(connect(&[X509]), (false, X509));
        assert_eq!(connect(&[X509]), (true, X509));
    }
}

/// Our own client does not even offer such a session, so it is the server's store that says that a raw key
/// was shown.
#[test]
fn a_server_does_not_go_on_from_a_session_in_which_it_showed_what_the_client_does_not_take() {
    let sessions = |mut client: ClientConfig, mut server: ServerConfig, known: Option<Known>| {
        client.ask_for_sessions = true;
        server.ask_for_sessions = true;
        only(&mut client.common, ProtocolVersion::TLS_1_3);
        only(&mut server.common, ProtocolVersion::TLS_1_3);
        let mut pair = Pair::new(&client.check().unwrap(), &server.check().unwrap());
        let [ours, theirs] = known.map_or([None, None], |known| known.map(Some));
        pair.client.answerer = Some(gives(ours));
        pair.server.answerer = Some(gives(theirs));
        pair.connect(Delivery::Whole);
        let is_resumed = agreed(&pair.server).is_resumed();
        let ends = [&mut pair.client, &mut pair.server];
        let made = ends.map(|end| end.connection.take_sessions().pop().unwrap().value);
        (is_resumed, made)
    };
    let (_, [_, raw]) = sessions(raw_keys::client(KIND), raw_keys::server(KIND), None);
    let (_, [ours, theirs]) = sessions(config::client(), config::server(KIND), None);
    // A bit of the first byte tells the two apart.
    let bit = raw.as_bytes()[0] ^ theirs.as_bytes()[0];
    assert_eq!(bit.count_ones(), 1);
    for (bit, goes_on) in [(0, true), (bit, false)] {
        let mut bytes = theirs.as_bytes().to_vec();
        bytes[0] ^= bit;
        let changed = SessionValue::new(stored::checked_again(bytes));
        let known = Some([ours.clone(), changed]);
        let (is_resumed, _) = sessions(config::client(), config::server(KIND), known);
        assert_eq!(is_resumed, goes_on);
    }
}

/// The client's session and the server's.
type Known = [SessionValue; 2];

/// Gives this session to whoever asks for any.
fn gives(value: Option<SessionValue>) -> Answerer {
    Box::new(move |question| match question {
        Question::LoadSession { keys, .. } => {
            Answer::Sessions(keys.iter().map(|_| value.clone()).collect())
        }
        _ => Answer::Failed,
    })
}

#[test]
fn a_client_shows_its_raw_key_later_and_never_another_one() {
    let known = [raw_keys::client_key(KIND), raw_keys::client_key(RSA)];
    let mut client = raw_keys::client(KIND);
    client.credentials = vec![known[0].clone()];
    client.post_handshake_auth = true;
    let mut server = raw_keys::server(KIND);
    let verification = Verification::raw_keys(&raw_keys::known(&known));
    server.later_client_auth = ClientAuth::Require(verification);
    server.client_certificate_types = vec![RAW];
    client.sessions = Some(Arc::new(MemoryStore::default()));
    server.ticket_keys = Some(keys());
    for is_resumed in [false, true] {
        let mut pair = connect(&client, &server);
        assert_eq!(agreed(&pair.server).is_resumed(), is_resumed);
        assert_eq!(agreed(&pair.server).peer_raw_key(), None);
        for _ in 0..2 {
            let now = pair.now;
            let later = &mut pair.server.connection;
            later.renew(Renewal::ClientCertificate, now).unwrap();
            pair.run(Delivery::Chunks(7));
            assert_eq!((pair.client.error, pair.server.error), (None, None));
            assert_saw(&pair.server, &known[0], PeerStanding::KnownKey);
        }
        pair.exchange(b"afterwards");
    }
    // Another one that is known as well.
    client.ask_for_credential = true;
    client.client_certificate_types = Some(vec![RAW]);
    client.sessions = None;
    let (client, server) = (client.check().unwrap(), server.check().unwrap());
    let mut pair = Pair::new(&client, &server);
    let mut left = known.to_vec();
    pair.client.answerer = Some(Box::new(move |question| {
        let Question::Credential {
            certificate_types, ..
        } = question
        else {
            panic!("{question:?}");
        };
        assert_eq!(certificate_types, [RAW]);
        Answer::Credential(Some(left.remove(0)))
    }));
    pair.connect(Delivery::Whole);
    for wanted in [None, Some(Fault::IdentityChanged.into())] {
        let now = pair.now;
        let later = &mut pair.server.connection;
        later.renew(Renewal::ClientCertificate, now).unwrap();
        pair.run(Delivery::Whole);
        assert_eq!(pair.server.error, wanted);
    }
}

#[test]
fn a_client_that_has_no_type_in_common_is_not_asked_later() {
    let mut client = config::client();
    client.post_handshake_auth = true;
    let mut server = config::server(KIND);
    let known = raw_keys::known(&[raw_keys::client_key(KIND)]);
    server.later_client_auth = ClientAuth::Require(Verification::raw_keys(&known));
    server.client_certificate_types = vec![RAW];
    let mut pair = connect(&client, &server);
    let now = pair.now;
    let later = &mut pair.server.connection;
    let asked = later.renew(Renewal::ClientCertificate, now);
    assert_eq!(asked, Err(handfast::Misuse::PeerTakesNoRequest.into()));
    pair.exchange(b"it goes on");
}

#[test]
fn a_second_handshake_adds_a_raw_key_and_swaps_none() {
    for version in VERSIONS.into_iter().skip(1) {
        let (mut client, mut server) = mutual(KIND, version);
        client.common.renegotiation = Renegotiation::ALLOW;
        server.common.renegotiation = Renegotiation::ALLOW;
        server.later_client_auth = core::mem::take(&mut server.client_auth);
        let mut pair = connect(&client, &server);
        assert_eq!(agreed(&pair.server).peer_raw_key(), None);
        for _ in 0..2 {
            let now = pair.now;
            let again = &mut pair.server.connection;
            again.renew(Renewal::ClientCertificate, now).unwrap();
            pair.run(Delivery::Whole);
            assert_eq!((pair.client.error, pair.server.error), (None, None));
            assert_saw(
                &pair.server,
                &raw_keys::client_key(KIND),
                PeerStanding::KnownKey,
            );
            assert_saw(
                &pair.client,
                &raw_keys::server_key(KIND),
                PeerStanding::KnownKey,
            );
            pair.now.monotonic_ms += 60_000;
        }
        let now = pair.now;
        pair.client.connection.renew(Renewal::Keys, now).unwrap();
        pair.run(Delivery::Whole);
        assert!(pair.client.events.contains(&Event::Renewed(Renewal::Keys)));
        assert_saw(
            &pair.server,
            &raw_keys::client_key(KIND),
            PeerStanding::KnownKey,
        );
    }
}

#[test]
fn a_raw_key_is_for_every_host_or_for_those_that_it_is_given() {
    let key = || raw_keys::server_key(KIND);
    let chain = || config::credential(certificates::server(KIND));
    let refused = |credentials: Vec<Credential>, takes_raw: bool| {
        let client = match takes_raw {
            true => raw_keys::client(KIND),
            false => config::client(),
        };
        let server = ServerConfig {
            credentials,
            unknown_name: UnknownName::Refuse,
            ..config::server(KIND)
        };
        run(&client, &server).server.error
    };
    let unknown = Some(Fault::ServerNameUnknown.into());
    let unasked = Some(Fault::RawKeyUnasked.into());
    // The client wants `localhost`.
    assert_eq!(refused(vec![key()], true), None);
    let here = key().for_hosts(&["localhost", "example.test"]).unwrap();
    assert_eq!(refused(vec![here.clone()], true), None);
    let there = key().for_hosts(&["example.test"]).unwrap();
    assert_eq!(refused(vec![there.clone()], true), unknown);
    assert_eq!(refused(vec![there, here], true), None);
    assert_eq!(refused(vec![key()], false), unasked);
    assert_eq!(refused(vec![key(), chain()], false), None);
    let other = key().for_hosts(&["not a host"]);
    assert!(matches!(other, Err(ConfigFault::HostUnreadable(_))));
}

#[test]
fn what_is_no_key_makes_no_credential() {
    let spki = raw_keys::server_key(KIND).raw_key().unwrap().to_vec();
    let remote = |spki: &[u8]| Credential::with_remote_raw_key(spki.to_vec()).err();
    assert_eq!(remote(&spki), None);
    for length in 0..spki.len() {
        assert_eq!(remote(&spki[..length]), Some(ConfigFault::KeyUnfit));
    }
    assert_eq!(
        remote(&[&spki[..], &[0]].concat()),
        Some(ConfigFault::KeyUnfit)
    );
    let leaf = &certificates::server(KIND).chain()[0];
    assert_eq!(remote(leaf), Some(ConfigFault::KeyUnfit));
    let scts = raw_keys::server_key(KIND).with_sct_list(vec![0, 3, 0, 1, 7]);
    assert!(matches!(scts, Err(ConfigFault::Useless { .. })));
    let trust = Trust::System;
    let config = ClientConfig::with_verification(Verification::chain(trust));
    assert_eq!(config.server_certificate_types, [X509]);
}
