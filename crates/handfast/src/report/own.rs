//! The rows of what failed on this side: misuse, failures of our own, and configs that cannot work.
//! What has no row here does not compile.

use crate::config::ConfigFault;
use crate::fault::{Misuse, OwnFailure};
use crate::report::advice::{Advice, Row, here};

const CALLER: Advice = here("a mistake in the calling program: see the documentation of the call");
const LIST: Advice = here("mend the list in the config");

const fn row(id: &'static str, advice: Advice) -> Row {
    Row { id, advice }
}

pub(crate) const fn misuse(misuse: Misuse) -> Row {
    match misuse {
        Misuse::NotConnected => row("misuse.not-connected", CALLER),
        Misuse::Closed => row("misuse.closed", CALLER),
        Misuse::OutputTooShort { .. } => row("misuse.output-too-short", CALLER),
        Misuse::NoSuchAsk => row("misuse.no-such-ask", CALLER),
        Misuse::AnswerUnfit => row("misuse.answer-unfit", CALLER),
        Misuse::SystemRootsNotLoaded => row(
            "misuse.system-roots-not-loaded",
            here("give Trust::Roots(handfast_trust::system()?), or connect by handfast-tokio"),
        ),
        Misuse::ExportTooLong => row("misuse.export-too-long", CALLER),
        Misuse::NameUnfit => row(
            "misuse.name-unfit",
            here("name the peer by a host name or an address that a certificate can bear"),
        ),
        Misuse::NotInThisVersion => row("misuse.not-in-this-version", CALLER),
        Misuse::NoEarlyData => row("misuse.no-early-data", CALLER),
        Misuse::TooMuchEarlyData { .. } => row("misuse.too-much-early-data", CALLER),
        Misuse::NoBinding => row("misuse.no-binding", CALLER),
        Misuse::PeerTakesNoRequest => row(
            "misuse.peer-takes-no-request",
            here("ask in the handshake (`client_auth`): this client cannot be asked later"),
        ),
        Misuse::TooManyRenewals => row("misuse.too-many-renewals", CALLER),
        Misuse::RenewalRunning => row("misuse.renewal-running", CALLER),
        Misuse::RenewalNotAllowed => row(
            "misuse.renewal-not-allowed",
            here("allow it in the config (`common.renegotiation`, `later_client_auth`)"),
        ),
    }
}

pub(crate) const fn own(own: OwnFailure) -> Row {
    match own {
        OwnFailure::Random => row(
            "own.random",
            here("the system gives no randomness: mend the system, nothing goes on without"),
        ),
        OwnFailure::Crypto => row(
            "own.crypto",
            here(
                "the crypto library refused: look at the key and its hardware; otherwise report it",
            ),
        ),
        OwnFailure::MessageTooLong => row(
            "own.message-too-long",
            here("show fewer or smaller certificates, name fewer authorities and protocols"),
        ),
        OwnFailure::AnswerFailed => row(
            "own.answer-failed",
            here("whoever was asked (a key store, a session store, a judge) failed: see its log"),
        ),
        OwnFailure::SequenceExhausted => row(
            "own.sequence-exhausted",
            here("connect anew, or use TLS 1.3"),
        ),
    }
}

#[expect(clippy::too_many_lines, reason = "one row for each fault")]
pub(crate) const fn config(fault: &ConfigFault) -> Row {
    match fault {
        ConfigFault::ListEmpty(_) => row("config.list.empty", LIST),
        ConfigFault::ListedTwice(_) => row("config.list.twice", LIST),
        ConfigFault::ListTooLong(_) => row("config.list.too-long", LIST),
        ConfigFault::VersionUnknown(_) => row("config.version.unknown", LIST),
        ConfigFault::VersionObsolete(_) => row("config.version.obsolete", OBSOLETE),
        ConfigFault::SuiteUnknown(_) => row("config.suite.unknown", LIST),
        ConfigFault::SuiteObsolete(_) => row("config.suite.obsolete", OBSOLETE),
        ConfigFault::SuiteUnjudged(_) => row("config.suite.unjudged", LIST),
        ConfigFault::SuiteUnjudgedBeside(_) => row("config.suite.unjudged-beside", LIST),
        ConfigFault::GroupUnknown(_) => row("config.group.unknown", LIST),
        ConfigFault::SchemeUnknown(_) => row("config.scheme.unknown", LIST),
        ConfigFault::SchemeObsolete(_) => row("config.scheme.obsolete", OBSOLETE),
        ConfigFault::KeyShareNotInGroups(_) => row(
            "config.key-share.not-in-groups",
            here("add the group to `common.groups`, or leave it out of `key_shares`"),
        ),
        ConfigFault::ProtocolName => row("config.alpn.name", LIST),
        ConfigFault::RecordSizeLimit(_) => row("config.record-size-limit", RANGE),
        ConfigFault::MaxSendFragment(_) => row("config.max-send-fragment", RANGE),
        ConfigFault::MaxFragmentLength(_) => row("config.max-fragment-length", RANGE),
        ConfigFault::TwoRecordLimits => row("config.record-limits.two", ONE_OF_TWO),
        ConfigFault::Padding(_) => row("config.padding.multiple", RANGE),
        ConfigFault::RandomPadding(_) => row("config.padding.random", RANGE),
        ConfigFault::ChainEmpty => row(
            "config.credential.chain-empty",
            here("give the credential its certificate, and the intermediates behind it"),
        ),
        ConfigFault::CertificateUnreadable(_) => row(
            "config.credential.unreadable",
            here("have the certificate issued anew: its encoding is damaged"),
        ),
        ConfigFault::EchUnusable => row(
            "config.ech.unusable",
            here(
                "look the list up anew; to go on with the name in the clear, choose Ech::Off or Ech::Grease",
            ),
        ),
        ConfigFault::EchKeys => row("config.ech.keys", LIST),
        ConfigFault::KeyMismatch => row(
            "config.credential.key-mismatch",
            here("give the key that the certificate was issued for, the leaf first in the chain"),
        ),
        ConfigFault::KeyUnfit => row(
            "config.credential.key-unfit",
            here("use an RSA, P-256, P-384, P-521, Ed25519 or ML-DSA key"),
        ),
        ConfigFault::NoSchemeForKey => row(
            "config.credential.no-scheme",
            here("add a signature scheme that suits the key (`common.schemes`)"),
        ),
        ConfigFault::DelegationNotAllowed => row(
            "config.delegated.not-allowed",
            here(
                "have the certificate issued with DelegationUsage and the key usage digitalSignature",
            ),
        ),
        ConfigFault::DelegatedScheme(_) => row("config.delegated.scheme", LIST),
        ConfigFault::DelegatedUnfit(_) => row(
            "config.delegated.unfit",
            here("make the delegated credential anew, for this certificate and this key"),
        ),
        ConfigFault::TwoSources(_) => row("config.two-sources", ONE_OF_TWO),
        ConfigFault::EarlyDataUnmarked => row(
            "config.early-data.unmarked",
            here("give `strikes`, or answer Ask::StrikeInsert (`ask_for_strikes`)"),
        ),
        ConfigFault::TicketRoot => row(
            "config.ticket-root",
            here("draw the root at random, once, and keep it"),
        ),
        ConfigFault::SctListMalformed => row(
            "config.credential.scts-malformed",
            here("give the SCTs as one SignedCertificateTimestampList"),
        ),
        ConfigFault::CredentialMissing => row(
            "config.credential.missing",
            here("give the server a certificate and its key (`credentials`)"),
        ),
        ConfigFault::ClientAuthUnasked => row(
            "config.client-auth.unasked",
            here("give the server a credential, or require no certificate of clients"),
        ),
        ConfigFault::PskHintLength(_) => row("config.psk.hint-length", RANGE),
        ConfigFault::PskHashUnspoken => row(
            "config.psk.hash-unspoken",
            here("add a TLS 1.3 suite with the key's hash, or give the key another hash"),
        ),
        ConfigFault::Useless { .. } => row(
            "config.useless",
            here("add what it is for, or leave it out"),
        ),
        ConfigFault::Exception { .. } => row(
            "config.exception",
            here("mend the exception in the config (`exceptions`), or leave it out"),
        ),
        ConfigFault::HostUnreadable(_) => row(
            "config.credential.host",
            here("name a host as it stands in the DNS, without port and wildcard"),
        ),
        ConfigFault::CertificateTypeUnknown(_) => row("config.certificate-type.unknown", LIST),
        ConfigFault::CertificateTypeUnjudged(_) => row(
            "config.certificate-type.unjudged",
            here(
                "leave the type out, or say whom to believe (`Verification::with_raw_keys`, roots)",
            ),
        ),
        ConfigFault::NotJudged(_) => row(
            "config.not-judged",
            here("give it to Verification::chain, or judge by it in the answer"),
        ),
    }
}

const OBSOLETE: Advice = here(
    "allow the policy of `handfast::obsolete` that has it (feature `legacy`), or leave it out",
);
const RANGE: Advice = here("choose a value within the range");
const ONE_OF_TWO: Advice = here("choose one of the two");

impl Misuse {
    /// The id for programs, as in `misuse.not-connected`. It never changes its meaning.
    #[must_use]
    pub const fn id(self) -> &'static str {
        misuse(self).id
    }

    /// What to do about it.
    #[must_use]
    pub const fn advice(self) -> Advice {
        misuse(self).advice
    }
}

impl OwnFailure {
    /// The id for programs, as in `own.random`. It never changes its meaning.
    #[must_use]
    pub const fn id(self) -> &'static str {
        own(self).id
    }

    /// What to do about it.
    #[must_use]
    pub const fn advice(self) -> Advice {
        own(self).advice
    }
}

impl ConfigFault {
    /// The id for programs, as in `config.list.empty`. It never changes its meaning.
    #[must_use]
    pub const fn id(&self) -> &'static str {
        config(self).id
    }

    /// What to do about it, where the fault's own words do not say.
    #[must_use]
    pub const fn advice(&self) -> Advice {
        config(self).advice
    }
}
