//! Keys that both sides have known before they met.

use core::fmt;
use handfast_crypto::secret::SecretBytes;
use std::sync::Arc;

/// A pre-shared key and its name (RFC 4279). Cheap to clone; wiped with the last clone; prints its
/// identity alone.
///
/// ```
/// use handfast::config::{PreSharedKey, PskUnfit};
///
/// let key = PreSharedKey::new(b"pump 7", &[0x5a; 32])?;
/// assert_eq!(format!("{key:?}"), r#"PreSharedKey("pump 7")"#);
/// let weak = PreSharedKey::new(b"pump 7", b"secret").unwrap_err();
/// assert_eq!(weak, PskUnfit::KeyShort { bytes: 6 });
/// # Ok::<(), PskUnfit>(())
/// ```
///
/// Both ends with one key and no certificates. A client that trusts no roots refuses whoever shows
/// a certificate instead of knowing the key:
///
/// ```
/// use handfast::config::{PreSharedKey, Trust};
/// use handfast::{ClientConfig, Roots, ServerConfig, ServerName, stream::Stream};
/// use std::io::{Read, Write};
/// use std::net::{TcpListener, TcpStream};
///
/// # fn main() -> Result<(), Box<dyn std::error::Error + Send + Sync>> {
/// let key = PreSharedKey::new(b"pump 7", &[0x5a; 32])?; // draw yours at random
///
/// let mut config = ServerConfig::without_credential();
/// config.psks = vec![key.clone()];
/// let server = config.check()?;
/// let listener = TcpListener::bind("127.0.0.1:0")?;
/// let address = listener.local_addr()?;
/// let served = std::thread::spawn(move || -> std::io::Result<()> {
///     let mut stream = Stream::accept(&server, listener.accept()?.0)?;
///     stream.write_all(b"3 bar")?;
///     stream.close()
/// });
///
/// let mut config = ClientConfig::new(Trust::Roots(Roots::new()));
/// config.psk = Some(key);
/// let client = config.check()?;
/// let name = ServerName::parse("pump.test")?;
/// let mut stream = Stream::connect(&client, name, TcpStream::connect(address)?)?;
/// let mut says = String::new();
/// stream.read_to_string(&mut says)?;
/// assert_eq!(says, "3 bar");
/// # served.join().unwrap()?;
/// # Ok(()) }
/// ```
#[derive(Clone)]
pub struct PreSharedKey(Arc<Inner>);

struct Inner {
    identity: Vec<u8>,
    key: SecretBytes,
}

/// Why a pre-shared key is not used.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum PskUnfit {
    /// The identity is longer than 1,024 bytes.
    IdentityLength {
        /// Its bytes.
        bytes: usize,
    },
    /// The key has fewer than 16 bytes.
    KeyShort {
        /// Its bytes.
        bytes: usize,
    },
    /// The key has more than 256 bytes.
    KeyLong {
        /// Its bytes.
        bytes: usize,
    },
}

impl fmt::Display for PskUnfit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::IdentityLength { bytes } => write!(
                f,
                "an identity of {bytes} bytes: it must have {MOST_IDENTITY} at most"
            ),
            Self::KeyShort { bytes } => write!(
                f,
                "a key of {bytes} bytes can be guessed by whoever has seen it used: draw {LEAST_KEY} \
                 bytes or more at random"
            ),
            Self::KeyLong { bytes } => {
                write!(f, "a key of {bytes} bytes: it must have {MOST_KEY} at most")
            }
        }
    }
}

impl core::error::Error for PskUnfit {}

/// Bytes of a key, at least: 128 bits, for which RFC 9257 section 6 asks.
const LEAST_KEY: usize = 16;
/// Bytes of a key, at most.
pub(crate) const MOST_KEY: usize = 256;
/// Bytes of an identity, at most: RFC 4279 section 5.3 asks for 128.
const MOST_IDENTITY: usize = 1024;

impl PreSharedKey {
    /// A key under this name.
    ///
    /// # Errors
    /// [`PskUnfit`].
    pub fn new(identity: &[u8], key: &[u8]) -> Result<Self, PskUnfit> {
        if key.len() < LEAST_KEY {
            return Err(PskUnfit::KeyShort { bytes: key.len() });
        }
        Self::danger_short(identity, key)
    }

    /// As [`PreSharedKey::new`], for keys that are too short to be safe: of a pass phrase, say. Whoever
    /// has seen a handshake, or answers one in the server's place, can try all of them.
    ///
    /// # Errors
    /// [`PskUnfit`], for no key at all too.
    pub fn danger_short(identity: &[u8], key: &[u8]) -> Result<Self, PskUnfit> {
        if identity.len() > MOST_IDENTITY {
            let bytes = identity.len();
            return Err(PskUnfit::IdentityLength { bytes });
        }
        if key.is_empty() {
            return Err(PskUnfit::KeyShort { bytes: 0 });
        }
        if key.len() > MOST_KEY {
            return Err(PskUnfit::KeyLong { bytes: key.len() });
        }
        Ok(Self(Arc::new(Inner {
            identity: identity.to_vec(),
            key: SecretBytes::new(key.to_vec()),
        })))
    }

    /// The name.
    #[must_use]
    pub fn identity(&self) -> &[u8] {
        &self.0.identity
    }

    pub(crate) fn key(&self) -> &[u8] {
        self.0.key.as_bytes()
    }
}

impl fmt::Debug for PreSharedKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let identity = String::from_utf8_lossy(&self.0.identity);
        write!(f, "PreSharedKey({identity:?})")
    }
}
