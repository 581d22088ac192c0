//! What other programs say when a handshake fails: parts of their messages, and what they mean.

mod browsers;
mod curl;
mod languages;
mod openssl;
mod phrase;

use crate::explain::meaning::Meaning;
use crate::explain::words;
use browsers::BROWSERS_SAY;
use curl::CODES;
use handfast::report::{alert_advice, alert_id};
use handfast::{AlertDescription, Fault};
use handfast_pki::verify::openssl::VerifyCode;
use languages::OTHERS_SAY;
use openssl::OPENSSL_SAYS;
use phrase::Phrase;

/// What is known of an error message.
pub(crate) fn meanings(word: &str) -> Vec<Meaning> {
    // Python, browsers and Node.js write underscores for what OpenSSL writes with spaces.
    let word = word.trim().to_lowercase().replace('_', " ");
    let mut all: Vec<Meaning> = said(&word).into_iter().map(phrase).collect();
    all.extend(alerts(&word));
    all.extend(verify_codes(&word));
    all.extend(exit_codes(&word));
    all
}

/// Phrases that are found in it, without those that are part of another one.
fn said(word: &str) -> Vec<&'static Phrase> {
    let every = [OPENSSL_SAYS, BROWSERS_SAY, OTHERS_SAY].concat_refs();
    let found: Vec<_> = every
        .into_iter()
        .filter(|phrase| word.contains(phrase.part))
        .collect();
    let parts: Vec<&str> = found.iter().map(|phrase| phrase.part).collect();
    let is_whole = |phrase: &&Phrase| {
        !parts
            .iter()
            .any(|part| part.len() > phrase.part.len() && part.contains(phrase.part))
    };
    found.into_iter().filter(is_whole).collect()
}

/// The rows of several tables.
trait Rows {
    fn concat_refs(self) -> Vec<&'static Phrase>;
}

impl<const N: usize> Rows for [&'static [Phrase]; N] {
    fn concat_refs(self) -> Vec<&'static Phrase> {
        self.into_iter().flatten().collect()
    }
}

fn phrase(phrase: &Phrase) -> Meaning {
    Meaning {
        kind: phrase.by,
        name: phrase.part.to_owned(),
        code: None,
        id: None,
        says: phrase.says.to_owned(),
        section: None,
        try_this: Some(phrase.try_this.to_owned()),
    }
}

/// "tlsv1 alert unknown ca", "SSL alert number 48", "remote error: tls: bad certificate", "received
/// fatal alert: HandshakeFailure".
fn alerts(word: &str) -> Vec<Meaning> {
    let number = after(word, "alert number ").or_else(|| after(word, "alert "));
    let called = |name: &str| {
        let squeezed = name.replace(' ', "");
        BEFORE_ALERTS.iter().any(|before| {
            word.contains(&format!("{before}{name}"))
                || word.contains(&format!("{before}{squeezed}"))
        })
    };
    let is_meant = |alert: &&AlertDescription| {
        let name = alert.to_string().replace('_', " ");
        let mut others = SYNONYMS.iter().filter(|(_, meant)| meant == *alert);
        number == Some(alert.0.into()) || called(&name) || others.any(|(name, _)| called(name))
    };
    let found = AlertDescription::ALL.iter().filter(is_meant);
    found
        .map(|alert| Meaning {
            kind: "alert that a program has received",
            name: alert.to_string(),
            code: Some(alert.0.to_string()),
            id: Some(alert_id(*alert)),
            says: alert.sentence().unwrap_or_default().to_owned(),
            section: Some("RFC 8446 s6"),
            try_this: Some(words::advice(alert_id(*alert), alert_advice(*alert).words)),
        })
        .collect()
}

/// What stands before the name of an alert that came.
const BEFORE_ALERTS: [&str; 6] = ["alert ", "alert: ", "tlsv1 ", "tlsv13 ", "sslv3 ", "tls: "];

/// What programs call alerts that standards call otherwise.
const SYNONYMS: [(&str, AlertDescription); 11] = [
    ("user cancelled", AlertDescription::USER_CANCELED),
    (
        "unknown certificate authority",
        AlertDescription::UNKNOWN_CA,
    ),
    (
        "protocol version not supported",
        AlertDescription::PROTOCOL_VERSION,
    ),
    (
        "insufficient security level",
        AlertDescription::INSUFFICIENT_SECURITY,
    ),
    ("expired certificate", AlertDescription::CERTIFICATE_EXPIRED),
    ("revoked certificate", AlertDescription::CERTIFICATE_REVOKED),
    ("unknown certificate", AlertDescription::CERTIFICATE_UNKNOWN),
    ("error decrypting message", AlertDescription::DECRYPT_ERROR),
    ("error decoding message", AlertDescription::DECODE_ERROR),
    (
        "unknown psk identity",
        AlertDescription::UNKNOWN_PSK_IDENTITY,
    ),
    (
        "inappropriate fallback",
        AlertDescription::INAPPROPRIATE_FALLBACK,
    ),
];

/// The number behind some words.
fn after(text: &str, words: &str) -> Option<i32> {
    let (_, rest) = text.split_once(words)?;
    let end = rest
        .find(|c: char| !c.is_ascii_digit())
        .unwrap_or(rest.len());
    rest.get(..end)?.parse().ok()
}

/// `unable to get local issuer certificate`, `X509_V_ERR_CERT_HAS_EXPIRED`, `CERT_HAS_EXPIRED`, `verify
/// return code: 20`.
fn verify_codes(word: &str) -> Vec<Meaning> {
    let number = BEFORE_CODES.iter().find_map(|before| after(word, before));
    let all = VerifyCode::all().iter().filter(|code| {
        let text = code.text.to_lowercase();
        let name = code.name.to_lowercase().replace('_', " ");
        let short = name.strip_prefix("x509 v err ").unwrap_or(&name);
        // Longer ones contain shorter words by chance: "ok" is none of them.
        code.number != 0
            && (word == name
                || word == short
                || number == Some(code.number)
                || (text.len() > 8 && word.contains(&text)))
    });
    all.map(|code| Meaning {
        kind: "verify code of OpenSSL",
        name: code.text.to_owned(),
        code: Some(code.number.to_string()),
        id: None,
        says: format!("the certificate was refused: {}", code.name),
        section: Some("RFC 5280 s6"),
        try_this: Some(advice_for(code.number).to_owned()),
    })
    .collect()
}

/// What stands before the number of a verify code.
const BEFORE_CODES: [&str; 5] = [
    "verify return code: ",
    "verify error:num=",
    "verify code ",
    "verify error ",
    "x509 v err ",
];

fn advice_for(number: i32) -> &'static str {
    match number {
        2 | 20 | 21 => {
            "the server did not send its intermediate certificates, or its root is not trusted here: \
             `handfast cert inspect HOST` shows what it sends, --fetch-issuers fetches what is missing"
        }
        9..=14 => "look at the dates (`handfast cert inspect HOST`) and at both machines' clocks",
        18 | 19 => "trust the certificate or its root by --cacert FILE, if you know it",
        23 => "the certificate was taken back: have a new one issued",
        62..=64 => {
            "connect by a name that the certificate has: `handfast cert inspect HOST` lists them"
        }
        66..=68 => Fault::CertificateKeyWeak.advice().words,
        _ => "`handfast cert verify HOST` says which certificate broke which rule",
    }
}

/// `curl: (60) ...`, `curl 35`, `exit code 35`, and the number by itself.
fn exit_codes(word: &str) -> Vec<Meaning> {
    let number = BEFORE_EXITS.iter().find_map(|before| after(word, before));
    let number = number.or_else(|| word.parse().ok());
    let found = CODES
        .iter()
        .filter(|(code, ..)| number == Some(i32::from(*code)));
    found
        .map(|(code, says, try_this)| Meaning {
            kind: "exit code of curl, and of handfast where it has it",
            name: "exit code".to_owned(),
            code: Some(code.to_string()),
            id: None,
            says: (*says).to_owned(),
            section: None,
            try_this: Some((*try_this).to_owned()),
        })
        .collect()
}

/// What stands before an exit code.
const BEFORE_EXITS: [&str; 6] = [
    "curl: (",
    "curl (",
    "curl error ",
    "curl ",
    "exit code ",
    "exit status ",
];
