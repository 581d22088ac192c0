//! `-v`: the handshake as it passes, one line a message.

use crate::demo::words::classic::CHANGE_CIPHER_SPEC;
use crate::demo::words::{Reading, name};
use crate::demo::wrap::wrap_clauses;
use crate::talk::note;
use anstyle::{AnsiColor, Style};
use handfast::observe::{Direction, Observer, Passed};
use handfast_wire::codec::Wire;
use handfast_wire::handshake::Ssl2ClientHello;
use std::net::SocketAddr;
use std::sync::{Mutex, PoisonError};

/// Prints what passes to standard error.
#[derive(Debug, Default)]
pub(crate) struct Trace {
    /// With whom, where there may be several.
    peer: Option<SocketAddr>,
    reading: Mutex<Reading>,
}

impl Trace {
    /// Of one connection among several.
    pub(crate) fn of(peer: SocketAddr) -> Self {
        Self {
            peer: Some(peer),
            reading: Mutex::default(),
        }
    }
}

impl Observer for Trace {
    fn passed(&self, direction: Direction, what: Passed<'_>) {
        let (arrow, style) = match direction {
            Direction::Sent => ("→", SENT),
            Direction::Received => ("←", RECEIVED),
        };
        let mut reading = self.reading.lock().unwrap_or_else(PoisonError::into_inner);
        let words = match what {
            Passed::Handshake { msg_type, bytes } => {
                let (name, size) = (name(msg_type), bytes.len());
                // What a peer says must not steer the terminal.
                let says = reading
                    .says(msg_type, bytes)
                    .replace(char::is_control, "\u{fffd}");
                line(&name, size, &says)
            }
            Passed::Ssl2ClientHello { bytes } => {
                line("ClientHello", bytes.len(), &ssl2_hello(bytes))
            }
            Passed::Alert { level, description } => format!("Alert {level} {description}"),
            Passed::ChangeCipherSpec if reading.is_classic() => {
                line("ChangeCipherSpec", 1, CHANGE_CIPHER_SPEC)
            }
            // It means nothing in TLS 1.3.
            _ => return,
        };
        match self.peer {
            Some(peer) => note(&format!("{peer} {style}{arrow}{style:#} {words}")),
            None => note(&format!("{style}{arrow}{style:#} {words}")),
        }
    }
}

/// What a ClientHello in SSL 2.0's format says.
fn ssl2_hello(bytes: &[u8]) -> String {
    let Ok(hello) = Ssl2ClientHello::decode(bytes) else {
        return "in SSL 2.0's format, malformed".to_owned();
    };
    let (all, suites) = (hello.cipher_kinds().count(), hello.suites().count());
    let ciphers = all.saturating_sub(suites);
    format!(
        "in SSL 2.0's format: up to {}, {suites} suites, {ciphers} ciphers of SSL 2.0",
        hello.version
    )
}

/// A message; what it says goes on below itself.
fn line(name: &str, size: usize, says: &str) -> String {
    let says = wrap_clauses(says, WIDTH - COLUMN).join(&format!("\n{:COLUMN$}", ""));
    format!("{name:<22} {size:>6} B  {says}")
}

/// Columns of the whole.
const WIDTH: usize = 80;
/// Columns before what a message says: arrow, name, size.
const COLUMN: usize = 2 + 22 + 1 + 6 + 4;
const SENT: Style = AnsiColor::Cyan.on_default();
const RECEIVED: Style = AnsiColor::Magenta.on_default();
