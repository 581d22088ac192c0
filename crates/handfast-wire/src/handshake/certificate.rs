//! Certificate (RFC 8446 section 4.4.2).

use crate::codec::{List24, Opaque8, Opaque24};
use crate::extension::{CertificateStatus, DelegatedCredential, Extensions, SctList};

message! {
    /// A certificate chain, leaf first, each with its extensions.
    pub struct Certificate<'a> {
        /// Empty in the handshake from a server; echoes the request's from a client.
        certificate_request_context: Opaque8<'a>,
        /// The entries, leaf first.
        certificate_list: List24<'a, CertificateEntry<'a>>,
    }
}

message! {
    /// One certificate of the chain.
    pub struct CertificateEntry<'a> {
        /// The certificate's DER.
        cert_data: Opaque24<'a, 1>,
        /// OCSP status, SCTs.
        extensions: Extensions<'a>,
    }
}

extension_set! {
    /// What a certificate's extensions hold.
    pub struct CertificateEntryExtensions<'a> {
        /// A stapled OCSP response.
        status_request: CertificateStatus<'a> = STATUS_REQUEST,
        /// Signed certificate timestamps.
        signed_certificate_timestamp: SctList<'a> = SIGNED_CERTIFICATE_TIMESTAMP,
        /// A key that stands for the leaf's (RFC 9345).
        delegated_credential: DelegatedCredential<'a> = DELEGATED_CREDENTIAL,
    }
}

impl<'a> Certificate<'a> {
    /// The entries, leaf first. They were checked when the message was read.
    pub fn entries(&self) -> impl Iterator<Item = CertificateEntry<'a>> + use<'a> {
        self.certificate_list.iter()
    }
}
