//! Watching a connection: handshake messages, alerts and secrets as they pass.

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
