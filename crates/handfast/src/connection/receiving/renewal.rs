//! Fresh keys, and who the client is, while a connection lasts: renegotiation before TLS 1.3, and
//! what has taken its place since.

use crate::connection::receiving::Receiving;
use crate::connection::renewal::Renewal;
use crate::fault::{Error, Misuse};
use crate::time::Now;

impl Receiving {
    /// Asks the peer for a renewal, or begins it: what there is to say waits to be sent. Data flows
    /// until the peer is ready; a client's own waits from its ClientHello on, a server's from its
    /// ServerHello on ([`Misuse::RenewalRunning`]). What comes of it are events:
    /// [`crate::Event::Renewed`], [`crate::Event::RenewalDeclined`], and asks as in the first
    /// handshake.
    ///
    /// ```
    /// use handfast::connection::Renewal;
    /// # fn example(connection: &mut handfast::Connection, now: handfast::Now)
    /// #     -> Result<(), handfast::Error> {
    /// // Somebody asks for a page that not everybody may see.
    /// connection.renew(Renewal::ClientCertificate, now)?;
    /// # Ok(()) }
    /// ```
    ///
    /// # Errors
    /// [`Misuse::NotConnected`], [`Misuse::Closed`]; [`Misuse::RenewalRunning`];
    /// [`Misuse::RenewalNotAllowed`] where a config of either side does not let it happen
    /// ([`crate::config::Common::renegotiation`], [`crate::ServerConfig::later_client_auth`]);
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
}
