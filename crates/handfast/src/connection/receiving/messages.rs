//! Whole handshake messages: to the machine while it runs, and after it.

use crate::connection::ask::AskId;
use crate::connection::broken::Broken;
use crate::connection::established::Established;
use crate::connection::mailbox::Post;
use crate::connection::output::Output;
use crate::connection::receiving::{Event, Receiving};
use crate::fault::Fault;
use crate::handshake::input::{Input, Message};
use crate::machine::Machine;
use crate::observe::Passed;
use crate::time::Now;
use crate::tls13::traffic;
use handfast_wire::registry::HandshakeType;

/// Sessions that wait for the caller to take them, at most.
const MOST_STORED: usize = 16;

impl Receiving {
    /// Acts on whole handshake messages until something is to be reported.
    pub(super) fn take_messages(&mut self, now: Now) -> Result<(), Broken> {
        while self.ask.is_none() && self.pending.is_none() && !self.closed {
            let Some(bytes) = self.joined.next_message()? else {
                return Ok(());
            };
            let Some((&msg_type, _)) = bytes.split_first() else {
                return Ok(());
            };
            let msg_type = HandshakeType(msg_type);
            let body = bytes.get(4..).unwrap_or_default();
            self.observe(Passed::Handshake {
                msg_type,
                bytes: &bytes,
            });
            let message = Message {
                msg_type,
                body,
                whole: &bytes,
            };
            if self.machine.is_some() {
                self.advance(Input::Message(message), now)?;
            } else {
                self.after_handshake(message, now)?;
            }
        }
        Ok(())
    }

    pub(super) fn advance(&mut self, input: Input<'_>, now: Now) -> Result<(), Broken> {
        let Some(machine) = self.machine.as_mut() else {
            return Ok(());
        };
        let mut out = Output::default();
        machine.advance(input, now, &mut out)?;
        if machine.heeds_change_cipher_spec() && self.counts.dummies > 0 {
            // It came before a version was chosen that gives it a meaning.
            return Err(Fault::ChangeCipherSpecUnexpected.into());
        }
        self.apply(out)?;
        // What the config can answer is answered at once.
        while let Some(answer) = self.machine.as_ref().and_then(Machine::answer_from_config) {
            let mut out = Output::default();
            if let Some(machine) = self.machine.as_mut() {
                machine.advance(Input::Answer(answer?), now, &mut out)?;
            }
            self.apply(out)?;
        }
        self.open_ask();
        Ok(())
    }

    /// Asks the caller what the machine waits for.
    pub(in crate::connection) fn open_ask(&mut self) {
        if let Some(kind) = self.machine.as_ref().and_then(Machine::asks_for) {
            self.asks = self.asks.wrapping_add(1);
            let ask = kind(AskId(self.asks));
            self.ask = Some(ask);
            self.pending = Some(Event::Ask(ask));
        }
    }

    fn apply(&mut self, out: Output) -> Result<(), Broken> {
        // The one place where the receiving key changes.
        if let Some((key, secret)) = out.receive_key {
            self.refuse_half_read()?;
            self.key = Some(key);
            if let (Some(secret), Some(machine)) = (secret, self.machine.as_mut()) {
                machine.keep_receive_secret(secret);
            }
        }
        if out.asks_again && !self.joined.is_empty() {
            return Err(Fault::RetryNotAwaited.into());
        }
        if let Some(limit) = out.receive_limit {
            self.limit = limit;
        }
        if let Some(bytes) = out.skip_early_data {
            self.skip_early_data = bytes;
        }
        self.mailbox.put(out.posts);
        if let Some(done) = out.connected {
            let machine = self.machine.take();
            let is_client = machine.as_ref().is_some_and(Machine::is_client);
            let secret = machine.and_then(Machine::into_receive_secret);
            let established = Established {
                negotiated: done.negotiated,
                suite: done.suite,
                secret,
                exports: done.exports,
                is_client,
                session_maker: done.session_maker,
                stored: out.stored,
                cached: out.cached,
            };
            self.announce = !established.stored.is_empty();
            self.established = Some(Box::new(established));
            self.pending = Some(Event::Connected);
        }
        Ok(())
    }

    /// RFC 8446 s5.1: a handshake message must not span a change of keys.
    fn refuse_half_read(&self) -> Result<(), Fault> {
        if self.joined.is_empty() {
            Ok(())
        } else {
            Err(Fault::MessageAcrossKeyChange)
        }
    }

    fn after_handshake(&mut self, message: Message<'_>, now: Now) -> Result<(), Broken> {
        let Some(established) = self.established.as_mut() else {
            return Err(Fault::MessageUnexpected.into());
        };
        match message.msg_type {
            HandshakeType::KEY_UPDATE if established.secret.is_some() => {
                let update = traffic::key_update(established, message)?;
                self.counts.key_update()?;
                self.refuse_half_read()?;
                self.key = Some(update.key);
                if update.answer {
                    self.mailbox.put([Post::UpdateKey]);
                }
                self.pending = Some(Event::KeyUpdated);
                Ok(())
            }
            HandshakeType::NEW_SESSION_TICKET
                if established.is_client && established.secret.is_some() =>
            {
                let session = traffic::new_session_ticket(established, message, now)?;
                if let Some(session) = session {
                    if established.stored.len() >= MOST_STORED {
                        established.stored.remove(0);
                    }
                    established.stored.push(session);
                    self.announce = true;
                }
                self.counts.ticket().map_err(Broken::from)
            }
            // RFC 5246 s7.4.1.1 and s7.4.1.2.
            HandshakeType::HELLO_REQUEST
                if established.is_client && established.secret.is_none() =>
            {
                Err(Fault::RenegotiationRefused.into())
            }
            HandshakeType::CLIENT_HELLO
                if !established.is_client && established.secret.is_none() =>
            {
                Err(Fault::RenegotiationRefused.into())
            }
            _ => Err(Fault::MessageUnexpected.into()),
        }
    }
}
