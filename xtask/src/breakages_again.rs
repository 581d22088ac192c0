//! Ways to break handshakes on a connection that is there: as [`crate::breakages`].

use crate::breakages::{Breakage, CONTENT, LIES};

const AGAIN: &str = "crates/handfast/src/handshake/again.rs";
const RENEWABLE: &str = "crates/handfast/src/connection/renewable.rs";

pub(crate) const BREAKAGES: &[Breakage] = &[
    Breakage {
        what: "renegotiation: any renegotiation_info will do",
        file: AGAIN,
        text: "Some(given) if given == wanted => Ok(()),",
        replacement: "Some(given) if given.len() <= wanted.len() => Ok(()),",
        turns_red: LIES,
    },
    Breakage {
        what: "renegotiation: none will do",
        file: AGAIN,
        text: "None => Err(Fault::RenegotiationInfoMissing),",
        replacement: "None => Ok(()),",
        turns_red: LIES,
    },
    Breakage {
        what: "renegotiation: without the extended master secret",
        file: AGAIN,
        text: "        if bound {",
        replacement: "        if bound || !bound {",
        turns_red: LIES,
    },
    Breakage {
        what: "renegotiation: the peer may be swapped",
        file: AGAIN,
        text: "if known.is_none() || known == shown {",
        replacement: "if known.is_none() || known == shown || shown.is_some() {",
        turns_red: "renegotiation::an_identity_is_added_but_never_swapped",
    },
    Breakage {
        what: "renegotiation: who the client is gets lost",
        file: AGAIN,
        text: "if now.peer_chain.shows_nothing() && !self.was.peer_chain.shows_nothing() {",
        replacement: "if now.peer_chain.shows_nothing() && self.was.peer_chain.shows_nothing() {",
        turns_red: "renegotiation::a_server_asks_for_fresh_keys_and_for_a_certificate",
    },
    Breakage {
        what: "renegotiation: as often as the peer likes",
        file: RENEWABLE,
        text: "if self.taken >= most || !rested {",
        replacement: "if self.taken > most || !rested {",
        turns_red: "renegotiation::a_peer_begins_no_more_often_than_it_may",
    },
    Breakage {
        what: "renegotiation: its ChangeCipherSpec may be in the clear",
        file: CONTENT,
        text: "if outer == ContentType::CHANGE_CIPHER_SPEC && !self.is_renewing() {",
        replacement: "if outer == ContentType::CHANGE_CIPHER_SPEC {",
        turns_red: "renegotiation::a_client_gets_fresh_keys_in_every_version_that_has_extensions",
    },
];
