//! What TLS 1.2 and older need beside AEADs, behind the feature `legacy`: block ciphers in CBC mode,
//! RC4 and none with HMAC or the MAC of SSL 3.0, the transport of keys by RSA, Diffie-Hellman in any
//! finite field, and the hashes and key derivations that older versions build on MD5 and SHA-1.
//!
//! None of it is safe by itself. MAC-then-encrypt has to be opened without telling by time where
//! the padding ends (Lucky Thirteen): the library does so for the pairs that it has; [`hidden`]
//! does so for the others.

pub mod cipher;
pub mod double_hash;
pub mod finite_field;
mod hidden;
mod mac;
mod masks;
pub mod premaster;
pub mod prf;
pub(crate) mod protection;
pub mod record;
pub mod sign;
pub mod taint;
