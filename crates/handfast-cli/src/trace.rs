//! `-v`: the handshake as it passes, one line a message.

use crate::demo::words::{name, says};
use crate::talk::note;
use anstyle::{AnsiColor, Style};
use handfast::observe::{Direction, Observer, Passed};

/// Prints what passes to standard error.
#[derive(Debug)]
pub(crate) struct Trace;

impl Observer for Trace {
    fn passed(&self, direction: Direction, what: Passed<'_>) {
        let (arrow, style) = match direction {
            Direction::Sent => ("→", SENT),
            Direction::Received => ("←", RECEIVED),
        };
        let words = match what {
            Passed::Handshake { msg_type, bytes } => {
                let (name, size) = (name(msg_type), bytes.len());
                // What a peer says must not steer the terminal.
                let says = says(msg_type, bytes).replace(char::is_control, "\u{fffd}");
                format!("{name:<22} {size:>6} B  {says}")
            }
            Passed::Alert { level, description } => format!("Alert {level} {description}"),
            // It means nothing in TLS 1.3.
            _ => return,
        };
        note(&format!("{style}{arrow}{style:#} {words}"));
    }
}

const SENT: Style = AnsiColor::Cyan.on_default();
const RECEIVED: Style = AnsiColor::Magenta.on_default();
