//! Ways to break TLS 1.2, and what a peer that comes back is held to: as [`crate::breakages`].

use crate::breakages::Breakage;

pub(crate) const BREAKAGES: &[Breakage] = &[
    // What came with TLS 1.2 and with coming back.
    Breakage {
        what: "the mark of a downgrade is not set",
        file: "crates/handfast/src/hello/version.rs",
        text: "        *tail = DOWNGRADE_TO_TLS12;",
        replacement: "        let _: (&mut [u8; 8], _) = (tail, DOWNGRADE_TO_TLS12);",
        turns_red: "version_choice::the_highest_version_in_common_is_spoken_and_marked_where_the_server_knows_a_higher",
    },
    Breakage {
        what: "the signal of a fallback is not heeded",
        file: "crates/handfast/src/hello/version.rs",
        text: "    if fell_back\n",
        replacement: "    if false && fell_back\n",
        turns_red: "version_choice::a_fallback_is_refused_where_the_server_knows_a_higher_version_than_is_offered",
    },
    Breakage {
        what: "TLS 1.2 is a way around post-quantum groups",
        file: "crates/handfast/src/config/server.rs",
        text: ".retain(|version| *version == ProtocolVersion::TLS_1_3);",
        replacement: ".retain(|_| true);",
        turns_red: "version_choice::a_server_that_requires_post_quantum_groups_does_not_speak_tls12",
    },
    Breakage {
        what: "a session lives for ever",
        file: "crates/handfast/src/session/ticket.rs",
        text: "            && unix_ms.saturating_sub(self.issued_ms) < lifetime_ms",
        replacement: "            && unix_ms.saturating_sub(self.issued_ms) < u64::MAX.saturating_add(lifetime_ms)",
        turns_red: "no_way_back::a_session_lives_twelve_hours_by_the_clock_of_either_end",
    },
    Breakage {
        what: "a server of TLS 1.3 is not judged again",
        file: "crates/handfast/src/tls13/client/encrypted_extensions.rs",
        text: "(Some(session), _) if judges => {",
        replacement: "(Some(session), _) if judges && session.lifetime_s == u32::MAX => {",
        turns_red: "kept_peer::a_caller_judges_again_where_it_wants_to_and_can_refuse",
    },
    Breakage {
        what: "a server of TLS 1.2 is not judged again",
        file: "crates/handfast/src/classic/client/server_hello.rs",
        text: "if config.reverify_on_resume\n",
        replacement: "if config.reverify_on_resume && session.received_ms == 0\n",
        turns_red: "kept_peer::a_caller_judges_again_where_it_wants_to_and_can_refuse",
    },
    Breakage {
        what: "a session keeps staples of any length",
        file: "crates/handfast/src/session/staples.rs",
        text: "bytes.len() <= MOST_STAPLE)",
        replacement: "bytes.len() <= 9 * MOST_STAPLE)",
        turns_red: "kept_peer::a_staple_that_is_too_long_is_seen_once_and_not_kept",
    },
    Breakage {
        what: "a line of sessions never ends",
        file: "crates/handfast/src/session/ticket.rs",
        text: "            && unix_ms.saturating_sub(self.lineage_ms) < MAX_LINEAGE_MS",
        replacement: "            && unix_ms.saturating_sub(self.lineage_ms) < 99 * MAX_LINEAGE_MS",
        turns_red: "no_way_back::a_line_of_sessions_ends_a_day_after_its_full_handshake",
    },
    Breakage {
        what: "a session of TLS 1.2 will do for TLS 1.3",
        file: "crates/handfast/src/hello/psk.rs",
        text: "ticket.version == ProtocolVersion::TLS_1_3",
        replacement: "ticket.version >= ProtocolVersion::TLS_1_2",
        turns_red: "no_way_back::identities::a_session_dressed_up_as_one_of_the_other_version_leads_to_a_full_handshake",
    },
    Breakage {
        what: "TLS 1.2: the server's random is left out of the key block, at both ends",
        file: "crates/handfast/src/classic/key_block.rs",
        text: "let seed = [&randoms.server[..], &randoms.client];",
        replacement: "let seed = [&randoms.server[..0], &randoms.client];",
        turns_red: "key_calculation::the_keys_of_every_suite_come_out_by_hand",
    },
    Breakage {
        what: "TLS 1.2: the extended master secret is bound to nothing, at both ends",
        file: "crates/handfast/src/classic/master_secret.rs",
        text: "&[session.as_ref()], out);",
        replacement: "&[&session.as_ref()[..0]], out);",
        turns_red: "key_calculation::the_keys_of_every_suite_come_out_by_hand",
    },
    Breakage {
        what: "a client's age of a ticket is not looked at",
        file: "crates/handfast/src/hello/psk.rs",
        text: "            && ticket.is_alive_at_age(identity.obfuscated_ticket_age)",
        replacement: "            && (true || ticket.is_alive_at_age(identity.obfuscated_ticket_age))",
        turns_red: "no_way_back::a_wrong_age_does_not_matter_unless_it_is_past_the_lifetime",
    },
    Breakage {
        what: "an SCT of the future counts",
        file: "crates/handfast-pki/src/sct/verify.rs",
        text: "sct.timestamp_ms > now_ms)",
        replacement: "sct.timestamp_ms > now_ms && false)",
        turns_red: "transparency::times_and_states_decide_what_counts",
    },
    Breakage {
        what: "a log's signature is not looked at",
        file: "crates/handfast-pki/src/sct/verify.rs",
        text: ".map_err(|_| SctDoubt::BadSignature)",
        replacement: ".or(Ok(()))",
        turns_red: "transparency::what_a_log_did_not_sign_does_not_count",
    },
    Breakage {
        what: "any key is the pinned one",
        file: "crates/handfast-pki/src/verify/combined/evaluation.rs",
        text: "self.key == *pin ||",
        replacement: "self.key != *pin ||",
        turns_red: "rules::pins_and_records_of_a_config_decide",
    },
    Breakage {
        what: "a session goes on under any rule",
        file: "crates/handfast/src/session/scope.rs",
        text: "part(context, &rule.fingerprint());",
        replacement: "part(context, &rule.fingerprint()[..0]);",
        turns_red: "rules::a_session_goes_on_under_its_own_rule_alone",
    },
];
