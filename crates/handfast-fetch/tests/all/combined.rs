//! A combination of rules is judged with everything that was fetched, for each of its paths.

use crate::world::{REVOKED, UNKNOWN, Where, World, fetcher, intermediate, leaf_by};
use handfast::config::{Exception, Peer, Relaxed};
use handfast_fetch::{Outcome, Wanted};
use handfast_pki::certificate::Certificate;
use handfast_pki::dane::{Dane, Tlsa};
use handfast_pki::name::ServerName;
use handfast_pki::pin::{Pin, Pins};
use handfast_pki::roots::Roots;
use handfast_pki::verify::combined::outcome::CombinedVerdict;
use handfast_pki::verify::combined::rule::{Combination, Rule};
use handfast_pki::verify::revocation::Mode;
use handfast_testkit::made::certificate::key;
use handfast_testkit::web::{Web, ok, status};
use rustls_pki_types::CertificateDer;

async fn judge(wanted: &Wanted, rule: Rule, chain: &[&[u8]]) -> Outcome<CombinedVerdict> {
    let rule = Combination::new(rule).unwrap();
    let chain: Vec<_> = chain.iter().map(|der| CertificateDer::from(*der)).collect();
    fetcher()
        .verify_combined(wanted, &rule, &chain, None, None)
        .await
}

fn said(outcome: &Outcome<CombinedVerdict>) -> String {
    match &outcome.result {
        Ok(_) => "good".to_owned(),
        Err(rejection) => rejection.reason().to_string(),
    }
}

/// The key of a certificate is pinned.
fn pinned(der: &[u8]) -> Rule {
    let key = Pin::of_key(Certificate::parse(der).unwrap().spki());
    Rule::Pinned(Pins::new([key]).unwrap())
}

/// The record of a whole certificate.
fn record(usage: u8, der: &[u8]) -> Rule {
    Rule::Dane(Dane::new([Tlsa {
        usage,
        selector: 0,
        matching: 0,
        data: der.to_vec(),
    }]))
}

#[tokio::test]
async fn a_revoked_certificate_does_not_pass_by_a_part_beside_the_chain() {
    let world = World::new();
    for (list, chain) in [
        (world.good_list(), "good"),
        (world.revoking_list(), REVOKED),
    ] {
        let web = Web::saying(ok(&list));
        let leaf = world.leaf(&Where::crl(web.url("/")));
        for (at, mode) in [Mode::SoftFail, Mode::HardFail].into_iter().enumerate() {
            let wanted = world.wanted(mode);
            for parts in [
                vec![Rule::Chain, pinned(&leaf)],
                vec![pinned(&leaf), Rule::Chain],
                vec![record(3, &leaf), Rule::Chain],
                vec![record(1, &leaf), pinned(&leaf)],
            ] {
                let outcome = judge(&wanted, Rule::All(parts), &[&leaf]).await;
                assert!(said(&outcome).starts_with(chain), "{}", said(&outcome));
                assert_eq!(outcome.tried.len(), 1);
            }
            assert_eq!(web.count(), 4 * (at + 1));
        }
        // The pin counts, whatever the list says.
        let parts = vec![Rule::Chain, pinned(&world.leaf(&Where::default()))];
        let outcome = judge(&world.wanted(Mode::HardFail), Rule::All(parts), &[&leaf]).await;
        assert!(outcome.result.is_err());
    }
    let silent = Web::saying(status("404 Not Found"));
    let leaf = world.leaf(&Where::crl(silent.url("/")));
    for (mode, expected) in [(Mode::SoftFail, "good"), (Mode::HardFail, UNKNOWN)] {
        let rule = Rule::All(vec![Rule::Chain, pinned(&leaf)]);
        let outcome = judge(&world.wanted(mode), rule, &[&leaf]).await;
        assert!(said(&outcome).starts_with(expected), "{}", said(&outcome));
    }
}

#[tokio::test]
async fn what_holds_without_a_path_has_nothing_fetched_for_it() {
    let world = World::new();
    let web = Web::saying(ok(&world.revoking_list()));
    let leaf = world.leaf(&Where::crl(web.url("/")));
    let wanted = world.wanted(Mode::HardFail);
    // RFC 7671 s5.1: the record alone speaks for the certificate.
    for rule in [
        record(3, &leaf),
        Rule::AnyOf(vec![Rule::Chain, record(3, &leaf)]),
    ] {
        let outcome = judge(&wanted, rule, &[&leaf]).await;
        assert_eq!((said(&outcome).as_str(), web.count()), ("good", 0));
    }
    let other = record(3, &world.root);
    let outcome = judge(&wanted, Rule::AnyOf(vec![Rule::Chain, other]), &[&leaf]).await;
    assert!(said(&outcome).contains(REVOKED), "{}", said(&outcome));
}

#[tokio::test]
async fn the_path_to_an_anchor_of_the_zones_is_asked_about_too() {
    let world = World::new();
    for (list, expected) in [
        (world.good_list(), "good"),
        (world.revoking_list(), REVOKED),
    ] {
        let web = Web::saying(ok(&list));
        let leaf = world.leaf(&Where::crl(web.url("/")));
        // No authority of the caller's vouches for it.
        let wanted = Wanted {
            roots: Roots::new(),
            ..world.wanted(Mode::HardFail)
        };
        let outcome = judge(&wanted, record(2, &world.root), &[&leaf]).await;
        assert!(said(&outcome).starts_with(expected), "{}", said(&outcome));
        assert_eq!(web.count(), 1);
    }
}

#[tokio::test]
async fn a_missing_issuer_is_fetched_for_a_rule_and_may_be_the_zones_anchor() {
    let world = World::new();
    let own = key();
    let middle = intermediate("middle", &own, ("root", &world.key), &Where::default());
    let web = Web::saying(ok(&middle));
    let leaf = leaf_by("middle", &own, &Where::issuer(web.url("/")));
    let mut wanted = world.wanted(Mode::Off);
    let both = Rule::All(vec![Rule::Chain, pinned(&middle)]);
    assert_eq!(said(&judge(&wanted, both.clone(), &[&leaf]).await), "good");
    let sha256 = Tlsa {
        usage: 2,
        selector: 0,
        matching: 1,
        data: handfast_pki::fingerprint::sha256(&middle).to_vec(),
    };
    let zone = Rule::Dane(Dane::new([sha256]));
    assert_eq!(said(&judge(&wanted, zone.clone(), &[&leaf]).await), "good");
    // Control: nothing is fetched where that is not wanted.
    wanted.fetch_issuers = false;
    for rule in [both, zone] {
        let outcome = judge(&wanted, rule, &[&leaf]).await;
        assert!(outcome.result.is_err() && outcome.tried.is_empty());
    }
}

#[tokio::test]
async fn an_exception_about_what_is_unknown_asks_nobody_twice_and_lets_no_revoked_one_pass() {
    let world = World::new();
    let name = ServerName::parse("localhost").unwrap();
    let unknown = |name: &ServerName| {
        let (peer, rule) = (Peer::Name(name.clone()), Relaxed::RevocationUnknown);
        Exception::danger_relax(peer, rule, "a test", u64::MAX)
    };
    let other = ServerName::parse("other.test").unwrap();
    let own = unknown(&name);
    for (answer, exception, expected) in [
        (status("404 Not Found"), &own, "good"),
        (status("404 Not Found"), &unknown(&other), UNKNOWN),
        (ok(&world.revoking_list()), &own, REVOKED),
        (ok(&world.good_list()), &own, "good"),
    ] {
        let web = Web::saying(answer);
        let leaf = world.leaf(&Where::crl(web.url("/")));
        let chain = [CertificateDer::from(leaf.as_slice())];
        let (wanted, rule) = (world.wanted(Mode::HardFail), Combination::default());
        let exceptions = std::slice::from_ref(exception);
        let outcome = fetcher()
            .verify_excepted(&wanted, exceptions, &rule, &chain, None, None)
            .await;
        assert!(said(&outcome).starts_with(expected), "{}", said(&outcome));
        assert_eq!(web.count(), 1, "{expected}");
        let is_needed = expected == "good" && outcome.tried[0].outcome.is_err();
        assert_eq!(outcome.exceptions, exceptions[..usize::from(is_needed)]);
    }
}
