//! The fence: the only `unsafe` code of Handfast outside its Python module.
//!
//! Each file wraps one family of the C library's functions so that its callers cannot misuse it:
//! lengths come from slices, objects are freed by their owner, and nothing here decides protocol.

pub(crate) mod aead;
#[cfg(feature = "legacy")]
pub(crate) mod block_cipher;
pub(crate) mod ccm;
pub(crate) mod compare;
pub(crate) mod container;
pub(crate) mod dh;
pub(crate) mod ec;
mod evp;
pub(crate) mod hpke;
pub(crate) mod kem;
mod owned;
#[cfg(feature = "legacy")]
mod rsa_transport;
#[cfg(feature = "legacy")]
pub(crate) mod safe_prime;
pub(crate) mod sha;
pub(crate) mod sign;
#[cfg(all(feature = "taint", target_arch = "x86_64"))]
pub(crate) mod taint;
pub(crate) mod verify;
pub(crate) mod wipe;
pub(crate) mod x25519;
