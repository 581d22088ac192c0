//! A borrowed view of an OCSP response (RFC 6960 s4.2.1), and the request that asks for one.
//!
//! ```text
//! OCSPResponse = SEQUENCE { responseStatus, [0] { type, OCTET STRING { BasicOCSPResponse } } }
//! BasicOCSPResponse = SEQUENCE { responseData, signatureAlgorithm, signature, [0] certs }
//! responseData = SEQUENCE { [0] version, responderID, producedAt, responses…, [1] extensions }
//! ```

pub mod asked;
pub mod certificate_id;
pub mod request;
pub mod single;

use crate::certificate::Certificate;
use crate::cursor::{Cursor, Tlv, tag};
use crate::distinguished_name::DistinguishedName;
use crate::extension::{only, read_one};
use crate::fault::{CertificateFault, Problem};
use crate::ocsp::single::SingleResponse;
use crate::oid::{self, Oid};
use crate::time::{UnixTime, read_generalized_time};
use handfast_crypto::hash::{HashAlgorithm, digest};
use std::fmt;

/// The largest OCSP response that is read, in bytes.
pub const MAX_RESPONSE_BYTES: usize = 64 * 1024;

/// An OCSP response, read but not judged.
#[derive(Clone, Debug)]
pub enum OcspResponse<'a> {
    /// The responder answered.
    Basic(Box<BasicResponse<'a>>),
    /// The responder did not answer.
    Refused(ResponseStatus),
}

/// Why a responder gave no answer (OCSPResponseStatus).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum ResponseStatus {
    /// malformedRequest (1)
    MalformedRequest,
    /// internalError (2)
    InternalError,
    /// tryLater (3)
    TryLater,
    /// sigRequired (5)
    SigRequired,
    /// unauthorized (6)
    Unauthorized,
}

impl fmt::Display for ResponseStatus {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::MalformedRequest => "malformedRequest",
            Self::InternalError => "internalError",
            Self::TryLater => "tryLater",
            Self::SigRequired => "sigRequired",
            Self::Unauthorized => "unauthorized",
        })
    }
}

/// Who signed a response.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ResponderId<'a> {
    /// By the subject of its certificate.
    Name(DistinguishedName<'a>),
    /// By the SHA-1 of its public key.
    Key(&'a [u8]),
}

impl ResponderId<'_> {
    /// Whether this is the certificate's subject or key.
    pub(crate) fn is(&self, certificate: &Certificate<'_>) -> bool {
        match self {
            Self::Name(name) => certificate.subject().is_same(name),
            Self::Key(hash) => {
                let key = certificate.subject_public_key();
                digest(HashAlgorithm::Sha1, &[key]).as_bytes() == *hash
            }
        }
    }
}

/// What a responder said.
#[derive(Clone, Debug)]
pub struct BasicResponse<'a> {
    data: &'a [u8],
    responder: ResponderId<'a>,
    produced_at: UnixTime,
    responses: Cursor<'a>,
    nonce: Option<&'a [u8]>,
    pub(crate) unknown_critical: Option<Oid<'a>>,
    signature_algorithm: &'a [u8],
    signature: &'a [u8],
    certificates: Cursor<'a>,
}

impl<'a> OcspResponse<'a> {
    /// Reads one response, which must fill `der` to its last byte.
    ///
    /// # Errors
    /// A [`CertificateFault`] names the field and the byte that is not strict DER or not as
    /// RFC 6960 s4.2.1 lays it out.
    pub fn parse(der: &'a [u8]) -> Result<Self, CertificateFault> {
        let mut file = Cursor::new(der, 0);
        if der.len() > MAX_RESPONSE_BYTES {
            return Err(file.fault(
                Problem::TooLarge {
                    limit: MAX_RESPONSE_BYTES,
                },
                FIELD,
            ));
        }
        let whole = file.expect(tag::SEQUENCE, FIELD)?;
        file.finish(FIELD)?;
        let mut inside = whole.cursor();
        let status = inside.expect(tag::ENUMERATED, STATUS)?;
        let bytes = inside.optional(tag::constructed(0), BYTES)?;
        inside.finish(FIELD)?;
        let refused = match status.value {
            [0] => None,
            [1] => Some(ResponseStatus::MalformedRequest),
            [2] => Some(ResponseStatus::InternalError),
            [3] => Some(ResponseStatus::TryLater),
            [5] => Some(ResponseStatus::SigRequired),
            [6] => Some(ResponseStatus::Unauthorized),
            _ => return Err(status.fault(Problem::OcspStatus, STATUS)),
        };
        match (refused, bytes) {
            (Some(refused), None) => Ok(Self::Refused(refused)),
            (None, Some(bytes)) => {
                let basic = BasicResponse::read(&bytes)?;
                Ok(Self::Basic(Box::new(basic)))
            }
            _ => Err(status.fault(Problem::OcspStatus, STATUS)),
        }
    }
}

impl<'a> BasicResponse<'a> {
    /// Reads the ResponseBytes inside `[0]`.
    fn read(explicit: &Tlv<'a>) -> Result<Self, CertificateFault> {
        let mut bytes = only(explicit, tag::SEQUENCE, BYTES)?.cursor();
        let kind = bytes.expect(tag::OID, "responseBytes.responseType")?;
        if kind.value != oid::OCSP_BASIC {
            return Err(kind.fault(Problem::OcspVersion, "responseBytes.responseType"));
        }
        let response = bytes.expect(tag::OCTET_STRING, "responseBytes.response")?;
        bytes.finish(BYTES)?;
        let mut outer = only(&response, tag::SEQUENCE, "BasicOCSPResponse")?.cursor();
        let data = outer.expect(tag::SEQUENCE, "tbsResponseData")?;
        let algorithm = outer.expect(tag::SEQUENCE, "signatureAlgorithm")?;
        let signature = outer
            .expect(tag::BIT_STRING, "signature")?
            .bit_string_bytes("signature")?;
        let certificates = match outer.optional(tag::constructed(0), "certs")? {
            Some(explicit) => check_certificates(&only(&explicit, tag::SEQUENCE, "certs")?)?,
            None => Cursor::new(&[], 0),
        };
        outer.finish("BasicOCSPResponse")?;
        let mut basic = Self::read_data(&data)?;
        basic.signature_algorithm = algorithm.value;
        basic.signature = signature;
        basic.certificates = certificates;
        Ok(basic)
    }

    fn read_data(data: &Tlv<'a>) -> Result<Self, CertificateFault> {
        let mut inside = data.cursor();
        if let Some(version) = inside.optional(tag::constructed(0), "tbsResponseData.version")? {
            // DER leaves out the default, which is the only version there is.
            return Err(version.fault(Problem::OcspVersion, "tbsResponseData.version"));
        }
        let responder = read_responder(&mut inside)?;
        let produced_at = read_generalized_time(&mut inside, "tbsResponseData.producedAt")?;
        let list = inside.expect(tag::SEQUENCE, RESPONSES)?;
        let mut cursor = list.cursor();
        let mut count = 0;
        while !cursor.is_empty() {
            count += 1;
            if count > MAX_SINGLE_RESPONSES {
                let limit = MAX_SINGLE_RESPONSES;
                return Err(list.fault(Problem::TooMany { limit }, RESPONSES));
            }
            SingleResponse::read(&cursor.expect(tag::SEQUENCE, RESPONSES)?)?;
        }
        let explicit = inside.optional(tag::constructed(1), EXTENSIONS)?;
        inside.finish("tbsResponseData")?;
        let mut basic = Self {
            data: data.raw,
            responder,
            produced_at,
            responses: list.cursor(),
            nonce: None,
            unknown_critical: None,
            signature_algorithm: &[],
            signature: &[],
            certificates: Cursor::new(&[], 0),
        };
        if let Some(explicit) = explicit {
            basic.take_extensions(&only(&explicit, tag::SEQUENCE, EXTENSIONS)?)?;
        }
        Ok(basic)
    }

    fn take_extensions(&mut self, list: &Tlv<'a>) -> Result<(), CertificateFault> {
        let mut cursor = list.cursor();
        let mut count = 0;
        while !cursor.is_empty() {
            count += 1;
            if count > MAX_RESPONSE_EXTENSIONS {
                let limit = MAX_RESPONSE_EXTENSIONS;
                return Err(list.fault(Problem::TooMany { limit }, EXTENSIONS));
            }
            let element = cursor.expect(tag::SEQUENCE, EXTENSIONS)?;
            let (extension, value) = read_one(&element, EXTENSIONS)?;
            if extension.oid.0 == oid::OCSP_NONCE {
                if self.nonce.is_some() {
                    return Err(element.fault(Problem::DuplicateExtension, EXTENSIONS));
                }
                // RFC 9654 s2.1: an OCTET STRING of its own.
                self.nonce = Some(only(&value, tag::OCTET_STRING, "nonce")?.value);
            } else if extension.critical && self.unknown_critical.is_none() {
                self.unknown_critical = Some(extension.oid);
            }
        }
        Ok(())
    }

    /// The signed part, header included.
    #[must_use]
    pub fn data(&self) -> &'a [u8] {
        self.data
    }

    /// Who signed it.
    #[must_use]
    pub fn responder(&self) -> ResponderId<'a> {
        self.responder
    }

    /// When it was signed.
    #[must_use]
    pub fn produced_at(&self) -> UnixTime {
        self.produced_at
    }

    /// The nonce that it answers, if there is one.
    #[must_use]
    pub fn nonce(&self) -> Option<&'a [u8]> {
        self.nonce
    }

    /// The contents of the signature's AlgorithmIdentifier.
    #[must_use]
    pub fn signature_algorithm(&self) -> &'a [u8] {
        self.signature_algorithm
    }

    /// The responder's signature over [`Self::data`].
    #[must_use]
    pub fn signature(&self) -> &'a [u8] {
        self.signature
    }

    /// What is said about each certificate.
    pub fn responses(&self) -> impl Iterator<Item = SingleResponse<'a>> + use<'a> {
        let mut cursor = self.responses;
        std::iter::from_fn(move || {
            if cursor.is_empty() {
                return None;
            }
            SingleResponse::read(&cursor.element(RESPONSES).ok()?).ok()
        })
    }

    /// The certificates that came along, in DER: the responder's, if it is not the issuer.
    pub fn certificates(&self) -> impl Iterator<Item = &'a [u8]> + use<'a> {
        let mut cursor = self.certificates;
        std::iter::from_fn(move || {
            if cursor.is_empty() {
                return None;
            }
            cursor.element("certs").ok().map(|element| element.raw)
        })
    }
}

fn read_responder<'a>(cursor: &mut Cursor<'a>) -> Result<ResponderId<'a>, CertificateFault> {
    const RESPONDER: &str = "tbsResponseData.responderID";
    if let Some(explicit) = cursor.optional(tag::constructed(1), RESPONDER)? {
        let name = only(&explicit, tag::SEQUENCE, RESPONDER)?;
        return DistinguishedName::check(&name, RESPONDER).map(ResponderId::Name);
    }
    let explicit = cursor.expect(tag::constructed(2), RESPONDER)?;
    only(&explicit, tag::OCTET_STRING, RESPONDER).map(|hash| ResponderId::Key(hash.value))
}

/// Only that they are whole elements: what they hold is read when one of them is needed.
fn check_certificates<'a>(list: &Tlv<'a>) -> Result<Cursor<'a>, CertificateFault> {
    let mut cursor = list.cursor();
    let mut count = 0;
    while !cursor.is_empty() {
        count += 1;
        if count > MAX_RESPONSE_CERTIFICATES {
            let limit = MAX_RESPONSE_CERTIFICATES;
            return Err(list.fault(Problem::TooMany { limit }, "certs"));
        }
        cursor.expect(tag::SEQUENCE, "certs")?;
    }
    Ok(list.cursor())
}

const FIELD: &str = "OCSPResponse";
const STATUS: &str = "responseStatus";
const BYTES: &str = "responseBytes";
const RESPONSES: &str = "tbsResponseData.responses";
const EXTENSIONS: &str = "tbsResponseData.responseExtensions";
/// Limits of ours: a response speaks about one certificate, and brings one along.
const MAX_SINGLE_RESPONSES: usize = 256;
const MAX_RESPONSE_EXTENSIONS: usize = 64;
const MAX_RESPONSE_CERTIFICATES: usize = 16;
