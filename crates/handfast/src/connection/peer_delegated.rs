//! The delegated credential that a peer showed (RFC 9345).

use core::fmt;
use handfast_crypto::signature::KeyKind;

/// A key that stood for that of the peer's certificate, which vouched for it.
#[derive(Clone, PartialEq, Eq)]
pub struct PeerDelegated {
    pub(crate) bytes: Box<[u8]>,
    pub(crate) until_s: i64,
    pub(crate) kind: KeyKind,
}

impl PeerDelegated {
    /// As sent: a DelegatedCredential (RFC 9345 section 4).
    #[must_use]
    pub fn as_bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// Its last second, in Unix time.
    #[must_use]
    pub fn until_unix(&self) -> i64 {
        self.until_s
    }
}

impl fmt::Debug for PeerDelegated {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "PeerDelegated(until {})", self.until_s)
    }
}
