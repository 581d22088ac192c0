//! What a config lists.

#[cfg(feature = "brotli")]
use crate::config::compression::brotli::Brotli;
use crate::config::compression::codec::CertificateCodec;
#[cfg(feature = "zlib")]
use crate::config::compression::zlib::Zlib;
#[cfg(feature = "zstd")]
use crate::config::compression::zstd::Zstd;
use core::fmt;
use handfast_wire::registry::CertificateCompressionAlgorithm;
use std::sync::Arc;

/// One way to compress certificates (RFC 8879). Cheap to clone.
#[derive(Clone)]
pub struct CertificateCompression(Kind);

#[derive(Clone)]
enum Kind {
    #[cfg(feature = "zlib")]
    Zlib,
    #[cfg(feature = "brotli")]
    Brotli,
    #[cfg(feature = "zstd")]
    Zstd,
    Own(Arc<dyn CertificateCodec>),
}

impl CertificateCompression {
    /// ZLIB (RFC 1950).
    #[cfg(feature = "zlib")]
    #[must_use]
    pub fn zlib() -> Self {
        Self(Kind::Zlib)
    }

    /// Brotli (RFC 7932).
    #[cfg(feature = "brotli")]
    #[must_use]
    pub fn brotli() -> Self {
        Self(Kind::Brotli)
    }

    /// Zstandard (RFC 8878).
    #[cfg(feature = "zstd")]
    #[must_use]
    pub fn zstd() -> Self {
        Self(Kind::Zstd)
    }

    /// Those of the features that this was built with, the one that makes certificates shortest first.
    ///
    /// ```
    /// use handfast::config::{CertificateCompression, Trust};
    ///
    /// let mut config = handfast::ClientConfig::new(Trust::System);
    /// config.common.certificate_compression = CertificateCompression::all();
    /// # config.check()?;
    /// # Ok::<(), handfast::ConfigFault>(())
    /// ```
    #[must_use]
    pub fn all() -> Vec<Self> {
        vec![
            #[cfg(feature = "brotli")]
            Self(Kind::Brotli),
            #[cfg(feature = "zlib")]
            Self(Kind::Zlib),
            #[cfg(feature = "zstd")]
            Self(Kind::Zstd),
        ]
    }

    /// One of the caller's own.
    #[must_use]
    pub fn by(codec: impl CertificateCodec + 'static) -> Self {
        Self(Kind::Own(Arc::new(codec)))
    }

    /// The code point that stands in compress_certificate.
    #[must_use]
    pub fn algorithm(&self) -> CertificateCompressionAlgorithm {
        self.codec().algorithm()
    }

    /// What does it.
    #[must_use]
    pub fn codec(&self) -> &dyn CertificateCodec {
        match &self.0 {
            #[cfg(feature = "zlib")]
            Kind::Zlib => &Zlib,
            #[cfg(feature = "brotli")]
            Kind::Brotli => &Brotli,
            #[cfg(feature = "zstd")]
            Kind::Zstd => &Zstd,
            Kind::Own(codec) => &**codec,
        }
    }

    /// True where both would give the same.
    pub(super) fn is(&self, other: &Self) -> bool {
        match (&self.0, &other.0) {
            (Kind::Own(one), Kind::Own(other)) => Arc::ptr_eq(one, other),
            #[cfg(any(feature = "zlib", feature = "brotli", feature = "zstd"))]
            (one, other) => core::mem::discriminant(one) == core::mem::discriminant(other),
        }
    }
}

impl fmt::Debug for CertificateCompression {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "CertificateCompression({})", self.algorithm())
    }
}
