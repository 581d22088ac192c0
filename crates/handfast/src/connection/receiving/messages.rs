//! Whole handshake messages: to the machine while it runs, and after it.

use crate::connection::ask::AskId;
use crate::connection::broken::Broken;
use crate::connection::established::Established;
use crate::connection::joined::message_length;
use crate::connection::mailbox::Post;
use crate::connection::output::{Output, Renewed};
use crate::connection::receiving::{Pending, Receiving};
use crate::connection::renewal::Renewal;
use crate::fault::Fault;
use crate::handshake::input::{Input, Message};
use crate::machine::Machine;
use crate::observe::{Passed, Tapped};
use crate::session::Counted;
use crate::time::Now;
use crate::tls13::traffic;
#[cfg(feature = "legacy")]
use handfast_wire::codec::Wire;
use handfast_wire::handshake::HandshakeHeader;
#[cfg(feature = "legacy")]
use handfast_wire::handshake::Ssl2ClientHello;
use handfast_wire::registry::{HandshakeType, KeyUpdateRequest};

/// Sessions that wait for the caller to take them, at most.
const MOST_STORED: usize = 16;

impl Receiving {
    /// Acts on whole handshake messages until something is to be reported.
    pub(super) fn take_messages(&mut self, now: Now) -> Result<(), Broken> {
        // Mostly there is nothing, and that is told before every record.
        while !self.joined.is_empty() && self.acts_on_messages() {
            let Some(whole) = self.joined.next_message()? else {
                return Ok(());
            };
            self.take_message(&whole, now)?;
        }
        Ok(())
    }

    /// Acts on the whole messages at the front of a record's content, where they lie;
    /// the rest waits.
    pub(super) fn take_messages_in(&mut self, mut content: &[u8], now: Now) -> Result<(), Broken> {
        while self.joined.is_empty() && self.acts_on_messages() {
            let Some(length) = message_length(content)? else {
                break;
            };
            let Some((whole, rest)) = content.split_at_checked(length) else {
                break;
            };
            content = rest;
            self.joined.follow(!rest.is_empty());
            let taken = self.take_message(whole, now);
            self.joined.follow(false);
            taken?;
        }
        if !content.is_empty() {
            self.joined.push(content);
        }
        Ok(())
    }

    fn acts_on_messages(&self) -> bool {
        (self.ask.is_none() || !self.rests_while_asked()) && self.pending.is_none() && !self.closed
    }

    fn take_message(&mut self, whole: &[u8], now: Now) -> Result<(), Broken> {
        let Some((head, body)) = HandshakeHeader::split(whole) else {
            return Ok(());
        };
        let msg_type = head.msg_type;
        self.observe(Passed::Handshake {
            msg_type,
            bytes: whole,
        });
        self.tap(Tapped::Handshake(whole));
        let message = Message {
            msg_type,
            body,
            whole,
        };
        // RFC 5246 s7.4.1.1: not heard while a handshake runs.
        let machine = self.machine.as_ref();
        if msg_type == HandshakeType::HELLO_REQUEST
            && machine.is_some_and(Machine::ignores_hello_request)
        {
            return self.ignore_hello_request(message);
        }
        let taken = if machine.is_some_and(|machine| machine.takes_message(msg_type)) {
            self.advance(Input::Message(message), now)
        } else {
            self.after_handshake(message, now)
        };
        taken.inspect_err(|_| self.note(whole))
    }

    /// Acts on a ClientHello in SSL 2.0's format: what it names is taken as a newer one names it,
    /// and the transcript begins with the message as it came (RFC 5246 appendix E.2).
    #[cfg(feature = "legacy")]
    pub(super) fn take_ssl2_hello(&mut self, heard: &[u8], now: Now) -> Result<(), Broken> {
        self.counts.records = self.counts.records.saturating_add(1);
        self.observe(Passed::Ssl2ClientHello { bytes: heard });
        self.tap(Tapped::Ssl2ClientHello(heard));
        let hello = Ssl2ClientHello::decode(heard)
            .map_err(|decode| Broken::decode(Fault::Ssl2HelloMalformed, decode))?;
        if hello.is_ssl2_alone() {
            return Err(Fault::Ssl2Alone.into());
        }
        if hello.suites().next().is_none() {
            return Err(Fault::SuiteNotCommon.into());
        }
        let whole = hello
            .to_client_hello()
            .map_err(|_| Fault::Ssl2HelloMalformed)?;
        if let Some(machine) = &mut self.machine {
            machine.heard_ssl2_hello(heard);
        }
        let (head, body) = HandshakeHeader::split(&whole).ok_or(Fault::Ssl2HelloMalformed)?;
        let message = Message {
            msg_type: head.msg_type,
            body,
            whole: &whole,
        };
        self.advance(Input::Message(message), now)
            .inspect_err(|_| self.note(&whole))
    }

    pub(super) fn advance(&mut self, input: Input<'_>, now: Now) -> Result<(), Broken> {
        self.step(input, now)?;
        // What the config can answer is answered at once.
        while let Some(answer) = self.machine.as_ref().and_then(Machine::answer_from_config) {
            self.step(Input::Answer(answer?), now)?;
        }
        self.open_ask();
        Ok(())
    }

    /// One step of the machine; where it fails, nothing of it is sent.
    fn step(&mut self, input: Input<'_>, now: Now) -> Result<(), Broken> {
        let Some(machine) = self.machine.as_mut() else {
            return Ok(());
        };
        let posts = self.mailbox.borrow();
        let mark = posts.mark();
        let mut out = Output::on(posts);
        let stepped = machine.advance(input, now, self.established.as_deref_mut(), &mut out);
        let fits = stepped.and_then(|()| Ok(self.refuse_unfit(&out)?));
        if let Err(broken) = fits {
            out.posts.go_back(mark);
            self.mailbox.give_back(out.posts);
            return Err(broken);
        }
        self.apply(out);
        if self.machine.as_ref().is_some_and(Machine::is_over) {
            self.machine = None;
        }
        Ok(())
    }

    /// Asks the caller what the machine waits for, once everything before it was told.
    pub(in crate::connection) fn open_ask(&mut self) {
        if self.ask.is_some() || self.pending.is_some() {
            return;
        }
        if let Some(kind) = self.machine.as_ref().and_then(Machine::asks_for) {
            self.asks = self.asks.wrapping_add(1);
            self.ask = Some(kind(AskId(self.asks)));
            self.pending = Some(Pending::Ask);
        }
    }

    /// What the records allow no step to do.
    fn refuse_unfit(&self, out: &Output) -> Result<(), Fault> {
        let heeds = Machine::heeds_change_cipher_spec;
        if self.counts.dummies > 0 && self.machine.as_ref().is_some_and(heeds) {
            // It came before a version was chosen that gives it a meaning.
            return Err(Fault::ChangeCipherSpecUnexpected);
        }
        if out.receive_key.is_some() {
            self.refuse_half_read()?;
        }
        if out.asks_again && !self.joined.is_empty() {
            return Err(Fault::RetryNotAwaited);
        }
        Ok(())
    }

    fn apply(&mut self, out: Output) {
        self.tell_version();
        self.mailbox.give_back(out.posts);
        // The one place where the receiving key changes.
        if let Some(key) = out.receive_key {
            self.key = Some(key);
            self.early_left = out.take_early_data;
        }
        if let Some(limit) = out.receive_limit {
            self.limit = u16::try_from(limit).unwrap_or(u16::MAX);
        }
        if out.may_send {
            self.pending = Some(Pending::MaySend);
        }
        if let Some(renewed) = out.renewed {
            let what = Renewal::ClientCertificate;
            self.pending = Some(match (renewed, &self.pending) {
                // A client's config may answer several requests in one go.
                (Renewed::Done, Some(Pending::Renewed { times, .. })) => Pending::Renewed {
                    what,
                    times: times.saturating_add(1),
                },
                (Renewed::Done, _) => Pending::Renewed { what, times: 1 },
                (Renewed::Declined, _) => Pending::RenewalDeclined(what),
            });
        }
        if let Some(bytes) = out.skip_early_data {
            self.skip_early_data = bytes;
        }
        if let Some(mut established) = out.connected {
            let machine = self.machine.take();
            self.count_good(&established);
            self.announce = !out.stored.is_empty();
            if self.announce || out.cached.is_some() {
                let sessions = established.sessions.get_or_insert_default();
                sessions.stored = out.stored;
                sessions.cached = out.cached;
            }
            self.pending = Some(match self.established.take() {
                None => Pending::Connected,
                Some(before) => {
                    established.go_on_from(before);
                    let what = machine.as_ref().map_or(Renewal::Keys, Machine::renews);
                    Pending::Renewed { what, times: 1 }
                }
            });
            self.established = Some(established);
        }
    }

    /// A handshake is done.
    fn count_good(&self, established: &Established) {
        let Some(common) = &self.common else { return };
        common.set.count(if established.is_client {
            Counted::ConnectGood
        } else {
            Counted::AcceptGood
        });
        if established.negotiated.is_resumed() {
            common.set.count(Counted::Hit);
        }
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
                    let answer = KeyUpdateRequest::UPDATE_NOT_REQUESTED;
                    self.mailbox.put(Post::UpdateKey(answer));
                }
                self.pending = Some(Pending::KeyUpdated);
                Ok(())
            }
            HandshakeType::NEW_SESSION_TICKET
                if established.is_client && established.secret.is_some() =>
            {
                let session = traffic::new_session_ticket(established, message, now)?;
                if let Some(session) = session {
                    let stored = &mut established.sessions.get_or_insert_default().stored;
                    if stored.len() >= MOST_STORED {
                        stored.remove(0);
                    }
                    stored.push(session);
                    self.announce = true;
                }
                self.counts.ticket().map_err(Broken::from)
            }
            HandshakeType::CERTIFICATE_REQUEST if established.takes_requests() => {
                self.take_request(message, now)
            }
            // RFC 5246 s7.4.1.1 and s7.4.1.2.
            HandshakeType::HELLO_REQUEST
                if established.is_client && established.secret.is_none() =>
            {
                self.hello_request(message, now)
            }
            HandshakeType::CLIENT_HELLO
                if !established.is_client && established.secret.is_none() =>
            {
                self.hello_again(message, now)
            }
            _ => Err(Fault::MessageUnexpected.into()),
        }
    }
}
