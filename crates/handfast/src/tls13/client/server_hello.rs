//! ServerHello and HelloRetryRequest (RFC 8446 sections 4.1.3 and 4.1.4).

use crate::connection::{Broken, EarlyDataReason, Output};
use crate::fault::Fault;
use crate::handshake::input::Message;
use crate::handshake::side::Side;
use crate::handshake::talk::malformed;
use crate::hello::offered_psk::OfferedKey;
use crate::hello::server_hello::{Asked, check, check_retry};
use crate::hello::version;
use crate::tls13::client::{ClientHandshake, State};
use crate::tls13::key_schedule::nothing_agreed;
use handfast_wire::codec::Wire;
use handfast_wire::handshake::ServerHello;

impl ClientHandshake {
    /// In `WaitServerHello`.
    pub(super) fn server_hello(
        &mut self,
        message: Message<'_>,
        out: &mut Output,
    ) -> Result<State, Broken> {
        let hello =
            ServerHello::decode(message.body).map_err(malformed(Fault::ServerHelloMalformed))?;
        if hello.is_retry_request() {
            if self.retried {
                return Err(Fault::SecondRetry.into());
            }
            let asked = check_retry(&self.plan, &self.offer, &hello)?;
            return self.retry(asked, &hello, message, out);
        }
        if self.retried {
            version::check_kept(&hello)?;
        }
        self.judge_ech(&hello, message)?;
        let chosen = check(&self.plan, &self.offer, &hello)?;
        if self.retried
            && self
                .shared
                .suite
                .is_some_and(|suite| suite.code != chosen.suite.code)
        {
            return Err(Fault::SuiteChangedAfterRetry.into());
        }
        let secret = match &chosen.key_share {
            Some(share) => {
                self.shared.talk.negotiated.group = share.group;
                self.offer.agree(share)?
            }
            None => nothing_agreed(chosen.suite.hash)?,
        };
        self.shared.suite = Some(chosen.suite);
        self.shared.talk.transcript.start(chosen.suite.hash);
        self.shared.talk.hear(message);
        let offered = core::mem::take(&mut self.offer.psks);
        if let Some(psk) = chosen.psk.and_then(|at| offered.into_iter().nth(at)) {
            self.shared.early = Some(psk.early);
            match psk.key {
                OfferedKey::Session(session) => {
                    self.shared.resume(&session.state)?;
                    session.staples.give(&mut self.shared.talk.negotiated);
                    self.session = Some(session.state);
                }
                OfferedKey::External(form) => self.shared.meet_by(form.key),
            }
        }
        self.shared.enter_handshake(&secret)?;
        self.say_change_cipher_spec(out);
        self.shared
            .receive_under_handshake_keys(Side::Server, out)?;
        if self.session.is_none() {
            self.early_data_rejected(EarlyDataReason::SessionNotResumed);
        }
        // Early data goes on until the server has said what it does with it.
        if !self.awaits_early_data() {
            self.shared.send_under_handshake_keys(Side::Client, out)?;
        }
        Ok(State::WaitEncryptedExtensions)
    }

    /// Says the second ClientHello.
    fn retry(
        &mut self,
        asked: Asked,
        hello: &ServerHello<'_>,
        message: Message<'_>,
        out: &mut Output,
    ) -> Result<State, Broken> {
        self.retried = true;
        self.shared.talk.negotiated.retried = true;
        self.shared.suite = Some(asked.suite);
        if !self.judge_ech_retry(&asked, hello, message)? {
            self.shared
                .talk
                .transcript
                .restart_with_message_hash(asked.suite.hash);
        }
        self.shared.talk.hear(message);
        if let Some(group) = asked.group {
            self.offer.retry_with(&self.plan, group)?;
        }
        self.offer.cookie = asked.cookie;
        // A key of another hash cannot be used any more (RFC 8446 s4.1.4).
        self.offer.psks.retain(|psk| psk.hash == asked.suite.hash);
        // RFC 8446 s4.1.2: what was sent early is void, and the second Hello goes unprotected.
        if self.awaits_early_data() {
            self.early_data_rejected(EarlyDataReason::Retry);
            out.no_key();
        }
        out.asks_again();
        self.say_change_cipher_spec(out);
        self.say_client_hello(out)?;
        Ok(State::WaitServerHello)
    }

    /// RFC 8446 appendix D.4: once, before the second flight.
    fn say_change_cipher_spec(&mut self, out: &mut Output) {
        if self.plan.common.set.middlebox_compatibility && !self.change_cipher_spec_sent {
            self.change_cipher_spec_sent = true;
            self.shared.talk.say_change_cipher_spec(out);
        }
    }
}
