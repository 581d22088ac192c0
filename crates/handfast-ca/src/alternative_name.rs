//! The names that a certificate vouches for (RFC 5280 section 4.2.1.6).

pub(crate) mod text;

use core::fmt;
use core::net::IpAddr;

use der::{Decode, Tag};
use handfast_pki::general_name::GeneralName;

use crate::error::CaError;
use crate::subject::Subject;
use crate::write::{Der, constructed, element, oid, primitive};

/// A name that a certificate vouches for.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum AlternativeName {
    /// A host's name in ASCII; `*` may stand for its leftmost label.
    Dns(String),
    /// An address.
    Ip(IpAddr),
    /// A mail address in ASCII.
    Mail(String),
    /// A URI.
    Uri(String),
    /// A user of a Windows domain, as in `ada@corp.test`: an otherName of Microsoft's type.
    Upn(String),
    /// A mail address with letters beyond ASCII before the `@` (SmtpUTF8Mailbox, RFC 9598).
    International(String),
    /// A distinguished name.
    DirectoryName(Subject),
    /// A registered identifier, in numbers with dots.
    RegisteredId(String),
    /// Any other kind: an otherName.
    Other {
        /// Its type, in numbers with dots.
        oid: String,
        /// Its value in DER.
        value: Vec<u8>,
    },
}

impl AlternativeName {
    /// A host's name.
    #[must_use]
    pub fn dns(name: &str) -> Self {
        Self::Dns(name.to_owned())
    }

    /// An address, as octets or as [`IpAddr`].
    #[must_use]
    pub fn ip(address: impl Into<IpAddr>) -> Self {
        Self::Ip(address.into())
    }

    /// A mail address, in the one or the other kind of name as its letters need.
    #[must_use]
    pub fn mail(address: &str) -> Self {
        if address.is_ascii() {
            Self::Mail(address.to_owned())
        } else {
            Self::International(address.to_owned())
        }
    }

    /// A name that was read from a request or a certificate.
    ///
    /// # Errors
    /// [`CaError::BadName`] for kinds that are never issued: x400Address and ediPartyName, and
    /// what is not as its kind has it.
    pub fn from_general(name: &GeneralName<'_>) -> Result<Self, CaError> {
        let bad = || CaError::BadName(name.to_string());
        Ok(match name {
            GeneralName::Dns(text) => Self::dns(text),
            GeneralName::Mail(text) => Self::Mail((*text).to_owned()),
            GeneralName::Uri(text) => Self::Uri((*text).to_owned()),
            GeneralName::Ip(_) => Self::Ip(name.ip().ok_or_else(bad)?),
            GeneralName::Directory(name) => Self::DirectoryName(Subject::from_der(name.der())?),
            GeneralName::RegisteredId(oid) => Self::RegisteredId(oid.to_string()),
            _ => {
                let (oid, value) = name.other_name().ok_or_else(bad)?;
                let oid = oid.to_string();
                match (oid.as_str(), utf8(value)) {
                    (UPN, Some(text)) => Self::Upn(text),
                    (SMTP_UTF8_MAILBOX, Some(text)) => Self::International(text),
                    _ => Self::Other {
                        oid,
                        value: value.to_vec(),
                    },
                }
            }
        })
    }

    /// The kind of name, as RFC 5280 names it.
    #[must_use]
    pub fn kind(&self) -> &'static str {
        self.name_kind().name()
    }

    /// The kind of name.
    #[must_use]
    pub fn name_kind(&self) -> NameKind {
        match self {
            Self::Dns(_) => NameKind::Dns,
            Self::Ip(_) => NameKind::Ip,
            Self::Mail(_) => NameKind::Mail,
            Self::Uri(_) => NameKind::Uri,
            Self::Upn(_) => NameKind::Upn,
            Self::International(_) => NameKind::International,
            Self::DirectoryName(_) => NameKind::DirectoryName,
            Self::RegisteredId(_) => NameKind::RegisteredId,
            Self::Other { .. } => NameKind::Other,
        }
    }

    /// GeneralName in DER.
    pub(crate) fn write(&self) -> Der {
        match self {
            Self::Mail(mail) => primitive(1, ascii(mail)?),
            Self::Dns(name) => primitive(2, ascii(name)?),
            Self::DirectoryName(name) => {
                name.check()?;
                constructed(4, &[name.der()])
            }
            Self::Uri(uri) => primitive(6, ascii(uri)?),
            Self::Ip(IpAddr::V4(address)) => primitive(7, &address.octets()),
            Self::Ip(IpAddr::V6(address)) => primitive(7, &address.octets()),
            Self::RegisteredId(number) => {
                let whole = oid(number)?;
                // The contents, whose header has two octets: arcs are limited to far less.
                primitive(8, whole.get(2..).unwrap_or_default())
            }
            Self::Upn(name) => other(UPN, &text(name)?),
            Self::International(mail) => other(SMTP_UTF8_MAILBOX, &text(mail)?),
            Self::Other { oid, value } => {
                // What is written must be one element, or the name could not be read.
                der::AnyRef::from_der(value).map_err(|_| CaError::BadName(self.to_string()))?;
                other(oid, value)
            }
        }
    }
}

/// A kind of name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum NameKind {
    /// dNSName
    Dns,
    /// iPAddress
    Ip,
    /// rfc822Name
    Mail,
    /// uniformResourceIdentifier
    Uri,
    /// userPrincipalName
    Upn,
    /// SmtpUTF8Mailbox
    International,
    /// directoryName
    DirectoryName,
    /// registeredID
    RegisteredId,
    /// Any other otherName.
    Other,
}

impl NameKind {
    /// Every kind.
    pub const ALL: [Self; 9] = [
        Self::Dns,
        Self::Ip,
        Self::Mail,
        Self::Uri,
        Self::Upn,
        Self::International,
        Self::DirectoryName,
        Self::RegisteredId,
        Self::Other,
    ];

    /// Its name in RFC 5280, or where it is defined.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Dns => "dNSName",
            Self::Ip => "iPAddress",
            Self::Mail => "rfc822Name",
            Self::Uri => "uniformResourceIdentifier",
            Self::Upn => "userPrincipalName",
            Self::International => "SmtpUTF8Mailbox",
            Self::DirectoryName => "directoryName",
            Self::RegisteredId => "registeredID",
            Self::Other => "otherName",
        }
    }
}

/// OtherName: the type, and the value in [0].
fn other(number: &str, value: &[u8]) -> Der {
    constructed(0, &[&oid(number)?, &constructed(0, &[value])?])
}

fn text(name: &str) -> Der {
    if name.is_empty() {
        return Err(CaError::BadName(String::new()));
    }
    element(Tag::Utf8String, &[name.as_bytes()])
}

/// An IA5String's contents.
pub(crate) fn ascii(name: &str) -> Result<&[u8], CaError> {
    if name.is_empty() || !name.is_ascii() || name.contains('\0') {
        return Err(CaError::BadName(name.to_owned()));
    }
    Ok(name.as_bytes())
}

fn utf8(value: &[u8]) -> Option<String> {
    let text = der::asn1::Utf8StringRef::from_der(value).ok()?;
    Some(text.as_str().to_owned())
}

impl fmt::Display for AlternativeName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Dns(name) | Self::Mail(name) | Self::Uri(name) => f.write_str(name),
            Self::Upn(name) | Self::International(name) => f.write_str(name),
            Self::Ip(address) => address.fmt(f),
            Self::DirectoryName(name) => name.fmt(f),
            Self::RegisteredId(number) => f.write_str(number),
            Self::Other { oid, value } => match utf8(value) {
                Some(text) => write!(f, "{oid} {text}"),
                None => write!(f, "{oid} of {} bytes", value.len()),
            },
        }
    }
}

/// Microsoft's userPrincipalName.
const UPN: &str = "1.3.6.1.4.1.311.20.2.3";
/// RFC 9598 section 3.
const SMTP_UTF8_MAILBOX: &str = "1.3.6.1.5.5.7.8.9";
