//! The house's rules that no compiler checks. Each check is a function of texts, so that it also
//! runs on a made-up violation that it must catch.

mod arrows;
mod clippy;
mod crypto;
mod cycles;
mod paths;
mod source;
mod words;
mod workspace;

/// Fails with one line per violation.
fn none(violations: &[String]) {
    assert!(violations.is_empty(), "\n  {}\n", violations.join("\n  "));
}

/// Fails unless exactly one violation was found and its text holds every word of `words`.
fn one(violations: &[String], words: &[&str]) {
    assert_eq!(
        violations.len(),
        1,
        "one violation expected, found {violations:?}"
    );
    let violation = &violations[0];
    for word in words {
        assert!(violation.contains(word), "{word:?} not in {violation:?}");
    }
}
