//! The paths that were tried, and where each broke.

use crate::verify::place::Place;
use crate::verify::reason::Reason;
use smallvec::SmallVec;
use std::fmt;

/// The certificates climbed so far, as indices into what was sent; in place for as many
/// as paths have.
pub(crate) type Path = SmallVec<[usize; 8]>;

/// A path that was tried and does not hold.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TriedPath {
    pub(crate) certificates: Vec<PathMember>,
    pub(crate) place: Place,
    pub(crate) reason: Reason,
}

/// A certificate of a path.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PathMember {
    /// Where it came from.
    pub place: Place,
    /// Its subject in words.
    pub subject: String,
}

impl TriedPath {
    /// The certificates of the path, the peer's own first; the last is the one at which the search
    /// went no further.
    #[must_use]
    pub fn certificates(&self) -> &[PathMember] {
        &self.certificates
    }

    /// The last certificate that held, where another issuer of it might lead on.
    pub(crate) fn end(&self) -> Option<Place> {
        let mut upwards = self.certificates.iter().rev();
        match self.reason {
            Reason::UnknownIssuer { .. } => {}
            Reason::BadSignature | Reason::Expired { .. } | Reason::NotYetValid { .. } => {
                upwards.next();
            }
            _ => return None,
        }
        upwards.next().map(|member| member.place)
    }

    /// The certificate that broke a rule.
    #[must_use]
    pub fn place(&self) -> Place {
        self.place
    }

    /// Which rule it broke.
    #[must_use]
    pub fn reason(&self) -> &Reason {
        &self.reason
    }

    /// Where the rule stands.
    #[must_use]
    pub fn section(&self) -> &'static str {
        self.reason.row().section
    }
}

impl fmt::Display for TriedPath {
    /// As `0 > 2 > trusted 5: certificate 2 that the peer sent: …`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, member) in self.certificates.iter().enumerate() {
            let joint = if index == 0 { "" } else { " > " };
            match member.place {
                Place::Sent(index) => write!(f, "{joint}{index}")?,
                Place::Anchor(index) => write!(f, "{joint}trusted {index}")?,
            }
        }
        write!(f, ": {}: {}", self.place, self.reason)
    }
}

/// Paths beyond this many are counted, not kept: a hostile chain has a hundred thousand.
pub const KEPT_PATHS: usize = 16;

/// A failure as it is kept while the search goes on, without words.
pub(crate) struct Broken {
    /// The certificates that held, the leaf first.
    pub(crate) path: Path,
    /// The one that was tried above them, if one was.
    pub(crate) tried: Option<Place>,
    pub(crate) place: Place,
    pub(crate) reason: Reason,
    /// How far the path got.
    reach: usize,
}

/// The failures of a search.
#[derive(Default)]
pub(crate) struct Tried {
    kept: Vec<Broken>,
    count: usize,
    /// Which of those kept explains most.
    best: Option<usize>,
}

impl Tried {
    /// Takes a failure in: `place` broke a rule when `tried` was tried above `path`.
    pub(crate) fn note(&mut self, path: &Path, tried: Option<Place>, place: Place, reason: Reason) {
        self.enter(Broken {
            path: path.clone(),
            tried,
            place,
            reason,
            reach: path.len(),
        });
    }

    /// As [`Self::note`], for a path that ended at an anchor: none got further.
    pub(crate) fn note_whole(&mut self, path: &Path, anchor: Place, place: Place, reason: Reason) {
        self.enter(Broken {
            path: path.clone(),
            tried: Some(anchor),
            place,
            reason,
            reach: usize::MAX,
        });
    }

    /// The failure that got furthest explains most; of two, the first, unless it was a signature
    /// of another key under the same name.
    fn enter(&mut self, broken: Broken) {
        self.count = self.count.saturating_add(1);
        let best = self.best.and_then(|index| self.kept.get(index));
        let better = best.is_none_or(|best| {
            broken.reach > best.reach
                || broken.reach == best.reach && best.reason == Reason::BadSignature
        });
        if self.kept.len() < KEPT_PATHS {
            self.kept.push(broken);
        } else if better && let Some(last) = self.kept.last_mut() {
            *last = broken;
        } else {
            return;
        }
        if better {
            self.best = self.kept.len().checked_sub(1);
        }
    }

    /// The one that explains most.
    pub(crate) fn best(&self) -> Option<&Broken> {
        self.kept.get(self.best?)
    }

    /// Those that were kept, in the order tried.
    pub(crate) fn kept(&self) -> &[Broken] {
        &self.kept
    }

    /// How many there were beside those that were kept.
    pub(crate) fn more(&self) -> usize {
        self.count.saturating_sub(self.kept.len())
    }
}
