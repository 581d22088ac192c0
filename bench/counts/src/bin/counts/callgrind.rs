//! What callgrind wrote, read with the one question in mind: whose instructions were these?
//!
//! The file is a list of functions. Below each: what it did itself, a line a place in the code, and
//! whom it called, with all that was done until they returned.

use handfast_counts::Result;
use std::collections::BTreeMap;

/// Instructions of one run.
#[derive(Debug, Default)]
pub(crate) struct Profile {
    /// All that were counted.
    pub(crate) total: u64,
    /// All but those of the crypto library, of what it calls, and of the program that drives.
    pub(crate) ours: u64,
    /// Whose *ours* were: by function; `memcpy < caller` for what the system's library does.
    pub(crate) by_function: BTreeMap<String, u64>,
}

/// Whom a function belongs to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Whose {
    /// Handfast's, its dependencies' in Rust, and the standard library's.
    Ours,
    /// The crypto library's C and assembly.
    Library,
    /// The program's that drives the scenario.
    Driver,
    /// libc's and the loader's.
    System,
}

impl Profile {
    /// Reads a file of callgrind's that was written with `--compress-strings=no --compress-pos=no`.
    ///
    /// # Errors
    /// When it is not such a file.
    pub(crate) fn parse(text: &str) -> Result<Self> {
        let mut profile = Self::default();
        let mut file = File::default();
        for line in text.lines() {
            if let Some(total) = line.strip_prefix("summary: ") {
                profile.total = total.trim().parse()?;
            } else if let Some((key, value)) = line.split_once('=') {
                file.name(key, value);
            } else if line.starts_with(|first: char| first.is_ascii_digit()) {
                let cost = line.split(' ').nth(1).ok_or("a line without a cost")?;
                profile.add(&mut file, cost.parse()?);
            }
        }
        if profile.total == 0 {
            return Err("nothing was counted: is the function `scenario::counted` there?".into());
        }
        let ours = profile.total.checked_sub(file.others);
        profile.ours = ours.ok_or("more was called than was counted")?;
        Ok(profile)
    }

    /// Takes a line with a cost.
    fn add(&mut self, file: &mut File, cost: u64) {
        let caller = file.caller.whose();
        if file.is_call {
            let callee = file.callee.whose();
            if caller != Whose::Library && callee == Whose::Library {
                file.others += cost;
            }
            if caller == Whose::Ours && callee == Whose::System {
                let name = format!("{} < {}", file.callee.function, file.caller.function);
                *self.by_function.entry(name).or_default() += cost;
            }
            // A callee's object and file stand only where they are not the caller's.
            file.is_call = false;
            file.callee = file.caller.clone();
        } else if caller == Whose::Driver {
            file.others += cost;
        } else if caller == Whose::Ours {
            *self
                .by_function
                .entry(file.caller.function.clone())
                .or_default() += cost;
        }
    }
}

/// Where in the file we are.
#[derive(Debug, Default)]
struct File {
    caller: Function,
    callee: Function,
    /// Whether the next cost is that of a call.
    is_call: bool,
    /// What was not ours so far.
    others: u64,
}

#[derive(Clone, Debug, Default)]
struct Function {
    object: String,
    source: String,
    function: String,
}

impl File {
    fn name(&mut self, key: &str, value: &str) {
        let value = value.to_owned();
        match key {
            "ob" => {
                self.caller.object.clone_from(&value);
                self.callee.object = value;
            }
            "fl" => self.caller.source = value,
            "fn" => {
                self.caller.function = value;
                self.callee = self.caller.clone();
            }
            "cob" => self.callee.object = value,
            "cfi" | "cfl" => self.callee.source = value,
            "cfn" => self.callee.function = value,
            "calls" => self.is_call = true,
            // `fi` and `fe` name files of inlined functions, which belong to the caller.
            _ => {}
        }
    }
}

impl Function {
    fn whose(&self) -> Whose {
        let name = self.function.as_str();
        // In C a name has no path. A bare address is a jump to the system's library, and what is
        // in brackets stands for the process.
        let is_c = !name.contains("::") && name != "main";
        let is_no_name = name.starts_with("0x") || name.starts_with('(');
        if !self.object.ends_with("/scenario") || is_no_name {
            Whose::System
        } else if name.starts_with("scenario::") || name.contains("handfast_counts::") {
            Whose::Driver
        } else if is_c || self.source.contains("/aws-lc/") {
            Whose::Library
        } else {
            Whose::Ours
        }
    }
}

#[cfg(test)]
mod tests {
    use super::Profile;

    /// Ours does 100 itself, lets the library do 1000, of which 300 in libc, and libc 40.
    const WRITTEN: &str = "\
events: Ir
summary: 1147

ob=/target/release/scenario
fl=/src/bench/counts/src/bin/scenario.rs
fn=scenario::counted
10 7
cfi=/src/crates/handfast/src/lib.rs
cfn=handfast::connection::receive
calls=1 1
11 1140

fl=/src/crates/handfast/src/lib.rs
fn=handfast::connection::receive
1 60
fi=/rustc/library/core/src/slice.rs
5 40
fe=/src/crates/handfast/src/lib.rs
cfi=/aws-lc/crypto/sha.c
cfn=aws_lc_0_47_0_SHA256
calls=2 0
6 1000
cob=/lib/libc.so.6
cfi=memmove.S
cfn=__memcpy_avx
calls=1 0
7 40

fl=/aws-lc/crypto/sha.c
fn=aws_lc_0_47_0_SHA256
8 600
cfn=sha256_block
calls=2 0
9 100
cob=/lib/libc.so.6
cfi=malloc.c
cfn=malloc
calls=1 0
9 300

fn=sha256_block
1 100

ob=/lib/libc.so.6
fl=malloc.c
fn=malloc
1 300

fl=memmove.S
fn=__memcpy_avx
1 40
";

    #[test]
    fn what_the_library_calls_is_the_librarys() {
        let profile = Profile::parse(WRITTEN).unwrap();
        assert_eq!((profile.total, profile.ours), (1147, 140));
        let functions: Vec<_> = profile.by_function.into_iter().collect();
        let expected = [
            (
                "__memcpy_avx < handfast::connection::receive".to_owned(),
                40,
            ),
            ("handfast::connection::receive".to_owned(), 100),
        ];
        assert_eq!(functions, expected);
    }

    #[test]
    fn a_run_that_counted_nothing_is_an_error() {
        assert!(Profile::parse("events: Ir\nsummary: 0\n").is_err());
        assert!(Profile::parse("").is_err());
    }
}
