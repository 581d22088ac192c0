//! Uses that a certificate is limited to (RFC 5280 section 4.2.1.12).

use core::fmt;

/// A use that a certificate is limited to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Purpose {
    /// TLS server.
    ServerAuth,
    /// TLS client.
    ClientAuth,
    /// Signing of code.
    CodeSigning,
    /// Mail that is signed or encrypted.
    EmailProtection,
    /// Signing of times.
    TimeStamping,
    /// Signing of OCSP answers.
    OcspSigning,
}

impl Purpose {
    /// All that are known.
    pub const ALL: [Self; 6] = [
        Self::ServerAuth,
        Self::ClientAuth,
        Self::CodeSigning,
        Self::EmailProtection,
        Self::TimeStamping,
        Self::OcspSigning,
    ];

    /// Its object identifier, in numbers with dots.
    #[must_use]
    pub const fn oid(self) -> &'static str {
        match self {
            Self::ServerAuth => "1.3.6.1.5.5.7.3.1",
            Self::ClientAuth => "1.3.6.1.5.5.7.3.2",
            Self::CodeSigning => "1.3.6.1.5.5.7.3.3",
            Self::EmailProtection => "1.3.6.1.5.5.7.3.4",
            Self::TimeStamping => "1.3.6.1.5.5.7.3.8",
            Self::OcspSigning => "1.3.6.1.5.5.7.3.9",
        }
    }

    /// Its name, as OpenSSL writes it.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::ServerAuth => "serverAuth",
            Self::ClientAuth => "clientAuth",
            Self::CodeSigning => "codeSigning",
            Self::EmailProtection => "emailProtection",
            Self::TimeStamping => "timeStamping",
            Self::OcspSigning => "OCSPSigning",
        }
    }

    /// By its name, in any case of letters, or by its object identifier.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let is = |one: &Self| one.name().eq_ignore_ascii_case(text) || one.oid() == text;
        Self::ALL.into_iter().find(is)
    }
}

impl fmt::Display for Purpose {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}
