//! Spans of time as a person writes them: `--within 30d`, `--next-update 12h`.

/// Seconds of a span: a number and its unit (s, m, h, d, w), or a number of days alone.
pub(crate) fn span(text: &str) -> Result<u64, String> {
    let wrong = || format!("{text} is no span of time: write 30d, 12h, 2w or 90m");
    let digits = text
        .find(|letter: char| !letter.is_ascii_digit())
        .unwrap_or(text.len());
    let (number, unit) = text.split_at(digits);
    let number: u64 = number.parse().map_err(|_| wrong())?;
    let unit = match unit {
        "s" => 1,
        "m" | "min" => 60,
        "h" => 3600,
        "" | "d" => DAY_S,
        "w" => 7 * DAY_S,
        _ => return Err(wrong()),
    };
    let seconds = number.checked_mul(unit).filter(|one| *one <= LONGEST_S);
    seconds.ok_or_else(|| format!("{text} is longer than a certificate can say"))
}

/// As [`span`], of what is good for a while: that is not no time at all.
pub(crate) fn lasting(text: &str) -> Result<u64, String> {
    match span(text)? {
        0 => Err(format!(
            "{text} is no time: what is signed would have ended before it is read"
        )),
        seconds => Ok(seconds),
    }
}

/// A span in words, by its largest unit: `90 days`, `12 hours`.
pub(crate) fn words(seconds: u64) -> String {
    let (number, unit) = match seconds {
        0..60 => (seconds, "second"),
        60..3600 => (seconds / 60, "minute"),
        3600..172_800 => (seconds / 3600, "hour"),
        _ => (seconds / DAY_S, "day"),
    };
    let plural = if number == 1 { "" } else { "s" };
    format!("{number} {unit}{plural}")
}

/// A day.
pub(crate) const DAY_S: u64 = 86_400;
/// RFC 5280 section 4.1.2.5: times end with the year 9999.
const LONGEST_S: u64 = 8000 * 365 * DAY_S;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spans_are_read_as_they_are_written() {
        for (text, wanted) in [
            ("30d", Some(30 * DAY_S)),
            ("30", Some(30 * DAY_S)),
            ("12h", Some(43_200)),
            ("2w", Some(14 * DAY_S)),
            ("90m", Some(5400)),
            ("5s", Some(5)),
            ("d", None),
            ("-1d", None),
            ("1y", None),
            ("99999999999d", None),
            ("", None),
        ] {
            assert_eq!(span(text).ok(), wanted, "{text}");
        }
        assert_eq!((span("0d").ok(), lasting("0d").ok()), (Some(0), None));
        assert_eq!(lasting("1s").ok(), Some(1));
        assert_eq!(words(90 * DAY_S), "90 days");
        assert_eq!(words(3600), "1 hour");
    }
}
