//! Breaks the engine on purpose, one way at a time, in a copy of the tree, and fails unless each
//! way turns the test red that guards it. `cargo xtask break [WORD…]`: only those whose
//! description holds a word.

use crate::breakages::{BREAKAGES, Breakage};
use crate::{breakages_again, breakages_choice, breakages_later, breakages_raw_keys};
use crate::{breakages_records, breakages_returning, breakages_sessions, breakages_validation};
use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode, Output, Stdio};
use std::time::Instant;
use std::{env, fs, io, process};

/// The verb.
pub(crate) const NAME: &str = "break";

const ROOT: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/..");

/// Every way.
fn all() -> impl Iterator<Item = &'static Breakage> {
    let lists = [
        BREAKAGES,
        breakages_sessions::BREAKAGES,
        breakages_records::BREAKAGES,
        breakages_returning::BREAKAGES,
        breakages_validation::BREAKAGES,
        breakages_again::BREAKAGES,
        breakages_choice::BREAKAGES,
        breakages_raw_keys::BREAKAGES,
        breakages_later::BREAKAGES,
    ];
    lists.into_iter().flatten()
}

/// Runs the breakages and says which were caught.
pub(crate) fn run(words: &[String]) -> ExitCode {
    let is_wanted =
        |one: &&Breakage| words.is_empty() || words.iter().any(|w| one.what.contains(w));
    let wanted: Vec<&Breakage> = all().filter(is_wanted).collect();
    let copy = env::temp_dir().join(format!("handfast-break-{}", process::id()));
    let outcome = Tree::copy(&copy).and_then(|tree| tree.try_all(&wanted));
    // What could not be removed is in the temporary folder, and harmless.
    let _ = fs::remove_dir_all(&copy);
    match outcome {
        Ok(missed) => {
            println!("{} passed, {missed} failed", wanted.len() - missed);
            ExitCode::from(u8::from(missed > 0))
        }
        Err(error) => {
            eprintln!("xtask break: {error}");
            ExitCode::FAILURE
        }
    }
}

/// A copy of the workspace with a target folder of its own.
struct Tree {
    root: PathBuf,
}

impl Tree {
    fn copy(root: &Path) -> io::Result<Self> {
        let listed = Command::new("git")
            .args([
                "ls-files",
                "-z",
                "--cached",
                "--others",
                "--exclude-standard",
            ])
            .current_dir(ROOT)
            .output()?;
        for name in listed.stdout.split(|byte| *byte == 0) {
            let name = String::from_utf8_lossy(name).into_owned();
            let from = Path::new(ROOT).join(&name);
            if name.is_empty() || !from.is_file() {
                continue;
            }
            let to = root.join(&name);
            fs::create_dir_all(to.parent().unwrap_or(root))?;
            fs::copy(from, to)?;
        }
        // Dependencies that are built already are not built again.
        let built = Path::new(ROOT).join("target/debug");
        if built.is_dir() {
            let target = root.join("target");
            fs::create_dir_all(&target)?;
            Command::new("cp")
                .arg("-a")
                .arg(built)
                .arg(&target)
                .status()?;
        }
        Ok(Self {
            root: root.to_owned(),
        })
    }

    /// Gives how many breakages no test noticed.
    fn try_all(&self, wanted: &[&Breakage]) -> io::Result<usize> {
        let start = Instant::now();
        let mut tests: Vec<&str> = wanted.iter().map(|one| one.turns_red).collect();
        tests.sort_unstable();
        tests.dedup();
        let is_green = |test: &&str| self.is_red(test).is_ok_and(|red| red == Some(false));
        if !self.builds()? || !tests.iter().all(is_green) {
            return Err(io::Error::other(
                "a test is red or gone before anything is broken",
            ));
        }
        println!("== whole: {:.0} s, green", start.elapsed().as_secs_f64());
        let mut missed = 0;
        for one in wanted {
            let start = Instant::now();
            let verdict = self.try_one(one)?;
            let seconds = start.elapsed().as_secs_f64();
            println!("== {}: {seconds:.0} s, {}", one.what, verdict.words());
            missed += usize::from(verdict != Verdict::Caught);
        }
        Ok(missed)
    }

    fn try_one(&self, one: &Breakage) -> io::Result<Verdict> {
        let path = self.root.join(one.file);
        let whole = fs::read_to_string(&path)?;
        if whole.matches(one.text).count() != 1 {
            return Ok(Verdict::TextGone);
        }
        fs::write(&path, whole.replace(one.text, one.replacement))?;
        let verdict = if self.builds()? {
            match self.is_red(one.turns_red)? {
                Some(true) => Verdict::Caught,
                _ => Verdict::Unnoticed,
            }
        } else {
            Verdict::DoesNotBuild
        };
        fs::write(&path, whole)?;
        Ok(verdict)
    }

    fn builds(&self) -> io::Result<bool> {
        let output = self.test(&["--no-run"])?;
        if !output.status.success() {
            eprintln!("{}", String::from_utf8_lossy(&output.stderr));
        }
        Ok(output.status.success())
    }

    /// True when the test is red, false when it is green, nothing when it is gone.
    fn is_red(&self, test: &str) -> io::Result<Option<bool>> {
        let output = self.test(&["--", "--exact", test])?;
        let text = String::from_utf8_lossy(&output.stdout).into_owned();
        let ended = |word: &str| text.contains(&format!("test {test} ... {word}"));
        Ok(match (ended("ok"), ended("FAILED")) {
            (_, true) => Some(true),
            (true, false) => Some(false),
            (false, false) => None,
        })
    }

    fn test(&self, arguments: &[&str]) -> io::Result<Output> {
        let cargo = env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
        Command::new(cargo)
            .args(["test", "-p", "handfast-testkit", "--test", "all"])
            .args(arguments)
            .current_dir(&self.root)
            .env("CARGO_TARGET_DIR", self.root.join("target"))
            .stdin(Stdio::null())
            .output()
    }
}

/// What became of one breakage.
#[derive(PartialEq, Eq)]
enum Verdict {
    Caught,
    Unnoticed,
    DoesNotBuild,
    TextGone,
}

impl Verdict {
    fn words(&self) -> &'static str {
        match self {
            Self::Caught => "caught",
            Self::Unnoticed => "NOT NOTICED by the test named",
            Self::DoesNotBuild => "DOES NOT BUILD",
            Self::TextGone => "THE TEXT IS GONE or stands there more than once",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_text_of_each_breakage_stands_once_in_its_file() {
        let stands_once = |one: &&Breakage| {
            let whole = fs::read_to_string(Path::new(ROOT).join(one.file)).unwrap();
            whole.matches(one.text).count() == 1
        };
        let wrong: Vec<_> = all().filter(|one| !stands_once(one)).collect();
        let names: Vec<_> = wrong.iter().map(|one| one.what).collect();
        assert!(names.is_empty(), "{names:#?}");
    }
}
