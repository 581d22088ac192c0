//! Signed certificate timestamps: a log's promise to publish a certificate (RFC 6962 s3).
//!
//! ```text
//! SignedCertificateTimestampList = u16 length { u16 length { SCT } … }
//! SCT = version 0, log id (32), timestamp (8), extensions, digitally-signed { 2 + signature }
//! ```
//! The list comes in a TLS extension as it is, and wrapped into an OCTET STRING in a certificate's
//! and in an OCSP response's extension. Nothing here says that a log has signed.
//!
//! RFC 9162 (version 2) has extensions of its own (1.3.101.75 in certificates, transparency_info
//! in TLS): they are known by name and not read.

mod entry;
pub mod finding;
pub mod log;
pub mod policy;
pub mod verify;

use crate::certificate::Certificate;
use crate::cursor::{Tlv, tag};
use crate::extension::only;
use crate::fault::{CertificateFault, Problem};
use crate::ocsp::single::SingleResponse;
use crate::oid;
use crate::sct::log::LogId;

/// The most SCTs that one list may hold: policies ask for 2 or 3, and each costs a signature check.
pub const MAX_SCTS: usize = 64;

/// A list of SCTs, checked as a whole when it was read and borrowed from what it was read from.
#[derive(Clone, Copy, Debug)]
pub struct SctList<'a> {
    entries: Bytes<'a>,
    count: usize,
}

/// One entry of the list.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum SerializedSct<'a> {
    /// Of version 1 (RFC 6962).
    V1(Sct<'a>),
    /// Of a version that is not known; such entries are passed over (RFC 6962 s3.3).
    Unknown {
        /// The version byte; 0 would be version 1.
        version: u8,
        /// The entry whole.
        bytes: &'a [u8],
    },
}

/// A signed certificate timestamp of version 1 (RFC 6962 s3.2), read but not verified.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Sct<'a> {
    /// Which log made it.
    pub log_id: LogId,
    /// When, in milliseconds since 1970-01-01T00:00:00Z, leap seconds not counted.
    pub timestamp_ms: u64,
    /// CtExtensions, without their length; empty in version 1, but signed all the same.
    pub extensions: &'a [u8],
    /// The hash of the signature, as RFC 5246 s7.4.1.4.1 numbers it: 4 is SHA-256.
    pub hash_algorithm: u8,
    /// The kind of signature, as RFC 5246 s7.4.1.4.1 numbers it: 1 is RSA, 3 is ECDSA.
    pub signature_algorithm: u8,
    /// The log's signature.
    pub signature: &'a [u8],
}

impl<'a> SctList<'a> {
    /// Reads a list in its TLS form, which must fill `bytes` to the last one: what a server sends
    /// in its signed_certificate_timestamp extension.
    ///
    /// ```
    /// use handfast_pki::sct::{SctList, SerializedSct};
    ///
    /// // One SCT of log 7777…, made at 2030-01-01T00:00:00Z; its signature is 3 bytes of nonsense.
    /// let sct = [&[0][..], &[7; 32], &1_893_456_000_000_u64.to_be_bytes(), &[0, 0, 4, 3, 0, 3, 1, 2, 3]];
    /// let sct = sct.concat();
    /// let list = [&[0, 52, 0, 50][..], &sct].concat();
    /// let list = SctList::parse(&list)?;
    /// let Some(SerializedSct::V1(sct)) = list.iter().next() else { unreachable!() };
    /// assert_eq!((sct.timestamp_ms, sct.signature), (1_893_456_000_000, &[1, 2, 3][..]));
    ///
    /// let fault = SctList::parse(&[0, 52, 0, 50, 0]).unwrap_err();
    /// assert_eq!(fault.to_string(), "sct_list at byte 0: it is longer than the bytes that remain");
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    /// A [`CertificateFault`] names the field and the byte that is not as RFC 6962 s3.3 lays it
    /// out. Empty lists, empty entries and more than [`MAX_SCTS`] entries are faults.
    pub fn parse(bytes: &'a [u8]) -> Result<Self, CertificateFault> {
        Self::read(bytes, 0)
    }

    /// The list inside a certificate (extension 1.3.6.1.4.1.11129.2.4.2), if there is one.
    ///
    /// # Errors
    /// As [`SctList::parse`]; bytes are counted from the start of the certificate.
    pub fn of_certificate(certificate: &Certificate<'a>) -> Result<Option<Self>, CertificateFault> {
        let value = certificate.extensions.value(oid::EMBEDDED_SCTS);
        value.map(|value| Self::unwrap(&value)).transpose()
    }

    /// The list beside a status in an OCSP response (extension 1.3.6.1.4.1.11129.2.4.5), if there
    /// is one.
    ///
    /// # Errors
    /// As [`SctList::parse`]; bytes are counted from the start of the response.
    pub fn of_response(response: &SingleResponse<'a>) -> Result<Option<Self>, CertificateFault> {
        let value = response.sct_list.as_ref();
        value.map(Self::unwrap).transpose()
    }

    /// The value of any X.509 extension that holds a list: an OCTET STRING around it
    /// (RFC 6962 s3.3).
    ///
    /// # Errors
    /// As [`SctList::parse`]; bytes are counted from the start of `value`.
    pub fn of_extension(value: &'a [u8]) -> Result<Self, CertificateFault> {
        Self::unwrap(&Tlv {
            tag: tag::OCTET_STRING,
            value,
            raw: value,
            at: 0,
        })
    }

    fn unwrap(value: &Tlv<'a>) -> Result<Self, CertificateFault> {
        let inner = only(value, tag::OCTET_STRING, LIST)?;
        let header = inner.raw.len().saturating_sub(inner.value.len());
        Self::read(inner.value, inner.at.saturating_add(header))
    }

    fn read(bytes: &'a [u8], at: usize) -> Result<Self, CertificateFault> {
        let mut outer = Bytes { rest: bytes, at };
        let entries = outer.vector16(LIST)?;
        outer.finish(LIST)?;
        if entries.rest.is_empty() {
            return Err(entries.fault(Problem::EmptyList, LIST));
        }
        let mut rest = entries;
        let mut count = 0;
        while !rest.rest.is_empty() {
            count += 1;
            if count > MAX_SCTS {
                let limit = MAX_SCTS;
                return Err(entries.fault(Problem::TooMany { limit }, LIST));
            }
            rest.sct()?;
        }
        Ok(Self { entries, count })
    }

    /// The entries, in the order received.
    pub fn iter(&self) -> impl Iterator<Item = SerializedSct<'a>> + use<'a> {
        let mut rest = self.entries;
        std::iter::from_fn(move || {
            if rest.rest.is_empty() {
                return None;
            }
            rest.sct().ok()
        })
    }

    /// How many entries there are: never none.
    #[must_use]
    #[expect(
        clippy::len_without_is_empty,
        reason = "a list that was read is not empty"
    )]
    pub fn len(&self) -> usize {
        self.count
    }
}

/// TLS vectors (RFC 5246 s4.3), front to back.
#[derive(Clone, Copy, Debug)]
struct Bytes<'a> {
    rest: &'a [u8],
    at: usize,
}

impl<'a> Bytes<'a> {
    /// The next entry of a list.
    fn sct(&mut self) -> Result<SerializedSct<'a>, CertificateFault> {
        let mut entry = self.vector16(ENTRY)?;
        let bytes = entry.rest;
        let Some(version) = bytes.first() else {
            return Err(entry.fault(Problem::EmptyList, ENTRY));
        };
        if *version != 0 {
            let version = *version;
            return Ok(SerializedSct::Unknown { version, bytes });
        }
        entry.array::<1>("sct.version")?;
        let log_id = LogId(entry.array("sct.id")?);
        let timestamp_ms = u64::from_be_bytes(entry.array("sct.timestamp")?);
        let extensions = entry.vector16("sct.extensions")?.rest;
        let [hash_algorithm, signature_algorithm] = entry.array("sct.signature.algorithm")?;
        let signature = entry.vector16("sct.signature")?.rest;
        entry.finish(ENTRY)?;
        Ok(SerializedSct::V1(Sct {
            log_id,
            timestamp_ms,
            extensions,
            hash_algorithm,
            signature_algorithm,
            signature,
        }))
    }

    fn vector16(&mut self, field: &'static str) -> Result<Self, CertificateFault> {
        let start = *self;
        let length = usize::from(u16::from_be_bytes(self.array(field)?));
        let Some((inside, rest)) = self.rest.split_at_checked(length) else {
            return Err(start.fault(Problem::Truncated, field));
        };
        let inside = Bytes {
            rest: inside,
            at: self.at,
        };
        self.rest = rest;
        self.at = self.at.saturating_add(length);
        Ok(inside)
    }

    fn array<const N: usize>(&mut self, field: &'static str) -> Result<[u8; N], CertificateFault> {
        let Some((array, rest)) = self.rest.split_first_chunk() else {
            return Err(self.fault(Problem::Truncated, field));
        };
        self.rest = rest;
        self.at = self.at.saturating_add(N);
        Ok(*array)
    }

    fn finish(&self, field: &'static str) -> Result<(), CertificateFault> {
        if self.rest.is_empty() {
            Ok(())
        } else {
            Err(self.fault(Problem::TrailingBytes, field))
        }
    }

    fn fault(&self, problem: Problem, field: &'static str) -> CertificateFault {
        CertificateFault {
            problem,
            field,
            byte: self.at,
        }
    }
}

const LIST: &str = "sct_list";
const ENTRY: &str = "sct_list.serialized_sct";

#[cfg(test)]
mod tests;
