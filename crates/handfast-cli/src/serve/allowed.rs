//! `--allow`: whom a server with `--client-ca` serves.
//!
//! It is looked at on every connection, by the certificate of the session where one goes on: a
//! session that was made while its client was allowed is worth nothing once it no longer is.

use handfast_pki::certificate::Certificate;
use handfast_pki::general_name::GeneralName;
use rustls_pki_types::CertificateDer;

/// One `--allow`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Allow {
    text: String,
    is_mail: bool,
}

/// Who may come in; nobody named: whoever the authority vouches for.
#[derive(Clone, Debug, Default)]
pub(super) struct Allowed(Vec<Allow>);

/// Whom a certificate names.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Identity {
    pub(super) subject: String,
    common_name: Option<String>,
    hosts: Vec<String>,
    mails: Vec<String>,
}

impl Allow {
    /// What stands in one `--allow`; with an @ it is a mail address.
    pub(crate) fn parse(text: &str) -> Result<Self, String> {
        let is_mail = match text.rsplit_once('@') {
            Some((local, domain)) if local.is_empty() || domain.is_empty() => {
                return Err("a mail address has something on both sides of its @".to_owned());
            }
            at => at.is_some(),
        };
        if text.trim().is_empty() {
            return Err("give a name or a mail address".to_owned());
        }
        Ok(Self {
            text: text.to_owned(),
            is_mail,
        })
    }

    /// A name of the certificate's own kind decides; only where it has none, its common name.
    fn fits(&self, whom: &Identity) -> bool {
        let (names, same): (_, fn(&str, &str) -> bool) = if self.is_mail {
            (&whom.mails, same_mail)
        } else {
            (&whom.hosts, str::eq_ignore_ascii_case)
        };
        if names.is_empty() {
            return whom.common_name.as_deref() == Some(&*self.text);
        }
        names.iter().any(|name| same(name, &self.text))
    }
}

impl Allowed {
    pub(super) fn new(all: &[Allow]) -> Self {
        Self(all.to_vec())
    }

    /// Nothing where everyone may come in.
    pub(super) fn admits(&self, whom: Option<&Identity>) -> Option<bool> {
        if self.0.is_empty() {
            return None;
        }
        Some(whom.is_some_and(|whom| self.0.iter().any(|one| one.fits(whom))))
    }

    /// As they were given.
    pub(super) fn names(&self) -> Vec<&str> {
        self.0.iter().map(|one| &*one.text).collect()
    }
}

impl Identity {
    /// Whom a chain is for.
    pub(super) fn of(chain: &[CertificateDer<'_>]) -> Option<Self> {
        let leaf = Certificate::parse(chain.first()?).ok()?;
        let mut identity = Self {
            subject: leaf.subject().to_string(),
            common_name: leaf.subject().common_name(),
            ..Self::default()
        };
        for name in leaf.subject_alt_names() {
            match name {
                GeneralName::Dns(host) => identity.hosts.push(host.to_owned()),
                GeneralName::Mail(mail) => identity.mails.push(mail.to_owned()),
                _ => {}
            }
        }
        Some(identity)
    }

    /// The names beside the subject.
    pub(super) fn names(&self) -> Vec<&str> {
        let names = self.mails.iter().chain(&self.hosts);
        names.map(String::as_str).collect()
    }

    /// In words, which no terminal acts on.
    pub(super) fn words(&self) -> String {
        let names = self.names();
        let text = if names.is_empty() {
            self.subject.clone()
        } else {
            format!("{}, {}", self.subject, names.join(", "))
        };
        text.replace(char::is_control, "\u{fffd}")
    }
}

/// RFC 5280 s7.5: the host without case, what stands before it as it is.
fn same_mail(one: &str, other: &str) -> bool {
    match (one.rsplit_once('@'), other.rsplit_once('@')) {
        (Some((local, host)), Some((other, other_host))) => {
            local == other && host.eq_ignore_ascii_case(other_host)
        }
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn whom(common_name: &str, hosts: &[&str], mails: &[&str]) -> Identity {
        let owned = |names: &[&str]| names.iter().map(ToString::to_string).collect();
        Identity {
            subject: format!("CN={common_name}"),
            common_name: Some(common_name.to_owned()),
            hosts: owned(hosts),
            mails: owned(mails),
        }
    }

    #[test]
    fn a_name_of_the_kind_decides_and_the_common_name_where_there_is_none() {
        let both = whom("Ann", &["ann.test"], &["ann@Lab.test"]);
        let plain = whom("Ann", &[], &[]);
        let mail = whom("ann@lab.test", &[], &[]);
        let host = whom("Ann", &["ann.test"], &[]);
        for (allow, who, admitted) in [
            ("ann@lab.test", &both, true),
            ("Ann@lab.test", &both, false),
            ("ANN.test", &both, true),
            // The common name says so, but it is not what decides.
            ("Ann", &both, false),
            ("Ann", &host, false),
            ("Ann", &plain, true),
            ("ann", &plain, false),
            ("Bob", &plain, false),
            ("ann@lab.test", &mail, true),
            ("ann@lab.test", &plain, false),
            // A wildcard is nobody's name but its own.
            ("x.test", &whom("x", &["*.test"], &[]), false),
        ] {
            let allowed = Allowed::new(&[Allow::parse(allow).unwrap()]);
            assert_eq!(allowed.admits(Some(who)), Some(admitted), "{allow} {who:?}");
            assert_eq!(allowed.admits(None), Some(false));
        }
        assert_eq!(Allowed::default().admits(None), None);
    }

    #[test]
    fn what_names_nobody_is_no_allow() {
        for text in ["", " ", "@", "ann@", "@lab.test"] {
            assert!(Allow::parse(text).is_err(), "{text:?}");
        }
    }
}
