//! What is kept, for how long, and that it is never believed for being there.

use crate::world::{
    DAY, NOW, REVOKED, UNKNOWN, Where, World, builder, fetcher, origins, said, words,
};
use handfast_fetch::Fetcher;
use handfast_pki::verify::revocation::Mode;
use handfast_testkit::made::certificate::key;
use handfast_testkit::peer::Folder;
use handfast_testkit::web::{Say, Web, ok, status};
use std::fs;
use std::sync::atomic::{AtomicI64, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

const ROOM: u64 = 1_000_000;

/// A server whose answer may be changed.
fn changing(first: Vec<Say>) -> (Web, Arc<Mutex<Vec<Say>>>) {
    let say = Arc::new(Mutex::new(first));
    let own = Arc::clone(&say);
    let web = Web::new(move |_| own.lock().unwrap().clone());
    (web, say)
}

#[tokio::test]
async fn what_was_fetched_is_kept_in_memory_and_on_disk() {
    let world = World::new();
    let folder = Folder::new().unwrap();
    let kept = || builder().folder(folder.path().join("cache"), ROOM).build();
    let web = Web::saying(ok(&world.good_list()));
    let one = kept();
    for (fetcher, origin) in [
        (&one, "network"),
        (&one, "memory"),
        (&kept(), "disk"),
        (&one, "memory"),
    ] {
        let outcome = world.hard(fetcher, web.url("/")).await;
        assert_eq!(
            (said(&outcome).as_str(), origins(&outcome)),
            ("good", vec![origin])
        );
    }
    assert_eq!(web.count(), 1);
    // Controls: another URL, and a fetcher without the folder.
    world.hard(&one, web.url("/other")).await;
    world.hard(&fetcher(), web.url("/")).await;
    assert_eq!(web.count(), 3);
}

#[tokio::test]
async fn responses_and_issuers_are_kept_too() {
    let world = World::new();
    let own = key();
    let response = {
        let mut answer = world.response();
        answer.status = handfast_testkit::made::ocsp::GOOD.to_vec();
        answer.signed_by(&world.key)
    };
    let web = Web::saying(ok(&response));
    let leaf = world.leaf(&Where::ocsp(web.url("/")));
    let kept = fetcher();
    for _ in 0..3 {
        assert_eq!(
            said(&world.verify(&kept, Mode::HardFail, &leaf).await),
            "good"
        );
    }
    assert_eq!(web.count(), 1);
    let middle =
        crate::world::intermediate("middle", &own, ("root", &world.key), &Where::default());
    let web = Web::saying(ok(&middle));
    let leaf = crate::world::leaf_by("middle", &own, &Where::issuer(web.url("/")));
    for _ in 0..3 {
        assert_eq!(said(&world.verify(&kept, Mode::Off, &leaf).await), "good");
    }
    assert_eq!(web.count(), 1);
}

#[tokio::test]
async fn a_list_is_renewed_ahead_and_the_old_one_serves_until_it_is_over() {
    let world = World::new();
    let clock = Arc::new(AtomicI64::new(NOW));
    let own = Arc::clone(&clock);
    let kept = builder().clock(move || own.load(Ordering::SeqCst)).build();
    let (web, say) = changing(ok(&world.good_list()));
    let at = async |time: i64| {
        clock.store(time, Ordering::SeqCst);
        let outcome = world.hard(&kept, web.url("/")).await;
        (said(&outcome), origins(&outcome).join(" "))
    };
    assert_eq!(at(NOW).await, ("good".into(), "network".into()));
    *say.lock().unwrap() = status("503 Service Unavailable");
    // The list is of a day: three quarters of it nobody is asked.
    assert_eq!(at(NOW + DAY / 2).await, ("good".into(), "memory".into()));
    assert_eq!(web.count(), 1);
    // Then a newer one is looked for, in vain.
    assert_eq!(
        at(NOW + DAY * 7 / 8).await,
        ("good".into(), "memory".into())
    );
    assert_eq!(web.count(), 2);
    // The failure is remembered for a while, and does not hide the old one.
    assert_eq!(at(NOW + DAY * 7 / 8 + 1).await.0, "good");
    let (words, origin) = at(NOW + DAY + 400).await;
    assert!(words.starts_with(UNKNOWN), "{words}");
    assert_eq!(origin, "network");
    // Control: the server is back, with a list that says something else.
    let entry = handfast_testkit::made::crl::entry(
        &[1],
        NOW - DAY,
        &[handfast_testkit::made::crl::reason(1)],
    );
    let mut newer = world.list().and(entry);
    newer.next_update = NOW + 9 * DAY;
    *say.lock().unwrap() = ok(&newer.signed_by(&world.key));
    assert!(at(NOW + DAY + 500).await.0.starts_with(REVOKED));
}

#[tokio::test]
async fn a_failure_is_remembered_for_a_short_while() {
    let world = World::new();
    let clock = Arc::new(AtomicI64::new(NOW));
    let own = Arc::clone(&clock);
    let kept = builder().clock(move || own.load(Ordering::SeqCst)).build();
    let (web, say) = changing(status("503 Service Unavailable"));
    for (time, count, word) in [(0, 1, "http_status"), (20, 1, "http_status"), (31, 2, "ok")] {
        clock.store(NOW + time, Ordering::SeqCst);
        let outcome = world.hard(&kept, web.url("/")).await;
        assert_eq!((words(&outcome), web.count()), (vec![word], count));
        *say.lock().unwrap() = ok(&world.good_list());
    }
}

#[tokio::test]
async fn what_somebody_put_into_the_cache_does_not_stay_in_the_way() {
    let world = World::new();
    let forged = {
        let mut list = world.list();
        list.next_update = NOW + 99 * DAY;
        list.signed_by(&key())
    };
    let forged_response = {
        let mut answer = world.response();
        answer.next_update = Some(NOW + 99 * DAY);
        answer.signed_by(&key())
    };
    let other_response = {
        let mut answer = world.response();
        answer.serial = vec![7];
        answer.signed_by(&world.key)
    };
    for (bad, good, is_list) in [
        (forged, world.good_list(), true),
        (forged_response, world.good_response(), false),
        (other_response, world.good_response(), false),
    ] {
        let folder = Folder::new().unwrap();
        let kept = || builder().folder(folder.path(), ROOM).build();
        let (web, say) = changing(ok(&bad));
        let leaf = if is_list {
            world.leaf(&Where::crl(web.url("/")))
        } else {
            world.leaf(&Where::ocsp(web.url("/")))
        };
        let one = kept();
        let outcome = world.verify(&one, Mode::HardFail, &leaf).await;
        assert!(said(&outcome).starts_with(UNKNOWN), "{}", said(&outcome));
        *say.lock().unwrap() = ok(&good);
        for fetcher in [kept(), one] {
            let outcome = world.verify(&fetcher, Mode::HardFail, &leaf).await;
            assert_eq!(said(&outcome), "good", "{:?}", outcome.tried);
        }
    }
}

#[tokio::test]
async fn a_damaged_file_is_fetched_anew() {
    let world = World::new();
    let folder = Folder::new().unwrap();
    let kept = || builder().folder(folder.path(), ROOM).build();
    let web = Web::saying(ok(&world.good_list()));
    world.hard(&kept(), web.url("/")).await;
    let only = || {
        let mut files = fs::read_dir(folder.path()).unwrap();
        let file = files.next().unwrap().unwrap().path();
        assert!(files.next().is_none());
        file
    };
    let whole = fs::read(only()).unwrap();
    for (count, damage) in [(2, &whole[..50]), (3, b"" as &[u8]), (4, b"something else")] {
        fs::write(only(), damage).unwrap();
        let outcome = world.hard(&kept(), web.url("/")).await;
        assert_eq!((said(&outcome).as_str(), web.count()), ("good", count));
        assert_eq!(fs::read(only()).unwrap(), whole);
    }
    // Control.
    fs::write(only(), &whole).unwrap();
    assert_eq!(origins(&world.hard(&kept(), web.url("/")).await), ["disk"]);
}

#[tokio::test]
async fn a_folder_that_cannot_be_written_stops_nothing() {
    let world = World::new();
    let folder = Folder::new().unwrap();
    let file = folder.write("file", "x").unwrap();
    let kept: Fetcher = builder().folder(file, ROOM).build();
    let web = Web::saying(ok(&world.good_list()));
    assert_eq!(said(&world.hard(&kept, web.url("/")).await), "good");
}

#[tokio::test]
async fn those_who_ask_at_the_same_time_share_one_fetch() {
    let world = Arc::new(World::new());
    let mut slowly = vec![Say::Wait(200)];
    slowly.extend(ok(&world.good_list()));
    let web = Arc::new(Web::saying(slowly));
    let kept = fetcher();
    let shared = Arc::new(AtomicUsize::new(0));
    let mut tasks = tokio::task::JoinSet::new();
    for _ in 0..10 {
        let (world, web, kept) = (Arc::clone(&world), Arc::clone(&web), kept.clone());
        let shared = Arc::clone(&shared);
        tasks.spawn(async move {
            let outcome = world.hard(&kept, web.url("/")).await;
            assert_eq!(said(&outcome), "good");
            if origins(&outcome) == ["shared"] {
                shared.fetch_add(1, Ordering::SeqCst);
            }
        });
    }
    tasks.join_all().await;
    assert_eq!((web.count(), shared.load(Ordering::SeqCst)), (1, 9));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn two_caches_in_one_folder_do_not_disturb_each_other() {
    let world = Arc::new(World::new());
    let folder = Arc::new(Folder::new().unwrap());
    let web = Arc::new(Web::saying(ok(&world.good_list())));
    let mut tasks = tokio::task::JoinSet::new();
    for _ in 0..8 {
        let (world, web, folder) = (Arc::clone(&world), Arc::clone(&web), Arc::clone(&folder));
        tasks.spawn(async move {
            for turn in 0..10 {
                // Room for few, so that they make room while others read.
                let kept = builder().folder(folder.path(), 2_000).build();
                let outcome = world.hard(&kept, web.url(&format!("/{}", turn % 5))).await;
                assert_eq!(said(&outcome), "good");
            }
        });
    }
    tasks.join_all().await;
    let files = fs::read_dir(folder.path())
        .unwrap()
        .map(|file| file.unwrap());
    let held: u64 = files.map(|file| file.metadata().unwrap().len()).sum();
    // Several may write at the same time, each within the bound.
    assert!(held <= 2_000 * 8, "{held}");
}
