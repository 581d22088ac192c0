//! `ca show`: which authority lies in a folder.

use crate::lab::{Lab, Serving, handfast};
use serde_json::Value;

#[test]
fn the_authority_of_serve_is_shown_with_the_names_it_may_vouch_for() {
    let lab = Lab::new();
    let ca = lab.file("ca");
    let serving = Serving::start(&["--ca-dir", &ca, &lab.file("site")]);
    drop(serving);
    let shown = handfast(&["ca", "show", "--ca-dir", &ca]);
    assert!(shown.success(), "{shown:?}");
    for words in ["CN=Handfast development", "localhost", "10 years left"] {
        // A leap day may make it 9.
        let other = words.replace("10 years", "9 years");
        let text = shown.text();
        assert!(text.contains(words) || text.contains(&other), "{shown:?}");
    }
    let shown = handfast(&["ca", "show", "--json", "--ca-dir", &ca]);
    let document: Value = serde_json::from_str(&shown.text()).unwrap();
    assert_eq!(document["schema"], "handfast.ca.show/1");
    let root = &document["result"]["certificates"][0];
    assert_eq!(root["role"], "root");
    let names = root["permitted"].as_array().unwrap();
    assert!(
        names.iter().any(|name| name["name"] == "localhost"),
        "{names:?}"
    );
}

#[test]
fn a_folder_without_an_authority_is_told_with_what_to_do() {
    let lab = Lab::new();
    let shown = handfast(&["ca", "show", "--ca-dir", &lab.file("none")]);
    assert_eq!(shown.code, Some(2));
    assert!(shown.stderr.contains("handfast ca init"), "{shown:?}");
}
