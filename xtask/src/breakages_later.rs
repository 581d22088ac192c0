//! Ways to break the authentication of a client that is asked later (TLS 1.3): as
//! [`crate::breakages`].

use crate::breakages::{Breakage, LIES};

const CLIENT: &str = "crates/handfast/src/tls13/post_handshake/client.rs";
const SERVER: &str = "crates/handfast/src/tls13/post_handshake/server.rs";

pub(crate) const BREAKAGES: &[Breakage] = &[
    Breakage {
        what: "later: an answer to a request that was not made",
        file: SERVER,
        text: "            .position(|request| request.context == context)",
        replacement: "            .position(|request| request.context.len() >= context.len())",
        turns_red: LIES,
    },
    Breakage {
        what: "later: any Finished ends an answer",
        file: SERVER,
        text: "check_finished(wanted.as_ref(), message.body)?;",
        replacement: "check_finished(wanted.as_ref(), wanted.as_ref())?;",
        turns_red: LIES,
    },
    Breakage {
        what: "later: the peer may be swapped",
        file: SERVER,
        text: "if before.is_some_and(|before| before != shown) {",
        replacement: "if before.is_some_and(|before| before == shown && before != shown) {",
        turns_red: LIES,
    },
    Breakage {
        what: "later: no certificate where one is required",
        file: SERVER,
        text: "if matches!(self.plan.config.later_client_auth, ClientAuth::Require(_)) {",
        replacement: "if matches!(self.plan.config.later_client_auth, ClientAuth::None) {",
        turns_red: LIES,
    },
    Breakage {
        what: "later: data inside an answer",
        file: "crates/handfast/src/machine.rs",
        text: "Self::LaterServer(server) => !server.is_inside_answer(),",
        replacement: "Self::LaterServer(_) => true,",
        turns_red: LIES,
    },
    Breakage {
        what: "later: as many requests at once as the server likes",
        file: CLIENT,
        text: "if waiting >= MOST_OUTSTANDING {",
        replacement: "if waiting >= 99 * MOST_OUTSTANDING {",
        turns_red: LIES,
    },
    Breakage {
        what: "later: two requests of one context",
        file: CLIENT,
        text: "if !established.is_new_context(&wish.context) {",
        replacement: "if !established.is_new_context(&wish.context) && wish.context.is_empty() {",
        turns_red: LIES,
    },
    Breakage {
        what: "later: a certificate beside a shared key",
        file: "crates/handfast/src/tls13/shared.rs",
        text: "self.talk.negotiated.peer_standing == PeerStanding::SharedKey",
        replacement: "self.talk.negotiated.peer_standing == PeerStanding::Anonymous",
        turns_red: "post_handshake::refused::nobody_is_asked_where_both_met_by_a_shared_key",
    },
];
