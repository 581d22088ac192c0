//! Tickets that the caller seals.

use crate::session::ring::SessionId;
use crate::time::Now;
use core::fmt;
use zeroize::Zeroizing;

/// Seals sessions into tickets (RFC 5077 section 4, RFC 8446 section 4.6.1) in place of
/// [`crate::session::TicketKeys`]: for keys that only a device may use, that other programs share, or that are
/// changed by a plan of the caller's own. It is what `SSL_CTX_set_tlsext_ticket_key_cb` is to users of
/// OpenSSL, without the choice of ciphers. [`crate::session::TicketKeys::sealed_by`] puts it to work.
///
/// It is called in the middle of a handshake, on that handshake's thread. One that has to wait, or that
/// differs between clients, belongs behind [`crate::Ask::TicketKeys`].
///
/// ```
/// use handfast::Now;
/// use handfast::config::SystemEntropy;
/// use handfast::session::{OpenedTicket, TicketKeys, TicketSealer};
/// use std::sync::Arc;
///
/// /// Seals by the keys of today, opens by those of yesterday, too.
/// #[derive(Debug)]
/// struct Days {
///     today: Device,
///     yesterday: Device,
/// }
///
/// impl TicketSealer for Days {
///     fn seal(&self, session: &[u8], _now: Now) -> Option<Vec<u8>> {
///         self.today.seal(session)
///     }
///
///     fn open(&self, ticket: &[u8], _now: Now) -> Option<OpenedTicket> {
///         match self.today.open(ticket) {
///             Some(session) => Some(OpenedTicket::new(session)),
///             None => self.yesterday.open(ticket).map(OpenedTicket::to_renew),
///         }
///     }
/// }
/// # #[derive(Debug)]
/// # struct Device;
/// # impl Device {
/// #     fn seal(&self, session: &[u8]) -> Option<Vec<u8>> { None }
/// #     fn open(&self, ticket: &[u8]) -> Option<Vec<u8>> { None }
/// # }
///
/// # fn example(days: Days, config: &mut handfast::ServerConfig) {
/// let keys = TicketKeys::sealed_by(Arc::new(days), Arc::new(SystemEntropy));
/// config.ticket_keys = Some(Arc::new(keys));
/// # }
/// ```
pub trait TicketSealer: fmt::Debug + Send + Sync {
    /// Seals a session. Its bytes hold the secret by which the client comes back, and who the client is:
    /// what is given must hide them, and nobody else may be able to make or change one. Two calls must not
    /// give the same. Tickets of 17 bytes to 16,128 are given out; with any other, and with nothing, this
    /// client gets none.
    fn seal(&self, session: &[u8], now: Now) -> Option<Vec<u8>>;

    /// Opens a ticket that a client, or anybody, has sent. What was not sealed here, was changed, or is too
    /// old gives nothing: the handshake is then a full one, and never fails for it. The engine itself holds
    /// a session to its life (12 hours, 24 for a line of them), its host and its rules.
    fn open(&self, ticket: &[u8], now: Now) -> Option<OpenedTicket>;
}

/// What was in a ticket.
pub struct OpenedTicket {
    pub(super) session: Zeroizing<Vec<u8>>,
    pub(super) renews: bool,
}

impl OpenedTicket {
    /// The bytes that [`TicketSealer::seal`] was given.
    #[must_use]
    pub fn new(session: Vec<u8>) -> Self {
        Self {
            session: Zeroizing::new(session),
            renews: false,
        }
    }

    /// The same, and the client is to have another ticket in its place, as its key will soon be gone: in the
    /// same handshake also before TLS 1.3 (RFC 5077 section 3.3), where a session that goes on otherwise keeps
    /// its ticket. It does not live longer by that than 24 hours from the first handshake.
    #[must_use]
    pub fn to_renew(session: Vec<u8>) -> Self {
        Self {
            renews: true,
            ..Self::new(session)
        }
    }
}

impl fmt::Debug for OpenedTicket {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("OpenedTicket")
            .field("renews", &self.renews)
            .finish_non_exhaustive()
    }
}

/// Bytes of a ticket, at most. Clients, this one too, take NewSessionTicket messages of 16 KiB, and hang up at
/// longer ones.
pub(crate) const LARGEST_SEALED: usize = 16 * 1024 - 256;

/// A ticket that may be given out. One as long as a name of a session kept here would be taken for that.
pub(super) fn fit(ticket: Vec<u8>) -> Option<Vec<u8>> {
    let sizes = size_of::<SessionId>() + 1..=LARGEST_SEALED;
    sizes.contains(&ticket.len()).then_some(ticket)
}
