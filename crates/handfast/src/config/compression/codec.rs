//! What a way to compress certificates must be able to do.

use core::fmt::{self, Debug};
use handfast_wire::registry::CertificateCompressionAlgorithm;

/// Compresses Certificate messages and makes them whole again (RFC 8879 section 4). The features
/// `zlib`, `brotli` and `zstd` have one each; a caller may bring another.
///
/// ```
/// use handfast::CertificateCompressionAlgorithm;
/// use handfast::config::{CertificateCodec, CertificateCompression, DecompressionFailed};
///
/// /// Leaves out the first two bytes, which are zeros in every Certificate message of a server.
/// #[derive(Debug)]
/// struct WithoutZeros;
///
/// impl CertificateCodec for WithoutZeros {
///     fn algorithm(&self) -> CertificateCompressionAlgorithm {
///         CertificateCompressionAlgorithm(0xff01) // for private use (RFC 8879 section 7.3)
///     }
///     fn compress(&self, message: &[u8]) -> Option<Vec<u8>> {
///         message.strip_prefix(&[0, 0]).map(<[u8]>::to_vec)
///     }
///     fn decompress(&self, compressed: &[u8], out: &mut [u8]) -> Result<(), DecompressionFailed> {
///         match out.split_first_chunk_mut::<2>() {
///             Some((head, rest)) if rest.len() == compressed.len() => {
///                 *head = [0, 0];
///                 rest.copy_from_slice(compressed);
///                 Ok(())
///             }
///             _ => Err(DecompressionFailed),
///         }
///     }
/// }
///
/// let mut config = handfast::ClientConfig::new(handfast::config::Trust::System);
/// config.common.certificate_compression = vec![CertificateCompression::by(WithoutZeros)];
/// # config.check()?;
/// # Ok::<(), handfast::ConfigFault>(())
/// ```
pub trait CertificateCodec: Debug + Send + Sync {
    /// The code point that stands in compress_certificate.
    fn algorithm(&self) -> CertificateCompressionAlgorithm;

    /// A Certificate message of our own, its four bytes of header left out, compressed. Nothing where
    /// that cannot be done or makes nothing of it shorter: then it is shown as it is. Asked once for
    /// each form in which a credential is shown, however many handshakes show it, unless a server
    /// asks with a context of its own (RFC 8446 section 4.6.2).
    fn compress(&self, message: &[u8]) -> Option<Vec<u8>>;

    /// Fills `out`, which is as long as the peer says and no longer than a Certificate message may be,
    /// with what `compressed` stands for. It comes from a peer of whom nothing is known yet: take no
    /// memory because of what it says.
    ///
    /// # Errors
    /// [`DecompressionFailed`] where it cannot be read, stands for less or more than `out` holds, or is
    /// followed by something else.
    fn decompress(&self, compressed: &[u8], out: &mut [u8]) -> Result<(), DecompressionFailed>;
}

/// What was compressed cannot be had back, or is not as long as it was said to be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct DecompressionFailed;

impl fmt::Display for DecompressionFailed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("it cannot be decompressed to as many bytes as were announced")
    }
}

impl core::error::Error for DecompressionFailed {}
