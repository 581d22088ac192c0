//! What a CertificateRequest asks the client for (RFC 8446 section 4.3.2).

use crate::connection::Broken;
use crate::fault::Fault;
use crate::handshake::input::Message;
use crate::handshake::talk::malformed;
use crate::hello::credential::Accepted;
use crate::suite::Family;
use crate::tls13::shared::Wanted;
use handfast_wire::codec::Wire;
use handfast_wire::handshake::{CertificateRequest, CertificateRequestExtensions};
use handfast_wire::registry::{ExtensionType, SignatureScheme};

/// What the server wants to see.
#[derive(Default)]
pub(crate) struct Wish {
    pub(crate) context: Vec<u8>,
    pub(crate) schemes: Vec<SignatureScheme>,
    pub(crate) authorities: Vec<Vec<u8>>,
    pub(crate) wanted: Wanted,
}

impl Wish {
    /// Reads it from the message.
    pub(crate) fn read(message: Message<'_>) -> Result<Self, Broken> {
        let request = CertificateRequest::decode(message.body)
            .map_err(malformed(Fault::CertificateRequestMalformed))?;
        let extensions = CertificateRequestExtensions::read(request.extensions)
            .map_err(malformed(Fault::CertificateRequestMalformed))?;
        let schemes = extensions
            .signature_algorithms
            .ok_or(Fault::SchemesMissing)?;
        let authorities = extensions.certificate_authorities;
        let wants = |extension| request.extensions.find(extension).is_some();
        Ok(Self {
            context: request.certificate_request_context.to_vec(),
            schemes: schemes.iter().collect(),
            authorities: authorities
                .iter()
                .flat_map(|list| list.iter().map(|name| name.to_vec()))
                .collect(),
            wanted: Wanted {
                ocsp: wants(ExtensionType::STATUS_REQUEST),
                scts: wants(ExtensionType::SIGNED_CERTIFICATE_TIMESTAMP),
            },
        })
    }

    /// The same as what a credential is chosen by.
    pub(crate) fn accepted(&self) -> Accepted<'_> {
        Accepted {
            schemes: &self.schemes,
            authorities: &self.authorities,
            #[cfg(feature = "legacy")]
            obsolete: &[],
            family: Family::Tls13,
            suits_key: &|_| true,
        }
    }
}
