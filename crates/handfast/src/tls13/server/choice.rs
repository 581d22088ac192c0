//! What a ClientHello settled.

use crate::config::Delegate;
use crate::hello::certificate_type::Named;
use crate::hello::credential::{Accepted, TakesDelegated};
use crate::hello::limits::Limits;
use crate::suite::Family;
use crate::time::Now;
use crate::tls13::certificate::Wanted;
use handfast_wire::registry::{NamedGroup, SignatureScheme};
use smallvec::SmallVec;

/// What the Hello settled, kept until the credential is chosen.
pub(crate) struct Choice {
    /// Nothing where a shared key stands alone.
    pub(crate) group: Option<NamedGroup>,
    /// In place for X25519.
    pub(crate) peer_share: SmallVec<[u8; 32]>,
    pub(crate) session_id: SmallVec<[u8; 32]>,
    /// In place for as many as clients have.
    pub(crate) schemes: SmallVec<[SignatureScheme; 16]>,
    pub(crate) authorities: Vec<Vec<u8>>,
    pub(crate) limits: Limits,
    pub(crate) wanted: Wanted,
    /// Schemes of delegated credentials that the client takes.
    pub(crate) delegated: Vec<SignatureScheme>,
    pub(crate) now: Now,
    /// What either side may show.
    pub(crate) types: Named,
    pub(crate) names_server: bool,
    /// Both have application settings for the protocol that was chosen.
    pub(crate) has_settings: bool,
    pub(crate) early_data: bool,
    /// Bytes of early data that the first ticket allows: 0 where none was opened.
    pub(crate) ticket_early_data: u32,
    /// The place of the session that is resumed, or of the shared key.
    pub(crate) psk_index: Option<u16>,
}

impl Choice {
    /// What the credential is chosen by.
    pub(crate) fn accepted(&self) -> Accepted<'_> {
        Accepted {
            schemes: &self.schemes,
            authorities: &self.authorities,
            #[cfg(feature = "legacy")]
            obsolete: &[],
            family: Family::Tls13,
            delegation: Some(TakesDelegated {
                schemes: &self.delegated,
                by: Delegate::Server,
                now: self.now,
            }),
            types: self.types.server,
            names_types: self.types.names_server,
            suits_key: &|_| true,
        }
    }
}

/// What a ClientHello led to.
pub(crate) enum Chosen {
    /// Nothing yet: the caller may know a key that the client names.
    Keys,
    /// Another ClientHello was asked for.
    Retry,
    /// Everything is chosen but the session; the caller may know some of these names.
    Flight { to_ask_for: Vec<Vec<u8>> },
}
