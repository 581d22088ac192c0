//! Lines with labels on standard output, for people.

use crate::cert::inspect::shown::plain;
use crate::demo::wrap::wrap;
use crate::talk::print;
use anstyle::{AnsiColor, Style};
use std::io::IsTerminal;

/// Lines with labels.
pub(crate) struct Page {
    out: String,
    /// Columns; nothing where no terminal reads, as programs search in lines.
    width: Option<usize>,
}

impl Page {
    pub(crate) fn new() -> Self {
        let width = std::io::stdout().is_terminal().then(|| {
            let size = terminal_size::terminal_size_of(std::io::stdout());
            size.map_or(USUAL, |(width, _)| width.0.into())
        });
        Self {
            out: String::new(),
            width,
        }
    }

    /// What stands above the lines.
    pub(crate) fn title(&mut self, title: &str, what: &str) {
        if !self.out.is_empty() {
            self.out.push('\n');
        }
        let (title, what) = (plain(title), plain(what));
        self.out += &format!("{BOLD}{title}{BOLD:#}  {DIM}{what}{DIM:#}\n");
    }

    /// A line with a label; nothing where there is no text.
    pub(crate) fn line(&mut self, label: &str, text: &str) {
        self.styled(label, text, Style::new());
    }

    /// A line that is good or bad news.
    pub(crate) fn verdict(&mut self, label: &str, text: &str, is_good: bool) {
        self.styled(label, text, if is_good { GREEN } else { RED });
    }

    fn styled(&mut self, label: &str, text: &str, style: Style) {
        if text.is_empty() {
            return;
        }
        let text = plain(text);
        let room = self
            .width
            .map(|width| width.saturating_sub(INDENT).max(LEAST));
        let lines = match room {
            Some(room) if text.chars().count() > room => wrap(&text, room),
            _ => vec![text],
        };
        for (at, line) in lines.iter().enumerate() {
            let label = if at == 0 { label } else { "" };
            self.out += &format!("  {label:<LABEL$}{style}{line}{style:#}\n");
        }
    }

    /// Prints it.
    pub(crate) fn print(self) {
        print(&self.out);
    }
}

const LABEL: usize = 12;
const INDENT: usize = LABEL + 2;
/// Columns where a terminal does not say.
const USUAL: usize = 80;
const LEAST: usize = 20;
const BOLD: Style = Style::new().bold();
const DIM: Style = Style::new().dimmed();
const RED: Style = AnsiColor::Red.on_default().bold();
const GREEN: Style = AnsiColor::Green.on_default();
