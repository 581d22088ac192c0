//! Keys that both sides have known before they met.

use core::fmt;
use handfast_crypto::secret::SecretBytes;
use std::sync::Arc;

/// A pre-shared key and its name (RFC 8446 section 2.2, RFC 4279). Cheap to clone; wiped with the last
/// clone; prints its identity alone.
///
/// In TLS 1.3 a key goes with one hash ([`PreSharedKey::with_hash`]), or is imported
/// ([`PreSharedKey::imported`]). Let two parties know a key, one of them as client and the other as
/// server (RFC 9257 section 4): a group that shares one knows nobody by it but the group.
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
/// config.psks = vec![key];
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

#[derive(Clone)]
struct Inner {
    identity: Vec<u8>,
    key: Arc<SecretBytes>,
    hash: PskHash,
    /// The context of a key that is imported.
    context: Option<Vec<u8>>,
}

/// The hash that a key goes with in TLS 1.3.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum PskHash {
    /// SHA-256, where nothing else was agreed on (RFC 8446 section 4.2.11).
    #[default]
    Sha256,
    /// SHA-384.
    Sha384,
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
    /// There is no identity: TLS 1.3 has no place for that, so such a key is not imported.
    IdentityMissing,
    /// The context of an imported key is longer than 1,024 bytes.
    ContextLength {
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
            Self::IdentityMissing => f.write_str("a key without an identity cannot be imported"),
            Self::ContextLength { bytes } => write!(
                f,
                "a context of {bytes} bytes: it must have {MOST_IDENTITY} at most"
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
/// Bytes of an identity and of a context, at most: RFC 4279 section 5.3 asks for 128.
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
            key: Arc::new(SecretBytes::new(key.to_vec())),
            hash: PskHash::default(),
            context: None,
        })))
    }

    /// The same key, to go with this hash in TLS 1.3: both sides must agree on it beforehand, and only
    /// suites that have it are taken with the key. TLS 1.2 and older take the key with any suite.
    #[must_use]
    pub fn with_hash(mut self, hash: PskHash) -> Self {
        Arc::make_mut(&mut self.0).hash = hash;
        self
    }

    /// The same key, to be imported into TLS 1.3 (RFC 9258): from it come keys of their own, one for
    /// each hash, that are good for this context, and for TLS 1.3 alone. Both sides must do so.
    ///
    /// The context is what both sides know of what the key is for: who is the client and who the server,
    /// say, as [`PreSharedKey::imported_between`] puts it.
    ///
    /// # Errors
    /// [`PskUnfit`] for a context of more than 1,024 bytes, and a key without identity.
    ///
    /// ```
    /// use handfast::config::PreSharedKey;
    ///
    /// let key = PreSharedKey::new(b"pump 7", &[0x5a; 32])?.imported(b"readings")?;
    /// assert_eq!(key.context(), Some(&b"readings"[..]));
    /// # Ok::<(), handfast::config::PskUnfit>(())
    /// ```
    pub fn imported(mut self, context: &[u8]) -> Result<Self, PskUnfit> {
        let bytes = context.len();
        if bytes > MOST_IDENTITY {
            return Err(PskUnfit::ContextLength { bytes });
        }
        if self.identity().is_empty() {
            return Err(PskUnfit::IdentityMissing);
        }
        Arc::make_mut(&mut self.0).context = Some(context.to_vec());
        Ok(self)
    }

    /// As [`PreSharedKey::imported`], by a context that says who is the client and who the server, by
    /// any name that tells each from all others who know the key, of 255 bytes at most
    /// (RFC 9258 appendix B). Without that, whoever knows the key may be either: a client that is sent
    /// back to its own server takes that for the one it meant (the "Selfie" attack).
    ///
    /// # Errors
    /// [`PskUnfit`] for names that are too long, and a key without identity.
    ///
    /// ```
    /// use handfast::config::PreSharedKey;
    ///
    /// let shared = PreSharedKey::new(b"pumps", &[0x5a; 32])?;
    /// // Pump 7 calls pump 8. Both make the same key of it, which is not that for a call back.
    /// let key = shared.imported_between(b"pump 7", b"pump 8")?;
    /// assert_eq!(key.context(), Some(&b"\x06pump 7\x06pump 8"[..]));
    /// # Ok::<(), handfast::config::PskUnfit>(())
    /// ```
    pub fn imported_between(self, client: &[u8], server: &[u8]) -> Result<Self, PskUnfit> {
        let mut context = Vec::with_capacity(2 + client.len() + server.len());
        for name in [client, server] {
            let bytes = name.len();
            let length = u8::try_from(bytes).map_err(|_| PskUnfit::ContextLength { bytes })?;
            context.push(length);
            context.extend_from_slice(name);
        }
        self.imported(&context)
    }

    /// The hash that it goes with in TLS 1.3; of an imported key, the one that it is imported by.
    #[must_use]
    pub fn hash(&self) -> PskHash {
        self.0.hash
    }

    /// The context, of a key that is imported.
    #[must_use]
    pub fn context(&self) -> Option<&[u8]> {
        self.0.context.as_deref()
    }

    /// True for a key that TLS 1.2 and older may use: an imported one is for TLS 1.3 alone.
    pub(crate) fn serves_classic(&self) -> bool {
        self.0.context.is_none()
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
