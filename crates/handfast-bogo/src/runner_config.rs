//! The runner's config for this shim, held to the rules that keep it honest.

use crate::names;
use std::collections::BTreeMap;

const CONFIG: &str = include_str!("../config.json");

fn section(name: &str) -> serde_json::Map<String, serde_json::Value> {
    let config: serde_json::Value = serde_json::from_str(CONFIG).unwrap();
    config[name].as_object().unwrap().clone()
}

#[test]
fn every_disabled_family_has_a_reason() {
    for (pattern, reason) in section("DisabledTests") {
        assert!(
            reason.as_str().is_some_and(|reason| reason.len() > 20),
            "{pattern}"
        );
        assert!(pattern.trim_matches('*').len() > 3, "{pattern} is too wide");
    }
}

#[test]
fn the_error_map_is_short_and_names_only_what_we_print() {
    let map = section("ErrorMap");
    assert!(map.len() <= 40, "{} entries", map.len());
    let mut uses = BTreeMap::new();
    for (theirs, ours) in map {
        for name in ours.as_array().unwrap() {
            let name = name.as_str().unwrap().to_owned();
            assert!(
                names::all().any(|known| known == name),
                "{theirs}: {name} is never printed"
            );
            *uses.entry(name).or_insert(0) += 1;
        }
    }
    for (name, uses) in uses {
        assert!(uses <= 3, "{name} stands for {uses} names");
    }
}

#[test]
fn no_tickets_are_awaited_before_finished() {
    let config: serde_json::Value = serde_json::from_str(CONFIG).unwrap();
    assert_eq!(config["HalfRTTTickets"], 0);
}
