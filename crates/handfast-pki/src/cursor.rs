//! Strict DER, one element at a time (X.690 s8.1 and s10.1).
//!
//! Every fault names the field that was being read and the byte at which it began, counted from
//! the start of the certificate, CRL or OCSP response. A reader of our own, as path building reads certificates by the
//! thousand when a peer is hostile: `der`'s slice reader took five times as long for the same leaf.

use crate::fault::{CertificateFault, Problem};

/// Tag bytes as X.509 meets them.
pub(crate) mod tag {
    pub(crate) const BOOLEAN: u8 = 0x01;
    pub(crate) const INTEGER: u8 = 0x02;
    pub(crate) const BIT_STRING: u8 = 0x03;
    pub(crate) const OCTET_STRING: u8 = 0x04;
    pub(crate) const NULL: u8 = 0x05;
    pub(crate) const OID: u8 = 0x06;
    pub(crate) const ENUMERATED: u8 = 0x0a;
    pub(crate) const UTF8_STRING: u8 = 0x0c;
    pub(crate) const PRINTABLE_STRING: u8 = 0x13;
    pub(crate) const TELETEX_STRING: u8 = 0x14;
    pub(crate) const IA5_STRING: u8 = 0x16;
    pub(crate) const UTC_TIME: u8 = 0x17;
    pub(crate) const GENERALIZED_TIME: u8 = 0x18;
    pub(crate) const VISIBLE_STRING: u8 = 0x1a;
    pub(crate) const UNIVERSAL_STRING: u8 = 0x1c;
    pub(crate) const BMP_STRING: u8 = 0x1e;
    pub(crate) const SEQUENCE: u8 = 0x30;
    pub(crate) const SET: u8 = 0x31;

    /// `[number]`, primitive.
    pub(crate) const fn context(number: u8) -> u8 {
        0x80 | number
    }

    /// `[number]`, constructed.
    pub(crate) const fn constructed(number: u8) -> u8 {
        0xa0 | number
    }
}

/// One DER element.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Tlv<'a> {
    /// Its one-byte tag.
    pub(crate) tag: u8,
    /// Its contents.
    pub(crate) value: &'a [u8],
    /// The element whole, header included.
    pub(crate) raw: &'a [u8],
    /// Where its header stands, from the start of the certificate.
    pub(crate) at: usize,
}

impl<'a> Tlv<'a> {
    /// A cursor over the contents.
    pub(crate) const fn cursor(&self) -> Cursor<'a> {
        let header = self.raw.len().saturating_sub(self.value.len());
        Cursor::new(self.value, self.at.saturating_add(header))
    }

    /// The one element inside this one.
    pub(crate) fn only(&self, tag: u8, field: &'static str) -> Result<Self, CertificateFault> {
        let mut cursor = self.cursor();
        let element = cursor.expect(tag, field)?;
        cursor.finish(field)?;
        Ok(element)
    }

    /// A fault at this element.
    pub(crate) fn fault(&self, problem: Problem, field: &'static str) -> CertificateFault {
        CertificateFault {
            problem,
            field,
            byte: self.at,
        }
    }

    /// The contents of a BIT STRING that holds whole bytes.
    pub(crate) fn bit_string_bytes(
        &self,
        field: &'static str,
    ) -> Result<&'a [u8], CertificateFault> {
        match self.value.split_first() {
            Some((0, bytes)) => Ok(bytes),
            _ => Err(self.fault(Problem::BitString, field)),
        }
    }

    /// BOOLEAN: DER knows 0x00 and 0xff only (X.690 s11.1).
    pub(crate) fn boolean(&self, field: &'static str) -> Result<bool, CertificateFault> {
        match self.value {
            [0x00] => Ok(false),
            [0xff] => Ok(true),
            _ => Err(self.fault(Problem::Boolean, field)),
        }
    }

    /// Checks that the contents are an INTEGER in fewest bytes (X.690 s8.3.2).
    pub(crate) fn integer(&self, field: &'static str) -> Result<&'a [u8], CertificateFault> {
        match self.value {
            [] | [0x00, 0x00..=0x7f, ..] | [0xff, 0x80..=0xff, ..] => {
                Err(self.fault(Problem::Integer, field))
            }
            value => Ok(value),
        }
    }

    /// Checks that the contents are an object identifier.
    pub(crate) fn oid(&self, field: &'static str) -> Result<&'a [u8], CertificateFault> {
        // X.690 s8.19.2: each arc in fewest bytes, the last arc complete.
        let complete = self.value.last().is_some_and(|byte| byte & 0x80 == 0);
        let mut starts = true;
        for byte in self.value {
            if starts && *byte == 0x80 {
                return Err(self.fault(Problem::ObjectIdentifier, field));
            }
            starts = byte & 0x80 == 0;
        }
        if complete {
            Ok(self.value)
        } else {
            Err(self.fault(Problem::ObjectIdentifier, field))
        }
    }
}

/// Reads DER elements from front to back.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Cursor<'a> {
    rest: &'a [u8],
    at: usize,
}

impl<'a> Cursor<'a> {
    /// A cursor over `bytes`, which begin at byte `at` of the certificate.
    pub(crate) const fn new(bytes: &'a [u8], at: usize) -> Self {
        Self { rest: bytes, at }
    }

    /// Whether everything was read.
    pub(crate) const fn is_empty(&self) -> bool {
        self.rest.is_empty()
    }

    /// How many bytes are still to be read.
    pub(crate) const fn len(&self) -> usize {
        self.rest.len()
    }

    /// The same, `bytes` further on; nothing where there are not so many.
    pub(crate) fn skipped(self, bytes: usize) -> Option<Self> {
        Some(Self {
            rest: self.rest.get(bytes..)?,
            at: self.at.saturating_add(bytes),
        })
    }

    /// The next element, whatever its tag.
    #[inline]
    pub(crate) fn element(&mut self, field: &'static str) -> Result<Tlv<'a>, CertificateFault> {
        let header = read_header(self.rest).map_err(|problem| self.fault(problem, field))?;
        let end = header.bytes.saturating_add(header.length);
        let (Some((raw, rest)), Some(tag)) = (self.rest.split_at_checked(end), self.rest.first())
        else {
            return Err(self.fault(Problem::Truncated, field));
        };
        let at = self.at;
        self.rest = rest;
        self.at = at.saturating_add(end);
        Ok(Tlv {
            tag: *tag,
            value: raw.get(header.bytes..).unwrap_or_default(),
            raw,
            at,
        })
    }

    /// The next element, which must bear `tag`.
    #[inline]
    pub(crate) fn expect(
        &mut self,
        tag: u8,
        field: &'static str,
    ) -> Result<Tlv<'a>, CertificateFault> {
        match self.rest.first() {
            Some(found) if *found != tag => {
                let found = *found;
                Err(self.fault(Problem::Tag { wanted: tag, found }, field))
            }
            _ => self.element(field),
        }
    }

    /// The next element if it bears `tag`.
    #[inline]
    pub(crate) fn optional(
        &mut self,
        tag: u8,
        field: &'static str,
    ) -> Result<Option<Tlv<'a>>, CertificateFault> {
        if self.rest.first() == Some(&tag) {
            self.element(field).map(Some)
        } else {
            Ok(None)
        }
    }

    /// Refuses bytes that nothing has read.
    pub(crate) fn finish(&self, field: &'static str) -> Result<(), CertificateFault> {
        if self.is_empty() {
            Ok(())
        } else {
            Err(self.fault(Problem::TrailingBytes, field))
        }
    }

    /// A fault at the next element.
    #[cold]
    pub(crate) fn fault(&self, problem: Problem, field: &'static str) -> CertificateFault {
        CertificateFault {
            problem,
            field,
            byte: self.at,
        }
    }
}

/// How long an element's header and its contents are.
struct Header {
    bytes: usize,
    length: usize,
}

/// A tag of one byte and a length in fewest bytes.
#[inline]
fn read_header(bytes: &[u8]) -> Result<Header, Problem> {
    let (tag, length_at) = match bytes {
        [] => return Err(Problem::Missing),
        [tag, length_at @ ..] => (*tag, length_at),
    };
    // X.690 s8.1.2.4: 31 announces a longer tag, which X.509 nowhere has.
    if tag & 0x1f == 0x1f {
        return Err(Problem::Header);
    }
    let (bytes, length) = match length_at {
        [] => return Err(Problem::Truncated),
        [length @ 0..=0x7f, ..] => (2, usize::from(*length)),
        [0x81, length @ 0x80..=0xff, ..] => (3, usize::from(*length)),
        [0x82, high @ 1..=0xff, low, ..] => (4, usize::from(u16::from_be_bytes([*high, *low]))),
        _ => return read_long_header(length_at),
    };
    Ok(Header { bytes, length })
}

/// A length of more than 64 KiB, as CRLs have, or one that is not DER. Less than 2 GiB: what is
/// longer is never read, and every machine can count it.
#[cold]
fn read_long_header(length_at: &[u8]) -> Result<Header, Problem> {
    let (bytes, length) = match length_at {
        [0x83, a @ 1..=0xff, b, c, ..] => (5, u32::from_be_bytes([0, *a, *b, *c])),
        [0x84, a @ 1..=0x7f, b, c, d, ..] => (6, u32::from_be_bytes([*a, *b, *c, *d])),
        [0x81..=0x84] | [0x82..=0x84, 1..=0xff] | [0x83 | 0x84, 1..=0xff, _] => {
            return Err(Problem::Truncated);
        }
        [0x84, 1..=0x7f, _, _] => return Err(Problem::Truncated),
        _ => return Err(Problem::Header),
    };
    let length = usize::try_from(length).map_err(|_| Problem::TooLarge { limit: usize::MAX })?;
    Ok(Header { bytes, length })
}
