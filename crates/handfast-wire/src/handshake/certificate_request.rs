//! CertificateRequest (RFC 8446 section 4.3.2).

use crate::codec::{List8, List16, Opaque8};
use crate::extension::{DistinguishedName, Extensions, OidFilter};
use crate::registry::{CertificateCompressionAlgorithm, SignatureScheme};

message! {
    /// The server asks the client for a certificate.
    pub struct CertificateRequest<'a> {
        /// Empty in the handshake.
        certificate_request_context: Opaque8<'a>,
        /// What kind of certificate.
        extensions: Extensions<'a>,
    }
}

extension_set! {
    /// What a CertificateRequest's extensions hold.
    pub struct CertificateRequestExtensions<'a> {
        /// Schemes for the client's CertificateVerify; must be there.
        signature_algorithms: List16<'a, SignatureScheme, 2> = SIGNATURE_ALGORITHMS,
        /// Schemes of delegated credentials (RFC 9345 section 4.1.2).
        delegated_credential: List16<'a, SignatureScheme, 2> = DELEGATED_CREDENTIAL,
        /// How the client's certificate may be compressed (RFC 8879 section 3).
        compress_certificate: List8<'a, CertificateCompressionAlgorithm, 2> = COMPRESS_CERTIFICATE,
        /// Authorities that the server trusts.
        certificate_authorities: List16<'a, DistinguishedName<'a>, 3> = CERTIFICATE_AUTHORITIES,
        /// Extensions that the client's certificate must have (RFC 8446 section 4.2.5).
        oid_filters: List16<'a, OidFilter<'a>> = OID_FILTERS,
        /// Schemes for signatures in certificates.
        signature_algorithms_cert: List16<'a, SignatureScheme, 2> = SIGNATURE_ALGORITHMS_CERT,
    }
}
