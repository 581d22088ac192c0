//! `handfast list museum`: the ledger of what is not spoken any more.

use crate::demo::wrap::wrap;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::talk::{Talk, print};
use clap::Args;
use handfast::obsolete::MUSEUM;
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
    let spoken = options.word.as_deref().and_then(spoken);
    if let (Some(word), true) = (&options.word, fitting.is_empty() && spoken.is_none()) {
        let ids: Vec<_> = ALL.iter().map(|exhibit| exhibit.id).collect();
        let hint = format!("the ids are {}", ids.join(", "));
        return Err(Failure::usage(format!("nothing in the museum is called {word}")).hint(hint));
    }
    if !talk.json {
        let mut parts: Vec<String> = spoken.iter().map(|words| format!("{words}\n")).collect();
        if !fitting.is_empty() {
            parts.push(text(&fitting, options.word.is_some()));
        }
        print(&parts.join("\n"));
    }
    Ok(json!({
        "exhibits": fitting.into_iter().map(described).collect::<Vec<_>>(),
        "spoken": spoken,
    }))
}

/// What is old and spoken all the same, under the policy of this list's name.
fn spoken(word: &str) -> Option<String> {
    let word = word.to_lowercase();
    let says = match word.as_str() {
        "ssl3" | "ssl3.0" | "sslv3" | "ssl 3.0" => {
            "SSL 3.0 is spoken after all, under --policy museum; some servers want\n--max ssl3 too."
        }
        "rc4" => "RC4 is spoken after all, under --policy museum, where --suites names it.",
        "null" => "NULL is spoken after all, under --policy museum, where --suites names it.",
        "anon" | "anonymous" | "adh" => {
            "Anonymous suites are spoken after all, under --policy museum with -k, where\n\
             --suites names them."
        }
        _ => {
            let mut all = MUSEUM.named_suites().iter();
            let suite = all.find(|suite| suite.to_string().eq_ignore_ascii_case(&word))?;
            return Some(format!(
                "{suite} is spoken after all:\n--policy museum --suites {suite}"
            ));
        }
    };
    Some(says.to_owned())
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
