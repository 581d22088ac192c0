//! Distribution points: where a certificate's revocation is published (RFC 5280 s4.2.1.13), and
//! which of that a CRL holds (s5.2.5).

use crate::certificate::Certificate;
use crate::cursor::{Cursor, Tlv, tag};
use crate::distinguished_name::{Attribute, DistinguishedName, attributes_of, same_attributes};
use crate::extension::read_bits;
use crate::fault::{CertificateFault, Problem};
use crate::general_name::GeneralName;
use crate::oid;

/// Points beyond this many are not read (a limit of ours; one is usual).
const MAX_POINTS: usize = 64;
/// Names of one point beyond this many are refused.
const MAX_POINT_NAMES: usize = 64;

/// A set of reasons for revocation (ReasonFlags): bit 0 of the RFC is the highest bit here.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ReasonFlags(pub(crate) u16);

impl ReasonFlags {
    /// No reason.
    pub const NONE: Self = Self(0);
    /// Every reason that RFC 5280 s6.3.1 counts.
    pub const ALL: Self = Self(0x7f80);

    /// The reasons in both sets.
    #[must_use]
    pub const fn and(self, other: Self) -> Self {
        Self(self.0 & other.0)
    }

    /// The reasons in either set.
    #[must_use]
    pub const fn or(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }

    /// Whether every reason is in the set.
    #[must_use]
    pub const fn is_all(self) -> bool {
        self.0 & Self::ALL.0 == Self::ALL.0
    }

    /// The reasons in the set, as RFC 5280 s4.2.1.13 names them.
    pub fn names(self) -> impl Iterator<Item = &'static str> {
        const NAMES: [&str; 8] = [
            "keyCompromise",
            "cACompromise",
            "affiliationChanged",
            "superseded",
            "cessationOfOperation",
            "certificateHold",
            "privilegeWithdrawn",
            "aACompromise",
        ];
        let is_set = move |bit: &usize| self.0 & (0x4000 >> bit) != 0;
        let bits = (0..NAMES.len()).filter(is_set);
        bits.filter_map(|bit| NAMES.get(bit).copied())
    }

    fn read(element: &Tlv<'_>, field: &'static str) -> Result<Self, CertificateFault> {
        // Bit 0 is unused.
        read_bits(element, field).map(|bits| Self(bits & Self::ALL.0))
    }
}

/// A list of general names, checked once.
#[derive(Clone, Copy, Debug)]
pub(crate) struct PointNames<'a>(Tlv<'a>);

impl<'a> PointNames<'a> {
    pub(crate) fn check(list: &Tlv<'a>, field: &'static str) -> Result<Self, CertificateFault> {
        let mut cursor = list.cursor();
        if cursor.is_empty() {
            return Err(list.fault(Problem::EmptyList, field));
        }
        let mut count = 0;
        while !cursor.is_empty() {
            count += 1;
            if count > MAX_POINT_NAMES {
                let limit = MAX_POINT_NAMES;
                return Err(list.fault(Problem::TooMany { limit }, field));
            }
            GeneralName::read(&cursor.element(field)?, false, field)?;
        }
        Ok(Self(*list))
    }

    /// The names, in the order received.
    pub(crate) fn iter(self) -> impl Iterator<Item = GeneralName<'a>> {
        let mut cursor = self.0.cursor();
        std::iter::from_fn(move || {
            if cursor.is_empty() {
                return None;
            }
            let element = cursor.element("GeneralNames").ok()?;
            GeneralName::read(&element, false, "GeneralNames").ok()
        })
    }

    /// Whether the distinguished name is among them.
    pub(crate) fn has(self, name: &DistinguishedName<'_>) -> bool {
        self.iter()
            .any(|one| matches!(one, GeneralName::Directory(own) if own.is_same(name)))
    }
}

/// DistributionPointName.
#[derive(Clone, Copy, Debug)]
pub(crate) enum PointName<'a> {
    /// fullName
    Full(PointNames<'a>),
    /// nameRelativeToCRLIssuer: the attributes that come after the issuer's name.
    Relative(Tlv<'a>),
}

impl<'a> PointName<'a> {
    /// Reads what stands inside `[0]`.
    pub(crate) fn read(outer: &Tlv<'a>, field: &'static str) -> Result<Self, CertificateFault> {
        let mut inside = outer.cursor();
        let name = inside.element(field)?;
        inside.finish(field)?;
        match name.tag {
            FULL => PointNames::check(&name, field).map(Self::Full),
            RELATIVE => Ok(Self::Relative(name)),
            found => {
                let wanted = FULL;
                Err(name.fault(Problem::Tag { wanted, found }, field))
            }
        }
    }

    /// Whether two points have a name in common; each comes with the name of the CRL's issuer
    /// that relative names begin with.
    pub(crate) fn meets(
        &self,
        base: &DistinguishedName<'_>,
        other: &PointName<'_>,
        other_base: &DistinguishedName<'_>,
    ) -> bool {
        match (self, other) {
            (Self::Full(own), PointName::Full(names)) => own
                .iter()
                .any(|one| names.iter().any(|wanted| same_name(&one, &wanted))),
            (Self::Relative(own), PointName::Relative(last)) => {
                base.is_same(other_base) && same_attributes(own, last)
            }
            (Self::Full(own), PointName::Relative(last)) => has_relative(*own, other_base, last),
            (Self::Relative(last), PointName::Full(names)) => has_relative(*names, base, last),
        }
    }

    /// Whether one of `names` is this point's.
    pub(crate) fn is_among(&self, base: &DistinguishedName<'_>, names: PointNames<'_>) -> bool {
        match self {
            Self::Full(own) => own
                .iter()
                .any(|one| names.iter().any(|wanted| same_name(&one, &wanted))),
            Self::Relative(last) => has_relative(names, base, last),
        }
    }

    /// Whether the point is this distinguished name.
    pub(crate) fn is_directory(&self, name: &DistinguishedName<'_>) -> bool {
        matches!(self, Self::Full(own) if own.has(name))
    }
}

/// Names are compared as they were received, distinguished names by RFC 5280 s7.1.
fn same_name(one: &GeneralName<'_>, other: &GeneralName<'_>) -> bool {
    match (one, other) {
        (GeneralName::Directory(one), GeneralName::Directory(other)) => one.is_same(other),
        _ => one == other,
    }
}

fn has_relative(names: PointNames<'_>, base: &DistinguishedName<'_>, last: &Tlv<'_>) -> bool {
    names
        .iter()
        .any(|one| matches!(one, GeneralName::Directory(name) if name.is_base_and(base, last)))
}

/// One of a certificate's distribution points.
#[derive(Clone, Copy, Debug, Default)]
pub struct DistributionPoint<'a> {
    pub(crate) name: Option<PointName<'a>>,
    /// The reasons that are published there; all where nothing is said.
    pub(crate) reasons: Option<ReasonFlags>,
    /// Who signs there, if it is not the certificate's issuer.
    pub(crate) crl_issuer: Option<PointNames<'a>>,
}

impl<'a> DistributionPoint<'a> {
    /// fullName: the CRL's names, nearly always one URI.
    pub fn full_names(&self) -> impl Iterator<Item = GeneralName<'a>> + use<'a> {
        let names = match self.name {
            Some(PointName::Full(names)) => Some(names),
            _ => None,
        };
        names.into_iter().flat_map(PointNames::iter)
    }

    /// nameRelativeToCRLIssuer: the attributes that follow the name of the CRL's issuer.
    pub fn relative_name(&self) -> impl Iterator<Item = Attribute<'a>> + use<'a> {
        let last = match self.name {
            Some(PointName::Relative(last)) => Some(last),
            _ => None,
        };
        last.into_iter().flat_map(|last| attributes_of(&last, 0))
    }

    /// The reasons for revocation that are published there; all where nothing is said.
    #[must_use]
    pub fn reasons(&self) -> Option<ReasonFlags> {
        self.reasons
    }

    /// Who signs the CRL, if it is not the certificate's issuer.
    pub fn crl_issuers(&self) -> impl Iterator<Item = GeneralName<'a>> + use<'a> {
        self.crl_issuer.into_iter().flat_map(PointNames::iter)
    }

    /// The points of a certificate's cRLDistributionPoints.
    pub(crate) fn read_all(value: &Tlv<'a>) -> Result<Vec<Self>, CertificateFault> {
        let mut outer = value.cursor();
        let list = outer.expect(tag::SEQUENCE, POINTS)?;
        outer.finish(POINTS)?;
        let mut cursor = list.cursor();
        if cursor.is_empty() {
            return Err(list.fault(Problem::EmptyList, POINTS));
        }
        let mut points = Vec::new();
        while !cursor.is_empty() {
            if points.len() == MAX_POINTS {
                let limit = MAX_POINTS;
                return Err(list.fault(Problem::TooMany { limit }, POINTS));
            }
            points.push(Self::read(&cursor.expect(tag::SEQUENCE, POINTS)?)?);
        }
        Ok(points)
    }

    fn read(element: &Tlv<'a>) -> Result<Self, CertificateFault> {
        let mut inside = element.cursor();
        let name = inside.optional(tag::constructed(0), POINTS)?;
        let reasons = inside.optional(tag::context(1), POINTS)?;
        let issuer = inside.optional(tag::constructed(2), POINTS)?;
        inside.finish(POINTS)?;
        // RFC 5280 s4.2.1.13: a point must not consist of reasons alone.
        if name.is_none() && issuer.is_none() {
            return Err(element.fault(Problem::DistributionPoint, POINTS));
        }
        Ok(Self {
            name: name.map(|one| PointName::read(&one, POINTS)).transpose()?,
            reasons: reasons
                .map(|one| ReasonFlags::read(&one, POINTS))
                .transpose()?,
            crl_issuer: issuer
                .map(|one| PointNames::check(&one, POINTS))
                .transpose()?,
        })
    }
}

impl<'a> Certificate<'a> {
    /// cRLDistributionPoints, in the order received; empty where the certificate has none.
    ///
    /// # Errors
    /// A [`CertificateFault`] names the byte that is not as RFC 5280 s4.2.1.13 lays it out.
    pub fn distribution_points(&self) -> Result<Vec<DistributionPoint<'a>>, CertificateFault> {
        self.points(oid::CRL_DISTRIBUTION_POINTS)
    }

    /// freshestCRL (RFC 5280 s4.2.1.15): where delta CRLs are published.
    ///
    /// # Errors
    /// As [`Self::distribution_points`].
    pub fn freshest_crl(&self) -> Result<Vec<DistributionPoint<'a>>, CertificateFault> {
        self.points(oid::FRESHEST_CRL)
    }

    fn points(&self, id: &[u8]) -> Result<Vec<DistributionPoint<'a>>, CertificateFault> {
        let value = self.extensions.value(id);
        value.map_or(Ok(Vec::new()), |value| DistributionPoint::read_all(&value))
    }
}

/// What a CRL is limited to: issuingDistributionPoint (RFC 5280 s5.2.5).
#[derive(Clone, Copy, Debug)]
pub(crate) struct IssuingDistributionPoint<'a> {
    pub(crate) name: Option<PointName<'a>>,
    pub(crate) only_user_certs: bool,
    pub(crate) only_ca_certs: bool,
    pub(crate) only_some_reasons: Option<ReasonFlags>,
    pub(crate) indirect: bool,
    pub(crate) only_attribute_certs: bool,
}

impl<'a> IssuingDistributionPoint<'a> {
    pub(crate) fn read(value: &Tlv<'a>) -> Result<Self, CertificateFault> {
        let mut outer = value.cursor();
        let whole = outer.expect(tag::SEQUENCE, ISSUING)?;
        outer.finish(ISSUING)?;
        let mut inside = whole.cursor();
        let name = inside.optional(tag::constructed(0), ISSUING)?;
        let only_user_certs = read_flag(&mut inside, 1)?;
        let only_ca_certs = read_flag(&mut inside, 2)?;
        let reasons = inside.optional(tag::context(3), ISSUING)?;
        let indirect = read_flag(&mut inside, 4)?;
        let only_attribute_certs = read_flag(&mut inside, 5)?;
        inside.finish(ISSUING)?;
        // At most one of the three may be set.
        let kinds = [only_user_certs, only_ca_certs, only_attribute_certs];
        if kinds.iter().filter(|set| **set).count() > 1 {
            return Err(whole.fault(Problem::DistributionPoint, ISSUING));
        }
        Ok(Self {
            name: name.map(|one| PointName::read(&one, ISSUING)).transpose()?,
            only_user_certs,
            only_ca_certs,
            only_some_reasons: reasons
                .map(|one| ReasonFlags::read(&one, ISSUING))
                .transpose()?,
            indirect,
            only_attribute_certs,
        })
    }
}

/// `[number] BOOLEAN DEFAULT FALSE`; FALSE spelled out is met, and changes nothing.
fn read_flag(cursor: &mut Cursor<'_>, number: u8) -> Result<bool, CertificateFault> {
    match cursor.optional(tag::context(number), ISSUING)? {
        Some(element) => element.boolean(ISSUING),
        None => Ok(false),
    }
}

const POINTS: &str = "cRLDistributionPoints";
const ISSUING: &str = "issuingDistributionPoint";
const FULL: u8 = tag::constructed(0);
const RELATIVE: u8 = tag::constructed(1);
