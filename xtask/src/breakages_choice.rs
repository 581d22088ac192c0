//! Ways to break what a caller chooses: exceptions and their like. As [`crate::breakages`].

use crate::breakages::Breakage;

const LENIENCY: &str = "crates/handfast/src/config/leniency.rs";
const BY_FLAW: &str = "exceptions::each_flaw_passes_by_the_exception_that_names_it_and_by_no_other";

pub(crate) const BREAKAGES: &[Breakage] = &[
    Breakage {
        what: "exceptions: one that is over holds",
        file: LENIENCY,
        text: "                && one.holds_at(self.now)\n",
        replacement: "                && (one.holds_at(self.now) || self.now.unix_ms > 0)\n",
        turns_red: BY_FLAW,
    },
    Breakage {
        what: "exceptions: one for another name holds",
        file: LENIENCY,
        text: "Some(wanted) => wanted == name,",
        replacement: "Some(wanted) => wanted == name || !name.to_string().is_empty(),",
        turns_red: BY_FLAW,
    },
    Breakage {
        what: "exceptions: any pin is the peer's",
        file: LENIENCY,
        text: "self.certificate().is_some_and(|leaf| pin.is_of(&leaf))",
        replacement: "self.certificate().is_some_and(|leaf| pin.is_of(&leaf) || leaf.version() > 0)",
        turns_red: BY_FLAW,
    },
    Breakage {
        what: "exceptions: a wrong name passes as expired",
        file: LENIENCY,
        text: "matches!(reason, Reason::NameMismatch { .. })",
        replacement: "!matches!(reason, Reason::NameMismatch { .. })",
        turns_red: BY_FLAW,
    },
    Breakage {
        what: "exceptions: a session is made by one",
        file: "crates/handfast/src/connection/negotiated.rs",
        text: "needed.any(|exception| exception.relaxed().is_judged())",
        replacement: "needed.any(|one| one.relaxed().is_judged() && one.reason().is_empty())",
        turns_red: "exceptions::nothing_goes_on_under_a_config_from_which_the_exception_was_taken",
    },
    Breakage {
        what: "exceptions: other servers are offered what one is",
        file: "crates/handfast/src/config/excepted.rs",
        text: "let mut stages = self.0.get(name)?.iter();",
        replacement: "let mut stages = self.0.get(name).or_else(|| self.0.values().next())?.iter();",
        turns_red: "exceptions::other_servers_see_the_hello_of_a_config_without_exceptions",
    },
];
