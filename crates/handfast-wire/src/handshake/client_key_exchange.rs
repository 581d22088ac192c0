//! ClientKeyExchange with an ephemeral elliptic curve key (RFC 8422 section 5.7).

use crate::codec::Opaque8;

message! {
    /// The client's share of the key exchange.
    pub struct EcdheClientKeyExchange<'a> {
        /// The public value.
        public: Opaque8<'a, 1>,
    }
}
