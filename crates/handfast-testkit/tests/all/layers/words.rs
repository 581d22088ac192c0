//! Words that a library must not say: `unsafe` outside its fence, and whatever touches the world.

use super::paths::{paths, tokens};
use super::source::{code, code_without_tests};
use super::workspace::{File, folders, sources};
use super::{none, one};

/// The one folder where `unsafe` may stand.
const FENCE: &str = "crates/handfast-crypto/src/ffi";

/// Libraries to which time, randomness and bytes are given.
const PURE: &[&str] = &[
    "crates/handfast",
    "crates/handfast-acme",
    "crates/handfast-ca",
    "crates/handfast-crypto",
    "crates/handfast-pki",
    "crates/handfast-wire",
];

/// The blocking driver: the one place in a pure library that may touch the world.
const DRIVER: &str = "crates/handfast/src/stream";

fn fenced(folder: &str, files: &[File]) -> Vec<String> {
    let mut violations = Vec::new();
    for file in files {
        let path = format!("{folder}/src/{}", file.path);
        let inside = path.starts_with(&format!("{FENCE}/")) || path == format!("{FENCE}.rs");
        if !inside
            && tokens(&code(&file.text))
                .iter()
                .any(|token| token == "unsafe")
        {
            violations.push(format!("{path}: unsafe outside {FENCE}"));
        }
    }
    violations
}

fn worldly(folder: &str, files: &[File]) -> Vec<String> {
    let mut violations = Vec::new();
    for file in files {
        let path = format!("{folder}/src/{}", file.path);
        let test = path.ends_with("tests.rs") || path.contains("/tests/");
        if test || path.starts_with(&format!("{DRIVER}/")) || path == format!("{DRIVER}.rs") {
            continue;
        }
        let mut said: Vec<String> = tokens(&code_without_tests(&file.text))
            .into_iter()
            .filter(|token| token == "SystemTime" || token == "Instant")
            .collect();
        for named in paths(&file.text) {
            let words: Vec<&str> = named.words.iter().map(String::as_str).collect();
            match words.as_slice() {
                // Addresses as plain values: `core::net`.
                ["std", "env" | "fs" | "net" | "thread" | "process", ..]
                | [.., "UnixTime", "now"] => said.push(words.join("::")),
                _ => {}
            }
        }
        said.sort();
        said.dedup();
        violations.extend(said.into_iter().map(|word| format!("{path}: {word}")));
    }
    violations
}

#[test]
fn unsafe_stands_only_behind_its_fence() {
    for folder in folders() {
        none(&fenced(&folder, &sources(&folder)));
    }
}

#[test]
fn libraries_do_not_touch_the_world() {
    for folder in PURE {
        none(&worldly(folder, &sources(folder)));
    }
}

fn file(path: &str, text: &str) -> [File; 1] {
    [File {
        path: path.to_owned(),
        text: text.to_owned(),
    }]
}

#[test]
fn control_unsafe_elsewhere_is_caught() {
    let text = "#![forbid(unsafe_code)] // unsafe\nfn f() { unsafe { g() } }";
    one(&fenced("crates/handfast", &file("a.rs", text)), &["a.rs"]);
    one(
        &fenced("crates/handfast-crypto", &file("ffi_not.rs", text)),
        &["ffi_not.rs"],
    );
    none(&fenced("crates/handfast-crypto", &file("ffi/a.rs", text)));
    none(&fenced(
        "crates/handfast",
        &file("a.rs", "#![forbid(unsafe_code)] // unsafe"),
    ));
}

#[test]
fn control_a_clock_a_file_and_a_thread_are_caught() {
    let check = |path: &str, text: &str| worldly("crates/handfast", &file(path, text));
    one(
        &check("a.rs", "use std::time::{Duration, Instant};"),
        &["a.rs", "Instant"],
    );
    one(&check("a.rs", "use std::{fmt, fs};"), &["std::fs"]);
    one(
        &check("a.rs", "fn f() { std::thread::sleep(x) }"),
        &["std::thread"],
    );
    one(&check("a.rs", "use std::net::IpAddr;"), &["std::net"]);
    one(
        &check("a.rs", "fn f() { pki_types::UnixTime::now() }"),
        &["UnixTime::now"],
    );
    none(&check(
        "a.rs",
        "use core::net::IpAddr; #[cfg(test)] mod tests { use std::fs; }",
    ));
    none(&check("stream.rs", "use std::net::TcpStream;"));
    none(&check("stream/roots.rs", "use std::fs;"));
    one(&check("streamer.rs", "use std::fs;"), &["streamer.rs"]);
}
