//! Times in certificates: UTC, to the second (RFC 5280 s4.1.2.5).

use crate::cursor::{Cursor, Tlv, tag};
use crate::fault::{CertificateFault, Problem};
use std::fmt;
use std::str::FromStr;

/// A moment, in seconds since 1970-01-01T00:00:00Z; displayed as RFC 3339 writes it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct UnixTime(pub i64);

/// The time during which an issuer answers for a certificate; both ends count as inside.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Validity {
    /// The first second at which the certificate is valid.
    pub not_before: UnixTime,
    /// The last second at which the certificate is valid.
    pub not_after: UnixTime,
}

impl Validity {
    pub(crate) fn read(cursor: &mut Cursor<'_>) -> Result<Self, CertificateFault> {
        const FIELD: &str = "tbsCertificate.validity";
        let mut inside = cursor.expect(tag::SEQUENCE, FIELD)?.cursor();
        let validity = Self {
            not_before: read_time(&mut inside, "tbsCertificate.validity.notBefore")?,
            not_after: read_time(&mut inside, "tbsCertificate.validity.notAfter")?,
        };
        inside.finish(FIELD)?;
        Ok(validity)
    }
}

/// UTCTime or GeneralizedTime.
pub(crate) fn read_time(
    cursor: &mut Cursor<'_>,
    field: &'static str,
) -> Result<UnixTime, CertificateFault> {
    let element = cursor.element(field)?;
    parse_time(&element).ok_or_else(|| element.fault(Problem::Time, field))
}

/// GeneralizedTime alone, as OCSP has it.
pub(crate) fn read_generalized_time(
    cursor: &mut Cursor<'_>,
    field: &'static str,
) -> Result<UnixTime, CertificateFault> {
    let element = cursor.expect(tag::GENERALIZED_TIME, field)?;
    parse_time(&element).ok_or_else(|| element.fault(Problem::Time, field))
}

/// UTCTime is `YYMMDDHHMMSSZ`, GeneralizedTime `YYYYMMDDHHMMSSZ`; no fractions, no offsets.
fn parse_time(element: &Tlv<'_>) -> Option<UnixTime> {
    let (year, rest) = match (element.tag, element.value) {
        (tag::UTC_TIME, [y1, y2, rest @ ..]) => {
            let year = two_digits(*y1, *y2)?;
            // RFC 5280 s4.1.2.5.1: 50 and above is the twentieth century.
            (if year >= 50 { 1900 + year } else { 2000 + year }, rest)
        }
        (tag::GENERALIZED_TIME, [y1, y2, y3, y4, rest @ ..]) => {
            (two_digits(*y1, *y2)? * 100 + two_digits(*y3, *y4)?, rest)
        }
        _ => return None,
    };
    let [m1, m2, d1, d2, h1, h2, n1, n2, s1, s2, b'Z'] = rest else {
        return None;
    };
    let month = two_digits(*m1, *m2)?;
    let day = two_digits(*d1, *d2)?;
    let hour = two_digits(*h1, *h2)?;
    let minute = two_digits(*n1, *n2)?;
    let second = two_digits(*s1, *s2)?;
    let in_range = (1..=12).contains(&month)
        && (1..=days_in_month(year, month)).contains(&day)
        && hour < 24
        && minute < 60
        && second < 60;
    in_range.then(|| {
        UnixTime(days_from_epoch(year, month, day) * 86_400 + hour * 3600 + minute * 60 + second)
    })
}

fn two_digits(tens: u8, ones: u8) -> Option<i64> {
    let both = tens.is_ascii_digit() && ones.is_ascii_digit();
    both.then(|| i64::from(tens - b'0') * 10 + i64::from(ones - b'0'))
}

fn days_in_month(year: i64, month: i64) -> i64 {
    match month {
        4 | 6 | 9 | 11 => 30,
        2 if year % 4 == 0 && (year % 100 != 0 || year % 400 == 0) => 29,
        2 => 28,
        _ => 31,
    }
}

/// Days from 1970-01-01 in the Gregorian calendar. Years are counted from March, so that the leap
/// day comes last, and in eras of 400 years, which all have 146,097 days.
fn days_from_epoch(year: i64, month: i64, day: i64) -> i64 {
    let year = if month <= 2 { year - 1 } else { year };
    let era = year.div_euclid(400);
    let year_of_era = year.rem_euclid(400);
    let day_of_year = (153 * ((month + 9) % 12) + 2) / 5 + day - 1;
    let day_of_era = year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year;
    era * 146_097 + day_of_era - 719_468
}

impl fmt::Display for UnixTime {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let days = self.0.div_euclid(86_400) + 719_468;
        let second = self.0.rem_euclid(86_400);
        let era = days.div_euclid(146_097);
        let day_of_era = days.rem_euclid(146_097);
        let year_of_era =
            (day_of_era - day_of_era / 1460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
        let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
        let march_month = (5 * day_of_year + 2) / 153;
        let day = day_of_year - (153 * march_month + 2) / 5 + 1;
        let month = if march_month < 10 {
            march_month + 3
        } else {
            march_month - 9
        };
        let year = year_of_era + era * 400 + i64::from(month <= 2);
        write!(
            f,
            "{year:04}-{month:02}-{day:02}T{:02}:{:02}:{:02}Z",
            second / 3600,
            second / 60 % 60,
            second % 60
        )
    }
}

impl FromStr for UnixTime {
    type Err = NoTime;

    /// Reads what [`fmt::Display`] writes: `2026-11-21T13:30:00Z`, and nothing else of RFC 3339.
    fn from_str(text: &str) -> Result<Self, NoTime> {
        let [date @ .., b'Z'] = text.as_bytes() else {
            return Err(NoTime);
        };
        let &[
            y1,
            y2,
            y3,
            y4,
            b'-',
            m1,
            m2,
            b'-',
            d1,
            d2,
            b'T',
            h1,
            h2,
            b':',
            n1,
            n2,
            b':',
            s1,
            s2,
        ] = date
        else {
            return Err(NoTime);
        };
        let digits = [y1, y2, y3, y4, m1, m2, d1, d2, h1, h2, n1, n2, s1, s2, b'Z'];
        parse_time(&Tlv {
            tag: tag::GENERALIZED_TIME,
            value: &digits,
            raw: &[],
            at: 0,
        })
        .ok_or(NoTime)
    }
}

/// A text is no time as [`UnixTime`] is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NoTime;

impl fmt::Display for NoTime {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("no time: write it as 2026-11-21T13:30:00Z")
    }
}

impl std::error::Error for NoTime {}

#[cfg(test)]
mod tests {
    use super::{NoTime, UnixTime, parse_time};
    use crate::cursor::{Tlv, tag};

    fn parsed(tag: u8, text: &str) -> Option<UnixTime> {
        parse_time(&Tlv {
            tag,
            value: text.as_bytes(),
            raw: &[],
            at: 0,
        })
    }

    #[test]
    fn both_forms_give_the_same_second() {
        let wanted = Some(UnixTime(1_708_999_506));
        assert_eq!(parsed(tag::UTC_TIME, "240227020506Z"), wanted);
        assert_eq!(parsed(tag::GENERALIZED_TIME, "20240227020506Z"), wanted);
    }

    #[test]
    fn what_is_shown_is_what_was_read() {
        for text in [
            "19500101000000Z",
            "19700101000000Z",
            "20000229235959Z",
            "99991231235959Z",
        ] {
            let time = parsed(tag::GENERALIZED_TIME, text).expect("a valid time");
            let shown: String = time
                .to_string()
                .chars()
                .filter(char::is_ascii_alphanumeric)
                .collect();
            assert_eq!(shown.replace('T', ""), text);
            assert_eq!(time.to_string().parse(), Ok(time));
        }
        for wrong in [
            "2026-02-30T00:00:00Z",
            "2026-02-03 00:00:00Z",
            "2026-02-03T00:00:00",
            "",
        ] {
            assert_eq!(wrong.parse::<UnixTime>(), Err(NoTime), "{wrong}");
        }
    }

    #[test]
    fn fractions_offsets_and_impossible_dates_are_refused() {
        for text in [
            "20240227020506.5Z",
            "20240227020506+0100",
            "20240230000000Z",
            "20240101246000Z",
        ] {
            assert_eq!(parsed(tag::GENERALIZED_TIME, text), None, "{text}");
        }
        assert_eq!(parsed(tag::UTC_TIME, "2402270205Z"), None);
    }
}
