//! Finished from the client (RFC 8446 section 4.4.4).

use crate::connection::{Broken, Output};
use crate::handshake::input::Message;
use crate::handshake::proof::PeerSettled;
use crate::handshake::side::Side;
use crate::tls13::server::{ServerHandshake, State};

impl ServerHandshake {
    /// In `WaitFinished`.
    pub(super) fn finished(
        &mut self,
        peer: PeerSettled,
        message: Message<'_>,
        out: &mut Output,
    ) -> Result<State, Broken> {
        let finished = self.shared.hear_finished(Side::Client, message)?;
        self.shared.receive_under_application_keys(out)?;
        self.say_tickets(out)?;
        self.shared.connected(finished, peer, None, out)?;
        Ok(State::Done)
    }
}
