//! A response's bytes (RFC 6960 section 4.2.1).

use der::Tag;
use handfast_pki::crl::entry::RevocationReason;
use handfast_pki::ocsp::ResponseStatus;

use crate::extension::extension;
use crate::ocsp::answer::Answer;
use crate::ocsp::signer::OcspSigner;
use crate::signature::sign_with;
use crate::write::{Der, constructed, element, generalized_time, octets, oid, primitive, sequence};

/// What is said of one certificate.
pub(crate) struct Single<'a> {
    /// Its CertID as it was asked for.
    pub(crate) id: &'a [u8],
    pub(crate) answer: Answer,
}

/// When a response was made, and until when it holds, in Unix seconds.
#[derive(Clone, Copy)]
pub(crate) struct Times {
    pub(crate) now_unix: u64,
    pub(crate) next_update_unix: u64,
}

/// A response that says nothing but why.
pub(crate) fn refusal(status: ResponseStatus) -> Der {
    let code = match status {
        ResponseStatus::MalformedRequest => 1,
        ResponseStatus::TryLater => 3,
        ResponseStatus::SigRequired => 5,
        ResponseStatus::Unauthorized => 6,
        // internalError, also for what is not known here.
        _ => 2,
    };
    sequence(&[&element(Tag::Enumerated, &[&[code]])?])
}

/// A response with answers.
pub(crate) fn response(
    signer: &OcspSigner,
    singles: &[Single<'_>],
    times: Times,
    nonce: Option<&[u8]>,
) -> Der {
    let mut list = Vec::new();
    for one in singles {
        list.extend(single(one, times)?);
    }
    let extensions = match nonce {
        Some(nonce) => {
            let nonce = extension(NONCE, false, &octets(nonce)?)?;
            constructed(1, &[&sequence(&[&nonce])?])?
        }
        None => Vec::new(),
    };
    let data = sequence(&[
        // byKey; the version is the default, which DER leaves out.
        &constructed(2, &[&octets(signer.key_hash())?])?,
        &generalized_time(times.now_unix)?,
        &sequence(&[&list])?,
        &extensions,
    ])?;
    let certificates = match signer.certificate() {
        Some(certificate) => constructed(0, &[&sequence(&[certificate])?])?,
        None => Vec::new(),
    };
    let basic = sign_with(signer.key(), &data, &certificates)?;
    let bytes = sequence(&[&oid(BASIC)?, &octets(&basic)?])?;
    let successful = element(Tag::Enumerated, &[&[0]])?;
    sequence(&[&successful, &constructed(0, &[&bytes])?])
}

/// SingleResponse.
fn single(one: &Single<'_>, times: Times) -> Der {
    let status = match one.answer {
        Answer::Good => primitive(0, &[]),
        Answer::Unknown => primitive(2, &[]),
        Answer::Revoked { at_unix, reason } => {
            let reason = match reason {
                // Left out, as on a revocation list (RFC 5280 section 5.3.1).
                RevocationReason::Unspecified => Vec::new(),
                reason => {
                    let code = element(Tag::Enumerated, &[&[reason.code()]])?;
                    constructed(0, &[&code])?
                }
            };
            constructed(1, &[&generalized_time(at_unix)?, &reason])
        }
    };
    sequence(&[
        one.id,
        &status?,
        &generalized_time(times.now_unix)?,
        &constructed(0, &[&generalized_time(times.next_update_unix)?])?,
    ])
}

/// id-pkix-ocsp-basic and -nonce.
const BASIC: &str = "1.3.6.1.5.5.7.48.1.1";
const NONCE: &str = "1.3.6.1.5.5.7.48.1.2";
