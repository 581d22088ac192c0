//! Where nobody shows a certificate before TLS 1.3: what a config may name, what a server falls back
//! to, and what is done for a peer that may be anyone.

use handfast::config::{PreSharedKey, Trust, UnknownName, Verification};
use handfast::connection::{Answer, Question};
use handfast::observe::Script;
use handfast::obsolete::{COMPATIBLE, DhGroup, MUSEUM, OBSOLETE, Policy};
use handfast::{
    CipherSuite, ClientConfig, ConfigFault, Error, Event, Fault, Misuse, ProtocolVersion,
    ServerConfig, SignatureScheme,
};
use handfast_pki::roots::Roots;
use handfast_testkit::certificates::{self, KeyKind};
use handfast_testkit::config;
use handfast_testkit::liar::anatomy::client_hello;
use handfast_testkit::pair::{Delivery, Pair, now};
use handfast_wire::codec::Wire;
use handfast_wire::handshake::ClientHello;
use handfast_wire::registry::{Grade, HandshakeType};
use std::sync::Arc;

const RSA_2048: KeyKind = KeyKind::Rsa { bits: 2048 };
const CURRENT: CipherSuite = CipherSuite::TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256;
const SHARED: CipherSuite = CipherSuite::TLS_ECDHE_PSK_WITH_AES_128_GCM_SHA256;
const ANONYMOUS: CipherSuite = CipherSuite::TLS_ECDH_ANON_WITH_AES_128_CBC_SHA;

fn key(identity: &[u8]) -> PreSharedKey {
    PreSharedKey::new(identity, &[7; 32]).expect("a key")
}

/// Both name these suites, allow what a museum does, and share a key where a suite takes one.
fn configs(suites: &[CipherSuite]) -> (ClientConfig, ServerConfig) {
    let (mut client, mut server) = (config::client(), config::server(RSA_2048));
    for common in [&mut client.common, &mut server.common] {
        common.obsolete = Some(&MUSEUM);
        common.versions = vec![ProtocolVersion::TLS_1_2];
        common.suites = suites.to_vec();
    }
    if suites.iter().any(|suite| suite.to_string().contains("PSK")) {
        client.psks = vec![key(b"pump 7")];
        server.psks = vec![key(b"pump 7")];
    }
    (client, server)
}

fn run(client: ClientConfig, server: ServerConfig) -> Pair {
    let client = client.check().expect("a config");
    let mut pair = Pair::new(&client, &server.check().expect("a config"));
    pair.run(Delivery::Whole);
    pair
}

#[test]
fn a_client_that_wants_to_know_anybody_names_no_anonymous_suite() {
    let unjudged = Some(ConfigFault::SuiteUnjudged(ANONYMOUS));
    let nobody = Trust::Roots(Roots::new());
    for verification in [Verification::chain(nobody), Verification::ask()] {
        let (client, _) = configs(&[ANONYMOUS]);
        let client = ClientConfig {
            verification,
            ..client
        };
        let fault = client.check().err();
        assert_eq!(fault, unjudged);
        let said = fault.expect("a fault").to_string();
        assert!(said.contains("leave it out") && said.contains("danger_accept_anyone"));
    }
    // Who takes anyone may; but not beside suites that anybody would be known by: the server, or
    // whoever sits in its place, chooses.
    let beside = Some(ConfigFault::SuiteUnjudgedBeside(ANONYMOUS));
    for other in [
        None,
        Some(CURRENT),
        Some(CipherSuite::TLS_AES_128_GCM_SHA256),
        Some(SHARED),
    ] {
        let suites: Vec<_> = other.into_iter().chain([ANONYMOUS]).collect();
        let (mut client, _) = configs(&suites);
        client.common.versions.insert(0, ProtocolVersion::TLS_1_3);
        client.verification = Verification::danger_accept_anyone();
        let fault = client.check().err();
        assert_eq!(fault, beside.clone().filter(|_| other.is_some()));
        let said = fault.map(|fault| fault.to_string()).unwrap_or_default();
        assert!(other.is_none() || said.contains("name anonymous suites alone"));
    }
    let warned = MUSEUM.warning();
    for word in ["RC4", "NULL", "anonymous"] {
        assert!(warned.contains(word), "{warned}");
    }
}

/// What the first ClientHello offers.
fn offered(change: impl FnOnce(&mut ClientConfig)) -> Vec<CipherSuite> {
    let mut client = config::client();
    change(&mut client);
    let server = config::server(RSA_2048).check().expect("a config");
    let mut pair = Pair::new(&client.check().expect("a config"), &server);
    let sent = pair.client.take_output();
    let hello = ClientHello::decode(&sent[9..]).expect("a ClientHello");
    let suites = hello.cipher_suites.iter();
    suites
        .filter(|suite| suite.grade() > Some(Grade::Reserved))
        .collect()
}

#[test]
fn no_suite_comes_by_itself_that_is_weaker_than_the_policys_text_says() {
    // What is weak, and what says so.
    let words = [("CBC", "CBC"), ("no forward secrecy", "forward secrecy")];
    let words = words.into_iter().chain([("64 bits", "Triple DES")]);
    let says = |text: &str, because: &str| {
        words
            .clone()
            .any(|(why, word)| because.contains(why) && text.contains(word))
    };
    let texts = |policy: Option<&'static Policy>| {
        let mut before = [&COMPATIBLE, &OBSOLETE, &MUSEUM].into_iter();
        let mut all = String::new();
        while let Some(policy) = policy.filter(|_| !all.contains("laboratories")) {
            let Some(next) = before.next() else { break };
            all += next.warning();
            if next.name() == policy.name() {
                break;
            }
        }
        all
    };
    let mut weak = 0;
    for policy in [None, Some(&COMPATIBLE), Some(&OBSOLETE), Some(&MUSEUM)] {
        for psks in [Vec::new(), vec![key(b"pump 7")]] {
            for suite in offered(|client| {
                if let Some(policy) = policy {
                    client.common.allow_obsolete(policy);
                }
                client.psks.clone_from(&psks);
            }) {
                let text = texts(policy);
                for reason in suite.reasons().filter(|why| why.grade < Grade::Acceptable) {
                    weak += 1;
                    let because = reason.because;
                    assert!(says(&text, because), "{suite}: {because}; {text:?}");
                }
            }
        }
    }
    assert!(weak > 100, "{weak}");
}

#[test]
fn a_tag_of_eight_bytes_is_taken_where_it_is_named_alone() {
    for suite in [
        CipherSuite::TLS_ECDHE_PSK_WITH_AES_128_CCM_8_SHA256,
        CipherSuite::TLS_PSK_WITH_AES_128_CCM_8,
    ] {
        for policy in [&COMPATIBLE, &OBSOLETE, &MUSEUM] {
            let (mut client, mut server) = configs(&[suite]);
            client.common.obsolete = Some(policy);
            server.common.obsolete = Some(policy);
            assert!(run(client, server.clone()).client.is_connected());
            let (mut client, _) = configs(&[CURRENT, SHARED]);
            client.common.suites.pop();
            client.common.allow_obsolete(policy);
            let pair = run(client, server);
            assert_eq!(pair.server.error, Some(Fault::SuiteNotCommon.into()));
        }
    }
}

#[test]
fn a_host_that_is_not_served_is_refused_under_a_shared_key_too() {
    for suites in [&[CURRENT, SHARED][..], &[SHARED, CURRENT], &[SHARED]] {
        let (client, mut server) = configs(suites);
        // It carries the name of a client, and no host's.
        server.credentials = vec![config::credential(certificates::client(RSA_2048))];
        server.unknown_name = UnknownName::Refuse;
        let pair = run(client.clone(), server.clone());
        let wanted = Some(Error::Fault(Fault::ServerNameUnknown));
        assert_eq!(pair.server.error, wanted, "{suites:?}");
        // The control: the same with a name that is served, under a scheme that is not common.
        server.credentials = vec![config::credential(certificates::server(RSA_2048))];
        let mut client = client;
        client.common.schemes = vec![SignatureScheme::ECDSA_SECP256R1_SHA256];
        let pair = run(client, server);
        let agreed = pair.client.connection.negotiated().expect("a connection");
        assert_eq!(agreed.suite, SHARED);
    }
}

#[test]
fn a_credential_for_others_alone_is_no_reason_to_show_none() {
    #[derive(Debug)]
    struct NamesAnother;
    impl Script for NamesAnother {
        fn say(&self, msg_type: HandshakeType, bytes: Vec<u8>) -> Vec<Vec<u8>> {
            if msg_type != HandshakeType::CLIENT_HELLO {
                return vec![bytes];
            }
            client_hello(&bytes, |hello| {
                // certificate_authorities: one name, `CN=x`.
                let name = [
                    0x30, 0x0c, 0x31, 0x0a, 0x30, 8, 6, 3, 0x55, 4, 3, 0x0c, 1, b'x',
                ];
                let list = [&[0, 16, 0, 14][..], &name].concat();
                let authorities = handfast_wire::registry::ExtensionType::CERTIFICATE_AUTHORITIES;
                hello.extensions.set(authorities, &list);
            })
        }
    }
    let (mut client, mut server) = configs(&[CURRENT, SHARED]);
    let credential = config::credential(certificates::server(RSA_2048)).only_for_matching_issuer();
    server.credentials = vec![credential];
    client.common.danger_script = Some(Arc::new(NamesAnother));
    let pair = run(client, server);
    assert_eq!(pair.server.error, Some(Fault::IssuerNotCommon.into()));
}

#[test]
fn a_server_never_falls_back_to_an_anonymous_suite() {
    /// Offers an anonymous suite beside the one that the config names.
    #[derive(Debug)]
    struct OffersBoth;
    impl Script for OffersBoth {
        fn say(&self, msg_type: HandshakeType, bytes: Vec<u8>) -> Vec<Vec<u8>> {
            match msg_type {
                HandshakeType::CLIENT_HELLO => client_hello(&bytes, |hello| {
                    hello.suites.extend(ANONYMOUS.0.to_be_bytes());
                }),
                _ => vec![bytes],
            }
        }
    }
    let (mut client, mut server) = configs(&[CURRENT]);
    server.common.suites.push(ANONYMOUS);
    client.common.danger_script = Some(Arc::new(OffersBoth));
    client.common.schemes = vec![SignatureScheme::ECDSA_SECP256R1_SHA256];
    let pair = run(client, server.clone());
    assert_eq!(pair.server.error, Some(Fault::SchemeNotCommon.into()));
    // Who offers nothing else gets it from a server that names it.
    let (mut client, _) = configs(&[ANONYMOUS]);
    client.verification = Verification::danger_accept_anyone();
    assert!(run(client, server).server.is_connected());
}

#[test]
fn a_prime_is_tested_for_nobody_who_has_shown_no_certificate() {
    // 2^2048 - 1942289, the largest safe prime of 2048 bits.
    let mut prime = [0xff; 256];
    prime[252..].copy_from_slice(&(u32::MAX - 1_942_288).to_be_bytes());
    for suite in [
        CipherSuite::TLS_DHE_PSK_WITH_AES_128_GCM_SHA256,
        CipherSuite::TLS_DH_ANON_WITH_AES_128_GCM_SHA256,
    ] {
        let known = [2048, 3072, 4096].map(|bits| (DhGroup::rfc3526(bits), None));
        let own = DhGroup::new(&prime, &[2]).ok();
        let unknown = (own, Some(Error::Fault(Fault::PrimeUnsafe)));
        for (group, wanted) in known.into_iter().chain([unknown]) {
            let (mut client, mut server) = configs(&[suite]);
            if client.psks.is_empty() {
                client.verification = Verification::danger_accept_anyone();
            }
            assert!(group.is_some());
            server.dh_group = group;
            let pair = run(client, server);
            assert_eq!(pair.client.error, wanted, "{suite}");
        }
    }
}

#[test]
fn a_failure_to_look_an_identity_up_is_told_unless_identities_are_hidden() {
    let ends = |hide: bool, answer: fn() -> Answer| {
        let (client, mut server) = configs(&[SHARED]);
        server.psks.clear();
        (server.ask_for_psk, server.hide_unknown_psks) = (true, hide);
        let client = client.check().expect("a config");
        let mut pair = Pair::new(&client, &server.check().expect("a config"));
        pair.server.answerer = Some(Box::new(move |_| answer()));
        pair.run(Delivery::Whole);
        (pair.server.error, pair.client.error)
    };
    let unknown = ends(true, || Answer::Psk(None));
    assert_eq!(unknown.0, Some(Fault::RecordNotAuthentic.into()));
    assert_eq!(ends(true, || Answer::Failed), unknown);
    let told = ends(false, || Answer::Failed).0;
    assert!(matches!(told, Some(Error::Own(_))), "{told:?}");
}

#[test]
fn a_key_under_another_identity_than_was_asked_for_is_no_answer() {
    let (client, mut server) = configs(&[SHARED]);
    server.psks.clear();
    server.ask_for_psk = true;
    let (client, server) = (client.check().unwrap(), server.check().unwrap());
    let mut pair = Pair::new(&client, &server);
    let hello = pair.client.take_output();
    pair.server.deliver(&hello, now());
    let flight = pair.server.take_output();
    pair.client.deliver(&flight, now());
    let sent = pair.client.take_output();
    pair.server.deliver(&sent, now());
    let Some(Event::Ask(ask)) = pair.server.events.last().cloned() else {
        panic!("an ask is open: {:?}", pair.server.events);
    };
    let id = ask.id();
    let question = pair.server.connection.question();
    let asked = matches!(
        question,
        Some(Question::Psk {
            identity: Some(b"pump 7"),
            ..
        })
    );
    assert!(asked);
    for name in [&b"pump 8"[..], b"pump", b""] {
        let answer = Answer::Psk(Some(key(name)));
        let told = pair.server.connection.answer(id, answer, now());
        assert_eq!(told, Err(Misuse::AnswerUnfit.into()));
    }
    let answer = Answer::Psk(Some(key(b"pump 7")));
    assert_eq!(pair.server.connection.answer(id, answer, now()), Ok(()));
}

#[test]
fn servers_that_could_serve_nobody_or_do_nothing_of_what_they_are_told_are_refused() {
    let psk = CipherSuite::TLS_PSK_WITH_AES_128_GCM_SHA256;
    let must_show = config::mutual_server(RSA_2048).client_auth;
    let fault = |suites: &[CipherSuite], change: &dyn Fn(&mut ServerConfig)| {
        let (_, mut server) = configs(suites);
        change(&mut server);
        server.check().err()
    };
    let unasked = Some(ConfigFault::ClientAuthUnasked);
    let require = |server: &mut ServerConfig| server.client_auth = must_show.clone();
    assert_eq!(fault(&[psk], &require), unasked);
    assert_eq!(fault(&[ANONYMOUS], &require), unasked);
    assert_eq!(fault(&[CURRENT, psk], &require), None);
    let bare = |server: &mut ServerConfig| {
        require(server);
        server.credentials.clear();
    };
    assert_eq!(fault(&[CURRENT, psk], &bare), unasked);
    let hint = |bytes: usize| {
        fault(&[psk], &|server| {
            server.psk_hint = Some(vec![b'?'; bytes]);
        })
    };
    assert_eq!(hint(128), None);
    assert_eq!(hint(129), Some(ConfigFault::PskHintLength(129)));
    let useless = |set, needs| Some(ConfigFault::Useless { set, needs });
    assert_eq!(
        fault(&[CURRENT], &|server| server.psk_hint = Some(vec![1])),
        useless("psk_hint", "shared keys")
    );
    assert_eq!(
        fault(&[CURRENT], &|server| server.hide_unknown_psks = true),
        useless("hide_unknown_psks", "shared keys")
    );
    let group = |server: &mut ServerConfig| server.dh_group = DhGroup::rfc3526(2048);
    assert_eq!(
        fault(&[CURRENT], &group),
        useless("dh_group", "a suite with Diffie-Hellman in finite fields")
    );
    let dhe = CipherSuite::TLS_DHE_RSA_WITH_AES_128_GCM_SHA256;
    assert_eq!(fault(&[CURRENT, dhe], &group), None);
    let twice = |server: &mut ServerConfig| server.psks.push(key(b"pump 7"));
    assert_eq!(
        fault(&[psk], &twice),
        Some(ConfigFault::ListedTwice("identities of shared keys"))
    );
}
