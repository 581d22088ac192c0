//! Bytes as certificates, names, keys and chains.

use handfast_pki::certificate::Certificate;
use handfast_pki::name::{DnsName, ServerName};
use handfast_pki::roots::Roots;
use handfast_pki::verify::policy::Policy;
use handfast_pki::verify::revocation::Revocation;
use handfast_pki::verify::{Purpose, Request, verify};
use handfast_pki::{extension::KeyUsage, load};
use handfast_testkit::certificates;
use std::sync::LazyLock;

/// Reads a certificate and everything that it shows.
pub fn certificate(der: &[u8]) {
    let Ok(certificate) = Certificate::parse(der) else {
        return;
    };
    assert_eq!(certificate.der(), der);
    let _ = format!("{certificate:?}");
    let _ = (
        certificate.issuer().to_string(),
        certificate.subject().to_string(),
    );
    let _ = format!("{:?}", certificate.validity());
    let _ = certificate.public_key();
    let localhost = ServerName::parse("localhost");
    for name in certificate.subject_alt_names() {
        let _ = name.to_string();
        let _ = name.ip();
        let _ = localhost
            .as_ref()
            .map(|localhost| localhost.is_proved_by(&name));
    }
    let _ = certificate.basic_constraints();
    let _ = certificate.key_usage();
    for purpose in certificate.extended_key_usage().into_iter().flatten() {
        let _ = purpose.to_string();
    }
    for extension in certificate.extensions() {
        let _ = extension.name();
    }
    let _ = certificate.is_self_issued();
}

/// Reads text as names; what was accepted is shown and accepted again.
pub fn name(text: &str) {
    if let Ok(name) = ServerName::parse(text) {
        let shown = name.to_string();
        assert_eq!(ServerName::parse(&shown).as_ref(), Ok(&name), "{shown}");
    }
    if let Ok(name) = DnsName::parse(text) {
        assert_eq!(DnsName::parse(name.as_str()).as_ref(), Ok(&name));
    }
}

/// Loads bytes as certificates, as a key, and as PKCS#12.
pub fn load(bytes: &[u8]) {
    if let Ok(all) = load::certificates(bytes) {
        for one in all {
            let _ = Certificate::parse(&one);
        }
    }
    let _ = load::private_key(bytes, None);
    // Iteration counts are the file's to say: big ones only cost time here.
    if bytes.len() < 4096 {
        let _ = load::private_key(bytes, Some(b"password"));
        let _ = load::pkcs12(bytes, b"password");
    }
    let _ = Roots::from_pem(bytes);
}

static ROOTS: LazyLock<Roots> = LazyLock::new(|| {
    let mut roots = Roots::new();
    let root = certificates::root().root_der().clone();
    roots.add(root).expect("the test root is readable");
    roots
});

/// Judges chains: each part of the input is a certificate, or stands for one of
/// the test authority's.
pub fn chain(parts: &[Vec<u8>]) {
    let issued = certificates::server(certificates::KeyKind::EcP256);
    let chain: Vec<&[u8]> = parts
        .iter()
        .map(|part| match part[..] {
            [index] => issued
                .chain()
                .get(usize::from(index) % issued.chain().len())
                .map_or(&part[..], |one| one.as_ref()),
            _ => &part[..],
        })
        .collect();
    let name = ServerName::parse("localhost").ok();
    for purpose in [Purpose::ServerAuth, Purpose::ClientAuth] {
        let request = Request {
            chain: &chain,
            roots: &ROOTS,
            purpose,
            key_usage: Some(KeyUsage::DIGITAL_SIGNATURE),
            name: name.as_ref().filter(|_| purpose == Purpose::ServerAuth),
            at_unix_s: i64::try_from(certificates::now_unix()).unwrap_or(i64::MAX),
            policy: &Policy::MODERN,
            leaf_key: None,
            facts: None,
            revocation: Revocation::default(),
        };
        match verify(&request) {
            // Nothing but the test authority's own certificates leads to its root.
            Ok(verdict) => {
                for index in verdict.path() {
                    let one = chain[*index];
                    assert!(issued.chain().iter().any(|known| known.as_ref() == one));
                }
            }
            Err(rejection) => {
                let _ = (
                    rejection.to_string(),
                    rejection.remedy(),
                    rejection.section(),
                );
            }
        }
    }
}
