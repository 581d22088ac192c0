//! What is looked for: one row each. An id never changes its meaning.

use clap::ValueEnum;
use std::fmt;

/// How bad it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, ValueEnum)]
pub(super) enum Severity {
    /// Worth knowing
    Notice,
    /// Works today, and should be mended
    Warning,
    /// Refused by some, or against the rules
    Error,
}

impl fmt::Display for Severity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Notice => "notice",
            Self::Warning => "warning",
            Self::Error => "error",
        })
    }
}

/// From which set of rules on something is looked for: each set holds those before it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Scope {
    /// What verifiers refuse, or what will soon not do.
    Path,
    /// What RFC 5280 s4 asks of issuers.
    Rfc5280,
    /// What the CA/Browser Forum asks of them.
    Web,
}

/// One row.
#[derive(Debug)]
pub(super) struct Lint {
    pub(super) id: &'static str,
    pub(super) severity: Severity,
    pub(super) from: Scope,
    pub(super) title: &'static str,
    pub(super) section: &'static str,
    pub(super) fix: &'static str,
}

macro_rules! lints {
    ($($name:ident: $severity:ident, $from:ident, $id:literal, $section:literal,
       $title:literal, $fix:literal;)*) => {
        $(pub(super) const $name: Lint = Lint {
            id: concat!("cert.lint.", $id),
            severity: Severity::$severity,
            from: Scope::$from,
            title: $title,
            section: $section,
            fix: $fix,
        };)*

        /// Every row.
        #[cfg(test)]
        pub(super) const ALL: &[&Lint] = &[$(&$name),*];
    };
}

lints! {
    MALFORMED: Error, Path, "malformed", "RFC 5280 s4.1",
        "it is no certificate, or not as RFC 5280 lays it out",
        "issue it anew, or copy it anew from where it came from";
    EXPIRED: Error, Path, "validity.expired", "RFC 5280 s4.1.2.5",
        "it has expired",
        "renew it";
    NOT_YET_VALID: Error, Path, "validity.not_yet", "RFC 5280 s4.1.2.5",
        "it is not valid yet",
        "wait, or look at the clock of whoever issued it";
    REVERSED: Error, Path, "validity.reversed", "RFC 5280 s4.1.2.5",
        "it ends before it begins",
        "issue it anew with its dates in order";
    EXPIRING: Warning, Path, "validity.expiring", "RFC 5280 s4.1.2.5",
        "it expires soon",
        "renew it now, and let a program renew it from then on";
    TOO_LONG: Error, Web, "validity.too_long", "CA/Browser Forum BR s6.3.2",
        "it is valid for longer than browsers accept",
        "issue it for less, and let a program renew it";
    OUTLIVES: Warning, Path, "validity.outlives_issuer", "RFC 5280 s6.1.3",
        "it outlives its issuer's certificate",
        "renew the issuer's certificate first, or issue for less";
    SHA1: Error, Path, "signature.sha1", "RFC 9155 s2",
        "it is signed with SHA-1, which can be forged",
        "issue it anew with SHA-256";
    SIGNATURE_UNKNOWN: Error, Path, "signature.unknown", "RFC 5280 s4.1.1.2",
        "its signature is by an algorithm that is not known here",
        "issue it anew with RSA, ECDSA, Ed25519 or ML-DSA";
    KEY_SMALL: Error, Path, "key.small", "CA/Browser Forum BR s6.1.5",
        "its RSA key can be factored by those with means",
        "make a new key: RSA of 2,048 bits, or P-256";
    KEY_EXPONENT: Warning, Rfc5280, "key.exponent", "CA/Browser Forum BR s6.1.6",
        "its RSA key has a small public exponent",
        "make a new key with 65537";
    KEY_UNKNOWN: Error, Path, "key.unknown", "RFC 5280 s4.1.2.7",
        "its key is of a kind or curve that TLS here does not use",
        "make a new key: P-256, RSA of 2,048 bits, or Ed25519";
    KEY_EXPLICIT_CURVE: Error, Path, "key.explicit_curve", "RFC 5480 s2.1.1",
        "its curve is spelled out and not named",
        "make the key anew with a named curve";
    KEY_CURVE: Warning, Web, "key.curve", "CA/Browser Forum BR s6.1.5",
        "its kind of key is not one that browsers take in certificates",
        "make a new key: P-256, P-384, P-521 or RSA";
    VERSION: Error, Rfc5280, "version", "RFC 5280 s4.1.2.1",
        "it is not of version 3, and so says nothing of its purpose",
        "issue it anew as version 3, with extensions";
    SERIAL_NEGATIVE: Error, Rfc5280, "serial.negative", "RFC 5280 s4.1.2.2",
        "its serial number is negative",
        "issue it anew with a positive one";
    SERIAL_ZERO: Error, Rfc5280, "serial.zero", "RFC 5280 s4.1.2.2",
        "its serial number is zero",
        "issue it anew with a positive one";
    SERIAL_LONG: Error, Rfc5280, "serial.long", "RFC 5280 s4.1.2.2",
        "its serial number is longer than 20 bytes",
        "issue it anew with one of 16 random bytes";
    SERIAL_SHORT: Warning, Web, "serial.short", "CA/Browser Forum BR s7.1",
        "its serial number has less than 64 random bits",
        "issue it anew with one of 16 random bytes";
    SAN_MISSING: Error, Path, "name.missing", "RFC 9525 s2",
        "it has no alternative name; the common name proves nothing",
        "issue it anew with the server's names as subjectAltName";
    SAN_DUPLICATE: Notice, Rfc5280, "name.duplicate", "RFC 5280 s4.2.1.6",
        "it has the same name twice",
        "leave one out when it is issued anew";
    COMMON_NAME: Warning, Rfc5280, "name.common_name", "CA/Browser Forum BR s7.1.4.3",
        "its common name is none of its alternative names",
        "add it to subjectAltName, or leave it out";
    UNDERSCORE: Warning, Rfc5280, "name.underscore", "RFC 5280 s4.2.1.6",
        "a DNS name has an underscore",
        "rename the host";
    DNS_MALFORMED: Error, Path, "name.malformed", "RFC 5280 s4.2.1.6",
        "a DNS name is none",
        "give host names alone, without scheme, port or path; international ones as A-labels";
    IP_AS_DNS: Error, Path, "name.address_as_dns", "RFC 9525 s2",
        "an address stands where a DNS name should, and proves nothing there",
        "issue it anew with the address as an IP address";
    WILDCARD_PART: Error, Path, "name.wildcard_part", "RFC 9525 s6.3",
        "a wildcard is not the whole left-most label, and matches nothing",
        "write *.example.com, or name each host";
    WILDCARD_WIDE: Error, Web, "name.wildcard_wide", "CA/Browser Forum BR s3.2.2.6",
        "a wildcard stands right below a top-level domain",
        "name a domain of your own";
    INTERNAL_NAME: Error, Web, "name.internal", "CA/Browser Forum BR s7.1.4.2.1",
        "a name or address that many networks use: no public authority may issue for it",
        "use an authority of your own for it, and a public name for the public";
    EMPTY_SUBJECT: Error, Rfc5280, "subject.empty", "RFC 5280 s4.2.1.6",
        "its subject is empty and subjectAltName is not critical, or it is an authority",
        "give it a subject, or make subjectAltName critical";
    CA_NOT_CRITICAL: Error, Rfc5280, "authority.not_critical", "RFC 5280 s4.2.1.9",
        "basicConstraints of an authority is not critical",
        "issue it anew with a critical one";
    PATH_LENGTH: Error, Rfc5280, "authority.path_length", "RFC 5280 s4.2.1.9",
        "it has a path length, but is no authority, or may not sign certificates",
        "leave the path length out";
    SIGNS_UNASKED: Error, Rfc5280, "authority.leaf_signs", "RFC 5280 s4.2.1.9",
        "its key may sign certificates, but it is no authority",
        "leave keyCertSign out of keyUsage";
    CANNOT_SIGN: Error, Path, "authority.cannot_sign", "RFC 5280 s4.2.1.3",
        "it is an authority whose key may not sign certificates",
        "issue it anew with keyCertSign";
    CA_USAGE: Error, Rfc5280, "authority.usage_missing", "RFC 5280 s4.2.1.3",
        "it is an authority without keyUsage",
        "issue it anew with keyCertSign and cRLSign";
    SELF_SIGNED: Notice, Path, "self_signed", "RFC 5280 s6.1",
        "it vouches for itself: only who was told to trust it does",
        "have an authority issue it";
    USAGE_NOT_CRITICAL: Warning, Rfc5280, "usage.not_critical", "RFC 5280 s4.2.1.3",
        "keyUsage is not critical",
        "issue it anew with a critical one";
    USAGE_SIGNATURE: Error, Path, "usage.signature", "RFC 8446 s4.4.2.2",
        "its key may not sign: no handshake of TLS 1.3 can use it",
        "issue it anew with digitalSignature";
    USAGE_ENCIPHERMENT: Warning, Rfc5280, "usage.encipherment", "RFC 8813 s3",
        "its key may encipher keys, which keys of its kind cannot",
        "leave keyEncipherment out";
    USAGE_AGREEMENT: Warning, Rfc5280, "usage.agreement", "RFC 3279 s2.3.1",
        "its key may agree on keys, which keys of its kind cannot",
        "leave keyAgreement out";
    EKU_MISSING: Error, Web, "purpose.missing", "CA/Browser Forum BR s7.1.2.7.10",
        "it does not say what it is for (extKeyUsage)",
        "issue it anew with serverAuth";
    EKU_SERVER: Warning, Path, "purpose.no_server", "RFC 5280 s4.2.1.12",
        "it has names of servers and is not meant for servers",
        "issue it anew with serverAuth, if it is to be a server's";
    EKU_ANY: Error, Web, "purpose.any", "CA/Browser Forum BR s7.1.2.7.10",
        "it is meant for any purpose at all",
        "name its purposes";
    SKI_MISSING: Error, Rfc5280, "key_id.missing", "RFC 5280 s4.2.1.2",
        "an authority without subjectKeyIdentifier",
        "issue it anew with one";
    AKI_MISSING: Error, Rfc5280, "key_id.authority_missing", "RFC 5280 s4.2.1.1",
        "it does not name its issuer's key (authorityKeyIdentifier)",
        "issue it anew with one";
    AKI_DIFFERS: Error, Path, "key_id.differs", "RFC 5280 s4.2.1.1",
        "it names another key than its issuer's: some verifiers look no further",
        "issue it anew, or send the certificate of the issuer that it names";
    KEY_ID_CRITICAL: Error, Rfc5280, "key_id.critical", "RFC 5280 s4.2.1.1",
        "a key identifier is critical",
        "issue it anew with one that is not";
    NO_REVOCATION: Notice, Rfc5280, "revocation.nowhere", "RFC 5280 s4.2.1.13",
        "nothing says where its revocation would be published",
        "have its authority name its CRL";
    MUST_STAPLE: Notice, Path, "revocation.must_staple", "RFC 7633 s4",
        "its server must staple an OCSP response: clients refuse it without",
        "see that the server staples, and that its responses stay fresh";
    ORDER: Error, Path, "chain.order", "RFC 5246 s7.4.2",
        "the chain is not in order: each certificate should be issued by the next",
        "put it in order with handfast cert bundle";
    DUPLICATE: Warning, Path, "chain.duplicate", "RFC 5246 s7.4.2",
        "the same certificate stands there twice",
        "leave one out: handfast cert bundle does so";
    STRANGER: Warning, Path, "chain.stranger", "RFC 5246 s7.4.2",
        "it is not above the server's own certificate, and of no use in its chain",
        "leave it out: handfast cert bundle does so";
    ROOT_SENT: Notice, Path, "chain.root", "RFC 5246 s7.4.2",
        "the root is in the chain: clients have it or do not trust it",
        "leave it out: handfast cert bundle does so";
    UNKNOWN_ISSUER: Notice, Path, "chain.unknown_issuer", "RFC 5246 s7.4.2",
        "its issuer is not known here: a root that clients have, or an intermediate left out",
        "name the root with --cacert, or add the issuer's certificate by handfast cert bundle";
    INCOMPLETE: Error, Path, "chain.incomplete", "RFC 5246 s7.4.2",
        "an intermediate certificate is missing: many clients will refuse it",
        "add the issuer's certificate by handfast cert bundle; a root of your own, name with --cacert";
}

#[cfg(test)]
mod tests {
    use super::ALL;

    #[test]
    fn every_row_has_an_id_of_its_own_and_says_what_to_do() {
        let mut ids: Vec<_> = ALL.iter().map(|lint| lint.id).collect();
        ids.sort_unstable();
        ids.dedup();
        assert_eq!(ids.len(), ALL.len());
        for lint in ALL {
            assert!(
                !lint.fix.is_empty() && !lint.fix.ends_with('.'),
                "{}",
                lint.id
            );
            assert!(!lint.title.ends_with('.'), "{}", lint.id);
        }
    }
}
