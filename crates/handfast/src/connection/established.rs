//! What a connection keeps of its handshake.

use crate::connection::negotiated::Negotiated;
use crate::suite::Suite;
use handfast_crypto::secret::Secret;

/// What is kept of a handshake that is done.
pub(crate) struct Established {
    pub(crate) negotiated: Box<Negotiated>,
    pub(crate) suite: &'static Suite,
    /// The peer's application traffic secret, from which the next one comes.
    pub(crate) secret: Box<Secret>,
    pub(crate) exporter: Box<Secret>,
    pub(crate) is_client: bool,
}
