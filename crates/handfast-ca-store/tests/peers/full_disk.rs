//! A disk that is full or fails, at one system call or from one on: before each one in turn with
//! `HANDFAST_CRASHES=all`, and at a spread of them without.

use crate::checker::Before;
use crate::work::{ALL, traced};
use handfast_testkit::peer::strace::spread;
use handfast_testkit::peer::{Program, trial};
use libtest_mimic::{Failed, Trial};

/// Those that bring bytes to the disk.
const NAMES: [&str; 5] = ["write", "pwrite64", "fsync", "fdatasync", "ftruncate"];

pub(super) fn trials() -> Vec<Trial> {
    let each = ALL.into_iter().map(|what| {
        let claim = format!("full_disk::{what}_says_so_and_leaves_nothing_half_written");
        trial(&claim, ["strace"], move |[strace]| {
            break_disk(&strace, what)
        })
    });
    let mut trials: Vec<Trial> = each.collect();
    trials.push(trial(
        "full_disk::a_folder_that_cannot_be_written_can_be_read",
        ["strace"],
        |[strace]| read_only(&strace),
    ));
    trials
}

/// As on a disk that is mounted to be read: permissions would be no hindrance to root.
fn read_only(strace: &Program) -> Result<(), Failed> {
    let before = Before::new("issue")?;
    for (what, code, said) in [("list", 0, "rows 4"), ("issue", 3, "cannot be written")] {
        let (folder, ca) = before.copy()?;
        let opens = traced(strace, what, &ca)?.calls("openat", folder.path())?;
        let database = opens
            .iter()
            .find(|call| call.line.contains("ca.db\"") && call.line.contains("O_RDWR"))
            .ok_or("the database is not opened")?;
        let (_folder, ca) = before.copy()?;
        let injection = format!("openat:error=EROFS:when={}", database.place);
        let outcome = traced(strace, what, &ca)?.inject(&injection)?;
        let all = format!("{}{}", outcome.text(), outcome.stderr);
        if outcome.code != Some(code) || !all.contains(said) {
            return Err(format!("{what}: {:?} {all}", outcome.code).into());
        }
        before.check(&ca, &outcome.text().replace("rows 4\n", ""))?;
    }
    Ok(())
}

fn break_disk(strace: &Program, what: &'static str) -> Result<(), Failed> {
    let before = Before::new(what)?;
    let (folder, ca) = before.copy()?;
    let names = format!("openat,{}", NAMES.join(","));
    let mut all = traced(strace, what, &ca)?.calls(&names, folder.path())?;
    all.retain(|call| NAMES.contains(&call.name.as_str()));
    // What is said to the caller is no matter of disks.
    all.retain(|call| !call.line.starts_with("write(1") && !call.line.starts_with("write(2"));
    let some = spread(&all, 4);
    let mut told = 0;
    for call in &some {
        for (error, from_then_on) in [("ENOSPC", ""), ("EIO", ""), ("ENOSPC", "+"), ("EIO", "+")] {
            if from_then_on == "+" && call.name == "write" {
                // It would take the error message, too.
                continue;
            }
            let (_folder, ca) = before.copy()?;
            let injection = format!(
                "{}:error={error}:when={}{from_then_on}",
                call.name, call.place
            );
            let outcome = traced(strace, what, &ca)?.inject(&injection)?;
            let at = |why: &str| Failed::from(format!("{injection} ({}): {why}", call.line));
            match outcome.code {
                // SQLite can do without some: a journal's end that is not cut off.
                Some(0) => {}
                Some(3) if outcome.stderr.starts_with("error: ") => told += 1,
                code => return Err(at(&format!("exit {code:?}: {}", outcome.stderr))),
            }
            before
                .check(&ca, &outcome.text())
                .map_err(|why| at(why.message().unwrap_or_default()))?;
        }
    }
    println!(
        "full disk: {what}: {} system calls failed, {told} times told",
        some.len()
    );
    if told == 0 {
        return Err("no fault was ever told".into());
    }
    Ok(())
}
