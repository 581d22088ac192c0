//! The extensions of a CRL as a whole (RFC 5280 s5.2).

use crate::cursor::{Tlv, tag};
use crate::distribution_point::IssuingDistributionPoint;
use crate::extension::{Extension, only, read_one};
use crate::fault::{CertificateFault, Problem};
use crate::oid::{self, Oid};

/// What is asked of a CRL's extensions.
#[derive(Clone, Debug, Default)]
pub(crate) struct CrlExtensions<'a> {
    /// cRLNumber, without leading zeros.
    pub(crate) number: Option<&'a [u8]>,
    /// deltaCRLIndicator: the number of the CRL that it builds on.
    pub(crate) base_number: Option<&'a [u8]>,
    pub(crate) scope: Option<IssuingDistributionPoint<'a>>,
    /// The values of two extensions that a delta must share with its base.
    pub(crate) scope_value: Option<&'a [u8]>,
    pub(crate) authority_key_value: Option<&'a [u8]>,
    /// freshestCRL is there: deltas are published.
    pub(crate) has_deltas: bool,
    /// The first critical extension that is not understood.
    pub(crate) unknown_critical: Option<Oid<'a>>,
}

impl<'a> CrlExtensions<'a> {
    /// Reads the SEQUENCE OF Extension inside `[0]`.
    pub(crate) fn read(explicit: &Tlv<'a>) -> Result<Self, CertificateFault> {
        let list = only(explicit, tag::SEQUENCE, FIELD)?;
        let mut cursor = list.cursor();
        if cursor.is_empty() {
            return Err(list.fault(Problem::EmptyList, FIELD));
        }
        let mut extensions = Self::default();
        let mut count = 0;
        while !cursor.is_empty() {
            count += 1;
            if count > MAX_CRL_EXTENSIONS {
                let limit = MAX_CRL_EXTENSIONS;
                return Err(list.fault(Problem::TooMany { limit }, FIELD));
            }
            let element = cursor.expect(tag::SEQUENCE, FIELD)?;
            let (extension, value) = read_one(&element, FIELD)?;
            if repeats(&list, extension.oid, element.at) {
                return Err(element.fault(Problem::DuplicateExtension, FIELD));
            }
            extensions.take(&element, &extension, &value)?;
        }
        Ok(extensions)
    }

    fn take(
        &mut self,
        element: &Tlv<'a>,
        extension: &Extension<'a>,
        value: &Tlv<'a>,
    ) -> Result<(), CertificateFault> {
        match extension.oid.0 {
            oid::CRL_NUMBER => {
                // RFC 5280 s5.2.3: a non-critical extension.
                if extension.critical {
                    return Err(element.fault(Problem::Criticality, "cRLNumber"));
                }
                self.number = Some(read_number(value, "cRLNumber")?);
            }
            oid::DELTA_CRL_INDICATOR => {
                // RFC 5280 s5.2.4: whoever passes over it takes a part for the whole.
                if !extension.critical {
                    return Err(element.fault(Problem::Criticality, "deltaCRLIndicator"));
                }
                self.base_number = Some(read_number(value, "deltaCRLIndicator")?);
            }
            oid::ISSUING_DISTRIBUTION_POINT => {
                self.scope = Some(IssuingDistributionPoint::read(value)?);
                self.scope_value = Some(value.value);
            }
            oid::AUTHORITY_KEY_IDENTIFIER => {
                only(value, tag::SEQUENCE, "authorityKeyIdentifier")?;
                self.authority_key_value = Some(value.value);
            }
            oid::FRESHEST_CRL => self.has_deltas = true,
            _ if extension.critical && self.unknown_critical.is_none() => {
                self.unknown_critical = Some(extension.oid);
            }
            _ => {}
        }
        Ok(())
    }
}

/// Whether the extension stands in the list before byte `at`.
fn repeats(list: &Tlv<'_>, oid: Oid<'_>, at: usize) -> bool {
    let mut cursor = list.cursor();
    std::iter::from_fn(|| cursor.element(FIELD).ok())
        .take_while(|element| element.at < at)
        .any(|element| read_one(&element, FIELD).is_ok_and(|(one, _)| one.oid == oid))
}

/// RFC 5280 s5.2.3: not negative, at most 20 bytes.
fn read_number<'a>(value: &Tlv<'a>, field: &'static str) -> Result<&'a [u8], CertificateFault> {
    let number = only(value, tag::INTEGER, field)?;
    let bytes = number.integer(field)?;
    let negative = bytes.first().is_some_and(|byte| byte & 0x80 != 0);
    if negative || bytes.len() > 20 {
        return Err(number.fault(Problem::CrlNumber, field));
    }
    Ok(bytes.strip_prefix(&[0]).unwrap_or(bytes))
}

const FIELD: &str = "tbsCertList.crlExtensions";
const MAX_CRL_EXTENSIONS: usize = 64;
