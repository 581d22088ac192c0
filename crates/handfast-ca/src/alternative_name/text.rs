//! Names as people write them.

use core::net::IpAddr;

use der::Tag;

use crate::alternative_name::AlternativeName;
use crate::error::CaError;
use crate::subject::Subject;
use crate::write::{element, oid};

impl AlternativeName {
    /// Reads a name as people write it: an address, a mail address, a URI or a host's name; or
    /// with its kind in front, as OpenSSL has it: `DNS:`, `IP:`, `email:`, `URI:`, `UPN:`,
    /// `dirName:` (a name as [`Subject::parse`] takes it), `RID:`, and `otherName:TYPE;UTF8:TEXT`.
    ///
    /// ```
    /// use handfast_ca::alternative_name::AlternativeName;
    ///
    /// let read = AlternativeName::parse;
    /// assert_eq!(read("*.example.test")?, AlternativeName::dns("*.example.test"));
    /// assert_eq!(read("[::1]")?, read("IP:::1")?);
    /// assert_eq!(read("ada@example.test")?, AlternativeName::mail("ada@example.test"));
    /// assert!(read("not a host").is_err());
    /// # Ok::<(), handfast_ca::error::CaError>(())
    /// ```
    ///
    /// # Errors
    /// [`CaError::BadName`] for what is no name of the kind.
    pub fn parse(text: &str) -> Result<Self, CaError> {
        parse(text)
    }

    /// Whether it is as people could have written it: a host's name of letters, digits and
    /// hyphens, a mail address of something at a host, a URI with a scheme. Of the kinds without
    /// such a form nothing is asked.
    #[must_use]
    pub fn is_well_formed(&self) -> bool {
        match self {
            Self::Dns(name) => dns(name).is_some(),
            Self::Mail(name) | Self::International(name) => {
                mail(name).is_some_and(|read| read == *self)
            }
            Self::Upn(name) => mail(name).is_some(),
            Self::Uri(name) => uri(name).is_some(),
            _ => true,
        }
    }
}

/// Reads a name, with its kind in front or without.
fn parse(text: &str) -> Result<AlternativeName, CaError> {
    let bad = || CaError::BadName(text.to_owned());
    if text.chars().any(char::is_control) {
        return Err(bad());
    }
    let Some((kind, rest)) = text.split_once(':') else {
        return bare(text).ok_or_else(bad);
    };
    match kind.to_ascii_lowercase().as_str() {
        "dns" => dns(rest),
        "ip" | "ip address" => address(rest),
        "email" | "mail" => mail(rest),
        "uri" => uri(rest),
        "upn" => mail(rest).map(|_| AlternativeName::Upn(rest.to_owned())),
        "dirname" => return Ok(AlternativeName::DirectoryName(Subject::parse(rest)?)),
        "rid" => {
            oid(rest)?;
            Some(AlternativeName::RegisteredId(rest.to_owned()))
        }
        "othername" => other(rest)?,
        _ => bare(text),
    }
    .ok_or_else(bad)
}

fn bare(text: &str) -> Option<AlternativeName> {
    address(text)
        .or_else(|| text.contains("://").then(|| uri(text)).flatten())
        .or_else(|| text.contains('@').then(|| mail(text)).flatten())
        .or_else(|| dns(text))
}

/// With brackets around an IPv6 address or without.
fn address(text: &str) -> Option<AlternativeName> {
    let inside = text
        .strip_prefix('[')
        .and_then(|text| text.strip_suffix(']'));
    let address: IpAddr = inside.unwrap_or(text).parse().ok()?;
    Some(AlternativeName::Ip(address))
}

/// Letters, digits and hyphens in labels (RFC 1034 section 3.5; underscores are in use), with `*`
/// for the leftmost label alone. It keeps the letters as they were given.
fn dns(text: &str) -> Option<AlternativeName> {
    let host = text.strip_prefix("*.").unwrap_or(text);
    is_host(host).then(|| AlternativeName::dns(text))
}

pub(crate) fn is_host(host: &str) -> bool {
    let is_label = |label: &str| {
        let sound = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_');
        let edges = !label.starts_with('-') && !label.ends_with('-');
        (1..=63).contains(&label.len()) && label.bytes().all(sound) && edges
    };
    // A last label of digits would be read as an address (RFC 1123 section 2.1).
    let last = host.rsplit('.').next().unwrap_or_default();
    let in_digits = last.bytes().all(|byte| byte.is_ascii_digit());
    host.len() <= 253 && host.split('.').all(is_label) && !in_digits
}

/// Something, an `@`, and a host.
fn mail(text: &str) -> Option<AlternativeName> {
    let (local, host) = text.rsplit_once('@')?;
    let sound = |one: char| !one.is_whitespace() && !"<>()[],;:\\\"@".contains(one);
    let fits = !local.is_empty() && local.chars().all(sound);
    (fits && is_host(host)).then(|| AlternativeName::mail(text))
}

/// RFC 3986 section 3.1: a scheme, a colon and something behind it, in ASCII without spaces.
fn uri(text: &str) -> Option<AlternativeName> {
    let (scheme, rest) = text.split_once(':')?;
    let letters = |byte: u8| byte.is_ascii_alphanumeric() || b"+-.".contains(&byte);
    let fits = scheme.starts_with(|first: char| first.is_ascii_alphabetic())
        && scheme.bytes().all(letters)
        && !rest.is_empty()
        && rest.bytes().all(|byte| byte.is_ascii_graphic());
    fits.then(|| AlternativeName::Uri(text.to_owned()))
}

/// `TYPE;UTF8:TEXT`.
fn other(text: &str) -> Result<Option<AlternativeName>, CaError> {
    let Some((number, rest)) = text.split_once(';') else {
        return Ok(None);
    };
    let value = rest
        .strip_prefix("UTF8:")
        .or_else(|| rest.strip_prefix("UTF8String:"));
    let Some(value) = value.filter(|value| !value.is_empty()) else {
        return Ok(None);
    };
    oid(number)?;
    Ok(Some(AlternativeName::Other {
        oid: number.to_owned(),
        value: element(Tag::Utf8String, &[value.as_bytes()])?,
    }))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_kind_is_seen_or_said() {
        for (text, kind, shown) in [
            ("localhost", "dNSName", "localhost"),
            ("DNS:*.a.test", "dNSName", "*.a.test"),
            ("192.0.2.1", "iPAddress", "192.0.2.1"),
            ("::1", "iPAddress", "::1"),
            ("IP:::1", "iPAddress", "::1"),
            ("ada@a.test", "rfc822Name", "ada@a.test"),
            ("email:ada@a.test", "rfc822Name", "ada@a.test"),
            (
                "j\u{fc}rgen@a.test",
                "SmtpUTF8Mailbox",
                "j\u{fc}rgen@a.test",
            ),
            (
                "spiffe://a.test/x",
                "uniformResourceIdentifier",
                "spiffe://a.test/x",
            ),
            ("URI:urn:a:b", "uniformResourceIdentifier", "urn:a:b"),
            ("UPN:ada@corp.test", "userPrincipalName", "ada@corp.test"),
            ("dirName:CN=a,C=DE", "directoryName", "CN=a,C=DE"),
            ("RID:1.2.3.4", "registeredID", "1.2.3.4"),
            ("otherName:1.2.3.4;UTF8:x", "otherName", "1.2.3.4 x"),
        ] {
            let name = parse(text).unwrap();
            assert_eq!((name.kind(), &*name.to_string()), (kind, shown), "{text}");
            let der = name.write().unwrap();
            assert!(der.len() > 2, "{text}");
        }
    }

    #[test]
    fn what_is_no_name_is_refused() {
        for text in [
            "",
            "a b",
            "-a.test",
            "a..test",
            "*",
            "a.*.test",
            "1.2.3",
            "a@",
            "@b",
            "DNS:",
            "IP:x",
            "email:x",
            "URI:x",
            "UPN:x",
            "RID:x",
            "otherName:1.2.3",
            "otherName:1.2.3;INT:5",
            "b\u{fc}cher.test",
            "a\nb",
            "dirName:x",
            "foo:bar",
        ] {
            assert!(parse(text).is_err(), "{text}");
        }
    }
}
