//! In which language a text is, and what it says.

use crate::allowance::Allowance;
use crate::bad_string::BadString;
use crate::dropped::Reason;
use crate::lint::directives;
use crate::lint::unreadable::Unreadable;
use crate::openssl;
use crate::policy::Policy;
use crate::preset::{self, NoPolicy};
use crate::settings::{Ranked, Settings};
use core::fmt;

/// What a text may be.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Language {
    /// The name of a policy: [`preset::find`], or one of [`Allowance`].
    Policy,
    /// A cipher string of OpenSSL's, for TLS 1.2 and older.
    Ciphers,
    /// OpenSSL's list of suites of TLS 1.3.
    Ciphersuites,
    /// OpenSSL's list of groups.
    Groups,
    /// OpenSSL's list of signature algorithms.
    Sigalgs,
    /// Lines of a config file of nginx, Apache or HAProxy.
    Directives,
}

impl Language {
    /// All of them.
    pub const ALL: [Self; 6] = [
        Self::Policy,
        Self::Ciphers,
        Self::Ciphersuites,
        Self::Groups,
        Self::Sigalgs,
        Self::Directives,
    ];

    /// As commands spell it.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Policy => "policy",
            Self::Ciphers => "ciphers",
            Self::Ciphersuites => "ciphersuites",
            Self::Groups => "groups",
            Self::Sigalgs => "sigalgs",
            Self::Directives => "directives",
        }
    }
}

impl fmt::Display for Language {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Policy => "a policy",
            Self::Ciphers => "a cipher string",
            Self::Ciphersuites => "suites of TLS 1.3",
            Self::Groups => "groups",
            Self::Sigalgs => "signature algorithms",
            Self::Directives => "lines of a config file",
        })
    }
}

/// A text that was read.
#[derive(Clone, Debug)]
pub struct Read {
    /// What it is.
    pub language: Language,
    /// What it says, in the normal form.
    pub settings: Settings,
    /// The policy, where the text is the name of one.
    pub policy: Option<&'static Policy>,
}

/// Reads a text, whose language is told by what it says: the name of a policy, lines of a config file,
/// a list whose every word is a suite of TLS 1.3, a group or a signature algorithm, else a cipher
/// string.
///
/// # Errors
/// [`Unreadable`], with the place and the nearest name.
pub fn read(text: &str) -> Result<Read, Unreadable> {
    let text = checked(text)?;
    if let Ok(read) = policy(text) {
        return Ok(read);
    }
    if directives::looks_so(text) {
        return read_as(text, Language::Directives);
    }
    for language in [Language::Ciphersuites, Language::Groups, Language::Sigalgs] {
        if let Some(read) = read_as(text, language).ok().filter(is_known) {
            return Ok(read);
        }
    }
    read_as(text, Language::Ciphers)
}

/// Reads a text in this language.
///
/// # Errors
/// As [`read`].
pub fn read_as(text: &str, language: Language) -> Result<Read, Unreadable> {
    let text = checked(text)?;
    let settings = match language {
        Language::Policy => return policy(text).map_err(Unreadable::Policy),
        Language::Directives => directives::read(text)?,
        Language::Ciphers => string(text, openssl::ciphers(text))?,
        Language::Ciphersuites => string(text, openssl::ciphersuites(text))?,
        Language::Groups => string(text, openssl::groups(text))?,
        Language::Sigalgs => string(text, openssl::sigalgs(text))?,
    };
    Ok(Read {
        language,
        settings,
        policy: None,
    })
}

fn checked(text: &str) -> Result<&str, Unreadable> {
    if text.len() > MOST {
        return Err(Unreadable::TooLong);
    }
    let trimmed = text.trim();
    if trimmed.is_empty() {
        return Err(Unreadable::Empty);
    }
    Ok(trimmed)
}

fn string(text: &str, read: Result<Settings, BadString>) -> Result<Settings, Unreadable> {
    read.map_err(|fault| Unreadable::String {
        fault,
        nearest: preset::find(text)
            .err()
            .and_then(|none| none.nearest().map(str::to_owned)),
    })
}

fn policy(name: &str) -> Result<Read, NoPolicy> {
    let allowance = Allowance::ALL.into_iter().find(|one| one.name() == name);
    if let Some(allowance) = allowance {
        return Ok(Read {
            language: Language::Policy,
            settings: allowed(allowance),
            policy: None,
        });
    }
    let policy = preset::find(name)?;
    Ok(Read {
        language: Language::Policy,
        settings: policy.settings(),
        policy: Some(policy),
    })
}

/// What a config holds under one of the policies of `obsolete`.
fn allowed(allowance: Allowance) -> Settings {
    #[cfg_attr(
        not(feature = "legacy"),
        expect(unused_mut, reason = "nothing is added without the feature")
    )]
    let mut common = handfast::config::Common::default();
    #[cfg(feature = "legacy")]
    if let Some(policy) = allowance.policy() {
        common.allow_obsolete(policy);
    }
    #[cfg(not(feature = "legacy"))]
    let _ = allowance;
    let (newer, older): (Vec<_>, Vec<_>) = common
        .suites
        .iter()
        .partition(|suite| crate::kind::is_tls13(**suite));
    Settings {
        versions: Some(common.versions),
        suites: Some(Ranked::each(&older)),
        tls13_suites: Some(newer),
        groups: Some(Ranked::each(&common.groups)),
        schemes: Some(common.schemes),
        ..Settings::default()
    }
}

/// True where every word means something in the language.
fn is_known(read: &Read) -> bool {
    let mut dropped = read.settings.dropped.iter();
    !dropped.any(|one| matches!(one.reason, Reason::Unknown { .. }))
}

/// Bytes of a text, at most.
const MOST: usize = 256 * 1024;
