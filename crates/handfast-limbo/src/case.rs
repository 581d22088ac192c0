//! The inputs of limbo's cases; what is expected is left unread here.

use serde::Deserialize;

/// The test set.
#[derive(Deserialize)]
pub(crate) struct CaseSet {
    pub(crate) testcases: Vec<Case>,
}

/// One case's inputs.
#[derive(Deserialize)]
pub(crate) struct Case {
    pub(crate) id: String,
    pub(crate) validation_kind: Kind,
    pub(crate) trusted_certs: Vec<String>,
    pub(crate) untrusted_intermediates: Vec<String>,
    pub(crate) peer_certificate: String,
    pub(crate) validation_time: Option<jiff::Timestamp>,
    pub(crate) key_usage: Vec<String>,
    pub(crate) expected_peer_name: Option<PeerName>,
    pub(crate) max_chain_depth: Option<usize>,
    pub(crate) crls: Vec<String>,
}

/// Whose certificate it is.
#[derive(Deserialize, Clone, Copy, PartialEq, Eq)]
#[serde(rename_all = "UPPERCASE")]
pub(crate) enum Kind {
    Server,
    Client,
}

/// The name the peer should prove.
#[derive(Deserialize)]
pub(crate) struct PeerName {
    pub(crate) kind: String,
    pub(crate) value: String,
}
