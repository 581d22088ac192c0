//! AlgorithmIdentifiers, whatever they name (RFC 5280 s4.1.1.2), and the parameters of RSASSA-PSS
//! (RFC 4055 s3.1).

use crate::cursor::{Cursor, Tlv, tag};
use crate::fault::{CertificateFault, Problem};
use crate::oid::Oid;
use crate::registry;

/// An algorithm and its parameters.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct AlgorithmIdentifier<'a> {
    /// Which algorithm.
    pub oid: Oid<'a>,
    /// Its parameters in DER, header included.
    pub parameters: Option<&'a [u8]>,
}

impl<'a> AlgorithmIdentifier<'a> {
    /// Reads the contents of the SEQUENCE, as
    /// [`crate::certificate::Certificate::signature_algorithm`] gives them.
    ///
    /// # Errors
    /// A [`CertificateFault`]; bytes are counted from the start of `contents`.
    pub fn parse(contents: &'a [u8]) -> Result<Self, CertificateFault> {
        let mut cursor = Cursor::new(contents, 0);
        let oid = Oid(cursor.expect(tag::OID, FIELD)?.oid(FIELD)?);
        let parameters = if cursor.is_empty() {
            None
        } else {
            Some(cursor.element(FIELD)?.raw)
        };
        cursor.finish(FIELD)?;
        Ok(Self { oid, parameters })
    }

    /// The algorithm's name where it is defined, for those that are known by name.
    #[must_use]
    pub fn name(&self) -> Option<&'static str> {
        registry::algorithm_name(self.oid)
    }

    /// The parameters of RSASSA-PSS; nothing for any other algorithm, and nothing for a key that
    /// is restricted to PSS without saying more.
    ///
    /// # Errors
    /// A [`CertificateFault`] names the byte that is not as RFC 4055 s3.1 lays it out, counted
    /// from the start of the parameters.
    pub fn pss(&self) -> Result<Option<PssParameters<'a>>, CertificateFault> {
        match self.parameters {
            Some(parameters) if self.oid.0 == RSASSA_PSS => {
                PssParameters::read(parameters).map(Some)
            }
            _ => Ok(None),
        }
    }
}

/// How RSASSA-PSS is used; what the encoding leaves out has its default here.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PssParameters<'a> {
    /// The hash of the message.
    pub hash: Oid<'a>,
    /// The mask generation function.
    pub mask_generator: Oid<'a>,
    /// The hash inside of it.
    pub mask_hash: Oid<'a>,
    /// Length of the salt in bytes.
    pub salt_length: u32,
    /// The trailer field; RFC 4055 knows 1.
    pub trailer: u32,
}

impl<'a> PssParameters<'a> {
    fn read(parameters: &'a [u8]) -> Result<Self, CertificateFault> {
        let mut outer = Cursor::new(parameters, 0);
        let list = outer.expect(tag::SEQUENCE, PSS)?;
        outer.finish(PSS)?;
        let mut inside = list.cursor();
        let mut pss = Self {
            hash: Oid(SHA1),
            mask_generator: Oid(MGF1),
            mask_hash: Oid(SHA1),
            salt_length: 20,
            trailer: 1,
        };
        if let Some(hash) = explicit(&mut inside, 0)? {
            pss.hash = identifier(&hash)?.0;
        }
        if let Some(mask) = explicit(&mut inside, 1)? {
            let (generator, parameters) = identifier(&mask)?;
            pss.mask_generator = generator;
            if let Some(hash) = parameters {
                pss.mask_hash = identifier(&hash)?.0;
            }
        }
        if let Some(length) = explicit(&mut inside, 2)? {
            pss.salt_length = small(&length)?;
        }
        if let Some(trailer) = explicit(&mut inside, 3)? {
            pss.trailer = small(&trailer)?;
        }
        inside.finish(PSS)?;
        Ok(pss)
    }
}

/// The element inside `[number]`, if it is there.
fn explicit<'a>(cursor: &mut Cursor<'a>, number: u8) -> Result<Option<Tlv<'a>>, CertificateFault> {
    let Some(outer) = cursor.optional(tag::constructed(number), PSS)? else {
        return Ok(None);
    };
    let mut inside = outer.cursor();
    let element = inside.element(PSS)?;
    inside.finish(PSS)?;
    Ok(Some(element))
}

/// An algorithm and the element of its parameters.
fn identifier<'a>(element: &Tlv<'a>) -> Result<(Oid<'a>, Option<Tlv<'a>>), CertificateFault> {
    if element.tag != tag::SEQUENCE {
        let (wanted, found) = (tag::SEQUENCE, element.tag);
        return Err(element.fault(Problem::Tag { wanted, found }, PSS));
    }
    let mut inside = element.cursor();
    let oid = Oid(inside.expect(tag::OID, PSS)?.oid(PSS)?);
    let parameters = if inside.is_empty() {
        None
    } else {
        Some(inside.element(PSS)?)
    };
    inside.finish(PSS)?;
    Ok((oid, parameters))
}

/// An INTEGER of at most four bytes that is not negative.
fn small(number: &Tlv<'_>) -> Result<u32, CertificateFault> {
    if number.tag != tag::INTEGER {
        let (wanted, found) = (tag::INTEGER, number.tag);
        return Err(number.fault(Problem::Tag { wanted, found }, PSS));
    }
    let bytes = number.integer(PSS)?;
    if bytes.len() > 4 || bytes.first().is_some_and(|byte| byte & 0x80 != 0) {
        return Err(number.fault(Problem::Integer, PSS));
    }
    Ok(bytes
        .iter()
        .fold(0, |sum, byte| sum << 8 | u32::from(*byte)))
}

const FIELD: &str = "AlgorithmIdentifier";
const PSS: &str = "RSASSA-PSS-params";
const RSASSA_PSS: &[u8] = &[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 1, 0x0a];
const MGF1: &[u8] = &[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 1, 8];
const SHA1: &[u8] = &[0x2b, 0x0e, 3, 2, 0x1a];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pss_without_words_means_sha1_and_20_bytes() {
        let identifier = [&[6, 9][..], RSASSA_PSS, &[0x30, 0]].concat();
        let algorithm = AlgorithmIdentifier::parse(&identifier).unwrap();
        assert_eq!(algorithm.name(), Some("id-RSASSA-PSS"));
        let pss = algorithm.pss().unwrap().unwrap();
        assert_eq!((pss.hash.0, pss.salt_length, pss.trailer), (SHA1, 20, 1));
    }

    #[test]
    fn pss_tells_its_hashes_and_salt_and_no_prefix_of_it_is_read() {
        let sha384 = [0x30, 13, 6, 9, 0x60, 0x86, 0x48, 1, 0x65, 3, 4, 2, 2, 5, 0];
        let mask = [&[0x30, 26, 6, 9][..], MGF1, &sha384].concat();
        let parts = [
            &[0xa0, 15][..],
            &sha384,
            &[0xa1, 28],
            &mask,
            &[0xa2, 4, 2, 2, 1, 0],
        ];
        let parts = parts.concat();
        let length = u8::try_from(parts.len()).unwrap();
        let whole = [&[0x30, length][..], &parts].concat();
        let pss = PssParameters::read(&whole).unwrap();
        assert_eq!(pss.hash.0, &sha384[4..13]);
        assert_eq!(pss.mask_hash.0, &sha384[4..13]);
        assert_eq!((pss.mask_generator.0, pss.salt_length), (MGF1, 256));
        for end in 0..whole.len() {
            let fault = PssParameters::read(&whole[..end]).unwrap_err();
            assert_eq!(fault.field, PSS, "{end}");
        }
    }
}
