//! CertificateRequest (RFC 8446 section 4.3.2).

use crate::connection::Broken;
use crate::fault::Fault;
use crate::handshake::input::Message;
use crate::handshake::talk::malformed;
use crate::tls13::client::wish::Wish;
use crate::tls13::client::{ClientHandshake, State};
use crate::tls13::shared::Wanted;
use handfast_wire::codec::Wire;
use handfast_wire::handshake::{CertificateRequest, CertificateRequestExtensions};
use handfast_wire::registry::ExtensionType;

impl ClientHandshake {
    /// In `WaitCertificateOrRequest`.
    pub(super) fn certificate_request(&mut self, message: Message<'_>) -> Result<State, Broken> {
        let request = CertificateRequest::decode(message.body)
            .map_err(malformed(Fault::CertificateRequestMalformed))?;
        // RFC 8446 s4.3.2: empty unless it comes after the handshake.
        if !request.certificate_request_context.is_empty() {
            return Err(Fault::RequestContextWrong.into());
        }
        let extensions = CertificateRequestExtensions::read(request.extensions)
            .map_err(malformed(Fault::CertificateRequestMalformed))?;
        let schemes = extensions
            .signature_algorithms
            .ok_or(Fault::SchemesMissing)?;
        let authorities = extensions.certificate_authorities;
        self.wish = Some(Wish {
            context: Vec::new(),
            schemes: schemes.iter().collect(),
            authorities: authorities
                .iter()
                .flat_map(|list| list.iter().map(|name| name.to_vec()))
                .collect(),
            wanted: Wanted {
                ocsp: request
                    .extensions
                    .find(ExtensionType::STATUS_REQUEST)
                    .is_some(),
                scts: request
                    .extensions
                    .find(ExtensionType::SIGNED_CERTIFICATE_TIMESTAMP)
                    .is_some(),
            },
        });
        self.shared.talk.hear(message);
        Ok(State::WaitCertificate)
    }
}
