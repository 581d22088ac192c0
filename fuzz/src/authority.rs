//! Bytes as what an authority is sent: requests for certificates, and for their status.

use handfast_ca::authority::Authority;
use handfast_ca::ocsp::{Answer, OcspSigner, respond};
use handfast_ca::profile::{KeyKind, Profile, Validity};
use handfast_ca::request::{Excess, Request, RequestRules, SubjectRule};
use handfast_pki::certificate::Certificate;
use handfast_pki::certification_request::CertificationRequest;
use handfast_pki::ocsp::OcspResponse;
use handfast_testkit::made::der::{element, sequence};
use std::sync::LazyLock;

const NOW: u64 = 1_800_000_000;

/// Its key is the one that requests are signed with anew, too.
static AUTHORITY: LazyLock<Authority> = LazyLock::new(|| {
    let validity = Validity::days(NOW, 365);
    Authority::new("Fuzzed", validity, KeyKind::Ed25519).expect("an authority")
});

/// Reads a request as it is; and with a right signature, so that all behind it is reached: what is
/// granted of it is certified, and grants no more than the rules allow.
pub fn csr(der: &[u8]) {
    if let Err(fault) = Request::read(der) {
        assert!(!fault.to_string().is_empty());
    }
    let _ = Request::from_file(der);
    let Some(signed) = signed_anew(der) else {
        return;
    };
    let request = Request::read(&signed).expect("a request that is signed");
    let validity = Validity::days(NOW, 30);
    for profile in [
        Profile::server(&[], validity, KeyKind::EcP256),
        Profile::both(&[], validity, KeyKind::EcP256),
    ] {
        for subject in [SubjectRule::Nothing, SubjectRule::Whole] {
            let rules = RequestRules {
                subject,
                excess: Excess::LeaveOut,
                ..RequestRules::of(&profile)
            };
            let merged = match rules.merge(&request, &profile) {
                Ok(merged) => merged,
                Err(fault) => {
                    assert!(!fault.to_string().is_empty());
                    continue;
                }
            };
            let allowed = |name: &handfast_ca::profile::AlternativeName| {
                rules.names.contains(&name.name_kind()) && name.is_well_formed()
            };
            assert!(merged.profile.names.iter().all(allowed));
            let uses = &merged.profile.purposes;
            assert!(uses.iter().all(|one| rules.purposes.contains(one)));
            let Ok(leaf) = AUTHORITY.certify(request.spki(), &merged.profile) else {
                continue;
            };
            let read = Certificate::parse(&leaf).expect("a certificate that was issued");
            assert!(!read.basic_constraints().is_some_and(|one| one.ca));
            let names = read.subject_alt_names().count();
            assert_eq!(names, merged.profile.names.len());
        }
    }
}

/// The request with our key in it and our signature on it.
fn signed_anew(der: &[u8]) -> Option<Vec<u8>> {
    let read = CertificationRequest::parse(der).ok()?;
    let key = AUTHORITY.own().key();
    // The attributes stand behind the key: [0], with a length of one byte or more.
    let start = read.spki().as_ptr().addr() - der.as_ptr().addr() + read.spki().len();
    let rest = der.get(start..)?;
    let attributes = match rest {
        [0xa0, length @ 0..=0x7f, ..] => rest.get(..2 + usize::from(*length))?,
        [0xa0, 0x81, length, ..] => rest.get(..3 + usize::from(*length))?,
        [0xa0, 0x82, high, low, ..] => {
            rest.get(..4 + usize::from(u16::from_be_bytes([*high, *low])))?
        }
        _ => &[],
    };
    let parts = [
        &[2, 1, 0],
        read.subject().der(),
        key.public_spki(),
        attributes,
    ];
    let info = sequence(&parts);
    let algorithm = handfast_crypto::signature::SignatureAlgorithm::Ed25519;
    let signature = key.sign(algorithm, &info).ok()?;
    let identifier = sequence(&[&[6, 3, 0x2b, 0x65, 0x70]]);
    let bits = element(3, &[&[0], &signature]);
    Some(sequence(&[&info, &identifier, &bits]))
}

static SIGNERS: LazyLock<[OcspSigner; 1]> =
    LazyLock::new(|| [OcspSigner::issuer(&AUTHORITY).expect("a signer")]);

/// Answers a request for a status, whatever it is: always a response that can be read.
pub fn ocsp_request(der: &[u8]) {
    let mut count = 0_u32;
    let mut status = |_: &handfast_ca::ocsp::Asked| {
        count += 1;
        Ok(Answer::Good)
    };
    let response = respond(der, &*SIGNERS, &mut status, NOW).expect("a response");
    OcspResponse::parse(&response.der).expect("a response that can be read");
    assert!(count <= 64, "{count} certificates");
}
