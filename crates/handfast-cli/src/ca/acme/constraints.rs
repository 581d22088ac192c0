//! For which names an authority's chain may vouch.

use handfast_acme::server::NameConstraints;
use handfast_ca::profile::Subtree;
use handfast_pki::certificate::Certificate;
use handfast_pki::general_name::GeneralName;
use rustls_pki_types::CertificateDer;
use std::net::IpAddr;

/// The constraints of each certificate that has some. What cannot be read limits nothing here: the
/// authority itself refuses to sign then.
pub(super) fn constraints(chain: &[CertificateDer<'_>]) -> Vec<NameConstraints> {
    let read = chain.iter().filter_map(|der| {
        let certificate = Certificate::parse(der).ok()?;
        let subtrees = certificate.name_subtrees().ok()??;
        let known = |names: &[GeneralName<'_>]| names.iter().filter_map(subtree).collect();
        Some(NameConstraints {
            permitted: known(&subtrees.permitted),
            excluded: known(&subtrees.excluded),
        })
    });
    read.collect()
}

/// RFC 5280 section 4.2.1.10: an address comes with its mask.
fn subtree(name: &GeneralName<'_>) -> Option<Subtree> {
    match name {
        GeneralName::Dns(base) => Some(Subtree::Dns((*base).to_owned())),
        GeneralName::Ip(range) => {
            let (address, mask) = range.split_at_checked(range.len() / 2)?;
            let ones: u32 = mask.iter().map(|octet| octet.count_ones()).sum();
            let address = match address.len() {
                4 => IpAddr::from(<[u8; 4]>::try_from(address).ok()?),
                _ => IpAddr::from(<[u8; 16]>::try_from(address).ok()?),
            };
            Some(Subtree::Ip(address, u8::try_from(ones).ok()?))
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use handfast_ca::authority::Authority;
    use handfast_ca::profile::{KeyKind, Limits, Profile, Validity};

    #[test]
    fn what_a_certificate_limits_is_read_back() {
        let mut profile = Profile::authority("Root", Validity::days(0, 1), KeyKind::EcP256);
        let permitted = vec![
            Subtree::Dns("test".to_owned()),
            Subtree::Ip([10, 0, 0, 0].into(), 8),
            Subtree::Ip("fc00::".parse().unwrap(), 7),
        ];
        profile.authority = Some(Limits {
            permitted: permitted.clone(),
            excluded: vec![Subtree::Dns("bad.test".to_owned())],
            ..Limits::default()
        });
        let root = Authority::root(&profile).unwrap();
        let read = constraints(&[root.root_der().clone()]);
        assert_eq!(read[0].permitted, permitted);
        assert_eq!(read[0].excluded.len(), 1);
        let free = Authority::new("Free", Validity::days(0, 1), KeyKind::EcP256).unwrap();
        assert!(constraints(&[free.root_der().clone()]).is_empty());
    }
}
