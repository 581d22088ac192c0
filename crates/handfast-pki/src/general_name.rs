//! General names (RFC 5280 s4.2.1.6), as subjectAltName and nameConstraints hold them.

use crate::cursor::{Cursor, Tlv, tag};
use crate::distinguished_name::{DistinguishedName, is_unprintable};
use crate::fault::{CertificateFault, Problem};
use crate::oid::Oid;
use core::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use std::fmt;

/// The most names that one certificate may carry (a limit of ours, well above what is issued).
pub const MAX_NAMES: usize = 1_000;

const FIELD: &str = "subjectAltName";

/// One name of a subject.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum GeneralName<'a> {
    /// A DNS name: ASCII without NUL, otherwise as received.
    Dns(&'a str),
    /// The 4 or 16 bytes of an IP address (in a constraint: address and mask).
    Ip(&'a [u8]),
    /// A mail address, as received.
    Mail(&'a str),
    /// A URI, as received.
    Uri(&'a str),
    /// A distinguished name.
    Directory(DistinguishedName<'a>),
    /// A registered identifier.
    RegisteredId(Oid<'a>),
    /// otherName, x400Address or ediPartyName: kept as received, compared with nothing.
    Other {
        /// The tag number: 0, 3 or 5.
        kind: u8,
        /// The contents.
        value: &'a [u8],
    },
}

impl<'a> GeneralName<'a> {
    /// Reads one name. `masked` says that IP addresses come with a mask, as in constraints.
    pub(crate) fn read(
        element: &Tlv<'a>,
        masked: bool,
        field: &'static str,
    ) -> Result<Self, CertificateFault> {
        const DNS: u8 = tag::context(2);
        const MAIL: u8 = tag::context(1);
        const URI: u8 = tag::context(6);
        const IP: u8 = tag::context(7);
        const ID: u8 = tag::context(8);
        const DIRECTORY: u8 = tag::constructed(4);
        let ascii = || match std::str::from_utf8(element.value) {
            Ok(text) if text.is_ascii() && !text.contains('\0') => Ok(text),
            _ => Err(element.fault(Problem::NotAscii, field)),
        };
        Ok(match element.tag {
            DNS => Self::Dns(ascii()?),
            MAIL => Self::Mail(ascii()?),
            URI => Self::Uri(ascii()?),
            IP => match (element.value.len(), masked) {
                (4 | 16, false) | (8 | 32, true) => Self::Ip(element.value),
                _ => return Err(element.fault(Problem::IpAddress, field)),
            },
            DIRECTORY => {
                let mut inside = element.cursor();
                let name = inside.expect(tag::SEQUENCE, field)?;
                inside.finish(field)?;
                Self::Directory(DistinguishedName::check(&name, field)?)
            }
            ID => Self::RegisteredId(Oid(element.oid(field)?)),
            0xa0 | 0xa3 | 0xa5 => Self::Other {
                kind: element.tag & 0x1f,
                value: element.value,
            },
            _ => return Err(element.fault(Problem::GeneralName, field)),
        })
    }

    /// The kind of name, as RFC 5280 s4.2.1.6 names it.
    #[must_use]
    pub fn kind(&self) -> &'static str {
        match self {
            Self::Dns(_) => "dNSName",
            Self::Ip(_) => "iPAddress",
            Self::Mail(_) => "rfc822Name",
            Self::Uri(_) => "uniformResourceIdentifier",
            Self::Directory(_) => "directoryName",
            Self::RegisteredId(_) => "registeredID",
            Self::Other { kind: 0, .. } => "otherName",
            Self::Other { kind: 3, .. } => "x400Address",
            Self::Other { .. } => "ediPartyName",
        }
    }

    /// The type and the value, in DER, of an otherName that is one.
    #[must_use]
    pub fn other_name(&self) -> Option<(Oid<'a>, &'a [u8])> {
        let Self::Other { kind: 0, value } = self else {
            return None;
        };
        let mut inside = Cursor::new(value, 0);
        let id = inside.expect(tag::OID, FIELD).ok()?;
        let explicit = inside.expect(tag::constructed(0), FIELD).ok()?;
        let whole = inside.is_empty();
        whole.then_some((Oid(id.oid(FIELD).ok()?), explicit.value))
    }

    /// The address, if this is one.
    #[must_use]
    pub fn ip(&self) -> Option<IpAddr> {
        match self {
            Self::Ip(bytes) => {
                if let Ok(four) = <[u8; 4]>::try_from(*bytes) {
                    Some(IpAddr::V4(Ipv4Addr::from(four)))
                } else {
                    let sixteen = <[u8; 16]>::try_from(*bytes).ok()?;
                    Some(IpAddr::V6(Ipv6Addr::from(sixteen)))
                }
            }
            _ => None,
        }
    }
}

impl fmt::Display for GeneralName<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Dns(text) | Self::Mail(text) | Self::Uri(text) => show(text, f),
            Self::Ip(bytes) => match self.ip() {
                Some(address) => write!(f, "{address}"),
                None => show_subnet(bytes, f),
            },
            Self::Directory(name) => write!(f, "{name}"),
            Self::RegisteredId(oid) => write!(f, "{oid}"),
            Self::Other { value, .. } => {
                let name = self.kind();
                if let Some((id, value)) = self.other_name() {
                    return match other_text(value) {
                        Some(text) => {
                            write!(f, "{name} {id} ")?;
                            show(text, f)
                        }
                        None => write!(f, "{name} {id} of {} bytes", value.len()),
                    };
                }
                write!(f, "{name} of {} bytes", value.len())
            }
        }
    }
}

/// The text of an otherName that is a UTF8String or an IA5String, as those in use are.
fn other_text(value: &[u8]) -> Option<&str> {
    let mut inside = Cursor::new(value, 0);
    let text = inside.element(FIELD).ok()?;
    let is_text = matches!(text.tag, tag::UTF8_STRING | tag::IA5_STRING) && inside.is_empty();
    std::str::from_utf8(text.value).ok().filter(|_| is_text)
}

/// An address and its mask, as `10.0.0.0/8`.
fn show_subnet(bytes: &[u8], f: &mut fmt::Formatter<'_>) -> fmt::Result {
    let (address, mask) = bytes.split_at(bytes.len() / 2);
    let Some(address) = GeneralName::Ip(address).ip() else {
        return write!(f, "address and mask of {} bytes", bytes.len());
    };
    let ones = mask.iter().map(|byte| byte.leading_ones());
    let prefix: u32 = ones.clone().take_while(|ones| *ones == 8).sum();
    let prefix = prefix + ones.clone().find(|ones| *ones < 8).unwrap_or(0);
    let set: u32 = mask.iter().map(|byte| byte.count_ones()).sum();
    if set == prefix {
        return write!(f, "{address}/{prefix}");
    }
    // A mask with holes is no subnet.
    match GeneralName::Ip(mask).ip() {
        Some(mask) => write!(f, "{address}/{mask}"),
        None => write!(f, "{address}"),
    }
}

fn show(text: &str, f: &mut fmt::Formatter<'_>) -> fmt::Result {
    const SHOWN: usize = 253;
    for character in text.chars().take(SHOWN) {
        if is_unprintable(character) || character == '\\' {
            write!(f, "{}", character.escape_default())?;
        } else {
            write!(f, "{character}")?;
        }
    }
    if text.len() > SHOWN {
        f.write_str("…")?;
    }
    Ok(())
}

/// The names of a checked subjectAltName, in the order received.
#[derive(Clone, Debug)]
pub struct GeneralNames<'a>(Option<Cursor<'a>>);

impl<'a> GeneralNames<'a> {
    pub(crate) const fn none() -> Self {
        Self(None)
    }

    /// Checks every name once, so that iterating cannot fail.
    pub(crate) fn check(list: &Tlv<'a>) -> Result<Self, CertificateFault> {
        let mut cursor = list.cursor();
        let names = Self(Some(cursor));
        if cursor.is_empty() {
            return Err(list.fault(Problem::EmptyList, FIELD));
        }
        let mut count = 0;
        while !cursor.is_empty() {
            count += 1;
            if count > MAX_NAMES {
                return Err(list.fault(Problem::TooMany { limit: MAX_NAMES }, FIELD));
            }
            GeneralName::read(&cursor.element(FIELD)?, false, FIELD)?;
        }
        Ok(names)
    }
}

impl<'a> Iterator for GeneralNames<'a> {
    type Item = GeneralName<'a>;

    fn next(&mut self) -> Option<GeneralName<'a>> {
        let cursor = self.0.as_mut()?;
        if cursor.is_empty() {
            return None;
        }
        let name = cursor
            .element(FIELD)
            .and_then(|element| GeneralName::read(&element, false, FIELD));
        if name.is_err() {
            self.0 = None;
        }
        name.ok()
    }
}

#[cfg(test)]
mod tests {
    use super::GeneralName;

    #[test]
    fn an_other_name_tells_its_type_and_its_text() {
        let value = [6, 3, 0x2a, 3, 4, 0xa0, 5, 0x0c, 3, b'a', b'@', b'b'];
        let name = GeneralName::Other {
            kind: 0,
            value: &value,
        };
        let (id, inside) = name.other_name().unwrap();
        assert_eq!((&*id.to_string(), inside), ("1.2.3.4", &value[7..]));
        assert_eq!(name.to_string(), "otherName 1.2.3.4 a@b");
        let value = &value[..11];
        let broken = GeneralName::Other { kind: 0, value };
        assert_eq!(broken.to_string(), "otherName of 11 bytes");
    }

    #[test]
    fn subnets_are_shown_by_their_prefix_and_masks_with_holes_whole() {
        let shown = |bytes: &[u8]| GeneralName::Ip(bytes).to_string();
        assert_eq!(shown(&[10, 0, 0, 0, 255, 0, 0, 0]), "10.0.0.0/8");
        assert_eq!(
            shown(&[192, 0, 2, 128, 255, 255, 255, 128]),
            "192.0.2.128/25"
        );
        assert_eq!(shown(&[0; 8]), "0.0.0.0/0");
        assert_eq!(
            shown(&[10, 0, 0, 0, 255, 0, 255, 0]),
            "10.0.0.0/255.0.255.0"
        );
        assert_eq!(shown(&[0; 32]), "::/0");
        assert_eq!(shown(&[192, 0, 2, 1]), "192.0.2.1");
    }
}
