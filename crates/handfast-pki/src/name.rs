//! The name a peer should prove, and how certificates are matched against it (RFC 9525).
//!
//! DNS names are compared as ASCII without case; an international name is its A-label. A wildcard
//! stands for exactly one whole left-most label. The common name is never consulted.

use crate::general_name::GeneralName;
use core::net::{IpAddr, Ipv6Addr};
use std::borrow::Cow;
use std::fmt;
use std::str::FromStr;

/// The name of the peer that is meant.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum ServerName {
    /// A DNS name.
    Dns(DnsName),
    /// An IP address.
    Ip(IpAddr),
}

/// A DNS name in lower case, without the dot at its end.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct DnsName(Box<str>);

/// Why a text names no server.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum NameFault {
    /// There is nothing.
    Empty,
    /// Something outside ASCII.
    NotAscii,
    /// A character that stands in no host name.
    Character(char),
    /// A label that is empty, longer than 63 characters, or begins or ends with a hyphen.
    Label,
    /// More than 253 characters.
    TooLong,
    /// The last label is a number, but the whole is no IPv4 address.
    AlmostIpv4,
    /// A colon or bracket, but the whole is no IPv6 address.
    AlmostIpv6,
    /// An IPv6 address with a zone.
    Zone,
}

impl fmt::Display for NameFault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Empty => "the server name is empty",
            Self::NotAscii => {
                "the server name is not ASCII: give its A-label (xn--…), for example from `idn2`"
            }
            Self::Character(character) => {
                let shown = character.escape_default();
                return write!(
                    f,
                    "'{shown}' stands in no server name: give a host name or address alone"
                );
            }
            Self::Label => {
                "a part between the dots of the server name is empty, longer than 63 characters, \
                 or begins or ends with a hyphen"
            }
            Self::TooLong => "the server name is longer than 253 characters",
            Self::AlmostIpv4 => {
                "the server name ends in a number but is no IPv4 address: write four numbers from \
                 0 to 255"
            }
            Self::AlmostIpv6 => {
                "the server name has a colon or bracket but is no IPv6 address: give the port \
                 separately"
            }
            Self::Zone => {
                "the address has a zone (%…), which no certificate can prove: leave it out"
            }
        })
    }
}

impl std::error::Error for NameFault {}

impl ServerName {
    /// Reads `host`, `host.` (the dot is dropped), `192.0.2.1`, `2001:db8::1` or `[2001:db8::1]`.
    ///
    /// ```
    /// use handfast_pki::name::ServerName;
    ///
    /// assert_eq!(ServerName::parse("WWW.example.com.")?.to_string(), "www.example.com");
    /// assert_eq!(ServerName::parse("[2001:db8::1]")?.to_string(), "2001:db8::1");
    /// assert!(ServerName::parse("bücher.example").unwrap_err().to_string().contains("A-label"));
    /// # Ok::<(), handfast_pki::name::NameFault>(())
    /// ```
    ///
    /// # Errors
    /// A [`NameFault`] says what is wrong and what to write instead.
    pub fn parse(text: &str) -> Result<Self, NameFault> {
        if text.contains([':', '[', ']']) {
            let bare = text
                .strip_prefix('[')
                .and_then(|rest| rest.strip_suffix(']'))
                .unwrap_or(text);
            if bare.contains('%') {
                return Err(NameFault::Zone);
            }
            let address = Ipv6Addr::from_str(bare).map_err(|_| NameFault::AlmostIpv6)?;
            return Ok(Self::Ip(IpAddr::V6(address)));
        }
        if let Ok(address) = IpAddr::from_str(text) {
            return Ok(Self::Ip(address));
        }
        DnsName::parse(text).map(Self::Dns)
    }

    /// The name as it prints; a DNS name is not copied for it.
    #[must_use]
    pub fn as_text(&self) -> Cow<'_, str> {
        match self {
            Self::Dns(name) => Cow::Borrowed(name.as_str()),
            Self::Ip(address) => Cow::Owned(address.to_string()),
        }
    }

    /// Whether a certificate's name proves this one.
    #[must_use]
    pub fn is_proved_by(&self, presented: &GeneralName<'_>) -> bool {
        match (self, presented) {
            (Self::Dns(wanted), GeneralName::Dns(found)) => wanted.is_proved_by(found),
            (Self::Ip(wanted), found) => found.ip() == Some(*wanted),
            _ => false,
        }
    }
}

impl fmt::Display for ServerName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Dns(name) => name.fmt(f),
            Self::Ip(address) => address.fmt(f),
        }
    }
}

impl FromStr for ServerName {
    type Err = NameFault;

    fn from_str(text: &str) -> Result<Self, NameFault> {
        Self::parse(text)
    }
}

impl TryFrom<&str> for ServerName {
    type Error = NameFault;

    fn try_from(text: &str) -> Result<Self, NameFault> {
        Self::parse(text)
    }
}

impl From<IpAddr> for ServerName {
    fn from(address: IpAddr) -> Self {
        Self::Ip(address)
    }
}

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
    fn is_proved_by(&self, presented: &str) -> bool {
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

#[cfg(test)]
mod tests {
    use super::{NameFault, ServerName};
    use crate::general_name::GeneralName;

    fn proved(wanted: &str, presented: &str) -> bool {
        let wanted = ServerName::parse(wanted).expect("a server name");
        wanted.is_proved_by(&GeneralName::Dns(presented))
    }

    #[test]
    fn hosts_and_addresses_are_told_apart() {
        for (text, shown) in [
            ("Example.COM.", "example.com"),
            ("192.0.2.1", "192.0.2.1"),
            ("2001:DB8:0::1", "2001:db8::1"),
            ("[::1]", "::1"),
            ("xn--n3h.example", "xn--n3h.example"),
        ] {
            assert_eq!(ServerName::parse(text).expect(text).to_string(), shown);
        }
    }

    #[test]
    fn what_names_no_server_is_refused_with_its_reason() {
        let long = "a".repeat(64);
        for (text, fault) in [
            ("", NameFault::Empty),
            (".", NameFault::Empty),
            ("bücher.example", NameFault::NotAscii),
            ("a..b", NameFault::Label),
            ("-a.example", NameFault::Label),
            (long.as_str(), NameFault::Label),
            ("a b", NameFault::Character(' ')),
            ("*.example.com", NameFault::Character('*')),
            ("a\0.example", NameFault::Character('\0')),
            ("1.2.3.256", NameFault::AlmostIpv4),
            ("example.com:443", NameFault::AlmostIpv6),
            ("fe80::1%eth0", NameFault::Zone),
        ] {
            assert_eq!(ServerName::parse(text), Err(fault), "{text}");
        }
        let many = vec!["a"; 128].join(".");
        assert_eq!(ServerName::parse(&many), Err(NameFault::TooLong));
    }

    #[test]
    fn a_wildcard_stands_for_one_whole_left_most_label() {
        assert!(proved("foo.example.com", "*.EXAMPLE.com"));
        assert!(!proved("example.com", "*.example.com"));
        assert!(!proved("a.b.example.com", "*.example.com"));
        assert!(!proved("baz.example.com", "ba*.example.com"));
        assert!(!proved("foo.bar.example.com", "foo.*.example.com"));
        assert!(!proved("example.com", "*.com"));
        assert!(!proved("com", "*"));
        assert!(!proved("com", "*."));
    }

    #[test]
    fn names_are_equal_without_case_and_otherwise_to_the_last_byte() {
        assert!(proved("example.com", "EXAMPLE.com"));
        assert!(!proved("example.com", "example.com."));
        assert!(!proved("example.com", "wwwexample.com"));
        assert!(!proved("example.com", ".example.com"));
    }

    #[test]
    fn addresses_match_only_addresses() {
        let wanted = ServerName::parse("192.0.2.1").expect("an address");
        assert!(wanted.is_proved_by(&GeneralName::Ip(&[192, 0, 2, 1])));
        assert!(!wanted.is_proved_by(&GeneralName::Dns("192.0.2.1")));
        let mapped = [0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff, 192, 0, 2, 1];
        assert!(!wanted.is_proved_by(&GeneralName::Ip(&mapped)));
    }
}
