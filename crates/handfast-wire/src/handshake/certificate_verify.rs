//! CertificateVerify (RFC 8446 section 4.4.3).

use crate::codec::Opaque16;
use crate::registry::SignatureScheme;

message! {
    /// The proof that the sender holds the certificate's key.
    pub struct CertificateVerify<'a> {
        /// The scheme of the signature.
        algorithm: SignatureScheme,
        /// The signature over the transcript.
        signature: Opaque16<'a>,
    }
}
