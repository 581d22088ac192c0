//! One connection: the handshake, the checks, the echo, the end.

mod early_data;

use crate::answers::Asked;
use crate::early::Early;
use crate::endpoint::Endpoint;
use crate::expectations;
use crate::memory::Memory;
use crate::settings::Settings;
use crate::stop::{Stop, ensure};
use crate::transport::Transport;
use handfast::connection::{ChannelBinding, Renewal};
use handfast::session::Session;
use handfast::{
    AlertDescription, Answer, Ask, Connection, Error, Event, Negotiated, Now, ProtocolVersion,
};
use std::sync::atomic::Ordering::Relaxed;
use std::time::{SystemTime, UNIX_EPOCH};

/// What the shim writes first, when it is to.
const HELLO: &str = "hello";
/// How much is echoed at a time, unless a flag says otherwise.
const READ_SIZE: usize = 512;
/// Content of the longest record.
const MOST_IN_RECORD: usize = 16_384;
/// Sizes about those of records, each written at once.
const MANY_SIZES: [usize; 11] = [
    0, 1, 255, 256, 257, 16_383, 16_384, 16_385, 32_767, 32_768, 32_769,
];

/// Runs a connection to its end.
pub(crate) fn run(
    settings: &Settings,
    retry: &Settings,
    memory: &Memory,
    clock: &Clock,
    again: bool,
) -> Result<(), Stop> {
    let endpoint = Endpoint::new(settings, memory)?;
    let offered = offer_session(settings, memory, again)?;
    let connection = endpoint.begin(settings, clock.now())?;
    let transport = Transport::connect(settings)?;
    let mut exchange = Exchange {
        settings,
        retry,
        early: Early::default(),
        endpoint: &endpoint,
        clock,
        connection,
        transport,
        buffer: Vec::new(),
        used: 0,
        asked: Asked::default(),
        renewals: 0,
        connected: false,
        wrote_first: false,
        again,
        memory,
    };
    let outcome = exchange.all(offered.as_ref());
    let mistake = endpoint.mistake.as_ref().filter(|_| outcome.is_err());
    let outcome = mistake.map_or(outcome, |mistake| Err(Stop::Wrong(mistake.clone())));
    exchange.transport.finish();
    let negotiated = exchange.connection.negotiated();
    let old = negotiated.is_some_and(|one| one.version < ProtocolVersion::TLS_1_3);
    let is_tls13 = negotiated.is_some_and(|one| one.version == ProtocolVersion::TLS_1_3);
    let told = exchange.connection.ech_retry_configs();
    expectations::check_retry_configs(exchange.settings, told)?;
    outcome?;
    let opened = endpoint.teller.opened.load(Relaxed);
    ensure(opened <= 1, || "a ticket was opened twice".to_owned())?;
    let settings = exchange.settings;
    expectations::check_messages(settings, &endpoint, is_tls13)?;
    // What a second handshake gives is new whatever the first one was.
    let old = old && exchange.renewals == 0;
    check_session(settings, memory, offered.as_ref(), old)
}

/// A client that comes back must have something to come back to.
fn offer_session(
    settings: &Settings,
    memory: &Memory,
    again: bool,
) -> Result<Option<Session>, Stop> {
    if settings.server {
        return Ok(None);
    }
    let session = memory.take(settings.peer());
    if let (Some(session), true) = (session, again) {
        memory.put(settings.peer(), session.clone());
        return Ok(Some(session));
    }
    ensure(!again, || "there is no session to offer".to_owned())?;
    Ok(None)
}

fn bytes_of(session: &Session) -> Result<Vec<u8>, Stop> {
    let bytes = session.to_bytes();
    let bytes = bytes.map_err(|_| Stop::Wrong("a session without bytes".to_owned()))?;
    Ok(bytes.to_vec())
}

/// What a client has been given.
fn check_session(
    settings: &Settings,
    memory: &Memory,
    offered: Option<&Session>,
    old: bool,
) -> Result<(), Stop> {
    if settings.server {
        return Ok(());
    }
    let session = memory.take(settings.peer());
    if let (Some(session), Some(offered), true) = (&session, offered, old) {
        // Before TLS 1.3 a session that goes on is a new one only where it is renewed.
        let is_new = bytes_of(session)? != bytes_of(offered)?;
        let wanted = settings.expect.ticket_renewal || settings.expect.session_miss;
        ensure(is_new == wanted, || {
            format!("a new session was given: {is_new}, wanted {wanted}")
        })?;
    }
    // It is known by its bytes, and one that was used is gone.
    if let (Some(session), false) = (&session, old) {
        let early = session.max_early_data() > 0;
        ensure(early == settings.expect.early_ticket, || {
            format!("the session brings early data: {early}")
        })?;
    }
    if let Some(wanted) = settings.expect.across_names {
        let seen = session.as_ref().map(Session::is_resumable_across_names);
        ensure(seen == Some(wanted), || {
            format!("the session is for other names, too: {seen:?}, wanted {wanted}")
        })?;
    }
    let unwanted = settings.expect.no_session && session.is_some();
    if let Some(session) = session {
        memory.put(settings.peer(), session);
    }
    ensure(!unwanted, || "a session was given, wanted none".to_owned())
}

pub(crate) struct Exchange<'s> {
    pub(crate) settings: &'s Settings,
    /// What holds once early data was refused.
    pub(crate) retry: &'s Settings,
    pub(crate) early: Early,
    pub(crate) endpoint: &'s Endpoint,
    memory: &'s Memory,
    clock: &'s Clock,
    pub(crate) connection: Connection,
    pub(crate) transport: Transport,
    buffer: Vec<u8>,
    /// Bytes at the buffer's front that the engine is done with.
    used: usize,
    pub(crate) asked: Asked,
    /// Second handshakes so far.
    renewals: u32,
    connected: bool,
    pub(crate) wrote_first: bool,
    /// True when an earlier connection is to be resumed.
    again: bool,
}

/// What the loop does next.
pub(crate) enum Turn {
    Connected,
    /// The peer sent this.
    Data(Vec<u8>),
    /// The peer said that it is done.
    Closed,
    /// The peer hung up without a word.
    CutOff,
}

impl<'s> Exchange<'s> {
    fn all(&mut self, offered: Option<&Session>) -> Result<(), Stop> {
        self.begin_early(offered)?;
        match self.next()? {
            Turn::Connected if self.settings.expect.never_connected => {
                return Err(Stop::Wrong("the handshake is done".to_owned()));
            }
            Turn::Connected => self.connected = true,
            Turn::CutOff => return Err(Stop::Wrong("cut off during the handshake".to_owned())),
            Turn::Data(_) | Turn::Closed => {
                return Err(Stop::Wrong(
                    "data or an end before the handshake was done".to_owned(),
                ));
            }
        }
        self.settle_early()?;
        expectations::check(
            self.settings,
            self.negotiated()?,
            &self.asked,
            self.endpoint,
            self.again,
        )?;
        if !self.again {
            self.check_kept()?;
        }
        if self.settings.send_alert {
            let alert = AlertDescription::DECOMPRESSION_FAILURE_RESERVED;
            self.connection.abort(alert);
            return self.flush();
        }
        if self.settings.many_sizes {
            MANY_SIZES
                .iter()
                .try_for_each(|size| self.write(&vec![0x42; *size]))?;
            return self.end(None);
        }
        self.speak_first()?;
        let ended = if self.settings.shim_shuts_down {
            None
        } else {
            Some(self.echo()?)
        };
        let (seen, wanted) = (self.renewals, self.settings.expect.total_renegotiations);
        ensure(seen == wanted, || {
            format!("{seen} second handshakes, wanted {wanted}")
        })?;
        self.end(ended)
    }

    /// What a server keeps itself, for session IDs.
    fn check_kept(&self) -> Result<(), Stop> {
        let (expect, kept) = (&self.settings.expect, !self.memory.cache.is_empty());
        ensure(!expect.session_id || kept, || {
            "the server keeps no session".to_owned()
        })?;
        ensure(!expect.no_session_id || !kept, || {
            "the server keeps a session".to_owned()
        })
    }

    pub(crate) fn negotiated(&self) -> Result<&Negotiated, Stop> {
        let negotiated = self.connection.negotiated();
        negotiated.ok_or_else(|| Stop::Wrong("connected without a result".to_owned()))
    }

    fn speak_first(&mut self) -> Result<(), Stop> {
        let settings = self.settings;
        if settings.export_bytes > 0 {
            let material = self.export()?;
            self.write(&material)?;
        }
        if settings.tls_unique {
            let bound = self.connection.channel_binding(ChannelBinding::TlsUnique)?;
            self.write(&bound)?;
        }
        self.write_first()
    }

    pub(crate) fn export(&self) -> Result<Vec<u8>, Stop> {
        let settings = self.settings;
        let mut material = vec![0; settings.export_bytes];
        let context = settings.export_context.as_bytes();
        self.connection.export(
            settings.export_label.as_bytes(),
            settings.use_export_context.then_some(context),
            &mut material,
        )?;
        Ok(material)
    }

    /// What is to be written first, once: so many times this.
    pub(crate) fn first_words(&mut self) -> (u32, &'s [u8]) {
        let settings = self.settings;
        if !settings.shim_writes_first || self.wrote_first {
            return (0, &[]);
        }
        self.wrote_first = true;
        let text = settings.initial_write.as_deref().unwrap_or(HELLO);
        let times = settings.initial_write_repeats.unwrap_or(1);
        (times, text.as_bytes())
    }

    fn write_first(&mut self) -> Result<(), Stop> {
        let (times, text) = self.first_words();
        (0..times).try_for_each(|_| self.write(text))
    }

    /// Gives back every byte inverted, until the peer is done.
    fn echo(&mut self) -> Result<Turn, Stop> {
        loop {
            let data = match self.next()? {
                Turn::Data(data) => data,
                Turn::Connected => return Err(Stop::Wrong("connected twice".to_owned())),
                end => return Ok(end),
            };
            self.invert(data)?;
        }
    }

    fn invert(&mut self, mut data: Vec<u8>) -> Result<(), Stop> {
        self.finish_renewal()?;
        data.iter_mut().for_each(|byte| *byte ^= 0xff);
        for piece in data.chunks(self.settings.read_size.unwrap_or(READ_SIZE).max(1)) {
            if self.settings.key_update {
                self.key_update()?;
            }
            self.write(piece)?;
        }
        Ok(())
    }

    /// Nothing is written before a second handshake that has begun is done.
    fn finish_renewal(&mut self) -> Result<(), Stop> {
        while self.connection.is_renewing() {
            let step = self.step();
            self.flush()?;
            match step? {
                Step::Again | Step::MaySend | Step::EarlyData(_) => {}
                Step::Hungry if self.feed()? => {}
                Step::Hungry | Step::Turn(_) => {
                    return Err(Stop::Wrong("a second handshake stops".to_owned()));
                }
            }
        }
        Ok(())
    }

    /// Without the flag the shim just hangs up; with it both sides say so.
    fn end(&mut self, ended: Option<Turn>) -> Result<(), Stop> {
        if !self.settings.check_close_notify {
            return Ok(());
        }
        self.connection.close();
        self.flush()?;
        let ended = match ended {
            Some(ended) => ended,
            None => self.next()?,
        };
        match ended {
            Turn::Closed => Ok(()),
            Turn::CutOff => Err(Stop::Wrong(
                "Unexpected SSL_shutdown result: -1 != 1".to_owned(),
            )),
            Turn::Connected | Turn::Data(_) => Err(Stop::Wrong(
                "data came instead of the peer's close_notify".to_owned(),
            )),
        }
    }

    /// Runs the engine until something happens that the test is about.
    fn next(&mut self) -> Result<Turn, Stop> {
        loop {
            if let Some(turn) = self.advance()? {
                return Ok(turn);
            }
        }
    }

    /// One step of the engine; gives what the test is about, when that happened.
    pub(crate) fn advance(&mut self) -> Result<Option<Turn>, Stop> {
        let renewing = self.connection.is_renewing();
        let step = self.step();
        // An alert goes out before anything is said about its cause. Once
        // connected only KeyUpdates may wait, and they wait for data: one
        // is enough for any number of requests (RFC 8446 section 4.6.3).
        if step.is_err() || !self.connected || renewing || self.connection.is_renewing() {
            self.flush()?;
        }
        match step? {
            Step::Turn(turn) => return Ok(Some(turn)),
            Step::Again => {}
            Step::MaySend if self.settings.handshake_twice => {}
            Step::MaySend => self.write_first()?,
            Step::EarlyData(data) => self.invert(data)?,
            Step::Hungry => {
                if !self.feed()? {
                    return Ok(Some(Turn::CutOff));
                }
            }
        }
        Ok(None)
    }

    fn step(&mut self) -> Result<Step, Stop> {
        let now = self.clock.now();
        let rest = self.buffer.get_mut(self.used..).unwrap_or_default();
        let received = match self.connection.receive(rest, now) {
            Err(error) if self.settings.peek_then_read => {
                // Who has only looked sees the same again.
                let again = self.connection.receive(rest, now).err();
                ensure(again == Some(error), || {
                    format!("{error} was {again:?} when looked at twice")
                })?;
                return Err(error.into());
            }
            received => received?,
        };
        let step = match received.event {
            None if received.consumed == 0 => Step::Hungry,
            None | Some(Event::Warning(_) | Event::KeyUpdated) => Step::Again,
            // What is to be written first goes out as soon as it may.
            Some(Event::MaySend) => Step::MaySend,
            Some(Event::EarlyData(range)) => {
                Step::EarlyData(rest.get(range).unwrap_or_default().to_vec())
            }
            Some(Event::RenewalWanted) => {
                self.connection.renew(Renewal::Keys, now)?;
                Step::Again
            }
            Some(Event::Renewed(_)) => {
                self.renewals += 1;
                Step::Again
            }
            Some(Event::Connected) => Step::Turn(Turn::Connected),
            Some(Event::Closed) => Step::Turn(Turn::Closed),
            Some(Event::Data(range)) => {
                Step::Turn(Turn::Data(rest.get(range).unwrap_or_default().to_vec()))
            }
            Some(Event::Ask(ask)) => {
                self.answer(ask, now)?;
                Step::Again
            }
            Some(other) => return Err(Stop::NotHonoured(format!("the event {other:?}"))),
        };
        self.used += received.consumed;
        if self.used == self.buffer.len() {
            self.buffer.clear();
            self.used = 0;
        }
        Ok(step)
    }

    fn answer(&mut self, ask: Ask, now: Now) -> Result<(), Stop> {
        let question = self.connection.question();
        let question =
            question.ok_or_else(|| Stop::Wrong("asked without a question".to_owned()))?;
        let settings = self.settings_now();
        let answer: Answer = self.asked.answer(question, settings, self.endpoint)?;
        Ok(self.connection.answer(ask.id(), answer, now)?)
    }

    /// Brings bytes to the engine; false at the stream's end.
    fn feed(&mut self) -> Result<bool, Stop> {
        // Asynchronous tests ask whether the engine can be interrupted
        // anywhere, so it gets one byte at a time.
        let most = if self.settings.asynchronous {
            1
        } else {
            usize::MAX
        };
        Ok(self.transport.read(most, &mut self.buffer)? > 0)
    }

    pub(crate) fn write(&mut self, data: &[u8]) -> Result<(), Stop> {
        if self.settings.partial_write && data.len() > MOST_IN_RECORD {
            return data
                .chunks(MOST_IN_RECORD)
                .try_for_each(|part| self.write(part));
        }
        let mut out = vec![0; self.connection.send_size(data.len())];
        let written = self.connection.send(&[data], &mut out)?;
        self.transport.write(out.get(..written).unwrap_or_default());
        Ok(())
    }

    /// Sends what waits. That a failed engine has nothing left is no news:
    /// the failure itself is told by `receive`.
    pub(crate) fn flush(&mut self) -> Result<(), Stop> {
        while self.connection.wants_send() {
            let mut out = vec![0; self.connection.send_size(0)];
            let written = self.connection.send(&[], &mut out)?;
            self.transport.write(out.get(..written).unwrap_or_default());
        }
        Ok(())
    }

    fn key_update(&mut self) -> Result<(), Stop> {
        let mut out = vec![0; self.connection.send_size(0)];
        loop {
            match self.connection.key_update(false, &mut out) {
                Ok(written) => {
                    self.transport.write(out.get(..written).unwrap_or_default());
                    return Ok(());
                }
                Err(Error::Misuse(handfast::Misuse::OutputTooShort { needed })) => {
                    ensure(needed > out.len(), || {
                        "more room is asked for in vain".to_owned()
                    })?;
                    out.resize(needed, 0);
                }
                Err(error) => return Err(error.into()),
            }
        }
    }
}

enum Step {
    Turn(Turn),
    Again,
    /// Data may be sent before the handshake is done.
    MaySend,
    /// This came before the handshake was done.
    EarlyData(Vec<u8>),
    Hungry,
}

/// A clock that stands still but for what flags put it forward, so that the
/// runner knows the age of every ticket to the millisecond.
pub(crate) struct Clock(Now);

impl Clock {
    pub(crate) fn start() -> Self {
        let unix = SystemTime::now()
            .duration_since(UNIX_EPOCH)
            .unwrap_or_default();
        Self(Now {
            unix_ms: u64::try_from(unix.as_millis()).unwrap_or(u64::MAX),
            monotonic_ms: 0,
        })
    }

    /// Puts it forward.
    pub(crate) fn advance(&mut self, seconds: u64) {
        let ms = seconds.saturating_mul(1000);
        self.0.unix_ms = self.0.unix_ms.saturating_add(ms);
        self.0.monotonic_ms = self.0.monotonic_ms.saturating_add(ms);
    }

    pub(crate) fn now(&self) -> Now {
        self.0
    }
}
