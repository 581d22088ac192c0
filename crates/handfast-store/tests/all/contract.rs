//! What every store keeps to.

use core::pin::Pin;
use core::time::Duration;
use handfast_store::{FileStore, MemoryStore, Name, Store};
use handfast_testkit::peer::Folder;
use std::sync::Arc;

const LIFE: Duration = Duration::from_secs(60);

pub(crate) fn name(number: u64) -> Name {
    let mut bytes = [7; 32];
    let mixed = number.wrapping_mul(0x9e37_79b9_7f4a_7c15);
    bytes[..8].copy_from_slice(&mixed.to_be_bytes());
    Name::new(bytes)
}

/// Each kind, empty; the folder goes with it.
fn each() -> Vec<(&'static str, Arc<dyn Store>, Option<Folder>)> {
    let folder = Folder::new().unwrap();
    let files = FileStore::open(&folder.path().join("store")).unwrap();
    vec![
        (
            "memory",
            Arc::new(MemoryStore::with_fresh_keys(10_000)),
            None,
        ),
        ("file", Arc::new(files), Some(folder)),
    ]
}

#[tokio::test]
async fn a_value_stays_when_it_is_got_goes_when_it_is_taken_and_ends_by_itself() {
    for (which, store, _folder) in each() {
        assert_eq!(store.get(name(1)).await.unwrap(), None, "{which}");
        assert_eq!(store.take(name(1)).await.unwrap(), None, "{which}");
        for value in [b"first".to_vec(), Vec::new(), vec![9; 60_000]] {
            store.put(name(1), value.clone(), LIFE).await.unwrap();
            for _ in 0..2 {
                let got = store.get(name(1)).await.unwrap();
                assert_eq!(got.as_ref(), Some(&value), "{which}");
            }
        }
        assert_eq!(store.get(name(2)).await.unwrap(), None, "{which}");
        let taken = store.take(name(1)).await.unwrap();
        assert_eq!(taken, Some(vec![9; 60_000]), "{which}");
        assert_eq!(store.take(name(1)).await.unwrap(), None, "{which}");
        let short = Duration::from_millis(30);
        store.put(name(3), b"brief".to_vec(), short).await.unwrap();
        assert!(store.get(name(3)).await.unwrap().is_some(), "{which}");
        tokio::time::sleep(2 * short).await;
        assert_eq!(store.get(name(3)).await.unwrap(), None, "{which}");
        assert_eq!(store.take(name(3)).await.unwrap(), None, "{which}");
    }
}

#[tokio::test]
async fn a_mark_is_new_once() {
    for (which, store, _folder) in each() {
        for number in 0..50 {
            assert!(store.insert(name(number), LIFE).await.unwrap(), "{which}");
        }
        for number in 0..50 {
            assert!(!store.insert(name(number), LIFE).await.unwrap(), "{which}");
        }
    }
}

type Told = Pin<Box<dyn Future<Output = bool> + Send>>;

/// How many of those who do the same at once are told yes.
async fn winners(
    store: &Arc<dyn Store>,
    racers: usize,
    race: fn(Arc<dyn Store>, Name) -> Told,
    name: Name,
) -> usize {
    let together = Arc::new(tokio::sync::Barrier::new(racers));
    let tasks: Vec<_> = (0..racers)
        .map(|_| {
            let (store, together) = (Arc::clone(store), Arc::clone(&together));
            tokio::spawn(async move {
                together.wait().await;
                race(store, name).await
            })
        })
        .collect();
    let mut won = 0;
    for task in tasks {
        won += usize::from(task.await.unwrap());
    }
    won
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn in_a_thousand_races_each_value_and_each_mark_has_one_winner() {
    for (which, store, _folder) in each() {
        for number in 0..1000 {
            let marks = winners(
                &store,
                3,
                |store, name| Box::pin(async move { store.insert(name, LIFE).await.unwrap() }),
                name(number),
            );
            assert_eq!(marks.await, 1, "{which} {number}");
            store.put(name(number), vec![1; 100], LIFE).await.unwrap();
            let takes = winners(
                &store,
                3,
                |store, name| Box::pin(async move { store.take(name).await.unwrap().is_some() }),
                name(number),
            );
            assert_eq!(takes.await, 1, "{which} {number}");
        }
    }
}
