//! `handfast explain WORD`: what a name, a number or an error message means, and what to do.

mod meaning;
mod phrases;
mod words;

use crate::demo::wrap::wrap;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::talk::{Talk, print};
use clap::Args;
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
    meanings.extend(phrases::meanings(word));
    if meanings.is_empty() {
        let hint = "name an alert, a suite, a group, a signature scheme, an extension, an id of a \
                    refusal, or part of an error message; `handfast list` has the names";
        return Err(Failure::usage(format!("nothing here is called {word}")).hint(hint));
    }
    if !talk.json {
        print(&text(&meanings));
    }
    let meanings: Vec<Value> = meanings.iter().map(Meaning::json).collect();
    Ok(json!({ "meanings": meanings }))
}

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
