//! A29, keys of absurd size (CVE-2023-29409, CVE-2024-4603): refused before any arithmetic, as the
//! peer's own key and as an issuer's: it is the key that is refused, not a signature that was checked
//! with it. `-- --ignored A29` on a release build times it.

use crate::attack::{Attack, Control, Found};
use crate::chains::{Chain, Verifier, ours, signatures_alone, under};
use handfast_crypto::signature::{KeyKind, PrivateKey, SignatureAlgorithm};
use handfast_pki::verify::policy::Policy;
use handfast_testkit::made::certificate::{Draft, alternative_names, authority, dns, key};
use handfast_testkit::made::der::{bits, element, sequence, unsigned};
use std::time::{Duration, Instant};

pub(crate) const ATTACKS: &[Attack] = &[
    Attack {
        id: "A29",
        name: "absurd_keys_of_issuers",
        ours: || of_issuers(ours),
        controls: &[Control {
            broken: "a_verifier_that_tries_any_key",
            run: || of_issuers(signatures_alone),
        }],
    },
    Attack {
        id: "A29",
        name: "absurd_keys_of_peers",
        ours: || of_peers(ours),
        controls: &[
            Control {
                broken: "a_verifier_that_looks_at_no_key",
                run: || of_peers(signatures_alone),
            },
            Control {
                broken: "a_verifier_without_a_largest_key",
                run: || {
                    of_peers(|chain| {
                        let rsa_bits_max = u32::MAX;
                        under(
                            chain,
                            &Policy {
                                rsa_bits_max,
                                ..Policy::MODERN
                            },
                        )
                    })
                },
            },
        ],
    },
];

/// rsaEncryption of this many bits, the modulus without meaning.
fn rsa(size: usize, exponent: &[u8]) -> Vec<u8> {
    let mut modulus = vec![0xa5; size.div_ceil(8)];
    let spare = modulus.len() * 8 - size;
    if let Some(first) = modulus.first_mut() {
        *first = 0xff >> spare;
    }
    let last = modulus.pop().map(|last| last | 1);
    modulus.extend(last);
    rsa_of(&modulus, exponent)
}

fn rsa_of(modulus: &[u8], exponent: &[u8]) -> Vec<u8> {
    let key = sequence(&[&unsigned(modulus), &unsigned(exponent)]);
    let oid = [6, 9, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 1, 1, 5, 0];
    sequence(&[&sequence(&[&oid]), &bits(&key)])
}

const E: &[u8] = &[1, 0, 1];

fn keys() -> Vec<(&'static str, Vec<u8>)> {
    let dsa_oid = [6, 7, 0x2a, 0x86, 0x48, 0xce, 0x38, 4, 1];
    let parameters = sequence(&[
        &unsigned(&[0xff; 128]),
        &unsigned(&[0xff; 20]),
        &unsigned(&[2]),
    ]);
    let dsa = sequence(&[
        &sequence(&[&dsa_oid, &parameters]),
        &bits(&unsigned(&[0x7f; 128])),
    ]);
    let even = vec![0xa4; 256];
    vec![
        ("RSA 8", rsa(8, E)),
        ("RSA 512", rsa(512, E)),
        ("RSA 1024", rsa(1024, E)),
        ("RSA 2047", rsa(2047, E)),
        ("RSA 8193", rsa(8193, E)),
        ("RSA 16384", rsa(16_384, E)),
        ("RSA 65536", rsa(65_536, E)),
        ("RSA 400000", rsa(400_000, E)),
        ("RSA, even exponent", rsa(2048, &[1, 0, 0])),
        ("RSA, exponent 0", rsa(2048, &[0])),
        ("RSA, exponent 1", rsa(2048, &[1])),
        ("RSA, exponent 2", rsa(2048, &[2])),
        ("RSA, exponent above 2^33", rsa(2048, &[3, 0, 0, 0, 1])),
        (
            "RSA, exponent as long as the modulus",
            rsa(2048, &[0x7f; 256]),
        ),
        (
            "RSA, exponent longer than the modulus",
            rsa(2048, &[0x7f; 4_000]),
        ),
        ("RSA, modulus 0", rsa_of(&[0], E)),
        ("RSA, even modulus", rsa_of(&even, E)),
        ("DSA", dsa),
        (
            "an unknown algorithm",
            sequence(&[&sequence(&[&[6, 3, 0x2a, 3, 4]]), &bits(&[1])]),
        ),
        (
            "an empty key",
            sequence(&[
                &sequence(&[&[6, 9, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 1, 1, 5, 0]]),
                &element(3, &[&[0]]),
            ]),
        ),
    ]
}

/// The key is a root's: a leaf shows a signature by it.
fn by_issuer(spki: &[u8]) -> Chain {
    let stranger = key();
    let root = Draft::new("root", "root", spki)
        .with(authority(None))
        .signed_by(&stranger);
    let mut leaf = Draft::new("leaf", "root", key().public_spki());
    leaf.algorithm = sequence(&[&[6, 9, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 1, 11, 5, 0]]);
    leaf.signs = SignatureAlgorithm::EcdsaSha256;
    Chain {
        sent: vec![leaf.with_signature(&leaf.tbs(), &[0x5a; 256])],
        roots: vec![root],
        name: None,
    }
}

/// The key is the peer's own, in a certificate that is rightly signed.
fn by_peer(spki: &[u8]) -> Chain {
    let signer = key();
    let root = Draft::new("root", "root", signer.public_spki()).with(authority(None));
    let leaf = Draft::new("leaf", "root", spki).with(alternative_names(&[dns("example.test")]));
    Chain {
        sent: vec![leaf.signed_by(&signer)],
        roots: vec![root.signed_by(&signer)],
        name: None,
    }
}

fn of_issuers(verifier: Verifier) -> Found {
    let mut found = Found::default();
    for (label, spki) in keys() {
        let judged = verifier(&by_issuer(&spki));
        found.tried(if judged.accepted || !judged.reason.contains("key is") {
            Err(format!("{label}: {}", judged.reason))
        } else {
            Ok(())
        });
    }
    found
}

fn of_peers(verifier: Verifier) -> Found {
    let mut found = Found::default();
    for (label, spki) in keys() {
        found.tried(if verifier(&by_peer(&spki)).accepted {
            Err(label.to_owned())
        } else {
            Ok(())
        });
    }
    let sound = PrivateKey::generate(KeyKind::Rsa { bits: 2048 }).unwrap();
    assert!(
        verifier(&by_peer(sound.public_spki())).accepted,
        "the control"
    );
    found
}

/// How long ours takes to refuse, in a release build.
pub(crate) fn timed() -> Result<(), String> {
    let mut slow = Vec::new();
    for (label, spki) in keys() {
        for chain in [by_issuer(&spki), by_peer(&spki)] {
            let best = (0..20).map(|_| {
                let start = Instant::now();
                let _ = ours(&chain);
                start.elapsed()
            });
            let best = best.min().unwrap_or_default();
            println!("{label}: {best:?}");
            if best > Duration::from_millis(1) {
                slow.push(format!("{label}: {best:?}"));
            }
        }
    }
    if slow.is_empty() {
        Ok(())
    } else {
        Err(slow.join("\n"))
    }
}
