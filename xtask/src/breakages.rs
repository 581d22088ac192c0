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
pub(crate) const CONTENT: &str = "crates/handfast/src/connection/receiving/content.rs";
const PROOF: &str = "crates/handfast/src/handshake/proof.rs";
const SERVER_HELLO: &str = "crates/handfast/src/hello/server_hello.rs";
const SECOND_HELLO: &str = "crates/handfast/src/hello/second_hello.rs";

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
        text: "        name: loosened.name().or(case.name),",
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
];
