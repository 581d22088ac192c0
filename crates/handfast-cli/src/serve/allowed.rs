//! `--allow`: whom a server with `--client-ca` serves.
//!
//! It is looked at on every connection, by the certificate of the session where one goes on: a
//! session that was made while its client was allowed is worth nothing once it no longer is.

use handfast_pki::certificate::Certificate;
use handfast_pki::general_name::GeneralName;
use handfast_pki::pin::Pin;
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
    /// Only where there is no subjectAltName at all: an authority that checked the names there
    /// may have left the common name to whoever asked for the certificate.
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
        let expected = "give a whole host name, mail address or common name, as it stands in the \
             certificate";
        if text.trim() != text {
            return Err(format!("no name begins or ends with a blank: {expected}"));
        }
        if text.contains('*') {
            return Err(format!("nobody's name has a * in it: {expected}"));
        }
        if is_attribute(text) {
            return Err(format!(
                "that is a whole subject or a part of one: {expected}"
            ));
        }
        Ok(Self {
            text: text.to_owned(),
            is_mail,
        })
    }

    fn fits(&self, whom: &Identity) -> bool {
        if let Some(common_name) = &whom.common_name {
            return *common_name == self.text;
        }
        let (names, same): (_, fn(&str, &str) -> bool) = if self.is_mail {
            (&whom.mails, same_mail)
        } else {
            (&whom.hosts, str::eq_ignore_ascii_case)
        };
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
    /// Who showed a raw public key bears no name: its pin stands for it.
    pub(super) fn of_raw_key(spki: &[u8]) -> Self {
        Self {
            subject: Pin::of_key(spki).to_string(),
            ..Self::default()
        }
    }

    pub(super) fn of(chain: &[CertificateDer<'_>]) -> Option<Self> {
        let leaf = Certificate::parse(chain.first()?).ok()?;
        let has_names = leaf
            .extensions()
            .any(|extension| extension.name() == Some("subjectAltName"));
        let mut identity = Self {
            subject: leaf.subject().to_string(),
            common_name: leaf.subject().common_name().filter(|_| !has_names),
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

    /// What `--allow` lets exactly this certificate in by.
    pub(super) fn allows(&self) -> Vec<&str> {
        let names = self.mails.iter().chain(&self.hosts);
        let names = names.chain(&self.common_name).map(String::as_str);
        names.filter(|name| Allow::parse(name).is_ok()).collect()
    }

    /// The same as it is typed.
    pub(super) fn remedy(&self) -> String {
        let names = self.allows();
        if names.is_empty() {
            return "no --allow can name it: it needs a certificate for a host name or a mail \
                    address"
                .to_owned();
        }
        let typed = names.iter().map(|name| {
            let name = plain(name);
            if name.chars().all(|letter| {
                letter.is_ascii_alphanumeric() || matches!(letter, '.' | '-' | '_' | '@' | '+')
            }) {
                format!("--allow {name}")
            } else {
                format!("--allow '{}'", name.replace('\'', r"'\''"))
            }
        });
        typed.collect::<Vec<_>>().join(" or ")
    }

    /// In words, which no terminal acts on.
    pub(super) fn words(&self) -> String {
        let names = self.names();
        let text = if names.is_empty() {
            self.subject.clone()
        } else {
            format!("{}, {}", self.subject, names.join(", "))
        };
        plain(&text)
    }
}

fn plain(text: &str) -> String {
    text.replace(char::is_control, "\u{fffd}")
}

/// Whether it is written as in a subject: `CN=Bob`, `/CN=Bob`, `O=Lab,CN=Bob`.
fn is_attribute(text: &str) -> bool {
    let first = text.trim_start_matches('/').split_once('=');
    first.is_some_and(|(kind, _)| {
        SUBJECT_PARTS
            .iter()
            .any(|one| kind.eq_ignore_ascii_case(one))
    })
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

/// The parts of subjects by the names that people write before their =.
const SUBJECT_PARTS: [&str; 10] = [
    "CN",
    "O",
    "OU",
    "C",
    "L",
    "ST",
    "UID",
    "DC",
    "emailAddress",
    "DNS",
];

#[cfg(test)]
mod tests {
    use super::*;
    use handfast_ca::authority::self_signed;
    use handfast_ca::profile::{AlternativeName, KeyKind, Profile, Purpose, Validity};
    use handfast_ca::subject::Subject;

    /// Whom a certificate with this common name and these alternative names is for.
    fn whom(common_name: &str, names: &[AlternativeName]) -> Identity {
        let subject = Subject::named(common_name).unwrap();
        let validity = Validity::days(1_800_000_000, 1);
        let profile = Profile {
            names: names.to_vec(),
            purposes: vec![Purpose::ClientAuth],
            ..Profile::bare(subject, validity, KeyKind::EcP256)
        };
        Identity::of(&self_signed(&profile).unwrap().into_parts().0).unwrap()
    }

    fn dns(name: &str) -> AlternativeName {
        AlternativeName::dns(name)
    }

    fn mail(name: &str) -> AlternativeName {
        AlternativeName::Mail(name.to_owned())
    }

    fn admits(allow: &str, whom: Option<&Identity>) -> Option<bool> {
        Allowed::new(&[Allow::parse(allow).unwrap()]).admits(whom)
    }

    #[test]
    fn the_names_of_the_certificate_decide() {
        let both = whom("Ann", &[dns("ann.test"), mail("ann@Lab.test")]);
        for (allow, admitted) in [
            ("ann@lab.test", true),
            ("Ann@lab.test", false),
            ("ANN.test", true),
            ("Ann", false),
            ("x.ann.test", false),
        ] {
            assert_eq!(admits(allow, Some(&both)), Some(admitted), "{allow}");
            assert_eq!(admits(allow, None), Some(false));
        }
        assert_eq!(Allowed::default().admits(None), None);
        // A wildcard is nobody's name.
        let wild = whom("x", &[dns("*.test")]);
        assert_eq!(admits("x.test", Some(&wild)), Some(false));
    }

    #[test]
    fn the_common_name_counts_only_in_a_certificate_without_any_alternative_name() {
        let address = AlternativeName::ip([127, 0, 0, 1]);
        for claimed in ["ada@lab.test", "laptop.lab.test", "Ada"] {
            for other in [
                dns("mallory.evil.test"),
                mail("mallory@evil.test"),
                address.clone(),
            ] {
                let whom = whom(claimed, std::slice::from_ref(&other));
                assert_eq!(admits(claimed, Some(&whom)), Some(false), "{other}");
            }
            let alone = whom(claimed, &[]);
            assert_eq!(admits(claimed, Some(&alone)), Some(true), "{claimed}");
            let upper = claimed.to_uppercase();
            assert_eq!(
                admits(&upper, Some(&alone)),
                Some(false),
                "as it is written"
            );
        }
    }

    #[test]
    fn what_names_nobody_is_no_allow() {
        for text in [
            "",
            " ",
            "@",
            "ann@",
            "@lab.test",
            " bob",
            "bob ",
            "CN=Bob",
            "/O=Lab/CN=Bob",
            "dns=a.test",
            "*.lab.test",
        ] {
            assert!(Allow::parse(text).is_err(), "{text:?}");
        }
        // A common name may have blanks.
        assert_eq!(admits("Ada L", Some(&whom("Ada L", &[]))), Some(true));
    }

    #[test]
    fn the_words_for_allow_let_the_certificate_in() {
        for (one, words) in [
            (whom("Ann", &[]), "--allow Ann"),
            (whom("Ann B", &[]), "--allow 'Ann B'"),
            (
                whom("Ann", &[dns("ann.test"), mail("a@b.test")]),
                "--allow a@b.test or --allow ann.test",
            ),
        ] {
            assert_eq!(one.remedy(), words);
            for name in one.allows() {
                assert_eq!(admits(name, Some(&one)), Some(true), "{name}");
            }
        }
        let address = whom("Ann", &[AlternativeName::ip([127, 0, 0, 1])]);
        assert!(address.remedy().contains("no --allow can name it"));
    }
}
