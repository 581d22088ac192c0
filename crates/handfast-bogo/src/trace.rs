//! What the engine's observer saw, in the runner's words, one line an item.

use handfast::observe::{Direction, Observer, Passed};
use std::fmt::Write;
use std::sync::{Mutex, PoisonError};

/// Writes down what passes.
#[derive(Debug, Default)]
pub(crate) struct Trace(Mutex<String>);

impl Trace {
    /// All lines so far.
    pub(crate) fn text(&self) -> String {
        self.0
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .clone()
    }
}

impl Observer for Trace {
    fn passed(&self, direction: Direction, what: Passed<'_>) {
        let mut text = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        text.push_str(match direction {
            Direction::Sent => "write ",
            Direction::Received => "read ",
        });
        // Writing to a String cannot fail.
        let _ = match what {
            Passed::Handshake { msg_type, .. } => writeln!(text, "hs {}", msg_type.0),
            Passed::InnerClientHello { .. } => writeln!(text, "clienthelloinner"),
            Passed::Ssl2ClientHello { .. } => writeln!(text, "v2clienthello"),
            Passed::ChangeCipherSpec => writeln!(text, "ccs"),
            Passed::Alert { level, description } => {
                writeln!(text, "alert {} {}", level.0, description.0)
            }
            _ => writeln!(text, "something new"),
        };
    }
}

#[cfg(test)]
mod tests {
    use super::Trace;
    use handfast::AlertDescription;
    use handfast::observe::{Direction, Observer, Passed};

    #[test]
    fn lines_read_as_the_runner_writes_them() {
        let trace = Trace::default();
        trace.passed(Direction::Sent, Passed::ChangeCipherSpec);
        let alert = Passed::Alert {
            level: AlertDescription::CLOSE_NOTIFY.level(),
            description: AlertDescription::CLOSE_NOTIFY,
        };
        trace.passed(Direction::Received, alert);
        assert_eq!(trace.text(), "write ccs\nread alert 1 0\n");
    }
}
