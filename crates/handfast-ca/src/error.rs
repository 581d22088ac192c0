//! Why something was not issued.

use core::fmt;

use handfast_pki::fault::CertificateFault;
use handfast_pki::load::fault::LoadFault;
use handfast_pki::verify::issuance::NameOutside;

/// Why something was not issued.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum CaError {
    /// A name that a certificate cannot hold: empty, too long, or not ASCII where it must be.
    BadName(String),
    /// A subject that cannot be read: the text, and which part is wrong and why.
    BadSubject {
        /// The text that was given.
        text: String,
        /// Which part is wrong, and why.
        why: String,
    },
    /// An object identifier that is none.
    BadIdentifier(String),
    /// A serial number that is zero, longer than 20 octets, or not hexadecimal.
    BadSerial(String),
    /// A time, in Unix seconds, past the year 9999.
    BadTime(u64),
    /// A validity that ends before it begins: first and last second in Unix time.
    Backwards(u64, u64),
    /// The certificate could not be encoded.
    Encoding,
    /// Bytes that should be a name or a certificate and are not.
    Unreadable(CertificateFault),
    /// A certificate of an authority's chain that cannot be read; counted from 0, leaf first.
    BadChain {
        /// Which one.
        index: usize,
        /// What is wrong with it.
        fault: CertificateFault,
    },
    /// A certificate of an authority's chain that the next one did not issue: its name or its
    /// signature does not fit. Counted from 0, leaf first.
    BrokenChain {
        /// Which one.
        index: usize,
    },
    /// No certificate where an authority's should be.
    NoCertificate,
    /// The key does not belong to the authority's certificate.
    Foreign,
    /// The issuer's certificate is none of an authority: its name.
    NotAnAuthority(String),
    /// An authority whose certificate does not let it sign revocation lists: its name.
    NoListSigner(String),
    /// A certificate that is not for signing OCSP responses: its name.
    NotAnOcspSigner(String),
    /// The authority has expired, or would before what it issues is of use.
    Expired {
        /// Its last second, in Unix time.
        not_after_unix: u64,
    },
    /// The authority is not valid yet.
    NotYetValid {
        /// Its first second, in Unix time.
        not_before_unix: u64,
    },
    /// A name that the authority may not vouch for.
    NameOutside {
        /// The authority whose constraints these are: the issuer, or one above it.
        authority: String,
        /// The name, and the constraint.
        outside: NameOutside,
    },
    /// An authority that has no room for another below it: its name.
    TooDeep(String),
    /// A purpose that an authority is not meant to issue for.
    PurposeOutside {
        /// The authority.
        authority: String,
        /// The purpose.
        purpose: &'static str,
    },
    /// Something in a certificate that its successor could not have.
    NotKept(String),
    /// A public key of a kind that is not supported, or that is malformed.
    UnsupportedKey,
    /// A revocation list with a certificate on it twice: its serial number.
    TwiceRevoked(String),
    /// A file that holds no key that can be used.
    KeyFile(LoadFault),
    /// The crypto library could not make or use a key, or gave no randomness.
    Key,
}

impl fmt::Display for CaError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::BadName(name) => write!(f, "a certificate cannot hold the name {name:?}"),
            Self::BadSubject { text, why } => write!(f, "the subject {text:?}: {why}"),
            Self::BadIdentifier(text) => write!(
                f,
                "{text:?} is no object identifier: numbers with dots, as in 1.3.6.1.4.1.1"
            ),
            Self::BadSerial(text) => write!(
                f,
                "{text:?} is no serial number: 1 to 20 octets in hexadecimal digits, not zero"
            ),
            Self::BadTime(unix) => write!(f, "a certificate cannot hold the time {unix}"),
            Self::Backwards(first, last) => {
                write!(f, "it would end ({last}) before it begins ({first})")
            }
            Self::Encoding => f.write_str("the certificate could not be encoded"),
            Self::Unreadable(fault) => fault.fmt(f),
            Self::BadChain { index, fault } => {
                write!(f, "certificate {} of the chain: {fault}", index + 1)
            }
            Self::BrokenChain { index } => write!(
                f,
                "certificate {} of the chain is not issued by the one after it",
                index + 1
            ),
            Self::NoCertificate => f.write_str("the authority has no certificate"),
            Self::Foreign => f.write_str("the key does not belong to the authority's certificate"),
            Self::NotAnAuthority(name) => {
                write!(
                    f,
                    "{name} is no authority: its certificate may not issue others"
                )
            }
            Self::NoListSigner(name) => write!(
                f,
                "{name} may not sign revocation lists: its certificate is without cRLSign"
            ),
            Self::NotAnOcspSigner(name) => {
                write!(
                    f,
                    "{name} may not sign OCSP responses: its certificate is not for OCSPSigning"
                )
            }
            Self::Expired { not_after_unix } => {
                write!(
                    f,
                    "the authority has expired (at {not_after_unix}, Unix time)"
                )
            }
            Self::NotYetValid { not_before_unix } => write!(
                f,
                "the authority is not valid before {not_before_unix} (Unix time)"
            ),
            Self::NameOutside { authority, outside } => {
                write!(f, "{authority} may not vouch for this name: {outside}")
            }
            Self::TooDeep(name) => write!(
                f,
                "{name} may have no further authority below it (its path length)"
            ),
            Self::PurposeOutside { authority, purpose } => {
                write!(f, "{authority} may not issue for {purpose}")
            }
            Self::NotKept(what) => write!(
                f,
                "it holds {what}, which is not known here and which a successor would lack"
            ),
            Self::UnsupportedKey => {
                f.write_str("the public key is of a kind that is not supported, or malformed")
            }
            Self::TwiceRevoked(serial) => {
                write!(
                    f,
                    "the revocation list has the serial number {serial} twice"
                )
            }
            Self::KeyFile(fault) => fault.fmt(f),
            Self::Key => f.write_str("the crypto library could not make or use a key"),
        }
    }
}

impl core::error::Error for CaError {}
