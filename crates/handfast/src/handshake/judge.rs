//! Judging the peer's certificate by the config (RFC 8446 section 4.4.2.4).

use crate::config::{Judge, Trust, Verification};
use crate::connection::{Answer, Broken, PeerStanding, RefusalDetail};
use crate::fault::{Fault, Misuse};
use crate::time::Now;
use handfast_pki::extension::KeyUsage;
use handfast_pki::name::ServerName;
use handfast_pki::roots::Roots;
use handfast_pki::verify::facts::SignatureFacts;
use handfast_pki::verify::reason::{AlertHint, Reason};
use handfast_pki::verify::rejection::Rejection;
use handfast_pki::verify::{Purpose, Request, verify};
use rustls_pki_types::CertificateDer;

/// Who is judged, and for what.
pub(crate) struct Case<'c> {
    pub(crate) chain: &'c [CertificateDer<'static>],
    pub(crate) name: Option<&'c ServerName>,
    pub(crate) purpose: Purpose,
    pub(crate) system_roots: Option<&'c Roots>,
    pub(crate) now: Now,
    pub(crate) facts: Option<&'c SignatureFacts>,
}

/// The verdict that the config gives; nothing when the caller judges.
pub(crate) fn judge(
    verification: &Verification,
    case: &Case<'_>,
) -> Option<Result<Answer, Broken>> {
    let (trust, policy) = match &verification.0 {
        Judge::Ask => return None,
        Judge::Nobody => return Some(Ok(Answer::PeerAccepted)),
        Judge::Chain { trust, policy } => (trust, policy),
    };
    let roots: Option<&Roots> = match trust {
        Trust::Roots(roots) => Some(roots),
        Trust::System => case.system_roots,
    };
    let Some(roots) = roots else {
        return Some(Err(Broken::from(crate::fault::Error::from(
            Misuse::SystemRootsNotLoaded,
        ))));
    };
    let chain: Vec<&[u8]> = case.chain.iter().map(AsRef::as_ref).collect();
    let request = Request {
        chain: &chain,
        roots,
        purpose: case.purpose,
        key_usage: Some(KeyUsage::DIGITAL_SIGNATURE),
        name: case.name,
        at_unix_s: i64::try_from(case.now.unix_s()).unwrap_or(i64::MAX),
        policy,
        facts: case.facts,
    };
    Some(match verify(&request) {
        Ok(_verdict) => Ok(Answer::PeerAccepted),
        Err(rejection) => Err(Broken {
            error: fault_of(&rejection).into(),
            detail: RefusalDetail::Certificate(rejection),
        }),
    })
}

/// How the peer stands once it was accepted under this verification.
pub(crate) fn standing(verification: &Verification) -> PeerStanding {
    match &verification.0 {
        Judge::Chain { .. } => PeerStanding::Verified,
        Judge::Ask => PeerStanding::AcceptedByCaller,
        Judge::Nobody => PeerStanding::Unverified,
    }
}

fn fault_of(rejection: &Rejection) -> Fault {
    if matches!(rejection.reason(), Reason::NameMismatch { .. }) {
        return Fault::CertificateNameWrong;
    }
    match rejection.alert() {
        AlertHint::BadCertificate => Fault::CertificateBad,
        AlertHint::UnsupportedCertificate => Fault::CertificateKindRefused,
        AlertHint::CertificateRevoked => Fault::CertificateRevoked,
        AlertHint::CertificateExpired => Fault::CertificateExpired,
        AlertHint::UnknownCa => Fault::CertificateAuthorityUnknown,
        _ => Fault::CertificateRefused,
    }
}
