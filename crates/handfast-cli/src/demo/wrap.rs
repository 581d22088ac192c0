//! Text in columns. All that the demo prints is one column wide a character.

/// Breaks `text` between words into lines of at most `width` columns; a longer word stands alone.
pub(crate) fn wrap(text: &str, width: usize) -> Vec<String> {
    let mut lines: Vec<String> = Vec::new();
    for word in text.split_whitespace() {
        match lines.last_mut() {
            Some(line) if line.chars().count() + 1 + word.chars().count() <= width => {
                line.push(' ');
                line.push_str(word);
            }
            _ => lines.push(word.to_owned()),
        }
    }
    lines
}

/// Breaks `text` after a semicolon where it can, and between words where it must.
pub(crate) fn wrap_clauses(text: &str, width: usize) -> Vec<String> {
    let mut lines: Vec<String> = Vec::new();
    for clause in text.split_inclusive("; ").map(str::trim) {
        match lines.last_mut() {
            Some(line) if line.chars().count() + 1 + clause.chars().count() <= width => {
                line.push(' ');
                line.push_str(clause);
            }
            _ => lines.extend(wrap(clause, width)),
        }
    }
    lines
}

/// Breaks a line such as `  remedy:  do this` between words, each further line below the first
/// word behind the label. A line that fits stays as it is.
pub(super) fn wrap_labelled(line: &str, width: usize) -> Vec<String> {
    if line.chars().count() <= width {
        return vec![line.to_owned()];
    }
    let label = match (line.starts_with(' '), line.find(": ")) {
        (true, Some(at)) => {
            let (label, rest) = line.split_at(at + 1);
            label.len() + rest.len() - rest.trim_start().len()
        }
        _ => 0,
    };
    let (label, text) = line.split_at_checked(label).unwrap_or(("", line));
    let indent = label.chars().count();
    let lines = wrap(text, width.saturating_sub(indent))
        .into_iter()
        .enumerate();
    let lines = lines.map(|(at, text)| match at {
        0 => format!("{label}{text}"),
        _ => format!("{:indent$}{text}", ""),
    });
    lines.collect()
}

/// A number with a comma before every third digit from the right.
pub(super) fn grouped(number: usize) -> String {
    let digits = number.to_string();
    let mut text = String::with_capacity(digits.len() + digits.len() / 3);
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_break_between_words_and_never_pass_the_width() {
        assert_eq!(wrap("one two  three", 7), ["one two", "three"]);
        assert_eq!(wrap("unbreakable x", 4), ["unbreakable", "x"]);
        assert!(wrap("", 4).is_empty());
    }

    #[test]
    fn clauses_stay_whole_where_they_fit() {
        assert_eq!(wrap_clauses("a b; c d e; f", 7), ["a b;", "c d e;", "f"]);
        assert_eq!(
            wrap_clauses("a; b; c d e f g h", 7),
            ["a; b;", "c d e f", "g h"]
        );
    }

    #[test]
    fn what_a_label_says_is_kept_apart_from_the_label() {
        assert_eq!(
            wrap_labelled("  do:  this and that", 12),
            ["  do:  this", "       and", "       that"]
        );
        assert_eq!(wrap_labelled("  do:  this", 12), ["  do:  this"]);
        assert_eq!(
            wrap_labelled("plain: words here", 12),
            ["plain: words", "here"]
        );
    }

    #[test]
    fn numbers_are_grouped_by_thousands() {
        let shown: Vec<_> = [0, 999, 1000, 1_234_567].into_iter().map(grouped).collect();
        assert_eq!(shown, ["0", "999", "1,000", "1,234,567"]);
    }
}
