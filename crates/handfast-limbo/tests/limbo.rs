//! The whole of x509-limbo, one trial a group; ignored, not passed, where the set is missing.
//!
//! The set is read from `shared/conformance/limbo.json.gz` beside the checkout, or from the file
//! that `HANDFAST_LIMBO` names. It comes from github.com/C2SP/x509-limbo (limbo.json).

use libtest_mimic::{Arguments, Failed, Trial};
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode};

/// Where we answer otherwise than limbo expects, and why. An unexpected agreement fails as well.
const DIFFERENCES: [(&str, &str); 3] = [
    ("webpki::nc::nc-permits-dns-san-pattern", COMMON_NAME),
    ("webpki::san::exact-localhost-ip-san", COMMON_NAME),
    ("webpki::san::leftmost-wildcard-san", COMMON_NAME),
];

const COMMON_NAME: &str = "its common name is none of its alternative names, which limbo refuses \
    in webpki::cn::not-in-san (CA/Browser Forum BR s7.1.4.3)";

fn main() -> ExitCode {
    let arguments = Arguments::from_args();
    let file = file();
    if !file.is_file() {
        let trial = Trial::test("limbo", || Ok(())).with_ignored_flag(true);
        eprintln!(
            "{} is missing: see github.com/C2SP/x509-limbo",
            file.display()
        );
        return libtest_mimic::run(&arguments, vec![trial]).exit_code();
    }
    libtest_mimic::run(&arguments, trials(&file)).exit_code()
}

fn file() -> PathBuf {
    std::env::var_os("HANDFAST_LIMBO").map_or_else(
        || Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/conformance/limbo.json.gz"),
        PathBuf::from,
    )
}

fn trials(file: &Path) -> Vec<Trial> {
    let json = |arguments: &[&str]| -> Value {
        let run = Command::new(env!("CARGO_BIN_EXE_handfast-limbo"))
            .args(arguments)
            .arg(file)
            .output()
            .expect("the runner starts");
        serde_json::from_slice(&run.stdout).expect("the runner writes JSON")
    };
    let expected = json(&["--expected"]);
    let results = json(&[]);
    let results = results["results"].as_array().expect("results");
    assert_eq!(results.len(), 9_780, "every case has a result");
    let mut groups: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    let mut judged = BTreeSet::new();
    for result in results {
        let id = result["id"].as_str().expect("an id");
        let actual = result["actual_result"].as_str().expect("a result");
        let differing = groups.entry(group(id)).or_default();
        if actual == "SKIPPED" {
            continue;
        }
        judged.insert(group(id));
        if expected[id] != actual {
            differing.insert(id.to_owned());
        }
    }
    groups
        .into_iter()
        .map(|(name, found)| {
            // A group of which no case is judged yet has not passed.
            let skipped = !judged.contains(&name);
            Trial::test(format!("limbo::{name}"), move || judge(&name, &found))
                .with_ignored_flag(skipped)
        })
        .collect()
}

fn group(id: &str) -> String {
    id.split("::").next().unwrap_or_default().to_owned()
}

/// The differences found are those that are listed, no more and no fewer.
fn judge(name: &str, found: &BTreeSet<String>) -> Result<(), Failed> {
    let listed: BTreeSet<String> = DIFFERENCES
        .iter()
        .filter(|(id, _)| group(id) == name)
        .map(|(id, _)| (*id).to_owned())
        .collect();
    if *found == listed {
        Ok(())
    } else {
        Err(format!("differences: {found:?}, listed: {listed:?}").into())
    }
}
