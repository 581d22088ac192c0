//! Two engines in memory, on one clock.

use crate::certificates;
use handfast::connection::Question;
use handfast::{Answer, Client, Connection, Error, Event, Now, Server, ServerName};

/// How bytes travel from one end to the other.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Delivery {
    /// As they were sent, flight by flight.
    Whole,
    /// So many bytes at a time.
    Chunks(usize),
}

/// Answers what a config leaves open.
pub type Answerer = Box<dyn FnMut(Question<'_>) -> Answer>;

/// One end: an engine with its buffers, and a record of what happened to it.
pub struct End {
    /// The engine.
    pub connection: Connection,
    /// Bytes that have come and are not consumed.
    pub incoming: Vec<u8>,
    /// Every event but data, oldest first.
    pub events: Vec<Event>,
    /// All application data that came.
    pub data: Vec<u8>,
    /// All early data that came.
    pub early: Vec<u8>,
    /// What ended the connection.
    pub error: Option<Error>,
    /// Every byte that was sent.
    pub sent: Vec<u8>,
    /// Answers asks.
    pub answerer: Option<Answerer>,
}

impl End {
    /// An end around an engine.
    #[must_use]
    pub fn new(connection: Connection) -> Self {
        Self {
            connection,
            incoming: Vec::new(),
            events: Vec::new(),
            data: Vec::new(),
            early: Vec::new(),
            error: None,
            sent: Vec::new(),
            answerer: None,
        }
    }

    /// What the engine wants to send now.
    pub fn take_output(&mut self) -> Vec<u8> {
        let mut all = Vec::new();
        while self.connection.wants_send() {
            let mut out = vec![0; self.connection.send_size(0)];
            match self.connection.send(&[], &mut out) {
                Ok(written) => all.extend_from_slice(&out[..written]),
                Err(_) => break,
            }
        }
        self.sent.extend_from_slice(&all);
        all
    }

    /// Sends application data; gives its records, which are not delivered yet.
    ///
    /// # Panics
    /// When the engine refuses.
    pub fn write(&mut self, data: &[u8]) -> Vec<u8> {
        let mut out = vec![0; self.connection.send_size(data.len())];
        let written = self
            .connection
            .send(&[data], &mut out)
            .expect("the engine sends data");
        out.truncate(written);
        self.sent.extend_from_slice(&out);
        out
    }

    /// Sends early data behind what waits; gives its records, which are not delivered yet.
    ///
    /// # Panics
    /// When the engine refuses.
    pub fn write_early(&mut self, data: &[u8]) -> Vec<u8> {
        let mut out = vec![0; self.connection.send_size(data.len())];
        let written = self
            .connection
            .send_replayable(&[data], &mut out)
            .expect("the engine sends early data");
        out.truncate(written);
        self.sent.extend_from_slice(&out);
        out
    }

    /// Gives bytes to the engine and records what comes of it.
    pub fn deliver(&mut self, bytes: &[u8], now: Now) {
        self.incoming.extend_from_slice(bytes);
        while self.error.is_none() {
            match self.connection.receive(&mut self.incoming, now) {
                Err(error) => self.error = Some(error),
                Ok(received) => {
                    let event = received.event.clone();
                    match &event {
                        Some(Event::Data(range)) => {
                            self.data.extend_from_slice(&self.incoming[range.clone()]);
                        }
                        Some(Event::EarlyData(range)) => {
                            self.early.extend_from_slice(&self.incoming[range.clone()]);
                        }
                        _ => {}
                    }
                    self.incoming.drain(..received.consumed);
                    match event {
                        None | Some(Event::Closed) => {
                            self.events.extend(event);
                            return;
                        }
                        Some(Event::Data(_) | Event::EarlyData(_)) => {}
                        Some(Event::Ask(ask)) => {
                            self.events.push(Event::Ask(ask));
                            let Some(answerer) = self.answerer.as_mut() else {
                                return;
                            };
                            let question =
                                self.connection.question().expect("an ask has its question");
                            let answer = answerer(question);
                            self.error = self.connection.answer(ask.id(), answer, now).err();
                        }
                        Some(event) => self.events.push(event),
                    }
                }
            }
        }
    }

    /// True once the handshake is done.
    #[must_use]
    pub fn is_connected(&self) -> bool {
        self.events.contains(&Event::Connected)
    }
}

/// A client and a server that talk to each other.
pub struct Pair {
    /// The client.
    pub client: End,
    /// The server.
    pub server: End,
    /// The clock of both.
    pub now: Now,
}

/// The time at which all test certificates are valid.
#[must_use]
pub fn now() -> Now {
    Now {
        unix_ms: certificates::now_unix() * 1000,
        monotonic_ms: 1_000_000,
    }
}

impl Pair {
    /// A client that wants `localhost`, and a server.
    ///
    /// # Panics
    /// When either refuses to begin.
    #[must_use]
    pub fn new(client: &Client, server: &Server) -> Self {
        Self::at(client, server, now())
    }

    /// The same, at a time of one's own.
    ///
    /// # Panics
    /// When either refuses to begin.
    #[must_use]
    pub fn at(client: &Client, server: &Server, now: Now) -> Self {
        let name = ServerName::parse("localhost").expect("a name");
        Self {
            client: End::new(client.connect(name, now).expect("the client begins")),
            server: End::new(server.accept(now).expect("the server begins")),
            now,
        }
    }

    /// Carries bytes both ways until neither end has anything to say.
    pub fn run(&mut self, delivery: Delivery) {
        // A client may ask for a session before it says anything.
        self.client.deliver(&[], self.now);
        loop {
            let from_client = self.client.take_output();
            carry(&from_client, &mut self.server, delivery, self.now);
            let from_server = self.server.take_output();
            carry(&from_server, &mut self.client, delivery, self.now);
            if from_client.is_empty() && from_server.is_empty() {
                return;
            }
        }
    }

    /// Runs the handshake and checks that both ends are connected.
    ///
    /// # Panics
    /// When one is not.
    pub fn connect(&mut self, delivery: Delivery) {
        self.run(delivery);
        assert_eq!(
            (self.client.error, self.server.error),
            (None, None),
            "{:?} {:?}",
            self.client.connection.refusal(),
            self.server.connection.refusal()
        );
        assert!(self.client.is_connected() && self.server.is_connected());
    }

    /// Sends data each way and checks that it arrives.
    ///
    /// # Panics
    /// When it does not.
    pub fn exchange(&mut self, data: &[u8]) {
        let (to_server, to_client) = (self.server.data.len(), self.client.data.len());
        let records = self.client.write(data);
        self.server.deliver(&records, self.now);
        let records = self.server.write(data);
        self.client.deliver(&records, self.now);
        assert_eq!(&self.server.data[to_server..], data);
        assert_eq!(&self.client.data[to_client..], data);
    }
}

fn carry(bytes: &[u8], to: &mut End, delivery: Delivery, now: Now) {
    match delivery {
        Delivery::Whole if bytes.is_empty() => {}
        Delivery::Whole => to.deliver(bytes, now),
        Delivery::Chunks(size) => bytes.chunks(size).for_each(|chunk| to.deliver(chunk, now)),
    }
}
