//! A ClientHello in SSL 2.0's format (RFC 5246 appendix E.2): how clients of the 1990s and 2000s
//! reached servers old and new with one message.
//!
//! ```text
//!    length (2 bytes, highest bit set) | msg_type (1) | version | three lengths |
//!    cipher_specs | session_id | challenge
//! ```

use crate::codec::{DecodeFault, FaultKind, Reader, Recorder, TooLong, Wire, Writer};
use crate::handshake::HandshakeHeader;
use crate::registry::{CipherSuite, HandshakeType, ProtocolVersion, Ssl2CipherKind};
use alloc::vec::Vec;

/// The two bytes before a record of SSL 2.0 that is not padded.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Ssl2Header {
    /// Bytes that follow.
    pub length: u16,
}

impl Ssl2Header {
    /// The header's length in bytes.
    pub const LENGTH: usize = 2;

    /// Reads the header where `bytes` begin with a ClientHello in this format: the highest bit is
    /// set, the message is number 1, and the version is SSL 2.0, SSL 3.0 or one of TLS. Nothing
    /// where they do not, or are fewer than five. No record of TLS begins so.
    ///
    /// ```
    /// use handfast_wire::handshake::Ssl2Header;
    ///
    /// let header = Ssl2Header::peek(&[0x80, 0x2e, 1, 3, 1]);
    /// assert_eq!(header.map(|header| header.length), Some(0x2e));
    /// assert_eq!(Ssl2Header::peek(&[22, 3, 1, 0, 0x2e]), None);
    /// ```
    #[must_use]
    pub fn peek(bytes: &[u8]) -> Option<Self> {
        let [high, low, msg_type, major, minor] = *bytes.first_chunk()?;
        let is_version = major == 3 || [major, minor] == ProtocolVersion::SSL_2_0.0.to_be_bytes();
        let begins = high & 0x80 != 0 && msg_type == HandshakeType::CLIENT_HELLO.0 && is_version;
        begins.then_some(Self {
            length: u16::from_be_bytes([high & 0x7f, low]),
        })
    }
}

/// The message behind the header.
///
/// ```
/// use handfast_wire::codec::Wire;
/// use handfast_wire::handshake::Ssl2ClientHello;
/// use handfast_wire::registry::{CipherSuite, ProtocolVersion};
///
/// let head = [1, 3, 1, 0, 6, 0, 0, 0, 16, 7, 0, 0xc0, 0, 0, 0x2f];
/// let bytes = [&head[..], &[9; 16]].concat();
/// let hello = Ssl2ClientHello::decode(&bytes).unwrap();
/// assert_eq!(hello.version, ProtocolVersion::TLS_1_0);
/// let suites: Vec<_> = hello.suites().collect();
/// assert_eq!(suites, [CipherSuite::TLS_RSA_WITH_AES_128_CBC_SHA]);
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Ssl2ClientHello<'a> {
    /// The highest version that the client speaks.
    pub version: ProtocolVersion,
    /// V2CipherSpecs, three bytes each.
    pub cipher_specs: &'a [u8],
    /// Empty where the client speaks more than SSL 2.0.
    pub session_id: &'a [u8],
    /// 16 to 32 bytes of randomness.
    pub challenge: &'a [u8],
}

impl<'a> Ssl2ClientHello<'a> {
    /// What the client offers, best first or in no order: SSL 2.0 lets the client choose.
    pub fn cipher_kinds(&self) -> impl Iterator<Item = Ssl2CipherKind> + 'a {
        let (kinds, _) = self.cipher_specs.as_chunks();
        kinds.iter().copied().map(Ssl2CipherKind)
    }

    /// The suites of newer versions among them.
    pub fn suites(&self) -> impl Iterator<Item = CipherSuite> + 'a {
        self.cipher_kinds().filter_map(Ssl2CipherKind::suite)
    }

    /// True for a client that speaks SSL 2.0 and nothing newer.
    #[must_use]
    pub fn is_ssl2_alone(&self) -> bool {
        self.version < ProtocolVersion::SSL_3_0
    }

    /// The ClientHello's random: the challenge with zeros before it.
    #[must_use]
    pub fn random(&self) -> [u8; 32] {
        let mut random = [0; 32];
        for (to, from) in random.iter_mut().rev().zip(self.challenge.iter().rev()) {
            *to = *from;
        }
        random
    }

    /// The same as a ClientHello of newer versions, header included: what it names, and nothing
    /// beside it. It is not what the transcript has: that begins with this message as it came.
    ///
    /// # Errors
    /// [`TooLong`], which no message is that was read.
    pub fn to_client_hello(&self) -> Result<Vec<u8>, TooLong> {
        let mut bytes = Vec::new();
        let mut writer = Writer::new(&mut bytes);
        HandshakeHeader::write(HandshakeType::CLIENT_HELLO, &mut writer, |out| {
            self.version.write(out);
            out.bytes(&self.random());
            // No session_id.
            out.bytes(&[0]);
            out.prefixed::<2>(|out| self.suites().for_each(|suite| suite.write(out)));
            // The null method of compression.
            out.bytes(&[1, 0]);
        });
        writer.finish()?;
        Ok(bytes)
    }
}

impl<'a> Wire<'a> for Ssl2ClientHello<'a> {
    fn read<T: Recorder>(reader: &mut Reader<'a, T>) -> Result<Self, DecodeFault> {
        reader.field("msg_type", |reader| {
            let start = reader.fault(FaultKind::IllegalValue);
            let known = reader.u8()? == HandshakeType::CLIENT_HELLO.0;
            known.then_some(()).ok_or(start)
        })?;
        let version = reader.field("version", ProtocolVersion::read)?;
        let specs_len = reader.field("cipher_spec_length", |reader| {
            let start = reader.position();
            match reader.u16()? {
                0 => Err(DecodeFault::new(FaultKind::TooShort, start)),
                length if !length.is_multiple_of(3) => {
                    Err(DecodeFault::new(FaultKind::IllegalValue, start))
                }
                length => Ok(length),
            }
        })?;
        let id_len = reader.field("session_id_length", |reader| {
            let start = reader.position();
            match reader.u16()? {
                0 => Ok(0),
                16 if version < ProtocolVersion::SSL_3_0 => Ok(16),
                _ => Err(DecodeFault::new(FaultKind::IllegalValue, start)),
            }
        })?;
        let challenge_len = reader.field("challenge_length", |reader| {
            let start = reader.position();
            match reader.u16()? {
                ..16 => Err(DecodeFault::new(FaultKind::TooShort, start)),
                length @ 16..=32 => Ok(length),
                _ => Err(DecodeFault::new(FaultKind::TooLong, start)),
            }
        })?;
        let mut part = |name, length: u16| reader.field(name, |reader| reader.take(length.into()));
        Ok(Self {
            version,
            cipher_specs: part("cipher_specs", specs_len)?,
            session_id: part("session_id", id_len)?,
            challenge: part("challenge", challenge_len)?,
        })
    }

    fn write(&self, out: &mut Writer<'_>) {
        let parts = [self.cipher_specs, self.session_id, self.challenge];
        out.bytes(&[HandshakeType::CLIENT_HELLO.0]);
        self.version.write(out);
        parts.iter().for_each(|part| out.length_of::<2>(part));
        parts.iter().for_each(|part| out.bytes(part));
    }
}
