//! Whether a connection may be negotiated anew.

/// Whether a connection of TLS 1.2 or older may be negotiated anew while it lasts.
///
/// Whatever is set here, it happens only where both sides have bound handshakes to each other by
/// renegotiation_info (RFC 5746) and the extended master secret (RFC 7627), and never in SSL 3.0.
/// TLS 1.3 has other means for what it was good for; they need no leave of this setting.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum Renegotiation {
    /// No. A peer that asks for it ends the connection (`no_renegotiation`).
    #[default]
    Refuse,
    /// No. A peer that asks is told so by a warning, and the connection goes on; who asks again
    /// within a minute ends it.
    Decline,
    /// No. A client does not hear that it is asked, 32 times in a row at most; a server, which cannot
    /// leave a ClientHello unanswered, declines.
    Ignore,
    /// When this side begins it ([`crate::Receiving::renew`]); a peer that does is declined.
    Own,
    /// When either side begins it.
    Allow {
        /// How often the peer may begin one in a connection's life. Beyond that it is declined.
        most: u16,
        /// Seconds from one that the peer began to the next, at least.
        pause_s: u32,
    },
    /// As `Allow`, but a client that is asked does not begin at once: its caller is told
    /// ([`crate::Event::RenewalWanted`]), and begins ([`crate::Receiving::renew`], with
    /// [`crate::connection::Renewal::Keys`]) at a moment of its own, as between two requests, or never.
    WhenToldTo {
        /// How often the peer may ask in a connection's life. Beyond that it is declined.
        most: u16,
        /// Seconds from one that the peer asked for to the next, at least.
        pause_s: u32,
    },
}

impl Renegotiation {
    /// At either side's wish, the peer's eight times and once a minute at most.
    pub const ALLOW: Self = Self::Allow {
        most: 8,
        pause_s: 60,
    };

    /// True where this side may begin one.
    pub(crate) fn own(self) -> bool {
        matches!(
            self,
            Self::Own | Self::Allow { .. } | Self::WhenToldTo { .. }
        )
    }
}
