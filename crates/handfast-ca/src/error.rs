//! Why a certificate was not issued.

use core::fmt;

/// Why a certificate was not issued.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum CaError {
    /// A name that a certificate cannot hold: empty, or not ASCII where it must be.
    BadName(String),
    /// A time, in Unix seconds, past the year 9999.
    BadTime(u64),
    /// A validity that ends before it begins: first and last second in Unix time.
    Backwards(u64, u64),
    /// The certificate could not be encoded.
    Encoding,
    /// A root that was kept is not one that was made here, or not with this key.
    Foreign,
    /// The crypto library could not make or use a key, or gave no randomness.
    Key,
}

impl fmt::Display for CaError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::BadName(name) => write!(f, "a certificate cannot hold the name {name:?}"),
            Self::BadTime(unix) => write!(f, "a certificate cannot hold the time {unix}"),
            Self::Backwards(first, last) => {
                write!(
                    f,
                    "the certificate would end ({last}) before it begins ({first})"
                )
            }
            Self::Encoding => f.write_str("the certificate could not be encoded"),
            Self::Foreign => {
                f.write_str("the root was not made here, or the key does not belong to it")
            }
            Self::Key => f.write_str("the crypto library could not make or use a key"),
        }
    }
}

impl core::error::Error for CaError {}
