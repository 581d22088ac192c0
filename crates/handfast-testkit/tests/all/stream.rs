//! The blocking stream over real sockets.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on says where")]

use std::io;
use std::net::{Ipv4Addr, TcpListener, TcpStream};
use std::thread;
use std::time::Duration;

use handfast::config::{ClientAuth, Verification};
use handfast::stream::{Stream, now};
use handfast::{AlertDescription, Answer, ClientConfig, Error, Fault, ServerConfig, ServerName};
use handfast_testkit::certificates::{self, KeyKind};
use handfast_testkit::config;

/// Both ends of a connection on loopback, each read and write with a deadline.
fn sockets() -> (TcpStream, TcpStream) {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
    let client = TcpStream::connect(listener.local_addr().unwrap()).unwrap();
    let (server, _) = listener.accept().unwrap();
    for socket in [&client, &server] {
        socket
            .set_read_timeout(Some(Duration::from_secs(10)))
            .unwrap();
    }
    (client, server)
}

fn fault(error: &io::Error) -> Option<Error> {
    error.get_ref()?.downcast_ref().copied()
}

/// A handshake in which both sides' asks are answered with `refusal`: how each side ended.
fn shake(
    client: ClientConfig,
    server: ServerConfig,
    refusal: Fault,
) -> (Option<Error>, Option<Error>) {
    let (client, server) = (client.check().unwrap(), server.check().unwrap());
    let (near, far) = sockets();
    let accepting = thread::spawn(move || {
        let connection = server.accept(now()).unwrap();
        let mut stream = Stream::begin(connection, far)
            .with_answerer(Box::new(move |_| Answer::Refused(refusal)));
        let outcome = stream.complete();
        // The client may not have read yet: the socket stays open until it is done.
        outcome
            .err()
            .as_ref()
            .and_then(fault)
            .map(|error| (error, stream))
    });
    let name = ServerName::parse("localhost").unwrap();
    let connection = client.connect(name, now()).unwrap();
    let mut stream =
        Stream::begin(connection, near).with_answerer(Box::new(move |_| Answer::Refused(refusal)));
    // A client is done before its server has judged it: the verdict comes with the first read.
    let outcome = stream
        .complete()
        .and_then(|()| io::Read::read_exact(&mut stream, &mut [0]));
    let error = outcome.err().as_ref().and_then(fault);
    drop(stream);
    (error, accepting.join().unwrap().map(|(error, _)| error))
}

#[test]
fn a_peer_that_an_answer_refuses_is_told_why() {
    let refusal = Fault::CertificateRefused;
    let alert = Error::PeerAlert(AlertDescription::CERTIFICATE_UNKNOWN);

    let mut client = config::client();
    client.verification = Verification::ask();
    let ended = shake(client, config::server(KeyKind::EcP256), refusal);
    assert_eq!(ended, (Some(Error::Fault(refusal)), Some(alert)));

    let mut client = config::client();
    client.credentials = vec![config::credential(certificates::client(KeyKind::EcP256))];
    let mut server = config::server(KeyKind::EcP256);
    server.client_auth = ClientAuth::Require(Verification::ask());
    let ended = shake(client, server, refusal);
    assert_eq!(ended, (Some(alert), Some(Error::Fault(refusal))));
}
