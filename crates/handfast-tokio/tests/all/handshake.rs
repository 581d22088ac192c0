//! Handshakes that end otherwise than well, and those that need the caller.

use crate::pair::{Pair, both, localhost};
use handfast::config::SystemEntropy;
use handfast::connection::Question;
use handfast::session::{StoredSession, TicketKeys};
use handfast::stream::now;
use handfast::{Answer, Error, Fault, ProtocolVersion, ServerName};
use handfast_tokio::{Acceptor, Answering, Cause};
use std::sync::{Arc, Mutex};
use std::time::Duration;
use tokio::io::{AsyncReadExt, AsyncWriteExt, duplex};

#[tokio::test]
async fn a_wrong_name_is_refused_with_the_chain_at_hand() {
    let pair = Pair::new();
    let (near, far) = duplex(100_000);
    let name = ServerName::parse("other.test").unwrap();
    let client = pair.connector().connect(name, near);
    let (client, server) = tokio::join!(client, pair.acceptor().accept(far));
    let failed = client.unwrap_err();
    assert!(matches!(
        failed.cause(),
        Cause::Tls(Error::Fault(Fault::CertificateNameWrong))
    ));
    let words = failed.refusal().unwrap().to_string();
    assert!(
        words.contains("other.test") && words.contains("localhost"),
        "{words}"
    );
    // The server hears of it too: its handshake or its first read fails.
    match server {
        Ok(mut server) => {
            let error = server.read(&mut [0; 1]).await.unwrap_err();
            assert!(error.to_string().contains("bad_certificate"), "{error}");
        }
        Err(failed) => assert!(failed.to_string().contains("bad_certificate"), "{failed}"),
    }
}

#[tokio::test(start_paused = true)]
async fn a_silent_peer_is_given_up_at_the_deadline() {
    let pair = Pair::new();
    let (near, far) = duplex(100_000);
    let start = tokio::time::Instant::now();
    let client = pair
        .connector()
        .with_timeout(Duration::from_secs(3))
        .connect(localhost(), near);
    let failed = client.await.unwrap_err();
    assert!(matches!(failed.cause(), Cause::Timeout(limit) if limit.as_secs() == 3));
    assert!((3..4).contains(&start.elapsed().as_secs()));
    drop(far);
    let (_near, far) = duplex(100_000);
    let failed = pair.acceptor().accept(far).await.unwrap_err();
    assert!(matches!(failed.cause(), Cause::Timeout(limit) if limit.as_secs() == 10));
}

#[tokio::test]
async fn a_peer_that_hangs_up_is_told_apart() {
    let (near, far) = duplex(100_000);
    drop(far);
    let failed = Pair::new()
        .connector()
        .connect(localhost(), near)
        .await
        .unwrap_err();
    assert!(matches!(failed.cause(), Cause::Transport(_)), "{failed:?}");
}

#[tokio::test]
async fn a_peer_that_speaks_http_gets_no_alert_and_can_be_answered() {
    let (mut near, far) = duplex(100_000);
    near.write_all(b"GET / HTTP/1.1\r\nhost: a\r\n\r\n")
        .await
        .unwrap();
    let mut handshake = Pair::new().acceptor().accept(far);
    let failed = (&mut handshake).await.unwrap_err();
    assert!(
        matches!(failed.cause(), Cause::Tls(Error::Fault(Fault::PlainHttp))),
        "{failed:?}"
    );
    let (mut far, unused) = handshake.into_transport().unwrap();
    assert!(unused.starts_with(b"GET / HTTP/1.1"));
    far.write_all(b"words").await.unwrap();
    let mut heard = [0; 5];
    near.read_exact(&mut heard).await.unwrap();
    assert_eq!(&heard, b"words");
}

type Store = Arc<Mutex<Vec<StoredSession>>>;

/// Gives out sessions and ticket keys, after some time.
fn slow(store: &Store, keys: &Arc<TicketKeys>) -> impl Fn(Question<'_>) -> Answering + use<> {
    let (store, keys) = (Arc::clone(store), Arc::clone(keys));
    move |question| {
        let answer = match question {
            Question::LoadSession { keys, .. } => Answer::Sessions(
                keys.iter()
                    .map(|key| {
                        let mut sessions = store.lock().unwrap();
                        let at = sessions.iter().rposition(|one| one.key == *key)?;
                        Some(sessions.remove(at).value)
                    })
                    .collect(),
            ),
            Question::TicketKeys => Answer::TicketKeys(Arc::clone(&keys)),
            _ => Answer::Failed,
        };
        Box::pin(async move {
            tokio::time::sleep(Duration::from_millis(5)).await;
            answer
        })
    }
}

/// The client is asked before it has anything to say, and the server before it answers.
#[tokio::test]
async fn sessions_and_ticket_keys_may_take_their_time() {
    for version in [ProtocolVersion::TLS_1_3, ProtocolVersion::TLS_1_2] {
        for by_tickets in [true, false] {
            let keys = Arc::new(TicketKeys::new(Arc::new(SystemEntropy), now()).unwrap());
            let (kept, stored) = (Store::default(), Store::default());
            let mut pair = Pair::new();
            pair.client.common.versions = vec![version];
            pair.client.ask_for_sessions = true;
            pair.server.ask_for_ticket_keys = by_tickets;
            pair.server.ask_for_sessions = !by_tickets;
            let connector = pair.connector().with_answerer(slow(&kept, &keys));
            let acceptor = pair.acceptor().with_answerer(slow(&stored, &keys));
            for comes_back in [false, true] {
                let (near, far) = duplex(100_000);
                let client = connector.connect(localhost(), near);
                let (mut client, mut server) =
                    tokio::try_join!(client, acceptor.accept(far)).unwrap();
                assert_eq!(
                    client.negotiated().unwrap().is_resumed(),
                    comes_back,
                    "{version} {by_tickets}"
                );
                // TLS 1.3's tickets come before the data.
                server.write_all(b"hello").await.unwrap();
                client.read_exact(&mut [0; 5]).await.unwrap();
                kept.lock().unwrap().extend(client.take_sessions());
                stored.lock().unwrap().extend(server.take_sessions());
                assert!(!kept.lock().unwrap().is_empty());
            }
        }
    }
}

#[tokio::test]
async fn a_config_may_be_chosen_late_by_the_client_hello() {
    let pair = Pair::new();
    let server = pair.server.clone().check().unwrap();
    let acceptor = Acceptor::by_client_hello(move |question: Question<'_>| -> Answering {
        let Question::Config { client_hello } = question else {
            return Box::pin(async { Answer::Failed });
        };
        assert_eq!(client_hello.server_name(), Some("localhost"));
        let server = server.clone();
        Box::pin(async move {
            tokio::time::sleep(Duration::from_millis(5)).await;
            Answer::Config(server)
        })
    });
    let (near, far) = duplex(100_000);
    let client = pair.connector().connect(localhost(), near);
    let (client, server) = tokio::join!(client, acceptor.accept(far));
    let (mut client, mut server) = (client.unwrap(), server.unwrap());
    server.write_all(b"hello").await.unwrap();
    let mut heard = [0; 5];
    client.read_exact(&mut heard).await.unwrap();
    assert_eq!(&heard, b"hello");
}

#[tokio::test]
async fn an_unanswered_question_fails_the_handshake_and_nothing_else() {
    let acceptor = Acceptor::by_client_hello(|_: Question<'_>| -> Answering {
        Box::pin(async { Answer::Failed })
    });
    let (near, far) = duplex(100_000);
    let client = Pair::new().connector().connect(localhost(), near);
    let (client, server) = tokio::join!(client, acceptor.accept(far));
    assert!(matches!(
        server.unwrap_err().cause(),
        Cause::Tls(Error::Own(_))
    ));
    assert!(client.unwrap_err().to_string().contains("internal_error"));
}

#[tokio::test]
async fn two_connections_agree_on_an_application_protocol() {
    let mut pair = Pair::new();
    pair.client.common.alpn = vec![b"h2".to_vec(), b"http/1.1".to_vec()];
    pair.server.common.alpn = vec![b"http/1.1".to_vec()];
    let (near, far) = duplex(100_000);
    let (client, server) = both(&pair, near, far).await.unwrap();
    for stream in [client, server] {
        assert_eq!(
            stream.negotiated().unwrap().alpn.as_deref(),
            Some(&b"http/1.1"[..])
        );
    }
}

#[tokio::test(start_paused = true)]
async fn a_refused_peer_that_takes_no_alert_is_not_waited_for_beyond_the_deadline() {
    let pair = Pair::new();
    // The pipe holds the record and no alert.
    let (mut near, far) = duplex(5);
    let peer = tokio::spawn(async move {
        near.write_all(&[99, 3, 3, 0, 1]).await.unwrap();
        // Held open, never read.
        tokio::time::sleep(Duration::from_secs(60)).await;
    });
    let start = tokio::time::Instant::now();
    let failed = pair.acceptor().accept(far).await.unwrap_err();
    assert!(matches!(
        failed.cause(),
        Cause::Tls(Error::Fault(Fault::NotTls))
    ));
    assert!(start.elapsed() <= Duration::from_secs(11));
    peer.abort();
}

#[tokio::test]
async fn a_failure_is_told_in_words_even_to_a_debugger() {
    let (near, far) = duplex(100_000);
    let name = ServerName::parse("other.test").unwrap();
    let client = Pair::new().connector().connect(name, near);
    let pair = Pair::new();
    let (client, _server) = tokio::join!(client, pair.acceptor().accept(far));
    let words = format!("{:?}", client.unwrap_err());
    assert!(words.contains("remedy") && words.len() < 2000, "{words}");
}
