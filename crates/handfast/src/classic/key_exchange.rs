//! What each key exchange has of its own: parameters, public values, the premaster secret. In what
//! order messages come is the business of `client` and `server`, and what signs the parameters
//! that of `signed`.

pub(super) mod ecdhe;
#[cfg(feature = "legacy")]
pub(super) mod rsa;
pub(super) mod signed;

use handfast_crypto::secret::SharedSecret;

/// The client's part: its public value, or what it encrypted, and the premaster secret.
pub(super) struct Answered {
    pub(super) public: Vec<u8>,
    pub(super) premaster: SharedSecret,
}
