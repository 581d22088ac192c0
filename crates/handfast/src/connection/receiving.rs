//! The receiving half.

use crate::config::CommonPlan;
use crate::connection::ask::{Answer, Ask, AskId, Question};
use crate::connection::binding::ChannelBinding;
use crate::connection::broken::{Broken, Refusal};
use crate::connection::established::{Established, Exports};
use crate::connection::joined::Joined;
use crate::connection::mailbox::{Mailbox, Post};
use crate::connection::negotiated::Negotiated;
use crate::connection::output::Output;
use crate::connection::records::{Counts, Record, inspect};
use crate::fault::{Error, Fault, Misuse};
use crate::handshake::input::{Input, Message};
use crate::machine::Machine;
use crate::observe::{Direction, Passed};
use crate::record::{Framing, Opened, TrafficKey, open};
use crate::session::StoredSession;
use crate::time::Now;
use crate::tls13::key_schedule::export;

use crate::tls13::traffic;
use core::ops::Range;
use handfast_wire::alert::Alert;
use handfast_wire::codec::Wire;
use handfast_wire::record::{MAX_PLAINTEXT, RecordHeader};
use handfast_wire::registry::{AlertDescription, AlertLevel, ContentType, HandshakeType};
use std::sync::Arc;

/// What `receive` did.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Received {
    /// Bytes of the buffer that are used up. The caller drops them, after it
    /// has taken the data of [`Event::Data`], and keeps the rest.
    pub consumed: usize,
    /// What happened; nothing when more bytes or an answer are needed.
    pub event: Option<Event>,
}

/// Something that the caller wants to know.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Event {
    /// The handshake is done.
    Connected,
    /// Application data lies in this range of the buffer given to `receive`.
    Data(Range<usize>),
    /// The engine waits for an answer.
    Ask(Ask),
    /// The peer said close_notify: it sends nothing more, and nothing was cut off.
    Closed,
    /// A warning that the engine tolerates; the caller decides.
    Warning(AlertDescription),
    /// The peer replaced its sending key.
    KeyUpdated,
    /// There are sessions for the caller to keep: [`Receiving::take_sessions`].
    StoreSession,
}

/// Receives: opens records, runs the handshake, hands out data.
pub struct Receiving {
    mailbox: Arc<Mailbox>,
    common: Option<Arc<CommonPlan>>,
    key: Option<TrafficKey>,
    limit: usize,
    machine: Option<Machine>,
    joined: Joined,
    ask: Option<Ask>,
    asks: u32,
    pending: Option<Event>,
    /// The caller is to be told of sessions to keep.
    announce: bool,
    established: Option<Box<Established>>,
    refusal: Option<Box<Refusal>>,
    failed: Option<Error>,
    closed: bool,
    counts: Counts,
    skip_early_data: usize,
    needed: usize,
}

/// Sessions that wait for the caller to take them, at most.
const MOST_STORED: usize = 16;

impl Receiving {
    pub(super) fn new(
        mailbox: Arc<Mailbox>,
        common: Option<Arc<CommonPlan>>,
        machine: Machine,
    ) -> Self {
        Self {
            mailbox,
            common,
            key: None,
            limit: MAX_PLAINTEXT,
            machine: Some(machine),
            joined: Joined::default(),
            ask: None,
            asks: 0,
            pending: None,
            announce: false,
            established: None,
            refusal: None,
            failed: None,
            closed: false,
            counts: Counts::default(),
            skip_early_data: 0,
            needed: RecordHeader::LENGTH,
        }
    }

    /// Takes records from the front of `buffer` until something happens or no
    /// whole record is left. Records are opened where they lie.
    ///
    /// # Errors
    /// What ended the connection; from then on every call gives the same.
    pub fn receive(&mut self, buffer: &mut [u8], now: Now) -> Result<Received, Error> {
        if let Some(error) = self.failed {
            return Err(error);
        }
        self.take_records(buffer, now)
            .map_err(|broken| self.fail(broken))
    }

    /// Bytes missing from the next record, as far as its header tells.
    #[must_use]
    pub fn needed(&self) -> usize {
        self.needed
    }

    /// True while the handshake runs.
    #[must_use]
    pub fn is_handshaking(&self) -> bool {
        self.machine.is_some()
    }

    /// What was agreed on, once the handshake is done.
    #[must_use]
    pub fn negotiated(&self) -> Option<&Negotiated> {
        self.established
            .as_deref()
            .map(|established| &*established.negotiated)
    }

    /// Why the peer was refused.
    #[must_use]
    pub fn refusal(&self) -> Option<&Refusal> {
        self.refusal.as_deref()
    }

    /// The open ask, with what is needed to answer it.
    #[must_use]
    pub fn question(&self) -> Option<Question<'_>> {
        self.ask?;
        self.machine.as_ref()?.question()
    }

    /// Answers the open ask. Call `receive` afterwards, even with no new bytes.
    ///
    /// # Errors
    /// [`Misuse::NoSuchAsk`] and [`Misuse::AnswerUnfit`] leave the ask open;
    /// anything else has ended the connection.
    pub fn answer(&mut self, id: AskId, answer: Answer, now: Now) -> Result<(), Error> {
        if let Some(error) = self.failed {
            return Err(error);
        }
        if self.ask.is_none_or(|ask| ask.id() != id) {
            return Err(Misuse::NoSuchAsk.into());
        }
        let fits = self
            .machine
            .as_ref()
            .is_some_and(|machine| machine.takes(&answer));
        if !fits {
            return Err(Misuse::AnswerUnfit.into());
        }
        self.ask = None;
        if let Answer::Config(server) = &answer {
            let common = &server.0.common;
            self.common = Some(Arc::clone(common));
            self.mailbox.put([Post::Config(Arc::clone(common))]);
        }
        self.advance(Input::Answer(answer), now)
            .map_err(|broken| self.fail(broken))
    }

    /// Key material for another protocol (RFC 8446 section 7.5, RFC 5705).
    /// No context and an empty one give the same in TLS 1.3, and not in TLS 1.2.
    ///
    /// # Errors
    /// [`Misuse::NotConnected`], [`Misuse::ExportTooLong`];
    /// [`Misuse::NotInThisVersion`] for a TLS 1.2 connection without the
    /// extended master secret.
    pub fn export(
        &self,
        label: &[u8],
        context: Option<&[u8]>,
        out: &mut [u8],
    ) -> Result<(), Error> {
        let established = self.established.as_ref().ok_or(Misuse::NotConnected)?;
        let most = established.suite.hash.output_len() * 255;
        if out.len() > most
            || label.len() > 249
            || context.is_some_and(|context| context.len() > usize::from(u16::MAX))
        {
            return Err(Misuse::ExportTooLong.into());
        }
        match &established.exports {
            Exports::Tls13(secret) => {
                let context = context.unwrap_or_default();
                Ok(export(established.suite, secret, label, context, out)?)
            }
            Exports::Classic(exporter) => {
                exporter.export(label, context, out);
                Ok(())
            }
            Exports::None => Err(Misuse::NotInThisVersion.into()),
        }
    }

    /// Sessions for the caller to keep, oldest first. Of those that were not taken
    /// in time the newest 16 are here.
    pub fn take_sessions(&mut self) -> Vec<StoredSession> {
        self.established
            .as_mut()
            .map(|established| core::mem::take(&mut established.stored))
            .unwrap_or_default()
    }

    /// What ties an authentication inside to this connection.
    ///
    /// # Errors
    /// [`Misuse::NotConnected`]; [`Misuse::NotInThisVersion`];
    /// [`Misuse::NoBinding`] where the server's certificate is not at hand, or its
    /// signature has no hash of its own.
    pub fn channel_binding(&self, binding: ChannelBinding) -> Result<Vec<u8>, Error> {
        let established = self.established.as_ref().ok_or(Misuse::NotConnected)?;
        established.channel_binding(binding)
    }

    fn fail(&mut self, broken: Broken) -> Error {
        let alert = match broken.error {
            Error::Fault(fault) => Some(fault.alert()),
            Error::PeerAlert(_) => None,
            Error::Misuse(_) | Error::Own(_) => Some(AlertDescription::INTERNAL_ERROR),
        };
        if let Error::Fault(fault) = broken.error {
            self.refusal = Some(Box::new(Refusal {
                fault,
                detail: broken.detail,
            }));
        }
        if let Some((cache, id)) = self.established.as_mut().and_then(|one| one.cached.take()) {
            cache.remove(&id);
        }
        self.failed = Some(broken.error);
        self.machine = None;
        self.key = None;
        self.ask = None;
        self.joined = Joined::default();
        self.mailbox.fail(broken.error, alert);
        broken.error
    }

    fn take_records(&mut self, buffer: &mut [u8], now: Now) -> Result<Received, Broken> {
        let mut consumed = 0;
        loop {
            self.take_messages(now)?;
            if let Some(event) = self.pending.take() {
                return Ok(Received {
                    consumed,
                    event: Some(event),
                });
            }
            if core::mem::take(&mut self.announce) {
                return Ok(Received {
                    consumed,
                    event: Some(Event::StoreSession),
                });
            }
            if self.ask.is_some() {
                return Ok(Received {
                    consumed,
                    event: None,
                });
            }
            if self.closed {
                // RFC 8446 s6.1: what follows close_notify is ignored.
                return Ok(Received {
                    consumed: buffer.len(),
                    event: Some(Event::Closed),
                });
            }
            let rest = buffer.get_mut(consumed..).unwrap_or_default();
            let first = self.counts.records == 0 && self.is_server();
            let record = match inspect(rest, first, self.key.is_some())? {
                Record::Whole(record) => record,
                Record::Missing(bytes) => {
                    self.needed = bytes;
                    return Ok(Received {
                        consumed,
                        event: None,
                    });
                }
            };
            let length = record.header.len() + record.body.len();
            let data = self.take_record(record.header, record.body, now)?;
            self.needed = RecordHeader::LENGTH;
            consumed += length;
            if let Some(content) = data.filter(|content| !content.is_empty()) {
                let start = consumed + RecordHeader::LENGTH - length;
                return Ok(Received {
                    consumed,
                    event: Some(Event::Data(start + content.start..start + content.end)),
                });
            }
        }
    }

    /// Acts on one record; gives where in its body application data lies.
    fn take_record(
        &mut self,
        header: &[u8; RecordHeader::LENGTH],
        body: &mut [u8],
        now: Now,
    ) -> Result<Option<Range<usize>>, Broken> {
        let outer = ContentType(header[0]);
        self.counts.records = self.counts.records.saturating_add(1);
        if outer == ContentType::CHANGE_CIPHER_SPEC {
            self.change_cipher_spec(body, now)?;
            return Ok(None);
        }
        let Some(key) = self.key.as_mut() else {
            return self.take_plain(outer, body).map(|()| None);
        };
        if outer != ContentType::APPLICATION_DATA && key.framing() == Framing::Tls13 {
            // A client that could not derive our keys tells so in the clear.
            let may_be_plain =
                outer == ContentType::ALERT && key.sequence() == 0 && self.machine.is_some();
            if may_be_plain && self.is_server() {
                return self.take_plain(outer, body).map(|()| None);
            }
            return Err(Fault::RecordNotProtected.into());
        }
        let opened = match open(key, header, body, self.limit) {
            Ok(opened) => opened,
            Err(Fault::RecordNotAuthentic) if self.skip_early_data > 0 => {
                self.skip(body.len())?;
                return Ok(None);
            }
            Err(fault) => return Err(fault.into()),
        };
        self.skip_early_data = 0;
        self.take_opened(opened, body)
    }

    fn take_opened(
        &mut self,
        opened: Opened,
        body: &mut [u8],
    ) -> Result<Option<Range<usize>>, Broken> {
        let Opened {
            content_type,
            start,
            length,
        } = opened;
        let content = body.get(start..start + length).unwrap_or_default();
        if content_type == ContentType::APPLICATION_DATA {
            if !self.joined.is_empty() {
                return Err(Fault::MessageInterleaved.into());
            }
            if self.machine.is_some() {
                return Err(Fault::ApplicationDataUnexpected.into());
            }
            self.counts.data(length)?;
            return Ok(Some(start..start + length));
        }
        match content_type {
            ContentType::HANDSHAKE => self.take_handshake(content)?,
            ContentType::ALERT => self.take_alert(content)?,
            // RFC 8446 s5: a protected change_cipher_spec is never right.
            ContentType::CHANGE_CIPHER_SPEC => return Err(Fault::ChangeCipherSpecUnexpected.into()),
            _ => return Err(Fault::RecordTypeUnknown.into()),
        }
        Ok(None)
    }

    fn take_plain(&mut self, content_type: ContentType, body: &[u8]) -> Result<(), Broken> {
        match content_type {
            ContentType::HANDSHAKE => {
                // Early data ends where the second ClientHello begins.
                self.skip_early_data = 0;
                self.take_handshake(body)
            }
            ContentType::ALERT => self.take_alert(body),
            // Early data that a HelloRetryRequest has made void.
            ContentType::APPLICATION_DATA if self.skip_early_data > 0 => self.skip(body.len()),
            ContentType::APPLICATION_DATA => Err(Fault::ApplicationDataUnexpected.into()),
            _ => Err(Fault::RecordTypeUnknown.into()),
        }
    }

    fn skip(&mut self, bytes: usize) -> Result<(), Broken> {
        self.skip_early_data = self
            .skip_early_data
            .checked_sub(bytes)
            .ok_or(Fault::TooMuchSkippedEarlyData)?;
        if self.skip_early_data == 0 {
            Err(Fault::TooMuchSkippedEarlyData.into())
        } else {
            Ok(())
        }
    }

    fn take_handshake(&mut self, content: &[u8]) -> Result<(), Broken> {
        if content.is_empty() {
            return Err(Fault::RecordEmpty.into());
        }
        self.counts.empty = 0;
        self.joined.push(content);
        Ok(())
    }

    fn change_cipher_spec(&mut self, body: &[u8], now: Now) -> Result<(), Broken> {
        // RFC 8446 s5: after the first ClientHello and before the peer's Finished.
        let allowed = self.machine.as_ref().is_some_and(Machine::has_begun);
        if !allowed {
            return Err(Fault::ChangeCipherSpecUnexpected.into());
        }
        if body != [1] {
            return Err(Fault::ChangeCipherSpecMalformed.into());
        }
        if !self.joined.is_empty() {
            return Err(Fault::MessageInterleaved.into());
        }
        self.observe(Passed::ChangeCipherSpec);
        if self
            .machine
            .as_ref()
            .is_some_and(Machine::heeds_change_cipher_spec)
        {
            return self.advance(Input::ChangeCipherSpec, now);
        }
        self.counts.dummies = self.counts.dummies.saturating_add(1);
        self.counts.nothing().map_err(Broken::from)
    }

    fn take_alert(&mut self, content: &[u8]) -> Result<(), Broken> {
        // RFC 8446 s5.4: an alert without content is an unexpected_message.
        if content.is_empty() {
            return Err(Fault::RecordEmpty.into());
        }
        let alert = Alert::decode(content)
            .map_err(|decode| Broken::decode(Fault::AlertMalformed, decode))?;
        let Alert { level, description } = alert;
        self.observe(Passed::Alert { level, description });
        if !matches!(level, AlertLevel::WARNING | AlertLevel::FATAL) {
            return Err(Fault::AlertLevelUnknown.into());
        }
        if description == AlertDescription::CLOSE_NOTIFY && self.machine.is_none() {
            self.closed = true;
            return Ok(());
        }
        // RFC 8446 s6: in TLS 1.3 everything else is an error whatever its
        // level, but for user_canceled; before, and until a version is chosen,
        // warnings are warnings.
        let tolerated = description == AlertDescription::USER_CANCELED
            || (level == AlertLevel::WARNING
                && description != AlertDescription::CLOSE_NOTIFY
                && !self.is_tls13());
        if !tolerated {
            return Err(Error::PeerAlert(description).into());
        }
        // RFC 8446 s5.1: no other record between the parts of a message.
        if !self.joined.is_empty() {
            return Err(Fault::MessageInterleaved.into());
        }
        self.counts.warning()?;
        self.pending = Some(Event::Warning(description));
        Ok(())
    }

    /// Acts on whole handshake messages until something is to be reported.
    fn take_messages(&mut self, now: Now) -> Result<(), Broken> {
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

    fn advance(&mut self, input: Input<'_>, now: Now) -> Result<(), Broken> {
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
    pub(super) fn open_ask(&mut self) {
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

    /// True once TLS 1.3 is chosen.
    fn is_tls13(&self) -> bool {
        let established = self
            .established
            .as_ref()
            .is_some_and(|established| established.secret.is_some());
        established || self.machine.as_ref().is_some_and(Machine::is_tls13)
    }

    fn is_server(&self) -> bool {
        self.machine
            .as_ref()
            .is_some_and(|machine| !machine.is_client())
    }

    fn observe(&self, what: Passed<'_>) {
        if let Some(observer) = self
            .common
            .as_ref()
            .and_then(|common| common.set.observer.as_ref())
        {
            observer.passed(Direction::Received, what);
        }
    }
}

impl core::fmt::Debug for Receiving {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        write!(
            f,
            "Receiving {{ handshaking: {}, closed: {} }}",
            self.is_handshaking(),
            self.closed
        )
    }
}
