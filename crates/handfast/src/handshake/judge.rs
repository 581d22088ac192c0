//! Judging the peer's certificate by the config (RFC 8446 section 4.4.2.4).

use crate::config::{ClientPlan, Judge, ServerPlan, Trust, Verification};
use crate::connection::{Answer, Broken, PeerStanding, Question, RefusalDetail};
use crate::fault::{Fault, Misuse};
use crate::handshake::input::unwelcome;
use crate::handshake::proof::{PeerSettled, SignatureValid};
use crate::handshake::talk::Talk;
use handfast_pki::extension::KeyUsage;
use handfast_pki::name::ServerName;
use handfast_pki::roots::Roots;
use handfast_pki::verify::facts::SignatureFacts;
use handfast_pki::verify::reason::{AlertHint, Reason};
use handfast_pki::verify::rejection::Rejection;
use handfast_pki::verify::revocation::Revocation;
use handfast_pki::verify::{Purpose, Request, verify};
use smallvec::SmallVec;

/// Judges the server that `talk` is with; nothing when the caller does.
pub(crate) fn judge_server(
    plan: &ClientPlan,
    talk: &Talk,
    name: &ServerName,
) -> Option<Result<Answer, Broken>> {
    judge(
        &plan.config.verification,
        &Case {
            talk,
            name: Some(name),
            purpose: Purpose::ServerAuth,
            system_roots: plan.system_roots.get(),
            facts: plan.config.signature_facts.as_deref(),
        },
    )
}

/// Judges the client that `talk` is with; nothing when the caller does.
pub(crate) fn judge_client(plan: &ServerPlan, talk: &Talk) -> Option<Result<Answer, Broken>> {
    judge(
        plan.config.client_auth.verification()?,
        &Case {
            talk,
            name: None,
            purpose: Purpose::ClientAuth,
            system_roots: plan.system_roots.get(),
            facts: plan.config.signature_facts.as_deref(),
        },
    )
}

/// What the caller is asked when it judges.
pub(crate) fn question<'q>(talk: &'q Talk, name: Option<&'q ServerName>) -> Question<'q> {
    Question::VerifyPeer {
        chain: &talk.negotiated.peer_chain,
        name,
        ocsp_response: talk.negotiated.ocsp_response.as_deref(),
    }
}

/// The verdict is there, from the config or the caller.
pub(crate) fn settle(
    verification: Option<&Verification>,
    proof: SignatureValid,
    answer: Answer,
    talk: &mut Talk,
) -> Result<PeerSettled, Broken> {
    let Answer::PeerAccepted = answer else {
        return Err(unwelcome(answer));
    };
    if let Some(verification) = verification {
        talk.negotiated.peer_standing = standing(verification);
    }
    Ok(proof.accepted())
}

/// Who is judged, and for what.
struct Case<'c> {
    talk: &'c Talk,
    name: Option<&'c ServerName>,
    purpose: Purpose,
    system_roots: Option<&'c Roots>,
    facts: Option<&'c SignatureFacts>,
}

/// The verdict that the config gives; nothing when the caller judges.
fn judge(verification: &Verification, case: &Case<'_>) -> Option<Result<Answer, Broken>> {
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
    let chain: SmallVec<[&[u8]; 4]> = case
        .talk
        .negotiated
        .peer_chain
        .iter()
        .map(AsRef::as_ref)
        .collect();
    let request = Request {
        chain: &chain,
        roots,
        purpose: case.purpose,
        key_usage: Some(KeyUsage::DIGITAL_SIGNATURE),
        name: case.name,
        at_unix_s: i64::try_from(case.talk.now.unix_s()).unwrap_or(i64::MAX),
        policy,
        leaf_key: case.talk.peer_key,
        facts: case.facts,
        revocation: Revocation::default(),
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
fn standing(verification: &Verification) -> PeerStanding {
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
