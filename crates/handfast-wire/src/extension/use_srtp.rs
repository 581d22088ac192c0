//! use_srtp (RFC 5764 section 4.1.1).

use crate::codec::{List16, Opaque8};
use crate::registry::SrtpProtectionProfile;

message! {
    /// Profiles of SRTP, of a client in its order of preference; a server answers with one.
    pub struct UseSrtp<'a> {
        /// The profiles.
        profiles: List16<'a, SrtpProtectionProfile, 2>,
        /// A name for the keys in SRTP's packets; mostly empty.
        mki: Opaque8<'a>,
    }
}
