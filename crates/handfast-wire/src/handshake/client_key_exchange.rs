//! ClientKeyExchange: with an ephemeral key of an elliptic curve (RFC 8422 section 5.7) or of a
//! finite field (RFC 5246 section 7.4.7.2), or with a premaster secret under the server's RSA key (RFC 5246 section 7.4.7.1).

use crate::codec::{Opaque8, Opaque16};

message! {
    /// The client's share of the key exchange.
    pub struct EcdheClientKeyExchange<'a> {
        /// The public value.
        public: Opaque8<'a, 1>,
    }
}

message! {
    /// The client's share of the key exchange in a finite field.
    pub struct DheClientKeyExchange<'a> {
        /// The public value. (The implicit form, where a certificate holds it, is not in use.)
        dh_yc: Opaque16<'a, 1>,
    }
}

message! {
    /// What stands first where a key is shared beforehand: which one (RFC 4279 section 2). What the
    /// key exchange has besides follows.
    pub struct SharedKeyIdentity<'a> {
        /// The identity, which the client chose.
        psk_identity: Opaque16<'a>,
    }
}

message! {
    /// The premaster secret, encrypted to the server's certificate.
    pub struct RsaClientKeyExchange<'a> {
        /// As long as the key's modulus.
        encrypted_premaster_secret: Opaque16<'a>,
    }
}
