//! application_layer_protocol_negotiation (RFC 7301 section 3.1).

use crate::codec::{List16, Opaque8};

/// Protocol names in order of preference; a server answers with exactly one.
pub type AlpnProtocols<'a> = List16<'a, Opaque8<'a, 1>, 2>;
