//! The policies that there are, by name.
//!
//! | family | what it follows |
//! |---|---|
//! | `handfast-modern` | what Handfast offers by itself |
//! | `fips-140-3` | algorithms that FIPS 140-3 approves; **not** a validated module |
//! | `cnsa-1.0`, `cnsa-2.0` | the NSA's Commercial National Security Algorithm Suites in TLS |
//! | `wpa3-enterprise-192` | the 192-bit mode of WPA3-Enterprise |
//! | `mozilla-modern`, `-intermediate`, `-old` | Mozilla's Server Side TLS |
//! | `boringssl-…` | what BoringSSL's compliance policies set |
//!
//! A dated name is for ever; a name without a date is the newest of its family.

mod boringssl;
mod cnsa;
mod fips;
mod handfast_modern;
mod mozilla;
mod wpa3;

#[cfg(feature = "legacy")]
pub use boringssl::CNSA1_202603 as BORINGSSL_CNSA1_202603;
pub use boringssl::{
    CNSA_202407 as BORINGSSL_CNSA_202407, CNSA2_202603 as BORINGSSL_CNSA2_202603,
    FIPS_202205 as BORINGSSL_FIPS_202205, WPA3_192_202304 as BORINGSSL_WPA3_192_202304,
};
pub use cnsa::{CNSA_1_0_2026_11, CNSA_2_0_2026_11};
pub use fips::FIPS_140_3_2026_11;
pub use handfast_modern::HANDFAST_MODERN_2026_11;
#[cfg(feature = "legacy")]
pub use mozilla::{
    MOZILLA_INTERMEDIATE_5_7_2023_05, MOZILLA_OLD_5_7_2023_05, MOZILLA_OLD_5_8_2026_04,
};
pub use mozilla::{
    MOZILLA_INTERMEDIATE_6_0_2026_04, MOZILLA_MODERN_5_7_2023_05, MOZILLA_MODERN_6_0_2026_04,
};
pub use wpa3::WPA3_ENTERPRISE_192_2026_11;

use crate::near::nearest;
use crate::policy::Policy;
use core::fmt;

/// All that this build has; those of one family from the oldest to the newest.
pub static ALL: &[&Policy] = &[
    &HANDFAST_MODERN_2026_11,
    &FIPS_140_3_2026_11,
    &CNSA_1_0_2026_11,
    &CNSA_2_0_2026_11,
    &WPA3_ENTERPRISE_192_2026_11,
    &MOZILLA_MODERN_5_7_2023_05,
    &MOZILLA_MODERN_6_0_2026_04,
    #[cfg(feature = "legacy")]
    &MOZILLA_INTERMEDIATE_5_7_2023_05,
    &MOZILLA_INTERMEDIATE_6_0_2026_04,
    #[cfg(feature = "legacy")]
    &MOZILLA_OLD_5_7_2023_05,
    #[cfg(feature = "legacy")]
    &MOZILLA_OLD_5_8_2026_04,
    &BORINGSSL_FIPS_202205,
    &BORINGSSL_WPA3_192_202304,
    &BORINGSSL_CNSA_202407,
    #[cfg(feature = "legacy")]
    &BORINGSSL_CNSA1_202603,
    &BORINGSSL_CNSA2_202603,
];

/// Names that a policy with the feature `legacy` goes by.
#[cfg(not(feature = "legacy"))]
const LEGACY: &[&str] = &[
    "mozilla-intermediate-5.7",
    "mozilla-intermediate-5.7-2023-05",
    "mozilla-old",
    "mozilla-old-5.7",
    "mozilla-old-5.7-2023-05",
    "mozilla-old-5.8",
    "mozilla-old-5.8-2026-04",
    "boringssl-cnsa1-202603",
    "cnsa1-202603",
];

/// The policy of this name: a dated name, another one that it goes by, or that of a family, which
/// means its newest. Case does not count.
///
/// ```
/// use handfast_policy::preset;
///
/// assert_eq!(preset::find("cnsa-2.0")?.name(), "cnsa-2.0-2026-11");
/// let unknown = preset::find("cnsa2").unwrap_err();
/// assert_eq!(unknown.nearest(), Some("cnsa-2.0"));
/// # Ok::<(), preset::NoPolicy>(())
/// ```
///
/// # Errors
/// [`NoPolicy`], with the nearest name that there is.
pub fn find(name: &str) -> Result<&'static Policy, NoPolicy> {
    let is = |other: &str| other.eq_ignore_ascii_case(name);
    let exact = |policy: &&&Policy| is(policy.name) || policy.aliases.iter().any(|one| is(one));
    let found = ALL.iter().find(exact);
    let newest = || ALL.iter().rev().find(|policy| is(policy.family));
    if let Some(policy) = found.or_else(newest) {
        return Ok(policy);
    }
    #[cfg(feature = "legacy")]
    let needs_legacy = false;
    #[cfg(not(feature = "legacy"))]
    let needs_legacy = LEGACY.iter().any(|one| is(one));
    Err(NoPolicy {
        name: name.chars().take(LONGEST_SHOWN).collect(),
        needs_legacy,
        nearest: begins_with(name).or_else(|| nearest(name, names())),
    })
}

/// Every name that [`find`] knows: families first, each before its dated names.
pub fn names() -> impl Iterator<Item = &'static str> {
    let family = |at: usize, policy: &Policy| {
        let before = at.checked_sub(1).and_then(|at| ALL.get(at));
        before
            .is_none_or(|before| before.family != policy.family)
            .then_some(policy.family)
    };
    ALL.iter().enumerate().flat_map(move |(at, policy)| {
        let own = core::iter::once(policy.name).chain(policy.aliases.iter().copied());
        family(at, policy).into_iter().chain(own)
    })
}

/// The first name that begins so, whatever stands between letters: `cnsa2` is `cnsa-2.0`.
fn begins_with(word: &str) -> Option<String> {
    let bare = |word: &str| -> String {
        let letters = word.chars().filter(|letter| letter.is_alphanumeric());
        letters.map(|letter| letter.to_ascii_lowercase()).collect()
    };
    let start = Some(word)
        .filter(|word| word.len() <= LONGEST_SHOWN)
        .map(bare)?;
    let mut names = names().filter(|name| start.len() >= 3 && bare(name).starts_with(&start));
    names.next().map(str::to_owned)
}

/// No policy has this name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NoPolicy {
    name: String,
    needs_legacy: bool,
    nearest: Option<String>,
}

impl NoPolicy {
    /// The nearest name that there is; nothing where none is near.
    #[must_use]
    pub fn nearest(&self) -> Option<&str> {
        self.nearest.as_deref()
    }
}

impl fmt::Display for NoPolicy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let name = self.name.escape_debug();
        if self.needs_legacy {
            return write!(
                f,
                "the policy {name} needs the feature `legacy`, without which this was built"
            );
        }
        write!(f, "no policy is named {name}")?;
        match &self.nearest {
            Some(nearest) => write!(f, "; the nearest name is {nearest}"),
            None => Ok(()),
        }
    }
}

impl core::error::Error for NoPolicy {}

/// Characters of an unknown name that are shown.
const LONGEST_SHOWN: usize = 64;

#[cfg(test)]
mod tests;
