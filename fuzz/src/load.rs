//! Bytes as files: whatever they are, and requests.

use handfast_pki::certificate::Certificate;
use handfast_pki::certification_request::CertificationRequest;
use handfast_pki::crl::Crl;
use handfast_pki::load::{self, Contents, detect, to_pem, to_pkcs7};

/// Reads a file of any format; what was read is written, and read again as it was.
pub fn contents(bytes: &[u8]) {
    let _ = detect(bytes).to_string();
    let contents = match Contents::read(bytes, None) {
        Ok(contents) => contents,
        Err(fault) => {
            let said = fault.to_string();
            assert!(!said.is_empty() && said.len() < 4096, "{said}");
            return;
        }
    };
    assert!(!contents.is_empty());
    let mut text = String::new();
    for der in &contents.certificates {
        Certificate::parse(der).expect("a certificate that was read");
        text += &to_pem("CERTIFICATE", der);
    }
    for der in &contents.crls {
        Crl::parse(der).expect("a CRL that was read");
        text += &to_pem("X509 CRL", der);
    }
    for der in &contents.requests {
        CertificationRequest::parse(der).expect("a request that was read");
        text += &to_pem("CERTIFICATE REQUEST", der);
    }
    for der in &contents.public_keys {
        text += &to_pem("PUBLIC KEY", der);
    }
    for key in &contents.keys {
        text += &to_pem(
            "PRIVATE KEY",
            &key.to_pkcs8_der().expect("a key that was read"),
        );
    }
    // As other systems and editors write it.
    let foreign = format!("\u{feff}{}", text.replace('\n', " \t\r\n"));
    for text in [&text, &foreign] {
        let again = Contents::read(text.as_bytes(), None).expect("what was written");
        assert_eq!(again.certificates, contents.certificates);
        assert_eq!(again.crls, contents.crls);
        assert_eq!(again.requests, contents.requests);
        assert_eq!(again.public_keys, contents.public_keys);
        assert_eq!(again.keys.len(), contents.keys.len());
    }
    let certificates = contents.certificates.iter().map(AsRef::as_ref);
    let file = to_pkcs7(certificates, contents.crls.iter().map(Vec::as_slice));
    if !contents.certificates.is_empty() {
        let again = load::certificates(&file).expect("PKCS#7 that was written");
        assert_eq!(again, contents.certificates);
    }
    if !contents.crls.is_empty() {
        assert_eq!(
            load::crls(&file).expect("PKCS#7 that was written"),
            contents.crls
        );
    }
}

/// Reads a request and everything that it shows.
pub fn request(der: &[u8]) {
    let Ok(request) = CertificationRequest::parse(der) else {
        return;
    };
    assert_eq!(request.der(), der);
    let _ = format!("{request:?} {}", request.subject());
    for name in request.subject_alt_names() {
        let _ = name.to_string();
    }
    let _ = request.is_signed_by_its_key();
}
