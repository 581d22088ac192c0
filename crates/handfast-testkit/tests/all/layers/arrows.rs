//! Which crate may depend on which: `ARCHITECTURE.md`, "Crates".

use toml::{Table, Value};

use super::workspace::{Manifest, manifests, parse, table};
use super::{none, one};

/// A crate, and which of ours its build may depend on. Tests of a crate may use others.
struct Row(&'static str, &'static [&'static str]);

const LIBRARIES: &[&str] = &[
    "handfast",
    "handfast-acme",
    "handfast-ca",
    "handfast-ca-store",
    "handfast-crypto",
    "handfast-fetch",
    "handfast-pki",
    "handfast-policy",
    "handfast-redis",
    "handfast-scope",
    "handfast-store",
    "handfast-tokio",
    "handfast-trust",
    "handfast-wire",
];

const MAP: &[Row] = &[
    Row("handfast-wire", &[]),
    Row("handfast-crypto", &[]),
    Row("handfast-pki", &["handfast-wire", "handfast-crypto"]),
    Row(
        "handfast",
        &["handfast-pki", "handfast-wire", "handfast-crypto"],
    ),
    Row("handfast-ca", &["handfast-pki", "handfast-crypto"]),
    Row(
        "handfast-ca-store",
        &["handfast-ca", "handfast-crypto", "handfast-pki"],
    ),
    Row(
        "handfast-acme",
        &["handfast-ca", "handfast-crypto", "handfast-pki"],
    ),
    Row("handfast-trust", &["handfast-pki"]),
    Row("handfast-tokio", &["handfast", "handfast-trust"]),
    Row(
        "handfast-store",
        &["handfast", "handfast-crypto", "handfast-tokio"],
    ),
    Row(
        "handfast-redis",
        &["handfast", "handfast-store", "handfast-tokio"],
    ),
    Row(
        "handfast-fetch",
        &[
            "handfast",
            "handfast-crypto",
            "handfast-pki",
            "handfast-tokio",
        ],
    ),
    Row(
        "handfast-policy",
        &["handfast", "handfast-pki", "handfast-wire"],
    ),
    Row(
        "handfast-scope",
        &["handfast", "handfast-pki", "handfast-wire"],
    ),
    Row("handfast-py", &["handfast", "handfast-pki"]),
    Row(
        "handfast-cli",
        &[
            "handfast",
            "handfast-acme",
            "handfast-ca",
            "handfast-ca-store",
            "handfast-fetch",
            "handfast-pki",
            "handfast-policy",
            "handfast-redis",
            "handfast-scope",
            "handfast-store",
            "handfast-tokio",
            "handfast-trust",
            "handfast-wire",
        ],
    ),
    Row("handfast-testkit", LIBRARIES),
    // By the public API only.
    Row(
        "handfast-bogo",
        &["handfast", "handfast-pki", "handfast-policy"],
    ),
    Row("handfast-limbo", &["handfast-pki"]),
    Row("xtask", &[]),
];

/// These never reach a registry, so nothing that does may depend on them.
const UNPUBLISHED: &[&str] = &[
    "handfast-testkit",
    "handfast-bogo",
    "handfast-limbo",
    "xtask",
];

fn arrows(root: &Table, manifests: &[Manifest]) -> Vec<String> {
    let mut violations = Vec::new();
    for Manifest { folder, table } in manifests {
        let package = text(table, &["package", "name"]).unwrap_or_default();
        if folder.rsplit('/').next() != Some(package) {
            violations.push(format!(
                "{folder}: the package is named {package}, not as its folder"
            ));
        }
        let Some(Row(_, allowed)) = MAP.iter().find(|row| row.0 == package) else {
            violations.push(format!("{package} is not in the crate map"));
            continue;
        };
        let published = value(table, &["package", "publish"]) != Some(&Value::Boolean(false));
        if published == UNPUBLISHED.contains(&package) {
            violations.push(format!("{package}: publish = {published} is wrong"));
        }
        for name in dependencies(root, table) {
            let ours = MAP.iter().any(|row| row.0 == name) || name.starts_with("handfast");
            if ours && !allowed.contains(&name.as_str()) {
                violations.push(format!("{package} must not depend on {name}"));
            }
        }
    }
    violations
}

/// Real package names of all normal and build dependencies, on every target.
fn dependencies(root: &Table, manifest: &Table) -> Vec<String> {
    let mut tables = vec![manifest];
    let targets = manifest.get("target").and_then(Value::as_table);
    tables.extend(
        targets
            .into_iter()
            .flat_map(Table::values)
            .filter_map(Value::as_table),
    );
    let mut names = Vec::new();
    for table in tables {
        for section in ["dependencies", "build-dependencies"] {
            let entries = table.get(section).and_then(Value::as_table);
            for (key, entry) in entries.into_iter().flatten() {
                let shared = value(root, &["workspace", "dependencies", key]);
                let inherits = entry.get("workspace").is_some();
                let entry = shared.filter(|_| inherits).unwrap_or(entry);
                let name = entry.get("package").and_then(Value::as_str).unwrap_or(key);
                names.push(name.to_owned());
            }
        }
    }
    names
}

fn value<'a>(table: &'a Table, path: &[&str]) -> Option<&'a Value> {
    let (last, above) = path.split_last()?;
    above
        .iter()
        .try_fold(table, |table, key| table.get(*key)?.as_table())?
        .get(*last)
}

fn text<'a>(table: &'a Table, path: &[&str]) -> Option<&'a str> {
    value(table, path)?.as_str()
}

#[test]
fn arrows_between_crates_are_those_of_the_map() {
    none(&arrows(&table("Cargo.toml"), &manifests()));
}

fn made_up(folder: &str, text: &str) -> Vec<String> {
    let root = parse("[workspace.dependencies]\nalias = { package = \"handfast-crypto\" }");
    arrows(
        &root,
        &[Manifest {
            folder: folder.to_owned(),
            table: parse(text),
        }],
    )
}

#[test]
fn control_an_arrow_to_the_left_is_caught() {
    let wire =
        "[package]\nname = \"handfast-wire\"\n[dependencies]\nhandfast.path = \"../handfast\"";
    one(
        &made_up("crates/handfast-wire", wire),
        &["handfast-wire", "must not depend on handfast"],
    );
}

#[test]
fn control_a_renamed_and_a_target_arrow_are_caught() {
    let cli = "[package]\nname = \"handfast-cli\"\n[dependencies]\nalias.workspace = true";
    one(&made_up("crates/handfast-cli", cli), &["handfast-crypto"]);
    let cli = "[package]\nname = \"handfast-cli\"\n\
               [target.'cfg(unix)'.build-dependencies]\nhandfast-testkit.workspace = true";
    one(&made_up("crates/handfast-cli", cli), &["handfast-testkit"]);
}

#[test]
fn control_a_crate_off_the_map_and_a_wrong_publish_are_caught() {
    one(
        &made_up("crates/handfast-new", "[package]\nname = \"handfast-new\""),
        &["crate map"],
    );
    one(
        &made_up("crates/other", "[package]\nname = \"handfast-wire\""),
        &["folder"],
    );
    one(
        &made_up("xtask", "[package]\nname = \"xtask\""),
        &["publish"],
    );
}

#[test]
fn a_dev_dependency_is_no_arrow() {
    let wire = "[package]\nname = \"handfast-wire\"\n[dev-dependencies]\nhandfast.workspace = true";
    none(&made_up("crates/handfast-wire", wire));
}
