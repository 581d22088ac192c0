//! A store in a folder: several processes, damage, and what it is bounded by.

use crate::contract::name;
use core::time::Duration;
use handfast_store::{FileStore, Store, StoreFailed};
use handfast_testkit::peer::{Folder, Program};
use std::path::{Path, PathBuf};
use std::{env, fs};

const LIFE: Duration = Duration::from_secs(60);
/// Names the folder to a process that was started for a part.
const FOLDER: &str = "HANDFAST_STORE_FOLDER";
const NAMES: u64 = 400;

fn files(dir: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in fs::read_dir(dir).into_iter().flatten() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            found.extend(files(&path));
        } else {
            found.push(path);
        }
    }
    found
}

#[tokio::test]
async fn processes_that_share_a_folder_give_each_value_and_each_mark_to_one_of_them() {
    let folder = Folder::new().unwrap();
    let store = FileStore::open(folder.path()).unwrap();
    for number in 0..NAMES {
        store.put(name(number), vec![1; 50], LIFE).await.unwrap();
    }
    let binary = env::current_exe().unwrap();
    let program = Program::at(binary).with_variable(FOLDER, &folder.file(""));
    let args = ["--exact", "folder::a_process", "--ignored", "--nocapture"];
    let outcomes: Vec<String> = std::thread::scope(|scope| {
        let run = || program.run(args, b"", Duration::from_secs(60)).unwrap();
        let threads: Vec<_> = (0..3).map(|_| scope.spawn(run)).collect();
        let each = threads.into_iter().map(|thread| thread.join().unwrap());
        each.map(|outcome| {
            assert!(outcome.success(), "{}\n{}", outcome.text(), outcome.stderr);
            outcome.text()
        })
        .collect()
    });
    for what in ["taken", "marked"] {
        let count = |text: &String| -> u64 {
            let (_, after) = text.split_once(&format!("{what}: ")).unwrap();
            after.split_whitespace().next().unwrap().parse().unwrap()
        };
        let counts: Vec<u64> = outcomes.iter().map(count).collect();
        assert_eq!(counts.iter().sum::<u64>(), NAMES, "{what} {counts:?}");
    }
    let left = files(&folder.path().join("sessions"));
    assert!(left.is_empty(), "{left:?}");
}

#[tokio::test]
#[ignore = "a part of another test, played in a process of its own"]
async fn a_process() {
    let Some(folder) = env::var_os(FOLDER) else {
        return;
    };
    let store = FileStore::open(Path::new(&folder)).unwrap();
    let (mut taken, mut marked) = (0, 0);
    for number in 0..NAMES {
        marked += u64::from(store.insert(name(number), LIFE).await.unwrap());
        taken += u64::from(store.take(name(number)).await.unwrap().is_some());
    }
    println!("taken: {taken} marked: {marked} ");
}

#[tokio::test]
async fn a_folder_holds_no_more_than_it_may_and_what_is_over_goes_first() {
    let folder = Folder::new().unwrap();
    let store = FileStore::with_most(folder.path(), 2048).unwrap();
    for number in 0..6000_u64 {
        let life = LIFE + Duration::from_secs(number);
        store.put(name(number), vec![2; 10], life).await.unwrap();
    }
    let held = files(&folder.path().join("sessions"));
    assert!((1000..=2048).contains(&held.len()), "{}", held.len());
    assert!(
        store.get(name(5999)).await.unwrap().is_some(),
        "the last to end stays"
    );
    assert!(
        store.get(name(0)).await.unwrap().is_none(),
        "the first to end went"
    );
    // A file whose time was over long ago, and one that somebody left half-written then.
    let old = std::time::SystemTime::now() - Duration::from_secs(3600);
    let left = held[1].with_file_name(".0123456789abcdef-1");
    fs::write(&left, b"half").unwrap();
    for path in [&held[0], &left] {
        let file = fs::File::options().write(true).open(path).unwrap();
        file.set_modified(old).unwrap();
    }
    assert_eq!(store.sweep().await.unwrap(), held.len() - 1);
    assert!(!held[0].exists() && !left.exists() && held[1].exists());
}

#[tokio::test]
async fn marks_that_find_no_room_are_refused_until_others_are_over() {
    let folder = Folder::new().unwrap();
    let store = FileStore::with_most(folder.path(), 256).unwrap();
    let mut told = Vec::new();
    for number in 0..2000 {
        told.push(store.insert(name(number), LIFE).await);
    }
    let marked = told.iter().filter(|one| **one == Ok(true)).count();
    let full = told
        .iter()
        .filter(|one| **one == Err(StoreFailed::Full))
        .count();
    assert!((200..=256).contains(&marked), "{marked}");
    assert_eq!(marked + full, 2000);
    for (number, told) in (0..).zip(&told) {
        if *told == Ok(true) {
            // Full or not, it is never new again.
            assert_ne!(store.insert(name(number), LIFE).await, Ok(true));
        }
    }
    for path in files(&folder.path().join("strikes")) {
        let old = std::time::SystemTime::now() - Duration::from_secs(3600);
        let file = fs::File::options().write(true).open(path).unwrap();
        file.set_modified(old).unwrap();
    }
    // A full folder is looked through once a second.
    tokio::time::sleep(Duration::from_millis(1100)).await;
    assert_eq!(store.insert(name(5000), LIFE).await, Ok(true));
}

#[tokio::test]
async fn what_is_damaged_or_no_file_is_passed_over() {
    let folder = Folder::new().unwrap();
    let store = FileStore::open(folder.path()).unwrap();
    store.put(name(1), vec![3; 10], LIFE).await.unwrap();
    let path = files(&folder.path().join("sessions")).remove(0);
    let soon = std::time::SystemTime::now() + LIFE;
    fs::write(&path, vec![0; 100_000]).unwrap();
    let file = fs::File::options().write(true).open(&path).unwrap();
    file.set_modified(soon).unwrap();
    assert_eq!(store.get(name(1)).await.unwrap(), None, "too long");
    fs::remove_file(&path).unwrap();
    fs::create_dir(&path).unwrap();
    assert_eq!(store.get(name(1)).await.unwrap(), None, "a folder");
}

#[cfg(unix)]
#[tokio::test]
async fn a_folder_is_for_its_owner_alone_and_one_that_others_may_write_to_is_refused() {
    use std::os::unix::fs::PermissionsExt;
    let mode = |path: &Path| fs::metadata(path).unwrap().permissions().mode() & 0o777;
    let folder = Folder::new().unwrap();
    let dir = folder.path().join("a/b");
    let store = FileStore::open(&dir).unwrap();
    store.put(name(1), vec![1], LIFE).await.unwrap();
    assert_eq!(mode(&dir), 0o700);
    assert_eq!(mode(&files(&dir)[0]), 0o600);
    fs::set_permissions(&dir, fs::Permissions::from_mode(0o770)).unwrap();
    let refused = FileStore::open(&dir).unwrap_err().to_string();
    assert!(refused.contains("chmod 700"), "{refused}");
    let missing = FileStore::open(&files(&dir.join("sessions"))[0]);
    assert!(missing.is_err(), "a file is no folder");
}
