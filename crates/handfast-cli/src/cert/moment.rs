//! A moment as a person writes it: `--at`.

use crate::failure::Failure;
use handfast::stream::now;
use jiff::civil::{Date, DateTime};
use jiff::tz::TimeZone;
use jiff::{Span, Timestamp};

/// When something is judged: seconds since 1970. Without a text, now.
pub(crate) fn moment(text: Option<&str>) -> Result<i64, Failure> {
    let present = i64::try_from(now().unix_s()).unwrap_or(i64::MAX);
    let Some(text) = text else {
        return Ok(present);
    };
    read(text.trim(), present).ok_or_else(|| {
        Failure::usage(format!("--at {text}: that is no moment")).hint(
            "write 2027-01-31, 2027-01-31T12:00:00Z, @1800000000 (seconds since 1970), or +30d and \
             -1y counted from now",
        )
    })
}

fn read(text: &str, present: i64) -> Option<i64> {
    if let Some(seconds) = text.strip_prefix('@') {
        return seconds.parse().ok();
    }
    if let Some((sign, span)) = text
        .strip_prefix('+')
        .map(|span| (1, span))
        .or_else(|| text.strip_prefix('-').map(|span| (-1, span)))
    {
        let span: Span = span.parse().ok()?;
        let start = Timestamp::from_second(present).ok()?;
        let start = start.to_zoned(TimeZone::UTC);
        let end = start.checked_add(span.checked_mul(sign).ok()?).ok()?;
        return Some(end.timestamp().as_second());
    }
    // A time without a zone is UTC, as certificates have it.
    let of = |time: DateTime| Some(time.to_zoned(TimeZone::UTC).ok()?.timestamp().as_second());
    if let Ok(moment) = text.parse::<Timestamp>() {
        return Some(moment.as_second());
    }
    if let Ok(time) = text.parse::<DateTime>() {
        return of(time);
    }
    of(text.parse::<Date>().ok()?.at(0, 0, 0, 0))
}

/// A moment in words: `2027-01-31 12:00:00 UTC`.
pub(crate) fn words(unix_s: i64) -> String {
    match Timestamp::from_second(unix_s) {
        Ok(moment) => moment.strftime("%Y-%m-%d %H:%M:%S UTC").to_string(),
        Err(_) => format!("@{unix_s}"),
    }
}

/// A moment for a program (RFC 3339).
pub(crate) fn stamp(unix_s: i64) -> String {
    match Timestamp::from_second(unix_s) {
        Ok(moment) => moment.to_string(),
        Err(_) => format!("@{unix_s}"),
    }
}

#[cfg(test)]
mod tests {
    use super::read;

    #[test]
    fn moments_are_read_as_they_are_written() {
        for (text, wanted) in [
            ("@5", Some(5)),
            ("2027-01-31", Some(1_801_353_600)),
            ("2027-01-31T12:00:00Z", Some(1_801_396_800)),
            ("2027-01-31 12:00", Some(1_801_396_800)),
            ("2027-01-31T12:00:00+01:00", Some(1_801_393_200)),
            ("+1d", Some(86_500)),
            ("-100s", Some(0)),
            ("tomorrow", None),
            ("", None),
        ] {
            assert_eq!(read(text, 100), wanted, "{text}");
        }
    }
}
