//! What is told of a renewal: of which one, once for each, and never for another.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on says where")]

use handfast::config::{ClientAuth, Verification};
use handfast::connection::{PeerStanding, Renewal};
use handfast::stream::Stream;
use handfast::{Answer, ClientConfig, Error, Event, Fault, ServerConfig, ServerName};
use handfast_testkit::certificates::{self, KeyKind};
use handfast_testkit::config;
use handfast_testkit::liar::anatomy::message;
use handfast_testkit::liar::record;
use handfast_testkit::pair::{Delivery, End, Pair, now};
use handfast_wire::registry::{ContentType, HandshakeType};
use std::cell::{Cell, RefCell};
use std::io::{self, ErrorKind, Read, Write};
use std::rc::Rc;

const SHOWN: Event = Event::Renewed(Renewal::ClientCertificate);
const NEW_KEYS: Event = Event::Renewed(Renewal::Keys);

/// A client whose user chooses, and a server that asks.
fn configs() -> (ClientConfig, ServerConfig) {
    let mut client = config::client();
    client.post_handshake_auth = true;
    client.ask_for_credential = true;
    let mut server = config::server(KeyKind::EcP256);
    server.later_client_auth = ClientAuth::Require(Verification::chain(config::trust()));
    (client, server)
}

fn connected((client, server): (ClientConfig, ServerConfig)) -> Pair {
    let mut pair = Pair::new(&client.check().unwrap(), &server.check().unwrap());
    pair.connect(Delivery::Whole);
    pair.client.events.clear();
    pair.server.events.clear();
    pair
}

#[test]
fn new_keys_are_told_at_once_whatever_else_is_to_be_told() {
    let mut pair = connected(configs());
    let server = &mut pair.server.connection;
    for _ in 0..2 {
        server.renew(Renewal::Keys, now()).unwrap();
    }
    pair.server.deliver(&[], now());
    // Both wishes are one KeyUpdate.
    assert_eq!(pair.server.events, [NEW_KEYS]);
    pair.server.events.clear();
    let server = &mut pair.server.connection;
    server.renew(Renewal::ClientCertificate, now()).unwrap();
    pair.run(Delivery::Whole);
    // The client's KeyUpdate is here, and nobody has said who it is.
    assert_eq!(pair.server.events, [Event::KeyUpdated]);
    let standing = pair.server.connection.negotiated().unwrap().peer_standing;
    assert_eq!(standing, PeerStanding::NotAsked);
}

#[test]
fn certificates_that_are_shown_in_one_go_are_told_one_by_one() {
    let (mut client, server) = configs();
    client.ask_for_credential = false;
    client.credentials = vec![config::credential(certificates::client(KeyKind::EcP256))];
    let mut pair = connected((client, server));
    for _ in 0..3 {
        let server = &mut pair.server.connection;
        server.renew(Renewal::ClientCertificate, now()).unwrap();
    }
    pair.run(Delivery::Whole);
    for end in [&pair.client, &pair.server] {
        let shown = end.events.iter().filter(|event| **event == SHOWN).count();
        assert_eq!(shown, 3, "{:?}", end.events);
    }
}

#[test]
fn certificates_that_wait_for_one_choice_are_told_one_by_one() {
    let mut pair = connected(configs());
    for _ in 0..2 {
        let server = &mut pair.server.connection;
        server.renew(Renewal::ClientCertificate, now()).unwrap();
    }
    let own = || config::credential(certificates::client(KeyKind::EcP256));
    pair.client.answerer = Some(Box::new(move |_| Answer::Credential(Some(own()))));
    pair.run(Delivery::Whole);
    for end in [&pair.client, &pair.server] {
        let shown = end.events.iter().filter(|event| **event == SHOWN).count();
        assert_eq!(shown, 2, "{:?}", end.events);
    }
}

/// RFC 8446 section 4.3.2: unique within the scope of the connection.
#[test]
fn a_context_does_not_come_again_once_it_was_answered() {
    let (mut client, server) = configs();
    client.ask_for_credential = false;
    let mut pair = connected((client, server));
    for (context, refused) in [(7, None), (8, None), (7, Some(Fault::RequestContextTwice))] {
        let body = [&[1, context][..], &[0, 8], &[0, 13, 0, 4, 0, 2, 4, 3]].concat();
        let request = message(HandshakeType::CERTIFICATE_REQUEST, &body);
        let bytes = record(&mut pair.server, ContentType::HANDSHAKE, &request);
        pair.client.deliver(&bytes, now());
        assert!(!pair.client.connection.is_renewing(), "it is answered");
        assert_eq!(pair.client.error, refused.map(Error::from));
    }
}

/// A transport with a client at its other end; nothing comes while it is paused.
struct Wire {
    client: Rc<RefCell<End>>,
    paused: Rc<Cell<bool>>,
    come: Vec<u8>,
}

impl Read for Wire {
    fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
        if self.paused.get() {
            return Err(ErrorKind::WouldBlock.into());
        }
        self.come.extend(self.client.borrow_mut().take_output());
        if self.come.is_empty() {
            return Err(ErrorKind::WouldBlock.into());
        }
        let length = self.come.len().min(out.len());
        out[..length].copy_from_slice(&self.come[..length]);
        self.come.drain(..length);
        Ok(length)
    }
}

impl Write for Wire {
    fn write(&mut self, data: &[u8]) -> io::Result<usize> {
        self.client.borrow_mut().deliver(data, now());
        Ok(data.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// A server's stream, its client, and the brake of the wire.
fn streamed(
    (client, server): (ClientConfig, ServerConfig),
) -> (Stream<Wire>, Rc<RefCell<End>>, Rc<Cell<bool>>) {
    let name = ServerName::parse("localhost").unwrap();
    let end = End::new(client.check().unwrap().connect(name, now()).unwrap());
    let (end, paused) = (Rc::new(RefCell::new(end)), Rc::new(Cell::new(false)));
    let wire = Wire {
        client: Rc::clone(&end),
        paused: Rc::clone(&paused),
        come: Vec::new(),
    };
    let stream = Stream::accept(&server.check().unwrap(), wire).unwrap();
    (stream, end, paused)
}

/// Whoever asked for new keys has stopped waiting. "True" for a certificate must mean that it is there.
#[test]
fn new_keys_do_not_answer_for_a_certificate() {
    let (mut stream, _client, paused) = streamed(configs());
    paused.set(true);
    assert!(stream.connection().renew(Renewal::Keys, now()).is_ok());
    assert!(stream.connection().renew(Renewal::Keys, now()).is_ok());
    paused.set(false);
    let known = stream.renew(Renewal::ClientCertificate);
    assert_eq!(known.unwrap_err().kind(), ErrorKind::WouldBlock);
    let standing = stream.negotiated().unwrap().peer_standing;
    assert_eq!(standing, PeerStanding::NotAsked);
}

#[test]
fn a_request_that_was_given_up_does_not_answer_for_the_next() {
    let (client, mut server) = configs();
    server.later_client_auth = ClientAuth::Request(Verification::chain(config::trust()));
    let (mut stream, end, paused) = streamed((client, server));
    paused.set(true);
    let given_up = stream.renew(Renewal::ClientCertificate);
    assert_eq!(given_up.unwrap_err().kind(), ErrorKind::WouldBlock);
    paused.set(false);
    // The user shows nothing at first, and then thinks better of it.
    let ask = end
        .borrow()
        .events
        .iter()
        .rev()
        .find_map(|event| match event {
            Event::Ask(ask) => Some(ask.id()),
            _ => None,
        });
    let nothing = Answer::Credential(None);
    let answered = end
        .borrow_mut()
        .connection
        .answer(ask.unwrap(), nothing, now());
    assert_eq!(answered, Ok(()));
    end.borrow_mut().answerer = Some(Box::new(|_| {
        let own = config::credential(certificates::client(KeyKind::EcP256));
        Answer::Credential(Some(own))
    }));
    assert!(stream.renew(Renewal::ClientCertificate).unwrap());
    let standing = stream.negotiated().unwrap().peer_standing;
    assert_eq!(standing, PeerStanding::Verified);
}
