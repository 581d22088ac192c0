//! What an answer's body is made of: words that are there, or a file that is read as it is sent.
//!
//! ```text
//! page cache --(one copy)--> chunk --(sealed once)--> records --> socket
//! ```
//! What lies in the system's cache is read at once, without waiting; what the disk must bring is
//! read on a thread that may wait. Chunks go back to their thread when they are sent, so that
//! only a connection which is sending a file holds one.

use hyper::body::{Body as HttpBody, Bytes, Frame, SizeHint};
use std::cell::RefCell;
use std::fs::File;
use std::io::{self, ErrorKind};
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};
use tokio::task::JoinHandle;

/// A body.
pub(crate) enum Body {
    /// All of it, and nothing once it was given.
    Whole(Option<Bytes>),
    /// A part of a file.
    Part(FilePart),
}

/// A part of a file that is still to be sent.
pub(crate) struct FilePart {
    file: Arc<File>,
    at: u64,
    remaining: u64,
    /// A reading that waits for the disk.
    reading: Option<JoinHandle<io::Result<Chunk>>>,
}

impl Body {
    pub(crate) fn empty() -> Self {
        Self::Whole(None)
    }

    /// `length` bytes of a file from `first` on. A short part is read at once.
    pub(crate) fn file(file: &Arc<File>, first: u64, length: u64) -> Self {
        match usize::try_from(length) {
            Ok(0) => return Self::empty(),
            Ok(length) if length <= SHORT => {
                let mut bytes = vec![0; length];
                if matches!(read_at_once(file, &mut bytes, first), Ok(read) if read == length) {
                    return Self::Whole(Some(bytes.into()));
                }
            }
            _ => {}
        }
        Self::Part(FilePart {
            file: Arc::clone(file),
            at: first,
            remaining: length,
            reading: None,
        })
    }
}

impl From<String> for Body {
    fn from(text: String) -> Self {
        Self::Whole(Some(text.into()).filter(|bytes: &Bytes| !bytes.is_empty()))
    }
}

impl HttpBody for Body {
    type Data = Bytes;
    type Error = io::Error;

    fn poll_frame(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<io::Result<Frame<Bytes>>>> {
        match self.get_mut() {
            Self::Whole(bytes) => Poll::Ready(bytes.take().map(|bytes| Ok(Frame::data(bytes)))),
            Self::Part(part) => part.poll_chunk(cx),
        }
    }

    fn is_end_stream(&self) -> bool {
        match self {
            Self::Whole(bytes) => bytes.is_none(),
            Self::Part(part) => part.remaining == 0,
        }
    }

    fn size_hint(&self) -> SizeHint {
        SizeHint::with_exact(match self {
            Self::Whole(bytes) => bytes.as_ref().map_or(0, |bytes| bytes.len() as u64),
            Self::Part(part) => part.remaining,
        })
    }
}

impl FilePart {
    fn poll_chunk(&mut self, cx: &mut Context<'_>) -> Poll<Option<io::Result<Frame<Bytes>>>> {
        if self.remaining == 0 {
            return Poll::Ready(None);
        }
        let chunk = match &mut self.reading {
            Some(reading) => {
                let chunk = ready!(Pin::new(reading).poll(cx));
                self.reading = None;
                chunk.map_err(io::Error::other)??
            }
            None => {
                let mut chunk = Chunk::of(self.remaining);
                match read_at_once(&self.file, chunk.room(), self.at) {
                    Ok(read) => chunk.length = read,
                    Err(error) if error.kind() == ErrorKind::WouldBlock => {
                        let (file, at) = (Arc::clone(&self.file), self.at);
                        self.reading = Some(tokio::task::spawn_blocking(move || {
                            chunk.length = read_at(&file, chunk.room(), at)?;
                            Ok(chunk)
                        }));
                        return self.poll_chunk(cx);
                    }
                    Err(error) => return Poll::Ready(Some(Err(error))),
                }
                chunk
            }
        };
        if chunk.length == 0 {
            // The length was promised: the answer is cut off, and the client sees that it is.
            return Poll::Ready(Some(Err(ErrorKind::UnexpectedEof.into())));
        }
        self.at += chunk.length as u64;
        self.remaining = self.remaining.saturating_sub(chunk.length as u64);
        Poll::Ready(Some(Ok(Frame::data(Bytes::from_owner(chunk)))))
    }
}

/// Bytes of a file, in memory that is used again.
struct Chunk {
    memory: Vec<u8>,
    /// How many bytes are wanted.
    wanted: usize,
    /// How many are there.
    length: usize,
}

impl Chunk {
    fn of(remaining: u64) -> Self {
        let memory = SPARE
            .try_with(|spare| spare.borrow_mut().pop())
            .ok()
            .flatten();
        Self {
            memory: memory.unwrap_or_else(|| vec![0; CHUNK]),
            wanted: usize::try_from(remaining).unwrap_or(CHUNK).min(CHUNK),
            length: 0,
        }
    }

    fn room(&mut self) -> &mut [u8] {
        self.memory.get_mut(..self.wanted).unwrap_or_default()
    }
}

impl AsRef<[u8]> for Chunk {
    fn as_ref(&self) -> &[u8] {
        self.memory.get(..self.length).unwrap_or_default()
    }
}

impl Drop for Chunk {
    fn drop(&mut self) {
        let memory = std::mem::take(&mut self.memory);
        // A thread that ends keeps nothing.
        let _ = SPARE.try_with(|spare| {
            let mut spare = spare.borrow_mut();
            if spare.len() < SPARE_CHUNKS {
                spare.push(memory);
            }
        });
    }
}

thread_local! {
    static SPARE: RefCell<Vec<Vec<u8>>> = const { RefCell::new(Vec::new()) };
}

/// Reads what the system has in memory, at most to the end of `out`; `WouldBlock` where the disk
/// must be asked first.
#[cfg(target_os = "linux")]
fn read_at_once(file: &File, out: &mut [u8], at: u64) -> io::Result<usize> {
    use rustix::io::{Errno, IoSliceMut, ReadWriteFlags, preadv2};
    let is_short = out.len() <= SHORT;
    let parts = &mut [IoSliceMut::new(out)];
    match preadv2(file, parts, at, ReadWriteFlags::NOWAIT) {
        // Not every file system can tell. A short reading is then done all the same.
        Err(Errno::OPNOTSUPP | Errno::NOSYS | Errno::INVAL) if is_short => read_at(file, out, at),
        read => told_at_once(read),
    }
}

/// What a reading that did not wait has told. Nothing read need not be the end of the file: Linux 5.9
/// and 5.10 say so too of what they would have to wait for (preadv2(2), BUGS).
#[cfg(target_os = "linux")]
fn told_at_once(read: rustix::io::Result<usize>) -> io::Result<usize> {
    use rustix::io::Errno;
    match read {
        Ok(0)
        | Err(Errno::OPNOTSUPP | Errno::NOSYS | Errno::INVAL | Errno::AGAIN | Errno::INTR) => {
            Err(ErrorKind::WouldBlock.into())
        }
        read => Ok(read?),
    }
}

#[cfg(not(target_os = "linux"))]
fn read_at_once(file: &File, out: &mut [u8], at: u64) -> io::Result<usize> {
    if out.len() > SHORT {
        return Err(ErrorKind::WouldBlock.into());
    }
    read_at(file, out, at)
}

/// Reads from a place of the file, and leaves its own place alone.
fn read_at(file: &File, out: &mut [u8], at: u64) -> io::Result<usize> {
    #[cfg(unix)]
    use std::os::unix::fs::FileExt;
    #[cfg(windows)]
    use std::os::windows::fs::FileExt;
    loop {
        #[cfg(unix)]
        let read = file.read_at(out, at);
        #[cfg(windows)]
        let read = file.seek_read(out, at);
        match read {
            Err(error) if error.kind() == ErrorKind::Interrupted => {}
            read => return read,
        }
    }
}

/// Bytes that are read at once: eight full records.
pub(super) const CHUNK: usize = 8 * 16_384;
/// Chunks that a thread keeps for later.
const SPARE_CHUNKS: usize = 8;
/// A file up to this length is read together with its answer's head.
const SHORT: usize = 16 * 1024;

#[cfg(test)]
mod tests {
    use super::*;
    use http_body_util::BodyExt;
    use std::fs;

    fn kept(name: &str, bytes: &[u8]) -> Arc<File> {
        let path =
            std::env::temp_dir().join(format!("handfast-body-{}-{name}", std::process::id()));
        fs::write(&path, bytes).unwrap();
        let file = File::open(&path).unwrap();
        fs::remove_file(path).unwrap();
        Arc::new(file)
    }

    #[tokio::test]
    async fn any_part_of_a_file_is_sent_whole() {
        let bytes: Vec<u8> = (0..3 * CHUNK + 5).map(|at| (at % 251) as u8).collect();
        let file = kept("parts", &bytes);
        for (first, length) in [
            (0, bytes.len()),
            (1, SHORT),
            (7, SHORT + 1),
            (CHUNK - 1, CHUNK + 2),
            (bytes.len() - 1, 1),
            (9, 0),
        ] {
            let body = Body::file(&file, first as u64, length as u64);
            assert_eq!(body.size_hint().exact(), Some(length as u64));
            let sent = body.collect().await.unwrap().to_bytes();
            assert!(sent == bytes[first..first + length], "{first} {length}");
        }
    }

    #[cfg(target_os = "linux")]
    #[test]
    fn nothing_read_at_once_is_not_taken_for_the_end_of_the_file() {
        let asks_the_disk =
            |read| told_at_once(read).is_err_and(|error| error.kind() == ErrorKind::WouldBlock);
        assert!(asks_the_disk(Ok(0)));
        assert!(asks_the_disk(Err(rustix::io::Errno::AGAIN)));
        assert_eq!(told_at_once(Ok(1)).unwrap(), 1);
        assert!(told_at_once(Err(rustix::io::Errno::IO)).is_err());
    }

    #[tokio::test]
    async fn a_file_that_became_shorter_cuts_the_answer_off() {
        let file = kept("shorter", &[1; 100]);
        let error = Body::file(&file, 0, 101).collect().await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::UnexpectedEof);
        let error = Body::file(&file, 0, CHUNK as u64)
            .collect()
            .await
            .unwrap_err();
        assert_eq!(error.kind(), ErrorKind::UnexpectedEof);
    }
}
