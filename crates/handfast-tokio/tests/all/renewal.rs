//! Renewals: who the client is, and new keys, while the connection lasts.
#![expect(clippy::panic, reason = "a test that cannot go on says where")]

use crate::pair::{Pair, both, localhost};
use handfast::ProtocolVersion;
use handfast::config::ClientAuth;
use handfast::config::Renegotiation;
use handfast::connection::{PeerStanding, Question, Renewal};
use handfast::{Answer, Error, Misuse};
use handfast_tokio::{Answering, RenewalOutcome, TlsStream};
use std::time::Duration;
use tokio::io::{AsyncReadExt, AsyncWriteExt, DuplexStream, duplex, split};

async fn connected(
    pair: &Pair,
    bytes: usize,
) -> (TlsStream<DuplexStream>, TlsStream<DuplexStream>) {
    let (near, far) = duplex(bytes);
    both(pair, near, far).await.unwrap()
}

/// Echoes until the peer closes.
async fn echo(mut stream: TlsStream<DuplexStream>) {
    let mut buffer = [0; 1000];
    loop {
        match stream.read(&mut buffer).await.unwrap() {
            0 => return,
            length => stream.write_all(&buffer[..length]).await.unwrap(),
        }
        stream.flush().await.unwrap();
    }
}

/// The same before TLS 1.3.
fn older() -> Pair {
    let mut pair = Pair::new().asks_later();
    for common in [&mut pair.client.common, &mut pair.server.common] {
        common.versions = vec![ProtocolVersion::TLS_1_2];
        common.renegotiation = Renegotiation::Allow {
            most: 100,
            pause_s: 0,
        };
    }
    pair
}

fn standing(outcome: RenewalOutcome) -> PeerStanding {
    match outcome {
        RenewalOutcome::Renewed(now) => now.peer_standing,
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn a_server_learns_who_its_client_is_while_that_only_reads() {
    let pair = Pair::new().asks_later();
    let (client, mut server) = connected(&pair, 64 * 1024).await;
    let client = tokio::spawn(echo(client));
    for _ in 0..3 {
        let outcome = server.renew(Renewal::ClientCertificate).await.unwrap();
        assert_eq!(standing(outcome), PeerStanding::Verified);
    }
    let shown = &server.negotiated().unwrap().peer_chain;
    assert_eq!(&shown[..], pair.ada.chain());
    server.write_all(b"a line").await.unwrap();
    let mut line = [0; 6];
    server.read_exact(&mut line).await.unwrap();
    assert_eq!(&line, b"a line");
    drop(server);
    // The server was dropped without close_notify, which the echo notices.
    client.await.unwrap_err();
}

#[tokio::test]
async fn both_ends_may_want_new_keys() {
    let (mut client, server) = connected(&Pair::new(), 64 * 1024).await;
    let server = tokio::spawn(echo(server));
    for _ in 0..3 {
        let outcome = client.renew(Renewal::Keys).await.unwrap();
        assert_eq!(standing(outcome), PeerStanding::Verified);
        client.write_all(b"under new keys").await.unwrap();
        let mut line = [0; 14];
        client.read_exact(&mut line).await.unwrap();
        assert_eq!(&line, b"under new keys");
    }
    client.shutdown().await.unwrap();
    server.await.unwrap();
}

#[tokio::test]
async fn data_that_comes_before_the_outcome_is_kept_for_the_reader() {
    let pair = Pair::new().asks_later();
    let (mut client, mut server) = connected(&pair, 256 * 1024).await;
    let data: Vec<u8> = (0..100_000_u32).map(|at| at.to_le_bytes()[0]).collect();
    client.write_all(&data).await.unwrap();
    client.flush().await.unwrap();
    let client = tokio::spawn(echo(client));
    let outcome = server.renew(Renewal::ClientCertificate).await.unwrap();
    assert_eq!(standing(outcome), PeerStanding::Verified);
    let mut read = vec![0; data.len()];
    server.read_exact(&mut read).await.unwrap();
    assert_eq!(read, data);
    server.write_all(b"more").await.unwrap();
    let mut more = [0; 4];
    server.read_exact(&mut more).await.unwrap();
    assert_eq!(&more, b"more");
    server.shutdown().await.unwrap();
    client.await.unwrap();
}

#[tokio::test]
async fn somebody_else_may_ask_while_the_stream_is_read() {
    let pair = Pair::new().asks_later();
    let (mut client, mut server) = connected(&pair, 64 * 1024).await;
    let renewals = server.renewals();
    let server = tokio::spawn(echo(server));
    let asked: Vec<_> = (0..4)
        .map(|_| {
            let renewals = renewals.clone();
            tokio::spawn(async move { renewals.renew(Renewal::ClientCertificate).await })
        })
        .collect();
    for round in 0..20_u8 {
        client.write_all(&[round; 100]).await.unwrap();
        let mut back = [0; 100];
        client.read_exact(&mut back).await.unwrap();
        assert_eq!(back, [round; 100]);
    }
    let client = tokio::spawn(async move {
        let mut rest = Vec::new();
        let _ = client.read_to_end(&mut rest).await;
    });
    for one in asked {
        let outcome = one.await.unwrap().unwrap();
        assert_eq!(standing(outcome), PeerStanding::Verified);
    }
    server.abort();
    let _ = server.await;
    let late = renewals.renew(Renewal::Keys).await.unwrap_err();
    assert_eq!(late.kind(), std::io::ErrorKind::UnexpectedEof);
    client.await.unwrap();
}

#[tokio::test]
async fn answers_that_take_their_time_reach_the_engine_and_data_does_not_wait() {
    let mut pair = Pair::new().asks_later();
    pair.client.credentials.clear();
    pair.client.ask_for_credential = true;
    let ada = pair.ada();
    let answerer = move |question: Question<'_>| -> Answering {
        let answer = match question {
            Question::Credential { .. } => Answer::Credential(Some(ada.clone())),
            _ => Answer::Failed,
        };
        Box::pin(async {
            tokio::time::sleep(Duration::from_millis(50)).await;
            answer
        })
    };
    let (near, far) = duplex(64 * 1024);
    let connector = pair.connector().with_answerer(answerer);
    let client = connector.connect(localhost(), near);
    let server = pair.acceptor().accept(far);
    let (client, mut server) = tokio::try_join!(client, server).unwrap();
    let renewals = server.renewals();
    let client = tokio::spawn(echo(client));
    let asked = tokio::spawn(async move { renewals.renew(Renewal::ClientCertificate).await });
    // The client thinks for a tenth of a second; its data comes and goes.
    let began = tokio::time::Instant::now();
    let mut rounds = 0;
    while !asked.is_finished() {
        server.write_all(b"ping").await.unwrap();
        let mut back = [0; 4];
        server.read_exact(&mut back).await.unwrap();
        rounds += 1;
        assert!(began.elapsed() < Duration::from_secs(20), "it never ends");
    }
    assert!(rounds > 3, "data waited");
    let outcome = asked.await.unwrap().unwrap();
    assert_eq!(standing(outcome), PeerStanding::Verified);
    server.shutdown().await.unwrap();
    client.await.unwrap();
}

#[tokio::test]
async fn before_tls_1_3_the_same_call_renegotiates() {
    let pair = older();
    let (client, mut server) = connected(&pair, 64 * 1024).await;
    let client = tokio::spawn(echo(client));
    let outcome = server.renew(Renewal::ClientCertificate).await.unwrap();
    assert_eq!(standing(outcome), PeerStanding::Verified);
    server.write_all(b"ping").await.unwrap();
    let mut back = [0; 4];
    server.read_exact(&mut back).await.unwrap();
    assert_eq!(&back, b"ping");
    server.shutdown().await.unwrap();
    client.await.unwrap();

    let (mut client, server) = connected(&pair, 64 * 1024).await;
    let server = tokio::spawn(echo(server));
    let outcome = client.renew(Renewal::Keys).await.unwrap();
    assert_eq!(standing(outcome), PeerStanding::Verified);
    client.shutdown().await.unwrap();
    server.await.unwrap();
}

/// A client that is asked, and has much to write before it reads again: it takes part all the same.
#[tokio::test]
async fn a_writer_that_must_wait_drives_the_renegotiation() {
    for limit in [300, 5_000, 64 * 1024] {
        let (mut client, mut server) = connected(&older(), limit).await;
        let renewals = server.renewals();
        let asked = tokio::spawn(async move { renewals.renew(Renewal::ClientCertificate).await });
        let server = tokio::spawn(async move {
            let mut hi = [0; 2];
            server.read_exact(&mut hi).await.unwrap();
            server.write_all(b"go").await.unwrap();
            let mut all = vec![0; 300_000];
            server.read_exact(&mut all).await.unwrap();
            server.write_all(b"got it").await.unwrap();
            server.flush().await.unwrap();
        });
        let work = async {
            tokio::task::yield_now().await;
            client.write_all(b"hi").await.unwrap();
            let mut go = [0; 2];
            client.read_exact(&mut go).await.unwrap();
            assert!(client.connection().is_renewing());
            client.write_all(&[7; 300_000]).await.unwrap();
            assert!(!client.connection().is_renewing());
            client.flush().await.unwrap();
            let mut answer = [0; 6];
            client.read_exact(&mut answer).await.unwrap();
            assert_eq!(&answer, b"got it");
        };
        let limit = Duration::from_secs(30);
        tokio::time::timeout(limit, work).await.expect("a hang");
        let outcome = asked.await.unwrap().unwrap();
        assert_eq!(standing(outcome), PeerStanding::Verified);
        server.await.unwrap();
    }
}

#[tokio::test]
async fn a_client_without_a_certificate_declines() {
    let mut pair = Pair::new().asks_later();
    pair.client.credentials.clear();
    let rules = pair.client.verification.clone();
    pair.server.later_client_auth = ClientAuth::Request(rules);
    let (client, mut server) = connected(&pair, 64 * 1024).await;
    let client = tokio::spawn(echo(client));
    let outcome = server.renew(Renewal::ClientCertificate).await.unwrap();
    assert!(matches!(outcome, RenewalOutcome::Declined));
    server.shutdown().await.unwrap();
    client.await.unwrap();
}

#[tokio::test]
async fn what_may_not_be_asked_is_an_error_and_changes_nothing() {
    let pair = Pair::new();
    let (client, mut server) = connected(&pair, 64 * 1024).await;
    let client = tokio::spawn(echo(client));
    for _ in 0..2 {
        let asked = server.renew(Renewal::ClientCertificate).await.unwrap_err();
        let carried = asked.get_ref().and_then(|one| one.downcast_ref::<Error>());
        assert_eq!(carried, Some(&Error::Misuse(Misuse::RenewalNotAllowed)));
    }
    server.write_all(b"ping").await.unwrap();
    let mut back = [0; 4];
    server.read_exact(&mut back).await.unwrap();
    server.shutdown().await.unwrap();
    client.await.unwrap();
}

/// Reader and writer on tasks of their own, over a pipe that is always full.
#[tokio::test]
async fn halves_that_block_each_other_do_not_hang() {
    block_each_other(Pair::new().asks_later(), 20).await;
}

#[tokio::test]
async fn halves_that_block_each_other_do_not_hang_in_a_renegotiation() {
    for _ in 0..5 {
        block_each_other(older(), 3).await;
    }
}

async fn block_each_other(pair: Pair, times: usize) {
    let (client, mut server) = connected(&pair, 100).await;
    let renewals = server.renewals();
    let (mut server_read, server_write) = split(server);
    let (mut client_read, client_write) = split(client);
    const BYTES: usize = 200_000;
    let writing = |mut half: tokio::io::WriteHalf<TlsStream<DuplexStream>>| async move {
        for _ in 0..BYTES / 1000 {
            half.write_all(&[7; 1000]).await.unwrap();
        }
        half.flush().await.unwrap();
        half
    };
    let writers = (
        tokio::spawn(writing(server_write)),
        tokio::spawn(writing(client_write)),
    );
    let asked = tokio::spawn(async move {
        for _ in 0..times {
            let keys = renewals.renew(Renewal::Keys).await.unwrap();
            assert_eq!(standing(keys), PeerStanding::NotAsked);
        }
        let who = renewals.renew(Renewal::ClientCertificate).await.unwrap();
        assert_eq!(standing(who), PeerStanding::Verified);
    });
    let reading = async {
        let mut bytes = vec![0; BYTES];
        let mut more = vec![0; BYTES];
        tokio::try_join!(
            server_read.read_exact(&mut bytes),
            client_read.read_exact(&mut more)
        )
        .unwrap();
        // Whoever waits for renewals needs readers.
        let (mut one, mut other) = ([0], [0]);
        tokio::select! {
            _ = server_read.read(&mut one) => panic!("no more data comes"),
            _ = client_read.read(&mut other) => panic!("no more data comes"),
            asked = asked => asked.unwrap(),
        }
    };
    let limit = Duration::from_secs(60);
    tokio::time::timeout(limit, reading).await.expect("a hang");
    writers.0.await.unwrap();
    writers.1.await.unwrap();
}

#[test]
fn a_stream_may_be_sent_and_shared() {
    fn is_both<T: Send + Sync>() {}
    is_both::<TlsStream<DuplexStream>>();
    is_both::<handfast_tokio::Renewals>();
}
