//! What a CertificateRequest asks the client for (RFC 8446 section 4.3.2).

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
