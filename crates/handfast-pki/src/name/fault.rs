//! Why a text is no name.

use std::fmt;

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
    /// No URI with a scheme and a host.
    Uri,
    /// No `_service` before the host.
    Service,
    /// No mail address.
    Mail,
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
            Self::Uri => "no URI of a service: write its scheme and host, such as sip:example.com",
            Self::Service => {
                "no service of a domain: write _service.host, such as _imaps.example.com"
            }
            Self::Mail => "no mail address: write local@host, the local part without quotes",
        })
    }
}

impl std::error::Error for NameFault {}
