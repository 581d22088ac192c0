//! Requests and certificates for tests.

use der::asn1::{BitString, Ia5String, ObjectIdentifier, OctetString};
use der::{Decode, Encode};
use handfast_ca::authority::Authority;
use handfast_ca::issued::Issued;
use handfast_ca::profile::{AlternativeName, KeyKind, Profile, Validity};
use handfast_crypto::signature::{PrivateKey, SignatureAlgorithm};
use x509_cert::ext::Extension;
use x509_cert::ext::pkix::SubjectAltName;
use x509_cert::ext::pkix::name::GeneralName;
use x509_cert::request::{CertReqInfo, ExtensionReq};
use x509_cert::spki::{AlgorithmIdentifierOwned, SubjectPublicKeyInfoOwned};

/// The name that is asked for.
pub(super) const NAME: &str = "host.test";
/// 2027-01-15T08:00:00Z.
pub(super) const START_MS: u64 = 1_800_000_000_000;

pub(super) fn during(from_day: i64, to_day: i64) -> Validity {
    let at = |day: i64| {
        let now = i64::try_from(START_MS / 1000).unwrap();
        u64::try_from(now + day * 86_400).unwrap()
    };
    Validity {
        not_before_unix: at(from_day),
        not_after_unix: at(to_day),
    }
}

pub(super) fn issue(names: &[&str], validity: Validity) -> (Issued, Authority) {
    let authority = Authority::new("Root", during(-365, 3650), KeyKind::EcP256).unwrap();
    let names: Vec<_> = names
        .iter()
        .map(|name| match name.contains('@') {
            true => AlternativeName::mail(name),
            false => AlternativeName::dns(name),
        })
        .collect();
    let profile = Profile::server(&names, validity, KeyKind::EcP256);
    (authority.issue(&profile).unwrap(), authority)
}

/// A request for `host.test`, by another encoder than ours.
pub(super) fn csr(key: &PrivateKey) -> Vec<u8> {
    const ECDSA_SHA256: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.10045.4.3.2");
    const NAMES: ObjectIdentifier = ObjectIdentifier::new_unwrap("2.5.29.17");
    let names = SubjectAltName(vec![GeneralName::DnsName(Ia5String::new(NAME).unwrap())]);
    let extension = Extension {
        extn_id: NAMES,
        critical: false,
        extn_value: OctetString::new(names.to_der().unwrap()).unwrap(),
    };
    let info = CertReqInfo {
        version: x509_cert::request::Version::V1,
        subject: x509_cert::name::Name::default(),
        public_key: SubjectPublicKeyInfoOwned::from_der(key.public_spki()).unwrap(),
        attributes: vec![ExtensionReq(vec![extension]).try_into().unwrap()]
            .try_into()
            .unwrap(),
    };
    let info_der = info.to_der().unwrap();
    let signature = key
        .sign(SignatureAlgorithm::EcdsaSha256, &info_der)
        .unwrap();
    let algorithm = AlgorithmIdentifierOwned {
        oid: ECDSA_SHA256,
        parameters: None,
    };
    x509_cert::request::CertReq {
        info,
        algorithm,
        signature: BitString::from_bytes(&signature).unwrap(),
    }
    .to_der()
    .unwrap()
}
