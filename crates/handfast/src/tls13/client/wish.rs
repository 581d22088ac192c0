//! What a CertificateRequest asks the client for (RFC 8446 section 4.3.2).

use crate::hello::credential::Accepted;
use crate::suite::Family;
use crate::tls13::shared::Wanted;
use handfast_wire::registry::SignatureScheme;

/// What the server wants to see.
#[derive(Default)]
pub(crate) struct Wish {
    pub(crate) context: Vec<u8>,
    pub(crate) schemes: Vec<SignatureScheme>,
    pub(crate) authorities: Vec<Vec<u8>>,
    pub(crate) wanted: Wanted,
}

impl Wish {
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
