//! status_request (RFC 6066 section 8).

use crate::codec::{Opaque16, Opaque24};
use crate::registry::CertificateStatusType;

message! {
    /// The client would like a stapled certificate status.
    pub struct CertificateStatusRequest<'a> {
        /// OCSP; what follows has this form for it alone.
        status_type: CertificateStatusType,
        /// Responders that the client trusts, as encoded.
        responder_id_list: Opaque16<'a>,
        /// OCSP request extensions, as encoded.
        request_extensions: Opaque16<'a>,
    }
}

message! {
    /// A stapled certificate status.
    pub struct CertificateStatus<'a> {
        /// OCSP.
        status_type: CertificateStatusType,
        /// The DER of the OCSP response.
        response: Opaque24<'a, 1>,
    }
}
