//! Why a config list or a key is not used.

use core::fmt;
use handfast_wire::codec::DecodeFault;

/// Why a config list or a key is not used.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum EchUnreadable {
    /// The bytes are no ECHConfigList (RFC 9849 section 4).
    List(DecodeFault),
    /// The bytes are no ECHConfig.
    Config(DecodeFault),
    /// The text is neither base64, nor an HTTPS record, nor a PEM file with an `ECHCONFIG` section (RFC 9934).
    Text,
    /// The text is a record of DNS that holds no `ech`.
    RecordWithout,
    /// The text is a record of DNS whose `ech` or whose generic form (RFC 3597) cannot be read.
    RecordMalformed,
    /// The PEM file has no private key before its `ECHCONFIG` section.
    KeyMissing,
    /// The private key is none of X25519 (PKCS#8, RFC 8410).
    KeyKind,
    /// The private key does not belong to the config.
    KeyMismatch,
    /// The config is for an HPKE that is not known here.
    AlgorithmUnknown,
    /// The public name is none of a host.
    PublicName(String),
    /// A list of keys is empty, or too long for its place.
    Length,
    /// No key could be drawn.
    Random,
}

impl fmt::Display for EchUnreadable {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::List(fault) => write!(f, "no ECHConfigList: {fault}"),
            Self::Config(fault) => write!(f, "no ECHConfig: {fault}"),
            Self::Text => f.write_str(
                "neither base64, nor an HTTPS record, nor a PEM file with an ECHCONFIG section: give what \
                 stands behind ech= in the host's HTTPS record, or the record, or the server's ECH file",
            ),
            Self::RecordWithout => f.write_str(
                "the record has no ech=: its host tells nobody how to hide it, or what answered has left that \
                 out",
            ),
            Self::RecordMalformed => f.write_str(
                "what stands behind ech= or \\# in the record is cut off or none: give the whole record as it \
                 was printed, in quotes",
            ),
            Self::KeyMissing => {
                f.write_str("no PRIVATE KEY section: this file can be published, not served from")
            }
            Self::KeyKind => f.write_str("the private key is none of X25519"),
            Self::KeyMismatch => f.write_str("the private key belongs to no config of the file"),
            Self::AlgorithmUnknown => f.write_str(
                "the config names no algorithms that are known here: X25519 with HKDF-SHA256, and \
                 AES-GCM or ChaCha20-Poly1305",
            ),
            Self::PublicName(name) => write!(
                f,
                "{name:?} cannot be shown in place of a host's name: give a host name of letters, \
                 digits and hyphens, 255 bytes at most"
            ),
            Self::Length => f.write_str("between 1 and 16 keys can be served"),
            Self::Random => f.write_str("the source of randomness failed"),
        }
    }
}

impl core::error::Error for EchUnreadable {}
