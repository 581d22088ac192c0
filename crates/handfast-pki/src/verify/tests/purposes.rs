//! What each purpose asks of keyUsage and extKeyUsage; each refusal with its control.

use super::NOW;
use super::made::{Made, authority, element, extension, key};
use crate::roots::Roots;
use crate::verify::place::Place;
use crate::verify::policy::Policy;
use crate::verify::reason::Reason;
use crate::verify::revocation::Revocation;
use crate::verify::{Purpose, Request, verify};
use rustls_pki_types::CertificateDer;

const SERVER: &[u8] = &[0x2b, 6, 1, 5, 5, 7, 3, 1];
const CLIENT: &[u8] = &[0x2b, 6, 1, 5, 5, 7, 3, 2];
const CODE: &[u8] = &[0x2b, 6, 1, 5, 5, 7, 3, 3];
const MAIL: &[u8] = &[0x2b, 6, 1, 5, 5, 7, 3, 4];
const TIME: &[u8] = &[0x2b, 6, 1, 5, 5, 7, 3, 8];
const OCSP: &[u8] = &[0x2b, 6, 1, 5, 5, 7, 3, 9];
const ANY: &[u8] = &[0x55, 0x1d, 37, 0];
const NETSCAPE: &[u8] = &[0x60, 0x86, 0x48, 1, 0x86, 0xf8, 0x42, 4, 1];
const MICROSOFT: &[u8] = &[0x2b, 6, 1, 4, 1, 0x82, 0x37, 10, 3, 3];

const ALL: [(Purpose, &[u8]); 6] = [
    (Purpose::ServerAuth, SERVER),
    (Purpose::ClientAuth, CLIENT),
    (Purpose::CodeSigning, CODE),
    (Purpose::EmailProtection, MAIL),
    (Purpose::TimeStamping, TIME),
    (Purpose::OcspSigning, OCSP),
];

fn purposes(critical: bool, list: &[&[u8]]) -> Vec<u8> {
    let list: Vec<_> = list.iter().map(|oid| element(6, &[oid])).collect();
    extension(37, critical, &element(0x30, &[&list.concat()]))
}

/// keyUsage with one byte of bits.
fn usage(bits: u8) -> Vec<u8> {
    let unused = u8::try_from(bits.trailing_zeros()).expect("a number");
    extension(15, true, &[3, 2, unused, bits])
}

fn judged(leaf: Vec<Vec<u8>>, root: Vec<Vec<u8>>, purpose: Purpose) -> Option<(Reason, Place)> {
    let (leaf_key, root_key) = (key(), key());
    let subject_key = extension(14, false, &[4, 1, 1]);
    let leaf = Made::new("leaf", "root", &leaf_key)
        .with([leaf, vec![subject_key]].concat())
        .signed_by(&root_key);
    let root = Made::new("root", "root", &root_key)
        .with([root, vec![authority(None)]].concat())
        .signed_by(&root_key);
    let mut roots = Roots::new();
    roots.add(CertificateDer::from(root)).expect("an anchor");
    let answer = verify(&Request {
        chain: &[&leaf],
        roots: &roots,
        purpose,
        key_usage: None,
        name: None,
        at_unix_s: NOW,
        policy: &Policy::MODERN,
        leaf_key: None,
        facts: None,
        revocation: Revocation::default(),
    });
    let refused = answer.err();
    refused.map(|refused| (refused.reason().clone(), refused.place()))
}

fn not_for(purpose: Purpose, place: Place) -> Option<(Reason, Place)> {
    let wanted = purpose.name();
    Some((Reason::ExtendedKeyUsage { wanted }, place))
}

#[test]
fn a_certificate_serves_the_purposes_that_it_lists() {
    for (purpose, _) in ALL {
        for (other, oid) in ALL {
            let leaf = vec![purposes(true, &[oid])];
            let wanted = (purpose != other).then(|| not_for(purpose, Place::Sent(0)));
            assert_eq!(
                judged(leaf, vec![], purpose),
                wanted.flatten(),
                "{purpose:?} {other:?}"
            );
        }
    }
    for (_, oid) in ALL {
        assert_eq!(
            judged(vec![purposes(true, &[oid])], vec![], Purpose::Any),
            None
        );
    }
}

#[test]
fn without_a_list_or_with_any_all_serve_but_those_that_must_be_listed() {
    for (purpose, _) in ALL {
        let must = matches!(purpose, Purpose::TimeStamping | Purpose::OcspSigning);
        let wanted = || must.then(|| not_for(purpose, Place::Sent(0))).flatten();
        assert_eq!(judged(vec![], vec![], purpose), wanted(), "{purpose:?}");
        let any = vec![purposes(true, &[ANY])];
        assert_eq!(judged(any, vec![], purpose), wanted(), "{purpose:?}");
    }
}

#[test]
fn time_stamping_stands_alone_and_critical() {
    let refused = || not_for(Purpose::TimeStamping, Place::Sent(0));
    for (critical, list, wanted) in [
        (true, &[TIME][..], None),
        (false, &[TIME], refused()),
        (true, &[TIME, CODE], refused()),
        (true, &[ANY, TIME], refused()),
    ] {
        let leaf = vec![purposes(critical, list)];
        assert_eq!(judged(leaf, vec![], Purpose::TimeStamping), wanted);
    }
}

#[test]
fn the_old_gated_purposes_are_not_server_auth() {
    for old in [NETSCAPE, MICROSOFT] {
        let refused = not_for(Purpose::ServerAuth, Place::Sent(0));
        let leaf = vec![purposes(false, &[old])];
        assert_eq!(judged(leaf, vec![], Purpose::ServerAuth), refused);
        let both = vec![purposes(false, &[old, SERVER])];
        assert_eq!(judged(both, vec![], Purpose::ServerAuth), None);
        let refused = not_for(Purpose::ServerAuth, Place::Anchor(0));
        let root = vec![purposes(false, &[old])];
        assert_eq!(judged(vec![], root, Purpose::ServerAuth), refused);
    }
}

#[test]
fn an_authoritys_list_bounds_what_it_issues_for() {
    for (purpose, oid) in ALL {
        let leaf = || vec![purposes(true, &[oid])];
        let elsewhere = vec![purposes(false, &[&[0x2a, 3]])];
        // RFC 6960 s4.2.2.2: a responder's authority is listed for what it issues to others.
        let free = purpose == Purpose::OcspSigning;
        let wanted = (!free).then(|| not_for(purpose, Place::Anchor(0)));
        assert_eq!(
            judged(leaf(), elsewhere, purpose),
            wanted.flatten(),
            "{purpose:?}"
        );
        for list in [oid, ANY] {
            let root = vec![purposes(false, &[list])];
            assert_eq!(judged(leaf(), root, purpose), None, "{purpose:?}");
        }
    }
}

#[test]
fn key_usage_agrees_with_the_purpose() {
    const SIGNS: u8 = 0x80;
    const COMMITS: u8 = 0x40;
    const ENCIPHERS: u8 = 0x20;
    const AGREES: u8 = 0x08;
    const CERTIFIES: u8 = 0x04;
    for (purpose, oid) in ALL {
        let suits: &[u8] = match purpose {
            // The handshake says which it needs.
            Purpose::ServerAuth | Purpose::ClientAuth => {
                &[SIGNS, COMMITS, ENCIPHERS, AGREES, CERTIFIES]
            }
            Purpose::CodeSigning => &[SIGNS],
            Purpose::EmailProtection => &[SIGNS, COMMITS, ENCIPHERS, AGREES],
            _ => &[SIGNS, COMMITS],
        };
        for bits in [SIGNS, COMMITS, ENCIPHERS, AGREES, CERTIFIES] {
            let leaf = || vec![purposes(true, &[oid]), usage(bits)];
            let wanted = "digitalSignature";
            let refused = (Reason::KeyUsage { wanted }, Place::Sent(0));
            let wanted = (!suits.contains(&bits)).then_some(refused);
            assert_eq!(
                judged(leaf(), vec![], purpose),
                wanted,
                "{purpose:?} {bits:x}"
            );
            assert_eq!(judged(leaf(), vec![], Purpose::Any), None);
        }
    }
}
