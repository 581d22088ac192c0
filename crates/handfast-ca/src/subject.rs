//! Distinguished names (RFC 5280 section 4.1.2.4): made from text, or taken over byte for byte.

pub(crate) mod attribute;
mod text;

use core::fmt;

use der::Tag;
use handfast_pki::distinguished_name::DistinguishedName;

use crate::error::CaError;
use crate::subject::attribute::COMMON_NAME;
use crate::write::{Der, element, sequence};

/// Whom a certificate is about: a distinguished name.
///
/// ```
/// use handfast_ca::subject::Subject;
///
/// let subject = Subject::parse("CN=api.example.test,O=Acme\\, Inc.,C=DE")?;
/// assert_eq!(subject.common_name().as_deref(), Some("api.example.test"));
/// assert_eq!(subject.to_string(), "CN=api.example.test,O=Acme\\, Inc.,C=DE");
/// assert_eq!(subject, Subject::parse("/C=DE/O=Acme, Inc./CN=api.example.test")?);
/// # Ok::<(), handfast_ca::error::CaError>(())
/// ```
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct Subject {
    der: Vec<u8>,
}

impl Subject {
    /// The name without any part (section 4.1.2.6): for certificates that alternative names
    /// speak for.
    #[must_use]
    pub fn empty() -> Self {
        Self { der: vec![0x30, 0] }
    }

    /// A name of one common name, at most 64 characters; of the empty text the empty name.
    ///
    /// # Errors
    /// [`CaError::BadName`] if it is longer.
    pub fn named(text: &str) -> Result<Self, CaError> {
        if text.chars().count() > COMMON_NAME.limit {
            return Err(CaError::BadName(text.to_owned()));
        }
        Ok(Self::of(text))
    }

    /// A name in DER, which is kept byte for byte.
    ///
    /// # Errors
    /// [`CaError::Unreadable`] names the byte that is not as section 4.1.2.4 lays it out.
    pub fn from_der(der: &[u8]) -> Result<Self, CaError> {
        let name = DistinguishedName::parse(der).map_err(CaError::Unreadable)?;
        Ok(Self {
            der: name.der().to_vec(),
        })
    }

    /// The name in DER.
    #[must_use]
    pub fn der(&self) -> &[u8] {
        &self.der
    }

    /// Whether it has no part at all.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.read().is_none_or(|name| name.is_empty())
    }

    /// The common name, where there is exactly one.
    #[must_use]
    pub fn common_name(&self) -> Option<String> {
        self.read()?.common_name()
    }

    /// All common names.
    #[must_use]
    pub fn common_names(&self) -> Vec<String> {
        let name = self.read();
        let parts = name.iter().flat_map(DistinguishedName::attributes);
        let parts = parts.filter(|part| part.oid().to_string() == COMMON_NAME_OID);
        parts.map(|part| part.text()).collect()
    }

    /// As [`Subject::named`], but a text that is too long shows only when a certificate is
    /// to hold it: [`Subject::check`].
    pub(crate) fn of(common_name: &str) -> Self {
        if common_name.is_empty() {
            return Self::empty();
        }
        let write = || -> Der {
            let attribute = attribute::write(&COMMON_NAME, common_name.as_bytes())?;
            sequence(&[&element(Tag::Set, &[&attribute])?])
        };
        // Text in memory is shorter than DER can say, on every machine that has 4 GiB or less
        // for one name; beyond that the name is empty, which no certificate may hold alone.
        write().map_or_else(|_| Self::empty(), |der| Self { der })
    }

    /// The limits of the parts that are known (RFC 5280 appendix A.1).
    pub(crate) fn check(&self) -> Result<(), CaError> {
        let Some(name) = self.read() else {
            return Err(CaError::Encoding);
        };
        for part in name.attributes() {
            let oid = part.oid().to_string();
            if let Some(kind) = attribute::by_oid(&oid) {
                let text = part.text();
                let characters = text.chars().count();
                if characters == 0 || characters > kind.limit {
                    return Err(CaError::BadName(text));
                }
            }
        }
        Ok(())
    }

    /// The parts for which `keep` says so, byte for byte; it is given the type's short name (or
    /// number), the number, and the value as text.
    pub(crate) fn filtered(&self, mut keep: impl FnMut(&str, &str, &str) -> bool) -> Self {
        let mut components: Vec<(usize, Vec<Vec<u8>>)> = Vec::new();
        for part in self.read().iter().flat_map(DistinguishedName::attributes) {
            let number = part.oid().to_string();
            let kind = part.name().unwrap_or(&number);
            if !keep(kind, &number, &part.text()) {
                continue;
            }
            let Ok(attribute) = attribute::write_value(&number, part.der()) else {
                continue;
            };
            match components.last_mut() {
                Some((component, all)) if *component == part.component() => all.push(attribute),
                _ => components.push((part.component(), vec![attribute])),
            }
        }
        let components = components.into_iter().map(|(_, all)| all).collect();
        Self::from_components(components).unwrap_or_else(|_| Self::empty())
    }

    pub(crate) fn read(&self) -> Option<DistinguishedName<'_>> {
        DistinguishedName::parse(&self.der).ok()
    }

    /// From components, the most general first: each the DER of its attributes.
    pub(crate) fn from_components(components: Vec<Vec<Vec<u8>>>) -> Result<Self, CaError> {
        let mut sets = Vec::new();
        for mut attributes in components {
            // X.690 section 11.6: a SET OF is sorted.
            attributes.sort();
            sets.extend(element(Tag::Set, &[&attributes.concat()])?);
        }
        Ok(Self {
            der: sequence(&[&sets])?,
        })
    }
}

impl fmt::Display for Subject {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.read() {
            Some(name) => name.fmt(f),
            None => Ok(()),
        }
    }
}

impl fmt::Debug for Subject {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Subject({self})")
    }
}

/// RFC 5280 appendix A.1: id-at-commonName.
const COMMON_NAME_OID: &str = "2.5.4.3";
