//! A26, two encodings of one thing: whatever is read is DER to its last byte, and no changed bit of
//! a certificate leaves it accepted, since the signature covers the bytes received.

use crate::attack::{Attack, Control, Found};
use crate::chains::{Chain, Judged, Verifier, ours};
use handfast_pki::certificate::Certificate;
use handfast_pki::verify::rejection::Searched;
use handfast_testkit::made::certificate::{Draft, alternative_names, authority, dns, key, purpose};
use handfast_testkit::made::der::{element, extension};
use handfast_testkit::made::tree::{Node, reencoded};

pub(crate) const ATTACKS: &[Attack] = &[
    Attack {
        id: "A26",
        name: "flipped_bits_of_certificates",
        ours: || flips(ours),
        controls: &[
            Control {
                broken: "a_verifier_that_checks_no_signature",
                run: || flips(unsigned),
            },
            Control {
                broken: "a_verifier_that_encodes_anew_what_it_checks",
                run: || flips(encoded_anew),
            },
        ],
    },
    Attack {
        id: "A26",
        name: "certificates_that_are_not_der",
        ours: || not_der(reads),
        controls: &[
            Control {
                broken: "a_reader_of_ber",
                run: || not_der(|der| Node::read(der).is_some()),
            },
            Control {
                broken: "a_reader_that_minds_no_rest",
                run: || {
                    not_der(|der| {
                        (1..=der.len()).any(|end| Certificate::parse(&der[..end]).is_ok())
                    })
                },
            },
        ],
    },
];

const CERTIFICATES: usize = 1_000;
/// All flips of all certificates are five million; each has these many, at other places. In full:
/// `HANDFAST_EVERY_BIT=1`.
const FLIPS: usize = 24;

fn issued() -> (Vec<u8>, Vec<Vec<u8>>) {
    let (root_key, own) = (key(), key());
    let root = Draft::new("root", "root", root_key.public_spki()).with(authority(None));
    let leaf = |at: usize| {
        let names = [dns("example.test"), dns(format!("n{at}.test"))];
        Draft::new("leaf", "root", own.public_spki())
            .numbered(&[&[1][..], &at.to_be_bytes()].concat())
            .with(alternative_names(&names))
            .with(purpose(1))
            .with(extension(15, true, &[3, 2, 7, 0x80]))
            .signed_by(&root_key)
    };
    (
        root.signed_by(&root_key),
        (0..CERTIFICATES).map(leaf).collect(),
    )
}

fn flips(verifier: Verifier) -> Found {
    let mut found = Found::default();
    let every = std::env::var_os("HANDFAST_EVERY_BIT").is_some();
    let (root, leaves) = issued();
    for (at, leaf) in leaves.into_iter().enumerate() {
        let bits = leaf.len() * 8;
        let step = if every { 1 } else { bits / FLIPS };
        let mut chain = Chain {
            sent: vec![leaf],
            roots: vec![root.clone()],
            name: None,
        };
        assert!(
            verifier(&chain).accepted,
            "the control: unchanged it passes"
        );
        for bit in (at % step..bits).step_by(step) {
            chain.sent[0][bit / 8] ^= 1 << (bit % 8);
            found.tried(if verifier(&chain).accepted {
                Err(format!("certificate {at}, bit {bit}"))
            } else {
                Ok(())
            });
            chain.sent[0][bit / 8] ^= 1 << (bit % 8);
        }
    }
    found
}

fn judged(accepted: bool) -> Judged {
    Judged {
        accepted,
        reason: String::new(),
        told: String::new(),
        searched: Searched::default(),
    }
}

fn unsigned(chain: &Chain) -> Judged {
    judged(Certificate::parse(&chain.sent[0]).is_ok())
}

/// Reads leniently and checks the signature over what it would have written.
fn encoded_anew(chain: &Chain) -> Judged {
    // keyUsage is critical, however its TRUE is spelled.
    const CRITICAL: &[u8] = &[0x55, 0x1d, 15, 1, 1];
    let mut leaf = chain.sent[0].clone();
    let flag = leaf
        .windows(CRITICAL.len())
        .position(|bytes| bytes == CRITICAL);
    if let Some(flag) = flag.and_then(|at| leaf.get_mut(at + CRITICAL.len())) {
        *flag = if *flag == 0 { 0 } else { 0xff };
    }
    ours(&Chain {
        sent: vec![leaf],
        roots: chain.roots.clone(),
        name: None,
    })
}

/// Every element of a certificate by turns in a form that BER knows and DER does not; and what is
/// accepted comes back unchanged when it is encoded anew.
fn not_der(reads: fn(&[u8]) -> bool) -> Found {
    let mut found = Found::default();
    let (_, leaves) = issued();
    let leaf = &leaves[0];
    let tree = Node::read(leaf).unwrap();
    let mut try_one = |label: &str, der: &[u8]| {
        let canonical = reencoded(der).as_deref() == Some(der);
        found.tried(if reads(der) && !canonical {
            Err(label.to_owned())
        } else {
            Ok(())
        });
    };
    for at in 0..tree.count() {
        for (label, change) in FORMS {
            let der = written(&tree, at, *change);
            if der != *leaf {
                try_one(&format!("element {at}, {label}"), &der);
            }
        }
    }
    for rest in [&[0][..], &[0, 0], &[5, 0], &[0xff; 9]] {
        try_one("a rest", &[leaf, rest].concat());
    }
    for bit in 0..leaf.len() * 8 {
        let mut der = leaf.clone();
        der[bit / 8] ^= 1 << (bit % 8);
        try_one(&format!("bit {bit}"), &der);
    }
    found
}

/// Ours reads what stands for a key only when the key is asked for.
fn reads(der: &[u8]) -> bool {
    Certificate::parse(der).is_ok_and(|one| one.public_key().is_ok())
}

/// An element that was written, in another form.
type Form = fn(&[u8]) -> Vec<u8>;

const FORMS: &[(&str, Form)] = &[
    ("a long length", |der| lengthened(der, 1)),
    ("a longer length", |der| lengthened(der, 3)),
    ("an indefinite length", |der| {
        let (tag, inside) = parts(der);
        [&[tag, 0x80], inside, &[0, 0]].concat()
    }),
    ("a padded number", |der| match parts(der) {
        (2, inside) => element(2, &[&[0], inside]),
        _ => der.to_vec(),
    }),
    ("another TRUE", |der| match parts(der) {
        (1, [0xff]) => element(1, &[&[1]]),
        _ => der.to_vec(),
    }),
    ("unused bits that are set", |der| match parts(der) {
        (3, [0, rest @ ..]) if rest.len() < 4 => element(3, &[&[1], rest]),
        _ => der.to_vec(),
    }),
    ("a padded identifier", |der| match parts(der) {
        (6, inside) => element(6, &[&[0x80], inside]),
        _ => der.to_vec(),
    }),
    ("a string in parts", |der| match parts(der) {
        (tag @ (4 | 0x0c | 0x13), _) => element(tag | 0x20, &[der]),
        _ => der.to_vec(),
    }),
    ("a tag of many bytes", |der| {
        let (tag, inside) = parts(der);
        let after = element(tag & 0x1f, &[inside]);
        [&[tag & 0xe0 | 0x1f], &after[..]].concat()
    }),
];

fn parts(der: &[u8]) -> (u8, &[u8]) {
    let header = match der[1] {
        0..=0x7f => 2,
        many => 2 + usize::from(many & 0x7f),
    };
    (der[0], &der[header..])
}

fn lengthened(der: &[u8], more: usize) -> Vec<u8> {
    let (tag, inside) = parts(der);
    let length = inside.len().to_be_bytes();
    let digits: Vec<u8> = length.into_iter().skip_while(|byte| *byte == 0).collect();
    let spare = if inside.len() < 0x80 { more - 1 } else { more };
    let count = u8::try_from(spare + digits.len()).unwrap();
    [&[tag, 0x80 | count], &vec![0; spare][..], &digits, inside].concat()
}

/// The tree with one element in another form; all lengths around it are right.
fn written(tree: &Node, at: usize, form: Form) -> Vec<u8> {
    use handfast_testkit::made::tree::Holds;
    fn write(node: &Node, at: &mut usize, form: Form) -> Vec<u8> {
        let mine = *at == 0;
        *at = at.wrapping_sub(1);
        let der = match &node.holds {
            Holds::Bytes(bytes) => element(node.tag, &[bytes]),
            Holds::Nodes(nodes) => {
                let mut inside = Vec::new();
                for one in nodes {
                    inside.extend(write(one, at, form));
                }
                element(node.tag, &[&inside])
            }
        };
        if mine { form(&der) } else { der }
    }
    let mut at = at;
    write(tree, &mut at, form)
}
