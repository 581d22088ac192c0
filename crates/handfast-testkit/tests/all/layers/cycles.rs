//! Inside a crate files form layers too: no import cycle, and no import through the crate's root.
//!
//! A parent that re-exports its children's names (`mod x; pub use x::Y;`) is a door, not a room:
//! who imports `crate::parent::Y` imports from `parent/x.rs`.

use std::collections::{BTreeMap, BTreeSet};

use super::paths::{Path, paths};
use super::source::code_without_tests;
use super::workspace::{File, folders, sources};
use super::{none, one};

type Module = Vec<String>;

struct Crate {
    /// Every module that is a file.
    files: BTreeMap<Module, String>,
    /// (module, name) to where the name really lives.
    doors: BTreeMap<(Module, String), Module>,
    /// Names of macros, to the module that defines them.
    macros: BTreeMap<String, Module>,
}

fn cycles(folder: &str, files: &[File]) -> Vec<String> {
    let files: Vec<(Module, &File)> = files
        .iter()
        .filter(|file| !file.path.ends_with("tests.rs") && !file.path.contains("tests/"))
        // `main.rs` is a crate of its own.
        .filter(|file| file.path != "main.rs" || files.len() == 1)
        .map(|file| (module(&file.path), file))
        .collect();
    let named: Vec<(&Module, Vec<Path>)> = files
        .iter()
        .map(|(module, file)| (module, paths(&file.text)))
        .collect();
    let mut house = Crate {
        files: files
            .iter()
            .map(|(module, file)| (module.clone(), file.path.clone()))
            .collect(),
        doors: BTreeMap::new(),
        macros: BTreeMap::new(),
    };
    for (module, file) in &files {
        let code = code_without_tests(&file.text);
        for after in code.split("macro_rules!").skip(1) {
            let name = after
                .trim_start()
                .split(|c: char| !c.is_alphanumeric() && c != '_')
                .next();
            house
                .macros
                .insert(name.unwrap_or_default().to_owned(), module.clone());
        }
    }
    house.doors = named
        .iter()
        .flat_map(|(module, paths)| paths.iter().map(move |path| (module, path)))
        .filter_map(|(module, path)| door(&house, module, path))
        .collect();
    let mut violations = Vec::new();
    let mut edges: BTreeMap<Module, BTreeSet<Module>> = BTreeMap::new();
    for (module, paths) in &named {
        for path in paths
            .iter()
            .filter(|path| door(&house, module, path).is_none())
        {
            let Some(target) = absolute(&house, module, path) else {
                continue;
            };
            match home(&house, &target) {
                Some(home) if home.is_empty() && !module.is_empty() => violations.push(format!(
                    "{folder}/src/{}: `{}` goes through the crate's root; name the file",
                    house.files[*module],
                    path.words.join("::"),
                )),
                Some(home) if home != **module => {
                    edges.entry((*module).clone()).or_default().insert(home);
                }
                _ => {}
            }
        }
    }
    violations.extend(circles(&edges).iter().map(|circle| {
        let names: Vec<&str> = circle
            .iter()
            .map(|module| house.files[module].as_str())
            .collect();
        format!("{folder}/src: import cycle {}", names.join(" -> "))
    }));
    violations
}

/// `a/b.rs` and `a/b/mod.rs` are `a::b`; `lib.rs` is the root.
fn module(path: &str) -> Module {
    let mut words: Module = path
        .trim_end_matches(".rs")
        .split('/')
        .map(str::to_owned)
        .collect();
    if words
        .last()
        .is_some_and(|word| matches!(word.as_str(), "lib" | "main" | "mod"))
    {
        words.pop();
    }
    words
}

/// What a re-export of a child's name opens, if the path is one.
fn door(house: &Crate, module: &Module, path: &Path) -> Option<((Module, String), Module)> {
    let target = absolute(house, module, path).filter(|_| path.exported && !path.inline)?;
    let below = target.len() > module.len() + 1 && target.starts_with(module);
    let name = path.alias.as_ref().or(target.last())?.clone();
    below.then_some(((module.clone(), name), target))
}

/// The path from the crate's root, or nothing if it leads out of the crate.
fn absolute(house: &Crate, module: &Module, path: &Path) -> Option<Module> {
    let (first, rest) = path.words.split_first()?;
    let mut base = module.clone();
    let mut rest = rest;
    match first.as_str() {
        "crate" => base.clear(),
        "self" if !path.inline => {}
        "super" if !path.inline => {
            base.pop();
            while let [next, more @ ..] = rest {
                if next != "super" {
                    break;
                }
                base.pop();
                rest = more;
            }
        }
        "self" | "super" => return None,
        child => {
            base.push(child.to_owned());
            house.files.contains_key(&base).then_some(())?;
        }
    }
    base.extend(rest.iter().cloned());
    Some(base)
}

/// The file where an absolute path's item lives.
fn home(house: &Crate, target: &[String]) -> Option<Module> {
    let mut target = target.to_vec();
    // A door may lead to a door; more than a few in a row would be a cycle of doors.
    for _ in 0..8 {
        let depth = (0..=target.len())
            .rev()
            .find(|n| house.files.contains_key(&target[..*n]))?;
        let Some(name) = target.get(depth) else {
            return Some(target);
        };
        if depth == 0 {
            // The root's own doors are for callers.
            return Some(house.macros.get(name).cloned().unwrap_or_default());
        }
        match house.doors.get(&(target[..depth].to_vec(), name.clone())) {
            Some(next) => target.clone_from(next),
            None => return Some(target[..depth].to_vec()),
        }
    }
    None
}

/// Circles in the graph, each once, first file first.
fn circles(edges: &BTreeMap<Module, BTreeSet<Module>>) -> Vec<Vec<Module>> {
    let mut done = BTreeSet::new();
    let mut found = Vec::new();
    for start in edges.keys() {
        visit(edges, start, &mut Vec::new(), &mut done, &mut found);
    }
    found
}

fn visit(
    edges: &BTreeMap<Module, BTreeSet<Module>>,
    at: &Module,
    trail: &mut Vec<Module>,
    done: &mut BTreeSet<Module>,
    found: &mut Vec<Vec<Module>>,
) {
    if let Some(seen) = trail.iter().position(|module| module == at) {
        let mut circle = trail[seen..].to_vec();
        circle.push(at.clone());
        found.push(circle);
        return;
    }
    if done.contains(at) {
        return;
    }
    trail.push(at.clone());
    for next in edges.get(at).into_iter().flatten() {
        visit(edges, next, trail, done, found);
    }
    trail.pop();
    done.insert(at.clone());
}

#[test]
fn no_import_cycles_and_none_through_the_root() {
    let violations: Vec<String> = folders()
        .iter()
        .flat_map(|folder| cycles(folder, &sources(folder)))
        .collect();
    none(&violations);
}

fn made_up(files: &[(&str, &str)]) -> Vec<String> {
    let files: Vec<File> = files
        .iter()
        .map(|(path, text)| File {
            path: (*path).to_owned(),
            text: (*text).to_owned(),
        })
        .collect();
    cycles("x", &files)
}

#[test]
fn control_two_files_that_import_each_other_are_caught() {
    let lib = ("lib.rs", "mod a; mod b;");
    let a = ("a.rs", "use crate::b::B;");
    one(
        &made_up(&[lib, a, ("b.rs", "fn f() { crate::a::g(); }")]),
        &["a.rs -> b.rs -> a.rs"],
    );
    none(&made_up(&[
        lib,
        a,
        ("b.rs", "#[cfg(test)] mod tests { use crate::a::A; }"),
    ]));
}

#[test]
fn control_a_cycle_through_a_door_or_a_parent_is_caught() {
    let lib = ("lib.rs", "mod p; mod q;");
    let door = ("p.rs", "mod x; pub use x::Y;");
    let x = ("p/x.rs", "use crate::q::Q;");
    one(
        &made_up(&[lib, door, x, ("q.rs", "use crate::p::Y;")]),
        &["p/x.rs", "q.rs"],
    );
    none(&made_up(&[lib, door, x, ("q.rs", "use crate::p::Other;")]));
    let parent = ("p.rs", "mod x; fn f() { x::g(); }");
    one(
        &made_up(&[lib, parent, ("p/x.rs", "use super::Z;")]),
        &["p.rs -> p/x.rs"],
    );
}

#[test]
fn control_an_import_through_the_root_is_caught() {
    let lib = ("lib.rs", "mod a; mod b; pub use b::B;");
    let b = ("b.rs", "macro_rules! shout { () => {} }");
    none(&made_up(&[
        lib,
        b,
        ("a.rs", "use crate::b::B; fn f() { crate::shout!(); }"),
    ]));
    // The root's doors are for callers: inside, name the file.
    one(
        &made_up(&[lib, b, ("a.rs", "use crate::B;")]),
        &["a.rs", "crate's root"],
    );
}
