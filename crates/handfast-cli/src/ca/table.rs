//! Rows in columns, for people.

use crate::cert::inspect::shown::plain;
use anstyle::{AnsiColor, Style};

/// A table: what stands above the columns, then the rows.
pub(crate) struct Table<const COLUMNS: usize> {
    head: [&'static str; COLUMNS],
    rows: Vec<([String; COLUMNS], Mood)>,
}

/// How good the news of a row is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Mood {
    /// As it should be.
    Plain,
    /// Something is to be done soon.
    Soon,
    /// It is no longer good.
    Bad,
}

impl<const COLUMNS: usize> Table<COLUMNS> {
    pub(crate) fn new(head: [&'static str; COLUMNS]) -> Self {
        Self {
            head,
            rows: Vec::new(),
        }
    }

    /// Adds a row.
    pub(crate) fn row(&mut self, cells: [String; COLUMNS], mood: Mood) {
        self.rows.push((cells.map(|cell| plain(&cell)), mood));
    }

    /// The text: each column as wide as its widest cell, the last one as it is.
    pub(crate) fn text(&self) -> String {
        let head = self.head.map(str::to_owned);
        let all = core::iter::once(&head).chain(self.rows.iter().map(|(cells, _)| cells));
        let mut widths = [0; COLUMNS];
        for cells in all {
            for (width, cell) in widths.iter_mut().zip(cells) {
                *width = (*width).max(cell.chars().count());
            }
        }
        let mut out = line(&head, &widths, DIM);
        for (cells, mood) in &self.rows {
            let style = match mood {
                Mood::Plain => Style::new(),
                Mood::Soon => YELLOW,
                Mood::Bad => RED,
            };
            out += &line(cells, &widths, style);
        }
        out
    }
}

fn line(cells: &[String], widths: &[usize], style: Style) -> String {
    let padded = cells.iter().zip(widths);
    let padded = padded.map(|(cell, width)| format!("{cell:<width$}"));
    let text = padded.collect::<Vec<_>>().join("  ");
    format!("{style}{}{style:#}\n", text.trim_end())
}

const DIM: Style = Style::new().dimmed();
const RED: Style = AnsiColor::Red.on_default();
const YELLOW: Style = AnsiColor::Yellow.on_default();

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_are_as_wide_as_their_widest_cell() {
        let mut table = Table::new(["NAME", "DAYS"]);
        table.row(["localhost".into(), "9".into()], Mood::Plain);
        let text = anstream::adapter::strip_str(&table.text()).to_string();
        assert_eq!(text, "NAME       DAYS\nlocalhost  9\n");
    }
}
