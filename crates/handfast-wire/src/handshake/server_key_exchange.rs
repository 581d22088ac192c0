//! ServerKeyExchange with an ephemeral key: of an elliptic curve (RFC 8422 section 5.4), or of a finite
//! field (RFC 5246 section 7.4.3).

use crate::codec::{Opaque8, Opaque16};
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

message! {
    /// The server's share of the key exchange in a finite field, signed.
    pub struct DheServerKeyExchange<'a> {
        /// What is signed, behind both randoms.
        params: DheParams<'a>,
        /// Scheme and signature: the same two fields as a CertificateVerify.
        signed: CertificateVerify<'a>,
    }
}

message! {
    /// `ServerDHParams`: the group, chosen by the server, and its public value.
    pub struct DheParams<'a> {
        /// The prime.
        dh_p: Opaque16<'a, 1>,
        /// The generator.
        dh_g: Opaque16<'a, 1>,
        /// The public value.
        dh_ys: Opaque16<'a, 1>,
    }
}

message! {
    /// What stands first where a key is shared beforehand: what may help the client to choose one
    /// (RFC 4279 section 2). Parameters follow where the key exchange has some.
    pub struct SharedKeyHint<'a> {
        /// The hint; empty: none.
        psk_identity_hint: Opaque16<'a>,
    }
}
