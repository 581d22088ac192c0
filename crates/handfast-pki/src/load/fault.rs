//! Why bytes could not be loaded: the thing, the place, the remedy.

use crate::fault::CertificateFault;
use std::fmt;

/// Why keys or certificates could not be loaded.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LoadFault {
    /// The line of the PEM file on which it breaks, counted from 1.
    pub line: Option<usize>,
    /// The certificate that it is about, counted from 1.
    pub certificate: Option<usize>,
    /// What is wrong.
    pub problem: LoadProblem,
}

/// What is wrong with bytes that should hold keys or certificates.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum LoadProblem {
    /// There is neither a PEM block of the kind nor DER.
    Nothing {
        /// What was looked for.
        wanted: &'static str,
        /// The labels of the blocks that are there.
        found: Vec<String>,
    },
    /// A block begins and does not end.
    MissingEnd {
        /// Its label.
        label: String,
    },
    /// A line that once began or ended a block, and was changed.
    Boundary {
        /// What it should be.
        should: String,
    },
    /// The text is UTF-16, as some shells write it.
    Utf16,
    /// The file has more PEM blocks than are read.
    TooLarge {
        /// How many are read.
        limit: usize,
    },
    /// A character that stands in no base64.
    NotBase64 {
        /// The character; U+FFFD for bytes that are no UTF-8.
        found: char,
    },
    /// Base64 that cannot be read, and a line of another length than the others.
    LineLength {
        /// The line's length, in characters.
        length: usize,
        /// The others' length.
        usual: usize,
    },
    /// Base64 of an impossible length or end.
    BrokenBase64,
    /// The bytes are no certificate.
    Certificate(CertificateFault),
    /// What a `TRUSTED CERTIFICATE` block says after its certificate cannot be read.
    TrustMarks(CertificateFault),
    /// The certificate is to be an anchor, and is marked as not to be trusted for the purpose.
    Distrusted {
        /// Its subject.
        subject: String,
        /// The purpose, as RFC 5280 names it.
        purpose: &'static str,
    },
    /// The bytes are no certificate revocation list.
    Crl(CertificateFault),
    /// The bytes are no signing request.
    Request(CertificateFault),
    /// The bytes are no OCSP response.
    OcspResponse(CertificateFault),
    /// The bytes are no DHParameter (PKCS#3).
    DhParameters(CertificateFault),
    /// There is more than one group.
    SeveralDhParameters,
    /// The bytes are no PKCS#7, or none that holds certificates.
    Pkcs7(CertificateFault),
    /// The public key is malformed or of a kind that is not known.
    PublicKey,
    /// The key is malformed or of a kind that is not known.
    Key,
    /// There is more than one key.
    SeveralKeys,
    /// The key is encrypted and no password was given.
    PasswordNeeded,
    /// The password does not open the key, or the file is damaged.
    WrongPassword,
    /// The bytes are no PKCS#12 container.
    Container,
    /// The key is encrypted in a way that is not opened.
    UnknownEncryption,
    /// The PKCS#12 container is sealed in a way that is not opened, or holds several keys.
    ContainerEncryption,
    /// The PKCS#12 container has no MAC, by which it would be verified.
    MissingMac,
    /// What is to be written cannot be.
    NotWritten,
    /// The chain has no certificate.
    EmptyChain,
    /// The key belongs to another certificate of the chain.
    WrongOrder {
        /// Its place, counted from 1.
        place: usize,
    },
    /// The key belongs to none of the certificates.
    KeyMismatch {
        /// The subject of the first certificate.
        subject: String,
    },
}

impl LoadFault {
    pub(crate) fn new(problem: LoadProblem) -> Self {
        Self {
            line: None,
            certificate: None,
            problem,
        }
    }

    /// There is nothing of the kind that is wanted.
    pub(crate) fn nothing(wanted: &'static str, found: Vec<String>) -> Self {
        Self::new(LoadProblem::Nothing { wanted, found })
    }

    pub(crate) fn at_line(line: usize, problem: LoadProblem) -> Self {
        Self {
            line: Some(line),
            certificate: None,
            problem,
        }
    }
}

impl fmt::Display for LoadFault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(line) = self.line {
            write!(f, "line {line}: ")?;
        }
        if let Some(place) = self.certificate {
            write!(f, "certificate {place}: ")?;
        }
        if let Some(sentence) = self.problem.sentence() {
            return f.write_str(sentence);
        }
        match &self.problem {
            LoadProblem::Nothing { wanted, found } if found.is_empty() => {
                write!(f, "no {wanted} here: give PEM or DER")
            }
            LoadProblem::Nothing { wanted, found } => {
                write!(f, "no {wanted} here, but {}", found.join(", "))
            }
            LoadProblem::MissingEnd { label } => write!(
                f,
                "the block {label} has no end: copy the file whole, up to -----END {label}-----"
            ),
            LoadProblem::Boundary { should } => write!(
                f,
                "this should be a line of its own that reads {should}, in plain hyphens: mend it, or \
                 copy the file anew"
            ),
            LoadProblem::NotBase64 { found } => write!(
                f,
                "{} stands in no PEM: copy the file anew",
                character(*found)
            ),
            LoadProblem::LineLength { length, usual } => write!(
                f,
                "it has {length} characters, the lines before it {usual}: characters are missing or \
                 added; copy the file anew"
            ),
            LoadProblem::TooLarge { limit } => write!(
                f,
                "it has more than the {limit} PEM blocks that are read: divide it"
            ),
            LoadProblem::Certificate(fault) => {
                write!(f, "not a certificate: {fault}; copy or export it anew")
            }
            LoadProblem::TrustMarks(fault) => write!(
                f,
                "what it is trusted for cannot be read: {fault}; write it anew with `openssl x509 \
                 -trustout`"
            ),
            LoadProblem::Distrusted { subject, purpose } => write!(
                f,
                "{subject} is marked as not to be trusted for {purpose}: take it out, or, if it is \
                 to be trusted nevertheless, clear its marks with `openssl x509 -clrtrust \
                 -clrreject`"
            ),
            LoadProblem::Crl(fault) => {
                write!(f, "not a revocation list: {fault}; fetch it anew")
            }
            LoadProblem::Request(fault) => {
                write!(f, "not a signing request: {fault}; copy or make it anew")
            }
            LoadProblem::OcspResponse(fault) => {
                write!(f, "not an OCSP response: {fault}; ask for it anew")
            }
            LoadProblem::DhParameters(fault) => write!(f, "not DH parameters: {fault}"),
            LoadProblem::Pkcs7(fault) => write!(
                f,
                "not PKCS#7 with certificates: {fault}; export it anew, in DER or PEM"
            ),
            LoadProblem::WrongOrder { place } => write!(
                f,
                "the key belongs to certificate {place} of the chain: put that one first, then \
                 its issuer, and so on"
            ),
            LoadProblem::KeyMismatch { subject } => write!(
                f,
                "the private key does not belong to the certificate of {subject}: give the key \
                 that it was requested with"
            ),
            // The others have a sentence.
            _ => Ok(()),
        }
    }
}

impl LoadProblem {
    /// What is wrong, where nothing more is known than that.
    fn sentence(&self) -> Option<&'static str> {
        Some(match self {
            Self::Utf16 => "the text is UTF-16: save it as ASCII or UTF-8",
            Self::BrokenBase64 => "characters are missing or added: copy the file anew",
            Self::PublicKey => {
                "the public key is malformed or of an unknown kind: give RSA, P-256, P-384, P-521, \
                 Ed25519 or ML-DSA"
            }
            Self::Key => {
                "the private key is malformed or of an unknown kind: give RSA, P-256, P-384, \
                 P-521, Ed25519 or ML-DSA as PKCS#8, PKCS#1 or SEC1"
            }
            Self::SeveralDhParameters => "a second group: leave the one that is meant",
            Self::SeveralKeys => "more than one private key: leave only the certificate's",
            Self::PasswordNeeded => "the private key is encrypted: give its password",
            Self::WrongPassword => "the password does not open the key, or the file is damaged",
            Self::Container => "not a PKCS#12 container: export it anew",
            Self::UnknownEncryption => {
                "the private key is encrypted in a way that is not opened here: decrypt it with \
                 `openssl pkey`"
            }
            Self::ContainerEncryption => {
                "the PKCS#12 container is encrypted in a way that is not opened here, or holds more \
                 than one key: open it and write it anew with `openssl pkcs12`"
            }
            Self::MissingMac => {
                "the PKCS#12 container has no MAC, by which it and its password are verified: write \
                 it anew with one, with `openssl pkcs12` and without -nomac"
            }
            Self::NotWritten => {
                "it cannot be written: the key is of a kind that has no such form, or the password is \
                 no UTF-8"
            }
            Self::EmptyChain => "no certificate goes with the key: give one",
            _ => return None,
        })
    }
}

impl std::error::Error for LoadFault {}

/// A character in words, with how it usually comes there.
fn character(found: char) -> String {
    match found {
        '\u{a0}' => "a non-breaking space (U+00A0), as web pages have it,".to_owned(),
        '\u{2010}'..='\u{2015}' | '\u{2212}' => {
            format!("a dash of typography (U+{:04X})", u32::from(found))
        }
        '\u{200b}'..='\u{200f}' | '\u{2060}' | '\u{feff}' => {
            format!("an invisible character (U+{:04X})", u32::from(found))
        }
        '&' => "'&', which begins an HTML entity,".to_owned(),
        '<' | '>' => format!("'{found}', as mails and HTML have it,"),
        '\\' => "a backslash, as line breaks are written in configuration files,".to_owned(),
        ' ' | '\t' => "a space inside a line".to_owned(),
        '\u{fffd}' => "a byte that is no text".to_owned(),
        '!'..='~' => format!("'{found}'"),
        _ => format!("U+{:04X}", u32::from(found)),
    }
}
