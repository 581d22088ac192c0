//! Chains made to be dear: each ends within the limit.

use crate::chain::{NOW, rsa_spki};
use handfast_crypto::signature::{KeyKind, PrivateKey, SignatureAlgorithm};
use handfast_pki::name::ServerName;
use handfast_pki::roots::Roots;
use handfast_pki::verify::facts::SignatureFacts;
use handfast_pki::verify::policy::Policy;
use handfast_pki::verify::revocation::Revocation;
use handfast_pki::verify::{Purpose, Request, verify};
use handfast_testkit::made::certificate::{
    Draft, alternative_names, authority, directory, dns, key, name_constraints, purpose,
};
use handfast_testkit::made::der::{element, extension, name, sequence};
use std::time::{Duration, Instant};

/// No chain takes longer to be judged.
const LIMIT: Duration = Duration::from_millis(50);
/// What a peer may send in one message, about.
const FAN: usize = 5_000;
/// As many of the largest certificates are about as much.
const FEW: usize = 250;
/// Just below the largest certificate that is read.
const LARGE: usize = 60_000;

struct Case {
    name: &'static str,
    make: fn() -> Vec<Vec<u8>>,
}

const CASES: &[Case] = &[
    case("5,000 authorities that certify each other", crossed),
    case("5,000 in a ring", ring),
    case("a fan of 5,000 of one name and key", fan),
    case("5,000 of one name, each with another key", strangers),
    case("a fan, its issuer another such fan", fans),
    case("5,000 bytes without sense", junk),
    case("250 of 60 kB with one long name", long_names),
    case(
        "250 of 60 kB with one long name, the issuer's in capitals",
        || in_capitals(FEW, LARGE / 2, ""),
    ),
    case(
        "250 of 60 kB, the issuer's in capitals and of one letter more",
        || in_capitals(FEW, LARGE / 2, "B"),
    ),
    case(
        "5,000 of one name and key, the issuer's in capitals",
        || in_capitals(FAN, 10, ""),
    ),
    case(
        "5,000 of one name, the issuer's in capitals and of one letter more",
        || in_capitals(FAN, 100, "B"),
    ),
    case(
        "5,000 in a ring, each issuer's name in capitals",
        ring_in_capitals,
    ),
    case("5,000 with many purposes", purposes),
    case("250 with 60 kB of extensions", extensions),
    case(
        "a leaf of many names below many constraints",
        names_and_constraints,
    ),
    case(
        "a leaf of long names below long constraints",
        long_names_and_constraints,
    ),
    case("directory names below directory constraints", directories),
    case(
        "250 with constraints that cannot be read to the end",
        constraints,
    ),
    case("100 keys of P-384 and a long message", || {
        slow(KeyKind::EcP384)
    }),
    case("100 keys of P-521", || slow(KeyKind::EcP521)),
    case("100 keys of ML-DSA-44", || slow(KeyKind::MlDsa44)),
    case("100 keys of ML-DSA-87", || slow(KeyKind::MlDsa87)),
    case("100 keys of Ed25519", || slow(KeyKind::Ed25519)),
    case("100 keys of RSA-2048", || rsa(2048, &[1, 0, 1])),
    case("100 keys of RSA-4096", || rsa(4096, &[1, 0, 1])),
    case("100 keys of RSA-8192", || rsa(8192, &[1, 0, 1])),
    case("100 keys of RSA-8192, the largest exponent", || {
        rsa(8192, &[1, 0xff, 0xff, 0xff, 0xff])
    }),
    case("5,000 points off P-521", off_curve),
];

const fn case(name: &'static str, make: fn() -> Vec<Vec<u8>>) -> Case {
    Case { name, make }
}

/// Judges every chain, or that whose name has `only` in it.
pub(crate) fn run(only: Option<&str>) -> bool {
    let mut sound = true;
    for case in CASES {
        if only.is_some_and(|only| !case.name.contains(only)) {
            continue;
        }
        let chain = (case.make)();
        let chain: Vec<&[u8]> = chain.iter().map(Vec::as_slice).collect();
        for facts in [None, Some(SignatureFacts::default())] {
            let (took, told) = judge(&chain, facts.as_ref());
            let ms = took.as_secs_f64() * 1e3;
            let beside = if facts.is_some() { ", facts" } else { "" };
            println!("{ms:>8.2} ms  {}{beside}: {told}", case.name);
            if took > LIMIT {
                println!("  not so: within {} ms", LIMIT.as_millis());
                sound = false;
            }
        }
    }
    sound
}

/// The least time of seven, the making of the words included.
fn judge(chain: &[&[u8]], facts: Option<&SignatureFacts>) -> (Duration, String) {
    let name = ServerName::parse("example.test").expect("a name");
    let root_key = key();
    let mut roots = Roots::new();
    let stranger = ca("elsewhere", "elsewhere", &root_key, &root_key);
    roots.add(stranger.into()).expect("an anchor");
    let judged = (0..7).map(|_| {
        let begin = Instant::now();
        let verdict = verify(&Request {
            chain,
            roots: &roots,
            purpose: Purpose::ServerAuth,
            key_usage: None,
            name: Some(&name),
            at_unix_s: NOW,
            policy: &Policy::MODERN,
            leaf_key: None,
            facts,
            revocation: Revocation::default(),
        });
        let refused = verdict.expect_err("no path");
        let words = refused.to_string();
        let took = begin.elapsed();
        assert!(!words.is_empty());
        let used = refused.searched();
        let reason: String = refused.reason().to_string().chars().take(60).collect();
        (
            took,
            format!(
                "{reason} [{} signatures, {} steps]",
                used.signatures, used.steps
            ),
        )
    });
    judged.min_by_key(|(took, _)| *took).expect("seven")
}

fn ca(subject: &str, issuer: &str, own: &PrivateKey, signer: &PrivateKey) -> Vec<u8> {
    Draft::new(subject, issuer, own.public_spki())
        .with(authority(None))
        .signed_by(signer)
}

fn leaf(issuer: &str, signer: &PrivateKey) -> Vec<u8> {
    let own = key();
    Draft::new("leaf", issuer, own.public_spki())
        .with(alternative_names(&[dns("example.test")]))
        .signed_by(signer)
}

fn number(index: usize) -> [u8; 4] {
    u32::try_from(0x4000_0000 + index)
        .expect("a number")
        .to_be_bytes()
}

fn crossed() -> Vec<Vec<u8>> {
    let side = 71;
    let keys: Vec<_> = (0..side).map(|_| key()).collect();
    let names: Vec<_> = (0..side)
        .map(|index| format!("authority {index}"))
        .collect();
    let mut chain = vec![leaf(&names[0], &keys[0])];
    for own in 0..side {
        for issuer in (0..side).filter(|issuer| *issuer != own) {
            chain.push(ca(&names[own], &names[issuer], &keys[own], &keys[issuer]));
        }
    }
    chain
}

fn ring() -> Vec<Vec<u8>> {
    let one = key();
    let names: Vec<_> = (0..FAN).map(|index| format!("authority {index}")).collect();
    let mut chain = vec![leaf(&names[0], &one)];
    chain.extend((0..FAN).map(|own| ca(&names[own], &names[(own + 1) % FAN], &one, &one)));
    chain
}

fn fan() -> Vec<Vec<u8>> {
    let (one, far) = (key(), key());
    let mut chain = vec![leaf("authority", &one)];
    let draft = Draft::new("authority", "far", one.public_spki()).with(authority(None));
    let made = |index| draft.clone().numbered(&number(index)).signed_by(&far);
    chain.extend((0..FAN).map(made));
    chain
}

fn strangers() -> Vec<Vec<u8>> {
    let mut chain = vec![leaf("authority", &key())];
    let keys: Vec<_> = (0..100).map(|_| key()).collect();
    let made = |index: usize| {
        let own = &keys[index % keys.len()];
        Draft::new("authority", "authority", own.public_spki())
            .with(authority(None))
            .numbered(&number(index))
            .signed_by(own)
    };
    chain.extend((0..FAN).map(made));
    chain
}

fn fans() -> Vec<Vec<u8>> {
    let (one, two, far) = (key(), key(), key());
    let mut chain = vec![leaf("one", &one)];
    for (subject, issuer, own, signer) in [("one", "two", &one, &two), ("two", "far", &two, &far)] {
        let draft = Draft::new(subject, issuer, own.public_spki()).with(authority(None));
        let made = |index| draft.clone().numbered(&number(index)).signed_by(signer);
        chain.extend((0..FAN / 2).map(made));
    }
    chain
}

fn junk() -> Vec<Vec<u8>> {
    let mut chain = vec![leaf("authority", &key())];
    chain.extend((0..FAN).map(|_| sequence(&[&[0x30; 500]])));
    chain
}

/// Many below an authority of one name and key, made by a draft.
fn below(leaf: Vec<u8>, count: usize, draft: &Draft, signer: &PrivateKey) -> Vec<Vec<u8>> {
    let made = |index| draft.clone().numbered(&number(index)).signed_by(signer);
    let mut chain = vec![leaf];
    chain.extend((0..count).map(made));
    chain
}

fn long_names() -> Vec<Vec<u8>> {
    let one = key();
    let text = "a".repeat(LARGE / 2);
    let draft = Draft::new(&text, &text, one.public_spki()).with(authority(None));
    below(leaf(&text, &one), FEW, &draft, &one)
}

/// Names that are the same, or not, only by what they mean.
fn in_capitals(count: usize, length: usize, more: &str) -> Vec<Vec<u8>> {
    let one = key();
    let text = "a".repeat(length);
    let capitals = format!("{}{more}", "A".repeat(length));
    let draft = Draft::new(&text, &capitals, one.public_spki()).with(authority(None));
    below(leaf(&capitals, &one), count, &draft, &one)
}

fn ring_in_capitals() -> Vec<Vec<u8>> {
    let one = key();
    let names: Vec<_> = (0..FAN).map(|index| format!("authority {index}")).collect();
    let issuer = |own: usize| names[(own + 1) % FAN].to_uppercase();
    let mut chain = vec![leaf(&names[0].to_uppercase(), &one)];
    chain.extend((0..FAN).map(|own| ca(&names[own], &issuer(own), &one, &one)));
    chain
}

fn purposes() -> Vec<Vec<u8>> {
    let one = key();
    let list = [6, 3, 0x2a, 3, 4].repeat(100);
    let draft = Draft::new("authority", "far", one.public_spki())
        .with(authority(None))
        .with(extension(37, false, &sequence(&[&list])));
    below(leaf("authority", &one), FAN, &draft, &one)
}

fn extensions() -> Vec<Vec<u8>> {
    let one = key();
    let mut draft = Draft::new("authority", "far", one.public_spki()).with(authority(None));
    for arc in 64..120 {
        draft = draft.with(extension(arc, false, &element(4, &[&[0; LARGE / 60]])));
    }
    below(leaf("authority", &one), FEW, &draft, &one)
}

fn many_names(count: usize, length: usize) -> Vec<Vec<u8>> {
    let names = (0..count).map(|index| dns(format!("{index:0length$}.example.test")));
    [vec![dns("example.test")], names.collect()].concat()
}

fn names_and_constraints() -> Vec<Vec<u8>> {
    let one = key();
    let draft = Draft::new("authority", "far", one.public_spki())
        .with(authority(None))
        .with(name_constraints(&[], &many_names(1_500, 20)));
    let own = key();
    let leaf = Draft::new("leaf", "authority", own.public_spki())
        .with(alternative_names(&many_names(990, 19)))
        .signed_by(&one);
    below(leaf, FEW, &draft, &one)
}

fn long_names_and_constraints() -> Vec<Vec<u8>> {
    let one = key();
    let long = |count| many_names(count, LARGE / count - 20);
    let draft = Draft::new("authority", "far", one.public_spki())
        .with(authority(None))
        .with(name_constraints(&[], &long(2)));
    let own = key();
    let leaf = Draft::new("leaf", "authority", own.public_spki())
        .with(alternative_names(&long(3)))
        .signed_by(&one);
    below(leaf, FEW, &draft, &one)
}

fn directories() -> Vec<Vec<u8>> {
    let one = key();
    let long = |count: usize, last: &str| -> Vec<_> {
        let text = "a ".repeat(LARGE / count / 2 - 20);
        let names = (0..count).map(|_| directory(&name(&format!("{text}{last}"))));
        names.collect()
    };
    let draft = Draft::new("authority", "far", one.public_spki())
        .with(authority(None))
        .with(name_constraints(&[], &long(30, "base")));
    let own = key();
    let names = [vec![dns("example.test")], long(30, "name")].concat();
    let leaf = Draft::new("leaf", "authority", own.public_spki())
        .with(alternative_names(&names))
        .signed_by(&one);
    below(leaf, FEW, &draft, &one)
}

fn constraints() -> Vec<Vec<u8>> {
    let one = key();
    let bases = [vec![dns("a"); 8_000], vec![element(0x99, &[])]].concat();
    let draft = Draft::new("authority", "far", one.public_spki())
        .with(authority(None))
        .with(name_constraints(&[], &bases));
    below(leaf("authority", &one), FEW, &draft, &one)
}

fn signs(kind: KeyKind) -> (SignatureAlgorithm, Vec<u8>) {
    let ecdsa = |last| [&[6, 8, 0x2a, 0x86, 0x48, 0xce, 0x3d, 4, 3][..], &[last]].concat();
    let ml_dsa = |last| [&[6, 9, 0x60, 0x86, 0x48, 1, 0x65, 3, 4, 3][..], &[last]].concat();
    let (algorithm, id) = match kind {
        KeyKind::EcP384 => (SignatureAlgorithm::EcdsaSha384, ecdsa(3)),
        KeyKind::EcP521 => (SignatureAlgorithm::EcdsaSha512, ecdsa(4)),
        KeyKind::MlDsa44 => (SignatureAlgorithm::MlDsa44, ml_dsa(17)),
        KeyKind::MlDsa87 => (SignatureAlgorithm::MlDsa87, ml_dsa(19)),
        _ => (SignatureAlgorithm::Ed25519, vec![6, 3, 0x2b, 0x65, 0x70]),
    };
    (algorithm, sequence(&[&id]))
}

/// A leaf below a hundred of one name, each with another key of the kind; none signed it.
fn slow(kind: KeyKind) -> Vec<Vec<u8>> {
    let (signs, algorithm) = signs(kind);
    let make = || PrivateKey::generate(kind).expect("a key");
    let mut leaf = Draft::new("leaf", "authority", key().public_spki())
        .with(alternative_names(&[dns("example.test")]))
        .with(extension(99, false, &element(4, &[&[0; LARGE]])));
    (leaf.signs, leaf.algorithm) = (signs, algorithm);
    let mut chain = vec![leaf.signed_by(&make())];
    let one = key();
    chain.extend((0..100).map(|_| ca("authority", "far", &make(), &one)));
    chain
}

fn rsa(bits: usize, exponent: &[u8]) -> Vec<Vec<u8>> {
    let algorithm = sequence(&[&[6, 9, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 1, 13, 5, 0]]);
    let mut draft = Draft::new("leaf", "authority", key().public_spki())
        .with(alternative_names(&[dns("example.test")]))
        .with(purpose(1));
    draft.algorithm = algorithm;
    let signature = vec![0x55; bits / 8];
    let mut chain = vec![draft.with_signature(&draft.tbs(), &signature)];
    let one = key();
    let spki = rsa_spki(bits, exponent);
    let issuer = Draft::new("authority", "far", &spki).with(authority(None));
    chain.extend((0..100).map(|index| issuer.clone().numbered(&number(index)).signed_by(&one)));
    chain
}

fn off_curve() -> Vec<Vec<u8>> {
    let one = PrivateKey::generate(KeyKind::EcP521).expect("a key");
    let mut spki = one.public_spki().to_vec();
    *spki.last_mut().expect("a point") ^= 1;
    let signer = key();
    let draft = Draft::new("authority", "far", &spki).with(authority(None));
    below(leaf("authority", &signer), FAN, &draft, &signer)
}
