//! The name a peer should prove, and how certificates are matched against it (RFC 9525).
//!
//! DNS names are compared as ASCII without case; an international name is its A-label. A wildcard
//! stands for exactly one whole left-most label. The common name is consulted under
//! [`crate::verify::exceptions::Exceptions::COMMON_NAME`] alone.

mod dns;
mod fault;
pub mod mail;
pub mod service;
pub(crate) mod uri;

use crate::cursor::{Cursor, tag};
use crate::general_name::GeneralName;
use crate::name::mail::MailAddress;
use crate::name::service::{SrvName, UriId};
use crate::oid::{DNS_SRV, SMTP_UTF8_MAILBOX};
use core::net::{IpAddr, Ipv6Addr};
use std::borrow::Cow;
use std::fmt;
use std::str::FromStr;

pub use crate::name::dns::DnsName;
pub use crate::name::fault::NameFault;

/// The name of the peer that is meant. TLS asks for hosts and addresses; the others are for peers
/// that are known by something else, and are never sent as server_name.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum ServerName {
    /// A DNS name.
    Dns(DnsName),
    /// An IP address.
    Ip(IpAddr),
    /// A service by its URI: see [`UriId::parse`].
    Uri(UriId),
    /// A service of a domain: see [`SrvName::parse`].
    Srv(SrvName),
    /// A mail address: see [`MailAddress::parse`].
    Mail(MailAddress),
}

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
            other => Cow::Owned(other.to_string()),
        }
    }

    /// Whether a certificate's name proves this one.
    #[must_use]
    pub fn is_proved_by(&self, presented: &GeneralName<'_>) -> bool {
        match (self, presented) {
            (Self::Dns(wanted), GeneralName::Dns(found)) => wanted.is_proved_by(found),
            (Self::Ip(wanted), found) => found.ip() == Some(*wanted),
            (Self::Uri(wanted), GeneralName::Uri(found)) => wanted.is_proved_by(found),
            (Self::Srv(wanted), found) => {
                srv_name(found).is_some_and(|found| wanted.is_proved_by(found))
            }
            (Self::Mail(wanted), GeneralName::Mail(found)) => {
                !wanted.is_international() && wanted.is_proved_by(found)
            }
            (Self::Mail(wanted), found) => {
                wanted.is_international()
                    && international_mail(found).is_some_and(|found| wanted.is_proved_by(found))
            }
            _ => false,
        }
    }

    /// Whether a certificate's name is of the kind that could prove this one.
    pub(crate) fn is_kind_of(&self, presented: &GeneralName<'_>) -> bool {
        match self {
            Self::Dns(_) | Self::Ip(_) => {
                matches!(presented, GeneralName::Dns(_) | GeneralName::Ip(_))
            }
            Self::Uri(_) => matches!(presented, GeneralName::Uri(_)),
            Self::Srv(_) => srv_name(presented).is_some(),
            Self::Mail(_) => {
                matches!(presented, GeneralName::Mail(_)) || international_mail(presented).is_some()
            }
        }
    }
}

/// The contents of an SRVName (RFC 4985 s2), an IA5String.
pub(crate) fn srv_name<'a>(name: &GeneralName<'a>) -> Option<&'a str> {
    other_text(name, DNS_SRV, tag::IA5_STRING).filter(|text| text.is_ascii())
}

/// The contents of an SmtpUTF8Mailbox (RFC 9598 s3), a UTF8String.
pub(crate) fn international_mail<'a>(name: &GeneralName<'a>) -> Option<&'a str> {
    other_text(name, SMTP_UTF8_MAILBOX, tag::UTF8_STRING)
}

fn other_text<'a>(name: &GeneralName<'a>, kind: &[u8], tag: u8) -> Option<&'a str> {
    let (_, value) = name.other_name().filter(|(oid, _)| oid.0 == kind)?;
    let field = "otherName";
    let mut inside = Cursor::new(value, 0);
    let text = inside.expect(tag, field).ok()?;
    inside.finish(field).ok()?;
    std::str::from_utf8(text.value).ok()
}

impl fmt::Display for ServerName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Dns(name) => name.fmt(f),
            Self::Ip(address) => address.fmt(f),
            Self::Uri(uri) => uri.fmt(f),
            Self::Srv(service) => service.fmt(f),
            Self::Mail(address) => address.fmt(f),
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

#[cfg(test)]
mod tests;
