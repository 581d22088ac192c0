//! What is kept of a connection that failed, to explain it by.

use crate::config::CommonPlan;
use crate::connection::Negotiated;
use crate::near::Near;
use core::fmt;
use handfast_wire::registry::{CipherSuite, NamedGroup, ProtocolVersion};
use std::sync::Arc;

/// What was known when it failed. Nothing of it is kept while a connection goes well.
#[derive(Default)]
pub(crate) struct Facts {
    pub(crate) is_client: bool,
    /// The handshake was done.
    pub(crate) was_connected: bool,
    /// The settings of this side; a server's may be still to be chosen.
    pub(crate) common: Option<Arc<Near<CommonPlan>>>,
    /// The message that was acted on, header included.
    pub(crate) message: Option<Box<[u8]>>,
    pub(crate) version: Option<ProtocolVersion>,
    pub(crate) suite: Option<CipherSuite>,
    pub(crate) group: Option<NamedGroup>,
    /// The host that the client has named.
    pub(crate) server_name: Option<Box<str>>,
    /// A client that is to meet the server by a key that both have known before, or not at all.
    pub(crate) wants_shared_key: bool,
    /// A client was asked for a certificate.
    pub(crate) was_asked: bool,
    /// This side has signed with the key of what it has shown.
    pub(crate) has_shown: bool,
}

impl Facts {
    /// What is known of a connection whose handshake is done.
    pub(crate) fn of_connected(is_client: bool, agreed: &Negotiated) -> Self {
        Self {
            is_client,
            was_connected: true,
            version: Some(agreed.version),
            suite: Some(agreed.suite),
            group: (agreed.group.0 != 0).then_some(agreed.group),
            server_name: agreed.server_name.clone(),
            was_asked: agreed.was_asked,
            has_shown: agreed.own_scheme.is_some(),
            ..Self::default()
        }
    }
}

impl fmt::Debug for Facts {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Facts")
            .field("is_client", &self.is_client)
            .field("version", &self.version)
            .finish_non_exhaustive()
    }
}
