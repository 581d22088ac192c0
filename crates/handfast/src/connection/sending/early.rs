//! Early data, the client's side (RFC 8446 section 4.2.10).

use crate::connection::sending::{Sending, Wants};
use crate::fault::{Error, Misuse};
use handfast_wire::registry::ContentType;

impl Sending {
    /// Writes what waits, then `parts` as early data (0-RTT), to `out`, and gives the bytes
    /// written. On an error nothing has changed. [`Sending::send_size`] tells what `out` must hold.
    ///
    /// The name is your word: what is sent so may come to be done twice. Whoever records it can
    /// send it again to the server, or to another one that shares its keys, and TLS does not
    /// hinder that by itself (RFC 8446 section 8); servers that mark first flights do. Nor is it as
    /// secret as later data: whoever gets the server's ticket key reads it.
    ///
    /// Once the handshake is done, [`crate::Negotiated::early_data`] tells whether the server took
    /// all of it, or nothing. What was refused is gone: it is for the caller to send it again with
    /// [`Sending::send`], now or never.
    ///
    /// ```
    /// use handfast::connection::EarlyData;
    /// # fn example(connection: &mut handfast::Connection) -> Result<(), handfast::Error> {
    /// let request = b"GET /weather HTTP/1.1\r\nHost: a.test\r\n\r\n";
    /// let early = connection.early_data_left().is_some_and(|left| left >= request.len());
    /// let mut out = vec![0; connection.send_size(request.len())];
    /// if early {
    ///     let written = connection.send_replayable(&[request], &mut out)?;
    ///     // ... `out[..written]` goes to the server, and the handshake is run ...
    /// }
    /// let negotiated = connection.negotiated().ok_or(handfast::Misuse::NotConnected)?;
    /// if !early || negotiated.early_data != EarlyData::Accepted {
    ///     connection.send(&[request], &mut out)?;
    /// }
    /// # Ok(()) }
    /// ```
    ///
    /// # Errors
    /// [`Misuse::NoEarlyData`] where none was offered, or the server has answered already;
    /// [`Misuse::TooMuchEarlyData`]; otherwise as [`Sending::send`].
    pub fn send_replayable(&mut self, parts: &[&[u8]], out: &mut [u8]) -> Result<usize, Error> {
        let content: usize = parts.iter().map(|part| part.len()).sum();
        if content == 0 {
            return self.send(&[], out);
        }
        let mut written = 0;
        if self.mailbox.is_waiting() {
            written = self.send_waiting(Wants::EarlyData(content), out)?;
        }
        if self.closed {
            return Err(Misuse::Closed.into());
        }
        let left = left_after(self.early_left, content)?;
        let size = self.data_size(content);
        self.check_room(written.saturating_add(size), out)?;
        self.early_left = Some(left);
        let rest = out.get_mut(written..).unwrap_or_default();
        Ok(written + self.seal(ContentType::APPLICATION_DATA, parts, rest)?)
    }

    /// Bytes that may still be sent with [`Sending::send_replayable`]; nothing where no early data
    /// may be sent, or none any more.
    #[must_use]
    pub fn early_data_left(&self) -> Option<usize> {
        let left = if self.mailbox.is_waiting() {
            self.look_ahead(&self.mailbox.lock()).early_left
        } else {
            self.early_left
        };
        left.map(|left| usize::try_from(left).unwrap_or(usize::MAX))
    }
}

/// Bytes that are left once so many were sent.
pub(super) fn left_after(left: Option<u32>, content: usize) -> Result<u32, Misuse> {
    let left = left.ok_or(Misuse::NoEarlyData)?;
    let content = u32::try_from(content).ok();
    content
        .and_then(|content| left.checked_sub(content))
        .ok_or(Misuse::TooMuchEarlyData { left })
}
