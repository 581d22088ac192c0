use super::super::made::{Made, authority, element, extension, key, name};
use super::lists::{List, PAST, SOON, points, scope, signed, time, uri};
use super::{World, hard, soft};
use crate::certificate::Certificate;
use crate::crl::Crl;
use crate::verify::revocation::{OcspAnswer, Revocation};
use handfast_crypto::hash::{HashAlgorithm, digest};
use handfast_crypto::signature::PrivateKey;

const SHA1: &[u8] = &[6, 5, 0x2b, 0x0e, 3, 2, 0x1a];
const SHA256: &[u8] = &[6, 9, 0x60, 0x86, 0x48, 1, 0x65, 3, 4, 2, 1];
const GOOD: &[u8] = &[0x80, 0];
const UNKNOWN: &[u8] = &[0x82, 0];

fn revoked(reason: u8) -> Vec<u8> {
    let reason = element(0xa0, &[&[0x0a, 1, reason]]);
    element(0xa1, &[&time(PAST), &reason])
}

/// What a response says; tests change one thing.
pub(super) struct Answer<'a> {
    hash: (HashAlgorithm, &'a [u8]),
    serial: u8,
    /// Whose name and key the certificate's identifier holds.
    issuer: &'a [u8],
    status: Vec<u8>,
    produced_at: &'a str,
    this_update: &'a str,
    next_update: Option<&'a str>,
    responder: Option<Vec<u8>>,
    nonce: Option<&'a [u8]>,
    extension: Vec<u8>,
    certificates: Vec<Vec<u8>>,
}

impl<'a> Answer<'a> {
    pub(super) fn new(world: &'a World) -> Self {
        Self {
            hash: (HashAlgorithm::Sha1, SHA1),
            serial: 1,
            issuer: &world.root,
            status: GOOD.to_vec(),
            produced_at: PAST,
            this_update: PAST,
            next_update: Some(SOON),
            responder: None,
            nonce: None,
            extension: vec![],
            certificates: vec![],
        }
    }

    /// One whose next update was due yesterday.
    pub(super) fn stale(world: &'a World) -> Self {
        Self {
            next_update: Some("20291215000000Z"),
            ..Self::new(world)
        }
    }

    fn saying(world: &'a World, status: &[u8]) -> Self {
        let status = status.to_vec();
        Self {
            status,
            ..Self::new(world)
        }
    }

    pub(super) fn signed_by(&self, signer: &PrivateKey) -> Vec<u8> {
        let issuer = Certificate::parse(self.issuer).expect("the issuer");
        let (hash, oid) = self.hash;
        let name_hash = digest(hash, &[issuer.subject().der()]);
        let key_hash = digest(hash, &[issuer.subject_public_key()]);
        let id = element(
            0x30,
            &[
                &element(0x30, &[oid, &[5, 0]]),
                &element(4, &[name_hash.as_bytes()]),
                &element(4, &[key_hash.as_bytes()]),
                &[2, 1, self.serial],
            ],
        );
        let next = self.next_update.map(|text| element(0xa0, &[&time(text)]));
        let single = element(
            0x30,
            &[
                &id,
                &self.status,
                &time(self.this_update),
                &next.unwrap_or_default(),
            ],
        );
        let nonce = self.nonce.map(|nonce| {
            let oid = [6, 9, 0x2b, 6, 1, 5, 5, 7, 48, 1, 2];
            element(0x30, &[&oid, &element(4, &[&element(4, &[nonce])])])
        });
        let extensions = [nonce.unwrap_or_default(), self.extension.clone()].concat();
        let extensions = match extensions[..] {
            [] => vec![],
            _ => element(0xa1, &[&element(0x30, &[&extensions])]),
        };
        let by_name = element(0xa1, &[&name("root")]);
        let data = element(
            0x30,
            &[
                self.responder.as_ref().unwrap_or(&by_name),
                &time(self.produced_at),
                &element(0x30, &[&single]),
                &extensions,
            ],
        );
        let certificates = match self.certificates[..] {
            [] => vec![],
            _ => element(0xa0, &[&element(0x30, &[&self.certificates.concat()])]),
        };
        let basic = signed(&data, signer, &certificates);
        let oid = [6, 9, 0x2b, 6, 1, 5, 5, 7, 48, 1, 1];
        let bytes = element(0x30, &[&oid, &element(4, &[&basic])]);
        element(0x30, &[&[0x0a, 1, 0], &element(0xa0, &[&bytes])])
    }
}

fn stapled(world: &World, staple: &[u8]) -> String {
    world.judge(hard(Revocation {
        staple: Some(staple),
        ..Revocation::default()
    }))
}

fn by_root(world: &World, answer: &Answer<'_>) -> String {
    stapled(world, &answer.signed_by(&world.root_key))
}

#[test]
fn a_response_tells_the_status() {
    let world = World::new();
    assert_eq!(by_root(&world, &Answer::new(&world)), "good");
    let sha256 = Answer {
        hash: (HashAlgorithm::Sha256, SHA256),
        ..Answer::new(&world)
    };
    assert_eq!(by_root(&world, &sha256), "good");
    let key = Certificate::parse(&world.root).expect("the root");
    let hash = digest(HashAlgorithm::Sha1, &[key.subject_public_key()]);
    let by_key = Answer {
        responder: Some(element(0xa2, &[&element(4, &[hash.as_bytes()])])),
        ..Answer::new(&world)
    };
    assert_eq!(by_root(&world, &by_key), "good");
    let answer = by_root(&world, &Answer::saying(&world, &revoked(1)));
    assert_eq!(answer, "revoked: keyCompromise");
    let answer = by_root(&world, &Answer::saying(&world, UNKNOWN));
    assert_eq!(
        answer,
        "refused: the responder does not know the certificate"
    );
}

#[test]
fn a_staple_that_revokes_always_refuses_and_one_that_is_damaged_is_dropped() {
    let world = World::new();
    let off = |staple: &[u8]| {
        world.judge(Revocation {
            staple: Some(staple),
            ..Revocation::default()
        })
    };
    let revoking = Answer::saying(&world, &revoked(4)).signed_by(&world.root_key);
    assert_eq!(off(&revoking), "revoked: superseded");
    assert_eq!(off(&Answer::new(&world).signed_by(&world.root_key)), "good");
    let forged = Answer::saying(&world, &revoked(4)).signed_by(&world.leaf_key);
    let dropped = "unknown; its signer's key did not make this signature";
    assert_eq!(off(&forged), dropped);
    let answer = off(&revoking[..40]);
    assert!(answer.starts_with("unknown; it cannot be read: OCSPResponse at byte 0"));
    assert_eq!(
        off(&[0x30, 3, 0x0a, 1, 3]),
        "unknown; the responder answered tryLater"
    );
}

#[test]
fn a_response_about_another_certificate_tells_nothing() {
    let (world, other) = (World::new(), World::new());
    let wanted = "refused: it is about other certificates";
    let serial = Answer {
        serial: 2,
        ..Answer::new(&world)
    };
    assert_eq!(by_root(&world, &serial), wanted);
    // The same name with another key.
    let issuer = Answer {
        issuer: &other.root,
        ..Answer::new(&world)
    };
    assert_eq!(by_root(&world, &issuer), wanted);
    let md5: &[u8] = &[6, 8, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 2, 5];
    let hash = Answer {
        hash: (HashAlgorithm::Sha1, md5),
        ..Answer::new(&world)
    };
    assert_eq!(by_root(&world, &hash), wanted);
}

#[test]
fn a_response_counts_from_this_update_to_next_update() {
    let world = World::new();
    let stale = |status: &[u8]| Answer {
        next_update: Some("20291231235459Z"),
        ..Answer::saying(&world, status)
    };
    let due = "refused: its next update was due on 2029-12-31T23:54:59Z; \
        it is now 2030-01-01T00:00:00Z";
    assert_eq!(by_root(&world, &stale(GOOD)), due);
    assert_eq!(by_root(&world, &stale(&revoked(6))), due);
    assert_eq!(
        by_root(&world, &stale(&revoked(1))),
        "revoked: keyCompromise"
    );
    let skewed = Answer {
        next_update: Some("20291231235500Z"),
        ..Answer::new(&world)
    };
    assert_eq!(by_root(&world, &skewed), "good");
    let open = |this_update| Answer {
        this_update,
        next_update: None,
        ..Answer::new(&world)
    };
    assert_eq!(by_root(&world, &open("20291231000000Z")), "good");
    let answer = by_root(&world, &open("20291230235400Z"));
    assert!(
        answer.starts_with("refused: its next update was due"),
        "{answer}"
    );
    let early = |this_update, produced_at| Answer {
        this_update,
        produced_at,
        ..Answer::new(&world)
    };
    let (late, then) = ("20300101000501Z", PAST);
    for early in [early(late, then), early(then, late)] {
        let answer = by_root(&world, &early);
        assert!(answer.starts_with("refused: it was made on"), "{answer}");
    }
}

#[test]
fn critical_extensions_and_nonces_are_minded() {
    let world = World::new();
    for (critical, wanted) in [
        (
            true,
            "refused: its critical extension 2.5.29.99 is not understood",
        ),
        (false, "good"),
    ] {
        let answer = Answer {
            extension: extension(99, critical, &[5, 0]),
            ..Answer::new(&world)
        };
        assert_eq!(by_root(&world, &answer), wanted);
    }
    let asked = |nonce: Option<&[u8]>, answered: Option<&[u8]>| {
        let answer = Answer {
            nonce: answered,
            ..Answer::new(&world)
        };
        let der = answer.signed_by(&world.root_key);
        let answer = OcspAnswer { der: &der, nonce };
        world.judge(hard(Revocation {
            responses: &[answer],
            ..Revocation::default()
        }))
    };
    let refused = "refused: it does not bear the nonce that was sent";
    assert_eq!(asked(Some(b"one"), Some(b"one")), "good");
    assert_eq!(asked(None, Some(b"one")), "good");
    assert_eq!(asked(Some(b"one"), Some(b"two")), refused);
    assert_eq!(asked(Some(b"one"), None), refused);
}

pub(super) fn purpose(last: u8) -> Vec<u8> {
    let oid = [6, 8, 0x2b, 6, 1, 5, 5, 7, 3, last];
    extension(37, false, &element(0x30, &[&oid]))
}

pub(super) fn no_check() -> Vec<u8> {
    let oid = [6, 9, 0x2b, 6, 1, 5, 5, 7, 48, 1, 5];
    element(0x30, &[&oid, &element(4, &[&[5, 0]])])
}

/// A response by a responder with these extensions, certified by the root or by another key.
pub(super) fn delegated(
    world: &World,
    extensions: Vec<Vec<u8>>,
    certifier: &PrivateKey,
) -> Vec<u8> {
    let responder_key = key();
    let responder = Made::new("responder", "root", &responder_key)
        .with(extensions)
        .signed_by(certifier);
    let answer = Answer {
        responder: Some(element(0xa1, &[&name("responder")])),
        certificates: vec![responder],
        ..Answer::new(world)
    };
    answer.signed_by(&responder_key)
}

#[test]
fn a_responder_needs_the_issuers_word_for_this_purpose() {
    let world = World::new();
    let root = &world.root_key;
    let answer = |extensions, certifier| stapled(&world, &delegated(&world, extensions, certifier));
    assert_eq!(answer(vec![purpose(9), no_check()], root), "good");
    let refused = |why| format!("refused: its signer may not sign it: {why}");
    let wanted = refused("it is not meant for OCSPSigning");
    assert_eq!(answer(vec![purpose(1), no_check()], root), wanted);
    // Any purpose is not this one.
    let any = extension(37, false, &element(0x30, &[&[6, 4, 0x55, 0x1d, 37, 0]]));
    assert_eq!(answer(vec![any, no_check()], root), wanted);
    assert_eq!(answer(vec![no_check()], root), wanted);
    let stranger = key();
    let wanted = refused("the issuer did not sign its certificate");
    assert_eq!(answer(vec![purpose(9), no_check()], &stranger), wanted);
    let usage = extension(15, true, &[3, 2, 1, 0x02]);
    let wanted = refused("its key may not be used for digitalSignature");
    assert_eq!(answer(vec![purpose(9), no_check(), usage], root), wanted);
    let nobody = Answer {
        responder: Some(element(0xa1, &[&name("nobody")])),
        ..Answer::new(&world)
    };
    let wanted = "refused: no certificate of its signer is at hand";
    assert_eq!(by_root(&world, &nobody), wanted);
}

#[test]
fn a_responders_own_status_counts_unless_it_need_not_be_asked() {
    let world = World::new();
    let root = &world.root_key;
    let staple = delegated(&world, vec![purpose(9)], root);
    let wanted = "refused: its signer may not sign it: its own status is unknown";
    assert_eq!(stapled(&world, &staple), wanted);
    let softly = world.judge(soft(Revocation {
        staple: Some(&staple),
        ..Revocation::default()
    }));
    assert_eq!(softly, "good");
    // A list for the responder alone: its point is not the leaf's.
    let point = || uri("http://a.test/responders");
    let staple = delegated(&world, vec![purpose(9), points(&[&[point()]])], root);
    for (list, wanted) in [
        (List::new(), "good; it belongs to other distribution points"),
        (
            List::revoking(1),
            "unknown; its signer may not sign it: it is revoked itself; \
                it belongs to other distribution points",
        ),
    ] {
        let list = list.with(scope(&[&point()])).signed_by(root);
        let crls = [Crl::parse(&list).expect("a CRL")];
        let answer = world.judge(soft(Revocation {
            staple: Some(&staple),
            crls: &crls,
            ..Revocation::default()
        }));
        assert_eq!(answer, wanted);
    }
}

#[test]
fn a_response_that_revokes_outweighs_a_crl_that_does_not() {
    let world = World::new();
    let list = List::new().signed_by(&world.root_key);
    let crls = [Crl::parse(&list).expect("a CRL")];
    let revoking = Answer::saying(&world, &revoked(1)).signed_by(&world.root_key);
    let good = Answer::new(&world).signed_by(&world.root_key);
    let unknown = Answer::saying(&world, UNKNOWN).signed_by(&world.root_key);
    for (der, wanted) in [
        (&revoking, "revoked: keyCompromise"),
        (&good, "good"),
        (
            &unknown,
            "good; the responder does not know the certificate",
        ),
    ] {
        let answer = world.judge(hard(Revocation {
            responses: &[OcspAnswer { der, nonce: None }],
            crls: &crls,
            ..Revocation::default()
        }));
        assert_eq!(answer, wanted);
    }
}

#[test]
fn no_flipped_bit_of_a_response_keeps_it_good() {
    let world = World::new();
    let mut staple = Answer::new(&world).signed_by(&world.root_key);
    assert_eq!(stapled(&world, &staple), "good");
    for index in 0..staple.len() * 8 {
        staple[index / 8] ^= 1 << (index % 8);
        assert_ne!(stapled(&world, &staple), "good", "bit {index}");
        staple[index / 8] ^= 1 << (index % 8);
    }
    let authority = World::with(vec![authority(None)], vec![]);
    assert_ne!(stapled(&authority, &staple), "good");
}
