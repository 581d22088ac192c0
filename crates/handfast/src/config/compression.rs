//! How Certificate messages are made shorter (RFC 8879).
//!
//! ```text
//! codec (the trait) <- zlib, brotli, zstd <- algorithm (what a config lists) <- kept (own messages)
//! ```

mod algorithm;
#[cfg(feature = "brotli")]
mod brotli;
mod codec;
mod kept;
#[cfg(feature = "zlib")]
mod zlib;
#[cfg(feature = "zstd")]
mod zstd;

#[cfg(all(test, feature = "zlib", feature = "brotli", feature = "zstd"))]
mod tests;

pub use algorithm::CertificateCompression;
pub use codec::{CertificateCodec, DecompressionFailed};
pub(crate) use kept::{Compressed, Found, Variant};
