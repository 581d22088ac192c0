//! How far a look may go.

use crate::ca::acme::networks::Network;
use std::path::PathBuf;

/// How far a look may go.
#[derive(Clone, Debug)]
pub(crate) struct Reach {
    pub(crate) networks: Vec<Network>,
    pub(crate) http_port: u16,
    pub(crate) tls_port: u16,
    pub(crate) dns_hook: Option<PathBuf>,
}
