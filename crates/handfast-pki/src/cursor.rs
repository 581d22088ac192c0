//! Strict DER, one element at a time, over `der`'s slice reader.
//!
//! `der` refuses indefinite and non-minimal lengths; what is added here is the place: every fault
//! names the field that was being read and the byte at which it began, counted from the start of
//! the certificate.

use crate::fault::{CertificateFault, Problem};
use der::{Decode, Header, Reader, SliceReader};

/// Tag bytes as X.509 meets them.
pub(crate) mod tag {
    pub(crate) const BOOLEAN: u8 = 0x01;
    pub(crate) const INTEGER: u8 = 0x02;
    pub(crate) const BIT_STRING: u8 = 0x03;
    pub(crate) const OCTET_STRING: u8 = 0x04;
    pub(crate) const NULL: u8 = 0x05;
    pub(crate) const OID: u8 = 0x06;
    pub(crate) const UTF8_STRING: u8 = 0x0c;
    pub(crate) const PRINTABLE_STRING: u8 = 0x13;
    pub(crate) const TELETEX_STRING: u8 = 0x14;
    pub(crate) const IA5_STRING: u8 = 0x16;
    pub(crate) const UTC_TIME: u8 = 0x17;
    pub(crate) const GENERALIZED_TIME: u8 = 0x18;
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
    pub(crate) fn cursor(&self, field: &'static str) -> Result<Cursor<'a>, CertificateFault> {
        let header = self.raw.len().saturating_sub(self.value.len());
        Cursor::new(self.value, self.at.saturating_add(header), field)
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
#[derive(Clone, Debug)]
pub(crate) struct Cursor<'a> {
    reader: SliceReader<'a>,
    bytes: &'a [u8],
    base: usize,
}

impl<'a> Cursor<'a> {
    /// A cursor over `bytes`, which begin at byte `base` of the certificate.
    pub(crate) fn new(
        bytes: &'a [u8],
        base: usize,
        field: &'static str,
    ) -> Result<Self, CertificateFault> {
        let reader = SliceReader::new(bytes).map_err(|_| CertificateFault {
            problem: Problem::TooLarge,
            field,
            byte: base,
        })?;
        Ok(Self {
            reader,
            bytes,
            base,
        })
    }

    /// Whether everything was read.
    pub(crate) fn is_empty(&self) -> bool {
        self.reader.is_finished()
    }

    /// The byte that is read next, from the start of the certificate.
    pub(crate) fn at(&self) -> usize {
        self.base.saturating_add(self.place())
    }

    /// The next element, whatever its tag.
    pub(crate) fn element(&mut self, field: &'static str) -> Result<Tlv<'a>, CertificateFault> {
        let start = self.place();
        let at = self.at();
        let fault = |problem| CertificateFault {
            problem,
            field,
            byte: at,
        };
        let tag = self.peek().ok_or_else(|| fault(Problem::Missing))?;
        let header =
            Header::decode(&mut self.reader).map_err(|error| fault(Problem::of_der(error)))?;
        let value = self
            .reader
            .read_slice(header.length())
            .map_err(|_| fault(Problem::Truncated))?;
        let raw = self
            .bytes
            .get(start..self.place())
            .ok_or_else(|| fault(Problem::Truncated))?;
        Ok(Tlv {
            tag,
            value,
            raw,
            at,
        })
    }

    /// The next element, which must bear `tag`.
    pub(crate) fn expect(
        &mut self,
        tag: u8,
        field: &'static str,
    ) -> Result<Tlv<'a>, CertificateFault> {
        match self.peek() {
            Some(found) if found != tag => Err(CertificateFault {
                problem: Problem::Tag { wanted: tag, found },
                field,
                byte: self.at(),
            }),
            _ => self.element(field),
        }
    }

    /// The next element if it bears `tag`.
    pub(crate) fn optional(
        &mut self,
        tag: u8,
        field: &'static str,
    ) -> Result<Option<Tlv<'a>>, CertificateFault> {
        if self.peek() == Some(tag) {
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
            Err(CertificateFault {
                problem: Problem::TrailingBytes,
                field,
                byte: self.at(),
            })
        }
    }

    fn peek(&self) -> Option<u8> {
        self.bytes.get(self.place()).copied()
    }

    fn place(&self) -> usize {
        usize::try_from(self.reader.position()).unwrap_or(self.bytes.len())
    }
}
