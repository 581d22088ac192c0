//! Bytes that mean harm: cut, nested, repeated, endless.

use super::super::made::{ECDSA_SHA256, element, extension, key, name};
use super::lists::{List, PAST, SOON, entry, entry_issuer, number, reason_code, scope, time, uri};
use super::responses::{Answer, delegated, no_check, purpose};
use super::{World, hard};
use crate::certificate::Certificate;
use crate::crl::Crl;
use crate::fault::Problem;
use crate::ocsp::OcspResponse;
use crate::ocsp::request::{IdHash, ocsp_request};
use crate::verify::revocation::Revocation;
use handfast_crypto::signature::{PrivateKey, SignatureAlgorithm};
use proptest::prelude::*;

/// A CRL with everything on it that is understood.
fn full_list() -> Vec<u8> {
    let list = List::new()
        .and(entry(1, &[reason_code(1), entry_issuer("elsewhere")]))
        .and(entry(2, &[invalidity()]))
        .with(scope(&[&uri("http://a.test/"), &[0x84, 1, 0xff]]))
        .with(extension(35, false, &[0x30, 3, 0x80, 1, 1]));
    list.signed_by(&key())
}

fn invalidity() -> Vec<u8> {
    extension(24, false, &time(PAST))
}

fn full_response() -> Vec<u8> {
    let world = World::new();
    delegated(&world, vec![purpose(9), no_check()], &world.root_key)
}

#[test]
fn every_prefix_is_refused_with_field_and_byte() {
    let (list, response) = (full_list(), full_response());
    Crl::parse(&list).expect("the list");
    OcspResponse::parse(&response).expect("the response");
    for length in 0..list.len() {
        let fault = Crl::parse(&list[..length]).expect_err("a prefix");
        assert!(fault.byte <= length && !fault.field.is_empty(), "{fault}");
    }
    for length in 0..response.len() {
        let fault = OcspResponse::parse(&response[..length]).expect_err("a prefix");
        assert!(fault.byte <= length && !fault.field.is_empty(), "{fault}");
    }
    let longer = |bytes: &[u8]| [bytes, &[0]].concat();
    let fault = Crl::parse(&longer(&list)).expect_err("a byte too many");
    assert_eq!(fault.problem, Problem::TrailingBytes);
    let fault = OcspResponse::parse(&longer(&response)).expect_err("a byte too many");
    assert_eq!(fault.problem, Problem::TrailingBytes);
}

#[test]
fn a_fault_inside_names_its_field_and_its_byte() {
    let list = full_list();
    let place = |wanted: &[u8]| {
        let found = list.windows(wanted.len()).position(|bytes| bytes == wanted);
        found.expect("the bytes")
    };
    let own_number = place(&[0x55, 0x1d, 20]);
    let cases = [
        (place(&[2, 1, 1]) + 2, 2, "tbsCertList.version", 2),
        (place(PAST.as_bytes()), b'x', "tbsCertList.thisUpdate", 2),
        (place(&[0x0a, 1, 1]) + 2, 7, "reasonCode", 2),
        // The value of the number's extension is 02 01 05, after the header of its octets.
        (own_number + 7, 0x85, "cRLNumber", 2),
    ];
    for (at, byte, field, before) in cases {
        let mut broken = list.clone();
        broken[at] = byte;
        let fault = Crl::parse(&broken).expect_err(field);
        assert_eq!((fault.field, fault.byte), (field, at - before), "{fault}");
    }
}

#[test]
fn what_the_profile_asks_of_a_crl_is_asked() {
    let signer = key();
    let fault = |list: &List| {
        let fault = Crl::parse(&list.signed_by(&signer)).expect_err("a fault");
        (fault.problem, fault.field)
    };
    let mut list = List::new().with(reason_code(1));
    list.extensions.remove(0);
    assert_eq!(fault(&list), (Problem::CrlNumberMissing, "cRLNumber"));
    let mut list = List::new();
    list.extensions[0] = extension(20, true, &[2, 1, 5]);
    assert_eq!(fault(&list), (Problem::Criticality, "cRLNumber"));
    let list = List::new().with(extension(27, false, &[2, 1, 5]));
    assert_eq!(fault(&list), (Problem::Criticality, "deltaCRLIndicator"));
    let twice = List::new().with(number(5));
    assert_eq!(fault(&twice).0, Problem::DuplicateExtension);
    let stray = List::new().and(entry(1, &[entry_issuer("elsewhere")]));
    assert_eq!(fault(&stray), (Problem::EntryIssuer, "certificateIssuer"));
    let both = List::new().with(scope(&[&[0x81, 1, 0xff, 0x82, 1, 0xff]]));
    assert_eq!(fault(&both).0, Problem::DistributionPoint);
    let nameless = List {
        issuer: "",
        ..List::new()
    };
    assert_eq!(fault(&nameless), (Problem::EmptyList, "tbsCertList.issuer"));
}

/// One element however long, header in fewest bytes.
fn long_element(tag: u8, contents: &[u8]) -> Vec<u8> {
    let length = u32::try_from(contents.len())
        .expect("a length")
        .to_be_bytes();
    let zeros = length.iter().take_while(|byte| **byte == 0).count();
    let count = u8::try_from(4 - zeros).expect("a few");
    [&[tag, 0x80 | count], &length[zeros..], contents].concat()
}

/// A CRL of so many entries, each with serial numbers of four bytes from 0x40000000 on.
fn long_list(count: u32, signer: &PrivateKey) -> Vec<u8> {
    let serial = element(2, &[&[0x40, 0, 0, 0]]);
    let reason = element(0x30, &[&reason_code(1)]);
    let entry = element(0x30, &[&serial, &time(PAST), &reason]);
    let mut entries = entry.repeat(usize::try_from(count).expect("a count"));
    for (own, serial) in entries.chunks_mut(entry.len()).zip(0x4000_0000_u32..) {
        // After the headers of the entry and of its serial number.
        own[4..8].copy_from_slice(&serial.to_be_bytes());
    }
    let head = [
        &[2, 1, 1],
        ECDSA_SHA256,
        &name("root"),
        &time(PAST),
        &time(SOON),
    ];
    let extensions = element(0xa0, &[&element(0x30, &[&number(5)])]);
    let tbs = [
        &head.concat(),
        &long_element(0x30, &entries),
        &extensions[..],
    ]
    .concat();
    let tbs = long_element(0x30, &tbs);
    let algorithm = SignatureAlgorithm::EcdsaSha256;
    let signature = signer.sign(algorithm, &tbs).expect("a signature");
    let signature = element(3, &[&[0], signature.as_ref()]);
    long_element(0x30, &[&tbs, ECDSA_SHA256, &signature].concat())
}

#[test]
fn a_million_entries_are_read_and_searched_in_one_pass_each() {
    // Anything that is not one pass would take hours here.
    let count = 1_000_000;
    let world = World::new();
    let der = long_list(count, &world.root_key);
    let crls = [Crl::parse(&der).expect("a long CRL")];
    let answer = world.judge(hard(Revocation {
        crls: &crls,
        ..Revocation::default()
    }));
    assert_eq!(answer, "good");
    let issuer = crls[0].issuer();
    let last = (0x4000_0000 + count - 1).to_be_bytes();
    assert!(crls[0].find(&issuer, &last).is_some());
}

#[test]
fn nesting_and_endless_lists_are_cut_off() {
    let mut nested = vec![0x30, 0];
    for _ in 0..5_000 {
        nested = long_element(0x30, &nested);
        if nested.len() > 60_000 {
            break;
        }
    }
    assert!(Crl::parse(&nested).is_err());
    assert!(OcspResponse::parse(&nested).is_err());
    // Lengths up to the largest that a header can say.
    for header in [
        &[0x30, 0x84, 0x7f, 0xff, 0xff, 0xff][..],
        &[0x30, 0x84, 0xff, 0xff, 0xff, 0xff],
        &[0x30, 0x88, 1, 0, 0, 0, 0, 0, 0, 0],
        &[0x30, 0x80],
        &[0x30, 0x83, 0, 0xff, 0xff],
    ] {
        assert!(Crl::parse(header).is_err());
        assert!(OcspResponse::parse(header).is_err());
        assert!(Certificate::parse(header).is_err());
    }
    let many = (0..65).map(|arc| extension(60 + arc, false, &[5, 0]));
    let mut list = List::new();
    list.extensions.extend(many);
    let fault = Crl::parse(&list.signed_by(&key())).expect_err("too many");
    assert_eq!(fault.problem, Problem::TooMany { limit: 64 });
}

#[test]
fn a_request_names_the_certificate_as_its_answer_does() {
    let world = World::new();
    let root = Certificate::parse(&world.root).expect("the root");
    let leaf = Certificate::parse(&world.leaf).expect("the leaf");
    let answer = Answer::new(&world).signed_by(&world.root_key);
    let OcspResponse::Basic(basic) = OcspResponse::parse(&answer).expect("a response") else {
        unreachable!("it answers")
    };
    let single = basic.responses().next().expect("one response");
    assert!(single.id.is(&leaf, &root));
    assert!(!single.id.is(&root, &leaf));
    let request = ocsp_request(&leaf, &root, IdHash::Sha1, Some(&[7; 32]));
    // The identifier stands in both, byte for byte.
    let id = request
        .windows(2)
        .position(|two| two == [0x30, 9])
        .expect("the hash");
    let id = &request[id..id + 11 + 22 + 22 + 3];
    assert!(answer.windows(id.len()).any(|bytes| bytes == id));
    assert!(request.ends_with(&[[4, 34, 4, 32].as_slice(), &[7; 32]].concat()));
    let bare = ocsp_request(&leaf, &root, IdHash::Sha256, None);
    assert!(bare.ends_with(&[2, 1, 1]));
}

proptest! {
    #[test]
    fn no_bytes_make_a_reader_panic(bytes in proptest::collection::vec(any::<u8>(), 0..600)) {
        let _ = Crl::parse(&bytes).map(|crl| crl.revoked().count());
        let _ = OcspResponse::parse(&bytes);
    }

    #[test]
    fn no_change_of_a_sound_one_makes_a_reader_panic(
        changes in proptest::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..6)
    ) {
        for mut bytes in [LIST.clone(), RESPONSE.clone()] {
            for (index, byte) in &changes {
                let at = index.index(bytes.len());
                bytes[at] = *byte;
            }
            if let Ok(crl) = Crl::parse(&bytes) {
                for entry in crl.revoked() {
                    prop_assert!(crl.find(&crl.issuer(), entry.serial).is_some() || crl.is_indirect());
                }
            }
            if let Ok(OcspResponse::Basic(basic)) = OcspResponse::parse(&bytes) {
                let _ = (basic.responses().count(), basic.certificates().count());
            }
        }
    }
}

static LIST: std::sync::LazyLock<Vec<u8>> = std::sync::LazyLock::new(full_list);
static RESPONSE: std::sync::LazyLock<Vec<u8>> = std::sync::LazyLock::new(full_response);
