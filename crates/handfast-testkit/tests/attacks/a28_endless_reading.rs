//! A28, endless loops (CVE-2022-0778): parameters of curves that a square root is sought with, and
//! lists, nests and lengths without end. Curves are known by name alone; what has no bound of its
//! own is bounded by the bytes it stands in, and those by a size.

use crate::attack::{Attack, Control, Found};
use handfast_pki::certificate::{Certificate, MAX_CERTIFICATE_BYTES};
use handfast_pki::crl::Crl;
use handfast_pki::ocsp::OcspResponse;
use handfast_testkit::made::certificate::{Draft, alternative_names, dns, key};
use handfast_testkit::made::der::{bits, element, extension, integer, sequence, unsigned};

pub(crate) const ATTACKS: &[Attack] = &[
    Attack {
        id: "A28",
        name: "curves_by_their_parameters",
        ours: || curves(|der| Certificate::parse(der).is_ok_and(|one| one.public_key().is_ok())),
        controls: &[Control {
            broken: "a_reader_that_takes_any_curve",
            run: || curves(|der| Certificate::parse(der).is_ok()),
        }],
    },
    Attack {
        id: "A28",
        name: "lists_and_nests_without_end",
        ours: || {
            endless(|der| {
                let _ = (Crl::parse(der).is_ok(), OcspResponse::parse(der).is_ok());
                Certificate::parse(der).map_or(0, |one| one.subject_alt_names().count())
            })
        },
        controls: &[Control {
            broken: "a_reader_without_a_size",
            run: || endless(<[u8]>::len),
        }],
    },
];

/// id-ecPublicKey with parameters of its own.
fn explicit(prime: &[u8], point: &[u8]) -> Vec<u8> {
    let a = [&prime[..prime.len() - 1], &[prime[prime.len() - 1] ^ 3]].concat();
    let field = sequence(&[
        &[6, 7, 0x2a, 0x86, 0x48, 0xce, 0x3d, 1, 1],
        &unsigned(prime),
    ]);
    let curve = sequence(&[&element(4, &[&a]), &element(4, &[&[7; 32]])]);
    let parameters = sequence(&[
        &[2, 1, 1],
        &field,
        &curve,
        &element(4, &[point]),
        &unsigned(&[0xff; 32]),
        &[2, 1, 1],
    ]);
    let oid = [6, 7, 0x2a, 0x86, 0x48, 0xce, 0x3d, 2, 1];
    sequence(&[&sequence(&[&oid, &parameters]), &bits(point)])
}

fn named(curve: &[u8], point: &[u8]) -> Vec<u8> {
    let oid = [6, 7, 0x2a, 0x86, 0x48, 0xce, 0x3d, 2, 1];
    sequence(&[&sequence(&[&oid, curve]), &bits(point)])
}

fn curves(reads: fn(&[u8]) -> bool) -> Found {
    const P256: &[u8] = &[6, 8, 0x2a, 0x86, 0x48, 0xce, 0x3d, 3, 1, 7];
    let mut found = Found::default();
    let compressed = [&[2][..], &[9; 32]].concat();
    let uncompressed = [&[4][..], &[9; 64]].concat();
    // A prime, a square, twice a prime, a power of two, one, zero.
    let primes: [Vec<u8>; 6] = [
        [&[0xff; 31][..], &[0x43]].concat(),
        vec![0x90; 32],
        [&[0x7f; 31][..], &[0xfe]].concat(),
        [&[0x80][..], &[0; 31]].concat(),
        vec![1],
        vec![0],
    ];
    let mut keys = Vec::new();
    for prime in &primes {
        keys.push(explicit(prime, &compressed));
        keys.push(explicit(prime, &uncompressed));
    }
    // Known by name, the point in a form that needs a root, off the curve, at infinity, cut.
    for point in [
        &compressed[..],
        &uncompressed,
        &[0],
        &[],
        &uncompressed[..64],
        &[6; 65],
    ] {
        keys.push(named(P256, point));
    }
    keys.push(named(&[5, 0], &uncompressed));
    keys.push(named(&[], &uncompressed));
    let signer = key();
    for (at, spki) in keys.iter().enumerate() {
        let der = Draft::new("leaf", "root", spki).signed_by(&signer);
        found.tried(if reads(&der) {
            Err(format!("key {at} was read"))
        } else {
            Ok(())
        });
    }
    found
}

/// What is read of each is bounded by a size, however much is there.
fn endless(read: fn(&[u8]) -> usize) -> Found {
    let mut found = Found::default();
    let mut nested = vec![0x30, 0];
    while nested.len() < 1 << 20 {
        nested = sequence(&[&nested, &[5, 0]]);
        if nested.len() > 200_000 {
            nested = sequence(&[&nested.repeat(5)]);
        }
    }
    let names: Vec<_> = (0..200_000).map(|_| dns("a")).collect();
    let own = key();
    let draft = |extensions: Vec<Vec<u8>>| {
        let mut draft = Draft::new("leaf", "root", own.public_spki());
        draft.extensions = extensions;
        draft
    };
    let odd = |at: u32| {
        let [_, high, middle, low] = at.to_be_bytes();
        let oid = [0x2a, 0x80 | high, 0x80 | middle, 0x80 | low >> 1, low & 1];
        sequence(&[&element(6, &[&oid]), &element(4, &[&[5, 0]])])
    };
    let inputs = [
        ("nests", nested),
        (
            "names",
            draft(vec![alternative_names(&names)]).signed_by(&own),
        ),
        (
            "extensions",
            draft((0..60_000).map(odd).collect()).signed_by(&own),
        ),
        (
            "a serial number",
            draft(vec![]).numbered(&[1; 100_000]).signed_by(&own),
        ),
        (
            "one extension",
            draft(vec![extension(99, false, &[0; 100_000])]).signed_by(&own),
        ),
        ("a number", integer(&[1; 200_000])),
    ];
    for (label, der) in inputs {
        assert!(der.len() > MAX_CERTIFICATE_BYTES, "{label}");
        let items = read(&der);
        found.tried(if items > MAX_CERTIFICATE_BYTES {
            Err(format!("{label}: {items} items"))
        } else {
            Ok(())
        });
    }
    // Lengths that no memory holds.
    for header in [
        &[0x30, 0x84, 0x7f, 0xff, 0xff, 0xff][..],
        &[0x30, 0x84, 0xff, 0xff, 0xff, 0xff],
        &[0x30, 0x88, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff],
        &[0x30, 0xff],
        &[0x30, 0x80],
    ] {
        found.tried(if read(header) > header.len() {
            Err("a header".to_owned())
        } else {
            Ok(())
        });
    }
    found
}
