//! Issuers that the peer did not send.

use crate::world::{Where, World, fetcher, intermediate, leaf_by, said, short, words};
use handfast_fetch::{Fetcher, Limits, Outcome, Wanted};
use handfast_pki::verify::revocation::Mode;
use handfast_testkit::made::certificate::key;
use handfast_testkit::web::{Web, ok, status};
use rustls_pki_types::CertificateDer;

async fn off(world: &World, fetcher: &Fetcher, leaf: &[u8]) -> Outcome {
    world.verify(fetcher, Mode::Off, leaf).await
}

#[tokio::test]
async fn a_missing_issuer_is_fetched_where_that_is_wanted() {
    let world = World::new();
    let own = key();
    let middle = intermediate("middle", &own, ("root", &world.key), &Where::default());
    let pem = {
        let middle = CertificateDer::from(middle.clone());
        handfast_ca::issued::certificate_pem(&middle)
    };
    let other = world.root.as_slice();
    let bag = handfast_pki::load::to_pkcs7([other, middle.as_slice()], []);
    for (file, found) in [(middle.clone(), 1), (pem.into_bytes(), 1), (bag, 2)] {
        let web = Web::saying(ok(&file));
        let leaf = leaf_by("middle", &own, &Where::issuer(web.url("/middle.cer")));
        let outcome = off(&world, &fetcher(), &leaf).await;
        assert_eq!(said(&outcome), "good");
        assert_eq!((outcome.sent, outcome.chain.len()), (1, 1 + found));
        assert_eq!(outcome.result.as_ref().unwrap().path(), [0, found]);
        let wanted = Wanted {
            fetch_issuers: false,
            ..world.wanted(Mode::Off)
        };
        let chain = [CertificateDer::from(leaf)];
        let outcome = fetcher().verify(&wanted, &chain, None).await;
        assert_eq!(said(&outcome), "its issuer is not known: CN=middle");
        assert_eq!(web.count(), 1);
    }
}

#[tokio::test]
async fn issuers_are_followed_upwards_so_far_and_no_further() {
    let world = World::new();
    let keys: Vec<_> = (0..6).map(|_| key()).collect();
    let web = std::sync::Arc::new(std::sync::OnceLock::<Vec<Vec<u8>>>::new());
    let files = std::sync::Arc::clone(&web);
    let server = Web::new(move |asked| {
        let at: usize = asked.path.trim_start_matches('/').parse().unwrap();
        ok(&files.get().unwrap()[at])
    });
    let name = |at: usize| format!("middle {at}");
    // Number 5 is right below the root.
    let chain = (0..6).map(|at| {
        let there = Where::issuer(server.url(&format!("/{}", at + 1)));
        match keys.get(at + 1) {
            Some(above) => intermediate(&name(at), &keys[at], (&name(at + 1), above), &there),
            None => intermediate(
                &name(at),
                &keys[at],
                ("root", &world.key),
                &Where::default(),
            ),
        }
    });
    web.set(chain.collect()).unwrap();
    for (first, good) in [(5, true), (3, true), (2, true), (1, false), (0, false)] {
        let there = Where::issuer(server.url(&format!("/{first}")));
        let leaf = leaf_by(&name(first), &keys[first], &there);
        let fetcher = fetcher();
        let outcome = off(&world, &fetcher, &leaf).await;
        assert_eq!(outcome.result.is_ok(), good, "{first}: {}", said(&outcome));
        assert!(outcome.tried.len() <= Limits::default().issuer_depth);
    }
}

#[tokio::test]
async fn an_issuer_that_does_not_help_is_looked_for_once() {
    let world = World::new();
    let (own, stranger) = (key(), key());
    let wrong = intermediate("middle", &stranger, ("root", &world.key), &Where::default());
    let other = intermediate("other", &own, ("root", &world.key), &Where::default());
    for (say, word) in [
        (ok(&other), "ok"),
        (ok(&wrong), "ok"),
        (ok(b"<html>"), "unreadable"),
        (status("404 Not Found"), "http_status"),
    ] {
        let web = Web::saying(say);
        let leaf = leaf_by("middle", &own, &Where::issuer(web.url("/")));
        let outcome = off(&world, &fetcher(), &leaf).await;
        assert_eq!(words(&outcome), [word]);
        assert!(outcome.result.is_err());
        assert_eq!(web.count(), 1);
    }
    let elsewhere = leaf_by("middle", &own, &Where::issuer("ldap://localhost/"));
    assert_eq!(
        words(&off(&world, &fetcher(), &elsewhere).await),
        ["scheme"]
    );
    // The leaf itself, again and again.
    let looping = Web::saying(vec![]);
    let leaf = leaf_by("middle", &own, &Where::issuer(looping.url("/")));
    let itself = Web::saying(ok(&leaf));
    let leaf = leaf_by("middle", &own, &Where::issuer(itself.url("/")));
    let outcome = off(&world, &fetcher(), &leaf).await;
    assert!(outcome.result.is_err() && itself.count() == 1);
}

#[tokio::test]
async fn a_file_of_issuers_is_bounded() {
    let world = World::new();
    let own = key();
    let middle = intermediate("middle", &own, ("root", &world.key), &Where::default());
    let leaf = |web: &Web| leaf_by("middle", &own, &Where::issuer(web.url("/")));
    let web = Web::saying(ok(&middle));
    for (issuer_bytes, word) in [(middle.len(), "ok"), (middle.len() - 1, "too_large")] {
        let fetcher = crate::world::builder()
            .limits(Limits {
                issuer_bytes,
                ..short()
            })
            .build();
        assert_eq!(words(&off(&world, &fetcher, &leaf(&web)).await), [word]);
    }
}

#[tokio::test]
async fn a_fetched_issuer_is_asked_about_like_one_that_was_sent() {
    let world = World::new();
    let own = key();
    let lists = world.good_list();
    let own_list = handfast_testkit::made::crl::Draft::new(
        "middle",
        crate::world::NOW - crate::world::DAY,
        crate::world::NOW + crate::world::DAY,
    )
    .signed_by(&own);
    let web = Web::new(move |asked| match asked.path.as_str() {
        "/root.crl" => ok(&lists),
        "/middle.crl" => ok(&own_list),
        _ => status("404 Not Found"),
    });
    let middle = intermediate(
        "middle",
        &own,
        ("root", &world.key),
        &Where::crl(web.url("/root.crl")),
    );
    let issuers = Web::saying(ok(&middle));
    let there = Where {
        crl: vec![web.url("/middle.crl")],
        ..Where::issuer(issuers.url("/"))
    };
    let leaf = leaf_by("middle", &own, &there);
    let outcome = world.verify(&fetcher(), Mode::HardFail, &leaf).await;
    assert_eq!((said(&outcome).as_str(), web.count()), ("good", 2));
    assert_eq!(outcome.result.unwrap().revocation().len(), 2);
}
