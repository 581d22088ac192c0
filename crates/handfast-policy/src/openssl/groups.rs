//! Lists of groups (`SSL_CTX_set1_groups_list`), as OpenSSL reads them.

use crate::allowance::Allowance;
use crate::bad_string::{BadString, Fault};
use crate::dropped::{Dropped, Item, Reason};
use crate::near::nearest;
use crate::openssl::edition::Edition;
use crate::settings::{Ranked, Settings};
use handfast::NamedGroup;

/// Reads a list of groups, best first, as OpenSSL 3.5 does. Names are those of IANA, NIST (`P-256`) and
/// X9.62 (`prime256v1`), in small or large letters.
///
/// `:` stands between groups that rank equal, `/` between ranks; without `/` each is a rank of its own.
/// `*x` says that a client sends a share of `x` at once, or where the engine has no `x` of the first that
/// it has in that rank; `?x` that it does not matter whether the engine has `x`, `-x` that it is taken off
/// again; `DEFAULT` is OpenSSL's own list.
///
/// # Errors
/// [`BadString`] for a name that stands for nothing and has no `?`, for a mark where none can stand, for a
/// word that is missing, for more than four shares, and for an empty list.
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
    groups_as(text, Edition::default())
}

/// The same, as a certain OpenSSL does: 3.0 knows no marks and refuses what is named twice, and 4.0's
/// `DEFAULT` is longer.
///
/// # Errors
/// As [`groups`].
pub fn groups_as(text: &str, edition: Edition) -> Result<Settings, BadString> {
    let mut list = List::new(edition);
    list.read(text)?;
    list.close_rank();
    if list.groups.is_empty() {
        return Err(BadString::new(Fault::NothingNamed, 0, text).with_dropped(list.dropped));
    }
    if list.shares.len() > SHARES_MAX {
        return Err(BadString::new(Fault::ManyShares, 0, text));
    }
    let mut before = None;
    let groups = list.groups.iter().map(|one| Ranked {
        as_before: before.replace(one.rank) == Some(one.rank) && list.has_ranks,
        ..Ranked::new(one.group)
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

/// That of OpenSSL 4.0.
const DEFAULT_4_0: &str = "?*X25519MLKEM768:?SecP256r1MLKEM768:?curveSM2MLKEM768/\
                           ?*X25519:?secp256r1/?X448:?secp384r1:?secp521r1/?curveSM2/\
                           ?ffdhe2048:?ffdhe3072";

/// Shares that OpenSSL's clients send at most.
const SHARES_MAX: usize = 4;

/// What was read.
struct List {
    edition: Edition,
    groups: Vec<Placed>,
    /// In the order of their groups.
    shares: Vec<NamedGroup>,
    dropped: Vec<Dropped>,
    has_ranks: bool,
    /// The rank that is read.
    rank: usize,
    share: Share,
}

/// A group and its rank.
#[derive(Clone, Copy)]
struct Placed {
    group: NamedGroup,
    rank: usize,
}

/// Whether a rank is without the share that was meant.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Share {
    NotMeant,
    Missing,
    There,
}

impl List {
    fn new(edition: Edition) -> Self {
        Self {
            edition,
            groups: Vec::new(),
            shares: Vec::new(),
            dropped: Vec::new(),
            has_ranks: false,
            rank: 0,
            share: Share::NotMeant,
        }
    }

    /// The last rank stays open: what stands behind `DEFAULT` belongs to it.
    fn read(&mut self, text: &str) -> Result<(), BadString> {
        let mut at = 0;
        let has_marks = self.edition != Edition::V3_0;
        for (number, rank) in text.split(|one| has_marks && one == '/').enumerate() {
            if number > 0 {
                self.has_ranks = true;
                self.close_rank();
            }
            for word in rank.split(':') {
                let start = word.len() - word.trim_start().len();
                self.read_word(word.trim(), at + start)?;
                at += word.len() + 1;
            }
        }
        Ok(())
    }

    /// Where all that was to be sent at once is unknown, the first of the rank is.
    fn close_rank(&mut self) {
        let first = self.groups.iter().find(|one| one.rank == self.rank);
        if let Some(first) = first {
            if self.share == Share::Missing {
                self.shares.push(first.group);
            }
            self.rank += 1;
        }
        self.share = Share::NotMeant;
    }

    fn read_word(&mut self, word: &str, at: usize) -> Result<(), BadString> {
        let marks = Marks::of(word, at, self.edition)?;
        let name = marks.name;
        if self.edition != Edition::V3_0 && name.eq_ignore_ascii_case("DEFAULT") {
            if name.len() < word.len() {
                return Err(BadString::new(Fault::Mark, at, word));
            }
            return self.read(match self.edition {
                Edition::V4_0 => DEFAULT_4_0,
                _ => DEFAULT,
            });
        }
        let Some(group) = called(name) else {
            let nearest = nearest(name, names());
            if !marks.may_lack {
                return Err(BadString::new(Fault::Unknown, at, name).with_nearest(nearest));
            }
            let reason = Reason::Unknown { nearest };
            self.pass_over(&marks, Item::Word(name.to_owned()), reason);
            return Ok(());
        };
        if marks.removes {
            self.remove(group);
        } else if marks.may_lack && Allowance::for_group(group).is_none() {
            self.pass_over(&marks, Item::Group(group), Reason::NotImplemented);
        } else if !self.groups.iter().any(|one| one.group == group) {
            let rank = self.rank;
            self.groups.push(Placed { group, rank });
            if marks.shares {
                self.shares.push(group);
                self.share = Share::There;
            }
        } else if self.edition == Edition::V3_0 {
            return Err(BadString::new(Fault::Twice, at, name));
        }
        Ok(())
    }

    fn pass_over(&mut self, marks: &Marks<'_>, item: Item, reason: Reason) {
        if marks.shares && !marks.removes && self.share == Share::NotMeant {
            self.share = Share::Missing;
        }
        self.dropped.push(Dropped { item, reason });
    }

    /// Takes a group off, and its share: the last one of a rank that is closed goes to the first of the
    /// others.
    fn remove(&mut self, group: NamedGroup) {
        let Some(at) = self.groups.iter().position(|one| one.group == group) else {
            return;
        };
        let removed = self.groups.remove(at);
        let Some(place) = self.shares.iter().position(|one| *one == group) else {
            return;
        };
        let others = self.groups.iter().filter(|one| one.rank == removed.rank);
        let mut others = others.map(|one| one.group);
        let first = others.clone().next();
        let has_share = others.any(|other| self.shares.contains(&other));
        match (first, self.shares.get_mut(place)) {
            (Some(first), Some(share)) if removed.rank < self.rank && !has_share => *share = first,
            _ => drop(self.shares.remove(place)),
        }
    }
}

/// What stands in front of a name, each mark once.
#[derive(Default)]
struct Marks<'t> {
    name: &'t str,
    shares: bool,
    may_lack: bool,
    removes: bool,
}

impl<'t> Marks<'t> {
    fn of(word: &'t str, at: usize, edition: Edition) -> Result<Self, BadString> {
        let mut marks = Self {
            name: word,
            ..Self::default()
        };
        loop {
            let mut rest = marks.name.chars();
            let mark = match rest.next() {
                _ if edition == Edition::V3_0 => break,
                Some('*') => &mut marks.shares,
                Some('?') => &mut marks.may_lack,
                Some('-') => &mut marks.removes,
                _ => break,
            };
            if *mark {
                return Err(BadString::new(Fault::Mark, at, word));
            }
            *mark = true;
            marks.name = rest.as_str();
        }
        match marks.name {
            "" => Err(BadString::new(Fault::WordMissing, at, word)),
            _ => Ok(marks),
        }
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
        // The share of what was taken off goes to what ranked with it.
        let shares = vec![NamedGroup::X25519MLKEM768, NamedGroup::SECP256R1];
        assert_eq!(settings.key_shares, Some(shares));
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
        for text in ["X25519:*", "X25519::P-256", "X25519:", "/X25519", ""] {
            assert_eq!(groups(text).unwrap_err().fault, Fault::WordMissing);
        }
        assert_eq!(
            groups("X25519:-X25519").unwrap_err().fault,
            Fault::NothingNamed
        );
        assert_eq!(groups("?bogus").unwrap_err().fault, Fault::NothingNamed);
        assert_eq!(groups("X25519:bogus").unwrap_err().at, 7);
    }

    #[test]
    fn marks_stand_once_and_not_at_every_name() {
        for text in [
            "**X25519",
            "??X25519",
            "X25519:--P-256",
            "?DEFAULT",
            "-DEFAULT",
            "*DEFAULT",
        ] {
            assert_eq!(groups(text).unwrap_err().fault, Fault::Mark, "{text}");
        }
        assert_eq!(groups("X25519:-bogus").unwrap_err().fault, Fault::Unknown);
        assert_eq!(groups("X25519:?-bogus:-P-256").unwrap().dropped.len(), 1);
        let many = "*X25519:*P-256:*P-384:*P-521:*ffdhe2048";
        assert_eq!(groups(many).unwrap_err().fault, Fault::ManyShares);
    }

    #[test]
    fn a_share_that_cannot_be_sent_goes_to_the_first_of_its_rank() {
        let shares = |text: &str| groups(text).unwrap().key_shares;
        let [x25519, p256, p384] = [
            NamedGroup::X25519,
            NamedGroup::SECP256R1,
            NamedGroup::SECP384R1,
        ];
        assert_eq!(shares("P-384:?*bogus:X25519/P-256"), Some(vec![p384]));
        assert_eq!(shares("P-384:?*bogus:*X25519"), Some(vec![x25519]));
        assert_eq!(shares("?*bogus/P-256"), None);
        assert_eq!(shares("P-384:*X25519/P-256:-X25519"), Some(vec![p384]));
        assert_eq!(shares("*P-384:*X25519/P-256:-X25519"), Some(vec![p384]));
        assert_eq!(shares("P-384:*X25519:-X25519"), None);
        // What is there already is passed over, its mark too.
        assert_eq!(shares("X25519:*X25519:*P-256"), Some(vec![p256]));
    }

    #[test]
    fn editions_differ() {
        for text in [
            "*X25519",
            "?X25519",
            "X25519/P-256",
            "DEFAULT",
            "X25519:x25519",
        ] {
            assert!(groups_as(text, Edition::V3_0).is_err(), "{text}");
            assert!(groups_as(text, Edition::V4_0).is_ok(), "{text}");
        }
        let longer = groups_as("DEFAULT", Edition::V4_0).unwrap().groups.unwrap();
        let second = longer.get(1).map(|one| (one.item, one.as_before));
        assert_eq!(second, Some((NamedGroup::SECP256R1MLKEM768, true)));
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
