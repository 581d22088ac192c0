//! For which names there are certificates.

use crate::message::{ErrorKind, Identifier, Subproblem};
use core::net::IpAddr;
use handfast_ca::profile::{AlternativeName, Subtree};
use handfast_pki::name::ServerName;

/// For which names there are certificates: what the authorities may vouch for, narrowed by what
/// the operator lists.
#[derive(Clone, Debug, Default)]
pub struct NamePolicy {
    /// What the certificates of the authorities allow, each on its own.
    pub authorities: Vec<NameConstraints>,
    /// The only names for which this server gives certificates, where that is set.
    pub listed: Option<Vec<Subtree>>,
}

/// The name constraints of a certificate (RFC 5280 section 4.2.1.10).
#[derive(Clone, Debug, Default)]
pub struct NameConstraints {
    /// What it may vouch for: of a kind that is not among them, everything.
    pub permitted: Vec<Subtree>,
    /// What it may not.
    pub excluded: Vec<Subtree>,
}

impl NamePolicy {
    /// # Errors
    /// Why there are no certificates for the name, and what to do.
    pub(crate) fn check(&self, name: &Name) -> Result<(), String> {
        for authority in &self.authorities {
            authority.check(name)?;
        }
        match &self.listed {
            Some(listed) if !name.is_in_one(listed) => {
                Err("the operator of this server does not list it (--acme-allow)".to_owned())
            }
            _ => Ok(()),
        }
    }
}

impl NameConstraints {
    fn check(&self, name: &Name) -> Result<(), String> {
        let of_kind = |subtree: &&Subtree| name.is_of_kind(subtree);
        let permitted: Vec<&Subtree> = self.permitted.iter().filter(of_kind).collect();
        let is_permitted = permitted.is_empty() || name.is_in_one(permitted.iter().copied());
        if is_permitted && !name.is_in_one(&self.excluded) {
            return Ok(());
        }
        let names: Vec<String> = permitted.into_iter().map(written).collect();
        Err(match names.is_empty() {
            true => "the authority's own certificate excludes it".to_owned(),
            false => format!("the authority may vouch only for {}", names.join(", ")),
        })
    }
}

/// A name that was checked, in lower case.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Name {
    /// As an order has it: `*.` before a wildcard.
    pub(crate) identifier: Identifier,
    /// As its authorization has it.
    pub(crate) base: Identifier,
    pub(crate) is_wildcard: bool,
}

impl Name {
    /// # Errors
    /// What is wrong with it.
    pub(crate) fn read(identifier: &Identifier) -> Result<Self, Subproblem> {
        let wrong = |kind, detail: String| Subproblem {
            kind,
            detail,
            identifier: Some(identifier.clone()),
        };
        let malformed = |detail| Err(wrong(ErrorKind::Malformed, detail));
        match identifier {
            Identifier::Dns(text) => {
                let (base, is_wildcard) = match text.strip_prefix("*.") {
                    Some(base) => (base, true),
                    None => (text.as_str(), false),
                };
                let base = match ServerName::parse(base) {
                    Ok(ServerName::Dns(name)) => Identifier::Dns(name.as_str().to_owned()),
                    Ok(_) => return malformed("an address is of type ip (RFC 8738)".to_owned()),
                    Err(fault) => return malformed(format!("not a host's name: {fault}")),
                };
                let identifier = match is_wildcard {
                    true => Identifier::Dns(format!("*.{base}")),
                    false => base.clone(),
                };
                Ok(Self {
                    identifier,
                    base,
                    is_wildcard,
                })
            }
            Identifier::Ip(_) => Ok(Self {
                identifier: identifier.clone(),
                base: identifier.clone(),
                is_wildcard: false,
            }),
            Identifier::Other { kind, .. } if kind == "ip" => {
                malformed("not an address".to_owned())
            }
            _ => Err(wrong(
                ErrorKind::UnsupportedIdentifier,
                "only dns and ip are known here".to_owned(),
            )),
        }
    }

    /// As a certificate has it.
    pub(crate) fn alternative(&self) -> AlternativeName {
        match &self.identifier {
            Identifier::Ip(address) => AlternativeName::ip(*address),
            name => AlternativeName::dns(&name.to_string()),
        }
    }

    fn is_in_one<'s>(&self, subtrees: impl IntoIterator<Item = &'s Subtree>) -> bool {
        subtrees.into_iter().any(|subtree| self.is_in(subtree))
    }

    fn is_of_kind(&self, subtree: &Subtree) -> bool {
        matches!(
            (&self.base, subtree),
            (Identifier::Dns(_), Subtree::Dns(_)) | (Identifier::Ip(_), Subtree::Ip(..))
        )
    }

    fn is_in(&self, subtree: &Subtree) -> bool {
        match (&self.base, subtree) {
            (Identifier::Dns(name), Subtree::Dns(base)) => {
                let base = base.strip_prefix('.').unwrap_or(base).to_ascii_lowercase();
                let above = name.strip_suffix(base.as_str());
                base.is_empty() || above.is_some_and(|rest| rest.is_empty() || rest.ends_with('.'))
            }
            (Identifier::Ip(address), Subtree::Ip(network, bits)) => {
                is_in_network(*address, *network, *bits)
            }
            _ => false,
        }
    }
}

fn is_in_network(address: IpAddr, network: IpAddr, bits: u8) -> bool {
    let (address, network, width) = match (address, network) {
        (IpAddr::V4(a), IpAddr::V4(b)) => (u128::from(a.to_bits()), u128::from(b.to_bits()), 32),
        (IpAddr::V6(a), IpAddr::V6(b)) => (a.to_bits(), b.to_bits(), 128),
        _ => return false,
    };
    // No bit counts: every address of the family.
    let shift = u32::saturating_sub(width, u32::from(bits));
    (address ^ network).checked_shr(shift).unwrap_or(0) == 0
}

fn written(subtree: &Subtree) -> String {
    match subtree {
        Subtree::Dns(name) if name.is_empty() => "every host".to_owned(),
        Subtree::Dns(name) => name.clone(),
        Subtree::Ip(address, bits) => format!("{address}/{bits}"),
        _ => "others".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn name(text: &str) -> Name {
        Name::read(&Identifier::read(text)).unwrap()
    }

    #[test]
    fn names_come_out_in_lower_case_and_wildcards_without_their_star() {
        let wildcard = name("*.Example.TEST");
        assert_eq!(wildcard.base, Identifier::Dns("example.test".to_owned()));
        assert_eq!(wildcard.identifier.to_string(), "*.example.test");
        for text in [
            "a..test",
            "*.*.test",
            "a*.test",
            "",
            "*.",
            "ä.test",
            "a b",
            "1.2.3.4.5",
        ] {
            let fault = Name::read(&Identifier::Dns(text.to_owned())).unwrap_err();
            assert_eq!(fault.kind, ErrorKind::Malformed, "{text}");
        }
        let address = Identifier::Dns("127.0.0.1".to_owned());
        assert_eq!(Name::read(&address).unwrap_err().kind, ErrorKind::Malformed);
        let mail: Identifier = serde_json::from_str(r#"{"type":"email","value":"a@b"}"#).unwrap();
        let fault = Name::read(&mail).unwrap_err();
        assert_eq!(fault.kind, ErrorKind::UnsupportedIdentifier);
    }

    #[test]
    fn a_name_must_be_permitted_not_excluded_and_listed() {
        let net = Subtree::Ip(IpAddr::from([10, 0, 0, 0]), 8);
        let mut policy = NamePolicy {
            authorities: vec![
                NameConstraints {
                    permitted: vec![Subtree::Dns("test".to_owned()), net],
                    excluded: vec![Subtree::Dns("bad.test".to_owned())],
                },
                NameConstraints {
                    permitted: Vec::new(),
                    excluded: vec![Subtree::Dns("worse.test".to_owned())],
                },
            ],
            listed: None,
        };
        for good in ["test", "a.test", "*.a.test", "10.255.0.1"] {
            policy.check(&name(good)).unwrap();
        }
        for bad in [
            "atest",
            "test.a",
            "bad.test",
            "worse.test",
            "x.bad.test",
            "*.bad.test",
            "11.0.0.1",
        ] {
            assert!(policy.check(&name(bad)).is_err(), "{bad}");
        }
        // RFC 5280: what no subtree of its kind limits is permitted.
        policy.authorities[0].permitted.truncate(1);
        policy.check(&name("11.0.0.1")).unwrap();
        policy.listed = Some(vec![Subtree::Dns("a.test".to_owned())]);
        policy.check(&name("x.a.test")).unwrap();
        for bad in ["b.test", "11.0.0.1"] {
            assert!(policy.check(&name(bad)).is_err(), "{bad}");
        }
        policy.listed = Some(vec![
            Subtree::Dns(String::new()),
            Subtree::Ip([0; 16].into(), 0),
        ]);
        policy.check(&name("b.test")).unwrap();
        policy.check(&name("::1")).unwrap();
        assert!(policy.check(&name("11.0.0.1")).is_err());
    }
}
