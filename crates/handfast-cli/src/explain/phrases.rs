//! What other programs say when a handshake fails: parts of their messages, and what they mean.

use crate::explain::meaning::Meaning;
use handfast::report::{alert_advice, alert_id};
use handfast::{AlertDescription, Fault};
use handfast_pki::verify::openssl::VerifyCode;

/// A phrase of other programs.
struct Phrase {
    /// In lower case; found anywhere in what was asked.
    part: &'static str,
    /// Who says so.
    by: &'static str,
    says: &'static str,
    try_this: &'static str,
}

/// What is known of an error message.
pub(crate) fn meanings(word: &str) -> Vec<Meaning> {
    let word = word.trim().to_lowercase();
    let fits = |phrase: &&Phrase| word.contains(phrase.part);
    let mut all: Vec<Meaning> = PHRASES
        .iter()
        .filter(fits)
        .map(|phrase| Meaning {
            kind: phrase.by,
            name: phrase.part.to_owned(),
            code: None,
            id: None,
            says: phrase.says.to_owned(),
            section: None,
            try_this: Some(phrase.try_this.to_owned()),
        })
        .collect();
    // "tlsv1 alert unknown ca", "sslv3 alert handshake failure", "SSL alert number 48".
    let number = word.split("alert number ").nth(1);
    let number = number.and_then(|rest| rest.split(|c: char| !c.is_ascii_digit()).next());
    let number: Option<u8> = number.and_then(|digits| digits.parse().ok());
    let named = |alert: &&AlertDescription| {
        let name = alert.to_string().replace('_', " ");
        word.contains(&format!("alert {name}"))
    };
    let alerts = AlertDescription::ALL.iter();
    let found = alerts.filter(|alert| number == Some(alert.0) || named(alert));
    all.extend(found.map(|alert| Meaning {
        kind: "alert that OpenSSL, or a program on it, has received",
        name: alert.to_string(),
        code: Some(alert.0.to_string()),
        id: Some(alert_id(*alert)),
        says: alert.sentence().unwrap_or_default().to_owned(),
        section: Some("RFC 8446 s6"),
        try_this: Some(alert_advice(*alert).words.to_owned()),
    }));
    all.extend(verify_codes(&word));
    all
}

/// `unable to get local issuer certificate`, `X509_V_ERR_CERT_HAS_EXPIRED`.
fn verify_codes(word: &str) -> Vec<Meaning> {
    let all = VerifyCode::all().iter().filter(|code| {
        let text = code.text.to_lowercase();
        // Longer ones contain shorter words by chance: "ok" is none of them.
        code.number != 0
            && (word == code.name.to_lowercase() || (text.len() > 8 && word.contains(&text)))
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

const OPENSSL: &str = "message of OpenSSL, or of a program on it (curl, Python, nginx)";
const BROWSER: &str = "message of a browser";

const PHRASES: &[Phrase] = &[
    Phrase {
        part: "wrong version number",
        by: OPENSSL,
        says: "what came back is no TLS record: nearly always the port speaks plain text, such as HTTP",
        try_this: "check the port and the scheme; `handfast connect HOST:PORT` names the protocol that \
                   answers. Where TLS begins after a STARTTLS, use the port that begins with it",
    },
    Phrase {
        part: "packet length too long",
        by: OPENSSL,
        says: "what came back is no TLS record: the port speaks plain text",
        try_this: "check the port and the scheme; `handfast connect HOST:PORT` names the protocol",
    },
    Phrase {
        part: "record layer failure",
        by: OPENSSL,
        says: "what came back is no record that OpenSSL takes",
        try_this: "check the port and the scheme; `handfast connect HOST:PORT` names the protocol",
    },
    Phrase {
        part: "http request",
        by: OPENSSL,
        says: "a client spoke plain HTTP to this TLS port (HTTP_REQUEST)",
        try_this: "have the client use https://",
    },
    Phrase {
        part: "ssl_error_no_cypher_overlap",
        by: BROWSER,
        says: "the server has no cipher suite, or no version, in common with the browser: mostly it \
               speaks nothing newer than TLS 1.1, or RSA key exchange alone",
        try_this: "`handfast connect --policy obsolete HOST` shows what it speaks; have its operator \
                   allow TLS 1.2 with ECDHE and AES-GCM, or TLS 1.3",
    },
    Phrase {
        part: "err_ssl_version_or_cipher_mismatch",
        by: BROWSER,
        says: "the server has no cipher suite, or no version, in common with the browser, or no \
               certificate for the name",
        try_this: "`handfast connect --policy obsolete HOST` shows what it speaks; have its operator \
                   allow TLS 1.2 with ECDHE and AES-GCM, or TLS 1.3",
    },
    Phrase {
        part: "no shared cipher",
        by: OPENSSL,
        says: "this server found no suite in common with the client, or has no certificate that suits",
        try_this: "check that certificate and key are set and of a kind that the client takes; \
                   `handfast list policies` shows which suites need which policy",
    },
    Phrase {
        part: "no cipher match",
        by: OPENSSL,
        says: "the cipher string names nothing that this OpenSSL has",
        try_this: "mend the string; what TLS 1.3 has stands in a setting of its own (-ciphersuites)",
    },
    Phrase {
        part: "no ciphers available",
        by: OPENSSL,
        says: "no suite of the string goes with the versions that are allowed, or with the security level",
        try_this: "allow another version, or lower @SECLEVEL on purpose",
    },
    Phrase {
        part: "unsupported protocol",
        by: OPENSSL,
        says: "the peer chose or offered a version that is not allowed here: mostly TLS 1.0 or 1.1",
        try_this: "have the peer allow TLS 1.2 or 1.3; to reach an old device: --policy obsolete",
    },
    Phrase {
        part: "unsafe legacy renegotiation disabled",
        by: OPENSSL,
        says: "the server does not know how second handshakes are tied to the first (RFC 5746), which an \
               attacker in between can use where it renegotiates",
        try_this: "have the server's operator update its TLS software; this command connects to it, \
                   and refuses to renegotiate",
    },
    Phrase {
        part: "dh key too small",
        by: OPENSSL,
        says: "the server's prime for Diffie-Hellman has fewer bits than allowed (Logjam)",
        try_this: "have the server's operator use 2048 bits (ffdhe2048) or allow ECDHE; from here leave \
                   out suites with DHE: --policy compatible --suites TLS_RSA_WITH_AES_128_GCM_SHA256",
    },
    Phrase {
        part: "ee key too small",
        by: OPENSSL,
        says: "the certificate's key has fewer bits than the security level wants",
        try_this: "have a certificate issued for an RSA key of 2048 bits, or for P-256",
    },
    Phrase {
        part: "ca md too weak",
        by: OPENSSL,
        says: "a certificate of the chain is signed by SHA-1 or MD5, which can be forged",
        try_this: "have the certificate signed anew with SHA-256",
    },
    Phrase {
        part: "ca key too small",
        by: OPENSSL,
        says: "an authority's key has fewer bits than the security level wants",
        try_this: "have a certificate issued below an authority with an RSA key of 2048 bits or more",
    },
    Phrase {
        part: "certificate verify failed",
        by: OPENSSL,
        says: "the server's certificate was not believed; the words behind it say why",
        try_this: "`handfast cert verify HOST` says which certificate broke which rule, and what to do",
    },
    Phrase {
        part: "unexpected eof while reading",
        by: OPENSSL,
        says: "the peer hung up without close_notify: what came may not be whole, or it hung up in the \
               handshake",
        try_this: "look into the peer's log; `handfast connect -v HOST` shows how far the handshake came",
    },
    Phrase {
        part: "ssl_connect_error",
        by: "message of curl",
        says: "the handshake failed (exit code 35); the words behind it say why",
        try_this: "`handfast connect -v HOST` shows how far it came, and what would mend it",
    },
    Phrase {
        part: "err_cert_authority_invalid",
        by: BROWSER,
        says: "the certificate does not lead to an authority that the browser trusts",
        try_this: "`handfast cert verify HOST` says where the chain ends",
    },
    Phrase {
        part: "sec_error_unknown_issuer",
        by: BROWSER,
        says: "the certificate does not lead to an authority that the browser trusts, or an \
               intermediate is missing",
        try_this: "`handfast cert verify HOST` says where the chain ends",
    },
    Phrase {
        part: "ssl_error_rx_record_too_long",
        by: BROWSER,
        says: "what came back is no TLS record: the port speaks plain text",
        try_this: "check the port; have the server's operator switch TLS on for it",
    },
    Phrase {
        part: "err_ssl_protocol_error",
        by: BROWSER,
        says: "the server said something that is not TLS, or broke the protocol",
        try_this: "`handfast connect -v HOST` names what came",
    },
    Phrase {
        part: "pr_end_of_file_error",
        by: BROWSER,
        says: "the server hung up in the handshake without saying why",
        try_this: "`handfast connect -v HOST` says what is likely; look into the server's log",
    },
    Phrase {
        part: "fatal alert was received",
        by: "message of GnuTLS",
        says: "the peer ended the handshake; the alert's name stands behind it",
        try_this: "`handfast explain` that name",
    },
    Phrase {
        part: "handshake_failure",
        by: "message of Java, and others",
        says: "received fatal alert: nothing that was offered suits the peer, or a certificate is missing",
        try_this: "`handfast connect -v HOST` says what is likely",
    },
    Phrase {
        part: "pkix path building failed",
        by: "message of Java",
        says: "the certificate does not lead to an authority of Java's trust store",
        try_this: "`handfast cert verify HOST` says where the chain ends; send the intermediates, or add \
                   the root to the trust store",
    },
    Phrase {
        part: "first record does not look like a tls handshake",
        by: "message of Go",
        says: "what came is no TLS: the other side speaks plain text",
        try_this: "check the port and the scheme; `handfast connect HOST:PORT` names the protocol",
    },
    Phrase {
        part: "x509: certificate signed by unknown authority",
        by: "message of Go",
        says: "the certificate does not lead to a trusted authority",
        try_this: "`handfast cert verify HOST` says where the chain ends",
    },
];
