//! Ways to break raw public keys (RFC 7250): as [`crate::breakages`].

use crate::breakages::{Breakage, LIES};

pub(crate) const BREAKAGES: &[Breakage] = &[
    Breakage {
        what: "raw keys: one that is not known is believed",
        file: "crates/handfast/src/handshake/judge.rs",
        text: "let is_known = verification.knows(key);",
        replacement: "let is_known = verification.knows(key) || !key.is_empty();",
        turns_red: "raw_keys::a_key_that_is_not_known_is_refused_and_one_among_several_is_taken",
    },
    Breakage {
        what: "raw keys: a type that nothing judges is taken",
        file: "crates/handfast/src/config/verification.rs",
        text: "Judge::Chain(_) => **one == raw && self.raw_keys.is_none(),",
        replacement: "Judge::Chain(_) => false,",
        turns_red: "raw_keys::no_config_believes_a_raw_key_without_saying_which",
    },
    Breakage {
        what: "raw keys: a session outlives the list",
        file: "crates/handfast/src/session/scope.rs",
        text: "let known: Vec<&[u8]> = known.iter().map(<[u8; 32]>::as_slice).collect();",
        replacement: "let known: Vec<&[u8]> = known.iter().take(0).map(<[u8; 32]>::as_slice).collect();",
        turns_red: "raw_keys::a_session_keeps_the_keys_and_ends_with_them",
    },
    Breakage {
        what: "raw keys: a server goes on with a type that the client takes no longer",
        file: "crates/handfast/src/tls13/server/resume.rs",
        text: "types.is_some_and(|types| types.has(resumed.ticket.own_type))",
        replacement: "types.is_some()",
        turns_red: "raw_keys::a_server_does_not_go_on_from_a_session_in_which_it_showed_what_the_client_does_not_take",
    },
    Breakage {
        what: "raw keys: two of them",
        file: "crates/handfast/src/tls13/shared.rs",
        text: "return Err(Fault::RawKeyNotAlone.into());",
        replacement: "",
        turns_red: LIES,
    },
];
