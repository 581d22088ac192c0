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
mod key_log_file;
mod locked;
mod middleman;
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
mod words;
mod wrap;

pub(crate) use options::{DemoArgs, Options};

use crate::demo::act::{Act, Attack};
use crate::demo::cast::Cast;
use crate::demo::key_log_file::KeyLogFile;
use crate::demo::report::{Report, Summary};
use crate::demo::text::Text;
use anstream::AutoStream;
use std::io::{self, ErrorKind, Write};
use std::process::ExitCode;
use std::sync::Arc;
use std::time::Instant;

/// Gives the tour. 0: all that must succeed did, and all that must fail failed for the reason it
/// must; 1: not so; 2: the key log cannot be written.
pub(crate) fn run(options: &Options) -> ExitCode {
    let key_log = match options.keylog.as_deref().map(KeyLogFile::open).transpose() {
        Ok(file) => file.map(Arc::new),
        Err(error) => {
            let path = options.keylog.as_deref().unwrap_or("".as_ref()).display();
            complain(&format!(
                "cannot write the key log {path}: {error}; name a file in a folder that you may write to"
            ));
            return ExitCode::from(2);
        }
    };
    if let (Some(path), true) = (&options.keylog, key_log.is_some()) {
        complain(&format!(
            "warning: whoever reads {} can decrypt these connections",
            path.display()
        ));
    }
    let mut out = AutoStream::new(io::stdout(), options.color);
    match tour(options, key_log, &mut out) {
        Ok(exit) => ExitCode::from(exit),
        // Whoever read the output had enough of it; but 0 would say that all was checked.
        Err(error) if error.kind() == ErrorKind::BrokenPipe => ExitCode::FAILURE,
        Err(error) => {
            complain(&format!("cannot write the output: {error}"));
            ExitCode::FAILURE
        }
    }
}

fn tour(
    options: &Options,
    key_log: Option<Arc<KeyLogFile>>,
    out: &mut impl Write,
) -> io::Result<u8> {
    let began = Instant::now();
    let cast = match Cast::make() {
        Ok(cast) => cast,
        Err(why) => {
            complain(&format!("cannot make the certificates: {why}"));
            return Ok(1);
        }
    };
    let mut text = Text::default();
    if !options.json {
        out.write_all(text.opening().as_bytes())?;
    }
    let mut reports = Vec::new();
    let wanted = |act: &Act| options.only.is_none_or(|part| part == act.part());
    for act in Act::ALL.into_iter().filter(wanted) {
        let report = Report::of(act, &cast, Attack::Made, key_log.clone());
        if !options.json {
            out.write_all(text.act(&report).as_bytes())?;
        }
        reports.push(report);
    }
    let (notes, logged) = notes(options, key_log.as_deref());
    let mut summary = Summary::of(&reports, began.elapsed(), notes);
    summary.good &= logged;
    if options.json {
        writeln!(out, "{:#}", json::document(&reports, &summary))?;
    } else {
        out.write_all(text.closing(&summary).as_bytes())?;
    }
    out.flush()?;
    Ok(summary.exit())
}

/// What else is to be said, and whether the key log, if one was wanted, was written.
fn notes(options: &Options, key_log: Option<&KeyLogFile>) -> (Vec<String>, bool) {
    let Some((file, path)) = key_log.zip(options.keylog.as_deref()) else {
        let note = "handfast demo --keylog FILE keeps the secrets, to check a capture with them";
        return (vec![note.to_owned()], true);
    };
    let path = path.display();
    match file.lines() {
        Ok(lines) => (
            vec![format!(
                "{lines} secrets of the clients were added to {path}"
            )],
            true,
        ),
        Err(why) => (
            vec![format!("the key log {path} is not whole: {why}")],
            false,
        ),
    }
}

/// Talk goes to standard error.
fn complain(words: &str) {
    let _ = writeln!(io::stderr(), "handfast: {words}");
}
