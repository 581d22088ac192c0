//! What is wrong with bytes that should be a certificate, a CRL or an OCSP response, and where.

use std::fmt;

/// A certificate that is not strict DER, or not what RFC 5280 s4.1 lays out; also a CRL (s5.1)
/// and an OCSP response (RFC 6960 s4.2.1).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CertificateFault {
    /// What is wrong.
    pub problem: Problem,
    /// The field that was being read, named as in RFC 5280, for example
    /// `tbsCertificate.validity.notAfter`.
    pub field: &'static str,
    /// The byte at which the faulty element begins, counted from the first of what was read.
    pub byte: usize,
}

impl fmt::Display for CertificateFault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} at byte {}: {}", self.field, self.byte, self.problem)
    }
}

impl std::error::Error for CertificateFault {}

/// One way in which an element can be wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Problem {
    /// The element is not there.
    Missing,
    /// The element says it is longer than the bytes that remain.
    Truncated,
    /// Bytes follow where nothing may.
    TrailingBytes,
    /// Another element stands here.
    Tag {
        /// The tag byte that belongs here.
        wanted: u8,
        /// The tag byte that was found.
        found: u8,
    },
    /// The header is not DER: an indefinite or padded length, or an unknown tag.
    Header,
    /// A BOOLEAN other than 0x00 and 0xff.
    Boolean,
    /// An empty or padded INTEGER.
    Integer,
    /// A BIT STRING with a wrong count of unused bits.
    BitString,
    /// A malformed object identifier.
    ObjectIdentifier,
    /// A version other than 1, 2 and 3.
    Version,
    /// A time that is not a calendar date and time in UTC, to the second.
    Time,
    /// The algorithm inside the signed part is not the one outside (RFC 5280 s4.1.1.2).
    SignatureAlgorithmDiffers,
    /// Extensions in a certificate that is not of version 3 (RFC 5280 s4.1.2.9).
    ExtensionsNeedVersion3,
    /// The same extension twice (RFC 5280 s4.2).
    DuplicateExtension,
    /// A list that must hold something is empty.
    EmptyList,
    /// A list holds more than is accepted.
    TooMany {
        /// How many are accepted.
        limit: usize,
    },
    /// It is larger than is accepted.
    TooLarge {
        /// How many bytes are.
        limit: usize,
    },
    /// A DNS name with a NUL or a byte outside ASCII; international names are A-labels.
    NotAscii,
    /// An IP address that has neither 4 nor 16 bytes.
    IpAddress,
    /// A kind of general name that RFC 5280 does not know.
    GeneralName,
    /// A name-constraint subtree with a minimum or maximum (RFC 5280 s4.2.1.10).
    SubtreeBounds,
    /// A name-constraint subtree whose base is no name, or a mask with holes.
    Subtree,
    /// A negative path length (RFC 5280 s4.2.1.9).
    PathLength,
    /// The same certificate policy twice (RFC 5280 s4.2.1.4).
    DuplicatePolicy,
    /// A negative number of certificates to skip (RFC 5280 s4.2.1.11).
    SkipCerts,
    /// A CRL of another version than 2 (RFC 5280 s5.1.2.1).
    CrlVersion,
    /// A negative CRL number, or one of more than 20 bytes (RFC 5280 s5.2.3).
    CrlNumber,
    /// A CRL without a CRL number (RFC 5280 s5.2.3).
    CrlNumberMissing,
    /// A CRL that does not say when the next one comes (RFC 5280 s5.1.2.5).
    NextUpdateMissing,
    /// A reason for revocation that RFC 5280 s5.3.1 does not know.
    ReasonCode,
    /// An extension that must be critical and is not, or must not be and is.
    Criticality,
    /// A CRL entry names an issuer, in a CRL that is not indirect (RFC 5280 s5.3.3).
    EntryIssuer,
    /// A distribution point that says nothing (RFC 5280 s4.2.1.13), or a CRL limited to two kinds
    /// of certificate at once (s5.2.5).
    DistributionPoint,
    /// An OCSP response of another version than 1, or of a type that is not basic.
    OcspVersion,
    /// An OCSP response whose status is unknown, or does not agree with what follows it.
    OcspStatus,
    /// A nonce that is empty or longer than 128 octets (RFC 9654 s2.1).
    NonceLength,
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let sentence = match self {
            Self::Missing => "the element is missing",
            Self::Truncated => "it is longer than the bytes that remain",
            Self::TrailingBytes => "bytes follow where nothing may",
            Self::Tag { wanted, found } => {
                return write!(f, "tag 0x{found:02x} where 0x{wanted:02x} belongs");
            }
            Self::Header => "its tag or length is not DER",
            Self::Boolean => "a BOOLEAN is neither 0x00 nor 0xff",
            Self::Integer => "an INTEGER is empty or padded",
            Self::BitString => "a BIT STRING miscounts its unused bits",
            Self::ObjectIdentifier => "an object identifier is malformed",
            Self::Version => "the version is not 1, 2 or 3",
            Self::Time => "not a date and time in UTC, to the second",
            Self::SignatureAlgorithmDiffers => {
                "the algorithm inside the signed part differs from the one outside"
            }
            Self::ExtensionsNeedVersion3 => "extensions need version 3",
            Self::DuplicateExtension => "the extension appears twice",
            Self::EmptyList => "the list is empty",
            Self::TooMany { limit } => {
                return write!(f, "the list holds more than {limit} entries");
            }
            Self::TooLarge { limit } => {
                return write!(f, "it is larger than the {limit} bytes that are read");
            }
            Self::NotAscii => "a NUL or a byte outside ASCII; international names are A-labels",
            Self::IpAddress => "an IP address has neither 4 nor 16 bytes",
            Self::GeneralName => "an unknown kind of name",
            Self::SubtreeBounds => "a subtree sets minimum or maximum",
            Self::Subtree => "a subtree is no name, or its mask has holes",
            Self::PathLength => "the path length is negative",
            Self::DuplicatePolicy => "a policy appears twice",
            Self::SkipCerts => "the number of certificates to skip is negative",
            Self::CrlVersion => "the CRL is not of version 2",
            Self::CrlNumber => "the CRL number is negative or longer than 20 bytes",
            Self::CrlNumberMissing => "the CRL has no number",
            Self::NextUpdateMissing => "the CRL does not say when the next one comes",
            Self::ReasonCode => "an unknown reason for revocation",
            Self::Criticality => "the extension is critical and must not be, or the reverse",
            Self::EntryIssuer => "an entry names an issuer, but the CRL is not indirect",
            Self::DistributionPoint => "the distribution point says nothing or contradicts itself",
            Self::OcspVersion => "the OCSP response is not basic, or not of version 1",
            Self::NonceLength => "the nonce is empty or longer than 128 octets",
            Self::OcspStatus => "the OCSP response's status is unknown or contradicts its contents",
        };
        f.write_str(sentence)
    }
}
