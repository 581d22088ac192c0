//! What is kept of a connection that failed, to explain it by.

use crate::config::CommonPlan;
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
}

impl fmt::Debug for Facts {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Facts")
            .field("is_client", &self.is_client)
            .field("version", &self.version)
            .finish_non_exhaustive()
    }
}
