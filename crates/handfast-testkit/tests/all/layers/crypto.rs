//! One crypto library, named by one crate.

use toml::{Table, Value};

use super::source::code;
use super::workspace::{File, Manifest, folders, manifests, parse, sources, table};
use super::{none, one};

const HOME: &str = "crates/handfast-crypto";

/// Crypto libraries that no crate but `handfast-crypto` may name.
const LIBRARIES: &[&str] = &[
    "aws-lc-fips-sys",
    "aws-lc-rs",
    "aws-lc-sys",
    "boring",
    "openssl",
    "openssl-sys",
    "ring",
    "rustls",
    "sha1",
    "sha2",
];

/// What must not be in the tree at all, from wherever it comes.
const SECOND: &[&str] = &[
    "aws-lc-fips-sys",
    "boring-sys",
    "openssl-sys",
    "ring",
    "rustls",
];

fn named(manifests: &[Manifest]) -> Vec<String> {
    let away = manifests.iter().filter(|manifest| manifest.folder != HOME);
    away.flat_map(|Manifest { folder, table }| {
        let mut names = Vec::new();
        collect(table, &mut names);
        let crypto = names
            .into_iter()
            .filter(|name| LIBRARIES.contains(&name.as_str()));
        crypto.map(move |name| format!("{folder} names {name}"))
    })
    .collect()
}

/// Names in every table of dependencies, of tests and builds too, at any depth.
fn collect(table: &Table, names: &mut Vec<String>) {
    for (key, value) in table {
        let Some(inner) = value.as_table() else {
            continue;
        };
        if key.ends_with("dependencies") {
            names.extend(inner.keys().cloned());
            let renamed = inner
                .values()
                .filter_map(|entry| entry.get("package")?.as_str());
            names.extend(renamed.map(str::to_owned));
        } else {
            collect(inner, names);
        }
    }
}

fn spoken(folder: &str, files: &[File]) -> Vec<String> {
    let speaks = |file: &&File| code(&file.text).contains("aws_lc_");
    files
        .iter()
        .filter(speaks)
        .map(|file| format!("{folder}/src/{}: aws_lc", file.path))
        .collect()
}

fn copies(root: &Table, lock: &Table) -> Vec<String> {
    let empty = Vec::new();
    let packages = lock
        .get("package")
        .and_then(Value::as_array)
        .unwrap_or(&empty);
    let field = |package: &Value, key: &str| {
        package
            .get(key)
            .and_then(Value::as_str)
            .unwrap_or_default()
            .to_owned()
    };
    let found = |name: &'static str| packages.iter().filter(move |p| field(p, "name") == name);
    let mut violations: Vec<String> = SECOND
        .iter()
        .filter(|name| found(name).count() > 0)
        .map(|name| format!("{name} is a second crypto library in Cargo.lock"))
        .collect();
    for name in ["aws-lc-rs", "aws-lc-sys"] {
        let versions: Vec<String> = found(name).map(|p| field(p, "version")).collect();
        let [version] = versions.as_slice() else {
            violations.push(format!(
                "{name}: one copy expected in Cargo.lock, found {versions:?}"
            ));
            continue;
        };
        if pin(root, name) != format!("={version}") {
            violations.push(format!("{name} {version} is not what Cargo.toml pins"));
        }
    }
    // The one copy is then the one that aws-lc-rs uses, if it uses one at all.
    let uses = found("aws-lc-rs").filter_map(|p| p.get("dependencies")?.as_array());
    if !uses
        .flatten()
        .any(|entry| entry.as_str() == Some("aws-lc-sys"))
    {
        violations.push("aws-lc-rs does not use aws-lc-sys".to_owned());
    }
    violations
}

fn pin(root: &Table, name: &str) -> String {
    let entry = root
        .get("workspace")
        .and_then(|table| table.get("dependencies")?.get(name));
    let version = entry.and_then(|e| e.as_str().or_else(|| e.get("version")?.as_str()));
    version.unwrap_or_default().to_owned()
}

#[test]
fn only_the_crypto_crate_names_a_crypto_library() {
    none(&named(&manifests()));
    for folder in folders().iter().filter(|folder| *folder != HOME) {
        none(&spoken(folder, &sources(folder)));
    }
}

#[test]
fn one_copy_of_the_c_library_and_the_pinned_one() {
    none(&copies(&table("Cargo.toml"), &table("Cargo.lock")));
}

#[test]
fn control_a_second_namer_is_caught() {
    let manifest = |text: &str| Manifest {
        folder: "crates/other".to_owned(),
        table: parse(text),
    };
    one(
        &named(&[manifest("[dev-dependencies]\naws-lc-rs = \"1\"")]),
        &["aws-lc-rs"],
    );
    let renamed = "[target.'cfg(unix)'.dependencies]\nx = { package = \"ring\", version = \"1\" }";
    one(&named(&[manifest(renamed)]), &["ring"]);
    let file = File {
        path: "a.rs".to_owned(),
        text: "use aws_lc_rs::digest;".to_owned(),
    };
    one(&spoken("crates/other", &[file]), &["a.rs"]);
}

#[test]
fn control_a_second_copy_a_loose_pin_and_a_second_library_are_caught() {
    let root = "[workspace.dependencies]\naws-lc-rs = { version = \"=1.0.0\" }\n\
                aws-lc-sys = \"=0.1.0\"";
    let package = |name: &str, version: &str, more: &str| {
        format!("[[package]]\nname = \"{name}\"\nversion = \"{version}\"\n{more}\n")
    };
    let upper = package("aws-lc-rs", "1.0.0", "dependencies = [\"aws-lc-sys\"]");
    let lower = package("aws-lc-sys", "0.1.0", "");
    let check = |root: &str, lock: &str| copies(&parse(root), &parse(lock));
    let good = format!("{upper}{lower}");
    none(&check(root, &good));
    let twice = format!("{good}{}", package("aws-lc-sys", "0.2.0", ""));
    one(&check(root, &twice), &["one copy", "0.2.0"]);
    one(
        &check(&root.replace("=0.1.0", "0.1"), &good),
        &["aws-lc-sys", "pins"],
    );
    one(
        &check(root, &format!("{good}{}", package("ring", "0.17.0", ""))),
        &["ring"],
    );
    let unused = format!("{}{lower}", package("aws-lc-rs", "1.0.0", ""));
    one(&check(root, &unused), &["does not use"]);
}
