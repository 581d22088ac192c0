//! The workspace read from disk: manifests, lock file and sources.

use std::fs;
use std::path::{Path, PathBuf};

use toml::Table;

/// A package's manifest, named as its folder says.
pub(super) struct Manifest {
    pub(super) folder: String,
    pub(super) table: Table,
}

/// A source file: its path inside the package's `src`, and its text.
pub(super) struct File {
    pub(super) path: String,
    pub(super) text: String,
}

/// The root folder of the workspace.
pub(super) fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

/// A text of the workspace, by its path from the root.
pub(super) fn read(path: &str) -> String {
    let path = root().join(path);
    let text = fs::read_to_string(&path);
    assert!(text.is_ok(), "{}: {text:?}", path.display());
    text.unwrap_or_default()
}

/// A TOML file of the workspace, by its path from the root.
pub(super) fn table(path: &str) -> Table {
    parse(&read(path))
}

pub(super) fn parse(text: &str) -> Table {
    text.parse().expect("a manifest is TOML")
}

/// Folders of all packages, from the root: `crates/handfast-wire`, `xtask`.
pub(super) fn folders() -> Vec<String> {
    let mut folders: Vec<String> = fs::read_dir(root().join("crates"))
        .expect("crates/ is there")
        .map(|entry| entry.expect("crates/ can be listed"))
        .filter(|entry| entry.path().join("Cargo.toml").is_file())
        .map(|entry| format!("crates/{}", entry.file_name().to_string_lossy()))
        .collect();
    folders.push("xtask".to_owned());
    folders.sort();
    assert!(
        folders.len() > 5,
        "most of the workspace is missing: {folders:?}"
    );
    folders
}

/// Manifests of all packages.
pub(super) fn manifests() -> Vec<Manifest> {
    folders()
        .into_iter()
        .map(|folder| Manifest {
            table: table(&format!("{folder}/Cargo.toml")),
            folder,
        })
        .collect()
}

/// Every `.rs` file under `folder/src`, sorted.
pub(super) fn sources(folder: &str) -> Vec<File> {
    let base = root().join(folder).join("src");
    let mut paths = Vec::new();
    walk(&base, &mut paths);
    paths.sort();
    paths
        .into_iter()
        .map(|path| {
            let text = fs::read_to_string(&path).expect("a source is UTF-8");
            let path = path.strip_prefix(&base).expect("found under its base");
            File {
                path: path.to_string_lossy().replace('\\', "/"),
                text,
            }
        })
        .collect()
}

fn walk(folder: &Path, paths: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).into_iter().flatten() {
        let path = entry.expect("a source folder can be listed").path();
        if path.is_dir() {
            walk(&path, paths);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            paths.push(path);
        }
    }
}
