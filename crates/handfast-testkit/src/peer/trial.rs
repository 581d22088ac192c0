//! A test that needs other programs.

use std::env;

use libtest_mimic::{Failed, Trial};

use super::program::Program;

/// Set, it turns a missing program from *ignored* into a failure.
pub const REQUIRE: &str = "HANDFAST_REQUIRE_PEERS";

/// A test that needs programs, which it is given in the order of `needs`. Where one is missing,
/// the list shows the test as ignored, and for want of what.
pub fn trial<const N: usize>(
    name: &str,
    needs: [&str; N],
    test: impl FnOnce([Program; N]) -> Result<(), Failed> + Send + 'static,
) -> Trial {
    match ready(needs, Program::find, env::var_os(REQUIRE).is_some()) {
        Ready::Run(programs) => Trial::test(name, move || test(programs)),
        Ready::Ignore(why) => Trial::test(name, || Ok(()))
            .with_kind(why)
            .with_ignored_flag(true),
        Ready::Fail(why) => Trial::test(name, move || Err(why.into())),
    }
}

#[derive(Debug)]
enum Ready<const N: usize> {
    Run([Program; N]),
    Ignore(String),
    Fail(String),
}

fn ready<const N: usize>(
    needs: [&str; N],
    find: impl Fn(&str) -> Option<Program>,
    required: bool,
) -> Ready<N> {
    let found = needs.map(find);
    let missing: Vec<&str> = needs
        .iter()
        .zip(&found)
        .filter(|(_, program)| program.is_none())
        .map(|(name, _)| *name)
        .collect();
    if missing.is_empty() {
        return Ready::Run(found.map(|program| program.expect("none is missing")));
    }
    let why = format!("missing: {}", missing.join(", "));
    if required {
        Ready::Fail(why)
    } else {
        Ready::Ignore(why)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_missing_peer_is_ignored_and_where_peers_are_required_it_fails() {
        let find = |name: &str| (name != "absent").then(|| Program::at("/bin/true"));
        assert!(matches!(ready(["sh", "sh"], find, true), Ready::Run(_)));
        let Ready::Ignore(why) = ready(["sh", "absent"], find, false) else {
            panic!("not ignored")
        };
        assert_eq!(why, "missing: absent");
        assert!(
            matches!(ready(["sh", "absent"], find, true), Ready::Fail(why) if why.contains("absent"))
        );
    }
}
