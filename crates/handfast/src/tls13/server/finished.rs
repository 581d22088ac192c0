//! Finished from the client (RFC 8446 section 4.4.4).

use crate::config::ClientAuth;
use crate::connection::{Broken, Later, Output};
use crate::handshake::input::Message;
use crate::handshake::proof::PeerSettled;
use crate::handshake::side::Side;
use crate::tls13::server::{ServerHandshake, State};
use std::sync::Arc;

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
        // RFC 8446 s4.4: what comes after this Finished is no part of it.
        let later = self.later()?;
        if self.plan.config.keep_only_digests_of_clients {
            self.shared.talk.negotiated.forget_chain();
        }
        self.say_tickets(out)?;
        self.shared.connected(finished, peer, None, out)?;
        if let Some(established) = &mut out.connected {
            established.later = later;
        }
        Ok(State::Done)
    }

    /// What is kept to ask the client who it is later, where the config may want to.
    fn later(&self) -> Result<Option<Box<Later>>, Broken> {
        let config = &self.plan.config;
        if matches!(config.later_client_auth, ClientAuth::None) || self.shared.knows_shared_key() {
            return Ok(None);
        }
        let transcript = self.takes_requests.then(|| self.shared.transcript());
        Ok(Some(Box::new(Later::Server {
            plan: Arc::clone(&self.plan),
            transcript: transcript.transpose()?,
            client_type: self.shared.talk.peer_type,
        })))
    }
}
