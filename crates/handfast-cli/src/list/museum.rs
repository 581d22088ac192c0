//! `handfast list museum`: the ledger of what is not spoken any more.

use crate::demo::wrap::wrap;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::talk::{Talk, print};
use clap::Args;
use handfast_wire::registry::museum::{ALL, Code, Exhibit};
use serde_json::{Value, json};
use std::fmt::Write;

/// The flags of `list museum`.
#[derive(Args, Clone, Debug)]
pub(crate) struct Options {
    /// The exhibits alone that this word fits: an id, or part of a name or of a code point's name
    #[arg(value_name = "WORD")]
    word: Option<String>,
}

/// Runs the list.
pub(crate) fn run(options: &Options, talk: &Talk) -> Exit {
    talk.end("list.museum", "museum", list(options, talk))
}

fn list(options: &Options, talk: &Talk) -> Result<Value, Failure> {
    let fitting = ALL.iter().filter(|exhibit| match &options.word {
        Some(word) => fits(exhibit, &word.to_lowercase()),
        None => true,
    });
    let fitting: Vec<&Exhibit> = fitting.collect();
    if let (Some(word), true) = (&options.word, fitting.is_empty()) {
        let ids: Vec<_> = ALL.iter().map(|exhibit| exhibit.id).collect();
        let hint = format!("the ids are {}", ids.join(", "));
        return Err(Failure::usage(format!("nothing in the museum is called {word}")).hint(hint));
    }
    if !talk.json {
        print(&text(&fitting, options.word.is_some()));
    }
    Ok(json!({ "exhibits": fitting.into_iter().map(described).collect::<Vec<_>>() }))
}

fn fits(exhibit: &Exhibit, word: &str) -> bool {
    let named = |name: Option<&str>| name.is_some_and(|name| name.to_lowercase().contains(word));
    exhibit.id == word
        || named(Some(exhibit.name))
        || exhibit.codes().any(|code| named(code.name()))
}

/// For people. Code points are named one by one where `whole`, else counted.
fn text(exhibits: &[&Exhibit], whole: bool) -> String {
    let mut out =
        String::from("Recognised, explained and dissected by name; negotiated under no policy.\n");
    for exhibit in exhibits {
        // Writing to a String cannot fail.
        let _ = writeln!(out, "\n{} ({})", exhibit.name, exhibit.id);
        let codes: Vec<Code> = exhibit.codes().collect();
        for (label, words) in [
            ("why not", exhibit.because.to_owned()),
            ("instead", exhibit.instead.to_owned()),
            ("source", exhibit.source.to_owned()),
            ("codes", counted(&codes)),
        ] {
            let lines = wrap(&words, 68).join("\n            ");
            let _ = writeln!(out, "  {label:<8}  {lines}");
        }
        for code in codes.iter().filter(|_| whole) {
            let _ = writeln!(out, "            {code}");
        }
    }
    out
}

/// `4 cipher suites (0x0007 to 0x0025), 1 version (0x0002)`.
fn counted(codes: &[Code]) -> String {
    let mut parts: Vec<String> = Vec::new();
    for registry in codes.chunk_by(|one, next| one.registry() == next.registry()) {
        let [first, ..] = registry else { continue };
        let number = |code: &Code| {
            let (number, bytes) = code.number();
            format!("0x{number:0digits$x}", digits = bytes * 2)
        };
        let span = match registry {
            [one] => number(one),
            [one, .., last] => format!("{} to {}", number(one), number(last)),
            [] => continue,
        };
        let plural = if registry.len() == 1 { "" } else { "s" };
        parts.push(format!(
            "{} {}{plural} ({span})",
            registry.len(),
            first.registry()
        ));
    }
    parts.join(", ")
}

/// For programs.
fn described(exhibit: &Exhibit) -> Value {
    let codes = exhibit.codes().map(|code| {
        let (number, bytes) = code.number();
        json!({
            "registry": code.registry(),
            "name": code.name(),
            "code": format!("0x{number:0digits$x}", digits = bytes * 2),
        })
    });
    json!({
        "id": exhibit.id,
        "name": exhibit.name,
        "because": exhibit.because,
        "instead": exhibit.instead,
        "source": exhibit.source,
        "codes": codes.collect::<Vec<_>>(),
    })
}
