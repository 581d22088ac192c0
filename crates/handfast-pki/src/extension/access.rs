//! Where more is to be had about a certificate: authorityInfoAccess, subjectInfoAccess (RFC 5280
//! s4.2.2) and the URIs of cRLDistributionPoints (s4.2.1.13).
//!
//! None of it decides whether a certificate is good, so it is read only when it is asked for.

use crate::certificate::Certificate;
use crate::cursor::{Tlv, tag};
use crate::distribution_point::DistributionPoint;
use crate::extension::only;
use crate::fault::{CertificateFault, Problem};
use crate::general_name::GeneralName;
use crate::oid::{self, Oid};

/// The most descriptions that one extension may carry (a limit of ours; two are usual).
pub const MAX_DESCRIPTIONS: usize = 64;

/// One way to more information (AccessDescription).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct AccessDescription<'a> {
    /// What is to be had there, for example `id-ad-caIssuers`.
    pub method: Oid<'a>,
    /// Where it is to be had, nearly always a URI.
    pub location: GeneralName<'a>,
}

impl AccessDescription<'_> {
    /// The method's name in RFC 5280, for those that are known by name.
    #[must_use]
    pub fn name(&self) -> Option<&'static str> {
        Some(match self.method.0 {
            oid::ACCESS_OCSP => "ocsp",
            oid::ACCESS_CA_ISSUERS => "caIssuers",
            oid::ACCESS_TIME_STAMPING => "timeStamping",
            oid::ACCESS_CA_REPOSITORY => "caRepository",
            _ => return None,
        })
    }
}

impl<'a> Certificate<'a> {
    /// authorityInfoAccess, in the order received; empty where the certificate has none.
    ///
    /// ```
    /// use handfast_pki::certificate::Certificate;
    ///
    /// # let path = concat!(env!("CARGO_MANIFEST_DIR"), "/testdata/leaf.der");
    /// let der = std::fs::read(path)?;
    /// let leaf = Certificate::parse(&der)?;
    /// assert!(leaf.authority_info_access()?.is_empty());
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    /// A [`CertificateFault`] names the byte that is not as RFC 5280 s4.2.2.1 lays it out.
    pub fn authority_info_access(&self) -> Result<Vec<AccessDescription<'a>>, CertificateFault> {
        let value = self.extensions.value(oid::AUTHORITY_INFO_ACCESS);
        value.map_or(Ok(Vec::new()), |value| read_all(&value, AUTHORITY))
    }

    /// subjectInfoAccess, in the order received; empty where the certificate has none.
    ///
    /// # Errors
    /// A [`CertificateFault`] names the byte that is not as RFC 5280 s4.2.2.2 lays it out.
    pub fn subject_info_access(&self) -> Result<Vec<AccessDescription<'a>>, CertificateFault> {
        let value = self.extensions.value(oid::SUBJECT_INFO_ACCESS);
        value.map_or(Ok(Vec::new()), |value| read_all(&value, SUBJECT))
    }

    /// Where the issuer's own certificate is published: the URIs of caIssuers, in the order
    /// received, whatever their scheme.
    ///
    /// # Errors
    /// As [`Self::authority_info_access`].
    pub fn ca_issuer_urls(&self) -> Result<Vec<&'a str>, CertificateFault> {
        Ok(uris(&self.authority_info_access()?, oid::ACCESS_CA_ISSUERS))
    }

    /// Where OCSP responders answer: the URIs of ocsp, in the order received, whatever their
    /// scheme.
    ///
    /// # Errors
    /// As [`Self::authority_info_access`].
    pub fn ocsp_urls(&self) -> Result<Vec<&'a str>, CertificateFault> {
        Ok(uris(&self.authority_info_access()?, oid::ACCESS_OCSP))
    }

    /// Where CRLs are published: the URIs of all cRLDistributionPoints, in the order received,
    /// whatever their scheme.
    ///
    /// # Errors
    /// A [`CertificateFault`] names the byte that is not as RFC 5280 s4.2.1.13 lays it out.
    pub fn crl_urls(&self) -> Result<Vec<&'a str>, CertificateFault> {
        let points = self.distribution_points()?;
        let names = points.iter().flat_map(DistributionPoint::full_names);
        Ok(names.filter_map(uri).collect())
    }
}

fn uris<'a>(descriptions: &[AccessDescription<'a>], method: &[u8]) -> Vec<&'a str> {
    let wanted = descriptions.iter().filter(|one| one.method.0 == method);
    wanted.filter_map(|one| uri(one.location)).collect()
}

fn uri(name: GeneralName<'_>) -> Option<&str> {
    match name {
        GeneralName::Uri(text) => Some(text),
        _ => None,
    }
}

fn read_all<'a>(
    value: &Tlv<'a>,
    field: &'static str,
) -> Result<Vec<AccessDescription<'a>>, CertificateFault> {
    let list = only(value, tag::SEQUENCE, field)?;
    let mut cursor = list.cursor();
    if cursor.is_empty() {
        return Err(list.fault(Problem::EmptyList, field));
    }
    let mut found = Vec::new();
    while !cursor.is_empty() {
        if found.len() == MAX_DESCRIPTIONS {
            let limit = MAX_DESCRIPTIONS;
            return Err(list.fault(Problem::TooMany { limit }, field));
        }
        let mut inside = cursor.expect(tag::SEQUENCE, field)?.cursor();
        let method = inside.expect(tag::OID, field)?.oid(field)?;
        let location = GeneralName::read(&inside.element(field)?, false, field)?;
        inside.finish(field)?;
        found.push(AccessDescription {
            method: Oid(method),
            location,
        });
    }
    Ok(found)
}

const AUTHORITY: &str = "authorityInfoAccess";
const SUBJECT: &str = "subjectInfoAccess";

#[cfg(test)]
mod tests {
    use super::{AUTHORITY, read_all};
    use crate::certificate::Certificate;
    use crate::cursor::{Cursor, tag};
    use crate::fault::Problem;
    use crate::oid;

    const LEAF: &[u8] = include_bytes!("../../testdata/leaf.der");

    fn wrap(tag: u8, parts: &[&[u8]]) -> Vec<u8> {
        let content = parts.concat();
        let length = content.len();
        let mut all = vec![tag];
        match u8::try_from(length) {
            Ok(short @ 0..=0x7f) => all.push(short),
            Ok(one) => all.extend([0x81, one]),
            Err(_) => {
                all.push(0x82);
                all.extend(u16::try_from(length).unwrap().to_be_bytes());
            }
        }
        [all, content].concat()
    }

    fn description(method: &[u8], kind: u8, text: &[u8]) -> Vec<u8> {
        let parts = [wrap(tag::OID, &[method]), wrap(tag::context(kind), &[text])];
        wrap(tag::SEQUENCE, &[&parts.concat()])
    }

    /// The leaf with one more extension; all lengths around it are mended.
    fn with_extension(id: &[u8], value: &[u8]) -> Vec<u8> {
        let leaf = Certificate::parse(LEAF).unwrap();
        let own = leaf.extensions().map(|one| {
            let id = wrap(tag::OID, &[one.oid.0]);
            wrap(
                tag::SEQUENCE,
                &[&id, &wrap(tag::OCTET_STRING, &[one.value])],
            )
        });
        let own = own.collect::<Vec<_>>().concat();
        let id = wrap(tag::OID, &[id]);
        let added = wrap(tag::SEQUENCE, &[&id, &wrap(tag::OCTET_STRING, &[value])]);
        let list = wrap(tag::SEQUENCE, &[&own, &added]);
        let mut inside = Cursor::new(leaf.tbs(), 0).element("").unwrap().cursor();
        let mut kept = Vec::new();
        while let Ok(element) = inside.element("") {
            if element.tag != tag::constructed(3) {
                kept.extend_from_slice(element.raw);
            }
        }
        let tbs = wrap(
            tag::SEQUENCE,
            &[&kept, &wrap(tag::constructed(3), &[&list])],
        );
        let algorithm = wrap(tag::SEQUENCE, &[leaf.signature_algorithm()]);
        let signature = wrap(tag::BIT_STRING, &[&[0], leaf.signature()]);
        wrap(tag::SEQUENCE, &[&tbs, &algorithm, &signature])
    }

    #[test]
    fn only_uris_of_the_method_are_given_in_order() {
        let list = [
            description(oid::ACCESS_OCSP, 6, b"http://ocsp.test/1"),
            description(oid::ACCESS_CA_ISSUERS, 6, b"http://ca.test/a.crt"),
            description(oid::ACCESS_CA_ISSUERS, 2, b"dns.test"),
            description(oid::ACCESS_OCSP, 6, b"http://ocsp.test/2"),
            description(oid::ACCESS_CA_ISSUERS, 6, b"ldap://ca.test/b"),
        ];
        let value = wrap(tag::SEQUENCE, &[&list.concat()]);
        let der = with_extension(oid::AUTHORITY_INFO_ACCESS, &value);
        let leaf = Certificate::parse(&der).unwrap();
        let issuers = leaf.ca_issuer_urls().unwrap();
        assert_eq!(issuers, ["http://ca.test/a.crt", "ldap://ca.test/b"]);
        let responders = leaf.ocsp_urls().unwrap();
        assert_eq!(responders, ["http://ocsp.test/1", "http://ocsp.test/2"]);
        let names = leaf.authority_info_access().unwrap();
        let names: Vec<_> = names
            .iter()
            .filter_map(super::AccessDescription::name)
            .collect();
        assert_eq!(
            names,
            ["ocsp", "caIssuers", "caIssuers", "ocsp", "caIssuers"]
        );
        assert!(leaf.subject_info_access().unwrap().is_empty());
        assert!(leaf.crl_urls().unwrap().is_empty());
    }

    #[test]
    fn crl_urls_are_those_of_all_points() {
        let uri = |text: &[u8]| wrap(tag::context(6), &[text]);
        let point = |names: &[&[u8]]| {
            let full = wrap(tag::constructed(0), names);
            wrap(tag::SEQUENCE, &[&wrap(tag::constructed(0), &[&full])])
        };
        let (one, two) = (uri(b"http://crl.test/1"), uri(b"ldap://crl.test/2"));
        let dns = wrap(tag::context(2), &[b"dns.test"]);
        let three = uri(b"http://crl.test/3");
        let points = [point(&[&one, &dns, &two]), point(&[&three])].concat();
        let value = wrap(tag::SEQUENCE, &[&points]);
        let der = with_extension(oid::CRL_DISTRIBUTION_POINTS, &value);
        let leaf = Certificate::parse(&der).unwrap();
        assert_eq!(
            leaf.crl_urls().unwrap(),
            [
                "http://crl.test/1",
                "ldap://crl.test/2",
                "http://crl.test/3"
            ]
        );
    }

    #[test]
    fn a_malformed_list_is_refused_with_field_and_byte() {
        let good = description(oid::ACCESS_OCSP, 6, b"http://ocsp.test/");
        let strange = description(oid::ACCESS_OCSP, 6, b"http://\xe9/");
        let refused = |value: &[u8]| {
            let der = wrap(tag::OCTET_STRING, &[value]);
            let outer = Cursor::new(&der, 100).element("").unwrap();
            let fault = read_all(&outer, AUTHORITY).unwrap_err();
            assert_eq!(fault.field, AUTHORITY);
            (fault.problem, fault.byte)
        };
        let empty = wrap(tag::SEQUENCE, &[]);
        assert_eq!(refused(&empty), (Problem::EmptyList, 102));
        let list = wrap(tag::SEQUENCE, &[&good, &strange]);
        let at = 100 + 2 + 2 + good.len() + 2 + 10;
        assert_eq!(refused(&list), (Problem::NotAscii, at));
        let many = wrap(tag::SEQUENCE, &[&good.repeat(65)]);
        let limit = super::MAX_DESCRIPTIONS;
        assert_eq!(refused(&many).0, Problem::TooMany { limit });
        let whole = wrap(tag::SEQUENCE, &[&good]);
        for end in 0..whole.len() {
            refused(&whole[..end]);
        }
    }
}
