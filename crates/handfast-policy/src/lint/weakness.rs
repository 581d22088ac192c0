//! What is weak by itself, whatever policy holds.

use crate::dropped::Reason;
use crate::lint::{Finding, Severity};
use crate::settings::Settings;
use handfast::{CipherSuite, NamedGroup, ProtocolVersion, SignatureScheme};

/// One weakness: id, severity, what is wrong, where that is written, what to do.
struct Row(
    &'static str,
    Severity,
    &'static str,
    &'static str,
    &'static str,
);

/// Tells whether a suite has a weakness.
type IsWeak = fn(CipherSuite) -> bool;

/// What is weak about a suite, the worst first.
const SUITES: &[(IsWeak, Row)] = &[
    (
        |suite| cipher(suite, "NULL"),
        Row(
            "tls.suite.null",
            Severity::High,
            "these encrypt nothing",
            "RFC 9325 s4.1",
            "leave them out (!eNULL)",
        ),
    ),
    (
        |suite| exchange(suite, "_anon"),
        Row(
            "tls.suite.anonymous",
            Severity::High,
            "these let anybody be the peer",
            "RFC 5246 appendix F.1.1.1",
            "leave them out (!aNULL)",
        ),
    ),
    (
        |suite| exchange(suite, "EXPORT") || cipher(suite, "DES40") || cipher(suite, "_40"),
        Row(
            "tls.suite.export",
            Severity::High,
            "these have keys that were made to be broken",
            "RFC 9325 s4.1",
            "leave them out (!EXP)",
        ),
    ),
    (
        |suite| cipher(suite, "RC4"),
        Row(
            "tls.suite.rc4",
            Severity::High,
            "RC4 shows what it encrypts",
            "RFC 7465 s2",
            "leave them out (!RC4)",
        ),
    ),
    (
        |suite| cipher(suite, "DES_CBC") || cipher(suite, "RC2"),
        Row(
            "tls.suite.des",
            Severity::High,
            "keys of 56 bits and fewer can be tried out",
            "RFC 5469 s4",
            "leave them out (!DES)",
        ),
    ),
    (
        |suite| cipher(suite, "3DES") || cipher(suite, "IDEA"),
        Row(
            "tls.suite.64-bit-block",
            Severity::Medium,
            "blocks of 64 bits leak after some gigabytes (SWEET32)",
            "RFC 9325 s4.1",
            "leave them out (!3DES)",
        ),
    ),
    (
        |suite| {
            suite
                .parts()
                .is_some_and(|parts| parts.key_exchange == Some("RSA"))
        },
        Row(
            "tls.suite.rsa-key-exchange",
            Severity::Medium,
            "whoever gets the server's key later reads everything: no forward secrecy",
            "RFC 9325 s4.1",
            "leave them out (!kRSA)",
        ),
    ),
    (
        |suite| {
            let parts = suite.parts().and_then(|parts| parts.key_exchange);
            parts.is_some_and(|parts| parts.starts_with("DH_") || parts.starts_with("ECDH_"))
                && !exchange(suite, "_anon")
        },
        Row(
            "tls.suite.static-dh",
            Severity::Medium,
            "a key exchange with keys that never change: no forward secrecy",
            "RFC 9325 s4.1",
            "leave them out",
        ),
    ),
    (
        |suite| exchange(suite, "DSS"),
        Row(
            "tls.suite.dsa",
            Severity::Medium,
            "DSA is not approved any more",
            "FIPS 186-5 s4",
            "leave them out (!DSS)",
        ),
    ),
    (
        |suite| {
            let parts = suite.parts().and_then(|parts| parts.key_exchange);
            parts.is_some_and(|parts| parts.starts_with("DHE_"))
        },
        Row(
            "tls.suite.dhe",
            Severity::Low,
            "Diffie-Hellman in finite fields, whose size the client cannot choose in TLS 1.2",
            "RFC 9325 s4.1",
            "prefer ECDHE, or leave them out (!kDHE)",
        ),
    ),
    (
        |suite| cipher(suite, "_CBC"),
        Row(
            "tls.suite.cbc",
            Severity::Low,
            "CBC with HMAC, which only care in the implementation keeps from leaking (Lucky Thirteen)",
            "RFC 9325 s4.2",
            "prefer AEADs: AESGCM and CHACHA20",
        ),
    ),
    (
        |suite| cipher(suite, "CCM_8"),
        Row(
            "tls.suite.short-tag",
            Severity::Low,
            "a tag of 8 bytes: one forgery in 2^64 tries passes",
            "RFC 6655 s6.1",
            "leave them out (!AESCCM8)",
        ),
    ),
];

/// All that is weak in the settings, the worst first.
#[must_use]
pub fn weaknesses(settings: &Settings) -> Vec<Finding> {
    let mut found = Vec::new();
    versions(&mut found, settings.versions.as_deref());
    let newer = settings.tls13_suites.iter().flatten().copied();
    let older = settings.suites.iter().flatten().map(|one| one.item);
    let suites: Vec<CipherSuite> = newer.chain(older).collect();
    for (is_weak, row) in SUITES {
        let weak = suites.iter().filter(|suite| is_weak(**suite));
        add(&mut found, row, weak.map(ToString::to_string).collect());
    }
    order(&mut found, &suites);
    groups(&mut found, settings);
    let sha1 = |scheme: &&SignatureScheme| {
        let name = scheme.to_string();
        name.ends_with("sha1") || name.contains("md5")
    };
    let sha1 = settings.schemes.iter().flatten().filter(sha1);
    let row = Row(
        "tls.scheme.sha1",
        Severity::Medium,
        "signatures by hashes whose collisions can be made",
        "RFC 9155 s2",
        "leave them out",
    );
    add(&mut found, &row, sha1.map(ToString::to_string).collect());
    if settings.security_level == Some(0) {
        let row = Row(
            "tls.security-level",
            Severity::Medium,
            "level 0 lets everything pass",
            "OpenSSL, SSL_CTX_set_security_level(3)",
            "leave @SECLEVEL out, or take 2",
        );
        add(&mut found, &row, vec!["@SECLEVEL=0".to_owned()]);
    }
    words(&mut found, settings);
    found.sort_by_key(|one| core::cmp::Reverse(one.severity));
    found
}

fn versions(found: &mut Vec<Finding>, versions: Option<&[ProtocolVersion]>) {
    let Some(versions) = versions else { return };
    let named = |is: fn(ProtocolVersion) -> bool| -> Vec<String> {
        let those = versions.iter().filter(|one| is(**one));
        those.map(ToString::to_string).collect()
    };
    let row = Row(
        "tls.version.ssl",
        Severity::High,
        "SSL protects from nobody who sits in between (POODLE)",
        "RFC 7568 s3",
        "leave it out",
    );
    add(found, &row, named(|one| one <= ProtocolVersion::SSL_3_0));
    let row = Row(
        "tls.version.old",
        Severity::Medium,
        "versions that are not to be used any more",
        "RFC 8996 s2",
        "begin at TLS 1.2",
    );
    add(
        found,
        &row,
        named(|one| one > ProtocolVersion::SSL_3_0 && one < ProtocolVersion::TLS_1_2),
    );
    if !versions.contains(&ProtocolVersion::TLS_1_3) {
        let row = Row(
            "tls.version.no-1.3",
            Severity::Low,
            "the newest version is not spoken",
            "RFC 9325 s3.1.1",
            "add TLS 1.3",
        );
        add(found, &row, vec![ProtocolVersion::TLS_1_3.to_string()]);
    }
}

/// What is weak stands before what is not.
fn order(found: &mut Vec<Finding>, suites: &[CipherSuite]) {
    let is_weak = |suite: &CipherSuite| SUITES.iter().any(|(is_weak, _)| is_weak(*suite));
    let weak = suites.iter().position(is_weak);
    let Some(weak) = weak else { return };
    let after = suites.iter().skip(weak).find(|suite| !is_weak(suite));
    if let (Some(first), Some(after)) = (suites.get(weak), after) {
        let row = Row(
            "tls.order.weak-first",
            Severity::Low,
            "a weak suite stands before a better one",
            "RFC 9325 s4.2.1",
            "put the better ones first",
        );
        add(found, &row, vec![format!("{first} before {after}")]);
    }
}

fn groups(found: &mut Vec<Finding>, settings: &Settings) {
    let Some(groups) = &settings.groups else {
        return;
    };
    let groups: Vec<NamedGroup> = groups.iter().map(|one| one.item).collect();
    // RFC 8422 s5.1.1 and appendix: curves of less than 224 bits.
    let is_small = |group: &&NamedGroup| matches!(group.0, 1..=5 | 15..=19);
    let small = groups.iter().filter(is_small);
    let row = Row(
        "tls.group.small",
        Severity::Medium,
        "curves with less than 112 bits of strength",
        "RFC 8422 s5.1.1",
        "leave them out",
    );
    add(found, &row, small.map(ToString::to_string).collect());
    let hybrid = groups
        .iter()
        .any(|group| group.to_string().to_ascii_uppercase().contains("MLKEM"));
    if !hybrid {
        let row = Row(
            "tls.group.no-post-quantum",
            Severity::Info,
            "what is recorded today can be read once there are large quantum computers",
            "RFC 10024",
            "put X25519MLKEM768 first",
        );
        add(
            found,
            &row,
            groups.iter().map(ToString::to_string).collect(),
        );
    }
}

/// What was named and means nothing, or nothing here.
fn words(found: &mut Vec<Finding>, settings: &Settings) {
    let told = |is: fn(&Reason) -> bool| -> Vec<String> {
        let those = settings.dropped.iter().filter(|one| is(&one.reason));
        those.map(ToString::to_string).collect()
    };
    let row = Row(
        "tls.word.unknown",
        Severity::Medium,
        "words that mean nothing, which OpenSSL passes over in silence",
        "openssl-ciphers(1)",
        "write them as they are meant",
    );
    add(
        found,
        &row,
        told(|reason| matches!(reason, Reason::Unknown { .. })),
    );
}

fn add(found: &mut Vec<Finding>, row: &Row, evidence: Vec<String>) {
    if evidence.is_empty() {
        return;
    }
    let Row(id, severity, title, section, fix) = row;
    found.push(Finding {
        id,
        severity: *severity,
        title: (*title).to_owned(),
        evidence,
        section: (*section).to_owned(),
        fix: (*fix).to_owned(),
    });
}

/// True where the name of the record cipher has this in it; `DES_CBC` is not part of `3DES_EDE_CBC`.
fn cipher(suite: CipherSuite, part: &str) -> bool {
    suite
        .parts()
        .is_some_and(|parts| parts.cipher.contains(part))
}

fn exchange(suite: CipherSuite, part: &str) -> bool {
    let exchange = suite.parts().and_then(|parts| parts.key_exchange);
    exchange.is_some_and(|exchange| exchange.contains(part))
}
