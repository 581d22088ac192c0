//! Watching a connection: handshake messages, alerts and secrets as they pass.

mod tap;

pub use tap::{Tap, Tapped};

use core::fmt::Debug;
use handfast_wire::registry::{AlertDescription, AlertLevel, HandshakeType};

/// Which way a thing went.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Direction {
    /// From here to the peer.
    Sent,
    /// From the peer to here.
    Received,
}

/// One thing that passed.
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub enum Passed<'a> {
    /// A handshake message, its four-byte header included.
    Handshake {
        /// The message's type.
        msg_type: HandshakeType,
        /// The whole message.
        bytes: &'a [u8],
    },
    /// The ClientHello that is hidden in the one that passes next, or has passed (RFC 9849): it is what is
    /// answered.
    InnerClientHello {
        /// The whole message, its four-byte header included.
        bytes: &'a [u8],
    },
    /// A ClientHello in SSL 2.0's format, without its two-byte header (RFC 5246 appendix E.2).
    #[cfg(feature = "legacy")]
    Ssl2ClientHello {
        /// The whole message.
        bytes: &'a [u8],
    },
    /// A change_cipher_spec record, which means nothing in TLS 1.3.
    ChangeCipherSpec,
    /// An alert.
    Alert {
        /// Warning or fatal.
        level: AlertLevel,
        /// What it says.
        description: AlertDescription,
    },
}

/// Sees what passes, in the order in which it goes out or came in. Called inside `receive` and
/// `send`, so it must be quick.
pub trait Observer: Debug + Send + Sync {
    /// Something passed.
    fn passed(&self, direction: Direction, what: Passed<'_>);
}

/// Says something other than what the engine would say.
///
/// For tests that need a lying peer, or a trace byte for byte. What it gives
/// goes into the transcript in place of the engine's own message.
pub trait Script: Debug + Send + Sync {
    /// The handshake messages to say instead of `message` (header included):
    /// none, one or several, each whole.
    fn say(&self, msg_type: HandshakeType, message: Vec<u8>) -> Vec<Vec<u8>>;
}

/// Takes the secrets of connections, so that captures can be decrypted (RFC 9850).
///
/// Whoever has these lines reads the traffic. Nothing calls this unless a
/// config names it.
pub trait KeyLog: Debug + Send + Sync {
    /// One secret: the label of the key log format, the ClientHello's random,
    /// and the secret.
    fn secret(&self, label: &str, client_random: &[u8; 32], secret: &[u8]);
}

/// The line of a key log file, without a line break (RFC 9850 section 2).
#[must_use]
pub fn key_log_line(label: &str, client_random: &[u8; 32], secret: &[u8]) -> String {
    use core::fmt::Write;
    let mut line = String::with_capacity(label.len() + 66 + 2 * secret.len());
    line.push_str(label);
    for part in [client_random.as_slice(), secret] {
        line.push(' ');
        for byte in part {
            // Writing to a String cannot fail.
            let _ = write!(line, "{byte:02x}");
        }
    }
    line
}

/// One number of a key calculation before TLS 1.3, as it comes about (RFC 5246 sections 8.1 and 6.3).
#[cfg(feature = "legacy")]
#[derive(Clone, Copy)]
#[non_exhaustive]
pub enum Calculated<'a> {
    /// What the key exchange gave: under RSA the version and 46 random bytes, else the shared
    /// secret. Where a server could not open what was sent, random bytes (RFC 5246 section 7.4.7.1).
    Premaster(&'a [u8]),
    /// The 48 bytes that both randoms, or the hash of the handshake so far, make of it.
    MasterSecret {
        /// It is bound to the handshake so far (RFC 7627).
        extended: bool,
        /// The secret.
        secret: &'a [u8],
    },
    /// What the master secret is expanded to, and the bytes of each kind that either side has in it:
    /// both MAC keys, both keys, both IVs, the client's first each time.
    KeyBlock {
        /// All of it.
        block: &'a [u8],
        /// Nothing where the cipher authenticates by itself.
        mac_key: usize,
        /// Nothing where nothing is encrypted.
        key: usize,
        /// Nothing where each record bears an IV.
        iv: usize,
    },
}

/// Prints no secret.
#[cfg(feature = "legacy")]
impl Debug for Calculated<'_> {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        let (what, bytes) = match self {
            Self::Premaster(secret) => ("Premaster", secret.len()),
            Self::MasterSecret { secret, .. } => ("MasterSecret", secret.len()),
            Self::KeyBlock { block, .. } => ("KeyBlock", block.len()),
        };
        write!(f, "{what}({bytes} bytes)")
    }
}

/// Sees how the keys of a connection come about, number by number, below TLS 1.3: for lessons.
///
/// Whoever has these numbers reads the traffic, and can change it. Nothing calls this unless a config
/// names it in [`crate::config::Common::danger_key_calculation`].
#[cfg(feature = "legacy")]
pub trait KeyCalculation: Debug + Send + Sync {
    /// A number came about.
    fn calculated(&self, what: Calculated<'_>);
}
