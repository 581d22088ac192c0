//! Revocation in whole handshakes: what the config knows counts for new connections, and for
//! sessions that would go on.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on says where")]

use handfast::config::{ClientAuth, RevocationRules, SystemEntropy, Trust, Verification};
use handfast::connection::{PeerStanding, Question, RefusalDetail};
use handfast::session::{MemoryStore, SessionCache, SessionStore, TicketKeys};
use handfast::{
    Answer, ClientConfig, Credential, Error, Fault, ProtocolVersion, Roots, ServerConfig,
    ServerName,
};
use handfast_pki::extension::KeyUsage;
use handfast_pki::verify::policy::Policy;
use handfast_pki::verify::revocation::doubt::Source;
use handfast_pki::verify::revocation::store::RevocationStore;
use handfast_pki::verify::revocation::{Mode, Revocation, Status};
use handfast_pki::verify::{Purpose, Request, verify};
use handfast_testkit::config;
use handfast_testkit::made::certificate::{Draft, issuer_key_id, key, purpose};
use handfast_testkit::made::der::extension_of;
use handfast_testkit::pair::{Delivery, Pair, now};
use handfast_testkit::revocation::world::{SERIAL, World};
use rustls_pki_types::CertificateDer;
use std::sync::Arc;

const VERSIONS: [ProtocolVersion; 2] = [ProtocolVersion::TLS_1_3, ProtocolVersion::TLS_1_2];

fn roots(world: &World) -> Roots {
    let mut roots = Roots::new();
    roots.add(CertificateDer::from(world.root.clone())).unwrap();
    roots
}

/// Lists that say nothing against anybody.
fn clean(world: &World) -> RevocationStore {
    let store = RevocationStore::default();
    let list = world.list().signed_by(&world.issuer_key);
    store.add_crl(list).unwrap();
    store.add_crl(world.roots_list()).unwrap();
    store
}

fn rules(known: &Arc<RevocationStore>) -> RevocationRules {
    RevocationRules {
        mode: Mode::HardFail,
        known: Arc::clone(known),
    }
}

fn judging(world: &World, known: &Arc<RevocationStore>) -> Verification {
    Verification::chain(Trust::Roots(roots(world))).with_revocation(rules(known))
}

fn client(version: ProtocolVersion, verification: Verification) -> ClientConfig {
    let mut client = ClientConfig::with_verification(verification);
    client.common.versions = vec![version];
    client
}

fn credential(world: &World, leaf: &[u8]) -> Credential {
    let chain = [leaf, &world.issuer].map(|der| CertificateDer::from(der.to_vec()));
    Credential::new(chain.to_vec(), world.leaf_key.clone()).unwrap()
}

/// Both ways of coming back to a server.
fn keeping(mut server: ServerConfig, by_tickets: bool) -> ServerConfig {
    if by_tickets {
        let keys = TicketKeys::new(Arc::new(SystemEntropy), now()).unwrap();
        server.ticket_keys = Some(Arc::new(keys));
    } else {
        server.session_cache = Some(Arc::<SessionCache>::default());
    }
    server
}

fn revoke(world: &World, known: &RevocationStore) {
    let next = world.revoking(1).signed_by(&world.issuer_key);
    known.add_crl(next).unwrap();
}

#[test]
fn a_server_revoked_between_two_visits_is_not_come_back_to() {
    let world = World::new();
    for version in VERSIONS {
        for by_tickets in [true, false] {
            let known = Arc::new(clean(&world));
            let store: Arc<dyn SessionStore> = Arc::<MemoryStore>::default();
            let mut client = client(version, judging(&world, &known));
            client.sessions = Some(store);
            let client = client.check().unwrap();
            let server = ServerConfig::new(credential(&world, &world.leaf));
            let server = keeping(server, by_tickets).check().unwrap();
            for comes_back in [false, true, true] {
                let mut pair = Pair::new(&client, &server);
                pair.connect(Delivery::Whole);
                pair.exchange(b"a line");
                let negotiated = pair.client.connection.negotiated().unwrap();
                assert_eq!(
                    negotiated.is_resumed(),
                    comes_back,
                    "{version} {by_tickets}"
                );
            }
            revoke(&world, &known);
            let mut pair = Pair::new(&client, &server);
            pair.run(Delivery::Whole);
            assert_eq!(
                pair.client.error,
                Some(Error::Fault(Fault::CertificateRevoked))
            );
            assert!(!pair.server.is_connected() || pair.server.error.is_some());
        }
    }
}

#[test]
fn a_client_revoked_between_two_visits_does_not_come_back() {
    let world = World::new();
    let leaf = Draft::new("Alice", "Issuer", world.leaf_key.public_spki())
        .numbered(SERIAL)
        .with(purpose(2))
        .with(issuer_key_id(b"issuer"))
        .signed_by(&world.issuer_key);
    for version in VERSIONS {
        for by_tickets in [true, false] {
            let known = Arc::new(clean(&world));
            let mut client = client(version, Verification::chain(config::trust()));
            client.credentials = vec![credential(&world, &leaf)];
            client.sessions = Some(Arc::<MemoryStore>::default());
            let client = client.check().unwrap();
            let mut server = config::server(handfast_testkit::certificates::KeyKind::EcP256);
            server.client_auth = ClientAuth::Require(judging(&world, &known));
            let server = keeping(server, by_tickets).check().unwrap();
            for comes_back in [false, true] {
                let mut pair = Pair::new(&client, &server);
                pair.connect(Delivery::Whole);
                pair.exchange(b"a line");
                let negotiated = pair.server.connection.negotiated().unwrap();
                assert_eq!(
                    negotiated.is_resumed(),
                    comes_back,
                    "{version} {by_tickets}"
                );
                assert_eq!(negotiated.peer_standing, PeerStanding::Verified);
            }
            revoke(&world, &known);
            let mut pair = Pair::new(&client, &server);
            pair.run(Delivery::Whole);
            assert_eq!(
                pair.server.error,
                Some(Error::Fault(Fault::CertificateRevoked)),
                "{version} {by_tickets}"
            );
            assert_eq!(
                pair.client.error,
                Some(Error::PeerAlert(
                    handfast::AlertDescription::CERTIFICATE_REVOKED
                ))
            );
        }
    }
}

#[test]
fn the_caller_sees_by_what_a_peer_passed() {
    let world = World::new();
    let staple = world.answer().signed_by(&world.issuer_key);
    let known = Arc::new(RevocationStore::default());
    known.add_crl(world.roots_list()).unwrap();
    for version in VERSIONS {
        let client = client(version, judging(&world, &known)).check().unwrap();
        let shown = credential(&world, &world.leaf);
        let plain = ServerConfig::new(shown.clone()).check().unwrap();
        let mut pair = Pair::new(&client, &plain);
        pair.run(Delivery::Whole);
        assert_eq!(
            pair.client.error,
            Some(Error::Fault(Fault::CertificateRefused))
        );
        let stapling = ServerConfig::new(shown.with_ocsp_response(staple.clone()));
        let mut pair = Pair::new(&client, &stapling.check().unwrap());
        pair.connect(Delivery::Whole);
        let negotiated = pair.client.connection.negotiated().unwrap();
        let findings = negotiated.revocation.as_deref().unwrap();
        let statuses: Vec<_> = findings.iter().map(|one| one.status).collect();
        let crl = Status::Good(Source::Crl(0));
        assert_eq!(statuses, [Status::Good(Source::Staple), crl]);
    }
}

#[test]
fn must_staple_is_honoured_whatever_the_mode() {
    let world = World::new();
    let feature = [0x2b, 6, 1, 5, 5, 7, 1, 24];
    let bound = world.leaf_with(vec![extension_of(&feature, false, &[0x30, 3, 2, 1, 5])]);
    let fresh = world.answer().signed_by(&world.issuer_key);
    let mut stale = world.answer();
    stale.next_update = Some(world.now - 7200);
    let stale = stale.signed_by(&world.issuer_key);
    let trust = || Verification::chain(Trust::Roots(roots(&world)));
    let bad = Some(Error::Fault(Fault::CertificateStatusBad));
    for version in VERSIONS {
        for (leaf, staple, wanted) in [
            (&bound, None, bad),
            (&bound, Some(&stale), bad),
            (&bound, Some(&fresh), None),
            (&world.leaf, None, None),
            (&world.leaf, Some(&stale), None),
        ] {
            let mut shown = credential(&world, leaf);
            if let Some(staple) = staple {
                shown = shown.with_ocsp_response(staple.clone());
            }
            let server = ServerConfig::new(shown).check().unwrap();
            let asking = client(version, trust()).check().unwrap();
            let mut pair = Pair::new(&asking, &server);
            pair.run(Delivery::Whole);
            assert_eq!(pair.client.error, wanted, "{version}");
            if wanted.is_some() {
                let alert = handfast::AlertDescription::BAD_CERTIFICATE_STATUS_RESPONSE;
                assert_eq!(pair.server.error, Some(Error::PeerAlert(alert)));
            }
            // Who does not ask is owed nothing.
            let mut silent = client(version, trust());
            silent.request_ocsp = false;
            Pair::new(&silent.check().unwrap(), &server).connect(Delivery::Whole);
        }
    }
}

#[test]
fn a_caller_answers_with_the_verdict_or_the_rejection() {
    let world = World::new();
    let server = ServerConfig::new(credential(&world, &world.leaf));
    let server = server.check().unwrap();
    for version in VERSIONS {
        for name in ["localhost", "elsewhere.test"] {
            let asking = client(version, Verification::ask()).check().unwrap();
            let roots = roots(&world);
            let mut pair = Pair::new(&asking, &server);
            let lists = [
                world.list().signed_by(&world.issuer_key),
                world.roots_list(),
            ];
            pair.client.answerer = Some(Box::new(move |question| {
                let Question::VerifyPeer { chain, .. } = question else {
                    return Answer::Failed;
                };
                let chain: Vec<&[u8]> = chain.iter().map(AsRef::as_ref).collect();
                let crls = lists
                    .each_ref()
                    .map(|der| handfast_pki::crl::Crl::parse(der).unwrap());
                let judged = verify(&Request {
                    chain: &chain,
                    roots: &roots,
                    purpose: Purpose::ServerAuth,
                    key_usage: Some(KeyUsage::DIGITAL_SIGNATURE),
                    name: Some(&ServerName::parse(name).unwrap()),
                    at_unix_s: i64::try_from(now().unix_s()).unwrap(),
                    policy: &Policy::MODERN,
                    leaf_key: None,
                    facts: None,
                    revocation: Revocation {
                        mode: Mode::HardFail,
                        crls: &crls,
                        ..Revocation::default()
                    },
                });
                match judged {
                    Ok(verdict) => Answer::PeerVerified(Box::new(verdict)),
                    Err(rejection) => Answer::PeerRejected(rejection),
                }
            }));
            pair.run(Delivery::Whole);
            if name == "localhost" {
                let negotiated = pair.client.connection.negotiated().unwrap();
                assert_eq!(negotiated.peer_standing, PeerStanding::AcceptedByCaller);
                assert_eq!(negotiated.revocation.as_deref().unwrap().len(), 2);
                continue;
            }
            let wrong = Some(Error::Fault(Fault::CertificateNameWrong));
            assert_eq!(pair.client.error, wrong);
            let refusal = pair.client.connection.refusal().unwrap();
            let RefusalDetail::Certificate(rejection) = &refusal.detail else {
                panic!("the rejection is kept: {refusal:?}");
            };
            assert!(rejection.to_string().contains("not for elsewhere.test"));
        }
    }
}

#[test]
fn a_list_of_another_key_neither_helps_nor_harms() {
    let world = World::new();
    let known = Arc::new(clean(&world));
    let forged = world.revoking(1).signed_by(&key());
    known.add_crl(forged).unwrap();
    let client = client(VERSIONS[0], judging(&world, &known))
        .check()
        .unwrap();
    let server = ServerConfig::new(credential(&world, &world.leaf));
    Pair::new(&client, &server.check().unwrap()).connect(Delivery::Whole);
    known.clear();
    known.add_crl(world.roots_list()).unwrap();
    let forged = world.list().signed_by(&key());
    known.add_crl(forged).unwrap();
    let server = ServerConfig::new(credential(&world, &world.leaf));
    let mut pair = Pair::new(&client, &server.check().unwrap());
    pair.run(Delivery::Whole);
    assert_eq!(
        pair.client.error,
        Some(Error::Fault(Fault::CertificateRefused))
    );
}
