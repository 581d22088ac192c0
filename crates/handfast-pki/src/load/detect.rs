//! What a file is, by its first bytes: nothing is judged here.

use crate::cursor::{Cursor, Tlv, tag};
use crate::load::pem;
use crate::load::pkcs7::{DATA, SIGNED_DATA};
use std::fmt;

/// What a file seems to be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Format {
    /// PEM blocks, of whatever kinds.
    Pem,
    /// A certificate in DER.
    Certificate,
    /// A certificate revocation list in DER.
    Crl,
    /// A certificate signing request in DER (PKCS#10).
    Request,
    /// An OCSP response in DER.
    OcspResponse,
    /// Certificates in PKCS#7, in DER.
    Pkcs7,
    /// A PKCS#12 container.
    Pkcs12,
    /// A private key in PKCS#8, in DER.
    Pkcs8,
    /// An encrypted private key in PKCS#8, in DER.
    EncryptedPkcs8,
    /// An RSA private key in PKCS#1, in DER.
    Pkcs1,
    /// An elliptic-curve private key in SEC1, in DER.
    Sec1,
    /// A public key in DER (SubjectPublicKeyInfo).
    PublicKey,
    /// An RSA public key in PKCS#1, in DER.
    RsaPublicKey,
    /// The base64 of DER without the lines that begin and end a PEM block.
    BareBase64,
    /// A Java keystore.
    JavaKeystore,
    /// A key as SSH programs keep it.
    Ssh,
    /// A web page.
    Html,
    /// Text in UTF-16.
    Utf16,
    /// Nothing at all.
    Empty,
    /// Something else.
    Unknown,
}

/// Says what a file seems to be.
///
/// ```
/// use handfast_pki::load::{Format, detect};
///
/// assert_eq!(detect(b"-----BEGIN CERTIFICATE-----\n"), Format::Pem);
/// assert_eq!(detect(b"<!doctype html>").to_string(), "a web page");
/// ```
#[must_use]
pub fn detect(bytes: &[u8]) -> Format {
    let text = bytes.trim_ascii_start();
    match bytes {
        _ if text.is_empty() => Format::Empty,
        [0xff, 0xfe, ..] | [0xfe, 0xff, ..] => Format::Utf16,
        // JKS, JCEKS
        [0xfe, 0xed, 0xfe, 0xed, ..] | [0xce, 0xce, 0xce, 0xce, ..] => Format::JavaKeystore,
        _ if text.starts_with(b"ssh-")
            || text.starts_with(b"ecdsa-sha2-")
            || text.starts_with(b"PuTTY-User-Key-File")
            || text.starts_with(b"-----BEGIN OPENSSH")
            || text.starts_with(b"---- BEGIN SSH2") =>
        {
            Format::Ssh
        }
        [tag::SEQUENCE, ..] => detect_der(bytes).unwrap_or(Format::Unknown),
        _ if pem::is_pem(bytes) => Format::Pem,
        _ if text.starts_with(b"<") => Format::Html,
        _ if text.starts_with(b"MI") && text.iter().take(SAMPLE).all(is_base64) => {
            Format::BareBase64
        }
        _ => Format::Unknown,
    }
}

/// By the first elements: no two of these formats begin alike.
fn detect_der(bytes: &[u8]) -> Option<Format> {
    let mut file = Cursor::new(bytes, 0);
    // A file that begins with '0' may be text.
    let Some(whole) = next(&mut file) else {
        return pem::is_pem(bytes).then_some(Format::Pem);
    };
    if file.is_empty() {
        detect_element(&whole)
    } else {
        pem::is_pem(bytes).then_some(Format::Pem)
    }
}

fn detect_element(whole: &Tlv<'_>) -> Option<Format> {
    let mut inside = whole.cursor();
    let first = next(&mut inside)?;
    let second = next(&mut inside);
    let third = next(&mut inside);
    let tag_of = |element: &Option<Tlv<'_>>| element.map(|element| element.tag);
    match (first.tag, tag_of(&second), tag_of(&third)) {
        (tag::OID, Some(_), None) if first.value == SIGNED_DATA => Some(Format::Pkcs7),
        (tag::ENUMERATED, _, None) => Some(Format::OcspResponse),
        (tag::INTEGER, Some(tag::SEQUENCE), Some(tag::OCTET_STRING)) => Some(Format::Pkcs8),
        (tag::INTEGER, Some(tag::SEQUENCE), _) if first.value == [3] => {
            let kind = next(&mut second?.cursor())?;
            matches!(kind.value, DATA | SIGNED_DATA).then_some(Format::Pkcs12)
        }
        (tag::INTEGER, Some(tag::OCTET_STRING), _) => Some(Format::Sec1),
        (tag::INTEGER, Some(tag::INTEGER), None) => Some(Format::RsaPublicKey),
        (tag::INTEGER, Some(tag::INTEGER), Some(tag::INTEGER)) => Some(Format::Pkcs1),
        (tag::SEQUENCE, Some(tag::OCTET_STRING), None) => Some(Format::EncryptedPkcs8),
        (tag::SEQUENCE, Some(tag::BIT_STRING), None) => Some(Format::PublicKey),
        (tag::SEQUENCE, Some(tag::SEQUENCE), Some(tag::BIT_STRING)) => Some(detect_signed(&first)),
        _ => None,
    }
}

/// Something with an algorithm and a signature after it.
fn detect_signed(signed: &Tlv<'_>) -> Format {
    let mut inside = signed.cursor();
    let mut tags = [0; 5];
    for tag in &mut tags {
        *tag = next(&mut inside).map_or(0, |element| element.tag);
    }
    match tags {
        [tag::SEQUENCE, ..] => Format::Crl,
        [tag::INTEGER, _, _, tag::UTC_TIME | tag::GENERALIZED_TIME, _] => Format::Crl,
        // Names, then the key; a certificate of version 1 has its dates there, and then a subject.
        [tag::INTEGER, tag::SEQUENCE, tag::SEQUENCE, _, 0] => Format::Request,
        _ => Format::Certificate,
    }
}

fn next<'a>(cursor: &mut Cursor<'a>) -> Option<Tlv<'a>> {
    cursor.element("file").ok()
}

fn is_base64(byte: &u8) -> bool {
    byte.is_ascii_alphanumeric() || b"+/=\r\n".contains(byte)
}

/// So many bytes tell base64 from prose.
const SAMPLE: usize = 256;

impl fmt::Display for Format {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Pem => "PEM",
            Self::Certificate => "a certificate",
            Self::Crl => "a revocation list",
            Self::Request => "a signing request (PKCS#10)",
            Self::OcspResponse => "an OCSP response",
            Self::Pkcs7 => "PKCS#7",
            Self::Pkcs12 => "a PKCS#12 container",
            Self::Pkcs8 => "a private key (PKCS#8)",
            Self::EncryptedPkcs8 => "an encrypted private key (PKCS#8)",
            Self::Pkcs1 => "an RSA private key (PKCS#1)",
            Self::Sec1 => "an elliptic-curve private key (SEC1)",
            Self::PublicKey => "a public key",
            Self::RsaPublicKey => "an RSA public key (PKCS#1)",
            Self::BareBase64 => {
                "base64 without its lines -----BEGIN …----- and -----END …----- around it"
            }
            Self::JavaKeystore => {
                "a Java keystore (convert it with keytool -importkeystore -deststoretype PKCS12)"
            }
            Self::Ssh => "a key of SSH",
            Self::Html => "a web page",
            Self::Utf16 => "text in UTF-16 (save it as ASCII or UTF-8)",
            Self::Empty => "an empty file",
            Self::Unknown => "something unknown",
        })
    }
}

#[cfg(test)]
mod tests {
    use super::{Format, detect};

    macro_rules! data {
        ($name:literal) => {
            include_bytes!(concat!("../../testdata/", $name)).as_slice()
        };
    }

    #[test]
    fn every_format_is_told_from_the_others() {
        for (bytes, format) in [
            (data!("leaf.der"), Format::Certificate),
            (data!("rsa.der"), Format::Certificate),
            (data!("rsa.crl"), Format::Crl),
            (data!("leaf.csr"), Format::Request),
            (data!("leaf.p7b"), Format::Pkcs7),
            (data!("leaf.p12"), Format::Pkcs12),
            (data!("leaf-key.pkcs8.der"), Format::Pkcs8),
            (data!("leaf-key.encrypted.der"), Format::EncryptedPkcs8),
            (data!("leaf-key.sec1.der"), Format::Sec1),
            (data!("leaf-key.public.der"), Format::PublicKey),
            (data!("rsa-key.pkcs1.der"), Format::Pkcs1),
            (data!("rsa-key.public.pkcs1.der"), Format::RsaPublicKey),
            (b"\xfe\xed\xfe\xed\0\0\0\x02", Format::JavaKeystore),
            (b"ssh-ed25519 AAAA", Format::Ssh),
            (
                b"MIIBkTCCATegAwIBAgIU\nMIIBkTCCATegAwIBAgIU",
                Format::BareBase64,
            ),
            (b"  <html>", Format::Html),
            (b"0 errors\n-----BEGIN CERTIFICATE-----", Format::Pem),
            (b"\xff\xfeM\0", Format::Utf16),
            (b" \n", Format::Empty),
            (b"0", Format::Unknown),
            (b"hello", Format::Unknown),
        ] {
            assert_eq!(detect(bytes), format, "{bytes:?}");
        }
    }
}
