//! Judging the peer's certificate by the config (RFC 8446 section 4.4.2.4).

use crate::config::{
    ChainRules, ClientAuth, ClientPlan, Exception, Judge, Leniency, Loosened, ServerPlan, Trust,
    Verification, Whom,
};
use crate::connection::{Answer, Broken, Negotiated, PeerChain, PeerStanding, Question};
use crate::fault::{Fault, Misuse};
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

/// True for a server that should have been verified, and was let in all the same: nothing that it says
/// is said by whom it was to be.
pub(crate) fn is_unproved(verification: &Verification, server: &Negotiated) -> bool {
    let should = !matches!(verification.judge, Judge::Nobody);
    should && server.peer_standing == PeerStanding::Unverified
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
    let whom = Whom {
        wanted: Some(name),
        leaf: shown.chain.first().map(AsRef::as_ref),
    };
    let is_excepted = is_excepted(&plan.config.exceptions, &whom);
    let Some(rules) = plan.config.verification.judged_again(is_excepted) else {
        return true;
    };
    // It knew a shared key instead, or showed a raw one: there is nothing that could be revoked.
    if shown.chain.is_empty() {
        return true;
    }
    let case = Case {
        name: Some(name),
        staple: shown.ocsp_response,
        sct_list: shown.sct_list,
        ..Case::of_server(plan, shown.chain, now)
    };
    matches!(judge(rules, &case, &Loosened::default()), Some(Ok(_)))
}

/// Whether what a server showed under another name is good for this one, too.
pub(crate) fn server_holds_for(
    plan: &ClientPlan,
    name: &ServerName,
    shown: &Shown<'_>,
    now: Now,
) -> bool {
    let rules = match &plan.config.verification.judge {
        // A raw key says nothing about names.
        Judge::Ask | Judge::RawKeys => return false,
        Judge::Nobody => return true,
        Judge::Chain(rules) => rules,
    };
    let case = Case {
        name: Some(name),
        staple: shown.ocsp_response,
        sct_list: shown.sct_list,
        ..Case::of_server(plan, shown.chain, now)
    };
    let judged = judge(rules, &case, &Loosened::default());
    !shown.chain.is_empty() && matches!(judged, Some(Ok(_)))
}

/// As [`server_still_holds`], of a client's session. One that had shown nothing has nothing
/// that could be revoked; one of which a digest is left cannot be judged again.
pub(crate) fn client_still_holds(plan: &ServerPlan, chain: &PeerChain, now: Now) -> bool {
    let whom = Whom {
        wanted: None,
        leaf: chain.first().map(AsRef::as_ref),
    };
    let is_excepted = is_excepted(&plan.config.exceptions, &whom);
    let verification = plan.config.client_auth.verification();
    let is_digest = chain.digest().is_some();
    match verification.and_then(|one| one.judged_again(is_excepted)) {
        _ if is_digest && !plan.config.exceptions.is_empty() => false,
        Some(_) if is_digest => false,
        Some(rules) if !chain.is_empty() => {
            let case = Case::of_client(plan, chain, now);
            matches!(judge(rules, &case, &Loosened::default()), Some(Ok(_)))
        }
        _ => true,
    }
}

/// True where some rule about certificates is, or was, relaxed for this peer: what it was let
/// through by once is no reason to let a session go on.
fn is_excepted(exceptions: &[Exception], whom: &Whom<'_>) -> bool {
    exceptions.iter().any(|one| whom.is_meant_by(one))
}

/// What the caller is asked when it judges.
pub(crate) fn question<'q>(talk: &'q Talk, name: Option<&'q ServerName>) -> Question<'q> {
    Question::VerifyPeer {
        chain: &talk.negotiated.peer_chain,
        raw_key: talk.negotiated.peer_raw_key(),
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
    let is_tolerated = matches!(answer, Answer::DangerPeerUnverified);
    match answer {
        Answer::PeerAccepted | Answer::DangerPeerUnverified => {}
        Answer::PeerVerified(verdict) => talk.negotiated.keep_findings(&verdict),
        Answer::PeerExcepted {
            verdict,
            exceptions,
        } => {
            if let Some(verdict) = verdict {
                talk.negotiated.keep_findings(&verdict);
            }
            talk.negotiated.keep_exceptions(exceptions);
        }
        other => return Err(unwelcome(other)),
    }
    if is_tolerated {
        talk.negotiated.peer_standing = PeerStanding::Unverified;
    } else if let Some(verification) = verification {
        let raw_key = talk.negotiated.peer_raw_key().is_some();
        talk.negotiated.peer_standing = standing(verification, raw_key);
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
    exceptions: &'c [Exception],
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
            exceptions: &plan.config.exceptions,
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
            exceptions: &plan.config.exceptions,
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
    let raw_key = talk.negotiated.peer_raw_key();
    let rules = match (&verification.judge, raw_key) {
        (Judge::Ask, _) => return None,
        (Judge::Nobody, _) => return Some(Ok(Answer::PeerAccepted)),
        (Judge::Chain(_) | Judge::RawKeys, Some(key)) => {
            let is_known = verification.knows(key);
            return Some(match is_known {
                true => Ok(Answer::PeerAccepted),
                false => Err(Fault::RawKeyUnknown.into()),
            });
        }
        // No such type is agreed on; a session that was kept has none, either.
        (Judge::RawKeys, None) => return Some(Err(Fault::CertificateRefused.into())),
        (Judge::Chain(rules), None) => rules,
    };
    // The certificate's own key is judged with the certificate, the one that it vouches for here.
    let delegated = talk.negotiated.peer_delegated.as_ref();
    if delegated.is_some_and(|delegated| !rules.policy.accepts_key(&delegated.kind)) {
        return Some(Err(Fault::CertificateKeyWeak.into()));
    }
    let case = Case {
        leaf_key: talk.peer_key,
        leaf_usage: talk.leaf_usage,
        ..case
    };
    let Some(judged) = judge(rules, &case, &Loosened::default()) else {
        let missing = crate::fault::Error::from(Misuse::SystemRootsNotLoaded);
        return Some(Err(missing.into()));
    };
    let (verdict, exceptions) = match judged {
        Ok(verdict) => (verdict, Vec::new()),
        Err(rejection) => match judge_under(rejection, rules, &case) {
            Ok(judged) => judged,
            Err(rejection) => return Some(Err(rejected(rejection))),
        },
    };
    let verdict = verdict.map(Box::new);
    Some(Ok(match verdict {
        verdict if !exceptions.is_empty() => Answer::PeerExcepted {
            verdict,
            exceptions,
        },
        Some(verdict) if !verdict.revocation().is_empty() => Answer::PeerVerified(verdict),
        _ => Answer::PeerAccepted,
    }))
}

/// What was refused, judged again under the exceptions for this peer.
fn judge_under(
    rejection: Box<Rejection>,
    rules: &ChainRules,
    case: &Case<'_>,
) -> Result<(Option<Verdict>, Vec<Exception>), Box<Rejection>> {
    let leaf = case.chain.first().map(AsRef::as_ref);
    let mut leniency = Leniency::new(case.exceptions, case.name, leaf, case.now);
    let mut refused = rejection;
    while let Some(loosened) = leniency.after(&refused) {
        // The roots were there when it was refused.
        match judge(rules, case, &loosened).unwrap_or(Ok(None)) {
            Ok(verdict) => return Ok((verdict, leniency.needed())),
            Err(again) => refused = again,
        }
    }
    Err(refused)
}

/// The verdict by these rules; nothing when the system's roots are not there. A rule of the
/// config's may hold without a verdict over a path.
fn judge(
    rules: &ChainRules,
    case: &Case<'_>,
    loosened: &Loosened<'_>,
) -> Option<Result<Option<Verdict>, Box<Rejection>>> {
    let roots = match (loosened.roots(), &rules.trust) {
        (Some(roots), _) | (None, Trust::Roots(roots)) => roots,
        (None, Trust::System) => case.system_roots?,
    };
    let policy = loosened.policy(&rules.policy);
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
        name: loosened.name().or(case.name),
        at_unix_s: i64::try_from(case.now.unix_s()).unwrap_or(i64::MAX),
        policy: &policy,
        leaf_key: case.leaf_key,
        facts: case.facts,
        revocation: Revocation {
            mode: loosened.mode(rules.revocation.mode),
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
    /// The rules, where the verdict of yesterday is not enough: they ask about revocation, or the
    /// peer is one for which some are relaxed.
    fn judged_again(&self, is_excepted: bool) -> Option<&ChainRules> {
        match &self.judge {
            Judge::Chain(rules) if is_excepted || rules.revocation.mode != Mode::Off => Some(rules),
            _ => None,
        }
    }
}

/// How the peer stands once it was accepted under this verification.
fn standing(verification: &Verification, raw_key: bool) -> PeerStanding {
    match &verification.judge {
        Judge::Chain(_) | Judge::RawKeys if raw_key => PeerStanding::KnownKey,
        Judge::RawKeys => PeerStanding::Unverified,
        Judge::Chain(rules) if rules.rule.as_ref().is_some_and(Combination::is_danger) => {
            PeerStanding::DangerPinned
        }
        Judge::Chain(_) => PeerStanding::Verified,
        Judge::Ask => PeerStanding::AcceptedByCaller,
        Judge::Nobody => PeerStanding::Unverified,
    }
}
