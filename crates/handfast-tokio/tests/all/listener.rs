//! The listener, over loopback.

use crate::pair::{Pair, localhost};
use handfast_tokio::TlsListener;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

#[tokio::test]
async fn silent_clients_do_not_stop_the_next_one() {
    let pair = Pair::new();
    let tcp = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let refused = Arc::new(AtomicUsize::new(0));
    let count = Arc::clone(&refused);
    let mut listener = TlsListener::new(
        tcp,
        pair.acceptor().with_timeout(Duration::from_millis(500)),
    )
    .on_refused(move |_, _| {
        count.fetch_add(1, Ordering::Relaxed);
    });
    let address = listener.local_addr().unwrap();
    let server = tokio::spawn(async move {
        for _ in 0..2 {
            let (mut stream, _) = listener.accept().await;
            stream.write_all(b"hello").await.unwrap();
            stream.shutdown().await.unwrap();
        }
    });
    let mut silent = Vec::new();
    for _ in 0..100 {
        silent.push(TcpStream::connect(address).await.unwrap());
    }
    for wait in [0, 1000] {
        tokio::time::sleep(Duration::from_millis(wait)).await;
        let tcp = TcpStream::connect(address).await.unwrap();
        let mut stream = pair.connector().connect(localhost(), tcp).await.unwrap();
        let mut heard = Vec::new();
        stream.read_to_end(&mut heard).await.unwrap();
        assert_eq!(heard, b"hello");
    }
    server.await.unwrap();
    assert!(refused.load(Ordering::Relaxed) > 0);
}

#[tokio::test]
async fn a_client_that_is_refused_hears_why_even_if_it_has_said_more() {
    let pair = Pair::new();
    let tcp = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let mut listener = TlsListener::new(tcp, pair.acceptor());
    let address = listener.local_addr().unwrap();
    let server = tokio::spawn(async move { listener.accept().await });
    for _ in 0..20 {
        let mut tcp = TcpStream::connect(address).await.unwrap();
        // No TLS, and a lot that will lie unread.
        tcp.write_all(&[99; 100_000]).await.unwrap();
        let mut heard = Vec::new();
        tcp.read_to_end(&mut heard).await.unwrap();
        // A fatal alert: unexpected_message.
        assert_eq!(heard, [21, 3, 3, 0, 2, 2, 10]);
    }
    server.abort();
}
