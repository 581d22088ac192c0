//! ServerKeyExchange with an ephemeral elliptic curve key (RFC 8422 section 5.4).

use crate::codec::Opaque8;
use crate::handshake::certificate_verify::CertificateVerify;
use crate::registry::{EcCurveType, NamedGroup};

message! {
    /// The server's share of the key exchange, signed.
    pub struct EcdheServerKeyExchange<'a> {
        /// What is signed, behind both randoms.
        params: EcdheParams<'a>,
        /// Scheme and signature: the same two fields as a CertificateVerify.
        signed: CertificateVerify<'a>,
    }
}

message! {
    /// `ServerECDHParams`: the group and the server's public value.
    pub struct EcdheParams<'a> {
        /// named_curve, the only type left.
        curve_type: EcCurveType,
        /// The group.
        named_curve: NamedGroup,
        /// The public value.
        public: Opaque8<'a, 1>,
    }
}
