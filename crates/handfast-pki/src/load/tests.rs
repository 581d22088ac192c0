use super::{Credential, certificates, crls, pkcs12, private_key};
use crate::load::fault::{LoadFault, LoadProblem};
use base64ct::{Base64, Encoding};
use rustls_pki_types::CertificateDer;

const LEAF: &[u8] = include_bytes!("../../testdata/leaf.der");
const INTERMEDIATE: &[u8] = include_bytes!("../../testdata/intermediate.der");
const RSA: &[u8] = include_bytes!("../../testdata/rsa.der");
const CRL: &[u8] = include_bytes!("../../testdata/rsa.crl");
const SEC1: &[u8] = include_bytes!("../../testdata/leaf-key.sec1.der");
const PKCS8: &[u8] = include_bytes!("../../testdata/leaf-key.pkcs8.der");
const ENCRYPTED: &[u8] = include_bytes!("../../testdata/leaf-key.encrypted.der");
const PKCS1: &[u8] = include_bytes!("../../testdata/rsa-key.pkcs1.der");
const PKCS12: &[u8] = include_bytes!("../../testdata/leaf.p12");

fn pem(label: &str, der: &[u8]) -> String {
    let text = Base64::encode_string(der);
    let lines: Vec<_> = text
        .as_bytes()
        .chunks(64)
        .map(String::from_utf8_lossy)
        .collect();
    let body = lines.join("\n");
    format!("-----BEGIN {label}-----\n{body}\n-----END {label}-----\n")
}

fn key_fault(bytes: &[u8], password: Option<&[u8]>) -> LoadFault {
    private_key(bytes, password)
        .map(|_| ())
        .expect_err("a fault")
}

#[test]
fn certificates_come_from_pem_and_der() {
    assert_eq!(
        certificates(LEAF).expect("DER"),
        [CertificateDer::from(LEAF)]
    );
    let text = format!(
        "leaf\n{}its issuer\n{}{}",
        pem("CERTIFICATE", LEAF),
        pem("PRIVATE KEY", PKCS8),
        pem("CERTIFICATE", INTERMEDIATE)
    );
    let found = certificates(text.as_bytes()).expect("PEM");
    assert_eq!(
        found,
        [
            CertificateDer::from(LEAF),
            CertificateDer::from(INTERMEDIATE)
        ]
    );
}

#[test]
fn what_holds_no_certificate_is_refused_with_what_it_holds() {
    let fault = certificates(b"hello").expect_err("text");
    assert_eq!(fault.to_string(), "no certificate here: give PEM or DER");
    let fault = certificates(pem("PRIVATE KEY", PKCS8).as_bytes()).expect_err("a key");
    assert_eq!(fault.to_string(), "no certificate here, but PRIVATE KEY");
}

#[test]
fn a_certificate_that_lost_a_character_is_refused_with_its_line() {
    let mut text = pem("CERTIFICATE", LEAF);
    // Line 4 of the file loses four characters, so that the base64 still decodes.
    let start = text.match_indices('\n').nth(2).expect("line 4").0 + 1;
    text.replace_range(start + 8..start + 12, "");
    let fault = certificates(text.as_bytes()).expect_err("a fault");
    assert_eq!((fault.line, fault.certificate), (Some(4), Some(1)));
    assert!(matches!(fault.problem, LoadProblem::Certificate(_)));
}

#[test]
fn revocation_lists_come_from_pem_and_der() {
    assert_eq!(crls(CRL).expect("DER"), [CRL]);
    let text = format!(
        "{}{}",
        pem("CERTIFICATE", LEAF),
        pem("X509 CRL", CRL).repeat(2)
    );
    assert_eq!(crls(text.as_bytes()).expect("PEM"), [CRL, CRL]);
    let fault = crls(pem("CERTIFICATE", LEAF).as_bytes()).expect_err("no list");
    assert_eq!(
        fault.to_string(),
        "no revocation list here, but CERTIFICATE"
    );
    let fault = crls(b"").expect_err("nothing");
    assert_eq!(
        fault.to_string(),
        "no revocation list here: give PEM or DER"
    );
    assert!(matches!(
        crls(LEAF).expect_err("a certificate").problem,
        LoadProblem::Crl(_)
    ));
    let mut text = pem("X509 CRL", CRL);
    let start = text.match_indices('\n').nth(1).expect("line 3").0 + 1;
    text.replace_range(start + 8..start + 12, "");
    assert_eq!(crls(text.as_bytes()).expect_err("a fault").line, Some(3));
}

#[test]
fn a_key_comes_in_every_form() {
    for (label, der) in [
        ("EC PRIVATE KEY", SEC1),
        ("PRIVATE KEY", PKCS8),
        ("RSA PRIVATE KEY", PKCS1),
    ] {
        let from_der = private_key(der, None).expect(label);
        let from_pem = private_key(pem(label, der).as_bytes(), None).expect(label);
        assert_eq!(from_der.public_spki(), from_pem.public_spki());
    }
}

#[test]
fn an_encrypted_key_opens_with_its_password_alone() {
    let text = pem("ENCRYPTED PRIVATE KEY", ENCRYPTED);
    for bytes in [ENCRYPTED, text.as_bytes()] {
        let key = private_key(bytes, Some(b"secret")).expect("the key");
        let plain = private_key(PKCS8, None).expect("the key");
        assert_eq!(key.public_spki(), plain.public_spki());
        assert_eq!(key_fault(bytes, None).problem, LoadProblem::PasswordNeeded);
        assert_eq!(
            key_fault(bytes, Some(b"no")).problem,
            LoadProblem::WrongPassword
        );
    }
}

#[test]
fn no_key_several_keys_and_junk_are_told_apart() {
    let fault = key_fault(pem("CERTIFICATE", LEAF).as_bytes(), None);
    assert_eq!(fault.to_string(), "no private key here, but CERTIFICATE");
    let two = pem("PRIVATE KEY", PKCS8).repeat(2);
    let fault = key_fault(two.as_bytes(), None);
    assert_eq!(fault.problem, LoadProblem::SeveralKeys);
    assert_eq!(key_fault(b"junk", None).problem, LoadProblem::Key);
    let old = "-----BEGIN RSA PRIVATE KEY-----\nProc-Type: 4,ENCRYPTED\n\nAAAA\n\
               -----END RSA PRIVATE KEY-----\n";
    let fault = key_fault(old.as_bytes(), None);
    assert_eq!(fault.problem, LoadProblem::UnknownEncryption);
}

#[test]
fn a_key_goes_with_its_own_certificate_only() {
    let key = || private_key(PKCS8, None).expect("the key");
    let chain =
        |ders: &[&'static [u8]]| ders.iter().map(|der| CertificateDer::from(*der)).collect();
    let fault = |ders| {
        Credential::new(chain(ders), key())
            .expect_err("a fault")
            .problem
    };
    let whole = Credential::new(chain(&[LEAF, INTERMEDIATE]), key()).expect("a credential");
    assert_eq!(whole.chain().len(), 2);
    assert_eq!(
        fault(&[INTERMEDIATE, LEAF]),
        LoadProblem::WrongOrder { place: 2 }
    );
    assert_eq!(fault(&[]), LoadProblem::EmptyChain);
    let subject = "CN=rsa.test".to_owned();
    assert_eq!(fault(&[RSA]), LoadProblem::KeyMismatch { subject });
    assert!(matches!(fault(&[b"junk"]), LoadProblem::Certificate(_)));
}

#[test]
fn a_container_gives_the_key_and_its_chain_in_order() {
    let credential = pkcs12(PKCS12, b"secret").expect("the container");
    let wanted = [
        CertificateDer::from(LEAF),
        CertificateDer::from(INTERMEDIATE),
    ];
    assert_eq!(credential.chain(), wanted);
    let fault = pkcs12(PKCS12, b"no").expect_err("a wrong password");
    assert_eq!(fault.problem, LoadProblem::WrongPassword);
    let fault = pkcs12(b"junk", b"secret").expect_err("junk");
    assert_eq!(fault.problem, LoadProblem::Container);
}
