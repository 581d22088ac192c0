//! DNS names, as RFC 1123 and RFC 5890 write them.

use crate::name::fault::NameFault;
use std::fmt;

/// A DNS name in lower case, without the dot at its end.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct DnsName(Box<str>);

impl DnsName {
    /// Reads a host name; letters come out in lower case, a dot at the end is dropped.
    ///
    /// # Errors
    /// A [`NameFault`] says what is wrong.
    pub fn parse(text: &str) -> Result<Self, NameFault> {
        if !text.is_ascii() {
            return Err(NameFault::NotAscii);
        }
        let text = text.strip_suffix('.').unwrap_or(text);
        if text.is_empty() {
            return Err(NameFault::Empty);
        }
        if text.len() > 253 {
            return Err(NameFault::TooLong);
        }
        // The underscore stands in no host name by RFC 1123, but in many that are served.
        let allowed = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '.' | '_');
        if let Some(other) = text.chars().find(|c| !allowed(*c)) {
            return Err(NameFault::Character(other));
        }
        if !text.split('.').all(is_label) {
            return Err(NameFault::Label);
        }
        let last = text.rsplit('.').next().unwrap_or(text);
        if last.bytes().all(|byte| byte.is_ascii_digit()) {
            return Err(NameFault::AlmostIpv4);
        }
        Ok(Self(text.to_ascii_lowercase().into_boxed_str()))
    }

    /// The name, in lower case and without a dot at its end: as server_name carries it
    /// (RFC 6066 s3).
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// RFC 9525 s6.3. `presented` stands in a certificate: no dot is dropped from it, and what is
    /// no well-formed name or wildcard equals nothing, as the own name is always well-formed.
    pub(crate) fn is_proved_by(&self, presented: &str) -> bool {
        let Some(suffix) = presented.strip_prefix("*.") else {
            return self.0.eq_ignore_ascii_case(presented);
        };
        // A wildcard right below the root's children would speak for everyone.
        suffix.contains('.')
            && self
                .0
                .split_once('.')
                .is_some_and(|(_, own)| own.eq_ignore_ascii_case(suffix))
    }
}

impl fmt::Display for DnsName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

fn is_label(label: &str) -> bool {
    (1..=63).contains(&label.len()) && !label.starts_with('-') && !label.ends_with('-')
}
