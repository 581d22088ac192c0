//! Everything that passes, record by record.

use crate::observe::Direction;
use core::fmt::Debug;
use handfast_wire::registry::{ContentType, HandshakeType, ProtocolVersion};

/// One thing that passed, as its bytes: those of OpenSSL's message callback, by the same numbers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Tapped<'a> {
    /// The five bytes before each record, of application data too.
    RecordHeader(&'a [u8; 5]),
    /// What a protected record of TLS 1.3 holds, since its header does not tell.
    InnerContentType(ContentType),
    /// A handshake message, its four-byte header included.
    Handshake(&'a [u8]),
    /// A ClientHello in SSL 2.0's format, without its two-byte header (RFC 5246 appendix E.2).
    #[cfg(feature = "legacy")]
    Ssl2ClientHello(&'a [u8]),
    /// The one byte of a change_cipher_spec.
    ChangeCipherSpec(&'a [u8]),
    /// The two bytes of an alert: its level and what it says.
    Alert(&'a [u8]),
}

impl<'a> Tapped<'a> {
    /// By what number OpenSSL's callback, and Python's, tell this kind: a ContentType, 256 for a
    /// record's header, 257 for an inner content type, 0 for a ClientHello of SSL 2.0.
    #[must_use]
    pub const fn content_type(self) -> u16 {
        match self {
            Self::RecordHeader(_) => 256,
            Self::InnerContentType(_) => 257,
            Self::Handshake(_) => ContentType::HANDSHAKE.0 as u16,
            #[cfg(feature = "legacy")]
            Self::Ssl2ClientHello(_) => 0,
            Self::ChangeCipherSpec(_) => ContentType::CHANGE_CIPHER_SPEC.0 as u16,
            Self::Alert(_) => ContentType::ALERT.0 as u16,
        }
    }

    /// What Python's callback is told beside it: the type of a handshake message, what an alert says,
    /// the content type of a record, 0x0101 for a change_cipher_spec.
    #[must_use]
    pub fn msg_type(self) -> u16 {
        let byte = match self {
            Self::RecordHeader([first, ..]) => Some(first),
            Self::InnerContentType(content_type) => return u16::from(content_type.0),
            Self::Handshake(bytes) => bytes.first(),
            #[cfg(feature = "legacy")]
            Self::Ssl2ClientHello(bytes) => bytes.first(),
            Self::ChangeCipherSpec(_) => return CHANGE_CIPHER_SPEC,
            Self::Alert(bytes) => bytes.get(1),
        };
        byte.copied().map_or(0, u16::from)
    }

    /// The handshake message's type, where it is one.
    #[must_use]
    pub fn handshake_type(self) -> Option<HandshakeType> {
        match self {
            Self::Handshake([first, ..]) => Some(HandshakeType(*first)),
            _ => None,
        }
    }

    /// The bytes; none of an inner content type, which is one number.
    #[must_use]
    pub const fn bytes(self) -> &'a [u8] {
        match self {
            Self::RecordHeader(bytes) => bytes,
            Self::InnerContentType(_) => &[],
            Self::Handshake(bytes) | Self::ChangeCipherSpec(bytes) | Self::Alert(bytes) => bytes,
            #[cfg(feature = "legacy")]
            Self::Ssl2ClientHello(bytes) => bytes,
        }
    }
}

/// As OpenSSL numbers it, which no handshake message is.
const CHANGE_CIPHER_SPEC: u16 = 0x0101;

/// Sees all that passes on the connections of a config, headers of records included.
///
/// A record's header comes first, in TLS 1.3 the type of what it protects after it, then what is whole
/// with it: messages, an alert. Of messages that are sent together the headers of all their records
/// come first. What application data say is not shown. A record that was received is shown once it
/// is there whole, whatever becomes of it.
///
/// It is called within the `connect`, `receive`, `answer` or `send` of the connection that it is
/// about, so whoever calls these knows which one that is; it must be quick. Records take longer on
/// connections that are tapped; on others they cost the same as ever.
///
/// ```
/// use handfast::observe::{Direction, Tap, Tapped};
/// use handfast::ProtocolVersion;
///
/// /// As `SSLContext._msg_callback` of Python has it.
/// #[derive(Debug)]
/// struct Printed;
///
/// impl Tap for Printed {
///     fn tapped(&self, way: Direction, version: Option<ProtocolVersion>, what: Tapped<'_>) {
///         let way = if way == Direction::Sent { "write" } else { "read" };
///         println!("{way} {version:?} {} {}", what.content_type(), what.msg_type());
///     }
/// }
/// # let mut config = handfast::ServerConfig::without_credential();
/// config.common.tap = Some(std::sync::Arc::new(Printed));
/// ```
pub trait Tap: Debug + Send + Sync {
    /// Something passed; `version` once one is chosen.
    fn tapped(&self, direction: Direction, version: Option<ProtocolVersion>, what: Tapped<'_>);
}
