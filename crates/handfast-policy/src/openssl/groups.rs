//! Lists of groups (`SSL_CTX_set1_groups_list`), as OpenSSL 3.5 reads them.

use crate::allowance::Allowance;
use crate::bad_string::{BadString, Fault};
use crate::dropped::{Dropped, Item, Reason};
use crate::near::nearest;
use crate::settings::{Ranked, Settings};
use handfast::NamedGroup;

/// Reads a list of groups, best first. Names are those of IANA, NIST (`P-256`) and X9.62
/// (`prime256v1`), in small or large letters.
///
/// `:` stands between groups that rank equal, `/` between ranks; without `/` each is a rank of its own.
/// `*x` says that a client sends a share of `x` at once, `?x` that it does not matter whether the engine
/// has `x`, `-x` that it is taken off again; `DEFAULT` is OpenSSL's own list.
///
/// # Errors
/// [`BadString`] for a name that stands for nothing and has no `?`, and for an empty list.
///
/// ```
/// use handfast::NamedGroup;
/// use handfast_policy::openssl;
///
/// let settings = openssl::groups("*X25519MLKEM768:P-256 / ?quantum:secp384r1")?;
/// let groups = settings.groups.unwrap_or_default();
/// let groups: Vec<_> = groups.iter().map(|one| (one.item, one.as_before)).collect();
/// assert_eq!(
///     groups,
///     [
///         (NamedGroup::X25519MLKEM768, false),
///         (NamedGroup::SECP256R1, true),
///         (NamedGroup::SECP384R1, false),
///     ]
/// );
/// assert_eq!(settings.key_shares, Some(vec![NamedGroup::X25519MLKEM768]));
/// assert_eq!(
///     openssl::groups("X25519:P-265").unwrap_err().to_string(),
///     "nothing is called \"P-265\" (at byte 7); the nearest is P-256"
/// );
/// # Ok::<(), handfast_policy::BadString>(())
/// ```
pub fn groups(text: &str) -> Result<Settings, BadString> {
    let mut list = List::default();
    list.read(text, 0)?;
    if list.groups.is_empty() {
        return Err(BadString::new(Fault::NothingNamed, 0, text).with_dropped(list.dropped));
    }
    let has_ranks = list.has_ranks;
    let groups = list.groups.iter().enumerate().map(|(at, one)| Ranked {
        as_before: has_ranks && at > 0 && one.as_before,
        ..*one
    });
    Ok(Settings {
        groups: Some(groups.collect()),
        key_shares: (!list.shares.is_empty()).then_some(list.shares),
        dropped: list.dropped,
        ..Settings::default()
    })
}

/// The list of OpenSSL 3.5.
const DEFAULT: &str = "?*X25519MLKEM768/?*X25519:?secp256r1/?X448:?secp384r1:?secp521r1/\
                       ?ffdhe2048:?ffdhe3072";

/// What was read.
#[derive(Default)]
struct List {
    groups: Vec<Ranked<NamedGroup>>,
    shares: Vec<NamedGroup>,
    dropped: Vec<Dropped>,
    has_ranks: bool,
}

impl List {
    fn read(&mut self, text: &str, from: usize) -> Result<(), BadString> {
        self.has_ranks |= text.contains('/');
        let mut at = from;
        for rank in text.split('/') {
            let mut in_rank = false;
            for word in rank.split([':', ',']) {
                in_rank |= self.read_word(word.trim_matches(' '), at, in_rank)?;
                at += word.len() + 1;
            }
        }
        Ok(())
    }

    /// Tells whether something was added.
    fn read_word(&mut self, word: &str, at: usize, in_rank: bool) -> Result<bool, BadString> {
        let name = word.trim_start_matches(['?', '*', '-']);
        let marks = word.get(..word.len() - name.len()).unwrap_or_default();
        if name.is_empty() {
            return match marks {
                "" => Ok(false),
                _ => Err(BadString::new(Fault::WordMissing, at, word)),
            };
        }
        if name.eq_ignore_ascii_case("DEFAULT") && !marks.contains('-') {
            self.read(DEFAULT, 0)?;
            return Ok(true);
        }
        let Some(group) = called(name) else {
            let nearest = nearest(name, names());
            if !marks.contains('?') && !marks.contains('-') {
                return Err(BadString::new(Fault::Unknown, at, name).with_nearest(nearest));
            }
            self.dropped.push(Dropped {
                item: Item::Word(name.to_owned()),
                reason: Reason::Unknown { nearest },
            });
            return Ok(false);
        };
        if marks.contains('-') {
            self.remove(group);
            return Ok(false);
        }
        if marks.contains('?') && Allowance::for_group(group).is_none() {
            self.dropped.push(Dropped {
                item: Item::Group(group),
                reason: Reason::NotImplemented,
            });
            return Ok(false);
        }
        if marks.contains('*') && !self.shares.contains(&group) {
            self.shares.push(group);
        }
        let is_new = !self.groups.iter().any(|one| one.item == group);
        if is_new {
            self.groups.push(Ranked {
                as_before: in_rank,
                ..Ranked::new(group)
            });
        }
        Ok(is_new)
    }

    fn remove(&mut self, group: NamedGroup) {
        let Some(at) = self.groups.iter().position(|one| one.item == group) else {
            return;
        };
        let removed = self.groups.remove(at);
        // What ranked with it still ranks together.
        if let Some(next) = self.groups.get_mut(at) {
            next.as_before &= removed.as_before;
        }
        self.shares.retain(|one| *one != group);
    }
}

/// The group that a name stands for.
fn called(name: &str) -> Option<NamedGroup> {
    let by_alias = ALIASES
        .iter()
        .find(|(alias, _)| alias.eq_ignore_ascii_case(name));
    let mut all = NamedGroup::ALL.iter().copied();
    by_alias.map(|(_, group)| *group).or_else(|| {
        all.find(|group| {
            group
                .name()
                .is_some_and(|one| one.eq_ignore_ascii_case(name))
        })
    })
}

fn names<'a>() -> impl Iterator<Item = &'a str> {
    let own = NamedGroup::ALL.iter().filter_map(|group| group.name());
    own.chain(ALIASES.iter().map(|(alias, _)| *alias))
}

/// NIST's names, and those of X9.62.
const ALIASES: &[(&str, NamedGroup)] = &[
    ("P-192", NamedGroup::SECP192R1),
    ("prime192v1", NamedGroup::SECP192R1),
    ("P-224", NamedGroup::SECP224R1),
    ("P-256", NamedGroup::SECP256R1),
    ("prime256v1", NamedGroup::SECP256R1),
    ("P-384", NamedGroup::SECP384R1),
    ("P-521", NamedGroup::SECP521R1),
    ("K-163", NamedGroup::SECT163K1),
    ("B-163", NamedGroup::SECT163R2),
    ("K-233", NamedGroup::SECT233K1),
    ("B-233", NamedGroup::SECT233R1),
    ("K-283", NamedGroup::SECT283K1),
    ("B-283", NamedGroup::SECT283R1),
    ("K-409", NamedGroup::SECT409K1),
    ("B-409", NamedGroup::SECT409R1),
    ("K-571", NamedGroup::SECT571K1),
    ("B-571", NamedGroup::SECT571R1),
];

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn ranks(text: &str) -> Vec<(NamedGroup, bool)> {
        let groups = groups(text).unwrap().groups.unwrap();
        groups.iter().map(|one| (one.item, one.as_before)).collect()
    }

    #[test]
    fn without_ranks_each_is_below_the_one_before() {
        assert_eq!(
            ranks("x25519:P-256:SECP384R1"),
            [
                (NamedGroup::X25519, false),
                (NamedGroup::SECP256R1, false),
                (NamedGroup::SECP384R1, false),
            ]
        );
    }

    #[test]
    fn the_default_is_openssls_and_what_is_taken_off_it_keeps_the_ranks() {
        let text = "DEFAULT:-X25519:-ffdhe2048";
        let settings = groups(text).unwrap();
        assert_eq!(settings.key_shares, Some(vec![NamedGroup::X25519MLKEM768]));
        let of = |group| ranks(text).iter().find(|one| one.0 == group).copied();
        assert_eq!(
            of(NamedGroup::SECP256R1),
            Some((NamedGroup::SECP256R1, false))
        );
        assert_eq!(
            of(NamedGroup::SECP521R1),
            Some((NamedGroup::SECP521R1, true))
        );
        assert_eq!(
            of(NamedGroup::FFDHE3072),
            Some((NamedGroup::FFDHE3072, false))
        );
        assert_eq!(of(NamedGroup::X25519), None);
        let x448 = Dropped {
            item: Item::Group(NamedGroup::X448),
            reason: Reason::NotImplemented,
        };
        assert_eq!(settings.dropped, [x448]);
    }

    #[test]
    fn a_mark_without_a_name_and_an_empty_list_are_refused() {
        assert_eq!(groups("X25519:*").unwrap_err().fault, Fault::WordMissing);
        assert_eq!(groups("").unwrap_err().fault, Fault::NothingNamed);
        assert_eq!(groups("?bogus").unwrap_err().fault, Fault::NothingNamed);
        assert_eq!(groups("X25519:bogus").unwrap_err().at, 7);
    }

    proptest! {
        #[test]
        fn no_list_is_too_odd(text in "([?*/:, -]|X25519|P-256|DEFAULT|\\PC){0,12}") {
            if let Ok(settings) = groups(&text) {
                let groups = settings.groups.unwrap();
                prop_assert!(!groups[0].as_before);
                for share in settings.key_shares.unwrap_or_default() {
                    prop_assert!(groups.iter().any(|one| one.item == share));
                }
            }
        }
    }
}
