//! A session on its way to or from a store of the caller's.

use core::fmt;
use zeroize::Zeroizing;

/// A session as bytes. Whoever has a client's can come back in its name, and
/// whoever has a server's can read its connections: a secret, wiped when dropped.
#[derive(Clone, PartialEq, Eq)]
pub struct SessionValue(Zeroizing<Vec<u8>>);

impl SessionValue {
    /// What a store gave back.
    #[must_use]
    pub fn new(bytes: Vec<u8>) -> Self {
        Self(Zeroizing::new(bytes))
    }

    /// The bytes to store.
    #[must_use]
    pub fn as_bytes(&self) -> &[u8] {
        &self.0
    }
}

impl From<Zeroizing<Vec<u8>>> for SessionValue {
    fn from(bytes: Zeroizing<Vec<u8>>) -> Self {
        Self(bytes)
    }
}

impl fmt::Debug for SessionValue {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "SessionValue({} bytes)", self.0.len())
    }
}

/// A session that the caller is to keep ([`crate::Event::StoreSession`]).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StoredSession {
    /// What it will be asked for by: on a server 16 random bytes, on a client the
    /// name of the server, under which several may be kept.
    pub key: Vec<u8>,
    /// The session.
    pub value: SessionValue,
    /// Seconds after which it is of no use.
    pub lifetime_s: u32,
}
