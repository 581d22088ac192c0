//! The sending half.

mod ahead;
mod alert;
mod each;
mod early;
mod finished;
mod size;
mod tapping;

use crate::config::{CommonPlan, Padding};
use crate::connection::mailbox::{Mailbox, Post};
use crate::connection::sending::ahead::{Cost, KEY_UPDATE};
use crate::connection::sending::alert::{ending, spoken};
use crate::fault::{Error, Misuse, OwnFailure};
use crate::near::Near;
use crate::observe::{Direction, Passed, Tapped};
use crate::record::{Framing, Sealer, TrafficKey, record_count, seal_one, write_plain};
use crate::suite::Suite;
use crate::tls13::key_schedule::{expander, traffic_key, update_secret};
use handfast_crypto::secret::Secret;
use handfast_wire::alert::Alert;
use handfast_wire::record::MAX_PLAINTEXT;
use handfast_wire::registry::{
    AlertDescription, AlertLevel, ContentType, HandshakeType, KeyUpdateRequest, ProtocolVersion,
};
use std::sync::Arc;

/// Sends: what the handshake has to say, alerts, and application data.
///
/// May live on another thread than its [`crate::Receiving`].
pub struct Sending {
    pub(super) mailbox: Arc<Mailbox>,
    common: Option<Arc<Near<CommonPlan>>>,
    /// Of the config, read for every record.
    padding: Padding,
    /// Of the config; at least 1.
    key_update_after: u64,
    /// While the key has protected fewer records than this, one slice that fits into a record can
    /// be sealed at once: nothing else is to be looked at but the mailbox.
    at_once_until: u64,
    key: Option<TrafficKey>,
    /// The application traffic secret, from which the next one comes.
    secret: Option<Box<Secret>>,
    /// Bytes of early data that may still be sent; nothing where none may.
    early_left: Option<u32>,
    suite: Option<&'static Suite>,
    fragment: usize,
    /// The version that the next unprotected record bears.
    next_version: ProtocolVersion,
    /// The one that those after it bear.
    version: ProtocolVersion,
    connected: bool,
    /// A second handshake runs: no application data before it is done.
    held: bool,
    closed: bool,
    /// The config has a tap.
    is_tapped: bool,
    /// What that is told.
    chosen_version: Option<ProtocolVersion>,
}

/// What a call wants to send after what waits.
enum Wants<'w> {
    Nothing,
    /// So many bytes of application data, at least one.
    Data(usize),
    /// Application data, each in records of its own.
    Records(&'w [&'w [u8]]),
    KeyUpdate,
    /// So many bytes of early data, at least one.
    EarlyData(usize),
    /// So many bytes of anything.
    Record(usize),
}

impl Sending {
    pub(super) fn new(
        mailbox: Arc<Mailbox>,
        common: Option<Arc<Near<CommonPlan>>>,
        first_version: ProtocolVersion,
    ) -> Self {
        let mut sending = Self {
            mailbox,
            common: None,
            padding: Padding::None,
            key_update_after: u64::MAX,
            at_once_until: 0,
            key: None,
            secret: None,
            early_left: None,
            suite: None,
            fragment: MAX_PLAINTEXT,
            next_version: first_version,
            version: ProtocolVersion::TLS_1_2,
            connected: false,
            held: false,
            closed: false,
            is_tapped: false,
            chosen_version: None,
        };
        if let Some(common) = common {
            sending.adopt(common);
        }
        sending
    }

    /// Takes the settings of a config that was chosen late.
    fn adopt(&mut self, common: Arc<Near<CommonPlan>>) {
        self.padding = common.set.padding;
        // What is refused before a version is settled is refused in one that the peer may know.
        self.version = common.legacy_version();
        self.next_version = self.next_version.min(self.version);
        self.key_update_after = common.set.key_update_after.unwrap_or(u64::MAX).max(1);
        self.is_tapped = common.set.tap.is_some();
        self.common = Some(common);
    }

    /// True when there is something to send besides application data.
    #[must_use]
    pub fn wants_send(&self) -> bool {
        self.mailbox.is_waiting() && !self.mailbox.lock().is_empty()
    }

    /// Bytes that `out` must hold for [`Sending::send`] with `content` bytes of
    /// application data.
    #[must_use]
    #[inline]
    pub fn send_size(&self, content: usize) -> usize {
        if content.wrapping_sub(1) < self.fragment
            && !self.mailbox.is_waiting()
            && let Some(key) = &self.key
            && key.sequence() < self.at_once_until
        {
            return content.saturating_add(Sealer::overhead(key));
        }
        self.size_of_any(content)
    }

    /// As `send_size`, whatever is to be said.
    #[inline(never)]
    fn size_of_any(&self, content: usize) -> usize {
        if self.mailbox.is_waiting() {
            let ahead = self.look_ahead(&self.mailbox.lock());
            return ahead.bytes.saturating_add(self.size_of(content, &ahead));
        }
        self.data_size(content)
    }

    /// Writes what waits, then `parts` as application data, to `out`, and gives
    /// the bytes written. On an error nothing has changed.
    ///
    /// # Errors
    /// [`Misuse::OutputTooShort`], [`Misuse::NotConnected`], [`Misuse::Closed`];
    /// after a fault, that fault, as soon as data is given or nothing is left
    /// to tell the peer.
    pub fn send(&mut self, parts: &[&[u8]], out: &mut [u8]) -> Result<usize, Error> {
        if let [content] = parts
            && !content.is_empty()
            && content.len() <= self.fragment
            && !self.mailbox.is_waiting()
            && let Some(key) = &mut self.key
            && key.sequence() < self.at_once_until
            && content.len().saturating_add(Sealer::overhead(key)) <= out.len()
        {
            return Ok(seal_one(key, ContentType::APPLICATION_DATA, content, out)?);
        }
        self.send_any(parts, out)
    }

    /// As `send`, whatever is to be said.
    #[inline(never)]
    fn send_any(&mut self, parts: &[&[u8]], out: &mut [u8]) -> Result<usize, Error> {
        let content: usize = parts.iter().map(|part| part.len()).sum();
        let mut written = 0;
        if self.mailbox.is_waiting() {
            let wants = if content == 0 {
                Wants::Nothing
            } else {
                Wants::Data(content)
            };
            self.check_key_bears(record_count(content, self.fragment), content)?;
            written = self.send_waiting(wants, out)?;
        } else if content > 0 {
            self.check_data()?;
            self.check_key_bears(record_count(content, self.fragment), content)?;
        }
        if content == 0 {
            return Ok(written);
        }
        let cost = self.cost(content);
        self.check_room(written.saturating_add(cost.bytes), out)?;
        let rest = out.get_mut(written..).unwrap_or_default();
        Ok(written + self.send_data(&cost, parts, rest)?)
    }

    /// Application data, and before it a new key where it is due.
    fn send_data(&mut self, cost: &Cost, parts: &[&[u8]], out: &mut [u8]) -> Result<usize, Error> {
        let mut written = 0;
        if cost.key_update {
            written = self.update_key(KeyUpdateRequest::UPDATE_NOT_REQUESTED, out)?;
        }
        let rest = out.get_mut(written..).unwrap_or_default();
        Ok(written + self.seal(ContentType::APPLICATION_DATA, parts, rest)?)
    }

    /// As [`crate::Receiving::rest`], for the sending key.
    pub fn rest(&mut self) {
        if let Some(key) = &mut self.key {
            key.rest();
        }
    }

    /// Says close_notify with the next `send`; nothing can be sent after it.
    /// The peer may go on sending.
    pub fn close(&mut self) {
        if !self.closed {
            self.mailbox
                .put(Post::Alert(AlertDescription::CLOSE_NOTIFY));
        }
    }

    /// Tells the peer that the user gave up, then closes (RFC 8446 section 6.1).
    pub fn cancel(&mut self) {
        if !self.closed {
            self.mailbox
                .put(Post::Alert(AlertDescription::USER_CANCELED));
            self.mailbox
                .put(Post::Alert(AlertDescription::CLOSE_NOTIFY));
        }
    }

    /// Ends the connection by this alert, of level fatal, with the next `send`: for what the engine cannot
    /// see, as a protocol above it that was broken. Nothing can be sent after it. The peer is to forget
    /// the sessions of this connection (RFC 8446 section 6.2). close_notify and user_canceled are said
    /// by [`Sending::close`] and [`Sending::cancel`]: here they would make a cut stream look whole, so
    /// internal_error is said instead.
    pub fn abort(&mut self, alert: AlertDescription) {
        let alert = match alert {
            AlertDescription::CLOSE_NOTIFY | AlertDescription::USER_CANCELED => {
                AlertDescription::INTERNAL_ERROR
            }
            alert => alert,
        };
        if !self.closed {
            self.mailbox.put(Post::Alert(alert));
        }
    }

    /// Replaces the sending key with the next `send`; with `both_ways` the peer
    /// is asked to replace its own (RFC 8446 section 4.6.3).
    ///
    /// # Errors
    /// [`Misuse::NotConnected`], [`Misuse::OutputTooShort`] as for `send`;
    /// [`Misuse::NotInThisVersion`] before TLS 1.3.
    pub fn key_update(&mut self, both_ways: bool, out: &mut [u8]) -> Result<usize, Error> {
        let written = self.send_waiting(Wants::KeyUpdate, out)?;
        let rest = out.get_mut(written..).unwrap_or_default();
        let request = if both_ways {
            KeyUpdateRequest::UPDATE_REQUESTED
        } else {
            KeyUpdateRequest::UPDATE_NOT_REQUESTED
        };
        Ok(written + self.update_key(request, rest)?)
    }

    /// Sends any content of any type under the key in use, as a peer that lies
    /// would. For tests; an honest program has no use for it.
    ///
    /// # Errors
    /// As [`Sending::send`].
    pub fn danger_send_record(
        &mut self,
        content_type: ContentType,
        content: &[u8],
        out: &mut [u8],
    ) -> Result<usize, Error> {
        let written = self.send_waiting(Wants::Record(content.len()), out)?;
        let rest = out.get_mut(written..).unwrap_or_default();
        if content.is_empty() && self.key.is_some() {
            return Ok(written + self.seal_empty(content_type, rest)?);
        }
        Ok(written + self.write(content_type, content, rest)?)
    }

    /// True where application data is not taken before a second handshake is done: what waits to be
    /// sent was sent, and what the peer says to it is to be received ([`crate::Receiving::renew`]).
    #[must_use]
    pub fn is_held(&self) -> bool {
        if self.mailbox.is_waiting() {
            return self.look_ahead(&self.mailbox.lock()).held;
        }
        self.held
    }

    /// Bytes of application data that one record carries at most.
    #[must_use]
    pub fn fragment(&self) -> usize {
        self.fragment
    }

    fn check_data(&self) -> Result<(), Error> {
        if self.closed {
            return Err(Misuse::Closed.into());
        }
        match (self.connected, self.held) {
            (true, false) => Ok(()),
            (true, true) => Err(Misuse::RenewalRunning.into()),
            (false, _) => Err(Misuse::NotConnected.into()),
        }
    }

    /// Before TLS 1.3 a key cannot be replaced: what it does not bear whole is not begun,
    /// and enough is left to close (RFC 5246 section 6.1).
    fn check_key_bears(&self, records: usize, content: usize) -> Result<(), OwnFailure> {
        let with_padding = |key| Sealer::overhead(key) + key.padding_room(self.padding);
        let overhead = self.key.as_ref().map_or(0, with_padding);
        let bytes = content.saturating_add(records.saturating_mul(overhead));
        let records = u64::try_from(records).unwrap_or(u64::MAX);
        let fixed = self.key.as_ref().filter(|_| self.secret.is_none());
        if self.connected
            && records > 0
            && fixed.is_some_and(|key| key.wears_out_within(records, u64::MAX) || !key.bears(bytes))
        {
            return Err(OwnFailure::SequenceExhausted);
        }
        Ok(())
    }

    fn check_room(&self, needed: usize, out: &[u8]) -> Result<(), Error> {
        if out.len() < needed {
            Err(Misuse::OutputTooShort { needed }.into())
        } else {
            Ok(())
        }
    }

    /// Drains the mailbox. Before anything is changed, checks that what waits
    /// and what is wanted after it may be sent, and fit.
    fn send_waiting(&mut self, wants: Wants<'_>, out: &mut [u8]) -> Result<usize, Error> {
        let mailbox = Arc::clone(&self.mailbox);
        let mut inner = mailbox.lock();
        let ahead = self.look_ahead(&inner);
        if let Some(error) = inner.failed
            && (ahead.is_empty || !matches!(wants, Wants::Nothing | Wants::Record(_)))
        {
            return Err(error);
        }
        let size = match wants {
            Wants::Nothing => 0,
            Wants::Record(content) => content.saturating_add(self.record_overhead()),
            _ if ahead.closed => return Err(Misuse::Closed.into()),
            Wants::EarlyData(content) => self.size_of_early(content, &ahead)?,
            _ if !ahead.connected => return Err(Misuse::NotConnected.into()),
            _ if ahead.held => return Err(Misuse::RenewalRunning.into()),
            Wants::Data(content) => self.size_of(content, &ahead),
            Wants::Records(contents) => self.size_of_records(contents, &ahead),
            Wants::KeyUpdate if !ahead.has_secret => return Err(Misuse::NotInThisVersion.into()),
            Wants::KeyUpdate => KEY_UPDATE + self.record_overhead(),
        };
        self.check_room(ahead.bytes.saturating_add(size), out)?;
        self.chosen_version = inner.version;
        let mut written = 0;
        while let Some((post, bytes)) = inner.pop() {
            written += self.apply(post, bytes, out.get_mut(written..).unwrap_or_default())?;
        }
        mailbox.drained(&mut inner, !self.connected);
        self.look_anew();
        Ok(written)
    }

    /// How long it goes without looking, by what has changed.
    fn look_anew(&mut self) {
        let plain = self.connected
            && !self.closed
            && self.padding == Padding::None
            && !self.is_tapped
            && self.secret.is_some();
        self.at_once_until = match &self.key {
            Some(key) if plain && key.framing() == Framing::Tls13 => {
                key.fresh_until(self.key_update_after)
            }
            _ => 0,
        };
    }

    /// Acts on a post; `bytes` are its handshake messages.
    fn apply(&mut self, post: Post, bytes: &[u8], out: &mut [u8]) -> Result<usize, Error> {
        if self.closed {
            return Ok(0);
        }
        match post {
            Post::Handshake(_) => self.write_messages(bytes, out),
            Post::ChangeCipherSpec => self.write_change_cipher_spec(out),
            Post::Key(key, secret) => {
                self.key = Some(key);
                self.secret = secret;
                self.early_left = None;
                Ok(0)
            }
            Post::EarlyKey(key, most) => {
                self.key = Some(key);
                self.early_left = Some(most);
                Ok(0)
            }
            Post::NoKey => {
                self.key = None;
                self.early_left = None;
                Ok(0)
            }
            Post::Config(common) => {
                self.adopt(common);
                Ok(0)
            }
            Post::Fragment(bytes) => {
                self.fragment = bytes;
                Ok(0)
            }
            Post::Version(version) => {
                self.next_version = version;
                self.version = version;
                Ok(0)
            }
            Post::Connected(suite) => {
                self.suite = Some(suite);
                self.connected = true;
                self.held = false;
                Ok(0)
            }
            Post::Hold(held) => {
                self.held = held;
                Ok(0)
            }
            Post::Warning(description) => {
                let level = AlertLevel::WARNING;
                self.alert(Alert { level, description }, out)
            }
            Post::UpdateKey(request) => self.update_key(request, out),
            Post::AnswerFinished(transcript) => self.answer_finished(&transcript, out),
            Post::Alert(description) => self.alert(ending(spoken(description, self.version)), out),
            Post::FatalAlert(description) => {
                let level = AlertLevel::FATAL;
                self.alert(Alert { level, description }, out)
            }
        }
    }

    fn write_messages(&mut self, bytes: &[u8], out: &mut [u8]) -> Result<usize, Error> {
        let written = self.write(ContentType::HANDSHAKE, bytes, out)?;
        if self.is_tapped {
            self.tap_messages(bytes);
        }
        Ok(written)
    }

    fn write_change_cipher_spec(&mut self, out: &mut [u8]) -> Result<usize, Error> {
        let content_type = ContentType::CHANGE_CIPHER_SPEC;
        let written = if self.protects_change_cipher_spec() {
            self.write(content_type, &[1], out)?
        } else {
            let written = write_plain(content_type, self.version, &[1], self.fragment, out)?;
            if self.is_tapped {
                self.tap_records(content_type, out.get(..written).unwrap_or_default());
            }
            written
        };
        if self.is_tapped {
            self.tap(Tapped::ChangeCipherSpec(&[1]));
        }
        Ok(written)
    }

    fn alert(&mut self, alert: Alert, out: &mut [u8]) -> Result<usize, Error> {
        self.observe(Passed::Alert {
            level: alert.level,
            description: alert.description,
        });
        let bytes = alert.to_bytes();
        let written = self.write(ContentType::ALERT, &bytes, out)?;
        if self.is_tapped {
            self.tap(Tapped::Alert(&bytes));
        }
        // Nothing follows a closure alert or a fatal one (RFC 8446 s6).
        self.closed =
            alert.description == AlertDescription::CLOSE_NOTIFY || alert.level == AlertLevel::FATAL;
        Ok(written)
    }

    /// In a second handshake it goes out under the keys that it ends; in TLS 1.3 it means nothing.
    fn protects_change_cipher_spec(&self) -> bool {
        self.key
            .as_ref()
            .is_some_and(|key| key.framing() != Framing::Tls13)
    }

    fn observe(&self, what: Passed<'_>) {
        if let Some(observer) = self
            .common
            .as_ref()
            .and_then(|common| common.set.observer.as_ref())
        {
            observer.passed(Direction::Sent, what);
        }
    }

    /// Writes a record of any kind at the level of the key in use.
    fn write(
        &mut self,
        content_type: ContentType,
        content: &[u8],
        out: &mut [u8],
    ) -> Result<usize, Error> {
        if self.key.is_some() {
            return self.seal(content_type, &[content], out);
        }
        // RFC 8446 s5.1: only a first ClientHello may say 0x0301.
        let version = core::mem::replace(&mut self.next_version, self.version);
        let written = write_plain(content_type, version, content, self.fragment, out)?;
        if self.is_tapped {
            self.tap_records(content_type, out.get(..written).unwrap_or_default());
        }
        Ok(written)
    }

    fn seal(
        &mut self,
        content_type: ContentType,
        parts: &[&[u8]],
        out: &mut [u8],
    ) -> Result<usize, Error> {
        let key = self.key.as_mut().ok_or(Misuse::NotConnected)?;
        // RFC 8449 s4: padding counts, and the peer's limit may stand in the very
        // message that this alert refuses.
        let padding = if content_type == ContentType::ALERT && !self.connected {
            Padding::None
        } else {
            self.padding
        };
        let mut sealer = Sealer {
            key,
            fragment: self.fragment,
            padding,
        };
        let written = sealer.seal(content_type, parts, out)?;
        if self.is_tapped {
            self.tap_records(content_type, out.get(..written).unwrap_or_default());
        }
        Ok(written)
    }

    fn seal_empty(&mut self, content_type: ContentType, out: &mut [u8]) -> Result<usize, Error> {
        let key = self.key.as_mut().ok_or(Misuse::NotConnected)?;
        let mut sealer = Sealer {
            key,
            fragment: self.fragment,
            padding: self.padding,
        };
        let written = sealer.seal_empty(content_type, out)?;
        if self.is_tapped {
            self.tap_records(content_type, out.get(..written).unwrap_or_default());
        }
        Ok(written)
    }

    /// KeyUpdate under the old key, then the new key in its place.
    fn update_key(
        &mut self,
        request_update: KeyUpdateRequest,
        out: &mut [u8],
    ) -> Result<usize, Error> {
        let bytes = [HandshakeType::KEY_UPDATE.0, 0, 0, 1, request_update.0];
        self.observe(Passed::Handshake {
            msg_type: HandshakeType::KEY_UPDATE,
            bytes: &bytes,
        });
        let written = self.write_messages(&bytes, out)?;
        let (Some(suite), Some(secret)) = (self.suite, self.secret.as_mut()) else {
            return Err(Misuse::NotConnected.into());
        };
        update_secret(suite, secret)?;
        self.key = Some(traffic_key(suite, &expander(suite, secret))?);
        self.look_anew();
        Ok(written)
    }
}

impl core::fmt::Debug for Sending {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        write!(
            f,
            "Sending {{ connected: {}, closed: {} }}",
            self.connected, self.closed
        )
    }
}
