//! Ways to break the engine on purpose: each a text of one file, what stands in its place, and
//! the test that must turn red. Data for [`crate::break_engine`].

/// One deliberate breakage.
pub(crate) struct Breakage {
    /// What is broken, in a few words.
    pub(crate) what: &'static str,
    /// The file, from the root of the workspace.
    pub(crate) file: &'static str,
    /// The text, which stands there exactly once.
    pub(crate) text: &'static str,
    /// What takes its place.
    pub(crate) replacement: &'static str,
    /// The test that must turn red, by its path.
    pub(crate) turns_red: &'static str,
}

pub(crate) const LIES: &str = "lies::every_lie_is_named_and_told_to_the_liar_by_its_alert";
const TRACES: &str = "rfc8448::section_3_server_sends_every_record_and_derives_every_secret";
const RULES: &str = "validation::every_rule_is_kept_and_its_breach_named";
const CONSTRAINTS: &str = "validation::name_constraints_say_what_the_textbook_says";
const TABLE: &str = "revocation::every_row_comes_out_as_the_table_says";
const ESTABLISHED: &str = "crates/handfast/src/connection/established.rs";
pub(crate) const CONTENT: &str = "crates/handfast/src/connection/receiving/content.rs";
const MESSAGES: &str = "crates/handfast/src/connection/receiving/messages.rs";
const RECORDS: &str = "crates/handfast/src/connection/records.rs";
const PROOF: &str = "crates/handfast/src/handshake/proof.rs";
const SERVER_HELLO: &str = "crates/handfast/src/hello/server_hello.rs";
const SECOND_HELLO: &str = "crates/handfast/src/hello/second_hello.rs";
const PADDING: &str = "crates/handfast/src/record/padding.rs";
const EARLY_SERVER: &str = "crates/handfast/src/tls13/server/early_data.rs";
const KEY_SCHEDULE: &str = "crates/handfast/src/tls13/key_schedule.rs";

pub(crate) const BREAKAGES: &[Breakage] = &[
    // Who the peer is.
    Breakage {
        what: "a client takes a field whose prime is not safe",
        file: "crates/handfast/src/classic/key_exchange/dhe.rs",
        text: "if !plan.safe_primes.has(server, &self.field) {",
        replacement: "if self.public.is_empty() && !plan.safe_primes.has(server, &self.field) {",
        turns_red: LIES,
    },
    Breakage {
        what: "a client tests any prime for a server that shows no certificate",
        file: "crates/handfast/src/classic/key_exchange/dhe.rs",
        text: "if !suite.shows_certificate() && !field.is_known() {",
        replacement: "if suite.shows_certificate() && field.bits() == 0 {",
        turns_red: LIES,
    },
    Breakage {
        what: "a server's public value is not held to its range before the signature is",
        file: "crates/handfast/src/classic/key_exchange/dhe.rs",
        text: "if !field.has(params.dh_ys.0) {",
        replacement: "if params.dh_ys.is_empty() {",
        turns_red: LIES,
    },
    Breakage {
        what: "an identity that nobody knows is told although it is to be hidden",
        file: "crates/handfast/src/classic/server/psk.rs",
        text: "if !self.plan.config.hide_unknown_psks {",
        replacement: "if self.plan.config.hide_unknown_psks || self.meant.is_some() {",
        turns_red: LIES,
    },
    Breakage {
        what: "Finished is not compared",
        file: PROOF,
        text: "if !constant_time_eq(wanted, verify_data) {",
        replacement: "if wanted.is_empty() && !constant_time_eq(wanted, verify_data) {",
        turns_red: LIES,
    },
    Breakage {
        what: "a wrong signature is accepted",
        file: PROOF,
        text: ".map_err(|_| Fault::SignatureWrong)?;",
        replacement: ".map_err(|_| Fault::SignatureWrong)\n        .ok();",
        turns_red: LIES,
    },
    Breakage {
        what: "a scheme that was not offered is accepted",
        file: PROOF,
        text: "if !signed.offered.contains(&message.algorithm) {",
        replacement: "if signed.offered.is_empty() {",
        turns_red: LIES,
    },
    Breakage {
        what: "keyUsage is not looked at",
        file: PROOF,
        text: ".is_some_and(|usage| !usage.allows(KeyUsage::DIGITAL_SIGNATURE))",
        replacement: ".is_some_and(|usage| usage.allows(KeyUsage::DIGITAL_SIGNATURE) && false)",
        turns_red: LIES,
    },
    Breakage {
        what: "the server's name is not checked",
        file: "crates/handfast/src/handshake/judge.rs",
        text: "        name: case.name,",
        replacement: "        name: None,",
        turns_red: LIES,
    },
    Breakage {
        what: "an expired certificate is accepted",
        file: "crates/handfast-pki/src/verify/leaf.rs",
        text: "if now > validity.not_after {",
        replacement: "if false && now > validity.not_after {",
        turns_red: LIES,
    },
    Breakage {
        what: "a certificate for another purpose is accepted",
        file: "crates/handfast-pki/src/verify/leaf.rs",
        text: "    purpose::check_leaf(leaf, request.purpose)?;",
        replacement: "    purpose::check_leaf(leaf, request.purpose).ok();",
        turns_red: LIES,
    },
    Breakage {
        what: "a client without a certificate passes where one is required",
        file: "crates/handfast/src/tls13/server/certificate.rs",
        text: "return Err(Fault::CertificateRequired.into());",
        replacement: "let _ = Fault::CertificateRequired;",
        turns_red: LIES,
    },
    // What was agreed on.
    Breakage {
        what: "the downgrade mark is not looked for",
        file: "crates/handfast/src/hello/version.rs",
        text: "    if marked {\n        Err(Fault::Downgrade)",
        replacement: "    if false && marked {\n        Err(Fault::Downgrade)",
        turns_red: LIES,
    },
    Breakage {
        what: "the session id need not be echoed",
        file: SERVER_HELLO,
        text: "if hello.legacy_session_id_echo.0 != offer.session_id() {",
        replacement: "if hello.legacy_session_id_echo.0.len() > 32 {",
        turns_red: LIES,
    },
    Breakage {
        what: "a suite that was not offered is accepted",
        file: "crates/handfast/src/hello/suite.rs",
        text: "if !plan.set.suites.contains(&hello.cipher_suite) {",
        replacement: "if plan.set.suites.is_empty() {",
        turns_red: LIES,
    },
    Breakage {
        what: "a share of a group that is not listed is accepted",
        file: "crates/handfast/src/hello/group.rs",
        text: "if !groups.contains(&share.group) {",
        replacement: "if false && !groups.contains(&share.group) {",
        turns_red: LIES,
    },
    Breakage {
        what: "the second ClientHello may change anything",
        file: SECOND_HELLO,
        text: "if !same || fixed(first) != fixed(second) {",
        replacement: "if !same && fixed(first) != fixed(second) {",
        turns_red: LIES,
    },
    Breakage {
        what: "the cookie need not come back",
        file: SECOND_HELLO,
        text: "if cookie != retry.cookie.as_deref() {",
        replacement: "if cookie.is_some() && cookie != retry.cookie.as_deref() {",
        turns_red: LIES,
    },
    Breakage {
        what: "a protocol that was not offered is accepted",
        file: "crates/handfast/src/hello/alpn.rs",
        text: "if !offered.iter().any(|offer| *offer == *name) {",
        replacement: "if offered.is_empty() {",
        turns_red: LIES,
    },
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
        text: "            && scope.holds(&ticket, &config.psks, config.ask_for_psk);",
        replacement: "            && (true || scope.holds(&ticket, &config.psks, config.ask_for_psk));",
        turns_red: "resumption::a_ticket_is_good_for_its_host_and_its_rules_alone",
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
                .holds(&session, &config.psks, config.ask_for_psk)
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
    // Records.
    Breakage {
        what: "a record may have any length",
        file: RECORDS,
        text: "if length > MAX_PLAINTEXT + expansion {",
        replacement: "if length > 65_535 + expansion {",
        turns_red: LIES,
    },
    Breakage {
        what: "the agreed record limit is not kept to",
        file: "crates/handfast/src/record/open.rs",
        text: "if inner.len() > limit.saturating_add(1) {",
        replacement: "if inner.len() > limit.saturating_add(100_000) {",
        turns_red: LIES,
    },
    Breakage {
        what: "the nonce does not count, at either end",
        file: "crates/handfast/src/record/traffic_key.rs",
        text: "self.sequence = self.sequence.saturating_add(1);",
        replacement: "self.sequence = self.sequence.saturating_add(0);",
        turns_red: LIES,
    },
    Breakage {
        what: "change_cipher_spec may hold anything",
        file: CONTENT,
        text: "if body != [1] {",
        replacement: "if body.len() > 16_384 {",
        turns_red: LIES,
    },
    Breakage {
        what: "handshake bytes may straddle a change of keys",
        file: MESSAGES,
        text: "            Err(Fault::MessageAcrossKeyChange)",
        replacement: "            Ok(())",
        turns_red: LIES,
    },
    Breakage {
        what: "what follows a message in its record may straddle a change of keys",
        file: MESSAGES,
        text: "self.joined.follow(!rest.is_empty());",
        replacement: "self.joined.follow(false);",
        turns_red: LIES,
    },
    Breakage {
        what: "what a step that failed had to say is sent",
        file: MESSAGES,
        text: "out.posts.go_back(mark);",
        replacement: "let _ = mark;",
        turns_red: LIES,
    },
    Breakage {
        what: "data is handed out before Finished",
        file: CONTENT,
        text: "            if self.machine.is_some() && !self.takes_data() {
                let from_end",
        replacement: "            if self.machine.is_some() && length > body.len() {
                let from_end",
        turns_red: "states::data_and_change_cipher_spec_have_their_places_too",
    },
    Breakage {
        what: "early data is skipped without end",
        file: CONTENT,
        text: "            .checked_sub(u32::try_from(bytes).unwrap_or(u32::MAX))",
        replacement: "            .checked_sub(u32::try_from(bytes.min(1)).unwrap_or(u32::MAX))",
        turns_red: LIES,
    },
    Breakage {
        what: "KeyUpdates are not counted",
        file: RECORDS,
        text: "            &mut self.since_data.key_updates,",
        replacement: "            &mut 0,",
        turns_red: LIES,
    },
    Breakage {
        what: "empty records are not counted",
        file: RECORDS,
        text: "count(&mut self.empty, MAX_EMPTY, Fault::TooManyEmptyRecords)",
        replacement: "count(&mut 0, MAX_EMPTY, Fault::TooManyEmptyRecords)",
        turns_red: LIES,
    },
    Breakage {
        what: "a message may have any length",
        file: "crates/handfast/src/connection/joined.rs",
        text: "if length > limit(header.msg_type) {",
        replacement: "if length > 1_000_000_000 + limit(header.msg_type) {",
        turns_red: LIES,
    },
    Breakage {
        what: "TLS 1.2: ChangeCipherSpec is heard at any time (CVE-2014-0224)",
        file: "crates/handfast/src/classic/server.rs",
        text: "(_, Input::ChangeCipherSpec) => return Err(Fault::ChangeCipherSpecUnexpected.into()),",
        replacement: "(state, Input::ChangeCipherSpec) => state,",
        turns_red: LIES,
    },
    // Keys: both ends break alike, so that only what does not come from us can tell.
    Breakage {
        what: "the transcript leaves out a byte of each message, at both ends",
        file: "crates/handfast/src/handshake/transcript.rs",
        text: "            Self::Running(context) => context.update(message),",
        replacement: "            Self::Running(context) => context.update(message.get(1..).unwrap_or_default()),",
        turns_red: TRACES,
    },
    Breakage {
        what: "the shared secret is left out of the keys, at both ends",
        file: KEY_SCHEDULE,
        text: "handshake_salt(hash)?, shared.as_bytes()),",
        replacement: "handshake_salt(hash)?, &shared.as_bytes()[..0]),",
        turns_red: TRACES,
    },
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
    // Whether it is the peer that was meant.
    Breakage {
        what: "validation: a wrong signature of an issuer is accepted",
        file: "crates/handfast-pki/src/verify/issuer.rs",
        text: "        .map_err(|_| Broken::Child(Reason::BadSignature))?;\n    Ok(new)",
        replacement: "        .ok();\n    Ok(new)",
        turns_red: RULES,
    },
    Breakage {
        what: "validation: whoever signs is an authority",
        file: "crates/handfast-pki/src/verify/issuer.rs",
        text: "    if !old && !issuer.basic_constraints().unwrap_or_default().ca {",
        replacement: "    if old && !issuer.basic_constraints().unwrap_or_default().ca {",
        turns_red: RULES,
    },
    Breakage {
        what: "validation: path lengths do not count",
        file: "crates/handfast-pki/src/verify/issuer.rs",
        text: "    if found > usize::from(allowed) {",
        replacement: "    if found > usize::from(allowed) + 9 {",
        turns_red: RULES,
    },
    Breakage {
        what: "validation: keyUsage of an authority is not looked at",
        file: "crates/handfast-pki/src/verify/issuer.rs",
        text: "    if usage.is_some_and(|usage| !usage.allows(KeyUsage::KEY_CERT_SIGN)) {",
        replacement: "    if usage.is_some_and(|usage| false && !usage.allows(KeyUsage::KEY_CERT_SIGN)) {",
        turns_red: RULES,
    },
    Breakage {
        what: "validation: an authority for another purpose will do",
        file: "crates/handfast-pki/src/verify/issuer.rs",
        text: "    purpose::check_authority(issuer, request.purpose)?;",
        replacement: "    purpose::check_authority(issuer, request.purpose).ok();",
        turns_red: RULES,
    },
    Breakage {
        what: "validation: name constraints are not looked at",
        file: "crates/handfast-pki/src/verify/issuer.rs",
        text: "    check_constraints(link.path, link.issuer, budget)?;",
        replacement: "    check_constraints(link.path, link.issuer, budget).ok();",
        turns_red: RULES,
    },
    Breakage {
        what: "validation: a star is compared as it stands",
        file: "crates/handfast-pki/src/name_constraints.rs",
        text: "    Some(all || some)",
        replacement: "    Some(all || some && false)",
        turns_red: CONSTRAINTS,
    },
    Breakage {
        what: "validation: constraints are compared with case",
        file: "crates/handfast-pki/src/name_constraints.rs",
        text: "    back.eq_ignore_ascii_case(base) && at_label",
        replacement: "    back == base && at_label",
        turns_red: CONSTRAINTS,
    },
    Breakage {
        what: "validation: nothing is excluded",
        file: "crates/handfast-pki/src/name_constraints.rs",
        text: "if relation(name, base, Side::Excluded) == Relation::Inside {",
        replacement: "if false && relation(name, base, Side::Excluded) == Relation::Inside {",
        turns_red: CONSTRAINTS,
    },
    Breakage {
        what: "validation: an issuer's dates are not looked at",
        file: "crates/handfast-pki/src/verify/issuer.rs",
        text: "    check_validity(issuer, request.now())?;\n    check_critical(issuer)?;\n    // RFC",
        replacement: "    check_critical(issuer)?;\n    // RFC",
        turns_red: RULES,
    },
    Breakage {
        what: "validation: a leaf's unknown critical extension is passed over",
        file: "crates/handfast-pki/src/verify/leaf.rs",
        text: "    check_critical(leaf)?;\n",
        replacement: "",
        turns_red: RULES,
    },
    Breakage {
        what: "validation: any name will do",
        file: "crates/handfast-pki/src/verify/leaf.rs",
        text: "    if names.any(|name| wanted.is_proved_by(&name)) {",
        replacement: "    if names.any(|name| wanted.is_proved_by(&name)) || names.next().is_none() {",
        turns_red: RULES,
    },
    Breakage {
        what: "revocation: anybody signs a CRL",
        file: "crates/handfast-pki/src/verify/revocation/crls.rs",
        text: "                Ok(()) => return Ok(member.clone()),\n                Err(why) => doubt = why,",
        replacement: "                Ok(()) | Err(Doubt::BadSignature) => return Ok(member.clone()),\n                Err(why) => doubt = why,",
        turns_red: TABLE,
    },
    Breakage {
        what: "revocation: a CRL is about any certificate",
        file: "crates/handfast-pki/src/verify/revocation/crls.rs",
        text: "        if !meets {",
        replacement: "        if false && !meets {",
        turns_red: TABLE,
    },
    Breakage {
        what: "revocation: one distribution point is enough",
        file: "crates/handfast-pki/src/verify/revocation/crls.rs",
        text: "    for point in points {\n        match cover_point",
        replacement: "    for point in points.iter().take(1) {\n        match cover_point",
        turns_red: TABLE,
    },
    Breakage {
        what: "revocation: a CRL never gets old",
        file: "crates/handfast-pki/src/verify/revocation/crls.rs",
        text: "        let fresh = delta.is_some() || !is_past(next_update, now);",
        replacement: "        let fresh = delta.is_some() || !is_past(next_update, now) || true;",
        turns_red: TABLE,
    },
    Breakage {
        what: "revocation: what is critical on a CRL is passed over",
        file: "crates/handfast-pki/src/verify/revocation/crls.rs",
        text: "    if let Some(oid) = crl.unknown_critical {",
        replacement: "    if let Some(oid) = crl.unknown_critical.filter(|_| false) {",
        turns_red: TABLE,
    },
    Breakage {
        what: "revocation: anybody answers for an issuer",
        file: "crates/handfast-pki/src/verify/revocation/responses.rs",
        text: ".is_some_and(|mut list| list.any(|one| one.0 == OCSP_SIGNING));",
        replacement: ".is_none_or(|mut list| list.next().is_some());",
        turns_red: TABLE,
    },
    Breakage {
        what: "revocation: an answer is about any certificate",
        file: "crates/handfast-pki/src/verify/revocation/responses.rs",
        text: "    let about = |single: &SingleResponse<'_>| single.id.is(link.certificate, link.issuer);",
        replacement: "    let about = |single: &SingleResponse<'_>| single.id.is(link.certificate, link.issuer) || true;",
        turns_red: TABLE,
    },
    Breakage {
        what: "revocation: a staple never gets stale",
        file: "crates/handfast-pki/src/verify/revocation/responses.rs",
        text: "        _ if !fresh => Err(Doubt::Stale { next_update, now }),",
        replacement: "        _ if !fresh && now.0 == 0 => Err(Doubt::Stale { next_update, now }),",
        turns_red: TABLE,
    },
    Breakage {
        what: "revocation: a nonce may be missing",
        file: "crates/handfast-pki/src/verify/revocation/responses.rs",
        text: "    if nonce.is_some() && nonce != basic.nonce() {",
        replacement: "    if nonce.is_some() && basic.nonce().is_some() && nonce != basic.nonce() {",
        turns_red: TABLE,
    },
    Breakage {
        what: "revocation: hard-fail is soft",
        file: "crates/handfast-pki/src/verify/revocation/check.rs",
        text: "        None if mode == Mode::HardFail => {",
        replacement: "        None if mode == Mode::HardFail && tally.dropped.len() > 9 => {",
        turns_red: TABLE,
    },
    Breakage {
        what: "padding: records of block ciphers show their length",
        file: PADDING,
        text: "protection.sealed_len(wanted).min(most)",
        replacement: "protection.sealed_len(wanted.min(content)).min(most)",
        turns_red: "padding::in_multiples_contents_of_distinct_lengths_look_alike",
    },
    Breakage {
        what: "padding: at random it is always the longest",
        file: PADDING,
        text: "u64::from_le_bytes(drawn) % among",
        replacement: "(among - 1) | (u64::from_le_bytes(drawn) & 0)",
        turns_red: "padding::at_random_the_same_content_has_many_lengths",
    },
];
