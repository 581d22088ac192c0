//! Exceptions: one rule for one peer, for a reason, until a day; nobody else is touched, and each
//! use is told.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on says where")]

use handfast::config::{
    ClientAuth, Exception, Peer, Relaxed, RevocationRules, Trust, Verification,
};
use handfast::obsolete::{OBSOLETE, Single};
use handfast::session::{MemoryStore, TicketKeys};
use handfast::{
    CipherSuite, ClientConfig, ConfigFault, Credential, Error, Fault, NamedGroup, Now,
    ProtocolVersion, ServerConfig, ServerName, SignatureScheme,
};
use handfast_ca::authority::Authority;
use handfast_ca::profile::Validity;
use handfast_pki::certificate::Certificate;
use handfast_pki::load;
use handfast_pki::pin::Pin;
use handfast_pki::roots::Roots;
use handfast_pki::verify::revocation::Mode;

use handfast_testkit::certificates::{self, Flaw, KeyKind};
use handfast_testkit::config;
use handfast_testkit::pair::{Delivery, Pair, now};
use std::sync::Arc;

const TLS10: ProtocolVersion = ProtocolVersion::TLS_1_0;
const TLS12: ProtocolVersion = ProtocolVersion::TLS_1_2;
const TLS13: ProtocolVersion = ProtocolVersion::TLS_1_3;
const DAY: u64 = 86_400;

fn name(text: &str) -> ServerName {
    ServerName::parse(text).unwrap()
}

fn localhost() -> Peer {
    Peer::Name(name("localhost"))
}

/// Up to tomorrow, for no reason but the test.
fn relaxed(peer: Peer, rule: Relaxed) -> Exception {
    Exception::danger_relax(peer, rule, "a test", now().unix_s() + DAY)
}

fn client(exceptions: Vec<Exception>) -> ClientConfig {
    ClientConfig {
        exceptions,
        ..config::client()
    }
}

fn flawed(flaw: Flaw) -> ServerConfig {
    ServerConfig::new(config::credential(&flaw.server()))
}

/// What the client makes of the server, and the exceptions that it needed.
fn met(client: &ClientConfig, server: &ServerConfig, at: Now) -> Result<Vec<Exception>, Error> {
    let client = client.clone().check().unwrap();
    let server = server.clone().check().unwrap();
    let mut pair = Pair::at(&client, &server, at);
    pair.run(Delivery::Whole);
    match pair.client.error {
        Some(error) => Err(error),
        None => Ok(pair
            .client
            .connection
            .negotiated()
            .unwrap()
            .exceptions()
            .to_vec()),
    }
}

fn ticket_keys() -> Arc<TicketKeys> {
    let entropy = config::client().common.entropy;
    Arc::new(TicketKeys::new(entropy, now()).unwrap())
}

fn after(seconds: u64) -> Now {
    Now {
        unix_ms: now().unix_ms + seconds * 1000,
        ..now()
    }
}

/// A root that signed this server, for those whose root is not trusted.
fn its_root(flaw: Flaw, server: &ServerConfig) -> Roots {
    let mut roots = Roots::new();
    let chain = server.credentials[0].chain();
    let at = if flaw == Flaw::SelfSigned {
        0
    } else {
        chain.len() - 1
    };
    roots.add(chain[at].clone()).unwrap();
    roots
}

#[test]
fn each_flaw_passes_by_the_exception_that_names_it_and_by_no_other() {
    let fitting = |flaw, server: &ServerConfig| match flaw {
        Flaw::Expired => Some(Relaxed::Expired),
        Flaw::NotYetValid => Some(Relaxed::NotYetValid),
        Flaw::WrongName => Some(Relaxed::OtherName(name("elsewhere.test"))),
        Flaw::SelfSigned => Some(Relaxed::Roots(its_root(flaw, server))),
        _ => None,
    };
    let mut passed = 0;
    for flaw in Flaw::ALL {
        let server = flawed(flaw);
        let plain = met(&client(vec![]), &server, now());
        assert!(plain.is_err(), "{flaw:?}");
        let others = [
            Relaxed::Expired,
            Relaxed::NotYetValid,
            Relaxed::Sha1Certificate,
            Relaxed::CommonName,
            Relaxed::RootOfVersion1,
            Relaxed::RevocationUnknown,
            Relaxed::OtherName(name("other.test")),
        ];
        let own = fitting(flaw, &server);
        let named = own.as_ref().map(Relaxed::name);
        let is_other = |one: &Relaxed| Some(one.name()) != named;
        let all_others: Vec<_> = others
            .into_iter()
            .filter(is_other)
            .map(|one| relaxed(localhost(), one))
            .collect();
        assert_eq!(
            met(&client(all_others.clone()), &server, now()),
            plain,
            "{flaw:?}"
        );
        let Some(own) = own else { continue };
        let leaf = server.credentials[0].chain()[0].clone();
        let spki = Certificate::parse(&leaf).unwrap().spki().to_vec();
        for peer in [
            localhost(),
            Peer::Pin(Pin::of_key(&spki)),
            Peer::Pin(Pin::of_certificate(&leaf)),
        ] {
            let own = relaxed(peer, own.clone());
            let mut both = all_others.clone();
            both.push(own.clone());
            assert_eq!(
                met(&client(both), &server, now()),
                Ok(vec![own]),
                "{flaw:?}"
            );
            passed += 1;
        }
        for peer in [
            Peer::Name(name("elsewhere.test")),
            Peer::Pin(Pin::of_certificate(b"another")),
        ] {
            let other = relaxed(peer, own.clone());
            assert_eq!(met(&client(vec![other]), &server, now()), plain, "{flaw:?}");
        }
        let until = now().unix_s();
        let over = Exception::danger_relax(localhost(), own, "a test", until);
        assert_eq!(met(&client(vec![over]), &server, now()), plain, "{flaw:?}");
    }
    assert_eq!(passed, 12);
}

#[test]
fn a_peer_that_meets_all_rules_needs_none_and_one_with_two_flaws_needs_both() {
    let expired = relaxed(localhost(), Relaxed::Expired);
    let elsewhere = relaxed(localhost(), Relaxed::OtherName(name("elsewhere.test")));
    let both = client(vec![elsewhere.clone(), expired.clone()]);
    let sound = config::server(KeyKind::EcP256);
    assert_eq!(met(&both, &sound, now()), Ok(vec![]));
    // In ten years the wrong name is over, too.
    let later = Now {
        unix_ms: now().unix_ms + 10 * 365 * DAY * 1000,
        ..now()
    };
    let until = later.unix_s() + DAY;
    let long = |one: &Exception| {
        Exception::danger_relax(localhost(), one.relaxed().clone(), "a test", until)
    };
    let (expired, elsewhere) = (long(&expired), long(&elsewhere));
    let server = flawed(Flaw::WrongName);
    let all = client(vec![elsewhere.clone(), expired.clone()]);
    let needed = met(&all, &server, later).unwrap();
    assert_eq!(needed.len(), 2, "{needed:?}");
    assert!(needed.contains(&expired) && needed.contains(&elsewhere));
    for one in [&expired, &elsewhere] {
        assert!(met(&client(vec![one.clone()]), &server, later).is_err());
    }
}

#[test]
fn revocation_need_not_be_known_where_an_exception_says_so() {
    let mut strict = client(vec![]);
    strict.verification = Verification::chain(config::trust()).with_revocation(RevocationRules {
        mode: Mode::HardFail,
        ..RevocationRules::default()
    });
    let server = config::server(KeyKind::EcP256);
    let refused = met(&strict, &server, now());
    assert!(matches!(refused, Err(Error::Fault(_))), "{refused:?}");
    let one = relaxed(localhost(), Relaxed::RevocationUnknown);
    strict.exceptions = vec![one.clone()];
    assert_eq!(met(&strict, &server, now()), Ok(vec![one]));
}

/// A server that speaks TLS 1.0 alone.
fn old_server() -> ServerConfig {
    let mut server = config::server(KeyKind::Rsa { bits: 2048 });
    server.common.allow_obsolete(&OBSOLETE);
    server.common.versions = vec![TLS10];
    server
}

fn old_rules() -> [Relaxed; 2] {
    let suite = CipherSuite::TLS_ECDHE_RSA_WITH_AES_128_CBC_SHA;
    [Relaxed::Version(TLS10), Relaxed::Suite(suite)]
}

#[test]
fn an_old_version_is_offered_to_the_server_that_is_named_and_told_where_it_was_needed() {
    let rules = old_rules();
    let both: Vec<_> = rules
        .iter()
        .map(|rule| relaxed(localhost(), rule.clone()))
        .collect();
    assert_eq!(
        met(&client(both.clone()), &old_server(), now()),
        Ok(both.clone())
    );
    // A newer server is met as ever, and nothing was needed.
    let new = config::server(KeyKind::Rsa { bits: 2048 });
    assert_eq!(met(&client(both.clone()), &new, now()), Ok(vec![]));
    // Its time over, or for another server.
    let over = rules
        .clone()
        .map(|rule| Exception::danger_relax(localhost(), rule, "a test", now().unix_s()));
    assert!(met(&client(over.to_vec()), &old_server(), now()).is_err());
    let other = rules.map(|rule| relaxed(Peer::Name(name("other.test")), rule));
    assert!(met(&client(other.to_vec()), &old_server(), now()).is_err());
}

/// Bytes of the first flight.
fn hello_length(config: ClientConfig, at: Now) -> usize {
    let client = config.check().unwrap();
    let mut pair = Pair::at(&client, &old_server().check().unwrap(), at);
    pair.client.take_output().len()
}

/// A version has two bytes, and a suite too; one with a block cipher brings encrypt_then_mac.
const VERSION: usize = 2;
const SUITE: usize = 2 + 4;

#[test]
fn other_servers_see_the_hello_of_a_config_without_exceptions() {
    let plain = hello_length(client(vec![]), now());
    let for_other = old_rules().map(|rule| relaxed(Peer::Name(name("other.test")), rule));
    assert_eq!(hello_length(client(for_other.to_vec()), now()), plain);
    let for_this = old_rules().map(|rule| relaxed(localhost(), rule));
    let longer = hello_length(client(for_this.to_vec()), now());
    assert_eq!(longer, plain + VERSION + SUITE);
}

#[test]
fn each_ends_at_its_own_time() {
    let [version, suite] = old_rules();
    let soon = Exception::danger_relax(localhost(), version, "a test", now().unix_s() + 60);
    let late = relaxed(localhost(), suite);
    let config = client(vec![late, soon]);
    let plain = hello_length(client(vec![]), now());
    let length = |at| hello_length(config.clone(), at) - plain;
    assert_eq!(length(after(0)), VERSION + SUITE);
    assert_eq!(length(after(60)), SUITE);
    assert_eq!(length(after(DAY)), 0);
}

#[test]
fn a_group_and_a_scheme_are_taken_of_the_server_that_is_named_alone() {
    let p521 = NamedGroup::SECP521R1;
    let mut narrow = config::server(KeyKind::EcP256);
    narrow.common.groups = vec![p521];
    let one = relaxed(localhost(), Relaxed::Group(p521));
    assert!(met(&client(vec![]), &narrow, now()).is_err());
    assert_eq!(
        met(&client(vec![one.clone()]), &narrow, now()),
        Ok(vec![one])
    );

    let sha1 = SignatureScheme::RSA_PKCS1_SHA1;
    let mut old = config::server(KeyKind::Rsa { bits: 2048 });
    old.common.allow_obsolete(&OBSOLETE);
    old.common.versions = vec![TLS12];
    let signs = old.credentials[0].clone().with_schemes(&[sha1]).unwrap();
    old.credentials = vec![signs];
    let one = relaxed(localhost(), Relaxed::Scheme(sha1));
    assert!(met(&client(vec![]), &old, now()).is_err());
    assert_eq!(met(&client(vec![one.clone()]), &old, now()), Ok(vec![one]));
}

/// A self-signed certificate with its key, as a device of 2005 has it: RSA with 1024 bits.
const DEVICE: &[u8] = include_bytes!("data/rsa-1024.pem");

#[test]
fn a_device_with_a_small_key_takes_one_exception_for_the_key_and_one_for_whom_to_believe() {
    let device = Credential::new(
        load::certificates(DEVICE).unwrap(),
        load::private_key(DEVICE, None).unwrap(),
    )
    .unwrap();
    let mut roots = Roots::new();
    roots.add(device.chain()[0].clone()).unwrap();
    let mut server = old_server();
    server.common.versions = vec![TLS12];
    server.credentials = vec![device];
    let small = relaxed(localhost(), Relaxed::SmallRsaKey);
    let believed = relaxed(localhost(), Relaxed::Roots(roots));
    for one in [&small, &believed] {
        assert!(met(&client(vec![one.clone()]), &server, now()).is_err());
    }
    let mut needed = met(
        &client(vec![small.clone(), believed.clone()]),
        &server,
        now(),
    )
    .unwrap();
    needed.sort_by_key(|one| one.relaxed().name());
    assert_eq!(needed, [believed, small]);
}

#[test]
fn no_session_goes_on_by_an_exception_and_after_its_end_the_peer_is_refused() {
    for version in [TLS12, TLS13] {
        let mut server = flawed(Flaw::Expired);
        server.ticket_keys = Some(ticket_keys());
        server.common.versions = vec![version];
        let one = relaxed(localhost(), Relaxed::Expired);
        let mut excepted = client(vec![one.clone()]);
        excepted.sessions = Some(Arc::new(MemoryStore::new(16)));
        // The same store, and rules that hold: as a control, that sessions go on otherwise.
        let mut sound = server.clone();
        sound.credentials = config::server(KeyKind::EcP256).credentials;
        let mut plain = client(vec![]);
        plain.sessions = Some(Arc::new(MemoryStore::new(16)));
        for (config, server, resumes) in [(excepted, server, false), (plain, sound, true)] {
            let (client, server) = (config.check().unwrap(), server.check().unwrap());
            for round in 0..3 {
                let mut pair = Pair::new(&client, &server);
                pair.connect(Delivery::Whole);
                let negotiated = pair.client.connection.negotiated().unwrap();
                assert_eq!(negotiated.is_resumed(), resumes && round > 0, "{version}");
                let needed = if resumes { vec![] } else { vec![one.clone()] };
                assert_eq!(negotiated.exceptions(), needed);
            }
            if !resumes {
                let mut pair = Pair::at(&client, &server, after(DAY));
                pair.run(Delivery::Whole);
                let refused = Some(Error::Fault(Fault::CertificateExpired));
                assert_eq!(pair.client.error, refused);
            }
        }
    }
}

#[test]
fn nothing_goes_on_under_a_config_from_which_the_exception_was_taken() {
    for version in [TLS12, TLS13] {
        // The client's: one store, and two configs.
        let mut server = flawed(Flaw::SelfSigned);
        server.ticket_keys = Some(ticket_keys());
        server.common.versions = vec![version];
        let roots = its_root(Flaw::SelfSigned, &server);
        let mut with = client(vec![relaxed(localhost(), Relaxed::Roots(roots))]);
        with.sessions = Some(Arc::new(MemoryStore::new(16)));
        let mut without = with.clone();
        without.exceptions.clear();
        let server = server.check().unwrap();
        Pair::new(&with.check().unwrap(), &server).connect(Delivery::Whole);
        let mut pair = Pair::new(&without.check().unwrap(), &server);
        pair.run(Delivery::Whole);
        assert!(pair.client.error.is_some() && !pair.client.is_connected());

        // The server's: one set of ticket keys, and two configs. As a control, a client that meets all
        // rules comes back from one to the other.
        let valid = Validity {
            not_before_unix: now().unix_s() - DAY,
            not_after_unix: now().unix_s() + 365 * DAY,
        };
        let other = Authority::new("Other root", valid, KeyKind::EcP256).unwrap();
        let stranger = other.issue_client("Eve", None, valid, KeyKind::EcP256);
        let mut roots = Roots::new();
        roots.add(other.root_der().clone()).unwrap();
        let stranger = config::credential(&stranger.unwrap());
        let pin = Peer::Pin(Pin::of_certificate(&stranger.chain()[0]));
        let one = relaxed(pin, Relaxed::Roots(roots));
        let known = config::credential(certificates::client(KeyKind::EcP256));
        for (credential, is_let_in) in [(known, true), (stranger, false)] {
            let mut with = config::mutual_server(KeyKind::EcP256);
            with.common.versions = vec![version];
            with.ticket_keys = Some(ticket_keys());
            let without = with.clone();
            with.exceptions = vec![one.clone()];
            let client = ClientConfig {
                credentials: vec![credential],
                sessions: Some(Arc::new(MemoryStore::new(16))),
                ..config::client()
            };
            let client = client.check().unwrap();
            Pair::new(&client, &with.check().unwrap()).connect(Delivery::Whole);
            let mut pair = Pair::new(&client, &without.check().unwrap());
            pair.run(Delivery::Whole);
            let resumed = pair.server.connection.negotiated();
            let resumed = resumed.is_some_and(handfast::Negotiated::is_resumed);
            assert_eq!(
                (resumed, pair.server.error.is_none()),
                (is_let_in, is_let_in),
                "{version}"
            );
        }
    }
}

#[test]
fn a_client_whose_certificate_is_over_is_let_in_by_its_pin_or_its_name_alone() {
    let expired = Flaw::Expired.server();
    let mut client = config::client();
    client.credentials = vec![config::credential(&expired)];
    let purposes = config::credential(certificates::client(KeyKind::EcP256));
    let mut sound = config::client();
    sound.credentials = vec![purposes];
    let leaf = expired.chain()[0].clone();
    let judged = |exceptions: Vec<Exception>, client: &ClientConfig, later: u64| {
        let server = ServerConfig {
            exceptions,
            ..config::mutual_server(KeyKind::EcP256)
        };
        let at = Now {
            unix_ms: now().unix_ms + later * 1000,
            ..now()
        };
        let client = ClientConfig {
            verification: Verification::danger_accept_anyone(),
            ..client.clone()
        };
        let (client, server) = (client.check().unwrap(), server.check().unwrap());
        let mut pair = Pair::at(&client, &server, at);
        pair.run(Delivery::Whole);
        match pair.server.error {
            Some(error) => Err(error),
            None => Ok(pair
                .server
                .connection
                .negotiated()
                .unwrap()
                .exceptions()
                .to_vec()),
        }
    };
    // A server's certificate is not for clients: the exception relaxes its time and nothing else.
    let one = relaxed(Peer::Pin(Pin::of_certificate(&leaf)), Relaxed::Expired);
    assert!(judged(vec![one], &client, 0).is_err());
    // A client's own, when its time is over.
    let years = 50 * 365 * DAY;
    let leaf = sound.credentials[0].chain()[0].clone();
    let until = now().unix_s() + years + DAY;
    let with = |peer| Exception::danger_relax(peer, Relaxed::Expired, "a test", until);
    assert!(judged(vec![], &sound, years).is_err());
    let one = with(Peer::Pin(Pin::of_certificate(&leaf)));
    assert_eq!(judged(vec![one.clone()], &sound, years), Ok(vec![one]));
    let other = with(Peer::Pin(Pin::of_certificate(b"another")));
    assert!(judged(vec![other], &sound, years).is_err());
}

#[test]
fn an_exception_that_cannot_hold_is_refused_when_the_config_is_checked() {
    let why = |config: ClientConfig| match config.check() {
        Err(ConfigFault::Exception { why, .. }) => why,
        other => panic!("{other:?}"),
    };
    let silent = Exception::danger_relax(localhost(), Relaxed::Expired, " ", u64::MAX);
    assert!(why(client(vec![silent])).contains("no reason"));
    let one = relaxed(localhost(), Relaxed::Expired);
    assert!(why(client(vec![one.clone(), one])).contains("twice"));
    let [version, suite] = old_rules();
    let pin = Peer::Pin(Pin::of_key(b"key"));
    assert!(why(client(vec![relaxed(pin, suite.clone())])).contains("too late"));
    assert!(why(client(vec![relaxed(localhost(), version)])).contains("no suite"));
    let known = relaxed(localhost(), Relaxed::Version(TLS12));
    assert!(why(client(vec![known])).contains("to everybody"));
    // What only laboratories may speak is no exception.
    let rc4 = CipherSuite::TLS_RSA_WITH_RC4_128_SHA;
    let museum = client(vec![relaxed(localhost(), Relaxed::Suite(rc4))]).check();
    assert_eq!(museum.err(), Some(ConfigFault::SuiteObsolete(rc4)));
    assert!(!Single::default().danger_version(ProtocolVersion::SSL_3_0));
    // Where nobody judges, nobody would look.
    for verification in [Verification::ask(), Verification::danger_accept_anyone()] {
        let config = ClientConfig {
            verification,
            ..client(vec![relaxed(localhost(), Relaxed::Expired)])
        };
        let unheard = ConfigFault::NotJudged("exceptions about certificates");
        assert_eq!(config.check().err(), Some(unheard));
    }
    let server = |rule, auth| ServerConfig {
        exceptions: vec![relaxed(localhost(), rule)],
        client_auth: auth,
        ..config::server(KeyKind::EcP256)
    };
    let auth = ClientAuth::require(Trust::Roots(Roots::new()));
    assert!(server(suite, auth).check().is_err());
    assert!(server(Relaxed::Expired, ClientAuth::None).check().is_err());
    // No name is wanted of a client.
    for rule in [Relaxed::CommonName, Relaxed::OtherName(name("a.test"))] {
        let auth = ClientAuth::require(Trust::Roots(Roots::new()));
        assert!(matches!(
            server(rule, auth).check(),
            Err(ConfigFault::Exception { .. })
        ));
    }
    // A small key is offered, too: the caller judges the certificate.
    let config = ClientConfig {
        verification: Verification::ask(),
        ..client(vec![relaxed(localhost(), Relaxed::SmallRsaKey)])
    };
    assert_eq!(config.check().err(), None);
}
