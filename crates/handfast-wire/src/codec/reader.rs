//! The cursor.

use crate::codec::fault::{DecodeFault, FaultKind};
use crate::codec::recorder::{Ignore, Recorder};
use core::ops::Range;

/// A cursor over borrowed bytes. Never panics and never reads past its end.
pub struct Reader<'a, T: Recorder = Ignore> {
    whole: &'a [u8],
    at: usize,
    end: usize,
    recorder: T,
}

impl<'a> Reader<'a, Ignore> {
    /// A cursor at the start of `bytes`.
    #[must_use]
    pub fn new(bytes: &'a [u8]) -> Self {
        Self {
            whole: bytes,
            at: 0,
            end: bytes.len(),
            recorder: Ignore,
        }
    }
}

impl<'a, T: Recorder> Reader<'a, T> {
    /// A cursor whose reads `recorder` sees.
    pub fn recording(bytes: &'a [u8], recorder: T) -> Self {
        Self {
            whole: bytes,
            at: 0,
            end: bytes.len(),
            recorder,
        }
    }

    /// A cursor over `range` of `bytes`, whose reads `recorder` sees. Positions
    /// count from the start of `bytes`; a range beyond them is cut off.
    pub fn recording_within(bytes: &'a [u8], range: Range<usize>, recorder: T) -> Self {
        let end = range.end.min(bytes.len());
        Self {
            whole: bytes,
            at: range.start.min(end),
            end,
            recorder,
        }
    }

    /// An unrecorded cursor over what this one has left.
    #[must_use]
    pub fn clone_at_cursor(&self) -> Reader<'a, Ignore> {
        Reader {
            whole: self.whole,
            at: self.at,
            end: self.end,
            recorder: Ignore,
        }
    }

    /// Bytes read so far.
    #[must_use]
    pub fn position(&self) -> usize {
        self.at
    }

    /// True when nothing is left.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.at >= self.end
    }

    /// Bytes that are left.
    #[must_use]
    pub fn remaining(&self) -> usize {
        self.end.saturating_sub(self.at)
    }

    /// A fault at the cursor.
    #[must_use]
    pub fn fault(&self, kind: FaultKind) -> DecodeFault {
        DecodeFault::new(kind, self.at)
    }

    /// The next `length` bytes.
    ///
    /// # Errors
    /// [`FaultKind::Truncated`].
    pub fn take(&mut self, length: usize) -> Result<&'a [u8], DecodeFault> {
        let end = self.at.saturating_add(length);
        if end > self.end {
            return Err(self.fault(FaultKind::Truncated));
        }
        let bytes = self
            .whole
            .get(self.at..end)
            .ok_or(self.fault(FaultKind::Truncated))?;
        self.at = end;
        Ok(bytes)
    }

    /// The next `N` bytes.
    ///
    /// # Errors
    /// [`FaultKind::Truncated`].
    pub fn array<const N: usize>(&mut self) -> Result<&'a [u8; N], DecodeFault> {
        let at = self.at;
        self.take(N)?
            .try_into()
            .map_err(|_| DecodeFault::new(FaultKind::Truncated, at))
    }

    /// Everything up to the end.
    pub fn rest(&mut self) -> &'a [u8] {
        let bytes = self.whole.get(self.at..self.end).unwrap_or_default();
        self.at = self.end;
        bytes
    }

    /// One byte.
    ///
    /// # Errors
    /// [`FaultKind::Truncated`].
    pub fn u8(&mut self) -> Result<u8, DecodeFault> {
        self.array().copied().map(u8::from_be_bytes)
    }

    /// Two bytes, big end first.
    ///
    /// # Errors
    /// [`FaultKind::Truncated`].
    pub fn u16(&mut self) -> Result<u16, DecodeFault> {
        self.array().copied().map(u16::from_be_bytes)
    }

    /// Three bytes, big end first.
    ///
    /// # Errors
    /// [`FaultKind::Truncated`].
    pub fn u24(&mut self) -> Result<u32, DecodeFault> {
        let [a, b, c] = *self.array()?;
        Ok(u32::from_be_bytes([0, a, b, c]))
    }

    /// Four bytes, big end first.
    ///
    /// # Errors
    /// [`FaultKind::Truncated`].
    pub fn u32(&mut self) -> Result<u32, DecodeFault> {
        self.array().copied().map(u32::from_be_bytes)
    }

    /// Lets `read` see the next `length` bytes, all of which it must use.
    ///
    /// # Errors
    /// [`FaultKind::Truncated`], [`FaultKind::Trailing`], or what `read` says.
    pub fn within<X>(
        &mut self,
        length: usize,
        read: impl FnOnce(&mut Self) -> Result<X, DecodeFault>,
    ) -> Result<X, DecodeFault> {
        let end = self.at.saturating_add(length);
        if end > self.end {
            return Err(self.fault(FaultKind::Truncated));
        }
        let outer = core::mem::replace(&mut self.end, end);
        let outcome = read(self);
        self.end = outer;
        let value = outcome?;
        if self.at != end {
            return Err(self.fault(FaultKind::Trailing));
        }
        Ok(value)
    }

    /// Reads a field: the recorder sees it, a fault carries its name.
    ///
    /// # Errors
    /// What `read` says, within `name`.
    #[inline]
    pub fn field<X>(
        &mut self,
        name: &'static str,
        read: impl FnOnce(&mut Self) -> Result<X, DecodeFault>,
    ) -> Result<X, DecodeFault> {
        self.recorder.enter(name, self.at);
        let value = read(self).map_err(|fault| fault.within(name))?;
        self.recorder.leave(self.at);
        Ok(value)
    }

    /// Reads entry `index` of a list: the recorder sees it, a fault carries the
    /// index.
    ///
    /// # Errors
    /// What `read` says, in that entry.
    #[inline]
    pub fn entry<X>(
        &mut self,
        index: usize,
        read: impl FnOnce(&mut Self) -> Result<X, DecodeFault>,
    ) -> Result<X, DecodeFault> {
        self.recorder.entry(index, self.at);
        read(self).map_err(|fault| fault.in_entry(index))
    }

    /// Checks that everything was read.
    ///
    /// # Errors
    /// [`FaultKind::Trailing`].
    pub fn finish(&self) -> Result<(), DecodeFault> {
        if self.is_empty() {
            Ok(())
        } else {
            Err(self.fault(FaultKind::Trailing))
        }
    }
}
