//! Certificate and CertificateRequest before TLS 1.3 (RFC 5246 sections 7.4.2
//! and 7.4.4).

use crate::codec::{List16, List24, Opaque8, Opaque24};
use crate::extension::DistinguishedName;
use crate::registry::SignatureScheme;

message! {
    /// A certificate chain, leaf first; empty from a client that has none.
    pub struct ClassicCertificate<'a> {
        /// The certificates' DER, leaf first.
        certificate_list: List24<'a, Opaque24<'a, 1>>,
    }
}

impl<'a> ClassicCertificate<'a> {
    /// The certificates' DER, leaf first. They were checked when the message was read.
    pub fn entries(&self) -> impl Iterator<Item = &'a [u8]> + use<'a> {
        self.certificate_list.iter().map(|entry| entry.0)
    }
}

message! {
    /// A raw public key in place of a chain (RFC 7250 section 3); empty from a client that has none.
    pub struct ClassicRawPublicKey<'a> {
        /// The SubjectPublicKeyInfo's DER.
        asn1_subject_public_key_info: Opaque24<'a>,
    }
}

message! {
    /// A TLS 1.2 server asks the client for a certificate.
    pub struct ClassicCertificateRequest<'a> {
        /// Kinds of key, by old numbers: 1 RSA, 64 ECDSA.
        certificate_types: Opaque8<'a, 1>,
        /// Schemes for the client's CertificateVerify.
        supported_signature_algorithms: List16<'a, SignatureScheme, 2>,
        /// Authorities that the server trusts; empty: any.
        certificate_authorities: List16<'a, DistinguishedName<'a>>,
    }
}

message! {
    /// A server of TLS 1.1 or older asks the client for a certificate (RFC 2246 section 7.4.4).
    pub struct UnnamedCertificateRequest<'a> {
        /// Kinds of key, by old numbers: 1 RSA, 64 ECDSA. The key implies how it signs.
        certificate_types: Opaque8<'a, 1>,
        /// Authorities that the server trusts; empty: any.
        certificate_authorities: List16<'a, DistinguishedName<'a>>,
    }
}
