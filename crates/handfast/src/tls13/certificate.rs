//! The Certificate message that this side says (RFC 8446 section 4.4.2).

use crate::config::{Credential, Variant};
use handfast_wire::codec::{Opaque8, Opaque24, Wire, Writer};
use handfast_wire::extension::{CertificateStatus, ExtensionsWriter};
use handfast_wire::registry::{CertificateStatusType, ExtensionType};

/// How the peer wants to see certificates, and what with the leaf.
#[derive(Clone, Copy, Default)]
pub(crate) struct Wanted {
    pub(crate) ocsp: bool,
    pub(crate) scts: bool,
    /// A delegated credential is taken.
    pub(crate) delegated: bool,
    /// Compressed, by the one at this place of the config.
    pub(crate) compression: Option<u8>,
}

/// Writes the body of a message with `credential`, or of an empty one.
pub(crate) fn write(
    context: &[u8],
    credential: Option<&Credential>,
    wanted: Wanted,
    out: &mut Writer<'_>,
) {
    Opaque8::<0, 255>(context).write(out);
    out.prefixed::<3>(|out| {
        // RFC 8446 s4.4.2: of a raw public key one entry.
        if let Some(key) = credential.and_then(Credential::raw_key) {
            Opaque24::<1>(key).write(out);
            out.prefixed::<2>(|_| {});
        }
        let chain = credential.iter().flat_map(|one| one.0.chain.iter());
        for (position, der) in chain.enumerate() {
            Opaque24::<1>(der).write(out);
            out.prefixed::<2>(|out| {
                if let (0, Some(credential)) = (position, credential) {
                    wanted.write(credential, out);
                }
            });
        }
    });
}

impl Wanted {
    /// Which of its messages shows a credential so.
    pub(crate) fn variant(self, credential: &Credential) -> Variant {
        Variant {
            ocsp: self.ocsp && credential.0.ocsp_response.is_some(),
            scts: self.scts && credential.0.sct_list.is_some(),
        }
    }

    fn write(self, credential: &Credential, out: &mut Writer<'_>) {
        let mut extensions = ExtensionsWriter::new(out);
        // Such a credential was chosen because the peer takes it.
        if let Some(delegated) = &credential.0.delegated {
            extensions.add(ExtensionType::DELEGATED_CREDENTIAL, |out| {
                out.bytes(&delegated.bytes);
            });
        }
        if let (true, Some(response)) = (self.ocsp, &credential.0.ocsp_response) {
            let status = CertificateStatus {
                status_type: CertificateStatusType::OCSP,
                response: Opaque24(response),
            };
            extensions.add_value(ExtensionType::STATUS_REQUEST, &status);
        }
        if let (true, Some(list)) = (self.scts, &credential.0.sct_list) {
            extensions.add(ExtensionType::SIGNED_CERTIFICATE_TIMESTAMP, |out| {
                out.bytes(list);
            });
        }
    }
}
