//! A27, names that are read in two ways: NUL inside (CVE-2009-2408), A-labels that are decoded
//! (CVE-2022-3602, CVE-2022-3786), Unicode that folds into ASCII, strings of other types. A name is
//! proved by equal bytes, letters without case, or not at all.

use crate::attack::{Attack, Control, Found};
use crate::chains::NOW;
use crate::chains::{Chain, ours};
use handfast_pki::name::ServerName;
use handfast_testkit::made::certificate::{
    Draft, alternative_names, authority, dns, key, name_constraints,
};
use handfast_testkit::made::der::{element, name_as};

pub(crate) const ATTACKS: &[Attack] = &[Attack {
    id: "A27",
    name: "names_read_in_two_ways",
    ours: || probe(judge),
    controls: &[
        Control {
            broken: "a_verifier_whose_strings_end_at_a_nul",
            run: || probe(|case| matches(until_nul(&case.name), case.wanted)),
        },
        Control {
            broken: "a_verifier_that_reads_unicode",
            run: || {
                probe(|case| {
                    let text = String::from_utf8_lossy(&case.name).to_lowercase();
                    matches(text.as_bytes(), &case.wanted.to_lowercase())
                })
            },
        },
        Control {
            broken: "a_verifier_that_drops_what_it_does_not_know",
            run: || {
                probe(|case| {
                    let plain = |byte: &u8| byte.is_ascii_alphanumeric() || b".-*_".contains(byte);
                    let name: Vec<_> = case.name.iter().copied().filter(plain).collect();
                    matches(&name, case.wanted)
                })
            },
        },
        Control {
            broken: "a_verifier_that_reads_common_names",
            run: || probe(|case| matches(&case.name, case.wanted)),
        },
    ],
}];

/// A name in a certificate, the name that was asked for, and where it stands.
struct Case {
    wanted: &'static str,
    name: Vec<u8>,
    place: Place,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Place {
    Dns,
    /// The common name, as a string of this type.
    Common(u8),
    /// Any other kind of GeneralName.
    Other(u8),
}

type Judge = fn(&Case) -> bool;

fn probe(judge: Judge) -> Found {
    let mut found = Found::default();
    for case in cases() {
        let proves = case.place == Place::Dns && matches(&case.name, case.wanted);
        let name = String::from_utf8_lossy(&case.name)
            .escape_debug()
            .to_string();
        let passes = judge(&case);
        found.tried(if passes && !proves {
            Err(format!("{:?} {name} proved {}", case.place, case.wanted))
        } else if proves && !passes {
            Err(format!("{name} did not prove {}", case.wanted))
        } else {
            Ok(())
        });
    }
    found
}

/// RFC 9525 s6.3: the bytes, letters without case; a star stands for one whole label.
fn matches(name: &[u8], wanted: &str) -> bool {
    let wanted = wanted.as_bytes();
    let rest = wanted.iter().position(|byte| *byte == b'.');
    name.eq_ignore_ascii_case(wanted)
        || name
            .strip_prefix(b"*")
            .is_some_and(|name| rest.is_some_and(|at| name.eq_ignore_ascii_case(&wanted[at..])))
}

fn until_nul(name: &[u8]) -> &[u8] {
    name.split(|byte| *byte == 0).next().unwrap_or_default()
}

const WANTED: &str = "bank.example.com";

fn cases() -> Vec<Case> {
    let mut all = Vec::new();
    let mut case = |wanted, name: &[u8], place| {
        let name = name.to_vec();
        all.push(Case {
            wanted,
            name,
            place,
        });
    };
    // Every byte, put in at the ends and at a label's, and in place of a letter.
    for byte in 0..=255_u8 {
        for at in [0, 4, 5, WANTED.len()] {
            let (front, back) = WANTED.as_bytes().split_at(at);
            case(WANTED, &[front, &[byte], back].concat(), Place::Dns);
            case(
                WANTED,
                &[front, &[byte], b".evil.test", back].concat(),
                Place::Dns,
            );
        }
        let mut name = WANTED.as_bytes().to_vec();
        name[2] = byte;
        case(WANTED, &name, Place::Dns);
    }
    // One codepoint of every class beside or for a letter; those that fold or normalize to ASCII.
    for code in CODEPOINTS {
        let mut text = [0; 4];
        let text = code.encode_utf8(&mut text).as_bytes();
        case(WANTED, &[text, b"ank.example.com"].concat(), Place::Dns);
        case(
            WANTED,
            &[b"bank", text, b"example.com"].concat(),
            Place::Dns,
        );
        case(
            WANTED,
            &[b"ban", text, b".example.com"].concat(),
            Place::Dns,
        );
    }
    strings(&mut case);
    for tag in [0x81, 0x86, 0x87, 0x88] {
        case(WANTED, WANTED.as_bytes(), Place::Other(tag));
    }
    for (wanted, name) in A_LABELS {
        case(wanted, name.as_bytes(), Place::Dns);
    }
    for name in STARS {
        case(WANTED, name.as_bytes(), Place::Dns);
    }
    all
}

/// The name asked for in strings of every type, as common name and where no such string belongs.
fn strings(case: &mut impl FnMut(&'static str, &[u8], Place)) {
    let wide = |text: &str| -> Vec<u8> { text.encode_utf16().flat_map(u16::to_be_bytes).collect() };
    for (tag, name) in [
        (0x0c, WANTED.as_bytes().to_vec()),
        (0x13, WANTED.as_bytes().to_vec()),
        (0x14, WANTED.as_bytes().to_vec()),
        (0x16, WANTED.as_bytes().to_vec()),
        (0x1e, wide(WANTED)),
        (
            0x1c,
            WANTED
                .chars()
                .flat_map(|one| u32::from(one).to_be_bytes())
                .collect(),
        ),
        (0x0c, [WANTED.as_bytes(), b"\0.evil.test"].concat()),
    ] {
        case(WANTED, WANTED.as_bytes(), Place::Common(tag));
        case(WANTED, &name, Place::Common(tag));
        case(WANTED, &name, Place::Dns);
    }
}

/// Stars and dots where they may stand and where they may not.
const STARS: [&str; 20] = [
    "BANK.example.COM",
    "*.example.com",
    "*.EXAMPLE.com",
    "ba*.example.com",
    "*.com",
    "*",
    "**.example.com",
    "*.*.com",
    "bank.*.com",
    "*bank.example.com",
    "bank.example.com.",
    "bank.example.com..",
    ".bank.example.com",
    "",
    ".",
    "example.com",
    "a.bank.example.com",
    "bank.example.co",
    " bank.example.com",
    "xn--bank.example.com",
];

/// Long s, Kelvin sign, dotless i, soft hyphen, joiners, marks, full-width letters and dots, text
/// directions, private use, beyond the first plane.
const CODEPOINTS: [char; 26] = [
    'ſ',
    'K',
    'ı',
    'İ',
    '\u{ad}',
    '\u{200b}',
    '\u{200d}',
    '\u{301}',
    'ｂ',
    'ｋ',
    '．',
    '。',
    '｡',
    '․',
    '\u{202e}',
    '\u{2066}',
    '\u{feff}',
    '\u{e000}',
    '\u{1d41b}',
    '\u{1f512}',
    'Ь',
    'ь',
    'β',
    'ß',
    '\u{fffd}',
    '\u{10ffff}',
];

/// A-labels are letters, digits and hyphens like others, whatever they decode to: the first decodes
/// to "bank" with an accent, the others overflow decoders or decode to nothing.
const A_LABELS: [(&str, &str); 8] = [
    ("xn--bnk-ila.example.com", "xn--bnk-ila.example.com"),
    ("xn--bnk-ila.example.com", "XN--BNK-ILA.example.com"),
    ("xn--bnk-ila.example.com", "b\u{e1}nk.example.com"),
    ("xn--bnk-ila.example.com", "bank.example.com"),
    ("bank.example.com", "xn--bank-.example.com"),
    (
        "bank.example.com",
        "xn--99999999999999999999999999999999999999999999999999999999999.example.com",
    ),
    ("xn--ww8-.example.com", "xn--ww8-.example.com"),
    ("caf.example.com", "xn--caf-dma.example.com"),
];

/// Ours: accepted, and no panic, also where the same name stands below constraints.
fn judge(case: &Case) -> bool {
    // What nobody can ask for proves nothing.
    if ServerName::parse(case.wanted).is_err() {
        return matches(&case.name, case.wanted);
    }
    let plain = chain(case, vec![]);
    let constrained = chain(
        case,
        vec![name_constraints(&[dns("com")], &[dns("evil.test")])],
    );
    let accepted = ours(&plain).accepted;
    let below = ours(&constrained).accepted;
    assert!(!below || accepted, "constraints never let more pass");
    accepted
}

fn chain(case: &Case, constraints: Vec<Vec<u8>>) -> Chain {
    let (root_key, own) = (key(), key());
    let mut root = Draft::new("root", "root", root_key.public_spki()).with(authority(None));
    root.extensions.extend(constraints);
    let leaf = Draft::new("leaf", "root", own.public_spki());
    let leaf = match case.place {
        Place::Dns => leaf.with(alternative_names(&[dns(&case.name)])),
        Place::Other(tag) => leaf.with(alternative_names(&[element(tag, &[&case.name])])),
        Place::Common(tag) => Draft {
            subject: name_as(tag, &case.name),
            ..leaf
        },
    };
    let leaf = Draft {
        not_after: NOW + 1,
        ..leaf
    };
    Chain {
        sent: vec![leaf.signed_by(&root_key)],
        roots: vec![root.signed_by(&root_key)],
        name: Some(case.wanted.to_owned()),
    }
}
