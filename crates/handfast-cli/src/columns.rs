//! Text that fits the terminal which standard error goes to.

use crate::demo::wrap::wrap;
use std::io::{IsTerminal, stderr};

/// `text`, which stands behind `indent` columns: where it is too long for the terminal it goes on
/// below its own beginning. What is no terminal gets it whole, as programs search in lines.
pub(crate) fn hang(text: &str, indent: usize) -> String {
    if !stderr().is_terminal() {
        return text.to_owned();
    }
    let width = terminal_size::terminal_size_of(stderr());
    let width = width.map_or(USUAL, |(width, _)| width.0.into());
    hang_within(text, indent, width)
}

fn hang_within(text: &str, indent: usize, width: usize) -> String {
    // A label takes its place even where hardly any is left.
    let room = width.saturating_sub(indent).max(LEAST);
    if text.chars().count() <= room {
        return text.to_owned();
    }
    wrap(text, room).join(&format!("\n{:indent$}", ""))
}

/// Columns where a terminal does not say.
const USUAL: usize = 80;
const LEAST: usize = 20;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn long_text_goes_on_below_its_own_beginning() {
        let text = "one two three four five six seven eight";
        assert_eq!(
            hang_within(text, 4, 30),
            "one two three four five\n    six seven eight"
        );
        assert_eq!(hang_within("as  it is", 4, 30), "as  it is");
        assert_eq!(hang_within(text, 30, 10).lines().count(), 2);
    }
}
