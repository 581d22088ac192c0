//! Mail addresses (RFC 5280 s4.2.1.6 and s7.5, RFC 9598).

use crate::name::dns::DnsName;
use crate::name::fault::NameFault;
use std::fmt;

/// A mail address: `local@host`.
///
/// The local part is compared byte for byte, since only its host knows what it means; the host
/// without case. An address whose local part is not ASCII is proved by SmtpUTF8Mailbox alone
/// (RFC 9598 s3), the others by rfc822Name alone.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct MailAddress {
    local: Box<str>,
    host: DnsName,
}

impl MailAddress {
    /// Reads an address; the host's international labels are A-labels. Quoted local parts and
    /// addresses in brackets are not taken.
    ///
    /// # Errors
    /// [`NameFault::Mail`] if the part before the `@` is none, and the fault of a host that is none.
    pub fn parse(text: &str) -> Result<Self, NameFault> {
        let (local, host) = text.rsplit_once('@').ok_or(NameFault::Mail)?;
        if !is_local_part(local) {
            return Err(NameFault::Mail);
        }
        Ok(Self {
            local: local.into(),
            host: DnsName::parse(host)?,
        })
    }

    /// Whether the local part needs SmtpUTF8Mailbox.
    pub(crate) fn is_international(&self) -> bool {
        !self.local.is_ascii()
    }

    /// Whether a certificate's address is this one.
    pub(crate) fn is_proved_by(&self, presented: &str) -> bool {
        presented.rsplit_once('@').is_some_and(|(local, host)| {
            *self.local == *local && self.host.as_str().eq_ignore_ascii_case(host)
        })
    }
}

impl fmt::Display for MailAddress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}@{}", self.local, self.host)
    }
}

/// Dot-string (RFC 5321 s4.1.2), with RFC 6531 s3.3's letters beyond ASCII.
fn is_local_part(text: &str) -> bool {
    let plain = |one: char| {
        !one.is_ascii() && !one.is_control()
            || one.is_ascii_alphanumeric()
            || "!#$%&'*+-/=?^_`{|}~".contains(one)
    };
    // 64 bytes: RFC 5321 s4.5.3.1.1.
    text.len() <= 64
        && text
            .split('.')
            .all(|atom| !atom.is_empty() && atom.chars().all(plain))
}

#[cfg(test)]
mod tests {
    use super::MailAddress;
    use crate::name::fault::NameFault;

    #[test]
    fn the_local_part_keeps_its_case_and_the_host_does_not() {
        let wanted = MailAddress::parse("Ann.Lee@Example.COM").expect("an address");
        assert_eq!(wanted.to_string(), "Ann.Lee@example.com");
        for (presented, proved) in [
            ("Ann.Lee@EXAMPLE.com", true),
            ("ann.lee@example.com", false),
            ("Ann.Lee@mail.example.com", false),
            ("\"Ann.Lee\"@example.com", false),
            ("x@Ann.Lee@example.com", false),
            ("Ann.Lee@example.com.", false),
            ("example.com", false),
        ] {
            assert_eq!(wanted.is_proved_by(presented), proved, "{presented}");
        }
    }

    #[test]
    fn what_is_no_address_is_refused() {
        let long = format!("{}@example.com", "a".repeat(65));
        for text in [
            "",
            "example.com",
            "@example.com",
            "a..b@example.com",
            ".a@example.com",
            "a b@example.com",
            "\"a\"@example.com",
            "a\0@example.com",
            &long,
        ] {
            assert_eq!(MailAddress::parse(text), Err(NameFault::Mail), "{text}");
        }
        assert_eq!(
            MailAddress::parse("a@bücher.example"),
            Err(NameFault::NotAscii)
        );
        assert!(MailAddress::parse("a@[192.0.2.1]").is_err());
        let beyond = MailAddress::parse("jörg@xn--bcher-kva.example").expect("an address");
        assert!(beyond.is_international());
    }
}
