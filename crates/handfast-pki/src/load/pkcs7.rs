//! PKCS#7 as a bag of certificates and CRLs: SignedData that signs nothing (RFC 5652 s5.1).
//!
//! What a message signs, and by whom, is not looked at: only its certificates and CRLs are taken.

use crate::cursor::{Cursor, Tlv, tag};
use crate::fault::{CertificateFault, Problem};
use crate::write::element;

/// What such a file holds, each in DER.
#[derive(Debug, Default)]
pub(crate) struct Pkcs7<'a> {
    pub(crate) certificates: Vec<Tlv<'a>>,
    pub(crate) crls: Vec<Tlv<'a>>,
}

impl<'a> Pkcs7<'a> {
    /// Reads one file, which must fill `der` to its last byte.
    pub(crate) fn read(der: &'a [u8]) -> Result<Self, CertificateFault> {
        let mut file = Cursor::new(der, 0);
        let info = file.expect(tag::SEQUENCE, "ContentInfo")?;
        file.finish("ContentInfo")?;
        let mut inside = info.cursor();
        let kind = inside.expect(tag::OID, "ContentInfo.contentType")?;
        if kind.value != SIGNED_DATA {
            return Err(kind.fault(Problem::ObjectIdentifier, "ContentInfo.contentType"));
        }
        let content = inside.expect(tag::constructed(0), "ContentInfo.content")?;
        inside.finish("ContentInfo")?;
        let mut outer = content.cursor();
        let signed = outer.expect(tag::SEQUENCE, "SignedData")?;
        outer.finish("ContentInfo.content")?;
        Self::read_signed_data(&signed)
    }

    fn read_signed_data(signed: &Tlv<'a>) -> Result<Self, CertificateFault> {
        let mut inside = signed.cursor();
        inside.expect(tag::INTEGER, "SignedData.version")?;
        inside.expect(tag::SET, "SignedData.digestAlgorithms")?;
        inside.expect(tag::SEQUENCE, "SignedData.encapContentInfo")?;
        let certificates = inside.optional(tag::constructed(0), CERTIFICATES)?;
        let crls = inside.optional(tag::constructed(1), CRLS)?;
        inside.expect(tag::SET, "SignedData.signerInfos")?;
        inside.finish("SignedData")?;
        Ok(Self {
            certificates: members(certificates, CERTIFICATES)?,
            crls: members(crls, CRLS)?,
        })
    }
}

/// The members that are SEQUENCEs: others are of older or foreign kinds (RFC 5652 s10.2).
fn members<'a>(
    list: Option<Tlv<'a>>,
    field: &'static str,
) -> Result<Vec<Tlv<'a>>, CertificateFault> {
    let mut found = Vec::new();
    let Some(list) = list else {
        return Ok(found);
    };
    let mut cursor = list.cursor();
    while !cursor.is_empty() {
        let member = cursor.element(field)?;
        if found.len() == MAX_MEMBERS {
            let problem = Problem::TooMany { limit: MAX_MEMBERS };
            return Err(member.fault(problem, field));
        }
        if member.tag == tag::SEQUENCE {
            found.push(member);
        }
    }
    Ok(found)
}

/// Certificates and CRLs, each in DER, as SignedData that signs nothing. Their order is kept, as
/// OpenSSL and Windows do, though a SET is sorted in DER.
///
/// ```
/// use handfast_pki::load::{certificates, to_pkcs7};
///
/// # let path = concat!(env!("CARGO_MANIFEST_DIR"), "/testdata/leaf.der");
/// let leaf = std::fs::read(path)?;
/// let file = to_pkcs7([leaf.as_slice()], []);
/// assert_eq!(certificates(&file)?, certificates(&leaf)?);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[must_use]
pub fn to_pkcs7<'a>(
    certificates: impl IntoIterator<Item = &'a [u8]>,
    crls: impl IntoIterator<Item = &'a [u8]>,
) -> Vec<u8> {
    let list = |number, members: Vec<&[u8]>| match members.as_slice() {
        [] => Vec::new(),
        members => element(tag::constructed(number), members),
    };
    let certificates = list(0, certificates.into_iter().collect());
    let crls = list(1, crls.into_iter().collect());
    let none = element(tag::SET, &[]);
    let nothing = element(tag::SEQUENCE, &[&element(tag::OID, &[DATA])]);
    let version = element(tag::INTEGER, &[&[1]]);
    let parts: [&[u8]; 6] = [&version, &none, &nothing, &certificates, &crls, &none];
    let content = element(tag::constructed(0), &[&element(tag::SEQUENCE, &parts)]);
    element(
        tag::SEQUENCE,
        &[&element(tag::OID, &[SIGNED_DATA]), &content],
    )
}

const CERTIFICATES: &str = "SignedData.certificates";
const CRLS: &str = "SignedData.crls";
/// More than any store of authorities holds.
const MAX_MEMBERS: usize = 100_000;
/// 1.2.840.113549.1.7.1
pub(crate) const DATA: &[u8] = &[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 7, 1];
/// 1.2.840.113549.1.7.2
pub(crate) const SIGNED_DATA: &[u8] = &[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 7, 2];

#[cfg(test)]
mod tests {
    use super::{Pkcs7, to_pkcs7};

    const FILE: &[u8] = include_bytes!("../../testdata/leaf.p7b");

    #[test]
    fn a_file_of_openssl_is_read_and_written_alike() {
        let read = Pkcs7::read(FILE).expect("the file");
        assert_eq!((read.certificates.len(), read.crls.len()), (2, 1));
        let raw = |all: &[crate::cursor::Tlv<'static>]| -> Vec<&'static [u8]> {
            all.iter().map(|one| one.raw).collect()
        };
        let (certificates, crls) = (raw(&read.certificates), raw(&read.crls));
        assert_eq!(to_pkcs7(certificates, crls), FILE);
    }

    #[test]
    fn every_prefix_and_every_longer_file_is_refused() {
        for len in 0..FILE.len() {
            assert!(Pkcs7::read(&FILE[..len]).is_err(), "{len}");
        }
        assert!(Pkcs7::read(&[FILE, &[0]].concat()).is_err());
        assert!(Pkcs7::read(&to_pkcs7([], [])).is_ok_and(|read| read.certificates.is_empty()));
    }
}
