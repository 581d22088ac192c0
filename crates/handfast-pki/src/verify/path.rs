//! Paths from the leaf to an anchor, found depth first with backtracking (RFC 4158).
//!
//! A path that ends at an anchor is judged whole, for revocation; where it does not hold, the search
//! goes on. One budget holds for all of it.

use crate::certificate::Certificate;
use crate::distinguished_name::DistinguishedName;
use crate::extension::tls_feature::TlsFeatures;
use crate::roots::Anchor;
use crate::verify::budget::{Budget, Exceeded};
use crate::verify::facts::Fact;
use crate::verify::issuance::{self, Role};
use crate::verify::issuer::{self, Broken, Link};
use crate::verify::place::Place;
use crate::verify::policies::{self, Policies};
use crate::verify::reason::Reason;
use crate::verify::rejection::Searched;
use crate::verify::request::Request;
use crate::verify::revocation::{Finding, Mode, check};
use crate::verify::tried::{Path, PathMember, Tried, TriedPath};
use smallvec::SmallVec;
use std::ops::Range;

/// A path that holds.
pub(crate) struct Found {
    pub(crate) path: Path,
    pub(crate) anchor: usize,
    pub(crate) policies: Policies,
    pub(crate) revocation: Vec<Finding>,
}

/// Why a path does not hold, and where.
#[derive(Clone, Debug)]
pub(crate) struct Failure {
    pub(crate) place: Place,
    pub(crate) reason: Reason,
}

/// What is searched.
pub(crate) struct Search<'r> {
    request: &'r Request<'r>,
    /// What the peer sent; the leaf is the first, what cannot be read is `None`.
    sent: SmallVec<[Option<Certificate<'r>>; 4]>,
    /// The places in `sent` of all that may be issuers, by subject and then as sent.
    by_subject: SmallVec<[usize; 4]>,
}

/// How far a search has come.
pub(crate) struct Progress {
    budget: Budget,
    tried: Tried,
    path: Path,
    /// The signatures up to the path's last certificate that were not known yet.
    new: SmallVec<[Option<Fact>; 8]>,
    /// Whether each of those sent may be an issuer at all, once it was asked.
    authorities: SmallVec<[Option<bool>; 4]>,
    /// Whether a whole path was judged before.
    judged: bool,
}

/// Why the whole search ends without a path.
enum Stop {
    Budget(Exceeded),
    /// The peer's own certificate is revoked, for this reason: its issuer's key has said so, on
    /// whatever path.
    Revoked(Reason),
}

impl From<Exceeded> for Stop {
    fn from(exceeded: Exceeded) -> Self {
        Self::Budget(exceeded)
    }
}

impl<'r> Search<'r> {
    pub(crate) fn new(request: &'r Request<'r>, leaf: &Certificate<'r>) -> Self {
        let others = request.chain.iter().skip(1);
        let mut sent = SmallVec::with_capacity(request.chain.len());
        sent.push(Some(leaf.clone()));
        sent.extend(others.map(|der| Certificate::parse(der).ok()));
        let readable = |place: &usize| matches!(sent.get(*place), Some(Some(_)));
        let by_subject = (1..sent.len()).filter(readable).collect();
        let mut search = Self {
            request,
            sent,
            by_subject,
        };
        let mut by_subject = std::mem::take(&mut search.by_subject);
        by_subject.sort_unstable_by_key(|place| (search.subject(*place), *place));
        search.by_subject = by_subject;
        search
    }

    pub(crate) fn progress(&self) -> Progress {
        Progress {
            budget: Budget::new(self.request.policy.limits),
            tried: Tried::default(),
            path: Path::new(),
            new: SmallVec::new(),
            authorities: SmallVec::from_elem(None, self.sent.len()),
            judged: false,
        }
    }

    /// Finds a path that holds.
    pub(crate) fn run(&self, progress: &mut Progress) -> Result<Found, Failure> {
        progress.path.push(0);
        // The rule set holds for a certificate that is trusted by itself, too.
        self.check_leaf()?;
        if let Some(anchor) = self.pinned() {
            return Ok(Found {
                path: progress.path.clone(),
                anchor,
                policies: Policies::default(),
                revocation: Vec::new(),
            });
        }
        let failure = |reason| {
            let place = Place::Sent(0);
            Failure { place, reason }
        };
        match self.climb(progress) {
            Ok(Some(found)) => Ok(found),
            Err(Stop::Budget(exceeded)) => Err(failure(Reason::BudgetExceeded(exceeded))),
            Err(Stop::Revoked(reason)) => Err(failure(reason)),
            Ok(None) => Err(match progress.tried.best() {
                Some(best) => Failure {
                    place: best.place,
                    reason: best.reason.clone(),
                },
                None => failure(Reason::UnknownIssuer {
                    issuer: String::new(),
                }),
            }),
        }
    }

    fn check_leaf(&self) -> Result<(), Failure> {
        let Some(leaf) = self.certificate(0) else {
            return Ok(());
        };
        let place = Place::Sent(0);
        issuance::check(leaf, Role::Leaf, self.request.policy.rules)
            .map_err(|reason| Failure { place, reason })
    }

    /// The anchor that is the leaf itself, to the last byte: a pin says all there is to say about
    /// who issued it.
    fn pinned(&self) -> Option<usize> {
        let leaf = self.certificate(0)?;
        let mut same_name = self.request.roots.named(leaf.subject());
        let pin = same_name.find(|(_, anchor)| {
            let der = anchor.certificate();
            der.is_some_and(|der| der.as_ref() == leaf.der())
        });
        pin.map(|(index, _)| index)
    }

    /// Climbs from the last certificate of the path.
    fn climb(&self, progress: &mut Progress) -> Result<Option<Found>, Stop> {
        let below = self.certificates(&progress.path);
        let Some(child) = below.last().copied() else {
            return Ok(None);
        };
        let mut any = false;
        for (index, anchor) in self.request.roots.named(child.issuer()) {
            any = true;
            if let Some(found) = self.try_anchor(progress, &below, index, anchor)? {
                return Ok(Some(found));
            }
        }
        let named = self.named(child.issuer());
        // Those whose key identifier agrees come first: it is a hint, never a proof.
        for agrees in [true, false] {
            for place in self.by_subject.get(named.clone()).unwrap_or_default() {
                let Some(issuer) = self.certificate(*place) else {
                    continue;
                };
                let compared = issuer.subject().der().len() + issuer.spki().len();
                progress.budget.step(compared * below.len())?;
                if key_identifiers_agree(child, issuer) != agrees || is_loop(&below, issuer) {
                    continue;
                }
                any = true;
                if let Some(found) = self.try_sent(progress, &below, *place, issuer)? {
                    return Ok(Some(found));
                }
            }
        }
        if any {
            return Ok(None);
        }
        if let Some(found) = self.climb_by_meaning(progress, &below, &mut any)? {
            return Ok(Some(found));
        }
        if !any {
            self.note_dead_end(progress, child);
        }
        Ok(None)
    }

    /// As [`Self::climb`], over those whose name is the issuer's in another encoding (RFC 5280
    /// s7.1): asked only where nobody bears it byte for byte, as s4.1.2.6 has authorities write it.
    fn climb_by_meaning(
        &self,
        progress: &mut Progress,
        below: &[&Certificate<'r>],
        any: &mut bool,
    ) -> Result<Option<Found>, Stop> {
        let Some(child) = below.last() else {
            return Ok(None);
        };
        let issuer = child.issuer();
        let same = |progress: &mut Progress, name: &DistinguishedName<'_>| {
            let compared = issuer.der().len().saturating_add(name.der().len());
            progress.budget.step(compared.saturating_mul(PREPARED))?;
            Ok::<_, Exceeded>(issuer.is_same(name))
        };
        for (subject, anchors) in self.request.roots.by_subject() {
            let Ok(name) = DistinguishedName::parse(subject) else {
                continue;
            };
            if !same(progress, &name)? {
                continue;
            }
            for (index, anchor) in anchors {
                *any = true;
                if let Some(found) = self.try_anchor(progress, below, index, anchor)? {
                    return Ok(Some(found));
                }
            }
        }
        for place in &self.by_subject {
            let Some(authority) = self.certificate(*place) else {
                continue;
            };
            if !same(progress, &authority.subject())? || is_loop(below, authority) {
                continue;
            }
            *any = true;
            if let Some(found) = self.try_sent(progress, below, *place, authority)? {
                return Ok(Some(found));
            }
        }
        Ok(None)
    }

    fn try_sent(
        &self,
        progress: &mut Progress,
        below: &[&Certificate<'r>],
        index: usize,
        issuer: &Certificate<'r>,
    ) -> Result<Option<Found>, Stop> {
        let place = Place::Sent(index);
        if !self.is_authority(progress, index, issuer) {
            return Ok(None);
        }
        let limit = self.request.policy.intermediates_max;
        let above = usize::from(!issuer.is_self_issued());
        if issuer::intermediates(below) + above > limit
            || below.len() > limit.saturating_mul(2).saturating_add(1)
        {
            let reason = Reason::PathTooLong { limit };
            note(progress, place, place, reason);
            return Ok(None);
        }
        let key = None;
        let link = Link {
            path: below,
            issuer,
            key,
        };
        let Some(new) = self.accept(progress, &link, place)? else {
            return Ok(None);
        };
        progress.path.push(index);
        progress.new.push(new);
        let found = self.climb(progress)?;
        progress.path.pop();
        progress.new.pop();
        Ok(found)
    }

    fn try_anchor(
        &self,
        progress: &mut Progress,
        below: &[&Certificate<'r>],
        index: usize,
        anchor: &'r Anchor,
    ) -> Result<Option<Found>, Stop> {
        // Anchors were read when they were added; reading one again costs less than keeping a
        // view beside its bytes.
        let Some(view) = anchor.view() else {
            return Ok(None);
        };
        progress.budget.step(view.der().len())?;
        let place = Place::Anchor(index);
        // RFC 5280 s6.1.1 (d): a name and a key have neither dates nor usages. The key is judged
        // here, since its signature may be known from a policy that accepts weaker ones.
        let authority = match anchor.certificate() {
            Some(_) => self.check_authority(&view, Role::Anchor),
            None => issuer::check_key(self.request, &view),
        };
        if let Err(reason) = authority {
            note(progress, place, place, reason);
            return Ok(None);
        }
        let link = Link {
            path: below,
            issuer: &view,
            key: anchor.key(&view),
        };
        let Some(new) = self.accept(progress, &link, place)? else {
            return Ok(None);
        };
        progress.new.push(new);
        let found = self.judge(progress, below, index, &view)?;
        progress.new.pop();
        Ok(found)
    }

    /// Checks one link; a broken one is noted.
    fn accept(
        &self,
        progress: &mut Progress,
        link: &Link<'_, '_>,
        place: Place,
    ) -> Result<Option<Option<Fact>>, Exceeded> {
        match issuer::check_link(self.request, link, &mut progress.budget) {
            Ok(new) => return Ok(Some(new)),
            Err(Broken::Budget(exceeded)) => return Err(exceeded),
            Err(Broken::Issuer(reason)) => note(progress, place, place, reason),
            Err(Broken::Child(reason)) => {
                let child = Place::Sent(progress.path.last().copied().unwrap_or(0));
                note(progress, place, child, reason);
            }
        }
        Ok(None)
    }

    /// Judges a path that ended at an anchor as a whole.
    fn judge(
        &self,
        progress: &mut Progress,
        below: &[&Certificate<'r>],
        index: usize,
        anchor: &Certificate<'r>,
    ) -> Result<Option<Found>, Stop> {
        let mut above = progress.path.iter().skip(1);
        if above.any(|place| progress.authorities.get(*place) == Some(&Some(false))) {
            // A certificate was found revoked below another anchor.
            return Ok(None);
        }
        if let Some(facts) = self.request.facts {
            let new = progress.new.iter().flatten();
            new.for_each(|fact| facts.learn(*fact));
        }
        let inputs = &self.request.policy.policies;
        let policies = match policies::check(inputs, below, anchor, &mut progress.budget) {
            Ok(policies) => policies,
            Err(policies::broken::Broken::Budget(exceeded)) => return Err(exceeded.into()),
            Err(policies::broken::Broken::At(depth, reason)) => {
                let place = Place::Sent(progress.path.get(depth).copied().unwrap_or(0));
                let path = &progress.path;
                let anchor = Place::Anchor(index);
                progress.tried.note_whole(path, anchor, place, reason);
                return Ok(None);
            }
        };
        let revocation = match self.find_revoked(progress, below, anchor)? {
            Ok(findings) => findings,
            Err((place, reason)) => {
                let revoked = matches!(reason, Reason::Revoked { .. });
                let (path, anchor) = (&progress.path, Place::Anchor(index));
                let tried = &mut progress.tried;
                tried.note_whole(path, anchor, place, reason.clone());
                return match place {
                    Place::Sent(0) if revoked => Err(Stop::Revoked(reason)),
                    Place::Sent(place) if revoked => {
                        // No other path makes it good again.
                        if let Some(authority) = progress.authorities.get_mut(place) {
                            *authority = Some(false);
                        }
                        Ok(None)
                    }
                    _ => Ok(None),
                };
            }
        };
        Ok(Some(Found {
            path: progress.path.clone(),
            anchor: index,
            policies,
            revocation,
        }))
    }

    /// Asks whether the path's certificates were revoked, where anything is asked.
    fn find_revoked(
        &self,
        progress: &mut Progress,
        below: &[&Certificate<'r>],
        anchor: &Certificate<'r>,
    ) -> Result<Result<Vec<Finding>, (Place, Reason)>, Exceeded> {
        let revocation = &self.request.revocation;
        // RFC 7633 s4.2.2: an authority's tlsFeature binds those below it.
        let mut binding = below.iter().map(|one| &one.extensions.tls_features);
        let must_staple = revocation.staple_asked && binding.any(TlsFeatures::must_staple);
        if revocation.mode == Mode::Off && revocation.staple.is_none() && !must_staple {
            return Ok(Ok(Vec::new()));
        }
        // Paths whose signatures are known cost nothing else: they would not be bounded.
        if std::mem::replace(&mut progress.judged, true) {
            progress.budget.check_signature(1)?;
        }
        let mut members: Vec<_> = below.iter().copied().cloned().collect();
        members.push(anchor.clone());
        let budget = &mut progress.budget;
        let judged = check::check(self.request, &progress.path, &members, must_staple, budget);
        // A source that was not asked because the peer made others dear must not count as one that
        // had nothing to say.
        match progress.budget.exceeded() {
            Some(exceeded) if !is_revoked(&judged) => Err(exceeded),
            _ => Ok(judged),
        }
    }

    /// Whether one that the peer sent may be an issuer at all: asked once, and noted once if not.
    fn is_authority(
        &self,
        progress: &mut Progress,
        index: usize,
        issuer: &Certificate<'r>,
    ) -> bool {
        if let Some(known) = progress.authorities.get(index).copied().flatten() {
            return known;
        }
        let checked = self.check_authority(issuer, Role::Intermediate);
        if let Some(known) = progress.authorities.get_mut(index) {
            *known = Some(checked.is_ok());
        }
        match checked {
            Ok(()) => true,
            Err(reason) => {
                let place = Place::Sent(index);
                note(progress, place, place, reason);
                false
            }
        }
    }

    fn check_authority(&self, issuer: &Certificate<'r>, role: Role) -> Result<(), Reason> {
        issuance::check(issuer, role, self.request.policy.rules)?;
        issuer::check_authority(self.request, issuer, role)
    }

    /// Nobody bears the issuer's name.
    fn note_dead_end(&self, progress: &mut Progress, child: &Certificate<'_>) {
        let reason = if child.is_self_issued() {
            Reason::SelfSigned
        } else {
            let issuer = child.issuer().to_string();
            Reason::UnknownIssuer { issuer }
        };
        let place = Place::Sent(progress.path.last().copied().unwrap_or(0));
        progress.tried.note(&progress.path, None, place, reason);
    }

    /// What was looked at.
    pub(crate) fn searched(&self, progress: &Progress) -> Searched {
        let used = progress.budget.used();
        Searched {
            anchors: self.request.roots.len(),
            sent: self.sent.len(),
            unreadable: self.sent.iter().filter(|one| one.is_none()).count(),
            signatures: used.signatures,
            steps: used.steps,
        }
    }

    /// The paths that were kept, in words, and how many there were beside them.
    pub(crate) fn tried(&self, progress: &Progress) -> (Vec<TriedPath>, usize) {
        let kept = progress.tried.kept().iter();
        let told = kept.map(|broken| {
            let places = broken.path.iter().map(|place| Place::Sent(*place));
            let member = |place| PathMember {
                place,
                subject: self.subject_text(place),
            };
            TriedPath {
                certificates: places.chain(broken.tried).map(member).collect(),
                place: broken.place,
                reason: broken.reason.clone(),
            }
        });
        (told.collect(), progress.tried.more())
    }

    /// A certificate's subject in words.
    pub(crate) fn subject_text(&self, place: Place) -> String {
        let text = match place {
            Place::Sent(index) => self.certificate(index).map(|one| one.subject().to_string()),
            Place::Anchor(index) => {
                let view = self.request.roots.at(index).and_then(Anchor::view);
                view.map(|one| one.subject().to_string())
            }
        };
        text.unwrap_or_default()
    }

    /// Which of `by_subject` bear this name.
    fn named(&self, name: DistinguishedName<'_>) -> Range<usize> {
        let bears = |place: &usize, least: bool| {
            let subject = self.subject(*place);
            subject < name.der() || !least && subject == name.der()
        };
        let start = self.by_subject.partition_point(|place| bears(place, true));
        let end = self.by_subject.partition_point(|place| bears(place, false));
        start..end
    }

    fn subject(&self, place: usize) -> &'r [u8] {
        let subject = self.certificate(place).map(Certificate::subject);
        subject.map_or(&[], |subject| subject.der())
    }

    fn certificate(&self, place: usize) -> Option<&Certificate<'r>> {
        self.sent.get(place)?.as_ref()
    }

    fn certificates(&self, path: &Path) -> SmallVec<[&Certificate<'r>; 8]> {
        let places = path.iter();
        places
            .filter_map(|place| self.certificate(*place))
            .collect()
    }
}

/// How much dearer than comparing bytes it is to compare what they mean.
const PREPARED: usize = 16;

fn note(progress: &mut Progress, tried: Place, place: Place, reason: Reason) {
    progress
        .tried
        .note(&progress.path, Some(tried), place, reason);
}

fn is_revoked<T>(judged: &Result<T, (Place, Reason)>) -> bool {
    matches!(judged, Err((_, Reason::Revoked { .. })))
}

/// RFC 4158 s5.2: the same name and key twice is a loop.
fn is_loop(below: &[&Certificate<'_>], issuer: &Certificate<'_>) -> bool {
    let mut below = below.iter();
    below.any(|one| one.spki() == issuer.spki() && one.subject() == issuer.subject())
}

/// Whether the child's authorityKeyIdentifier is the issuer's subjectKeyIdentifier.
fn key_identifiers_agree(child: &Certificate<'_>, issuer: &Certificate<'_>) -> bool {
    match (
        child.extensions.authority_key_id,
        issuer.extensions.subject_key_id,
    ) {
        (Some(wanted), Some(own)) => wanted == own,
        _ => true,
    }
}
