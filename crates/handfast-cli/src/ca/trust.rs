//! `handfast ca trust` and `handfast ca untrust`: the root in the stores that programs read.
//!
//! Nothing is changed but what is asked for by name. What was done is read back from the store.

mod stores;
mod told;

use crate::ca::kept::nothing;
use crate::ca::place::Place;
use crate::ca::trust::stores::Stores;
use crate::ca::trust::told::{Told, header, root_json};
use crate::cert::moment::words as moment;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::talk::{Talk, explain, print};
use clap::Args;
use handfast::stream::now;
use handfast_trust::install::{self, Action, InstallFault, Machine, Root, RootFault};
use serde_json::{Value, json};
use std::path::PathBuf;

/// The flags of `ca trust`.
#[derive(Args, Clone, Debug)]
pub(crate) struct Options {
    #[command(flatten)]
    place: Place,
    /// Trust the root in FILE instead of the one in --ca-dir
    #[arg(long, value_name = "FILE")]
    cert: Option<PathBuf>,
    /// Change nothing: show each file that would be written and each command that would run
    #[arg(long)]
    dry_run: bool,
    /// Change nothing: say whether the root is trusted there (exit code 1 where it is not)
    #[arg(long, conflicts_with = "dry_run")]
    check: bool,
    /// Trust a root that may vouch for any host of the internet: whoever has its key can read all
    /// that this machine sends
    #[arg(long)]
    for_any_name: bool,
    #[command(flatten)]
    stores: Stores,
}

/// The flags of `ca untrust`.
#[derive(Args, Clone, Debug)]
pub(crate) struct Away {
    #[command(flatten)]
    place: Place,
    /// Take the root in FILE away instead of the one in --ca-dir
    #[arg(long, value_name = "FILE")]
    cert: Option<PathBuf>,
    /// Take the root of this SHA-256 fingerprint away, whose file may be gone
    #[arg(long, value_name = "HEX", conflicts_with = "cert")]
    fingerprint: Option<String>,
    /// Change nothing: show each file that would be removed and each command that would run
    #[arg(long)]
    dry_run: bool,
    #[command(flatten)]
    stores: Stores,
}

/// Whether steps are taken.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Mode {
    Change,
    Show,
    Check,
}

/// Runs `ca trust`.
pub(crate) fn run(options: &Options, talk: &Talk) -> Exit {
    let mode = match (options.check, options.dry_run) {
        (true, _) => Mode::Check,
        (false, true) => Mode::Show,
        (false, false) => Mode::Change,
    };
    let target = target(options.cert.as_ref(), &options.place);
    let root = root(options.cert.as_ref(), &options.place).and_then(|root| {
        if mode != Mode::Check {
            fit(&root, options.for_any_name)?;
        }
        Ok(root)
    });
    let places = root.and_then(|root| Ok((root, options.stores.places(talk)?)));
    match places {
        Ok((root, places)) => all(
            ("ca.trust", &target),
            (Action::Trust, mode),
            &root,
            &places,
            talk,
        ),
        Err(failure) => talk.end("ca.trust", &target, Err(failure)),
    }
}

/// Runs `ca untrust`.
pub(crate) fn run_away(options: &Away, talk: &Talk) -> Exit {
    let mode = if options.dry_run {
        Mode::Show
    } else {
        Mode::Change
    };
    let target = match &options.fingerprint {
        Some(fingerprint) => fingerprint.clone(),
        None => target(options.cert.as_ref(), &options.place),
    };
    match away(options, &target, mode, talk) {
        Ok(exit) => exit,
        Err(failure) => talk.end("ca.untrust", &target, Err(failure)),
    }
}

fn away(options: &Away, target: &str, mode: Mode, talk: &Talk) -> Result<Exit, Failure> {
    let name = ("ca.untrust", target);
    let Some(text) = &options.fingerprint else {
        let root =
            root(options.cert.as_ref(), &options.place).map_err(|failure| match failure.kind {
                "no_authority" => failure.hint(LOST),
                _ => failure,
            })?;
        let places = options.stores.places(talk)?;
        return Ok(all(name, (Action::Untrust, mode), &root, &places, talk));
    };
    let fingerprint = fingerprint(text)?;
    let places = options.stores.places(talk)?;
    let found = places
        .iter()
        .find_map(|place| place.find(&fingerprint, &Machine));
    let Some(root) = found else {
        let names: Vec<_> = places.iter().map(install::Place::name).collect();
        let names = names.join(", ");
        if !talk.json {
            print(&format!("{names}: no root of that fingerprint there\n"));
        }
        let result = json!({ "root": null, "dry_run": mode == Mode::Show, "stores": [] });
        return Ok(talk.end(name.0, name.1, Ok(result)));
    };
    Ok(all(name, (Action::Untrust, mode), &root, &places, talk))
}

/// Every place in turn; the first that is not as it was wanted decides.
fn all(
    (schema, target): (&'static str, &str),
    (action, mode): (Action, Mode),
    root: &Root,
    places: &[install::Place],
    talk: &Talk,
) -> Exit {
    if !talk.json {
        print(&header(root));
    }
    let mut stores = Vec::new();
    let mut first: Option<Failure> = None;
    for place in places {
        let (told, failure) = one(place, (action, mode), root);
        if !talk.json {
            print(&told.text(mode == Mode::Show));
        }
        stores.push(told.to_json());
        match (failure, &first) {
            (Some(failure), None) => first = Some(failure),
            // The document has one error; a person sees all.
            (Some(failure), Some(_)) if !talk.json => explain(&failure),
            _ => {}
        }
    }
    if mode == Mode::Show {
        talk.tell("nothing was changed (--dry-run)");
    }
    let result: Value = json!({
        "root": root_json(root),
        "dry_run": mode == Mode::Show,
        "stores": stores,
    });
    talk.end_partly(schema, target, Some(result), first)
}

/// One place: what is told of it, and why it is not as it was wanted.
fn one(
    place: &install::Place,
    (action, mode): (Action, Mode),
    root: &Root,
) -> (Told, Option<Failure>) {
    let mut told = Told::new(place, action);
    let plan = match place.plan(action, root, &Machine) {
        Ok(plan) => plan,
        Err(fault) => return (told, Some(failed(place, &fault))),
    };
    told.plan = Some(plan.clone());
    if mode == Mode::Check || action == Action::Untrust {
        told.others = place.others(root, &Machine);
    }
    match mode {
        Mode::Check => {
            // What would have to be done is not asked.
            told.plan = Some(install::Plan {
                steps: Vec::new(),
                ..plan.clone()
            });
            let bad = (!plan.before.is_trusted).then(|| {
                let message = format!("{} does not trust it", place.name());
                Failure::new(Exit::Bad, "not_trusted", "check", message)
                    .hint("handfast ca trust puts it there; with --dry-run it shows how")
            });
            return (told, bad);
        }
        Mode::Show => return (told, None),
        Mode::Change => {}
    }
    let is_done = match action {
        Action::Trust => plan.before.is_trusted,
        Action::Untrust => !plan.before.is_there(),
    };
    if is_done {
        return (told, None);
    }
    let unwritable = place.unwritable();
    if let (false, Some(path)) = (plan.steps.is_empty(), unwritable.first()) {
        told.needs_rights = true;
        let message = format!(
            "{}: {} may be written by others alone: nothing was changed",
            place.name(),
            path.display()
        );
        let failure = Failure::new(Exit::Usage, "rights", "change", message)
            .hint("run the lines above, or this command with sudo");
        return (told, Some(failure));
    }
    match install::carry_out(place, action, root, &plan, &Machine) {
        Ok(after) => {
            told.after = Some(after);
            (told, None)
        }
        Err(fault) => (told, Some(failed(place, &fault))),
    }
}

fn target(cert: Option<&PathBuf>, place: &Place) -> String {
    cert.map_or_else(|| place.name(), |cert| cert.display().to_string())
}

/// The root that is meant.
fn root(cert: Option<&PathBuf>, place: &Place) -> Result<Root, Failure> {
    let file = match cert {
        Some(file) => file.clone(),
        None => place.file("root.pem"),
    };
    if cert.is_none() && !file.exists() {
        return Err(nothing(place));
    }
    Root::read(&file).map_err(|fault| {
        let message = match &fault {
            RootFault::Unread(fault) => fault.to_string(),
            fault => format!("{}: {fault}", file.display()),
        };
        Failure::new(Exit::Usage, "root", "start", message)
            .hint("an authority's folder holds it as root.pem: name the folder with --ca-dir")
    })
}

/// Whether it is one that a person would want to trust.
fn fit(root: &Root, for_any_name: bool) -> Result<(), Failure> {
    let at = i64::try_from(now().unix_s()).unwrap_or(i64::MAX);
    let (_, until) = root.validity();
    if until < at {
        let message = format!("{} ended on {}", root.subject(), moment(until));
        return Err(Failure::new(Exit::Usage, "expired", "start", message)
            .hint("nobody believes what it signed: make a new authority with handfast ca init"));
    }
    let reach = root.reach();
    if for_any_name || reach.is_limited() {
        return Ok(());
    }
    let message = format!(
        "{} may vouch for {}: whoever has its key could pass for any of them",
        root.subject(),
        match (reach.hosts.is_limited(), reach.addresses.is_limited()) {
            (false, _) => format!("hosts of any name{}", but(&reach.hosts)),
            (true, _) => format!("hosts of any address{}", but(&reach.addresses)),
        }
    );
    Err(
        Failure::new(Exit::Usage, "unlimited_root", "start", message).hint(
            "make an authority for your own names (handfast ca init), or, if its key is guarded as \
         that asks for, say --for-any-name",
        ),
    )
}

fn but(scope: &install::Scope) -> String {
    match scope {
        install::Scope::Any { but } if !but.is_empty() => format!(" but {}", but.join(", ")),
        _ => String::new(),
    }
}

/// A fingerprint as people write it, in small digits without colons.
fn fingerprint(text: &str) -> Result<String, Failure> {
    let digits: String = text
        .chars()
        .filter(|letter| !": ".contains(*letter))
        .collect();
    let is_one = digits.len() == 64 && digits.chars().all(|digit| digit.is_ascii_hexdigit());
    if is_one {
        return Ok(digits.to_ascii_lowercase());
    }
    Err(
        Failure::usage(format!("--fingerprint {text}: that is no SHA-256"))
            .hint("give its 64 hexadecimal digits, with or without colons, as cert inspect shows"),
    )
}

fn failed(place: &install::Place, fault: &InstallFault) -> Failure {
    let message = format!("{}: {fault}", place.name());
    let (exit, kind) = match fault {
        InstallFault::Command { .. } => (Exit::Bad, "command"),
        InstallFault::NotThere { .. } => (Exit::Bad, "not_trusted"),
        InstallFault::StillThere { .. } => (Exit::Bad, "still_trusted"),
        InstallFault::Foreign { .. } => (Exit::Bad, "other_certificate"),
        InstallFault::Busy { .. } => (Exit::Bad, "busy"),
        InstallFault::ProgramMissing { .. } => (Exit::Usage, "program_missing"),
        InstallFault::File { .. } => (Exit::Usage, "file"),
        _ => (Exit::Usage, "store"),
    };
    let failure = Failure::new(exit, kind, "change", message);
    match fault {
        InstallFault::ProgramMissing { package, .. } => {
            failure.hint(format!("install it: it comes with {package}"))
        }
        InstallFault::StillThere { .. } => failure.hint(
            "what bears another name than its fingerprint was put there by somebody else: take it \
             out by hand, then run this again",
        ),
        InstallFault::NotThere { .. } => failure.hint(
            "the system may keep it on a list of what it distrusts, or its program may read other \
             folders: --dry-run shows what is run",
        ),
        InstallFault::Command { .. } => failure
            .hint("run that line by hand and mend what it says; nothing else is left to undo"),
        InstallFault::Busy { .. } => failure.hint("wait until it is done, then run this again"),
        _ => failure,
    }
}

const LOST: &str = "name its folder with --ca-dir or its file with --cert; where both are gone, its \
     fingerprint stands in the name of its entry, handfast-FINGERPRINT: give it with --fingerprint";
