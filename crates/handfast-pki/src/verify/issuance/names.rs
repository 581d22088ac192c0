//! Whether a certificate's names fit into an issuer's constraints, asked before it is issued.

use crate::certificate::Certificate;
use crate::general_name::GeneralName;
use crate::name_constraints::{NameConstraints, Violation};
use crate::oid::EMAIL_ADDRESS;
use crate::verify::budget::{Budget, Limits};
use std::fmt;

/// A name that an authority may not vouch for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NameOutside {
    /// The name, as it is shown.
    pub name: String,
    /// Its kind, as RFC 5280 s4.2.1.6 names it.
    pub kind: &'static str,
    /// What it does not fit into.
    pub constraint: Constraint,
}

/// A constraint that a name does not fit into.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Constraint {
    /// The name lies in this excluded set.
    Excluded(String),
    /// The name lies in none of these, which are the permitted sets of its kind.
    Permitted(Vec<String>),
    /// The constraints cannot be read.
    Malformed,
}

/// Checks every name of `below` against the name constraints of `authority`, as
/// [`crate::verify::verify`] does on every path that leads over it (RFC 5280 s4.2.1.10).
///
/// # Errors
/// [`NameOutside`]: the first name that does not fit, and why.
pub fn names_fit(authority: &Certificate<'_>, below: &Certificate<'_>) -> Result<(), NameOutside> {
    let Some(list) = &authority.extensions.name_constraints else {
        return Ok(());
    };
    let subject = below.subject();
    let malformed = |_| NameOutside {
        name: subject.to_string(),
        kind: "directoryName",
        constraint: Constraint::Malformed,
    };
    let constraints = NameConstraints::read(list).map_err(malformed)?;
    if !subject.is_empty() {
        check(&constraints, &GeneralName::Directory(subject))?;
    }
    let mut has_mail = false;
    for name in below.subject_alt_names() {
        has_mail |= matches!(name, GeneralName::Mail(_));
        check(&constraints, &name)?;
    }
    if !has_mail {
        let mails = subject.attributes().filter(|one| one.kind == EMAIL_ADDRESS);
        for mail in mails {
            check(&constraints, &GeneralName::Mail(&mail.text()))?;
        }
    }
    Ok(())
}

fn check(constraints: &NameConstraints<'_>, name: &GeneralName<'_>) -> Result<(), NameOutside> {
    // Who issues chose the names and the constraints himself: nothing needs to be limited.
    let mut budget = Budget::new(Limits {
        name_comparisons: u32::MAX,
        ..Limits::default()
    });
    let Err(violation) = constraints.check_name(name, &mut budget) else {
        return Ok(());
    };
    let constraint = match violation {
        Violation::Excluded(_) => Constraint::Excluded(constraints.excluding(name)),
        Violation::NotPermitted(_) => Constraint::Permitted(constraints.permitted_of_kind(name)),
        Violation::Malformed(_) | Violation::Budget(_) => Constraint::Malformed,
    };
    Err(NameOutside {
        name: name.to_string(),
        kind: name.kind(),
        constraint,
    })
}

impl fmt::Display for NameOutside {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { name, kind, .. } = self;
        match &self.constraint {
            Constraint::Excluded(set) => {
                write!(
                    f,
                    "{kind} {name} lies in {set}, which the issuer may not vouch for"
                )
            }
            Constraint::Permitted(sets) => write!(
                f,
                "{kind} {name} lies in none of the sets that the issuer may vouch for: {}",
                sets.join(", ")
            ),
            Constraint::Malformed => {
                write!(
                    f,
                    "{kind} {name}: the issuer's name constraints cannot be read"
                )
            }
        }
    }
}

impl std::error::Error for NameOutside {}
