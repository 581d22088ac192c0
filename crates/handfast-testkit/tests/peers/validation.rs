//! Name constraints and the table of revocation, judged by other people's programs too. Where they
//! say otherwise, the difference is on a list with its reason; an entry that no longer differs fails.

use handfast_testkit::constraints::{Case, Name, cases};
use handfast_testkit::peer::{Folder, Program, trial};
use handfast_testkit::revocation::rows;
use handfast_testkit::revocation::world::Expect::Passes;
use handfast_testkit::revocation::world::{Evidence, Row, World};
use libtest_mimic::{Failed, Trial};
use std::time::Duration;

const SOON: Duration = Duration::from_secs(20);
const MANY: Duration = Duration::from_secs(60);

pub(super) fn trials() -> Vec<Trial> {
    vec![
        trial(
            "validation::constraints_openssl",
            ["openssl"],
            |[openssl]| {
                constraints(OPENSSL, |files| {
                    let paths = ["-CAfile", &files.root, "-untrusted", &files.issuer];
                    let verified = openssl.run(
                        [&["verify"], &paths[..], &[&files.leaf]].concat(),
                        b"",
                        SOON,
                    );
                    Ok(verified?.success())
                })
            },
        ),
        trial(
            "validation::constraints_gnutls",
            ["certtool"],
            |[certtool]| {
                constraints(GNUTLS, |files| {
                    let roots = ["--verify", "--load-ca-certificate", &files.root];
                    let words = [&roots[..], &["--infile", &files.chain]].concat();
                    let verified = certtool.run(words, b"", SOON)?;
                    Ok(verified
                        .text()
                        .contains("Chain verification output: Verified."))
                })
            },
        ),
        trial("validation::constraints_go", ["go"], |[go]| {
            constraints_go(&go)
        }),
        trial("validation::crls_openssl", ["openssl"], |[openssl]| {
            table(&OPENSSL_CRLS, "CRL", |world, evidence| {
                crls(&openssl, world, evidence)
            })
        }),
        trial("validation::responses_openssl", ["openssl"], |[openssl]| {
            table(&OPENSSL_OCSP, "OCSP", |world, evidence| {
                responses(&openssl, world, evidence)
            })
        }),
    ]
}

/// For which cases a program says otherwise, and why.
type Difference = (&'static str, fn(&Case) -> bool);

/// OpenSSL 3.0.
const OPENSSL: &[Difference] = &[
    (
        "a star is not seen in what is excluded (openssl issue 30706)",
        |case| is_star(case),
    ),
    ("an empty name lies in nothing that is excluded", |case| {
        case.names == [Name::Dns(String::new())]
    }),
    ("a URI's user is taken for its host", |case| {
        is_uri(case, "user@") || is_uri(case, ";x@")
    }),
    (
        "a URI without a host name lies in nothing that is excluded",
        |case| is_uri(case, "//192") || is_uri(case, "//["),
    ),
];

/// GnuTLS 3.7.
const GNUTLS: &[Difference] = &[
    ("a star is not seen in what is excluded", |case| {
        is_star(case)
    }),
    ("of URIs no host is compared", |case| is_uri(case, "")),
    ("an address of the other family is free", |case| {
        matches!(case.names[..], [Name::Ip(_)])
    }),
    (
        "directory names are not compared: what is permitted permits all, what is excluded excludes all",
        is_directory,
    ),
];

/// Go 1.27.
const GO: &[Difference] = &[
    ("an empty name lies in nothing that is excluded", |case| {
        case.names == [Name::Dns(String::new())]
    }),
    (
        "a base of mail or URIs holds the hosts below it (CVE-2026-78664)",
        |case| {
            is_uri(case, "//a.example.com")
                || case.names == [Name::Mail("joe@sub.example.com".to_owned())]
        },
    ),
    (
        "directory bases are not understood, and refuse all",
        is_directory,
    ),
];

fn is_directory(case: &Case) -> bool {
    matches!(case.names[..], [Name::Directory(_)])
}

/// A wildcard, and something excluded.
fn is_star(case: &Case) -> bool {
    let star = |name: &Name| matches!(name, Name::Dns(text) if text.starts_with('*'));
    !case.excluded.is_empty() && case.names.iter().any(star)
}

/// A URI that holds such a text.
fn is_uri(case: &Case, part: &str) -> bool {
    let holds = |name: &Name| matches!(name, Name::Uri(text) if text.contains(part));
    case.names.iter().any(holds)
}

struct Files {
    _folder: Folder,
    root: String,
    issuer: String,
    leaf: String,
    chain: String,
}

impl Files {
    fn write(case: &Case) -> Result<Self, Failed> {
        let folder = Folder::new()?;
        let made = case.certificates();
        let [root, issuer, leaf] =
            [&made.root, &made.issuer, &made.leaf].map(|der| pem("CERTIFICATE", der));
        Ok(Self {
            root: folder.write("root.pem", &root)?,
            issuer: folder.write("issuer.pem", &issuer)?,
            leaf: folder.write("leaf.pem", &leaf)?,
            chain: folder.write("chain.pem", [leaf, issuer].concat())?,
            _folder: folder,
        })
    }
}

fn constraints(
    list: &[Difference],
    accepts: impl Fn(&Files) -> Result<bool, Failed>,
) -> Result<(), Failed> {
    let mut verdicts = Vec::new();
    for case in cases() {
        let accepted = accepts(&Files::write(&case)?)?;
        verdicts.push((case, accepted));
    }
    compare(list, &verdicts)
}

fn compare(list: &[Difference], verdicts: &[(Case, bool)]) -> Result<(), Failed> {
    let mut wrong = Vec::new();
    let mut used = vec![0; list.len()];
    for (case, accepted) in verdicts {
        if case.allowed == *accepted {
            continue;
        }
        match list.iter().position(|(_, about)| about(case)) {
            Some(at) => used[at] += 1,
            None => wrong.push(format!("{}: accepted {accepted}", case.label)),
        }
    }
    for ((why, _), count) in list.iter().zip(&used) {
        println!("{count:>4} {why}");
        if *count == 0 {
            wrong.push(format!("no longer differs: {why}"));
        }
    }
    println!(
        "{} cases, {} differ",
        verdicts.len(),
        used.iter().sum::<usize>()
    );
    if wrong.is_empty() {
        Ok(())
    } else {
        Err(wrong.join("\n").into())
    }
}

/// One program of ours that reads all cases: `root issuer leaf` in hexadecimal, a line each.
fn constraints_go(go: &Program) -> Result<(), Failed> {
    const SOURCE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/peers/go/constraints.go");
    let cases = cases();
    let mut lines = String::new();
    for case in &cases {
        let made = case.certificates();
        for der in [&made.root, &made.issuer, &made.leaf] {
            lines.extend(der.iter().map(|byte| format!("{byte:02x}")));
            lines.push(' ');
        }
        lines.push('\n');
    }
    let judge = crate::go::built(go, SOURCE, "constraints")?;
    let none: [&str; 0] = [];
    let ran = judge.run(none, lines.as_bytes(), MANY)?;
    if !ran.success() {
        return Err(ran.stderr.into());
    }
    let verdicts: Vec<_> = ran.text().lines().map(|line| line == "accepted").collect();
    assert_eq!(verdicts.len(), cases.len());
    compare(GO, &cases.into_iter().zip(verdicts).collect::<Vec<_>>())
}

/// Rows in which a program says otherwise, and why.
type Listed = (&'static str, &'static str);

const OPENSSL_CRLS: [Listed; 4] = [
    (
        "CRL, full: revoked, and a good one beside it",
        "it asks one list",
    ),
    (
        "CRL, delta: revoked since",
        "it asks deltas only where freshestCRL names them",
    ),
    ("CRL, delta: on hold, removed since", "the same"),
    (
        "CRL, indirect: good, signer that is revoked",
        "asked about the leaf alone, it does not ask about the list's signer",
    ),
];

const OPENSSL_OCSP: [Listed; 4] = [
    (
        "OCSP, by the issuer: old, and no next update named",
        "it sets no age of its own",
    ),
    (
        "OCSP, by the issuer: produced in the future, good",
        "it does not look at producedAt",
    ),
    (
        "OCSP, by the issuer: unknown critical extension, good",
        "it does not look at extensions",
    ),
    (
        "OCSP, by a delegate: good, delegate of unknown status",
        "it never asks about the delegate",
    ),
];

/// Rows of these sources under hard-fail, which is the one mode that OpenSSL has.
fn table(
    list: &[Listed],
    source: &str,
    accepts: impl Fn(&World, &Evidence) -> Result<Option<bool>, Failed>,
) -> Result<(), Failed> {
    let world = World::new();
    let mut wrong = Vec::new();
    let (mut asked, mut differ) = (0, 0);
    for row in rows().iter().filter(|row| row.source.starts_with(source)) {
        let Some(accepted) = accepts(&world, &(row.make)(&world))? else {
            continue;
        };
        asked += 1;
        let Row {
            source,
            state,
            expect,
            ..
        } = row;
        let listed = list
            .iter()
            .any(|(other, _)| *other == format!("{source}: {state}"));
        let same = accepted == (expect[2] == Passes);
        differ += usize::from(!same);
        if same == listed {
            wrong.push(format!(
                "{source}: {state}: accepted {accepted}, listed {listed}"
            ));
        }
    }
    println!("{asked} rows, {differ} differ");
    assert!(asked > 10, "{asked}");
    if wrong.is_empty() {
        Ok(())
    } else {
        Err(wrong.join("\n").into())
    }
}

/// `openssl verify`, asked about the leaf alone.
fn crls(openssl: &Program, world: &World, evidence: &Evidence) -> Result<Option<bool>, Failed> {
    let folder = Folder::new()?;
    let certificate = |name: &str, der: &[u8]| folder.write(name, pem("CERTIFICATE", der));
    let root = certificate("root.pem", &world.root)?;
    let mut others = pem("CERTIFICATE", &world.issuer);
    others.extend(
        evidence
            .crl_issuers
            .iter()
            .map(|der| pem("CERTIFICATE", der)),
    );
    let others = folder.write("others.pem", others)?;
    let leaf = certificate("leaf.pem", evidence.leaf.as_ref().unwrap_or(&world.leaf))?;
    let lists: String = evidence
        .crls
        .iter()
        .map(|der| pem("X509 CRL", der))
        .collect();
    let lists = folder.write("lists.pem", lists)?;
    let flags = [
        "verify",
        "-crl_check",
        "-extended_crl",
        "-use_deltas",
        "-partial_chain",
    ];
    let files = [
        "-CAfile",
        &root,
        "-untrusted",
        &others,
        "-CRLfile",
        &lists,
        &leaf,
    ];
    let files = if evidence.crls.is_empty() {
        [&files[..4], &files[6..]].concat()
    } else {
        files.to_vec()
    };
    Ok(Some(
        openssl
            .run([&flags[..], &files].concat(), b"", SOON)?
            .success(),
    ))
}

/// `openssl ocsp`, where there is one response and nothing else.
fn responses(
    openssl: &Program,
    world: &World,
    evidence: &Evidence,
) -> Result<Option<bool>, Failed> {
    let [(der, None)] = &evidence.responses[..] else {
        return Ok(None);
    };
    if !evidence.crls.is_empty() {
        return Ok(None);
    }
    let folder = Folder::new()?;
    let certificate = |name: &str, der: &[u8]| folder.write(name, pem("CERTIFICATE", der));
    let (root, issuer) = (
        certificate("root.pem", &world.root)?,
        certificate("issuer.pem", &world.issuer)?,
    );
    let leaf = certificate("leaf.pem", evidence.leaf.as_ref().unwrap_or(&world.leaf))?;
    let response = folder.write("response.der", der)?;
    let about = ["-issuer", &issuer, "-cert", &leaf, "-respin", &response];
    let trusted = ["-CAfile", &root, "-verify_other", &issuer, "-no_nonce"];
    let said = openssl.run([&["ocsp"], &about[..], &trusted].concat(), b"", SOON)?;
    let good = said.text().contains(": good");
    let counts = said.stderr.contains("Response verify OK") && !said.stderr.contains("WARNING");
    Ok(Some(good && counts && !said.text().contains("WARNING")))
}

/// Text around bytes (RFC 7468).
fn pem(label: &str, der: &[u8]) -> String {
    const ALPHABET: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut text = String::new();
    for (at, three) in der.chunks(3).enumerate() {
        let number = three
            .iter()
            .fold(0, |sum, byte| sum << 8 | usize::from(*byte))
            << (8 * (3 - three.len()));
        for place in 0..4 {
            text.push(match place <= three.len() {
                true => char::from(ALPHABET[number >> (18 - 6 * place) & 63]),
                false => '=',
            });
        }
        if at % 16 == 15 {
            text.push('\n');
        }
    }
    format!(
        "-----BEGIN {label}-----\n{}\n-----END {label}-----\n",
        text.trim_end()
    )
}
