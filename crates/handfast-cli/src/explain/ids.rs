//! The ids of reports that belong to neither a fault nor an alert.

use crate::explain::meaning::Meaning;

/// What is called so.
pub(crate) fn meanings(word: &str) -> Vec<Meaning> {
    let word = word.trim().to_lowercase();
    let rows = ROWS.iter().filter(|(id, ..)| *id == word);
    rows.map(|(id, says, try_this)| Meaning {
        kind: kind(id),
        name: (*id).to_owned(),
        code: None,
        id: Some(id),
        says: (*says).to_owned(),
        section: id.starts_with("chain.").then_some("RFC 5280 s6"),
        try_this: Some((*try_this).to_owned()),
    })
    .collect()
}

/// All of them.
pub(crate) fn all() -> impl Iterator<Item = &'static str> {
    ROWS.iter().map(|(id, ..)| *id)
}

fn kind(id: &str) -> &'static str {
    match id.split('.').next() {
        Some("chain") => "why a certificate is refused",
        Some("transport") => "how a connection ended",
        Some("settings") => "a remedy: settings to change",
        _ => "a failure of this side",
    }
}

const VERIFY: &str = "`handfast cert verify HOST` says which certificate it is, and what to do";
const ANEW: &str = "have the certificate issued anew";
const REPORT: &str = "a mistake of the program: report it to whoever wrote it";

/// The id, what it says, and what to do.
const ROWS: &[(&str, &str, &str)] = &[
    (
        "chain.no-certificate",
        "the peer sent no certificate",
        "have the peer send its certificate",
    ),
    ("chain.malformed", "the bytes are no certificate", ANEW),
    (
        "chain.expired",
        "the certificate's time is over",
        "renew it, or check this machine's clock; for one server alone: relax = \"expired\" in a file of --exceptions",
    ),
    (
        "chain.not-yet-valid",
        "the certificate's time is still to come",
        "check this machine's clock, or wait",
    ),
    (
        "chain.unknown-issuer",
        "whoever issued it is neither sent nor trusted",
        "have the server send its intermediates (--fetch-issuers fetches them), or trust the root by --cacert FILE",
    ),
    (
        "chain.self-signed",
        "the certificate is its own issuer, and not trusted",
        "trust it by --cacert FILE, if you know it",
    ),
    (
        "chain.name-mismatch",
        "the certificate is for other names",
        "connect by a name that it has: `handfast cert inspect HOST` lists them",
    ),
    (
        "chain.bad-signature",
        "the signature was not made by the issuer's key",
        ANEW,
    ),
    (
        "chain.weak-key",
        "the key is too small or too large",
        "have a certificate issued for an RSA key of 2048 bits, or for P-256",
    ),
    (
        "chain.unsupported-key",
        "the key is of a kind that is not known here",
        "have a certificate issued for RSA, P-256, P-384, P-521, Ed25519 or ML-DSA",
    ),
    (
        "chain.weak-signature",
        "it is signed by SHA-1 or weaker",
        "have it signed anew with SHA-256",
    ),
    (
        "chain.unsupported-signature",
        "it is signed by an algorithm that is not known here",
        ANEW,
    ),
    (
        "chain.not-a-ca",
        "a certificate that signed another is no authority's",
        VERIFY,
    ),
    (
        "chain.path-length",
        "more intermediates follow than the authority allows",
        VERIFY,
    ),
    (
        "chain.path-too-long",
        "the path is longer than is followed",
        VERIFY,
    ),
    (
        "chain.key-usage",
        "the key may not be used in this way",
        ANEW,
    ),
    (
        "chain.extended-key-usage",
        "the certificate is not meant for this purpose",
        "have one issued for servers (serverAuth), or for clients (clientAuth)",
    ),
    (
        "chain.unknown-critical-extension",
        "it has a critical extension that is not understood",
        VERIFY,
    ),
    (
        "chain.explicit-policy",
        "no certificate policy is left that all agree on",
        VERIFY,
    ),
    (
        "chain.any-policy-mapped",
        "an authority maps anyPolicy",
        VERIFY,
    ),
    (
        "chain.name-excluded",
        "the authority may not vouch for this name",
        "have it issued by another authority",
    ),
    (
        "chain.name-not-permitted",
        "the authority may vouch for other names alone",
        "have it issued by another authority, or for a name that this one may vouch for",
    ),
    (
        "chain.ca-as-leaf",
        "an authority's own certificate stands where the peer's should",
        "give the server a certificate of its own: `handfast ca issue NAME`",
    ),
    (
        "chain.revoked",
        "its issuer has taken it back",
        "have a new one issued",
    ),
    (
        "chain.revocation-unknown",
        "whether it is revoked cannot be said, and must be",
        "--revocation soft goes on; `handfast cert verify --revocation hard HOST` says what was missing",
    ),
    (
        "chain.staple-missing",
        "it binds its server to staple an OCSP response, and none came",
        "have the server staple: handfast serve --staple FILE",
    ),
    (
        "chain.not-pinned",
        "no key of the path is pinned",
        "`handfast cert inspect HOST` shows the keys' pins",
    ),
    (
        "chain.not-logged",
        "too few public logs vouch for it",
        "have it issued by an authority that logs what it issues",
    ),
    (
        "chain.dane-mismatch",
        "no TLSA record is of this certificate",
        "have the DNS record renewed, or the certificate put back",
    ),
    (
        "chain.dane-unusable",
        "no TLSA record can be used",
        "have the DNS record mended",
    ),
    (
        "chain.no-path",
        "no path leads to anybody who is trusted",
        VERIFY,
    ),
    (
        "chain.nothing-holds",
        "of several rules that would do none holds",
        VERIFY,
    ),
    (
        "chain.budget-exceeded",
        "judging it would take more than it may",
        VERIFY,
    ),
    (
        "chain.key-changed",
        "the key is another than the one that was kept",
        "ask the server's operator whether it was changed; then take its line out of the file of --tofu",
    ),
    (
        "chain.issuing-rule",
        "it breaks a rule for those who issue certificates",
        ANEW,
    ),
    (
        "transport.hung-up",
        "the peer closed the connection in the middle of the handshake, without an alert",
        "check that the port speaks TLS; look into the peer's log, and at what stands in between",
    ),
    (
        "transport.silence",
        "the peer did not go on with the handshake in time",
        "check the port; where TLS begins after a STARTTLS, use the port that begins with it",
    ),
    (
        "own.random",
        "the system gives no randomness",
        "mend the system: nothing goes on without",
    ),
    (
        "own.crypto",
        "the crypto library refused",
        "look at the key and its hardware; otherwise report it",
    ),
    (
        "own.message-too-long",
        "a message of our own is too long for TLS",
        "show fewer or smaller certificates, name fewer authorities and protocols",
    ),
    (
        "own.answer-failed",
        "whoever was asked (a key store, a session store, a judge) failed",
        "look into its log",
    ),
    (
        "own.sequence-exhausted",
        "all sequence numbers are used up",
        "connect anew, or use TLS 1.3",
    ),
    (
        "misuse.not-connected",
        "data was to be sent before the handshake was done",
        REPORT,
    ),
    (
        "misuse.closed",
        "this side had closed the connection",
        REPORT,
    ),
    ("misuse.output-too-short", "a buffer was too short", REPORT),
    ("misuse.no-such-ask", "no such question was open", REPORT),
    (
        "misuse.answer-unfit",
        "an answer did not fit its question",
        REPORT,
    ),
    (
        "misuse.system-roots-not-loaded",
        "the system's roots were not read",
        REPORT,
    ),
    (
        "misuse.export-too-long",
        "an exporter cannot give that many bytes",
        REPORT,
    ),
    (
        "misuse.name-unfit",
        "the peer's name is none that a certificate can bear",
        "name it by a host name or an address",
    ),
    (
        "misuse.not-in-this-version",
        "the version in use has no such thing",
        REPORT,
    ),
    (
        "misuse.no-early-data",
        "early data was to be sent, and none may",
        REPORT,
    ),
    (
        "misuse.too-much-early-data",
        "more early data was to be sent than may",
        REPORT,
    ),
    ("misuse.no-binding", "there is nothing to bind to", REPORT),
    (
        "misuse.peer-takes-no-request",
        "this client cannot be asked for a certificate later",
        "ask in the handshake",
    ),
    (
        "misuse.too-many-renewals",
        "too many renewals at once",
        REPORT,
    ),
    (
        "misuse.renewal-running",
        "a renewal is under way already",
        REPORT,
    ),
    (
        "misuse.renewal-not-allowed",
        "the settings allow no second handshake",
        REPORT,
    ),
    (
        "settings.policy",
        "allow what an older policy allows",
        "--policy compatible, obsolete or museum; `handfast list policies` tells what each lets in",
    ),
    (
        "settings.version",
        "speak another version, too",
        "--min and --max",
    ),
    (
        "settings.newest-version",
        "speak nothing newer",
        "--max VERSION",
    ),
    (
        "settings.suite",
        "offer another cipher suite, too",
        "--suites or --ciphers",
    ),
    (
        "settings.no-dhe",
        "leave out suites with Diffie-Hellman in finite fields",
        "--ciphers 'ALL:!kDHE'",
    ),
    ("settings.group", "offer another group, too", "--groups"),
    (
        "settings.scheme",
        "take another signature scheme, too",
        "--sigalgs",
    ),
    (
        "settings.protocol",
        "offer another application protocol",
        "--alpn",
    ),
    (
        "settings.no-protocols",
        "speak of no application protocol",
        "leave out --alpn",
    ),
    (
        "settings.server-name",
        "say which host is wanted",
        "--sni NAME",
    ),
    (
        "settings.credential",
        "show a certificate, or another one",
        "--cert FILE and --key FILE",
    ),
    (
        "settings.exception",
        "relax one rule for one peer, for a reason and until a day",
        "--exceptions FILE",
    ),
    (
        "shared-key.unknown",
        "the server may not know the shared key",
        "give both sides the same (--psk FILE)",
    ),
];

#[cfg(test)]
mod tests {
    use super::*;
    use handfast::{Error, Misuse, OwnFailure, report::Report};
    use handfast_pki::verify::reason::Reason;

    #[test]
    fn ids_of_reports_are_known() {
        let own = [
            OwnFailure::Random,
            OwnFailure::Crypto,
            OwnFailure::MessageTooLong,
            OwnFailure::AnswerFailed,
            OwnFailure::SequenceExhausted,
        ];
        let misuses = [
            Misuse::NotConnected,
            Misuse::Closed,
            Misuse::NameUnfit,
            Misuse::RenewalNotAllowed,
        ];
        let errors = own.into_iter().map(Error::Own);
        for error in errors.chain(misuses.into_iter().map(Error::Misuse)) {
            let id = Report::of(error).id();
            assert_eq!(meanings(id).len(), 1, "{id}");
        }
        for reason in [Reason::NoCertificate, Reason::SelfSigned, Reason::NoPath] {
            assert_eq!(meanings(reason.id()).len(), 1, "{}", reason.id());
        }
        assert!(meanings("chain.nothing-such").is_empty());
    }
}
