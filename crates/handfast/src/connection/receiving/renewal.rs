//! Fresh keys, and who the client is, while a connection lasts: renegotiation before TLS 1.3, and
//! what has taken its place since.

use crate::connection::receiving::Receiving;
use crate::fault::{Error, Misuse};
use crate::time::Now;

/// What a connection is to get while it lasts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Renewal {
    /// Fresh keys in both directions: a renegotiation (RFC 5246 section 7.4.1.1), in TLS 1.3 a
    /// KeyUpdate of either side (RFC 8446 section 4.6.3).
    Keys,
    /// The client's certificate, by the rules of [`crate::ServerConfig::later_client_auth`]: a
    /// renegotiation, in TLS 1.3 post-handshake authentication (RFC 8446 section 4.6.2). For servers.
    ClientCertificate,
}

impl Receiving {
    /// Asks the peer for a renewal, or begins it: what there is to say waits to be sent. Data flows
    /// until the peer is ready. What comes of it are events: [`crate::Event::Renewed`],
    /// [`crate::Event::RenewalDeclined`], and asks as in the first handshake.
    ///
    /// # Errors
    /// [`Misuse::NotConnected`], [`Misuse::Closed`]; [`Misuse::RenewalRunning`];
    /// [`Misuse::RenewalNotAllowed`] where a config of either side does not let it happen;
    /// [`Misuse::PeerTakesNoRequest`] where a client of TLS 1.3 has not offered post_handshake_auth;
    /// [`Misuse::TooManyRenewals`] where 8 requests wait for their answers;
    /// [`Misuse::NotInThisVersion`]; what ended the connection.
    pub fn renew(&mut self, what: Renewal, now: Now) -> Result<(), Error> {
        if let Some(error) = self.failed {
            return Err(error);
        }
        let established = self.established.as_deref().ok_or(Misuse::NotConnected)?;
        if self.closed {
            return Err(Misuse::Closed.into());
        }
        if established.secret.is_some() {
            return self.renew_tls13(what, now);
        }
        if self.machine.is_some() {
            return Err(Misuse::RenewalRunning.into());
        }
        self.renegotiate(what, now)
    }

    fn renegotiate(&mut self, _what: Renewal, _now: Now) -> Result<(), Error> {
        Err(Misuse::RenewalNotAllowed.into())
    }
}
