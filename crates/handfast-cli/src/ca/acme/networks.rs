//! Where challenges may be looked at. Names are a stranger's, so they may lead anywhere: to what
//! this machine alone can reach, too (server-side request forgery). What is not allowed is not
//! connected to, whatever name or redirect leads there.

use handfast_fetch::is_public;
use std::net::IpAddr;

/// A set of addresses.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Network {
    /// What anybody can reach.
    Public,
    /// Of this house alone (RFC 1918, RFC 4193).
    Private,
    /// This machine.
    Loopback,
    /// All of them.
    Any,
    /// A range: an address, and how many leading bits of it count.
    Range(IpAddr, u8),
}

impl Network {
    /// Reads the value of a flag.
    pub(super) fn parse(text: &str) -> Result<Self, String> {
        let wrong = || {
            format!("{text} is neither public, private, loopback, any, nor a range as 10.0.0.0/8")
        };
        match text {
            "public" => return Ok(Self::Public),
            "private" => return Ok(Self::Private),
            "loopback" => return Ok(Self::Loopback),
            "any" => return Ok(Self::Any),
            _ => {}
        }
        let (address, bits) = match text.split_once('/') {
            Some((address, bits)) => (address, Some(bits)),
            None => (text, None),
        };
        let address: IpAddr = address.parse().map_err(|_| wrong())?;
        let most = if address.is_ipv4() { 32 } else { 128 };
        let bits = bits.map_or(Ok(most), |bits| bits.parse::<u8>().map_err(|_| wrong()))?;
        match bits <= most {
            true => Ok(Self::Range(address, bits)),
            false => Err(wrong()),
        }
    }

    fn holds(self, address: IpAddr) -> bool {
        match self {
            Self::Public => is_public(address),
            Self::Private => is_private(address),
            Self::Loopback => address.is_loopback(),
            Self::Any => true,
            Self::Range(network, bits) => is_in(address, network, bits),
        }
    }
}

/// Whether one of the networks holds the address. An IPv4 address in IPv6's clothes counts as what
/// it is.
pub(super) fn is_allowed(networks: &[Network], address: IpAddr) -> bool {
    let address = address.to_canonical();
    networks.iter().any(|network| network.holds(address))
}

/// What kind of address it is, and by which flag it would be allowed.
pub(super) fn described(address: IpAddr) -> String {
    let address = address.to_canonical();
    if address.is_loopback() {
        format!("{address} is this machine itself (--acme-connect loopback)")
    } else if is_private(address) {
        format!("{address} is a private address (--acme-connect private)")
    } else {
        format!("{address} is not among --acme-connect")
    }
}

/// Link-local addresses are not among them: the metadata of cloud machines lies there.
fn is_private(address: IpAddr) -> bool {
    match address {
        IpAddr::V4(four) => four.is_private(),
        IpAddr::V6(six) => six.is_unique_local(),
    }
}

fn is_in(address: IpAddr, network: IpAddr, bits: u8) -> bool {
    let (address, network, width) = match (address, network) {
        (IpAddr::V4(a), IpAddr::V4(b)) => (u128::from(a.to_bits()), u128::from(b.to_bits()), 32),
        (IpAddr::V6(a), IpAddr::V6(b)) => (a.to_bits(), b.to_bits(), 128_u32),
        _ => return false,
    };
    let shift = width.saturating_sub(bits.into());
    (address ^ network).checked_shr(shift).unwrap_or(0) == 0
}

#[cfg(test)]
mod tests {
    use super::*;

    fn allowed(networks: &[&str], address: &str) -> bool {
        let networks: Vec<_> = networks
            .iter()
            .map(|text| Network::parse(text).unwrap())
            .collect();
        is_allowed(&networks, address.parse().unwrap())
    }

    #[test]
    fn what_is_not_listed_is_not_connected_to() {
        for inside in [
            "127.0.0.1",
            "::1",
            "10.0.0.1",
            "192.168.1.1",
            "169.254.169.254",
            "fd00::1",
            "::ffff:127.0.0.1",
            "0.0.0.0",
            "fe80::1",
        ] {
            assert!(!allowed(&["public"], inside), "{inside}");
            assert!(allowed(&["any"], inside), "the control: {inside}");
        }
        assert!(allowed(&["public"], "1.1.1.1") && allowed(&["public"], "2606:4700::1111"));
        assert!(allowed(&["loopback"], "127.9.9.9") && allowed(&["loopback"], "::ffff:127.0.0.1"));
        assert!(!allowed(&["loopback", "private"], "169.254.169.254"));
        assert!(!allowed(&["loopback", "private"], "1.1.1.1"));
        assert!(allowed(&["private"], "172.16.0.1") && !allowed(&["private"], "172.32.0.1"));
    }

    #[test]
    fn a_range_holds_its_own_addresses_alone() {
        assert!(allowed(&["203.0.113.0/24"], "203.0.113.200"));
        assert!(!allowed(&["203.0.113.0/24"], "203.0.114.1"));
        assert!(allowed(&["0.0.0.0/0"], "1.2.3.4") && !allowed(&["0.0.0.0/0"], "::1"));
        assert!(allowed(&["10.0.0.1"], "10.0.0.1") && !allowed(&["10.0.0.1"], "10.0.0.2"));
        for text in [
            "",
            "pub",
            "10.0.0.0/33",
            "10.0.0.0/x",
            "::/129",
            "localhost",
        ] {
            assert!(Network::parse(text).is_err(), "{text}");
        }
    }
}
