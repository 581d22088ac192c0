use super::*;
use handfast_testkit::peer::Folder;

const LIFE: Life = Life {
    fresh_until: 1_500,
    until: 2_000,
};
const KEY: Key = Key([7; 32]);

/// A folder of ours in a fresh one, and the cache in it.
fn disk(limit_bytes: u64) -> (Folder, Disk) {
    let folder = Folder::new().unwrap();
    let disk = Disk::new(folder.path().join("a/b"), limit_bytes);
    (folder, disk)
}

fn read(disk: &Disk) -> Option<Vec<u8>> {
    disk.read(&KEY, Kind::Crl, 100, 1_000)
        .map(|(bytes, _)| bytes)
}

#[test]
fn what_is_kept_is_found_until_it_is_over() {
    let (_folder, disk) = disk(10_000);
    disk.write(&KEY, Kind::Crl, b"list", LIFE).unwrap();
    assert_eq!(
        disk.read(&KEY, Kind::Crl, 4, 1_999),
        Some((b"list".to_vec(), LIFE))
    );
    assert!(disk.read(&KEY, Kind::Ocsp, 4, 1_000).is_none());
    assert!(disk.read(&KEY, Kind::Crl, 4, 2_000).is_none());
    // And removed with that.
    assert!(read(&disk).is_none());
}

#[cfg(unix)]
#[test]
fn folder_and_files_are_the_owners_alone() {
    use std::os::unix::fs::PermissionsExt;
    let (_folder, disk) = disk(10_000);
    disk.write(&KEY, Kind::Crl, b"list", LIFE).unwrap();
    let mode = |path: &Path| fs::metadata(path).unwrap().permissions().mode() & 0o777;
    assert_eq!(mode(&disk.folder), 0o700);
    assert_eq!(mode(&disk.path(&KEY, Kind::Crl)), 0o600);
    assert_eq!(fs::read_dir(&disk.folder).unwrap().count(), 1);
}

#[test]
fn a_file_with_any_byte_changed_or_missing_is_dropped() {
    let (_folder, disk) = disk(10_000);
    disk.write(&KEY, Kind::Crl, b"list", LIFE).unwrap();
    let path = disk.path(&KEY, Kind::Crl);
    let good = fs::read(&path).unwrap();
    for at in 0..good.len() {
        let mut bad = good.clone();
        bad[at] ^= 1;
        for bytes in [&bad[..], &good[..at]] {
            fs::write(&path, bytes).unwrap();
            assert!(read(&disk).is_none(), "byte {at}");
            assert!(!path.exists(), "byte {at}");
            new_own(&path).unwrap();
        }
    }
    // Control: the same way of writing, and the right bytes.
    fs::write(&path, &good).unwrap();
    assert_eq!(read(&disk).as_deref(), Some(&b"list"[..]));
}

#[test]
fn a_file_under_anothers_name_is_dropped() {
    let (_folder, disk) = disk(10_000);
    disk.write(&Key([8; 32]), Kind::Crl, b"list", LIFE).unwrap();
    fs::rename(
        disk.path(&Key([8; 32]), Kind::Crl),
        disk.path(&KEY, Kind::Crl),
    )
    .unwrap();
    assert!(read(&disk).is_none());
}

#[test]
fn a_life_longer_than_any_that_is_given_is_dropped() {
    let (_folder, disk) = disk(10_000);
    let until = 1_000 + 30 * 24 * 3600;
    disk.write(&KEY, Kind::Crl, b"list", Life { until, ..LIFE })
        .unwrap();
    assert!(read(&disk).is_none());
}

#[cfg(unix)]
#[test]
fn links_and_files_that_others_may_write_are_dropped() {
    use std::os::unix::fs::PermissionsExt;
    let (folder, disk) = disk(10_000);
    disk.write(&KEY, Kind::Crl, b"list", LIFE).unwrap();
    let path = disk.path(&KEY, Kind::Crl);
    let elsewhere = folder.path().join("elsewhere");
    fs::rename(&path, &elsewhere).unwrap();
    std::os::unix::fs::symlink(&elsewhere, &path).unwrap();
    assert!(read(&disk).is_none());
    assert!(elsewhere.exists() && !path.exists());
    fs::rename(&elsewhere, &path).unwrap();
    fs::set_permissions(&path, fs::Permissions::from_mode(0o622)).unwrap();
    assert!(read(&disk).is_none());
    fs::set_permissions(&disk.folder, fs::Permissions::from_mode(0o777)).unwrap();
    assert!(disk.write(&KEY, Kind::Crl, b"list", LIFE).is_err());
}

#[test]
fn the_folder_is_bounded_and_other_files_in_it_are_left_alone() {
    let (_folder, disk) = disk(1_000);
    disk.write(&KEY, Kind::Crl, b"list", LIFE).unwrap();
    fs::write(disk.folder.join("mine.txt"), [0; 5_000]).unwrap();
    for name in 0..20 {
        disk.write(&Key([name; 32]), Kind::Crl, &[name; 200], LIFE)
            .unwrap();
    }
    // Too large by itself.
    disk.write(&KEY, Kind::Issuer, &[0; 600], LIFE).unwrap();
    let files = fs::read_dir(&disk.folder)
        .unwrap()
        .map(|file| file.unwrap());
    let (ours, others): (Vec<_>, Vec<_>) = files.partition(|file| is_ours(&file.path()));
    let held: u64 = ours.iter().map(|file| file.metadata().unwrap().len()).sum();
    assert!(held <= 1_000 && ours.len() == 3, "{held} in {}", ours.len());
    assert_eq!(others.len(), 1);
}

#[test]
fn what_a_dead_process_left_is_removed_and_what_is_being_written_is_not() {
    let (_folder, disk) = disk(10_000);
    disk.make_folder().unwrap();
    let (old, new) = (
        disk.folder.join("0123456789abcdef.part"),
        disk.folder.join("0123456789abcde0.part"),
    );
    let long_ago = SystemTime::now() - 2 * ABANDONED;
    new_own(&old).unwrap().set_modified(long_ago).unwrap();
    new_own(&new).unwrap();
    disk.write(&KEY, Kind::Crl, b"list", LIFE).unwrap();
    assert!(!old.exists() && new.exists());
}

#[test]
fn a_file_that_is_longer_than_allowed_is_dropped() {
    let (_folder, disk) = disk(10_000);
    disk.write(&KEY, Kind::Crl, &[1; 101], LIFE).unwrap();
    assert!(read(&disk).is_none());
    assert!(!disk.path(&KEY, Kind::Crl).exists());
}
