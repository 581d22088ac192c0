//! `-v`: the handshake as it passes, one line a message.

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
                format!("{:<22} {:>6} B", camel(&msg_type.to_string()), bytes.len())
            }
            Passed::Alert { level, description } => format!("Alert {level} {description}"),
            // It means nothing in TLS 1.3.
            _ => return,
        };
        note(&format!("{style}{arrow}{style:#} {words}"));
    }
}

/// `client_hello` as the RFC spells the message: `ClientHello`.
fn camel(snake: &str) -> String {
    let capital = |word: &str| {
        let (first, rest) = word.split_at_checked(1).unwrap_or((word, ""));
        first.to_ascii_uppercase() + rest
    };
    snake.split('_').map(capital).collect()
}

const SENT: Style = AnsiColor::Cyan.on_default();
const RECEIVED: Style = AnsiColor::Magenta.on_default();
