//! A proxy before a server, that may be slow or go silent, and a server that is none.

use core::sync::atomic::{AtomicU8, AtomicU16, Ordering::Relaxed};
use core::time::Duration;
use std::sync::Arc;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::time::sleep;

/// What becomes of the bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub(crate) enum Way {
    Through,
    /// Each piece is 50 ms late.
    Slow,
    /// Nothing comes through, in both directions, and nobody is told.
    Nowhere,
}

#[derive(Clone)]
pub(crate) struct Proxy {
    pub(crate) port: u16,
    way: Arc<AtomicU8>,
    server: Arc<AtomicU16>,
}

impl Proxy {
    pub(crate) async fn before(server: u16) -> std::io::Result<Self> {
        let listener = TcpListener::bind("127.0.0.1:0").await?;
        let port = listener.local_addr()?.port();
        let way = Arc::new(AtomicU8::new(0));
        let its_way = Arc::clone(&way);
        let server = Arc::new(AtomicU16::new(server));
        let its_server = Arc::clone(&server);
        tokio::spawn(async move {
            while let Ok((near, _)) = listener.accept().await {
                let Ok(far) = TcpStream::connect(("127.0.0.1", its_server.load(Relaxed))).await
                else {
                    continue;
                };
                let (near_in, near_out) = near.into_split();
                let (far_in, far_out) = far.into_split();
                tokio::spawn(forward(near_in, far_out, Arc::clone(&its_way)));
                tokio::spawn(forward(far_in, near_out, Arc::clone(&its_way)));
            }
        });
        Ok(Self { port, way, server })
    }

    /// New connections go to another server.
    pub(crate) fn leads_to(&self, server: u16) {
        self.server.store(server, Relaxed);
    }

    pub(crate) fn goes(&self, way: Way) {
        self.way.store(way as u8, Relaxed);
    }
}

async fn forward(
    mut from: tokio::net::tcp::OwnedReadHalf,
    mut to: tokio::net::tcp::OwnedWriteHalf,
    way: Arc<AtomicU8>,
) {
    let mut piece = vec![0; 65536];
    while let Ok(length @ 1..) = from.read(&mut piece).await {
        match way.load(Relaxed) {
            way if way == Way::Slow as u8 => sleep(Duration::from_millis(50)).await,
            way if way == Way::Nowhere as u8 => continue,
            _ => {}
        }
        if to.write_all(&piece[..length]).await.is_err() {
            return;
        }
    }
}

/// Answers the questions of a beginning as a server does, and all others by `answer`.
pub(crate) async fn pretender(
    answer: impl Fn() -> Answering + Send + Sync + 'static,
) -> std::io::Result<u16> {
    let listener = TcpListener::bind("127.0.0.1:0").await?;
    let port = listener.local_addr()?.port();
    let answer = Arc::new(answer);
    tokio::spawn(async move {
        while let Ok((mut stream, _)) = listener.accept().await {
            let answer = Arc::clone(&answer);
            tokio::spawn(async move {
                let mut heard = vec![0; 65536];
                while let Ok(length @ 1..) = stream.read(&mut heard).await {
                    let said = &heard[..length];
                    let has = |word: &[u8]| said.windows(word.len()).any(|at| at == word);
                    let told = if has(b"INFO") {
                        stream.write_all(b"$0\r\n\r\n").await
                    } else {
                        let Answering {
                            bytes,
                            over_and_over,
                        } = answer();
                        let mut told = stream.write_all(&bytes).await;
                        while over_and_over && told.is_ok() {
                            told = stream.write_all(&bytes).await;
                        }
                        told
                    };
                    if told.is_err() {
                        return;
                    }
                }
            });
        }
    });
    Ok(port)
}

pub(crate) struct Answering {
    pub(crate) bytes: Vec<u8>,
    pub(crate) over_and_over: bool,
}
