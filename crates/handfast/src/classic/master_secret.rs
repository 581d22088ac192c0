//! The master secret (RFC 5246 section 8.1), and the extended one that binds
//! it to the whole handshake (RFC 7627 section 4).

use crate::classic::prf::PrfKey;
use handfast_crypto::hash::Digest;
use handfast_crypto::secret::Secret;

/// Bytes of a master secret.
const LENGTH: usize = 48;

/// What the master secret is bound to.
pub(crate) enum BoundTo<'b> {
    /// Both randoms alone.
    Randoms {
        client: &'b [u8; 32],
        server: &'b [u8; 32],
    },
    /// The hash of every message up to ClientKeyExchange.
    Session(&'b Digest),
}

/// Makes the master secret in place.
pub(crate) fn derive(premaster: &PrfKey, bound: &BoundTo<'_>, out: &mut Secret) {
    out.reset(LENGTH);
    let out = out.as_mut_bytes();
    match bound {
        BoundTo::Randoms { client, server } => {
            premaster.expand(b"master secret", &[*client, *server], out);
        }
        BoundTo::Session(session) => {
            premaster.expand(b"extended master secret", &[session.as_ref()], out);
        }
    }
}
