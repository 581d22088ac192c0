//! Many records in one call.

use crate::connection::sending::ahead::Ahead;
use crate::connection::sending::{Sending, Wants};
use crate::fault::{Error, Misuse};
use crate::record::{Sealer, record_count, seal_one};
use handfast_wire::registry::ContentType;

impl Sending {
    /// Writes what waits, then each of `contents` as application data in a record of its own, to
    /// `out`, and gives the bytes written. What lies in `contents` empty is left out, and what is
    /// longer than a record takes several. On an error nothing has changed.
    ///
    /// What one record after the other would ask anew is asked once: some 10 ns less a record than
    /// as many calls of [`Sending::send`]. Where the peer need not be told by records where one
    /// message ends, `send(contents, out)` puts many small ones into one record, which costs an
    /// AEAD and 22 bytes less for each.
    ///
    /// ```
    /// # fn example(connection: &mut handfast::Connection) -> Result<Vec<u8>, handfast::Error> {
    /// let events: [&[u8]; 3] = [b"first", b"second", b"third"];
    /// let mut out = vec![0; connection.send_records_size(&events)];
    /// let written = connection.send_records(&events, &mut out)?;
    /// out.truncate(written);
    /// # Ok(out) }
    /// ```
    ///
    /// # Errors
    /// As [`Sending::send`].
    pub fn send_records(&mut self, contents: &[&[u8]], out: &mut [u8]) -> Result<usize, Error> {
        let Some(size) = self.size_at_once(contents) else {
            return self.send_records_any(contents, out);
        };
        self.check_room(size, out)?;
        let key = self.key.as_mut().ok_or(Misuse::NotConnected)?;
        let mut written = 0;
        for content in contents.iter().filter(|content| !content.is_empty()) {
            let rest = out.get_mut(written..).unwrap_or_default();
            written += seal_one(key, ContentType::APPLICATION_DATA, content, rest)?;
        }
        Ok(written)
    }

    /// Bytes that `out` must hold for [`Sending::send_records`].
    #[must_use]
    pub fn send_records_size(&self, contents: &[&[u8]]) -> usize {
        self.size_at_once(contents).unwrap_or_else(|| {
            let ahead = self.look_ahead(&self.mailbox.lock());
            ahead
                .bytes
                .saturating_add(self.size_of_records(contents, &ahead))
        })
    }

    /// What all records take, where there is nothing else to say and each is one.
    #[inline]
    fn size_at_once(&self, contents: &[&[u8]]) -> Option<usize> {
        let key = self.key.as_ref().filter(|_| !self.mailbox.is_waiting())?;
        let overhead = Sealer::overhead(key);
        let mut size = 0_usize;
        for content in contents.iter().filter(|content| !content.is_empty()) {
            if content.len() > self.fragment {
                return None;
            }
            size = size.checked_add(content.len())?.checked_add(overhead)?;
        }
        let records = u64::try_from(contents.len()).ok()?;
        (key.sequence().checked_add(records)? <= self.at_once_until).then_some(size)
    }

    /// As `send_records`, whatever is to be said.
    #[inline(never)]
    fn send_records_any(&mut self, contents: &[&[u8]], out: &mut [u8]) -> Result<usize, Error> {
        if contents.iter().all(|content| content.is_empty()) {
            return self.send_any(&[], out);
        }
        let records = contents
            .iter()
            .map(|content| record_count(content.len(), self.fragment))
            .fold(0, usize::saturating_add);
        let bytes = contents
            .iter()
            .map(|content| content.len())
            .fold(0, usize::saturating_add);
        self.check_key_bears(records, bytes)?;
        let mut written = 0;
        if self.mailbox.is_waiting() {
            written = self.send_waiting(Wants::Records(contents), out)?;
        } else {
            self.check_data()?;
            let ahead = self.look_ahead(&self.mailbox.lock());
            self.check_room(self.size_of_records(contents, &ahead), out)?;
        }
        for content in contents.iter().filter(|content| !content.is_empty()) {
            let cost = self.cost(content.len());
            let rest = out.get_mut(written..).unwrap_or_default();
            written += self.send_data(&cost, &[content], rest)?;
        }
        Ok(written)
    }

    /// What each takes at the most, once the mailbox is drained.
    pub(super) fn size_of_records(&self, contents: &[&[u8]], ahead: &Ahead) -> usize {
        contents
            .iter()
            .map(|content| self.size_of(content.len(), ahead))
            .fold(0, usize::saturating_add)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::connection::mailbox::{Mailbox, Post};
    use crate::fault::OwnFailure;
    use crate::record::TrafficKey;
    use crate::suite::find_suite;
    use handfast_crypto::aead::AeadAlgorithm;
    use handfast_wire::registry::{CipherSuite, ProtocolVersion};
    use std::sync::Arc;

    /// A key of TLS 1.2 that bears so many records more.
    fn sending_with(records: u64) -> Sending {
        let algorithm = AeadAlgorithm::Aes128Gcm;
        let mut key = TrafficKey::classic(algorithm, &[1; 16], &[2; 4]).unwrap();
        key.set_sequence(algorithm.confidentiality_limit() - records);
        let suite = find_suite(CipherSuite::TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256).unwrap();
        let mailbox = Arc::new(Mailbox::default());
        mailbox.put(Post::Key(key, None));
        mailbox.put(Post::Connected(suite));
        let mut sending = Sending::new(mailbox, None, ProtocolVersion::TLS_1_2);
        assert_eq!(sending.send(&[], &mut []), Ok(0));
        sending
    }

    #[test]
    fn what_a_key_before_tls13_does_not_bear_whole_is_not_begun_and_the_close_still_goes_out() {
        let mut sending = sending_with(20);
        let mut out = vec![0; 4096];
        let contents: [&[u8]; 8] = [b"x"; 8];
        let exhausted = Err(OwnFailure::SequenceExhausted.into());
        assert_eq!(sending.send_records(&contents, &mut out), exhausted);
        assert_eq!(
            sending.send_records(&contents[..3], &mut out),
            Ok(3 * (5 + 8 + 1 + 16))
        );
        assert_eq!(sending.send(&[b"x"], &mut out), exhausted);
        sending.close();
        assert_eq!(sending.send(&[], &mut out), Ok(5 + 8 + 2 + 16));
    }
}
