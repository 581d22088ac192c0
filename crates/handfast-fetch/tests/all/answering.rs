//! The verification as a driver's answerer: whole handshakes.

use crate::world::{World, short};
use handfast::config::{Credential, Verification};
use handfast::{ClientConfig, Fault, ServerConfig, ServerName};
use handfast_fetch::{Fetcher, Limits, Outcome, Reach, Verifier, Wanted};
use handfast_pki::verify::combined::outcome::CombinedVerdict;
use handfast_pki::verify::revocation::Mode;
use handfast_testkit::made::certificate::{self, Draft, alternative_names, dns, key};
use handfast_testkit::made::crl;
use handfast_testkit::web::{Say, Web, ok, status};
use handfast_tokio::{Acceptor, Cause, Connector};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

/// The machine's time: the handshake has no other.
fn now() -> i64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap();
    i64::try_from(since.as_secs()).unwrap()
}

fn list(world: &World, revoking: bool) -> Vec<u8> {
    let mut list = crl::Draft::new("root", now() - 1_000, now() + 1_000_000);
    if revoking {
        list = list.and(crl::entry(&[1], now() - 1_000, &[crl::reason(1)]));
    }
    list.signed_by(&world.key)
}

fn server(world: &World, url: &str) -> ServerConfig {
    let own = key();
    let points = crl::points(&[&[crl::full_name(url)]]);
    let leaf = Draft::new("leaf", "root", own.public_spki())
        .with(alternative_names(&[dns("localhost")]))
        .with(certificate::purpose(1))
        .with(points)
        .signed_by(&world.key);
    let credential = Credential::new(vec![leaf.into()], own).unwrap();
    ServerConfig::new(credential)
}

struct Met {
    fault: Option<Fault>,
    timed_out: bool,
    outcomes: Vec<Outcome<CombinedVerdict>>,
    took: Duration,
}

/// A handshake with a server whose list this server gives.
async fn meet(world: &World, web: &Web, mode: Mode, limits: Limits, timeout: Duration) -> Met {
    let config = server(world, &web.url("/list.crl"));
    let acceptor = Acceptor::new(config.check().unwrap()).unwrap();
    let (ours, theirs) = tokio::io::duplex(65_536);
    tokio::spawn(async move {
        let _ = acceptor.accept(theirs).await;
    });
    let fetcher = Fetcher::builder()
        .limits(limits)
        .reach(
            Reach::default()
                .danger_private_addresses()
                .danger_any_port(),
        )
        .build();
    let wanted = Wanted {
        mode,
        ..Wanted::server(world.roots())
    };
    let outcomes = Arc::new(Mutex::new(Vec::new()));
    let seen = Arc::clone(&outcomes);
    let verifier = Verifier::new(fetcher, wanted)
        .with_outcomes(move |outcome| seen.lock().unwrap().push(outcome));
    let client = ClientConfig::with_verification(Verification::ask());
    let connector = Connector::new(client.check().unwrap())
        .unwrap()
        .with_timeout(timeout)
        .with_answerer(verifier);
    let begun = Instant::now();
    let name = ServerName::parse("localhost").unwrap();
    let failed = connector.connect(name, ours).await.err();
    let cause = failed.as_ref().map(handfast_tokio::HandshakeFailed::cause);
    Met {
        fault: match cause {
            Some(Cause::Tls(handfast::Error::Fault(fault))) => Some(*fault),
            _ => None,
        },
        timed_out: matches!(cause, Some(Cause::Timeout(_))),
        outcomes: outcomes.lock().unwrap().drain(..).collect(),
        took: begun.elapsed(),
    }
}

const LONG: Duration = Duration::from_secs(10);

#[tokio::test]
async fn a_handshake_ends_as_the_list_says() {
    let world = World::new();
    let good = Web::saying(ok(&list(&world, false)));
    let met = meet(&world, &good, Mode::HardFail, short(), LONG).await;
    assert!(met.fault.is_none() && !met.timed_out);
    assert_eq!(met.outcomes.len(), 1);
    assert!(met.outcomes[0].result.is_ok());

    let revoking = Web::saying(ok(&list(&world, true)));
    let met = meet(&world, &revoking, Mode::HardFail, short(), LONG).await;
    assert_eq!(met.fault, Some(Fault::CertificateRevoked));
    assert!(met.outcomes[0].result.is_err());

    let missing = Web::saying(status("404 Not Found"));
    let met = meet(&world, &missing, Mode::HardFail, short(), LONG).await;
    assert_eq!(met.fault, Some(Fault::CertificateRefused));
    let met = meet(&world, &missing, Mode::SoftFail, short(), LONG).await;
    assert_eq!(met.fault, None);
}

#[tokio::test]
async fn the_handshakes_deadline_ends_the_fetching_too() {
    let world = World::new();
    let silent = Web::saying(vec![Say::Wait(8_000)]);
    let limits = Limits {
        request: LONG,
        total: LONG,
        ..short()
    };
    let timeout = Duration::from_millis(500);
    let met = meet(&world, &silent, Mode::SoftFail, limits, timeout).await;
    assert!(met.timed_out && met.took < Duration::from_secs(3));
    assert!(met.outcomes.is_empty());
    // Control: fetching gives up in time, and softly.
    let limits = Limits {
        request: timeout,
        ..short()
    };
    let met = meet(&world, &silent, Mode::SoftFail, limits, LONG).await;
    assert!(met.fault.is_none() && !met.timed_out);
}
