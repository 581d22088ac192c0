//! What a request wants of a file: all, a part, or nothing if it has not
//! changed (RFC 9110 sections 13 and 14).

use hyper::header::{self, HeaderMap, HeaderValue};
use std::fs::Metadata;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

/// What to send.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Part {
    /// The whole file.
    All,
    /// Bytes from the first on, so many.
    Some { first: u64, length: u64 },
    /// The file has no such bytes.
    Beyond,
    /// The client has it already.
    NotModified,
}

/// What tells one version of a file from another.
pub(crate) struct Version {
    pub(crate) etag: String,
    /// To the second, as HTTP dates are.
    modified: SystemTime,
}

impl Version {
    /// With a tag of one's own, in quotes, and made at this second.
    pub(crate) fn new(etag: String, made_unix: u64) -> Self {
        let modified = UNIX_EPOCH + Duration::from_secs(made_unix);
        Self { etag, modified }
    }

    pub(super) fn of(data: &Metadata) -> Self {
        let modified = data.modified().unwrap_or(UNIX_EPOCH);
        let since = modified.duration_since(UNIX_EPOCH).unwrap_or_default();
        Self {
            etag: format!("\"{:x}-{:x}\"", since.as_nanos(), data.len()),
            modified: UNIX_EPOCH + Duration::from_secs(since.as_secs()),
        }
    }

    /// As Last-Modified.
    pub(crate) fn date(&self) -> String {
        httpdate::fmt_http_date(self.modified)
    }
}

/// What to send of a file of `bytes`.
pub(crate) fn part(headers: &HeaderMap, version: &Version, bytes: u64) -> Part {
    let text = |name| {
        headers
            .get(name)
            .and_then(|value: &HeaderValue| value.to_str().ok())
    };
    let since = |name| text(name).and_then(|date| httpdate::parse_http_date(date).ok());
    let unchanged = match text(header::IF_NONE_MATCH) {
        Some(tags) => tags.split(',').any(|tag| matches!(tag.trim().trim_start_matches("W/"), own if own == version.etag || own == "*")),
        None => since(header::IF_MODIFIED_SINCE).is_some_and(|since| version.modified <= since),
    };
    if unchanged {
        return Part::NotModified;
    }
    // A part of another version is of no use to who holds the rest of this one.
    let same = text(header::IF_RANGE)
        .is_none_or(|own| own == version.etag || since(header::IF_RANGE) == Some(version.modified));
    match text(header::RANGE).filter(|_| same) {
        Some(range) => range_of(range, bytes),
        None => Part::All,
    }
}

/// One range of bytes. Several, or another unit, mean the whole, which is allowed.
fn range_of(text: &str, bytes: u64) -> Part {
    let Some((first, last)) = text
        .strip_prefix("bytes=")
        .and_then(|range| range.split_once('-'))
    else {
        return Part::All;
    };
    let (first, last) = (first.trim(), last.trim());
    let number = |text: &str| {
        text.parse::<u64>()
            .ok()
            .filter(|_| text.bytes().all(|byte| byte.is_ascii_digit()))
    };
    let (first, end) = match (number(first), number(last)) {
        (None, Some(suffix)) if first.is_empty() => (bytes.saturating_sub(suffix), bytes),
        (Some(first), None) if last.is_empty() => (first, bytes),
        (Some(first), Some(last)) if first <= last => (first, last.saturating_add(1).min(bytes)),
        _ => return Part::All,
    };
    if first >= end {
        Part::Beyond
    } else {
        Part::Some {
            first,
            length: end - first,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn version() -> Version {
        Version {
            etag: "\"1-a\"".to_owned(),
            modified: UNIX_EPOCH + Duration::from_secs(784_111_777),
        }
    }

    fn asked(pairs: &[(&'static str, &'static str)]) -> Part {
        let headers = pairs.iter().map(|(name, value)| {
            (
                header::HeaderName::from_static(name),
                HeaderValue::from_static(value),
            )
        });
        part(&headers.collect(), &version(), 10)
    }

    #[test]
    fn a_range_is_cut_to_the_file() {
        for (range, wanted) in [
            (
                "bytes=0-0",
                Part::Some {
                    first: 0,
                    length: 1,
                },
            ),
            (
                "bytes=2-5",
                Part::Some {
                    first: 2,
                    length: 4,
                },
            ),
            (
                "bytes=7-",
                Part::Some {
                    first: 7,
                    length: 3,
                },
            ),
            (
                "bytes=7-18446744073709551615",
                Part::Some {
                    first: 7,
                    length: 3,
                },
            ),
            (
                "bytes=-4",
                Part::Some {
                    first: 6,
                    length: 4,
                },
            ),
            (
                "bytes=-99",
                Part::Some {
                    first: 0,
                    length: 10,
                },
            ),
            ("bytes=10-", Part::Beyond),
            ("bytes=-0", Part::Beyond),
            ("bytes=5-2", Part::All),
            ("bytes=0-1,4-5", Part::All),
            ("bytes=+1-2", Part::All),
            ("lines=1-2", Part::All),
            ("bytes=-", Part::All),
        ] {
            assert_eq!(asked(&[("range", range)]), wanted, "{range}");
        }
    }

    #[test]
    fn what_has_not_changed_is_not_sent_again() {
        assert_eq!(
            asked(&[("if-none-match", "\"x\", W/\"1-a\"")]),
            Part::NotModified
        );
        assert_eq!(asked(&[("if-none-match", "\"x\"")]), Part::All);
        assert_eq!(
            asked(&[("if-modified-since", "Sun, 06 Nov 1994 08:49:37 GMT")]),
            Part::NotModified
        );
        assert_eq!(
            asked(&[("if-modified-since", "Sun, 06 Nov 1994 08:49:36 GMT")]),
            Part::All
        );
        // The tag says more than the date (RFC 9110 s13.1.3).
        let both = [
            ("if-none-match", "\"x\""),
            ("if-modified-since", "Sun, 06 Nov 1994 08:49:37 GMT"),
        ];
        assert_eq!(asked(&both), Part::All);
    }

    #[test]
    fn a_range_of_another_version_is_the_whole_file() {
        assert_eq!(
            asked(&[("range", "bytes=1-"), ("if-range", "\"1-a\"")]),
            Part::Some {
                first: 1,
                length: 9
            }
        );
        assert_eq!(
            asked(&[("range", "bytes=1-"), ("if-range", "\"2-a\"")]),
            Part::All
        );
    }
}
