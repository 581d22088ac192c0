//! The whole of NIST's PKITS, one trial a section; ignored, not passed, where the set is missing.
//!
//! `HANDFAST_PKITS` names a folder with `certs/`, `crls/` and `pkits_testcases-inl.h`, which lists
//! the cases: `pki/testdata/nist-pkits` of github.com/google/boringssl. Without it the folder is
//! `shared/conformance/nist-pkits` beside the checkout.

use handfast_pki::crl::Crl;
use handfast_pki::roots::Roots;
use handfast_pki::verify::policies::PolicyInputs;
use handfast_pki::verify::policies::id::PolicyId;
use handfast_pki::verify::policy::Policy;
use handfast_pki::verify::revocation::{Mode, Revocation};
use handfast_pki::verify::{Purpose, Request, verify};
use libtest_mimic::{Arguments, Failed, Trial};
use rustls_pki_types::CertificateDer;
use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

/// Where we answer otherwise than PKITS expects, and why. An unexpected agreement fails as well.
const DIFFERENCES: [(&str, &str); 2] = [("4.1.4", DSA), ("4.1.5", DSA)];

const DSA: &str = "DSA is not supported: no TLS version that is in use has certificates for it";

/// 2011-04-15T00:00:00Z, when the set was published.
const AT_UNIX_S: i64 = 1_302_825_600;

const CASES: &str = "pkits_testcases-inl.h";

fn main() -> ExitCode {
    let arguments = Arguments::from_args();
    let folder = std::env::var_os("HANDFAST_PKITS").map_or_else(
        || Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/conformance/nist-pkits"),
        PathBuf::from,
    );
    let Ok(text) = std::fs::read_to_string(folder.join(CASES)) else {
        let trial = Trial::test("pkits", || Ok(())).with_ignored_flag(true);
        let folder = folder.display();
        eprintln!(
            "{folder} is missing: see pki/testdata/nist-pkits of github.com/google/boringssl"
        );
        return libtest_mimic::run(&arguments, vec![trial]).exit_code();
    };
    let cases = read_cases(&text);
    assert_eq!(cases.len(), 249, "every case and its parts are read");
    let mut sections: BTreeMap<String, Vec<Case>> = BTreeMap::new();
    for case in cases {
        let mut parts = case.number.split('.');
        let section = parts.nth(1).unwrap_or_default();
        sections
            .entry(format!("{section:0>2}"))
            .or_default()
            .push(case);
    }
    let trials = sections.into_iter().map(|(section, cases)| {
        let folder = folder.clone();
        Trial::test(format!("pkits::4.{section}"), move || {
            judge(&folder, &cases)
        })
    });
    libtest_mimic::run(&arguments, trials.collect()).exit_code()
}

/// One case; some numbers have several parts.
#[derive(Debug, Default)]
struct Case {
    number: String,
    /// The anchor first, the peer's own last.
    certificates: Vec<String>,
    crls: Vec<String>,
    inputs: PolicyInputs,
    /// The user-constrained-policy-set.
    policies: BTreeSet<PolicyId>,
    validates: bool,
}

/// Reads the list of cases, which is written by a program and looks the same everywhere.
fn read_cases(text: &str) -> Vec<Case> {
    let bodies = text.split("const char* const certs[] = {").skip(1);
    bodies.map(read_case).collect()
}

fn read_case(body: &str) -> Case {
    let between = |open: &str, close: &str| {
        let after = body.split_once(open)?.1;
        Some(after.split_once(close)?.0)
    };
    let flag = |name: &str| body.contains(&format!("{name}(true)"));
    let accepted = between("SetInitialPolicySet(\"", "\"").map(policies);
    let valid = between("SetUserConstrainedPolicySet(\"", "\"");
    Case {
        number: between("info.test_number = \"", "\"")
            .expect("a number")
            .into(),
        certificates: names(body.split_once('}').expect("certificates").0),
        crls: names(between("crls[] = {", "}").expect("CRLs")),
        inputs: PolicyInputs {
            user_initial_policy_set: accepted
                .filter(|set| !set.iter().any(PolicyId::is_any))
                .map(|set| set.into_iter().collect()),
            initial_explicit_policy: flag("SetInitialExplicitPolicy"),
            initial_policy_mapping_inhibit: flag("SetInitialPolicyMappingInhibit"),
            initial_any_policy_inhibit: flag("SetInitialInhibitAnyPolicy"),
        },
        policies: policies(valid.unwrap_or("NIST-test-policy-1")),
        validates: body.contains("should_validate = true"),
    }
}

fn names(list: &str) -> Vec<String> {
    list.split('"')
        .skip(1)
        .step_by(2)
        .map(String::from)
        .collect()
}

fn policies(list: &str) -> BTreeSet<PolicyId> {
    let names = list
        .split(',')
        .map(str::trim)
        .filter(|name| !name.is_empty());
    names
        .map(|name| match name.strip_prefix("NIST-test-policy-") {
            Some(last) => PolicyId::parse(&format!("2.16.840.1.101.3.2.1.48.{last}")),
            None => PolicyId::parse("2.5.29.32.0"),
        })
        .collect::<Result<_, _>>()
        .expect("identifiers")
}

fn judge(folder: &Path, cases: &[Case]) -> Result<(), Failed> {
    let mut found = BTreeSet::new();
    let mut told = String::new();
    for case in cases {
        if let Err(why) = agree(folder, case) {
            found.insert(case.number.as_str());
            told.push_str(&format!("\n{}: {why}", case.number));
        }
    }
    let listed = DIFFERENCES.iter().map(|(number, _)| *number);
    let listed: BTreeSet<_> = listed
        .filter(|number| cases.iter().any(|case| case.number == *number))
        .collect();
    if found == listed {
        return Ok(());
    }
    Err(format!("differences: {found:?}, listed: {listed:?}{told}").into())
}

fn agree(folder: &Path, case: &Case) -> Result<(), String> {
    let read = |kind: &str, name: &str, suffix: &str| {
        std::fs::read(folder.join(kind).join(format!("{name}.{suffix}"))).expect(name)
    };
    let certificates = case
        .certificates
        .iter()
        .map(|name| read("certs", name, "crt"));
    let certificates: Vec<_> = certificates.collect();
    let (anchor, path) = certificates.split_first().expect("an anchor");
    let mut roots = Roots::new();
    roots
        .add(CertificateDer::from(anchor.clone()))
        .expect("the anchor");
    let chain: Vec<&[u8]> = path.iter().rev().map(Vec::as_slice).collect();
    let lists: Vec<_> = case
        .crls
        .iter()
        .map(|name| read("crls", name, "crl"))
        .collect();
    // One that cannot be read tells nothing, and what is not told is refused.
    let crls: Vec<_> = lists.iter().flat_map(|der| Crl::parse(der)).collect();
    let policy = Policy {
        policies: case.inputs.clone(),
        ..Policy::MODERN
    };
    let answer = verify(&Request {
        chain: &chain,
        roots: &roots,
        purpose: Purpose::Any,
        key_usage: None,
        name: None,
        at_unix_s: AT_UNIX_S,
        policy: &policy,
        leaf_key: None,
        facts: None,
        revocation: Revocation {
            mode: Mode::HardFail,
            crls: &crls,
            ..Revocation::default()
        },
    });
    match (answer, case.validates) {
        (Ok(verdict), true) => {
            let found: BTreeSet<_> = verdict
                .policies()
                .user_constrained()
                .iter()
                .cloned()
                .collect();
            let wanted = &case.policies;
            let same = found == *wanted;
            same.then_some(())
                .ok_or(format!("policies {found:?}, not {wanted:?}"))
        }
        (Err(_), false) => Ok(()),
        (Ok(_), false) => Err(String::from("accepted")),
        (Err(refused), true) => Err(format!("refused: {refused}")),
    }
}
