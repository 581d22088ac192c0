//! What a CertificateRequest asks the client for (RFC 8446 section 4.3.2).

use crate::config::{CommonPlan, Delegate};
use crate::connection::Broken;
use crate::fault::Fault;
use crate::handshake::input::Message;
use crate::handshake::talk::malformed;
use crate::hello::certificate_type::Types;
use crate::hello::compression;
use crate::hello::credential::{Accepted, TakesDelegated};
use crate::suite::Family;
use crate::time::Now;
use crate::tls13::certificate::Wanted;
use handfast_wire::codec::Wire;
use handfast_wire::handshake::{CertificateRequest, CertificateRequestExtensions};
use handfast_wire::registry::{CertificateType, ExtensionType, SignatureScheme};

/// What the server wants to see.
#[derive(Default)]
pub(crate) struct Wish {
    pub(crate) context: Vec<u8>,
    pub(crate) schemes: Vec<SignatureScheme>,
    pub(crate) authorities: Vec<Vec<u8>>,
    pub(crate) wanted: Wanted,
    /// Schemes of delegated credentials that it takes.
    delegated: Vec<SignatureScheme>,
    now: Now,
}

impl Wish {
    /// Reads it from the message.
    pub(crate) fn read(
        message: Message<'_>,
        common: &CommonPlan,
        now: Now,
    ) -> Result<Self, Broken> {
        let request = CertificateRequest::decode(message.body)
            .map_err(malformed(Fault::CertificateRequestMalformed))?;
        let extensions = CertificateRequestExtensions::read(request.extensions)
            .map_err(malformed(Fault::CertificateRequestMalformed))?;
        compression::check(extensions.compress_certificate)?;
        let schemes = extensions
            .signature_algorithms
            .ok_or(Fault::SchemesMissing)?;
        let authorities = extensions.certificate_authorities;
        let delegated = extensions.delegated_credential;
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
                delegated: false,
                compression: compression::choose(common, extensions.compress_certificate),
            },
            delegated: delegated
                .map(|list| list.iter().collect())
                .unwrap_or_default(),
            now,
        })
    }

    /// Schemes of delegated credentials that it takes.
    pub(crate) fn delegated(&self) -> &[SignatureScheme] {
        &self.delegated
    }

    /// The same as what a credential of this type is chosen by.
    pub(crate) fn accepted(&self, own: CertificateType) -> Accepted<'_> {
        Accepted {
            schemes: &self.schemes,
            authorities: &self.authorities,
            #[cfg(feature = "legacy")]
            obsolete: &[],
            family: Family::Tls13,
            delegation: Some(TakesDelegated {
                schemes: &self.delegated,
                by: Delegate::Client,
                now: self.now,
            }),
            types: Types::only(own),
            names_types: true,
            suits_key: &|_| true,
        }
    }
}
