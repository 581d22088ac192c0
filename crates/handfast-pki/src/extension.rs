//! The extensions of a certificate (RFC 5280 s4.2), read in one pass.

pub mod access;
pub mod issuer_alt_name;
pub mod key_identifier;
pub mod policy;
pub mod subtrees;
pub mod tls_feature;

use crate::cursor::{Cursor, Tlv, tag};
use crate::extension::policy::{
    CertificatePolicies, PolicyConstraints, PolicyMappings, read_inhibit_any_policy,
};
use crate::extension::tls_feature::TlsFeatures;
use crate::fault::{CertificateFault, Problem};
use crate::general_name::GeneralNames;
use crate::oid::{self, Oid, extension_name};

/// The most extensions that one certificate may carry.
pub const MAX_EXTENSIONS: usize = 64;

/// The most purposes that extKeyUsage may name (a limit of ours; a dozen are many).
pub const MAX_PURPOSES: usize = 100;

const FIELD: &str = "tbsCertificate.extensions";

/// One extension as received.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Extension<'a> {
    /// Which extension it is.
    pub oid: Oid<'a>,
    /// Whether a reader that does not know it must refuse the certificate.
    pub critical: bool,
    /// The contents of its OCTET STRING.
    pub value: &'a [u8],
}

impl Extension<'_> {
    /// The extension's name in its RFC, for those that are known by name.
    #[must_use]
    pub fn name(&self) -> Option<&'static str> {
        extension_name(self.oid.0)
    }
}

/// basicConstraints (RFC 5280 s4.2.1.9).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct BasicConstraints {
    /// Whether the subject is a certification authority.
    pub ca: bool,
    /// How many intermediates that are not self-issued may follow below it.
    pub path_length: Option<u8>,
}

/// keyUsage (RFC 5280 s4.2.1.3): bit 0 of the RFC is the highest bit here.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct KeyUsage(pub u16);

impl KeyUsage {
    /// Signatures other than on certificates and CRLs.
    pub const DIGITAL_SIGNATURE: Self = Self(0x8000);
    /// Signatures that bind the signer: contentCommitment, once called nonRepudiation.
    pub const NON_REPUDIATION: Self = Self(0x4000);
    /// Encrypting keys, as in RSA key transport.
    pub const KEY_ENCIPHERMENT: Self = Self(0x2000);
    /// Key agreement, as in static Diffie-Hellman.
    pub const KEY_AGREEMENT: Self = Self(0x0800);
    /// Signatures on certificates.
    pub const KEY_CERT_SIGN: Self = Self(0x0400);
    /// Signatures on CRLs.
    pub const CRL_SIGN: Self = Self(0x0200);

    /// Whether any of `wanted`'s bits is set.
    #[must_use]
    pub const fn allows(self, wanted: Self) -> bool {
        self.0 & wanted.0 != 0
    }

    /// The usages in the set, as RFC 5280 names them.
    pub fn names(self) -> impl Iterator<Item = &'static str> {
        let bits = (0..9).map(move |bit| Self(self.0 & (0x8000 >> bit)));
        bits.filter(|one| one.0 != 0).map(Self::name)
    }

    /// The first usage in the set, as RFC 5280 names it.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self.0.leading_zeros() {
            0 => "digitalSignature",
            1 => "nonRepudiation",
            2 => "keyEncipherment",
            3 => "dataEncipherment",
            4 => "keyAgreement",
            5 => "keyCertSign",
            6 => "cRLSign",
            7 => "encipherOnly",
            8 => "decipherOnly",
            _ => "no usage",
        }
    }
}

/// Everything that path validation asks of the extensions.
#[derive(Clone, Debug)]
pub(crate) struct Extensions<'a> {
    list: Option<Cursor<'a>>,
    pub(crate) basic_constraints: Option<BasicConstraints>,
    pub(crate) key_usage: Option<KeyUsage>,
    pub(crate) extended_key_usage: Option<Tlv<'a>>,
    pub(crate) subject_alt_names: GeneralNames<'a>,
    pub(crate) name_constraints: Option<Tlv<'a>>,
    pub(crate) authority_key_id: Option<&'a [u8]>,
    pub(crate) subject_key_id: Option<&'a [u8]>,
    pub(crate) tls_features: TlsFeatures<'a>,
    /// The first critical extension that nothing here understands.
    pub(crate) unknown_critical: Option<Oid<'a>>,
    seen: u16,
    critical: u16,
}

/// The extensions that are understood, as bits of `seen` and `critical`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u16)]
pub(crate) enum Known {
    BasicConstraints = 1,
    KeyUsage = 1 << 1,
    ExtendedKeyUsage = 1 << 2,
    SubjectAltName = 1 << 3,
    NameConstraints = 1 << 4,
    AuthorityKeyIdentifier = 1 << 5,
    SubjectKeyIdentifier = 1 << 6,
    CertificatePolicies = 1 << 7,
    PolicyMappings = 1 << 8,
    PolicyConstraints = 1 << 9,
    InhibitAnyPolicy = 1 << 10,
    TlsFeature = 1 << 11,
}

impl<'a> Extensions<'a> {
    pub(crate) fn none() -> Self {
        Self {
            list: None,
            basic_constraints: None,
            key_usage: None,
            extended_key_usage: None,
            subject_alt_names: GeneralNames::none(),
            name_constraints: None,
            authority_key_id: None,
            subject_key_id: None,
            tls_features: TlsFeatures::none(),
            unknown_critical: None,
            seen: 0,
            critical: 0,
        }
    }

    /// Reads the SEQUENCE OF Extension inside `[3]`.
    pub(crate) fn read(explicit: &Tlv<'a>) -> Result<Self, CertificateFault> {
        let mut outer = explicit.cursor();
        let list = outer.expect(tag::SEQUENCE, FIELD)?;
        outer.finish(FIELD)?;
        let mut cursor = list.cursor();
        if cursor.is_empty() {
            return Err(list.fault(Problem::EmptyList, FIELD));
        }
        let mut extensions = Self {
            list: Some(cursor),
            ..Self::none()
        };
        let mut count = 0;
        while !cursor.is_empty() {
            count += 1;
            if count > MAX_EXTENSIONS {
                let limit = MAX_EXTENSIONS;
                return Err(list.fault(Problem::TooMany { limit }, FIELD));
            }
            let element = cursor.expect(tag::SEQUENCE, FIELD)?;
            let (extension, value) = read_one(&element, FIELD)?;
            extensions.take(&element, &extension, &value, count)?;
        }
        Ok(extensions)
    }

    /// Whether the extension is there and marked critical.
    pub(crate) fn is_critical(&self, known: Known) -> bool {
        self.critical & known as u16 != 0
    }

    /// Whether the extension is there.
    pub(crate) fn has(&self, known: Known) -> bool {
        self.seen & known as u16 != 0
    }

    /// Every extension, in the order received.
    pub(crate) fn iter(&self) -> impl Iterator<Item = Extension<'a>> + use<'a> {
        let mut cursor = self.list;
        std::iter::from_fn(move || {
            let list = cursor.as_mut().filter(|list| !list.is_empty())?;
            let element = list.element(FIELD).ok()?;
            read_one(&element, FIELD)
                .ok()
                .map(|(extension, _)| extension)
        })
    }

    /// The value of the extension with this identifier, where it stands in the certificate.
    pub(crate) fn value(&self, oid: &[u8]) -> Option<Tlv<'a>> {
        let mut list = self.list?;
        while !list.is_empty() {
            let (extension, value) = read_one(&list.element(FIELD).ok()?, FIELD).ok()?;
            if extension.oid.0 == oid {
                return Some(value);
            }
        }
        None
    }

    /// As [`Self::value`], for one of those that are read when asked for: most certificates lack it.
    fn known_value(&self, known: Known, oid: &[u8]) -> Option<Tlv<'a>> {
        self.has(known).then(|| self.value(oid)).flatten()
    }

    /// certificatePolicies, if present.
    pub(crate) fn policies(&self) -> Option<CertificatePolicies<'a>> {
        let value = self.known_value(Known::CertificatePolicies, oid::CERTIFICATE_POLICIES)?;
        CertificatePolicies::of(&value).ok()
    }

    /// policyMappings, if present.
    pub(crate) fn policy_mappings(&self) -> Option<PolicyMappings<'a>> {
        let value = self.known_value(Known::PolicyMappings, oid::POLICY_MAPPINGS)?;
        PolicyMappings::of(&value).ok()
    }

    /// policyConstraints, if present.
    pub(crate) fn policy_constraints(&self) -> Option<PolicyConstraints> {
        let value = self.known_value(Known::PolicyConstraints, oid::POLICY_CONSTRAINTS)?;
        PolicyConstraints::read(&value).ok()
    }

    /// inhibitAnyPolicy, if present.
    pub(crate) fn inhibit_any_policy(&self) -> Option<u32> {
        let value = self.known_value(Known::InhibitAnyPolicy, oid::INHIBIT_ANY_POLICY)?;
        read_inhibit_any_policy(&value).ok()
    }

    /// Takes in the `count`th extension.
    fn take(
        &mut self,
        element: &Tlv<'a>,
        extension: &Extension<'a>,
        value: &Tlv<'a>,
        count: usize,
    ) -> Result<(), CertificateFault> {
        let Some(known) = known(extension.oid.0) else {
            if self
                .iter()
                .take(count - 1)
                .any(|earlier| earlier.oid == extension.oid)
            {
                return Err(element.fault(Problem::DuplicateExtension, FIELD));
            }
            if extension.critical && extension.oid.0 == oid::CRL_DISTRIBUTION_POINTS {
                // What they say is read where revocation is asked about.
                check_sequences(value, "cRLDistributionPoints")?;
            } else if extension.critical && self.unknown_critical.is_none() {
                self.unknown_critical = Some(extension.oid);
            }
            return Ok(());
        };
        if self.has(known) {
            return Err(element.fault(Problem::DuplicateExtension, FIELD));
        }
        self.seen |= known as u16;
        if extension.critical {
            self.critical |= known as u16;
        }
        self.take_known(known, value)
    }

    fn take_known(&mut self, known: Known, value: &Tlv<'a>) -> Result<(), CertificateFault> {
        match known {
            Known::BasicConstraints => {
                self.basic_constraints = Some(read_basic_constraints(value)?);
            }
            Known::KeyUsage => self.key_usage = Some(read_key_usage(value)?),
            Known::ExtendedKeyUsage => {
                self.extended_key_usage = Some(check_extended_key_usage(value)?);
            }
            Known::SubjectAltName => {
                let list = only(value, tag::SEQUENCE, "subjectAltName")?;
                self.subject_alt_names = GeneralNames::check(&list)?;
            }
            Known::NameConstraints => {
                self.name_constraints = Some(only(value, tag::SEQUENCE, "nameConstraints")?);
            }
            Known::AuthorityKeyIdentifier => {
                const AKI: &str = "authorityKeyIdentifier";
                let mut inside = only(value, tag::SEQUENCE, AKI)?.cursor();
                let id = inside.optional(tag::context(0), AKI)?;
                self.authority_key_id = id.map(|id| id.value);
            }
            Known::SubjectKeyIdentifier => {
                let id = only(value, tag::OCTET_STRING, "subjectKeyIdentifier")?;
                self.subject_key_id = Some(id.value);
            }
            Known::PolicyConstraints => {
                PolicyConstraints::read(value)?;
            }
            Known::CertificatePolicies => {
                CertificatePolicies::check(value)?;
            }
            Known::PolicyMappings => {
                PolicyMappings::check(value)?;
            }
            Known::InhibitAnyPolicy => {
                read_inhibit_any_policy(value)?;
            }
            Known::TlsFeature => self.tls_features = TlsFeatures::read(value)?,
        }
        Ok(())
    }
}

fn known(id: &[u8]) -> Option<Known> {
    Some(match id {
        oid::BASIC_CONSTRAINTS => Known::BasicConstraints,
        oid::KEY_USAGE => Known::KeyUsage,
        oid::EXTENDED_KEY_USAGE => Known::ExtendedKeyUsage,
        oid::SUBJECT_ALT_NAME => Known::SubjectAltName,
        oid::NAME_CONSTRAINTS => Known::NameConstraints,
        oid::AUTHORITY_KEY_IDENTIFIER => Known::AuthorityKeyIdentifier,
        oid::SUBJECT_KEY_IDENTIFIER => Known::SubjectKeyIdentifier,
        oid::CERTIFICATE_POLICIES => Known::CertificatePolicies,
        oid::POLICY_MAPPINGS => Known::PolicyMappings,
        oid::POLICY_CONSTRAINTS => Known::PolicyConstraints,
        oid::INHIBIT_ANY_POLICY => Known::InhibitAnyPolicy,
        oid::TLS_FEATURE => Known::TlsFeature,
        _ => return None,
    })
}

/// One extension; `field` is the list that it stands in.
pub(crate) fn read_one<'a>(
    element: &Tlv<'a>,
    field: &'static str,
) -> Result<(Extension<'a>, Tlv<'a>), CertificateFault> {
    let mut inside = element.cursor();
    let oid = inside.expect(tag::OID, field)?.oid(field)?;
    // DER leaves out `critical FALSE`; real authorities spell it out, and it changes nothing.
    let critical = match inside.optional(tag::BOOLEAN, field)? {
        Some(element) => element.boolean(field)?,
        None => false,
    };
    let value = inside.expect(tag::OCTET_STRING, field)?;
    inside.finish(field)?;
    let extension = Extension {
        oid: Oid(oid),
        critical,
        value: value.value,
    };
    Ok((extension, value))
}

/// The one element inside an extension's OCTET STRING.
pub(crate) fn only<'a>(
    value: &Tlv<'a>,
    tag: u8,
    field: &'static str,
) -> Result<Tlv<'a>, CertificateFault> {
    value.only(tag, field)
}

/// At least one SEQUENCE inside a SEQUENCE.
fn check_sequences(value: &Tlv<'_>, field: &'static str) -> Result<(), CertificateFault> {
    let list = only(value, tag::SEQUENCE, field)?;
    let mut inside = list.cursor();
    if inside.is_empty() {
        return Err(list.fault(Problem::EmptyList, field));
    }
    while !inside.is_empty() {
        inside.expect(tag::SEQUENCE, field)?;
    }
    Ok(())
}

fn read_basic_constraints(value: &Tlv<'_>) -> Result<BasicConstraints, CertificateFault> {
    const FIELD: &str = "basicConstraints";
    let list = only(value, tag::SEQUENCE, FIELD)?;
    let mut inside = list.cursor();
    // As above, `cA FALSE` spelled out is met in the wild.
    let ca = match inside.optional(tag::BOOLEAN, FIELD)? {
        Some(element) => element.boolean(FIELD)?,
        None => false,
    };
    let path_length = match inside.optional(tag::INTEGER, FIELD)? {
        None => None,
        Some(number) => match number.integer(FIELD)? {
            [length @ 0..=0x7f] => Some(*length),
            // More than a path can hold is no limit at all; a negative number is none.
            [0x80..=0xff, ..] => return Err(number.fault(Problem::PathLength, FIELD)),
            _ => Some(u8::MAX),
        },
    };
    inside.finish(FIELD)?;
    Ok(BasicConstraints { ca, path_length })
}

fn read_key_usage(value: &Tlv<'_>) -> Result<KeyUsage, CertificateFault> {
    const FIELD: &str = "keyUsage";
    read_bits(&only(value, tag::BIT_STRING, FIELD)?, FIELD).map(KeyUsage)
}

/// The contents of a BIT STRING of at most 16 named bits: bit 0 is the highest.
pub(crate) fn read_bits(bits: &Tlv<'_>, field: &'static str) -> Result<u16, CertificateFault> {
    let (unused, high, low) = match bits.value {
        [0] => (0, 0, 0),
        [unused @ 0..=7, high] => (*unused, *high, 0),
        [unused @ 0..=7, high, low] => (*unused, *high, *low),
        _ => return Err(bits.fault(Problem::BitString, field)),
    };
    let last = if bits.value.len() == 3 { low } else { high };
    if last & ((1u8 << unused) - 1) != 0 {
        return Err(bits.fault(Problem::BitString, field));
    }
    Ok(u16::from_be_bytes([high, low]))
}

/// The purposes of an extKeyUsage that was checked, in the order received.
pub(crate) fn purposes<'a>(list: &Tlv<'a>) -> impl Iterator<Item = Oid<'a>> + use<'a> {
    let mut cursor = list.cursor();
    std::iter::from_fn(move || {
        if cursor.is_empty() {
            return None;
        }
        cursor.element("extKeyUsage").ok().map(|id| Oid(id.value))
    })
}

fn check_extended_key_usage<'a>(value: &Tlv<'a>) -> Result<Tlv<'a>, CertificateFault> {
    const FIELD: &str = "extKeyUsage";
    let list = only(value, tag::SEQUENCE, FIELD)?;
    let mut inside = list.cursor();
    if inside.is_empty() {
        return Err(list.fault(Problem::EmptyList, FIELD));
    }
    let mut count = 0;
    while !inside.is_empty() {
        count += 1;
        if count > MAX_PURPOSES {
            let limit = MAX_PURPOSES;
            return Err(list.fault(Problem::TooMany { limit }, FIELD));
        }
        inside.expect(tag::OID, FIELD)?.oid(FIELD)?;
    }
    Ok(list)
}

#[cfg(test)]
mod tests;
