//! The client's part of a key exchange.

use handfast_crypto::secret::SharedSecret;

/// Its public value, or what it encrypted, and the premaster secret.
pub(in crate::classic) struct Answered {
    pub(in crate::classic) public: Vec<u8>,
    pub(in crate::classic) premaster: SharedSecret,
}
