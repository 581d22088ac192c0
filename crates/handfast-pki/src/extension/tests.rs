use crate::certificate::Certificate;
use crate::general_name::GeneralName;
use crate::sct::SctList;
use crate::subject_key::SubjectKey;

const EVERY: &[u8] = include_bytes!("../../testdata/every-extension.der");

fn shown<'a>(names: impl IntoIterator<Item = GeneralName<'a>>) -> Vec<String> {
    names.into_iter().map(|name| name.to_string()).collect()
}

#[test]
fn points_tell_names_reasons_and_who_signs() {
    let certificate = Certificate::parse(EVERY).unwrap();
    let points = certificate.distribution_points().unwrap();
    let [first, second, third] = points.as_slice() else {
        panic!("{points:?}")
    };
    assert_eq!(
        shown(first.full_names()),
        ["http://crl.example.test/1.crl", "ldap://crl.example.test/1"]
    );
    assert!(first.reasons().is_none() && first.crl_issuers().next().is_none());
    let reasons: Vec<_> = second.reasons().unwrap().names().collect();
    assert_eq!(reasons, ["keyCompromise", "cACompromise"]);
    assert_eq!(shown(second.crl_issuers()), ["O=Inner,C=DE"]);
    let relative: Vec<_> = third.relative_name().map(|one| one.text()).collect();
    assert_eq!(relative, ["part"]);
    let deltas = certificate.freshest_crl().unwrap();
    assert_eq!(
        shown(deltas[0].full_names()),
        ["http://crl.example.test/delta.crl"]
    );
}

#[test]
fn constraints_and_names_of_every_kind_are_told() {
    let certificate = Certificate::parse(EVERY).unwrap();
    let subtrees = certificate.name_subtrees().unwrap().unwrap();
    let permitted = ["example.test", "192.0.2.0/24", "O=Inner,C=DE"];
    assert_eq!(shown(subtrees.permitted), permitted);
    assert_eq!(shown(subtrees.excluded), [".bad.test", ".evil.test"]);
    let issuer = certificate.issuer_alt_names().unwrap();
    assert_eq!(shown(issuer), ["issuer.example.test", "i@example.test"]);
    let kinds: Vec<_> = certificate
        .subject_alt_names()
        .map(|one| one.kind())
        .collect();
    let wanted = [
        "dNSName",
        "dNSName",
        "iPAddress",
        "iPAddress",
        "rfc822Name",
        "uniformResourceIdentifier",
        "directoryName",
        "registeredID",
        "otherName",
    ];
    assert_eq!(kinds, wanted);
    let key = certificate.authority_key_identifier().unwrap().unwrap();
    assert_eq!(key.serial, Some(certificate.serial()));
    assert_eq!(key.issuer, [GeneralName::Directory(certificate.issuer())]);
    let usages: Vec<_> = certificate.key_usage().unwrap().names().collect();
    assert_eq!((usages.len(), usages.last()), (8, Some(&"decipherOnly")));
}

#[test]
fn no_changed_byte_makes_a_reader_panic_and_every_fault_names_its_byte() {
    let mut bytes = EVERY.to_vec();
    let mut faults = 0;
    for index in 0..bytes.len() {
        for change in [0x01, 0x80, 0xff] {
            bytes[index] ^= change;
            if let Ok(certificate) = Certificate::parse(&bytes) {
                let found = [
                    certificate.authority_info_access().err(),
                    certificate.subject_info_access().err(),
                    certificate.distribution_points().err(),
                    certificate.freshest_crl().err(),
                    certificate.issuer_alt_names().err(),
                    certificate.name_subtrees().err(),
                    certificate.authority_key_identifier().err(),
                    SctList::of_certificate(&certificate).err(),
                ];
                for fault in found.into_iter().flatten() {
                    assert!(fault.byte < EVERY.len() && !fault.field.is_empty());
                    faults += 1;
                }
                // Its bytes are counted from the start of the key.
                let _ = SubjectKey::parse(certificate.spki());
                let _ = certificate.subject().to_string();
            }
            bytes[index] ^= change;
        }
    }
    assert!(faults > 50, "{faults}");
}
