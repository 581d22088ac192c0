//! Why a certificate is refused: one row each, with its section, field, alert and remedy.

use crate::crl::entry::RevocationReason;
use crate::fault::CertificateFault;
use crate::oid::{Oid, extension_name};
use crate::sct::finding::SctFinding;
use crate::sct::policy::CtLack;
use crate::time::UnixTime;
use crate::verify::budget::Exceeded;
use crate::verify::known_key::{KeyDigest, KnownKey};
use crate::verify::revocation::doubt::{Dropped, Source};
use std::fmt;

/// Why a certificate was refused.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Reason {
    /// The peer sent no certificate.
    NoCertificate,
    /// The bytes are no certificate.
    Malformed(CertificateFault),
    /// The validity has ended.
    Expired {
        /// The last valid second.
        not_after: UnixTime,
        /// When it was judged.
        now: UnixTime,
    },
    /// The validity has not begun.
    NotYetValid {
        /// The first valid second.
        not_before: UnixTime,
        /// When it was judged.
        now: UnixTime,
    },
    /// Neither an anchor nor a certificate that the peer sent bears the issuer's name.
    UnknownIssuer {
        /// The issuer's name.
        issuer: String,
    },
    /// The certificate is its own issuer and no anchor.
    SelfSigned,
    /// No name of the certificate is the one that was asked for.
    NameMismatch {
        /// The name that was asked for.
        wanted: String,
        /// The first names that the certificate has.
        found: Vec<String>,
        /// How many names it has.
        count: usize,
    },
    /// The signature was not made by the issuer's key.
    BadSignature,
    /// The key is too small or too large.
    WeakKey {
        /// What it is.
        key: String,
    },
    /// The key is of a kind that is not known here.
    UnsupportedKey,
    /// The signature's algorithm is known and not accepted.
    WeakSignature {
        /// Which it is.
        algorithm: String,
    },
    /// The signature's algorithm is not known here.
    UnsupportedSignature {
        /// Its object identifier.
        algorithm: String,
    },
    /// A certificate that signed another is no certification authority.
    NotACa,
    /// More intermediates follow than the authority allows.
    PathLength {
        /// How many it allows.
        allowed: u8,
        /// How many there are.
        found: usize,
    },
    /// The path is longer than is followed.
    PathTooLong {
        /// How many intermediates are followed.
        limit: usize,
    },
    /// The key may not be used in this way.
    KeyUsage {
        /// The usage that is missing.
        wanted: &'static str,
    },
    /// The certificate is not meant for this purpose.
    ExtendedKeyUsage {
        /// The purpose that is missing.
        wanted: &'static str,
    },
    /// A critical extension that is not understood here.
    UnknownCriticalExtension {
        /// Its object identifier, in dots, and its name if it has one.
        extension: String,
    },
    /// A certificate policy is demanded, and none is left that all authorities up to the anchor
    /// agree on and the caller accepts.
    ExplicitPolicy,
    /// An authority maps anyPolicy to another policy, or another to anyPolicy.
    AnyPolicyMapped,
    /// The authority may not vouch for a name.
    NameExcluded {
        /// The name.
        name: String,
    },
    /// The authority may vouch for other names of this kind alone.
    NameNotPermitted {
        /// The name.
        name: String,
    },
    /// A certification authority's own certificate stands where the peer's should.
    CaAsLeaf,
    /// Its issuer has revoked it.
    Revoked {
        /// Since when.
        since: UnixTime,
        /// Why.
        reason: RevocationReason,
        /// Where that is said.
        source: Source,
        /// Who says so, in words.
        by: String,
    },
    /// Whether it is revoked cannot be said, and must be.
    RevocationUnknown {
        /// What was at hand and could not be used, and why: at least one.
        dropped: Vec<Dropped>,
    },
    /// The certificate binds its server to staple an OCSP response (must-staple), the client asked
    /// for one, and none came that says *good* today.
    StapleMissing {
        /// Why the one that came does not count; nothing where none came.
        dropped: Option<Dropped>,
    },
    /// No certificate of the path is one that is known.
    NotPinned {
        /// The pins of the keys that were shown, the peer's own first.
        shown: Vec<String>,
    },
    /// Too few logs have seen the certificate.
    NotLogged {
        /// How far what was there falls short.
        lack: CtLack,
        /// Every SCT, and why it does not count where it does not.
        scts: Vec<SctFinding>,
    },
    /// No TLSA record means this peer.
    DaneMismatch {
        /// The records that could be used.
        records: Vec<String>,
    },
    /// No TLSA record can be used.
    DaneUnusable {
        /// The records, and why each is passed over.
        dropped: Vec<String>,
    },
    /// A rule judges a path, and none was verified.
    NoPath,
    /// Several rules are alternatives, and none holds.
    NothingHolds {
        /// Each, and why it does not.
        parts: Vec<String>,
    },
    /// Judging took more work than is allowed.
    BudgetExceeded(Exceeded),
    /// The name is known by other keys: see [`crate::verify::first_use`].
    KeyChanged {
        /// The key that the peer showed.
        found: KeyDigest,
        /// The keys that the name was seen with: at least one.
        known: Vec<KnownKey>,
    },
    /// A rule for issuers is broken, in the rule set that the policy asks for.
    IssuingRule {
        /// The rule, in words.
        rule: &'static str,
        /// Where it stands.
        section: &'static str,
    },
}

/// The alert that tells a peer of a refusal (RFC 8446 s6.2).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum AlertHint {
    /// bad_certificate (42)
    BadCertificate,
    /// unsupported_certificate (43)
    UnsupportedCertificate,
    /// certificate_revoked (44)
    CertificateRevoked,
    /// certificate_expired (45)
    CertificateExpired,
    /// certificate_unknown (46)
    CertificateUnknown,
    /// unknown_ca (48)
    UnknownCa,
    /// bad_certificate_status_response (113)
    BadCertificateStatusResponse,
}

impl AlertHint {
    /// The alert's name as the RFC spells it.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::BadCertificate => "bad_certificate",
            Self::UnsupportedCertificate => "unsupported_certificate",
            Self::CertificateRevoked => "certificate_revoked",
            Self::CertificateExpired => "certificate_expired",
            Self::CertificateUnknown => "certificate_unknown",
            Self::UnknownCa => "unknown_ca",
            Self::BadCertificateStatusResponse => "bad_certificate_status_response",
        }
    }
}

/// What is fixed about a reason.
pub(crate) struct Row {
    pub(crate) alert: AlertHint,
    pub(crate) section: &'static str,
    pub(crate) field: &'static str,
    pub(crate) remedy: &'static str,
}

const fn row(
    alert: AlertHint,
    section: &'static str,
    field: &'static str,
    remedy: &'static str,
) -> Row {
    Row {
        alert,
        section,
        field,
        remedy,
    }
}

impl Reason {
    /// The table.
    #[rustfmt::skip]
    pub(crate) fn row(&self) -> Row {
        use AlertHint::{BadCertificate, BadCertificateStatusResponse, CertificateExpired, CertificateRevoked, CertificateUnknown, UnknownCa, UnsupportedCertificate};
        match self {
            Self::NoCertificate => row(BadCertificate, "RFC 8446 s4.4.2", "certificate_list",
                "have the peer send its certificate"),
            Self::Malformed(fault) => row(BadCertificate, "RFC 5280 s4.1", fault.field,
                "have the certificate issued anew: its encoding is damaged"),
            Self::Expired { .. } => row(CertificateExpired, "RFC 5280 s4.1.2.5", "validity.notAfter",
                "renew the certificate, or check this machine's clock"),
            Self::NotYetValid { .. } => row(CertificateExpired, "RFC 5280 s4.1.2.5", "validity.notBefore",
                "check this machine's clock, or wait"),
            Self::UnknownIssuer { .. } => row(UnknownCa, "RFC 5280 s6.1", "issuer",
                "have the server send its intermediate certificates, or add the issuer's root to the trusted ones"),
            Self::SelfSigned => row(UnknownCa, "RFC 5280 s6.1", "issuer",
                "if you know this certificate, add it to the trusted ones; otherwise do not connect"),
            Self::NameMismatch { .. } => row(BadCertificate, "RFC 9525 s6", "subjectAltName",
                "connect by a name that the certificate has, or have one issued for this name"),
            Self::BadSignature => row(BadCertificate, "RFC 5280 s6.1.3 (a)(1)", "signatureValue",
                "the certificate was changed, or another key bears the issuer's name: fetch the chain anew from its issuer"),
            Self::WeakKey { .. } => row(BadCertificate, "RFC 5280 s6.1.3", "subjectPublicKeyInfo",
                "have a certificate issued for an RSA key of 2048 to 8192 bits, or for P-256"),
            Self::UnsupportedKey => row(UnsupportedCertificate, "RFC 5280 s4.1.2.7", "subjectPublicKeyInfo",
                "have a certificate issued for an RSA, P-256, P-384, P-521, Ed25519 or ML-DSA key"),
            Self::WeakSignature { .. } => row(BadCertificate, "RFC 5280 s4.1.1.2", "signatureAlgorithm",
                "have the certificate signed anew with SHA-256 or better"),
            Self::UnsupportedSignature { .. } => row(UnsupportedCertificate, "RFC 5280 s4.1.1.2", "signatureAlgorithm",
                "have the certificate signed with RSA, ECDSA, Ed25519 or ML-DSA and SHA-2"),
            Self::NotACa => row(UnknownCa, "RFC 5280 s6.1.4 (k)", "basicConstraints.cA",
                "have the certificate issued by a certification authority"),
            Self::PathLength { .. } => row(UnknownCa, "RFC 5280 s6.1.4 (m)", "basicConstraints.pathLenConstraint",
                "have the certificate issued closer to its root"),
            Self::PathTooLong { .. } => row(UnknownCa, "RFC 5280 s6.1", "issuer",
                "trust an authority closer to the certificate, or allow longer paths in the policy"),
            Self::KeyUsage { .. } => row(UnsupportedCertificate, "RFC 5280 s4.2.1.3", "keyUsage",
                "have the certificate issued with this usage"),
            Self::ExtendedKeyUsage { .. } => row(UnsupportedCertificate, "RFC 5280 s4.2.1.12", "extKeyUsage",
                "have the certificate issued for this purpose"),
            Self::UnknownCriticalExtension { .. } => row(UnsupportedCertificate, "RFC 5280 s4.2", "extensions",
                "have the certificate issued without this extension, or with it not critical"),
            Self::ExplicitPolicy => row(CertificateUnknown, "RFC 5280 s6.1.3 (f)", "certificatePolicies",
                "have the certificate issued under a policy that its authorities and you accept"),
            Self::AnyPolicyMapped => row(BadCertificate, "RFC 5280 s6.1.4 (a)", "policyMappings",
                "have the authority's certificate issued without mapping anyPolicy"),
            Self::NameExcluded { .. } => row(BadCertificate, "RFC 5280 s4.2.1.10", "nameConstraints.excludedSubtrees",
                "have the certificate issued by an authority that may name this subject"),
            Self::NameNotPermitted { .. } => row(BadCertificate, "RFC 5280 s4.2.1.10", "nameConstraints.permittedSubtrees",
                "have the certificate issued by an authority that may name this subject"),
            Self::CaAsLeaf => row(UnsupportedCertificate, "CA/Browser Forum BR s7.1.2.7.8", "basicConstraints.cA",
                "have a certificate of its own issued for the server"),
            Self::Revoked { source: Source::Crl(_) | Source::Certificate, .. } => row(CertificateRevoked, "RFC 5280 s6.3.3", "serialNumber",
                "have a new certificate issued: this one was taken back"),
            Self::Revoked { .. } => row(CertificateRevoked, "RFC 6960 s2.2", "serialNumber",
                "have a new certificate issued: this one was taken back"),
            Self::RevocationUnknown { dropped } => row(CertificateUnknown,
                dropped.first().map_or("RFC 5280 s6.3.3", |one| one.doubt.section()), "cRLDistributionPoints",
                "fetch a newer CRL or OCSP response from its issuer, or let an unknown status pass"),
            Self::StapleMissing { .. } => row(BadCertificateStatusResponse, "RFC 7633 s4.2.3", "tlsFeature",
                "have the server staple a fresh OCSP response, or issue it a certificate without tlsFeature"),
            Self::NotPinned { .. } => row(BadCertificate, "RFC 7469 s2.6", "subjectPublicKeyInfo",
                "do not connect, unless you know that the peer changed its key: then pin the new one"),
            Self::NotLogged { .. } => row(BadCertificate, "RFC 6962 s5.2", "signedCertificateTimestamps",
                "have a certificate issued with SCTs of enough logs, or renew the list of logs"),
            Self::DaneMismatch { .. } => row(BadCertificate, "RFC 6698 s2.1, RFC 7671 s5", "TLSA",
                "do not connect, unless you know that the zone's records are behind: then have them renewed"),
            Self::DaneUnusable { .. } => row(CertificateUnknown, "RFC 7671 s4.1", "TLSA",
                "give records that can be used, or let the chain decide without them"),
            Self::NoPath => row(CertificateUnknown, "RFC 5280 s6.1", "certificate_list",
                "see why the chain does not verify"),
            Self::NothingHolds { .. } => row(CertificateUnknown, "RFC 5280 s6.1", "certificate_list",
                "mend one of these"),
            Self::BudgetExceeded(_) => row(UnknownCa, "RFC 5280 s8", "certificate_list",
                "have the peer send its own chain alone"),
            Self::KeyChanged { .. } => row(BadCertificate, "RFC 4251 s4.1", "subjectPublicKeyInfo",
                "ask whoever runs the peer whether it has a new key: if so, forget the old one; if not, somebody is in between"),
            Self::IssuingRule { section, .. } => row(BadCertificate, section, "tbsCertificate",
                "have the certificate issued anew by these rules, or choose a wider rule set"),
        }
    }
}

impl fmt::Display for Reason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NoCertificate => f.write_str("the peer sent no certificate"),
            Self::Malformed(fault) => write!(f, "the certificate cannot be read: {fault}"),
            Self::Expired { not_after, now } => {
                write!(f, "expired on {not_after}; it is now {now}")
            }
            Self::NotYetValid { not_before, now } => {
                write!(f, "not valid before {not_before}; it is now {now}")
            }
            Self::UnknownIssuer { issuer } => write!(f, "its issuer is not known: {issuer}"),
            Self::SelfSigned => f.write_str("self-signed and not among the trusted ones"),
            Self::NameMismatch {
                wanted,
                found,
                count,
            } => write_mismatch(f, wanted, found, *count),
            Self::BadSignature => f.write_str("the issuer's key did not make this signature"),
            Self::WeakKey { key } => write!(f, "the key is not accepted: {key}"),
            Self::UnsupportedKey => f.write_str("the key is malformed or of an unknown kind"),
            Self::WeakSignature { algorithm } => {
                write!(f, "signed with {algorithm}, which is not accepted")
            }
            Self::UnsupportedSignature { algorithm } => {
                write!(f, "signed with the unknown algorithm {algorithm}")
            }
            Self::NotACa => f.write_str("it signed a certificate but is no authority"),
            Self::PathLength { allowed, found } => {
                write!(
                    f,
                    "it allows {allowed} intermediates below it; there are {found}"
                )
            }
            Self::PathTooLong { limit } => {
                write!(f, "more than {limit} intermediates lead up to here")
            }
            Self::KeyUsage { wanted } => write!(f, "the key may not be used for {wanted}"),
            Self::ExtendedKeyUsage { wanted } => write!(f, "not meant for {wanted}"),
            Self::UnknownCriticalExtension { extension } => {
                write!(f, "the critical extension {extension} is not understood")
            }
            Self::ExplicitPolicy => f.write_str(
                "a certificate policy is demanded, and up to here none is left that is accepted",
            ),
            Self::AnyPolicyMapped => {
                f.write_str("it maps anyPolicy, which stands for every policy")
            }
            Self::NameExcluded { name } => write!(f, "it may not vouch for {name}"),
            Self::NameNotPermitted { name } => {
                write!(f, "it may vouch for other names, but not for {name}")
            }
            Self::CaAsLeaf => f.write_str("an authority's own certificate, used as the peer's"),
            Self::Revoked {
                since, reason, by, ..
            } => write!(f, "revoked on {since} ({reason}), says {by}"),
            Self::RevocationUnknown { dropped } => write_unknown(f, dropped),
            Self::StapleMissing { dropped } => {
                f.write_str(
                    "it must come with a stapled OCSP response, and none came that counts",
                )?;
                match dropped {
                    Some(dropped) => write!(f, ": {dropped}"),
                    None => Ok(()),
                }
            }
            Self::NotPinned { .. }
            | Self::NotLogged { .. }
            | Self::DaneMismatch { .. }
            | Self::DaneUnusable { .. }
            | Self::NothingHolds { .. }
            | Self::KeyChanged { .. }
            | Self::NoPath => self.write_unproved(f),
            Self::BudgetExceeded(what) => write!(f, "judging it took more than {what}"),
            Self::IssuingRule { rule, .. } => f.write_str(rule),
        }
    }
}

impl Reason {
    /// Pins, logs, records and alternatives: each with what was there.
    fn write_unproved(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NotPinned { shown } => {
                f.write_str("no certificate of the path is pinned; their keys are ")?;
                write_some(f, shown)
            }
            Self::NotLogged { lack, scts } => {
                write!(f, "{lack}")?;
                let doubtful = scts.iter().filter(|one| !one.counts());
                doubtful
                    .take(SHOWN)
                    .try_for_each(|one| write!(f, "; {one}"))
            }
            Self::DaneMismatch { records } => {
                f.write_str("no TLSA record means it: ")?;
                write_some(f, records)
            }
            Self::DaneUnusable { dropped } if dropped.is_empty() => {
                f.write_str("there is no TLSA record")
            }
            Self::DaneUnusable { dropped } => {
                f.write_str("no TLSA record can be used: ")?;
                write_some(f, dropped)
            }
            Self::NothingHolds { parts } => {
                f.write_str("of several ways to be believed none holds: ")?;
                write_some(f, parts)
            }
            Self::KeyChanged { found, known } => {
                write!(f, "its key has changed: it is {found}")?;
                known.iter().try_for_each(|one| {
                    let KnownKey {
                        key,
                        first_seen,
                        last_seen,
                    } = one;
                    write!(f, ", and was {key} from {first_seen} to {last_seen}")
                })
            }
            Self::NoPath => f.write_str("no path was verified that it could judge"),
            _ => Ok(()),
        }
    }
}

/// The first of a list, and how many more there are.
fn write_some(f: &mut fmt::Formatter<'_>, list: &[String]) -> fmt::Result {
    let first: Vec<_> = list.iter().take(SHOWN).map(String::as_str).collect();
    f.write_str(&first.join("; "))?;
    match list.len().saturating_sub(SHOWN) {
        0 => Ok(()),
        more => write!(f, "; and {more} more"),
    }
}

/// Of lists inside a reason more are counted, not shown.
const SHOWN: usize = 4;

fn write_unknown(f: &mut fmt::Formatter<'_>, dropped: &[Dropped]) -> fmt::Result {
    f.write_str("whether it is revoked cannot be said")?;
    for (index, one) in dropped.iter().take(SHOWN).enumerate() {
        let joint = if index == 0 { ": " } else { "; " };
        match one.source {
            Source::Certificate => write!(f, "{joint}{}", one.doubt)?,
            _ => write!(f, "{joint}{one}")?,
        }
    }
    match dropped.len().saturating_sub(SHOWN) {
        0 => Ok(()),
        more => write!(f, "; and {more} more"),
    }
}

fn write_mismatch(
    f: &mut fmt::Formatter<'_>,
    wanted: &str,
    found: &[String],
    count: usize,
) -> fmt::Result {
    if count == 0 {
        return write!(
            f,
            "not for {wanted}: it names no server (common names do not count)"
        );
    }
    write!(f, "not for {wanted}, but for {}", found.join(", "))?;
    match count.saturating_sub(found.len()) {
        0 => Ok(()),
        more => write!(f, " and {more} more"),
    }
}

/// An extension in words: its name if it has one, and its identifier.
pub(crate) fn extension_text(oid: Oid<'_>) -> String {
    match extension_name(oid.0) {
        Some(name) => format!("{name} ({oid})"),
        None => oid.to_string(),
    }
}
