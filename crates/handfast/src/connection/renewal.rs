//! What a connection may get while it lasts.

use handfast_wire::registry::ProtocolVersion;

/// What a connection is to get while it lasts: by renegotiation before TLS 1.3, and by what has
/// taken its place since.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Renewal {
    /// Fresh keys in both directions: a renegotiation (RFC 5246 section 7.4.1.1), in TLS 1.3 a
    /// KeyUpdate of either side (RFC 8446 section 4.6.3). There it is done at once for what this side
    /// sends; the peer may wait with its own until it has something to say
    /// ([`crate::Event::KeyUpdated`]).
    Keys,
    /// The client's certificate, by the rules of [`crate::ServerConfig::later_client_auth`]: a
    /// renegotiation, in TLS 1.3 post-handshake authentication (RFC 8446 section 4.6.2), but not where
    /// the peers met by a shared key (section E.1). For servers.
    ClientCertificate,
}

impl Renewal {
    /// True where the outcome of this renewal is that of another wish, too: of the same, or of one for
    /// new keys before TLS 1.3, where every handshake brings them.
    ///
    /// ```
    /// use handfast::{ProtocolVersion, connection::Renewal};
    ///
    /// let (keys, shown) = (Renewal::Keys, Renewal::ClientCertificate);
    /// assert!(shown.settles(keys, ProtocolVersion::TLS_1_2));
    /// assert!(!shown.settles(keys, ProtocolVersion::TLS_1_3));
    /// // New keys never say who the client is.
    /// assert!(!keys.settles(shown, ProtocolVersion::TLS_1_2));
    /// ```
    #[must_use]
    pub fn settles(self, wish: Self, version: ProtocolVersion) -> bool {
        self == wish || (wish == Self::Keys && version < ProtocolVersion::TLS_1_3)
    }

    /// What serves both: the certificate comes with fresh keys.
    pub(crate) fn also(self, other: Self) -> Self {
        match (self, other) {
            (Self::Keys, Self::Keys) => Self::Keys,
            _ => Self::ClientCertificate,
        }
    }
}
