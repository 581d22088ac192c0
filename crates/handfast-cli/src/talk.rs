//! How a command talks: data on standard output, words on standard error.

use crate::columns::hang;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::refusal;
use anstyle::{AnsiColor, Style};
use clap::{Args, ValueEnum};
use handfast_pki::distinguished_name::is_unprintable;
use serde_json::{Value, json};
use std::io::{self, ErrorKind, Write};
use std::path::PathBuf;
use std::sync::atomic::{AtomicBool, Ordering};

/// How much is said, and how: the flags of every command.
#[derive(Args, Clone, Debug, Default)]
#[command(next_help_heading = "Output")]
pub(crate) struct Talk {
    /// Print one JSON document instead of text, errors too
    #[arg(long, global = true)]
    pub(crate) json: bool,
    /// Say nothing but errors, no warnings either
    #[arg(
        long,
        short,
        global = true,
        conflicts_with = "verbose",
        visible_short_alias = 's'
    )]
    pub(crate) quiet: bool,
    /// Show the handshake message by message
    #[arg(long, short, global = true, action = clap::ArgAction::Count)]
    pub(crate) verbose: u8,
    /// Colour the text
    #[arg(long, global = true, value_enum, value_name = "WHEN", default_value_t)]
    pub(crate) color: Color,
    /// Add the secrets of connections to FILE (NSS key log), so that a capture can be decrypted
    #[arg(long, global = true, value_name = "FILE")]
    pub(crate) keylog: Option<PathBuf>,
}

/// When to colour.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub(crate) enum Color {
    /// On a terminal, unless NO_COLOR is set
    #[default]
    Auto,
    /// Always
    Always,
    /// Never
    Never,
}

impl From<Color> for anstream::ColorChoice {
    fn from(color: Color) -> Self {
        match color {
            Color::Auto => Self::Auto,
            Color::Always => Self::AlwaysAnsi,
            Color::Never => Self::Never,
        }
    }
}

impl Talk {
    /// Sets the colours for the whole process, which a command does once, first.
    pub(crate) fn begin(&self) {
        anstream::ColorChoice::from(self.color).write_global();
    }

    /// A line for the person in front of the screen.
    pub(crate) fn tell(&self, line: &str) {
        if !self.quiet {
            note(line);
        }
    }

    /// Something that they should know, unless they asked for quiet.
    pub(crate) fn warn(&self, line: &str) {
        let line = hang(line, "warning: ".len());
        self.tell(&format!("{WARN}warning:{WARN:#} {line}"));
    }

    /// Ends a command: prints its result, or why there is none.
    pub(crate) fn end(&self, schema: &str, target: &str, outcome: Result<Value, Failure>) -> Exit {
        let (result, failure) = match outcome {
            Ok(result) => (Some(result), None),
            Err(failure) => (None, Some(failure)),
        };
        self.end_partly(schema, target, result, failure)
    }

    /// The same for a command that may have a result and have failed: some of its targets.
    pub(crate) fn end_partly(
        &self,
        schema: &str,
        target: &str,
        result: Option<Value>,
        failure: Option<Failure>,
    ) -> Exit {
        let exit = failure.as_ref().map_or(Exit::Done, |failure| failure.exit);
        if self.json {
            let error = failure.as_ref().map(|failure| ("error", failure.to_json()));
            let result = result.map(|result| ("result", result));
            let body = error.into_iter().chain(result).collect();
            print_document(schema, target, body, exit);
        } else if let Some(failure) = &failure {
            explain(failure);
            if self.verbose > 0 {
                let reports = failure.report.iter();
                reports.for_each(|report| note(&refusal::lines(report, &failure.given)));
            }
        }
        exit
    }
}

/// Prints the one document of a command that came to its end, whatever its answer is.
pub(crate) fn print_document(
    schema: &str,
    target: &str,
    body: Vec<(&'static str, Value)>,
    exit: Exit,
) {
    let mut document = json!({
        "schema": format!("handfast.{schema}/1"),
        "tool": concat!("handfast ", env!("CARGO_PKG_VERSION")),
        "target": target,
    });
    if let Some(document) = document.as_object_mut() {
        for (name, value) in body {
            document.insert(name.to_owned(), value);
        }
        document.insert("exit".to_owned(), exit.code().into());
    }
    print_line(&ascii_where_unseen(&document.to_string()));
}

/// JSON in which no character steers a terminal or hides: outside of strings there is none.
fn ascii_where_unseen(document: &str) -> String {
    if !document.contains(is_unprintable) {
        return document.to_owned();
    }
    let mut out = String::with_capacity(document.len());
    for letter in document.chars() {
        if is_unprintable(letter) {
            for unit in letter.encode_utf16(&mut [0; 2]) {
                out += &format!("\\u{unit:04x}");
            }
        } else {
            out.push(letter);
        }
    }
    out
}

/// Prints a failure for a person.
pub(crate) fn explain(failure: &Failure) {
    let message = hang(&failure.message, "handfast: ".len());
    let mut text = format!("{ERROR}handfast:{ERROR:#} {message}");
    for (at, cause) in failure.causes.iter().enumerate() {
        text += if at == 0 {
            "\n  caused by: "
        } else {
            "\n             "
        };
        text += &hang(cause, "  caused by: ".len());
    }
    if let Some(hint) = failure.advice() {
        let hint = hang(&hint, "  try: ".len());
        text += &format!("\n  {HINT}try:{HINT:#} {hint}");
        for other in failure.other_guesses() {
            let other = hang(&other, "   or: ".len());
            text += &format!("\n   {HINT}or:{HINT:#} {other}");
        }
    }
    note(&text);
}

/// A line on standard error. Who closed it does not want to hear more.
pub(crate) fn note(line: &str) {
    let _ = writeln!(anstream::stderr().lock(), "{line}");
}

/// Begins a new line before a failure is told, where standard output has ended in the midst of one
/// and goes to the same place as standard error.
pub(crate) fn break_line(last: Option<u8>) {
    if last.is_some_and(|last| last != b'\n') && have_one_place() {
        note("");
    }
}

/// Whether standard output and standard error go to the same place.
#[cfg(unix)]
fn have_one_place() -> bool {
    use std::os::fd::AsFd;
    use std::os::unix::fs::MetadataExt;
    let (out, err) = (io::stdout(), io::stderr());
    let [out, err] = [out.as_fd(), err.as_fd()].map(|stream| {
        let copy = stream.try_clone_to_owned().ok()?;
        let data = std::fs::File::from(copy).metadata().ok()?;
        Some((data.dev(), data.ino()))
    });
    out.is_some() && out == err
}

#[cfg(not(unix))]
fn have_one_place() -> bool {
    use std::io::IsTerminal;
    io::stdout().is_terminal() && io::stderr().is_terminal()
}

/// Text on standard output, coloured where it may be.
pub(crate) fn print(text: &str) {
    let mut out = anstream::stdout().lock();
    written(write!(out, "{text}").and_then(|()| out.flush()));
}

/// A line on standard output.
pub(crate) fn print_line(line: &str) {
    let mut out = io::stdout().lock();
    written(writeln!(out, "{line}").and_then(|()| out.flush()));
}

/// Tells, once, that what was to be printed is not all there. A closed pipe ends quietly: whoever
/// read it had enough.
fn written(outcome: io::Result<()>) {
    if let Err(error) = outcome
        && error.kind() != ErrorKind::BrokenPipe
        && !UNWRITTEN.swap(true, Ordering::Relaxed)
    {
        let output = "standard output".as_ref();
        explain(&Failure::file(Exit::Bad, "write", output, &error));
    }
}

/// How the process ends: nothing that could not be printed is good.
pub(crate) fn ended(exit: Exit) -> Exit {
    if exit == Exit::Done && UNWRITTEN.load(Ordering::Relaxed) {
        return Exit::Bad;
    }
    exit
}

/// Whether something could not be printed.
static UNWRITTEN: AtomicBool = AtomicBool::new(false);
const ERROR: Style = AnsiColor::Red.on_default().bold();
const WARN: Style = AnsiColor::Yellow.on_default().bold();
const HINT: Style = AnsiColor::Green.on_default();
