//! Early data as the runner has it: what a client writes first goes early where it may, and where
//! that is refused, the rest of the connection is another one, with flags of its own.

use crate::exchange::Exchange;
use crate::expectations;
use crate::settings::Settings;
use crate::stop::{Stop, ensure};
use handfast::connection::EarlyData;
use handfast::session::Session;

impl<'s> Exchange<'s> {
    /// Writes early what is to be written first, where early data is offered.
    pub(crate) fn begin_early(&mut self, session: Option<&Session>) -> Result<(), Stop> {
        let settings = self.settings;
        // What is asked before anything is said.
        while self.connection.question().is_some() {
            self.advance()?;
        }
        self.asked.judged_before = self.asked.judged;
        self.early.offered = self.connection.early_data_left().is_some();
        ensure(!(settings.expect.no_offer && self.early.offered), || {
            "early data was offered".to_owned()
        })?;
        let (true, Some(session)) = (self.early.offered, session) else {
            return ensure(settings.early_write_after.is_none(), || {
                "no early data was offered to write later".to_owned()
            });
        };
        expectations::check_offered(settings, session)?;
        self.flush()?;
        if settings.export_bytes > 0 {
            // Nothing is exported before the handshake is done, and the runner wants to see it.
            self.export()?;
        }
        if let Some(message) = settings.early_write_after {
            self.wait_for(message)?;
        }
        let (times, text) = self.first_words();
        for _ in 0..times {
            let left = self.connection.early_data_left().unwrap_or(0);
            let (now, later) = text.split_at_checked(left).unwrap_or((text, &[]));
            self.write_early(now)?;
            self.early.later.extend_from_slice(later);
        }
        Ok(())
    }

    /// Runs the engine until it has heard a message of this type.
    fn wait_for(&mut self, message: u8) -> Result<(), Stop> {
        let wanted = format!("read hs {message}\n");
        while !self.endpoint.trace.text().contains(&wanted) {
            if self.advance()?.is_some() {
                return Err(Stop::Wrong(format!("no message {message} came")));
            }
        }
        Ok(())
    }

    fn write_early(&mut self, data: &[u8]) -> Result<(), Stop> {
        if data.is_empty() {
            return Ok(());
        }
        let mut out = vec![0; self.connection.send_size(data.len())];
        let written = self.connection.send_replayable(&[data], &mut out)?;
        self.transport.write(out.get(..written).unwrap_or_default());
        Ok(())
    }

    /// By what flags the connection goes on: a refusal of early data makes another one of it.
    pub(crate) fn settings_now(&self) -> &'s Settings {
        let over = match self.connection.negotiated() {
            Some(negotiated) => negotiated.early_data != EarlyData::Accepted,
            None => self.connection.early_data_left().is_none(),
        };
        if self.early.offered && over {
            self.retry
        } else {
            self.settings
        }
    }

    /// The handshake is done.
    pub(crate) fn settle_early(&mut self) -> Result<(), Stop> {
        if !self.early.offered {
            return Ok(());
        }
        let rejected = self.negotiated()?.early_data != EarlyData::Accepted;
        ensure(rejected == self.settings.expect.early_rejected, || {
            format!("early data was rejected: {rejected}")
        })?;
        let later = core::mem::take(&mut self.early.later);
        if rejected {
            self.settings = self.retry;
            self.wrote_first = false;
        } else if !later.is_empty() {
            self.write(&later)?;
        }
        Ok(())
    }
}
