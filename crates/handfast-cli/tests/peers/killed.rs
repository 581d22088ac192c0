//! `handfast ca` killed, and on a disk that is full or fails: before each system call in turn with
//! `HANDFAST_CRASHES=all`, at a spread of them without.
//!
//! Whatever happens, the authority's folder holds together, what was written for others is
//! recorded, no file is half there, and the same command works the next time.

use crate::lab;
use handfast::stream::now;
use handfast_ca::key;
use handfast_ca::profile::{AlternativeName, KeyKind, Profile, Validity};
use handfast_ca_store::directory::CaDirectory;
use handfast_ca_store::error::StoreError;
use handfast_ca_store::find::{Filter, Selector};
use handfast_ca_store::plan::Plan;
use handfast_ca_store::row::{Level, Row};
use handfast_pki::certificate::Certificate;
use handfast_pki::crl::Crl;
use handfast_pki::load;
use handfast_testkit::peer::strace::{LEAVING, Traced, spread};
use handfast_testkit::peer::{Folder, Outcome, Program, trial};
use libtest_mimic::{Failed, Trial};
use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

pub(crate) fn trials() -> Vec<Trial> {
    let mut trials = Vec::new();
    for verb in ALL {
        let claim = format!("killed::ca_{verb}_loses_nothing");
        trials.push(trial(&claim, ["strace"], move |[strace]| {
            kill(&strace, verb)
        }));
        let claim = format!("killed::ca_{verb}_says_when_the_disk_is_full_or_fails");
        trials.push(trial(&claim, ["strace"], move |[strace]| {
            fail(&strace, verb)
        }));
    }
    trials.push(Trial::test(
        "killed::control_a_certificate_that_is_not_recorded_and_a_half_file_are_noticed",
        control,
    ));
    trials
}

const ALL: [&str; 4] = ["init", "issue", "revoke", "crl"];

/// A folder with an authority, and one for what it gives out.
struct World {
    verb: &'static str,
    folder: Folder,
}

impl World {
    fn new(verb: &'static str) -> Result<Self, Failed> {
        let folder = Folder::new()?;
        let world = Self { verb, folder };
        fs::create_dir(world.out())?;
        if verb != "init" {
            let mut ca = CaDirectory::create(&world.ca(), &Plan::new("Example"), now().unix_s())?;
            ca.issue(&server("before.test"), now().unix_s())?;
        }
        Ok(world)
    }

    fn copy(&self) -> Result<Self, Failed> {
        let folder = Folder::new()?;
        let copy = Self {
            verb: self.verb,
            folder,
        };
        for (from, to) in [(self.ca(), copy.ca()), (self.out(), copy.out())] {
            if !from.exists() {
                continue;
            }
            fs::create_dir(&to)?;
            for entry in fs::read_dir(from)? {
                let entry = entry?;
                fs::copy(entry.path(), to.join(entry.file_name()))?;
            }
        }
        Ok(copy)
    }

    fn ca(&self) -> PathBuf {
        self.folder.path().join("ca")
    }

    fn out(&self) -> PathBuf {
        self.folder.path().join("out")
    }

    /// The command, as a person would give it.
    fn command(&self) -> Vec<String> {
        let own = match self.verb {
            "issue" => vec!["new.test", "--force", "-o", "out/new.pem"],
            "renew" => vec!["before.test", "--force", "-o", "out/renewed.pem"],
            "revoke" => vec!["before.test", "--crl", "out/list.pem"],
            "crl" => vec!["-o", "out/list.pem"],
            _ => vec![],
        };
        let place = |word: &str| match word.strip_prefix("out/") {
            Some(name) => self.out().join(name).to_string_lossy().into_owned(),
            None => word.to_owned(),
        };
        let ca = self.ca().to_string_lossy().into_owned();
        let words = ["ca", self.verb, "--ca-dir", &ca].map(str::to_owned);
        words
            .into_iter()
            .chain(own.into_iter().map(place))
            .collect()
    }

    fn traced(&self, strace: &Program) -> Traced {
        Traced {
            strace: strace.clone(),
            program: lab::command(),
            arguments: self.command(),
        }
    }

    /// What must hold whatever happened.
    fn check(&self) -> Result<(), Failed> {
        let rows = match CaDirectory::open(&self.ca()) {
            Ok(ca) => self.check_kept(&ca)?,
            // Nothing was made, or a folder that nobody takes for an authority.
            Err(StoreError::NoAuthority { .. }) if self.verb == "init" => Vec::new(),
            Err(fault) => return Err(format!("it does not open: {fault}").into()),
        };
        let whole = rows.len();
        if self.verb == "init" && whole > 0 {
            // It was done; another time it would be too much.
            return self.next_issue(&rows);
        }
        let revoked = rows.iter().any(|row| row.revoked_at.is_some());
        if !(self.verb == "revoke" && revoked) {
            let again = lab::command().run(self.command(), b"", lab::SOON)?;
            if !again.success() {
                return Err(format!("the next time: {}", again.stderr).into());
            }
            for entry in fs::read_dir(self.out())? {
                let name = entry?.file_name();
                if name.to_string_lossy().ends_with(".reserved") {
                    return Err(format!("{} stays for ever", name.display()).into());
                }
            }
        }
        self.check_kept(&CaDirectory::open(&self.ca())?)?;
        self.next_issue(&rows)
    }

    /// The records hold together, and know what was written for others.
    fn check_kept(&self, ca: &CaDirectory) -> Result<Vec<Row>, Failed> {
        ca.check()?;
        let rows = ca.list(&Filter::default())?;
        if self.verb != "init" && !rows.iter().any(|row| row.title() == "before.test") {
            return Err("a certificate is lost".into());
        }
        for entry in fs::read_dir(self.out())? {
            let path = entry?.path();
            let name = path.file_name().unwrap_or_default().to_string_lossy();
            if name.ends_with(".reserved") {
                // The place of a file, which holds nothing and is taken over by the next command.
                if fs::metadata(&path)?.len() > 0 {
                    return Err(format!("{name} is not empty").into());
                }
            } else if !name.contains(".new-") {
                check_file(ca, &path).map_err(|why| {
                    let why = why.message().unwrap_or_default().to_owned();
                    Failed::from(format!("{name}: {why}"))
                })?;
            }
        }
        Ok(rows)
    }

    /// It goes on, with a serial that nobody has and the next number of a list.
    fn next_issue(&self, before: &[Row]) -> Result<(), Failed> {
        let mut ca = CaDirectory::open(&self.ca())?;
        let new = ca.issue(&server("next.test"), now().unix_s())?.row;
        let serials: BTreeSet<String> = before.iter().map(|row| row.serial.to_string()).collect();
        if serials.contains(&new.serial.to_string()) {
            return Err(format!("{new} was given twice").into());
        }
        let last = ca.crl_number(Level::Issuing)?;
        let next = number(&ca.next_crl(60, now().unix_s())?)?;
        if next != last + 1 {
            return Err(format!("list {next} follows {last}").into());
        }
        Ok(())
    }
}

/// A file for others is whole, and what it holds is recorded.
fn check_file(ca: &CaDirectory, path: &Path) -> Result<(), Failed> {
    let bytes = fs::read(path)?;
    let name = path.to_string_lossy();
    if name.ends_with(".key") {
        key::read(&bytes, None)?;
        return Ok(());
    }
    if name.ends_with("list.pem") {
        for list in load::crls(&bytes)? {
            let list = number(&list)?;
            let kept = [Level::Issuing, Level::Root].map(|level| ca.crl_number(level).ok());
            if !kept.into_iter().flatten().any(|kept| list <= kept) {
                return Err(format!("its list {list} is not recorded").into());
            }
        }
        return Ok(());
    }
    let chain = load::certificates(&bytes)?;
    let leaf = chain.first().ok_or("it holds no certificate")?;
    let digest = handfast_pki::fingerprint::sha256(leaf);
    let digest = <[u8; 32]>::try_from(digest).map_err(|_| "SHA-256 has 32 octets")?;
    if ca.find(&Selector::Fingerprint(digest))?.is_empty() {
        return Err("its certificate is not recorded".into());
    }
    // A certificate that lies there has its key.
    let key = key::read(&fs::read(path.with_extension("key"))?, None)?;
    let view = Certificate::parse(leaf)?;
    match view.spki() == key.public_spki() {
        true => Ok(()),
        false => Err("its key is another's".into()),
    }
}

fn number(list: &[u8]) -> Result<u64, Failed> {
    let list = Crl::parse(list)?;
    let octets = list.number().iter();
    Ok(octets.fold(0, |sum, octet| sum << 8 | u64::from(*octet)))
}

fn server(name: &str) -> Profile {
    let names = [AlternativeName::dns(name)];
    Profile::server(&names, Validity::days(now().unix_s(), 30), KeyKind::EcP256)
}

fn kill(strace: &Program, verb: &'static str) -> Result<(), Failed> {
    let before = World::new(verb)?;
    let first = before.copy()?;
    let all = first.traced(strace).calls(LEAVING, first.folder.path())?;
    let some = spread(&all, 8);
    let mut killed = 0;
    for call in &some {
        let world = before.copy()?;
        let injection = format!("{}:signal=KILL:when={}", call.name, call.place);
        let outcome = world.traced(strace).inject(&injection)?;
        let at = |why: &str| Failed::from(format!("{injection} ({}): {why}", call.line));
        // Threads take turns as they like: now and then a call is made by another one.
        killed += usize::from(outcome.code.is_none());
        world
            .check()
            .map_err(|why| at(why.message().unwrap_or_default()))?;
    }
    let (some, all) = (some.len(), all.len());
    println!("killed: ca {verb}: before {killed} of {all} system calls");
    match killed * 4 >= some * 3 {
        true => Ok(()),
        false => Err(format!("only {killed} of {some} were killed").into()),
    }
}

fn fail(strace: &Program, verb: &'static str) -> Result<(), Failed> {
    let before = World::new(verb)?;
    let first = before.copy()?;
    let names = format!("openat,{}", WRITING.join(","));
    let mut all = first.traced(strace).calls(&names, first.folder.path())?;
    all.retain(|call| WRITING.contains(&call.name.as_str()));
    // What is said to the person, and what threads say to each other, is no matter of disks.
    let is_talk = |line: &str| {
        ["write(1,", "write(2,"]
            .iter()
            .any(|start| line.starts_with(start))
            || line.contains("\"\\1\\0\\0\\0\\0\\0\\0\\0\", 8)")
    };
    all.retain(|call| !is_talk(&call.line));
    let some = spread(&all, 4);
    let mut told = 0;
    for call in &some {
        for error in ["ENOSPC", "EIO"] {
            let world = before.copy()?;
            let injection = format!("{}:error={error}:when={}", call.name, call.place);
            let outcome = world.traced(strace).inject(&injection)?;
            let at = |why: &str| Failed::from(format!("{injection} ({}): {why}", call.line));
            told += usize::from(is_told(&outcome).map_err(|why| at(&why))?);
            world
                .check()
                .map_err(|why| at(why.message().unwrap_or_default()))?;
        }
    }
    let count = some.len();
    println!("killed: ca {verb}: {count} system calls failed in two ways, {told} times told");
    match told {
        0 => Err("no fault was ever told".into()),
        _ => Ok(()),
    }
}

/// Whether it told the failure; SQLite can do without some calls.
fn is_told(outcome: &Outcome) -> Result<bool, String> {
    match outcome.code {
        Some(0) => Ok(false),
        Some(code) if code < 100 && outcome.stderr.contains("handfast: ") => Ok(true),
        code => Err(format!("exit {code:?}: {}", outcome.stderr)),
    }
}

/// The checks see what they are there for.
fn control() -> Result<(), Failed> {
    let world = World::new("issue")?;
    let mut ca = CaDirectory::open(&world.ca())?;
    let stranger = ca.authority()?.issue(&server("new.test"))?;
    let pem = stranger.chain_pem();
    fs::write(world.out().join("new.key"), stranger.key_pem()?)?;
    let cases = [
        (pem.as_str(), "not recorded"),
        (&pem[..pem.len() / 3], "new.pem"),
    ];
    for (content, why) in cases {
        fs::write(world.out().join("new.pem"), content)?;
        match world.check_kept(&ca) {
            Err(said) if said.message().is_some_and(|said| said.contains(why)) => {}
            other => return Err(format!("{why}: {:?}", other.is_ok()).into()),
        }
    }
    Ok(())
}

/// Those that bring bytes to the disk.
const WRITING: [&str; 5] = ["write", "pwrite64", "fsync", "fdatasync", "ftruncate"];
