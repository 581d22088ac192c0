//! The verdict on a server where its chain must be seen first: whoever vouches for it is looked up
//! in directories, and it is known again by the key that it showed before.

use crate::judged::{FirstUse, Keeper};
use crate::trust::no_trust;
use handfast::config::{Exception, Leniency, Loosened};
use handfast::connection::Question;
use handfast::stream::now;
use handfast::{Answer, ServerName};
use handfast_pki::extension::KeyUsage;
use handfast_pki::time::UnixTime;
use handfast_pki::verify::combined::evaluation::verify_combined;
use handfast_pki::verify::combined::rule::{Combination, Evidence};
use handfast_pki::verify::first_use::{self, verify_first_use};
use handfast_pki::verify::known_key::{KeyDigest, KnownKey};
use handfast_pki::verify::policy::Policy;
use handfast_pki::verify::reason::Reason;
use handfast_pki::verify::rejection::Rejection;
use handfast_pki::verify::revocation::Revocation;
use handfast_pki::verify::{Purpose, Request, Verdict, verify};
use handfast_trust::{Anchors, KnownPeers, Recorded, TrustFault};
use std::sync::Arc;

/// Judges, and tells the keeper what it found.
pub(crate) struct Judge {
    pub(crate) anchors: Anchors,
    /// What must hold of a server that is not judged by its key.
    pub(crate) rule: Combination,
    pub(crate) peers: Option<KnownPeers>,
    /// Those about certificates.
    pub(crate) exceptions: Vec<Exception>,
    pub(crate) keeper: Arc<Keeper>,
}

impl Judge {
    /// The answer about a server that is known as `place`: its name and port.
    pub(crate) fn answer(&self, place: &str, question: &Question<'_>) -> Answer {
        let Question::VerifyPeer {
            chain,
            name,
            ocsp_response,
            sct_list,
            ..
        } = question
        else {
            return Answer::Failed;
        };
        let chain: Vec<&[u8]> = chain.iter().map(AsRef::as_ref).collect();
        let judged = self.judge(place, &chain, *name, (*ocsp_response, *sct_list));
        judged.unwrap_or_else(|fault| {
            self.keeper.keep_failed(no_trust(&fault));
            Answer::Failed
        })
    }

    fn judge(
        &self,
        place: &str,
        chain: &[&[u8]],
        name: Option<&ServerName>,
        (staple, sct_list): (Option<&[u8]>, Option<&[u8]>),
    ) -> Result<Answer, TrustFault> {
        let roots = self.anchors.roots_for(chain.iter().copied())?;
        let request = Request {
            chain,
            roots: &roots,
            purpose: Purpose::ServerAuth,
            key_usage: Some(KeyUsage::DIGITAL_SIGNATURE),
            name,
            at_unix_s: i64::try_from(now().unix_s()).unwrap_or(i64::MAX),
            policy: &Policy::MODERN,
            leaf_key: None,
            facts: None,
            revocation: Revocation {
                staple,
                staple_asked: true,
                ..Revocation::default()
            },
        };
        let leaf = chain.first().copied();
        let leniency = Leniency::new(&self.exceptions, name, leaf, now());
        match &self.peers {
            Some(peers) => self.judge_by_key(peers, place, &request, leniency),
            None => Ok(self.judge_by_rule(&Evidence { request, sct_list }, leniency)),
        }
    }

    fn judge_by_rule(&self, evidence: &Evidence<'_>, mut leniency: Leniency<'_>) -> Answer {
        let mut judged = verify_combined(&self.rule, evidence);
        while let Err(refusal) = &judged
            && let Some(loosened) = leniency.after(refusal.rejection())
        {
            let policy = loosened.policy(evidence.request.policy);
            judged = verify_combined(
                &self.rule,
                &Evidence {
                    request: under(&evidence.request, &loosened, &policy),
                    ..*evidence
                },
            );
        }
        match judged {
            Ok(combined) => {
                self.keeper.keep_result(Ok(&combined));
                // Without a verdict, the rule holds by something else than a path.
                accepted(combined.into_verdict(), &leniency)
            }
            Err(refusal) => {
                self.keeper.keep_result(Err(refusal.rejection()));
                Answer::PeerRejected(refusal.into_rejection())
            }
        }
    }

    fn judge_by_key(
        &self,
        peers: &KnownPeers,
        place: &str,
        request: &Request<'_>,
        mut leniency: Leniency<'_>,
    ) -> Result<Answer, TrustFault> {
        let mut known = peers.keys_of(place)?;
        let mut loosened = Loosened::default();
        loop {
            let policy = loosened.policy(request.policy);
            let request = under(request, &loosened, &policy);
            let judged = verify_first_use(&request, &known);
            // A new key is believed only where no exception says who vouches for it.
            let refused = match &judged {
                Ok(first_use::FirstUse::New(_)) => verify(&request).err(),
                Ok(_) => None,
                Err(rejection) => Some(rejection.clone()),
            };
            if let Some(next) = refused.and_then(|refused| leniency.after(&refused)) {
                loosened = next;
                continue;
            }
            let (key, first_use) = match judged {
                Ok(first_use::FirstUse::Vouched(verdict)) => {
                    self.keeper.keep_vouched();
                    return Ok(accepted(Some(verdict), &leniency));
                }
                Ok(first_use::FirstUse::Known(key)) => (key, seen(&known, key)),
                Ok(first_use::FirstUse::New(key)) => (
                    key,
                    FirstUse::New {
                        key: key.to_string(),
                        file: peers.path().to_owned(),
                    },
                ),
                Err(rejection) => {
                    self.tell_forgetting(peers, place, &rejection)?;
                    return Ok(Answer::PeerRejected(rejection));
                }
                // What may come later is refused until it is thought about.
                Ok(_) => return Ok(Answer::Failed),
            };
            match peers.record(place, key, UnixTime(request.at_unix_s))? {
                // Another run was faster: what it has recorded counts.
                Recorded::Changed(now) => known = now,
                _ => {
                    self.keeper.keep_first_use(first_use);
                    return Ok(accepted(None, &leniency));
                }
            }
        }
    }

    /// A key that has changed on purpose is accepted once the old ones are forgotten.
    fn tell_forgetting(
        &self,
        peers: &KnownPeers,
        place: &str,
        rejection: &Rejection,
    ) -> Result<(), TrustFault> {
        if let Reason::KeyChanged { .. } = rejection.reason() {
            let lines = peers.lines_of(place)?;
            let lines: Vec<_> = lines.iter().map(ToString::to_string).collect();
            let plural = if lines.len() == 1 { "" } else { "s" };
            self.keeper.keep_remedy(format!(
                "to forget it, take line{plural} {} out of {}",
                lines.join(", "),
                peers.path().display()
            ));
        }
        Ok(())
    }
}

/// The same request, less strictly.
fn under<'r>(request: &Request<'r>, loosened: &Loosened<'r>, policy: &'r Policy) -> Request<'r> {
    Request {
        roots: loosened.roots().unwrap_or(request.roots),
        name: loosened.name().or(request.name),
        policy,
        ..*request
    }
}

/// The server is let in, by exceptions where it took some.
fn accepted(verdict: Option<Verdict>, leniency: &Leniency<'_>) -> Answer {
    let exceptions = leniency.needed();
    let verdict = verdict.map(Box::new);
    match verdict {
        verdict if !exceptions.is_empty() => Answer::PeerExcepted {
            verdict,
            exceptions,
        },
        Some(verdict) => Answer::PeerVerified(verdict),
        None => Answer::PeerAccepted,
    }
}

/// Since when a key is known.
fn seen(known: &[KnownKey], key: KeyDigest) -> FirstUse {
    let first = known.iter().find(|one| one.key == key);
    FirstUse::Known {
        key: key.to_string(),
        since: first
            .map(|one| one.first_seen.to_string())
            .unwrap_or_default(),
    }
}
