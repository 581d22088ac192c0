//! Early data: said by the connector, read by the acceptor, and what becomes of it where it is not
//! taken.

use crate::pair::{Ends, Pair, both, localhost};
use handfast::config::SystemEntropy;
use handfast::connection::{EarlyData, Question};
use handfast::session::{MemoryStore, StoredSession, StrikeRegister, TicketKeys};
use handfast::stream::now;
use handfast::{Answer, ServerName};
use handfast_tokio::{Answering, TlsStream};
use std::sync::{Arc, Mutex};
use tokio::io::{AsyncReadExt, AsyncWriteExt, DuplexStream, duplex};

const REQUEST: &[u8] = b"GET / HTTP/1.0\r\n\r\n";

fn pair() -> Pair {
    let mut pair = Pair::new();
    pair.client.early_data = true;
    pair.client.sessions = Some(Arc::new(MemoryStore::default()));
    let keys = TicketKeys::new(Arc::new(SystemEntropy), now()).unwrap();
    pair.server.ticket_keys = Some(Arc::new(keys));
    pair.server.strikes = Some(Arc::new(StrikeRegister::with_fresh_keys(100)));
    pair.server.max_early_data = 1000;
    pair
}

/// A first connection, so that there is a session.
async fn visit(pair: &Pair) {
    let (near, far) = duplex(100_000);
    talk(both(pair, near, far).await.unwrap()).await;
}

/// A line each way.
async fn talk((mut client, mut server): Ends<DuplexStream>) -> Ends<DuplexStream> {
    client.write_all(b"to").await.unwrap();
    server.write_all(b"fro").await.unwrap();
    server.flush().await.unwrap();
    let (mut to, mut fro) = ([0; 2], [0; 3]);
    server.read_exact(&mut to).await.unwrap();
    client.read_exact(&mut fro).await.unwrap();
    assert_eq!((&to, &fro), (b"to", b"fro"));
    (client, server)
}

fn outcome<T>(stream: &TlsStream<T>) -> EarlyData {
    stream.negotiated().unwrap().early_data
}

#[tokio::test]
async fn early_data_is_kept_apart_from_what_comes_later() {
    let pair = pair();
    visit(&pair).await;
    let (near, far) = duplex(100_000);
    let client = pair.connector().connect(localhost(), near);
    let client = client.with_replayable(REQUEST.to_vec());
    let server = pair.acceptor().accept(far);
    let (client, mut server) = tokio::try_join!(client, server).unwrap();
    assert!(client.replayable_taken());
    assert_eq!(server.take_early_data(), REQUEST);
    assert_eq!(server.take_early_data(), b"");
    let (client, server) = talk((client, server)).await;
    assert_eq!(outcome(&client), EarlyData::Accepted);
    assert_eq!(outcome(&server), EarlyData::Accepted);
}

#[tokio::test]
async fn a_server_that_answers_early_does_so_before_the_client_has_said_a_second_word() {
    let pair = pair();
    visit(&pair).await;
    let (near, far) = duplex(100_000);
    let client = pair.connector().connect(localhost(), near);
    let mut client = Box::pin(client.with_replayable(REQUEST.to_vec()));
    // The client's first flight, and nothing more: it is not polled again.
    tokio::select! {
        biased;
        _ = &mut client => panic!("nobody has answered"),
        () = tokio::task::yield_now() => {}
    }
    let mut server = pair.acceptor().answering_early().accept(far).await.unwrap();
    assert!(server.is_early());
    let mut request = [0; 100];
    let length = server.read_early(&mut request).await.unwrap();
    assert_eq!(&request[..length], REQUEST);
    server.write_all(b"answer").await.unwrap();
    server.flush().await.unwrap();
    let mut client = client.await.unwrap();
    let mut answer = [0; 6];
    client.read_exact(&mut answer).await.unwrap();
    assert_eq!(&answer, b"answer");
    // Early data ends with the handshake.
    assert_eq!(server.read_early(&mut request).await.unwrap(), 0);
    assert!(!server.is_early() && client.replayable_taken());
    talk((client, server)).await;
    // The session that came of it is as good.
    let (near, far) = duplex(100_000);
    let client = pair.connector().connect(localhost(), near);
    let client = client.with_replayable(REQUEST.to_vec());
    let server = pair.acceptor().answering_early().accept(far);
    let (client, mut server) = tokio::try_join!(client, server).unwrap();
    assert!(client.replayable_taken());
    // Who reads as ever waits for the end of the handshake; nothing is lost, or mixed.
    let (client, _) = tokio::join!(
        async {
            let mut client = client;
            client.write_all(b"later").await.unwrap();
            client
        },
        async {
            let mut later = [0; 5];
            server.read_exact(&mut later).await.unwrap();
            assert_eq!(&later, b"later");
            assert_eq!(server.take_early_data(), REQUEST);
        }
    );
    drop(client);
}

#[tokio::test]
async fn what_is_refused_or_too_long_is_not_said_again() {
    for case in ["no session", "too long", "refused", "not wanted"] {
        let mut pair = pair();
        if case != "no session" {
            visit(&pair).await;
        }
        let mut request = REQUEST.to_vec();
        match case {
            "too long" => request.resize(1001, b'x'),
            "refused" => {
                // A register that may have forgotten something.
                pair.server.strikes = Some(Arc::new(StrikeRegister::new(100, now())));
            }
            "not wanted" => pair.client.early_data = false,
            _ => {}
        }
        let (near, far) = duplex(100_000);
        let client = pair.connector().connect(localhost(), near);
        let client = client.with_replayable(request);
        let server = pair.acceptor().answering_early().accept(far);
        let (client, server) = tokio::try_join!(client, server).unwrap();
        assert!(!client.replayable_taken(), "{case}");
        let (_, mut server) = talk((client, server)).await;
        assert_eq!(server.take_early_data(), b"", "{case}");
    }
}

#[tokio::test]
async fn early_data_waits_for_a_session_that_the_caller_looks_for() {
    let mut pair = pair();
    pair.client.sessions = None;
    pair.client.ask_for_sessions = true;
    let kept = Arc::new(Mutex::new(Vec::<StoredSession>::new()));
    let mut taken = Vec::new();
    for _ in 0..2 {
        let held = Arc::clone(&kept);
        let answerer = move |question: Question<'_>| -> Answering {
            let found = match question {
                Question::LoadSession { .. } => held.lock().unwrap().pop(),
                _ => None,
            };
            Box::pin(async move {
                tokio::task::yield_now().await;
                Answer::Sessions(vec![found.map(|session| session.value)])
            })
        };
        let (near, far) = duplex(100_000);
        let name = ServerName::parse("localhost").unwrap();
        let client = pair.connector().with_answerer(answerer).connect(name, near);
        let client = client.with_replayable(REQUEST.to_vec());
        let server = pair.acceptor().accept(far);
        let (client, mut server) = tokio::try_join!(client, server).unwrap();
        taken.push((client.replayable_taken(), server.take_early_data()));
        let (mut client, _server) = talk((client, server)).await;
        kept.lock().unwrap().extend(client.take_sessions());
    }
    let wanted = [(false, Vec::new()), (true, REQUEST.to_vec())];
    assert_eq!(taken, wanted);
}
