//! A session that a client comes back to.

use crate::connection::Resumption;
use crate::session::Ticket;
use crate::suite::Suite;

/// A session that goes on.
pub(crate) struct Returning {
    pub(super) session: Ticket,
    pub(super) by: Resumption,
    pub(super) suite: &'static Suite,
    /// Its ticket is to be followed by another one.
    pub(super) renews: bool,
}

impl Returning {
    /// The name of the key by which it began.
    pub(super) fn psk_identity(&self) -> Option<&[u8]> {
        self.session.psk_identity.as_deref()
    }
}
