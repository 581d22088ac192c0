//! Name constraints: every kind of base beside every kind of name, and what must come of it, by a
//! textbook that splits names into labels where the library compares their ends.

mod cases;
pub mod textbook;

use crate::made::certificate::{
    Draft, alternative_names, authority, directory, dns, ip, key, mail, name_constraints,
    signs_all, uri,
};
use crate::made::der::name;

pub use crate::constraints::cases::cases;

/// A name, or the base of a subtree.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Name {
    /// A dNSName.
    Dns(String),
    /// An rfc822Name.
    Mail(String),
    /// A uniformResourceIdentifier.
    Uri(String),
    /// An iPAddress: in a base, address and mask.
    Ip(Vec<u8>),
    /// A directoryName of common names.
    Directory(Vec<String>),
}

/// One case: an authority's constraints, and a leaf's names.
#[derive(Clone, Debug)]
pub struct Case {
    /// What it is about.
    pub label: String,
    /// permittedSubtrees.
    pub permitted: Vec<Name>,
    /// excludedSubtrees.
    pub excluded: Vec<Name>,
    /// The leaf's names.
    pub names: Vec<Name>,
    /// Whether the leaf may bear them.
    pub allowed: bool,
}

/// A case as certificates, in DER.
#[derive(Clone, Debug)]
pub struct Certificates {
    /// The anchor.
    pub root: Vec<u8>,
    /// The authority with the constraints.
    pub issuer: Vec<u8>,
    /// The leaf.
    pub leaf: Vec<u8>,
}

impl Case {
    /// The certificates of this case, with new keys.
    #[must_use]
    pub fn certificates(&self) -> Certificates {
        let (root_key, issuer_key, leaf_key) = (key(), key(), key());
        let der = |names: &[Name]| names.iter().map(Name::der).collect::<Vec<_>>();
        let constraints = name_constraints(&der(&self.permitted), &der(&self.excluded));
        Certificates {
            root: Draft::new("NC root", "NC root", root_key.public_spki())
                .with(authority(None))
                .with(signs_all())
                .signed_by(&root_key),
            issuer: Draft::new("NC issuer", "NC root", issuer_key.public_spki())
                .numbered(&[2])
                .with(authority(None))
                .with(signs_all())
                .with(constraints)
                .signed_by(&root_key),
            leaf: Draft {
                subject: name(""),
                ..Draft::new("", "NC issuer", leaf_key.public_spki())
            }
            .numbered(&[3])
            .with(critical_names(&der(&self.names)))
            .signed_by(&issuer_key),
        }
    }
}

/// RFC 5280 s4.2.1.6: where there is no subject, subjectAltName is critical.
fn critical_names(names: &[Vec<u8>]) -> Vec<u8> {
    let plain = alternative_names(names);
    let value = crate::made::der::sequence(&[&names.concat()]);
    debug_assert!(plain.ends_with(&value));
    crate::made::der::extension(17, true, &value)
}

impl Name {
    /// As a GeneralName.
    #[must_use]
    pub fn der(&self) -> Vec<u8> {
        match self {
            Self::Dns(text) => dns(text),
            Self::Mail(text) => mail(text),
            Self::Uri(text) => uri(text),
            Self::Ip(octets) => ip(octets),
            Self::Directory(names) => directory(&common_names(names)),
        }
    }
}

/// A distinguished name of several common names, one below the other.
fn common_names(names: &[String]) -> Vec<u8> {
    use crate::made::der::{element, sequence};
    let part = |text: &String| {
        let value = element(0x0c, &[text.as_bytes()]);
        element(0x31, &[&sequence(&[&[6, 3, 0x55, 4, 3], &value])])
    };
    sequence(&[&names.iter().flat_map(part).collect::<Vec<_>>()])
}
