//! A borrowed view of what a responder is asked (OCSPRequest, RFC 6960 s4.1.1).
//!
//! ```text
//! OCSPRequest = SEQUENCE { tbsRequest, [0] signature }
//! tbsRequest = SEQUENCE { [0] version, [1] requestorName, requests…, [2] extensions }
//! ```

use crate::cursor::{Cursor, Tlv, tag};
use crate::extension::{only, read_one};
use crate::fault::{CertificateFault, Problem};
use crate::general_name::GeneralName;
use crate::ocsp::certificate_id::CertificateId;
use crate::oid::{self, Oid};

/// The largest OCSP request that is read, in bytes.
pub const MAX_OCSP_REQUEST_BYTES: usize = 64 * 1024;

/// The most certificates that one request may ask about (a limit of ours; clients ask about one).
pub const MAX_ASKED: usize = 64;

/// An OCSP request, read but not judged. A signature, which RFC 6960 s4.1.2 allows and nobody
/// makes, is passed over.
#[derive(Clone, Debug)]
pub struct OcspRequest<'a> {
    requests: Cursor<'a>,
    nonce: Option<&'a [u8]>,
    unknown_critical: Option<Oid<'a>>,
}

/// One certificate that is asked about.
#[derive(Clone, Copy, Debug)]
pub struct Asked<'a> {
    /// Which certificate.
    pub id: CertificateId<'a>,
    /// The id in DER as it was received, to be repeated in the answer.
    pub der: &'a [u8],
}

impl<'a> OcspRequest<'a> {
    /// Reads one request, which must fill `der` to its last byte.
    ///
    /// # Errors
    /// A [`CertificateFault`] names the field and the byte that is not strict DER or not as
    /// RFC 6960 s4.1.1 lays it out.
    pub fn parse(der: &'a [u8]) -> Result<Self, CertificateFault> {
        let mut file = Cursor::new(der, 0);
        if der.len() > MAX_OCSP_REQUEST_BYTES {
            let limit = MAX_OCSP_REQUEST_BYTES;
            return Err(file.fault(Problem::TooLarge { limit }, FIELD));
        }
        let whole = file.expect(tag::SEQUENCE, FIELD)?;
        file.finish(FIELD)?;
        let mut outer = whole.cursor();
        let tbs = outer.expect(tag::SEQUENCE, TBS)?;
        if let Some(signature) = outer.optional(tag::constructed(0), "optionalSignature")? {
            only(&signature, tag::SEQUENCE, "optionalSignature")?;
        }
        outer.finish(FIELD)?;
        let mut inside = tbs.cursor();
        if let Some(version) = inside.optional(tag::constructed(0), VERSION)? {
            // DER leaves out the default, which is the only version there is; some spell it out.
            if only(&version, tag::INTEGER, VERSION)?.value != [0] {
                return Err(version.fault(Problem::OcspVersion, VERSION));
            }
        }
        if let Some(name) = inside.optional(tag::constructed(1), NAME)? {
            let mut explicit = name.cursor();
            GeneralName::read(&explicit.element(NAME)?, false, NAME)?;
            explicit.finish(NAME)?;
        }
        let list = inside.expect(tag::SEQUENCE, REQUESTS)?;
        let explicit = inside.optional(tag::constructed(2), EXTENSIONS)?;
        inside.finish(TBS)?;
        let mut request = Self {
            requests: list.cursor(),
            nonce: None,
            unknown_critical: None,
        };
        request.check_requests(&list)?;
        if let Some(explicit) = explicit {
            let list = only(&explicit, tag::SEQUENCE, EXTENSIONS)?;
            request.take_extensions(&list, true)?;
        }
        Ok(request)
    }

    /// The certificates, in the order asked.
    pub fn requests(&self) -> impl Iterator<Item = Asked<'a>> + use<'a> {
        let mut cursor = self.requests;
        std::iter::from_fn(move || {
            if cursor.is_empty() {
                return None;
            }
            let request = cursor.expect(tag::SEQUENCE, REQUESTS).ok()?;
            read_request(&request).ok().map(|(asked, _)| asked)
        })
    }

    /// The nonce, 1 to 128 octets (RFC 9654 s2.1), if there is one.
    #[must_use]
    pub fn nonce(&self) -> Option<&'a [u8]> {
        self.nonce
    }

    /// The first critical extension that is not understood.
    #[must_use]
    pub fn unknown_critical(&self) -> Option<Oid<'a>> {
        self.unknown_critical
    }

    fn check_requests(&mut self, list: &Tlv<'a>) -> Result<(), CertificateFault> {
        let mut cursor = list.cursor();
        if cursor.is_empty() {
            return Err(list.fault(Problem::EmptyList, REQUESTS));
        }
        let mut count = 0;
        while !cursor.is_empty() {
            count += 1;
            if count > MAX_ASKED {
                return Err(list.fault(Problem::TooMany { limit: MAX_ASKED }, REQUESTS));
            }
            let request = cursor.expect(tag::SEQUENCE, REQUESTS)?;
            if let (_, Some(extensions)) = read_request(&request)? {
                self.take_extensions(&extensions, false)?;
            }
        }
        Ok(())
    }

    /// `of_all` says that the extensions are of the whole request, where a nonce may stand.
    fn take_extensions(&mut self, list: &Tlv<'a>, of_all: bool) -> Result<(), CertificateFault> {
        let mut cursor = list.cursor();
        let mut count = 0;
        while !cursor.is_empty() {
            count += 1;
            if count > MAX_REQUEST_EXTENSIONS {
                let limit = MAX_REQUEST_EXTENSIONS;
                return Err(list.fault(Problem::TooMany { limit }, EXTENSIONS));
            }
            let element = cursor.expect(tag::SEQUENCE, EXTENSIONS)?;
            let (extension, value) = read_one(&element, EXTENSIONS)?;
            if of_all && extension.oid.0 == oid::OCSP_NONCE {
                if self.nonce.is_some() {
                    return Err(element.fault(Problem::DuplicateExtension, EXTENSIONS));
                }
                let nonce = only(&value, tag::OCTET_STRING, "nonce")?;
                if !(1..=MAX_NONCE_BYTES).contains(&nonce.value.len()) {
                    return Err(nonce.fault(Problem::NonceLength, "nonce"));
                }
                self.nonce = Some(nonce.value);
            } else if extension.critical && self.unknown_critical.is_none() {
                self.unknown_critical = Some(extension.oid);
            }
        }
        Ok(())
    }
}

/// One Request, and its extensions.
fn read_request<'a>(request: &Tlv<'a>) -> Result<(Asked<'a>, Option<Tlv<'a>>), CertificateFault> {
    let mut inside = request.cursor();
    let id = inside.expect(tag::SEQUENCE, "reqCert")?;
    let explicit = inside.optional(tag::constructed(0), EXTENSIONS)?;
    inside.finish(REQUESTS)?;
    let asked = Asked {
        id: CertificateId::read(&id)?,
        der: id.raw,
    };
    // Answers repeat it, and are kept by it.
    for (length, limit, field) in [
        (
            asked.id.serial.len(),
            MAX_SERIAL_BYTES,
            "certID.serialNumber",
        ),
        (id.raw.len(), MAX_ID_BYTES, "reqCert"),
    ] {
        if length > limit {
            return Err(id.fault(Problem::TooLarge { limit }, field));
        }
    }
    let extensions = explicit
        .map(|explicit| only(&explicit, tag::SEQUENCE, EXTENSIONS))
        .transpose()?;
    Ok((asked, extensions))
}

const FIELD: &str = "OCSPRequest";
const TBS: &str = "tbsRequest";
const VERSION: &str = "tbsRequest.version";
const NAME: &str = "tbsRequest.requestorName";
const REQUESTS: &str = "tbsRequest.requestList";
const EXTENSIONS: &str = "tbsRequest.requestExtensions";
/// RFC 5280 s4.1.2.2.
const MAX_SERIAL_BYTES: usize = 20;
/// Room for two hashes of 64 bytes, which is SHA-512's.
const MAX_ID_BYTES: usize = 192;
/// RFC 9654 s2.1.
const MAX_NONCE_BYTES: usize = 128;
/// A limit of ours; RFC 6960 knows five.
const MAX_REQUEST_EXTENSIONS: usize = 16;

#[cfg(test)]
mod tests {
    use super::OcspRequest;
    use crate::certificate::Certificate;
    use crate::ocsp::request::{IdHash, ocsp_request};

    fn request(nonce: Option<&[u8]>, hash: IdHash) -> Vec<u8> {
        let leaf = include_bytes!("../../testdata/leaf.der");
        let issuer = include_bytes!("../../testdata/intermediate.der");
        let leaf = Certificate::parse(leaf).unwrap();
        let issuer = Certificate::parse(issuer).unwrap();
        ocsp_request(&leaf, &issuer, hash, nonce)
    }

    #[test]
    fn what_was_asked_is_read_with_its_nonce() {
        let leaf = include_bytes!("../../testdata/leaf.der");
        let issuer = include_bytes!("../../testdata/intermediate.der");
        let leaf = Certificate::parse(leaf).unwrap();
        let issuer = Certificate::parse(issuer).unwrap();
        for hash in [IdHash::Sha1, IdHash::Sha256] {
            for nonce in [None, Some(&[7; 32][..]), Some(&[7; 128]), Some(&[7])] {
                let der = request(nonce, hash);
                let read = OcspRequest::parse(&der).unwrap();
                assert_eq!(read.nonce(), nonce);
                let all: Vec<_> = read.requests().collect();
                assert!(all.len() == 1 && all[0].id.is(&leaf, &issuer));
                assert!(read.unknown_critical().is_none());
            }
        }
    }

    #[test]
    fn nonces_of_other_lengths_and_every_prefix_are_refused() {
        for nonce in [&[][..], &[7; 129]] {
            let der = request(Some(nonce), IdHash::Sha1);
            let fault = OcspRequest::parse(&der).unwrap_err();
            assert_eq!(fault.field, "nonce");
        }
        let der = request(Some(&[7; 32]), IdHash::Sha256);
        for length in 0..der.len() {
            assert!(OcspRequest::parse(&der[..length]).is_err());
        }
        assert!(OcspRequest::parse(&[&der[..], &[0]].concat()).is_err());
    }

    /// A request without a nonce about what these parts make up.
    fn about(parameters: &[u8], hash: &[u8], serial: &[u8]) -> Vec<u8> {
        let wrap = |tag: u8, parts: &[&[u8]]| {
            let contents = parts.concat();
            let length = u16::try_from(contents.len()).unwrap().to_be_bytes();
            let length = match contents.len() {
                0..=0x7f => vec![length[1]],
                0x80..=0xff => vec![0x81, length[1]],
                _ => vec![0x82, length[0], length[1]],
            };
            [&[tag][..], &length, &contents].concat()
        };
        let oid = wrap(6, &[&[0x2b, 0x0e, 3, 2, 0x1a]]);
        let (hash, serial) = (wrap(4, &[hash]), wrap(2, &[serial]));
        let id = wrap(
            0x30,
            &[&wrap(0x30, &[&oid, parameters]), &hash, &hash, &serial],
        );
        let list = wrap(0x30, &[&wrap(0x30, &[&id])]);
        wrap(0x30, &[&wrap(0x30, &[&list])])
    }

    #[test]
    fn who_asks_cannot_have_more_repeated_than_a_certificates_id_holds() {
        let (null, hash, serial) = (&[5, 0][..], &[7; 20][..], &[7; 20][..]);
        for (parameters, hash, serial, field) in [
            (&[][..], hash, serial, None),
            (null, hash, serial, None),
            (null, &[7; 64], serial, None),
            (null, hash, &[7; 21], Some("certID.serialNumber")),
            (null, hash, &[7; 15_000], Some("certID.serialNumber")),
            (null, &[7; 90], serial, Some("reqCert")),
            (&[5, 1, 7], hash, serial, Some("certID.hashAlgorithm")),
            (&[4, 2, 7, 7], hash, serial, Some("certID.hashAlgorithm")),
        ] {
            let der = about(parameters, hash, serial);
            let fault = OcspRequest::parse(&der).err();
            assert_eq!(fault.map(|fault| fault.field), field, "{der:02x?}");
        }
    }
}
