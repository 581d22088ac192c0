//! oid_filters (RFC 8446 section 4.2.5).

use crate::codec::{Opaque8, Opaque16};

message! {
    /// A certificate extension that the client's certificate must have.
    pub struct OidFilter<'a> {
        /// The DER of the extension's object identifier.
        certificate_extension_oid: Opaque8<'a, 1>,
        /// The DER of the values that it must hold; empty for any.
        certificate_extension_values: Opaque16<'a>,
    }
}
