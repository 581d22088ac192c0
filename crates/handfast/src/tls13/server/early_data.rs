//! Early data, the server's side (RFC 8446 sections 4.2.10 and 8): whether it is taken, and
//! where it ends.

use crate::connection::{Answer, Broken, EarlyData, EarlyDataReason, Negotiated, Output};
use crate::fault::{Fault, OwnFailure};
use crate::handshake::input::{Message, unwelcome};
use crate::handshake::proof::PeerSettled;
use crate::handshake::side::Side;
use crate::hello::psk::Resumed;
use crate::session::{Strike, Ticket};
use crate::tls13::key_schedule::{early_traffic_secret, expander, traffic_key};
use crate::tls13::server::choice::Choice;
use crate::tls13::server::{ServerHandshake, State};
use handfast_crypto::hash::{HashAlgorithm, digest};
use handfast_wire::handshake::ClientHelloExtensions;

/// Bytes of early data that are skipped at least, what a client may have been allowed by another config
/// or another server: 16 KiB where they are protected in one record.
const LEAST_SKIPPED: u32 = 16_384 - 17;

impl ServerHandshake {
    /// What is known of early data once the first ClientHello is read; a session may still make it
    /// better.
    pub(super) fn note_early_data(&mut self, hello: &ClientHelloExtensions<'_>, retries: bool) {
        let is_offered = hello.early_data.is_some();
        let reason = match hello.pre_shared_key {
            _ if self.plan.config.max_early_data == 0 => EarlyDataReason::Disabled,
            _ if retries => EarlyDataReason::Retry,
            Some(_) if is_offered => EarlyDataReason::SessionNotResumed,
            Some(_) => EarlyDataReason::PeerDeclined,
            None => EarlyDataReason::NoSession,
        };
        self.shared.talk.negotiated.early_data = if is_offered {
            EarlyData::Rejected(reason)
        } else {
            EarlyData::NotOffered(reason)
        };
    }

    /// The session is not resumed: that weighs more than a retry.
    pub(super) fn note_no_session(&mut self) {
        let early_data = &mut self.shared.talk.negotiated.early_data;
        if *early_data == EarlyData::Rejected(EarlyDataReason::Retry) {
            *early_data = EarlyData::Rejected(EarlyDataReason::SessionNotResumed);
        }
    }

    /// Whether the early data that comes with a session may be taken, as far as this machine can
    /// tell: if so, by what its flight is remembered. All but the binder, which is right by now,
    /// is looked at here (RFC 8446 section 4.2.10).
    pub(super) fn judge_early_data(
        &self,
        choice: &Choice,
        resumed: &Resumed,
    ) -> Result<Strike, EarlyDataReason> {
        let (config, talk) = (&self.plan.config, &self.shared.talk);
        let ticket = &resumed.ticket;
        let suite = self.shared.suite.map(|suite| suite.code);
        let alpn = talk.negotiated.alpn.as_deref().unwrap_or_default();
        let settings = self.own_application_settings(choice);
        let differs_by_ms = ticket.age_differs_by_ms(resumed.obfuscated_age, talk.now.unix_ms);
        if config.max_early_data == 0 {
            Err(EarlyDataReason::Disabled)
        } else if ticket.max_early_data == 0 || ticket.max_early_data > config.max_early_data {
            // The limit was lowered: the client may have sent more than is taken by now.
            Err(EarlyDataReason::SessionUnfit)
        } else if self.retry.is_some() {
            Err(EarlyDataReason::Retry)
        } else if choice.psk_index != Some(0) {
            Err(EarlyDataReason::NotFirstSession)
        } else if suite != Some(ticket.suite) {
            Err(EarlyDataReason::SuiteChanged)
        } else if alpn != ticket.alpn {
            Err(EarlyDataReason::AlpnChanged)
        } else if settings != ticket.application_settings.as_ref().map(|kept| &*kept.own) {
            Err(EarlyDataReason::SettingsChanged)
        } else if differs_by_ms > u64::from(config.early_data_age_ms) {
            Err(EarlyDataReason::AgeWrong)
        } else {
            Ok(self.strike(resumed))
        }
    }

    /// RFC 8446 s8.2: by the binder, which nobody can make but who knows the key, and which covers
    /// the client's random. Here it is good for as long as its age is right.
    fn strike(&self, resumed: &Resumed) -> Strike {
        let binder = digest(
            HashAlgorithm::Sha256,
            &[b"handfast strike", resumed.heard.binder.as_ref()],
        );
        let mut key = [0; 32];
        for (to, from) in key.iter_mut().zip(binder.as_ref()) {
            *to = *from;
        }
        let said_ms = resumed.ticket.said_at_ms(resumed.obfuscated_age);
        let until_ms = said_ms.saturating_add(u64::from(self.plan.config.early_data_age_ms));
        Strike::new(key, until_ms)
    }

    /// In `AwaitStrike`: a flight that was seen before, or may have been, goes on without its
    /// early data.
    pub(super) fn strike_answered(
        &mut self,
        answer: Answer,
        out: &mut Output,
    ) -> Result<State, Broken> {
        self.strike = None;
        self.shared.talk.negotiated.early_data = match answer {
            Answer::Strike(true) => EarlyData::Accepted,
            Answer::Strike(false) => EarlyData::Rejected(EarlyDataReason::Replayed),
            Answer::Failed => EarlyData::Rejected(EarlyDataReason::StrikeFailed),
            other => return Err(unwelcome(other)),
        };
        let choice = self.choice.take().ok_or(OwnFailure::Crypto)?;
        let ticket = self.session.take().ok_or(OwnFailure::Crypto)?;
        self.say_resumed_flight(&choice, ticket, out)
    }

    /// What is agreed on, where early data is taken: the client's Finished changes nothing of it.
    pub(crate) fn settled(&self) -> Option<&Negotiated> {
        let negotiated = &self.shared.talk.negotiated;
        self.takes_early_data().then_some(negotiated)
    }

    pub(super) fn takes_early_data(&self) -> bool {
        self.shared.talk.negotiated.early_data == EarlyData::Accepted
    }

    /// The ClientHello is the last in the transcript: its early data is opened from here on.
    pub(super) fn receive_under_early_key(
        &mut self,
        ticket: &Ticket,
        out: &mut Output,
    ) -> Result<(), OwnFailure> {
        let suite = self.shared.suite()?;
        let early = self.shared.early.as_ref().ok_or(OwnFailure::Crypto)?;
        let hello = self.shared.talk.transcript.current();
        let secret = early_traffic_secret(suite.hash, early, &hello)?;
        self.shared.talk.log("CLIENT_EARLY_TRAFFIC_SECRET", &secret);
        out.receive_key(traffic_key(suite, &expander(suite, &secret))?);
        out.take_early_data(ticket.max_early_data);
        Ok(())
    }

    /// In `WaitEndOfEarlyData` (RFC 8446 section 4.5).
    pub(super) fn end_of_early_data(
        &mut self,
        peer: PeerSettled,
        message: Message<'_>,
        out: &mut Output,
    ) -> Result<State, Broken> {
        if !message.body.is_empty() {
            return Err(Fault::EndOfEarlyDataMalformed.into());
        }
        self.shared.talk.hear(message);
        // Now the client has seen what we take.
        out.receive_limit(self.shared.talk.negotiated.receive_limit);
        self.shared
            .receive_under_handshake_keys(Side::Client, out)?;
        Ok(State::WaitFinished(peer))
    }

    /// Early data that is not taken must be skipped, not refused: as much as is allowed here, or by the
    /// ticket that it came with, which may be of another config.
    pub(super) fn skip_early_data(&self, ticket: u32, out: &mut Output) {
        let most = self.plan.config.max_early_data.max(ticket);
        // Nobody can tell padding from content.
        out.skip_early_data(most.saturating_add(most / 4).max(LEAST_SKIPPED));
    }
}
