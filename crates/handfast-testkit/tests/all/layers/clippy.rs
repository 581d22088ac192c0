//! A crate's own `clippy.toml` replaces the root's, so it must repeat it.

use toml::{Table, Value};

use super::workspace::{parse, table};
use super::{none, one};

/// Libraries whose `clippy.toml` bans what touches the world, all with the same list.
const PURE: &[&str] = &[
    "handfast",
    "handfast-ca",
    "handfast-crypto",
    "handfast-pki",
    "handfast-wire",
];

const BANNED: &[&str] = &[
    "std::time::SystemTime",
    "std::time::Instant",
    "std::net::TcpStream",
];

fn differences(root: &Table, name: &str, own: &Table) -> Vec<String> {
    let mut violations: Vec<String> = root
        .iter()
        .filter(|(key, value)| own.get(*key) != Some(*value))
        .map(|(key, _)| format!("{name}/clippy.toml: `{key}` differs from the root's"))
        .collect();
    let empty = Vec::new();
    let types = own
        .get("disallowed-types")
        .and_then(Value::as_array)
        .unwrap_or(&empty);
    for banned in BANNED {
        let path = |entry: &Value| entry.get("path").and_then(Value::as_str) == Some(banned);
        if !types.iter().any(path) {
            violations.push(format!("{name}/clippy.toml: {banned} is not disallowed"));
        }
    }
    violations
}

#[test]
fn every_library_repeats_the_settings_and_bans_the_world() {
    let root = table("clippy.toml");
    let first = table(&format!("crates/{}/clippy.toml", PURE[0]));
    for name in PURE {
        let own = table(&format!("crates/{name}/clippy.toml"));
        none(&differences(&root, name, &own));
        assert_eq!(own, first, "{name}/clippy.toml differs from {}'s", PURE[0]);
    }
}

#[test]
fn control_a_forgotten_setting_and_a_forgotten_ban_are_caught() {
    let root = parse("too-many-lines-threshold = 80");
    let bans = "disallowed-types = [{ path = \"std::time::SystemTime\" }, \
                { path = \"std::time::Instant\" }, { path = \"std::net::TcpStream\" }]";
    let check = |text: &str| differences(&root, "x", &parse(text));
    none(&check(&format!("too-many-lines-threshold = 80\n{bans}")));
    one(
        &check(&format!("too-many-lines-threshold = 90\n{bans}")),
        &["too-many-lines"],
    );
    let fewer = bans.replace("Instant", "Duration");
    one(
        &check(&format!("too-many-lines-threshold = 80\n{fewer}")),
        &["Instant"],
    );
}
