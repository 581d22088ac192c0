//! Finished from the server (RFC 8446 section 4.4.4).

use crate::connection::{Broken, Output};
use crate::handshake::input::Message;
use crate::handshake::proof::PeerSettled;
use crate::handshake::side::Side;
use crate::tls13::client::{ClientHandshake, State};

impl ClientHandshake {
    /// In `WaitFinished`.
    pub(super) fn finished(
        &mut self,
        peer: PeerSettled,
        message: Message<'_>,
        out: &mut Output,
    ) -> Result<State, Broken> {
        let finished = self.shared.hear_finished(Side::Server, message)?;
        self.shared.enter_main(Side::Client)?;
        self.shared.receive_under_application_keys(out)?;
        self.say_end_of_early_data(out)?;
        self.say_application_settings(out)?;
        if self.wish.is_some() {
            return Ok(State::AwaitCredential(peer, finished));
        }
        self.conclude(peer, finished, out)
    }
}
