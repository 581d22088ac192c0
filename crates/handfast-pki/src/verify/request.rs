//! What is to be judged.

use crate::extension::KeyUsage;
use crate::name::ServerName;
use crate::roots::Roots;
use crate::time::UnixTime;
use crate::verify::facts::SignatureFacts;
use crate::verify::policy::Policy;
use crate::verify::purpose::Purpose;
use crate::verify::revocation::Revocation;
use handfast_crypto::signature::KeyKind;

/// What to verify, and against what.
#[derive(Clone, Copy, Debug)]
pub struct Request<'a> {
    /// What the peer sent: its own certificate first, others in any order.
    pub chain: &'a [&'a [u8]],
    /// Whom to believe.
    pub roots: &'a Roots,
    /// What the certificate is to be used for.
    pub purpose: Purpose,
    /// What the handshake does with the key, if anything is asked of keyUsage: a signature in
    /// TLS 1.3 (RFC 8446 s4.4.2.2), key encipherment in RSA key transport.
    pub key_usage: Option<KeyUsage>,
    /// The name that the peer must prove; `None` accepts any (clients, mostly, have none).
    pub name: Option<&'a ServerName>,
    /// The present, in seconds since 1970-01-01T00:00:00Z.
    pub at_unix_s: i64,
    /// What is accepted.
    pub policy: &'a Policy,
    /// The kind of the leaf's key, where it was read already
    /// ([`crate::certificate::Certificate::public_key`]) and is not to be read again.
    pub leaf_key: Option<KeyKind>,
    /// Signatures that were found right before.
    pub facts: Option<&'a SignatureFacts>,
    /// What is known about revocation, and how much must be.
    pub revocation: Revocation<'a>,
}

impl Request<'_> {
    /// The present.
    pub(crate) fn now(&self) -> UnixTime {
        UnixTime(self.at_unix_s)
    }
}
