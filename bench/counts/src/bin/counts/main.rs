//! Counts the instructions of every scenario and compares them with `expected.toml`:
//! `counts [--only WORD] [--accept] [--profile]`.
//!
//! It fails when a count lies further from what is expected than the tolerance, above or below; a
//! better one is recorded by `--accept`. `--only` takes scenarios with that word in their name;
//! `--profile` tells in which functions our instructions were.

mod callgrind;
mod expected;

use crate::callgrind::Profile;
use crate::expected::{Counts, Expected, Verdict, change};
use handfast_counts::Result;
use handfast_counts::scenario::{SCENARIOS, Scenario, Work};
use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode, Stdio};
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};

#[derive(Default)]
struct Options {
    only: Option<String>,
    accept: bool,
    profile: bool,
}

fn main() -> ExitCode {
    match run() {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(error) => {
            eprintln!("counts: {error}");
            ExitCode::from(2)
        }
    }
}

/// True when all is as expected, or accepted.
fn run() -> Result<bool> {
    let options = options()?;
    valgrind_is_there()?;
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("expected.toml");
    let mut expected = match Expected::read(&path) {
        Err(_) if options.accept => Expected::default(),
        read => read?,
    };
    let wanted = |scenario: &&Scenario| {
        let word = options.only.as_deref().unwrap_or_default();
        scenario.name.contains(word)
    };
    let scenarios: Vec<Scenario> = SCENARIOS.iter().filter(wanted).copied().collect();
    if scenarios.is_empty() {
        return Err("no scenario has that word in its name".into());
    }
    let mut unexpected = 0;
    println!("{HEAD}");
    for (scenario, profile) in scenarios.iter().zip(count_all(&scenarios)?) {
        let now = counts(scenario, &profile);
        let verdict = expected.judge(scenario, now);
        line(scenario, expected.0.get(scenario.name), now, verdict);
        unexpected += usize::from(verdict != Verdict::Same);
        if options.profile {
            functions(scenario, &profile);
        }
        expected.0.insert(scenario.name.to_owned(), now);
    }
    if options.accept {
        expected
            .0
            .retain(|name, _| SCENARIOS.iter().any(|scenario| scenario.name == name));
        expected.write(&path)?;
        println!(
            "{} of {} changed; all accepted",
            unexpected,
            scenarios.len()
        );
        return Ok(true);
    }
    if unexpected > 0 {
        println!(
            "{unexpected} of {} not as in expected.toml; if that is as it should be: --accept",
            scenarios.len()
        );
    }
    Ok(unexpected == 0)
}

fn options() -> Result<Options> {
    let mut options = Options::default();
    let mut arguments = std::env::args().skip(1);
    while let Some(argument) = arguments.next() {
        match argument.as_str() {
            "--accept" => options.accept = true,
            "--profile" => options.profile = true,
            "--only" => options.only = Some(arguments.next().ok_or("--only wants a word")?),
            other => {
                return Err(format!("[--only WORD] [--accept] [--profile], not {other}").into());
            }
        }
    }
    Ok(options)
}

fn valgrind_is_there() -> Result<()> {
    let mut command = Command::new("valgrind");
    match command.arg("--version").stdout(Stdio::null()).status() {
        Ok(status) if status.success() => Ok(()),
        _ => Err(
            "valgrind is missing, and nothing was counted; Debian: apt-get install valgrind".into(),
        ),
    }
}

/// Runs all, as many at once as there are cores: other work does not change what is counted.
fn count_all(scenarios: &[Scenario]) -> Result<Vec<Profile>> {
    let next = AtomicUsize::new(0);
    let done = Mutex::new(Vec::new());
    let work = || {
        while let Some(scenario) = scenarios.get(next.fetch_add(1, Ordering::Relaxed)) {
            let at = scenarios
                .iter()
                .position(|other| other.name == scenario.name);
            let profile = count(scenario).map_err(|error| format!("{}: {error}", scenario.name));
            done.lock()
                .expect("no thread panics with it")
                .push((at, profile));
        }
    };
    let threads = std::thread::available_parallelism().map_or(1, usize::from);
    std::thread::scope(|scope| {
        for _ in 0..threads {
            scope.spawn(work);
        }
    });
    let mut done = done.into_inner()?;
    done.sort_by_key(|(at, _)| *at);
    let profiles = done.into_iter().map(|(_, profile)| Ok(profile?));
    profiles.collect()
}

fn count(scenario: &Scenario) -> Result<Profile> {
    let program = program()?;
    let out = program.with_file_name(format!("{}.callgrind", scenario.name));
    let done = Command::new("valgrind")
        .args(["--quiet", "--tool=callgrind", "--collect-atstart=no"])
        .args(["--compress-strings=no", "--compress-pos=no"])
        .arg("--toggle-collect=scenario::counted")
        .arg(format!("--callgrind-out-file={}", out.display()))
        .arg(&program)
        .args([scenario.name, &rounds(scenario).to_string()])
        .output()?;
    if !done.status.success() {
        return Err(String::from_utf8_lossy(&done.stderr).into_owned().into());
    }
    Profile::parse(&std::fs::read_to_string(&out)?)
}

/// The program `scenario`, which is built beside this one.
fn program() -> Result<PathBuf> {
    let program = std::env::current_exe()?.with_file_name("scenario");
    if program.exists() {
        Ok(program)
    } else {
        Err("the program `scenario` is not built: `cargo xtask counts` does that".into())
    }
}

/// Enough for nonces and lengths of signatures to level out.
fn rounds(scenario: &Scenario) -> u32 {
    match scenario.work {
        Work::Handshake(..) => 32,
        Work::Send(_) | Work::Receive(_) => 100,
    }
}

fn counts(scenario: &Scenario, profile: &Profile) -> Counts {
    let each = |instructions: u64| instructions as f64 / f64::from(rounds(scenario)) / 1000.0;
    Counts {
        total: each(profile.total),
        ours: each(profile.ours),
    }
}

fn line(scenario: &Scenario, was: Option<&Counts>, now: Counts, verdict: Verdict) {
    let percent = |of: &dyn Fn(&Counts) -> f64| {
        let change = was.map(|was| format!("{:+.2} %", change(of(was), of(&now))));
        change.unwrap_or_default()
    };
    let word = match verdict {
        Verdict::Same => "",
        Verdict::Worse => "WORSE",
        Verdict::Better => "BETTER: --accept it",
        Verdict::New => "NEW: --accept it",
    };
    let (total, ours) = (
        percent(&|counts| counts.total),
        percent(&|counts| counts.ours),
    );
    println!(
        "{:<26} {:>10.3} {total:>10} {:>10.3} {ours:>10}  {word}",
        scenario.name, now.total, now.ours
    );
}

/// The functions that our instructions were in, costliest first.
fn functions(scenario: &Scenario, profile: &Profile) {
    let mut functions: Vec<_> = profile.by_function.iter().collect();
    functions.sort_by_key(|(_, instructions)| std::cmp::Reverse(**instructions));
    for (name, instructions) in functions.into_iter().take(SHOWN) {
        let each = *instructions as f64 / f64::from(rounds(scenario));
        let share = 100.0 * *instructions as f64 / profile.ours as f64;
        println!("    {each:>10.0} {share:>5.1} %  {name}");
    }
}

const HEAD: &str = "\
thousand instructions each      total     change       ours     change";

/// Functions of a profile that are shown.
const SHOWN: usize = 40;
