//! Revocation lists, judged by the verifier.

use crate::judged::Judge;
use crate::{KINDS, NOW, month};
use handfast_ca::authority::Authority;
use handfast_ca::crl::{CrlProfile, RevocationReason, Revoked};
use handfast_ca::error::CaError;
use handfast_ca::issued::Issued;
use handfast_ca::profile::{AlternativeName, KeyKind};
use handfast_ca::serial::SerialNumber;
use handfast_pki::certificate::Certificate;
use handfast_pki::crl::Crl;
use handfast_pki::verify::reason::Reason;
use handfast_pki::verify::revocation::{Mode, Revocation};

fn authority(kind: KeyKind) -> (Authority, Issued) {
    let root = Authority::new("Revoking root", month(), kind).unwrap();
    let names = [AlternativeName::dns("a.test")];
    let leaf = root.issue_server(&names, month(), KeyKind::EcP256).unwrap();
    (root, leaf)
}

fn serial(leaf: &Issued) -> SerialNumber {
    let read = Certificate::parse(&leaf.chain()[0]).unwrap();
    SerialNumber::from_bytes(read.serial()).unwrap()
}

fn list(number: u64, entries: Vec<Revoked>) -> CrlProfile {
    CrlProfile {
        number,
        this_update_unix: NOW - 60,
        next_update_unix: NOW + 86_400,
        entries,
        base: None,
    }
}

fn revoked(serial: SerialNumber, reason: RevocationReason) -> Revoked {
    Revoked {
        serial,
        at_unix: NOW - 90,
        reason,
    }
}

/// Whether the leaf is shown to be good; `Err` gives the reason of the revocation.
fn judged(root: &Authority, leaf: &Issued, lists: &[Vec<u8>]) -> Result<(), RevocationReason> {
    let crls: Vec<_> = lists.iter().map(|der| Crl::parse(der).unwrap()).collect();
    let mut judge = Judge::new(root.root_der(), leaf.chain());
    judge.revocation = Revocation {
        mode: Mode::HardFail,
        crls: &crls,
        ..Revocation::default()
    };
    match judge.verdict(Some("a.test")) {
        Ok(_) => Ok(()),
        Err(rejection) => match rejection.reason() {
            Reason::Revoked { reason, .. } => Err(*reason),
            other => unreachable!("{other}"),
        },
    }
}

#[test]
fn an_authority_whose_certificate_lacks_crl_sign_signs_no_list() {
    let (root, _) = authority(KeyKind::EcP256);
    // keyCertSign and cRLSign become keyCertSign alone; nobody judges an anchor's signature.
    let (both, one) = (b"\x04\x04\x03\x02\x01\x06", b"\x04\x04\x03\x02\x02\x04");
    let mut der = root.root_der().to_vec();
    let at = der.windows(both.len()).position(|part| part == both);
    let at = at.unwrap();
    der[at..at + one.len()].copy_from_slice(one);
    let key = root.own().key().clone();
    let lacking = Authority::restore(vec![der.into()], key.clone()).unwrap();
    let refused = lacking.crl(&list(1, vec![])).unwrap_err();
    assert_eq!(
        refused,
        CaError::NoListSigner("CN=Revoking root".to_owned())
    );
    // The control: the certificate as it was.
    let whole = Authority::restore(vec![root.root_der().clone()], key).unwrap();
    whole.crl(&list(1, vec![])).unwrap();
}

#[test]
fn a_list_by_every_kind_of_key_is_believed() {
    for kind in KINDS {
        let (root, leaf) = authority(kind);
        let other = revoked(
            SerialNumber::random().unwrap(),
            RevocationReason::Superseded,
        );
        let good = root.crl(&list(1, vec![other.clone()])).unwrap();
        assert_eq!(judged(&root, &leaf, &[good]), Ok(()), "{kind:?}");
        let empty = root.crl(&list(1, Vec::new())).unwrap();
        assert_eq!(judged(&root, &leaf, &[empty]), Ok(()));
        let own = revoked(serial(&leaf), RevocationReason::KeyCompromise);
        let bad = root.crl(&list(2, vec![other, own])).unwrap();
        let told = judged(&root, &leaf, &[bad]);
        assert_eq!(told, Err(RevocationReason::KeyCompromise));
    }
}

#[test]
fn every_reason_and_the_number_are_read_again() {
    let (root, _) = authority(KeyKind::EcP256);
    let entries: Vec<_> = RevocationReason::ALL
        .into_iter()
        .map(|reason| revoked(SerialNumber::random().unwrap(), reason))
        .collect();
    let der = root.crl(&list(0x1_0000_0080, entries.clone())).unwrap();
    let read = Crl::parse(&der).unwrap();
    assert_eq!(read.number(), [1, 0, 0, 0, 0x80]);
    assert_eq!(read.issuer().der(), root.subject().der());
    let found: Vec<_> = read
        .revoked()
        .map(|one| Revoked {
            serial: SerialNumber::from_bytes(one.serial).unwrap(),
            at_unix: u64::try_from(one.since.0).unwrap(),
            reason: one.reason,
        })
        .collect();
    assert_eq!(found, entries);
    for reason in RevocationReason::ALL {
        assert_eq!(RevocationReason::parse(reason.openssl_name()), Some(reason));
    }
    assert_eq!(RevocationReason::parse("nonsense"), None);
}

#[test]
fn a_list_of_changes_says_what_it_builds_on() {
    let (root, leaf) = authority(KeyKind::EcP256);
    let full = root.crl(&list(7, Vec::new())).unwrap();
    let mut changes = list(
        8,
        vec![revoked(serial(&leaf), RevocationReason::CertificateHold)],
    );
    changes.base = Some(7);
    let delta = root.crl(&changes).unwrap();
    let read = Crl::parse(&delta).unwrap();
    assert_eq!(read.base_number(), Some(&[7][..]));
    let told = judged(&root, &leaf, &[full.clone(), delta]);
    assert_eq!(told, Err(RevocationReason::CertificateHold));
    assert_eq!(judged(&root, &leaf, &[full]), Ok(()), "the control");
}

#[test]
fn what_no_list_may_hold_is_refused() {
    let (root, leaf) = authority(KeyKind::EcP256);
    let own = revoked(serial(&leaf), RevocationReason::Superseded);
    let twice = root.crl(&list(1, vec![own.clone(), own])).unwrap_err();
    assert_eq!(twice, CaError::TwiceRevoked(serial(&leaf).to_string()));
    let mut backwards = list(1, Vec::new());
    backwards.next_update_unix = 0;
    assert!(matches!(root.crl(&backwards), Err(CaError::Backwards(..))));
}
