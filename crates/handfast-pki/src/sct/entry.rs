//! What a log has signed (RFC 6962 s3.2).
//!
//! ```text
//! version 0, certificate_timestamp 0, timestamp (8), entry type (2), entry, extensions
//! x509_entry (0)    = u24 length { certificate }
//! precert_entry (1) = SHA-256 of the issuer's SubjectPublicKeyInfo, u24 length { TBSCertificate }
//! ```
//! The TBSCertificate of a precert_entry is the certificate's without the list of SCTs. The bytes
//! that were received are kept: only the headers around what was taken out are written anew.

use crate::certificate::Certificate;
use crate::cursor::tag;
use crate::extension::read_one;
use crate::fault::CertificateFault;
use crate::oid;
use crate::sct::Sct;
use handfast_crypto::hash::{HashAlgorithm, digest};

/// What was logged, ready for any number of SCTs.
pub(crate) struct Entry {
    /// The entry's type and the entry.
    bytes: Vec<u8>,
}

impl Entry {
    /// The certificate as it is: SCTs that came beside it.
    pub(crate) fn x509(leaf: &Certificate<'_>) -> Self {
        let mut bytes = vec![0, 0];
        put_vector24(&mut bytes, leaf.der());
        Self { bytes }
    }

    /// The certificate before its SCTs were put in: those that it embeds.
    pub(crate) fn precert(
        leaf: &Certificate<'_>,
        issuer_spki: &[u8],
    ) -> Result<Self, CertificateFault> {
        let mut bytes = vec![0, 1];
        bytes.extend_from_slice(digest(HashAlgorithm::Sha256, &[issuer_spki]).as_bytes());
        put_vector24(&mut bytes, &tbs_without_scts(leaf.tbs())?);
        Ok(Self { bytes })
    }

    /// What the signature of an SCT covers.
    pub(crate) fn signed_by(&self, sct: &Sct<'_>) -> Vec<u8> {
        let mut message = vec![0, 0];
        message.extend_from_slice(&sct.timestamp_ms.to_be_bytes());
        message.extend_from_slice(&self.bytes);
        // They were read from a vector of two length bytes, so none is lost.
        let length = u16::try_from(sct.extensions.len()).unwrap_or(u16::MAX);
        message.extend_from_slice(&length.to_be_bytes());
        message.extend_from_slice(sct.extensions);
        message
    }
}

/// The signed part of a certificate without the extension that holds SCTs (RFC 6962 s3.2).
fn tbs_without_scts(tbs: &[u8]) -> Result<Vec<u8>, CertificateFault> {
    const FIELD: &str = "tbsCertificate.extensions";
    let whole = crate::cursor::Cursor::new(tbs, 0).expect(tag::SEQUENCE, "tbsCertificate")?;
    let mut fields = whole.cursor();
    let mut contents = Vec::with_capacity(tbs.len());
    while !fields.is_empty() {
        let field = fields.element("tbsCertificate")?;
        if field.tag != tag::constructed(3) {
            contents.extend_from_slice(field.raw);
            continue;
        }
        let mut list = field.cursor().expect(tag::SEQUENCE, FIELD)?.cursor();
        let mut kept = Vec::with_capacity(field.raw.len());
        while !list.is_empty() {
            let element = list.expect(tag::SEQUENCE, FIELD)?;
            if read_one(&element, FIELD)?.0.oid.0 != oid::EMBEDDED_SCTS {
                kept.extend_from_slice(element.raw);
            }
        }
        // RFC 5280 s4.1: Extensions has at least one; without any, the field is left out.
        if !kept.is_empty() {
            let mut inner = Vec::with_capacity(field.raw.len());
            put_element(&mut inner, tag::SEQUENCE, &kept);
            put_element(&mut contents, tag::constructed(3), &inner);
        }
    }
    let mut rebuilt = Vec::with_capacity(tbs.len());
    put_element(&mut rebuilt, tag::SEQUENCE, &contents);
    Ok(rebuilt)
}

/// One DER element, its length in fewest bytes (X.690 s10.1).
fn put_element(out: &mut Vec<u8>, tag: u8, contents: &[u8]) {
    out.push(tag);
    let length = contents.len().to_be_bytes();
    let zeros = length.iter().take_while(|byte| **byte == 0).count();
    let digits = length.get(zeros..).unwrap_or_default();
    match digits {
        [] => out.push(0),
        [short @ 0..=0x7f] => out.push(*short),
        _ => {
            // A usize has at most eight bytes.
            out.push(0x80 | u8::try_from(digits.len()).unwrap_or(8));
            out.extend_from_slice(digits);
        }
    }
    out.extend_from_slice(contents);
}

/// opaque<1..2^24-1>; certificates have at most 64 KiB.
fn put_vector24(out: &mut Vec<u8>, contents: &[u8]) {
    let length = u32::try_from(contents.len()).unwrap_or(u32::MAX);
    let [_, a, b, c] = length.to_be_bytes();
    out.extend_from_slice(&[a, b, c]);
    out.extend_from_slice(contents);
}

#[cfg(test)]
mod tests {
    use super::{put_element, tbs_without_scts};
    use crate::certificate::Certificate;

    const LEAF: &[u8] = include_bytes!("../../testdata/leaf.der");

    #[test]
    fn what_holds_no_scts_is_rebuilt_to_the_byte() {
        let leaf = Certificate::parse(LEAF).expect("the leaf");
        assert_eq!(tbs_without_scts(leaf.tbs()).expect("a TBS"), leaf.tbs());
    }

    #[test]
    fn lengths_have_the_fewest_bytes() {
        for (length, header) in [
            (0_usize, &[0x30, 0][..]),
            (0x7f, &[0x30, 0x7f]),
            (0x80, &[0x30, 0x81, 0x80]),
            (0xff, &[0x30, 0x81, 0xff]),
            (0x100, &[0x30, 0x82, 1, 0]),
            (0x1_0000, &[0x30, 0x83, 1, 0, 0]),
        ] {
            let mut out = Vec::new();
            put_element(&mut out, 0x30, &vec![7; length]);
            assert_eq!(&out[..out.len() - length], header);
        }
    }
}
