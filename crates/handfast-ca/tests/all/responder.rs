//! The OCSP responder, judged by the verifier.

use crate::judged::Judge;
use crate::{KINDS, NOW, flipped, month};
use handfast_ca::authority::Authority;
use handfast_ca::crl::RevocationReason;
use handfast_ca::issued::Issued;
use handfast_ca::ocsp::{Answer, Asked, OcspSigner, Outcome, Response, ResponseStatus, respond};
use handfast_ca::profile::{AlternativeName, KeyKind, Profile, Validity};
use handfast_ca::serial::SerialNumber;
use handfast_ca::subject::Subject;
use handfast_pki::certificate::Certificate;
use handfast_pki::ocsp::OcspResponse;
use handfast_pki::ocsp::request::{IdHash, ocsp_request};
use handfast_pki::verify::reason::Reason;
use handfast_pki::verify::revocation::{Mode, OcspAnswer, Revocation};
use rustls_pki_types::CertificateDer;

fn root(kind: KeyKind) -> Authority {
    Authority::new("Responding root", month(), kind).unwrap()
}

fn server(root: &Authority) -> Issued {
    let names = [AlternativeName::dns("a.test")];
    root.issue_server(&names, month(), KeyKind::EcP256).unwrap()
}

fn ask(
    leaf: &CertificateDer<'_>,
    issuer: &CertificateDer<'_>,
    hash: IdHash,
    nonce: Option<&[u8]>,
) -> Vec<u8> {
    let leaf = Certificate::parse(leaf).unwrap();
    let issuer = Certificate::parse(issuer).unwrap();
    ocsp_request(&leaf, &issuer, hash, nonce)
}

fn delegate(root: &Authority, kind: KeyKind) -> OcspSigner {
    let subject = Subject::named("Responder").unwrap();
    let signer = root
        .issue(&Profile::ocsp_signer(subject, Validity::days(NOW, 7), kind))
        .unwrap();
    OcspSigner::delegated(root.root_der(), &signer.chain()[0], signer.key().clone()).unwrap()
}

/// What the verifier says of the leaf by this response, which it must have.
fn judged(root: &Authority, leaf: &Issued, der: &[u8], nonce: Option<&[u8]>) -> Result<(), String> {
    let mut judge = Judge::new(root.root_der(), leaf.chain());
    let responses = [OcspAnswer { der, nonce }];
    judge.revocation = Revocation {
        mode: Mode::HardFail,
        responses: &responses,
        ..Revocation::default()
    };
    match judge.verdict(Some("a.test")) {
        Ok(_) => Ok(()),
        Err(rejection) => match rejection.reason() {
            Reason::Revoked { .. } => Err("revoked".to_owned()),
            _ => Err(rejection.to_string()),
        },
    }
}

const REVOKED: Answer = Answer::Revoked {
    at_unix: NOW - 60,
    reason: RevocationReason::KeyCompromise,
};

#[test]
fn responses_of_every_kind_of_key_are_believed_from_the_issuer_and_from_its_delegate() {
    for kind in KINDS {
        let root = root(kind);
        let leaf = server(&root);
        for signer in [OcspSigner::issuer(&root).unwrap(), delegate(&root, kind)] {
            for (hash, nonce) in [
                (IdHash::Sha1, None),
                (IdHash::Sha256, Some(&[7; 32][..])),
                (IdHash::Sha1, Some(&[9; 128])),
            ] {
                let request = ask(&leaf.chain()[0], root.root_der(), hash, nonce);
                let signers = std::slice::from_ref(&signer);
                let answer = |answer: Answer| {
                    respond(&request, signers, &mut |_| Ok(answer), NOW)
                        .unwrap()
                        .der
                };
                let told = |der: Vec<u8>| judged(&root, &leaf, &der, nonce);
                assert_eq!(told(answer(Answer::Good)), Ok(()), "{kind:?}");
                assert_eq!(told(answer(REVOKED)), Err("revoked".to_owned()));
                let unknown = told(answer(Answer::Unknown)).unwrap_err();
                assert!(unknown.contains("does not know"), "{unknown}");
            }
        }
    }
}

#[test]
fn a_certificate_is_looked_up_by_its_serial_number_and_signer() {
    let (first, second) = (root(KeyKind::EcP256), root(KeyKind::Ed25519));
    let leaf = server(&second);
    let signers = [
        OcspSigner::issuer(&first).unwrap(),
        OcspSigner::issuer(&second).unwrap().with_life_s(600),
    ];
    let request = ask(&leaf.chain()[0], second.root_der(), IdHash::Sha256, None);
    let mut asked = Vec::new();
    let mut status = |one: &Asked| {
        asked.push(one.clone());
        Ok(Answer::Good)
    };
    let response = respond(&request, &signers, &mut status, NOW).unwrap();
    let wanted = Asked {
        signer: 1,
        serial: SerialNumber::from_bytes(Certificate::parse(&leaf.chain()[0]).unwrap().serial())
            .unwrap(),
    };
    assert_eq!(asked, std::slice::from_ref(&wanted));
    assert_eq!(
        response.outcome,
        Outcome::Answered {
            certificates: vec![(Some(wanted), Answer::Good)],
            next_update_unix: NOW + 600,
            has_nonce: false,
        }
    );
    assert_eq!(judged(&second, &leaf, &response.der, None), Ok(()));
}

/// Several requests in one: the list is cut out of single ones.
fn joined(requests: &[Vec<u8>]) -> Vec<u8> {
    // OCSPRequest, tbsRequest, requestList: all have headers of two bytes here.
    let entries: Vec<u8> = requests.iter().flat_map(|one| one[6..].to_vec()).collect();
    let wrap = |inside: Vec<u8>| {
        let length = u8::try_from(inside.len()).unwrap();
        assert!(length >= 0x80, "a shorter one has a shorter header");
        [&[0x30, 0x81, length], &inside[..]].concat()
    };
    wrap(wrap(wrap(entries)))
}

#[test]
fn several_certificates_are_answered_at_once_and_of_others_nothing_is_known() {
    let (own, other) = (root(KeyKind::EcP256), root(KeyKind::EcP256));
    let leaves = [server(&own), server(&own)];
    let stranger = server(&other);
    let request = joined(&[
        ask(&stranger.chain()[0], other.root_der(), IdHash::Sha1, None),
        ask(&leaves[0].chain()[0], own.root_der(), IdHash::Sha1, None),
        ask(&leaves[1].chain()[0], own.root_der(), IdHash::Sha1, None),
    ]);
    let revoked = Certificate::parse(&leaves[1].chain()[0]).unwrap();
    let revoked = SerialNumber::from_bytes(revoked.serial()).unwrap();
    let mut status = |one: &Asked| {
        Ok(if one.serial == revoked {
            REVOKED
        } else {
            Answer::Good
        })
    };
    let signers = [OcspSigner::issuer(&own).unwrap()];
    let response = respond(&request, &signers, &mut status, NOW).unwrap();
    let Outcome::Answered { certificates, .. } = &response.outcome else {
        unreachable!("{:?}", response.outcome)
    };
    let answers: Vec<_> = certificates.iter().map(|one| one.1).collect();
    assert_eq!(answers, [Answer::Unknown, Answer::Good, REVOKED]);
    assert!(certificates[0].0.is_none());
    assert_eq!(judged(&own, &leaves[0], &response.der, None), Ok(()));
    let second = judged(&own, &leaves[1], &response.der, None);
    assert_eq!(second, Err("revoked".to_owned()));
}

#[test]
fn what_cannot_be_answered_is_refused_by_status() {
    let own = root(KeyKind::EcP256);
    let leaf = server(&own);
    let request = ask(&leaf.chain()[0], own.root_der(), IdHash::Sha1, None);
    let signers = [OcspSigner::issuer(&own).unwrap()];
    let good = &mut |_: &Asked| Ok(Answer::Good);
    let status = |response: Response| {
        let Outcome::Refused { status, .. } = response.outcome else {
            unreachable!("{:?}", response.outcome)
        };
        let read = OcspResponse::parse(&response.der).unwrap();
        assert!(matches!(read, OcspResponse::Refused(told) if told == status));
        status
    };
    let malformed = respond(&request[..9], &signers, good, NOW).unwrap();
    assert_eq!(status(malformed), ResponseStatus::MalformedRequest);
    let foreign = [OcspSigner::issuer(&root(KeyKind::EcP256)).unwrap()];
    let foreign = respond(&request, &foreign, good, NOW).unwrap();
    assert_eq!(status(foreign), ResponseStatus::Unauthorized);
    let locked = &mut |_: &Asked| Err(ResponseStatus::TryLater);
    let locked = respond(&request, &signers, locked, NOW).unwrap();
    assert_eq!(status(locked), ResponseStatus::TryLater);
    let late = respond(&request, &signers, good, NOW + 31 * 86_400).unwrap();
    assert_eq!(status(late), ResponseStatus::TryLater);
    let long = ask(
        &leaf.chain()[0],
        own.root_der(),
        IdHash::Sha1,
        Some(&[1; 129]),
    );
    let long = respond(&long, &signers, good, NOW).unwrap();
    assert_eq!(status(long), ResponseStatus::MalformedRequest);
}

#[test]
fn a_response_never_outlives_who_signs_it() {
    let root = root(KeyKind::EcP256);
    let leaf = server(&root);
    let request = ask(&leaf.chain()[0], root.root_der(), IdHash::Sha1, None);
    let signer = delegate(&root, KeyKind::EcP256).with_life_s(30 * 86_400);
    let response = respond(&request, &[signer], &mut |_| Ok(Answer::Good), NOW).unwrap();
    let Outcome::Answered {
        next_update_unix, ..
    } = response.outcome
    else {
        unreachable!("it is answered")
    };
    assert_eq!(next_update_unix, NOW + 7 * 86_400);
}

#[test]
fn only_a_delegate_of_the_issuer_may_sign_for_it() {
    let own = root(KeyKind::EcP256);
    let subject = Subject::named("Responder").unwrap();
    let profile = Profile::ocsp_signer(subject, month(), KeyKind::EcP256);
    let signer = own.issue(&profile).unwrap();
    let signs = |issuer: &Authority, signer: &Issued, key: &Issued| {
        OcspSigner::delegated(issuer.root_der(), &signer.chain()[0], key.key().clone())
            .map_err(|error| error.to_string())
    };
    assert!(signs(&own, &signer, &signer).is_ok(), "the control");
    let why = signs(&root(KeyKind::EcP256), &signer, &signer).unwrap_err();
    assert!(why.contains("not issued by"), "{why}");
    let why = signs(&own, &server(&own), &signer).unwrap_err();
    assert!(why.contains("OCSPSigning"), "{why}");
    let why = signs(&own, &signer, &server(&own)).unwrap_err();
    assert!(why.contains("does not belong"), "{why}");
}

#[test]
fn a_damaged_request_is_answered_or_refused_and_nothing_worse() {
    let root = root(KeyKind::EcP256);
    let leaf = server(&root);
    let signers = [OcspSigner::issuer(&root).unwrap()];
    for (hash, nonce) in [(IdHash::Sha1, None), (IdHash::Sha256, Some(&[7; 32][..]))] {
        let request = ask(&leaf.chain()[0], root.root_der(), hash, nonce);
        for changed in flipped(&request) {
            let response = respond(&changed, &signers, &mut |_| Ok(Answer::Good), NOW).unwrap();
            OcspResponse::parse(&response.der).unwrap();
        }
        for length in 0..request.len() {
            let response = respond(&request[..length], &signers, &mut |_| Ok(REVOKED), NOW);
            let refused = matches!(response.unwrap().outcome, Outcome::Refused { .. });
            assert!(refused, "{length}");
        }
    }
}
