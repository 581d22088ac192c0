//! Judging the parts, and what they come to.

use crate::certificate::Certificate;
use crate::dane::{Dane, Tlsa, Usage, WithoutRecords};
use crate::pin::{Pin, PinScope, Pins};
use crate::roots::Roots;
use crate::sct::finding::SctFinding;
use crate::sct::verify::{SctRequest, judge_scts};
use crate::verify::combined::outcome::{CombinedVerdict, Part, Refusal};
use crate::verify::combined::rule::{Combination, Evidence, Logged, Rule, Turn, turn_of};
use crate::verify::place::Place;
use crate::verify::reason::Reason;
use crate::verify::rejection::Rejection;
use crate::verify::request::Request;
use crate::verify::{Verdict, refusal, verify};

/// Judges a peer by a combination of rules.
///
/// ```
/// use handfast_pki::certificate::Certificate;
/// use handfast_pki::pin::{Pin, Pins};
/// use handfast_pki::roots::Roots;
/// use handfast_pki::verify::combined::evaluation::verify_combined;
/// use handfast_pki::verify::combined::rule::{Combination, Evidence, Rule};
/// use handfast_pki::verify::policy::Policy;
/// use handfast_pki::verify::revocation::Revocation;
/// use handfast_pki::verify::{Purpose, Request};
/// # let file = |name| std::fs::read(format!("{}/testdata/{name}", env!("CARGO_MANIFEST_DIR")));
/// # let (root, leaf, intermediate) = (file("root.der")?, file("leaf.der")?, file("intermediate.der")?);
/// let roots = Roots::from_pem(&root)?;
/// let evidence = Evidence {
///     request: Request {
///         chain: &[&leaf, &intermediate],
///         roots: &roots,
///         purpose: Purpose::ServerAuth,
///         key_usage: None,
///         name: None,
///         at_unix_s: 1_893_456_000,
///         policy: &Policy::MODERN,
///         leaf_key: None,
///         facts: None,
///         revocation: Revocation::default(),
///     },
///     sct_list: None,
/// };
/// let issuer = Pin::of_key(Certificate::parse(&intermediate)?.spki());
/// let pinned = |pin| Combination::new(Rule::All(vec![Rule::Chain, Rule::Pinned(Pins::new([pin]).unwrap())]));
/// let verdict = verify_combined(&pinned(issuer)?, &evidence)?;
/// assert!(verdict.part().to_string().contains("pinned: holds, sha256/"));
///
/// let refused = verify_combined(&pinned(Pin::Key([0; 32]))?, &evidence).unwrap_err();
/// assert!(refused.part().parts[0].holds());
/// assert!(refused.to_string().contains("no certificate of the path is pinned"));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// # Errors
/// A [`Refusal`] says of each part whether it holds and why not.
pub fn verify_combined(
    combination: &Combination,
    evidence: &Evidence<'_>,
) -> Result<CombinedVerdict, Box<Refusal>> {
    let mut judging = Judging {
        evidence,
        scts: Vec::new(),
    };
    let judged = judging.judge(combination.rule(), &[]);
    match judged.rejection {
        None => Ok(CombinedVerdict {
            part: judged.part,
            verdict: judged.verdict,
            scts: judging.scts,
        }),
        Some(rejection) => Err(Box::new(Refusal {
            part: judged.part,
            rejection,
        })),
    }
}

/// The anchors by which parts of the combination seek paths, each list once: whoever fetches what
/// paths need learns from it which paths those are.
#[must_use]
pub fn anchors(combination: &Combination, request: &Request<'_>) -> Vec<Roots> {
    let mut found = Vec::new();
    let mut has_own = false;
    gather(combination.rule(), request, &mut has_own, &mut found);
    if has_own {
        found.push(request.roots.clone());
    }
    found
}

fn gather(rule: &Rule, request: &Request<'_>, has_own: &mut bool, found: &mut Vec<Roots>) {
    match rule {
        Rule::Chain => *has_own = true,
        Rule::ChainTo(roots) => found.push(roots.clone()),
        Rule::Dane(dane) => {
            let uses = |usage| dane.usable(usage).next().is_some();
            let unusable = dane.records().all(|(_, usage)| usage.is_err());
            *has_own |= uses(Usage::PkixTa)
                || uses(Usage::PkixEe)
                || unusable && dane.without() == WithoutRecords::Chain;
            if uses(Usage::DaneTa) {
                found.push(zone_anchors(dane, request));
            }
        }
        Rule::Pinned(_) | Rule::Logged(_) | Rule::DangerPinnedLeaf(_) => {}
        Rule::All(list) | Rule::AnyOf(list) => list
            .iter()
            .for_each(|one| gather(one, request, has_own, found)),
    }
}

/// The certificates that a part which holds has to show, the peer's own first.
#[derive(Clone)]
struct Shown {
    members: Vec<Member>,
    /// The key of who issued the peer's own certificate.
    issuer_spki: Option<Vec<u8>>,
}

#[derive(Clone)]
struct Member {
    place: Place,
    /// None of an anchor that is a name and a key.
    certificate: Option<Pin>,
    key: Pin,
}

impl Member {
    fn of(place: Place, certificate: &Certificate<'_>) -> Self {
        Self {
            place,
            certificate: Some(Pin::of_certificate(certificate.der())),
            key: Pin::of_key(certificate.spki()),
        }
    }

    fn is(&self, pin: &Pin) -> bool {
        self.key == *pin || self.certificate.as_ref() == Some(pin)
    }
}

/// What came of one part.
struct Judged {
    part: Part,
    shown: Vec<Shown>,
    verdict: Option<Verdict>,
    rejection: Option<Box<Rejection>>,
}

impl Judged {
    fn holds(name: &'static str, how: String, shown: Vec<Shown>) -> Self {
        Self {
            part: Part {
                name,
                outcome: Ok(how),
                parts: Vec::new(),
            },
            shown,
            verdict: None,
            rejection: None,
        }
    }

    fn fails(name: &'static str, rejection: Box<Rejection>) -> Self {
        Self {
            part: Part {
                name,
                outcome: Err(rejection.reason().clone()),
                parts: Vec::new(),
            },
            shown: Vec::new(),
            verdict: None,
            rejection: Some(rejection),
        }
    }
}

struct Judging<'e> {
    evidence: &'e Evidence<'e>,
    scts: Vec<SctFinding>,
}

impl Judging<'_> {
    /// `around`: what parts of the rules around this one have to show.
    fn judge(&mut self, rule: &Rule, around: &[Shown]) -> Judged {
        match rule {
            Rule::Chain => self.chain(None),
            Rule::ChainTo(roots) => self.chain(Some(roots)),
            Rule::Pinned(pins) => self.pinned(pins, around),
            Rule::Logged(logged) => self.logged(logged, around),
            Rule::Dane(dane) => self.dane(dane),
            Rule::DangerPinnedLeaf(pins) => self.pinned_leaf(pins),
            Rule::All(list) => self.all(list, around),
            Rule::AnyOf(list) => self.any_of(list, around),
        }
    }

    fn refuse(&self, reason: Reason) -> Box<Rejection> {
        refusal(&self.evidence.request, reason)
    }

    fn leaf(&self) -> Result<Certificate<'_>, Box<Rejection>> {
        match self.evidence.request.chain.first() {
            Some(der) => {
                Certificate::parse(der).map_err(|fault| self.refuse(Reason::Malformed(fault)))
            }
            None => Err(self.refuse(Reason::NoCertificate)),
        }
    }

    fn chain(&self, roots: Option<&Roots>) -> Judged {
        let request = Request {
            roots: roots.unwrap_or(self.evidence.request.roots),
            ..self.evidence.request
        };
        let name = if roots.is_some() { "chain to" } else { "chain" };
        match verify(&request) {
            Ok(verdict) => {
                let shown = shown(&request, &verdict);
                let how = format!("{} certificates lead to an anchor", verdict.path().len());
                let verdict = Some(verdict).filter(|_| roots.is_none());
                Judged {
                    verdict,
                    ..Judged::holds(name, how, vec![shown])
                }
            }
            Err(rejection) => Judged::fails(name, rejection),
        }
    }

    fn pinned(&self, pins: &Pins, around: &[Shown]) -> Judged {
        const NAME: &str = "pinned";
        let members = around.iter().flat_map(|shown| match pins.scope() {
            PinScope::Path => shown.members.as_slice(),
            PinScope::Leaf => shown.members.get(..1).unwrap_or_default(),
        });
        let found = pins.pins().iter().find_map(|pin| {
            let member = members.clone().find(|member| member.is(pin))?;
            Some((pin, member))
        });
        match found {
            Some((pin, member)) => {
                let how = format!("{pin} is {}", member.place);
                Judged::holds(NAME, how, Vec::new())
            }
            None if around.is_empty() => Judged::fails(NAME, self.refuse(Reason::NoPath)),
            None => {
                let shown: Vec<_> = members.map(|member| member.key.to_string()).collect();
                Judged::fails(NAME, self.refuse(Reason::NotPinned { shown }))
            }
        }
    }

    fn pinned_leaf(&self, pins: &Pins) -> Judged {
        const NAME: &str = "pinned leaf alone";
        let leaf = match self.leaf() {
            Ok(leaf) => leaf,
            Err(rejection) => return Judged::fails(NAME, rejection),
        };
        match pins.pins().iter().find(|pin| pin.is_of(&leaf)) {
            Some(pin) => Judged::holds(NAME, format!("{pin}"), vec![shown_alone(&leaf)]),
            None => {
                let shown = vec![Pin::of_key(leaf.spki()).to_string()];
                Judged::fails(NAME, self.refuse(Reason::NotPinned { shown }))
            }
        }
    }

    fn logged(&mut self, logged: &Logged, around: &[Shown]) -> Judged {
        const NAME: &str = "logged";
        let leaf = match self.leaf() {
            Ok(leaf) => leaf,
            Err(rejection) => return Judged::fails(NAME, rejection),
        };
        let issuers = around.iter().map(|shown| shown.issuer_spki.as_deref());
        // Without any path, or by the path that explains most.
        let mut lack = None;
        let mut found = Vec::new();
        for issuer_spki in issuers {
            found = judge_scts(&SctRequest {
                leaf: &leaf,
                issuer_spki,
                tls: self.evidence.sct_list,
                staple: self.evidence.request.revocation.staple,
                logs: &logged.logs,
                now: self.evidence.request.now(),
            });
            lack = logged.policy.judge(&leaf, &found).err();
            if lack.is_none() {
                break;
            }
        }
        let count = found.iter().filter(|one| one.counts()).count();
        let judged = match lack {
            _ if around.is_empty() => Judged::fails(NAME, self.refuse(Reason::NoPath)),
            None => Judged::holds(NAME, format!("{count} SCTs count"), Vec::new()),
            Some(lack) => {
                let scts = found.clone();
                Judged::fails(NAME, self.refuse(Reason::NotLogged { lack, scts }))
            }
        };
        self.scts = found;
        judged
    }

    fn dane(&self, dane: &Dane) -> Judged {
        const NAME: &str = "DANE";
        if dane.records().all(|(_, usage)| usage.is_err()) {
            if dane.without() == WithoutRecords::Chain {
                return self.chain(None);
            }
            let dropped = dane.records().filter_map(|(record, usage)| {
                let why = usage.err()?;
                Some(format!("{record}: {why}"))
            });
            let dropped = dropped.collect();
            return Judged::fails(NAME, self.refuse(Reason::DaneUnusable { dropped }));
        }
        let leaf = match self.leaf() {
            Ok(leaf) => leaf,
            Err(rejection) => return Judged::fails(NAME, rejection),
        };
        // RFC 7671 s5.1: nothing but the record speaks for the certificate.
        if let Some(record) = dane.usable(Usage::DaneEe).find(|one| one.matches(&leaf)) {
            return Judged::holds(NAME, format!("{record}"), vec![shown_alone(&leaf)]);
        }
        match self.dane_by_path(dane, &leaf) {
            Ok((how, shown, verdict)) => Judged {
                verdict,
                ..Judged::holds(NAME, how, vec![shown])
            },
            Err(rejection) => Judged::fails(NAME, rejection),
        }
    }

    /// The usages that want a path: by the zone's own anchor, then by the request's.
    fn dane_by_path(
        &self,
        dane: &Dane,
        leaf: &Certificate<'_>,
    ) -> Result<(String, Shown, Option<Verdict>), Box<Rejection>> {
        let request = self.evidence.request;
        let roots = zone_anchors(dane, &request);
        let mut refused = None;
        if !roots.is_empty() {
            let by_zone = Request {
                roots: &roots,
                ..request
            };
            match verify(&by_zone) {
                Ok(verdict) => {
                    let how = "a record of usage 2 names the anchor".to_owned();
                    return Ok((how, shown(&by_zone, &verdict), None));
                }
                Err(rejection) => refused = Some(rejection),
            }
        }
        let own = dane.usable(Usage::PkixEe).find(|one| one.matches(leaf));
        let has_authority = dane.usable(Usage::PkixTa).next().is_some();
        if own.is_some() || has_authority {
            match verify(&request) {
                Ok(verdict) => {
                    let found = own.or_else(|| authority(dane, &request, &verdict));
                    if let Some(record) = found {
                        let shown = shown(&request, &verdict);
                        return Ok((format!("{record}"), shown, Some(verdict)));
                    }
                }
                Err(rejection) => refused = refused.or(Some(rejection)),
            }
        }
        Err(refused.unwrap_or_else(|| {
            let records = dane
                .records()
                .filter(|(_, usage)| usage.is_ok())
                .map(|(record, _)| record.to_string())
                .collect();
            self.refuse(Reason::DaneMismatch { records })
        }))
    }

    fn all(&mut self, list: &[Rule], around: &[Shown]) -> Judged {
        // What verifies a path comes before what judges one, and those of one turn see the same
        // paths, so that it is all one in which order the rule names them. The verdict keeps it.
        let mut judged: Vec<Option<Judged>> = list.iter().map(|_| None).collect();
        let mut seen = around.to_vec();
        for turn in [Turn::Path, Turn::Both, Turn::Condition] {
            let before = seen.clone();
            for (rule, slot) in list.iter().zip(&mut judged) {
                if turn_of(rule) == turn {
                    let one = self.judge(rule, &before);
                    seen.extend(one.shown.iter().cloned());
                    *slot = Some(one);
                }
            }
        }
        let mut judged: Vec<_> = judged.into_iter().flatten().collect();
        // That a condition has no path says less than why there is none.
        let says_why = |one: &&mut Judged| !matches!(one.part.outcome, Err(Reason::NoPath));
        let mut told = judged.iter_mut().filter(says_why);
        let told = told.find_map(|one| one.rejection.take());
        let rejection = told.or_else(|| judged.iter_mut().find_map(|one| one.rejection.take()));
        let verdict = judged.iter_mut().find_map(|one| one.verdict.take());
        let outcome = match &rejection {
            None => Ok("every part does".to_owned()),
            Some(rejection) => Err(rejection.reason().clone()),
        };
        let shown = judged
            .iter_mut()
            .flat_map(|one| one.shown.drain(..))
            .collect();
        Judged {
            part: Part {
                name: "all",
                outcome,
                parts: judged.into_iter().map(|one| one.part).collect(),
            },
            shown,
            verdict,
            rejection,
        }
    }

    fn any_of(&mut self, list: &[Rule], around: &[Shown]) -> Judged {
        let mut judged: Vec<_> = list.iter().map(|rule| self.judge(rule, around)).collect();
        let verdict = judged
            .iter_mut()
            .filter(|one| one.part.holds())
            .find_map(|one| one.verdict.take());
        let holding = judged.iter().filter(|one| one.part.holds()).count();
        let shown = judged
            .iter_mut()
            .filter(|one| one.part.holds())
            .flat_map(|one| one.shown.drain(..))
            .collect();
        let rejection = (holding == 0).then(|| {
            let parts = judged.iter().map(|one| {
                let reason = one.part.outcome.as_ref().err();
                let reason = reason.map_or(String::new(), ToString::to_string);
                format!("{}: {reason}", one.part.name)
            });
            self.refuse(Reason::NothingHolds {
                parts: parts.collect(),
            })
        });
        let outcome = match &rejection {
            None => Ok(format!("{holding} of {}", judged.len())),
            Some(rejection) => Err(rejection.reason().clone()),
        };
        Judged {
            part: Part {
                name: "any of",
                outcome,
                parts: judged.into_iter().map(|one| one.part).collect(),
            },
            shown,
            verdict,
            rejection,
        }
    }
}

/// The record of usage 0 that means an authority of the path.
fn authority<'d>(dane: &'d Dane, request: &Request<'_>, verdict: &Verdict) -> Option<&'d Tlsa> {
    let above = verdict.path().iter().skip(1);
    let sent: Vec<_> = above
        .filter_map(|place| Certificate::parse(request.chain.get(*place)?).ok())
        .collect();
    let anchor = request.roots.anchor(verdict.anchor());
    let (_, anchor_key) = request.roots.name_and_key(verdict.anchor()).unzip();
    // A pin is no authority: it vouches for itself alone.
    let is_pin = anchor.is_some_and(|anchor| request.chain.first() == Some(&anchor.as_ref()));
    dane.usable(Usage::PkixTa).find(|record| {
        let of_anchor = match record.selector {
            0 => anchor.is_some_and(|der| record.matches_selected(der)),
            _ => anchor_key.is_some_and(|spki| record.matches_selected(spki)),
        };
        of_anchor && !is_pin || sent.iter().any(|one| record.matches(one))
    })
}

/// The anchors that records of usage 2 mean: certificates that the peer sent, or that stand in the
/// record whole; and keys that do, under every name that issued something here (RFC 7671 s5.2).
fn zone_anchors(dane: &Dane, request: &Request<'_>) -> Roots {
    let mut roots = Roots::new();
    let leaf = request.chain.first();
    let sent: Vec<_> = request
        .chain
        .iter()
        .filter_map(|der| Certificate::parse(der).ok())
        .collect();
    for record in dane.usable(Usage::DaneTa) {
        let others = sent.iter().filter(|one| Some(&one.der()) != leaf);
        for certificate in others.filter(|one| record.matches(one)) {
            // It was read before.
            let _ = roots.add(certificate.der().to_vec().into());
        }
        match (record.selector, record.matching) {
            // A record that holds no certificate means none.
            (0, 0) if leaf != Some(&record.data.as_slice()) => {
                let _ = roots.add(record.data.clone().into());
            }
            (1, 0) => {
                for one in sent.iter().take(MAX_ISSUERS) {
                    let _ = roots.add_key(one.issuer().der(), &record.data, None);
                }
            }
            _ => {}
        }
    }
    roots
}

/// The certificates of a path that holds.
fn shown(request: &Request<'_>, verdict: &Verdict) -> Shown {
    let place_of = |place: &usize| {
        let certificate = Certificate::parse(request.chain.get(*place)?).ok()?;
        Some((Place::Sent(*place), certificate))
    };
    let sent: Vec<_> = verdict.path().iter().filter_map(place_of).collect();
    let mut members: Vec<_> = sent.iter().map(|(at, one)| Member::of(*at, one)).collect();
    let mut issuer_spki = sent.get(1).map(|(_, one)| one.spki().to_vec());
    let anchor = verdict.anchor();
    if let Some((_, spki)) = request.roots.name_and_key(anchor) {
        let der = request.roots.anchor(anchor);
        members.push(Member {
            place: Place::Anchor(anchor),
            certificate: der.map(|der| Pin::of_certificate(der)),
            key: Pin::of_key(spki),
        });
        issuer_spki = issuer_spki.or_else(|| Some(spki.to_vec()));
    }
    Shown {
        members,
        issuer_spki,
    }
}

/// The peer's own certificate, where no path was asked for.
fn shown_alone(leaf: &Certificate<'_>) -> Shown {
    Shown {
        members: vec![Member::of(Place::Sent(0), leaf)],
        issuer_spki: None,
    }
}

/// Under how many names a key of the zone's is tried.
const MAX_ISSUERS: usize = 16;
