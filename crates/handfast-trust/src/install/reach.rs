//! What a root may vouch for, by its name constraints (RFC 5280 s4.2.1.10).

use core::fmt;
use handfast_pki::certificate::Certificate;
use handfast_pki::general_name::GeneralName;

/// The names that a root may vouch for. A kind of name without constraints is not limited.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reach {
    /// Names of hosts.
    pub hosts: Scope,
    /// Addresses of hosts.
    pub addresses: Scope,
    /// Mail addresses.
    pub mail: Scope,
}

/// How far a root reaches for one kind of name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Scope {
    /// Any name of the kind, but for those that are excluded.
    Any {
        /// What is excluded, as text.
        but: Vec<String>,
    },
    /// These, as text; a host's name stands for all below it too. None at all, if it is empty.
    Only(Vec<String>),
}

impl Reach {
    /// Reads the constraints; what cannot be read limits nothing.
    pub(crate) fn of(certificate: &Certificate<'_>) -> Self {
        let subtrees = certificate.name_subtrees().ok().flatten();
        let subtrees = subtrees.unwrap_or_default();
        let scope = |kind: &str| {
            let of_kind = |names: &[GeneralName<'_>]| -> Vec<_> {
                let mine = names.iter().filter(|name| name.kind() == kind);
                mine.map(|name| (name.to_string(), covers(name))).collect()
            };
            Scope::of(&of_kind(&subtrees.permitted), &of_kind(&subtrees.excluded))
        };
        Self {
            hosts: scope("dNSName"),
            addresses: scope("iPAddress"),
            mail: scope("rfc822Name"),
        }
    }

    /// Whether there are hosts that it may not vouch for whatever they are called: both their names
    /// and their addresses are limited.
    #[must_use]
    pub fn is_limited(&self) -> bool {
        self.hosts.is_limited() && self.addresses.is_limited()
    }
}

impl Scope {
    fn of(permitted: &[(String, Cover)], excluded: &[(String, Cover)]) -> Self {
        let has = |names: &[(String, Cover)], cover| names.iter().any(|(_, one)| *one == cover);
        let all = |names: &[(String, Cover)]| {
            has(names, Cover::All) || (has(names, Cover::AllV4) && has(names, Cover::AllV6))
        };
        let texts =
            |names: &[(String, Cover)]| names.iter().map(|(text, _)| text.clone()).collect();
        if all(excluded) {
            return Self::Only(Vec::new());
        }
        let is_wide = permitted.iter().any(|(_, cover)| *cover != Cover::Part);
        if permitted.is_empty() || is_wide {
            return Self::Any {
                but: texts(excluded),
            };
        }
        Self::Only(texts(permitted))
    }

    /// Whether it reaches for some names alone.
    #[must_use]
    pub fn is_limited(&self) -> bool {
        matches!(self, Self::Only(_))
    }
}

impl fmt::Display for Scope {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Any { but } if but.is_empty() => f.write_str("any"),
            Self::Any { but } => write!(f, "any but {}", but.join(", ")),
            Self::Only(names) if names.is_empty() => f.write_str("none"),
            Self::Only(names) => f.write_str(&names.join(", ")),
        }
    }
}

/// How much of its kind a subtree covers.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Cover {
    Part,
    All,
    AllV4,
    AllV6,
}

fn covers(name: &GeneralName<'_>) -> Cover {
    match name {
        GeneralName::Dns(text) | GeneralName::Mail(text) if text.is_empty() => Cover::All,
        GeneralName::Ip(bytes) => match bytes.split_at(bytes.len() / 2) {
            (_, mask) if mask.iter().any(|byte| *byte != 0) => Cover::Part,
            (_, [_, _, _, _]) => Cover::AllV4,
            _ => Cover::AllV6,
        },
        _ => Cover::Part,
    }
}

#[cfg(test)]
mod tests {
    use super::{Cover, Scope};

    fn named(names: &[(&str, Cover)]) -> Vec<(String, Cover)> {
        let owned = names
            .iter()
            .map(|(text, cover)| ((*text).to_owned(), *cover));
        owned.collect()
    }

    #[test]
    fn a_subtree_of_everything_limits_nothing() {
        let v4 = ("0.0.0.0/0", Cover::AllV4);
        let v6 = ("::/0", Cover::AllV6);
        for (permitted, excluded, is_limited, words) in [
            (&[][..], &[][..], false, "any"),
            (&[("test", Cover::Part)], &[], true, "test"),
            (
                &[("test", Cover::Part), ("", Cover::All)],
                &[],
                false,
                "any",
            ),
            (&[("10.0.0.0/8", Cover::Part), v6], &[], false, "any"),
            (&[], &[("test", Cover::Part)], false, "any but test"),
            (&[], &[v4], false, "any but 0.0.0.0/0"),
            (&[], &[v4, v6], true, "none"),
            (&[("test", Cover::Part)], &[("", Cover::All)], true, "none"),
        ] {
            let scope = Scope::of(&named(permitted), &named(excluded));
            assert_eq!(scope.is_limited(), is_limited, "{scope:?}");
            assert_eq!(scope.to_string(), words);
        }
    }
}
