//! One record, by what it holds.

use crate::connection::broken::Broken;
use crate::connection::receiving::{Pending, Receiving};
use crate::fault::{Error, Fault};
use crate::handshake::input::Input;
use crate::machine::Machine;
use crate::observe::{Passed, Tapped};
use crate::record::{Framing, Opened, open};
use crate::time::Now;
use core::ops::Range;
use handfast_wire::alert::Alert;
use handfast_wire::codec::Wire;
use handfast_wire::record::RecordHeader;
use handfast_wire::registry::{AlertDescription, AlertLevel, ContentType};

/// Bytes by which a record of TLS 1.3 is longer than its content, at least: its type, and the tag.
const PROTECTION: usize = 17;

impl Receiving {
    /// Acts on one record; gives where in its body application data lies.
    pub(super) fn take_record(
        &mut self,
        header: &[u8; RecordHeader::LENGTH],
        body: &mut [u8],
        now: Now,
    ) -> Result<Option<Range<usize>>, Broken> {
        let outer = ContentType(header[0]);
        self.counts.records = self.counts.records.saturating_add(1);
        if outer == ContentType::CHANGE_CIPHER_SPEC && !self.is_renewing() {
            self.change_cipher_spec(body, now)?;
            return Ok(None);
        }
        let Some(key) = self.key.as_mut() else {
            return self.take_plain(outer, body, now).map(|()| None);
        };
        if outer != ContentType::APPLICATION_DATA && key.framing() == Framing::Tls13 {
            // A client that could not derive our keys tells so in the clear.
            let may_be_plain =
                outer == ContentType::ALERT && key.sequence() == 0 && self.is_handshaking();
            if may_be_plain && self.is_server() {
                return self.take_plain(outer, body, now).map(|()| None);
            }
            return Err(Fault::RecordNotProtected.into());
        }
        let opened = match open(key, header, body, usize::from(self.limit)) {
            Ok(opened) => opened,
            Err(Fault::RecordNotAuthentic) if self.skip_early_data > 0 => {
                self.skip(body.len())?;
                return Ok(None);
            }
            Err(fault) => return Err(fault.into()),
        };
        self.skip_early_data = 0;
        self.take_opened(opened, body, now)
    }

    fn take_opened(
        &mut self,
        opened: Opened,
        body: &mut [u8],
        now: Now,
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
            if self.machine.is_some() && !self.takes_data() {
                let from_end = body.len().saturating_sub(start);
                return self.take_early_data(from_end, length).map(|()| None);
            }
            self.counts.data(length)?;
            return Ok(Some(start..start + length));
        }
        self.tap_inner(content_type);
        match content_type {
            ContentType::HANDSHAKE => self.take_handshake(content, now)?,
            ContentType::ALERT => self.take_alert(content, now)?,
            // In a second handshake it comes under the keys that it ends.
            ContentType::CHANGE_CIPHER_SPEC if self.is_renewing() && !self.is_tls13() => {
                self.change_cipher_spec(content, now)?;
            }
            // RFC 8446 s5: a protected change_cipher_spec is never right.
            ContentType::CHANGE_CIPHER_SPEC => return Err(Fault::ChangeCipherSpecUnexpected.into()),
            _ => return Err(Fault::RecordTypeUnknown.into()),
        }
        Ok(None)
    }

    /// Whether a handshake that runs lets data through: none does before a connection is there.
    #[cold]
    fn takes_data(&self) -> bool {
        let machine = self.machine.as_ref();
        self.established.is_some() && machine.is_some_and(Machine::takes_data)
    }

    fn take_plain(
        &mut self,
        content_type: ContentType,
        body: &[u8],
        now: Now,
    ) -> Result<(), Broken> {
        match content_type {
            ContentType::HANDSHAKE => {
                // Early data ends where the second ClientHello begins.
                self.skip_early_data = 0;
                self.take_handshake(body, now)
            }
            ContentType::ALERT => self.take_alert(body, now),
            // Early data that a HelloRetryRequest has made void.
            ContentType::APPLICATION_DATA if self.skip_early_data > 0 => self.skip(body.len()),
            ContentType::APPLICATION_DATA => Err(Fault::ApplicationDataUnexpected.into()),
            _ => Err(Fault::RecordTypeUnknown.into()),
        }
    }

    /// RFC 8446 s4.2.10: of what is sent early, only the content counts. It is reported as anything
    /// that is rare, so that other data are not asked whether they are early.
    #[cold]
    fn take_early_data(&mut self, from_end: usize, length: usize) -> Result<(), Broken> {
        let left = self.early_left.ok_or(Fault::ApplicationDataUnexpected)?;
        let bytes = u32::try_from(length).unwrap_or(u32::MAX);
        let left = left.checked_sub(bytes).ok_or(Fault::TooMuchEarlyData)?;
        self.early_left = Some(left);
        self.counts.data(length)?;
        if length > 0 {
            self.pending = Some(Pending::EarlyData {
                from_end: u16::try_from(from_end).unwrap_or(u16::MAX),
                length: u16::try_from(length).unwrap_or(u16::MAX),
            });
        }
        Ok(())
    }

    /// As where it is taken, only the content counts, so that records may be small; but each counts,
    /// so that there are not more of them than bytes are allowed.
    fn skip(&mut self, protected: usize) -> Result<(), Broken> {
        let content = protected.saturating_sub(PROTECTION).max(1);
        let left = self
            .skip_early_data
            .checked_sub(u32::try_from(content).unwrap_or(u32::MAX))
            .filter(|left| *left > 0);
        self.skip_early_data = left.ok_or(Fault::TooMuchSkippedEarlyData)?;
        Ok(())
    }

    fn take_handshake(&mut self, content: &[u8], now: Now) -> Result<(), Broken> {
        if content.is_empty() {
            return Err(Fault::RecordEmpty.into());
        }
        self.counts.empty = 0;
        if self.joined.is_empty() {
            return self.take_messages_in(content, now);
        }
        self.joined.push(content);
        Ok(())
    }

    fn change_cipher_spec(&mut self, body: &[u8], now: Now) -> Result<(), Broken> {
        // RFC 8446 s5: after the first ClientHello and before the peer's Finished.
        // In a second handshake the version is known, and TLS 1.3's dummies are none of it.
        let is_first = self.established.is_none();
        let machine = self.machine.as_ref();
        let allowed = machine.is_some_and(|machine| {
            machine.has_begun() && (is_first || machine.heeds_change_cipher_spec())
        });
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
        self.tap(Tapped::ChangeCipherSpec(body));
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

    #[cfg_attr(
        not(feature = "legacy"),
        expect(unused_variables, reason = "no alert is a step of a handshake")
    )]
    fn take_alert(&mut self, content: &[u8], now: Now) -> Result<(), Broken> {
        // RFC 8446 s5.4: an alert without content is an unexpected_message.
        if content.is_empty() {
            return Err(Fault::RecordEmpty.into());
        }
        let alert = Alert::decode(content)
            .map_err(|decode| Broken::decode(Fault::AlertMalformed, decode))?;
        let Alert { level, description } = alert;
        self.observe(Passed::Alert { level, description });
        self.tap(Tapped::Alert(content));
        if !matches!(level, AlertLevel::WARNING | AlertLevel::FATAL) {
            return Err(Fault::AlertLevelUnknown.into());
        }
        if description == AlertDescription::CLOSE_NOTIFY && !self.is_handshaking() {
            self.closed = true;
            return Ok(());
        }
        if description == AlertDescription::NO_RENEGOTIATION_RESERVED
            && level == AlertLevel::WARNING
            && self.is_declined()
        {
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
        #[cfg(feature = "legacy")]
        if description == AlertDescription::NO_CERTIFICATE_RESERVED
            && self
                .machine
                .as_ref()
                .is_some_and(Machine::heeds_no_certificate)
        {
            return self.advance(Input::NoCertificate, now);
        }
        self.pending = Some(Pending::Warning(description));
        Ok(())
    }
}
