//! A page that is cut off is not a page (`attacks.md`, A37): whichever byte is the last.

use crate::lab::Lab;
use crate::scripted::server;
use handfast::stream::Stream;
use std::cell::RefCell;
use std::io::{self, Read, Write};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::rc::Rc;
use std::thread;
use std::time::Duration;

/// A transport that keeps what is written, once it is told to.
struct Keeping {
    tcp: TcpStream,
    kept: Rc<RefCell<Option<Vec<u8>>>>,
}

impl Read for Keeping {
    fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
        self.tcp.read(out)
    }
}

impl Write for Keeping {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        match &mut *self.kept.borrow_mut() {
            Some(kept) => kept.extend_from_slice(bytes),
            None => self.tcp.write_all(bytes)?,
        }
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// A page that ends with its connection, as HTTP/1.1 allows.
const PAGE: &[u8] = b"HTTP/1.1 200 OK\r\n\r\npage";
/// The page's record and close_notify's under AES-GCM: header, content, type and tag each.
const LENGTH: usize = (5 + PAGE.len() + 17) + (5 + 2 + 17);

/// How `get` ends when so many of the last bytes never come.
fn get(lab: &Lab, missing: usize) -> Option<i32> {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!(
        "https://localhost:{}/",
        listener.local_addr().unwrap().port()
    );
    let server = server(lab);
    let serving = thread::spawn(move || {
        let (tcp, _) = listener.accept().unwrap();
        let kept = Rc::new(RefCell::new(None));
        let transport = Keeping {
            tcp: tcp.try_clone().unwrap(),
            kept: Rc::clone(&kept),
        };
        let mut stream = Stream::accept(&server, transport).unwrap();
        let mut request = Vec::new();
        while !request.ends_with(b"\r\n\r\n") {
            let mut byte = [0];
            stream.read_exact(&mut byte).unwrap();
            request.extend(byte);
        }
        *kept.borrow_mut() = Some(Vec::new());
        stream.write_all(PAGE).unwrap();
        stream.close().unwrap();
        let last = kept.take().unwrap();
        assert_eq!(last.len(), LENGTH);
        let mut tcp = tcp;
        tcp.write_all(&last[..LENGTH - missing]).unwrap();
        // Not by a reset, which would overtake what was sent.
        let _ = tcp.shutdown(Shutdown::Write);
        let _ = tcp.set_read_timeout(Some(Duration::from_secs(2)));
        while tcp.read(&mut [0; 1024]).is_ok_and(|bytes| bytes > 0) {}
    });
    let outcome = lab.trusting("get", &["--http1.1", &url]);
    serving.join().unwrap();
    outcome.code
}

/// Cuts after each byte of close_notify's record, and at some of the page's; `cut` says how much
/// is really missing. Gives the cuts that the command did not tell.
fn probe(cut: fn(usize) -> usize) -> Vec<usize> {
    let lab = Lab::new();
    let missing = (1..=24).chain((25..=LENGTH).step_by(7));
    missing
        .filter(|missing| get(&lab, cut(*missing)) != Some(56))
        .collect()
}

#[test]
fn a_cut_after_any_byte_is_56() {
    assert_eq!(probe(|missing| missing), Vec::<usize>::new());
    assert_eq!(get(&Lab::new(), 0), Some(0));
}

/// The control: nothing is missing, so there is nothing to be told.
#[test]
fn a_page_with_its_end_is_not_taken_for_a_cut_one() {
    assert_eq!(probe(|_| 0).len(), 24 + (25..=LENGTH).step_by(7).count());
}
