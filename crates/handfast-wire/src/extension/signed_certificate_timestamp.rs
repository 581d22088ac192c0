//! signed_certificate_timestamp (RFC 6962 section 3.3).

use crate::codec::{List16, Opaque16};

/// Serialized SCTs, in the log's own encoding.
pub type SctList<'a> = List16<'a, Opaque16<'a, 1>, 1>;
