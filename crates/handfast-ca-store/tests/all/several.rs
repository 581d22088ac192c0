//! Several at work in one folder at once: threads, processes, and one who does not let go.

use crate::folder::{DAY, Folder, NOW, server};
use handfast_ca::crl::RevocationReason;
use handfast_ca::serial::SerialNumber;
use handfast_ca_store::audit::AuditFilter;
use handfast_ca_store::directory::CaDirectory;
use handfast_ca_store::error::StoreError;
use handfast_ca_store::find::{Filter, Selector};
use handfast_ca_store::plan::Plan;
use handfast_ca_store::row::Level;
use handfast_pki::crl::Crl;
use std::collections::BTreeSet;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::Duration;

/// How many certificates each worker issues, and after how many it makes a list.
const EACH: usize = 200;
const LIST_EVERY: usize = 10;

/// The serials and the numbers of lists that a worker got.
#[derive(Default)]
struct Got {
    serials: Vec<String>,
    lists: Vec<u64>,
}

fn work(folder: &Path) -> Got {
    let mut ca = CaDirectory::open(folder).unwrap();
    let mut got = Got::default();
    for place in 1..=EACH {
        let recorded = ca.issue(&server("a.test"), NOW).unwrap();
        got.serials.push(recorded.row.serial.to_string());
        if place % LIST_EVERY == 0 {
            let der = ca.next_crl(DAY, NOW).unwrap();
            let number = Crl::parse(&der).unwrap().number().to_vec();
            let number = number
                .iter()
                .fold(0, |sum, octet| sum << 8 | u64::from(*octet));
            got.lists.push(number);
        }
    }
    got
}

fn check(folder: &Path, got: &[Got]) {
    let ca = CaDirectory::open(folder).unwrap();
    ca.check().unwrap();
    let serials: BTreeSet<&String> = got.iter().flat_map(|one| &one.serials).collect();
    assert_eq!(serials.len(), EACH * got.len(), "a serial was given twice");
    // The two authorities' own certificates are recorded, too.
    assert_eq!(
        ca.list(&Filter::default()).unwrap().len(),
        serials.len() + 2
    );
    for serial in serials {
        let serial = Selector::Serial(SerialNumber::parse(serial).unwrap());
        assert_eq!(ca.find(&serial).unwrap().len(), 1);
    }
    let mut lists: Vec<u64> = Vec::new();
    for one in got {
        assert!(
            one.lists.is_sorted_by(|before, after| before < after),
            "{:?}",
            one.lists
        );
        lists.extend(&one.lists);
    }
    lists.sort_unstable();
    let all: Vec<u64> = (1..).take(EACH / LIST_EVERY * got.len()).collect();
    assert_eq!(lists, all, "each number once, and none left out");
    assert_eq!(ca.crl_number(Level::Issuing).unwrap(), all.len() as u64);
}

#[test]
fn two_threads_issue_at_once_and_nothing_is_lost_or_given_twice() {
    let folder = Folder::new();
    drop(folder.created(&Plan::new("Example")));
    let path = folder.ca();
    let got = std::thread::scope(|scope| {
        let workers = [0, 1].map(|_| scope.spawn(|| work(&path)));
        workers.map(|worker| worker.join().unwrap())
    });
    check(&path, &got);
}

#[test]
fn two_processes_issue_at_once_and_nothing_is_lost_or_given_twice() {
    let folder = Folder::new();
    drop(folder.created(&Plan::new("Example")));
    let workers = [0, 1].map(|_| myself("issue", &folder.ca()).spawn().unwrap());
    let got = workers.map(|worker| {
        let output = worker.wait_with_output().unwrap();
        let text = String::from_utf8(output.stdout).unwrap();
        assert!(output.status.success(), "{text}");
        let after = |word: &str| {
            let lines = text.lines().filter_map(|line| line.strip_prefix(word));
            lines.map(str::to_owned).collect::<Vec<_>>()
        };
        let lists = after("list ")
            .into_iter()
            .map(|number| number.parse().unwrap());
        Got {
            lists: lists.collect(),
            serials: after("serial "),
        }
    });
    check(&folder.ca(), &got);
}

#[test]
fn several_who_revoke_the_same_certificate_revoke_it_once() {
    let folder = Folder::new();
    let mut ca = folder.created(&Plan::new("Example"));
    let serial = ca.issue(&server("a.test"), NOW).unwrap().row.serial;
    let path = folder.ca();
    std::thread::scope(|scope| {
        let revoke = || {
            let mut ca = CaDirectory::open(&path).unwrap();
            let name = Selector::parse("a.test");
            ca.revoke(&name, RevocationReason::Superseded, NOW).unwrap();
        };
        for worker in [0; 6].map(|_| scope.spawn(revoke)) {
            worker.join().unwrap();
        }
    });
    let entries = ca.audit(&AuditFilter {
        serial: Some(serial),
        ..AuditFilter::default()
    });
    let actions: Vec<String> = entries.unwrap().into_iter().map(|one| one.action).collect();
    assert_eq!(actions, ["revoke", "issue"]);
}

#[test]
fn modes_do_not_depend_on_the_umask() {
    let folder = Folder::new();
    for umask in ["umask 0", "umask 511"] {
        let path = folder.ca().with_file_name(umask);
        let status = myself(umask, &path).status().unwrap();
        assert!(status.success(), "{umask}");
        let mode = |name: &str| path.join(name).metadata().unwrap().permissions().mode() & 0o777;
        let modes = ["", "ca.db", "root.key", "issuing.key", "root.pem"].map(mode);
        assert_eq!(modes, [0o700, 0o600, 0o600, 0o600, 0o644], "{umask}");
    }
}

#[test]
fn who_holds_the_lock_is_named_and_nothing_is_changed() {
    let folder = Folder::new();
    let mut ca = folder.created(&Plan::new("Example"));
    let other = rusqlite::Connection::open(folder.ca().join("ca.db")).unwrap();
    other.execute_batch("BEGIN EXCLUSIVE").unwrap();
    ca.set_patience(Duration::from_millis(20)).unwrap();
    let fault = ca.issue(&server("a.test"), NOW).unwrap_err();
    let StoreError::Busy { holders, .. } = &fault else {
        panic!("{fault:?}");
    };
    let own = std::process::id();
    assert!(
        holders.iter().any(|holder| holder.process == own),
        "{fault}"
    );
    assert!(
        fault.to_string().contains(&format!("(process {own})")),
        "{fault}"
    );
    other.execute_batch("ROLLBACK").unwrap();
    ca.issue(&server("a.test"), NOW).unwrap();
    assert_eq!(ca.list(&Filter::default()).unwrap().len(), 3);
}

#[test]
fn who_waits_is_served_when_the_other_is_done() {
    let folder = Folder::new();
    let mut ca = folder.created(&Plan::new("Example"));
    let other = rusqlite::Connection::open(folder.ca().join("ca.db")).unwrap();
    other.execute_batch("BEGIN EXCLUSIVE").unwrap();
    std::thread::scope(|scope| {
        let waiting = scope.spawn(move || ca.issue(&server("a.test"), NOW).map(|_| ()));
        std::thread::sleep(Duration::from_millis(100));
        other.execute_batch("COMMIT").unwrap();
        waiting.join().unwrap().unwrap();
    });
}

/// This test binary again, to do one thing with the folder.
fn myself(what: &str, folder: &Path) -> Command {
    let mut command = Command::new(std::env::current_exe().unwrap());
    command
        .args(["several::worker", "--exact", "--ignored", "--nocapture"])
        .env("HANDFAST_STORE_WORK", what)
        .env("HANDFAST_STORE_FOLDER", folder)
        .stdout(Stdio::piped());
    command
}

#[test]
#[ignore = "what the other processes do"]
fn worker() {
    let what = std::env::var("HANDFAST_STORE_WORK").unwrap();
    let folder = std::env::var_os("HANDFAST_STORE_FOLDER").unwrap();
    let folder = Path::new(&folder);
    if let Some(bits) = what.strip_prefix("umask ") {
        rustix::process::umask(rustix::fs::Mode::from_bits_truncate(bits.parse().unwrap()));
        let mut ca = CaDirectory::create(folder, &Plan::new("Example"), NOW).unwrap();
        ca.issue(&server("a.test"), NOW).unwrap();
        return;
    }
    let got = work(folder);
    for serial in &got.serials {
        println!("serial {serial}");
    }
    for number in &got.lists {
        println!("list {number}");
    }
}
