//! The secret of a session, in its own place.

use core::ops::{Deref, DerefMut};
use handfast_crypto::secret::{SECRET_CAPACITY, Secret};

/// The secret of a session. It has its own place on the heap, so that moving a
/// session leaves no copy behind.
pub(crate) struct SessionSecret(Box<Secret>);

impl SessionSecret {
    /// A place for a secret of so many bytes.
    pub(crate) fn zeros(length: usize) -> Self {
        Self(Box::new(Secret::zeros(length)))
    }

    /// Nothing for more bytes than a secret has.
    pub(crate) fn of(bytes: &[u8]) -> Option<Self> {
        if bytes.len() > SECRET_CAPACITY {
            return None;
        }
        // Made in its place: a secret that is moved there stays behind on the stack.
        let mut secret = Self::zeros(bytes.len());
        secret.as_mut_bytes().copy_from_slice(bytes);
        Some(secret)
    }

    /// The secret, still in its place.
    pub(crate) fn into_inner(self) -> Box<Secret> {
        self.0
    }
}

impl Clone for SessionSecret {
    fn clone(&self) -> Self {
        Self::from(&*self.0)
    }
}

impl From<&Secret> for SessionSecret {
    fn from(secret: &Secret) -> Self {
        let mut copy = Self::zeros(secret.len());
        copy.as_mut_bytes().copy_from_slice(secret.as_bytes());
        copy
    }
}

impl Deref for SessionSecret {
    type Target = Secret;

    fn deref(&self) -> &Secret {
        &self.0
    }
}

impl DerefMut for SessionSecret {
    fn deref_mut(&mut self) -> &mut Secret {
        &mut self.0
    }
}
