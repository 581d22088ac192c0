//! The flags of `ca serve`.

use crate::ca::acme;
use crate::ca::opened::Signing;
use crate::ca::span::lasting;
use crate::listening::address;
use clap::{Args, ValueEnum};
use std::net::SocketAddr;

/// The flags of `ca serve`.
#[derive(Args, Clone, Debug)]
pub(crate) struct Options {
    /// Listen here: a port of 127.0.0.1, or ADDRESS:PORT
    #[arg(long, value_name = "[ADDRESS:]PORT", default_value = "127.0.0.1:8888", value_parser = address)]
    pub(super) listen: SocketAddr,
    /// How long a revocation list is good; the next one is there when a third of it is left, and as
    /// soon as something is revoked
    #[arg(long, value_name = "SPAN", default_value = "7d", value_parser = lasting)]
    pub(super) crl_life: u64,
    /// How long an OCSP response is good: so long may a client believe it after a revocation
    #[arg(long, value_name = "SPAN", default_value = "1h", value_parser = lasting)]
    pub(super) ocsp_life: u64,
    /// Who signs OCSP responses
    #[arg(long, value_name = "WHO", value_enum, default_value_t)]
    pub(super) ocsp_signer: OcspSigning,
    /// Clients that are served at a time; more wait
    #[arg(long, value_name = "N", default_value_t = 1000, value_parser = clap::value_parser!(u32).range(1..=100_000))]
    pub(super) connections: u32,
    #[command(flatten)]
    pub(super) signing: Signing,
    #[command(flatten)]
    pub(super) acme: acme::options::AcmeOptions,
}

/// Who signs OCSP responses.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub(super) enum OcspSigning {
    /// A certificate for that alone, issued and renewed by this server, its key in memory only
    #[default]
    Delegate,
    /// The authority's own key
    Issuer,
}
