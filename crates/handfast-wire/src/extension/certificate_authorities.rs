//! certificate_authorities (RFC 8446 section 4.2.4).

use crate::codec::Opaque16;

/// The DER of an X.501 distinguished name.
pub type DistinguishedName<'a> = Opaque16<'a, 1>;
