//! `handfast explain WORD`: what a name, a number or an error message means, and what to do.

mod called;
mod ids;
mod meaning;
mod phrases;
mod words;

use crate::demo::wrap::wrap;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::talk::{Talk, print};
use clap::Args;
use handfast_policy::nearest;
use meaning::Meaning;
use serde_json::{Value, json};
use std::fmt::Write;

/// The flags of `explain`.
#[derive(Args, Clone, Debug)]
pub(crate) struct Options {
    /// What to explain: an alert's name or number, a cipher suite, group, signature scheme or extension
    /// by name or code point (0xc02f), the id of a refusal (tls.suite.not-common), or the error message
    /// of another program, such as "wrong version number"
    #[arg(value_name = "WORD", required = true, num_args = 1..)]
    words: Vec<String>,
}

/// Runs the verb.
pub(crate) fn run(options: &Options, talk: &Talk) -> Exit {
    let word = options.words.join(" ");
    talk.end("explain", &word, explained(&word, talk))
}

fn explained(word: &str, talk: &Talk) -> Result<Value, Failure> {
    let mut meanings = words::meanings(word);
    meanings.extend(ids::meanings(word));
    meanings.extend(phrases::meanings(word));
    if meanings.is_empty() {
        let hint = "name an alert, a suite, a group, a signature scheme, an extension, an id of a \
                    refusal, or part of an error message; `handfast list` has the names";
        let failure = Failure::usage(format!("nothing here is called {word}"));
        return Err(failure.hint(match near(word) {
            Some(near) => format!("{near} may be meant; or {hint}"),
            None => hint.to_owned(),
        }));
    }
    if !talk.json {
        print(&text(&meanings));
    }
    let meanings: Vec<Value> = meanings.iter().map(Meaning::json).collect();
    Ok(json!({ "meanings": meanings }))
}

/// Names that a word may be meant for: those that hold it, or else the one that differs least.
fn near(word: &str) -> Option<String> {
    let mut names = words::names();
    names.extend(ids::all().map(str::to_owned));
    let fold = |name: &str| name.to_lowercase().replace([' ', '-'], "_");
    let wanted = fold(word.trim());
    let holds = names.iter().filter(|name| fold(name).contains(&wanted));
    let mut found: Vec<String> = match wanted.len() {
        ..LEAST => Vec::new(),
        _ => holds.cloned().collect(),
    };
    if found.is_empty() {
        found.extend(nearest(word, names.iter().map(String::as_str)));
    }
    found.sort_by_key(String::len);
    found.dedup();
    found.truncate(MOST_NEAR);
    (!found.is_empty()).then(|| found.join(", "))
}

/// Letters of a word that is looked for within names.
const LEAST: usize = 4;
/// Names that are told.
const MOST_NEAR: usize = 4;

fn text(meanings: &[Meaning]) -> String {
    let mut parts = Vec::new();
    for meaning in meanings {
        let mut out = String::new();
        let code = meaning.code.as_ref();
        let code = code.map(|code| format!(" ({code})")).unwrap_or_default();
        // Writing to a String cannot fail.
        let _ = writeln!(out, "{}{code}: {}", meaning.name, meaning.kind);
        for (label, words) in [
            ("says", Some(meaning.says.as_str())),
            ("id", meaning.id),
            ("rule", meaning.section),
            ("try", meaning.try_this.as_deref()),
        ] {
            if let Some(words) = words.filter(|words| !words.is_empty()) {
                let lines = wrap(words, 70).join("\n        ");
                let _ = writeln!(out, "  {label:<4}  {lines}");
            }
        }
        parts.push(out);
    }
    parts.join("\n")
}
