//! What TLS 1.3 has in the place of renegotiation: new keys, and the client's certificate.

use crate::connection::broken::Broken;
use crate::connection::mailbox::Post;
use crate::connection::output::Output;
use crate::connection::receiving::Receiving;
use crate::connection::renewal::Renewal;
use crate::fault::{Error, Fault, Misuse};
use crate::handshake::input::{Input, Message};
use crate::machine::Machine;
use crate::time::Now;
use crate::tls13::post_handshake::client::LaterClient;
use crate::tls13::post_handshake::server::LaterServer;
use handfast_wire::registry::KeyUpdateRequest;

impl Receiving {
    /// The half of [`Receiving::renew`] for TLS 1.3.
    pub(super) fn renew_tls13(&mut self, what: Renewal, now: Now) -> Result<(), Error> {
        match what {
            Renewal::Keys => {
                let update = Post::UpdateKey(KeyUpdateRequest::UPDATE_REQUESTED);
                self.mailbox.put(update);
                // RFC 8446 s4.6.3: the peer's own may wait until it has something to say.
                (self.has_new_keys, self.announce) = (true, true);
                Ok(())
            }
            Renewal::ClientCertificate => self.ask_for_certificate(now),
        }
    }

    /// Asks the client for a certificate (RFC 8446 section 4.6.2).
    fn ask_for_certificate(&mut self, now: Now) -> Result<(), Error> {
        let established = self.established.as_deref().ok_or(Misuse::NotConnected)?;
        let mut fresh = None;
        let server = match &mut self.machine {
            Some(Machine::LaterServer(server)) => server,
            _ => fresh.insert(Box::new(LaterServer::new(established, now)?)),
        };
        let posts = self.mailbox.borrow();
        let mark = posts.mark();
        let mut out = Output::on(posts);
        let asked = server.ask(&mut out);
        if asked.is_err() {
            out.posts.go_back(mark);
        }
        self.mailbox.give_back(out.posts);
        asked?;
        if let Some(server) = fresh {
            self.machine = Some(Machine::LaterServer(server));
        }
        Ok(())
    }

    /// The server asks this client for a certificate: nobody else may be asked, nor one who has not
    /// offered it.
    pub(super) fn take_request(&mut self, message: Message<'_>, now: Now) -> Result<(), Broken> {
        if self.machine.is_none() {
            let established = self.established.as_deref();
            let client = established.and_then(|established| LaterClient::new(established, now));
            let client = client.ok_or(Fault::MessageUnexpected)?;
            self.machine = Some(Machine::LaterClient(Box::new(client)));
        }
        self.counts.request()?;
        self.advance(Input::Message(message), now)
    }
}
