//! SIGKILL at system calls: before each one of an operation in turn, with
//! `HANDFAST_STORE_CRASHES=all`, and before a spread of them without.

use crate::checker::Before;
use crate::strace::{Call, calls, inject};
use crate::work::{ALL, WRONG};
use handfast_testkit::peer::{Program, trial};
use libtest_mimic::{Failed, Trial};

/// Those by which a process leaves something behind.
const NAMES: &str = "openat,write,pwrite64,fsync,fdatasync,rename,renameat,renameat2,unlink,\
    unlinkat,link,linkat,ftruncate,close,mkdir,mkdirat,chmod,fchmod,fchmodat,lseek,fcntl";

pub(super) fn trials() -> Vec<Trial> {
    let mut trials: Vec<Trial> = ALL
        .into_iter()
        .map(|what| {
            let claim = format!("crash::a_killed_{what}_loses_nothing");
            trial(&claim, ["strace"], move |[strace]| {
                let (kills, broken) = kill(&strace, what)?;
                println!("crash: {what}: killed before {kills} system calls");
                match broken.first() {
                    None => Ok(()),
                    Some(first) => Err(format!("{} of {kills}: {first}", broken.len()).into()),
                }
            })
        })
        .collect();
    let control = "crash::control_a_certificate_given_out_before_it_is_recorded_is_noticed";
    trials.push(trial(control, ["strace"], |[strace]| {
        let (kills, broken) = kill(&strace, WRONG)?;
        println!("crash: control: {} of {kills} kills noticed", broken.len());
        let noticed = broken.iter().any(|why| why.contains("is not recorded"));
        noticed.then_some(()).ok_or_else(|| "nobody noticed".into())
    }));
    trials
}

/// How often it was killed, and what was found broken.
fn kill(strace: &Program, what: &'static str) -> Result<(usize, Vec<String>), Failed> {
    let before = Before::new(what)?;
    let (_folder, ca) = before.copy()?;
    let all = calls(strace, NAMES, what, &ca)?;
    let some = spread(&all, 8);
    let mut broken = Vec::new();
    for call in &some {
        let (_folder, ca) = before.copy()?;
        let injection = format!("{}:signal=KILL:when={}", call.name, call.place);
        let outcome = inject(strace, &injection, what, &ca)?;
        if outcome.code.is_some() {
            return Err(format!("{injection} did not kill {what}: {}", call.line).into());
        }
        if let Err(why) = before.check(&ca, &outcome.text()) {
            let why = why.message().unwrap_or_default().to_owned();
            broken.push(format!("killed before {}: {why}", call.line));
        }
    }
    Ok((some.len(), broken))
}

/// All of them if that is asked for, else so many from the first to the last.
pub(super) fn spread(all: &[Call], some: usize) -> Vec<Call> {
    if std::env::var_os("HANDFAST_STORE_CRASHES").is_some_and(|which| which == "all") {
        return all.to_vec();
    }
    let step = all.len().div_ceil(some).max(1);
    all.iter().rev().step_by(step).cloned().collect()
}
