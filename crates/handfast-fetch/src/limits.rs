//! How much may be fetched, and where from: the URLs are a stranger's.

use crate::address::is_public;
use core::net::IpAddr;
use core::time::Duration;

/// How much fetching one verification may take.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// The longest CRL, in bytes. Every list that comes is hashed whole where it is judged: 16
    /// MiB, the default, take about 10 ms.
    pub crl_bytes: usize,
    /// The longest OCSP response, in bytes.
    pub ocsp_bytes: usize,
    /// The longest file of issuers, in bytes.
    pub issuer_bytes: usize,
    /// How many redirects one request may follow.
    pub redirects: usize,
    /// One fetch, redirects included, may take this long.
    pub request: Duration,
    /// All fetches of one verification may take this long together.
    pub total: Duration,
    /// How many fetches one verification may begin; what the cache has does not count.
    pub fetches: usize,
    /// How many fetches of one [`crate::Fetcher`] may be under way at once.
    pub at_once: usize,
    /// How many levels of missing issuers are fetched, one after the other.
    pub issuer_depth: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            crl_bytes: 16 * 1024 * 1024,
            ocsp_bytes: 64 * 1024,
            issuer_bytes: 64 * 1024,
            redirects: 3,
            request: Duration::from_secs(4),
            total: Duration::from_secs(8),
            fetches: 12,
            at_once: 8,
            issuer_depth: 4,
        }
    }
}

/// Which machines may be asked. The default is public addresses and port 80, whatever a name
/// resolves to: a certificate must not make us talk to machines that only we can reach.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Reach {
    private: bool,
    addresses: Vec<IpAddr>,
    any_port: bool,
}

impl Reach {
    /// Also private, loopback and link-local addresses.
    #[must_use]
    pub fn danger_private_addresses(mut self) -> Self {
        self.private = true;
        self
    }

    /// Also this one address.
    #[must_use]
    pub fn danger_address(mut self, address: IpAddr) -> Self {
        self.addresses.push(address);
        self
    }

    /// Also other ports than 80.
    #[must_use]
    pub fn danger_any_port(mut self) -> Self {
        self.any_port = true;
        self
    }

    pub(crate) fn allows_address(&self, address: IpAddr) -> bool {
        self.private || is_public(address) || self.addresses.contains(&address)
    }

    pub(crate) fn allows_port(&self, port: u16) -> bool {
        port == 80 || self.any_port
    }
}
