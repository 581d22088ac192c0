//! Ways to break records and keys: as [`crate::breakages`].

use crate::breakages::{Breakage, CONTENT, LIES};

const TRACES: &str = "rfc8448::section_3_server_sends_every_record_and_derives_every_secret";
const MESSAGES: &str = "crates/handfast/src/connection/receiving/messages.rs";
const RECORDS: &str = "crates/handfast/src/connection/records.rs";
const PADDING: &str = "crates/handfast/src/record/padding.rs";
const KEY_SCHEDULE: &str = "crates/handfast/src/tls13/key_schedule.rs";

pub(crate) const BREAKAGES: &[Breakage] = &[
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
        text: "            .checked_sub(u32::try_from(content).unwrap_or(u32::MAX))",
        replacement: "            .checked_sub(u32::try_from(content.min(1)).unwrap_or(u32::MAX))",
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
