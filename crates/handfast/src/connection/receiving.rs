//! The receiving half.

mod content;
mod later;
mod messages;
mod renegotiation;
mod renewal;
mod report;
mod tapping;

use crate::config::CommonPlan;
use crate::connection::ask::{Answer, Ask, AskId, Question};
use crate::connection::binding::ChannelBinding;
use crate::connection::broken::{Broken, Refusal, RefusalDetail};
use crate::connection::established::{Established, Exports};
use crate::connection::joined::Joined;
use crate::connection::left::Left;
use crate::connection::mailbox::{Mailbox, Post};
use crate::connection::negotiated::Negotiated;
use crate::connection::records::{Counts, Record, inspect};
use crate::connection::renewal::Renewal;
use crate::fault::{Error, Misuse};
use crate::handshake::input::Input;
use crate::machine::Machine;
use crate::near::Near;
use crate::observe::{Direction, Passed};
#[cfg(feature = "legacy")]
use crate::record::Framing;
use crate::record::TrafficKey;
use crate::session::{Counted, StoredSession};
use crate::time::Now;
use crate::tls13::key_schedule::export;

use core::ops::Range;
#[cfg(feature = "legacy")]
use handfast_wire::handshake::Ssl2Header;
#[cfg(feature = "legacy")]
use handfast_wire::record::MAX_CLASSIC_EXPANSION;
use handfast_wire::record::{MAX_PLAINTEXT, MAX_TLS13_EXPANSION, RecordHeader};
use handfast_wire::registry::AlertDescription;
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
    /// This side may send already; the handshake goes on: a client whose config says so
    /// ([`crate::ClientConfig::false_start`]), and a server that has taken early data, whose
    /// answer need not wait (0.5-RTT, RFC 8446 section 2.3).
    MaySend,
    /// Application data lies in this range of the buffer given to `receive`.
    Data(Range<usize>),
    /// Early data (0-RTT) lies in this range of the buffer given to `receive`, at a server whose
    /// config takes it ([`crate::ServerConfig::max_early_data`]). The client knows the session's
    /// key, yet the handshake is not done: until [`Event::Connected`] nobody has shown that it is
    /// there now, and that nobody replays what it said once. Do nothing by it that must not be
    /// done twice.
    EarlyData(Range<usize>),
    /// The engine waits for an answer.
    Ask(Ask),
    /// The peer said close_notify: it sends nothing more, and nothing was cut off.
    Closed,
    /// A warning that the engine tolerates; the caller decides.
    Warning(AlertDescription),
    /// The peer replaced its sending key.
    KeyUpdated,
    /// A renewal is done: [`Receiving::negotiated`] tells what holds now. With
    /// [`Renewal::ClientCertificate`] the client has shown who it is, or the server's config lets it
    /// remain unknown; with [`Renewal::Keys`] there are new keys, and nothing is said of who the client
    /// is. Before TLS 1.3 a client, which does not learn what its server wanted, is always told of
    /// keys.
    Renewed(Renewal),
    /// The peer does not want what [`Receiving::renew`] asked for. The connection goes on as it was.
    /// Of several requests for the client's certificate each has its own end: while another is out,
    /// [`Receiving::is_renewing`] is true.
    RenewalDeclined(Renewal),
    /// The server asks for another handshake, and the caller says when
    /// ([`crate::config::Renegotiation::WhenToldTo`]). Until then data flows as before.
    RenewalWanted,
    /// There are sessions for the caller to keep: [`Receiving::take_sessions`]. Once
    /// the connection fails, they are not to be used any more.
    StoreSession,
}

const HEADER: u16 = 5;
const _: () = assert!(HEADER as usize == RecordHeader::LENGTH);
/// Bytes of content in a record where no limit was agreed on.
const FULL_RECORD: u16 = 16_384;
const _: () = assert!(FULL_RECORD as usize == MAX_PLAINTEXT);

/// Receives: opens records, runs the handshake, hands out data.
pub struct Receiving {
    mailbox: Arc<Mailbox>,
    common: Option<Arc<Near<CommonPlan>>>,
    key: Option<TrafficKey>,
    /// Bytes of content in a record, at most.
    limit: u16,
    machine: Option<Machine>,
    joined: Joined,
    ask: Option<Ask>,
    asks: u32,
    pending: Option<Pending>,
    /// The caller is to be told of sessions to keep, or of new keys.
    announce: bool,
    /// This side's keys are new, as the caller wanted, and it is to be told so.
    has_new_keys: bool,
    /// The config has a tap, to which the next record is to be shown.
    is_tapped: bool,
    established: Option<Box<Established>>,
    /// What is left of a connection that failed.
    left: Option<Box<Left>>,
    failed: Option<Error>,
    closed: bool,
    counts: Counts,
    skip_early_data: u32,
    /// Bytes of early data that may still come; nothing where none may.
    early_left: Option<u32>,
    needed: u16,
}

/// An event that is reported before anything else is done.
#[derive(Clone, Copy)]
enum Pending {
    Connected,
    MaySend,
    /// The one that is open.
    Ask,
    Warning(AlertDescription),
    KeyUpdated,
    /// So many times in one go.
    Renewed {
        what: Renewal,
        times: u8,
    },
    RenewalDeclined(Renewal),
    RenewalWanted,
    /// They begin so many bytes before the end of what is consumed.
    EarlyData {
        from_end: u16,
        length: u16,
    },
}

impl Receiving {
    pub(super) fn new(
        mailbox: Arc<Mailbox>,
        common: Option<Arc<Near<CommonPlan>>>,
        machine: Machine,
    ) -> Self {
        let is_tapped = common
            .as_ref()
            .is_some_and(|common| common.set.tap.is_some());
        Self {
            mailbox,
            common,
            is_tapped,
            key: None,
            limit: FULL_RECORD,
            machine: Some(machine),
            joined: Joined::default(),
            ask: None,
            asks: 0,
            pending: None,
            announce: false,
            has_new_keys: false,
            established: None,
            left: None,
            failed: None,
            closed: false,
            counts: Counts::default(),
            skip_early_data: 0,
            early_left: None,
            needed: HEADER,
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
        usize::from(self.needed)
    }

    /// True while the first handshake runs. In later ones data flows on: [`Receiving::is_renewing`].
    #[must_use]
    pub fn is_handshaking(&self) -> bool {
        self.machine.is_some() && self.established.is_none()
    }

    /// True while a second handshake runs on a connection that is there ([`Receiving::renew`], or the
    /// peer's wish).
    #[must_use]
    pub fn is_renewing(&self) -> bool {
        self.machine.is_some() && self.established.is_some()
    }

    /// What was agreed on, once the handshake is done; at a server that takes early data, as soon as
    /// it may answer ([`Event::MaySend`]).
    #[must_use]
    pub fn negotiated(&self) -> Option<&Negotiated> {
        match &self.established {
            Some(established) => Some(&established.negotiated),
            None => self.machine.as_ref()?.settled(),
        }
    }

    /// Why the peer was refused.
    #[must_use]
    pub fn refusal(&self) -> Option<&Refusal> {
        self.left.as_ref()?.refusal.as_ref()
    }

    /// The open ask, with what is needed to answer it.
    #[must_use]
    pub fn question(&self) -> Option<Question<'_>> {
        self.ask?;
        self.machine.as_ref()?.question()
    }

    /// True while nothing is received before the open ask is answered. Where an ask is open and this is
    /// false, as at a client that is asked for a certificate while the connection lasts, data goes on
    /// coming.
    #[must_use]
    pub fn awaits_answer(&self) -> bool {
        self.ask.is_some() && self.rests_while_asked()
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
            self.change_config(server.0.common.near());
        }
        self.advance(Input::Answer(answer), now)
            .map_err(|broken| self.fail(broken))
    }

    /// Goes on by the config that the ClientHello was answered with.
    fn change_config(&mut self, common: &Arc<Near<CommonPlan>>) {
        let observer = |common: &Near<CommonPlan>| common.set.observer.clone();
        let before = self.common.as_deref().and_then(observer);
        if self.common.is_none() {
            common.set.count(Counted::Accept);
        }
        let now = observer(common);
        self.common = Some(Arc::clone(common));
        let was_tapped = core::mem::replace(&mut self.is_tapped, common.set.tap.is_some());
        self.mailbox.put(Post::Config(Arc::clone(common)));
        // Those that were not known when it came.
        let is_same = before
            .zip(now)
            .is_some_and(|(before, now)| Arc::ptr_eq(&before, &now));
        let Some(hello) = self.machine.as_ref().and_then(Machine::held_hello) else {
            return;
        };
        if !is_same {
            self.observe(hello);
        }
        if !was_tapped {
            self.tap_held(hello);
        }
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
    /// in time the newest 16 are here; of a connection that failed, none.
    pub fn take_sessions(&mut self) -> Vec<StoredSession> {
        self.established
            .as_mut()
            .and_then(|established| established.sessions.as_mut())
            .map(|sessions| core::mem::take(&mut sessions.stored))
            .unwrap_or_default()
    }

    /// Of a connection that failed, the key of its session in the caller's store, which the caller
    /// is to forget: before TLS 1.3 nobody may come back by it (RFC 5246 section 7.2.2). It is given
    /// once, and only to a server.
    pub fn take_lost_session(&mut self) -> Option<Vec<u8>> {
        let sessions = self.established.as_mut()?.sessions.as_mut()?;
        sessions.lost.take().map(|id| id.to_vec())
    }

    /// Gives back the memory that the next record sets up again: of a connection that
    /// rests both halves take some 0.9 KiB, of one that does not 2 KiB. Nothing else
    /// changes; the next record takes 0.15 us longer.
    pub fn rest(&mut self) {
        if let Some(key) = &mut self.key {
            key.rest();
        }
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

    /// What this side (`Sent`) or the peer (`Received`) said in Finished in the newest handshake, as
    /// OpenSSL's `SSL_get_finished` and `SSL_get_peer_finished` give it; nothing before it is done, or
    /// where [`crate::config::Common::keep_finished`] is not set.
    #[must_use]
    pub fn finished(&self, whose: Direction) -> Option<&[u8]> {
        let pair = self.negotiated()?.finished_pair.as_ref()?;
        Some(pair.get(whose))
    }

    fn fail(&mut self, broken: Broken) -> Error {
        if let Some(error) = self.failed {
            return error;
        }
        let alert = match (&broken.detail, broken.error) {
            (RefusalDetail::Alert(chosen), _) => Some(Post::FatalAlert(*chosen)),
            (_, Error::Fault(fault)) => Some(Post::Alert(fault.alert())),
            (_, Error::PeerAlert(_)) => None,
            _ => Some(Post::Alert(AlertDescription::INTERNAL_ERROR)),
        };
        self.keep_for_report(broken.error, broken.detail);
        if let Some(established) = &mut self.established {
            established.forget_sessions();
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
            if let Some(event) = self.take_pending(consumed) {
                return Ok(Received {
                    consumed,
                    event: Some(event),
                });
            }
            // One look for both: mostly it is neither.
            if self.announce | self.is_tapped {
                if self.announce {
                    let event = Some(self.announced());
                    return Ok(Received { consumed, event });
                }
                if let Some(tapped) = self.take_tapped(buffer, consumed, now)? {
                    if tapped.event.is_some() {
                        return Ok(tapped);
                    }
                    consumed = tapped.consumed;
                    continue;
                }
            }
            if self.ask.is_some() && self.rests_while_asked() {
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
            let inspected = inspect(rest, first, self.key.is_some(), self.expansion());
            let record = match inspected {
                Ok(Record::Whole(record)) => record,
                Err(fault) => return Err(self.not_a_record(fault, buffer, consumed)),
                #[cfg(feature = "legacy")]
                Ok(Record::Ssl2Hello(message)) => {
                    let length = Ssl2Header::LENGTH + message.len();
                    self.take_ssl2_hello(message, now)?;
                    self.needed = HEADER;
                    consumed += length;
                    continue;
                }
                Ok(Record::Missing(bytes)) => {
                    self.needed = u16::try_from(bytes).unwrap_or(u16::MAX);
                    return Ok(Received {
                        consumed,
                        event: None,
                    });
                }
            };
            let length = record.header.len() + record.body.len();
            let data = self.take_record(record.header, record.body, now)?;
            self.needed = HEADER;
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

    fn take_pending(&mut self, consumed: usize) -> Option<Event> {
        match self.pending.take()? {
            Pending::EarlyData { from_end, length } => {
                let start = consumed.saturating_sub(usize::from(from_end));
                Some(Event::EarlyData(start..start + usize::from(length)))
            }
            Pending::Connected => Some(Event::Connected),
            Pending::MaySend => Some(Event::MaySend),
            Pending::Ask => self.ask.map(Event::Ask),
            Pending::Warning(description) => Some(Event::Warning(description)),
            Pending::KeyUpdated => Some(Event::KeyUpdated),
            Pending::Renewed { what, times } => {
                let times = times.saturating_sub(1);
                self.pending = (times > 0).then_some(Pending::Renewed { what, times });
                Some(self.renewed(Event::Renewed(what)))
            }
            Pending::RenewalWanted => Some(Event::RenewalWanted),
            Pending::RenewalDeclined(what) => Some(self.renewed(Event::RenewalDeclined(what))),
        }
    }

    /// What the caller is to be told besides what came. New keys come first: there may be no sessions.
    #[cold]
    fn announced(&mut self) -> Event {
        if !core::mem::take(&mut self.has_new_keys) {
            self.announce = false;
            return Event::StoreSession;
        }
        let sessions = self.established.as_ref();
        let sessions = sessions.and_then(|established| established.sessions.as_ref());
        self.announce = sessions.is_some_and(|sessions| !sessions.stored.is_empty());
        Event::Renewed(Renewal::Keys)
    }

    /// The next of several renewals may wait for an answer.
    fn renewed(&mut self, event: Event) -> Event {
        self.open_ask();
        event
    }

    /// True where nothing is received before the open ask is answered.
    #[cold]
    fn rests_while_asked(&self) -> bool {
        self.machine.as_ref().is_none_or(Machine::rests_while_asked)
    }

    /// True once TLS 1.3 is chosen.
    fn is_tls13(&self) -> bool {
        let established = self
            .established
            .as_ref()
            .is_some_and(|established| established.secret.is_some());
        established || self.machine.as_ref().is_some_and(Machine::is_tls13)
    }

    /// By how many bytes a protected record may be longer than its content.
    fn expansion(&self) -> usize {
        #[cfg(feature = "legacy")]
        if let Some(key) = &self.key
            && key.framing() == Framing::Block
        {
            return MAX_CLASSIC_EXPANSION;
        }
        MAX_TLS13_EXPANSION
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
