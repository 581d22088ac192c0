//! `handfast demo`: real handshakes on this machine, shown message by message, and attacks on
//! them that fail.
//!
//! ```text
//! cast ──> act ──> scene ──play──> played ──judge──> report ──> text or JSON
//!                   client ── TCP ──[ somebody ]── TCP ── server
//! ```

mod act;
mod cast;
mod json;
mod judge;
mod locked;
mod middleman;
mod numbers;
mod options;
mod page;
mod play;
mod report;
mod side;
mod strike;
mod tapped;
#[cfg(test)]
mod tests;
mod text;
pub(crate) mod words;
pub(crate) mod wrap;

pub(crate) use options::Options;

use crate::demo::act::{Act, Attack};
use crate::demo::cast::{Cast, HOST};
use crate::demo::report::{Report, Summary};
use crate::demo::text::Text;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::key_log::{KeyLogFile, key_log_path};
use crate::talk::{Talk, print_line};
use std::io::{self, Write};
use std::path::Path;
use std::sync::Arc;
use std::time::Instant;

/// Gives the tour. It is done and good only if all that must succeed did, and all that must fail
/// failed for the reason that it must.
pub(crate) fn run(options: &Options, talk: &Talk) -> Exit {
    let refuse = |failure| talk.end("demo", HOST, Err(failure));
    let path = key_log_path(talk);
    let key_log = match path.as_deref().map(KeyLogFile::open).transpose() {
        Ok(file) => file.map(Arc::new),
        Err(failure) => return refuse(failure),
    };
    let began = Instant::now();
    let cast = match Cast::make() {
        Ok(cast) => cast,
        Err(why) => {
            let why = format!("cannot make the certificates: {why}");
            return refuse(Failure::new(Exit::Bad, "demo", "certificates", why));
        }
    };
    let mut show = Show::new(talk);
    let mut reports = Vec::new();
    let wanted = |act: &Act| match options.only {
        Some(part) => part == act.part(),
        None => !act.is_lesson(),
    };
    for act in Act::ALL.into_iter().filter(wanted) {
        let report = Report::of(act, &cast, Attack::Made, key_log.clone());
        show.act(&report);
        reports.push(report);
    }
    let (note, logged) = key_log_note(path.as_deref().zip(key_log.as_deref()));
    let mut summary = Summary::of(&reports, began.elapsed(), note);
    summary.good &= logged;
    if talk.json {
        print_line(&json::document(&reports, &summary).to_string());
    } else {
        show.end(&summary);
    }
    summary.exit()
}

/// What is to be said of the key log, and whether it is as it was wanted.
fn key_log_note(file: Option<(&Path, &KeyLogFile)>) -> (String, bool) {
    let Some((path, file)) = file else {
        let note = "handfast demo --keylog FILE keeps the secrets, to check a capture with them";
        return (note.to_owned(), true);
    };
    let path = path.display();
    match file.lines() {
        Ok(lines) => (
            format!("{lines} secrets of the clients were added to {path}"),
            true,
        ),
        Err(why) => (format!("the key log {path} is not whole: {why}"), false),
    }
}

/// Prints the text as the tour goes on. When quiet, what went as it must is not shown.
struct Show {
    text: Text,
    wanted: bool,
    quiet: bool,
}

impl Show {
    fn new(talk: &Talk) -> Self {
        let show = Self {
            text: Text::default(),
            wanted: !talk.json,
            quiet: talk.quiet,
        };
        show.print(&show.text.opening(), true);
        show
    }

    fn act(&mut self, report: &Report) {
        let text = self.text.act(report);
        self.print(&text, report.as_expected());
    }

    fn end(&self, summary: &Summary) {
        self.print(&self.text.closing(summary), summary.good);
    }

    fn print(&self, text: &str, good: bool) {
        if self.wanted && !(self.quiet && good) {
            // Whoever closed the pipe had enough of it; the tour is checked to its end all the same.
            let _ = anstream::AutoStream::auto(io::stdout()).write_all(text.as_bytes());
        }
    }
}
