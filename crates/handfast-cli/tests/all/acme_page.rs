//! `docs/acme.md` is true: it names every flag that `serve` has for ACME, and no other.

use crate::lab::handfast;
use std::collections::BTreeSet;

/// The flags of a text that begin with `--acme`.
fn flags(text: &str) -> BTreeSet<String> {
    let is_inside = |letter: char| letter.is_ascii_alphanumeric() || letter == '-';
    let words = text.split(|letter| !is_inside(letter));
    let flags = words.filter(|word| word.starts_with("--acme"));
    flags.map(str::to_owned).collect()
}

#[test]
fn the_page_about_acme_names_every_flag_of_serve_and_no_other() {
    let page = concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/acme.md");
    let page = flags(&std::fs::read_to_string(page).unwrap());
    let help = flags(&handfast(&["serve", "--help"]).text());
    assert!(help.len() > 8, "{help:?}");
    assert_eq!(page, help);
}
