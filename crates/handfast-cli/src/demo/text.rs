//! The tour as text, in 80 columns, coloured; a stream that wants no colour strips it.

use crate::demo::judge::check::Check;
use crate::demo::judge::{Who, noticed_by};
use crate::demo::play::{End, Played};
use crate::demo::report::{Report, Summary};
use crate::demo::side::Entry;
use crate::demo::words;
use crate::demo::words::Reading;
use crate::demo::words::classic::CHANGE_CIPHER_SPEC;
use crate::demo::wrap::{grouped, wrap, wrap_clauses, wrap_labelled};
use anstyle::{AnsiColor, Style};
use core::fmt::Write;
use handfast::observe::Direction;
use handfast_wire::registry::{AlertLevel, HandshakeType};
use std::collections::HashSet;

/// Writes the tour, act by act.
#[derive(Default)]
pub(super) struct Text {
    acts: usize,
    /// What messages said before: said once, it is not said again.
    said: HashSet<String>,
}

impl Text {
    /// What stands above the first act.
    pub(super) fn opening(&self) -> String {
        let mut out = String::new();
        let version = env!("CARGO_PKG_VERSION");
        let _ = writeln!(
            out,
            "\n {BOLD}Handfast {version}{BOLD:#}  TLS, shown on this machine alone\n"
        );
        let text = "Two authorities, three certificates and their keys were just made, in memory. \
                    Each act is a connection over real TCP on 127.0.0.1, as its client saw it. \
                    What has a tick was checked just now.";
        paragraph(&mut out, text, 1, Style::new());
        let _ = writeln!(
            out,
            "\n {SENT}\u{2192}{SENT:#} the client   {CAME}\u{2190}{CAME:#} the server   \
             {BAD}!{BAD:#} somebody in between   {DIM}sizes in bytes{DIM:#}"
        );
        out
    }

    /// One act.
    pub(super) fn act(&mut self, report: &Report) -> String {
        self.acts += 1;
        let mut out = String::new();
        let title = report.act.title();
        let dashes = WIDTH.saturating_sub(title.chars().count() + 6);
        let rule = "\u{2500}".repeat(dashes);
        let _ = writeln!(
            out,
            "\n {BOLD}{}  {title}{BOLD:#} {DIM}{rule}{DIM:#}\n",
            self.acts
        );
        paragraph(&mut out, &report.act.opening(), 4, Style::new());
        out.push('\n');
        match &report.outcome {
            Err(why) => paragraph(&mut out, why, 4, BAD),
            Ok(played) => {
                self.messages(&mut out, played);
                facts(&mut out, played);
                if report.act.is_lesson() {
                    numbers(&mut out, played);
                }
                if report.act.is_refusal() {
                    refusal(&mut out, played);
                }
                checks(&mut out, &report.checks);
                if !report.as_expected() {
                    for (who, end) in [("client", &played.client), ("server", &played.server)] {
                        failure(&mut out, who, end);
                    }
                }
            }
        }
        let heading = if report.act.is_refusal() {
            "Why this protects you"
        } else {
            "What this means"
        };
        let _ = writeln!(out, "\n    {BOLD}{heading}{BOLD:#}");
        paragraph(&mut out, report.act.moral(), 4, Style::new());
        out
    }

    /// What stands below the last act.
    pub(super) fn closing(&self, summary: &Summary) -> String {
        let mut out = String::new();
        let (style, mark) = if summary.good {
            (GOOD, '\u{2713}')
        } else {
            (BAD, '\u{2717}')
        };
        let rule = "\u{2500}".repeat(WIDTH - 1);
        let _ = writeln!(out, "\n {DIM}{rule}{DIM:#}");
        let words = summary.words();
        let _ = writeln!(out, " {style}{mark} {words}{style:#}");
        paragraph(&mut out, &summary.note, 3, DIM);
        out.push('\n');
        out
    }

    /// What is long is said once.
    fn once(&mut self, name: &str, says: String) -> String {
        let again = !self.said.insert(format!("{name}{says}"));
        if again && says.chars().count() > COLUMN {
            "as before".to_owned()
        } else {
            says
        }
    }

    fn messages(&mut self, out: &mut String, played: &Played) {
        let mut reading = Reading::default();
        for entry in played.wire() {
            match entry {
                Entry::Message {
                    direction,
                    msg_type,
                    bytes,
                } => {
                    let name = words::name(msg_type);
                    let says = self.once(&name, reading.says(msg_type, &bytes));
                    line(out, direction, &name, bytes.len(), &says);
                    if msg_type == HandshakeType::SERVER_HELLO && !reading.is_classic() {
                        encrypted_from_here(out);
                    }
                }
                Entry::ChangeCipherSpec { direction } => {
                    let says = self.once(CHANGE, CHANGE_CIPHER_SPEC.to_owned());
                    line(out, direction, CHANGE, 1, &says);
                }
                Entry::Alert {
                    direction,
                    level,
                    description,
                    ..
                } => {
                    let fatal = if level == AlertLevel::FATAL {
                        " (fatal)"
                    } else {
                        ""
                    };
                    let says = description.sentence().unwrap_or_default();
                    let says = format!("{description}{fatal}; {says}");
                    line(out, direction, "alert", 2, &says);
                }
                Entry::Data {
                    direction,
                    bytes,
                    says,
                } => {
                    let name = match direction {
                        Direction::Sent => "request",
                        Direction::Received => "page",
                    };
                    line(out, direction, name, bytes, &says);
                }
                Entry::Meddled { says, bytes } => {
                    row(out, BAD, '!', "somebody", &grouped(bytes), &says);
                }
            }
        }
    }
}

fn line(out: &mut String, direction: Direction, name: &str, bytes: usize, says: &str) {
    let (style, arrow) = match direction {
        Direction::Sent => (SENT, '\u{2192}'),
        Direction::Received => (CAME, '\u{2190}'),
    };
    row(out, style, arrow, name, &grouped(bytes), says);
}

fn row(out: &mut String, style: Style, mark: char, name: &str, size: &str, says: &str) {
    let text = if style == BAD { BAD } else { Style::new() };
    let mut lines = wrap_clauses(says, COLUMN).into_iter();
    let first = lines.next().unwrap_or_default();
    let _ = writeln!(
        out,
        "    {style}{mark} {name:<19}{style:#}{DIM}{size:>6}{DIM:#}  {text}{first}{text:#}"
    );
    for rest in lines {
        let _ = writeln!(out, "{:33}{text}{rest}{text:#}", "");
    }
}

fn encrypted_from_here(out: &mut String) {
    let words = "\u{2508}\u{2508} encrypted from here on; the keys are ours, so it can be shown \u{2508}\u{2508}";
    let _ = writeln!(out, "      {DIM}{words}{DIM:#}");
}

fn facts(out: &mut String, played: &Played) {
    let End {
        handshake, crossed, ..
    } = &played.client;
    let (sent, received) = (grouped(crossed.sent.len()), grouped(crossed.received.len()));
    let bytes = format!("{sent} bytes sent, {received} received");
    let _ = match handshake {
        Some(took) => {
            let took = took.as_secs_f64() * 1000.0;
            writeln!(
                out,
                "      {DIM}handshake in {took:.1} ms; over TCP {bytes}{DIM:#}\n"
            )
        }
        None => writeln!(out, "      {DIM}no connection; over TCP {bytes}{DIM:#}\n"),
    };
}

/// How the keys came about.
fn numbers(out: &mut String, played: &Played) {
    for number in crate::demo::numbers::numbers(played) {
        let indent = if number.is_piece { 6 } else { 4 };
        let mut lines = crate::demo::numbers::lines(&number.bytes).into_iter();
        let first = lines.next().unwrap_or_default();
        let (name, size) = (number.name, number.bytes.len());
        let room = 29 - indent;
        let _ = writeln!(
            out,
            "{:indent$}{BOLD}{name:<room$}{BOLD:#}{DIM}{size:>4}{DIM:#}  {first}",
            ""
        );
        for line in lines {
            let _ = writeln!(out, "{:35}{line}", "");
        }
        paragraph(out, &number.from, 6, DIM);
    }
    out.push('\n');
}

fn refusal(out: &mut String, played: &Played) {
    let Some((who, fault)) = noticed_by(played) else {
        return;
    };
    let (who, end) = match who {
        Who::Client => ("client", &played.client),
        Who::Server => ("server", &played.server),
    };
    let _ = writeln!(out, "    {BAD}The {who} refuses: {}{BAD:#}", fault.name());
    let words = end.failure.as_ref().map_or("", |failure| &failure.words);
    for text in words
        .lines()
        .flat_map(|line| wrap_labelled(line, WIDTH - 6))
    {
        let _ = writeln!(out, "    {DIM}\u{2502}{DIM:#} {text}");
    }
    out.push('\n');
}

fn checks(out: &mut String, checks: &[Check]) {
    for Check { claim, holds } in checks {
        let (style, mark) = if *holds {
            (GOOD, '\u{2713}')
        } else {
            (BAD, '\u{2717}')
        };
        for (at, text) in wrap(claim, WIDTH - 6).iter().enumerate() {
            let mark = if at == 0 { mark } else { ' ' };
            let text_style = if *holds { Style::new() } else { BAD };
            let _ = writeln!(
                out,
                "    {style}{mark}{style:#} {text_style}{text}{text_style:#}"
            );
        }
    }
}

fn failure(out: &mut String, who: &str, end: &End) {
    let words = end
        .failure
        .as_ref()
        .map_or("saw no fault", |failure| &failure.words);
    paragraph(out, &format!("The {who}: {words}"), 4, BAD);
}

fn paragraph(out: &mut String, text: &str, indent: usize, style: Style) {
    for line in wrap(text, WIDTH - indent) {
        let _ = writeln!(out, "{:indent$}{style}{line}{style:#}", "");
    }
}

/// Columns of the whole.
pub(super) const WIDTH: usize = 80;
const CHANGE: &str = "ChangeCipherSpec";
/// Columns of what a message says.
const COLUMN: usize = WIDTH - 33;

const BOLD: Style = Style::new().bold();
const DIM: Style = Style::new().dimmed();
const SENT: Style = AnsiColor::Cyan.on_default();
const CAME: Style = AnsiColor::Magenta.on_default();
const GOOD: Style = AnsiColor::Green.on_default();
const BAD: Style = AnsiColor::Red.on_default();
