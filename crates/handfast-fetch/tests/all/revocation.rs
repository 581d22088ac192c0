//! What is asked about revocation, of whom, and what comes of it.

use crate::world::{
    DAY, NOW, REVOKED, UNKNOWN, Where, World, builder, fetcher, intermediate, leaf_by, origins,
    said, words,
};
use handfast_fetch::Wanted;
use handfast_pki::verify::revocation::Mode;
use handfast_pki::verify::revocation::store::RevocationStore;
use handfast_testkit::made::certificate::key;
use handfast_testkit::made::crl;
use handfast_testkit::web::{Web, ok, status};
use rustls_pki_types::CertificateDer;
use std::sync::Arc;

#[tokio::test]
async fn a_list_decides_under_soft_and_hard_fail_and_is_not_fetched_when_off() {
    let world = World::new();
    for (list, hard) in [
        (world.good_list(), "good"),
        (world.revoking_list(), REVOKED),
    ] {
        let web = Web::saying(ok(&list));
        let leaf = world.leaf(&Where::crl(web.url("/")));
        for mode in [Mode::SoftFail, Mode::HardFail] {
            let outcome = world.verify(&fetcher(), mode, &leaf).await;
            assert!(said(&outcome).starts_with(hard), "{}", said(&outcome));
            assert_eq!(words(&outcome), ["ok"]);
        }
        assert_eq!(web.count(), 2);
        let outcome = world.verify(&fetcher(), Mode::Off, &leaf).await;
        assert_eq!((said(&outcome).as_str(), web.count()), ("good", 2));
    }
}

#[tokio::test]
async fn a_status_that_nobody_tells_passes_softly_and_not_hard() {
    let world = World::new();
    let web = Web::saying(status("503 Service Unavailable"));
    for there in [
        Where::crl(web.url("/")),
        Where::ocsp(web.url("/")),
        Where::default(),
    ] {
        let leaf = world.leaf(&there);
        assert_eq!(
            said(&world.verify(&fetcher(), Mode::SoftFail, &leaf).await),
            "good"
        );
        let outcome = world.verify(&fetcher(), Mode::HardFail, &leaf).await;
        assert!(said(&outcome).starts_with(UNKNOWN), "{}", said(&outcome));
    }
}

#[tokio::test]
async fn a_responder_is_asked_by_get_as_rfc_5019_has_it() {
    let world = World::new();
    for (answer, hard) in [
        (world.good_response(), "good"),
        (world.revoking_response(), REVOKED),
    ] {
        let web = Web::saying(ok(&answer));
        let leaf = world.leaf(&Where::ocsp(web.url("/status/")));
        let outcome = world.verify(&fetcher(), Mode::HardFail, &leaf).await;
        assert!(said(&outcome).starts_with(hard), "{}", said(&outcome));
        let asked = web.asked();
        assert_eq!((asked.len(), asked[0].method.as_str()), (1, "GET"));
        // base64 of SEQUENCE { SEQUENCE { … } }, escaped.
        assert!(asked[0].path.starts_with("/status/ME"), "{}", asked[0].path);
        assert!(!asked[0].path.contains('=') && !asked[0].path.contains('+'));
    }
}

#[tokio::test]
async fn a_responder_that_takes_no_get_is_asked_by_post() {
    let world = World::new();
    let answer = world.good_response();
    let malformed = [0x30, 3, 0x0a, 1, 1];
    for refusal in [
        status("405 Method Not Allowed"),
        ok(b"<html>"),
        ok(&malformed),
    ] {
        let answer = answer.clone();
        let web = Web::new(move |asked| match asked.method.as_str() {
            "POST" => ok(&answer),
            _ => refusal.clone(),
        });
        let leaf = world.leaf(&Where::ocsp(web.url("/status")));
        let outcome = world.verify(&fetcher(), Mode::HardFail, &leaf).await;
        assert_eq!(said(&outcome), "good");
        let post = &web.asked()[1];
        assert_eq!(
            (post.method.as_str(), post.path.as_str()),
            ("POST", "/status")
        );
        assert!(
            post.head
                .contains("content-type: application/ocsp-request\r\n")
        );
        assert_eq!(post.body.first(), Some(&0x30));
    }
}

#[tokio::test]
async fn a_nonce_goes_by_post_and_an_answer_without_it_is_none() {
    let world = Arc::new(World::new());
    let wanted = Wanted {
        nonce: true,
        ..world.wanted(Mode::HardFail)
    };
    for (echoes, good) in [(true, true), (false, false)] {
        let own = Arc::clone(&world);
        let web = Web::new(move |asked| {
            let mut answer = own.response();
            // The last thing in the request (RFC 9654 s2.1).
            let nonce = asked.body[asked.body.len() - 32..].to_vec();
            answer.nonce = echoes.then_some(nonce);
            ok(&answer.signed_by(&own.key))
        });
        let leaf = world.leaf(&Where::ocsp(web.url("/")));
        let chain = [CertificateDer::from(leaf)];
        let fetcher = fetcher();
        for _ in 0..2 {
            let outcome = fetcher.verify(&wanted, &chain, None).await;
            assert_eq!(outcome.result.is_ok(), good, "{}", said(&outcome));
            assert_eq!(origins(&outcome), ["network"]);
        }
        let asked = web.asked();
        assert!(asked.iter().all(|one| one.method == "POST"));
        assert_ne!(asked[0].body, asked[1].body);
    }
}

#[tokio::test]
async fn what_a_responder_does_not_tell_a_list_does() {
    let world = World::new();
    let other = {
        let mut answer = world.response();
        answer.serial = vec![9];
        answer.signed_by(&world.key)
    };
    let stranger = world.response().signed_by(&key());
    let stale = {
        let mut answer = world.response();
        answer.next_update = Some(NOW - DAY / 2);
        answer.signed_by(&world.key)
    };
    let later = [0x30, 3, 0x0a, 1, 3].to_vec();
    for (answer, word) in [
        (other, "unreadable"),
        (stranger, "ok"),
        (stale, "ok"),
        (later, "responder"),
    ] {
        let responder = Web::saying(ok(&answer));
        for (list, expected) in [
            (world.good_list(), "good"),
            (world.revoking_list(), REVOKED),
        ] {
            let lists = Web::saying(ok(&list));
            let there = Where {
                ocsp: vec![responder.url("/")],
                crl: vec![lists.url("/")],
                ..Where::default()
            };
            let outcome = world
                .verify(&fetcher(), Mode::HardFail, &world.leaf(&there))
                .await;
            assert!(said(&outcome).starts_with(expected), "{}", said(&outcome));
            assert_eq!((words(&outcome)[0], lists.count()), (word, 1));
        }
    }
    // Control: where the responder tells, no list is fetched.
    let responder = Web::saying(ok(&world.good_response()));
    let lists = Web::saying(ok(&world.revoking_list()));
    let there = Where {
        ocsp: vec![responder.url("/")],
        crl: vec![lists.url("/")],
        ..Where::default()
    };
    let outcome = world
        .verify(&fetcher(), Mode::HardFail, &world.leaf(&there))
        .await;
    assert_eq!((said(&outcome).as_str(), lists.count()), ("good", 0));
}

#[tokio::test]
async fn a_good_staple_is_enough_and_a_stale_one_is_not() {
    let world = World::new();
    let web = Web::saying(ok(&world.good_response()));
    let chain = [CertificateDer::from(world.leaf(&Where::ocsp(web.url("/"))))];
    let stale = {
        let mut answer = world.response();
        answer.next_update = Some(NOW - DAY / 2);
        answer.signed_by(&world.key)
    };
    let wanted = world.wanted(Mode::HardFail);
    for (staple, fetches, expected) in [
        (world.good_response(), 0, "good"),
        (stale, 1, "good"),
        (world.revoking_response(), 1, REVOKED),
    ] {
        let outcome = fetcher().verify(&wanted, &chain, Some(&staple)).await;
        assert!(said(&outcome).starts_with(expected), "{}", said(&outcome));
        assert_eq!(web.count(), fetches);
    }
    // Even when nothing is asked, a staple that says revoked is heard.
    let wanted = world.wanted(Mode::Off);
    let staple = world.revoking_response();
    let outcome = fetcher().verify(&wanted, &chain, Some(&staple)).await;
    assert!(said(&outcome).starts_with(REVOKED));
}

#[tokio::test]
async fn what_is_at_hand_is_not_fetched() {
    let world = World::new();
    let web = Web::saying(ok(&world.good_list()));
    let chain = [CertificateDer::from(world.leaf(&Where::crl(web.url("/"))))];
    for (list, expected) in [
        (world.good_list(), "good"),
        (world.revoking_list(), REVOKED),
    ] {
        let store = RevocationStore::default();
        // At hand without the distribution point's URL: a list of the whole.
        store.add_crl(list).unwrap();
        let wanted = Wanted {
            known: Some(Arc::new(store)),
            ..world.wanted(Mode::HardFail)
        };
        let outcome = fetcher().verify(&wanted, &chain, None).await;
        assert!(said(&outcome).starts_with(expected), "{}", said(&outcome));
    }
    assert_eq!(web.count(), 0);
}

#[tokio::test]
async fn every_certificate_of_the_path_is_asked_about_at_the_same_time() {
    let world = World::new();
    let (own, list) = (key(), world.good_list());
    let below = crl::Draft::new("middle", NOW - DAY, NOW + DAY).signed_by(&own);
    let revoking = {
        let entry = crl::entry(&[2], NOW - DAY, &[crl::reason(1)]);
        world.list().and(entry).signed_by(&world.key)
    };
    for (roots_list, expected) in [(list, "good"), (revoking, REVOKED)] {
        let below = below.clone();
        let web = Web::new(move |asked| {
            let mut say = vec![handfast_testkit::web::Say::Wait(150)];
            say.extend(ok(if asked.path == "/root" {
                &roots_list
            } else {
                &below
            }));
            say
        });
        let middle = intermediate(
            "middle",
            &own,
            ("root", &world.key),
            &Where::crl(web.url("/root")),
        );
        let leaf = leaf_by("middle", &own, &Where::crl(web.url("/middle")));
        let chain = [CertificateDer::from(leaf), CertificateDer::from(middle)];
        let wanted = world.wanted(Mode::HardFail);
        let outcome = fetcher().verify(&wanted, &chain, None).await;
        assert!(said(&outcome).starts_with(expected), "{}", said(&outcome));
        assert_eq!((web.count(), web.at_once()), (2, 2));
    }
}

#[tokio::test]
async fn a_list_of_another_issuer_or_signer_tells_nothing() {
    let world = World::new();
    let stranger = World::new();
    let others = crl::Draft::new("other", NOW - DAY, NOW + DAY).signed_by(&world.key);
    for list in [stranger.good_list(), others] {
        let web = Web::saying(ok(&list));
        let outcome = world.hard(&builder().build(), web.url("/")).await;
        assert!(said(&outcome).starts_with(UNKNOWN), "{}", said(&outcome));
    }
}

#[tokio::test]
async fn a_delta_is_fetched_beside_its_list_and_missed_without_harm() {
    let world = World::new();
    let good = world.list().delta(6, 5).signed_by(&world.key);
    let revoking = {
        let entry = crl::entry(&[1], NOW - DAY, &[crl::reason(1)]);
        world.list().delta(6, 5).and(entry).signed_by(&world.key)
    };
    let complete = Web::saying(ok(&world.good_list()));
    for (say, expected) in [
        (ok(&good), "good"),
        (ok(&revoking), REVOKED),
        (status("404 Not Found"), "good"),
    ] {
        let delta = Web::saying(say);
        let there = Where {
            delta: vec![delta.url("/")],
            ..Where::crl(complete.url("/"))
        };
        let outcome = world
            .verify(&fetcher(), Mode::HardFail, &world.leaf(&there))
            .await;
        assert!(said(&outcome).starts_with(expected), "{}", said(&outcome));
        assert_eq!(delta.count(), 1);
    }
}
