//! Standard input to the server, and what the server says to standard output.
//!
//! ```text
//! input ends --(QUIET without a byte from the server)--> close_notify --> read on until it ends
//! ```
//! Many servers stop their answer when they hear close_notify while they write it: RFC 5246
//! s7.2.1 has them drop what is pending. So it is not said as soon as the input ends. The
//! transport's writing side stays open until the process ends, whatever the version.

use crate::dial::Transport;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::talk::break_line;
use handfast_tokio::TlsStream;
use std::io::{self, ErrorKind};
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;
use tokio::io::{
    AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt, ReadBuf, WriteHalf, split, stdin, stdout,
};
use tokio::time::sleep;

/// TLS to the server, however it is reached.
pub(super) type Stream = TlsStream<Box<dyn Transport>>;

/// Sends standard input, prints what comes. Ends when the server does, or when it says nothing
/// for `limit` once close_notify was said.
pub(super) async fn pipe(stream: Stream, name: &str, limit: Duration) -> Result<(), Failure> {
    let (mut read, write) = split(stream);
    let mut sending = tokio::spawn(send(write));
    // Once the input has ended: its length, and the writing half until close_notify is said.
    let (mut sent, mut waiting) = (None, None);
    let mut has_closed = false;
    let mut last = None;
    let mut buffer = vec![0; 16 * 1024];
    loop {
        let wait = match &sent {
            _ if waiting.is_none() => limit,
            Some(0) if last.is_none() => QUIET_UNASKED,
            _ => QUIET,
        };
        let read = tokio::select! {
            read = read.read(&mut buffer) => read,
            done = &mut sending, if sent.is_none() => {
                let (bytes, write) = done.unwrap_or_default();
                // What breaks in writing breaks reading too, and is told there.
                (sent, waiting) = (Some(bytes), write);
                continue;
            }
            () = sleep(wait), if sent.is_some() => {
                let Some(mut write) = waiting.take() else {
                    return Ok(());
                };
                has_closed = true;
                // In a task: the server may read no more before it was read from.
                tokio::spawn(async move { write.shutdown().await });
                continue;
            }
        };
        let length = match read {
            Ok(length) => length,
            Err(error) => {
                break_line(last);
                let had_data = last.is_some() || sent != Some(0);
                return ended(name, &error, has_closed, had_data);
            }
        };
        let data = buffer.get(..length).unwrap_or_default();
        if data.is_empty() || !print(data).await? {
            return Ok(());
        }
        last = data.last().copied();
    }
}

/// Sends all of standard input. Gives the bytes it had, and the writing half unless it broke.
async fn send(mut write: WriteHalf<Stream>) -> (u64, Option<WriteHalf<Stream>>) {
    match tokio::io::copy(&mut stdin(), &mut write).await {
        Ok(bytes) => (bytes, write.flush().await.is_ok().then_some(write)),
        Err(_) => (1, None),
    }
}

/// An end that is none of TLS. One may have cut it short who is on the way: that we have said
/// close_notify ourselves makes no difference, for nobody knows whether the server was done.
/// Only where neither side had said a byte nothing can be missing.
fn ended(name: &str, error: &io::Error, has_closed: bool, had_data: bool) -> Result<(), Failure> {
    let mut failure = Failure::broken(name, "data", error);
    if error.kind() == ErrorKind::UnexpectedEof && has_closed {
        if !had_data {
            return Ok(());
        }
        failure.message = format!(
            "{name} ended without close_notify after we had said ours: what came may not be whole"
        );
    }
    Err(failure)
}

/// False when nobody reads the output any more.
async fn print(data: &[u8]) -> Result<bool, Failure> {
    let mut out = stdout();
    let written = async {
        out.write_all(data).await?;
        out.flush().await
    };
    match written.await {
        Ok(()) => Ok(true),
        Err(error) if error.kind() == ErrorKind::BrokenPipe => Ok(false),
        Err(error) => Err(Failure::file(
            Exit::Usage,
            "write",
            "standard output".as_ref(),
            &error,
        )),
    }
}

/// A transport whose writing side stays open until it is dropped.
pub(super) struct Held(pub(super) Box<dyn Transport>);

impl AsyncRead for Held {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        out: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        Pin::new(&mut self.0).poll_read(cx, out)
    }
}

impl AsyncWrite for Held {
    fn poll_write(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        data: &[u8],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.0).poll_write(cx, data)
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.0).poll_flush(cx)
    }

    fn poll_shutdown(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.poll_flush(cx)
    }
}

/// How long the server says nothing, once the input has ended, before it is told of the end.
const QUIET: Duration = Duration::from_secs(2);
/// The same where the input was empty, and the server has said nothing either.
const QUIET_UNASKED: Duration = Duration::from_millis(300);
