//! Chains by the dice: a leaf, an issuer and a root, each mostly sound, rightly signed, and odd in
//! any of many ways. What verifiers make of them is compared with what others make of them.

use crate::made::certificate::{
    Draft, alternative_names, authority, directory, dns, ip, issuer_key_id, key, key_id, mail,
    name_constraints, purpose, uri,
};
use crate::made::der::{element, extension, extension_of, name, name_as, sequence};
use crate::made::tree::{Change, Node};
use handfast_crypto::signature::PrivateKey;
use std::sync::LazyLock;

/// Gives a number below its argument, which is at least 1.
pub type Roll<'a> = &'a mut dyn FnMut(u8) -> u8;

/// A chain that was thrown.
#[derive(Clone, Debug)]
pub struct Thrown {
    /// The anchor.
    pub root: Vec<u8>,
    /// The authority below it.
    pub issuer: Vec<u8>,
    /// The leaf.
    pub leaf: Vec<u8>,
    /// Who is asked for.
    pub name: &'static str,
    /// When, in Unix time.
    pub at: i64,
}

/// Numbers from a seed (Knuth's MMIX generator): the same seed, the same chains.
pub fn seeded(seed: u64) -> impl FnMut(u8) -> u8 {
    let mut state = seed;
    move |below| {
        state = state
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        state.to_be_bytes()[1] % below.max(1)
    }
}

static KEYS: LazyLock<[PrivateKey; 4]> = LazyLock::new(|| [key(), key(), key(), key()]);

/// Throws a chain.
#[must_use]
pub fn chain(roll: Roll<'_>) -> Thrown {
    let [root_key, issuer_key, leaf_key, other_key] = &*KEYS;
    let signer = |roll: Roll<'_>, own| if roll(80) == 0 { other_key } else { own };
    let mut root = Draft::new("Root", "Root", root_key.public_spki());
    above(&mut root, b"root", roll);
    let mut issuer = Draft::new("Issuer", "Root", issuer_key.public_spki());
    above(&mut issuer, b"issuer", roll);
    let mut leaf = Draft::new("Leaf", "Issuer", leaf_key.public_spki());
    below(&mut leaf, roll);
    let name = match roll(12) {
        0 => "other.example.org",
        1 => "example.com",
        _ => "www.example.com",
    };
    let at = match roll(30) {
        0 => 940_000_000,
        1 => 2_600_000_000,
        _ => 1_893_456_000,
    };
    Thrown {
        root: signed(&root, root_key, roll),
        issuer: signed(&issuer, signer(roll, root_key), roll),
        leaf: signed(&leaf, signer(roll, issuer_key), roll),
        name,
        at,
    }
}

/// Signs what the draft says, changed somewhere now and then.
fn signed(draft: &Draft, signer: &PrivateKey, roll: Roll<'_>) -> Vec<u8> {
    let mut tbs = draft.tbs();
    if roll(10) == 0
        && let Some(mut tree) = Node::read(&tbs)
    {
        let place = usize::from(roll(255));
        let change = match roll(6) {
            0 => Change::Tag(roll(255)),
            1 => Change::Bytes((0..roll(9)).map(|_| roll(255)).collect()),
            2 => Change::Twice,
            3 => Change::Remove,
            4 => Change::Swap,
            _ => Change::Flip(u16::from(roll(255))),
        };
        change.apply(&mut tree, place);
        tbs = tree.write();
    }
    let signature = signer.sign(draft.signs, &tbs).expect("a signature");
    draft.with_signature(&tbs, signature.as_ref())
}

/// What may be said of an authority.
fn above(draft: &mut Draft, id: &[u8], roll: Roll<'_>) {
    common(draft, roll);
    let constraints = match roll(70) {
        0 => vec![],
        1 => extension(19, true, &sequence(&[])),
        2 => extension(19, true, &sequence(&[&[1, 1, 0]])),
        3 => authority(Some(0)),
        4 => authority(Some(1)),
        5 => extension(19, false, &sequence(&[&[1, 1, 0xff]])),
        6 => extension(19, true, &sequence(&[&[2, 1, 0]])),
        _ => authority(None),
    };
    let usage = match roll(60) {
        0 => vec![],
        1 => extension(15, true, &[3, 2, 7, 0x80]),
        2 => extension(15, false, &[3, 2, 1, 0x06]),
        3 => extension(15, true, &[3, 1, 0]),
        _ => extension(15, true, &[3, 2, 1, 0x06]),
    };
    draft.extensions.extend([constraints, usage]);
    if roll(20) == 0 {
        draft.extensions.push(purpose(1 + roll(9)));
    }
    if roll(3) == 0 {
        let (mut permitted, mut excluded) = (vec![], vec![]);
        for _ in 0..=roll(2) {
            let side = if roll(2) == 0 {
                &mut permitted
            } else {
                &mut excluded
            };
            side.push(base(roll));
        }
        draft
            .extensions
            .push(name_constraints(&permitted, &excluded));
    }
    if roll(10) != 0 {
        draft.extensions.push(key_id(id));
    }
    draft.extensions.retain(|one| !one.is_empty());
}

/// What may be said of a leaf.
fn below(draft: &mut Draft, roll: Roll<'_>) {
    common(draft, roll);
    let mut names: Vec<_> = (0..roll(3)).map(|_| any_name(roll)).collect();
    match roll(6) {
        0 => {}
        1 => names.push(dns("*.example.com")),
        2 => names.push(dns("WWW.Example.com")),
        _ => names.push(dns("www.example.com")),
    }
    if !names.is_empty() {
        draft.extensions.push(alternative_names(&names));
    }
    match roll(24) {
        0 => draft.extensions.push(purpose(2)),
        1 => draft.extensions.push(extension(
            37,
            true,
            &sequence(&[&[6, 4, 0x55, 0x1d, 37, 0]]),
        )),
        2 => {}
        _ => draft.extensions.push(purpose(1)),
    }
    match roll(24) {
        0 => draft.extensions.push(authority(None)),
        1 => draft.extensions.push(extension(19, true, &sequence(&[]))),
        2 => draft.extensions.push(extension(15, true, &[3, 2, 1, 0x06])),
        3 => draft.extensions.push(extension(15, true, &[3, 2, 7, 0x80])),
        _ => {}
    }
    if roll(10) != 0 {
        draft.extensions.push(issuer_key_id(b"issuer"));
    }
}

/// What may be said of any certificate.
fn common(draft: &mut Draft, roll: Roll<'_>) {
    match roll(180) {
        0 => draft.version = vec![],
        1 => draft.version = vec![0xa0, 3, 2, 1, 1],
        2 => draft.version = vec![0xa0, 3, 2, 1, 3],
        3 => draft.serial = vec![0],
        4 => draft.serial = vec![0x80],
        5 => draft.serial = vec![1; 21],
        6 => draft.not_after = 1_893_000_000,
        7 => draft.not_before = 1_894_000_000,
        8 => draft.extensions.push(extension(99, true, &[5, 0])),
        9 => draft.extensions.push(extension(99, false, &[5, 0])),
        10 => draft.subject = name(""),
        11 => draft.subject = name_as(0x13, b"Leaf"),
        12 => draft.extensions.push(extension_of(
            &[0x2b, 6, 1, 5, 5, 7, 1, 24],
            false,
            &[0x30, 3, 2, 1, 5],
        )),
        13 => draft
            .extensions
            .push(extension(36, true, &[0x30, 3, 0x80, 1, 0])),
        14 => draft.extensions.push(extension(
            32,
            false,
            &sequence(&[&sequence(&[&[6, 3, 0x2a, 3, 4]])]),
        )),
        15 => draft.extensions.push(extension(31, false, &[0x30, 0])),
        16 => draft.algorithm = sequence(&[&[6, 8, 0x2a, 0x86, 0x48, 0xce, 0x3d, 4, 3, 3]]),
        _ => {}
    }
}

fn base(roll: Roll<'_>) -> Vec<u8> {
    match roll(12) {
        0..=2 => dns("example.com"),
        3 => dns(".example.com"),
        4 => dns("www.example.com"),
        5 => dns("example.org"),
        6 => ip(&[192, 0, 2, 0, 255, 255, 255, 0]),
        7 => ip(&[0; 32]),
        8 => mail("example.com"),
        9 => uri("example.com"),
        10 => directory(&name("Leaf")),
        _ => dns(""),
    }
}

fn any_name(roll: Roll<'_>) -> Vec<u8> {
    match roll(12) {
        0 => dns("mail.example.com"),
        1 => dns("www.example.org"),
        2 => ip(&[192, 0, 2, 7]),
        3 => ip(&[0x20; 16]),
        4 => mail("joe@example.com"),
        5 => mail("joe@sub.example.com"),
        6 => uri("https://www.example.com/"),
        7 => directory(&name("Leaf")),
        8 => element(0x88, &[&[0x2a, 3, 4]]),
        9 => element(0xa0, &[&[6, 3, 0x2a, 3, 4], &element(0xa0, &[&[5, 0]])]),
        10 => dns("bad name"),
        _ => dns("xn--caf-dma.example.com"),
    }
}
