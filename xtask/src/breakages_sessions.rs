//! Ways to break sessions and early data: as [`crate::breakages`].

use crate::breakages::{Breakage, CONTENT, LIES};

const ESTABLISHED: &str = "crates/handfast/src/connection/established.rs";
const EARLY_SERVER: &str = "crates/handfast/src/tls13/server/early_data.rs";

pub(crate) const BREAKAGES: &[Breakage] = &[
    // Early data.
    Breakage {
        what: "a first flight is taken as often as it comes",
        file: EARLY_SERVER,
        text: "Answer::Strike(true) => EarlyData::Accepted,",
        replacement: "Answer::Strike(_) => EarlyData::Accepted,\n            #[expect(unreachable_patterns, reason = \"broken\")]",
        turns_red: "early_data::the_same_first_flight_is_taken_once",
    },
    Breakage {
        what: "early data of any age is taken",
        file: EARLY_SERVER,
        text: "} else if differs_by_ms > u64::from(config.early_data_age_ms) {",
        replacement: "} else if differs_by_ms == u64::from(config.early_data_age_ms) + 777 {",
        turns_red: "early_data::a_first_flight_of_the_wrong_age_is_refused",
    },
    Breakage {
        what: "early data is taken under another application protocol",
        file: EARLY_SERVER,
        text: "} else if alpn != ticket.alpn {",
        replacement: "} else if alpn.len() > 255 {",
        turns_red: "early_data::early_data_is_refused_where_anything_has_changed_and_the_handshake_goes_on",
    },
    Breakage {
        what: "early data without end is taken",
        file: CONTENT,
        text: "let left = left.checked_sub(bytes).ok_or(Fault::TooMuchEarlyData)?;",
        replacement: "let left = left.saturating_sub(bytes);",
        turns_red: LIES,
    },
    Breakage {
        what: "a client lets early data change its suite",
        file: "crates/handfast/src/tls13/client/early_data.rs",
        text: "if self.shared.suite()?.code != session.suite {",
        replacement: "if self.shared.suite()?.hash.output_len() == 0 {",
        turns_red: LIES,
    },
    // Sessions.
    Breakage {
        what: "any binder will do",
        file: "crates/handfast/src/hello/psk.rs",
        text: "let is_right = constant_time_eq(wanted.as_ref(), mac);",
        replacement: "let is_right = !mac.is_empty() || constant_time_eq(wanted.as_ref(), mac);",
        turns_red: LIES,
    },
    Breakage {
        what: "a ticket is good for any host and any rules",
        file: "crates/handfast/src/hello/psk.rs",
        text: "            && scope.may_hold(&ticket, &config.psks, config.ask_for_psk);",
        replacement: "            && (true || scope.may_hold(&ticket, &config.psks, config.ask_for_psk));",
        turns_red: "resumption::a_ticket_is_good_for_its_host_and_its_rules_alone",
    },
    Breakage {
        what: "a name that is hidden counts without a binder",
        file: "crates/handfast/src/tls13/server/shared_key.rs",
        text: "if hides && !named.modes_unfit {",
        replacement: "if hides && named.modes_unfit {",
        turns_red: "hidden_keys::hidden_names_are_not_told_by_the_suite",
    },
    Breakage {
        what: "a session goes on whose key the caller has taken away",
        file: "crates/handfast/src/tls13/server/resume.rs",
        text: "(identity, self.plan.config.ask_for_psk) else {",
        replacement: "(identity, self.plan.config.ask_for_psk && false) else {",
        turns_red: "kept_keys::a_key_that_the_caller_has_taken_away_does_not_come_back_by_a_session",
    },
    Breakage {
        what: "a client asks for a session whose suite it does not offer",
        file: "crates/handfast/src/hello/client_hello.rs",
        text: "        && plan.common.set.suites.contains(&state.suite)\n",
        replacement: "",
        turns_red: "client_store::a_session_of_a_suite_that_a_config_does_not_offer_stays_too",
    },
    Breakage {
        what: "TLS 1.2: a session is good for any host and any rules",
        file: "crates/handfast/src/classic/server/resume.rs",
        text: "                .of_host(host)
                .may_hold(&session, &config.psks, config.ask_for_psk)
",
        replacement: "                .of_host(host)
                .0
                .len()
                > 0
",
        turns_red: "any_config::a_session_made_under_another_config_changes_no_outcome",
    },
    Breakage {
        what: "TLS 1.2: a session goes on with a host that is served no longer",
        file: "crates/handfast/src/classic/server/resume.rs",
        text: "            && credential::serves(config, host);",
        replacement: "            && (true || credential::serves(config, host));",
        turns_red: "resumption::a_host_that_is_served_no_longer_is_refused_to_those_who_come_back_too",
    },
    Breakage {
        what: "a client comes back to whom it never verified",
        file: "crates/handfast/src/hello/client_hello.rs",
        text: "            .holds(state, &plan.config.psks, plan.config.ask_for_psk)\n",
        replacement: "            .holds(state, &plan.config.psks, plan.config.ask_for_psk).max(true)\n",
        turns_red: "resumption::a_session_of_a_client_that_took_anyone_is_worth_nothing_to_one_that_verifies",
    },
    Breakage {
        what: "a ticket that was used up is good again",
        file: "crates/handfast/src/session/keeping.rs",
        text: "if ticket.len() == size_of::<SessionId>() => cache.remove(ticket),",
        replacement: "if ticket.len() == size_of::<SessionId>() => !cache.is_empty(),",
        turns_red: "resumption::tickets_of_tls13_without_a_key_name_a_session_that_is_kept_and_used_up",
    },
    Breakage {
        what: "a connection that fails keeps its session",
        file: ESTABLISHED,
        text: "                cache.remove(&id);\n",
        replacement: "                drop((cache, id));\n",
        turns_red: "session_asks::a_connection_that_fails_takes_its_cached_session_with_it",
    },
    Breakage {
        what: "a client comes back to a session of TLS 1.2 whose connection has failed",
        file: ESTABLISHED,
        text: "                session.version() == self.negotiated.version\n",
        replacement: "                session.version() != self.negotiated.version\n",
        turns_red: "client_store::a_connection_that_fails_takes_its_sessions_out_of_the_store",
    },
    Breakage {
        what: "a client comes back by a ticket of TLS 1.3 whose connection has failed",
        file: ESTABLISHED,
        text: "maker.is_some_and(|maker| session.origin == Some(maker.origin))",
        replacement: "maker.is_none_or(|maker| session.origin != Some(maker.origin))",
        turns_red: "client_store::a_connection_that_fails_takes_its_sessions_out_of_the_store",
    },
    Breakage {
        what: "a session is resumed under any label",
        file: "crates/handfast/src/session/scope.rs",
        text: "        part(context, label);\n",
        replacement: "        part(context, &label[..0]);\n",
        turns_red: "session_asks::where_the_caller_judges_a_session_goes_on_under_an_equal_label_alone",
    },
];
