//! What a server says when it says no (RFC 8555 section 6.7), in plain words.

use crate::client::fault::{ClientFault, FaultKind};
use crate::message::{ErrorKind, Problem};
use handfast_pki::distinguished_name::is_unprintable;

/// What is said of a kind of error.
struct Row {
    /// What it means.
    words: &'static str,
    /// What to do.
    remedy: &'static str,
    /// Whether no waiting helps.
    lasts: bool,
}

/// The fault that a problem document is. `about` says what was asked for.
pub(crate) fn refused(about: &str, problem: &Problem) -> ClientFault {
    let row = row_of(&problem.kind);
    let mut message = format!("{about}: {}{}", row.words, said(&problem.detail));
    if let ErrorKind::Other(uri) = &problem.kind {
        message += &format!(" [{}]", shown(uri));
    }
    // Compound problems say little themselves.
    for (at, part) in problem.subproblems.iter().take(SUBPROBLEMS).enumerate() {
        message += if at == 0 { ": " } else { "; " };
        if let Some(name) = &part.identifier {
            message += &format!("{}: ", shown(&name.to_string()));
        }
        message += row_of(&part.kind).words;
        message += &said(&part.detail);
    }
    let remedy = match (&problem.kind, problem.subproblems.first()) {
        (ErrorKind::Compound, Some(part)) => row_of(&part.kind).remedy.to_owned(),
        (ErrorKind::UserActionRequired, _) => match &problem.instance {
            Some(url) => format!("open {} in a browser", shown(url)),
            None => row.remedy.to_owned(),
        },
        _ => row.remedy.to_owned(),
    };
    let kind = FaultKind::Refused(problem.kind.clone());
    let mut fault = ClientFault::new(kind, message).hint(remedy);
    // A compound problem lasts where a part of it does.
    fault.lasts = row.lasts
        || problem
            .subproblems
            .iter()
            .any(|part| row_of(&part.kind).lasts);
    fault
}

/// The server's own words.
fn said(detail: &str) -> String {
    match detail {
        "" => String::new(),
        detail => format!(" (\"{}\")", shown(detail)),
    }
}

/// A server's text as it may be shown: a bounded part, nothing that steers a terminal.
pub(crate) fn shown(text: &str) -> String {
    let mut letters = text.chars();
    let mut out: String = letters
        .by_ref()
        .take(SHOWN)
        .map(|letter| {
            if is_unprintable(letter) {
                '\u{fffd}'
            } else {
                letter
            }
        })
        .collect();
    if letters.next().is_some() {
        out.push('…');
    }
    out
}

/// So many characters of a server's text are shown.
const SHOWN: usize = 300;
/// So many parts of a compound problem are told.
const SUBPROBLEMS: usize = 10;
const fn row(words: &'static str, remedy: &'static str) -> Row {
    Row {
        words,
        remedy,
        lasts: false,
    }
}

const fn lasting(words: &'static str, remedy: &'static str) -> Row {
    Row {
        words,
        remedy,
        lasts: true,
    }
}

#[expect(clippy::too_many_lines, reason = "a table: one row a kind of error")]
fn row_of(kind: &ErrorKind) -> Row {
    match kind {
        ErrorKind::AccountDoesNotExist => row(
            "the authority does not know the account",
            "nothing: the account is made anew at the next try",
        ),
        ErrorKind::AlreadyRevoked => row(
            "the certificate is revoked already",
            "nothing is left to do",
        ),
        ErrorKind::BadCsr => lasting(
            "the authority does not take the request for a certificate",
            "look which kinds of keys and how many names the authority takes",
        ),
        ErrorKind::BadNonce => row(
            "the authority does not take the nonce that it gave",
            "try again later; if it stays so, tell whoever runs the authority",
        ),
        ErrorKind::BadPublicKey => lasting(
            "the authority does not take the key",
            "look which kinds of keys the authority takes",
        ),
        ErrorKind::BadRevocationReason => row(
            "the authority does not take the reason of the revocation",
            "give another reason",
        ),
        ErrorKind::BadSignatureAlgorithm => lasting(
            "the authority does not take signatures of the account's kind of key",
            "move the account's key away, and one of another kind is made",
        ),
        ErrorKind::Caa => row(
            "a CAA record of the name forbids this authority to vouch for it",
            "add a CAA record that allows the authority to the name's zone, or take them out",
        ),
        ErrorKind::Compound => row(
            "several things are wrong",
            "mend each of them, and try again",
        ),
        ErrorKind::Connection => row(
            "the authority could not connect to this host for the challenge",
            "the name must lead to this machine, and the challenge's port be open to the authority: \
             80 for http-01, 443 for tls-alpn-01, passed on to where this server listens",
        ),
        ErrorKind::Dns => row(
            "the authority could not look the name up",
            "check that the name's DNS records are there and right, from the authority's side too",
        ),
        ErrorKind::ExternalAccountRequired => lasting(
            "the authority takes only accounts that are bound to one at its office",
            "get a key identifier and a MAC key there, and give them with --acme-eab KID:FILE",
        ),
        ErrorKind::IncorrectResponse => row(
            "what the authority found is not the answer to its challenge",
            "another server may answer for the name: it must lead to this one, without a proxy or a \
             cache that answers by itself",
        ),
        ErrorKind::InvalidContact => lasting(
            "the authority does not take the mail address",
            "give another with --acme-mail",
        ),
        ErrorKind::Malformed => row(
            "the authority did not understand the request",
            "the authority's words say what; look whether the URL is that of an ACME directory",
        ),
        ErrorKind::OrderNotReady => row(
            "the order is not ready yet",
            "nothing: it is looked at again",
        ),
        ErrorKind::RateLimited => row(
            "too many requests: the authority asks to wait",
            "wait: every try before the time is up may count against you",
        ),
        ErrorKind::RejectedIdentifier => lasting(
            "the authority does not vouch for the name",
            "ask for a name that it may vouch for: its rules, and for a CA of your own its \
             constraints, say which",
        ),
        ErrorKind::ServerInternal => row(
            "the authority has troubles of its own",
            "nothing but to wait; if it stays so, tell whoever runs the authority",
        ),
        ErrorKind::Tls => row(
            "the authority could not speak TLS with this host for the challenge",
            "for tls-alpn-01 the name's port 443 must lead to this server as it is: nothing before it \
             may end TLS",
        ),
        ErrorKind::Unauthorized => row(
            "the authority does not accept that the account may do this",
            "if it was about a challenge, another server may answer for the name; else the account \
             may be closed: then move its folder away, and one is made anew",
        ),
        ErrorKind::UnsupportedContact => lasting(
            "the authority does not take contacts of this kind",
            "give a mail address with --acme-mail, or none",
        ),
        ErrorKind::UnsupportedIdentifier => lasting(
            "the authority does not vouch for names of this kind",
            "ask for host names, where it does not take addresses",
        ),
        ErrorKind::UserActionRequired => lasting(
            "the authority wants somebody to do something first, often to agree to new terms",
            "open the address that it names, in a browser",
        ),
        ErrorKind::AlreadyReplaced => row(
            "the certificate was replaced already",
            "nothing: the next order does not name it",
        ),
        ErrorKind::Other(_) | ErrorKind::Blank => row(
            "the authority refused, for a reason of its own",
            "the authority's words say what is known; its documentation may tell more",
        ),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn problem(json: &str) -> Problem {
        serde_json::from_str(json).unwrap()
    }

    #[test]
    fn every_kind_of_error_has_words_and_a_remedy_of_its_own() {
        let mut seen = std::collections::HashSet::new();
        for kind in ErrorKind::ALL {
            let row = row_of(kind);
            assert!(seen.insert(row.words), "{}", kind.name());
            assert!(!row.remedy.is_empty(), "{}", kind.name());
        }
    }

    #[test]
    fn the_authoritys_words_come_along_and_steer_nothing() {
        let fault = refused(
            "a new order",
            &problem(
                r#"{"type":"urn:ietf:params:acme:error:rateLimited","detail":"too \u001b[31mmany","status":429}"#,
            ),
        );
        assert_eq!(
            fault.message,
            "a new order: too many requests: the authority asks to wait (\"too \u{fffd}[31mmany\")"
        );
        assert!(fault.hint.unwrap().starts_with("wait"));
    }

    #[test]
    fn each_part_of_a_compound_problem_is_told() {
        let fault = refused(
            "the order",
            &problem(
                r#"{"type":"urn:ietf:params:acme:error:compound","detail":"see below","subproblems":[
                {"type":"urn:ietf:params:acme:error:caa","detail":"no","identifier":{"type":"dns","value":"a.test"}},
                {"type":"urn:ietf:params:acme:error:dns","identifier":{"type":"dns","value":"b.test"}}]}"#,
            ),
        );
        assert!(fault.message.contains("a.test: a CAA record"), "{fault}");
        assert!(
            fault
                .message
                .contains("b.test: the authority could not look"),
            "{fault}"
        );
        assert!(fault.hint.unwrap().contains("CAA"));
    }

    #[test]
    fn long_words_are_cut() {
        assert_eq!(shown(&"a".repeat(1000)).chars().count(), SHOWN + 1);
        assert_eq!(shown("short"), "short");
    }
}
