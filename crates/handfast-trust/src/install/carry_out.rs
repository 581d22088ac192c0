//! A plan done, and what came of it.

use crate::install::commands::Commands;
use crate::install::fault::InstallFault;
use crate::install::handed::Handed;
use crate::install::lock::Lock;
use crate::install::place::{Place, Plan};
use crate::install::root::Root;
use crate::install::step::{Act, Action, State, Step};
use std::fs::{self, OpenOptions};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

/// Does the steps of a plan, then reads the store again: what it says then is the answer. Where a
/// step of [`Action::Trust`] fails, or the store does not hold the root then, what was put there is
/// taken back.
///
/// Programs are given a copy of the root, not the file that it was read from: that may have
/// changed.
///
/// # Errors
/// [`InstallFault`]: a step failed, or the store says otherwise than was wanted
/// ([`InstallFault::NotThere`], [`InstallFault::StillThere`]).
pub fn carry_out(
    place: &Place,
    action: Action,
    root: &Root,
    plan: &Plan,
    commands: &dyn Commands,
) -> Result<State, InstallFault> {
    let _lock = match place {
        Place::System(system) => system
            .folder()
            .map(|folder| Lock::take(&folder))
            .transpose()?,
        Place::Nss(_) | Place::Java(_) => None,
    };
    let handed = Handed::for_steps(&plan.steps, root)?;
    let mut steps = plan.steps.iter();
    let done = steps.try_for_each(|step| perform(step, handed.as_ref(), commands));
    let after = done.and_then(|()| place.state(root, commands));
    let outcome = after.and_then(|after| match action {
        Action::Trust if !after.is_trusted => Err(InstallFault::NotThere {
            place: place.name(),
        }),
        Action::Untrust if after.is_there() => Err(InstallFault::StillThere {
            found_in: after.found_in,
        }),
        _ => Ok(after),
    });
    if outcome.is_err() && action == Action::Trust && !plan.before.is_ours {
        take_back(place, root, plan, commands);
    }
    outcome
}

fn perform(
    step: &Step,
    handed: Option<&Handed>,
    commands: &dyn Commands,
) -> Result<(), InstallFault> {
    let failed = |doing, path: &Path| {
        let path = path.to_owned();
        move |error| InstallFault::File { doing, path, error }
    };
    match &step.act {
        Act::Write { path, content, .. } => {
            write(path, content.as_bytes()).map_err(failed("write", path))
        }
        Act::Remove { path } => match fs::remove_file(path) {
            // Somebody else was faster: it is gone.
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
            done => done.map_err(failed("remove", path)),
        },
        Act::Run(command) => {
            let command = handed.map_or_else(|| command.clone(), |handed| handed.to(command));
            command.run(commands).map(drop)
        }
    }
}

/// Leaves nothing behind: neither a file that the next run of the system's own program would put
/// into its store, nor an entry that a program made before it failed. The first fault is the one to
/// tell.
fn take_back(place: &Place, root: &Root, plan: &Plan, commands: &dyn Commands) {
    let written = plan.steps.iter().any(|step| match &step.act {
        Act::Write { path, .. } => fs::remove_file(path).is_ok(),
        _ => false,
    });
    let Ok(mut now) = place.state(root, commands) else {
        return;
    };
    if written || now.is_foreign || (now.is_ours && !plan.before.is_there()) {
        // By its name, whatever a program has put there under it.
        now.is_ours |= now.is_foreign;
        for step in place.steps(Action::Untrust, root, &now) {
            let _ = perform(&step, None, commands);
        }
    }
}

/// Writes beside the file, then puts it in its place, readable by everybody.
fn write(path: &Path, content: &[u8]) -> io::Result<()> {
    let beside = beside(path);
    let written = create(&beside, content).and_then(|()| fs::rename(&beside, path));
    if written.is_err() {
        let _ = fs::remove_file(&beside);
    }
    written
}

fn create(path: &Path, content: &[u8]) -> io::Result<()> {
    let mut file = OpenOptions::new().write(true).create_new(true).open(path)?;
    file.write_all(content)?;
    // Whatever the mask says: other users' programs are to read it.
    #[cfg(unix)]
    file.set_permissions(std::os::unix::fs::PermissionsExt::from_mode(0o644))?;
    file.sync_all()
}

/// A name that no system takes for a certificate's file.
fn beside(path: &Path) -> PathBuf {
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    let process = std::process::id();
    path.with_file_name(format!(".{name}.new-{process}"))
}
