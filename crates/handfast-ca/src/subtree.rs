//! Sets of names that an authority may vouch for, or may not (RFC 5280 section 4.2.1.10).

use core::fmt;
use core::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use crate::alternative_name::text::is_host;
use crate::alternative_name::{AlternativeName, ascii};
use crate::error::CaError;
use crate::subject::Subject;
use crate::write::{Der, constructed, primitive, sequence};

/// A set of names of one kind.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Subtree {
    /// A host's name and all below it; empty for every host.
    Dns(String),
    /// An address, and how many leading bits of it count.
    Ip(IpAddr, u8),
    /// Mail addresses: one (`ada@a.test`), those of a host (`a.test`), or those of all hosts below
    /// one (`.a.test`); empty for every address.
    Mail(String),
    /// URIs of a host (`a.test`), or of all hosts below one (`.a.test`); empty for every host.
    Uri(String),
    /// Distinguished names that begin with this one.
    Directory(Subject),
}

impl Subtree {
    /// All addresses of one family.
    #[must_use]
    pub fn every_address(v6: bool) -> Self {
        let address = if v6 {
            IpAddr::V6(Ipv6Addr::UNSPECIFIED)
        } else {
            IpAddr::V4(Ipv4Addr::UNSPECIFIED)
        };
        Self::Ip(address, 0)
    }

    /// What lets an authority vouch for a name and, for a host's name, for all below it: for a
    /// host also for its mail addresses and its URIs.
    #[must_use]
    pub fn around(name: &AlternativeName) -> Vec<Self> {
        match name {
            AlternativeName::Dns(name) => of_host(name.strip_prefix("*.").unwrap_or(name)).to_vec(),
            AlternativeName::Ip(address) => {
                let bits = if address.is_ipv4() { 32 } else { 128 };
                vec![Self::Ip(*address, bits)]
            }
            AlternativeName::Mail(address) => vec![Self::Mail(address.clone())],
            AlternativeName::DirectoryName(name) => vec![Self::Directory(name.clone())],
            // Of a URI only the host can be said.
            AlternativeName::Uri(uri) => {
                let behind = uri.split_once("://").map_or("", |parts| parts.1);
                let authority = behind.split(['/', '?', '#']).next().unwrap_or_default();
                let host = authority.rsplit('@').next().unwrap_or_default();
                // RFC 5280 section 4.2.1.10: the host's name; addresses cannot be said.
                let host = host.split(':').next().unwrap_or_default();
                match is_host(host) && host.parse::<Ipv4Addr>().is_err() {
                    true => vec![Self::Uri(host.to_owned())],
                    false => Vec::new(),
                }
            }
            _ => Vec::new(),
        }
    }

    /// Reads a set of names as people write it: a host's name (`example.test`), a range of
    /// addresses (`10.0.0.0/8`) or one address, and with its kind in front as OpenSSL has it
    /// (`DNS:`, `IP:` with a number of bits or a mask, `email:`, `URI:`, `dirName:`).
    ///
    /// # Errors
    /// [`CaError::BadName`] for what is none.
    pub fn parse(text: &str) -> Result<Self, CaError> {
        let bad = || CaError::BadName(text.to_owned());
        let host = |host: &str| {
            let base = host.strip_prefix('.').unwrap_or(host);
            (host.is_empty() || is_host(base)).then(|| host.to_owned())
        };
        // RFC 5280 section 4.2.1.10: a host's name stands for all below it too; with a dot before
        // it, it stands for nothing that verifiers agree on.
        let name = |text| host(text).filter(|name| !name.starts_with('.'));
        let (kind, rest) = text.split_once(':').unwrap_or(("", text));
        match kind.to_ascii_lowercase().as_str() {
            "dns" => name(rest).map(Self::Dns),
            "ip" => range(rest),
            "email" | "mail" => match rest.split_once('@') {
                Some((local, at)) => {
                    let sound = !local.is_empty() && local.is_ascii() && host(at).is_some();
                    sound.then(|| Self::Mail(rest.to_owned()))
                }
                None => host(rest).map(Self::Mail),
            },
            "uri" => host(rest).map(Self::Uri),
            "dirname" => return Ok(Self::Directory(Subject::parse(rest)?)),
            _ => range(text).or_else(|| {
                let name = name(text).filter(|name| !name.is_empty());
                name.map(Self::Dns)
            }),
        }
        .ok_or_else(bad)
    }

    /// GeneralSubtree in DER.
    pub(crate) fn write(&self) -> Der {
        let base = match self {
            Self::Mail(base) => primitive(1, base_text(base)?),
            Self::Dns(base) => primitive(2, base_text(base)?),
            Self::Directory(name) => constructed(4, &[name.der()]),
            Self::Uri(base) => primitive(6, base_text(base)?),
            // A range of addresses is the address, then its mask.
            Self::Ip(address, bits) => {
                let octets = octets(*address);
                let mask = mask(octets.len(), *bits);
                let network = octets.iter().zip(&mask).map(|(octet, mask)| octet & mask);
                let range: Vec<u8> = network.chain(mask.iter().copied()).collect();
                primitive(7, &range)
            }
        };
        sequence(&[&base?])
    }
}

/// The empty base holds every name of its kind.
fn base_text(base: &str) -> Result<&[u8], CaError> {
    if base.is_empty() {
        return Ok(&[]);
    }
    ascii(base)
}

/// `10.0.0.0/8`, `10.0.0.0/255.0.0.0`, or one address.
fn range(text: &str) -> Option<Subtree> {
    let (address, bits) = text.split_once('/').unwrap_or((text, ""));
    let address: IpAddr = address.parse().ok()?;
    let most = if address.is_ipv4() { 32 } else { 128 };
    let bits = match (bits, bits.parse::<IpAddr>()) {
        ("", _) if !text.contains('/') => most,
        (_, Ok(given)) => {
            let given = octets(given);
            (0..=most).find(|bits| mask(octets(address).len(), *bits) == given)?
        }
        _ => bits.parse().ok().filter(|bits| *bits <= most)?,
    };
    Some(Subtree::Ip(address, bits))
}

fn octets(address: IpAddr) -> Vec<u8> {
    match address {
        IpAddr::V4(address) => address.octets().to_vec(),
        IpAddr::V6(address) => address.octets().to_vec(),
    }
}

fn mask(octets: usize, bits: u8) -> Vec<u8> {
    let mut left = u32::from(bits);
    let mut octet = || {
        let ones = left.min(8);
        left -= ones;
        // 8 - ones zero bits at the low end.
        u8::MAX.checked_shl(8 - ones).unwrap_or(0)
    };
    (0..octets).map(|_| octet()).collect()
}

impl fmt::Display for Subtree {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Dns(base) => write!(f, "DNS:{base}"),
            Self::Ip(address, bits) => write!(f, "IP:{address}/{bits}"),
            Self::Mail(base) => write!(f, "email:{base}"),
            Self::Uri(base) => write!(f, "URI:{base}"),
            Self::Directory(name) => write!(f, "dirName:{name}"),
        }
    }
}

/// Names that never belong to a host of someone else's: whoever trusts a root for development
/// trusts it for these alone. `localhost`, `.local`, `.test`, `.internal`, `home.arpa`, loopback,
/// link-local and private addresses; and of mail addresses and URIs those at these hosts.
///
/// RFC 5280 section 4.2.1.10: as there is a permitted set of each of the four kinds, a name of
/// these kinds elsewhere is refused. Of distinguished names, other names and registered
/// identifiers nothing is said: the first would bind the subjects as well, for the others no
/// comparison is defined, and they prove no host and no mail address. The one among them that
/// does, SmtpUTF8Mailbox, is bound by the sets of mail addresses (RFC 9598 section 6).
#[must_use]
pub fn development_names() -> Vec<Subtree> {
    let v4 = |a, b, bits| Subtree::Ip(IpAddr::V4(Ipv4Addr::new(a, b, 0, 0)), bits);
    let v6 = |first, bits| Subtree::Ip(IpAddr::V6(Ipv6Addr::new(first, 0, 0, 0, 0, 0, 0, 0)), bits);
    let hosts = ["localhost", "local", "test", "internal", "home.arpa"];
    let mut all: Vec<_> = hosts.iter().flat_map(|host| of_host(host)).collect();
    all.extend([
        v4(127, 0, 8),
        v4(10, 0, 8),
        v4(172, 16, 12),
        v4(192, 168, 16),
        v4(169, 254, 16),
        v6(0xfc00, 7),
        v6(0xfe80, 10),
    ]);
    all.push(Subtree::Ip(IpAddr::V6(Ipv6Addr::LOCALHOST), 128));
    all
}

/// A host and all below it, in the three kinds that name hosts. Of mail addresses and URIs a base
/// without a dot in front means the one host.
fn of_host(host: &str) -> [Subtree; 5] {
    let below = format!(".{host}");
    [
        Subtree::Dns(host.to_owned()),
        Subtree::Mail(host.to_owned()),
        Subtree::Mail(below.clone()),
        Subtree::Uri(host.to_owned()),
        Subtree::Uri(below),
    ]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_mask_has_its_ones_in_front() {
        assert_eq!(mask(4, 0), [0, 0, 0, 0]);
        assert_eq!(mask(4, 12), [255, 240, 0, 0]);
        assert_eq!(mask(4, 32), [255; 4]);
        assert_eq!(mask(4, 200), [255; 4]);
    }

    #[test]
    fn sets_of_names_are_read_as_they_are_shown() {
        for (text, shown) in [
            ("example.test", "DNS:example.test"),
            ("10.0.0.0/8", "IP:10.0.0.0/8"),
            ("IP:10.0.0.0/255.0.0.0", "IP:10.0.0.0/8"),
            ("::1", "IP:::1/128"),
            ("fc00::/7", "IP:fc00::/7"),
            ("email:.a.test", "email:.a.test"),
            ("email:", "email:"),
            ("URI:a.test", "URI:a.test"),
            ("dirName:O=Acme", "dirName:O=Acme"),
        ] {
            let set = Subtree::parse(text).unwrap();
            assert_eq!(set.to_string(), shown);
            assert_eq!(Subtree::parse(shown).unwrap(), set);
            assert!(set.write().is_ok());
        }
        for bad in [
            "",
            "a b",
            "10.0.0.0/33",
            "10.0.0.0/255.0.255.0",
            "email:@a",
            "DNS:.a.test",
            ".a.test",
            "URI:[",
            "URI:x/y",
        ] {
            assert!(Subtree::parse(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn what_surrounds_a_name_says_hosts_in_three_kinds() {
        let around = |text: &str| {
            let name = AlternativeName::parse(text).unwrap();
            let all = Subtree::around(&name);
            all.iter().map(ToString::to_string).collect::<Vec<_>>()
        };
        assert_eq!(around("*.a.test").len(), 5);
        assert_eq!(around("192.0.2.1"), ["IP:192.0.2.1/32"]);
        assert_eq!(around("ada@a.test"), ["email:ada@a.test"]);
        assert_eq!(around("https://u@a.test:1/x"), ["URI:a.test"]);
        // An address in a URI cannot be said.
        assert!(around("https://[::1]/").is_empty());
        assert!(around("https://192.0.2.1/").is_empty());
    }
}
