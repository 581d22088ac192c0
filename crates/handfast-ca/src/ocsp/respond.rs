//! From a request to a response.

use handfast_pki::ocsp::ResponseStatus;
use handfast_pki::ocsp::asked::OcspRequest;
use handfast_pki::ocsp::certificate_id::CertificateId;

use crate::error::CaError;
use crate::ocsp::answer::{Answer, Asked};
use crate::ocsp::signer::OcspSigner;
use crate::ocsp::write::{Single, Times, refusal, response};
use crate::serial::SerialNumber;

/// A response, and what can be said of it on the way: in a log, and to caches.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Response {
    /// OCSPResponse in DER.
    pub der: Vec<u8>,
    /// What it says.
    pub outcome: Outcome,
}

/// What a response says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Outcome {
    /// Every certificate's status.
    Answered {
        /// What was asked and answered, in the order of the request; `None` for certificates of
        /// issuers that are not answered for.
        certificates: Vec<(Option<Asked>, Answer)>,
        /// Until when it holds, in Unix seconds.
        next_update_unix: u64,
        /// Whether it is for this asker alone: it repeats a nonce. Without one it may be kept and
        /// given to others (RFC 5019 section 5).
        has_nonce: bool,
    },
    /// None.
    Refused {
        /// What the asker is told.
        status: ResponseStatus,
        /// Why, for whoever runs the responder.
        why: String,
    },
}

/// Answers a request. `status` is asked about each certificate of an issuer that one of the
/// signers answers for; if it cannot tell now, it says with which error to refuse. A request is
/// signed for by whoever answers for its first certificate that someone answers for; of others'
/// certificates in it nothing is known.
///
/// ```
/// use handfast_ca::authority::Authority;
/// use handfast_ca::ocsp::{Answer, OcspSigner, Outcome, respond};
/// use handfast_ca::profile::{AlternativeName, KeyKind, Validity};
/// use handfast_pki::certificate::Certificate;
/// use handfast_pki::ocsp::request::{IdHash, ocsp_request};
///
/// let now = 1_800_000_000;
/// let root = Authority::new("Example root", Validity::days(now, 90), KeyKind::EcP256)?;
/// let names = [AlternativeName::dns("localhost")];
/// let leaf = root.issue_server(&names, Validity::days(now, 30), KeyKind::EcP256)?;
/// let request = ocsp_request(
///     &Certificate::parse(&leaf.chain()[0]).unwrap(),
///     &Certificate::parse(root.root_der()).unwrap(),
///     IdHash::Sha1,
///     None,
/// );
/// let signers = [OcspSigner::issuer(&root)?];
/// let response = respond(&request, &signers, &mut |_| Ok(Answer::Good), now)?;
/// assert!(matches!(response.outcome, Outcome::Answered { has_nonce: false, .. }));
/// # Ok::<(), handfast_ca::error::CaError>(())
/// ```
///
/// # Errors
/// A [`CaError`] where the response cannot be signed or written; what is wrong with the request
/// is a response as well.
pub fn respond(
    request: &[u8],
    signers: &[OcspSigner],
    status: &mut dyn FnMut(&Asked) -> Result<Answer, ResponseStatus>,
    now_unix: u64,
) -> Result<Response, CaError> {
    let refuse = |status, why: String| {
        refusal(status).map(|der| Response {
            der,
            outcome: Outcome::Refused { status, why },
        })
    };
    let read = match OcspRequest::parse(request) {
        Ok(read) => read,
        Err(fault) => return refuse(ResponseStatus::MalformedRequest, fault.to_string()),
    };
    if let Some(oid) = read.unknown_critical() {
        // RFC 6960 section 4.4: what is critical must be understood.
        let why = format!("the critical extension {oid} is not known");
        return refuse(ResponseStatus::MalformedRequest, why);
    }
    let Some((place, signer)) = responsible(&read, signers) else {
        // RFC 5019 section 2.2.3: nobody here may speak for the issuer.
        let why = "no certificate of an issuer that is answered for".to_owned();
        return refuse(ResponseStatus::Unauthorized, why);
    };
    let Some(next_update_unix) = signer.next_update(now_unix) else {
        let why = "the signer's certificate has expired".to_owned();
        return refuse(ResponseStatus::TryLater, why);
    };
    let mut certificates = Vec::new();
    let mut singles = Vec::new();
    for asked in read.requests() {
        let certificate = own(&asked.id, signer, place);
        let answer = match certificate.as_ref().map(&mut *status) {
            Some(Ok(answer)) => answer,
            Some(Err(refused)) => {
                return refuse(refused, "what is known could not be looked up".to_owned());
            }
            None => Answer::Unknown,
        };
        singles.push(Single {
            id: asked.der,
            answer,
        });
        certificates.push((certificate, answer));
    }
    let nonce = read.nonce();
    let times = Times {
        now_unix,
        next_update_unix,
    };
    let der = response(signer, &singles, times, nonce)?;
    Ok(Response {
        der,
        outcome: Outcome::Answered {
            certificates,
            next_update_unix,
            has_nonce: nonce.is_some(),
        },
    })
}

/// The certificates that [`respond`] asks about, in the order of the request: for records that are
/// better looked up beforehand, all at once. Nothing for a request that is refused anyway.
#[must_use]
pub fn asked_about(request: &OcspRequest<'_>, signers: &[OcspSigner]) -> Vec<Asked> {
    let Some((place, signer)) = responsible(request, signers) else {
        return Vec::new();
    };
    let own = |asked: handfast_pki::ocsp::asked::Asked<'_>| own(&asked.id, signer, place);
    request.requests().filter_map(own).collect()
}

/// Who signs: whoever answers for the first certificate that someone answers for.
fn responsible<'s>(
    request: &OcspRequest<'_>,
    signers: &'s [OcspSigner],
) -> Option<(usize, &'s OcspSigner)> {
    let signs = |id: &CertificateId<'_>| {
        let mut numbered = signers.iter().enumerate();
        numbered.find(|(_, one)| one.answers_for(id))
    };
    request.requests().find_map(|asked| signs(&asked.id))
}

fn own(id: &CertificateId<'_>, signer: &OcspSigner, place: usize) -> Option<Asked> {
    let serial = positive(id.serial).filter(|_| signer.answers_for(id))?;
    Some(Asked {
        signer: place,
        serial,
    })
}

/// A serial number that no certificate can have was never given.
fn positive(serial: &[u8]) -> Option<SerialNumber> {
    let is_negative = serial.first().is_some_and(|first| first & 0x80 != 0);
    let serial = SerialNumber::from_bytes(serial).ok();
    serial.filter(|_| !is_negative)
}
