//! The file of known peers: what is written is read, and nobody's line is lost.

use crate::folder::Folder;
use handfast_pki::time::UnixTime;
use handfast_pki::verify::known_key::KeyDigest;
use handfast_trust::{BrokenLine, KnownPeers, Recorded};
use std::fs;
use std::thread;

const NAME: &str = "example.test:443";

fn key(number: u8) -> KeyDigest {
    KeyDigest::of_key(&[number])
}

#[test]
fn a_peer_is_added_seen_and_not_changed() {
    let folder = Folder::new();
    let peers = KnownPeers::open(&folder.path().join("peers")).expect("no file yet");
    let at = |second: i64| UnixTime(1_795_268_000 + second);
    assert_eq!(
        peers.record(NAME, key(1), at(0)).expect("written"),
        Recorded::Added
    );
    // In capitals it is the same name; a clock that went back takes nothing back.
    let upper = NAME.to_uppercase();
    assert_eq!(
        peers.record(&upper, key(1), at(9)).expect("written"),
        Recorded::Seen
    );
    assert_eq!(
        peers.record(NAME, key(1), at(5)).expect("written"),
        Recorded::Seen
    );
    let known = peers.keys_of(NAME).expect("read");
    assert_eq!(known.len(), 1);
    assert_eq!((known[0].first_seen, known[0].last_seen), (at(0), at(9)));
    let before = fs::read(peers.path()).expect("the file");
    let changed = peers.record(NAME, key(2), at(10)).expect("judged");
    assert_eq!(changed, Recorded::Changed(known));
    assert_eq!(fs::read(peers.path()).expect("the file"), before);
    assert!(peers.keys_of("other.test:443").expect("read").is_empty());
}

#[test]
fn what_cannot_be_read_is_named_by_its_line_and_kept() {
    let folder = Folder::new();
    let good = format!(
        "a.test {} 2026-01-01T00:00:00Z 2026-01-02T00:00:00Z",
        key(1)
    );
    let text = format!(
        "# mine\n\nb.test nonsense\n{good}\nc.test {0} 2026-01-01T00:00:00Z\n{good} more\n",
        key(2)
    );
    let path = folder.write("peers", &text);
    let peers = KnownPeers::open(&path).expect("a file");
    let lines: Vec<_> = peers.broken_lines().expect("read");
    let lines: Vec<_> = lines.iter().map(|BrokenLine { line, .. }| *line).collect();
    assert_eq!(lines, [3, 5, 6]);
    assert_eq!(peers.lines_of("A.test").expect("read"), [4]);
    peers
        .record("d.test", key(3), UnixTime(0))
        .expect("written");
    let now = fs::read_to_string(&path).expect("the file");
    assert!(now.starts_with(&text), "{now}");
    assert_eq!(now.lines().count(), 7);
    // Whether this one is known nobody can say, so it is not taken for a stranger.
    let fault = peers.keys_of("B.test").expect_err("a fault");
    assert!(fault.to_string().contains("peers, line 3: "), "{fault}");
    assert!(peers.record("b.test", key(3), UnixTime(0)).is_err());
    fs::write(&path, b"\xff\n").expect("written");
    assert!(peers.record("d.test", key(3), UnixTime(0)).is_err());
    assert_eq!(fs::read(&path).expect("the file"), b"\xff\n");
}

#[test]
fn a_known_peer_is_no_stranger_where_an_editor_changed_the_file() {
    let folder = Folder::new();
    let line = format!(
        "{NAME} {} 2026-01-01T00:00:00Z 2026-01-02T00:00:00Z",
        key(1)
    );
    let changed = |text: String| {
        let path = folder.write("peers", text);
        let peers = KnownPeers::open(&path).expect("a file");
        peers.record(NAME, key(2), UnixTime(1_795_268_000))
    };
    for text in [line.clone(), format!("\u{feff}{line}")] {
        assert!(matches!(changed(text), Ok(Recorded::Changed(_))));
    }
    for text in [
        line.replacen(' ', "\u{a0}", 1),
        format!("\u{a0}{line}"),
        format!("\u{200b}{line}"),
        format!("# mine\n\u{feff}{line}"),
    ] {
        let fault = changed(text).expect_err("a fault").to_string();
        assert!(fault.contains("mend it or take it out"), "{fault}");
    }
    // A comment names nobody.
    assert_eq!(
        changed(format!("# {line}")).expect("written"),
        Recorded::Added
    );
}

#[cfg(unix)]
#[test]
fn a_file_that_others_may_write_and_what_is_no_file_are_refused() {
    use std::os::unix::fs::{FileTypeExt, PermissionsExt};
    let folder = Folder::new();
    let path = folder.write("peers", "");
    for (mode, is_good) in [(0o600, true), (0o644, true), (0o664, false), (0o602, false)] {
        fs::set_permissions(&path, fs::Permissions::from_mode(mode)).expect("a mode");
        assert_eq!(KnownPeers::open(&path).is_ok(), is_good, "{mode:o}");
    }
    let pipe = folder.path().join("pipe");
    let peers = KnownPeers::open(&pipe).expect("no file yet");
    let made = std::process::Command::new("mkfifo").arg(&pipe).status();
    assert!(made.expect("mkfifo").success());
    assert!(peers.record(NAME, key(1), UnixTime(0)).is_err());
    let fault = KnownPeers::open(&pipe).expect_err("a fault");
    assert!(fault.to_string().contains("no regular file"), "{fault}");
    assert!(fs::metadata(&pipe).expect("a pipe").file_type().is_fifo());
}

#[test]
fn names_that_would_not_be_read_again_are_not_written() {
    let folder = Folder::new();
    let peers = KnownPeers::open(&folder.path().join("peers")).expect("no file yet");
    for name in ["", "#x", "a b", "a\nb.test"] {
        assert!(peers.record(name, key(1), UnixTime(0)).is_err(), "{name:?}");
    }
    assert!(!peers.path().exists());
}

#[test]
fn writers_at_once_lose_nothing_and_one_of_two_keys_is_the_first() {
    let folder = Folder::new();
    let path = folder.path().join("peers");
    thread::scope(|scope| {
        for number in 0..16_u8 {
            let path = &path;
            scope.spawn(move || {
                let peers = KnownPeers::open(path).expect("a file");
                let name = format!("{number}.test");
                peers
                    .record(&name, key(number), UnixTime(0))
                    .expect("written");
                peers
                    .record("same.test", key(number), UnixTime(0))
                    .expect("judged");
            });
        }
    });
    let peers = KnownPeers::open(&path).expect("a file");
    for number in 0..16_u8 {
        let known = peers.keys_of(&format!("{number}.test")).expect("read");
        assert_eq!(known.len(), 1, "{number}");
    }
    assert_eq!(peers.keys_of("same.test").expect("read").len(), 1);
    let files = fs::read_dir(folder.path()).expect("the folder").count();
    assert_eq!(files, 1, "nothing else stays behind");
}

#[cfg(unix)]
#[test]
fn the_file_is_its_owners_alone_and_a_link_stays_one() {
    use std::os::unix::fs::PermissionsExt;
    let folder = Folder::new();
    let link = folder.path().join("link");
    let path = folder.write("peers", "");
    fs::set_permissions(&path, fs::Permissions::from_mode(0o644)).expect("set");
    std::os::unix::fs::symlink(&path, &link).expect("a link");
    let peers = KnownPeers::open(&link).expect("a file");
    peers.record(NAME, key(1), UnixTime(0)).expect("written");
    assert!(fs::symlink_metadata(&link).expect("the link").is_symlink());
    let mode = fs::metadata(&path).expect("the file").permissions().mode();
    assert_eq!(mode & 0o777, 0o600);
}

#[test]
fn a_folder_that_is_missing_is_named_before_anything_is_recorded() {
    let folder = Folder::new();
    let fault = KnownPeers::open(&folder.path().join("no/peers")).expect_err("a fault");
    assert!(fault.path.ends_with("no"), "{fault}");
    assert!(
        KnownPeers::open(folder.path()).is_err(),
        "a folder is no file"
    );
}
