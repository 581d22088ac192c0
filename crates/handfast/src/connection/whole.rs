//! Both halves in one, for those who need no more.

use crate::config::{Client, Server};
use crate::connection::ask::{Answer, AskId, Question};
use crate::connection::binding::ChannelBinding;
use crate::connection::broken::{Refusal, RefusalDetail};
use crate::connection::mailbox::Mailbox;
use crate::connection::negotiated::Negotiated;
use crate::connection::output::Output;
use crate::connection::receiving::{Received, Receiving};
use crate::connection::renewal::Renewal;
use crate::connection::sending::Sending;
use crate::ech::EchConfigList;
use crate::fault::{Error, Misuse};
use crate::machine::Machine;
use crate::observe::Direction;
use crate::session::{Counted, StoredSession};
use crate::time::Now;
use handfast_pki::name::ServerName;
use handfast_wire::registry::{AlertDescription, ContentType, ProtocolVersion};
use std::sync::Arc;

/// One TLS connection, without its transport.
///
/// ```no_run
/// use handfast::{Event, Now};
/// # fn example(mut connection: handfast::Connection, mut transport: std::net::TcpStream, now: Now)
/// #     -> Result<(), Box<dyn std::error::Error>> {
/// use std::io::{Read, Write};
/// let mut buffer = Vec::new();
/// loop {
///     let mut out = vec![0; connection.send_size(0)];
///     let written = connection.send(&[], &mut out)?;
///     transport.write_all(&out[..written])?;
///     if !connection.is_handshaking() {
///         break; // what is left in `buffer` is for the next `receive`
///     }
///     let received = connection.receive(&mut buffer, now)?;
///     buffer.drain(..received.consumed);
///     if let Some(Event::Ask(_)) = received.event {
///         return Err("this config asks nothing".into());
///     }
///     if received.event.is_some() || connection.wants_send() {
///         continue;
///     }
///     let start = buffer.len();
///     buffer.resize(start + connection.needed(), 0);
///     transport.read_exact(&mut buffer[start..])?;
/// }
/// # Ok(()) }
/// ```
#[derive(Debug)]
pub struct Connection {
    receiving: Receiving,
    sending: Sending,
}

impl Client {
    /// Begins a connection to `name`. Its ClientHello waits to be sent, or, where the
    /// config asks for sessions, for the answer to what the first `receive` asks.
    ///
    /// # Errors
    /// [`Misuse::SystemRootsNotLoaded`], or an [`crate::OwnFailure`] when
    /// randomness or key generation fails.
    pub fn connect(&self, name: ServerName, now: Now) -> Result<Connection, Error> {
        if self.needs_system_roots() {
            return Err(Misuse::SystemRootsNotLoaded.into());
        }
        let mut out = Output::on(Box::default());
        let client = self.for_server(&name, now);
        let machine =
            Machine::client(client, name, now, &mut out).map_err(|broken| broken.error)?;
        let mailbox = Arc::new(Mailbox::default());
        mailbox.give_back(out.posts);
        let common = client.0.common.near();
        common.set.count(Counted::Connect);
        let mut connection = Connection {
            sending: Sending::new(
                Arc::clone(&mailbox),
                Some(Arc::clone(common)),
                // RFC 8446 s5.1: the oldest that servers take, unless all is older.
                common.legacy_version().min(ProtocolVersion::TLS_1_0),
            ),
            receiving: Receiving::new(mailbox, Some(Arc::clone(common)), machine),
        };
        connection.receiving.open_ask();
        Ok(connection)
    }
}

impl Server {
    /// Begins a connection with a client that is still to speak.
    ///
    /// # Errors
    /// [`Misuse::SystemRootsNotLoaded`].
    pub fn accept(&self, now: Now) -> Result<Connection, Error> {
        if self.needs_system_roots() {
            return Err(Misuse::SystemRootsNotLoaded.into());
        }
        self.0.common.set.count(Counted::Accept);
        Ok(Connection::server(Some(self), now))
    }
}

impl Connection {
    /// A server's connection whose config is asked for with
    /// [`crate::Ask::Config`] once the ClientHello has come.
    #[must_use]
    pub fn accept_any(now: Now) -> Self {
        Self::server(None, now)
    }

    fn server(server: Option<&Server>, now: Now) -> Self {
        let mailbox = Arc::new(Mailbox::default());
        let common = server.map(|server| Arc::clone(server.0.common.near()));
        Self {
            sending: Sending::new(
                Arc::clone(&mailbox),
                common.clone(),
                ProtocolVersion::TLS_1_2,
            ),
            receiving: Receiving::new(mailbox, common, Machine::server(server.cloned(), now)),
        }
    }

    /// See [`Receiving::receive`].
    ///
    /// # Errors
    /// What ended the connection.
    pub fn receive(&mut self, buffer: &mut [u8], now: Now) -> Result<Received, Error> {
        self.receiving.receive(buffer, now)
    }

    /// See [`Sending::send`].
    ///
    /// # Errors
    /// [`Misuse`], or what ended the connection.
    #[inline]
    pub fn send(&mut self, parts: &[&[u8]], out: &mut [u8]) -> Result<usize, Error> {
        self.sending.send(parts, out)
    }

    /// See [`Sending::send_size`].
    #[must_use]
    #[inline]
    pub fn send_size(&self, content: usize) -> usize {
        self.sending.send_size(content)
    }

    /// See [`Sending::send_replayable`].
    ///
    /// # Errors
    /// [`Misuse`], or what ended the connection.
    pub fn send_replayable(&mut self, parts: &[&[u8]], out: &mut [u8]) -> Result<usize, Error> {
        self.sending.send_replayable(parts, out)
    }

    /// See [`Sending::early_data_left`].
    #[must_use]
    pub fn early_data_left(&self) -> Option<usize> {
        self.sending.early_data_left()
    }

    /// See [`Sending::send_records`].
    ///
    /// # Errors
    /// [`Misuse`], or what ended the connection.
    pub fn send_records(&mut self, contents: &[&[u8]], out: &mut [u8]) -> Result<usize, Error> {
        self.sending.send_records(contents, out)
    }

    /// See [`Sending::send_records_size`].
    #[must_use]
    pub fn send_records_size(&self, contents: &[&[u8]]) -> usize {
        self.sending.send_records_size(contents)
    }

    /// See [`Sending::wants_send`].
    #[must_use]
    pub fn wants_send(&self) -> bool {
        self.sending.wants_send()
    }

    /// See [`Receiving::needed`].
    #[must_use]
    pub fn needed(&self) -> usize {
        self.receiving.needed()
    }

    /// See [`Receiving::is_handshaking`].
    #[must_use]
    pub fn is_handshaking(&self) -> bool {
        self.receiving.is_handshaking()
    }

    /// See [`Receiving::is_renewing`].
    #[must_use]
    pub fn is_renewing(&self) -> bool {
        self.receiving.is_renewing()
    }

    /// See [`Sending::is_held`].
    #[must_use]
    pub fn is_held(&self) -> bool {
        self.sending.is_held()
    }

    /// See [`Receiving::renew`].
    ///
    /// # Errors
    /// [`Misuse`], or what ended the connection.
    pub fn renew(&mut self, what: Renewal, now: Now) -> Result<(), Error> {
        self.receiving.renew(what, now)
    }

    /// See [`Receiving::negotiated`].
    #[must_use]
    pub fn negotiated(&self) -> Option<&Negotiated> {
        self.receiving.negotiated()
    }

    /// Why the peer was refused.
    #[must_use]
    pub fn refusal(&self) -> Option<&Refusal> {
        self.receiving.refusal()
    }

    pub(crate) fn receiving(&self) -> &Receiving {
        &self.receiving
    }

    /// What the server told instead, after the connection ended by [`crate::Fault::EchRejected`]: connect
    /// again by it, once (RFC 9849 section 6.1.6). The server has proved that it is the list's public name,
    /// by whatever the config verifies servers by: where that takes anyone, whoever sits in between may have told
    /// them. Nothing where it takes encrypted ClientHellos no more, and nothing, by
    /// [`crate::Fault::EchRejectedUnproved`], where the server has proved no name: then a connection
    /// without encryption would give the hidden name to whoever wants it.
    ///
    /// ```
    /// # fn example(connection: &handfast::Connection, mut config: handfast::ClientConfig) {
    /// use handfast::config::Ech;
    ///
    /// config.ech = match connection.ech_retry_configs() {
    ///     Some(list) if list.is_usable() => Ech::Configs(list.clone()),
    ///     _ => Ech::Grease, // or give up, where the name is to stay hidden
    /// };
    /// # }
    /// ```
    #[must_use]
    pub fn ech_retry_configs(&self) -> Option<&EchConfigList> {
        match &self.refusal()?.detail {
            RefusalDetail::Ech { retry_configs } => retry_configs.as_ref(),
            _ => None,
        }
    }

    /// The open ask, with what is needed to answer it.
    #[must_use]
    pub fn question(&self) -> Option<Question<'_>> {
        self.receiving.question()
    }

    /// See [`Receiving::awaits_answer`].
    #[must_use]
    pub fn awaits_answer(&self) -> bool {
        self.receiving.awaits_answer()
    }

    /// See [`Receiving::answer`].
    ///
    /// # Errors
    /// [`Misuse`], or what ended the connection.
    pub fn answer(&mut self, id: AskId, answer: Answer, now: Now) -> Result<(), Error> {
        self.receiving.answer(id, answer, now)
    }

    /// See [`Receiving::take_sessions`].
    pub fn take_sessions(&mut self) -> Vec<StoredSession> {
        self.receiving.take_sessions()
    }

    /// See [`Receiving::take_lost_session`].
    pub fn take_lost_session(&mut self) -> Option<Vec<u8>> {
        self.receiving.take_lost_session()
    }

    /// See [`Receiving::export`].
    ///
    /// # Errors
    /// [`Misuse`].
    pub fn export(
        &self,
        label: &[u8],
        context: Option<&[u8]>,
        out: &mut [u8],
    ) -> Result<(), Error> {
        self.receiving.export(label, context, out)
    }

    /// See [`Receiving::finished`].
    #[must_use]
    pub fn finished(&self, whose: Direction) -> Option<&[u8]> {
        self.receiving.finished(whose)
    }

    /// See [`Receiving::channel_binding`].
    ///
    /// # Errors
    /// [`Misuse`].
    pub fn channel_binding(&self, binding: ChannelBinding) -> Result<Vec<u8>, Error> {
        self.receiving.channel_binding(binding)
    }

    /// Gives back the memory that the next record sets up again, for a connection on
    /// which nothing is said for a while: see [`Receiving::rest`].
    ///
    /// ```
    /// # fn example(connection: &mut handfast::Connection, idle: std::time::Duration) {
    /// if idle.as_secs() >= 10 {
    ///     connection.rest(); // whoever sends or receives next need not know
    /// }
    /// # }
    /// ```
    pub fn rest(&mut self) {
        self.receiving.rest();
        self.sending.rest();
    }

    /// See [`Sending::close`].
    pub fn close(&mut self) {
        self.sending.close();
    }

    /// See [`Sending::cancel`].
    pub fn cancel(&mut self) {
        self.sending.cancel();
    }

    /// See [`Sending::abort`].
    pub fn abort(&mut self, alert: AlertDescription) {
        self.sending.abort(alert);
    }

    /// See [`Sending::key_update`].
    ///
    /// # Errors
    /// [`Misuse`].
    pub fn key_update(&mut self, both_ways: bool, out: &mut [u8]) -> Result<usize, Error> {
        self.sending.key_update(both_ways, out)
    }

    /// See [`Sending::danger_send_record`].
    ///
    /// # Errors
    /// [`Misuse`].
    pub fn danger_send_record(
        &mut self,
        content_type: ContentType,
        content: &[u8],
        out: &mut [u8],
    ) -> Result<usize, Error> {
        self.sending.danger_send_record(content_type, content, out)
    }

    /// The two halves, each for a thread of its own.
    #[must_use]
    pub fn split(self) -> (Receiving, Sending) {
        (self.receiving, self.sending)
    }
}
