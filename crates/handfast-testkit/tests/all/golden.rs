//! Golden traces: what two engines say to each other with scripted randomness and signatures that
//! come out alike each time, kept as text under `tests/golden`.
//!
//! `cargo xtask traces` writes them anew. Read their diff as carefully as code: it is what a peer
//! will notice.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on says where")]

mod flows;
mod scribe;

use std::path::PathBuf;
use std::{env, fs};

use flows::{FLOWS, Flow};

pub(crate) use scribe::Drawn;

#[test]
fn every_flow_is_as_it_was() {
    for flow in FLOWS {
        let kept = fs::read_to_string(path(flow)).unwrap_or_default();
        let now = flow.trace();
        let differs = kept
            .lines()
            .zip(now.lines())
            .position(|(old, new)| old != new);
        let at = differs.unwrap_or_else(|| kept.lines().count().min(now.lines().count()));
        assert!(
            kept == now,
            "{} differs in line {}:\n  kept {:?}\n  now  {:?}\nif that is meant: cargo xtask traces",
            flow.name,
            at + 1,
            kept.lines().nth(at),
            now.lines().nth(at),
        );
    }
}

#[test]
fn no_trace_is_left_over() {
    let folder = path(&FLOWS[0]).parent().unwrap().to_owned();
    for entry in fs::read_dir(folder).unwrap() {
        let name = entry.unwrap().file_name().into_string().unwrap();
        let Some(name) = name.strip_suffix(".txt") else {
            continue;
        };
        assert!(FLOWS.iter().any(|flow| flow.name == name), "{name}");
    }
}

#[test]
#[ignore = "writes the traces anew: cargo xtask traces"]
fn make() {
    for flow in FLOWS {
        fs::write(path(flow), flow.trace()).unwrap();
    }
}

fn path(flow: &Flow) -> PathBuf {
    let root = env!("CARGO_MANIFEST_DIR");
    PathBuf::from(root).join(format!("tests/golden/{}.txt", flow.name))
}
