//! delegated_credential (RFC 9345 section 4).

use crate::codec::{Opaque16, Opaque24};
use crate::registry::SignatureScheme;

message! {
    /// A key that the holder of a certificate lets stand for its own, for some days.
    pub struct DelegatedCredential<'a> {
        /// The key, and for how long.
        cred: DelegatedKey<'a>,
        /// The scheme of the signature, by the key of the certificate.
        algorithm: SignatureScheme,
        /// Over the certificate, `cred` and `algorithm`.
        signature: Opaque16<'a, 1>,
    }
}

message! {
    /// What is delegated: `Credential` in the RFC.
    pub struct DelegatedKey<'a> {
        /// Seconds after the certificate's notBefore.
        valid_time: u32,
        /// The scheme that CertificateVerify must have.
        dc_cert_verify_algorithm: SignatureScheme,
        /// The key, a SubjectPublicKeyInfo in DER.
        subject_public_key_info: Opaque24<'a, 1>,
    }
}
