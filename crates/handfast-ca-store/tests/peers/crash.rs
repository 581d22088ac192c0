//! SIGKILL at system calls: before each one of an operation in turn, with
//! `HANDFAST_CRASHES=all`, and before a spread of them without.

use crate::checker::{Before, files};
use crate::work::{ALL, WRONG, traced};
use handfast_ca_store::directory::CaDirectory;
use handfast_testkit::peer::strace::{LEAVING, spread};
use handfast_testkit::peer::{Program, trial};
use libtest_mimic::{Failed, Trial};
use std::fs;
use std::os::unix::fs::PermissionsExt;

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
    let control = "crash::control_a_key_that_others_may_read_is_noticed";
    trials.push(trial(control, [], |[]| {
        let before = Before::new("issue")?;
        let (_folder, ca) = before.copy()?;
        let opened = CaDirectory::open(&ca)?;
        files(&opened)?;
        fs::set_permissions(ca.join("root.key"), fs::Permissions::from_mode(0o640))?;
        let noticed = files(&opened).is_err();
        noticed.then_some(()).ok_or_else(|| "nobody noticed".into())
    }));
    trials
}

/// How often it was killed, and what was found broken.
fn kill(strace: &Program, what: &'static str) -> Result<(usize, Vec<String>), Failed> {
    let before = Before::new(what)?;
    let (folder, ca) = before.copy()?;
    let all = traced(strace, what, &ca)?.calls(LEAVING, folder.path())?;
    let some = spread(&all, 8);
    let mut broken = Vec::new();
    for call in &some {
        let (_folder, ca) = before.copy()?;
        let injection = format!("{}:signal=KILL:when={}", call.name, call.place);
        let outcome = traced(strace, what, &ca)?.inject(&injection)?;
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
