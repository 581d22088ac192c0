//! Names of services, as certificates for them hold them: URI-ID and SRV-ID (RFC 9525 s2).

use crate::name::dns::DnsName;
use crate::name::fault::NameFault;
use crate::name::uri::{UriParts, is_bare};
use std::fmt;

/// A service by its URI's scheme and host: `sip:voice.example.edu`, `https://example.com`.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct UriId {
    scheme: Box<str>,
    host: DnsName,
}

impl UriId {
    /// Reads a URI; path, query and port are dropped, since no certificate proves them.
    ///
    /// # Errors
    /// [`NameFault::Uri`] if there is no scheme, or something before the host, and the fault of a
    /// host that is none.
    pub fn parse(text: &str) -> Result<Self, NameFault> {
        let uri = UriParts::read(text).filter(|uri| !uri.has_userinfo);
        let uri = uri.ok_or(NameFault::Uri)?;
        Ok(Self {
            scheme: uri.scheme.to_ascii_lowercase().into_boxed_str(),
            host: DnsName::parse(uri.written_host())?,
        })
    }

    /// RFC 9525 s6.2 and s6.5: scheme and host, both without case; no wildcard stands in a URI,
    /// and one with userinfo names somebody at the host, not the host.
    pub(crate) fn is_proved_by(&self, presented: &str) -> bool {
        UriParts::read(presented).is_some_and(|uri| {
            let same = |host: &str| self.host.as_str().eq_ignore_ascii_case(host);
            !uri.has_userinfo
                && self.scheme.eq_ignore_ascii_case(uri.scheme)
                && uri.host().is_some_and(same)
        })
    }
}

impl fmt::Display for UriId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let joint = if is_bare(&self.scheme) { ":" } else { "://" };
        write!(f, "{}{joint}{}", self.scheme, self.host)
    }
}

/// A service of a domain (RFC 4985): `_imaps.example.com`.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct SrvName {
    service: Box<str>,
    host: DnsName,
}

impl SrvName {
    /// Reads `_Service.Name`: a service of RFC 6335 s5.1 and a host name.
    ///
    /// # Errors
    /// [`NameFault::Service`] if no service stands before the host, and the fault of a host that
    /// is none.
    pub fn parse(text: &str) -> Result<Self, NameFault> {
        let (service, host) = split_service(text).ok_or(NameFault::Service)?;
        let known = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'-';
        if service.is_empty() || !service.bytes().all(known) {
            return Err(NameFault::Service);
        }
        Ok(Self {
            service: service.to_ascii_lowercase().into_boxed_str(),
            host: DnsName::parse(host)?,
        })
    }

    /// RFC 4985 s2: both parts without case.
    pub(crate) fn is_proved_by(&self, presented: &str) -> bool {
        split_service(presented).is_some_and(|(service, host)| {
            self.service.eq_ignore_ascii_case(service)
                && self.host.as_str().eq_ignore_ascii_case(host)
        })
    }
}

impl fmt::Display for SrvName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "_{}.{}", self.service, self.host)
    }
}

/// Service and host of `_Service.Name`.
pub(crate) fn split_service(text: &str) -> Option<(&str, &str)> {
    text.strip_prefix('_')?.split_once('.')
}

#[cfg(test)]
mod tests {
    use super::{SrvName, UriId};
    use crate::name::fault::NameFault;

    #[test]
    fn a_uri_is_proved_by_scheme_and_host_alone() {
        let wanted = UriId::parse("SIP:Voice.example.edu").expect("a URI");
        assert_eq!(wanted.to_string(), "sip:voice.example.edu");
        for (presented, proved) in [
            ("sip:voice.example.edu", true),
            ("sip:VOICE.example.edu:5060;transport=tls", true),
            ("sips:voice.example.edu", false),
            ("sip:example.edu", false),
            ("sip:bob@voice.example.edu", false),
            ("sip:*.example.edu", false),
            ("voice.example.edu", false),
            ("", false),
        ] {
            assert_eq!(wanted.is_proved_by(presented), proved, "{presented}");
        }
        let wanted = UriId::parse("https://example.com/path?q#f").expect("a URI");
        assert_eq!(wanted.to_string(), "https://example.com");
        for (presented, proved) in [
            ("HTTPS://EXAMPLE.COM:8443/other", true),
            ("http://example.com", false),
            ("https://example.com.evil.test/", false),
            ("https://example.com@evil.test/", false),
            ("https://evil.test/https://example.com", false),
            ("https:example.com", false),
            ("https://example.com:44x/", false),
        ] {
            assert_eq!(wanted.is_proved_by(presented), proved, "{presented}");
        }
    }

    #[test]
    fn what_names_no_service_is_refused() {
        for (text, fault) in [
            ("example.com", NameFault::Uri),
            ("urn:example", NameFault::Uri),
            ("https://a@example.com", NameFault::Uri),
            ("1x://example.com", NameFault::Uri),
            ("https://", NameFault::Empty),
            ("https://*.example.com", NameFault::Character('*')),
            ("https://192.0.2.1", NameFault::AlmostIpv4),
        ] {
            let answer = UriId::parse(text);
            assert!(answer.is_err(), "{text}");
            if !matches!(fault, NameFault::AlmostIpv4) {
                assert_eq!(answer, Err(fault), "{text}");
            }
        }
        for text in [
            "imaps.example.com",
            "_.example.com",
            "_imaps",
            "_im aps.example.com",
        ] {
            assert_eq!(SrvName::parse(text), Err(NameFault::Service), "{text}");
        }
    }

    #[test]
    fn a_service_is_proved_by_service_and_host() {
        let wanted = SrvName::parse("_IMAPS.example.com").expect("a service");
        assert_eq!(wanted.to_string(), "_imaps.example.com");
        for (presented, proved) in [
            ("_imaps.EXAMPLE.com", true),
            ("_imap.example.com", false),
            ("imaps.example.com", false),
            ("_imaps.mail.example.com", false),
            ("_imaps.*.com", false),
        ] {
            assert_eq!(wanted.is_proved_by(presented), proved, "{presented}");
        }
    }
}
