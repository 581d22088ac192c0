//! `handfast lint TEXT`: what a cipher string, a list, a policy or a config file means, in one form;
//! how it differs from another, what is weak in it, and whether it keeps to a policy.

use crate::demo::wrap::wrap;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::talk::{Talk, print, print_document};
use clap::{Args, ValueEnum};
use handfast_policy::lint::{
    self, Difference, Finding, Language, Read, Unsaid, against, difference, is_met, lists,
    weaknesses,
};
use handfast_policy::{Policy, preset};
use serde_json::{Value, json};
use std::fmt::Write;
use std::io::Read as _;
use std::path::Path;

/// The flags of `lint`.
#[derive(Args, Clone, Debug)]
pub(crate) struct Options {
    /// A cipher string, a list of groups, suites of TLS 1.3 or signature algorithms as OpenSSL takes
    /// them, the name of a policy, a config file of nginx, Apache or HAProxy, - for standard input
    #[arg(value_name = "TEXT|POLICY|FILE|-", allow_hyphen_values = true)]
    text: String,
    /// What it is, where that cannot be told from what it says
    #[arg(long = "as", value_name = "LANGUAGE", value_enum)]
    language: Option<Spoken>,
    /// Say what is added, gone and in another order beside this one
    #[arg(long, value_name = "TEXT|POLICY|FILE", allow_hyphen_values = true)]
    against: Option<String>,
    /// Check it by this policy; exit code 1 says that it does not keep to it. May be repeated
    #[arg(long, value_name = "POLICY", value_parser = profile)]
    profile: Vec<&'static Policy>,
}

/// Languages by name.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Spoken {
    Policy,
    Ciphers,
    Ciphersuites,
    Groups,
    Sigalgs,
    Directives,
}

impl From<Spoken> for Language {
    fn from(spoken: Spoken) -> Self {
        match spoken {
            Spoken::Policy => Self::Policy,
            Spoken::Ciphers => Self::Ciphers,
            Spoken::Ciphersuites => Self::Ciphersuites,
            Spoken::Groups => Self::Groups,
            Spoken::Sigalgs => Self::Sigalgs,
            Spoken::Directives => Self::Directives,
        }
    }
}

/// What was found out.
struct Linted {
    read: Read,
    differences: Option<Vec<Difference>>,
    weak: Vec<Finding>,
    profiles: Vec<(&'static Policy, Vec<Finding>)>,
}

/// Runs the verb.
pub(crate) fn run(options: &Options, talk: &Talk) -> Exit {
    let linted = match linted(options) {
        Ok(linted) => linted,
        Err(failure) => return talk.end("lint", &options.text, Err(failure)),
    };
    let met = linted.profiles.iter().all(|(_, found)| is_met(found));
    let exit = if met { Exit::Done } else { Exit::Bad };
    if talk.json {
        let found = linted.weak.iter().map(|one| (None, one));
        let outside = linted
            .profiles
            .iter()
            .flat_map(|(policy, found)| found.iter().map(|one| (Some(*policy), one)));
        let findings: Vec<Value> = found.chain(outside).map(finding).collect();
        let body = vec![("result", linted.json()), ("findings", json!(findings))];
        print_document("lint", &options.text, body, exit);
    } else {
        print(&linted.text(options.against.as_deref()));
    }
    exit
}

fn linted(options: &Options) -> Result<Linted, Failure> {
    let language = options.language.map(Language::from);
    let read = one(&options.text, language)?;
    let other = options.against.as_deref().map(|text| one(text, None));
    let differences = other
        .transpose()?
        .map(|other| difference(&other.settings, &read.settings));
    let profiles = options.profile.iter();
    Ok(Linted {
        differences,
        weak: weaknesses(&read.settings),
        profiles: profiles
            .map(|policy| (*policy, against(&read.settings, policy)))
            .collect(),
        read,
    })
}

/// Reads a text, or the file of that name.
fn one(text: &str, language: Option<Language>) -> Result<Read, Failure> {
    let (name, held) = match text {
        "-" => (
            "standard input",
            Some(slurp("standard input", std::io::stdin().lock())?),
        ),
        path if is_file(path) || language.is_none() && is_meant_as_file(path) => {
            (path, Some(file(Path::new(path))?))
        }
        text => (text, None),
    };
    let held = held.as_deref().unwrap_or(text);
    let read = match language {
        Some(language) => lint::read_as(held, language),
        None => lint::read(held),
    };
    read.map_err(|why| {
        let name: String = name.chars().take(LONGEST_SHOWN).collect();
        Failure::usage(format!("{}: {why}", name.escape_debug())).hint(
            "give a cipher string, a list, the name of a policy (handfast list policies) or a file; \
             --as says which",
        )
    })
}

/// A file's text.
fn file(path: &Path) -> Result<String, Failure> {
    let fail = |why: std::io::Error| Failure::file(Exit::Usage, "read", path, &why);
    let file = std::fs::File::open(path).map_err(fail)?;
    slurp(&path.display().to_string(), file)
}

fn is_file(path: &str) -> bool {
    path.len() < LONGEST_PATH && Path::new(path).exists()
}

/// No string and no policy begins as paths do, or ends as files do.
fn is_meant_as_file(text: &str) -> bool {
    let is_one_word = !text.contains(char::is_whitespace);
    let begins = ["/", "./", "../", "~"];
    let ends = [
        ".conf", ".cfg", ".cnf", ".txt", ".toml", ".ini", ".pem", ".der",
    ];
    let is_path = begins.iter().any(|begin| text.starts_with(begin));
    is_one_word && (is_path || ends.iter().any(|end| text.ends_with(end)))
}

/// What there is, up to a byte more than is read.
fn slurp(name: &str, from: impl std::io::Read) -> Result<String, Failure> {
    let mut bytes = Vec::new();
    let read = from.take(MOST).read_to_end(&mut bytes);
    read.map_err(|why| Failure::file(Exit::Usage, "read", Path::new(name), &why))?;
    String::from_utf8(bytes).map_err(|_| {
        Failure::usage(format!("{name} is no text")).hint(
            "give a file of settings as people write them: directives of nginx, Apache or HAProxy, a \
             cipher string, the name of a policy",
        )
    })
}

fn profile(name: &str) -> Result<&'static Policy, String> {
    preset::find(name).map_err(|none| none.to_string())
}

impl Linted {
    fn text(&self, other: Option<&str>) -> String {
        let Read {
            language, policy, ..
        } = &self.read;
        let mut out = match policy {
            Some(policy) => format!("{policy}: {}\n  {}\n", policy.title(), policy.source()),
            None => format!("{language}\n"),
        };
        for (list, names) in lists(&self.read.settings) {
            let Some(names) = names else { continue };
            let names = if names.is_empty() {
                "none".to_owned()
            } else {
                names.join(", ")
            };
            line(&mut out, list, &names);
        }
        if let (Some(differences), Some(other)) = (&self.differences, other) {
            let other: String = other.chars().take(LONGEST_SHOWN).collect();
            let _ = writeln!(out, "\nbeside {}", other.escape_debug());
            if differences.is_empty() {
                out += "  no difference\n";
            }
            for one in differences {
                told(&mut out, one);
            }
        }
        if !self.weak.is_empty() {
            out += "\nfound\n";
        }
        for one in &self.weak {
            found(&mut out, one);
        }
        for (policy, outside) in &self.profiles {
            let verdict = if is_met(outside) {
                "kept to"
            } else {
                "NOT kept to"
            };
            let _ = writeln!(out, "\n{policy}: {verdict}");
            for one in outside {
                found(&mut out, one);
            }
        }
        out
    }

    fn json(&self) -> Value {
        let normal: serde_json::Map<String, Value> = lists(&self.read.settings)
            .into_iter()
            .map(|(list, names)| (key(list), json!(names)))
            .collect();
        let dropped = self.read.settings.dropped.iter().map(|one| {
            json!({ "what": one.item.to_string(), "reason": one.reason.id(), "why": one.reason.to_string() })
        });
        let differences = self.differences.as_ref().map(|all| {
            let all = all.iter().map(|one| {
                json!({
                    "list": key(one.list),
                    "added": one.added,
                    "gone": one.gone,
                    "reordered": one.reordered,
                    "unsaid": one.unsaid.map(|which| match which {
                        Unsaid::First => "other",
                        Unsaid::Second => "this",
                    }),
                })
            });
            all.collect::<Vec<_>>()
        });
        let profiles = self
            .profiles
            .iter()
            .map(|(policy, found)| json!({ "policy": policy.name(), "met": is_met(found) }));
        json!({
            "language": self.read.language.name(),
            "policy": self.read.policy.map(Policy::name),
            "normal": normal,
            "dropped": dropped.collect::<Vec<_>>(),
            "differences": differences,
            "profiles": profiles.collect::<Vec<_>>(),
        })
    }
}

fn finding((policy, one): (Option<&'static Policy>, &Finding)) -> Value {
    json!({
        "id": one.id,
        "severity": one.severity.to_string(),
        "title": one.title,
        "evidence": one.evidence,
        "section": one.section,
        "fix": one.fix,
        "policy": policy.map(Policy::name),
    })
}

/// `suites of TLS 1.3` as programs spell it.
fn key(list: &str) -> String {
    list.replace(" of TLS 1.3", "_tls13").replace(' ', "_")
}

fn line(out: &mut String, label: &str, text: &str) {
    let lines = wrap(text, 70).join("\n                     ");
    // Writing to a String cannot fail.
    let _ = writeln!(out, "  {label:<17}  {lines}");
}

fn told(out: &mut String, one: &Difference) {
    let Difference {
        list,
        added,
        gone,
        reordered,
        unsaid,
    } = one;
    let said = match unsaid {
        Some(Unsaid::First) => "  (the other says nothing of it)",
        Some(Unsaid::Second) => "  (nothing is said of it here)",
        None => "",
    };
    let _ = writeln!(out, "  {list}{said}");
    if unsaid.is_some() {
        return;
    }
    for (mark, names) in [("+", added), ("-", gone)] {
        for name in names {
            let _ = writeln!(out, "    {mark} {name}");
        }
    }
    if !reordered.is_empty() {
        let _ = writeln!(out, "    now in this order: {}", reordered.join(", "));
    }
}

fn found(out: &mut String, one: &Finding) {
    let Finding {
        id,
        severity,
        title,
        evidence,
        section,
        fix,
    } = one;
    let _ = writeln!(out, "  {severity:<6}  {title}  [{id}]");
    for text in [evidence.join(", "), format!("{section}: {fix}")] {
        for line in wrap(&text, 80) {
            let _ = writeln!(out, "          {line}");
        }
    }
}

/// Bytes of a file, at most: one more than the linter takes, so that it says so.
const MOST: u64 = 256 * 1024 + 1;
/// No path is longer, and a string may be.
const LONGEST_PATH: usize = 4096;
/// Characters of a text that are repeated to the user.
const LONGEST_SHOWN: usize = 80;
