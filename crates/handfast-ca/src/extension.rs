//! A certificate's extensions (RFC 5280 section 4.2.1), in the order that most certificates have.

use core::net::IpAddr;

use der::Encode;
use der::asn1::{Ia5String, ObjectIdentifier, OctetString};
use der::oid::AssociatedOid;
use handfast_crypto::signature::KeyKind;
use x509_cert::ext::Extension;
use x509_cert::ext::pkix::constraints::name::GeneralSubtree;
use x509_cert::ext::pkix::name::GeneralName;
use x509_cert::ext::pkix::{
    AuthorityKeyIdentifier, BasicConstraints, ExtendedKeyUsage, KeyUsage, KeyUsages,
    NameConstraints, SubjectAltName, SubjectKeyIdentifier,
};

use crate::error::CaError;
use crate::profile::{AlternativeName, Profile, Purpose, Subtree};

/// The identifiers of the two keys that a certificate joins.
pub(crate) struct KeyIdentifiers<'a> {
    pub(crate) subject: &'a [u8],
    pub(crate) issuer: &'a [u8],
}

/// The extensions that a profile asks for.
pub(crate) fn extensions(
    profile: &Profile,
    identifiers: &KeyIdentifiers<'_>,
) -> Result<Vec<Extension>, CaError> {
    let octets = |bytes: &[u8]| OctetString::new(bytes).map_err(|_| CaError::Encoding);
    let limits = profile.authority.as_ref();
    let basic = BasicConstraints {
        ca: limits.is_some(),
        path_len_constraint: limits.and_then(|limits| limits.path_length),
    };
    let mut list = vec![
        extension(true, &basic)?,
        extension(true, &key_usage(profile))?,
        extension(false, &SubjectKeyIdentifier(octets(identifiers.subject)?))?,
        extension(
            false,
            &AuthorityKeyIdentifier {
                key_identifier: Some(octets(identifiers.issuer)?),
                ..AuthorityKeyIdentifier::default()
            },
        )?,
    ];
    if !profile.purposes.is_empty() {
        let purposes = profile.purposes.iter().copied().map(purpose).collect();
        list.push(extension(false, &ExtendedKeyUsage(purposes))?);
    }
    if profile.common_name.is_empty() && (profile.names.is_empty() || limits.is_some()) {
        return Err(CaError::BadName(String::new()));
    }
    if !profile.names.is_empty() {
        let names: Result<_, CaError> = profile.names.iter().map(general_name).collect();
        // RFC 5280 section 4.2.1.6: critical where the subject is empty.
        list.push(extension(
            profile.common_name.is_empty(),
            &SubjectAltName(names?),
        )?);
    }
    if let Some(limits) = limits.filter(|limits| !limits.permitted.is_empty()) {
        let subtrees: Result<_, CaError> = limits.permitted.iter().map(subtree).collect();
        let constraints = NameConstraints {
            permitted_subtrees: Some(subtrees?),
            excluded_subtrees: None,
        };
        list.push(extension(true, &constraints)?);
    }
    Ok(list)
}

fn extension<T: AssociatedOid + Encode>(critical: bool, value: &T) -> Result<Extension, CaError> {
    let der = value
        .to_der()
        .and_then(OctetString::new)
        .map_err(|_| CaError::Encoding)?;
    Ok(Extension {
        extn_id: T::OID,
        critical,
        extn_value: der,
    })
}

fn key_usage(profile: &Profile) -> KeyUsage {
    match (&profile.authority, profile.key) {
        (Some(_), _) => KeyUsage(KeyUsages::KeyCertSign | KeyUsages::CRLSign),
        // TLS 1.2's RSA key exchange encrypts to the key.
        (None, KeyKind::Rsa { .. }) => {
            KeyUsage(KeyUsages::DigitalSignature | KeyUsages::KeyEncipherment)
        }
        (None, _) => KeyUsage(KeyUsages::DigitalSignature.into()),
    }
}

fn purpose(purpose: Purpose) -> ObjectIdentifier {
    ObjectIdentifier::new_unwrap(match purpose {
        Purpose::ServerAuth => "1.3.6.1.5.5.7.3.1",
        Purpose::ClientAuth => "1.3.6.1.5.5.7.3.2",
        Purpose::CodeSigning => "1.3.6.1.5.5.7.3.3",
        Purpose::OcspSigning => "1.3.6.1.5.5.7.3.9",
    })
}

fn general_name(name: &AlternativeName) -> Result<GeneralName, CaError> {
    Ok(match name {
        AlternativeName::Dns(name) => GeneralName::DnsName(ascii(name)?),
        AlternativeName::Mail(mail) => GeneralName::Rfc822Name(ascii(mail)?),
        AlternativeName::Ip(address) => GeneralName::from(*address),
    })
}

fn ascii(name: &str) -> Result<Ia5String, CaError> {
    let bad = || CaError::BadName(name.to_owned());
    if name.is_empty() {
        return Err(bad());
    }
    Ia5String::new(name).map_err(|_| bad())
}

/// RFC 5280 section 4.2.1.10: a range of addresses is the address, then its mask.
fn subtree(subtree: &Subtree) -> Result<GeneralSubtree, CaError> {
    let base = match subtree {
        Subtree::Dns(name) => GeneralName::DnsName(ascii(name)?),
        Subtree::Ip(address, bits) => {
            let octets = match address {
                IpAddr::V4(address) => address.octets().to_vec(),
                IpAddr::V6(address) => address.octets().to_vec(),
            };
            let mask = mask(octets.len(), *bits);
            let network = octets.iter().zip(&mask).map(|(octet, mask)| octet & mask);
            let range: Vec<u8> = network.chain(mask.iter().copied()).collect();
            GeneralName::IpAddress(OctetString::new(range).map_err(|_| CaError::Encoding)?)
        }
    };
    Ok(GeneralSubtree {
        base,
        minimum: 0,
        maximum: None,
    })
}

fn mask(octets: usize, bits: u8) -> Vec<u8> {
    let mut left = u32::from(bits);
    let mut octet = || {
        let ones = left.min(8);
        left -= ones;
        // 8 - ones zero bits at the low end.
        u8::MAX.checked_shl(8 - ones).unwrap_or(0)
    };
    (0..octets).map(|_| octet()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_mask_has_its_ones_in_front() {
        assert_eq!(mask(4, 0), [0, 0, 0, 0]);
        assert_eq!(mask(4, 12), [255, 240, 0, 0]);
        assert_eq!(mask(4, 32), [255; 4]);
        assert_eq!(mask(4, 200), [255; 4]);
    }
}
