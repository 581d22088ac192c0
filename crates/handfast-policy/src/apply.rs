//! From what was meant to what a config can hold.

use crate::allowance::Allowance;
use crate::dropped::{Dropped, Item, Reason};
use crate::kind::{is_anonymous, is_tls13};
use crate::openssl::edition::Edition;
use crate::openssl::level::{
    group_bits, is_below_level, is_version_below_level, level_bits, scheme_bits,
};
use crate::settings::{Ranked, Settings};
use core::fmt;
use handfast::config::Common;
use handfast::{CipherSuite, NamedGroup, ProtocolVersion, SignatureScheme};

/// All that was named of one kind drops out, so that there is nothing to offer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NothingLeft {
    /// What of: `suites`, `groups`, `signature schemes` or `versions`.
    pub of: &'static str,
    /// What dropped out, in the order named.
    pub dropped: Vec<Dropped>,
}

impl NothingLeft {
    /// The strictest allowance under which something would be left.
    #[must_use]
    pub fn needs(&self) -> Option<Allowance> {
        let needs = self.dropped.iter().filter_map(|one| match one.reason {
            Reason::Needs(allowance) => Some(allowance),
            _ => None,
        });
        needs.min()
    }
}

impl fmt::Display for NothingLeft {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "nothing is left of the {} that are named", self.of)
    }
}

impl core::error::Error for NothingLeft {}

impl Settings {
    /// What can be had under `allowance` and at the security level: the rest moves to
    /// [`Settings::dropped`]. What only [`Allowance::Museum`] lets in stands last, in the order given;
    /// anonymous suites stay only where each was named by itself.
    #[must_use]
    pub fn fit(&self, allowance: Allowance) -> Self {
        let mut sieve = Sieve {
            allowance,
            level: self.security_level.unwrap_or(0),
            dropped: self.dropped.clone(),
        };
        Self {
            versions: self
                .versions
                .as_ref()
                .map(|versions| sieve.versions(versions)),
            suites: self.suites.as_ref().map(|suites| sieve.suites(suites)),
            tls13_suites: self.tls13_suites.as_ref().map(|suites| {
                let mut suites = suites.clone();
                suites.retain(|suite| sieve.has_suite(*suite));
                suites
            }),
            groups: self
                .groups
                .as_ref()
                .map(|groups| kept(groups, |one| sieve.has_group(one.item))),
            key_shares: self.key_shares.as_ref().map(|shares| {
                let mut shares = shares.clone();
                shares.retain(|one| Allowance::for_group(*one).is_some());
                shares
            }),
            schemes: self.schemes.as_ref().map(|schemes| sieve.schemes(schemes)),
            security_level: self.security_level,
            dropped: sieve.dropped,
        }
    }

    /// Puts what can be had into a config, under the policy of `obsolete` that the config has, and
    /// tells what drops out. What was not spoken of stays as it is: among them the suites of TLS 1.3
    /// where only older ones were named.
    ///
    /// # Errors
    /// [`NothingLeft`] where all that was named of one kind drops out; the config is untouched.
    pub fn apply(&self, common: &mut Common) -> Result<Vec<Dropped>, NothingLeft> {
        let meant = self.with_level_over(common);
        let fitted = meant.fit(Allowance::of(common));
        let lost =
            |before: Option<usize>, after: Option<usize>| before > Some(0) && after == Some(0);
        let lists = [
            (
                "versions",
                lost(len(&meant.versions), len(&fitted.versions)),
            ),
            ("suites", lost(len(&meant.suites), len(&fitted.suites))),
            (
                "suites of TLS 1.3",
                lost(len(&meant.tls13_suites), len(&fitted.tls13_suites)),
            ),
            ("groups", lost(len(&meant.groups), len(&fitted.groups))),
            (
                "signature schemes",
                lost(len(&meant.schemes), len(&fitted.schemes)),
            ),
        ];
        if let Some((of, _)) = lists.into_iter().find(|(_, is_lost)| *is_lost) {
            return Err(NothingLeft {
                of,
                dropped: fitted.dropped,
            });
        }
        if let Some(versions) = fitted.versions {
            common.versions = versions;
        }
        if let Some(groups) = fitted.groups {
            common.groups = groups.into_iter().map(|one| one.item).collect();
        }
        if let Some(schemes) = fitted.schemes {
            common.schemes = schemes;
        }
        let (newer, older): (Vec<_>, Vec<_>) = common
            .suites
            .iter()
            .copied()
            .partition(|suite| is_tls13(*suite));
        if let Some(suites) = &fitted.suites {
            let is_newer = |set: &Vec<_>| set.iter().all(|suite| is_tls13(*suite));
            common.equal_suites.retain(is_newer);
            common.equal_suites.extend(equal(suites));
        }
        if fitted.tls13_suites.is_some() {
            let is_older = |set: &Vec<_>| !set.iter().all(|suite| is_tls13(*suite));
            common.equal_suites.retain(is_older);
        }
        let named = fitted
            .suites
            .map(|suites| suites.iter().map(|one| one.item).collect());
        common.suites = fitted.tls13_suites.unwrap_or(newer);
        common.suites.extend(named.unwrap_or(older));
        Ok(fitted.dropped)
    }
}

impl Settings {
    /// A security level holds for what the config names by itself, too.
    fn with_level_over(&self, common: &Common) -> Self {
        let mut settings = self.clone();
        if self.security_level.is_some() {
            let newer = common
                .suites
                .iter()
                .copied()
                .filter(|suite| is_tls13(*suite));
            settings.tls13_suites.get_or_insert_with(|| newer.collect());
            settings
                .versions
                .get_or_insert_with(|| common.versions.clone());
            settings
                .groups
                .get_or_insert_with(|| Ranked::each(&common.groups));
            settings
                .schemes
                .get_or_insert_with(|| common.schemes.clone());
        }
        settings
    }
}

/// The sets that rank equal, each of two or more.
fn equal(suites: &[Ranked<CipherSuite>]) -> Vec<Vec<CipherSuite>> {
    let sets = suites.chunk_by(|_, next| next.as_before);
    let sets = sets.filter(|set| set.len() > 1);
    sets.map(|set| set.iter().map(|one| one.item).collect())
        .collect()
}

fn len<T>(list: &Option<Vec<T>>) -> Option<usize> {
    list.as_ref().map(Vec::len)
}

/// What lets through what can be had, and keeps what it stops.
struct Sieve {
    allowance: Allowance,
    level: u8,
    dropped: Vec<Dropped>,
}

impl Sieve {
    fn versions(&mut self, versions: &[ProtocolVersion]) -> Vec<ProtocolVersion> {
        let versions = versions.iter().copied();
        let fitting = versions.filter(|one| {
            let needs = Allowance::for_version(*one);
            let is_below = is_version_below_level(*one, self.level);
            self.lets_through(Item::Version(*one), needs, is_below)
        });
        fitting.collect()
    }

    fn suites(&mut self, suites: &[Ranked<CipherSuite>]) -> Vec<Ranked<CipherSuite>> {
        let fitting = kept(suites, |one| {
            let is_meant = one.by_name || !is_anonymous(one.item);
            if !is_meant && Allowance::for_suite(one.item).is_some() {
                return self.stop(Item::Suite(one.item), Reason::Anonymous);
            }
            self.has_suite(one.item)
        });
        let is_museums =
            |one: &Ranked<CipherSuite>| Allowance::for_suite(one.item) == Some(Allowance::Museum);
        let mut ordered = kept(&fitting, |one| !is_museums(one));
        ordered.extend(kept(&fitting, is_museums));
        ordered
    }

    fn has_suite(&mut self, suite: CipherSuite) -> bool {
        let is_below = is_below_level(suite, self.level, Edition::default());
        self.lets_through(Item::Suite(suite), Allowance::for_suite(suite), is_below)
    }

    fn has_group(&mut self, group: NamedGroup) -> bool {
        let is_below = group_bits(group) < level_bits(self.level);
        self.lets_through(Item::Group(group), Allowance::for_group(group), is_below)
    }

    fn schemes(&mut self, schemes: &[SignatureScheme]) -> Vec<SignatureScheme> {
        let fitting = schemes.iter().copied().filter(|one| {
            let is_below = scheme_bits(*one) < level_bits(self.level);
            self.lets_through(Item::Scheme(*one), Allowance::for_scheme(*one), is_below)
        });
        fitting.collect()
    }

    fn lets_through(&mut self, item: Item, needs: Option<Allowance>, is_below: bool) -> bool {
        match needs {
            None => self.stop(item, Reason::NotImplemented),
            Some(_) if is_below => self.stop(item, Reason::SecurityLevel(self.level)),
            Some(needs) if needs > self.allowance => self.stop(item, Reason::Needs(needs)),
            Some(_) => true,
        }
    }

    fn stop(&mut self, item: Item, reason: Reason) -> bool {
        self.dropped.push(Dropped { item, reason });
        false
    }
}

/// Those that fit; what ranked as high as one that does not still ranks as high as what was before.
fn kept<T: Copy>(all: &[Ranked<T>], mut fits: impl FnMut(&Ranked<T>) -> bool) -> Vec<Ranked<T>> {
    let mut kept: Vec<Ranked<T>> = Vec::new();
    let mut in_rank = false;
    for one in all {
        in_rank &= one.as_before;
        if fits(one) {
            kept.push(Ranked {
                as_before: in_rank,
                ..*one
            });
            in_rank = true;
        }
    }
    kept
}

#[cfg(test)]
mod tests;
