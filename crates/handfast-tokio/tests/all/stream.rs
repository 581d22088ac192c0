//! Reading, writing and ending.

use crate::pair::{Counting, Pair, Stuck, both, connected, poll_once};
use handfast::connection::PeerStanding;
use std::io::{ErrorKind, IoSlice};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use tokio::io::{AsyncReadExt, AsyncWriteExt, duplex, split};

#[tokio::test]
async fn what_is_written_is_read_and_the_server_is_verified() {
    let (mut client, mut server) = connected(100_000).await;
    client.write_all(b"ping").await.unwrap();
    let mut heard = [0; 4];
    server.read_exact(&mut heard).await.unwrap();
    assert_eq!(&heard, b"ping");
    let negotiated = client.negotiated().unwrap();
    assert_eq!(negotiated.peer_standing, PeerStanding::Verified);
    assert_eq!(negotiated.server_name.as_deref(), Some("localhost"));
}

/// A megabyte each way at the same time, over a pipe of so many bytes.
async fn exchange(pipe: usize, length: usize) {
    let (client, server) = connected(pipe).await;
    let data: Arc<Vec<u8>> = Arc::new((0..length).map(|at| (at % 251) as u8).collect());
    let side = |stream, data: Arc<Vec<u8>>| async move {
        let (mut read, mut write) = split(stream);
        let speaking = async {
            write.write_all(&data).await.unwrap();
            write.shutdown().await.unwrap();
        };
        let mut heard = Vec::new();
        let (_, read) = tokio::join!(speaking, read.read_to_end(&mut heard));
        read.unwrap();
        assert!(heard == *data);
    };
    tokio::join!(side(client, Arc::clone(&data)), side(server, data));
}

#[tokio::test]
async fn a_megabyte_passes_both_ways_at_once() {
    exchange(64 * 1024, 1 << 20).await;
}

#[tokio::test]
async fn a_transport_of_single_bytes_suffices() {
    exchange(1, 40_000).await;
}

#[tokio::test]
async fn after_shutdown_reading_goes_on() {
    let (mut client, mut server) = connected(100_000).await;
    client.write_all(b"question").await.unwrap();
    client.shutdown().await.unwrap();
    let mut heard = Vec::new();
    server.read_to_end(&mut heard).await.unwrap();
    assert_eq!(heard, b"question");
    server.write_all(b"answer").await.unwrap();
    server.shutdown().await.unwrap();
    let mut answer = Vec::new();
    client.read_to_end(&mut answer).await.unwrap();
    assert_eq!(answer, b"answer");
    let error = client.write_all(b"more").await.unwrap_err();
    assert!(
        error.to_string().contains("closed the connection"),
        "{error}"
    );
}

#[tokio::test]
async fn an_end_without_close_notify_is_an_error_every_time() {
    let (mut client, mut server) = connected(100_000).await;
    server.write_all(b"half").await.unwrap();
    drop(server);
    let mut heard = Vec::new();
    for _ in 0..2 {
        let error = client.read_to_end(&mut heard).await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::UnexpectedEof);
    }
    assert_eq!(heard, b"half");
}

#[tokio::test]
async fn bytes_that_do_not_decrypt_end_the_connection_and_the_peer_is_told() {
    let pair = Pair::new();
    let (near, mut wire_near) = duplex(100_000);
    let (far, mut wire_far) = duplex(100_000);
    let relay = tokio::spawn(async move {
        let copied = tokio::time::timeout(
            std::time::Duration::from_millis(300),
            tokio::io::copy_bidirectional(&mut wire_near, &mut wire_far),
        );
        let _ = copied.await;
        (wire_near, wire_far)
    });
    let (mut client, mut server) = both(&pair, near, far).await.unwrap();
    let (mut wire_near, mut wire_far) = relay.await.unwrap();
    let forged = [&[23, 3, 3, 0, 40][..], &[7; 40]].concat();
    wire_near.write_all(&forged).await.unwrap();
    let error = client.read(&mut [0; 10]).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::InvalidData);
    assert!(error.to_string().contains("bad_record_mac"), "{error}");
    assert!(client.write_all(b"more").await.is_err());
    let mut alert = vec![0; 24];
    wire_near.read_exact(&mut alert).await.unwrap();
    wire_far.write_all(&alert).await.unwrap();
    let error = server.read(&mut [0; 10]).await.unwrap_err();
    assert!(
        error
            .to_string()
            .contains("the peer sent the alert bad_record_mac"),
        "{error}"
    );
}

#[tokio::test]
async fn waiting_does_not_spin() {
    let (near, far) = duplex(100_000);
    let reads = Arc::new(AtomicUsize::new(0));
    let counting = |inner| Counting {
        inner,
        reads: Arc::clone(&reads),
    };
    let (mut client, server) = both(&Pair::new(), counting(near), counting(far))
        .await
        .unwrap();
    let before = reads.load(Ordering::Relaxed);
    let (limit, mut byte) = (std::time::Duration::from_millis(50), [0; 1]);
    assert!(
        tokio::time::timeout(limit, client.read(&mut byte))
            .await
            .is_err()
    );
    assert!(reads.load(Ordering::Relaxed) - before <= 2);
    // A closed connection reads as ended however often it is asked, without asking the transport.
    let mut server = server;
    server.shutdown().await.unwrap();
    assert_eq!(client.read(&mut [0; 10]).await.unwrap(), 0);
    let before = reads.load(Ordering::Relaxed);
    for _ in 0..100 {
        assert_eq!(client.read(&mut [0; 10]).await.unwrap(), 0);
    }
    assert_eq!(reads.load(Ordering::Relaxed), before);
}

#[tokio::test]
async fn dropped_reads_and_writes_lose_nothing() {
    let (mut client, mut server) = connected(10).await;
    let said = b"one after another";
    let mut heard = Vec::new();
    for byte in said {
        let (mut taken, mut one) = (false, [0; 1]);
        while heard.last() != Some(byte) || !taken {
            if !taken {
                let slice = [*byte];
                taken = poll_once(Box::pin(client.write(&slice))).await.is_some();
            }
            poll_once(Box::pin(client.flush())).await;
            if poll_once(Box::pin(server.read(&mut one))).await.is_some() {
                heard.push(one[0]);
            }
        }
    }
    assert_eq!(heard, said);
}

#[tokio::test]
async fn several_slices_go_out_as_one() {
    let (mut client, mut server) = connected(100_000).await;
    let slices = [
        IoSlice::new(b"one "),
        IoSlice::new(b""),
        IoSlice::new(b"two"),
    ];
    assert_eq!(client.write_vectored(&slices).await.unwrap(), 7);
    let mut heard = [0; 100];
    assert_eq!(server.read(&mut heard).await.unwrap(), 7);
    assert_eq!(&heard[..7], b"one two");
}

#[tokio::test]
async fn a_transport_that_takes_nothing_is_an_error_and_no_endless_loop() {
    let (near, far) = duplex(100_000);
    let stuck = Arc::new(AtomicBool::new(false));
    let sticky = |inner| Stuck {
        inner,
        stuck: Arc::clone(&stuck),
    };
    let (mut client, _server) = both(&Pair::new(), sticky(near), sticky(far)).await.unwrap();
    stuck.store(true, Ordering::Relaxed);
    let error = client.write_all(b"more").await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::WriteZero);
}

#[test]
fn a_stream_goes_where_its_transport_goes() {
    fn everywhere<T: Send + Sync + Unpin + 'static>() {}
    everywhere::<handfast_tokio::TlsStream<tokio::net::TcpStream>>();
    everywhere::<handfast_tokio::HandshakeFailed>();
    everywhere::<handfast_tokio::Connector>();
    everywhere::<handfast_tokio::Acceptor>();
}
