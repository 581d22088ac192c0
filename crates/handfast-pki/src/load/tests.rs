use super::{Contents, Credential, certificates, crls, pkcs12, private_key};
use crate::load::fault::{LoadFault, LoadProblem};
use rustls_pki_types::CertificateDer;

const LEAF: &[u8] = include_bytes!("../../testdata/leaf.der");
const INTERMEDIATE: &[u8] = include_bytes!("../../testdata/intermediate.der");
const RSA: &[u8] = include_bytes!("../../testdata/rsa.der");
const CRL: &[u8] = include_bytes!("../../testdata/rsa.crl");
const P7B: &[u8] = include_bytes!("../../testdata/leaf.p7b");
const CSR: &[u8] = include_bytes!("../../testdata/leaf.csr");
const SPKI: &[u8] = include_bytes!("../../testdata/leaf-key.public.der");
const RSA_PUBLIC: &[u8] = include_bytes!("../../testdata/rsa-key.public.pkcs1.der");
const SEC1: &[u8] = include_bytes!("../../testdata/leaf-key.sec1.der");
const PKCS8: &[u8] = include_bytes!("../../testdata/leaf-key.pkcs8.der");
const ENCRYPTED: &[u8] = include_bytes!("../../testdata/leaf-key.encrypted.der");
const PKCS1: &[u8] = include_bytes!("../../testdata/rsa-key.pkcs1.der");
const PKCS12: &[u8] = include_bytes!("../../testdata/leaf.p12");

fn pem(label: &str, der: &[u8]) -> String {
    super::to_pem(label, der).to_string()
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
    let fault = crls(LEAF).expect_err("a certificate");
    assert_eq!(
        fault.to_string(),
        "no revocation list here, but a certificate"
    );
    assert_eq!(crls(P7B).expect("PKCS#7"), [CRL]);
    let text = pem("PKCS7", P7B);
    assert_eq!(crls(text.as_bytes()).expect("PKCS#7"), [CRL]);
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

#[test]
fn certificates_come_from_pkcs7_and_from_what_openssl_trusts() {
    let both = [
        CertificateDer::from(LEAF),
        CertificateDer::from(INTERMEDIATE),
    ];
    assert_eq!(certificates(P7B).expect("DER"), both);
    let text = pem("PKCS7", P7B);
    assert_eq!(certificates(text.as_bytes()).expect("PEM"), both);
    let trusted = [LEAF, &[0x30, 0]].concat();
    let text = pem("TRUSTED CERTIFICATE", &trusted);
    assert_eq!(certificates(text.as_bytes()).expect("PEM"), both[..1]);
    let fault = certificates(&super::to_pkcs7([], [])).expect_err("nothing inside");
    assert_eq!(fault.to_string(), "no certificate here, but empty PKCS#7");
    let fault = certificates(PKCS12).expect_err("a container");
    assert_eq!(
        fault.to_string(),
        "no certificate here, but a PKCS#12 container"
    );
}

#[test]
fn everything_in_a_file_is_found() {
    let text: String = [
        ("CERTIFICATE", LEAF),
        ("EC PARAMETERS", &[5, 0]),
        ("CERTIFICATE REQUEST", CSR),
        ("PRIVATE KEY", PKCS8),
        ("RSA PRIVATE KEY", PKCS1),
        ("PUBLIC KEY", SPKI),
        ("RSA PUBLIC KEY", RSA_PUBLIC),
        ("X509 CRL", CRL),
        ("PKCS7", P7B),
    ]
    .map(|(label, der)| pem(label, der))
    .concat();
    let found = Contents::read(text.as_bytes(), None).expect("everything");
    let counts = [
        found.certificates.len(),
        found.keys.len(),
        found.requests.len(),
        found.public_keys.len(),
        found.crls.len(),
        found.others.len(),
    ];
    assert_eq!(counts, [3, 2, 1, 2, 2, 1]);
    assert!(!found.encrypted);
    // An RSA key's two public forms are one.
    assert_eq!(found.public_keys[1], found.keys[1].public_spki());
    for (der, place) in [
        (LEAF, 0),
        (SEC1, 1),
        (PKCS8, 1),
        (PKCS1, 1),
        (CSR, 2),
        (SPKI, 3),
        (RSA_PUBLIC, 3),
        (CRL, 4),
    ] {
        let found = Contents::read(der, None).expect("one thing");
        let counts = [
            found.certificates.len(),
            found.keys.len(),
            found.requests.len(),
            found.public_keys.len(),
            found.crls.len(),
        ];
        assert_eq!(counts[place], 1);
        assert_eq!(counts.iter().sum::<usize>(), 1);
    }
}

#[test]
fn what_is_encrypted_asks_for_its_password() {
    for file in [ENCRYPTED, PKCS12] {
        let problem = |password| Contents::read(file, password).expect_err("a fault").problem;
        assert_eq!(problem(None), LoadProblem::PasswordNeeded);
        assert_eq!(problem(Some(b"no")), LoadProblem::WrongPassword);
        let found = Contents::read(file, Some(b"secret")).expect("the key");
        assert!(found.encrypted && found.keys.len() == 1);
    }
}

#[test]
fn every_part_that_is_cut_off_is_refused() {
    for file in [LEAF, CSR, SPKI, RSA_PUBLIC, CRL, P7B, PKCS8, SEC1, PKCS1] {
        for len in (0..file.len()).step_by(3) {
            assert!(Contents::read(&file[..len], None).is_err(), "{len}");
        }
    }
    for (label, der) in [
        ("CERTIFICATE REQUEST", CSR),
        ("X509 CRL", CRL),
        ("PKCS7", P7B),
        ("PUBLIC KEY", SPKI),
        ("PRIVATE KEY", PKCS8),
    ] {
        let text = pem(label, &der[..der.len() - 3]);
        let fault = Contents::read(text.as_bytes(), None).expect_err(label);
        assert!(fault.line.is_some(), "{fault}");
    }
}

#[test]
fn the_certificate_of_a_web_page_names_its_line() {
    let text = pem("CERTIFICATE", LEAF);
    let page = text.replacen('A', "\u{a0}", 1).replace('+', "&#43;");
    let fault = certificates(page.as_bytes()).expect_err("a fault");
    assert!(fault.line.is_some(), "{fault}");
    let page = text.replace("-----", "\u{2014}");
    let fault = certificates(page.as_bytes()).expect_err("a fault");
    assert_eq!(
        fault.to_string(),
        "line 1: this should be a line of its own that reads -----BEGIN CERTIFICATE-----, in \
         plain hyphens: mend it, or copy the file anew"
    );
}

#[test]
fn every_prefix_of_der_is_refused_with_field_and_byte() {
    for (whole, fields) in [
        (LEAF, &["Certificate"][..]),
        (CRL, &["Certificate", "CertificateList"]),
    ] {
        for end in 1..whole.len() {
            let fault = Contents::read(&whole[..end], None).expect_err("a prefix");
            let told = match &fault.problem {
                LoadProblem::Certificate(fault) | LoadProblem::Crl(fault) => fault.field,
                _ => "",
            };
            assert!(fields.contains(&told), "{end}: {fault}");
            assert!(fault.to_string().contains(" at byte "), "{fault}");
        }
    }
}
