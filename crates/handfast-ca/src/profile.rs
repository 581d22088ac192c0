//! What a certificate shall hold.

pub use crate::alternative_name::AlternativeName;
pub use crate::purpose::Purpose;
pub use crate::subtree::{Subtree, development_names};
pub use handfast_crypto::signature::KeyKind;

use crate::serial::SerialNumber;
use crate::subject::Subject;
use crate::subject::attribute::COMMON_NAME;

/// What a certificate shall hold. The constructors give what each use needs; every field may be
/// changed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Profile {
    /// Whom it is about: for people to read, never compared with a host's name. It may be empty
    /// if there are alternative names.
    pub subject: Subject,
    /// The names that it vouches for (RFC 5280 section 4.2.1.6).
    pub names: Vec<AlternativeName>,
    /// The uses it is limited to (section 4.2.1.12); empty means no such limit.
    pub purposes: Vec<Purpose>,
    /// Set for a certificate that may issue others.
    pub authority: Option<Limits>,
    /// When it is valid. It ends with its issuer at the latest.
    pub validity: Validity,
    /// The key to make for it; of no use where the key is given.
    pub key: KeyKind,
    /// Where its status and its issuer are found.
    pub pointers: Pointers,
    /// The policies it was issued under (section 4.2.1.4).
    pub policies: Vec<PolicyStatement>,
    /// Whether a server with it has to staple its status (RFC 7633).
    pub must_staple: bool,
    /// Whether nobody is to ask for its status (id-pkix-ocsp-nocheck, RFC 6960 section
    /// 4.2.2.2.1): for signers of OCSP responses, whose lives are short instead.
    pub ocsp_no_check: bool,
    /// Whether its key may vouch for delegated credentials (DelegationUsage, RFC 9345 section 4.2).
    pub delegation: bool,
    /// What answers ACME's tls-alpn-01 challenge (id-pe-acmeIdentifier, RFC 8737 section 3): the
    /// SHA-256 of the key authorization. Whoever looks for a server's certificate refuses one that
    /// has it.
    pub acme_identifier: Option<[u8; 32]>,
    /// Its serial number; 128 random bits if none is given.
    pub serial: Option<SerialNumber>,
}

impl Profile {
    /// A server's certificate for these names. The first is the common name, if it fits.
    #[must_use]
    pub fn server(names: &[AlternativeName], validity: Validity, key: KeyKind) -> Self {
        Self {
            names: names.to_vec(),
            purposes: vec![Purpose::ServerAuth],
            ..Self::bare(Subject::of(&common_name(names)), validity, key)
        }
    }

    /// A client's certificate: who it is, and a mail address if it has one.
    #[must_use]
    pub fn client(name: &str, mail: Option<&str>, validity: Validity, key: KeyKind) -> Self {
        Self {
            names: mail.map(AlternativeName::mail).into_iter().collect(),
            purposes: vec![Purpose::ClientAuth],
            ..Self::bare(Subject::of(name), validity, key)
        }
    }

    /// A certificate for a machine that is server and client, as those of a mesh are.
    #[must_use]
    pub fn both(names: &[AlternativeName], validity: Validity, key: KeyKind) -> Self {
        Self {
            purposes: vec![Purpose::ServerAuth, Purpose::ClientAuth],
            ..Self::server(names, validity, key)
        }
    }

    /// A certificate for whoever signs OCSP responses in the issuer's name (RFC 6960 section
    /// 4.2.2.2). Nobody can ask for its own status, so its life should be short.
    #[must_use]
    pub fn ocsp_signer(subject: Subject, validity: Validity, key: KeyKind) -> Self {
        Self {
            purposes: vec![Purpose::OcspSigning],
            ocsp_no_check: true,
            ..Self::bare(subject, validity, key)
        }
    }

    /// The certificate of an authority below another, which issues to no further authority.
    #[must_use]
    pub fn intermediate(subject: Subject, validity: Validity, key: KeyKind) -> Self {
        Self {
            authority: Some(Limits {
                path_length: Some(0),
                ..Limits::default()
            }),
            ..Self::bare(subject, validity, key)
        }
    }

    /// The certificate of a root without limits.
    #[must_use]
    pub fn root(subject: Subject, validity: Validity, key: KeyKind) -> Self {
        Self {
            authority: Some(Limits::default()),
            ..Self::bare(subject, validity, key)
        }
    }

    /// The certificate of an authority without limits, known by its common name.
    #[must_use]
    pub fn authority(common_name: &str, validity: Validity, key: KeyKind) -> Self {
        Self::root(Subject::of(common_name), validity, key)
    }

    /// A certificate with a subject and nothing else.
    #[must_use]
    pub fn bare(subject: Subject, validity: Validity, key: KeyKind) -> Self {
        Self {
            subject,
            names: Vec::new(),
            purposes: Vec::new(),
            authority: None,
            validity,
            key,
            pointers: Pointers::default(),
            policies: Vec::new(),
            must_staple: false,
            ocsp_no_check: false,
            delegation: false,
            acme_identifier: None,
            serial: None,
        }
    }
}

/// How far an authority reaches.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Limits {
    /// How many further authorities may stand below it (section 4.2.1.9); none means no limit.
    pub path_length: Option<u8>,
    /// Which names it may vouch for (section 4.2.1.10); kinds of names that are not among them
    /// are not limited.
    pub permitted: Vec<Subtree>,
    /// Which names it may not vouch for, even if they are permitted.
    pub excluded: Vec<Subtree>,
}

/// Where to look, as URLs: for the status of a certificate, and for its issuer.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Pointers {
    /// Revocation lists (cRLDistributionPoints, section 4.2.1.13).
    pub crl: Vec<String>,
    /// OCSP responders (authorityInfoAccess, section 4.2.2.1).
    pub ocsp: Vec<String>,
    /// The issuer's certificate (caIssuers, section 4.2.2.1).
    pub issuers: Vec<String>,
}

/// A policy that a certificate was issued under (section 4.2.1.4).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PolicyStatement {
    /// The policy, in numbers with dots.
    pub oid: String,
    /// Where the practice statement is found, as a URL.
    pub practice: Option<String>,
}

/// When a certificate is valid: first and last second, in Unix time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Validity {
    /// The first second.
    pub not_before_unix: u64,
    /// The last second.
    pub not_after_unix: u64,
}

impl Validity {
    /// Days from now on. It begins an hour early, for peers whose clocks are behind.
    #[must_use]
    pub fn days(now_unix: u64, days: u32) -> Self {
        Self::seconds(now_unix, u64::from(days) * 86_400)
    }

    /// Seconds from now on, and an hour before.
    #[must_use]
    pub fn seconds(now_unix: u64, seconds: u64) -> Self {
        Self {
            not_before_unix: now_unix.saturating_sub(3600),
            not_after_unix: now_unix.saturating_add(seconds),
        }
    }
}

/// The first name, if it fits.
fn common_name(names: &[AlternativeName]) -> String {
    let first = names.first().map(ToString::to_string);
    first
        .filter(|name| name.chars().count() <= COMMON_NAME.limit)
        .unwrap_or_default()
}
