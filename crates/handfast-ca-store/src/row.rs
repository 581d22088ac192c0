//! A certificate as it is recorded.

use handfast_ca::crl::RevocationReason;
use handfast_ca::serial::SerialNumber;
use std::fmt;

/// Which of the folder's two keys issued something. In a folder with a root alone they are one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Level {
    /// The root: it issued the issuing authority's certificate.
    Root,
    /// The authority that issues to everybody else.
    Issuing,
}

/// A certificate as it is recorded.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Row {
    /// Its place in the order of recording.
    pub id: i64,
    /// Who issued it.
    pub issuer: Level,
    /// Its serial number.
    pub serial: SerialNumber,
    /// SHA-256 of its DER; none for one that was imported by its serial alone.
    pub fingerprint: Option<[u8; 32]>,
    /// Its subject, as RFC 4514 writes it.
    pub subject: String,
    /// The subject's common name, if there is exactly one.
    pub common_name: Option<String>,
    /// The names that it vouches for.
    pub names: Vec<Name>,
    /// What it is for: `server`, `client`, `both`, `ocsp`, `intermediate`, `root`, `other` or
    /// `imported`.
    pub profile: String,
    /// Its first second in Unix time; none for one that was imported by its serial alone.
    pub not_before: Option<u64>,
    /// Its last second in Unix time.
    pub not_after: u64,
    /// When it was revoked, in Unix time.
    pub revoked_at: Option<u64>,
    /// Why, if it was revoked.
    pub reason: Option<RevocationReason>,
    /// When it was recorded, in Unix time.
    pub issued_at: u64,
    /// The certificate that it renews.
    pub renewed_from: Option<i64>,
    /// The file that an imported index names.
    pub file: Option<String>,
}

/// A name that a certificate vouches for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Name {
    /// `DNS`, `IP`, `mail`, `URI`, `UPN`, `directory`, `id` or `other`.
    pub kind: String,
    /// The name as text.
    pub text: String,
}

/// How a certificate stands at a moment.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum State {
    /// In use.
    Valid,
    /// Its first second has not come.
    NotYetValid,
    /// Its last second has passed, and it was not revoked.
    Expired,
    /// Revoked, and its last second has not passed, or has.
    Revoked,
}

impl State {
    /// The word for it: `valid`, `not yet valid`, `expired`, `revoked`.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Valid => "valid",
            Self::NotYetValid => "not yet valid",
            Self::Expired => "expired",
            Self::Revoked => "revoked",
        }
    }
}

/// What a responder may say about a serial number (RFC 6960 section 2.2).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Status {
    /// It was issued here and is not revoked; it may have expired.
    Good,
    /// It was revoked.
    Revoked {
        /// When, in Unix time.
        at_unix: u64,
        /// Why.
        reason: RevocationReason,
    },
    /// It was never issued here.
    Unknown,
}

impl Row {
    /// How it stands at a moment, in Unix time.
    #[must_use]
    pub fn state(&self, at_unix: u64) -> State {
        if self.revoked_at.is_some() {
            State::Revoked
        } else if self.not_after < at_unix {
            State::Expired
        } else if self.not_before.is_some_and(|first| at_unix < first) {
            State::NotYetValid
        } else {
            State::Valid
        }
    }

    /// What people call it: the common name, else the first name, else the serial.
    #[must_use]
    pub fn title(&self) -> String {
        let first = self.names.first().map(|name| name.text.clone());
        let common = self.common_name.clone().filter(|name| !name.is_empty());
        common.or(first).unwrap_or_else(|| self.serial.to_string())
    }
}

impl fmt::Display for Row {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} (serial {})", self.title(), self.serial)
    }
}
