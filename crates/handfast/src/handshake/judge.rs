//! Judging the peer's certificate by the config (RFC 8446 section 4.4.2.4).

use crate::config::{ChainRules, ClientAuth, ClientPlan, Judge, ServerPlan, Trust, Verification};
use crate::connection::{Answer, Broken, PeerStanding, Question};
use crate::fault::Misuse;
use crate::handshake::input::{rejected, unwelcome};
use crate::handshake::proof::{PeerSettled, SignatureValid};
use crate::handshake::talk::Talk;
use crate::time::Now;
use handfast_crypto::signature::KeyKind;
use handfast_pki::extension::KeyUsage;
use handfast_pki::name::ServerName;
use handfast_pki::roots::Roots;
use handfast_pki::verify::combined::evaluation::verify_combined;
use handfast_pki::verify::combined::rule::{Combination, Evidence};
use handfast_pki::verify::facts::SignatureFacts;
use handfast_pki::verify::rejection::Rejection;
use handfast_pki::verify::revocation::{Mode, Revocation};
use handfast_pki::verify::{Purpose, Request, Verdict, verify};
use rustls_pki_types::CertificateDer;
use smallvec::SmallVec;

/// Judges the server that `talk` is with; nothing when the caller does.
pub(crate) fn judge_server(
    plan: &ClientPlan,
    talk: &Talk,
    name: &ServerName,
) -> Option<Result<Answer, Broken>> {
    let asked = plan.config.request_ocsp && talk.negotiated.resumption.is_none();
    let case = Case {
        name: Some(name),
        staple: talk.negotiated.ocsp_response.as_deref(),
        staple_asked: asked,
        sct_list: talk.negotiated.sct_list.as_deref(),
        ..Case::of_server(plan, &talk.negotiated.peer_chain, talk.now)
    };
    answer(&plan.config.verification, case, talk)
}

/// Judges the client that `talk` is with, by what was asked of it; nothing when the caller does.
pub(crate) fn judge_client(
    plan: &ServerPlan,
    asked: &ClientAuth,
    talk: &Talk,
) -> Option<Result<Answer, Broken>> {
    let case = Case {
        sct_list: talk.negotiated.sct_list.as_deref(),
        ..Case::of_client(plan, &talk.negotiated.peer_chain, talk.now)
    };
    answer(asked.verification()?, case, talk)
}

/// What a server had shown when a session began.
pub(crate) struct Shown<'s> {
    pub(crate) chain: &'s [CertificateDer<'static>],
    pub(crate) ocsp_response: Option<&'s [u8]>,
    pub(crate) sct_list: Option<&'s [u8]>,
}

/// Whether a session may go on, by what is known about revocation now: the server's
/// certificates, and what it stapled when the session began.
pub(crate) fn server_still_holds(
    plan: &ClientPlan,
    name: &ServerName,
    shown: &Shown<'_>,
    now: Now,
) -> bool {
    let Some(rules) = plan.config.verification.asks_again() else {
        return true;
    };
    // It knew a shared key instead: there is nothing that could be revoked.
    if shown.chain.is_empty() {
        return true;
    }
    let case = Case {
        name: Some(name),
        staple: shown.ocsp_response,
        sct_list: shown.sct_list,
        ..Case::of_server(plan, shown.chain, now)
    };
    matches!(judge(rules, &case), Some(Ok(_)))
}

/// As [`server_still_holds`], of a client's session. One that had shown nothing has nothing
/// that could be revoked.
pub(crate) fn client_still_holds(
    plan: &ServerPlan,
    chain: &[CertificateDer<'static>],
    now: Now,
) -> bool {
    let verification = plan.config.client_auth.verification();
    match verification.and_then(Verification::asks_again) {
        Some(rules) if !chain.is_empty() => {
            matches!(
                judge(rules, &Case::of_client(plan, chain, now)),
                Some(Ok(_))
            )
        }
        _ => true,
    }
}

/// What the caller is asked when it judges.
pub(crate) fn question<'q>(talk: &'q Talk, name: Option<&'q ServerName>) -> Question<'q> {
    Question::VerifyPeer {
        chain: &talk.negotiated.peer_chain,
        name,
        ocsp_response: talk.negotiated.ocsp_response.as_deref(),
        sct_list: talk.negotiated.sct_list.as_deref(),
    }
}

/// The verdict is there, from the config or the caller.
pub(crate) fn settle(
    verification: Option<&Verification>,
    proof: SignatureValid,
    answer: Answer,
    talk: &mut Talk,
) -> Result<PeerSettled, Broken> {
    match answer {
        Answer::PeerAccepted => {}
        Answer::PeerVerified(verdict) => talk.negotiated.keep_findings(&verdict),
        other => return Err(unwelcome(other)),
    }
    if let Some(verification) = verification {
        talk.negotiated.peer_standing = standing(verification);
    }
    Ok(proof.accepted())
}

/// Who is judged, and for what.
struct Case<'c> {
    chain: &'c [CertificateDer<'static>],
    name: Option<&'c ServerName>,
    purpose: Purpose,
    system_roots: Option<&'c Roots>,
    facts: Option<&'c SignatureFacts>,
    leaf_key: Option<KeyKind>,
    leaf_usage: KeyUsage,
    staple: Option<&'c [u8]>,
    staple_asked: bool,
    sct_list: Option<&'c [u8]>,
    now: Now,
}

impl<'c> Case<'c> {
    fn of_server(plan: &'c ClientPlan, chain: &'c [CertificateDer<'static>], now: Now) -> Self {
        Self {
            chain,
            name: None,
            purpose: Purpose::ServerAuth,
            system_roots: plan.system_roots.get(),
            facts: plan.config.signature_facts.as_deref(),
            leaf_key: None,
            leaf_usage: KeyUsage::DIGITAL_SIGNATURE,
            staple: None,
            staple_asked: false,
            sct_list: None,
            now,
        }
    }

    fn of_client(plan: &'c ServerPlan, chain: &'c [CertificateDer<'static>], now: Now) -> Self {
        Self {
            chain,
            name: None,
            purpose: Purpose::ClientAuth,
            system_roots: plan.system_roots.get(),
            facts: plan.config.signature_facts.as_deref(),
            leaf_key: None,
            leaf_usage: KeyUsage::DIGITAL_SIGNATURE,
            staple: None,
            staple_asked: false,
            sct_list: None,
            now,
        }
    }
}

/// The verdict that the config gives; nothing when the caller judges.
fn answer(
    verification: &Verification,
    case: Case<'_>,
    talk: &Talk,
) -> Option<Result<Answer, Broken>> {
    let rules = match &verification.judge {
        Judge::Ask => return None,
        Judge::Nobody => return Some(Ok(Answer::PeerAccepted)),
        Judge::Chain(rules) => rules,
    };
    let case = Case {
        leaf_key: talk.peer_key,
        leaf_usage: talk.leaf_usage,
        ..case
    };
    let Some(judged) = judge(rules, &case) else {
        let missing = crate::fault::Error::from(Misuse::SystemRootsNotLoaded);
        return Some(Err(missing.into()));
    };
    Some(match judged {
        Ok(Some(verdict)) if !verdict.revocation().is_empty() => {
            Ok(Answer::PeerVerified(Box::new(verdict)))
        }
        Ok(_) => Ok(Answer::PeerAccepted),
        Err(rejection) => Err(rejected(rejection)),
    })
}

/// The verdict by these rules; nothing when the system's roots are not there. A rule of the
/// config's may hold without a verdict over a path.
fn judge(rules: &ChainRules, case: &Case<'_>) -> Option<Result<Option<Verdict>, Box<Rejection>>> {
    let roots = match &rules.trust {
        Trust::Roots(roots) => roots,
        Trust::System => case.system_roots?,
    };
    let chain: SmallVec<[&[u8]; 4]> = case.chain.iter().map(AsRef::as_ref).collect();
    let known = rules.revocation.known();
    let crls = known.as_ref().map(|known| known.crls_about(&chain));
    let responses = known.as_ref().map(|known| known.responses_about(&chain));
    let crl_issuers = known.as_ref().map(|known| known.crl_issuers());
    let request = Request {
        chain: &chain,
        roots,
        purpose: case.purpose,
        key_usage: Some(case.leaf_usage),
        name: case.name,
        at_unix_s: i64::try_from(case.now.unix_s()).unwrap_or(i64::MAX),
        policy: &rules.policy,
        leaf_key: case.leaf_key,
        facts: case.facts,
        revocation: Revocation {
            mode: rules.revocation.mode,
            staple: case.staple,
            staple_asked: case.staple_asked,
            responses: responses.as_deref().unwrap_or_default(),
            crls: crls.as_deref().unwrap_or_default(),
            crl_issuers: crl_issuers.as_deref().unwrap_or_default(),
        },
    };
    let Some(rule) = &rules.rule else {
        return Some(verify(&request).map(Some));
    };
    let sct_list = case.sct_list;
    let judged = verify_combined(rule, &Evidence { request, sct_list });
    Some(match judged {
        Ok(combined) => Ok(combined.into_verdict()),
        Err(refusal) => Err(refusal.into_rejection()),
    })
}

impl Verification {
    /// The rules, where they ask about revocation: then the verdict of yesterday is not enough.
    fn asks_again(&self) -> Option<&ChainRules> {
        match &self.judge {
            Judge::Chain(rules) if rules.revocation.mode != Mode::Off => Some(rules),
            _ => None,
        }
    }
}

/// How the peer stands once it was accepted under this verification.
fn standing(verification: &Verification) -> PeerStanding {
    match &verification.judge {
        Judge::Chain(rules) if rules.rule.as_ref().is_some_and(Combination::is_danger) => {
            PeerStanding::DangerPinned
        }
        Judge::Chain(_) => PeerStanding::Verified,
        Judge::Ask => PeerStanding::AcceptedByCaller,
        Judge::Nobody => PeerStanding::Unverified,
    }
}
