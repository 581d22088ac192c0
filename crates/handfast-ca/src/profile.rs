//! What a certificate shall hold.

use core::net::IpAddr;

pub use handfast_crypto::signature::KeyKind;

/// What a certificate shall hold. The constructors give what each use needs; every field may be
/// changed, so that a test can ask for a certificate that is wrong.
#[derive(Debug, Clone)]
pub struct Profile {
    /// The subject's common name, at most 64 characters: for people to read, never compared with
    /// a host's name. It may be empty if there are alternative names.
    pub common_name: String,
    /// The names that it vouches for (RFC 5280 section 4.2.1.6).
    pub names: Vec<AlternativeName>,
    /// The uses it is limited to (section 4.2.1.12); empty means no such limit.
    pub purposes: Vec<Purpose>,
    /// Set for a certificate that may issue others.
    pub authority: Option<Limits>,
    /// When it is valid.
    pub validity: Validity,
    /// The key to make for it.
    pub key: KeyKind,
}

impl Profile {
    /// A server's certificate for these names.
    #[must_use]
    pub fn server(names: &[AlternativeName], validity: Validity, key: KeyKind) -> Self {
        Self {
            common_name: common_name(names),
            names: names.to_vec(),
            purposes: vec![Purpose::ServerAuth],
            authority: None,
            validity,
            key,
        }
    }

    /// A client's certificate: who it is, and a mail address if it has one.
    #[must_use]
    pub fn client(name: &str, mail: Option<&str>, validity: Validity, key: KeyKind) -> Self {
        Self {
            common_name: name.to_owned(),
            names: mail
                .map(|mail| AlternativeName::Mail(mail.to_owned()))
                .into_iter()
                .collect(),
            purposes: vec![Purpose::ClientAuth],
            authority: None,
            validity,
            key,
        }
    }

    /// The certificate of an authority without limits.
    #[must_use]
    pub fn authority(common_name: &str, validity: Validity, key: KeyKind) -> Self {
        Self {
            common_name: common_name.to_owned(),
            names: Vec::new(),
            purposes: Vec::new(),
            authority: Some(Limits::default()),
            validity,
            key,
        }
    }
}

/// A name that a certificate vouches for.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum AlternativeName {
    /// A host's name in ASCII; `*` may stand for its leftmost label.
    Dns(String),
    /// An address.
    Ip(IpAddr),
    /// A mail address.
    Mail(String),
}

impl AlternativeName {
    /// A host's name.
    #[must_use]
    pub fn dns(name: &str) -> Self {
        Self::Dns(name.to_owned())
    }

    /// An address, as octets or as [`IpAddr`].
    #[must_use]
    pub fn ip(address: impl Into<IpAddr>) -> Self {
        Self::Ip(address.into())
    }
}

impl core::fmt::Display for AlternativeName {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        match self {
            Self::Dns(name) | Self::Mail(name) => f.write_str(name),
            Self::Ip(address) => address.fmt(f),
        }
    }
}

/// A use that a certificate is limited to (RFC 5280 section 4.2.1.12).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Purpose {
    /// TLS server.
    ServerAuth,
    /// TLS client.
    ClientAuth,
    /// Signing of code: of no use in TLS, which is what tests want it for.
    CodeSigning,
    /// Signing of OCSP answers.
    OcspSigning,
}

/// How far an authority reaches.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Limits {
    /// How many further authorities may stand below it (section 4.2.1.9); none means no limit.
    pub path_length: Option<u8>,
    /// Which names it may vouch for (section 4.2.1.10); empty means any.
    pub permitted: Vec<Subtree>,
}

/// A set of names: a host's name with all below it, or a range of addresses.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Subtree {
    /// A host's name and all below it.
    Dns(String),
    /// An address, and how many leading bits of it count.
    Ip(IpAddr, u8),
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
        Self {
            not_before_unix: now_unix.saturating_sub(3600),
            not_after_unix: now_unix.saturating_add(u64::from(days) * 86_400),
        }
    }
}

/// The longest common name, in characters (RFC 5280 appendix A.1, ub-common-name).
pub(crate) const COMMON_NAME_LIMIT: usize = 64;

/// The first name, if it fits.
fn common_name(names: &[AlternativeName]) -> String {
    let first = names.first().map(ToString::to_string);
    first
        .filter(|name| name.chars().count() <= COMMON_NAME_LIMIT)
        .unwrap_or_default()
}
