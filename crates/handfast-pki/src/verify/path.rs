//! Paths from the leaf to an anchor, found depth first with backtracking (RFC 4158).

use crate::certificate::Certificate;
use crate::verify::budget::{Budget, Exceeded};
use crate::verify::issuance::{self, Role};
use crate::verify::issuer::{self, Broken};
use crate::verify::reason::Reason;
use crate::verify::rejection::{Place, Searched};
use crate::verify::request::Request;
use smallvec::SmallVec;

/// A path that holds.
pub(crate) struct Found {
    pub(crate) path: Path,
    pub(crate) anchor: usize,
}

/// Why a path does not hold, and where.
#[derive(Clone, Debug)]
pub(crate) struct Failure {
    pub(crate) place: Place,
    pub(crate) subject: String,
    pub(crate) reason: Reason,
}

impl Failure {
    pub(crate) fn at(place: Place, certificate: &Certificate<'_>, reason: Reason) -> Self {
        Self {
            place,
            subject: certificate.subject().to_string(),
            reason,
        }
    }
}

/// The search for one path.
pub(crate) struct Search<'r> {
    request: &'r Request<'r>,
    /// What the peer sent; the leaf is the first, what cannot be read is `None`.
    sent: SmallVec<[Option<Certificate<'r>>; 4]>,
    budget: Budget,
    /// The failure that got furthest, and how far.
    best: Option<(usize, Failure)>,
}

/// The certificates climbed so far, as indices into what was sent; in place for as many
/// as paths have.
pub(crate) type Path = SmallVec<[usize; 8]>;

impl<'r> Search<'r> {
    pub(crate) fn new(request: &'r Request<'r>, leaf: &Certificate<'r>) -> Self {
        let others = request.chain.iter().skip(1);
        let mut sent = SmallVec::new();
        sent.push(Some(leaf.clone()));
        sent.extend(others.map(|der| Certificate::parse(der).ok()));
        Self {
            request,
            sent,
            budget: Budget::new(request.policy.limits),
            best: None,
        }
    }

    /// Finds a path that holds.
    pub(crate) fn run(&mut self) -> Result<Found, Failure> {
        if let Some(anchor) = self.pinned() {
            let path = SmallVec::from_slice(&[0]);
            return Ok(Found { path, anchor });
        }
        self.check_leaf()?;
        let mut path = SmallVec::from_slice(&[0]);
        match self.climb(&mut path) {
            Ok(Some(anchor)) => Ok(Found { path, anchor }),
            Ok(None) => Err(self.take_best()),
            Err(exceeded) => Err(self.failure(0, Reason::BudgetExceeded(exceeded))),
        }
    }

    /// Remembers the signatures of a path that holds, where one was new.
    pub(crate) fn learn(&self, found: &Found) {
        let Some(facts) = self.request.facts else {
            return;
        };
        if self.budget.used().signatures == 0 {
            return;
        }
        let path: Vec<_> = found
            .path
            .iter()
            .filter_map(|place| self.certificate(Some(place)))
            .collect();
        for pair in path.windows(2) {
            if let [child, issuer] = pair {
                facts.learn(child, issuer);
            }
        }
        let anchor = self.request.roots.anchor(found.anchor);
        let anchor = anchor.and_then(|der| Certificate::parse(der).ok());
        if let (Some(last), Some(anchor)) = (path.last(), &anchor)
            && last.der() != anchor.der()
        {
            facts.learn(last, anchor);
        }
    }

    /// The certificates of a path that holds, from the peer's own to the anchor; a pin is both.
    pub(crate) fn members(&self, found: &Found) -> Vec<Certificate<'r>> {
        let places = found.path.iter();
        let mut members: Vec<_> = places
            .filter_map(|place| self.certificate(Some(place)))
            .collect();
        let anchor = self.request.roots.anchor(found.anchor);
        let anchor = anchor.and_then(|der| Certificate::parse(der).ok());
        let pinned = |anchor: &Certificate<'_>| {
            members
                .last()
                .is_some_and(|last| last.der() == anchor.der())
        };
        members.extend(anchor.filter(|anchor| !pinned(anchor)));
        members
    }

    /// Whether the path binds its server to staple an OCSP response: an authority's tlsFeature
    /// binds those below it (RFC 7633 s4.2.2).
    pub(crate) fn must_staple(&self, found: &Found) -> bool {
        let sent = found.path.iter().flat_map(|place| self.sent.get(*place));
        sent.flatten()
            .any(|one| one.extensions.tls_features.must_staple())
    }

    fn check_leaf(&self) -> Result<(), Failure> {
        let Some(leaf) = self.certificate(Some(&0)) else {
            return Ok(());
        };
        issuance::check(&leaf, Role::Leaf, self.request.policy.rules)
            .map_err(|reason| Failure::at(Place::Sent(0), &leaf, reason))
    }

    /// What was looked at.
    pub(crate) fn searched(&self) -> Searched {
        let used = self.budget.used();
        Searched {
            anchors: self.request.roots.len(),
            sent: self.sent.len(),
            unreadable: self.sent.iter().filter(|one| one.is_none()).count(),
            signatures: used.signatures,
            steps: used.steps,
        }
    }

    /// The anchor that is the leaf itself, to the last byte: a pin says all there is to say about
    /// who issued it.
    fn pinned(&self) -> Option<usize> {
        let leaf = self.sent.first()?.as_ref()?;
        let mut same_name = self.request.roots.named(leaf.subject());
        same_name
            .find(|(_, der)| *der == leaf.der())
            .map(|(index, _)| index)
    }

    /// Climbs from the last certificate of `path`; gives the anchor that was reached.
    fn climb(&mut self, path: &mut Path) -> Result<Option<usize>, Exceeded> {
        let Some(child) = self.certificate(path.last()) else {
            return Ok(None);
        };
        let before = self.best.as_ref().map(|(depth, _)| *depth);
        if let Some(anchor) = self.try_anchors(path, &child)? {
            return Ok(Some(anchor));
        }
        // Those whose key identifier agrees come first: it is a hint, never a proof.
        for agrees in [true, false] {
            for index in 1..self.sent.len() {
                self.budget.step()?;
                if !self.is_candidate(path, index, &child, agrees) {
                    continue;
                }
                if self.accept_sent(path, index)? {
                    path.push(index);
                    if let Some(anchor) = self.climb(path)? {
                        return Ok(Some(anchor));
                    }
                    path.pop();
                }
            }
        }
        let after = self.best.as_ref().map(|(depth, _)| *depth);
        if before == after {
            self.note_dead_end(path, &child);
        }
        Ok(None)
    }

    fn try_anchors(
        &mut self,
        path: &Path,
        child: &Certificate<'r>,
    ) -> Result<Option<usize>, Exceeded> {
        let request = self.request;
        for (index, der) in request.roots.named(child.issuer()) {
            self.budget.step()?;
            // Anchors were read when they were added; reading one again costs less than keeping a
            // view beside its bytes.
            let Ok(anchor) = Certificate::parse(der) else {
                continue;
            };
            if self.accept(path, Place::Anchor(index), &anchor)? {
                return Ok(Some(index));
            }
        }
        Ok(None)
    }

    /// Whether the certificate at `index` bears the issuer's name and is not on the path yet.
    fn is_candidate(
        &self,
        path: &Path,
        index: usize,
        child: &Certificate<'_>,
        agrees: bool,
    ) -> bool {
        let Some(Some(issuer)) = self.sent.get(index) else {
            return false;
        };
        // RFC 4158 s5.2: the same name and key twice is a loop.
        let same = |place: &usize| match self.sent.get(*place) {
            Some(Some(one)) => one.subject() == issuer.subject() && one.spki() == issuer.spki(),
            _ => true,
        };
        issuer.subject() == child.issuer()
            && key_identifiers_agree(child, issuer) == agrees
            && !path.iter().any(same)
    }

    fn accept_sent(&mut self, path: &Path, index: usize) -> Result<bool, Exceeded> {
        let Some(Some(issuer)) = self.sent.get(index) else {
            return Ok(false);
        };
        let issuer = issuer.clone();
        let limit = self.request.policy.intermediates_max;
        let above = usize::from(!issuer.is_self_issued());
        let too_long = issuer::intermediates(&self.certificates(path)) + above > limit
            || path.len() > limit.saturating_mul(2).saturating_add(1);
        if too_long {
            let reason = Reason::PathTooLong { limit };
            self.note(path.len(), Place::Sent(index), &issuer, reason);
            return Ok(false);
        }
        self.accept(path, Place::Sent(index), &issuer)
    }

    /// Checks one link; a broken one is noted.
    fn accept(
        &mut self,
        path: &Path,
        place: Place,
        issuer: &Certificate<'_>,
    ) -> Result<bool, Exceeded> {
        let mut budget = self.budget.clone();
        let below = self.certificates(path);
        let role = match place {
            Place::Sent(_) => Role::Intermediate,
            Place::Anchor(_) => Role::Anchor,
        };
        let checked = issuance::check(issuer, role, self.request.policy.rules)
            .map_err(Broken::Issuer)
            .and_then(|()| issuer::check(self.request, &below, issuer, &mut budget));
        drop(below);
        self.budget = budget;
        match checked {
            Ok(()) => return Ok(true),
            Err(Broken::Budget(exceeded)) => return Err(exceeded),
            Err(Broken::Issuer(reason)) => self.note(path.len(), place, issuer, reason),
            Err(Broken::Child(reason)) => {
                if let Some(child) = self.certificate(path.last()) {
                    let place = Place::Sent(path.last().copied().unwrap_or(0));
                    self.note(path.len(), place, &child, reason);
                }
            }
        }
        Ok(false)
    }

    /// Keeps the failure that got furthest; of two, the first, unless it was a signature of
    /// another key under the same name, which explains least.
    /// Only what is kept is put into words: a hostile chain fails a hundred thousand times.
    fn note(&mut self, depth: usize, place: Place, about: &Certificate<'_>, reason: Reason) {
        let better = match &self.best {
            None => true,
            Some((best, kept)) => {
                depth > *best || depth == *best && kept.reason == Reason::BadSignature
            }
        };
        if better {
            self.best = Some((depth, Failure::at(place, about, reason)));
        }
    }

    /// No certificate bears the issuer's name.
    fn note_dead_end(&mut self, path: &Path, child: &Certificate<'_>) {
        let reason = if child.is_self_issued() {
            Reason::SelfSigned
        } else {
            let issuer = child.issuer().to_string();
            Reason::UnknownIssuer { issuer }
        };
        let place = Place::Sent(path.last().copied().unwrap_or(0));
        self.note(path.len(), place, child, reason);
    }

    fn take_best(&mut self) -> Failure {
        match self.best.take() {
            Some((_, failure)) => failure,
            None => {
                let issuer = String::new();
                self.failure(0, Reason::UnknownIssuer { issuer })
            }
        }
    }

    fn failure(&self, index: usize, reason: Reason) -> Failure {
        let subject = self
            .certificate(Some(&index))
            .map(|one| one.subject().to_string());
        Failure {
            place: Place::Sent(index),
            subject: subject.unwrap_or_default(),
            reason,
        }
    }

    fn certificate(&self, index: Option<&usize>) -> Option<Certificate<'r>> {
        self.sent.get(*index?)?.clone()
    }

    fn certificates(&self, path: &Path) -> SmallVec<[&Certificate<'r>; 8]> {
        path.iter()
            .filter_map(|index| self.sent.get(*index)?.as_ref())
            .collect()
    }
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
