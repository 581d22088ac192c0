//! How a certificate stands to a moment.

use handfast_pki::time::Validity;

/// Before, within or after its validity, in whole days.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Standing {
    /// It begins in so many days.
    NotYet(i64),
    /// So many days are left of so many.
    Valid { left: i64, of: i64 },
    /// It ended so many days ago.
    Expired(i64),
    /// It ends before it begins.
    Never,
}

impl Standing {
    /// How `validity` stands to a moment in seconds since 1970.
    pub(crate) fn of(validity: Validity, now_s: i64) -> Self {
        let (begin, end) = (validity.not_before.0, validity.not_after.0);
        let days = |from: i64, to: i64| to.saturating_sub(from) / DAY_S;
        if end < begin {
            Self::Never
        } else if now_s < begin {
            Self::NotYet(days(now_s, begin))
        } else if now_s <= end {
            Self::Valid {
                left: days(now_s, end),
                of: days(begin, end),
            }
        } else {
            Self::Expired(days(end, now_s))
        }
    }

    /// Whether it ends soon: with less than a third of its time left, and less than 30 days.
    pub(crate) fn ends_soon(self) -> bool {
        matches!(self, Self::Valid { left, of } if left < 30 && left < of / 3)
    }

    /// For programs.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::NotYet(_) => "not_yet_valid",
            Self::Valid { .. } => "valid",
            Self::Expired(_) => "expired",
            Self::Never => "never_valid",
        }
    }

    /// The days that are left, negative once it has expired.
    pub(crate) fn days_left(self) -> Option<i64> {
        match self {
            Self::Valid { left, .. } => Some(left),
            Self::Expired(days) => Some(-days),
            Self::NotYet(_) | Self::Never => None,
        }
    }

    /// For people.
    pub(crate) fn words(self) -> String {
        match self {
            Self::NotYet(0) => "begins within a day".to_owned(),
            Self::NotYet(days) => format!("begins in {}", count(days)),
            Self::Valid { left: 0, .. } => "ends within a day".to_owned(),
            Self::Valid { left, .. } => format!("{} left", count(left)),
            Self::Expired(0) => "expired today".to_owned(),
            Self::Expired(days) => format!("expired {} ago", count(days)),
            Self::Never => "ends before it begins".to_owned(),
        }
    }
}

/// Days, in years where there are many.
fn count(days: i64) -> String {
    match days {
        1 => "1 day".to_owned(),
        0..=730 => format!("{days} days"),
        _ => format!("{} years", days / 365),
    }
}

const DAY_S: i64 = 86_400;

#[cfg(test)]
mod tests {
    use super::*;
    use handfast_pki::time::UnixTime;

    #[test]
    fn days_are_counted_to_the_nearer_end() {
        let validity = Validity {
            not_before: UnixTime(10 * DAY_S),
            not_after: UnixTime(100 * DAY_S),
        };
        for (day, words, left) in [
            (5, "begins in 5 days", None),
            (10, "90 days left", Some(90)),
            (99, "1 day left", Some(1)),
            (100, "ends within a day", Some(0)),
            (1000, "expired 2 years ago", Some(-900)),
        ] {
            let standing = Standing::of(validity, day * DAY_S);
            assert_eq!((&*standing.words(), standing.days_left()), (words, left));
        }
        let soon = |day| Standing::of(validity, day * DAY_S).ends_soon();
        assert!(!soon(70) && soon(71) && !soon(101));
        let never = Validity {
            not_before: UnixTime(1),
            not_after: UnixTime(0),
        };
        assert_eq!(Standing::of(never, 0).words(), "ends before it begins");
    }
}
