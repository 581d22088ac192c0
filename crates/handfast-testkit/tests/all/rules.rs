//! Rules put together by a config: what holds lets the handshake through, what does not ends it,
//! in both versions; and a session goes on under the rule that it was made under.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on says where")]

use handfast::config::{ClientAuth, RevocationRules, Verification};
use handfast::connection::PeerStanding;
use handfast::session::{MemoryStore, SessionStore};
use handfast::{ClientConfig, ConfigFault, Error, Fault, ProtocolVersion, ServerConfig};
use handfast_ca::issued::Issued;
use handfast_pki::certificate::Certificate;
use handfast_pki::dane::{Dane, Tlsa};
use handfast_pki::pin::{Pin, Pins};
use handfast_pki::sct::log::LogList;
use handfast_pki::sct::policy::CtPolicy;
use handfast_pki::verify::combined::rule::{Combination, Logged as LoggedRule, Rule};
use handfast_testkit::certificates::{self, KeyKind, now_unix, root};
use handfast_testkit::config;
use handfast_testkit::pair::{Delivery, Pair};
use handfast_testkit::transparency::{Logged, TestLog, list, x509_entry};
use std::sync::Arc;

const VERSIONS: [ProtocolVersion; 2] = [ProtocolVersion::TLS_1_3, ProtocolVersion::TLS_1_2];

fn client(version: ProtocolVersion, rule: Rule) -> ClientConfig {
    let rule = Combination::new(rule).unwrap();
    let verification = Verification::chain(config::trust()).with_rule(rule);
    let mut client = ClientConfig::with_verification(verification);
    client.common.versions = vec![version];
    client
}

/// How the server stands, or why the client refused it.
fn meet(client: ClientConfig, server: ServerConfig) -> Result<PeerStanding, Error> {
    let mut pair = Pair::new(&client.check().unwrap(), &server.check().unwrap());
    pair.run(Delivery::Whole);
    match pair.client.error {
        Some(error) => Err(error),
        None => Ok(pair.client.connection.negotiated().unwrap().peer_standing),
    }
}

fn pins(spki: &[u8]) -> Pins {
    Pins::new([Pin::of_key(spki)]).unwrap()
}

fn bad() -> Result<PeerStanding, Error> {
    Err(Fault::CertificateBad.into())
}

#[test]
fn pins_and_records_of_a_config_decide() {
    let server = || config::server(KeyKind::EcP256);
    let chain = certificates::server(KeyKind::EcP256).chain();
    let leaf = Certificate::parse(&chain[0]).unwrap();
    let pinned = |spki: &[u8]| Rule::All(vec![Rule::Chain, Rule::Pinned(pins(spki))]);
    let record = |usage, data: &[u8]| {
        let (selector, matching) = (1, 0);
        let data = data.to_vec();
        Rule::Dane(Dane::new([Tlsa {
            usage,
            selector,
            matching,
            data,
        }]))
    };
    let authority = root().own().key().public_spki();
    let stranger = certificates::client(KeyKind::EcP256).key().public_spki();
    let unknown = Err(Fault::CertificateRefused.into());
    for version in VERSIONS {
        for (rule, expected) in [
            (pinned(leaf.spki()), Ok(PeerStanding::Verified)),
            (pinned(authority), Ok(PeerStanding::Verified)),
            (pinned(stranger), bad()),
            (
                Rule::DangerPinnedLeaf(pins(leaf.spki())),
                Ok(PeerStanding::DangerPinned),
            ),
            (Rule::DangerPinnedLeaf(pins(authority)), bad()),
            (record(3, leaf.spki()), Ok(PeerStanding::Verified)),
            (record(0, authority), Ok(PeerStanding::Verified)),
            (record(3, stranger), bad()),
            (
                Rule::AnyOf(vec![record(3, stranger), Rule::Chain]),
                Ok(PeerStanding::Verified),
            ),
            (
                Rule::AnyOf(vec![record(3, stranger), pinned(stranger)]),
                unknown,
            ),
        ] {
            let met = meet(client(version, rule.clone()), server());
            assert_eq!(met, expected, "{version} {rule:?}");
        }
    }
}

/// Pins that nobody looks at must not look like pins.
#[test]
fn a_rule_beside_a_judge_that_is_not_the_config_is_refused_by_name() {
    let rule = || Combination::new(Rule::Chain).unwrap();
    let revocation = RevocationRules::default;
    for (verification, judges) in [
        (Verification::chain(config::trust()), true),
        (Verification::ask(), false),
        (Verification::danger_accept_anyone(), false),
    ] {
        for (given, named) in [
            (verification.clone(), None),
            (verification.clone().with_rule(rule()), Some("a rule")),
            (
                verification.clone().with_revocation(revocation()),
                Some("rules for revocation"),
            ),
        ] {
            let expected = named.filter(|_| !judges).map(ConfigFault::NotJudged);
            let client = ClientConfig::with_verification(given.clone());
            assert_eq!(client.check().err(), expected, "{given:?}");
            for auth in [
                ClientAuth::Request(given.clone()),
                ClientAuth::Require(given.clone()),
            ] {
                let mut server = config::server(KeyKind::EcP256);
                server.client_auth = auth;
                assert_eq!(server.check().err(), expected, "{given:?}");
            }
        }
    }
}

#[test]
fn a_server_holds_its_clients_to_a_rule() {
    let ada = certificates::client(KeyKind::EcP256);
    for (spki, holds) in [
        (ada.key().public_spki(), true),
        (root().own().key().public_spki(), true),
        (
            certificates::server(KeyKind::EcP256).key().public_spki(),
            false,
        ),
    ] {
        let rule = Rule::All(vec![Rule::Chain, Rule::Pinned(pins(spki))]);
        let rule = Combination::new(rule).unwrap();
        let mut server = config::server(KeyKind::EcP256);
        let verification = Verification::chain(config::trust()).with_rule(rule);
        server.client_auth = ClientAuth::Require(verification);
        let mut client = config::client();
        client.credentials = vec![config::credential(ada)];
        let mut pair = Pair::new(&client.check().unwrap(), &server.check().unwrap());
        pair.run(Delivery::Whole);
        let expected = (!holds).then(|| Fault::CertificateBad.into());
        assert_eq!(pair.server.error, expected);
    }
}

#[test]
fn logs_that_a_config_knows_must_have_seen_the_certificate() {
    let (lark, wren) = (
        TestLog::new("Lark", KeyKind::EcP256),
        TestLog::new("Wren", KeyKind::EcP256),
    );
    let time = (now_unix() - 3600) * 1000;
    let logged = Logged::new(90);
    let embedded = logged.with_embedded(|entry| vec![lark.sct(time, entry), wren.sct(time, entry)]);
    let one = logged.with_embedded(|entry| vec![lark.sct(time, entry)]);
    let bare = logged.bare();
    let entry = x509_entry(&bare);
    let delivered = list(&[lark.sct(time, &entry), wren.sct(time, &entry)]);
    let mut logs = LogList::new();
    for log in [&lark, &wren] {
        logs.add(log.log.clone()).unwrap();
    }
    let policy = CtPolicy::WEB;
    let rule = Rule::All(vec![Rule::Chain, Rule::Logged(LoggedRule { logs, policy })]);
    for version in VERSIONS {
        for (leaf, scts, holds) in [
            (&embedded, None, true),
            (&one, None, false),
            (&bare, None, false),
            (&bare, Some(&delivered), true),
            // They are about another certificate.
            (&one, Some(&delivered), false),
        ] {
            let issued = Issued::from_parts(vec![leaf.clone().into()], logged.key.clone());
            let mut credential = config::credential(&issued);
            if let Some(list) = scts {
                credential = credential.with_sct_list(list.clone()).unwrap();
            }
            let client = client(version, rule.clone());
            assert!(!client.request_scts, "the rule asks for them by itself");
            let met = meet(client, ServerConfig::new(credential));
            let expected = if holds {
                Ok(PeerStanding::Verified)
            } else {
                bad()
            };
            assert_eq!(met, expected, "{version}");
        }
    }
}

#[test]
fn a_session_goes_on_under_its_own_rule_alone() {
    let chain = certificates::server(KeyKind::EcP256).chain();
    let leaf = Certificate::parse(&chain[0]).unwrap();
    let authority = root().own().key().public_spki();
    let pinned = |spki: &[u8]| Rule::All(vec![Rule::Chain, Rule::Pinned(pins(spki))]);
    for version in VERSIONS {
        for (later, goes_on) in [
            (pinned(leaf.spki()), true),
            (pinned(authority), false),
            (Rule::Chain, false),
        ] {
            let store: Arc<MemoryStore> = Arc::default();
            let mut server = config::server(KeyKind::EcP256);
            server.session_cache = Some(Arc::default());
            let server = server.check().unwrap();
            let mut resumed = Vec::new();
            for rule in [pinned(leaf.spki()), later.clone()] {
                let mut client = client(version, rule);
                client.sessions = Some(Arc::clone(&store) as Arc<dyn SessionStore>);
                let mut pair = Pair::new(&client.check().unwrap(), &server);
                pair.connect(Delivery::Whole);
                pair.exchange(b"a line of text");
                resumed.push(pair.client.connection.negotiated().unwrap().is_resumed());
            }
            assert_eq!(resumed, [false, goes_on], "{version} {later:?}");
        }
    }
}
